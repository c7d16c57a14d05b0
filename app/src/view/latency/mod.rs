//! The latency of the echo: figures, and the plot that explains them.
//!
//! Painted by hand and not with egui_plot: the axis is shared with the timeline, labels keep out of each other's way in a
//! margin that egui_plot does not have, and what is left of a plot then (lines, ticks, wheel and drag) is little. For the
//! same reason the table is not egui_extras' one: its rows are anchored to entries.

mod columns;
mod figures;
mod paint;
mod readout;

use std::time::Duration;

use eframe::egui::{Button, Color32, Popup, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use self::columns::Columns;
pub use self::figures::figures;
use super::{
    axis::{
        Reach,
        gesture::{self, time_at},
        paint as paint_axis,
        scale::{Kind, Scale},
    },
    data::{Reading, Shared},
    icon::Icon,
    parts,
    theme::{CONTROL, Palette},
};
use crate::model::{Figure, Summary};

/// What the plot remembers between frames.
#[derive(Debug, Default)]
pub struct Memory {
    /// How heights grow.
    pub kind: Kind,
    columns: Columns,
}

/// What stands for a figure on the screen.
#[must_use]
pub const fn name(figure: Figure) -> &'static str {
    match figure {
        Figure::Loop => "loop",
        Figure::Broker => "broker",
        Figure::Residence => "residence",
    }
}

/// A figure's colour, everywhere.
#[must_use]
pub const fn colour(p: &Palette, figure: Figure) -> Color32 {
    match figure {
        Figure::Loop => p.host,
        Figure::Broker => p.broker,
        Figure::Residence => p.board,
    }
}

/// Range, scale, and the way back to live. Laid out from the right.
pub fn controls(ui: &mut Ui, shared: &mut Shared, memory: &mut Memory) {
    let log = memory.kind == Kind::Log;
    let toggle = parts::toggle_button(ui, log, "Log");
    toggle.widget_info(|| WidgetInfo::selected(Role::Button, true, log, "Logarithmic scale"));
    if toggle
        .on_hover_text("Each decade has the same height, so that microseconds and seconds fit in")
        .clicked()
    {
        memory.kind = if log { Kind::Linear } else { Kind::Log };
    }
    range_picker(ui, shared);
    if !shared.times.is_live()
        && parts::quiet_button(ui, "Live").on_hover_text("Back to the newest (double-click or End)").clicked()
    {
        shared.times.go_live();
    }
}

fn range_picker(ui: &mut Ui, shared: &mut Shared) {
    let current = shared.times.reach();
    let short =
        Reach::CHOICES.into_iter().find(|(reach, ..)| *reach == current).map_or("", |(_, short, _)| short);
    let button = ui.add(Button::new((short, Icon::Down.atom())).min_size(vec2(0.0, CONTROL)));
    button.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, format!("Range: {short}")));
    Popup::menu(&button).show(|ui| {
        for (reach, _, long) in Reach::CHOICES {
            if ui.selectable_label(reach == current, long).clicked() {
                shared.times.show_last(reach);
                ui.close();
            }
        }
    });
}

/// Where the parts of the plot are.
#[derive(Clone, Copy, Debug)]
struct Frame {
    time: paint_axis::Frame,
    scale: Scale,
}

impl Frame {
    const LEFT: f32 = 52.0;
    const RIGHT: f32 = 86.0;
    const TOP: f32 = 18.0;
    const BOTTOM: f32 = 22.0;

    fn area(rect: Rect) -> Rect {
        Rect::from_min_max(
            pos2(rect.left() + Self::LEFT, rect.top() + Self::TOP),
            pos2(rect.right() - Self::RIGHT, rect.bottom() - Self::BOTTOM),
        )
    }

    fn y(&self, value: f64) -> f32 {
        self.time.area.bottom() - self.scale.fraction(value) * self.time.area.height()
    }
}

const NOTHING_YET: &str = "Nothing measured yet: the first echo begins the lines.";
const NOTHING_HERE: &str = "Nothing was measured in this time.";

