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

mod fingerprint;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub(super) use fingerprint::Fingerprint;

const NONE: u64 = u64::MAX;

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
