//! How often a latency was how long: bars on a logarithmic axis, with the median and the 99th percentile marked.

use std::time::Duration;

use eframe::egui::{
    Align2, Painter, Rect, Response, RichText, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::{
    axis::labels,
    data::{Reading, Shared},
    latency, quantity,
    theme::{Palette, Type, space},
};
use crate::model::{Figure, HistogramBin, Summary};

/// What the histogram remembers between frames.
#[derive(Debug, Default)]
pub struct Memory {
    bins: Vec<HistogramBin>,
    key: Option<(Figure, u64, usize)>,
}

/// A bar and the space after it, in points.
const BAR: f32 = 7.0;
const BOTTOM: f32 = 22.0;
const TOP: f32 = 20.0;

/// Draws the distribution of the chosen figure. Fills the room it is given.
pub fn show(ui: &mut Ui, reading: &Reading<'_>, shared: &mut Shared, memory: &mut Memory) {
    chooser(ui, shared);
    let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
    let area = Rect::from_min_max(rect.min + vec2(0.0, TOP), rect.max - vec2(0.0, BOTTOM));
    let summary = reading.state.latency.summary(shared.figure);
    name_histogram(&response, shared.figure, summary);
    let (Some(summary), true) = (summary, area.is_positive()) else {
        let p = Palette::of(ui);
        ui.painter().text(
            rect.center(),
            Align2::CENTER_CENTER,
            "Nothing measured yet",
            Type::Secondary.font(),
            p.muted,
        );
        return;
    };
    let bins = (area.width() / BAR) as usize;
    let key = (shared.figure, summary.count, bins);
    if memory.key != Some(key) {
        memory.key = Some(key);
        reading.state.latency.histogram(shared.figure, bins, &mut memory.bins);
    }
    paint(ui, area, shared.figure, &memory.bins, summary);
    explain(response, area, &memory.bins, summary);
}

/// Which figure: words in a row, the chosen one underlined.
fn chooser(ui: &mut Ui, shared: &mut Shared) {
    let p = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 20.0;
        ui.spacing_mut().item_spacing.x = space::M;
        for figure in Figure::ALL {
            let chosen = shared.figure == figure;
            let colour = if chosen { latency::colour(p, figure) } else { p.muted };
            let words: RichText = Type::Secondary.text(latency::name(figure), colour);
            let response = ui.add(eframe::egui::Label::new(words).selectable(false).sense(Sense::click()));
            response.widget_info(|| {
                WidgetInfo::selected(
                    Role::RadioButton,
                    true,
                    chosen,
                    format!("Histogram of {}", latency::name(figure)),
                )
            });
            if chosen || response.hovered() || response.has_focus() {
                let y = response.rect.bottom() + 1.0;
                ui.painter().hline(
                    response.rect.x_range(),
                    y,
                    Stroke::new(if chosen { 2.0 } else { 1.0 }, colour),
                );
            }
            if response.clicked() {
                shared.figure = figure;
            }
        }
    });
}

fn name_histogram(response: &Response, figure: Figure, summary: Option<Summary>) {
    response.widget_info(|| {
        let name = latency::name(figure);
        let words = match summary {
            Some(s) => format!(
                "Distribution of {} {name} samples: p50 {}, p95 {}, p99 {}, largest {}",
                quantity::count(s.count),
                quantity::duration(s.p50),
                quantity::duration(s.p95),
                quantity::duration(s.p99),
                quantity::duration(s.max)
            ),
            None => format!("Distribution of {name}: nothing measured yet"),
        };
        WidgetInfo::labeled(Role::Canvas, true, words)
    });
}

fn paint(ui: &Ui, area: Rect, figure: Figure, bins: &[HistogramBin], summary: Summary) {
    let p = Palette::of(ui);
    let painter = ui.painter();
    let colour = latency::colour(p, figure);
    let most = bins.iter().map(|bin| bin.count).max().unwrap_or(0).max(1);
    for (index, bin) in bins.iter().enumerate().filter(|(_, bin)| bin.count > 0) {
        let left = area.left() + index as f32 * area.width() / bins.len() as f32;
        // What is there is seen, however little it is.
        let height = (bin.count as f32 / most as f32 * area.height()).max(2.0);
        let bar =
            Rect::from_min_max(pos2(left, area.bottom() - height), pos2(left + BAR - 2.0, area.bottom()));
        painter.rect_filled(bar, 1.5, colour.gamma_multiply(0.85));
    }
    painter.hline(area.x_range(), area.bottom(), Stroke::new(1.0, p.line));
    if let (Some(first), Some(last)) = (bins.first(), bins.last()) {
        let y = area.bottom() + 6.0;
        let end = |x, align, value| {
            painter.text(pos2(x, y), align, quantity::duration(value), Type::Secondary.font(), p.muted)
        };
        end(area.left(), Align2::LEFT_TOP, first.from);
        end(area.right(), Align2::RIGHT_TOP, last.to);
    }
    markers(painter, p, area, bins, summary);
}

/// p50 and p99, named above the bars.
fn markers(painter: &Painter, p: &Palette, area: Rect, bins: &[HistogramBin], summary: Summary) {
    let marks: Vec<_> = [("p50", summary.p50), ("p99", summary.p99)]
        .into_iter()
        .filter_map(|(name, value)| {
            let words = format!("{name} {}", quantity::duration(value));
            let text = painter.layout_no_wrap(words, Type::Secondary.font(), p.text);
            Some((place(area, bins, value)?, text))
        })
        .collect();
    let widest = marks.iter().map(|(_, text)| text.size().x).fold(0.0, f32::max);
    let wanted: Vec<f32> = marks.iter().map(|(x, _)| *x).collect();
    let (left, right) = (area.left() + widest / 2.0, area.right() - widest / 2.0);
    let places = labels::spread(&wanted, widest + space::S, left, right);
    for ((x, text), centre) in marks.into_iter().zip(places) {
        painter.vline(
            painter.round_to_pixel_center(x),
            area.top() - 2.0..=area.bottom(),
            Stroke::new(1.0, p.text),
        );
        painter.galley(pos2(centre - text.size().x / 2.0, area.top() - 4.0 - text.size().y), text, p.text);
    }
}

/// Where a value stands, in proportion within its bar.
fn place(area: Rect, bins: &[HistogramBin], value: Duration) -> Option<f32> {
    let index = bins.iter().position(|bin| value < bin.to)?;
    let bin = bins[index];
    let width = bin.to.saturating_sub(bin.from).as_secs_f32().max(f32::MIN_POSITIVE);
    let within = value.saturating_sub(bin.from).as_secs_f32() / width;
    Some(area.left() + (index as f32 + within) * area.width() / bins.len() as f32)
}

/// Range and count of the bar under the pointer.
fn explain(response: Response, area: Rect, bins: &[HistogramBin], summary: Summary) {
    let Some(pointer) = response.hover_pos() else { return };
    let index = ((pointer.x - area.left()) / area.width() * bins.len() as f32).max(0.0) as usize;
    let Some(bin) = bins.get(index) else { return };
    let share = bin.count as f64 * 100.0 / summary.count as f64;
    response.on_hover_text_at_pointer(format!(
        "{} to {}: {} of {} ({share:.1} %)",
        quantity::duration(bin.from),
        quantity::duration(bin.to),
        quantity::count(bin.count),
        quantity::count(summary.count)
    ));
}
