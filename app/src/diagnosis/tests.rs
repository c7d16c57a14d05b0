#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;

use bytes::Bytes;
use serde_json::Value;
use zeroize::Zeroizing;

use super::*;
use crate::{
    credentials::{self, Content, Files, local},
    failure::{
        Loss, TlsFailure,
        tls::{Objection, Theirs},
    },
    model::{
        Limits, State,
        event::{self, Event, TlsFacts, What},
    },
    profile::{Draft, Protocol, Qos},
};

const DAY: Duration = Duration::from_secs(24 * 3_600);

fn wall() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_442_400)
}

fn pki() -> local::LocalCa {
    local::make(&["broker.example"], wall(), 90).unwrap()
}

fn der(pem: &str) -> Bytes {
    use rustls_pki_types::{CertificateDer, pem::PemObject};
    Bytes::copy_from_slice(&CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
}

fn profile() -> Profile {
    let draft = Draft {
        name: "Bench".into(),
        host: "broker.example".into(),
        username: "token-4711".into(),
        ca: "/home/ann/certs/ca.crt".into(),
        certificate: "/home/ann/certs/client.crt".into(),
        key: "/home/ann/certs/client.key".into(),
        ..Draft::default()
    };
    draft.parse().unwrap()
}

fn file(name: &str, text: &str) -> Content {
    Content::Read { name: name.into(), bytes: Zeroizing::new(text.as_bytes().to_vec()), mode: Some(0o600) }
}

fn judged(pki: &local::LocalCa, key: &str) -> Judgement {
    let files = Files {
        ca: file("ca.crt", &pki.ca_pem),
        certificate: file("client.crt", &pki.client_pem),
        key: file("client.key", key),
    };
    credentials::judge(&files, None, Security::MutualTls, wall())
}

fn tls(pki: &local::LocalCa) -> TlsFacts {
    TlsFacts {
        version: "TLS 1.3".into(),
        cipher_suite: "TLS_AES_128_GCM_SHA256".into(),
        key_exchange: "x25519".into(),
        chain: vec![der(&pki.server_pem), der(&pki.ca_pem)],
        client_certificate_asked: true,
    }
}

fn climbed(upto: Stage) -> State {
    let mut state = State::new(Limits::without_history());
    tell(&mut state, [What::Started { wall: wall() }, What::Attempt { number: 1 }]);
    for stage in [Stage::Credentials, Stage::Dns, Stage::Tcp, Stage::Tls, Stage::Mqtt, Stage::Subscribe] {
        tell(&mut state, [What::StageStarted(stage)]);
        if stage == upto {
            break;
        }
        tell(&mut state, [What::StageDone { stage, took: Duration::from_micros(1_500) }]);
    }
    state
}

fn tell(state: &mut State, told: impl IntoIterator<Item = What>) {
    for what in told {
        state.apply(&Event { at: state.latest(), what });
    }
}

fn connected(tls: TlsFacts, granted: Qos) -> State {
    let mut state = climbed(Stage::Flow);
    let connection = event::Connection {
        address: "192.0.2.7:8884".parse().unwrap(),
        protocol: Protocol::V5,
        tls: Some(tls),
        client_id: "echo-monitor-1".into(),
        session_present: false,
        keep_alive: 60,
        maximum_packet: None,
        granted,
    };
    tell(&mut state, [What::Connected(Box::new(connection))]);
    state
}

fn diagnosis(profile: &Profile, judgement: &Judgement, state: &State) -> Diagnosis {
    Diagnosis::of(&known(profile, judgement, state))
}

fn known<'a>(profile: &'a Profile, judgement: &'a Judgement, state: &'a State) -> Known<'a> {
    Known {
        profile,
        demo: false,
        judgement: Some(judgement),
        link: &state.link,
        latency: &state.latency,
        wall: wall(),
    }
}

fn kinds(hints: &[Hint]) -> Vec<&'static str> {
    hints.iter().map(Hint::kind).collect()
}

