//! One row of the journal, and what it costs.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;

use crate::{
    model::event::{BoardReport, EchoFailure},
    profile::Qos,
};

/// What an allocation costs beside its content: the allocator's header and rounding.
const ALLOCATION: usize = 16;
/// What a payload costs beside its bytes: `Bytes` keeps a counter in an allocation of its own once it is shared.
const SHARED: usize = 32 + 2 * ALLOCATION;

/// One row: a message of the board or an echo of ours.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When it was received or handed to the socket.
    pub at: Duration,
    /// The number that the session gave the message; its echo has the same.
    pub message: u64,
    /// Who sent it.
    pub way: Way,
    /// Topic name.
    pub topic: Arc<str>,
    /// Application message. A `Bytes` can be a small window into a large read buffer and keep all of it in memory, which
    /// nobody can see from here: the session copies payloads to their exact size before it emits them.
    pub payload: Bytes,
    /// QoS.
    pub qos: Qos,
    /// RETAIN flag.
    pub retain: bool,
    /// It was delivered before: DUP flag, or the board's own number again.
    pub duplicate: bool,
    /// What the board says of itself.
    pub board: Option<Box<BoardReport>>,
    /// Of an echo: message received -> echo handed to the socket.
    pub residence: Option<Duration>,
    /// Of a board's message that carries an echo: echo sent -> this message.
    pub loop_time: Option<Duration>,
    /// What became of it.
    pub fate: Fate,
    /// The distance to the entry of the echo (of a board's message) or of the message (of an echo); 0 for none.
    pub(super) partner: u32,
    /// The distance to the echo it carries (of a board's message) or to the message that carries it; 0 for none.
    pub(super) carried: u32,
    /// The topic's memory is counted here; the next entries share it.
    pub(super) owns_topic: bool,
}

/// Who sent an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// The board, to us.
    Board,
    /// We, to the board.
    Echo,
}

/// What became of a message or of an echo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing is known yet.
    Plain,
    /// A board's message was echoed.
    Echoed,
    /// A board's message was not echoed.
    Failed(EchoFailure),
    /// An echo came back in a message of the board.
    Taken,
    /// The board spoke again without having taken the echo.
    Lost,
}

impl Entry {
    /// What it owns outside of its chunk.
    pub(super) fn heap(&self) -> usize {
        heap(&self.payload, self.owns_topic.then_some(&self.topic), self.board.is_some())
    }
}

/// What an entry owns: its payload, its topic where it does not share it, and the board's report.
pub(super) fn heap(payload: &Bytes, topic: Option<&Arc<str>>, board: bool) -> usize {
    let payload = if payload.is_empty() { 0 } else { payload.len() + SHARED };
    let topic = topic.map_or(0, |topic| topic.len() + 2 * ALLOCATION);
    payload + topic + if board { size_of::<BoardReport>() + ALLOCATION } else { 0 }
}
