//! A real Mosquitto on loopback that demands a client certificate, with certificates of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code, unreachable_pub)]

mod host;
mod port;

use std::{
    fs,
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use echo_board_std::{Credentials, Identity};
pub use host::Host;
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};

/// A CA, a server certificate for localhost and a client certificate, as PEM.
pub struct Certificates {
    pub ca: String,
    pub server: (String, String),
    pub client: (String, String),
}

impl Certificates {
    pub fn new() -> Self {
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

    pub fn credentials(&self) -> Credentials {
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

pub struct Broker {
    process: Child,
    pub port: u16,
    /// Without TLS, for the host.
    pub plain_port: u16,
    pub directory: tempfile::TempDir,
}

impl Broker {
    pub fn start(certificates: &Certificates) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (port, plain_port) = (port::free_port(), port::free_port());
        let path = |name: &str| directory.path().join(name);
        fs::write(path("ca.pem"), &certificates.ca).unwrap();
        fs::write(path("server.pem"), &certificates.server.0).unwrap();
        fs::write(path("server.key"), &certificates.server.1).unwrap();
        let show = |name: &str| path(name).display().to_string();
        let text = format!(
            "allow_anonymous true\nset_tcp_nodelay true\nlistener {plain_port} 127.0.0.1\nlistener {port} 127.0.0.1\n\
             require_certificate true\ncafile {}\ncertfile {}\nkeyfile {}\n",
            show("ca.pem"),
            show("server.pem"),
            show("server.key"),
        );
        fs::write(path("mosquitto.conf"), text).unwrap();
        let process = spawn(directory.path());
        let broker = Self { process, port, plain_port, directory };
        broker.wait();
        broker
    }

    pub fn restart(&mut self) {
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
