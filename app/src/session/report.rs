//! What the session tells, and the limits of telling.
//!
//! Events are collected and sent in batches: whoever shows them is woken at most every [`INTERVAL`], because each wake
//! costs more than a message. Nothing here waits. Where the channel is full the batch grows up to its limit, and then
//! its messages become mere counts ([`What::NotShown`]); what is said about the connection is always kept.

mod hidden;

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{SyncSender, TrySendError},
    },
    time::Duration,
};

use bytes::Bytes;

use self::hidden::Hidden;
use super::clock::Clock;
use crate::{
    failure::Stage,
    model::event::{Event, What},
};

/// Between two wakes.
const INTERVAL: Duration = Duration::from_millis(5);
/// What can wait for company waits so long: a round trip of the broker's is worth no wake of its own.
const LEISURE: Duration = Duration::from_secs(1);
/// Batches in the channel: as much as comes in half a second, at least.
pub(super) const BATCHES: usize = 128;
/// A batch is sent when it has so many events …
const EVENTS: usize = 8_192;
/// … or so many payload bytes.
const BYTES: usize = 1 << 20;
/// Payloads of at least this size are counted one by one …
const LARGE: usize = 64 << 10;
/// … and where so many bytes of them are alive, wherever they are, no more are shown.
const LARGE_ALIVE: usize = 1 << 30;

/// See the module.
pub(super) struct Report {
    clock: Clock,
    sender: SyncSender<Vec<Event>>,
    wake: Box<dyn Fn() + Send + Sync>,
    batch: Vec<Event>,
    bytes: usize,
    /// There is more in the batch than what can wait.
    urgent: bool,
    hidden: Hidden,
    sent: Duration,
    latest: Duration,
    alive: Arc<AtomicUsize>,
    /// Nobody listens any more.
    gone: bool,
}

impl Report {
    pub(super) fn new(
        clock: Clock,
        sender: SyncSender<Vec<Event>>,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Self {
            clock,
            sender,
            wake: Box::new(wake),
            batch: Vec::new(),
            bytes: 0,
            urgent: false,
            hidden: Hidden::default(),
            sent: Duration::ZERO,
            latest: Duration::ZERO,
            alive: Arc::default(),
            gone: false,
        }
    }

    /// Whether nobody listens any more.
    pub(super) fn gone(&self) -> bool {
        self.gone
    }

    /// Tells something about the connection, at once.
    pub(super) fn tell(&mut self, what: What) {
        self.push(self.clock.now(), what);
        self.send();
    }

    /// Runs a stage and tells its begin, and its end where it succeeds.
    pub(super) async fn stage<T, E>(
        &mut self,
        stage: Stage,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let start = self.clock.now();
        self.tell(What::StageStarted(stage));
        let done = work.await;
        if done.is_ok() {
            self.tell(What::StageDone { stage, took: self.clock.now().saturating_sub(start) });
        }
        done
    }

    /// Tells something about a message, soon. Never earlier than what was told before.
    pub(super) fn push(&mut self, at: Duration, what: What) {
        self.latest = self.latest.max(at);
        let bytes = match &what {
            What::Received(message) => message.payload.len(),
            What::Echoed(echo) => echo.payload.len(),
            _ => 0,
        };
        if bytes >= LARGE && self.alive.load(Ordering::Relaxed) > LARGE_ALIVE {
            self.hidden.add(&what);
            return;
        }
        self.bytes += bytes;
        self.urgent |= !matches!(what, What::BrokerRoundTrip { .. });
        self.batch.push(Event { at: self.latest, what });
        if self.full() {
            self.send();
        }
    }

    /// A payload as an event carries it: of its own size, so that a small message does not keep a whole read buffer
    /// alive, and counted where it is large.
    pub(super) fn payload(&self, payload: &Bytes) -> Bytes {
        if payload.len() < LARGE { Bytes::copy_from_slice(payload) } else { self.counted(payload.clone()) }
    }

