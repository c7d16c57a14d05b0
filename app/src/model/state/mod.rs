//! The fold: each event changes the state, nothing else does.

#[cfg(test)]
mod invariants;
#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{
    counters::Counters,
    event::{Echoed, Event, Received, What},
    gaps::Gaps,
    journal::Journal,
    latency::{Figure, Latency},
    link::{Link, Status},
    matching::{Fingerprint, Matching},
    rates::Rates,
};
use crate::profile::Qos;

/// How many of the board's own message numbers are remembered to know a repetition.
const RECENT_NUMBERS: usize = 64;

/// How much is kept. What falls out is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Memory of the journal.
    pub journal_bytes: usize,
    /// Samples of each of the three series, 17 bytes each.
    pub samples: usize,
    /// Gaps.
    pub gaps: usize,
    /// Echoes that wait for the board or are remembered as lost, 80 bytes each. So few stay in the processor's cache.
    pub pending_echoes: usize,
    /// Messages that wait for their echo, 24 bytes each: more than the session's outbox holds.
    pub unanswered: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            journal_bytes: 256_000_000,
            samples: 2 << 20,
            gaps: 4_096,
            pending_echoes: 4_096,
            unanswered: 1 << 17,
        }
    }
}

impl Limits {
    /// Totals, rates and distributions, but no history: for a face without a window.
    #[must_use]
    pub fn without_history() -> Self {
        Self { journal_bytes: 0, samples: 0, ..Self::default() }
    }
}

/// All that is known, folded from events.
///
/// Several sessions can follow each other on one state: the history stays. Its axis begins with the first session; each
/// further one begins where the wall clock says, but never before what was already told. A gap lies in between.
#[derive(Debug)]
pub struct State {
    /// Where the connection stands.
    pub link: Link,
    /// Messages and echoes.
    pub journal: Journal,
    /// Loop, broker round trip and residence.
    pub latency: Latency,
    /// Totals.
    pub counters: Counters,
    /// Where there was no connection.
    pub gaps: Gaps,
    /// Messages a second.
    pub rates: Rates,
    matching: Matching,
    /// The board's newest message numbers and their uptimes.
    numbers: VecDeque<(u64, Duration)>,
    /// The topic of the last echo: what arrives on it is ours, not the board's.
    echo_topic: Option<Arc<str>>,
    /// Where the sessions begin: on the axis and on the wall clock. The last one applies.
    anchors: Vec<(Duration, SystemTime)>,
    latest: Duration,
}

/// What an event taught beyond what stands in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Learned {
    /// The message carries an echo: how long after it was sent. `None` also where the connection broke in between.
    pub loop_time: Option<Duration>,
    /// So many echoes are lost.
    pub lost: u64,
    /// The echo that the message carries had been counted as lost.
    pub late: bool,
    /// The message was delivered before.
    pub duplicate: bool,
}

impl State {
    /// Before the first event.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            link: Link::default(),
            journal: Journal::new(limits.journal_bytes, limits.unanswered),
            latency: Latency::new(limits.samples),
            counters: Counters::default(),
            gaps: Gaps::new(limits.gaps),
            rates: Rates::default(),
            matching: Matching::new(limits.pending_echoes),
            numbers: VecDeque::with_capacity(RECENT_NUMBERS),
            echo_topic: None,
            anchors: Vec::new(),
            latest: Duration::ZERO,
        }
    }

    /// The newest time on the axis.
    #[must_use]
    pub fn latest(&self) -> Duration {
        self.latest
    }

    /// What the wall clock said at this point of the axis; `None` before the first session.
    #[must_use]
    pub fn wall(&self, at: Duration) -> Option<SystemTime> {
        let after = self.anchors.partition_point(|(start, _)| *start <= at);
        let (start, wall) = self.anchors.get(after.saturating_sub(1))?;
        wall.checked_add(at.saturating_sub(*start))
    }

    /// Folds one event in.
    pub fn apply(&mut self, event: &Event) -> Learned {
        if let What::Started { wall } = event.what {
            self.start(wall, event.at);
            return Learned::default();
        }
        let at = self.on_axis(event.at);
        match &event.what {
            What::Started { .. } => {}
            What::Attempt { number } => self.link.attempt(at, *number),
            What::StageStarted(stage) => self.link.ladder.begin(*stage, at),
            What::StageDone { stage, took } => self.link.ladder.done(*stage, *took),
            What::Secured(tls) => self.link.secured(tls),
            What::Connected(connection) => {
                self.gaps.close(at);
                self.link.connected(at, connection);
            }
            What::Received(message) => return self.receive(at, message),
            What::Echoed(echo) => self.echo(at, echo),
            What::EchoFailed { id, cause } => {
                self.counters.failed += 1;
                self.counters.failed_by.add(*cause);
                self.journal.fail(*id, *cause);
            }
            What::BrokerRoundTrip { took } => self.latency.record(Figure::Broker, at, *took),
            What::NotShown { received, echoed, failed, bytes } => {
                self.not_shown(at, *received, *echoed, *failed, *bytes);
            }
            What::Disconnected { failure, next_try } => {
                self.end_connection(at, || failure.advice().what);
                self.link.disconnected(at, failure, *next_try);
            }
            What::Stopped => {
                self.break_lines(at);
                self.link.stopped(at);
            }
        }
        Learned::default()
    }
}

