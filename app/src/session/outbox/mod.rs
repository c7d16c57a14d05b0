//! The echoes at QoS 1 and 2 that the broker has not taken yet. Nothing in here is ever lost.
//!
//! ```text
//! accept -> waiting -> given to the client -> handed to the socket -> taken by the broker -> (QoS 2) completed
//!              ^                                                          |
//!              └── the broker forgot our session ──┘                      └-> now the board's message is acknowledged
//! ```
//!
//! The broker may have only so many messages under way to us unacknowledged (its window or ours). Since we acknowledge a
//! message only when its echo was taken, that window bounds the outbox too: where echoes don't get through, the board's
//! messages wait at the broker.
//!
//! A broken connection takes with it what we were about to acknowledge. The broker delivers those messages again, with
//! the same packet identifier and DUP: they are recognised here and not echoed twice. Where the acknowledgement was
//! already handed to the socket nobody knows whether it arrived: at QoS 1 such a message is echoed again, because the
//! packet identifier may belong to another one by then; at QoS 2 the protocol itself sees to it.
//!
//! No clock, no socket, no client: what happened comes in, what to do goes out.

#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use bytes::Bytes;

use super::link::{Fate, Receipt};
use crate::profile::Qos;

/// There are no more packet identifiers than this, so there cannot be more unacknowledged messages either.
const MESSAGES: usize = u16::MAX as usize;
/// Payload bytes. One echo always fits.
const BYTES: usize = 512 << 20;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// By id, ascending.
    entries: VecDeque<Entry>,
    /// Ids that the client doesn't have, in order.
    waiting: VecDeque<u64>,
    /// Ids that the client has and that were not handed to the socket, in order.
    given: VecDeque<u64>,
    /// The outgoing packet identifiers.
    packets: HashMap<u16, u64>,
    /// Messages whose echo was taken and whose acknowledgement was not handed to the socket: packet identifier, echo.
    settled: HashMap<u16, Bytes>,
    bytes: usize,
}

/// An accepted message and its echo.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: u64,
    pub(super) echo: Bytes,
    pub(super) correlation: Option<Bytes>,
    pub(super) qos: Qos,
    /// When the message arrived, at the earliest.
    pub(super) arrived: Duration,
    /// What the broker waits for, if it waits: the message came at QoS 1 or 2.
    pub(super) inbound: Option<Inbound>,
    receipt: Option<Receipt>,
    packet: Option<u16>,
    first_handed: Option<Duration>,
    last_handed: Option<Duration>,
    taken: bool,
}

/// A message that the broker wants acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Inbound {
    pub(super) packet: u16,
    pub(super) qos: Qos,
    /// Whether it came, or came again, on the present connection.
    current: bool,
}

impl Inbound {
    /// What a message at this QoS wants; `None` at QoS 0.
    pub(super) fn of(packet: u16, qos: Qos) -> Option<Self> {
        (qos != Qos::AtMostOnce).then_some(Self { packet, qos, current: true })
    }
}

/// The broker's verdict about one echo.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) id: u64,
    pub(super) echo: Bytes,
    pub(super) qos: Qos,
    /// Its reason code: 0x80 and above is a refusal.
    pub(super) reason: u8,
    pub(super) arrived: Duration,
    /// When the echo was first handed to the socket.
    pub(super) handed: Duration,
    /// The board's message is to be acknowledged now.
    pub(super) acknowledge: Option<Inbound>,
}

/// The outbox is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Overflow {
    /// So many messages are in it.
    pub(super) messages: usize,
}

/// Whether a message is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    /// Not known.
    New,
    /// Its echo is under way.
    Known,
    /// Its echo was taken before: acknowledge it.
    Settled,
}

