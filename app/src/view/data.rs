//! The centre of the window: figures first, then the plot that explains them, the timeline that shows what happened,
//! the table that proves it. This file arranges the panels and holds what they share.
//!
//! By the window's width the histogram stands beside the plot or behind a tab, and the inspector is always open or opens
//! with a selection; by its height the timeline is a card of its own or a tab.

use eframe::egui::{Align, Layout, Rect, StrokeKind, Ui, UiBuilder, vec2};
use jiff::tz::TimeZone;

use super::{
    Action,
    axis::{Times, clock::Clock},
    histogram, inspector, latency, messages, parts,
    theme::{Palette, radius, space},
    timeline,
};
use crate::model::{Figure, State};

/// What every panel reads.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// The model.
    pub state: &'a State,
    /// Session time as wall-clock time.
    pub clock: Clock<'a>,
}

/// What the panels share: where the reader looks and what is chosen.
#[derive(Clone, Debug)]
pub struct Shared {
    /// The one time axis.
    pub times: Times,
    /// The figure whose distribution and percentiles are shown.
    pub figure: Figure,
    /// The chosen message.
    pub selection: Selection,
    /// Asked for and not yet performed.
    pub actions: Vec<Action>,
}

/// A journal entry that was chosen in any of the panels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    entry: Option<u64>,
    reveal: bool,
}

impl Selection {
    /// The chosen journal entry.
    #[must_use]
    pub fn entry(self) -> Option<u64> {
        self.entry
    }

    /// Chooses a journal entry, and has the table scroll to it.
    pub fn choose(&mut self, entry: u64) {
        *self = Self { entry: Some(entry), reveal: true };
    }

    /// Chooses a journal entry that the reader already sees in the table: nothing moves.
    pub(super) fn choose_in_view(&mut self, entry: u64) {
        *self = Self { entry: Some(entry), reveal: false };
    }

    /// Chooses nothing.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether the table has yet to scroll to it. Asked once.
    pub(super) fn take_reveal(&mut self) -> bool {
        std::mem::take(&mut self.reveal)
    }
}

/// What the panels remember between frames. All of it can be thrown away.
#[derive(Debug)]
pub struct Memory {
    /// What they share.
    pub shared: Shared,
    /// The zone that times are told in.
    pub zone: TimeZone,
    latency: latency::Memory,
    histogram: histogram::Memory,
    timeline: timeline::Memory,
    messages: messages::Memory,
    inspector: inspector::Memory,
    tab: Tab,
    /// Where the journal ended: a smaller end means another session.
    journal_end: u64,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            shared: Shared {
                times: Times::default(),
                figure: Figure::Loop,
                selection: Selection::default(),
                actions: Vec::new(),
            },
            zone: TimeZone::system(),
            latency: Default::default(),
            histogram: Default::default(),
            timeline: Default::default(),
            messages: Default::default(),
            inspector: Default::default(),
            tab: Tab::Plot,
            journal_end: 0,
        }
    }
}

impl Memory {
    /// Keeps up with the model: a new session is looked at afresh.
    fn follow(&mut self, state: &State) {
        let end = state.journal.end();
        if end < self.journal_end {
            self.shared.selection.clear();
            self.messages.forget();
            self.timeline = Default::default();
        }
        self.journal_end = end;
        self.shared.times.advance(state.latest());
    }
}

/// What stands in the upper card where there is not room for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Plot,
    Histogram,
    Timeline,
}

/// What there is room for.
#[derive(Clone, Copy, Debug)]
struct Room {
    histogram_beside: bool,
    timeline_below: bool,
    inspector_open: bool,
}

impl Room {
    fn of(ui: &Ui, area: Rect) -> Self {
        let window = ui.content_rect().width();
        Self {
            histogram_beside: window >= 1100.0,
            timeline_below: area.height() >= 620.0,
            inspector_open: window >= 1300.0,
        }
    }
}

const FIGURES_HEIGHT: f32 = 46.0;
const TIMELINE_HEIGHT: f32 = 170.0;
const HISTOGRAM_WIDTH: f32 = 232.0;
/// Between cards.
const GAP: f32 = space::M;

/// Draws the data panels into all the room there is. What was asked for goes to `actions`.
pub fn show(ui: &mut Ui, state: &State, memory: &mut Memory, actions: &mut Vec<Action>) {
    memory.follow(state);
    let zone = memory.zone.clone();
    let reading = Reading { state, clock: Clock::new(state, &zone) };
    let area = ui.available_rect_before_wrap();
    ui.advance_cursor_after_rect(area);
    let room = Room::of(ui, area);

    let (upper, mut lower) = cut_top(area, (area.height() * 0.38).clamp(232.0, 420.0), GAP);
    card(ui, upper, "overview", |ui| overview(ui, &reading, memory, room));
    if room.timeline_below {
        let (middle, rest) = cut_top(lower, TIMELINE_HEIGHT, GAP);
        lower = rest;
        card(ui, middle, "timeline", |ui| {
            timeline::show(ui, &reading, &mut memory.shared, &mut memory.timeline);
        });
    }
    card(ui, lower, "messages", |ui| proof(ui, &reading, memory, room));

    if memory.shared.times.settle() {
        ui.request_repaint();
    }
    actions.append(&mut memory.shared.actions);
}

