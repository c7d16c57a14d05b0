//! Every failure has its sentences, and they are sentences.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    collections::HashMap,
    io,
    time::{Duration, SystemTime},
};

use super::{
    tls::{Handshake, Objection, Ours, Reason, Theirs, Unfit, Verdict},
    *,
};
use crate::{
    credentials::{About, Finding},
    profile::{Field, Protocol, Qos, Security},
};

const AFTER: Duration = Duration::from_secs(10);

fn all() -> Vec<Failure> {
    let mut all = Vec::new();
    all.extend(credentials().map(Failure::Credentials));
    let problems = [
        ResolveProblem::NotFound,
        ResolveProblem::Unavailable,
        ResolveProblem::TimedOut { after: AFTER },
        ResolveProblem::System { message: "broken".to_owned() },
    ];
    all.extend(
        problems
            .map(|problem| Failure::Resolve(ResolveFailure { host: "broker.example".to_owned(), problem })),
    );
    let problems = [
        TcpProblem::Refused,
        TcpProblem::TimedOut { after: AFTER },
        TcpProblem::NoRoute,
        TcpProblem::NetworkUnreachable,
        TcpProblem::Reset,
        TcpProblem::Denied,
        TcpProblem::Other(io::ErrorKind::AddrInUse),
    ];
    all.extend(problems.map(|problem| Failure::Tcp(tcp(&[problem]))));
    all.extend(theirs().into_iter().chain(ours()).chain(handshakes()).map(Failure::Tls));
    all.extend(refusals().into_iter().map(Failure::Refused));
    all.extend(violations().map(Failure::Protocol));
    all.extend(losses().map(Failure::Lost));
    all
}

fn credentials() -> [CredentialFailure; 6] {
    let finding = Finding { field: Field::Key, file: String::new(), about: About::NotChosen };
    [
        CredentialFailure::Judged { finding: Box::new(finding), more: 1 },
        CredentialFailure::EmptyTrustStore { errors: vec!["none".to_owned()] },
        CredentialFailure::NoTrustAnchor,
        CredentialFailure::UnusableKey,
        CredentialFailure::KeyMismatch,
        CredentialFailure::ReadTimedOut,
    ]
}

fn tcp(problems: &[TcpProblem]) -> TcpFailure {
    let address = "127.0.0.1:1".parse().unwrap();
    let tried = problems.iter().map(|problem| Tried { address, problem: *problem }).collect();
    TcpFailure { host: "broker.example".to_owned(), port: 1, tried }
}

fn theirs() -> Vec<TlsFailure> {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let unfit = [
        Unfit::VersionOne,
        Unfit::WeakSignature { algorithm: "MD5 with RSA".to_owned() },
        Unfit::WeakKey { bits: 1_024 },
        Unfit::BadSignature,
        Unfit::IsCa,
        Unfit::WrongPurpose { purposes: vec!["client authentication".to_owned()] },
        Unfit::Revoked,
        Unfit::BadEncoding,
        Unfit::UnknownExtension,
        Unfit::Absent,
        Unfit::Other { detail: "detail".to_owned() },
    ];
    let named = [
        Objection::UnknownIssuer {
            trusted: vec!["our CA".to_owned()],
            same_name: false,
            missing: Some("their CA".to_owned()),
        },
        Objection::Expired { now, not_after: now - AFTER },
        Objection::NotYetValid { now, not_before: now + AFTER },
        Objection::WrongName { names: vec!["a.example".to_owned()] },
        Objection::NoNames,
    ];
    let told = |objection| {
        TlsFailure::Theirs(Box::new(Theirs {
            host: "broker.example".to_owned(),
            objection,
            presented: None,
            above: Vec::new(),
        }))
    };
    named.into_iter().chain(unfit.map(Objection::Unfit)).map(told).collect()
}

fn ours() -> Vec<TlsFailure> {
    let reasons = [
        Reason::UnknownCa,
        Reason::Expired,
        Reason::Revoked,
        Reason::Bad,
        Reason::Unsupported,
        Reason::Unknown,
        Reason::AccessDenied,
        Reason::ProofFailed,
    ];
    let others = [
        Verdict::Wanted { certain: true },
        Verdict::Wanted { certain: false },
        Verdict::ProbablyRefused { reset: true },
    ];
    let told = |verdict| {
        TlsFailure::Ours(Box::new(Ours {
            verdict,
            port: 1,
            presented: None,
            accepted: Vec::new(),
            alert: None,
        }))
    };
    reasons.map(Verdict::Refused).into_iter().chain(others).map(told).collect()
}