impl Entry {
    pub(super) fn new(
        id: u64,
        echo: Bytes,
        correlation: Option<Bytes>,
        qos: Qos,
        arrived: Duration,
        inbound: Option<Inbound>,
    ) -> Self {
        Self {
            id,
            echo,
            correlation,
            qos,
            arrived,
            inbound,
            receipt: None,
            packet: None,
            first_handed: None,
            last_handed: None,
            taken: false,
        }
    }
}

impl Outbox {
    /// Takes a message in.
    pub(super) fn accept(&mut self, entry: Entry) -> Result<(), Overflow> {
        let size = entry.echo.len();
        let messages = self.entries.len();
        if messages >= MESSAGES || (messages > 0 && self.bytes + size > BYTES) {
            return Err(Overflow { messages });
        }
        self.bytes += size;
        self.waiting.push_back(entry.id);
        self.entries.push_back(entry);
        Ok(())
    }

    /// The next echo for the client, while fewer than `window` are with it.
    pub(super) fn next_waiting(&self, window: usize) -> Option<&Entry> {
        let with_client = self.given.len() + self.packets.len();
        if with_client >= window { None } else { self.waiting.front().and_then(|id| self.entry(*id)) }
    }

    /// The client took the one that [`Outbox::next_waiting`] told.
    pub(super) fn give(&mut self, receipt: Option<Receipt>) {
        let Some(id) = self.waiting.pop_front() else { return };
        if let Some(entry) = self.entry_mut(id) {
            entry.receipt = receipt;
            self.given.push_back(id);
        }
    }

    /// A PUBLISH was handed to the socket. Echoes leave in the order in which the client got them; one that is sent again
    /// has its old packet identifier.
    pub(super) fn handed(&mut self, packet: u16, at: Duration) {
        let id = match self.packets.get(&packet) {
            Some(id) => *id,
            None => match self.given.pop_front() {
                Some(id) => id,
                None => return,
            },
        };
        self.packets.insert(packet, id);
        if let Some(entry) = self.entry_mut(id) {
            entry.packet = Some(packet);
            entry.first_handed.get_or_insert(at);
            entry.last_handed = Some(at);
        }
    }

    /// PUBACK or PUBREC. The second value is the broker's round trip, where this was its last word.
    pub(super) fn taken(
        &mut self,
        packet: u16,
        reason: u8,
        at: Duration,
    ) -> (Option<Verdict>, Option<Duration>) {
        let Some(id) = self.packets.get(&packet).copied() else { return (None, None) };
        let verdict = self.settle(id, reason, at);
        let last_word = reason >= 0x80 || self.entry(id).is_none_or(|entry| entry.qos == Qos::AtLeastOnce);
        (verdict, if last_word { self.close(packet, at) } else { None })
    }

    /// PUBCOMP. The round trip, and the verdict where PUBREC was missed.
    pub(super) fn completed(&mut self, packet: u16, at: Duration) -> (Option<Verdict>, Option<Duration>) {
        let Some(id) = self.packets.get(&packet).copied() else { return (None, None) };
        (self.settle(id, 0, at), self.close(packet, at))
    }

    /// The broker's verdict, once.
    fn settle(&mut self, id: u64, reason: u8, at: Duration) -> Option<Verdict> {
        let entry = self.entry_mut(id).filter(|entry| !entry.taken)?;
        entry.taken = true;
        let acknowledge = entry.inbound.filter(|inbound| inbound.current);
        let verdict = Verdict {
            id,
            echo: entry.echo.clone(),
            qos: entry.qos,
            reason,
            arrived: entry.arrived,
            handed: entry.first_handed.unwrap_or(at),
            acknowledge,
        };
        if let Some(inbound) = entry.inbound.take() {
            self.settled.insert(inbound.packet, verdict.echo.clone());
        }
        Some(verdict)
    }

    fn close(&mut self, packet: u16, at: Duration) -> Option<Duration> {
        let id = self.packets.remove(&packet)?;
        let handed = self.entry(id).and_then(|entry| entry.last_handed);
        self.remove(id);
        handed.map(|handed| at.saturating_sub(handed))
    }

