//! The board against a real Mosquitto that demands a client certificate. The host's echo is tested with the core; here
//! a second board speaks on the host's topic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use echo_board_std::{
    Board, Config, Credentials, Failure, Identity, Protocol, Qos, Report, Stage, TlsFailure,
};
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};

/// A CA, a server certificate for localhost and a client certificate, as PEM.
struct Certificates {
    ca: String,
    server: (String, String),
    client: (String, String),
}

impl Certificates {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        // Each CA has a name of its own: of two with the same name the wrong one would look like a bad signature.
        params.distinguished_name.push(DnType::CommonName, format!("CA of {:?}", Instant::now()));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        let leaf = |name: &str, purpose| {
            let key = KeyPair::generate().unwrap();
            let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
            params.distinguished_name.push(DnType::CommonName, name);
            params.extended_key_usages = vec![purpose];
            (params.signed_by(&key, &issuer).unwrap().pem(), key.serialize_pem())
        };
        let server = leaf("localhost", ExtendedKeyUsagePurpose::ServerAuth);
        let client = leaf("board", ExtendedKeyUsagePurpose::ClientAuth);
        Self { ca, server, client }
    }

    fn credentials(&self) -> Credentials {
        Credentials {
            ca: self.ca.clone().into_bytes(),
            identity: Some(Identity {
                certificate: self.client.0.clone().into_bytes(),
                key: self.client.1.clone().into_bytes(),
            }),
            server_name: None,
        }
    }
}

struct Broker {
    process: Child,
    port: u16,
    directory: tempfile::TempDir,
}

impl Broker {
    fn start(certificates: &Certificates) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let path = |name: &str| directory.path().join(name);
        fs::write(path("ca.pem"), &certificates.ca).unwrap();
        fs::write(path("server.pem"), &certificates.server.0).unwrap();
        fs::write(path("server.key"), &certificates.server.1).unwrap();
        let show = |name: &str| path(name).display().to_string();
        let text = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\nrequire_certificate true\ncafile {}\ncertfile {}\n\
             keyfile {}\nset_tcp_nodelay true\n",
            show("ca.pem"),
            show("server.pem"),
            show("server.key"),
        );
        fs::write(path("mosquitto.conf"), text).unwrap();
        let process = spawn(directory.path());
        let broker = Self { process, port, directory };
        broker.wait();
        broker
    }

    fn restart(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.process = spawn(self.directory.path());
        self.wait();
    }

    fn wait(&self) {
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("mosquitto does not listen");
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn spawn(directory: &Path) -> Child {
    let program = ["/usr/sbin/mosquitto", "mosquitto"].into_iter().find(|path| Path::new(path).exists());
    Command::new(program.unwrap_or("mosquitto"))
        .arg("-c")
        .arg(directory.join("mosquitto.conf"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn config(broker: &Broker, certificates: &Certificates) -> Config {
    let mut config = Config::new("localhost", broker.port);
    config.tls = Some(certificates.credentials());
    config.period = Duration::from_millis(20);
    config
}

/// A second board that hears the first one and is heard by it. It adopts what it hears, so the first board's own
/// message comes back to it unturned: wrong each time, and that is what it must say.
fn parrot(mut config: Config) -> Config {
    std::mem::swap(&mut config.publish, &mut config.subscribe);
    config.status = None;
    config
}

fn start(config: Config) -> (Board, mpsc::Receiver<Report>) {
    let (sender, receiver) = mpsc::channel();
    (Board::start(config, move |report| drop(sender.send(report))).unwrap(), receiver)
}

/// The first report that fits, within ten seconds.
fn wait_for(reports: &mpsc::Receiver<Report>, fits: impl Fn(&Report) -> bool) -> Report {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let report = reports.recv_timeout(left).expect("the report that was waited for");
        if fits(&report) {
            return report;
        }
    }
}

fn flows(report: &Report) -> bool {
    matches!(report, Report::Done(Stage::Subscribe))
}

#[test]
#[ignore = "needs mosquitto"]
fn messages_flow_over_mutual_tls_in_both_protocols_and_both_qualities() {
    let certificates = Certificates::new();
    let broker = Broker::start(&certificates);
    for protocol in [Protocol::V311, Protocol::V5] {
        for qos in [Qos::AtMostOnce, Qos::AtLeastOnce] {
            let mut config = config(&broker, &certificates);
            config.protocol = protocol;
            config.qos = qos;
            let (other, _reports) = start(parrot(config.clone()));
            let (board, reports) = start(config);
            wait_for(&reports, flows);
            for _ in 0..5 {
                wait_for(&reports, |report| matches!(report, Report::Wrong { .. }));
            }
            let stopping = Instant::now();
            let counters = board.stop();
            assert!(stopping.elapsed() < Duration::from_millis(500), "{:?}", stopping.elapsed());
            assert!(counters.sent >= 5, "{counters:?}");
            assert_eq!(counters.failures, 0, "{protocol:?} {qos:?} {counters:?}");
            other.stop();
        }
    }
}

#[test]
#[ignore = "needs mosquitto"]
fn a_broker_that_comes_back_finds_the_board_again() {
    let certificates = Certificates::new();
    let mut broker = Broker::start(&certificates);
    let (board, reports) = start(config(&broker, &certificates));
    wait_for(&reports, flows);
    broker.restart();
    wait_for(&reports, |report| matches!(report, Report::Failed { .. }));
    wait_for(&reports, flows);
    board.stop();
}

#[test]
#[ignore = "needs mosquitto"]
fn a_board_without_certificate_learns_it_after_the_handshake() {
    let certificates = Certificates::new();
    let broker = Broker::start(&certificates);
    let mut config = config(&broker, &certificates);
    config.tls.as_mut().unwrap().identity = None;
    let (board, reports) = start(config);
    wait_for(&reports, |report| *report == Report::Done(Stage::Tls));
    let failed = wait_for(&reports, |report| matches!(report, Report::Failed { .. }));
    let Report::Failed { failure: Failure::Tls(TlsFailure::Alert(alert)), .. } = failed else {
        panic!("{failed:?}");
    };
    assert_eq!(alert, rustls::AlertDescription::CertificateRequired);
    board.stop();
}

#[test]
#[ignore = "needs mosquitto"]
fn a_broker_of_another_ca_is_refused() {
    let certificates = Certificates::new();
    let broker = Broker::start(&certificates);
    let mut config = config(&broker, &certificates);
    config.tls.as_mut().unwrap().ca = Certificates::new().ca.into_bytes();
    let (board, reports) = start(config);
    let failed = wait_for(&reports, |report| matches!(report, Report::Failed { .. }));
    assert!(
        matches!(failed, Report::Failed { failure: Failure::Tls(TlsFailure::OtherCa), .. }),
        "{failed:?}"
    );
    board.stop();
}