/// Three series over time. Fills the room it is given.
pub fn plot(ui: &mut Ui, reading: &Reading<'_>, shared: &mut Shared, memory: &mut Memory) {
    let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
    let area = Frame::area(rect);
    if !area.is_positive() {
        return;
    }
    name_plot(&response, reading, shared);
    navigate(ui, &response, area, reading, shared);

    let span = shared.times.plot();
    memory.columns.update(reading.state, span, area.width());
    let summary = reading.state.latency.summary(shared.figure);
    let (low, high) = memory.columns.extent(summary);
    let strip = Rect::from_min_max(pos2(area.left(), rect.top()), pos2(area.right(), area.top()));
    let time = paint_axis::Frame { area, strip, span };
    let frame = Frame { time, scale: Scale::fit(memory.kind, low, high) };

    let p = Palette::of(ui);
    let painter = ui.painter();
    paint_axis::gaps(painter, p, time, reading);
    paint::grid(painter, p, &frame, reading);
    paint::magnified(painter, p, &frame, shared.times.timeline());
    let percentiles = percentiles(&frame, summary);
    paint::percentile_lines(painter, &frame, &percentiles, colour(p, shared.figure));
    paint::series(painter, p, &frame, &memory.columns);
    paint::line_labels(painter, p, &frame, &memory.columns, &percentiles, shared.figure);
    if response.has_focus() {
        paint_axis::focus(painter, p, rect);
    }
    if memory.columns.is_empty() {
        let ever = Figure::ALL.into_iter().any(|figure| !reading.state.latency.series(figure).is_empty());
        paint::instead(painter, p, area, if ever { NOTHING_HERE } else { NOTHING_YET });
    } else if let Some(pointer) = shared.times.pointer().filter(|&at| span.contains(at)) {
        readout::show(painter, p, &frame, reading, pointer, response.hovered());
    }
}

/// Wheel, drag, keys, and a click that chooses the message under the pointer.
fn navigate(ui: &Ui, response: &Response, area: Rect, reading: &Reading<'_>, shared: &mut Shared) {
    let span = shared.times.plot();
    if let Some(gesture) = gesture::read(ui, response, area, span) {
        gesture::apply_to_plot(&mut shared.times, gesture);
    }
    let Some(pointer) = response.hover_pos().filter(|pointer| area.contains(*pointer)) else { return };
    let at = time_at(pointer.x, area, shared.times.plot());
    shared.times.point_at(at);
    if response.clicked()
        && let Some(entry) = super::timeline::nearest_message(&reading.state.journal, at)
    {
        shared.times.look_at(at);
        shared.selection.choose(entry);
    }
}

fn name_plot(response: &Response, reading: &Reading<'_>, shared: &Shared) {
    response.widget_info(|| {
        let span = shared.times.plot();
        let (from, to) = (reading.clock.seconds(span.from), reading.clock.seconds(span.to));
        let gaps = reading.state.gaps.within(span.durations()).count();
        let gaps = match gaps {
            0 => String::new(),
            1 => ", one gap".to_owned(),
            several => format!(", {several} gaps"),
        };
        WidgetInfo::labeled(Role::Canvas, true, format!("Latency from {from} to {to}{gaps}"))
    });
}

/// A percentile of the chosen figure that is drawn.
#[derive(Clone, Copy, Debug)]
struct Percentile {
    name: &'static str,
    value: Duration,
    y: f32,
}

/// The percentiles that stand apart on this scale, the most telling first: lines that touch tell nothing.
fn percentiles(frame: &Frame, summary: Option<Summary>) -> Vec<Percentile> {
    const APART: f32 = 9.0;
    let mut apart: Vec<Percentile> = Vec::new();
    for (name, value) in summary.into_iter().flat_map(|s| [("p99", s.p99), ("p50", s.p50), ("p95", s.p95)]) {
        let y = frame.y(value.as_secs_f64());
        if frame.scale.contains(value.as_secs_f64()) && apart.iter().all(|other| (other.y - y).abs() >= APART)
        {
            apart.push(Percentile { name, value, y });
        }
    }
    apart
}