#[test]
fn a_good_connection_is_told_with_everything_that_is_known_of_it() {
    let (pki, profile) = (pki(), profile());
    let state = connected(tls(&pki), Qos::AtMostOnce);
    let report = diagnosis(&profile, &judged(&pki, &pki.client_key_pem), &state);
    assert_eq!(report.verdict, Verdict::Good);
    let text = report.to_string();
    for told in [
        "Result: it works\n",
        "Broker             broker.example, port 8884",
        "✔ CA: ca.crt · Echo Monitor throw-away CA · CA · ends in 90 days",
        "✔ Key: client.key · ECDSA P-256 · fits the certificate",
        "✔ TCP              1.5 ms",
        "✔ Subscribe        1.5 ms",
        "TLS 1.3",
        "TLS_AES_128_GCM_SHA256",
        "x25519",
        "DNS broker.example",
        "192.0.2.7:8884",
    ] {
        assert!(text.contains(told), "{told} in\n{text}");
    }
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["verdict"], "good");
    assert_eq!(json["at"], "2026-11-23T14:00:00Z");
    assert_eq!(json["tls"]["chain"].as_array().unwrap().len(), 2);
    assert_eq!(json["ladder"][1]["ms"], 1.5);
    assert_eq!(json["failure"], Value::Null);
}

#[test]
fn nothing_secret_is_in_it() {
    let (pki, profile) = (pki(), profile());
    let mut state = connected(tls(&pki), Qos::AtMostOnce);
    let failure = Box::new(Failure::Lost(Loss::Reset));
    tell(&mut state, [What::Disconnected { failure, next_try: None }]);
    // Good, of another certificate, damaged.
    let keys = [pki.client_key_pem.as_str(), &pki.server_key_pem, &pki.client_key_pem[..120]];
    for key in keys {
        let report = diagnosis(&profile, &judged(&pki, key), &state);
        let all = format!("{report}{}", serde_json::to_string(&report).unwrap());
        assert!(!all.contains("PRIVATE KEY"), "{all}");
        let lines = key.lines().filter(|line| !line.starts_with('-'));
        let pieces = lines.flat_map(|line| line.as_bytes().chunks(12)).filter(|piece| piece.len() == 12);
        for piece in pieces {
            assert!(!all.contains(std::str::from_utf8(piece).unwrap()), "a part of the key in {all}");
        }
        assert!(!all.contains("token-4711"), "the user name in {all}");
        assert!(!all.contains("/home/ann") && !all.contains("ann/"), "a folder in {all}");
    }
}

#[test]
fn a_refusal_of_ours_comes_with_the_chain_that_was_refused() {
    let (pki, profile) = (pki(), profile());
    let parsed = |pem| credentials::facts::Certificate::parse(&der(pem)).unwrap();
    let mut state = climbed(Stage::Tls);
    let theirs = Theirs {
        host: "other.example".into(),
        objection: Objection::WrongName { names: vec!["broker.example".into()] },
        presented: Some(parsed(&pki.server_pem)),
        above: vec![parsed(&pki.ca_pem)],
    };
    let failure = Box::new(Failure::Tls(TlsFailure::Theirs(Box::new(theirs))));
    tell(&mut state, [What::Disconnected { failure, next_try: None }]);
    let report = diagnosis(&profile, &judged(&pki, &pki.client_key_pem), &state);
    assert_eq!(report.verdict, Verdict::Connection);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["failure"]["kind"], "broker-name-mismatch");
    assert_eq!(json["failure"]["stage"], "tls");
    assert_eq!(json["tls"]["version"], Value::Null);
    assert_eq!(json["tls"]["chain"][1]["title"], "Echo Monitor throw-away CA");
    let ladder: Vec<_> =
        json["ladder"].as_array().unwrap().iter().map(|rung| rung["state"].as_str().unwrap()).collect();
    assert_eq!(ladder, ["done", "done", "failed", "pending", "pending"]);
    let text = report.to_string();
    assert!(text.contains("✕ TLS\n  ○ MQTT\n") && text.contains("1. If that is the same computer"), "{text}");
}

