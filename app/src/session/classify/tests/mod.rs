//! What each error means by what came before it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod handshakes;

use std::{io, sync::Arc, time::Duration};

use rustls::{AlertDescription, Error, PeerIncompatible};

use super::*;
use crate::{
    failure::Stage,
    profile::{Draft, Security},
};

fn profile() -> Profile {
    let draft = Draft {
        host: "localhost".to_owned(),
        ca: "x".to_owned(),
        certificate: "x".to_owned(),
        key: "x".to_owned(),
        ..Draft::default()
    };
    draft.parse().unwrap()
}

/// Without TLS the bytes below it and above it are the same.
fn case<'a>(profile: &'a Profile, phase: Phase, witness: Option<&'a Witness>, raw: &'a [u8]) -> Case<'a> {
    let raw = First::of(raw);
    let plain = if profile.security == Security::Plain { raw } else { First::default() };
    Case { profile, client_id: "id", keep_alive: Duration::from_secs(60), phase, witness, raw, plain }
}

#[test]
fn silence_is_judged_by_what_came_before() {
    let profile = profile();
    let asked = Witness { asked: true, ..Witness::default() };
    let unasked = Witness::default();
    let plain = Profile { security: Security::Plain, ..profile.clone() };
    let rows = [
        (&profile, Phase::Handshake, Some(&unasked), &[][..], StreamError::Closed, "tls-hung-up"),
        (&profile, Phase::Handshake, Some(&unasked), &[22, 3, 3], StreamError::Reset, "tls-broken"),
        (
            &profile,
            Phase::Handshake,
            Some(&asked),
            &[22, 3, 3],
            StreamError::Reset,
            "client-certificate-probably-required",
        ),
        (
            &profile,
            Phase::Connect,
            Some(&asked),
            &[22, 3, 3],
            StreamError::Closed,
            "client-certificate-probably-required",
        ),
        (
            &profile,
            Phase::Connect,
            Some(&unasked),
            &[22, 3, 3],
            StreamError::Closed,
            "hung-up-before-connack",
        ),
        (&plain, Phase::Connect, None, &[], StreamError::Closed, "hung-up-before-connack"),
        (&plain, Phase::Connect, None, &[21, 3, 3, 0, 2, 2, 70], StreamError::Closed, "tls-port"),
        (&profile, Phase::Flow, Some(&asked), &[22, 3, 3], StreamError::Closed, "connection-closed"),
        (&profile, Phase::Flow, Some(&asked), &[22, 3, 3], StreamError::Reset, "connection-reset"),
        (&profile, Phase::Flow, None, &[], StreamError::Io(io::ErrorKind::TimedOut), "network-lost"),
    ];
    for (profile, phase, witness, first, error, kind) in rows {
        let failure = case(profile, phase, witness, first).stream(&error);
        assert_eq!(failure.kind(), kind, "{phase:?} {error:?}");
    }
}

#[test]
fn what_is_not_tls_is_recognised_by_its_first_bytes() {
    let profile = profile();
    let invalid =
        StreamError::Tls(Arc::new(Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType)));
    for (first, what) in
        [(&b"HTTP/1.1"[..], "HTTP"), (b"SSH-2.0-", "SSH"), (&[0x20, 2, 0, 5], "MQTT"), (b"hello", "")]
    {
        let failure = case(&profile, Phase::Handshake, None, first).stream(&invalid);
        assert_eq!(failure.kind(), "not-tls");
        assert!(failure.advice().why.contains(what), "{}", failure.advice().why);
    }
    let failure = case(&profile, Phase::Handshake, None, &[22, 3, 3]).stream(&invalid);
    assert_eq!(failure.kind(), "tls-misbehaved");
    let old =
        StreamError::Tls(Arc::new(Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13)));
    assert_eq!(case(&profile, Phase::Handshake, None, &[22, 3, 1]).stream(&old).kind(), "tls-version");
}

#[test]
fn the_brokers_words_become_failures() {
    let profile = profile();
    let told = |broken| case(&profile, Phase::Flow, None, &[]).mqtt(broken, None);
    let code = |code| told(Broken::Told { code, text: None });
    assert_eq!(code(0x8E).kind(), "taken-over");
    assert!(!code(0x8E).retry_helps());
    assert_eq!(code(0x8B).kind(), "broker-shutting-down");
    assert_eq!(code(0x98).kind(), "kicked");
    assert_eq!(code(0x87).kind(), "broker-disconnected");
    assert!(code(0x87).advice().what.contains("not authorized"));
    assert_eq!(told(Broken::PingUnanswered).kind(), "keep-alive-lost");
    assert_eq!(told(Broken::Violation("x".to_owned())).stage(), Stage::Flow);
    assert_eq!(
        case(&profile, Phase::Connect, None, &[]).mqtt(Broken::Refused(0x87), None).kind(),
        "not-authorized"
    );
}

#[test]
fn a_rustls_error_is_found_however_deep() {
    let error = Error::AlertReceived(AlertDescription::UnknownCA);
    let deep = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, error.clone()));
    assert_eq!(StreamError::from(&deep), StreamError::Tls(Arc::new(error)));
    assert_eq!(StreamError::from(&io::Error::from(io::ErrorKind::BrokenPipe)), StreamError::Reset);
    assert_eq!(StreamError::from(&io::Error::from(io::ErrorKind::UnexpectedEof)), StreamError::Closed);
}

#[test]
fn alerts_have_their_standard_names() {
    assert_eq!(tls::alert_name(AlertDescription::UnknownCA), "unknown_ca (48)");
    assert_eq!(tls::alert_name(AlertDescription::CertificateRequired), "certificate_required (116)");
    assert_eq!(tls::alert_name(AlertDescription::UnrecognisedName), "unrecognized_name (112)");
}

#[test]
fn resolvers_of_all_systems_are_understood() {
    let rows = [
        ("failed to lookup address information: Name or service not known", "host-not-found"),
        (
            "failed to lookup address information: nodename nor servname provided, or not known",
            "host-not-found",
        ),
        ("failed to lookup address information: No address associated with hostname", "host-not-found"),
        ("failed to lookup address information: Temporary failure in name resolution", "dns-unavailable"),
        ("failed to lookup address information: Try again", "dns-unavailable"),
        ("No such host is known. (os error 11001)", "host-not-found"),
        ("something new", "dns-failed"),
    ];
    for (message, kind) in rows {
        assert_eq!(resolve("broker.example", &io::Error::other(message)).kind(), kind, "{message}");
    }
}
