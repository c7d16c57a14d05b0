//! The first time that there is something to see: what can be done with it. Gone for good once it was read.

use eframe::egui::{Frame, Margin, Sides, Stroke, Ui};

use super::{
    Action, Dialog, Pass,
    help::Page,
    parts,
    theme::{Palette, Type, radius, space},
};

pub(super) fn show(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    if !pass.scene.first_time {
        return;
    }
    let p = Palette::of(ui);
    // As far from the cards as they are from each other.
    ui.spacing_mut().item_spacing.y = space::M;
    Frame::NONE
        .fill(p.tint(p.host))
        .stroke(Stroke::new(1.0, p.host.lerp_to_gamma(p.line, 0.25)))
        .corner_radius(radius::CARD)
        .inner_margin(Margin { left: 15, right: 7, top: 5, bottom: 5 })
        .show(ui, |ui| {
            Sides::new().shrink_left().truncate().show(
                ui,
                |ui| {
                    ui.label(Type::Strong.text("New here?", p.text));
                    ui.label(Type::Body.text(
                        "Point at a figure for its meaning, drag the plot, choose a message for its bytes.",
                        p.text,
                    ));
                },
                |ui| {
                    if parts::quiet_button(ui, "Got it").clicked() {
                        pass.act(Action::HintsRead);
                    }
                    if parts::quiet_button(ui, "What the words mean").clicked() {
                        pass.memory.help.page = Page::Words;
                        pass.memory.dialog = Some(Dialog::Help);
                    }
                },
            );
        });
}
