//! About the app: its version, where its files are, and under which licences it and its parts stand.

use eframe::egui::{Align, Label, Layout, Ui, Vec2, vec2};

use super::{
    super::{
        Action, Pass, parts,
        theme::{Palette, Type, space},
    },
    licences,
};

/// Size of a folder's button, and the room for its name, in points.
const BUTTON: Vec2 = vec2(64.0, 26.0);
const NAME: f32 = 104.0;

pub(super) fn show(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let p = Palette::of(ui);
    ui.spacing_mut().item_spacing.y = space::S;
    if pass.memory.help.licences.is_open() {
        return licences::show_text(ui, &mut pass.memory.help.licences);
    }
    ui.horizontal(|ui| {
        ui.label(Type::Strong.text(concat!("Echo Monitor ", env!("CARGO_PKG_VERSION")), p.text));
        parts::secondary(ui, concat!("under ", env!("CARGO_PKG_LICENSE"), ", as you like"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if parts::link_button(ui, "Copy the version").clicked() {
                pass.actions.push(Action::Copy(version()));
            }
        });
    });
    parts::label_caps(ui, "Files");
    folders(ui, pass);
    ui.add_space(space::XS);
    licences::show_list(ui, &mut pass.memory.help.licences);
}

/// For a report to whoever can help.
fn version() -> String {
    let system = if cfg!(windows) {
        "Windows"
    } else if cfg!(target_os = "macos") {
        "macOS"
    } else {
        "Linux"
    };
    format!("Echo Monitor {} on {system}", env!("CARGO_PKG_VERSION"))
}

fn folders(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let p = Palette::of(ui);
    if pass.scene.places.is_empty() {
        parts::secondary(ui, "This system names no folder for a user's files: nothing is kept.");
        return;
    }
    for place in pass.scene.places {
        // The button first, so that it keeps its room, however long the path is.
        ui.allocate_ui_with_layout(
            vec2(ui.available_width(), BUTTON.y),
            Layout::right_to_left(Align::Center),
            |ui| {
                let open = ui.add(parts::quiet("Open").min_size(BUTTON));
                if open.accessible_name(format!("Open the folder: {}", place.name)).clicked() {
                    pass.actions.push(Action::OpenFolder(place.folder.clone()));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.allocate_ui(vec2(NAME, BUTTON.y), |ui| {
                        ui.set_min_width(NAME);
                        ui.label(Type::Body.text(place.name, p.text));
                    });
                    let path = place.folder.display().to_string();
                    ui.add(Label::new(Type::Mono.text(path, p.muted)).truncate());
                });
            },
        );
    }
}
