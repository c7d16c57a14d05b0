//! One message in one line.

use std::sync::Arc;

use eframe::egui::{
    Align2, Color32, Galley, Painter, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2,
    text::{LayoutJob, TextFormat, TextWrapping},
    vec2,
};

use super::bidi;
use crate::{
    model::{Entry, Fate, Way, display, event::EchoFailure},
    profile::Qos,
    view::{
        Action,
        data::{Reading, Shared},
        quantity,
        theme::{Palette, Type, radius, space},
    },
};

/// More characters than a row can show.
const MOST_CHARS: usize = 300;
/// Characters of a payload that go to the clipboard with its row.
const COPIED_CHARS: usize = 1 << 20;

const LOST: &str = "Lost: the board spoke again without having taken this echo.";

/// Left edges and widths of the columns, relative to the row. What there is no room for has no width.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    time: Column,
    from: Column,
    text: Column,
    bytes: Column,
    residence: Column,
    loop_time: Column,
}

#[derive(Clone, Copy, Debug, Default)]
struct Column {
    left: f32,
    width: f32,
}

impl Columns {
    /// Shares the width of a row: the text takes what is left, and numbers go when that is too little.
    pub(super) fn of(width: f32) -> Self {
        const TIME: f32 = 104.0;
        const FROM: f32 = 76.0;
        const BYTES: f32 = 68.0;
        const RESIDENCE: f32 = 88.0;
        const LOOP: f32 = 84.0;
        const LEAST_TEXT: f32 = 180.0;
        const RIGHT: f32 = space::M;
        let mut right = width - RIGHT;
        let mut spare = width - RIGHT - space::S - TIME - FROM - LEAST_TEXT;
        let mut take = |wanted: f32| {
            if spare < wanted {
                return Column::default();
            }
            spare -= wanted;
            right -= wanted;
            Column { left: right, width: wanted }
        };
        let (loop_time, residence, bytes) = (take(LOOP), take(RESIDENCE), take(BYTES));
        let text = space::S + TIME + FROM;
        Self {
            time: Column { left: space::S, width: TIME },
            from: Column { left: space::S + TIME, width: FROM },
            text: Column { left: text, width: right - text - space::S },
            bytes,
            residence,
            loop_time,
        }
    }
}

impl Column {
    /// Text from its left edge, cut where it ends.
    fn words(self, painter: &Painter, row: Rect, galley: Arc<Galley>, colour: Color32) {
        painter.galley(pos2(row.left() + self.left, row.center().y - galley.size().y / 2.0), galley, colour);
    }

    /// A number at its right edge.
    fn number(self, painter: &Painter, row: Rect, text: String, colour: Color32) {
        if self.width > 0.0 {
            let at = pos2(row.left() + self.left + self.width, row.center().y);
            painter.text(at, Align2::RIGHT_CENTER, text, Type::Mono.font(), colour);
        }
    }
}

/// The names of the columns.
pub(super) fn heading(ui: &mut Ui, columns: &Columns) {
    let p = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::hover());
    let painter = ui.painter();
    let name = |column: Column, words: &str, right: bool| {
        if column.width == 0.0 {
            return;
        }
        let (x, align) = if right {
            (column.left + column.width, Align2::RIGHT_CENTER)
        } else {
            (column.left, Align2::LEFT_CENTER)
        };
        painter.text(pos2(rect.left() + x, rect.center().y), align, words, Type::Secondary.font(), p.muted);
    };
    name(columns.time, "Time", false);
    name(columns.from, "From", false);
    name(columns.text, "Text", false);
    name(columns.bytes, "Bytes", true);
    name(columns.residence, "Residence", true);
    name(columns.loop_time, "Loop", true);
    painter.hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, p.line));
}

