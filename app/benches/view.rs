//! What a frame of the data panels costs with a million messages and a million samples of each figure: layout, painting
//! and tessellation, without the GPU. The aim is below two milliseconds.
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
use echo_monitor::{
    model::Limits,
    view::{
        axis::{Reach, Span},
        data, theme,
    },
};
use eframe::egui::{Context, Event, Key, Modifiers, Pos2, RawInput, Rect, vec2};
use support::Story;

struct Screen {
    ctx: Context,
    story: Story,
    memory: data::Memory,
}

impl Screen {
    fn new(story: Story) -> Self {
        let ctx = Context::default();
        theme::install(&ctx);
        let mut screen = Self { ctx, story, memory: data::Memory::default() };
        for _ in 0..4 {
            screen.frame();
        }
        screen
    }

    fn frame(&mut self) {
        self.frame_with(Vec::new());
    }

    fn frame_with(&mut self, events: Vec<Event>) {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(1600.0, 1000.0))),
            events,
            ..RawInput::default()
        };
        let mut actions = Vec::new();
        let mut output =
            self.ctx.run_ui(input, |ui| data::show(ui, &self.story.state, &mut self.memory, &mut actions));
        output.textures_delta.clear();
        black_box(self.ctx.tessellate(output.shapes, output.pixels_per_point));
    }
}

/// A million messages, `period` seconds apart, and their echoes.
fn million(period: f64) -> Story {
    let mut story = Story::within(Limits { journal_bytes: 1 << 30, ..Limits::default() });
    story.flood(1_000_000, period);
    let (journal, samples) =
        (&story.state.journal, story.state.latency.series(echo_monitor::model::Figure::Loop).len());
    println!("{} entries in {} MB, {samples} loop samples", journal.len(), journal.bytes() >> 20);
    story
}

fn frames(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("frame");
    group.measurement_time(Duration::from_secs(3));

    let mut screen = Screen::new(million(0.01));
    screen.memory.shared.times.show_last(Reach::All);
    group.bench_function("at rest", |bencher| bencher.iter(|| screen.frame()));
    group.bench_function("a message a frame", |bencher| {
        bencher.iter(|| {
            screen.story.flood(1, 0.01);
            screen.frame();
        });
    });
    group.bench_function("a thousand messages a frame", |bencher| {
        bencher.iter(|| {
            screen.story.flood(1_000, 0.000_01);
            screen.frame();
        });
    });
    let mut zoom = 0.0;
    group.bench_function("zooming the timeline", |bencher| {
        bencher.iter(|| {
            zoom = (zoom + 1.0) % 200.0;
            screen.memory.shared.times.set_timeline(Span { from: 5_000.0, to: 5_010.0 + zoom });
            screen.frame();
        });
    });
    let find = Event::Key {
        key: Key::F,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::COMMAND,
    };
    screen.frame_with(vec![find]);
    group.bench_function("searching", |bencher| {
        // Another letter begins the search anew.
        bencher.iter(|| screen.frame_with(vec![Event::Text("x".to_owned())]));
    });
    group.finish();
}

criterion_group!(benches, frames);
criterion_main!(benches);
