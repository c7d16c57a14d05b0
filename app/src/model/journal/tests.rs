#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::{super::fixture, *};

fn nanos(step: usize) -> Duration {
    Duration::from_nanos(step as u64)
}

#[derive(Clone, Debug)]
enum Step {
    /// A message of so many bytes arrives, on one of a few topics.
    Receive {
        bytes: usize,
        topic: u8,
        board: bool,
    },
    /// The echo or the failure of one of the messages that wait.
    Echo {
        which: usize,
        bytes: usize,
    },
    Fail {
        which: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let bytes = || prop_oneof![20 => 0..200_usize, 3 => 0..9_000_usize, 1 => 0..90_000_usize];
    prop_oneof![
        10 => (bytes(), 0..3_u8, prop::bool::weighted(0.2))
            .prop_map(|(bytes, topic, board)| Step::Receive { bytes, topic, board }),
        8 => (0..3_usize, bytes()).prop_map(|(which, bytes)| Step::Echo { which, bytes }),
        2 => (0..3_usize).prop_map(|which| Step::Fail { which }),
    ]
}

/// A row as a plain list would keep it.
#[derive(Debug)]
struct Row {
    at: Duration,
    message: u64,
    way: Way,
    bytes: usize,
    fate: Fate,
}

/// Does the steps on the journal and on a list of all rows that were given a number.
struct Both {
    journal: Journal,
    rows: Vec<Row>,
    too_large: u64,
    waiting: Vec<u64>,
    messages: u64,
}

impl Both {
    fn new(budget: usize) -> Self {
        Self {
            journal: Journal::new(budget, 1_000),
            rows: Vec::new(),
            too_large: 0,
            waiting: Vec::new(),
            messages: 0,
        }
    }

    fn take(&mut self, at: Duration, step: &Step) {
        match *step {
            Step::Receive { bytes, topic, board } => self.receive(at, bytes, topic, board),
            Step::Echo { which, bytes } => {
                let Some(message) = self.answered(which, Fate::Echoed) else { return };
                let entry = self.journal.echo(at, &fixture::echoed(message, vec![7; bytes]));
                self.numbered(entry, Row { at, message, way: Way::Echo, bytes, fate: Fate::Plain });
            }
            Step::Fail { which } => {
                let Some(message) = self.answered(which, Fate::Failed(EchoFailure::OwnTopic)) else { return };
                self.journal.fail(message, EchoFailure::OwnTopic);
            }
        }
    }

    fn receive(&mut self, at: Duration, bytes: usize, topic: u8, board: bool) {
        let message = self.messages;
        self.messages += 1;
        let mut received = fixture::received(message, vec![7; bytes]);
        received.topic = format!("board/{topic}").into();
        received.board = board.then(|| Box::new(fixture::report(message)));
        let entry = self.journal.receive(at, &received, false);
        self.numbered(entry, Row { at, message, way: Way::Board, bytes, fate: Fate::Plain });
        self.waiting.push(message);
    }

    fn numbered(&mut self, entry: Option<u64>, row: Row) {
        match entry {
            Some(entry) => {
                assert_eq!(entry, self.rows.len() as u64);
                self.rows.push(row);
            }
            None => self.too_large += 1,
        }
    }

    fn answered(&mut self, which: usize, fate: Fate) -> Option<u64> {
        let message = (!self.waiting.is_empty()).then(|| self.waiting.remove(which % self.waiting.len()))?;
        let row = self.rows.iter_mut().find(|row| row.message == message && row.way == Way::Board);
        row.into_iter().for_each(|row| row.fate = fate);
        Some(message)
    }

    fn check(&self) {
        let journal = &self.journal;
        assert!(journal.bytes() <= journal.budget());
        assert_eq!(journal.end(), self.rows.len() as u64);
        assert_eq!(journal.evicted(), journal.first() + self.too_large);
        let payloads: usize = (journal.first()..journal.end()).map(|entry| self.check_entry(entry)).sum();
        assert!(journal.bytes() >= payloads + journal.len() as usize * size_of::<Entry>());
        assert!(journal.get(journal.end()).is_none());
        assert!(journal.first().checked_sub(1).is_none_or(|evicted| journal.get(evicted).is_none()));
    }

