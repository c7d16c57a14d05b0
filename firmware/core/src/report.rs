//! What the board tells its runner: each step of a connection, each message, each failure, and the totals.

use alloc::vec::Vec;
use core::{fmt, time::Duration};

use crate::failure::Failure;

/// Something that happened on the board. The runner knows when: it handed in the time of the call that caused it.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// A connection attempt begins; the first is number 1.
    Attempt {
        /// Counted since the board started.
        number: u32,
    },
    /// A stage ended well.
    Done(Stage),
    /// Secured by TLS with this cipher suite, by its IANA name. Comes right after `Done(Stage::Tls)`.
    Secured {
        /// "TLS13_AES_128_GCM_SHA256", for example.
        suite: &'static str,
    },
    /// The current message was published.
    Sent {
        /// Its number, from 0.
        sequence: u64,
        /// The message.
        text: Vec<u8>,
    },
    /// An echo came and was right: our last message, rotated by one. It is the current message now.
    Right {
        /// The number of the message it answers.
        sequence: u64,
        /// From our publish to its arrival, on our own clock.
        round_trip: Duration,
    },
    /// The right echo of an earlier message came after we had already spoken again. Not missing after all.
    Late {
        /// The number of the message it answers.
        sequence: u64,
        /// From our publish to its arrival, on our own clock.
        round_trip: Duration,
    },
    /// What came is no rotation of anything we sent lately. The wire says to adopt it all the same.
    Wrong {
        /// What came.
        text: Vec<u8>,
    },
    /// We spoke again and the echo of this message had not come.
    Missing {
        /// Its number.
        sequence: u64,
    },
    /// A message that was not adopted.
    Ignored(Ignored),
    /// The attempt or the connection ended; the next attempt starts after `retry_in`.
    Failed {
        /// Why.
        failure: Failure,
        /// How long the board waits.
        retry_in: Duration,
    },
    /// The board was asked to stop and did. Last report.
    Stopped,
}

/// The stages of a connection, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// The runner opens a connection.
    Open,
    /// The TLS handshake.
    Tls,
    /// CONNECT and CONNACK.
    Connect,
    /// SUBSCRIBE and SUBACK.
    Subscribe,
    /// Messages flow.
    Flow,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "opening the connection",
            Self::Tls => "the TLS handshake",
            Self::Connect => "CONNECT",
            Self::Subscribe => "SUBSCRIBE",
            Self::Flow => "the flow of messages",
        })
    }
}

/// Why a message was not adopted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// Longer than [`MESSAGE_LIMIT`](crate::wire::MESSAGE_LIMIT).
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// The same echo again.
    Repeated,
    /// Kept by the broker from before we subscribed, so no answer to us.
    Retained,
    /// On a topic we did not subscribe to.
    OtherTopic,
}

/// Totals since the board started. At any time `sent == right + late + missing + one`, where the one is the message
/// that may still be answered; it is absent before the first message and after a right echo.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Messages published.
    pub sent: u64,
    /// Echoes that were right.
    pub right: u64,
    /// Messages that were no rotation of ours.
    pub wrong: u64,
    /// Messages whose echo had not come when we spoke again, and has not come since.
    pub missing: u64,
    /// Right echoes that came after we had spoken again.
    pub late: u64,
    /// Messages that were not adopted: too long, repeated, retained, on another topic.
    pub ignored: u64,
    /// Of `ignored`: too long.
    pub too_long: u64,
    /// Connections that failed or ended by themselves.
    pub failures: u64,
}