/// Figures, and below them the plot with the histogram, or one of them.
fn overview(ui: &mut Ui, reading: &Reading<'_>, memory: &mut Memory, room: Room) {
    let shared = &mut memory.shared;
    let (line, area) = cut_top(ui.available_rect_before_wrap(), FIGURES_HEIGHT, space::S);
    // The controls take what they need, the figures what is left.
    let controls = UiBuilder::new().max_rect(line).layout(Layout::right_to_left(Align::Min));
    let controls = ui.scope_builder(controls, |ui| {
        latency::controls(ui, shared, &mut memory.latency);
        ui.add_space(space::S);
        tabs(ui, &mut memory.tab, room);
    });
    let left = line.with_max_x(controls.response.rect.left() - space::M);
    part(ui, left, "figures", |ui| latency::figures(ui, reading, shared));
    match memory.tab.in_room(room) {
        Tab::Plot if room.histogram_beside => {
            let (plot, beside) = cut_right(area, HISTOGRAM_WIDTH, space::XL);
            rule_before(ui, beside);
            part(ui, plot, "plot", |ui| latency::plot(ui, reading, shared, &mut memory.latency));
            part(ui, beside, "histogram", |ui| {
                histogram::show(ui, reading, shared, &mut memory.histogram);
            });
        }
        Tab::Plot => latency::plot(ui, reading, shared, &mut memory.latency),
        Tab::Histogram => histogram::show(ui, reading, shared, &mut memory.histogram),
        Tab::Timeline => timeline::show(ui, reading, shared, &mut memory.timeline),
    }
}

impl Tab {
    /// A tab whose panel stands elsewhere is the plot.
    fn in_room(self, room: Room) -> Self {
        match self {
            Self::Histogram if room.histogram_beside => Self::Plot,
            Self::Timeline if room.timeline_below => Self::Plot,
            tab => tab,
        }
    }
}

/// Only what has no place of its own gets a tab. Laid out from the right.
fn tabs(ui: &mut Ui, tab: &mut Tab, room: Room) {
    let choices = [
        (Tab::Timeline, "Timeline", !room.timeline_below),
        (Tab::Histogram, "Histogram", !room.histogram_beside),
        (Tab::Plot, "Plot", !(room.timeline_below && room.histogram_beside)),
    ];
    let current = tab.in_room(room);
    for (choice, name, offered) in choices {
        if offered && parts::toggle_button(ui, current == choice, name).clicked() {
            *tab = choice;
        }
    }
}

/// The table, and beside it the inspector, or one of them.
fn proof(ui: &mut Ui, reading: &Reading<'_>, memory: &mut Memory, room: Room) {
    const INSPECTOR_WIDTH: f32 = 304.0;
    const TABLE_LEAST: f32 = 480.0;
    let area = ui.available_rect_before_wrap();
    let shared = &mut memory.shared;
    let closable = !room.inspector_open;
    let open = room.inspector_open || shared.selection.entry().is_some();
    let (table, beside) = cut_right(area, INSPECTOR_WIDTH, space::XL);
    if !open {
        messages::show(ui, reading, shared, &mut memory.messages);
    } else if table.width() < TABLE_LEAST {
        inspector::show(ui, reading, shared, &mut memory.inspector, true);
    } else {
        rule_before(ui, beside);
        part(ui, table, "table", |ui| messages::show(ui, reading, shared, &mut memory.messages));
        part(ui, beside, "inspector", |ui| {
            inspector::show(ui, reading, shared, &mut memory.inspector, closable);
        });
    }
}

/// A card at a place.
fn card(ui: &mut Ui, rect: Rect, name: &str, add: impl FnOnce(&mut Ui)) {
    let p = Palette::of(ui);
    ui.painter().rect(rect, radius::CARD, p.surface, (1.0, p.line), StrokeKind::Inside);
    part(ui, rect.shrink(space::L), name, add);
}

/// Draws into a part of the room, and only there.
fn part(ui: &mut Ui, rect: Rect, name: &str, add: impl FnOnce(&mut Ui)) {
    ui.scope_builder(UiBuilder::new().id_salt(name).max_rect(rect).layout(Layout::top_down(Align::Min)), add);
}

/// A line in the middle of the gap before a part.
fn rule_before(ui: &Ui, rect: Rect) {
    let x = rect.left() - space::XL / 2.0;
    ui.painter().vline(x, rect.y_range(), (1.0, Palette::of(ui).line));
}

fn cut_top(area: Rect, height: f32, gap: f32) -> (Rect, Rect) {
    let (top, rest) = area.split_top_bottom_at_y((area.top() + height).round());
    (top, Rect::from_min_max(rest.min + vec2(0.0, gap), rest.max))
}

fn cut_right(area: Rect, width: f32, gap: f32) -> (Rect, Rect) {
    let (rest, right) = area.split_left_right_at_x((area.right() - width).round());
    (Rect::from_min_max(rest.min, rest.max - vec2(gap, 0.0)), right)
}
