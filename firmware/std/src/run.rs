//! The loop around the core: one thread, one blocking socket.

use std::{
    io::{self, Read as _, Write as _},
    net::{Shutdown, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use echo_board::{Action, Client, Counters, Report, Unreachable};

use crate::open;

/// The thread looks this often whether it is to stop.
const GLANCE: Duration = Duration::from_millis(100);
/// So long may a good-bye take to be sent, and again to be heard.
const FAREWELL: Duration = Duration::from_millis(50);

/// What the thread and its owner share.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) stop: AtomicBool,
    pub(crate) counters: Mutex<Counters>,
}

/// The state of the runner's connection.
enum Connection {
    None,
    Opening(mpsc::Receiver<Result<TcpStream, Unreachable>>),
    Open(TcpStream),
}

pub(crate) struct Runner<F> {
    client: Client,
    host: String,
    port: u16,
    started: Instant,
    connection: Connection,
    shared: Arc<Shared>,
    on_report: F,
}

impl<F: FnMut(Report)> Runner<F> {
    pub(crate) fn new(client: Client, host: String, port: u16, shared: Arc<Shared>, on_report: F) -> Self {
        Self { client, host, port, started: Instant::now(), connection: Connection::None, shared, on_report }
    }

    /// Runs until the stop.
    pub(crate) fn run(mut self) {
        while !self.shared.stop.load(Ordering::Relaxed) {
            self.act();
            self.write();
            self.tell();
            self.wait();
        }
        self.client.stop();
        self.act();
        self.tell();
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn act(&mut self) {
        while let Some(action) = self.client.poll(self.now()) {
            match action {
                Action::Open => self.connection = Connection::Opening(open::start(&self.host, self.port)),
                Action::Close => {
                    self.say_good_bye();
                    self.connection = Connection::None;
                }
            }
        }
    }

    /// An alert or a DISCONNECT goes out if the socket takes it at once. It is a courtesy: errors end nothing here.
    fn say_good_bye(&mut self) {
        let Connection::Open(stream) = &mut self.connection else { return };
        if !self.client.output().is_empty() {
            farewell(stream, self.client.output()).ok();
        }
    }

    fn write(&mut self) {
        let Connection::Open(stream) = &mut self.connection else { return };
        while !self.client.output().is_empty() {
            match stream.write(self.client.output()) {
                Ok(0) => break,
                Ok(count) => self.client.sent(count),
                // What does not fit now waits in the core, which limits it.
                Err(error) if is_timeout(&error) => return,
                Err(_) => {
                    self.client.closed(self.started.elapsed());
                    return;
                }
            }
        }
    }

    fn tell(&mut self) {
        *self.shared.counters.lock().unwrap_or_else(PoisonError::into_inner) = self.client.counters();
        while let Some(report) = self.client.next_report() {
            (self.on_report)(report);
        }
    }

    /// Waits for bytes, for the connection, or for the core's deadline, and never longer than a glance.
    fn wait(&mut self) {
        let deadline = self.client.next_deadline().unwrap_or(Duration::ZERO);
        let most = deadline.saturating_sub(self.now()).min(GLANCE);
        if most.is_zero() {
            return;
        }
        match &mut self.connection {
            Connection::None => thread::sleep(most),
            Connection::Opening(opening) => match opening.recv_timeout(most) {
                Ok(result) => self.opened(result),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => self.opened(Err(Unreachable::Other)),
            },
            Connection::Open(_) => self.read(most),
        }
    }

    fn opened(&mut self, result: Result<TcpStream, Unreachable>) {
        let now = self.now();
        let prepared = result.and_then(|stream| {
            stream.set_write_timeout(Some(GLANCE)).map_err(|_| Unreachable::Other)?;
            Ok(stream)
        });
        match prepared {
            Ok(stream) => {
                self.connection = Connection::Open(stream);
                self.client.opened(now);
            }
            Err(why) => {
                self.connection = Connection::None;
                self.client.unreachable(why, now);
            }
        }
    }

    fn read(&mut self, most: Duration) {
        let Connection::Open(stream) = &mut self.connection else { return };
        let mut bytes = [0; 4096];
        // A time-out of zero would mean none.
        let most = most.max(Duration::from_millis(1));
        let result = stream.set_read_timeout(Some(most)).and_then(|()| stream.read(&mut bytes));
        let now = self.started.elapsed();
        match result {
            Ok(0) => self.client.closed(now),
            Ok(count) => self.client.input(&bytes[..count], now),
            Err(error) if is_timeout(&error) => {}
            Err(_) => self.client.closed(now),
        }
    }
}

/// Sends the last bytes and hears the other side out: a socket that is closed with bytes unread resets the connection,
/// and the reset may overtake what was sent last.
fn farewell(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    let until = Instant::now() + FAREWELL;
    stream.set_write_timeout(Some(FAREWELL))?;
    stream.write_all(bytes)?;
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(FAREWELL))?;
    while Instant::now() < until && stream.read(&mut [0; 1024])? > 0 {}
    Ok(())
}

/// Nothing to read or no room to write yet. Unix says `WouldBlock`, Windows `TimedOut`.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}
