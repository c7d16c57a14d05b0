//! What the board does, without any connection: it says its current message, hears echoes, and judges them.
//!
//! An echo is right when it is the last message rotated by one character. A message that has no echo when the next
//! one is said is missing; if its echo comes after that, it was late instead. Which message an echo answers is told
//! by the correlation data when the host sends it back (MQTT 5, section 3.3.2.3.6), else by the text: the newest
//! message that it fits.
//!
//! Invariant: `sent == right + late + missing + awaited`, where `awaited` is 0 or 1.

use alloc::{collections::VecDeque, vec::Vec};
use core::time::Duration;

use crate::{
    report::{Counters, Ignored},
    wire::{self, Direction, MESSAGE_LIMIT},
};

/// So many messages are remembered after they were said, to recognise a late or a repeated echo.
pub const REMEMBERED: usize = 8;

/// The board's message and its memory of the last ones.
#[derive(Clone, Debug)]
pub struct Board {
    current: Vec<u8>,
    direction: Direction,
    /// Oldest first, at most [`REMEMBERED`]. Only the last one can be [`Answer::Awaited`].
    said: VecDeque<Said>,
    round_trip: Option<Duration>,
    counters: Counters,
}

/// A message to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its number, from 0.
    pub sequence: u64,
    /// The message, at most [`MESSAGE_LIMIT`] bytes.
    pub text: Vec<u8>,
    /// The last round trip that was measured.
    pub round_trip: Option<Duration>,
    /// The message before this one, if its echo is now counted as missing.
    pub missing: Option<u64>,
}

/// What an arriving message turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The last message, rotated by one.
    Right {
        /// The message it answers.
        sequence: u64,
        /// Said to heard.
        round_trip: Duration,
    },
    /// The same, of an earlier message.
    Late {
        /// The message it answers.
        sequence: u64,
        /// Said to heard.
        round_trip: Duration,
    },
    /// No rotation of anything remembered.
    Wrong,
    /// Not adopted.
    Ignored(Ignored),
}

#[derive(Clone, Debug)]
struct Said {
    sequence: u64,
    at: Duration,
    /// What its echo must be.
    echo: Vec<u8>,
    answer: Answer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Awaited,
    Missing,
    Heard,
}

/// The first message is longer than [`MESSAGE_LIMIT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message of {bytes} bytes, at most {MESSAGE_LIMIT} are allowed")]
pub struct TooLong {
    /// Its length.
    pub bytes: usize,
}

impl Board {
    /// A board that has said nothing yet.
    ///
    /// # Errors
    /// When the first message is too long.
    pub fn new(first: Vec<u8>, direction: Direction) -> Result<Self, TooLong> {
        if first.len() > MESSAGE_LIMIT {
            return Err(TooLong { bytes: first.len() });
        }
        Ok(Self {
            current: first,
            direction,
            said: VecDeque::with_capacity(REMEMBERED),
            round_trip: None,
            counters: Counters::default(),
        })
    }

    /// Says the current message now. Whoever calls this publishes it.
    pub fn say(&mut self, now: Duration) -> Message {
        let missing = self.give_up();
        if self.said.len() == REMEMBERED {
            self.said.pop_front();
        }
        let sequence = self.counters.sent;
        self.counters.sent += 1;
        self.said.push_back(Said {
            sequence,
            at: now,
            echo: wire::rotate(&self.current, self.direction),
            answer: Answer::Awaited,
        });
        Message { sequence, text: self.current.clone(), round_trip: self.round_trip, missing }
    }

    /// Judges a message that arrived now, and adopts it unless it is to be ignored. `correlation` is the number in
    /// its correlation data, where it has one.
    pub fn hear(&mut self, text: &[u8], correlation: Option<u64>, now: Duration) -> Verdict {
        if text.len() > MESSAGE_LIMIT {
            self.counters.too_long += 1;
            return self.ignore(Ignored::TooLong { bytes: text.len() });
        }
        let verdict = match self.answered(text, correlation) {
            None => {
                self.counters.wrong += 1;
                Verdict::Wrong
            }
            Some(said) => {
                let (sequence, answer) = (said.sequence, said.answer);
                let round_trip = now.saturating_sub(said.at);
                said.answer = Answer::Heard;
                match answer {
                    Answer::Heard => return self.ignore(Ignored::Repeated),
                    Answer::Awaited => {
                        self.counters.right += 1;
                        self.round_trip = Some(round_trip);
                        Verdict::Right { sequence, round_trip }
                    }
                    Answer::Missing => {
                        self.counters.missing -= 1;
                        self.counters.late += 1;
                        self.round_trip = Some(round_trip);
                        Verdict::Late { sequence, round_trip }
                    }
                }
            }
        };
        self.current.clear();
        self.current.extend_from_slice(text);
        verdict
    }

    /// Counts a message that is not to be adopted.
    pub fn ignore(&mut self, why: Ignored) -> Verdict {
        self.counters.ignored += 1;
        Verdict::Ignored(why)
    }

    /// The message that will be said next.
    #[must_use]
    pub fn current(&self) -> &[u8] {
        &self.current
    }

    /// The totals so far.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// For the connection's own count, see [`Counters::failures`].
    pub(crate) const fn failed(&mut self) {
        self.counters.failures += 1;
    }

