//! Draws lanes, arrows and columns.

use eframe::egui::{Align2, Color32, Painter, Pos2, Rect, Shape, Stroke, Vec2, pos2, vec2};

use super::{
    density::Density,
    layout::{Arrow, Kind, Lanes, LoopRoom},
};
use crate::{
    model::Fate,
    view::{
        data::Reading,
        messages::failure_words,
        quantity,
        theme::{Palette, Type},
    },
};

/// The lanes and their names.
pub(super) fn lanes(painter: &Painter, p: &Palette, lanes: &Lanes) {
    let left = lanes.frame.area.left() - super::LEFT;
    for (y, name, colour) in [(lanes.board, "Board", p.board), (lanes.host, "Host", p.host)] {
        let line = painter.round_to_pixel_center(y);
        painter.hline(lanes.frame.area.x_range(), line, Stroke::new(1.0, p.line_strong()));
        painter.text(pos2(left, y), Align2::LEFT_CENTER, name, Type::Strong.font(), colour);
    }
}

/// How long each loop took, where there is room between its two arrows.
pub(super) fn loops(painter: &Painter, p: &Palette, lanes: &Lanes, loops: &[LoopRoom]) {
    let middle = lanes.board.midpoint(lanes.host);
    for room in loops {
        let text = painter.layout_no_wrap(quantity::duration(room.time), Type::Secondary.font(), p.muted);
        let left = (room.from + room.to - text.size().x) / 2.0;
        let fits = room.to - room.from > text.size().x + 12.0 && left > lanes.frame.area.left();
        if fits && left + text.size().x < lanes.frame.area.right() {
            painter.galley(pos2(left, middle - text.size().y / 2.0), text, p.muted);
        }
    }
}

/// The arrows; the chosen message and its partner stand out.
pub(super) fn arrows(
    painter: &Painter,
    p: &Palette,
    lanes: &Lanes,
    arrows: &[Arrow],
    chosen: Option<u64>,
    reading: &Reading<'_>,
) {
    // The newest echo leaves to the right of the lanes; on the left stand the lanes' names.
    let area = lanes.frame.area;
    let room = Rect::from_min_max(area.min - vec2(5.0, 4.0), area.max + vec2(super::RIGHT, 4.0));
    let painter = &painter.with_clip_rect(room);
    let partner = chosen.and_then(|chosen| reading.state.journal.partner(chosen));
    for (index, arrow) in arrows.iter().enumerate() {
        // Up to the next message of the board, or to the edge.
        let room = |arrow: &Arrow| {
            let next = arrows[index + 1..].iter().find(|next| next.tail.x > arrow.head.x);
            next.map_or(lanes.frame.area.right() + 12.0, |next| next.tail.x - 2.0)
        };
        let width = if chosen == Some(arrow.entry) || (chosen.is_some() && partner == Some(arrow.entry)) {
            3.0
        } else {
            1.5
        };
        match arrow.kind {
            Kind::Board => solid(painter, arrow, Stroke::new(width, p.board)),
            Kind::Echo => solid(painter, arrow, Stroke::new(width, p.host)),
            Kind::Lost => {
                let stroke = Stroke::new(width, p.bad);
                painter.extend(Shape::dashed_line(&[arrow.tail, arrow.head], stroke, 4.0, 3.0));
                cross(painter, arrow.head, p.bad);
                mark(painter, arrow.head + vec2(9.0, 0.0), room(arrow), &["echo lost", "lost"], p.bad);
            }
            Kind::NotEchoed => {
                solid(painter, arrow, Stroke::new(width, p.board));
                cross(painter, arrow.head + vec2(0.0, -1.0), p.bad);
                let fate = reading.state.journal.get(arrow.entry).map(|entry| entry.fate);
                if let Some(Fate::Failed(cause)) = fate {
                    let words = format!("not echoed: {}", failure_words(cause));
                    mark(painter, arrow.head + vec2(9.0, -10.0), room(arrow), &[&words, "not echoed"], p.bad);
                }
            }
        }
    }
}

fn solid(painter: &Painter, arrow: &Arrow, stroke: Stroke) {
    const LENGTH: f32 = 8.0;
    const HALF_WIDTH: f32 = 3.2;
    let along = (arrow.head - arrow.tail).normalized();
    let base = arrow.head - along * LENGTH;
    painter.line_segment([arrow.tail, base], stroke);
    let across: Vec2 = along.rot90() * HALF_WIDTH.max(stroke.width + 1.0);
    painter.add(Shape::convex_polygon(
        vec![arrow.head, base + across, base - across],
        stroke.color,
        Stroke::NONE,
    ));
}

fn cross(painter: &Painter, at: Pos2, colour: Color32) {
    const ARM: f32 = 3.5;
    let stroke = Stroke::new(1.8, colour);
    painter.line_segment([at - vec2(ARM, ARM), at + vec2(ARM, ARM)], stroke);
    painter.line_segment([at - vec2(ARM, -ARM), at + vec2(ARM, -ARM)], stroke);
}

/// The longest of the wordings that ends before `right`; none where all are too long.
fn mark(painter: &Painter, at: Pos2, right: f32, wordings: &[&str], colour: Color32) {
    for words in wordings {
        let text = painter.layout_no_wrap((*words).to_owned(), Type::Secondary.font(), colour);
        if at.x + text.size().x <= right {
            painter.galley(at - vec2(0.0, text.size().y / 2.0), text, colour);
            return;
        }
    }
}

/// Bars: the board's messages hang from its lane, echoes stand on the host's; the share that went wrong is red.
pub(super) fn density(painter: &Painter, p: &Palette, lanes: &Lanes, density: &Density) {
    let most = density.most().max(1);
    let room = (lanes.host - lanes.board) / 2.0 - 4.0;
    let painter = &painter.with_clip_rect(lanes.frame.area);
    for (span, bin) in density.bins() {
        let (left, right) = (lanes.frame.x(span.from), lanes.frame.x(span.to));
        let bar = |from: f32, to: f32, colour: Color32| {
            painter.rect_filled(Rect::from_two_pos(pos2(left, from), pos2(right, to)), 0.0, colour);
        };
        let height = |count: u32| count as f32 / most as f32 * room;
        bar(lanes.board, lanes.board + height(bin.board), p.board);
        bar(lanes.host, lanes.host - height(bin.echoes), p.host);
        if bin.bad > 0 {
            let middle = lanes.board.midpoint(lanes.host);
            bar(middle - 3.0, middle + 3.0, p.bad);
        }
    }
}
