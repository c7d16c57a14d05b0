//! `openssl s_server`: what OpenSSL says, which most brokers are built on.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::pki::Pki;

/// Ends with the test, whatever comes of it.
pub struct OpenSsl {
    pub port: u16,
    child: Child,
}

/// It takes only clients whose certificate is good.
pub const DEMANDING: [&str; 3] = ["-Verify", "2", "-verify_return_error"];

impl OpenSsl {
    pub fn start(pki: &Pki, server: &str, options: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let file = |name: String| pki.file(&name).display().to_string();
        let child = Command::new("openssl")
            .args(["s_server", "-quiet", "-accept", &format!("127.0.0.1:{port}"), "-CAfile"])
            .arg(file("mosquitto.org.crt".to_owned()))
            .args(["-cert", &file(format!("{server}.crt")), "-key", &file(format!("{server}.key"))])
            .args(options)
            .current_dir(pki.path())
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