    fn give_up(&mut self) -> Option<u64> {
        let last = self.said.back_mut().filter(|last| last.answer == Answer::Awaited)?;
        last.answer = Answer::Missing;
        self.counters.missing += 1;
        Some(last.sequence)
    }

    /// The message that this text answers: with a number the one of that number if the text fits; without one the
    /// newest that waits for such a text, else the newest that had it already.
    fn answered(&mut self, text: &[u8], correlation: Option<u64>) -> Option<&mut Said> {
        let fits = |said: &&mut Said| said.echo == text && correlation.is_none_or(|n| n == said.sequence);
        let waiting = self.said.iter().rposition(|said| {
            said.echo == text
                && said.answer != Answer::Heard
                && correlation.is_none_or(|number| number == said.sequence)
        });
        match waiting {
            Some(index) => self.said.get_mut(index),
            None => self.said.iter_mut().rev().find(fits),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use alloc::vec;

    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn board(first: &str) -> Board {
        Board::new(first.as_bytes().to_vec(), Direction::Left).unwrap()
    }

    #[test]
    fn a_first_message_that_does_not_fit_is_refused() {
        let longest = vec![b'x'; MESSAGE_LIMIT];
        assert!(Board::new(longest, Direction::Left).is_ok());
        let bytes = MESSAGE_LIMIT + 1;
        assert_eq!(Board::new(vec![b'x'; bytes], Direction::Left).unwrap_err(), TooLong { bytes });
    }

    #[test]
    fn a_right_echo_is_adopted_and_timed() {
        let mut board = board("abc");
        assert_eq!(board.say(ms(0)).round_trip, None);
        let verdict = board.hear(b"bca", None, ms(40));
        assert_eq!(verdict, Verdict::Right { sequence: 0, round_trip: ms(40) });
        let message = board.say(ms(1_000));
        assert_eq!((message.sequence, message.text.as_slice()), (1, &b"bca"[..]));
        assert_eq!((message.round_trip, message.missing), (Some(ms(40)), None));
    }

    #[test]
    fn an_echo_that_was_not_turned_or_turned_twice_is_wrong_and_adopted() {
        let mut board = board("abc");
        board.say(ms(0));
        assert_eq!(board.hear(b"abc", None, ms(1)), Verdict::Wrong);
        assert_eq!(board.hear(b"cab", None, ms(2)), Verdict::Wrong);
        assert_eq!(board.current(), b"cab");
        // What is wrong answers nothing: the message still waits.
        assert_eq!(board.hear(b"bca", None, ms(3)), Verdict::Right { sequence: 0, round_trip: ms(3) });
    }

    #[test]
    fn an_echo_before_anything_was_said_is_wrong() {
        assert_eq!(board("abc").hear(b"bca", None, ms(0)), Verdict::Wrong);
    }

    #[test]
    fn the_same_echo_again_is_ignored() {
        let mut board = board("abc");
        board.say(ms(0));
        board.hear(b"bca", None, ms(1));
        board.say(ms(1_000));
        assert_eq!(board.hear(b"bca", None, ms(1_001)), Verdict::Ignored(Ignored::Repeated));
        assert_eq!(board.counters().ignored, 1);
    }

    #[test]
    fn without_correlation_an_echo_answers_the_newest_message_with_its_text() {
        let mut board = board("abc");
        board.say(ms(0));
        assert_eq!(board.say(ms(1_000)).missing, Some(0));
        let verdict = board.hear(b"bca", None, ms(1_020));
        assert_eq!(verdict, Verdict::Right { sequence: 1, round_trip: ms(20) });
        assert_eq!(board.counters().missing, 1);
    }

    #[test]
    fn with_correlation_it_answers_the_message_it_names() {
        let mut board = board("abc");
        board.say(ms(0));
        board.say(ms(1_000));
        let verdict = board.hear(b"bca", Some(0), ms(1_020));
        assert_eq!(verdict, Verdict::Late { sequence: 0, round_trip: ms(1_020) });
        assert_eq!((board.counters().missing, board.counters().late), (0, 1));
        // A right text under a wrong number is wrong: the host mixes messages up.
        assert_eq!(board.hear(b"bca", Some(7), ms(1_030)), Verdict::Wrong);
    }

    #[test]
    fn what_is_too_long_leaves_the_current_message_alone() {
        let mut board = board("abc");
        board.say(ms(0));
        let bytes = MESSAGE_LIMIT + 1;
        assert_eq!(board.hear(&vec![b'x'; bytes], None, ms(1)), Verdict::Ignored(Ignored::TooLong { bytes }));
        assert_eq!(board.current(), b"abc");
    }

    #[test]
    fn an_echo_of_long_ago_is_wrong() {
        let mut board = board("abcdefghijklmnop");
        for second in 0..=REMEMBERED as u64 {
            let text = board.say(ms(second * 1_000)).text;
            if second > 0 {
                let echo = wire::rotate(&text, Direction::Left);
                board.hear(&echo, None, ms(second * 1_000 + 1));
            } else {
                board.hear(b"something else ", None, ms(1));
            }
        }
        assert_eq!(board.hear(b"bcdefghijklmnopa", None, ms(60_000)), Verdict::Wrong);
        assert_eq!(board.counters().missing, 1);
    }
}
