//! What the pointer reads off: the time, and the sample of each series nearest to it.

use std::{sync::Arc, time::Duration};

use eframe::egui::{Color32, Galley, Painter, Pos2, Rect, Stroke, StrokeKind, pos2, vec2};

use super::{
    super::{
        axis::paint,
        data::Reading,
        quantity,
        theme::{Palette, Type, radius, space},
    },
    Frame, colour, name,
};
use crate::model::Figure;

/// A sample further away than this many points is not under the pointer.
const REACH: f32 = 16.0;

/// A line at the pointer's time; with `values` also the samples there, and a card that tells them.
pub(super) fn show(
    painter: &Painter,
    p: &Palette,
    frame: &Frame,
    reading: &Reading<'_>,
    pointer: f64,
    values: bool,
) {
    let x = paint::pointer(painter, p, frame.time, pointer);
    if !values {
        return;
    }
    let at = Duration::try_from_secs_f64(pointer.max(0.0)).unwrap_or_default();
    let samples = Figure::ALL.map(|figure| {
        let (taken, value) = reading.state.latency.series(figure).nearest(at)?;
        let place = pos2(frame.time.x(taken.as_secs_f64()), frame.y(value.as_secs_f64()));
        ((place.x - x).abs() <= REACH).then_some((place, value))
    });
    let mut rows = vec![Row::new(painter, p, reading.clock.millis(at), "", p.text)];
    for (figure, sample) in Figure::ALL.into_iter().zip(samples) {
        if let Some((place, value)) = sample {
            dot(painter, p, place, colour(p, figure));
            rows.push(Row::new(painter, p, quantity::duration(value), name(figure), colour(p, figure)));
        }
    }
    if let Some(gap) = reading.state.gaps.within(at..at + Duration::from_nanos(1)).next() {
        let words = paint::gap_words(gap, reading.state.latest());
        rows.push(Row::new(painter, p, String::new(), &words, p.bad));
    }
    card(painter, p, frame.time.area, x, &rows);
}

fn dot(painter: &Painter, p: &Palette, place: Pos2, colour: Color32) {
    painter.circle(place, 4.0, colour, Stroke::new(2.0, p.surface));
}

struct Row {
    value: Arc<Galley>,
    name: Arc<Galley>,
    colour: Color32,
}

impl Row {
    fn new(painter: &Painter, p: &Palette, value: String, name: &str, colour: Color32) -> Self {
        Self {
            value: painter.layout_no_wrap(value, Type::Mono.font(), p.text),
            name: painter.layout_no_wrap(name.to_owned(), Type::Secondary.font(), colour),
            colour,
        }
    }

    fn width(&self) -> f32 {
        let name = self.name.size().x;
        self.value.size().x + if name > 0.0 { name + space::L } else { 0.0 }
    }
}

/// Beside the line, on whichever side there is room.
fn card(painter: &Painter, p: &Palette, area: Rect, x: f32, rows: &[Row]) {
    const LINE: f32 = 17.0;
    let width = rows.iter().map(Row::width).fold(0.0, f32::max);
    let size = vec2(width + 2.0 * space::S, rows.len() as f32 * LINE + 2.0 * 6.0);
    let left = if x + space::M + size.x <= area.right() { x + space::M } else { x - space::M - size.x };
    let rect = Rect::from_min_size(pos2(left, area.top() + 6.0), size);
    painter.rect(rect, radius::FIELD, p.raised, Stroke::new(1.0, p.line_strong()), StrokeKind::Inside);
    for (index, row) in rows.iter().enumerate() {
        let y = rect.top() + 6.0 + index as f32 * LINE;
        painter.galley(pos2(rect.left() + space::S, y + 1.0), row.name.clone(), row.colour);
        let right = rect.right() - space::S - row.value.size().x;
        painter.galley(pos2(right, y), row.value.clone(), p.text);
    }
}
