//! Servers that are no good broker: each of their faults is told by its kind.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/listen.rs"]
mod listen;
#[path = "support/pki.rs"]
mod pki;

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use echo_monitor::{
    failure::{Remedy, Stage},
    model::event::What,
    profile::{Field, Host, Profile, Protocol, Qos, Security},
};
use listen::{Ear, plain_profile, profile};
use pki::Pki;

/// What a server does with a connection after it has read something: sends these answers, each after one read.
type Script = &'static [&'static [u8]];

/// Serves one script to everybody, then closes in good order.
fn serve(script: Script) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || play(stream, script));
        }
    });
    port
}

fn play(mut stream: TcpStream, script: Script) {
    let mut buffer = [0; 4096];
    for answer in script {
        if stream.read(&mut buffer).unwrap_or(0) == 0 || stream.write_all(answer).is_err() {
            return;
        }
    }
    // Apart from the answer: the MQTT client drops what it reads together with the end.
    thread::sleep(Duration::from_millis(200));
    let _ = stream.shutdown(Shutdown::Write);
    while stream.read(&mut buffer).unwrap_or(0) > 0 {}
}

/// CONNACK, accepted, of MQTT 5 and of 3.1.1; SUBACK for packet identifier 1.
const WELCOME: &[u8] = &[0x20, 3, 0, 0, 0];
const WELCOME_311: &[u8] = &[0x20, 2, 0, 0];
const SUBACK: &[u8] = &[0x90, 4, 0, 1, 0, 0];

#[test]
fn refusals_of_connect_are_told_with_their_reason() {
    let v5: [(Script, &str, bool); 8] = [
        (&[&[0x20, 3, 0, 0x84, 0]], "mqtt-version-refused", false),
        // A broker that only knows 3.1.1 answers in its own way.
        (&[&[0x20, 2, 0, 1]], "mqtt-version-refused", false),
        (&[&[0x20, 3, 0, 0x85, 0]], "client-id-refused", false),
        (&[&[0x20, 3, 0, 0x86, 0]], "login-refused", false),
        (&[&[0x20, 3, 0, 0x87, 0]], "not-authorized", false),
        (&[&[0x20, 3, 0, 0x88, 0]], "broker-unavailable", true),
        (&[&[0x20, 3, 0, 0x8A, 0]], "banned", false),
        (&[&[0x20, 3, 0, 0x97, 0]], "broker-busy", true),
    ];
    let v311: [(Script, &str, bool); 5] = [
        (&[&[0x20, 2, 0, 1]], "mqtt-version-refused", false),
        (&[&[0x20, 2, 0, 2]], "client-id-refused", false),
        (&[&[0x20, 2, 0, 3]], "broker-unavailable", true),
        (&[&[0x20, 2, 0, 4]], "login-refused", false),
        (&[&[0x20, 2, 0, 5]], "not-authorized", false),
    ];
    let rows = v5.map(|row| (Protocol::V5, row)).into_iter().chain(v311.map(|row| (Protocol::V311, row)));
    for (protocol, (script, kind, again)) in rows {
        let profile = Profile { protocol, ..plain_profile(serve(script)) };
        let (failure, next_try) = Ear::start(profile).failure();
        assert_eq!(
            (failure.kind(), failure.stage(), next_try.is_some()),
            (kind, Stage::Mqtt, again),
            "{failure:?}"
        );
        assert!(failure.advice().who.starts_with("The broker refused"));
    }
}

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
fn what_the_broker_says_when_it_leaves_is_told() {
    let rows: [(Script, &str, bool); 8] = [
        (&[WELCOME, SUBACK, &[0xE0, 2, 0x8E, 0]], "taken-over", false),
        (&[WELCOME, SUBACK, &[0xE0, 2, 0x8B, 0]], "broker-shutting-down", true),
        (&[WELCOME, SUBACK, &[0xE0, 2, 0x98, 0]], "kicked", true),
        (&[WELCOME, SUBACK, &[0xE0, 2, 0x87, 0]], "broker-disconnected", true),
        (&[WELCOME, SUBACK], "connection-closed", true),
        // A reserved packet type; a PUBLISH with both QoS bits.
        (&[WELCOME, SUBACK, &[0x00, 0]], "mqtt-violation", true),
        (&[WELCOME, SUBACK, &[0x36, 4, 0, 1, b'a', 0]], "mqtt-violation", true),
        (&[WELCOME, &[0x90, 4, 0, 1, 0, 0x87]], "subscription-refused", false),
    ];
    for (script, kind, again) in rows {
        let (failure, next_try) = Ear::start(plain_profile(serve(script))).failure();
        assert_eq!((failure.kind(), next_try.is_some()), (kind, again), "{failure:?}");
        assert!(!failure.advice().next.is_empty());
    }
    let script: Script = &[WELCOME_311, &[0x90, 3, 0, 1, 0x80]];
    let profile = Profile { protocol: Protocol::V311, ..plain_profile(serve(script)) };
    let (failure, _) = Ear::start(profile).failure();
    assert_eq!((failure.kind(), failure.stage()), ("subscription-refused", Stage::Subscribe));
}

