//! Round trips through the broker, measured where echoes are not acknowledged: an UNSUBSCRIBE of a filter that nobody holds.
//!
//! At QoS 0 one goes out each second. For a check they go out in pairs, the next as soon as both are answered, because one
//! alone shows no delay of Nagle's algorithm (RFC 896): it is the *second* small packet that a broker without TCP_NODELAY
//! holds back until the first is acknowledged. A receiver acknowledges the first packets of a connection at once, so that
//! the delay shows from about the tenth pair on.

use std::time::Duration;

/// Between two probes of the calm kind.
const INTERVAL: Duration = Duration::from_secs(1);
/// So many pairs are sent for a check: most of them after the first quick acknowledgements.
pub(super) const PAIRS: u32 = 40;

/// How probes follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// One a second.
    Calm,
    /// Two at once, and the next two when both are answered; [`PAIRS`] times.
    Pairs,
}

#[derive(Debug)]
pub(super) struct Probe {
    /// Nobody subscribes to it: it is ours alone by its name.
    filter: String,
    pace: Pace,
    /// Pairs that are still to be sent.
    left: u32,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// To be sent then.
    Due(Duration),
    /// So many are not answered; when the last was handed to the socket.
    Sent { open: u32, handed: Option<Duration> },
}

impl Probe {
    pub(super) fn new(pace: Pace, client_id: &str) -> Self {
        Self {
            filter: format!("echo-monitor/probe/{client_id}"),
            pace,
            left: PAIRS,
            state: State::Due(Duration::ZERO),
        }
    }

    /// A connection stands.
    pub(super) fn connected(&mut self, now: Duration) {
        self.left = PAIRS;
        self.state = State::Due(self.after(now, now));
    }

    /// When the next one is to be sent.
    pub(super) fn due(&self) -> Option<Duration> {
        match self.state {
            State::Due(at) if self.pace == Pace::Calm || self.left > 0 => Some(at),
            _ => None,
        }
    }

    /// Sends what is due: `unsubscribe` says whether there was room for one.
    pub(super) fn send(&mut self, now: Duration, mut unsubscribe: impl FnMut(&str) -> bool) {
        let wanted = match self.pace {
            Pace::Calm => 1,
            Pace::Pairs => 2,
        };
        let open = (0..wanted).take_while(|_| unsubscribe(&self.filter)).count() as u32;
        self.state = match open {
            0 => State::Due(now + INTERVAL),
            open => State::Sent { open, handed: None },
        };
        self.left = self.left.saturating_sub(1);
    }

    /// One was handed to the socket.
    pub(super) fn handed(&mut self, at: Duration) {
        if let State::Sent { handed, .. } = &mut self.state {
            *handed = Some(at);
        }
    }

    /// One was answered. How long the last of those that were sent together took, once it is that one.
    pub(super) fn answered(&mut self, at: Duration) -> Option<Duration> {
        let State::Sent { open, handed: Some(handed) } = self.state else { return None };
        if open > 1 {
            self.state = State::Sent { open: open - 1, handed: Some(handed) };
            return None;
        }
        self.state = State::Due(self.after(handed, at));
        Some(at.saturating_sub(handed))
    }

    fn after(&self, handed: Duration, now: Duration) -> Duration {
        match self.pace {
            Pace::Calm => handed + INTERVAL,
            Pace::Pairs => now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn one_a_second_where_it_is_calm() {
        let mut probe = Probe::new(Pace::Calm, "me");
        probe.connected(MS);
        assert_eq!(probe.due(), Some(MS + INTERVAL));
        let mut filters = Vec::new();
        probe.send(MS + INTERVAL, |filter| {
            filters.push(filter.to_owned());
            true
        });
        assert_eq!((filters.as_slice(), probe.due()), (&["echo-monitor/probe/me".to_owned()][..], None));
        probe.handed(10 * MS);
        assert_eq!(probe.answered(13 * MS), Some(3 * MS));
        assert_eq!(probe.due(), Some(10 * MS + INTERVAL));
        assert_eq!(probe.answered(14 * MS), None, "nobody asked");
    }

    #[test]
    fn of_a_pair_the_second_counts_and_the_next_follows_at_once() {
        let mut probe = Probe::new(Pace::Pairs, "me");
        probe.connected(MS);
        for round in 0..PAIRS {
            assert_eq!(probe.due(), Some(MS), "{round}");
            let mut sent = 0;
            probe.send(MS, |_| {
                sent += 1;
                true
            });
            assert_eq!(sent, 2);
            probe.handed(MS);
            assert_eq!(probe.answered(MS), None);
            assert_eq!(probe.answered(MS), Some(Duration::ZERO));
        }
        assert_eq!(probe.due(), None, "it ends by itself");
    }

    #[test]
    fn without_room_it_waits() {
        let mut probe = Probe::new(Pace::Calm, "me");
        probe.send(MS, |_| false);
        assert_eq!(probe.due(), Some(MS + INTERVAL));
    }
}
