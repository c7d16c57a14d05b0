//! A real Mosquitto on free loopback ports: one with mutual TLS for the session, a plain one for the board.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../../firmware/std/tests/mosquitto/port.rs"]
mod port;

use std::{
    fmt::Write as _,
    fs,
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

pub use self::port::free_port;
use super::pki::Pki;

/// Ends with the test, whatever comes of it.
pub struct Mosquitto {
    pub tls_port: u16,
    pub plain_port: u16,
    conf: PathBuf,
    child: Option<Child>,
}

/// What the configuration may differ in.
pub struct Settings<'a> {
    /// Stem of the broker's certificate and key.
    pub server: &'a str,
    /// Whether a client certificate is required.
    pub require: bool,
    /// For the TLS listener.
    pub tls: &'a [&'a str],
    /// For the whole broker.
    pub general: &'a [&'a str],
}

impl Default for Settings<'_> {
    fn default() -> Self {
        Self { server: "server", require: true, tls: &[], general: &[] }
    }
}

impl Mosquitto {
    pub fn start(pki: &Pki) -> Self {
        Self::with(pki, &Settings::default())
    }

    pub fn with(pki: &Pki, settings: &Settings<'_>) -> Self {
        let (tls_port, plain_port) = (free_port(), free_port());
        let file = |name: &str| pki.file(name).display().to_string();
        let mut conf = String::new();
        let mut line = |text: &str| writeln!(conf, "{text}").unwrap();
        for text in [
            "per_listener_settings false",
            "allow_anonymous true",
            "max_inflight_messages 0",
            "max_queued_messages 0",
            "set_tcp_nodelay true",
            "log_type error",
            "user root",
        ] {
            line(text);
        }
        settings.general.iter().for_each(|text| line(text));
        line(&format!("listener {plain_port} 127.0.0.1"));
        line(&format!("listener {tls_port} 127.0.0.1"));
        line(&format!("cafile {}", file("mosquitto.org.crt")));
        line(&format!("certfile {}", file(&format!("{}.crt", settings.server))));
        line(&format!("keyfile {}", file(&format!("{}.key", settings.server))));
        line(&format!("require_certificate {}", settings.require));
        settings.tls.iter().for_each(|text| line(text));
        let path = pki.file(&format!("mosquitto-{tls_port}.conf"));
        fs::write(&path, conf).unwrap();
        let mut broker = Self { tls_port, plain_port, conf: path, child: None };
        broker.up();
        broker
    }

    /// Starts it, again with the same ports and files.
    pub fn up(&mut self) {
        let child = Command::new("mosquitto").arg("-c").arg(&self.conf).stderr(Stdio::null()).spawn();
        self.child = Some(child.expect("mosquitto is installed"));
        let deadline = Instant::now() + Duration::from_secs(10);
        for port in [self.plain_port, self.tls_port] {
            while TcpStream::connect(("127.0.0.1", port)).is_err() {
                assert!(Instant::now() < deadline, "mosquitto does not listen");
                thread::sleep(Duration::from_millis(20));
            }
        }
    }

    /// In good order: it saves what it is to remember.
    pub fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let _ = Command::new("kill").arg(child.id().to_string()).status();
        child.wait().unwrap();
    }

    /// Without a word.
    pub fn kill(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let _ = child.kill();
        child.wait().unwrap();
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.kill();
    }
}