#[test]
fn what_was_settled_in_tls_is_told_though_the_broker_refused_us_after_it() {
    let (pki, profile) = (pki(), profile());
    let mut state = climbed(Stage::Mqtt);
    tell(&mut state, [What::Secured(Box::new(tls(&pki)))]);
    let failure = Box::new(Failure::Lost(Loss::Reset));
    tell(&mut state, [What::Disconnected { failure, next_try: Some(DAY) }]);
    let report = diagnosis(&profile, &judged(&pki, &pki.client_key_pem), &state);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["tls"]["version"], "TLS 1.3");
    assert_eq!(json["connection"], Value::Null);
    // It does not outlive the attempt.
    tell(&mut state, [What::Attempt { number: 2 }]);
    let report = diagnosis(&profile, &judged(&pki, &pki.client_key_pem), &state);
    assert_eq!(serde_json::to_value(&report).unwrap()["tls"], Value::Null);
}

#[test]
fn the_verdict_follows_the_gravest() {
    let (pki, profile) = (pki(), profile());
    let good = judged(&pki, &pki.client_key_pem);
    let wrong = judged(&pki, &pki.server_key_pem);
    let soon = {
        let later = wall() + 80 * DAY;
        let files = Files {
            ca: file("ca.crt", &pki.ca_pem),
            certificate: file("client.crt", &pki.client_pem),
            key: file("client.key", &pki.client_key_pem),
        };
        credentials::judge(&files, None, Security::MutualTls, later)
    };
    let up = connected(tls(&pki), Qos::AtMostOnce);
    assert_eq!(diagnosis(&profile, &good, &up).verdict, Verdict::Good);
    assert_eq!(diagnosis(&profile, &soon, &up).verdict, Verdict::Warnings);
    let idle = State::new(Limits::without_history());
    assert_eq!(diagnosis(&profile, &good, &idle).verdict, Verdict::Unfinished);
    assert_eq!(diagnosis(&profile, &wrong, &idle).verdict, Verdict::Credentials);
}

#[test]
fn what_is_worth_knowing_of_a_connection_is_found() {
    let (pki, mut profile) = (pki(), profile());
    let judgement = judged(&pki, &pki.client_key_pem);
    let of = |profile: &Profile, state: &State| kinds(&hints(&known(profile, &judgement, state)));
    assert_eq!(of(&profile, &connected(tls(&pki), Qos::AtMostOnce)), Vec::<&str>::new());

    let not_asked = TlsFacts { client_certificate_asked: false, ..tls(&pki) };
    profile.qos = Qos::ExactlyOnce;
    assert_eq!(
        of(&profile, &connected(not_asked, Qos::AtLeastOnce)),
        ["client-certificate-not-asked", "lower-qos"]
    );
    profile.qos = Qos::AtMostOnce;

    let mut state = connected(tls(&pki), Qos::AtMostOnce);
    tell(&mut state, (0..20).map(|_| What::BrokerRoundTrip { took: Duration::from_millis(42) }));
    assert_eq!(of(&profile, &state), ["delayed-acknowledgements"]);

    let ending = Known { wall: wall() + 80 * DAY, ..known(&profile, &judgement, &state) };
    assert_eq!(kinds(&hints(&ending)), ["broker-certificate-ends-soon", "delayed-acknowledgements"]);
    assert_eq!(kinds(&hints(&Known { demo: true, ..ending })), ["delayed-acknowledgements"]);

    // Only of a connection that stands.
    tell(&mut state, [What::Disconnected { failure: Box::new(Failure::Lost(Loss::Reset)), next_try: None }]);
    assert_eq!(of(&profile, &state), Vec::<&str>::new());
}

#[test]
fn a_plain_connection_has_neither_tls_nor_credentials() {
    let (pki, mut profile) = (pki(), profile());
    profile.security = Security::Plain;
    profile.credentials = Sources { key: Some(PathBuf::from("k")), ..Sources::default() };
    let state = climbed(Stage::Tcp);
    let report = diagnosis(&profile, &judged(&pki, &pki.client_key_pem), &state);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["credentials"], Value::Array(Vec::new()));
    assert!(json["ladder"].as_array().unwrap().iter().all(|rung| rung["stage"] != "tls"));
    assert!(!report.to_string().contains("\nTLS\n"));
}
