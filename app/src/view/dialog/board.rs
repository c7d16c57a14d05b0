//! *Export for the board*: where to, what that means, and what came of it.

use eframe::egui::{Label, Ui};

use super::{Turn, buttons, title};
use crate::view::{
    Action, Dialog, Pass, Pick, form,
    icon::{Icon, Sign},
    parts,
    theme::{CONTROL, Palette, Type, space},
};

/// What *Export for the board* is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BoardExport {
    /// Where the files go.
    pub folder: String,
    /// These are there already: nothing was written.
    pub exists: Vec<String>,
    /// They shall be replaced.
    pub replace: bool,
}

pub(super) fn ask(ui: &mut Ui, pass: &mut Pass<'_, '_>, export: &mut BoardExport) -> Turn {
    let p = Palette::of(ui);
    title(ui, "Export for the board");
    let what = format!(
        "Everything a board needs to be the other side of “{}”: the same broker, topics, direction and credentials. For \
         echo-board on Linux: echo-board.toml, ca.crt, client.crt and client.key. For a board with flash only, such as the \
         MPS2: partition.bin.",
        pass.memory.draft.name
    );
    ui.add(Label::new(Type::Body.text(what, p.text)).wrap());
    ui.horizontal_top(|ui| {
        Sign::Warn.show(ui, "Private key");
        let words = "The folder will hold the private key: whoever has it can be this client. Give it to the board and to \
                     nobody else.";
        ui.add(Label::new(Type::Body.text(words, p.text)).wrap());
    });
    folder(ui, pass, export);
    if export.exists.is_empty() {
        let ready = pass.scene.complaints.is_empty();
        if !ready {
            parts::complaint(ui, "Export", "The profile is not complete: close this, and see its fields.");
        }
        return match buttons(ui, ready.then_some("Export"), "Cancel") {
            Some(true) if !export.folder.trim().is_empty() => {
                pass.act(Action::ExportForBoard(BoardExport { replace: false, ..export.clone() }));
                Turn::Close
            }
            Some(false) => Turn::Close,
            _ => Turn::Stay,
        };
    }
    let words = format!("Already in that folder: {}. Nothing was written.", export.exists.join(", "));
    parts::complaint(ui, "Export", &words);
    match buttons(ui, Some("Replace them"), "Cancel") {
        Some(true) => pass.act(Action::ExportForBoard(BoardExport { replace: true, ..export.clone() })),
        Some(false) => {}
        None => return Turn::Stay,
    }
    Turn::Close
}

fn folder(ui: &mut Ui, pass: &mut Pass<'_, '_>, export: &mut BoardExport) {
    const BUTTON: f32 = 96.0;
    let open = pass.scene.picking == Some(Pick::BoardFolder);
    ui.horizontal_top(|ui| {
        let width = ui.available_width() - BUTTON - space::S;
        let before = export.folder.clone();
        form::text(ui, "Folder", None, &mut export.folder, "where the files go", width);
        if before != export.folder {
            // Another folder: what stood in the last one does not matter.
            export.exists.clear();
        }
        ui.vertical(|ui| {
            ui.add_space(Type::Secondary.line_height().unwrap_or_default() + space::XS);
            let words = if open { "Cancel" } else { "Choose…" };
            let button = ui.add(parts::quiet(words).min_size(eframe::egui::vec2(BUTTON, CONTROL)));
            if button.accessible_name(format!("{words} the folder")).clicked() {
                pass.act(if open { Action::CancelPick } else { Action::Pick(Pick::BoardFolder) });
            }
        });
    });
}

pub(super) fn done(ui: &mut Ui, pass: &mut Pass<'_, '_>, command: &str, notes: &[String]) -> Turn {
    let p = Palette::of(ui);
    title(ui, "Exported for the board");
    ui.add(
        Label::new(Type::Body.text(
            "On a board with Linux, copy the folder to it and start the board; it finds the files beside its configuration.",
            p.text,
        ))
        .wrap(),
    );
    ui.horizontal_top(|ui| {
        if parts::icon_button_small(ui, Icon::Copy, "Copy the command").clicked() {
            pass.act(Action::Copy(command.to_owned()));
        }
        ui.add(Label::new(Type::Mono.text(command, p.text)).wrap());
    });
    for note in notes {
        ui.horizontal_top(|ui| {
            Sign::Open.show(ui, "Note");
            ui.add(Label::new(Type::Body.text(note.as_str(), p.text)).wrap());
        });
    }
    if buttons(ui, None, "Close").is_some() { Turn::Close } else { Turn::Stay }
}

impl Dialog {
    /// [`Dialog::Board`] with a folder to begin with.
    #[must_use]
    pub fn board(folder: String) -> Self {
        Self::Board(BoardExport { folder, ..BoardExport::default() })
    }
}
