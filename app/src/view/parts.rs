//! The small things every panel is made of: cards, buttons, fields, labels.

use eframe::egui::{
    Atom, Button, Color32, CornerRadius, Frame, InnerResponse, IntoAtoms, Margin, Response, RichText, Stroke,
    Ui, vec2,
};

use super::{
    icon::{Icon, Sign},
    theme::{CONTROL, Palette, Type, radius, space},
};

/// A card across the available width.
pub fn card<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    card_frame(Palette::of(ui)).show(ui, |ui| {
        ui.take_available_width();
        add(ui)
    })
}

/// A card's ground, border and margin, for those who lay it out themselves.
pub fn card_frame(p: &Palette) -> Frame {
    Frame::NONE
        .fill(p.surface)
        .stroke(Stroke::new(1.0, p.line))
        .corner_radius(radius::CARD)
        .inner_margin(Margin::same(space::L as i8 - 1))
}

/// The name of a group, in capitals.
pub fn label_caps(ui: &mut Ui, words: &str) -> Response {
    let colour = Palette::of(ui).muted;
    ui.label(caps(words, colour))
}

/// Words in the type of a group's name.
pub fn caps(words: &str, colour: Color32) -> RichText {
    Type::Label.text(words.to_uppercase(), colour).extra_letter_spacing(0.7)
}

/// Words that explain.
pub fn secondary(ui: &mut Ui, words: impl Into<String>) -> Response {
    let colour = Palette::of(ui).muted;
    ui.label(Type::Secondary.text(words, colour))
}

/// The one thing to do here.
pub fn primary_button(ui: &mut Ui, words: &str) -> Response {
    let p = Palette::of(ui);
    ui.scope(|ui| {
        let widgets = &mut ui.visuals_mut().widgets;
        for (state, fill, ring) in [
            (&mut widgets.inactive, p.host, Stroke::NONE),
            (&mut widgets.hovered, p.host.lerp_to_gamma(p.text, 0.12), Stroke::NONE),
            (&mut widgets.active, p.host, Stroke::new(2.0, p.text)),
        ] {
            state.weak_bg_fill = fill;
            state.bg_stroke = ring;
            state.fg_stroke.color = p.on_host;
        }
        ui.add(Button::new(RichText::new(words).font(Type::Button.font())).min_size(vec2(0.0, CONTROL)))
    })
    .inner
}

/// Something else that can be done.
pub fn quiet_button(ui: &mut Ui, words: &str) -> Response {
    ui.add(quiet(words))
}

/// [`quiet_button`] before it is put anywhere.
pub fn quiet<'a>(words: &str) -> Button<'a> {
    Button::new(RichText::new(words).font(Type::Button.font())).min_size(vec2(0.0, CONTROL))
}

/// A button with a picture in front of its words.
pub fn icon_and_words(ui: &mut Ui, icon: Icon, words: &str) -> Response {
    let words = Atom::from(RichText::new(words).font(Type::Button.font()));
    ui.add(Button::new((icon.atom(), words).into_atoms()).min_size(vec2(0.0, CONTROL)).gap(6.0))
}

/// A square button with a picture. `name` is its tooltip and what a screen reader says.
pub fn icon_button(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    named_icon(ui, Button::new(icon.atom()).min_size(vec2(CONTROL, CONTROL)), CONTROL, name)
}

/// A small [`icon_button`] without a border until it is pointed at: for rows and corners.
pub fn icon_button_small(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    const SIDE: f32 = 24.0;
    let button = Button::new(icon.atom()).min_size(vec2(SIDE, SIDE)).frame_when_inactive(false);
    named_icon(ui, button, SIDE, name)
}

fn named_icon(ui: &mut Ui, button: Button<'_>, side: f32, name: &str) -> Response {
    ui.scope(|ui| {
        ui.spacing_mut().button_padding = vec2((side - 16.0) / 2.0, (side - 16.0) / 2.0);
        ui.spacing_mut().interact_size.y = side;
        ui.add(button).accessible_name(name).on_hover_text(name)
    })
    .inner
}

/// One of several choices in a row: pressed or not.
pub fn toggle_button(ui: &mut Ui, pressed: bool, words: &str) -> Response {
    let p = Palette::of(ui);
    let mut button = quiet(words).selected(pressed);
    if pressed {
        button = button.fill(p.selection()).stroke(Stroke::new(1.0, p.host));
    }
    ui.scope(|ui| {
        // Selected or not, the words stay words.
        ui.visuals_mut().selection.stroke.color = p.text;
        ui.add(button)
    })
    .inner
}

/// A choice between words, in words: looks like a link, is a button.
pub fn link_button(ui: &mut Ui, words: &str) -> Response {
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = 0.0;
        ui.link(Type::Secondary.text(words, Palette::of(ui).host))
    })
    .inner
}

/// A field under its name, with the complaint about it below.
///
/// `add` draws the field itself; it is named after `name`.
pub fn field(
    ui: &mut Ui,
    name: &str,
    complaint: Option<&str>,
    add: impl FnOnce(&mut Ui) -> Response,
) -> Response {
    let p = Palette::of(ui);
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        let label = ui.label(Type::Secondary.text(name, p.muted));
        let response = ui
            .scope(|ui| {
                if complaint.is_some() {
                    let widgets = &mut ui.visuals_mut().widgets;
                    widgets.inactive.bg_stroke.color = p.bad;
                    widgets.hovered.bg_stroke.color = p.bad;
                }
                add(ui)
            })
            .inner
            .labelled_by(label.id);
        if let Some(words) = complaint {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = space::XS;
                Sign::Bad.show(ui, name);
                ui.label(Type::Secondary.text(words, p.bad));
            });
        }
        response
    })
    .inner
}

/// A rounded status with a dot: "Connected".
pub fn pill(ui: &mut Ui, words: &str, colour: Color32) -> Response {
    let p = Palette::of(ui);
    Frame::NONE
        .fill(p.tint(colour))
        .corner_radius(CornerRadius::same(12))
        .inner_margin(Margin::symmetric(10, 4))
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 7.0;
            ui.horizontal_centered(|ui| {
                let (dot, _) = ui.allocate_exact_size(vec2(7.0, 7.0), eframe::egui::Sense::hover());
                ui.painter().circle_filled(dot.center(), 3.5, colour);
                ui.label(Type::Button.text(words, colour));
            });
        })
        .response
}
