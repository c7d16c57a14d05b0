//! The first page: two large choices.

use eframe::egui::{Rect, Sense, Stroke, StrokeKind, Ui, UiBuilder, Vec2, vec2};

use super::{
    Action, Pass,
    icon::Icon,
    parts,
    theme::{Palette, Type, radius, space},
};

/// Size of a choice's card in points.
const CARD: Vec2 = vec2(340.0, 242.0);
/// Between the two cards.
const BETWEEN: f32 = 20.0;
/// Height of everything, from the headline to the last line.
const HEIGHT: f32 = 372.0;

pub(super) fn show(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let p = Palette::of(ui);
    let room = ui.available_rect_before_wrap();
    let size = vec2((2.0 * CARD.x + BETWEEN).min(room.width() - 2.0 * space::XL), HEIGHT);
    let page = Rect::from_center_size(room.center() - vec2(0.0, space::S), size).round();
    ui.scope_builder(UiBuilder::new().max_rect(page), |ui| {
        ui.vertical_centered(|ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            ui.label(Type::Title.text("Watch your board's echo", p.text));
            ui.label(Type::Body.text(
                "Every message comes back rotated by one character. You see what arrives, what is lost, and how long it took.",
                p.muted,
            ));
        });
        ui.add_space(space::XL);
        let top = ui.cursor().top();
        let width = (page.width() - BETWEEN) / 2.0;
        let left = Rect::from_min_size(page.left_top() + vec2(0.0, top - page.top()), vec2(width, CARD.y));
        let right = left.translate(vec2(width + BETWEEN, 0.0));
        choice(
            ui,
            left,
            Icon::Play,
            "Try the demo",
            "A broker and a board inside this app. No hardware, no certificates, nothing to install.",
            |ui| {
                if parts::primary_button(ui, "Start the demo").clicked() {
                    pass.act(Action::StartDemo);
                }
            },
        );
        choice(
            ui,
            right,
            Icon::Link,
            "Connect to a broker",
            "Pick a CA, a certificate and a key. Each is checked before anything is sent.",
            |ui| {
                if parts::quiet_button(ui, "Set up a connection").clicked() {
                    pass.memory.setting_up = true;
                    pass.memory.drawer = true;
                }
            },
        );
        ui.advance_cursor_after_rect(left.union(right));
        ui.add_space(space::M);
        ui.vertical_centered(|ui| {
            if parts::link_button(ui, "No certificates yet? Get them").clicked() {
                pass.open_certificates();
            }
        });
    });
}

fn choice(ui: &mut Ui, rect: Rect, icon: Icon, name: &str, words: &str, button: impl FnOnce(&mut Ui)) {
    let p = Palette::of(ui);
    ui.painter().rect(rect, radius::CARD, p.surface, Stroke::new(1.0, p.line), StrokeKind::Inside);
    let mut inside = ui.new_child(UiBuilder::new().max_rect(rect.shrink(28.0)));
    inside.spacing_mut().item_spacing.y = space::S;
    let (picture, _) = inside.allocate_exact_size(vec2(32.0, 36.0), Sense::hover());
    icon.paint(inside.painter(), picture.with_max_y(picture.top() + 30.0).translate(vec2(-3.0, 0.0)), p.host);
    inside.label(Type::Choice.text(name, p.text));
    inside.label(Type::Body.text(words, p.muted));
    inside.add_space(space::L);
    button(&mut inside);
}
