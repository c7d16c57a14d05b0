//! The figures that come first: five numbers, each with its meaning's colour and a sentence that explains it.

use std::{sync::Arc, time::Duration};

use eframe::egui::{Color32, Galley, Painter, Role, Sense, Ui, Vec2, WidgetInfo, vec2};

use super::super::{
    axis::paint,
    data::{Reading, Shared},
    quantity,
    theme::{Palette, Type, space},
};
use crate::model::Figure;

/// One number on top.
struct Number {
    value: String,
    name: String,
    colour: Color32,
    explanation: &'static str,
    /// Choosing it shows this distribution.
    figure: Option<Figure>,
    /// The least important goes first where there is not room for all.
    rank: u8,
}

const LOOP: &str = "Loop: from an echo sent to the board's next message that carries it. \
                    It includes the board's own rhythm. Half of all loops took at most this long.";
const LOOP_P99: &str = "Loop: from an echo sent to the board's next message that carries it. \
                        99 of 100 loops took at most this long.";
const BROKER: &str =
    "Broker round trip: from a packet of ours handed to the socket to the broker's answer. The median.";
const RESIDENCE: &str =
    "Residence: from a message received to its echo handed to the socket, inside this app. The median.";
const LOST: &str = "Lost echoes: the board spoke again without having taken the echo.";
const FAILED: &str = "Failed echoes: messages that were accepted but could not be echoed. \
                      The table tells the cause of each.";

/// Draws them in a row, as many as there is room for.
pub fn figures(ui: &mut Ui, reading: &Reading<'_>, shared: &mut Shared) {
    const BETWEEN: f32 = space::XL + space::XS;
    let p = Palette::of(ui);
    let mut laid_out: Vec<(Number, Text)> = numbers(p, reading)
        .into_iter()
        .map(|number| {
            let text = number.lay_out(ui.painter(), p);
            (number, text)
        })
        .collect();
    let width = |laid_out: &[(Number, Text)]| {
        laid_out.iter().map(|(_, text)| text.size.x + BETWEEN).sum::<f32>() - BETWEEN
    };
    while width(&laid_out) > ui.available_width() && laid_out.len() > 1 {
        let least = laid_out.iter().map(|(number, _)| number.rank).max();
        laid_out.retain(|(number, _)| Some(number.rank) != least);
    }
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = BETWEEN;
        for (number, text) in laid_out {
            number.show(ui, p, text, shared);
        }
    });
}

fn numbers(p: &Palette, reading: &Reading<'_>) -> Vec<Number> {
    let latency = &reading.state.latency;
    let counters = &reading.state.counters;
    let [of_loop, broker, residence] = Figure::ALL.map(|figure| latency.summary(figure));
    let measured = |value: Option<Duration>, name: &str, colour, explanation, figure, rank| Number {
        colour: if value.is_some() { colour } else { p.muted },
        value: value.map_or("–".to_owned(), quantity::duration),
        name: name.to_owned(),
        explanation,
        figure: Some(figure),
        rank,
    };
    let counted = |value: u64, name: String, colour, explanation| Number {
        value: quantity::count(value),
        name,
        colour: if value > 0 { colour } else { p.text },
        explanation,
        figure: None,
        rank: 1,
    };
    let lost_of = format!("lost of {}", quantity::count(counters.received));
    let mut numbers = vec![
        measured(of_loop.map(|s| s.p50), "loop, median", p.host, LOOP, Figure::Loop, 0),
        measured(of_loop.map(|s| s.p99), "loop p99", p.text, LOOP_P99, Figure::Loop, 2),
        measured(broker.map(|s| s.p50), "broker", p.broker, BROKER, Figure::Broker, 3),
        measured(residence.map(|s| s.p50), "residence", p.board, RESIDENCE, Figure::Residence, 4),
        counted(counters.lost, lost_of, p.bad, LOST),
    ];
    if counters.failed > 0 {
        numbers.push(counted(counters.failed, "not echoed".to_owned(), p.warn, FAILED));
    }
    numbers
}

/// A number, its name, and their size.
struct Text {
    value: Arc<Galley>,
    name: Arc<Galley>,
    size: Vec2,
}

impl Number {
    fn lay_out(&self, painter: &Painter, p: &Palette) -> Text {
        let value = painter.layout_no_wrap(self.value.clone(), Type::Figure.font(), self.colour);
        let name = painter.layout_no_wrap(self.name.clone(), Type::Secondary.font(), p.muted);
        let size = vec2(value.size().x.max(name.size().x), value.size().y + name.size().y + 1.0);
        Text { value, name, size }
    }

    fn show(&self, ui: &mut Ui, p: &Palette, text: Text, shared: &mut Shared) {
        let sense = if self.figure.is_some() { Sense::click() } else { Sense::focusable_noninteractive() };
        let (rect, response) = ui.allocate_exact_size(text.size, sense);
        response.widget_info(|| {
            let role = if self.figure.is_some() { Role::Button } else { Role::Label };
            WidgetInfo::labeled(role, true, format!("{}: {}", self.name, self.value))
        });
        if response.has_focus() {
            paint::focus(ui.painter(), p, rect.expand(3.0));
        }
        let below = rect.left_top() + vec2(0.0, text.value.size().y + 1.0);
        ui.painter().galley(rect.left_top(), text.value, self.colour);
        ui.painter().galley(below, text.name, p.muted);
        let response = response.on_hover_text(self.explanation);
        if let Some(figure) = self.figure.filter(|_| response.clicked()) {
            shared.figure = figure;
        }
    }
}
