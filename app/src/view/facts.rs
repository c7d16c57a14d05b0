//! What stands in certificates and keys: name and value of each fact.

use std::time::SystemTime;

use eframe::egui::{Grid, Label, Ui, vec2};

use super::{
    parts,
    theme::{Palette, Type, space},
};
use crate::credentials::Facts;

/// Beside each other, where there is room.
pub(super) fn grid(ui: &mut Ui, all: &[Facts], wall: SystemTime) {
    let p = Palette::of(ui);
    for (number, facts) in all.iter().enumerate() {
        ui.label(Type::Strong.text(facts.title(), p.text));
        lines(ui, ("facts", number), facts.lines(wall));
    }
}

/// Name and value a line.
pub(super) fn lines(
    ui: &mut Ui,
    id: impl std::hash::Hash + std::fmt::Debug,
    lines: Vec<(&'static str, String)>,
) {
    let p = Palette::of(ui);
    ui.spacing_mut().interact_size.y = 0.0;
    Grid::new(id).num_columns(2).spacing(vec2(space::L, space::XS)).show(ui, |ui| {
        for (name, value) in lines {
            ui.label(Type::Secondary.text(name, p.muted));
            ui.add(Label::new(Type::Mono.text(value, p.text)).wrap());
            ui.end_row();
        }
    });
}

/// Below each other, where there is none.
pub(super) fn stacked(ui: &mut Ui, all: &[Facts], wall: SystemTime) {
    let p = Palette::of(ui);
    for facts in all {
        if all.len() > 1 {
            ui.add(Label::new(Type::Strong.text(facts.title(), p.text)).wrap());
        }
        for (name, value) in facts.lines(wall) {
            ui.scope(|ui| {
                ui.spacing_mut().item_spacing.y = 1.0;
                parts::secondary(ui, name);
                ui.add(Label::new(Type::Mono.text(value, p.text)).wrap());
            });
        }
    }
}

/// As text to copy.
pub(super) fn as_text(all: &[Facts], wall: SystemTime) -> String {
    all.iter().map(|facts| facts.as_text(wall)).collect::<Vec<_>>().join("\n")
}
