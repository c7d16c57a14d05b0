//! The demo's broker: a thread of its own with a runtime of its own, on loopback, with mutual TLS.
//!
//! It does what a demo needs, for MQTT 3.1.1 and 5 on one port: QoS 0 to 2, wildcards, retained messages, last wills,
//! the takeover of a client ID. It keeps no session, and says so in CONNACK; it has no shared subscriptions. Whoever
//! needs those has a broker. The protocol is `mqtt-protocol-core`'s, as in the board.
//!
//! Invariants: nothing that a client sends or leaves undone holds up another, and what it can make the broker keep is
//! limited.

mod client;
mod routes;
mod wire;

use std::{
    cell::RefCell,
    error::Error,
    io,
    net::{Ipv4Addr, TcpListener},
    rc::Rc,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::WebPkiClientVerifier,
};
use tokio::{
    runtime::Runtime,
    sync::oneshot,
    task::{JoinSet, LocalSet},
};
use tokio_rustls::TlsAcceptor;

use super::DemoProblem;
use crate::credentials::local::LocalCa;

/// Clients at once, whether or not they have said CONNECT.
const MOST_CLIENTS: usize = 100;
/// How long to wait where the system has no file descriptor for another connection.
const PAUSE: Duration = Duration::from_millis(100);

/// A running broker. Stops when dropped, and leaves neither thread nor port behind.
pub(super) struct Broker {
    port: u16,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Broker {
    /// Listens when this returns.
    pub(super) fn start(certificates: &LocalCa) -> Result<Self, DemoProblem> {
        let acceptor = TlsAcceptor::from(Arc::new(
            mutual_tls(certificates).map_err(|problem| DemoProblem::Tls(problem.to_string()))?,
        ));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(DemoProblem::Port)?;
        listener.set_nonblocking(true).map_err(DemoProblem::Port)?;
        let port = listener.local_addr().map_err(DemoProblem::Port)?.port();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(DemoProblem::Thread)?;
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("demo-broker".to_owned())
            .spawn(move || run(&runtime, listener, acceptor, stopped))
            .map_err(DemoProblem::Thread)?;
        Ok(Self { port, stop: Some(stop), thread: Some(thread) })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(runtime: &Runtime, listener: TcpListener, acceptor: TlsAcceptor, stopped: oneshot::Receiver<()>) {
    LocalSet::new().block_on(runtime, async {
        tokio::select! {
            listened = listen(listener, acceptor) => {
                if let Err(problem) = listened {
                    log::warn!("the demo's broker: {problem}");
                }
            }
            // The other end is dropped, never sent to.
            _ = stopped => {}
        }
    });
}

/// For ever, or until the system takes the listener away.
async fn listen(listener: TcpListener, acceptor: TlsAcceptor) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let routes = Rc::new(RefCell::default());
    let mut clients = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = clients.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) if clients.len() < MOST_CLIENTS => {
                    clients.spawn_local(client::serve(stream, acceptor.clone(), Rc::clone(&routes)));
                }
                Ok(_) => log::warn!("the demo's broker has no room for another client"),
                Err(problem) => {
                    log::warn!("the demo's broker: {problem}");
                    tokio::time::sleep(PAUSE).await;
                }
            },
        }
    }
}

/// Proves itself with the server's certificate, and lets in whom the CA knows.
fn mutual_tls(certificates: &LocalCa) -> Result<ServerConfig, Box<dyn Error>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_slice(certificates.ca_pem.as_bytes())?;
    roots.add(ca)?;
    let clients =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build()?;
    let chain = CertificateDer::from_pem_slice(certificates.server_pem.as_bytes())?;
    let key = PrivateKeyDer::from_pem_slice(certificates.server_key_pem.as_bytes())?;
    Ok(ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(clients)
        .with_single_cert(vec![chain], key)?)
}
