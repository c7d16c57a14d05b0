//! What is worth knowing about a connection that stands: one quiet line above the figures.

use eframe::egui::{Frame, Label, Margin, Popup, Sides, Stroke, Ui};

use super::{
    Pass,
    icon::{Icon, Sign},
    parts,
    theme::{Palette, Type, radius, space},
};
use crate::{
    credentials::Severity,
    diagnosis,
    failure::{Advice, Hint},
};

/// Width of what unfolds, in points.
const WIDTH: f32 = 440.0;

/// The first piece of advice that was not put away; the next one follows when it is. Whether there was one.
pub(super) fn show(ui: &mut Ui, pass: &mut Pass<'_, '_>) -> bool {
    let Some(known) = pass.known() else { return false };
    let mut hints = diagnosis::hints(&known);
    hints.retain(|hint| hint.severity() >= Severity::Warning && !pass.memory.put_away.contains(&hint.kind()));
    if let Some(hint) = hints.first() {
        line(ui, pass, hint, hints.len() - 1);
    }
    !hints.is_empty()
}

fn line(ui: &mut Ui, pass: &mut Pass<'_, '_>, hint: &Hint, more: usize) {
    let p = Palette::of(ui);
    let advice = hint.advice();
    Frame::NONE
        .fill(p.tint(p.warn))
        .stroke(Stroke::new(1.0, p.warn.lerp_to_gamma(p.line, 0.5)))
        .corner_radius(radius::CARD)
        .inner_margin(Margin { left: 15, right: 7, top: 3, bottom: 3 })
        .show(ui, |ui| {
            Sides::new().shrink_left().truncate().show(
                ui,
                |ui| {
                    Sign::Warn.show(ui, "Worth knowing");
                    ui.add(Label::new(Type::Strong.text(advice.what.as_str(), p.text)).truncate());
                    ui.add(Label::new(Type::Body.text(advice.why.as_str(), p.muted)).truncate());
                },
                |ui| {
                    if stays(hint) {
                        ui.add_space(space::XS);
                    } else if parts::icon_button_small(ui, Icon::Cross, "Put this away").clicked() {
                        pass.memory.put_away.push(hint.kind());
                    }
                    let button = parts::quiet_button(ui, "What to do");
                    Popup::menu(&button)
                        .gap(space::XS)
                        .accessible_name("What to do")
                        .show(|ui| unfolded(ui, &advice));
                    if more > 0 {
                        ui.label(Type::Secondary.text(format!("and {more} more"), p.muted));
                    }
                },
            );
        });
    ui.add_space(space::S);
}

/// Somebody allowed what TLS refuses: that must not be forgotten.
fn stays(hint: &Hint) -> bool {
    matches!(hint, Hint::VersionOneServer { .. })
}

fn unfolded(ui: &mut Ui, advice: &Advice) {
    let p = Palette::of(ui);
    Frame::NONE.inner_margin(Margin::same(space::S as i8)).show(ui, |ui| {
        ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 2.0 * space::XL));
        ui.spacing_mut().item_spacing.y = space::S;
        ui.add(Label::new(Type::Strong.text(advice.what.as_str(), p.text)).wrap());
        ui.add(Label::new(Type::Body.text(advice.why.as_str(), p.text)).wrap());
        for (number, step) in advice.next.iter().enumerate() {
            let words = format!("{}. {}", number + 1, step.text);
            ui.add(Label::new(Type::Body.text(words, p.text)).wrap());
        }
    });
}
