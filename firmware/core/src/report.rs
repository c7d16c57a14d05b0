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

/// A line for a log, with control characters escaped: what came from the network must not write lines of its own.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attempt { number } => write!(f, "attempt {number}"),
            Self::Done(stage) => write!(f, "{stage}: done"),
            Self::Secured { suite } => write!(f, "secured with {suite}"),
            Self::Sent { sequence, text } => write!(f, "#{sequence} sent: {}", Text(text)),
            Self::Right { sequence, round_trip } => write!(f, "#{sequence} echoed after {round_trip:?}"),
            Self::Late { sequence, round_trip } => write!(f, "#{sequence} echoed late, after {round_trip:?}"),
            Self::Wrong { text } => write!(f, "not an echo: {}", Text(text)),
            Self::Missing { sequence } => write!(f, "#{sequence} has no echo"),
            Self::Ignored(why) => write!(f, "ignored a message {why}"),
            Self::Failed { failure, retry_in } => {
                write!(
                    f,
                    "{failure}; next attempt in {}.{} s",
                    retry_in.as_secs(),
                    retry_in.subsec_millis() / 100
                )
            }
            Self::Stopped => f.write_str("stopped"),
        }
    }
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => write!(f, "of {bytes} bytes"),
            Self::Repeated => f.write_str("that was heard before"),
            Self::Retained => f.write_str("from before the subscription"),
            Self::OtherTopic => f.write_str("on another topic"),
        }
    }
}

impl fmt::Display for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sent, right, wrong, missing, late, ignored, too_long, failures } = self;
        write!(
            f,
            "sent={sent} right={right} wrong={wrong} missing={missing} late={late} ignored={ignored} \
             too-long={too_long} failures={failures}"
        )
    }
}

/// A message as it is shown: quoted, escaped.
struct Text<'a>(&'a [u8]);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match core::str::from_utf8(self.0) {
            Ok(text) => write!(f, "{text:?}"),
            Err(_) => write!(f, "b\"{}\"", self.0.escape_ascii()),
        }
    }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn what_came_from_the_network_stays_on_its_line() {
        let wrong = |text: &[u8]| Report::Wrong { text: text.to_vec() }.to_string();
        assert_eq!(wrong("a\nb\u{1b}[31m€".as_bytes()), "not an echo: \"a\\nb\\u{1b}[31m€\"");
        assert_eq!(wrong(&[b'a', 0xff, b'\n']), "not an echo: b\"a\\xff\\n\"");
    }

    #[test]
    fn a_failure_says_when_it_is_tried_again() {
        let retry_in = Duration::from_millis(2_345);
        let failed = Report::Failed { failure: Failure::Refused { code: 5 }, retry_in };
        assert_eq!(failed.to_string(), "the broker refused CONNECT with code 0x05; next attempt in 2.3 s");
    }

    #[test]
    fn nothing_is_without_words() {
        let some =
            [Report::Attempt { number: 1 }, Report::Done(Stage::Flow), Report::Missing { sequence: 3 }];
        assert!(some.iter().all(|report| !report.to_string().is_empty()));
        let counters = Counters { sent: 3, right: 2, ..Counters::default() };
        assert!(counters.to_string().starts_with("sent=3 right=2 wrong=0 "));
    }
}
