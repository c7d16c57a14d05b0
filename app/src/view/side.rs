//! The side panel: profiles, the form, the credentials, the ladder.

use eframe::egui::{
    Align2, Area, Atom, AtomExt as _, Button, Color32, Frame, Id, IntoAtoms, Key, Margin, Modifiers, Order,
    Panel, Popup, Rect, RichText, ScrollArea, Sense, Stroke, Ui, pos2, vec2,
};

use super::{
    Action, Dialog, Pass, Pick, Session, credentials, form,
    icon::Icon,
    ladder,
    parts::{self, Words},
    status,
    theme::{CONTROL, Palette, Type, space},
    top,
};

/// Width in points.
const WIDTH: f32 = 304.0;

/// Beside everything else, where the window is wide.
pub(super) fn show(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let frame = Frame::NONE.fill(Palette::of(ui).surface);
    Panel::left("side").resizable(false).exact_size(WIDTH).frame(frame).show(ui, |ui| contents(ui, pass));
}

/// Over the middle, where the window is narrow: closed by Escape, by its button and by a click beside it.
pub(super) fn show_drawer(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let p = Palette::of(ui);
    let window = ui.ctx().content_rect();
    let middle = Rect::from_min_max(
        pos2(window.left(), window.top() + top::HEIGHT),
        pos2(window.right(), window.bottom() - status::HEIGHT),
    );
    let beside = Area::new(Id::unique("beside the drawer")).order(Order::Middle).fixed_pos(middle.min).show(
        ui.ctx(),
        |ui| {
            ui.painter().rect_filled(middle, 0.0, Color32::from_black_alpha(90));
            ui.allocate_rect(middle, Sense::click()).clicked()
        },
    );
    Area::new(Id::unique("drawer"))
        .order(Order::Foreground)
        .fixed_pos(middle.min)
        .accessible_name("Connection")
        .show(ui.ctx(), |ui| {
            Frame::NONE
                .fill(p.surface)
                .stroke(Stroke::new(1.0, p.line))
                .shadow(ui.visuals().window_shadow)
                .show(ui, |ui| {
                    ui.set_width(WIDTH);
                    ui.set_height(middle.height() - 2.0);
                    contents(ui, pass);
                });
        });
    let escape = pass.memory.dialog.is_none()
        && !Popup::is_any_open(ui.ctx())
        && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    if beside.inner || escape {
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
                ui.add_space(space::M);
                form::show(ui, pass);
                ui.add_space(space::M);
                credentials::show(ui, pass);
            }
            ui.add_space(space::M);
            ladder::show(ui, pass);
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
        let line = Words::new().add("Broker  ", Type::Secondary, p.muted).add(
            &format!("{}:{}", profile.host, profile.port),
            Type::Mono,
            p.text,
        );
        ui.label(line);
    }
    ui.horizontal(|ui| {
        if parts::quiet_button(ui, "Stop the demo").clicked() {
            pass.act(Action::Disconnect);
        }
        if pass.known().is_some() && parts::quiet_button(ui, "Copy report").clicked() {
            pass.copy_report();
        }
    });
}

fn profiles(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let p = Palette::of(ui);
    ui.horizontal(|ui| {
        let current = pass.memory.draft.name.clone();
        let width = ui.available_width() - 2.0 * (CONTROL + space::S);
        let name = Atom::from(RichText::new(&current).font(Type::Strong.font()))
            .atom_shrink(true)
            .atom_grow(true)
            .atom_align(Align2::LEFT_CENTER);
        let picker = Button::new((name, Icon::Down.atom()).into_atoms())
            .fill(p.bg)
            .truncate()
            .min_size(vec2(width, CONTROL));
        let picker = ui.add(picker).accessible_name(format!("Profile: {current}"));
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
            if chosen(ui, "Import…") {
                pass.act(Action::Pick(Pick::Import));
            }
            if chosen(ui, "Export…") {
                pass.act(Action::Pick(Pick::Export));
            }
            if chosen(ui, "Export for the board…") {
                pass.memory.dialog = Some(Dialog::board(String::new()));
            }
            ui.separator();
            if pass.known().is_some() && chosen(ui, "Copy the report") {
                pass.copy_report();
            }
            if chosen(ui, "Start the demo") {
                pass.act(Action::StartDemo);
            }
        });
    });
}
