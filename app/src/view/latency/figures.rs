//! The figures that come first: five numbers, each with its meaning's colour and a sentence that explains it.

use eframe::egui::{Color32, Role, Sense, Ui, WidgetInfo, vec2};

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

/// Draws them in a row.
pub fn figures(ui: &mut Ui, reading: &Reading<'_>, shared: &mut Shared) {
    let p = Palette::of(ui);
    let latency = &reading.state.latency;
    let counters = &reading.state.counters;
    let [of_loop, broker, residence] = Figure::ALL.map(|figure| latency.summary(figure));
    let value = |duration: Option<_>| duration.map_or("–".to_owned(), quantity::duration);
    let measured = |value: String, name: &str, colour, explanation, figure| Number {
        colour: if value == "–" { p.muted } else { colour },
        value,
        name: name.to_owned(),
        explanation,
        figure: Some(figure),
    };
    let mut numbers = vec![
        measured(value(of_loop.map(|s| s.p50)), "loop, median", p.host, LOOP, Figure::Loop),
        measured(value(of_loop.map(|s| s.p99)), "loop p99", p.text, LOOP_P99, Figure::Loop),
        measured(value(broker.map(|s| s.p50)), "broker", p.broker, BROKER, Figure::Broker),
        measured(value(residence.map(|s| s.p50)), "residence", p.board, RESIDENCE, Figure::Residence),
        Number {
            value: quantity::count(counters.lost),
            name: format!("lost of {}", quantity::count(counters.received)),
            colour: if counters.lost > 0 { p.bad } else { p.text },
            explanation: LOST,
            figure: None,
        },
    ];
    if counters.failed > 0 {
        numbers.push(Number {
            value: quantity::count(counters.failed),
            name: "not echoed".to_owned(),
            colour: p.warn,
            explanation: FAILED,
            figure: None,
        });
    }
    ui.spacing_mut().item_spacing.x = space::XL + space::XS;
    for number in &numbers {
        number.show(ui, p, shared);
    }
    ui.spacing_mut().item_spacing.x = space::S;
}

impl Number {
    fn show(&self, ui: &mut Ui, p: &Palette, shared: &mut Shared) {
        let painter = ui.painter();
        let value = painter.layout_no_wrap(self.value.clone(), Type::Figure.font(), self.colour);
        let name = painter.layout_no_wrap(self.name.clone(), Type::Secondary.font(), p.muted);
        let size = vec2(value.size().x.max(name.size().x), value.size().y + name.size().y + 1.0);
        let sense = if self.figure.is_some() { Sense::click() } else { Sense::focusable_noninteractive() };
        let (rect, response) = ui.allocate_exact_size(size, sense);
        response.widget_info(|| {
            let role = if self.figure.is_some() { Role::Button } else { Role::Label };
            WidgetInfo::labeled(role, true, format!("{}: {}", self.name, self.value))
        });
        if response.has_focus() {
            paint::focus(ui.painter(), p, rect.expand(3.0));
        }
        let below = rect.left_top() + vec2(0.0, value.size().y + 1.0);
        ui.painter().galley(rect.left_top(), value, self.colour);
        ui.painter().galley(below, name, p.muted);
        let response = response.on_hover_text(self.explanation);
        if let Some(figure) = self.figure.filter(|_| response.clicked()) {
            shared.figure = figure;
        }
    }
}