fn handshakes() -> Vec<TlsFailure> {
    let all = [
        Handshake::NotTls { port: 1, answer: Some(Answer::Http) },
        Handshake::HungUp { port: 1, reset: true },
        Handshake::TimedOut { after: AFTER },
        Handshake::Version { told_by_broker: true },
        Handshake::NothingInCommon { missing: "x".to_owned(), told_by_broker: true },
        Handshake::NameUnknown { host: "broker.example".to_owned() },
        Handshake::Alert { alert: "internal_error (80)".to_owned(), after_our_certificate: true },
        Handshake::Misbehaved { detail: "x".to_owned() },
        Handshake::Broken { kind: io::ErrorKind::TimedOut },
    ];
    all.into_iter().map(TlsFailure::Handshake).collect()
}

fn refusals() -> Vec<Refusal> {
    let connect = |code| Refusal::Connect {
        protocol: Protocol::V5,
        code,
        client_id: "id".to_owned(),
        username: true,
        security: Security::MutualTls,
    };
    let mut all: Vec<_> = [0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x9C, 0x80].map(connect).into();
    all.extend([
        Refusal::Subscribe { code: 0x87, filter: "a/#".to_owned() },
        Refusal::ConnectTimedOut { after: AFTER, security: Security::Plain },
        Refusal::SubscribeTimedOut { after: AFTER },
        Refusal::HungUp { reset: false, protocol: Protocol::V5, security: Security::Plain, port: 1 },
    ]);
    all
}

fn violations() -> [ProtocolFailure; 5] {
    [
        ProtocolFailure::NotMqtt { port: 1, security: Security::Plain, answer: Some(Answer::Http) },
        ProtocolFailure::NotMqtt { port: 1, security: Security::Plain, answer: Some(Answer::Tls) },
        ProtocolFailure::Violation { connected: true, detail: "x".to_owned() },
        ProtocolFailure::SessionMismatch { session_present: true },
        ProtocolFailure::PacketTooLarge { bytes: 2, limit: 1 },
    ]
}

fn losses() -> [Loss; 11] {
    let client_id = || "id".to_owned();
    [
        Loss::TakenOver { client_id: client_id(), chosen: true },
        Loss::ShuttingDown,
        Loss::Kicked,
        Loss::Told { code: 0x87, text: Some("because".to_owned()) },
        Loss::KeepAlive { interval: AFTER },
        Loss::Stalled { after: AFTER },
        Loss::Closed { client_id: client_id(), chosen: true },
        Loss::Reset,
        Loss::TlsAlert { alert: "x".to_owned() },
        Loss::TlsBroken { detail: "x".to_owned() },
        Loss::Network { kind: io::ErrorKind::NetworkDown },
    ]
}

fn hints() -> [Hint; 6] {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    [
        Hint::DelayedAcknowledgements { slow: Duration::from_millis(42), tcp: Duration::from_micros(300) },
        Hint::VersionOneServer { name: "broker.example".to_owned() },
        Hint::ServerEndsSoon { name: "broker.example".to_owned(), end: now + AFTER, now },
        Hint::CertificateNotAsked,
        Hint::LowerQos { asked: Qos::ExactlyOnce, granted: Qos::AtMostOnce },
        Hint::HearsItself { filter: "a/#".to_owned(), topic: "a/b".to_owned() },
    ]
}