/// Draws a row; a click chooses it.
pub(super) fn show(
    ui: &mut Ui,
    rect: Rect,
    columns: &Columns,
    reading: &Reading<'_>,
    shared: &mut Shared,
    number: u64,
) -> Response {
    let response = ui.interact(rect, ui.unique_id().with(("row", number)), Sense::CLICK);
    let Some(entry) = reading.state.journal.get(number) else { return response };
    let p = Palette::of(ui);
    let chosen = shared.selection.entry() == Some(number);
    response.widget_info(|| WidgetInfo::selected(Role::Row, true, chosen, describe(reading, entry)));
    if chosen {
        ui.painter().rect_filled(rect, radius::FIELD - 2, p.selection());
    } else if response.hovered() {
        ui.painter().rect_filled(rect, radius::FIELD - 2, p.raised);
    }
    if response.clicked() {
        shared.selection.choose_in_view(number);
    }
    let elided = paint(ui, rect, columns, reading, entry);
    let response = explain(response, entry, elided);
    response.context_menu(|ui| {
        if ui.button("Copy row").clicked() {
            shared.actions.push(Action::Copy(as_text(reading, entry)));
        }
        if ui.button("Copy text").clicked() {
            shared.actions.push(Action::Copy(words_of(entry, COPIED_CHARS)));
        }
    });
    response
}

/// On hovering: what the row could not say.
fn explain(response: Response, entry: &Entry, elided: bool) -> Response {
    const MOST: usize = 2_000;
    let why = match entry.fate {
        Fate::Lost => Some(LOST.to_owned()),
        Fate::Failed(cause) => Some(format!("Not echoed: {}.", failure_words(cause))),
        _ => None,
    };
    if !elided && why.is_none() {
        return response;
    }
    response.on_hover_ui(|ui| {
        let p = Palette::of(ui);
        if elided {
            ui.label(Type::Mono.text(display::line(&entry.payload, MOST), p.text));
        }
        if let Some(why) = why {
            ui.label(Type::Secondary.text(why, p.bad));
        }
    })
}

/// Draws the cells. Returns whether the text was cut.
fn paint(ui: &Ui, rect: Rect, columns: &Columns, reading: &Reading<'_>, entry: &Entry) -> bool {
    let p = Palette::of(ui);
    let painter = &ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let mono = |text: String, colour: Color32| painter.layout_no_wrap(text, Type::Mono.font(), colour);
    columns.time.words(painter, rect, mono(reading.clock.millis(entry.at), p.muted), p.muted);
    from(painter, p, columns.from, rect, entry.way);

    let left = badges(painter, p, columns.text, rect, entry);
    let mut job = text_job(&display::line(&entry.payload, MOST_CHARS), p.text);
    job.wrap = TextWrapping { break_anywhere: true, ..TextWrapping::truncate_at_width(left - space::S) };
    let text = painter.layout_job(job);
    let elided = text.elided;
    columns.text.words(painter, rect, text, p.text);

    columns.bytes.number(painter, rect, quantity::count(entry.payload.len() as u64), p.muted);
    if let Some(residence) = entry.residence {
        columns.residence.number(painter, rect, quantity::duration(residence), p.muted);
    }
    match (entry.fate, entry.loop_time) {
        (_, Some(time)) => columns.loop_time.number(painter, rect, quantity::duration(time), p.muted),
        (Fate::Lost, None) => columns.loop_time.number(painter, rect, "✕ lost".to_owned(), p.bad),
        (Fate::Failed(_), None) => columns.loop_time.number(painter, rect, "✕ no echo".to_owned(), p.bad),
        _ => {}
    }
    elided
}

/// A payload's line, laid out so that right-to-left text can be read.
fn text_job(line: &str, colour: Color32) -> LayoutJob {
    let mut job = LayoutJob::default();
    for part in bidi::visual_order(line) {
        job.append(&line[part], 0.0, TextFormat::simple(Type::Mono.font(), colour));
    }
    job
}

/// Who sent it: a triangle in the direction it went, and a word.
fn from(painter: &Painter, p: &Palette, column: Column, row: Rect, way: Way) {
    const HALF: f32 = 5.0;
    let centre = pos2(row.left() + column.left + HALF, row.center().y);
    let (word, colour, tip) = match way {
        Way::Board => ("board", p.board, 4.0),
        Way::Echo => ("echo", p.host, -4.0),
    };
    let corners = vec![centre + vec2(-HALF, -tip), centre + vec2(HALF, -tip), centre + vec2(0.0, tip)];
    painter.add(Shape::convex_polygon(corners, colour, Stroke::NONE));
    let at = centre + vec2(HALF + 6.0, 0.0);
    painter.text(at, Align2::LEFT_CENTER, word, Type::Body.font(), colour);
}

