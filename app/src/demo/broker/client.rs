//! One client from its first byte to its last: the connection's input and output.

use std::{cell::RefCell, io, rc::Rc, time::Duration};

use mqtt_protocol_core::mqtt::{packet::SubEntry, result_code::MqttError};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, sleep_until, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{
    routes::{Delivery, Place, Routes},
    wire::{Message, Request, Wire},
};

/// For the handshake, for CONNECT after it, and for the client to take what was sent to it.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes that are read at a time: then it is another client's turn.
const CHUNK: usize = 16 * 1024;
/// Messages that go into one write.
const BATCH: usize = 64;

/// Why a connection ended before its client said so.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("{0}")]
    Network(#[from] io::Error),
    #[error("{0}")]
    Protocol(#[from] MqttError),
    #[error("it said nothing for too long")]
    Silent,
    #[error("another client came with its ID")]
    TakenOver,
}

/// A client that is in.
struct Client {
    stream: TlsStream<TcpStream>,
    wire: Wire,
    routes: Rc<RefCell<Routes>>,
    place: Place,
    will: Option<Message>,
    /// One and a half times its keep alive (MQTT 5, section 3.1.2.10); `None` for ever.
    patience: Option<Duration>,
}

/// Returns when the connection is over.
pub(super) async fn serve(stream: TcpStream, acceptor: TlsAcceptor, routes: Rc<RefCell<Routes>>) {
    let _ = stream.set_nodelay(true);
    let entered = timeout(PATIENCE, async {
        let stream = acceptor.accept(stream).await?;
        enter(stream, routes).await
    });
    match entered.await.unwrap_or(Err(Broken::Silent)) {
        Ok((client, rest)) => client.stay(&rest).await,
        Err(problem) => log::debug!("the demo's broker let nobody in: {problem}"),
    }
}

/// Waits for CONNECT. Also gives the bytes that came after it.
async fn enter(
    mut stream: TlsStream<TcpStream>,
    routes: Rc<RefCell<Routes>>,
) -> Result<(Client, Vec<u8>), Broken> {
    let mut wire = Wire::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        let length = stream.read(&mut chunk).await?;
        let mut bytes = &chunk[..length];
        if bytes.is_empty() {
            return Err(Broken::Network(io::ErrorKind::UnexpectedEof.into()));
        }
        let request = match wire.input(&mut bytes) {
            Ok(request) => request,
            Err(problem) => {
                // A refusal, if the version of MQTT has one.
                stream.write_all(wire.output()).await?;
                stream.flush().await?;
                return Err(problem.into());
            }
        };
        match request {
            None => {}
            Some(Request::Connect { id, keep_alive, will }) => {
                let named = id.is_empty().then(|| routes.borrow().name());
                wire.accept(named.as_deref())?;
                let place = routes.borrow_mut().enter(named.unwrap_or(id));
                let patience = (keep_alive > 0).then(|| Duration::from_secs(keep_alive.into()) * 3 / 2);
                return Ok((Client { stream, wire, routes, place, will, patience }, bytes.to_vec()));
            }
            Some(_) => return Err(MqttError::ProtocolError.into()),
        }
    }
}

impl Client {
    async fn stay(mut self, rest: &[u8]) {
        let ended = self.talk(rest).await;
        // What is still to be said: mostly why it ends.
        let _ = self.write().await;
        let _ = timeout(PATIENCE, self.stream.shutdown()).await;
        self.routes.borrow_mut().leave(&self.place);
        if let Err(problem) = ended {
            log::debug!("the demo's broker lost {}: {problem}", self.place.id);
        }
        if let Some(will) = self.will.take() {
            self.routes.borrow_mut().publish(&self.place, will);
        }
    }

    /// Until the client says that it leaves.
    async fn talk(&mut self, rest: &[u8]) -> Result<(), Broken> {
        let mut chunk = vec![0; CHUNK];
        let mut left = self.take(rest)?;
        let mut heard = Instant::now();
        while !left {
            self.write().await?;
            let silent = self.patience.map(|patience| heard + patience);
            tokio::select! {
                length = self.stream.read(&mut chunk) => {
                    let bytes = &chunk[..length?];
                    if bytes.is_empty() {
                        return Err(Broken::Network(io::ErrorKind::UnexpectedEof.into()));
                    }
                    heard = Instant::now();
                    left = self.take(bytes)?;
                    tokio::task::yield_now().await;
                }
                // A closed inbox has no message that would have to wait.
                delivery = self.place.inbox.recv(),
                    if self.wire.takes_messages() || self.place.inbox.is_closed() => {
                    self.deliver(delivery)?;
                }
                () = sleep_until(silent.unwrap_or(heard)), if silent.is_some() => return Err(Broken::Silent),
            }
        }
        Ok(())
    }

    fn deliver(&mut self, first: Option<Delivery>) -> Result<(), Broken> {
        let Some(first) = first else {
            self.wire.taken_over()?;
            return Err(Broken::TakenOver);
        };
        self.wire.deliver(&first)?;
        for _ in 1..BATCH {
            if !self.wire.takes_messages() {
                break;
            }
            let Ok(next) = self.place.inbox.try_recv() else { break };
            self.wire.deliver(&next)?;
        }
        Ok(())
    }

    /// Whether the client leaves.
    fn take(&mut self, mut bytes: &[u8]) -> Result<bool, MqttError> {
        while let Some(request) = self.wire.input(&mut bytes)? {
            match request {
                Request::Publish(message) => self.routes.borrow_mut().publish(&self.place, message),
                Request::Subscribe { packet, entries } => {
                    let mut routes = self.routes.borrow_mut();
                    let subscribe = |entry: &SubEntry| {
                        let options = *entry.sub_opts();
                        routes.subscribe(&self.place, entry.topic_filter(), options).map(|()| options.qos())
                    };
                    let answers: Vec<_> = entries.iter().map(subscribe).collect();
                    self.wire.subscribed(packet, &answers)?;
                }
                Request::Unsubscribe { packet, filters } => {
                    let mut routes = self.routes.borrow_mut();
                    let existed: Vec<_> =
                        filters.iter().map(|filter| routes.unsubscribe(&self.place, filter)).collect();
                    self.wire.unsubscribed(packet, &existed)?;
                }
                Request::Disconnect { will } => {
                    if !will {
                        self.will = None;
                    }
                    return Ok(true);
                }
                Request::Connect { .. } => return Err(MqttError::ProtocolError),
            }
        }
        Ok(false)
    }

    async fn write(&mut self) -> Result<(), Broken> {
        if self.wire.output().is_empty() {
            return Ok(());
        }
        let written = timeout(PATIENCE, async {
            self.stream.write_all(self.wire.output()).await?;
            self.stream.flush().await
        });
        written.await.map_err(|_| Broken::Silent)??;
        self.wire.output().clear();
        Ok(())
    }
}
