//! Which message of the board carries which echo.
//!
//! The board takes an echo by making it its next message, so an echo and the message that carries it have the same
//! bytes. The rules:
//!
//! - A message equal to a pending echo takes it. With several equal ones, the oldest: MQTT keeps the order. Pending
//!   echoes older than the one taken are lost: the board spoke again without having taken them.
//! - A message equal to no pending echo: all pending ones are lost. If it equals a lost echo, that one was only late;
//!   the newest equal one decides, because a text comes round again after as many turns as it has characters.
//! - A message that may be a repetition takes a pending echo but makes none lost.
//!
//! Echoes are compared by a [`Fingerprint`] and not by their bytes, so that waiting costs no payload memory. The
//! pending echoes are always the newest ones: a ring buffer with one watermark holds them, in front of the settled ones.
//! Equal fingerprints are chained through the ring as in LZ77: each step below is constant time, without allocation.

use std::time::Duration;

const NONE: u64 = u64::MAX;

/// 64 bits that stand for a payload. Equal payloads have equal ones; two others agree once in 10^19.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint(u64);

/// The echoes that wait for the board, and as many settled ones as fit.
#[derive(Debug)]
pub(super) struct Matching {
    /// Echo `n` stands at `n % slots.len()`.
    slots: Vec<Slot>,
    buckets: Vec<Bucket>,
    /// The oldest echo still known.
    start: u64,
    /// The oldest pending echo; all from here on are pending.
    pending: u64,
    end: u64,
    /// Counts the connections: a loop that crosses two is no measurement.
    connection: u32,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    fingerprint: Fingerprint,
    at: Duration,
    entry: Option<u64>,
    connection: u32,
    lost: bool,
    /// Neighbours in the bucket's chain; older ones than `start` don't count.
    older: u64,
    newer: u64,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    newest: u64,
    /// The oldest echo of the chain that may be pending: moves over the settled ones when it is next looked at.
    pending: u64,
}

/// An echo that the board took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// The echo's journal entry.
    pub(super) entry: Option<u64>,
    /// When it was sent; `None` where the connection broke in between.
    pub(super) sent: Option<Duration>,
    /// It had been counted as lost.
    pub(super) late: bool,
}

impl Matching {
    /// Remembers the newest `limit` echoes, rounded up to a power of two.
    pub(super) fn new(limit: usize) -> Self {
        let size = limit.max(1).next_power_of_two();
        Self {
            slots: Vec::with_capacity(size),
            buckets: vec![Bucket { newest: NONE, pending: NONE }; size],
            start: 0,
            pending: 0,
            end: 0,
            connection: 0,
        }
    }

    /// A connection ended: what is pending stays so, but its time is no measurement any more.
    pub(super) fn break_here(&mut self) {
        self.connection = self.connection.wrapping_add(1);
    }

    /// Pending echoes.
    pub(super) fn waiting(&self) -> u64 {
        self.end - self.pending
    }

    /// Messages were not shown: what is pending now can't be told lost from taken. Returns how many.
    pub(super) fn give_up(&mut self) -> u64 {
        let waiting = self.waiting();
        self.pending = self.end;
        waiting
    }

    /// An echo was sent. Returns whether a pending one had to be forgotten for it.
    pub(super) fn sent(&mut self, fingerprint: Fingerprint, at: Duration, entry: Option<u64>) -> bool {
        let forgot = self.forget_oldest();
        let echo = self.end;
        self.end += 1;
        let home = self.home(fingerprint);
        let Bucket { newest: older, pending } = self.buckets[home];
        self.buckets[home] = Bucket { newest: echo, pending: if pending == NONE { echo } else { pending } };
        if self.known(older) {
            self.slot_mut(older).newer = echo;
        }
        let connection = self.connection;
        let slot = Slot { fingerprint, at, entry, connection, lost: false, older, newer: NONE };
        if self.slots.len() < self.buckets.len() {
            self.slots.push(slot);
        } else {
            *self.slot_mut(echo) = slot;
        }
        forgot
    }