#[test]
fn what_is_no_broker_is_told() {
    let rows: [(Script, &str); 4] = [
        (&[b"HTTP/1.1 400 Bad Request\r\n\r\n"], "not-mqtt"),
        (&[b"SSH-2.0-OpenSSH_9.2\r\n"], "not-mqtt"),
        (&[&[0x15, 3, 1, 0, 2, 2, 70]], "tls-port"),
        (&[], "hung-up-before-connack"),
    ];
    for (script, kind) in rows {
        let (failure, _) = Ear::start(plain_profile(serve(script))).failure();
        assert_eq!((failure.kind(), failure.stage()), (kind, Stage::Mqtt), "{failure:?}");
    }
    let pki = Pki::new("test CA");
    let rows: [(Script, &str); 3] = [
        (&[b"HTTP/1.1 400 Bad Request\r\n\r\n"], "not-tls"),
        (&[b"220 mail.example ESMTP\r\n"], "not-tls"),
        (&[], "tls-hung-up"),
    ];
    for (script, kind) in rows {
        let (failure, _) = Ear::start(profile(&pki, serve(script))).failure();
        assert_eq!((failure.kind(), failure.stage()), (kind, Stage::Tls), "{failure:?}");
    }
}

#[test]
fn a_name_that_nobody_has_is_told() {
    let mut profile = plain_profile(1883);
    profile.host = Host::parse("no-such-host.invalid").unwrap();
    let (failure, next_try) = Ear::start(profile).failure();
    // Without a network the resolver cannot even say that there is no such name.
    assert!(matches!(failure.kind(), "host-not-found" | "dns-unavailable"), "{failure:?}");
    assert_eq!((failure.stage(), next_try.is_some()), (Stage::Dns, true));
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

/// `openssl s_server`: what OpenSSL says in TLS 1.2, which Mosquitto cannot be limited to.
struct OpenSsl {
    port: u16,
    child: Child,
}

impl OpenSsl {
    fn start(pki: &Pki, server: &str, options: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let file = |name: String| pki.file(&name).display().to_string();
        let child = Command::new("openssl")
            .args(["s_server", "-quiet", "-accept", &format!("127.0.0.1:{port}"), "-CAfile"])
            .arg(file("mosquitto.org.crt".to_owned()))
            .args(["-cert", &file(format!("{server}.crt")), "-key", &file(format!("{server}.key"))])
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl is installed");
        let deadline = Instant::now() + Duration::from_secs(10);
        // One connection is spent on the question whether it listens.
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "openssl does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        Self { port, child }
    }
}

impl Drop for OpenSsl {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const DEMANDING: [&str; 3] = ["-Verify", "2", "-verify_return_error"];

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

#[test]
#[ignore = "needs openssl"]
fn nothing_in_common_is_told() {
    let pki = Pki::new("test CA");
    let server = OpenSsl::start(&pki, "server", &["-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"]);
    let (failure, _) = Ear::start(profile(&pki, server.port)).failure();
    assert_eq!(failure.kind(), "tls-nothing-in-common", "{failure:?}");
    let server = OpenSsl::start(&pki, "server", &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]);
    let (failure, _) = Ear::start(profile(&pki, server.port)).failure();
    assert_eq!(failure.kind(), "tls-version", "{failure:?}");
}

#[test]
#[ignore = "takes ten seconds for each"]
fn silence_is_told_after_ten_seconds() {
    let pki = Pki::new("test CA");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let (failure, _) = Ear::start(profile(&pki, port)).failure();
    assert_eq!((failure.kind(), failure.stage()), ("tls-timeout", Stage::Tls));
    let (failure, _) = Ear::start(plain_profile(port)).failure();
    assert_eq!((failure.kind(), failure.stage()), ("connack-timeout", Stage::Mqtt));
    let (failure, _) = Ear::start(plain_profile(serve(&[WELCOME, &[0xD0, 0], &[0xD0, 0]]))).failure();
    assert!(matches!(failure.kind(), "suback-timeout" | "connection-closed"), "{failure:?}");
}
