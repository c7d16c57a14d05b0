//! What the plot and the timeline draw alike: gaps, times, the pointer's time, the ring of the focus.

use std::{sync::Arc, time::Duration};

use eframe::egui::{Galley, Painter, Rangef, Rect, Stroke, StrokeKind, pos2};

use super::{
    Span,
    labels::{self, Wish},
};
use crate::{
    model::Gap,
    view::{
        data::Reading,
        quantity,
        theme::{Palette, Type, radius},
    },
};

/// A stretch of time on the screen.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Where it is drawn.
    pub area: Rect,
    /// Above it: what is written about gaps.
    pub strip: Rect,
    /// What it shows.
    pub span: Span,
}

impl Frame {
    /// Where a time stands, inside or outside of the area.
    #[must_use]
    pub fn x(&self, at: f64) -> f32 {
        self.area.left() + (self.span.fraction(at) * f64::from(self.area.width())) as f32
    }
}

/// Room that a label on the time axis needs, in points.
const TICK_ROOM: f32 = 110.0;
/// With more gaps than this in view their labels would only be in each other's way.
const MOST_GAP_LABELS: usize = 24;

/// A ring around what has the keyboard's focus.
pub fn focus(painter: &Painter, p: &Palette, rect: Rect) {
    painter.rect_stroke(rect, radius::FIELD, Stroke::new(2.0, p.host), StrokeKind::Inside);
}

/// Times without a connection: a band each, with cause and length in the strip above.
pub fn gaps(painter: &Painter, p: &Palette, frame: Frame, reading: &Reading<'_>) {
    let now = reading.state.latest();
    let mut bands: Vec<(&Gap, Rangef)> = Vec::new();
    for gap in reading.state.gaps.within(frame.span.durations()) {
        let edge = |at: Duration| frame.x(at.as_secs_f64().clamp(frame.span.from, frame.span.to));
        let band = Rangef::new(edge(gap.from), edge(gap.to.unwrap_or(now)).max(edge(gap.from) + 1.0));
        // Of gaps that fall on the same point of the screen one is drawn.
        if bands.last().is_none_or(|(_, last)| band.max > last.max) {
            painter.rect_filled(Rect::from_x_y_ranges(band, frame.area.y_range()), 0.0, p.tint(p.bad));
            bands.push((gap, band));
        }
    }
    if bands.len() <= MOST_GAP_LABELS {
        gap_labels(painter, p, frame, &bands, now);
    }
}

fn gap_labels(painter: &Painter, p: &Palette, frame: Frame, bands: &[(&Gap, Rangef)], now: Duration) {
    let lay_out = |words: String| painter.layout_no_wrap(words, Type::Secondary.font(), p.bad);
    let texts: Vec<[_; 2]> =
        bands.iter().map(|(gap, _)| [gap_words(gap, now), gap_length(gap, now)].map(lay_out)).collect();
    let wish = |(text, (_, band)): (&[Arc<Galley>; 2], &(&Gap, Rangef))| Wish {
        centre: band.center(),
        widths: text.iter().map(|text| text.size().x).collect(),
    };
    let wishes: Vec<Wish> = texts.iter().zip(bands).map(wish).collect();
    let places = labels::line_up(&wishes, 8.0, frame.strip.left(), frame.strip.right());
    for (text, place) in texts.into_iter().zip(places) {
        if let Some((wording, left)) = place {
            let text = text[wording].clone();
            let top = frame.strip.center().y - 1.0 - text.size().y / 2.0;
            painter.galley(pos2(left, top), text, p.bad);
        }
    }
}

/// Cause and length of a gap.
#[must_use]
pub fn gap_words(gap: &Gap, now: Duration) -> String {
    let so_far = if gap.to.is_none() { " so far" } else { "" };
    format!("{} · {}{so_far}", gap.cause, gap_length(gap, now))
}

fn gap_length(gap: &Gap, now: Duration) -> String {
    quantity::away(gap.to.unwrap_or(now).saturating_sub(gap.from))
}

/// Marks at round local times below `area`.
pub fn time_marks(painter: &Painter, p: &Palette, frame: Frame, reading: &Reading<'_>) {
    let Frame { area, span, .. } = frame;
    let most = (area.width() / TICK_ROOM).max(1.0) as usize;
    for tick in reading.clock.ticks(span, most) {
        let x = frame.x(tick.at);
        let x = painter.round_to_pixel_center(x);
        painter.vline(x, area.bottom()..=area.bottom() + 4.0, Stroke::new(1.0, p.line_strong()));
        let label = painter.layout_no_wrap(tick.label, Type::Secondary.font(), p.muted);
        // A label at the edge would leave the card: it is pushed inside, its mark stays.
        let half = label.size().x / 2.0;
        let left = (x - half).clamp(area.left() - 24.0, (area.right() + 24.0 - 2.0 * half).max(area.left()));
        painter.galley(pos2(left, area.bottom() + 6.0), label, p.muted);
    }
}

/// A line at the time under the pointer.
pub fn pointer(painter: &Painter, p: &Palette, frame: Frame, at: f64) -> f32 {
    let x = painter.round_to_pixel_center(frame.x(at));
    painter.vline(x, frame.area.y_range(), Stroke::new(1.0, p.muted));
    x
}