/// What is special about a message, at the right of the text, as far as enough of the text stays. Returns the width that
/// is left for it.
fn badges(painter: &Painter, p: &Palette, column: Column, row: Rect, entry: &Entry) -> f32 {
    const LEAST_TEXT: f32 = 100.0;
    let mut right = column.width;
    for words in marks(entry) {
        let text = painter.layout_no_wrap(words.to_owned(), Type::Secondary.font(), p.muted);
        let size = text.size() + vec2(10.0, 2.0);
        if right - size.x < LEAST_TEXT && !entry.payload.is_empty() {
            break;
        }
        let left_top = pos2(row.left() + column.left + right - size.x, row.center().y - size.y / 2.0);
        let place = Rect::from_min_size(left_top, size);
        painter.rect(place, 4, p.raised, Stroke::new(1.0, p.line), StrokeKind::Inside);
        painter.galley(place.min + vec2(5.0, 1.0), text, p.muted);
        right -= size.x + space::XS;
    }
    right
}

fn marks(entry: &Entry) -> Vec<&'static str> {
    let qos = match entry.qos {
        Qos::AtMostOnce => None,
        Qos::AtLeastOnce => Some("QoS 1"),
        Qos::ExactlyOnce => Some("QoS 2"),
    };
    let marks = [
        entry.payload.is_empty().then_some("empty"),
        entry.retain.then_some("retained"),
        entry.duplicate.then_some("duplicate"),
        // Only as far as it is shown: a row must not read 256 MB.
        display::text(&entry.payload, MOST_CHARS).is_none().then_some("binary"),
        qos,
    ];
    marks.into_iter().flatten().collect()
}

/// A message in one sentence: for screen readers and tooltips.
#[must_use]
pub fn describe(reading: &Reading<'_>, entry: &Entry) -> String {
    let mut words = format!(
        "{}, {}, {}, {} bytes",
        reading.clock.millis(entry.at),
        way_word(entry.way),
        words_of(entry, 80),
        entry.payload.len()
    );
    for mark in marks(entry) {
        words += &format!(", {mark}");
    }
    if let Some(residence) = entry.residence {
        words += &format!(", residence {}", quantity::duration(residence));
    }
    if let Some(time) = entry.loop_time {
        words += &format!(", loop {}", quantity::duration(time));
    }
    match entry.fate {
        Fate::Lost => words += &format!(", {LOST}"),
        Fate::Failed(cause) => words += &format!(", not echoed: {}", failure_words(cause)),
        _ => {}
    }
    words
}

/// A row as it goes to the clipboard: its cells with tabs between.
pub(super) fn as_text(reading: &Reading<'_>, entry: &Entry) -> String {
    let optional = |duration: Option<_>| duration.map_or(String::new(), quantity::duration);
    let day = reading.clock.day(entry.at).map_or(String::new(), |day| day + " ");
    [
        day + &reading.clock.millis(entry.at),
        way_word(entry.way).to_owned(),
        words_of(entry, COPIED_CHARS),
        entry.payload.len().to_string(),
        optional(entry.residence),
        optional(entry.loop_time),
    ]
    .join("\t")
}

fn words_of(entry: &Entry, most: usize) -> String {
    if entry.payload.is_empty() { "empty".to_owned() } else { display::line(&entry.payload, most) }
}

const fn way_word(way: Way) -> &'static str {
    match way {
        Way::Board => "board",
        Way::Echo => "echo",
    }
}

/// Why a message was not echoed, in a few words.
#[must_use]
pub fn failure_words(cause: EchoFailure) -> String {
    match cause {
        EchoFailure::OwnTopic => "it came on the topic we publish on".to_owned(),
        EchoFailure::TooLarge { bytes, limit } => {
            format!("{} is more than the broker takes ({})", quantity::bytes(bytes), quantity::bytes(limit))
        }
        EchoFailure::OutboxFull { limit } => {
            format!("{} echoes were already waiting", quantity::count(limit as u64))
        }
        EchoFailure::ConnectionLost => "the connection broke first".to_owned(),
        EchoFailure::Rejected { reason } => format!("the broker refused it (reason code 0x{reason:02x})"),
        EchoFailure::Stopped => "the session was ended first".to_owned(),
    }
}
