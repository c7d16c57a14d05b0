//! A made-up session that keeps the rules of `event` runs at random, and the invariants of the model must hold.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use proptest::prelude::*;

use super::{
    super::{
        event::{EchoFailure, Received},
        fixture,
        journal::Fate,
        series::Column,
    },
    *,
};

/// What a made-up session does next, where it can.
#[derive(Clone, Debug)]
enum Step {
    Connect,
    Receive(String, bool),
    /// Ends one of the messages that wait.
    Echo(usize),
    Fail(usize),
    RoundTrip,
    /// The screen was full for so many messages; half of what waits is answered unseen.
    NotShown(u64),
    Disconnect,
    Stop,
    Start(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Connect),
        20 => ("[ab]{0,3}", prop::bool::weighted(0.1)).prop_map(|(text, flag)| Step::Receive(text, flag)),
        20 => (0..3_usize).prop_map(Step::Echo),
        2 => (0..3_usize).prop_map(Step::Fail),
        3 => Just(Step::RoundTrip),
        1 => (0..5_u64).prop_map(Step::NotShown),
        2 => Just(Step::Disconnect),
        1 => Just(Step::Stop),
        2 => (0..90_u64).prop_map(Step::Start),
    ]
}

/// A session that keeps the rules of `event`, and a count of what it told.
#[derive(Default)]
struct Session {
    running: bool,
    connected: bool,
    at: Duration,
    messages: u64,
    waiting: Vec<(u64, String)>,
    told: Counters,
    /// Connections so far, and the one that each broker round trip was measured on.
    connections: usize,
    round_trips: Vec<usize>,
    echoes: Vec<usize>,
}

impl Session {
    fn events(&mut self, step: &Step) -> Vec<What> {
        match step {
            Step::Start(seconds) if !self.running => {
                *self = Self { running: true, at: Duration::ZERO, messages: 0, ..std::mem::take(self) };
                vec![What::Started { wall: fixture::wall(*seconds) }, What::Attempt { number: 1 }]
            }
            Step::Connect if self.running && !self.connected => {
                self.connected = true;
                self.connections += 1;
                vec![fixture::connected()]
            }
            Step::Receive(text, flag) if self.connected => {
                let id = self.receive(1, text.len() as u64);
                self.waiting.push((id, text.clone()));
                let message = fixture::received(id, text.clone());
                vec![What::Received(Received {
                    duplicate: *flag,
                    retain: *flag && id.is_multiple_of(2),
                    ..message
                })]
            }
            Step::Echo(which) if self.connected => {
                self.answer(*which).map(|(id, text)| self.echo(id, &text)).into_iter().collect()
            }
            Step::Fail(which) if self.connected => {
                let cause = EchoFailure::OutboxFull { limit: 1 };
                self.answer(*which).map(|(id, _)| self.fail(id, cause)).into_iter().collect()
            }
            Step::RoundTrip if self.connected => {
                self.round_trips.push(self.connections);
                vec![What::BrokerRoundTrip { took: Duration::from_millis(30) }]
            }
            Step::NotShown(received) if self.connected => vec![self.hide(*received)],
            Step::Disconnect if self.running => {
                self.connected = false;
                let mut events = self.fail_all(EchoFailure::ConnectionLost);
                events.push(fixture::lost_connection(Some(Duration::from_millis(2))));
                events
            }
            Step::Stop if self.running => {
                (self.running, self.connected) = (false, false);
                let mut events = self.fail_all(EchoFailure::Stopped);
                events.push(What::Stopped);
                events
            }
            _ => Vec::new(),
        }
    }

    fn receive(&mut self, count: u64, bytes: u64) -> u64 {
        self.told.received += count;
        self.told.bytes_in += bytes;
        let id = self.messages;
        self.messages += count;
        id
    }

    fn answer(&mut self, which: usize) -> Option<(u64, String)> {
        (!self.waiting.is_empty()).then(|| self.waiting.remove(which % self.waiting.len()))
    }

    fn echo(&mut self, id: u64, text: &str) -> What {
        self.told.echoed += 1;
        self.echoes.push(self.connections);
        let turned: String = text.chars().skip(1).chain(text.chars().take(1)).collect();
        What::Echoed(fixture::echoed(id, turned))
    }

    fn fail(&mut self, id: u64, cause: EchoFailure) -> What {
        self.told.failed += 1;
        What::EchoFailed { id, cause }
    }

