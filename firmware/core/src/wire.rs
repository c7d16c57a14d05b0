//! The wire: what the board and the host agree on, defined here once.
//!
//! Fixed by the original sample. The topics and the direction of rotation are settings of both sides; these are the
//! defaults. The limit of a message is the board's and is not negotiable: a longer message is counted and ignored.

use alloc::{borrow::ToOwned, vec::Vec};

/// The board publishes here, the host subscribes to it.
pub const BOARD_TOPIC: &str = "azuresphere/sample/host";
/// The host publishes its echoes here, the board subscribes to it.
pub const HOST_TOPIC: &str = "azuresphere/sample/device";
/// Where the board's last will and its birth message go, retained.
pub const STATUS_TOPIC: &str = "azuresphere/sample/status";
/// The first message of a board that was told no other.
pub const FIRST_MESSAGE: &str = "Hello from echo-board, written in Rust ";
/// A board's message is at most this many bytes; a longer one is never cut but counted and ignored.
pub const MESSAGE_LIMIT: usize = 128;
/// Milliseconds between two messages of a board.
pub const PERIOD_MS: u32 = 1_000;

/// MQTT 5 user property of a board's message: its number, counted from 0 since the board started, decimal.
pub const SEQUENCE_PROPERTY: &str = "seq";
/// MQTT 5 user property of a board's message: milliseconds since the board started, decimal.
pub const UPTIME_PROPERTY: &str = "uptime-ms";
/// MQTT 5 user property of a board's message: its last round trip in microseconds, on its own clock, decimal.
pub const ROUND_TRIP_PROPERTY: &str = "rtt-us";

/// Which way a text turns. [`Direction::Left`] is the wire's default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// `abc` becomes `bca`.
    #[default]
    Left,
    /// `abc` becomes `cab`.
    Right,
}

impl Direction {
    /// The direction that undoes this one.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
}

/// The payload rotated by one character, or by one byte where it is not UTF-8. Empty stays empty.
///
/// A character is one Unicode scalar value, so a rotation never breaks valid UTF-8, and as many rotations as there are
/// characters give the payload back.
#[must_use]
pub fn rotate(payload: &[u8], direction: Direction) -> Vec<u8> {
    let mut turned = payload.to_owned();
    rotate_in_place(&mut turned, direction);
    turned
}

/// [`rotate`] without a second buffer.
pub fn rotate_in_place(payload: &mut [u8], direction: Direction) {
    let by = step(payload, direction);
    match direction {
        Direction::Left => payload.rotate_left(by),
        Direction::Right => payload.rotate_right(by),
    }
}

/// Whether the payload is shown and rotated as bytes instead of characters.
#[must_use]
pub fn is_binary(payload: &[u8]) -> bool {
    core::str::from_utf8(payload).is_err()
}

fn step(payload: &[u8], direction: Direction) -> usize {
    let Ok(text) = core::str::from_utf8(payload) else { return 1 };
    let character = match direction {
        Direction::Left => text.chars().next(),
        Direction::Right => text.chars().next_back(),
    };
    character.map_or(0, char::len_utf8)
}
