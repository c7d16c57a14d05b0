//! What a real Mosquitto refuses, and what we refuse of it: each told by its kind.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/listen.rs"]
mod listen;
#[path = "support/mosquitto.rs"]
mod mosquitto;
#[path = "support/pki.rs"]
mod pki;

use echo_monitor::{
    failure::{Remedy, Stage},
    profile::{Host, Protocol, Security},
};
use listen::{Ear, profile};
use mosquitto::{Mosquitto, Settings, free_port};
use pki::{Pki, Wish};

#[test]
#[ignore = "needs mosquitto"]
fn another_ca_is_told_apart() {
    let pki = Pki::new("test CA");
    let other = Pki::new("another CA");
    let broker = Mosquitto::start(&pki);
    let mut profile = profile(&pki, broker.tls_port);
    profile.credentials.ca = Some(other.file("mosquitto.org.crt"));
    let (failure, next_try) = Ear::start(profile).failure();
    assert_eq!((failure.kind(), failure.stage(), next_try), ("broker-issuer-unknown", Stage::Tls, None));
    let advice = failure.advice();
    assert_eq!(advice.who, "We refused the broker's certificate");
    assert!(advice.why.contains("test CA") && advice.why.contains("another CA"), "{}", advice.why);
}

#[test]
#[ignore = "needs mosquitto"]
fn a_missing_client_certificate_is_told_apart() {
    let pki = Pki::new("test CA");
    let broker = Mosquitto::start(&pki);
    let mut profile = profile(&pki, broker.tls_port);
    profile.security = Security::Tls;
    (profile.credentials.certificate, profile.credentials.key) = (None, None);
    // What TLS 1.2 says instead is in rogue.rs: Mosquitto cannot be limited to it.
    let (failure, next_try) = Ear::start(profile).failure();
    assert_eq!((failure.kind(), next_try), ("client-certificate-required", None), "{failure:?}");
    assert!(failure.advice().who.starts_with("The broker refused us"), "{}", failure.advice().who);
}

#[test]
#[ignore = "needs mosquitto"]
fn a_client_certificate_of_another_ca_is_told_apart() {
    let pki = Pki::new("test CA");
    let other = Pki::new("another CA");
    for version in ["tls_version tlsv1.3", "tls_version tlsv1.2"] {
        let broker = Mosquitto::with(&pki, &Settings { tls: &[version], ..Settings::default() });
        let mut profile = profile(&pki, broker.tls_port);
        profile.credentials.certificate = Some(other.file("client.crt"));
        profile.credentials.key = Some(other.file("client.key"));
        let (failure, _) = Ear::start(profile).failure();
        assert_eq!(failure.kind(), "client-issuer-unknown", "{version}: {failure:?}");
        assert_eq!(failure.advice().who, "The broker refused our certificate");
    }
}

#[test]
#[ignore = "needs mosquitto"]
fn a_wrong_host_name_tells_the_right_ones() {
    let pki = Pki::new("test CA");
    pki.issue("elsewhere", &Wish { hosts: &["broker.example", "other.example"], ..Wish::server() });
    let broker = Mosquitto::with(&pki, &Settings { server: "elsewhere", ..Settings::default() });
    let (failure, next_try) = Ear::start(profile(&pki, broker.tls_port)).failure();
    assert_eq!((failure.kind(), next_try), ("broker-name-mismatch", None));
    let advice = failure.advice();
    assert!(advice.why.contains("broker.example or other.example"), "{}", advice.why);
    assert!(advice.next.iter().any(|step| step.remedy == Some(Remedy::UseHost("broker.example".to_owned()))));
}

#[test]
#[ignore = "needs mosquitto"]
fn expired_and_future_certificates_tell_both_dates() {
    let pki = Pki::new("test CA");
    for (begins, ends, kind) in
        [(-30, -2, "broker-certificate-expired"), (3, 30, "broker-certificate-not-yet-valid")]
    {
        pki.issue("dated", &Wish { begins, ends, ..Wish::server() });
        let broker = Mosquitto::with(&pki, &Settings { server: "dated", ..Settings::default() });
        let (failure, _) = Ear::start(profile(&pki, broker.tls_port)).failure();
        assert_eq!(failure.kind(), kind);
        let why = failure.advice().why;
        assert_eq!(why.matches("UTC").count(), 2, "{why}");
    }
}

