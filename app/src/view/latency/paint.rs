//! Draws the parts of the plot, the ground first.

use eframe::egui::{Align2, Color32, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};

use super::{
    super::{
        axis::{Span, labels, paint::time_marks},
        data::Reading,
        quantity,
        theme::{Palette, Type},
    },
    Frame, Percentile, colour,
    columns::Columns,
    name,
};
use crate::model::{Column, Figure};

/// Columns this many points apart are samples worth a dot each.
const SPARSE: f32 = 12.0;
/// Height of a line of labels.
const LABEL_LINE: f32 = 15.0;

/// Lines at round values and marks at round times, with their labels.
pub(super) fn grid(painter: &Painter, p: &Palette, frame: &Frame, reading: &Reading<'_>) {
    let font = Type::Secondary.font();
    let area = frame.time.area;
    for tick in frame.scale.ticks((area.height() / 28.0) as usize) {
        let y = painter.round_to_pixel_center(frame.y(tick.value));
        painter.hline(area.x_range(), y, Stroke::new(1.0, p.line));
        painter.text(pos2(area.left() - 8.0, y), Align2::RIGHT_CENTER, tick.label, font.clone(), p.muted);
    }
    time_marks(painter, p, frame.time, reading);
}

/// A bracket below the stretch that the timeline shows.
pub(super) fn magnified(painter: &Painter, p: &Palette, frame: &Frame, timeline: Span) {
    if timeline.length() > 0.8 * frame.time.span.length() {
        return;
    }
    let (from, to) = (frame.time.x(timeline.from), frame.time.x(timeline.to));
    let y = frame.time.area.bottom();
    painter.rect_filled(Rect::from_min_max(pos2(from, y - 1.5), pos2(to, y + 1.5)), 1.5, p.muted);
}

/// Words in place of lines, on a ground of their own.
pub(super) fn instead(painter: &Painter, p: &Palette, area: Rect, words: &str) {
    let text = painter.layout_no_wrap(words.to_owned(), Type::Body.font(), p.muted);
    let place = Rect::from_center_size(area.center(), text.size());
    painter.rect_filled(place.expand2(vec2(8.0, 4.0)), 0.0, p.surface);
    painter.galley(place.min, text, p.muted);
}

/// Dotted lines at the percentiles of the chosen figure.
pub(super) fn percentile_lines(
    painter: &Painter,
    frame: &Frame,
    percentiles: &[Percentile],
    colour: Color32,
) {
    let stroke = Stroke::new(1.0, colour.gamma_multiply(0.8));
    for percentile in percentiles {
        let y = painter.round_to_pixel_center(percentile.y);
        let ends = [pos2(frame.time.area.left(), y), pos2(frame.time.area.right(), y)];
        painter.extend(Shape::dashed_line(&ends, stroke, 2.0, 4.0));
    }
}

/// The three lines. Where a column has several samples its extremes are both drawn.
pub(super) fn series(painter: &Painter, p: &Palette, frame: &Frame, columns: &Columns) {
    let painter = painter.with_clip_rect(frame.time.area.expand2(vec2(1.0, 2.0)));
    for figure in [Figure::Residence, Figure::Broker, Figure::Loop] {
        let stroke = Stroke::new(1.6, colour(p, figure));
        if columns.of(figure).len() as f32 * SPARSE < frame.time.area.width() {
            for column in columns.of(figure) {
                let place = pos2(frame.time.x(column.at.as_secs_f64()), frame.y(column.first.as_secs_f64()));
                painter.circle_filled(place, 2.2, stroke.color);
            }
        }
        for line in lines(frame, columns.of(figure)) {
            match (line.as_slice(), figure) {
                ([alone], _) => {
                    painter.circle_filled(*alone, 1.6, stroke.color);
                }
                (points, Figure::Broker) if calm(columns.of(figure)) => {
                    painter.extend(Shape::dashed_line(points, stroke, 7.0, 3.0));
                }
                _ => {
                    painter.add(Shape::line(line, stroke));
                }
            }
        }
    }
}

/// Whether dashes can be told apart: not where each column goes up and down.
fn calm(columns: &[Column]) -> bool {
    columns.iter().filter(|column| column.count > 1).count() * 4 <= columns.len()
}

/// Columns as lines on the screen, one for each stretch without a gap.
fn lines(frame: &Frame, columns: &[Column]) -> Vec<Vec<Pos2>> {
    let mut lines: Vec<Vec<Pos2>> = Vec::new();
    for column in columns {
        if column.gap_before || lines.is_empty() {
            lines.push(Vec::new());
        }
        let Some(line) = lines.last_mut() else { continue };
        let x = frame.time.x(column.at.as_secs_f64());
        let [first, min, max, last] = [column.first, column.min, column.max, column.last]
            .map(|value| pos2(x, frame.y(value.as_secs_f64())));
        if (min.y - max.y).abs() < 1.0 {
            line.push(last);
        } else if first.y > last.y {
            line.extend([min, max, last]);
        } else {
            line.extend([max, min, last]);
        }
    }
    lines
}

/// Names of the lines and of the percentiles, at the right, none over another.
pub(super) fn line_labels(
    painter: &Painter,
    p: &Palette,
    frame: &Frame,
    columns: &Columns,
    percentiles: &[Percentile],
    figure: Figure,
) {
    let in_view = |column: &&Column| frame.time.span.contains(column.at.as_secs_f64());
    let mut labels: Vec<(f32, String, Color32)> = Vec::new();
    for figure in Figure::ALL {
        if let Some(last) = columns.of(figure).iter().rev().find(in_view) {
            labels.push((frame.y(last.last.as_secs_f64()), name(figure).to_owned(), colour(p, figure)));
        }
    }
    for Percentile { name, value, y } in percentiles {
        labels.push((*y, format!("{name} {}", quantity::duration(*value)), colour(p, figure)));
    }
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    let wanted: Vec<f32> = labels.iter().map(|label| label.0).collect();
    let area = frame.time.area;
    let places = labels::spread(&wanted, LABEL_LINE, area.top(), area.bottom());
    for ((line, text, colour), y) in labels.into_iter().zip(places) {
        let (from, to) = (pos2(area.right() + 2.0, line), pos2(area.right() + 9.0, y));
        painter.line_segment([from, to], Stroke::new(1.0, colour.gamma_multiply(0.5)));
        painter.text(to + vec2(4.0, 0.0), Align2::LEFT_CENTER, text, Type::Secondary.font(), colour);
    }
}