    /// A payload of our own, which has its own size: only counted where it is large.
    pub(super) fn counted(&self, payload: Bytes) -> Bytes {
        if payload.len() < LARGE {
            return payload;
        }
        self.alive.fetch_add(payload.len(), Ordering::Relaxed);
        Bytes::from_owner(Counted { bytes: payload, alive: self.alive.clone() })
    }

    /// When the batch should be sent; `None` where it is empty.
    pub(super) fn due(&self) -> Option<Duration> {
        let waits = !self.batch.is_empty() || self.hidden.any();
        let pause = if self.urgent || self.hidden.any() { INTERVAL } else { LEISURE };
        waits.then(|| self.sent + pause)
    }

    /// Sends what there is, if the last time was long enough ago.
    pub(super) fn send_if_due(&mut self, now: Duration) {
        if self.due().is_some_and(|due| due <= now) {
            self.send();
        }
    }

    /// Sends what there is.
    pub(super) fn send(&mut self) {
        if self.gone || self.due().is_none() {
            return;
        }
        self.sent = self.clock.now();
        if self.hidden.any() {
            let at = self.batch.first().map_or(self.latest, |event| event.at);
            let what = std::mem::take(&mut self.hidden).told();
            self.batch.insert(0, Event { at, what });
        }
        let batch = std::mem::take(&mut self.batch);
        match self.sender.try_send(batch) {
            Ok(()) => {
                self.bytes = 0;
                self.urgent = false;
                (self.wake)();
            }
            Err(TrySendError::Full(batch)) => {
                self.batch = batch;
                if self.full() {
                    self.hide();
                }
            }
            Err(TrySendError::Disconnected(_)) => self.gone = true,
        }
    }

    /// Tells the last thing there is to tell. Waits a moment for a listener who is slow.
    pub(super) async fn close(&mut self, what: What) {
        const TRIES: u32 = 100;
        self.push(self.clock.now(), what);
        for _ in 0..TRIES {
            self.send();
            if self.batch.is_empty() || self.gone {
                return;
            }
            self.hide();
            tokio::time::sleep(INTERVAL).await;
        }
    }

    fn full(&self) -> bool {
        self.batch.len() >= EVENTS || self.bytes >= BYTES
    }

    /// Turns the messages of the batch into counts.
    fn hide(&mut self) {
        /// More words about the connection than this are as good as none: the oldest are forgotten.
        const KEPT: usize = 1_024;
        let hidden = &mut self.hidden;
        self.batch.retain(|event| !hidden.add(&event.what));
        let surplus = self.batch.len().saturating_sub(KEPT);
        self.batch.drain(..surplus);
        self.bytes = 0;
    }
}