    /// The board spoke. Tells `lost` the journal entry of each echo that is lost by that; `repeated` messages lose none.
    pub(super) fn heard(
        &mut self,
        fingerprint: Fingerprint,
        repeated: bool,
        mut lost: impl FnMut(Option<u64>),
    ) -> Option<Taken> {
        let found = self.pending_equal(fingerprint);
        let settled = match found {
            None if repeated => return None,
            None => self.end,
            Some(echo) => echo,
        };
        for echo in self.pending..settled {
            let slot = self.slot_mut(echo);
            slot.lost = true;
            lost(slot.entry);
        }
        self.pending = settled;
        let echo = match found {
            Some(echo) => {
                self.pending = echo + 1;
                echo
            }
            None => self.lost_equal(fingerprint)?,
        };
        let connection = self.connection;
        let slot = self.slot_mut(echo);
        let late = std::mem::take(&mut slot.lost);
        Some(Taken { entry: slot.entry, sent: (slot.connection == connection).then_some(slot.at), late })
    }

    /// The oldest pending echo with this fingerprint.
    fn pending_equal(&mut self, fingerprint: Fingerprint) -> Option<u64> {
        let home = self.home(fingerprint);
        let mut echo = self.buckets[home].pending;
        while echo < self.pending {
            echo = self.slot(echo).newer;
        }
        self.buckets[home].pending = echo;
        while echo != NONE && self.slot(echo).fingerprint != fingerprint {
            echo = self.slot(echo).newer;
        }
        (echo != NONE).then_some(echo)
    }

    /// The newest echo with this fingerprint, if it is lost.
    fn lost_equal(&self, fingerprint: Fingerprint) -> Option<u64> {
        let mut echo = self.buckets[self.home(fingerprint)].newest;
        while self.known(echo) {
            let slot = self.slot(echo);
            if slot.fingerprint == fingerprint {
                return slot.lost.then_some(echo);
            }
            echo = slot.older;
        }
        None
    }

    /// Makes room in a full ring. Returns whether the echo forgotten was pending.
    fn forget_oldest(&mut self) -> bool {
        let oldest = self.start;
        if self.end - oldest < self.buckets.len() as u64 {
            return false;
        }
        let Slot { fingerprint, newer, .. } = *self.slot(oldest);
        let home = self.home(fingerprint);
        let bucket = &mut self.buckets[home];
        if bucket.newest == oldest {
            bucket.newest = NONE;
        }
        if bucket.pending == oldest {
            bucket.pending = newer;
        }
        self.start += 1;
        let pending = oldest == self.pending;
        self.pending = self.pending.max(self.start);
        pending
    }

    fn known(&self, echo: u64) -> bool {
        echo != NONE && echo >= self.start
    }

    fn home(&self, Fingerprint(bits): Fingerprint) -> usize {
        bits as usize & (self.buckets.len() - 1)
    }

    fn slot(&self, echo: u64) -> &Slot {
        &self.slots[echo as usize & (self.buckets.len() - 1)]
    }

    fn slot_mut(&mut self, echo: u64) -> &mut Slot {
        let index = echo as usize & (self.buckets.len() - 1);
        &mut self.slots[index]
    }
}

impl Fingerprint {
    /// A larger payload is known by its length and its two ends of this many bytes: the fold runs beside the window's
    /// drawing and must not stop for a payload of 256 MB.
    const END: usize = 32 * 1024;

    /// Of a payload.
    pub(super) fn of(payload: &[u8]) -> Self {
        let seed = fold(payload.len() as u64 ^ 0x9E37_79B9_7F4A_7C15);
        if payload.len() <= 2 * Self::END {
            return Self(absorb(seed, payload));
        }
        let (head, tail) = (&payload[..Self::END], &payload[payload.len() - Self::END..]);
        Self(absorb(absorb(seed, head), tail))
    }
}

