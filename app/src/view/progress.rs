//! The first attempt is under way, or the demo is being started.

use eframe::egui::{Align, Layout, Ui};

use super::{
    Pass, Session, ladder, parts,
    theme::{Palette, Type, space},
};

/// Width of the card in points.
const WIDTH: f32 = 360.0;

pub(super) fn show(ui: &mut Ui, pass: &Pass<'_, '_>) {
    let p = Palette::of(ui);
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.14).max(space::XL));
        ui.set_max_width(WIDTH);
        parts::card(ui, |ui| {
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                let title = match pass.scene.session {
                    Session::Runs { profile, demo: false, .. } => format!("Connecting to {}", profile.host),
                    _ => "Starting the demo".to_owned(),
                };
                ui.label(Type::Choice.text(title, p.text));
                ladder::rungs(ui, pass.scene);
            });
        });
    });
}
