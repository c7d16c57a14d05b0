//! The demo's broker, by clients that share no code with it, and by bytes that no client sends.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, ChildStdout, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use echo_monitor::{
    demo::{self, Demo},
    model::{Limits, State},
    profile::{Protocol, Qos, Secrets},
    session,
};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn it_carries_an_echo_in_each_version_and_qos() {
    for protocol in [Protocol::V311, Protocol::V5] {
        for qos in [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce] {
            let demo = demo::start().unwrap();
            let mut profile = demo.profile.clone();
            (profile.protocol, profile.qos) = (protocol, qos);
            let session = session::start(profile, Secrets::default(), || ()).unwrap();
            let mut state = State::new(Limits::default());
            let began = Instant::now();
            while state.counters.echoed < 2 {
                assert!(began.elapsed() < PATIENCE, "{protocol:?} {qos:?}: {:?}", state.counters);
                if let Ok(batch) = session.events().recv_timeout(Duration::from_millis(100)) {
                    for event in &batch {
                        state.apply(event);
                    }
                }
            }
            assert_eq!((state.counters.failed, state.counters.lost), (0, 0), "{protocol:?} {qos:?}");
        }
    }
}

#[test]
fn it_lets_in_nobody_without_a_certificate() {
    let demo = demo::start().unwrap();
    let mut stream = tls(&demo, false);
    // With TLS 1.3 the refusal comes after the client's own handshake is done.
    let _ = stream.write_all(&connect_5("stranger"));
    assert!(stream.read(&mut [0; 16]).is_err());
}

#[test]
fn whoever_says_nothing_holds_nobody_up() {
    let demo = demo::start().unwrap();
    let silent: Vec<_> =
        (0..5).map(|_| TcpStream::connect(("127.0.0.1", demo.profile.port)).unwrap()).collect();
    let _unsaid: Vec<_> = (0..5).map(|_| tls(&demo, true)).collect();
    let began = Instant::now();
    assert_eq!(enter(&demo, "talker").1[2..4], [0, 0], "no session, success");
    assert!(began.elapsed() < Duration::from_secs(5));
    drop(silent);
}

#[test]
fn the_second_client_with_an_id_ends_the_first() {
    let demo = demo::start().unwrap();
    let (mut first, _) = enter(&demo, "twin");
    let (mut second, _) = enter(&demo, "twin");
    let mut told = Vec::new();
    first.read_to_end(&mut told).unwrap();
    assert_eq!(told, [0xE0, 1, 0x8E], "DISCONNECT, session taken over");
    second.write_all(&[0xC0, 0]).unwrap();
    let mut answer = [0; 2];
    second.read_exact(&mut answer).unwrap();
    assert_eq!(answer, [0xD0, 0], "the second stays, and its ping is answered");
}

