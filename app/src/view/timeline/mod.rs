//! What happened: two lanes, Board and Host, and an arrow for each message, on the plot's time axis. Where there are too
//! many for arrows, they are counted.

mod density;
mod layout;
mod paint;

use std::ops::Range;

use eframe::egui::{Align, Layout, Rect, Response, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use self::{
    density::Density,
    layout::{Arrow, Lanes, LoopRoom},
};
use super::{
    axis::{
        Span,
        gesture::{self, time_at},
        paint as paint_axis,
    },
    data::{Reading, Shared},
    parts, quantity,
    theme::{Palette, space},
};
use crate::model::{Fate, Figure, Journal, Way};

/// What the timeline remembers between frames.
#[derive(Debug, Default)]
pub struct Memory {
    arrows: Vec<Arrow>,
    loops: Vec<LoopRoom>,
    density: Density,
}

/// Left of the lanes: their names.
const LEFT: f32 = 52.0;
const HEADING: f32 = 16.0;
const RIGHT: f32 = 16.0;
const BOTTOM: f32 = 24.0;
/// Closer than this many points to each other, arrows are counted instead of drawn.
const POINTS_PER_ARROW: f32 = 3.0;
/// A pointer this close to an arrow means it.
const GRASP: f32 = 8.0;

/// The entries of a span.
fn entries(journal: &Journal, span: Span) -> Range<u64> {
    let span = span.durations();
    journal.at_or_after(span.start)..journal.at_or_after(span.end + std::time::Duration::from_nanos(1))
}

/// The first entry at or after a time in seconds.
fn entry_at(journal: &Journal, at: f64) -> u64 {
    journal.at_or_after(std::time::Duration::try_from_secs_f64(at.max(0.0)).unwrap_or_default())
}

/// The board's message nearest to a time in seconds.
#[must_use]
pub fn nearest_message(journal: &Journal, at: f64) -> Option<u64> {
    const REACH: u64 = 16;
    let around = entry_at(journal, at);
    let distance = |number: &u64| {
        let at_entry = journal.get(*number).map_or(f64::INFINITY, |entry| entry.at.as_secs_f64());
        (at_entry - at).abs()
    };
    (around.saturating_sub(REACH)..around + REACH)
        .filter(|number| journal.get(*number).is_some_and(|entry| entry.way == Way::Board))
        .min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

/// Draws the timeline. Fills the room it is given.
pub fn show(ui: &mut Ui, reading: &Reading<'_>, shared: &mut Shared, memory: &mut Memory) {
    let (line, rest) = ui.available_rect_before_wrap().split_top_bottom_at_y(ui.cursor().top() + HEADING);
    let area = Rect::from_min_max(rest.min + vec2(LEFT, space::S), rest.max - vec2(RIGHT, BOTTOM));
    let response = ui.allocate_rect(rest, Sense::click_and_drag());
    if !area.is_positive() {
        return;
    }
    navigate(ui, &response, area, shared);
    let span = shared.times.timeline();
    let seen = entries(&reading.state.journal, span);
    let dense = (seen.end - seen.start) as f32 * POINTS_PER_ARROW > area.width();
    if dense {
        memory.density.update(&reading.state.journal, span, (area.width() / POINTS_PER_ARROW) as usize);
        if !memory.density.done() {
            ui.request_repaint();
        }
    }
    let words = heading(&reading.state.journal, seen, dense.then_some(&memory.density));
    name_timeline(&response, reading, span, &words);
    title(ui, line, words);
    draw(ui, reading, shared, memory, &lanes(area, span, reading), dense);
    if response.has_focus() {
        paint_axis::focus(ui.painter(), Palette::of(ui), rest.expand(space::XS));
    }
    point_at(response, reading, shared, memory);
}

fn title(ui: &mut Ui, line: Rect, words: String) {
    let layout = Layout::left_to_right(Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(line).layout(layout), |ui| {
        parts::label_caps(ui, "Timeline");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| parts::secondary(ui, words));
    });
}

fn draw(ui: &Ui, reading: &Reading<'_>, shared: &Shared, memory: &mut Memory, lanes: &Lanes, dense: bool) {
    let p = Palette::of(ui);
    let painter = ui.painter();
    paint_axis::gaps(painter, p, lanes.frame, reading);
    paint::lanes(painter, p, lanes);
    paint_axis::time_marks(painter, p, lanes.frame, reading);
    memory.arrows.clear();
    if dense {
        paint::density(painter, p, lanes, &memory.density);
    } else {
        layout::lay_out(&reading.state.journal, lanes, &mut memory.arrows, &mut memory.loops);
        paint::loops(painter, p, lanes, &memory.loops);
        paint::arrows(painter, p, lanes, &memory.arrows, shared.selection.entry(), reading);
    }
    if let Some(at) = shared.times.pointer().filter(|at| lanes.frame.span.contains(*at)) {
        paint_axis::pointer(painter, p, lanes.frame, at);
    }
}

fn lanes(area: Rect, span: Span, reading: &Reading<'_>) -> Lanes {
    const LEAST_LEAN: f32 = 5.0;
    const MOST_LEAN: f32 = 16.0;
    let frame = paint_axis::Frame {
        area,
        strip: Rect::from_min_max(area.min, pos2(area.right(), area.top() + 16.0)),
        span,
    };
    // Half of the broker's round trip is a fair guess of one way; what is drawn stays readable.
    let one_way = reading.state.latency.summary(Figure::Broker).map_or(0.0, |s| s.p50.as_secs_f64() / 2.0);
    let lean = (one_way / span.length()) as f32 * area.width();
    // The strip above the lanes is for what is written about gaps.
    Lanes {
        frame,
        board: area.top() + 20.0,
        host: area.bottom() - 8.0,
        lean: lean.clamp(LEAST_LEAN, MOST_LEAN),
    }
}

fn navigate(ui: &Ui, response: &Response, area: Rect, shared: &mut Shared) {
    if let Some(gesture) = gesture::read(ui, response, area, shared.times.timeline()) {
        gesture::apply_to_timeline(&mut shared.times, gesture);
    }
    if let Some(pointer) = response.hover_pos().filter(|pointer| area.contains(*pointer)) {
        let at = time_at(pointer.x, area, shared.times.timeline());
        shared.times.point_at(at);
    }
}

/// A click on an arrow chooses its message; hovering tells it.
fn point_at(response: Response, reading: &Reading<'_>, shared: &mut Shared, memory: &Memory) {
    let Some(pointer) = response.hover_pos() else { return };
    let nearest = memory.arrows.iter().min_by(|a, b| a.distance(pointer).total_cmp(&b.distance(pointer)));
    let Some(arrow) = nearest.filter(|arrow| arrow.distance(pointer) <= GRASP) else { return };
    if response.clicked() {
        shared.selection.choose(arrow.entry);
    }
    if let Some(entry) = reading.state.journal.get(arrow.entry) {
        response.on_hover_text_at_pointer(super::messages::describe(reading, entry));
    }
}

/// How much of what a span holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sums {
    board: u64,
    echoes: u64,
    lost: u64,
    not_echoed: u64,
}

