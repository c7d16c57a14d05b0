//! A step of the page: its number or its sign, its name, and what there is to do.

use eframe::egui::{Align2, Sense, Stroke, Ui, WidgetInfo, vec2};

use crate::view::{
    icon::Sign,
    parts,
    theme::{Palette, Type, space},
};

/// Side of the circle with the number in points.
const CIRCLE: f32 = 24.0;

/// Draws the step as a card. One that is not its turn yet is told by its name alone.
pub(super) fn show(ui: &mut Ui, number: usize, name: &str, state: State, add: impl FnOnce(&mut Ui)) {
    parts::card(ui, |ui| {
        let p = Palette::of(ui);
        ui.spacing_mut().item_spacing.y = space::S;
        ui.horizontal(|ui| {
            ui.spacing_mut().interact_size.y = CIRCLE;
            ui.spacing_mut().item_spacing.x = space::M;
            let (rect, response) = ui.allocate_exact_size(vec2(CIRCLE, CIRCLE), Sense::hover());
            let word = state.word();
            response.widget_info(|| {
                let words = format!("Step {number}, {name}: {word}");
                WidgetInfo::labeled(eframe::egui::Role::Image, true, words)
            });
            let colour = match state {
                State::Done => p.board,
                State::Now => p.host,
                State::Later => p.muted,
            };
            ui.painter().circle_stroke(rect.center(), CIRCLE / 2.0 - 1.0, Stroke::new(1.5, colour));
            if state == State::Done {
                Sign::Good.paint(ui.painter(), rect.shrink(4.0), p);
            } else {
                let font = Type::Strong.font();
                ui.painter().text(rect.center(), Align2::CENTER_CENTER, number, font, colour);
            }
            let colour = if state == State::Later { p.muted } else { p.text };
            ui.label(Type::Choice.text(name, colour));
        });
        if state != State::Later {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                ui.add_space(CIRCLE + space::M);
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing = vec2(space::S, space::S);
                    add(ui);
                });
            });
        }
    });
}

/// Whether it is a step's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It is done.
    Done,
    /// It is its turn.
    Now,
    /// Another one comes first.
    Later,
}

impl State {
    /// Of a step that can begin when `before` is done.
    pub(super) fn of(before: bool, done: bool) -> Self {
        match (before, done) {
            (_, true) => Self::Done,
            (true, false) => Self::Now,
            (false, false) => Self::Later,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Now => "now",
            Self::Later => "later",
        }
    }
}
