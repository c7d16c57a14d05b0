//! The small things every panel is made of: cards, buttons, fields, labels.

use eframe::egui::{
    Align, Atom, AtomExt as _, Button, Color32, Frame, InnerResponse, IntoAtoms, Label, Margin, Popup,
    Response, RichText, Role, Sense, Stroke, Style, TextFormat, Ui, WidgetInfo, WidgetText,
    style::StyleModifier, text::LayoutJob, vec2,
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

/// Several runs of words in one label, each in its type and colour.
#[derive(Default)]
pub struct Words(LayoutJob);

impl Words {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// And these.
    #[must_use]
    pub fn add(mut self, words: &str, kind: Type, colour: Color32) -> Self {
        let line_height = kind.line_height();
        let format =
            TextFormat { valign: Align::Center, line_height, ..TextFormat::simple(kind.font(), colour) };
        self.0.append(words, 0.0, format);
        self
    }
}

impl From<Words> for WidgetText {
    fn from(words: Words) -> Self {
        words.0.into()
    }
}

/// The menu of a button.
pub fn menu(button: &Response, name: &str, add: impl FnOnce(&mut Ui)) {
    let style = |style: &mut Style| {
        style.spacing.button_padding = vec2(10.0, 5.0);
        style.spacing.interact_size.y = 28.0;
        style.spacing.item_spacing.y = 2.0;
        let widgets = &mut style.visuals.widgets;
        widgets.inactive.weak_bg_fill = Color32::TRANSPARENT;
        widgets.inactive.bg_stroke = Stroke::NONE;
        widgets.hovered.bg_stroke = Stroke::NONE;
    };
    Popup::menu(button).style(StyleModifier::new(style)).gap(space::XS).accessible_name(name).show(add);
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
                    mark_wrong(ui);
                }
                add(ui)
            })
            .inner
            .labelled_by(label.id);
        if let Some(words) = complaint {
            self::complaint(ui, name, words);
        }
        response
    })
    .inner
}

/// A rounded status with a dot: "Connected".
pub fn pill(ui: &mut Ui, words: &str, colour: Color32) -> Response {
    const HEIGHT: f32 = 24.0;
    const DOT: f32 = 7.0;
    let p = Palette::of(ui);
    let galley = ui.painter().layout_no_wrap(words.to_owned(), Type::Button.font(), colour);
    let width = space::M + DOT + 7.0 + galley.size().x + space::M;
    let (rect, response) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Status, true, words));
    ui.painter().rect_filled(rect, HEIGHT / 2.0, p.tint(colour));
    ui.painter().circle_filled(rect.left_center() + vec2(space::M + DOT / 2.0, 0.0), DOT / 2.0, colour);
    let left_top = rect.left_center() + vec2(space::M + DOT + 7.0, -galley.size().y / 2.0);
    ui.painter().galley(left_top, galley, colour);
    response
}

/// What folds something away and shows it again: `words` after a small arrow.
pub fn fold_button(ui: &mut Ui, open: &mut bool, words: &str) -> Response {
    let p = Palette::of(ui);
    let icon = if *open { Icon::Down } else { Icon::Right };
    let words = Atom::from(Type::Secondary.text(words, p.muted)).atom_shrink(true);
    let button =
        Button::new((icon.atom(), words).into_atoms()).frame_when_inactive(false).gap(space::XS).truncate();
    let response = ui
        .scope(|ui| {
            ui.spacing_mut().button_padding = vec2(space::XS, 3.0);
            ui.visuals_mut().widgets.inactive.fg_stroke.color = p.muted;
            ui.add(button)
        })
        .inner;
    if response.clicked() {
        *open = !*open;
    }
    response
}

/// The complaint about a field: at the field.
pub fn complaint(ui: &mut Ui, about: &str, words: &str) {
    let p = Palette::of(ui);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        Sign::Bad.show(ui, about);
        ui.add(Label::new(Type::Secondary.text(words, p.bad)).wrap());
    });
}

/// The border of a field with a complaint.
pub fn mark_wrong(ui: &mut Ui) {
    let p = Palette::of(ui);
    let widgets = &mut ui.visuals_mut().widgets;
    widgets.inactive.bg_stroke.color = p.bad;
    widgets.hovered.bg_stroke.color = p.bad;
}