    /// The connection broke: what was not acknowledged yet, can't be before it comes again.
    pub(super) fn disconnected(&mut self) {
        for entry in &mut self.entries {
            if let Some(inbound) = &mut entry.inbound {
                inbound.current = false;
            }
        }
    }

    /// A connection stands again. Returns the verdicts that the client had heard and could not tell.
    pub(super) fn connected(&mut self, session_present: bool, at: Duration) -> Vec<Verdict> {
        if !session_present {
            self.settled.clear();
            self.entries.iter_mut().for_each(|entry| entry.inbound = None);
        }
        let mut verdicts = Vec::new();
        for id in self.entries.iter().map(|entry| entry.id).collect::<Vec<_>>() {
            let Some(entry) = self.entry_mut(id) else { continue };
            match entry.receipt.as_mut().map_or(Fate::Gone, Receipt::fate) {
                Fate::Pending => {}
                Fate::Answered(reason) => {
                    verdicts.extend(self.settle(id, reason, at));
                    self.remove(id);
                }
                // The broker took it at QoS 2 and forgot the rest of the conversation: it has it.
                Fate::Gone if entry.taken => self.remove(id),
                Fate::Gone => (entry.receipt, entry.packet) = (None, None),
            }
        }
        self.sort_out();
        verdicts
    }

    /// Makes the queues anew from the entries.
    fn sort_out(&mut self) {
        self.packets.clear();
        self.given.clear();
        self.waiting.clear();
        for entry in &self.entries {
            match (&entry.receipt, entry.packet) {
                (None, _) => self.waiting.push_back(entry.id),
                (Some(_), None) => self.given.push_back(entry.id),
                (Some(_), Some(packet)) => {
                    self.packets.insert(packet, entry.id);
                }
            }
        }
    }

    /// Whether all that the client was given, echoes and acknowledgements, is with the socket.
    pub(super) fn all_out(&self) -> bool {
        self.given.is_empty() && self.settled.is_empty()
    }

    /// An acknowledgement was handed to the socket.
    pub(super) fn acknowledged(&mut self, packet: u16) {
        self.settled.remove(&packet);
    }

    /// Whether a message is one whose echo is under way or was taken.
    pub(super) fn delivered(&mut self, packet: u16, duplicate: bool, echo: &[u8]) -> Delivery {
        let settled = self.settled.get(&packet).is_some_and(|settled| settled == echo);
        if !duplicate {
            // The identifier is in use anew: whatever it meant before is settled at the broker, too.
            self.settled.remove(&packet);
            return Delivery::New;
        }
        if settled {
            return Delivery::Settled;
        }
        let known = self.entries.iter_mut().filter(|entry| entry.echo == echo).find_map(|entry| {
            entry.inbound.as_mut().filter(|inbound| inbound.packet == packet && !inbound.current)
        });
        match known {
            Some(inbound) => {
                inbound.current = true;
                Delivery::Known
            }
            None => Delivery::New,
        }
    }

    /// Empties it: the ids that the broker has not taken.
    pub(super) fn give_up(&mut self) -> Vec<u64> {
        let ids = self.entries.iter().filter(|entry| !entry.taken).map(|entry| entry.id).collect();
        *self = Self::default();
        ids
    }

    fn position(&self, id: u64) -> Option<usize> {
        self.entries.binary_search_by_key(&id, |entry| entry.id).ok()
    }

    fn entry(&self, id: u64) -> Option<&Entry> {
        self.position(id).and_then(|position| self.entries.get(position))
    }

    fn entry_mut(&mut self, id: u64) -> Option<&mut Entry> {
        let position = self.position(id)?;
        self.entries.get_mut(position)
    }

    fn remove(&mut self, id: u64) {
        if let Some(entry) = self.position(id).and_then(|position| self.entries.remove(position)) {
            self.bytes -= entry.echo.len();
        }
    }
}