fn absorb(mut state: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        state = fold(state ^ u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    fold(fold(state ^ u64::from_le_bytes(last)))
}

/// A multiplication to 128 bits, its halves folded together: the step of wyhash and foldhash. Not against an attacker:
/// who sends colliding messages only spoils the statistics of their own echoes.
fn fold(word: u64) -> u64 {
    let product = u128::from(word ^ 0xA076_1D64_78BD_642F) * u128::from(0xE703_7ED1_A0B4_28DB_u64);
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn print(text: &str) -> Fingerprint {
        Fingerprint::of(text.as_bytes())
    }

    /// Sends echoes with their place as entry, at as many seconds.
    fn sent(texts: &[&str]) -> Matching {
        let mut matching = Matching::new(8);
        for (place, text) in texts.iter().enumerate() {
            matching.sent(print(text), seconds(place as u64), Some(place as u64));
        }
        matching
    }

    /// The entries lost and taken when the board says `text`.
    fn heard(matching: &mut Matching, text: &str) -> (Vec<u64>, Option<u64>) {
        let mut lost = Vec::new();
        let taken = matching.heard(print(text), false, |entry| lost.extend(entry));
        (lost, taken.and_then(|taken| taken.entry))
    }

    #[test]
    fn an_echo_is_taken_by_the_message_that_carries_it() {
        let mut matching = sent(&["a"]);
        let taken = matching.heard(print("a"), false, |_| unreachable!());
        assert_eq!(taken, Some(Taken { entry: Some(0), sent: Some(seconds(0)), late: false }));
        assert_eq!(matching.waiting(), 0);
        assert_eq!(heard(&mut matching, "a"), (vec![], None));
    }

    #[test]
    fn older_ones_than_the_one_taken_are_lost_and_newer_ones_wait() {
        let mut matching = sent(&["a", "b", "c"]);
        assert_eq!(heard(&mut matching, "b"), (vec![0], Some(1)));
        assert_eq!(heard(&mut matching, "c"), (vec![], Some(2)));
    }

    #[test]
    fn all_are_lost_when_the_board_says_something_else() {
        let mut matching = sent(&["a", "b"]);
        assert_eq!(heard(&mut matching, "x"), (vec![0, 1], None));
    }

    #[test]
    fn a_lost_one_that_comes_after_all_is_late_once() {
        let mut matching = sent(&["a"]);
        heard(&mut matching, "x");
        let taken = matching.heard(print("a"), false, |_| unreachable!());
        assert!(taken.is_some_and(|taken| taken.late));
        assert_eq!(heard(&mut matching, "a"), (vec![], None));
    }

    #[test]
    fn a_text_that_came_round_does_not_revive_an_old_loss() {
        let mut matching = sent(&["a"]);
        heard(&mut matching, "x"); // The first "a" is lost, the second is taken.
        matching.sent(print("a"), seconds(9), Some(9));
        assert_eq!(heard(&mut matching, "a"), (vec![], Some(9)));
        assert_eq!(heard(&mut matching, "a"), (vec![], None));
    }

    #[test]
    fn equal_echoes_are_taken_in_order() {
        let mut matching = sent(&["a", "a", "a"]);
        assert_eq!(heard(&mut matching, "a"), (vec![], Some(0)));
        assert_eq!(heard(&mut matching, "a"), (vec![], Some(1)));
        assert_eq!(heard(&mut matching, "a"), (vec![], Some(2)));
    }

    #[test]
    fn a_repetition_loses_none() {
        let mut matching = sent(&["a", "b"]);
        assert_eq!(matching.heard(print("x"), true, |_| unreachable!()), None);
        assert_eq!(heard(&mut matching, "b"), (vec![0], Some(1)));
    }

    #[test]
    fn a_loop_over_two_connections_is_no_measurement() {
        let mut matching = sent(&["a"]);
        matching.break_here();
        let taken = matching.heard(print("a"), false, |_| ());
        assert_eq!(taken, Some(Taken { entry: Some(0), sent: None, late: false }));
    }

    #[test]
    fn fingerprints_tell_payloads_apart() {
        let long = vec![7; 3 * Fingerprint::END];
        let mut other_end = long.clone();
        other_end[3 * Fingerprint::END - 1] = 8;
        let payloads =
            [&b""[..], b"\0", b"\0\0", b"a", b"ab", b"ba", b"aaaaaaaa", b"aaaaaaaaa", &long, &other_end];
        for (place, one) in payloads.iter().enumerate() {
            assert_eq!(Fingerprint::of(one), Fingerprint::of(one));
            for other in &payloads[place + 1..] {
                assert_ne!(Fingerprint::of(one), Fingerprint::of(other), "{one:?} {other:?}");
            }
        }
    }

    /// The rules of the module's documentation, written down without any thought of speed.
    #[derive(Default)]
    struct Plain {
        /// Text, entry, and whether it is pending, lost or taken; the oldest first, at most as many as fit.
        echoes: Vec<(u8, u64, char)>,
        limit: usize,
    }

    impl Plain {
        fn sent(&mut self, text: u8, entry: u64) -> bool {
            self.echoes.push((text, entry, 'p'));
            self.echoes.len() > self.limit && self.echoes.remove(0).2 == 'p'
        }

        fn heard(&mut self, text: u8, repeated: bool) -> (Vec<u64>, Option<(u64, bool)>) {
            let pending = self.echoes.iter().position(|echo| echo.0 == text && echo.2 == 'p');
            if pending.is_none() && repeated {
                return (Vec::new(), None);
            }
            let until = pending.unwrap_or(self.echoes.len());
            let lost = self.echoes[..until].iter_mut().filter(|echo| echo.2 == 'p');
            let lost = lost.map(|echo| (echo.2 = 'l', echo.1).1).collect();
            let newest = self.echoes.iter().rposition(|echo| echo.0 == text);
            let taken = pending.or(newest.filter(|place| self.echoes[*place].2 == 'l'));
            let taken = taken.map(|place| {
                let late = self.echoes[place].2 == 'l';
                self.echoes[place].2 = 't';
                (self.echoes[place].1, late)
            });
            (lost, taken)
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Sent(u8),
        Heard(u8, bool),
        GiveUp,
    }

    proptest! {
        #[test]
        fn the_ring_keeps_the_rules(
            steps in prop::collection::vec(
                prop_oneof![
                    10 => (0..6_u8).prop_map(Step::Sent),
                    10 => (0..6_u8, prop::bool::weighted(0.1)).prop_map(|(text, repeated)| Step::Heard(text, repeated)),
                    1 => Just(Step::GiveUp),
                ],
                0..300,
            ),
            bits in 0..5_u32,
        ) {
            let mut matching = Matching::new(1 << bits);
            let mut plain = Plain { limit: 1 << bits, ..Plain::default() };
            for (entry, step) in steps.into_iter().enumerate() {
                let entry = entry as u64;
                match step {
                    Step::Sent(text) => {
                        let forgot = matching.sent(Fingerprint(text.into()), seconds(entry), Some(entry));
                        prop_assert_eq!(forgot, plain.sent(text, entry));
                    }
                    Step::Heard(text, repeated) => {
                        let mut lost = Vec::new();
                        let taken = matching.heard(Fingerprint(text.into()), repeated, |entry| lost.extend(entry));
                        let taken = taken.map(|taken| (taken.sent.map_or(0, |sent| sent.as_secs()), taken.late));
                        prop_assert_eq!((lost, taken), plain.heard(text, repeated));
                    }
                    Step::GiveUp => {
                        let pending = plain.echoes.iter_mut().filter(|echo| echo.2 == 'p');
                        prop_assert_eq!(matching.give_up(), pending.map(|echo| echo.2 = '?').count() as u64);
                    }
                }
            }
        }
    }
}
