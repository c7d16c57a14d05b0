//! The side panel: profiles, the form, the credentials, the ladder.

use eframe::egui::{
    Area, Atom, AtomExt as _, Button, Frame, Id, IntoAtoms, Margin, Modal, Order, Panel, RichText, ScrollArea, Sense, Ui,
    UiKind, pos2, vec2,
};

use super::{
    Action, Dialog, Pass, Session, credentials, form,
    icon::Icon,
    ladder,
    parts::{self, Words},
    theme::{CONTROL, Palette, Type, radius, space},
    top,
};

/// Width in points.
const WIDTH: f32 = 304.0;

/// Beside everything else, where the window is wide.
pub(super) fn show(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let frame = Frame::NONE.fill(Palette::of(ui).surface);
    Panel::left("side").resizable(false).exact_size(WIDTH).frame(frame).show(ui, |ui| contents(ui, pass));
}

/// Over everything else, where it is not: closed by Escape and by a click beside it.
pub(super) fn show_drawer(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let p = Palette::of(ui);
    let window = ui.ctx().content_rect();
    let area = Area::new(Id::new("drawer"))
        .kind(UiKind::Modal)
        .sense(Sense::hover())
        .order(Order::Foreground)
        .fixed_pos(pos2(window.left(), window.top() + top::HEIGHT))
        .accessible_name("Connection");
    let frame = Frame::NONE.fill(p.surface).stroke((1.0, p.line)).corner_radius(radius::FIELD);
    let modal = Modal::new(Id::new("drawer")).area(area).frame(frame).show(ui.ctx(), |ui| {
        ui.set_width(WIDTH);
        ui.set_height(window.height() - top::HEIGHT - 2.0);
        contents(ui, pass);
    });
    if modal.should_close() {
        pass.memory.drawer = false;
    }
}

fn contents(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        Frame::NONE.inner_margin(Margin::same(space::L as i8)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::S;
            if let Session::Runs { demo: true, .. } | Session::DemoStarts = pass.scene.session {
                demo(ui, pass);
            } else {
                profiles(ui, pass);
                ui.add_space(space::S);
                form::show(ui, pass);
                ui.add_space(space::S);
                credentials::show(ui, pass);
            }
            ui.add_space(space::S);
            ladder::show(ui, pass.scene);
        });
    });
}

/// In place of the form: there is nothing to fill in.
fn demo(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let p = Palette::of(ui);
    parts::label_caps(ui, "Demo");
    ui.label(Type::Body.text(
        "A broker and a board inside this app. They speak real MQTT over real mutual TLS, with certificates made for \
         this run alone; only the network stays on this computer.",
        p.text,
    ));
    if let Session::Runs { profile, .. } = pass.scene.session {
        let line = Words::new()
            .add("Broker  ", Type::Secondary, p.muted)
            .add(&format!("{}:{}", profile.host, profile.port), Type::Mono, p.text);
        ui.label(line);
    }
    if parts::quiet_button(ui, "Stop the demo").clicked() {
        pass.act(Action::Disconnect);
    }
}

fn profiles(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let p = Palette::of(ui);
    ui.horizontal(|ui| {
        let current = pass.memory.draft.name.clone();
        let width = ui.available_width() - 2.0 * (CONTROL + space::S);
        let name = Atom::from(RichText::new(&current).font(Type::Strong.font())).atom_shrink(true).atom_grow(true);
        let picker = Button::new((name, Icon::Down.atom()).into_atoms()).fill(p.bg).truncate();
        let picker = ui.add_sized(vec2(width, CONTROL), picker).accessible_name(format!("Profile: {current}"));
        parts::menu(&picker, "Profiles", |ui| {
            ui.set_min_width(width - 2.0 * space::S);
            for (index, profile) in pass.scene.profiles.iter().enumerate() {
                let chosen = index == pass.scene.current;
                let name = if chosen { &current } else { &profile.name };
                if ui.selectable_label(chosen, name).clicked() {
                    pass.act(Action::SelectProfile(index));
                    ui.close();
                }
            }
        });
        if parts::icon_button(ui, Icon::Plus, "New profile").clicked() {
            pass.act(Action::NewProfile);
        }
        let more = parts::icon_button(ui, Icon::Dots, "More for this profile");
        parts::menu(&more, "More for this profile", |ui| {
            let chosen = |ui: &mut Ui, words: &str| {
                let clicked = ui.button(words).clicked();
                if clicked {
                    ui.close();
                }
                clicked
            };
            if chosen(ui, "Duplicate") {
                pass.act(Action::DuplicateProfile);
            }
            if chosen(ui, "Rename…") {
                pass.memory.dialog = Some(Dialog::Rename(current.clone()));
            }
            if chosen(ui, "Delete…") {
                pass.memory.dialog = Some(Dialog::Delete);
            }
            ui.separator();
            if chosen(ui, "Start the demo") {
                pass.act(Action::StartDemo);
            }
        });
    });
}