#[test]
#[ignore = "needs mosquitto"]
fn version_one_certificates_of_clients_work_and_of_brokers_where_allowed() {
    let pki = Pki::new("test CA");
    pki.issue_version_one("old-client", "old-client");
    pki.issue_version_one("old-server", "localhost");
    for version in ["tls_version tlsv1.3", "tls_version tlsv1.2"] {
        let broker = Mosquitto::with(&pki, &Settings { tls: &[version], ..Settings::default() });
        let mut ours = profile(&pki, broker.tls_port);
        ours.credentials.certificate = Some(pki.file("old-client.crt"));
        ours.credentials.key = Some(pki.file("old-client.key"));
        Ear::start(ours).until_connected();

        let settings = Settings { server: "old-server", tls: &[version], ..Settings::default() };
        let broker = Mosquitto::with(&pki, &settings);
        let mut theirs = profile(&pki, broker.tls_port);
        let (failure, _) = Ear::start(theirs.clone()).failure();
        assert_eq!(failure.kind(), "broker-certificate-version-1", "{failure:?}");
        theirs.allow_v1_server = true;
        Ear::start(theirs.clone()).until_connected();
        // What can be checked is checked all the same.
        theirs.host = Host::parse("127.0.0.1").unwrap();
        let (failure, _) = Ear::start(theirs.clone()).failure();
        assert_eq!(failure.kind(), "broker-name-mismatch");
        let other = Pki::new("test CA");
        theirs.host = Host::parse("localhost").unwrap();
        theirs.credentials.ca = Some(other.file("mosquitto.org.crt"));
        let (failure, _) = Ear::start(theirs).failure();
        assert_eq!(failure.kind(), "broker-issuer-unknown");
    }
}

#[test]
#[ignore = "needs mosquitto"]
fn wrong_ports_are_told_apart() {
    let pki = Pki::new("test CA");
    let broker = Mosquitto::start(&pki);
    let (failure, _) = Ear::start(profile(&pki, broker.plain_port)).failure();
    assert!(matches!(failure.kind(), "tls-hung-up" | "not-tls"), "{failure:?}");
    let (failure, _) = Ear::start(listen::plain_profile(broker.tls_port)).failure();
    assert!(matches!(failure.kind(), "tls-port" | "hung-up-before-connack"), "{failure:?}");
    let (failure, next_try) = Ear::start(profile(&pki, free_port())).failure();
    assert_eq!((failure.kind(), failure.stage()), ("connection-refused", Stage::Tcp));
    assert!(next_try.is_some());
}

#[test]
#[ignore = "needs mosquitto"]
fn the_brokers_own_refusals_are_told_apart() {
    let pki = Pki::new("test CA");
    std::fs::write(pki.file("nobody"), "somebody:x\n").unwrap();
    let password_file = format!("password_file {}", pki.file("nobody").display());
    let broker = Mosquitto::with(
        &pki,
        &Settings { general: &["allow_anonymous false", &password_file], ..Settings::default() },
    );
    for protocol in [Protocol::V5, Protocol::V311] {
        let mut profile = profile(&pki, broker.tls_port);
        profile.protocol = protocol;
        let (failure, next_try) = Ear::start(profile).failure();
        assert_eq!((failure.kind(), failure.stage(), next_try), ("not-authorized", Stage::Mqtt, None));
    }

    std::fs::write(pki.file("acl"), "topic write azuresphere/sample/device\n").unwrap();
    let acl_file = format!("acl_file {}", pki.file("acl").display());
    let broker = Mosquitto::with(&pki, &Settings { general: &[&acl_file], ..Settings::default() });
    let mut ear = Ear::start(profile(&pki, broker.tls_port));
    // Mosquitto 2.0 grants every subscription and only delivers nothing.
    ear.until_connected();
}
