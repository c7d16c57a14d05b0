//! Servers that do what no broker should.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

use crate::broker::pem;
use crate::credentials::Identity;
use crate::{await_until, free_port};

/// The longest that a rogue keeps a connection.
const LIMIT: Duration = Duration::from_secs(60);

/// A rogue server on the loopback. One connection at a time.
pub struct Rogue {
    /// Where it listens.
    pub port: u16,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// A connection with a rogue's patience: reads end at once, so that it can be stopped.
pub struct Victim<'a> {
    /// The connection.
    pub stream: TcpStream,
    stop: &'a AtomicBool,
    start: Instant,
}

impl Victim<'_> {
    /// Waits, reading and throwing away, until the board hangs up or the rogue is stopped. Whether it may go on.
    pub fn ignore_for(&mut self, time: Duration) -> bool {
        let start = Instant::now();
        let mut buffer = [0; 1024];
        while start.elapsed() < time {
            if self.stop.load(Ordering::Relaxed) || self.start.elapsed() > LIMIT {
                return false;
            }
            match self.stream.read(&mut buffer) {
                Ok(0) => return false,
                Ok(_) => {}
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                }
                Err(_) => return false,
            }
        }
        true
    }
}

impl Rogue {
    /// A server that does `this` with each connection.
    #[must_use]
    pub fn start(this: impl Fn(&mut Victim<'_>) + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let stop = Arc::new(AtomicBool::new(false));
        let asked = stop.clone();
        let thread = thread::spawn(move || {
            while !asked.load(Ordering::Relaxed) {
                let Ok((stream, _)) = listener.accept() else {
                    thread::sleep(Duration::from_millis(10));
                    continue;
                };
                stream.set_nonblocking(false).unwrap();
                stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
                this(&mut Victim { stream, stop: &asked, start: Instant::now() });
            }
        });
        Self { port, stop, thread: Some(thread) }
    }

    /// Accepts and says nothing.
    #[must_use]
    pub fn silent() -> Self {
        Self::says(&[])
    }

    /// Says this at once, and then nothing.
    #[must_use]
    pub fn says(words: &'static [u8]) -> Self {
        Self::start(move |victim| {
            victim.stream.write_all(words).ok();
            victim.ignore_for(LIMIT);
        })
    }

    /// Says this, one byte a second.
    #[must_use]
    pub fn drawls(words: &'static [u8]) -> Self {
        Self::start(move |victim| {
            for byte in words {
                if victim.stream.write_all(&[*byte]).is_err() || !victim.ignore_for(Duration::from_secs(1)) {
                    return;
                }
            }
            victim.ignore_for(LIMIT);
        })
    }

    /// Accepts and hangs up.
    #[must_use]
    pub fn hangs_up() -> Self {
        Self::start(|_| ())
    }

    /// Speaks TLS 1.3 with this identity, and then says `words` of its own instead of CONNACK.
    #[must_use]
    pub fn speaks_tls(own: &Identity, words: &'static [u8]) -> Self {
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Always(own.certified())));
        let config = Arc::new(config);
        Self::start(move |victim| {
            let Ok(stream) = victim.stream.try_clone() else { return };
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut tls = StreamOwned::new(connection, stream);
            let handshake = tls.read(&mut [0; 1024]);
            if handshake.is_ok() && tls.write_all(words).and_then(|()| tls.flush()).is_ok() {
                tls.sock.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
                victim.ignore_for(LIMIT);
            }
        })
    }
}

/// Presents what it was given, be it nonsense.
#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

impl Drop for Rogue {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// OpenSSL's `s_server`: TLS that is not rustls's, and no MQTT.
pub struct OpenSsl {
    /// Where it listens.
    pub port: u16,
    process: Child,
    _folder: TempDir,
}

impl OpenSsl {
    /// Starts it with more options, such as `-tls1_2`.
    #[must_use]
    pub fn start(own: &Identity, options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = (folder.path().join("server.pem"), folder.path().join("server.key"));
        std::fs::write(&certificate, pem("CERTIFICATE", &own.chain[0])).unwrap();
        std::fs::write(&key, pem("PRIVATE KEY", own.key().secret_der())).unwrap();
        let port = free_port();
        let process = Command::new("openssl")
            .args(["s_server", "-quiet", "-accept", &format!("127.0.0.1:{port}")])
            .arg("-cert")
            .arg(certificate)
            .arg("-key")
            .arg(key)
            .args(options)
            // A pipe that stays open: at the end of its input it would hang up.
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl, from Debian's package of that name");
        await_until("openssl's start", Duration::from_secs(10), || {
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
        });
        Self { port, process, _folder: folder }
    }
}

impl Drop for OpenSsl {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
