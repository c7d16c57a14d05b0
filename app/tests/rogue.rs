//! Servers that are no good broker, and what the session does about it. What is told of each fault stands in the table of
//! `ladder`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/listen.rs"]
mod listen;
#[path = "support/openssl.rs"]
mod openssl;
#[path = "support/pki.rs"]
mod pki;
#[path = "support/script.rs"]
mod script;

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use echo_monitor::{
    failure::{Remedy, Stage},
    model::event::What,
    profile::{Field, Profile, Protocol, Qos, Security},
};
use listen::{Ear, plain_profile, profile};
use openssl::{DEMANDING, OpenSsl};
use pki::Pki;
use script::{Script, WELCOME, serve};

#[test]
fn a_wrong_login_is_not_a_missing_one() {
    let mut profile = plain_profile(serve(&[&[0x20, 3, 0, 0x86, 0]]));
    profile.username = Some("me".to_owned());
    let (failure, _) = Ear::start(profile).failure();
    assert_eq!(failure.kind(), "login-refused");
}

#[test]
fn a_version_that_is_refused_can_be_switched() {
    let (failure, _) = Ear::start(plain_profile(serve(&[&[0x20, 3, 0, 0x84, 0]]))).failure();
    let remedies: Vec<_> = failure.advice().next.into_iter().filter_map(|step| step.remedy).collect();
    assert_eq!(remedies, [Remedy::UseProtocol(Protocol::V311)]);
}

#[test]
fn credentials_are_read_anew_at_each_attempt_and_judged_before_anything_is_sent() {
    let pki = Pki::new("test CA");
    let profile = profile(&pki, 1);
    let key = std::fs::read(pki.file("client.key")).unwrap();
    std::fs::remove_file(pki.file("client.key")).unwrap();
    let mut ear = Ear::start(profile);
    let (failure, next_try) = ear.failure();
    assert_eq!((failure.stage(), next_try), (Stage::Credentials, None));
    assert!(ear.heard.iter().all(|event| !matches!(event.what, What::StageStarted(Stage::Dns))));
    assert!(
        failure.advice().next.iter().any(|step| step.remedy == Some(Remedy::PickFile(Field::Key))),
        "{failure:?}"
    );

    std::fs::write(pki.file("client.key"), key).unwrap();
    ear.session.try_now();
    let (failure, _) = ear.failure();
    assert_eq!(failure.stage(), Stage::Tcp, "{failure:?}");
}

#[test]
fn a_broker_that_closes_at_once_is_never_hammered() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut ear = Ear::start(plain_profile(port));
    listener.set_nonblocking(true).unwrap();
    let (mut visits, end) = (0, Instant::now() + Duration::from_secs(5));
    while Instant::now() < end {
        visits += usize::from(listener.accept().is_ok());
        ear.listen(Duration::from_millis(10));
    }
    // At 0 s and at 2 to 2.5 s; the next is due at 6 s.
    assert_eq!(visits, 2);
}

#[test]
fn a_publish_that_the_broker_never_acknowledges_is_failed_by_the_stop() {
    // A PUBLISH at QoS 0 on topic "t" with the payload "abc" comes with the SUBACK.
    let script: Script =
        &[WELCOME, &[0x90, 4, 0, 1, 0, 1, 0x30, 7, 0, 1, b't', 0, b'a', b'b', b'c'], &[0xD0, 0]];
    let profile = Profile { qos: Qos::AtLeastOnce, ..plain_profile(serve(script)) };
    let mut ear = Ear::start(profile);
    ear.until(5, |what| matches!(what, What::Received(_)));
    let took = ear.stop();
    assert!(took < Duration::from_millis(1_500), "{took:?}");
    let (received, echoed, failed) = ear.totals();
    assert_eq!((received, echoed, failed.values().sum::<usize>()), (1, 0, 1));
}

#[test]
#[ignore = "needs openssl"]
fn openssl_in_both_tls_versions_wants_or_refuses_our_certificate() {
    let pki = Pki::new("test CA");
    let other = Pki::new("another CA");
    for (version, wanted) in
        [("-tls1_2", "client-certificate-probably-required"), ("-tls1_3", "client-certificate-required")]
    {
        let server = OpenSsl::start(&pki, "server", &[&DEMANDING[..], &[version]].concat());
        let mut without = profile(&pki, server.port);
        without.security = Security::Tls;
        (without.credentials.certificate, without.credentials.key) = (None, None);
        let (failure, _) = Ear::start(without).failure();
        assert_eq!(failure.kind(), wanted, "{version}: {failure:?}");

        let mut stranger = profile(&pki, server.port);
        stranger.credentials.certificate = Some(other.file("client.crt"));
        stranger.credentials.key = Some(other.file("client.key"));
        let (failure, _) = Ear::start(stranger).failure();
        assert_eq!(failure.kind(), "client-issuer-unknown", "{version}: {failure:?}");
    }
}

#[test]
#[ignore = "needs openssl"]
fn a_version_one_broker_is_judged_in_both_tls_versions() {
    let pki = Pki::new("test CA");
    pki.issue_version_one("old", "localhost");
    for version in ["-tls1_2", "-tls1_3"] {
        let server = OpenSsl::start(&pki, "old", &[version]);
        let mut profile = profile(&pki, server.port);
        let (failure, _) = Ear::start(profile.clone()).failure();
        assert_eq!(failure.kind(), "broker-certificate-version-1", "{version}: {failure:?}");
        profile.allow_v1_server = true;
        // It is no broker, but its TLS is accepted.
        Ear::start(profile).until(10, |what| matches!(what, What::StageDone { stage: Stage::Tls, .. }));
    }
}