/// What the events do.
impl State {
    fn start(&mut self, wall: SystemTime, at: Duration) {
        if self.link.was_connected() {
            let end = if self.link.status == Status::Stopped { self.link.since } else { self.latest };
            self.end_connection(end, || "Disconnected by hand".to_owned());
        }
        let zero = match self.anchors.first() {
            None => Duration::ZERO,
            Some((_, first)) => wall.duration_since(*first).unwrap_or_default().max(self.latest),
        };
        self.anchors.push((zero, wall));
        self.journal.begin_session();
        let at = self.on_axis(at);
        self.link.started(at);
    }

    fn receive(&mut self, at: Duration, message: &Received) -> Learned {
        let bytes = message.payload.len() as u64;
        let duplicate = message.duplicate || self.seen_before(message);
        self.counters.received += 1;
        self.counters.bytes_in += bytes;
        self.counters.duplicates += u64::from(duplicate);
        self.rates.inbound.add(at, 1);
        let entry = self.journal.receive(at, message, duplicate);
        Learned { duplicate, ..self.match_loop(at, message, entry, duplicate) }
    }

    /// A retained message is older than any echo, and what comes on the echoes' topic is an echo of ours: neither is the
    /// board that speaks.
    fn match_loop(
        &mut self,
        at: Duration,
        message: &Received,
        entry: Option<u64>,
        duplicate: bool,
    ) -> Learned {
        if message.retain || self.echo_topic.as_ref() == Some(&message.topic) {
            return Learned::default();
        }
        let mut learned = Learned::default();
        let fingerprint = Fingerprint::of(&message.payload);
        let taken = self.matching.heard(fingerprint, duplicate, |echo| {
            learned.lost += 1;
            self.journal.lose(echo);
        });
        self.counters.lost += learned.lost;
        if let Some(taken) = taken {
            learned.late = taken.late;
            self.counters.lost -= u64::from(taken.late);
            self.counters.late += u64::from(taken.late);
            learned.loop_time = taken.sent.map(|sent| at.saturating_sub(sent));
            self.journal.take(taken.entry, entry, learned.loop_time);
        }
        if let Some(time) = learned.loop_time {
            self.latency.record(Figure::Loop, at, time);
        }
        learned
    }

    fn echo(&mut self, at: Duration, echo: &Echoed) {
        self.counters.echoed += 1;
        self.counters.bytes_out += echo.payload.len() as u64;
        self.rates.outbound.add(at, 1);
        self.latency.record(Figure::Residence, at, echo.residence);
        let entry = self.journal.echo(at, echo);
        let forgot = self.matching.sent(Fingerprint::of(&echo.payload), at, entry);
        self.counters.untracked += u64::from(forgot);
        if self.echo_topic.as_ref() != Some(&echo.topic) {
            self.echo_topic = Some(Arc::clone(&echo.topic));
        }
    }

    fn not_shown(&mut self, at: Duration, received: u64, echoed: u64, failed: u64, bytes: u64) {
        self.counters.received += received;
        self.counters.echoed += echoed;
        self.counters.failed += failed;
        self.counters.failed_by.not_shown += failed;
        self.counters.not_shown += received + echoed;
        self.counters.bytes_in += bytes;
        self.rates.inbound.add(at, received);
        self.rates.outbound.add(at, echoed);
        if received > 0 {
            self.counters.untracked += self.matching.give_up();
        }
    }

    /// The board's own number of a message tells a repetition that the broker did not mark: same number, same uptime.
    fn seen_before(&mut self, message: &Received) -> bool {
        let Some(board) = message.board.as_ref().filter(|_| message.qos > Qos::AtMostOnce) else {
            return false;
        };
        let number = (board.sequence, board.uptime);
        if self.numbers.contains(&number) {
            return true;
        }
        if self.numbers.len() == RECENT_NUMBERS {
            self.numbers.pop_front();
        }
        self.numbers.push_back(number);
        false
    }

    fn end_connection(&mut self, at: Duration, cause: impl FnOnce() -> String) {
        self.break_lines(at);
        if self.link.was_connected() && !self.gaps.is_open() {
            self.gaps.open(at, cause());
        }
    }

    fn break_lines(&mut self, at: Duration) {
        self.latency.break_here(at);
        self.matching.break_here();
    }

    /// A session's time on our axis. Never goes back, whatever comes in.
    fn on_axis(&mut self, at: Duration) -> Duration {
        let zero = self.anchors.last().map_or(Duration::ZERO, |(zero, _)| *zero);
        self.latest = self.latest.max(zero.saturating_add(at));
        self.latest
    }
}
