//! The data panels, driven as a person drives them: by what is written on them, by pointer and by keyboard.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod inspector;
mod messages;
#[path = "../support/mod.rs"]
mod support;

use std::time::Duration;

use echo_monitor::view::{Action, data, theme};
use eframe::egui::{Event, Key, Modifiers, Rect, vec2};
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};
use support::Story;

/// The panels and what they draw.
struct Window {
    story: Story,
    memory: data::Memory,
    actions: Vec<Action>,
}

const WIDE: [f32; 2] = [1500.0, 900.0];

const SMALL: [f32; 2] = [928.0, 500.0];

fn window<'a>(story: Story, size: [f32; 2]) -> Harness<'a, Window> {
    let mut memory = data::Memory::default();
    memory.zone = jiff::tz::TimeZone::UTC;
    let mut harness = Harness::builder()
        .with_size(vec2(size[0], size[1]))
        .with_max_steps(16)
        .allow_missing_glyphs()
        .with_context_setup(theme::install)
        .build_ui_state(
            |ui, window: &mut Window| {
                data::show(ui, &window.story.state, &mut window.memory, &mut window.actions);
            },
            Window { story, memory, actions: Vec::new() },
        );
    harness.run();
    harness
}

/// The names of the rows in view, from the top.
fn rows(harness: &Harness<'_, Window>) -> Vec<String> {
    let mut rows: Vec<(f32, String)> = harness
        .query_all_by_label_contains(" bytes")
        .filter(|node| node.accesskit_node().role() == eframe::egui::accesskit::Role::Row)
        .map(|node| (node.rect().top(), node.accesskit_node().label().unwrap_or_default()))
        .collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    rows.into_iter().map(|(_, name)| name).collect()
}

fn rect(harness: &Harness<'_, Window>, name: &str) -> Rect {
    harness.get_by_label_contains(name).rect()
}

fn chosen(harness: &Harness<'_, Window>) -> Option<u64> {
    harness.state().memory.shared.selection.entry()
}

fn scroll(harness: &mut Harness<'_, Window>, name: &str, points: f32) {
    harness.hover_at(rect(harness, name).center());
    harness.step();
    harness.event(Event::MouseWheel {
        unit: eframe::egui::MouseWheelUnit::Point,
        delta: vec2(0.0, points),
        source: eframe::egui::MouseWheelSource::Unknown,
        phase: eframe::egui::TouchPhase::Move,
        modifiers: Modifiers::NONE,
    });
    harness.run();
}

#[test]
fn the_figures_come_first_and_say_what_they_are() {
    let harness = window(support::demo_story(), WIDE);
    for name in
        ["loop, median: 988 ms", "loop p99: 1.22 s", "broker: 31 ms", "residence: 46 µs", "lost of 294: 1"]
    {
        harness.get_by_label(name);
    }
    assert!(
        harness.query_by_label_contains("not echoed:").is_none(),
        "nothing failed, so nothing is said about it"
    );
}

#[test]
fn the_plot_tells_its_range_and_its_gap() {
    let harness = window(support::demo_story(), WIDE);
    harness.get_by_label("Latency from 13:59:58 to 14:04:58, one gap");
}

#[test]
fn the_range_picker_sets_how_far_back_the_plot_reaches() {
    let mut harness = window(support::demo_story(), WIDE);
    harness.get_by_label("Range: 5 min").click();
    harness.run();
    harness.get_by_label("Last minute").click();
    harness.run();
    harness.get_by_label("Range: 1 min");
    harness.get_by_label("Latency from 14:03:58 to 14:04:58");
}