#[test]
fn what_is_no_mqtt_ends_its_own_connection_only() {
    let demo = demo::start().unwrap();
    let (mut witness, _) = enter(&demo, "witness");
    let many = [&[0x30, 0xFF, 0xFF, 0x7F][..], &[0; 32]].concat();
    for (what, bytes) in [
        ("QoS 1 with packet identifier 0", &[0x34, 5, 0, 1, b'a', 0, 0][..]),
        ("QoS 2 with packet identifier 0", &[0x34, 6, 0, 1, b'a', 0, 0, 0]),
        ("a topic with a wildcard", &[0x30, 4, 0, 1, b'#', 0]),
        ("PUBREL 0", &[0x62, 2, 0, 0]),
        ("SUBSCRIBE 0", &[0x82, 7, 0, 0, 0, 0, 1, b'a', 0]),
        ("PUBACK of nothing", &[0x40, 2, 0, 9]),
        ("a second CONNECT", &connect_5("hostile")),
        ("CONNACK from a client", &[0x20, 3, 0, 0, 0]),
        ("a packet that is too large", &many),
        ("an endless length", &[0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
    ] {
        let (mut hostile, _) = enter(&demo, "hostile");
        hostile.write_all(bytes).unwrap();
        let ended = hostile.read_to_end(&mut Vec::new());
        assert!(ended.is_ok(), "{what}: {ended:?}");
    }
    witness.write_all(&[0xC0, 0]).unwrap();
    witness.read_exact(&mut [0; 2]).unwrap();
}

#[test]
#[ignore = "needs mosquitto_pub and mosquitto_sub"]
fn every_message_arrives_right_and_in_order() {
    for (qos, from, to) in [("0", "5", "311"), ("1", "311", "5"), ("2", "5", "5"), ("2", "311", "311")] {
        let demo = demo::start().unwrap();
        let mut ears = Listener::start(&demo, &["-V", to, "-q", qos, "-t", "a/+/c"]);
        let mut mouth = client(&demo, "mosquitto_pub", &["-V", from, "-q", qos, "-t", "a/b/c", "-l"]);
        let mut words = mouth.0.stdin.take().unwrap();
        // Fewer than wait for a client at most: what must not be lost is told apart from what may be.
        for round in 0..20 {
            for number in round * 100..(round + 1) * 100 {
                writeln!(words, "message {number}").unwrap();
            }
            for number in round * 100..(round + 1) * 100 {
                assert_eq!(ears.line(), format!("message {number}"), "QoS {qos} from {from} to {to}");
            }
        }
    }
}

#[test]
#[ignore = "needs mosquitto_pub and mosquitto_sub"]
fn retained_messages_and_wills_are_kept_and_told() {
    let demo = demo::start().unwrap();
    let publish =
        |arguments: &[&str]| assert!(client(&demo, "mosquitto_pub", arguments).0.wait().unwrap().success());
    publish(&["-t", "status/one", "-r", "-q", "1", "-m", "kept"]);
    publish(&["-t", "status/two", "-r", "-q", "1", "-m", "forgotten"]);
    publish(&["-t", "status/two", "-r", "-q", "1", "-n"]);
    let mut ears = Listener::start(&demo, &["-V", "5", "-q", "1", "-t", "status/#", "-F", "%r %t %p"]);
    assert_eq!(ears.line(), "1 status/one kept");

    let will = ["-t", "other", "--will-topic", "status/one", "--will-payload", "gone", "--will-retain"];
    let mut doomed = Listener::start(&demo, &will);
    doomed.child.0.kill().unwrap();
    assert_eq!(ears.line(), "0 status/one gone");
    drop(ears);
    let mut later = Listener::start(&demo, &["-t", "status/#", "-F", "%r %t %p"]);
    assert_eq!(later.line(), "1 status/one gone");
}

/// A child that is ended with its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn client(demo: &Demo, program: &str, arguments: &[&str]) -> Running {
    let sources = &demo.profile.credentials;
    // Line by line: into a pipe it would keep back what it has to say.
    let started = Command::new("stdbuf")
        .args(["-oL", program, "-h", "127.0.0.1", "-p", &demo.profile.port.to_string(), "--cafile"])
        .arg(sources.ca.as_ref().unwrap())
        .arg("--cert")
        .arg(sources.certificate.as_ref().unwrap())
        .arg("--key")
        .arg(sources.key.as_ref().unwrap())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    Running(started.unwrap_or_else(|problem| panic!("{program}: {problem}")))
}

/// `mosquitto_sub`, subscribed.
struct Listener {
    child: Running,
    lines: BufReader<ChildStdout>,
}

impl Listener {
    fn start(demo: &Demo, arguments: &[&str]) -> Self {
        let mut child = client(demo, "mosquitto_sub", &[arguments, &["-d", "-W", "60"]].concat());
        let lines = BufReader::new(child.0.stdout.take().unwrap());
        let mut new = Self { child, lines };
        while !new.read().starts_with("Subscribed") {}
        new
    }

    /// The next message, without what it says of itself.
    fn line(&mut self) -> String {
        loop {
            let line = self.read();
            if !line.starts_with("Client ") && !line.starts_with("Subscribed") {
                return line;
            }
        }
    }

    fn read(&mut self) -> String {
        let mut line = String::new();
        assert_ne!(self.lines.read_line(&mut line).unwrap(), 0, "it ended");
        line.trim_end().to_owned()
    }
}

type Tls = StreamOwned<ClientConnection, TcpStream>;

fn tls(demo: &Demo, with_certificate: bool) -> Tls {
    let sources = &demo.profile.credentials;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(sources.ca.as_ref().unwrap()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = if with_certificate {
        let chain = CertificateDer::from_pem_file(sources.certificate.as_ref().unwrap()).unwrap();
        let key = PrivateKeyDer::from_pem_file(sources.key.as_ref().unwrap()).unwrap();
        config.with_client_auth_cert(vec![chain], key).unwrap()
    } else {
        config.with_no_client_auth()
    };
    let stream = TcpStream::connect(("127.0.0.1", demo.profile.port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let session = ClientConnection::new(Arc::new(config), "127.0.0.1".try_into().unwrap()).unwrap();
    StreamOwned::new(session, stream)
}

/// Connected, and the CONNACK.
fn enter(demo: &Demo, id: &str) -> (Tls, Vec<u8>) {
    let mut stream = tls(demo, true);
    stream.write_all(&connect_5(id)).unwrap();
    let mut head = [0; 2];
    stream.read_exact(&mut head).unwrap();
    let mut rest = vec![0; usize::from(head[1])];
    stream.read_exact(&mut rest).unwrap();
    (stream, [&head[..], &rest].concat())
}

/// CONNECT of MQTT 5 (section 3.1): a clean start, no keep alive, no properties.
fn connect_5(id: &str) -> Vec<u8> {
    let length = u8::try_from(id.len()).unwrap();
    let head = [0x10, 13 + length, 0, 4, b'M', b'Q', b'T', b'T', 5, 2, 0, 0, 0, 0, length];
    [&head[..], id.as_bytes()].concat()
}