    fn fail_all(&mut self, cause: EchoFailure) -> Vec<What> {
        std::mem::take(&mut self.waiting).into_iter().map(|(id, _)| self.fail(id, cause)).collect()
    }

    fn hide(&mut self, received: u64) -> What {
        self.receive(received, 3 * received);
        let (echoed, failed) = (received / 2 + self.waiting.len() as u64 / 2, received - received / 2);
        self.waiting.truncate(self.waiting.len() - self.waiting.len() / 2);
        self.told.echoed += echoed;
        self.told.failed += failed;
        What::NotShown { received, echoed, failed, bytes: 3 * received }
    }
}

/// No column is joined to one of another connection, and none is missing.
fn hold_lines(columns: &[Column], connections: &[usize]) {
    assert_eq!(columns.len(), connections.len());
    assert!(columns.is_sorted_by(|a, b| a.at < b.at));
    for (pair, connections) in columns.windows(2).zip(connections.windows(2)) {
        assert_eq!(pair[1].gap_before, connections[0] != connections[1]);
    }
}

/// The journal tells the same as the counters, if nothing was evicted.
fn hold_journal(state: &State) {
    let entries = (0..state.journal.end()).map(|entry| state.journal.get(entry).unwrap());
    let count =
        |wanted: &dyn Fn(&Fate) -> bool| entries.clone().filter(|entry| wanted(&entry.fate)).count() as u64;
    let counters = &state.counters;
    assert_eq!(state.journal.len() + counters.not_shown, counters.received + counters.echoed);
    assert_eq!(count(&|fate| *fate == Fate::Lost), counters.lost);
    assert_eq!(
        count(&|fate| matches!(fate, Fate::Failed(_))),
        counters.failed - counters.failed_by.not_shown
    );
    assert_eq!(count(&|fate| *fate == Fate::Echoed), state.latency.series(Figure::Residence).len() as u64);
    for number in 0..state.journal.end() {
        let entry = state.journal.get(number).unwrap();
        for (other, same) in [(state.journal.partner(number), true), (state.journal.carried(number), false)] {
            let Some((other, number_back)) = other.map(|other| (state.journal.get(other).unwrap(), other))
            else {
                continue;
            };
            assert_ne!(entry.way, other.way);
            let back =
                if same { state.journal.partner(number_back) } else { state.journal.carried(number_back) };
            assert_eq!(back, Some(number));
            assert!(if same { entry.message == other.message } else { entry.payload == other.payload });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn whatever_a_session_does_the_numbers_add_up(
        steps in prop::collection::vec(step(), 0..400), budget in prop_oneof![Just(1_usize << 30), 0..200_000_usize],
    ) {
        let limits = Limits { journal_bytes: budget, ..Limits::default() };
        let (mut state, mut session) = (State::new(limits), Session::default());
        for step in [Step::Start(0), Step::Connect].iter().chain(&steps) {
            for what in session.events(step) {
                session.at += Duration::from_nanos(3);
                let before = state.latest();
                state.apply(&Event { at: session.at, what });
                prop_assert!(state.latest() >= before);
                prop_assert!(state.journal.bytes() <= state.journal.budget());
            }
            let (counters, told) = (&state.counters, &session.told);
            let totals = |c: &Counters| (c.received, c.echoed, c.failed, c.bytes_in);
            prop_assert_eq!(totals(counters), totals(told));
            prop_assert_eq!(counters.received, counters.echoed + counters.failed + session.waiting.len() as u64);
            prop_assert_eq!(counters.in_flight(), session.waiting.len() as u64);
            prop_assert_eq!(counters.failed, counters.failed_by.causes().iter().map(|(_, count)| count).sum::<u64>());
        }
        hold_lines(&columns(&state, Figure::Broker), &session.round_trips);
        hold_lines(&columns(&state, Figure::Residence), &session.echoes);
        if budget == 1 << 30 {
            hold_journal(&state);
        }
    }
}

fn columns(state: &State, figure: Figure) -> Vec<Column> {
    let (mut out, end) = (Vec::new(), state.latest() + Duration::from_nanos(1));
    // A column a nanosecond: each sample has its own.
    state.latency.series(figure).decimate(Duration::ZERO..end, end.as_nanos() as usize, &mut out);
    out
}