#[test]
fn each_says_who_what_why_and_what_next() {
    let failures = all().into_iter().map(|failure| (failure.kind(), failure.advice()));
    for (kind, advice) in failures.chain(hints().map(|hint| (hint.kind(), hint.advice()))) {
        let Advice { who, what, why, next, .. } = advice;
        for title in [&who, &what] {
            assert!(!title.is_empty() && !title.ends_with('.'), "{kind}: {title:?}");
        }
        assert!(why.ends_with('.') && why.len() > 30, "{kind}: {why:?}");
        assert!(what.chars().count() <= 80, "{kind}: a headline of one line: {what:?}");
        assert!(!next.is_empty(), "{kind}: nothing to do");
        for text in next.iter().map(|step| &step.text).chain([&why]) {
            assert!(
                !text.contains("  ") && !text.contains("..") && text.is_char_boundary(0),
                "{kind}: {text:?}"
            );
            assert!(text.chars().next().is_some_and(|first| !first.is_lowercase()), "{kind}: {text:?}");
        }
    }
}

#[test]
fn each_has_a_kind_of_its_own_in_kebab_case() {
    let mut seen = HashMap::new();
    let hints = hints().map(|hint| (hint.kind(), format!("{hint:?}")));
    for (kind, failure) in
        all().into_iter().map(|failure| (failure.kind(), format!("{failure:?}"))).chain(hints)
    {
        assert!(kind.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{kind}");
        if let Some(other) = seen.insert(kind, failure.clone()) {
            panic!("{failure} and {other} are both {kind}");
        }
    }
}

#[test]
fn who_refused_whom_is_never_confused() {
    for failure in theirs() {
        assert!(failure.advice().who.starts_with("We refused the broker"), "{failure:?}");
        assert!(!failure.retry_helps());
    }
    for failure in ours() {
        assert!(failure.advice().who.starts_with("The broker"), "{failure:?}");
    }
}

/// A button that leads to the port that has just failed.
#[test]
fn no_port_is_offered_that_was_tried() {
    for port in [1_883, 8_883, 8_884] {
        let mut failures = vec![
            Failure::Tls(TlsFailure::Handshake(Handshake::NotTls { port, answer: None })),
            Failure::Tls(TlsFailure::Handshake(Handshake::HungUp { port, reset: true })),
            Failure::Tcp(TcpFailure { port, ..tcp(&[TcpProblem::Refused]) }),
        ];
        failures.extend([true, false].map(|certain| {
            let (verdict, accepted) = (Verdict::Wanted { certain }, Vec::new());
            let ours = Ours { verdict, port, presented: None, accepted, alert: None };
            Failure::Tls(TlsFailure::Ours(Box::new(ours)))
        }));
        for security in [Security::Plain, Security::Tls, Security::MutualTls] {
            failures.push(Failure::Protocol(ProtocolFailure::NotMqtt { port, security, answer: None }));
            let (protocol, reset) = (Protocol::V5, false);
            failures.push(Failure::Refused(Refusal::HungUp { reset, protocol, security, port }));
        }
        for failure in failures {
            let offered = failure.advice().next.into_iter().filter_map(|step| step.remedy);
            assert!(offered.into_iter().all(|remedy| remedy != Remedy::UsePort(port)), "{port}: {failure:?}");
        }
    }
}

/// Exchanging two files mends both rows: the other one is no second thing to do.
#[test]
fn an_exchange_is_one_thing_to_do() {
    let about = About::Swapped { with_other: true };
    let finding = Box::new(Finding { field: Field::Certificate, file: "client.key".to_owned(), about });
    let steps = |more| {
        let failure = CredentialFailure::Judged { finding: finding.clone(), more };
        failure.advice().next.len()
    };
    assert_eq!((steps(1), steps(2)), (1, 2));
}

#[test]
fn of_several_addresses_the_most_telling_answer_counts() {
    let failure =
        tcp(&[TcpProblem::NetworkUnreachable, TcpProblem::Refused, TcpProblem::TimedOut { after: AFTER }]);
    assert_eq!(failure.kind(), "connection-refused");
    assert_eq!(failure.advice().evidence.len(), 3, "all of them are shown");
}

#[test]
fn what_a_person_must_change_is_not_tried_again() {
    let again = |failure: &Failure| failure.retry_helps();
    assert!(!again(&Failure::Lost(Loss::TakenOver { client_id: "id".to_owned(), chosen: true })));
    assert!(again(&Failure::Lost(Loss::ShuttingDown)));
    assert!(!again(&Failure::Credentials(CredentialFailure::KeyMismatch)));
    assert!(again(&Failure::Tcp(tcp(&[TcpProblem::Refused]))));
}