    fn check_entry(&self, number: u64) -> usize {
        let (entry, row) = (self.journal.get(number).unwrap(), &self.rows[number as usize]);
        let same = (row.at, row.message, row.way, row.bytes, row.fate);
        assert_eq!((entry.at, entry.message, entry.way, entry.payload.len(), entry.fate), same);
        let partner = self.rows.iter().position(|other| other.message == row.message && other.way != row.way);
        let partner = partner.map(|number| number as u64).filter(|number| *number >= self.journal.first());
        assert_eq!(self.journal.partner(number), partner);
        entry.payload.len()
    }
}

proptest! {
    #[test]
    fn the_journal_is_the_end_of_a_plain_list(
        steps in prop::collection::vec(step(), 0..700), chunks in 0..9_usize, more in 0..50_000_usize,
    ) {
        let mut both = Both::new(chunks * CHUNK_BYTES + more);
        for (at, step) in steps.iter().enumerate() {
            both.take(nanos(at), step);
            prop_assert!(both.journal.bytes() <= both.journal.budget());
        }
        both.check();
    }

    #[test]
    fn no_more_is_dropped_than_must_be(bytes in prop::collection::vec(0..5_000_usize, 1..600)) {
        let mut journal = Journal::new(6 * CHUNK_BYTES, 10);
        let mut largest = 0;
        for (message, bytes) in bytes.iter().enumerate() {
            journal.receive(nanos(message), &fixture::received(message as u64, vec![7; *bytes]), false);
            largest = largest.max(bytes + CHUNK_BYTES / 8);
            let slack = journal.budget() - journal.bytes();
            prop_assert!(journal.evicted() == 0 || slack <= CHUNK_BYTES + largest, "{slack} free");
        }
    }

    #[test]
    fn a_time_is_found_by_halving(pauses in prop::collection::vec(0..4_usize, 0..500), at in 0..2_000_usize) {
        let mut journal = Journal::new(3 * CHUNK_BYTES, 10);
        let mut now = 0;
        for (message, pause) in pauses.iter().enumerate() {
            now += pause;
            journal.receive(nanos(now), &fixture::received(message as u64, ""), false);
        }
        let later = (journal.first()..journal.end()).find(|entry| journal.get(*entry).unwrap().at >= nanos(at));
        prop_assert_eq!(journal.at_or_after(nanos(at)), later.unwrap_or(journal.end()));
    }
}

#[test]
fn an_entry_larger_than_the_budget_leaves_the_others() {
    let mut journal = Journal::new(4 * CHUNK_BYTES, 10);
    journal.receive(nanos(0), &fixture::received(0, "small"), false);
    assert_eq!(journal.receive(nanos(1), &fixture::received(1, vec![0; 4 * CHUNK_BYTES]), false), None);
    assert_eq!((journal.len(), journal.evicted()), (1, 1));
    // Its echo is small again, and has no partner.
    let echo = journal.echo(nanos(2), &fixture::echoed(1, "small"));
    assert_eq!((echo, journal.partner(1)), (Some(1), None));
}

#[test]
fn without_a_budget_nothing_is_kept_and_everything_counted() {
    let mut journal = Journal::new(0, 10);
    journal.receive(nanos(0), &fixture::received(0, ""), false);
    journal.echo(nanos(0), &fixture::echoed(0, ""));
    assert_eq!((journal.bytes(), journal.len(), journal.evicted()), (0, 0, 2));
}

#[test]
fn equal_topics_share_one_allocation() {
    let mut journal = Journal::new(9 * CHUNK_BYTES, 10);
    for message in 0..2 {
        journal.receive(nanos(0), &fixture::received(message, ""), false);
        journal.echo(nanos(0), &fixture::echoed(message, ""));
    }
    let topic = |entry| &journal.get(entry).unwrap().topic;
    assert!(Arc::ptr_eq(topic(0), topic(2)) && Arc::ptr_eq(topic(1), topic(3)));
    assert_eq!(journal.heap, "board".len() + "echo".len() + 2 * 32);
}

#[test]
fn a_loop_joins_an_echo_and_the_message_that_carries_it() {
    let mut journal = Journal::new(9 * CHUNK_BYTES, 10);
    journal.receive(nanos(0), &fixture::received(0, "ab"), false);
    let echo = journal.echo(nanos(1), &fixture::echoed(0, "ba"));
    let message = journal.receive(nanos(2), &fixture::received(1, "ba"), false);
    journal.take(echo, message, Some(nanos(1)));
    assert_eq!((journal.carried(1), journal.carried(2), journal.carried(0)), (Some(2), Some(1), None));
    assert_eq!(journal.get(1).unwrap().fate, Fate::Taken);
    assert_eq!(journal.get(2).unwrap().loop_time, Some(nanos(1)));
}

#[test]
fn a_new_numbering_finds_no_old_message() {
    let mut journal = Journal::new(9 * CHUNK_BYTES, 10);
    journal.receive(nanos(0), &fixture::received(5, ""), false);
    journal.begin_session();
    journal.echo(nanos(1), &fixture::echoed(5, ""));
    assert_eq!((journal.partner(0), journal.partner(1)), (None, None));
    // Without a word about it: the number falls back.
    journal.receive(nanos(2), &fixture::received(9, ""), false);
    journal.receive(nanos(3), &fixture::received(0, ""), false);
    journal.echo(nanos(4), &fixture::echoed(9, ""));
    assert_eq!(journal.partner(4), None);
}
