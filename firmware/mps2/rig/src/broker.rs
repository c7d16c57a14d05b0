//! A real Mosquitto: TLS with client certificates for the board on one port, plain MQTT for the peer on another.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::credentials::{Identity, Signer};
use crate::{await_until, free_port};

/// A broker that can be stopped and started again on the same ports.
pub struct Mosquitto {
    folder: TempDir,
    process: Option<Child>,
    /// For the board: TLS, a client certificate is required.
    pub secure: u16,
    /// For the peer: plain.
    pub plain: u16,
}

impl Mosquitto {
    /// Starts a broker that takes everybody whom `clients` has signed.
    #[must_use]
    pub fn start(clients: &Signer, own: &Identity) -> Self {
        Self::start_with(clients, own, "allow_anonymous true")
    }

    /// The same with another rule about who may connect.
    #[must_use]
    pub fn start_with(clients: &Signer, own: &Identity, rule: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (secure, plain) = (free_port(), free_port());
        let path = |name| folder.path().join(name);
        write_pem(&path("ca.pem"), "CERTIFICATE", &clients.certificate());
        write_pem(&path("server.pem"), "CERTIFICATE", &own.chain[0]);
        write_pem(&path("server.key"), "PRIVATE KEY", own.key().secret_der());
        let at = folder.path().display();
        let configuration = format!(
            "user root\npersistence false\n{rule}\nset_tcp_nodelay true\n\
             listener {plain} 127.0.0.1\n\
             listener {secure} 127.0.0.1\n\
             cafile {at}/ca.pem\ncertfile {at}/server.pem\nkeyfile {at}/server.key\nrequire_certificate true\n"
        );
        fs::write(path("mosquitto.conf"), configuration).unwrap();
        let mut broker = Self { folder, process: None, secure, plain };
        broker.run();
        broker
    }

    /// Starts it again.
    pub fn run(&mut self) {
        let process = Command::new("mosquitto")
            .arg("-c")
            .arg(self.folder.path().join("mosquitto.conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("mosquitto, from Debian's package of that name");
        self.process = Some(process);
        let plain = self.plain;
        await_until("the broker's start", Duration::from_secs(10), || {
            TcpStream::connect(("127.0.0.1", plain)).is_ok()
        });
    }

    /// Kills it, without a word to anybody.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().ok();
            process.wait().ok();
        }
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Writes one certificate or key as PEM.
pub fn write_pem(path: &Path, label: &str, der: &[u8]) {
    fs::write(path, pem(label, der)).unwrap();
}

/// PEM, RFC 7468.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for piece in der.chunks(3) {
        let bits =
            piece.iter().fold(0u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - piece.len()));
        for digit in 0..4 {
            let index = (bits >> (18 - 6 * digit) & 63) as usize;
            text.push(if digit <= piece.len() { DIGITS[index].into() } else { '=' });
        }
    }
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}
