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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use alloc::string::String;

    use proptest::prelude::*;

    use super::*;

    fn left(text: &str) -> String {
        String::from_utf8(rotate(text.as_bytes(), Direction::Left)).unwrap()
    }

    #[test]
    fn a_character_is_one_unicode_scalar_value() {
        assert_eq!(left("abc"), "bca");
        assert_eq!(left("€uro"), "uro€");
        assert_eq!(left("日本"), "本日");
        assert_eq!(left("👩‍🚀x"), "\u{200d}🚀x👩");
        assert_eq!(rotate("abc".as_bytes(), Direction::Right), b"cab");
        assert_eq!(rotate("uro€".as_bytes(), Direction::Right), "€uro".as_bytes());
    }

    #[test]
    fn empty_stays_empty_and_one_character_stays_itself() {
        for direction in [Direction::Left, Direction::Right] {
            assert_eq!(rotate(b"", direction), b"");
            assert_eq!(rotate("€".as_bytes(), direction), "€".as_bytes());
            assert_eq!(rotate(&[0xff], direction), [0xff]);
        }
    }

    #[test]
    fn what_is_not_utf_8_turns_by_one_byte() {
        assert!(is_binary(&[b'a', 0xff, b'b']));
        assert_eq!(rotate(&[b'a', 0xff, b'b'], Direction::Left), [0xff, b'b', b'a']);
        assert_eq!(rotate(&[b'a', 0xff, b'b'], Direction::Right), [b'b', b'a', 0xff]);
        assert!(!is_binary(b"abc"));
    }

    #[test]
    fn the_first_message_fits_the_buffer() {
        assert!(FIRST_MESSAGE.len() <= MESSAGE_LIMIT);
    }

    proptest! {
        /// A binary payload can become UTF-8 by turning, and then turns by characters; hence text only.
        #[test]
        fn the_other_direction_undoes_it(text: String) {
            for direction in [Direction::Left, Direction::Right] {
                let there = rotate(text.as_bytes(), direction);
                prop_assert_eq!(rotate(&there, direction.reversed()), text.as_bytes());
            }
        }

        #[test]
        fn as_many_turns_as_characters_give_the_text_back(text in "\\PC{1,40}") {
            let mut turned = text.clone().into_bytes();
            for _ in text.chars() {
                rotate_in_place(&mut turned, Direction::Left);
                prop_assert!(!is_binary(&turned));
            }
            prop_assert_eq!(turned, text.as_bytes());
        }

        #[test]
        fn no_byte_is_lost(payload: Vec<u8>) {
            for direction in [Direction::Left, Direction::Right] {
                let mut turned = rotate(&payload, direction);
                let mut sorted = payload.clone();
                turned.sort_unstable();
                sorted.sort_unstable();
                prop_assert_eq!(&turned, &sorted);
            }
        }
    }
}