#[test]
fn dragging_holds_the_view_and_live_brings_it_back() {
    let mut harness = window(support::demo_story(), WIDE);
    assert!(harness.query_by_label("Live").is_none());
    let from = rect(&harness, "Latency from").center();
    harness.drag_at(from);
    harness.step();
    harness.hover_at(from + vec2(120.0, 0.0));
    harness.step();
    harness.drop_at(from + vec2(120.0, 0.0));
    harness.run();
    let held = harness.state().memory.shared.times.plot();
    assert!(held.to < 290.0, "{held:?}");
    harness.state_mut().story.turns(3, 0.99);
    harness.run();
    assert_eq!(harness.state().memory.shared.times.plot(), held, "what is looked at stands still");
    harness.get_by_label("Live").click();
    harness.run();
    let latest = harness.state().story.state.latest().as_secs_f64();
    assert_eq!(harness.state().memory.shared.times.plot().to, latest);
}

#[test]
fn the_wheel_zooms_around_the_pointer() {
    let mut harness = window(support::demo_story(), WIDE);
    let before = harness.state().memory.shared.times.plot();
    scroll(&mut harness, "Latency from", 120.0);
    let after = harness.state().memory.shared.times.plot();
    assert!(after.length() < before.length() * 0.9, "{after:?}");
    assert!(before.from < after.from && after.to < before.to, "{after:?}");
}

#[test]
fn a_click_into_the_plot_shows_what_happened_there() {
    let mut harness = window(support::demo_story(), WIDE);
    let plot = rect(&harness, "Latency from");
    let place = plot.center();
    harness.hover_at(place);
    harness.drag_at(place);
    harness.drop_at(place);
    harness.run();
    let window = harness.state();
    let timeline = window.memory.shared.times.timeline();
    let message = window.story.state.journal.get(chosen(&harness).expect("a message is chosen")).unwrap();
    assert!(
        timeline.to < 200.0 && timeline.contains(message.at.as_secs_f64()),
        "{timeline:?}, {:?}",
        message.at
    );
    assert!(
        rows(&harness).iter().any(|row| row.contains(&format!("{}", message.at.as_secs() % 60))),
        "it is in view"
    );
}

#[test]
fn a_click_on_a_row_moves_nothing() {
    let mut harness = window(support::demo_story(), WIDE);
    let before = rows(&harness);
    harness.get_by_label_contains(before.last().unwrap()).click();
    harness.run();
    assert_eq!(rows(&harness), before);
    assert!(harness.query_by_label("Follow").is_some(), "still following");
}

#[test]
fn the_histogram_shows_the_chosen_figure() {
    let mut harness = window(support::demo_story(), WIDE);
    harness.get_by_label_contains(" loop samples: p50 988 ms");
    harness.get_by_label("Histogram of broker").click();
    harness.run();
    harness.get_by_label_contains("Distribution of 294 broker samples: p50 31 ms");
    harness.get_by_label_contains("residence: 46").click();
    harness.run();
    harness.get_by_label_contains("Distribution of 294 residence samples");
}

#[test]
fn the_timeline_counts_what_it_shows_and_marks_the_lost_echo() {
    let harness = window(support::demo_story(), WIDE);
    harness.get_by_label("Timeline from 14:04:48 to 14:04:58: 10 from the board, 10 echoes, 1 lost");
}

#[test]
fn a_click_on_an_arrow_chooses_its_message() {
    let mut harness = window(support::demo_story(), WIDE);
    // The newest echo leaves the host at the right end of the lanes.
    let timeline = rect(&harness, "Timeline from");
    let place = timeline.right_bottom() + vec2(-16.0 + 4.0, -24.0 - 8.0 - 6.0);
    harness.hover_at(place);
    harness.drag_at(place);
    harness.drop_at(place);
    harness.run();
    assert_eq!(chosen(&harness), Some(harness.state().story.state.journal.end() - 1));
    harness.get_by_label("MESSAGE 293");
}

#[test]
fn many_messages_are_counted_instead_of_drawn() {
    let mut story = Story::new();
    story.flood(5_000, 0.001);
    let harness = window(story, WIDE);
    let timeline = harness.get_by_label_contains("Timeline from").accesskit_node().label().unwrap();
    assert!(timeline.contains(": 10\u{2009}000 messages and echoes, up to "), "{timeline}");
}
