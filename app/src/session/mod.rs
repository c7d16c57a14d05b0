//! One connection to one broker, kept alive: the only place that talks to the network.
//!
//! ```text
//!   start ── thread ── tokio (one thread) ── one event loop ── one bounded channel ── events()
//!                        │
//!     attempt:  read and judge the credentials · DNS · TCP · TLS · CONNECT · SUBSCRIBE      each timed, each can fail
//!     flow:     PUBLISH in -> rotate -> PUBLISH out -> only then the event                  a slow screen slows no echo
//!     gap:      Disconnected, wait 2 s … 30 s, attempt again                                never a tight loop
//! ```
//!
//! Invariants:
//! - the thread never waits for whoever reads the events: what doesn't fit is counted in `What::NotShown`;
//! - every `Received` gets exactly one `Echoed` or `EchoFailed`, also across reconnects and on stop. At QoS 0 an echo
//!   counts when it was handed to the socket; at QoS 1 and 2 when the broker took it (PUBACK, PUBREC), because it may
//!   still refuse it;
//! - at QoS 1 and 2 the board's message is acknowledged only after its echo is: what was accepted is never lost;
//! - stop is possible at any moment and takes at most about a second.

mod backoff;
mod classify;
mod clock;
mod connect;
mod echo;
mod flow;
mod gather;
mod link;
mod outbox;
mod probe;
mod report;
mod run;
mod stream;
mod tls;
mod verify;

use std::{
    fmt, io,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, sync_channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use self::{
    clock::Clock,
    report::{BATCHES, Report},
    run::{Control, Run},
};
use crate::{
    model::event::Event,
    profile::{Profile, Secrets},
};

/// A running session. Dropping it stops it.
pub struct Session {
    events: Receiver<Vec<Event>>,
    control: Arc<Control>,
    thread: Option<JoinHandle<()>>,
    /// Closed by the thread when it ends.
    ended: Receiver<()>,
}

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// Every message comes back.
    Echo,
    /// To see whether a connection works and how fast the broker answers. Nothing is echoed.
    Check,
}

/// Starts a session on a thread of its own.
///
/// `wake` is called after events were sent, at most every few milliseconds, from the session's thread.
///
/// # Errors
/// The operating system gives no thread or no event queue.
pub fn start(
    profile: Profile,
    secrets: Secrets,
    wake: impl Fn() + Send + Sync + 'static,
) -> io::Result<Session> {
    open(profile, secrets, Purpose::Echo, wake)
}

/// Starts a session that connects and subscribes as [`start`] does, then measures [`ROUND_TRIPS`] answers of the broker
/// and echoes nothing: a board at the other end notices nothing of it.
///
/// # Errors
/// The operating system gives no thread or no event queue.
pub fn check(
    profile: Profile,
    secrets: Secrets,
    wake: impl Fn() + Send + Sync + 'static,
) -> io::Result<Session> {
    open(profile, secrets, Purpose::Check, wake)
}

/// How many answers of the broker a [`check`] measures.
pub const ROUND_TRIPS: u32 = probe::PAIRS;

fn open(
    profile: Profile,
    secrets: Secrets,
    purpose: Purpose,
    wake: impl Fn() + Send + Sync + 'static,
) -> io::Result<Session> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let (sender, events) = sync_channel(BATCHES);
    let (alive, ended) = sync_channel::<()>(0);
    let control = Arc::<Control>::default();
    let asked = control.clone();
    let thread = thread::Builder::new().name("session".to_owned()).spawn(move || {
        let clock = Clock::start();
        let report = Report::new(clock, sender, wake);
        runtime.block_on(Run::new(profile, secrets, asked, clock, report, purpose).run());
        // A name server or a network drive that does not answer may still hold a helper thread: don't wait for it.
        runtime.shutdown_background();
        drop(alive);
    })?;
    Ok(Session { events, control, thread: Some(thread), ended })
}

impl Session {
    /// Where the events arrive, in batches, in order. The first is `Started`, the last `Stopped`; then the channel ends.
    #[must_use]
    pub fn events(&self) -> &Receiver<Vec<Event>> {
        &self.events
    }

    /// Ends the wait for the next attempt, if there is one.
    pub fn try_now(&self) {
        self.control.try_now();
    }

    /// Asks the session to end: DISCONNECT is sent, what is still to be told is told, the last event is `Stopped`.
    pub fn stop(&self) {
        self.control.stop();
    }
}

impl Drop for Session {
    /// Waits for the thread, but not for ever: the program must be able to end.
    fn drop(&mut self) {
        const PATIENCE: Duration = Duration::from_secs(3);
        self.stop();
        // Nobody reads any more: make room, so that the thread can say its last words.
        while self.events.try_recv().is_ok() {}
        if let (Err(RecvTimeoutError::Disconnected), Some(thread)) =
            (self.ended.recv_timeout(PATIENCE), self.thread.take())
        {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}
