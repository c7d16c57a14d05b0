//! The demo's broker: a thread of its own with a runtime of its own, on loopback, with mutual TLS.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::mpsc,
    thread::{self, JoinHandle},
    time::Duration,
};

use mqtt5::broker::{
    BrokerConfig, MqttBroker,
    config::{StorageBackend, StorageConfig, TlsConfig},
};
use tokio::sync::oneshot;

use super::DemoProblem;

/// How long the broker may take to say that it listens, and later to close its connections.
const PATIENCE: Duration = Duration::from_secs(5);
/// A payload as large as the largest that MQTT knows is for a real broker.
const LARGEST_PACKET: usize = 1024 * 1024;

/// The files that the broker proves itself with and judges its clients by, PEM.
pub(super) struct Files {
    pub(super) ca: PathBuf,
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

/// A running broker. Stops when dropped, and leaves neither thread nor port behind.
pub(super) struct Broker {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Broker {
    pub(super) fn start(files: Files) -> Result<Self, DemoProblem> {
        let (stop, stopped) = oneshot::channel();
        let (ready, started) = mpsc::sync_channel(1);
        let thread = thread::Builder::new()
            .name("demo-broker".to_owned())
            .spawn(move || serve(files, &ready, stopped))
            .map_err(DemoProblem::Thread)?;
        let mut broker = Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            stop: Some(stop),
            thread: Some(thread),
        };
        broker.address = started.recv_timeout(PATIENCE).map_err(|_| DemoProblem::Silent)??;
        Ok(broker)
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
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

fn serve(
    files: Files,
    ready: &mpsc::SyncSender<Result<SocketAddr, DemoProblem>>,
    stopped: oneshot::Receiver<()>,
) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(problem) => {
            let _ = ready.send(Err(DemoProblem::Thread(problem)));
            return;
        }
    };
    runtime.block_on(async {
        let mut broker = match MqttBroker::with_config(config(files)).await {
            Ok(broker) => broker,
            Err(problem) => {
                let _ = ready.send(Err(DemoProblem::Broker(problem)));
                return;
            }
        };
        // The listener is bound, so a client that comes before `run` waits in the backlog.
        let address = broker.tls_local_addr().ok_or(DemoProblem::Silent);
        if ready.send(address).is_err() {
            return;
        }
        let shutdown = broker.shutdown_handle();
        tokio::pin! {
            let run = broker.run();
        }
        tokio::select! {
            _ = &mut run => return,
            // The other end is dropped, never sent to.
            _ = stopped => shutdown.shutdown(),
        }
        let _ = tokio::time::timeout(PATIENCE, run).await;
    });
    // A connection that did not end in time is closed with the runtime.
    runtime.shutdown_timeout(PATIENCE);
}

fn config(files: Files) -> BrokerConfig {
    let tls = TlsConfig::new(files.certificate, files.key)
        .with_ca_file(files.ca)
        .with_require_client_cert(true)
        .with_bind_address((Ipv4Addr::LOCALHOST, 0));
    // In memory: by default the broker would keep sessions in a folder below the current one.
    let storage = StorageConfig::new().with_backend(StorageBackend::Memory).with_persistence(false);
    BrokerConfig::new()
        .with_bind_addresses(Vec::new())
        .with_tls(tls)
        .with_storage(storage)
        // Nobody reads them, and a demo at rest should rest.
        .with_sys_topics_enabled(false)
        .with_max_packet_size(LARGEST_PACKET)
}
