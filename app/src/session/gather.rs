//! Under load, a moment of patience before the next read.
//!
//! A read and a write cost the operating system the same for one message as for fifty. Where messages come faster than
//! one by one, waiting a moment lets more of them gather: the next read brings them all, and one write echoes them all.
//! That takes half of the processor time off a message under load, and so raises the rate where processors are scarce.
//! A message that comes alone never waits.
//!
//! The wait is no secret: the residence of the messages that the next read brings counts from when it began, so that it is
//! never shown shorter than it was (see [`Gauge::arrived_at`]). The session's thread sleeps in it; it has nothing else to do, and the runtime's timer
//! knows no time below a millisecond.

use std::{thread, time::Duration};

use super::{link::Packet, stream::Gauge};

/// How long.
const MOMENT: Duration = Duration::from_micros(500);
/// So many packets between two reads are load.
const CROWD: u32 = 4;

/// Packets since the last read.
#[derive(Debug, Default)]
pub(super) struct Gather {
    came: u32,
}

impl Gather {
    /// A packet came or went.
    pub(super) fn note(&mut self, packet: &Packet) {
        if matches!(packet, Packet::Message(_) | Packet::Taken { .. } | Packet::Completed(_)) {
            self.came += 1;
        }
    }

    /// All that came is dealt with and the socket is about to be read: waits, if there is load.
    pub(super) fn before_read(&mut self, gauge: &Gauge) {
        if self.is_crowded() {
            gauge.note_wait();
            thread::sleep(MOMENT);
        }
    }

    /// Whether the last reads brought a crowd. Begins to count anew.
    fn is_crowded(&mut self) -> bool {
        std::mem::take(&mut self.came) >= CROWD
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(packets: &[Packet]) -> bool {
        let mut gather = Gather::default();
        packets.iter().for_each(|packet| gather.note(packet));
        gather.is_crowded()
    }

    #[test]
    fn only_a_crowd_waits() {
        let acknowledged = |packet| Packet::Taken { packet, reason: 0 };
        assert!(!after(&[]));
        assert!(!after(&[1, 2, 3].map(acknowledged)));
        assert!(after(&[1, 2, 3, 4].map(acknowledged)));
        // What we send is no load: it is what gathering is for.
        assert!(!after(&[1, 2, 3, 4, 5].map(Packet::Handed)));
    }

    #[test]
    fn each_read_is_judged_by_what_came_before_it() {
        let mut gather = Gather::default();
        (1..=4).for_each(|packet| gather.note(&Packet::Completed(packet)));
        assert!(gather.is_crowded());
        gather.note(&Packet::Completed(5));
        assert!(!gather.is_crowded());
    }
}
