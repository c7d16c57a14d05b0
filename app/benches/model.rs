//! What the model costs: `cargo bench -p echo-monitor --bench model`.
//!
//! - fold: a million exchanges (a message and its echo), with the window's history and without; aim: 0.4 µs each;
//! - decimate: a plot of 1,000 columns over a thousand and over ten million samples; aim: the same;
//! - search: 100,000 entries; summary: three percentiles of a million samples, as read each frame.

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use echo_board::wire::{Direction, rotate};
use echo_monitor::{
    model::{
        Figure, Latency, Limits, Search, Series, State,
        event::{Echoed, Event, Received, What},
    },
    profile::Qos,
};

const EXCHANGES: u64 = 1_000_000;
const BATCH: u64 = 2_000;

/// The events of a batch as a session sends them: payloads in allocations of their own, topics shared.
struct Board {
    topics: [Arc<str>; 2],
    text: Vec<u8>,
    /// Whether the board takes each echo, or floods us with numbered texts.
    takes_echoes: bool,
    next: u64,
}

impl Board {
    fn new(takes_echoes: bool) -> Self {
        let topics = ["azuresphere/sample/host", "azuresphere/sample/device"].map(Arc::from);
        Self {
            topics,
            text: b"00000000 Hello from the load of the bench abcdefghijklmnopqrs".to_vec(),
            takes_echoes,
            next: 0,
        }
    }

    fn batch(&mut self) -> Vec<Event> {
        (0..BATCH).flat_map(|_| self.exchange()).collect()
    }

    fn exchange(&mut self) -> [Event; 2] {
        let (id, at) = (self.next, Duration::from_micros(3 * self.next));
        self.next += 1;
        if !self.takes_echoes {
            self.text[..8].copy_from_slice(format!("{id:08}").as_bytes());
        }
        let echo = rotate(&self.text, Direction::Left);
        let received = Received {
            id,
            topic: Arc::clone(&self.topics[0]),
            payload: self.text.clone().into(),
            qos: Qos::AtMostOnce,
            retain: false,
            duplicate: false,
            board: None,
        };
        if self.takes_echoes {
            self.text.clone_from(&echo);
        }
        let echoed = Echoed {
            id,
            topic: Arc::clone(&self.topics[1]),
            payload: echo.into(),
            qos: Qos::AtMostOnce,
            residence: Duration::from_nanos(2_000 + id % 977),
        };
        [
            Event { at, what: What::Received(received) },
            Event { at: at + Duration::from_micros(2), what: What::Echoed(echoed) },
        ]
    }
}

fn fold(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fold 1 M exchanges");
    group.sample_size(10);
    for (history, limits) in [("history", Limits::default()), ("no history", Limits::without_history())] {
        for (kind, takes_echoes) in [("taken", true), ("flood", false)] {
            group.bench_function(format!("{kind}, {history}"), |bencher| {
                bencher.iter_custom(|rounds| (0..rounds).map(|_| fold_once(limits, takes_echoes)).sum());
            });
        }
    }
    group.finish();
}

/// The time to fold and drop the events, without the time to make them.
fn fold_once(limits: Limits, takes_echoes: bool) -> Duration {
    let (mut state, mut board, mut spent) = (State::new(limits), Board::new(takes_echoes), Duration::ZERO);
    for _ in 0..EXCHANGES / BATCH {
        let events = board.batch();
        let start = Instant::now();
        for event in &events {
            black_box(state.apply(event));
        }
        drop(events);
        spent += start.elapsed();
    }
    assert_eq!(state.counters.echoed, EXCHANGES);
    assert_eq!(state.counters.lost == 0, takes_echoes);
    spent
}

fn decimate(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decimate to 1,000 columns");
    for samples in [1_000, 100_000, 10_000_000] {
        let mut series = Series::new(samples);
        for n in 0..samples as u64 {
            // An uneven pace: the search for a column's end has to work.
            series.push(
                Duration::from_micros(1_000 * n + n * 7_919 % 990),
                Duration::from_nanos(n * 48_271 % 65_521),
            );
        }
        let mut columns = Vec::new();
        let end = Duration::from_millis(samples as u64);
        group.bench_function(format!("{samples} samples"), |bencher| {
            bencher.iter(|| series.decimate(Duration::ZERO..black_box(end), 1_000, &mut columns));
        });
    }
    group.finish();
}

fn search(criterion: &mut Criterion) {
    let (mut state, mut board) = (State::new(Limits::default()), Board::new(false));
    for _ in 0..25 {
        for event in board.batch() {
            state.apply(&event);
        }
    }
    let mut group = criterion.benchmark_group("search 100,000 entries");
    group.sample_size(20);
    for query in ["load of nothing", "00049", "hex: 20 49"] {
        let done = |mut search: Search| {
            search.advance(&state.journal, usize::MAX);
            search.hits().len()
        };
        group.bench_function(query, |bencher| {
            bencher.iter_batched(|| Search::new(query), done, BatchSize::SmallInput);
        });
    }
    group.finish();
}

fn summary(criterion: &mut Criterion) {
    let mut latency = Latency::new(0);
    for n in 0..1_000_000 {
        latency.record(
            Figure::Loop,
            Duration::ZERO,
            Duration::from_nanos(500_000_000 + n * 48_271 % 100_000_007),
        );
    }
    criterion.bench_function("summary of 1 M samples", |bencher| {
        bencher.iter(|| black_box(&latency).summary(Figure::Loop));
    });
}

criterion_group!(benches, fold, decimate, search, summary);
criterion_main!(benches);