impl Sums {
    fn of(journal: &Journal, seen: Range<u64>) -> Self {
        let mut sums = Self::default();
        for entry in seen.filter_map(|number| journal.get(number)) {
            match entry.way {
                Way::Board => sums.board += 1,
                Way::Echo => sums.echoes += 1,
            }
            match entry.fate {
                Fate::Lost => sums.lost += 1,
                Fate::Failed(_) => sums.not_echoed += 1,
                _ => {}
            }
        }
        sums
    }

    fn words(self) -> String {
        let mut words = format!("{} from the board, {} echoes", self.board, self.echoes);
        if self.lost > 0 {
            words += &format!(", {} lost", self.lost);
        }
        if self.not_echoed > 0 {
            words += &format!(", {} not echoed", self.not_echoed);
        }
        words
    }
}

/// What stands beside the name: how much of what is in view, or how much in all where that is too much to count.
fn heading(journal: &Journal, seen: Range<u64>, density: Option<&Density>) -> String {
    let Some(density) = density else { return Sums::of(journal, seen).words() };
    let total = quantity::count(seen.end - seen.start);
    if density.done() {
        let most = quantity::count(u64::from(density.most()));
        format!("{total} messages and echoes, up to {most} of each in {}", density.width_words())
    } else {
        format!("{total} messages and echoes")
    }
}

fn name_timeline(response: &Response, reading: &Reading<'_>, span: Span, words: &str) {
    response.widget_info(|| {
        let (from, to) = (reading.clock.seconds(span.from), reading.clock.seconds(span.to));
        WidgetInfo::labeled(Role::Canvas, true, format!("Timeline from {from} to {to}: {words}"))
    });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::{sync::Arc, time::Duration};

    use bytes::Bytes;

    use super::*;
    use crate::{
        model::{
            Limits, State,
            event::{Echoed, Event, Received, What},
        },
        profile::Qos,
    };

    /// A board that says these words, one each second from the first on; each is echoed, unless it is empty.
    pub(super) fn told(words: &[&str]) -> State {
        let mut state = State::new(Limits::default());
        let topic: Arc<str> = Arc::from("topic");
        for (id, words) in (0_u64..).zip(words) {
            let at = Duration::from_secs(id + 1);
            let payload = Bytes::copy_from_slice(words.as_bytes());
            let (topic, qos) = (Arc::clone(&topic), Qos::AtMostOnce);
            let message = Received { id, topic, payload, qos, retain: false, duplicate: false, board: None };
            state.apply(&Event { at, what: What::Received(message) });
            let what = match words.strip_prefix('!') {
                Some(_) => What::EchoFailed { id, cause: crate::model::event::EchoFailure::OwnTopic },
                None => What::Echoed(Echoed {
                    id,
                    topic: Arc::from("echo"),
                    payload: Bytes::from(echo_board::wire::rotate(words.as_bytes(), Default::default())),
                    qos,
                    residence: Duration::from_micros(40),
                }),
            };
            state.apply(&Event { at, what });
        }
        state
    }

    #[test]
    fn the_nearest_message_is_the_boards() {
        let state = told(&["ab", "ba", "ab", "ba"]);
        assert_eq!(nearest_message(&state.journal, 2.2), Some(2));
        assert_eq!(nearest_message(&state.journal, 2.8), Some(4));
        assert_eq!(nearest_message(&state.journal, 99.0), Some(6));
        assert_eq!(nearest_message(&told(&[]).journal, 1.0), None);
    }

    #[test]
    fn sums_tell_what_went_wrong() {
        let state = told(&["ab", "xy", "yx", "!not echoed"]);
        let seen = entries(&state.journal, Span { from: 0.0, to: 10.0 });
        assert_eq!(heading(&state.journal, seen, None), "4 from the board, 3 echoes, 2 lost, 1 not echoed");
    }
}