/// A large payload, known as long as anybody holds it.
struct Counted {
    bytes: Bytes,
    alive: Arc<AtomicUsize>,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.alive.fetch_sub(self.bytes.len(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::sync::{
        atomic::AtomicUsize,
        mpsc::{Receiver, sync_channel},
    };

    use super::*;
    use crate::{
        model::event::{EchoFailure, Received},
        profile::Qos,
    };

    fn report(batches: usize) -> (Report, Receiver<Vec<Event>>, Arc<AtomicUsize>) {
        let (sender, receiver) = sync_channel(batches);
        let wakes = Arc::new(AtomicUsize::new(0));
        let counter = wakes.clone();
        let wake = move || {
            counter.fetch_add(1, Ordering::Relaxed);
        };
        (Report::new(Clock::start(), sender, wake), receiver, wakes)
    }

    fn received(report: &Report, id: u64, payload: &'static [u8]) -> What {
        What::Received(Received {
            id,
            topic: Arc::from("t"),
            payload: report.payload(&Bytes::from_static(payload)),
            qos: Qos::AtMostOnce,
            retain: false,
            duplicate: false,
            board: None,
        })
    }

    /// Counts messages shown and not shown.
    fn totals(batches: impl Iterator<Item = Vec<Event>>) -> (u64, u64, u64) {
        let (mut shown, mut hidden, mut failed) = (0, 0, 0);
        for event in batches.flatten() {
            match event.what {
                What::Received(_) => shown += 1,
                What::EchoFailed { .. } => failed += 1,
                What::NotShown { received, failed: also, .. } => {
                    hidden += received;
                    failed += also;
                }
                _ => {}
            }
        }
        (shown, hidden, failed)
    }

    #[test]
    fn a_full_channel_hides_messages_but_neither_their_number_nor_the_connection() {
        let (mut report, receiver, _) = report(1);
        let total = 3 * EVENTS as u64;
        for id in 0..total {
            let what = received(&report, id, b"x");
            report.push(Duration::from_millis(id), what);
            report.push(Duration::from_millis(id), What::EchoFailed { id, cause: EchoFailure::OwnTopic });
            if id == total / 2 {
                report.push(Duration::from_millis(id), What::StageStarted(Stage::Dns));
            }
        }
        let first = receiver.try_recv().unwrap();
        report.send();
        let rest = receiver.try_recv().unwrap();
        assert!(rest.iter().any(|event| matches!(event.what, What::StageStarted(Stage::Dns))));
        let (shown, hidden, failed) = totals([first, rest].into_iter());
        assert!(hidden > 0, "the test must overflow the channel");
        assert_eq!((shown + hidden, failed), (total, total));
    }

    #[test]
    fn the_listener_is_woken_once_a_batch_and_not_before_the_interval() {
        let (mut report, receiver, wakes) = report(8);
        report.tell(What::StageStarted(Stage::Dns));
        let now = report.sent;
        for id in 0..10 {
            let what = received(&report, id, b"x");
            report.push(now, what);
            report.send_if_due(now);
        }
        assert_eq!(wakes.load(Ordering::Relaxed), 1);
        report.send_if_due(now + INTERVAL);
        assert_eq!(wakes.load(Ordering::Relaxed), 2);
        assert_eq!(receiver.try_iter().map(|batch| batch.len()).collect::<Vec<_>>(), [1, 10]);
    }

    #[test]
    fn a_round_trip_of_the_broker_waits_for_company() {
        let (mut report, receiver, wakes) = report(8);
        report.tell(What::StageStarted(Stage::Dns));
        let now = report.sent;
        report.push(now, What::BrokerRoundTrip { took: INTERVAL });
        report.send_if_due(now + INTERVAL);
        assert_eq!(wakes.load(Ordering::Relaxed), 1);
        let what = received(&report, 0, b"x");
        report.push(now, what);
        report.send_if_due(now + INTERVAL);
        assert_eq!(receiver.try_iter().map(|batch| batch.len()).collect::<Vec<_>>(), [1, 2]);
        report.push(now, What::BrokerRoundTrip { took: INTERVAL });
        report.send_if_due(report.sent + LEISURE);
        assert_eq!(wakes.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn time_never_runs_backwards() {
        let (mut report, receiver, _) = report(8);
        report.push(Duration::from_secs(2), What::StageStarted(Stage::Dns));
        report.push(Duration::from_secs(1), What::StageStarted(Stage::Tcp));
        report.send();
        let at: Vec<_> = receiver.try_recv().unwrap().iter().map(|event| event.at.as_secs()).collect();
        assert_eq!(at, [2, 2]);
    }

    #[test]
    fn large_payloads_are_counted_while_anybody_holds_them() {
        let (report, _receiver, _) = report(1);
        let payload = report.payload(&Bytes::from(vec![0; LARGE]));
        let copy = payload.clone();
        drop(payload);
        assert_eq!(report.alive.load(Ordering::Relaxed), LARGE);
        drop(copy);
        assert_eq!(report.alive.load(Ordering::Relaxed), 0);
    }
}
