//! The dialogs: one at a time, over everything else, closed by Escape.

mod board;
mod broker;

use eframe::egui::{
    Align, Align2, Frame, Id, Key, Label, Layout, Margin, Modal, ScrollArea, TextEdit, Ui, vec2,
};

use zeroize::Zeroizing;

pub use self::board::BoardExport;
use super::{
    Action, Pass, Pick, credentials, facts, form, help, parts,
    theme::{CONTROL, Palette, Type, radius, space},
};
use crate::profile::Field;

/// A dialog that is open, with what was typed into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// A new name for the profile.
    Rename(String),
    /// Delete the profile? The confirmation.
    Delete,
    /// A path, where the system has no dialog for it, or somebody rather types.
    Path(Pick, String),
    /// Export for the board.
    Board(BoardExport),
    /// The board's files are written.
    Exported {
        /// The command that starts a board with them.
        command: String,
        /// What is worth knowing about them.
        notes: Vec<String>,
    },
    /// The passphrase of the private key.
    Passphrase,
    /// The facts of a credential file.
    Details(Field),
    /// What TLS settled with the broker, and the certificates that it presented.
    Broker,
    /// What this is and which keys do what.
    Help,
}

/// What became of a dialog in this pass.
#[derive(PartialEq, Eq)]
pub(super) enum Turn {
    Stay,
    Close,
}

pub(super) fn show(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    // Taken out while it is drawn: it may open another one.
    let Some(mut dialog) = pass.memory.dialog.take() else { return };
    let p = Palette::of(ui);
    let room = ui.ctx().content_rect().size();
    let frame = Frame::NONE
        .fill(p.surface)
        .stroke((1.0, p.line))
        .corner_radius(radius::CARD)
        .shadow(ui.visuals().window_shadow)
        .inner_margin(Margin::same(space::XL as i8));
    let width = dialog.width().min(room.x - 4.0 * space::XL);
    let modal = Modal::new(Id::unique("dialog")).frame(frame).show(ui.ctx(), |ui| {
        ui.set_width(width);
        ui.set_max_height(room.y - 6.0 * space::XL);
        ui.spacing_mut().item_spacing.y = space::M;
        match &mut dialog {
            Dialog::Rename(name) => rename(ui, pass, name),
            Dialog::Delete => delete(ui, pass),
            Dialog::Path(pick, path) => typed_path(ui, pass, *pick, path),
            Dialog::Board(export) => board::ask(ui, pass, export),
            Dialog::Exported { command, notes } => board::done(ui, pass, command, notes),
            Dialog::Passphrase => passphrase(ui, pass),
            Dialog::Details(field) => details(ui, pass, *field),
            Dialog::Broker => broker::show(ui, pass),
            Dialog::Help => help::show(ui, pass),
        }
    });
    if modal.inner == Turn::Stay && !modal.should_close() && pass.memory.dialog.is_none() {
        pass.memory.dialog = Some(dialog);
    } else {
        // However it was closed: what was not agreed to is forgotten.
        pass.memory.typed = Zeroizing::default();
    }
}

impl Dialog {
    fn width(&self) -> f32 {
        match self {
            Self::Rename(_) | Self::Delete | Self::Passphrase => 360.0,
            Self::Path(..) | Self::Board(_) | Self::Exported { .. } => 520.0,
            Self::Details(_) | Self::Broker => 600.0,
            Self::Help => 680.0,
        }
    }
}

pub(super) fn title(ui: &mut Ui, words: &str) {
    let p = Palette::of(ui);
    ui.add(Label::new(Type::Choice.text(words, p.text)).selectable(false));
}

/// The buttons at the end: `yes` where given, and one that closes. Enter means `yes`.
pub(super) fn buttons(ui: &mut Ui, yes: Option<&str>, no: &str) -> Option<bool> {
    ui.add_space(space::XS);
    let enter = yes.is_some() && ui.input(|input| input.key_pressed(Key::Enter));
    // As high as a button, and no higher: a layout from the right would take all the room there is.
    let row = ui.allocate_ui_with_layout(
        vec2(ui.available_width(), CONTROL),
        Layout::right_to_left(Align::Center),
        |ui| {
            let agreed = yes.is_some_and(|yes| parts::primary_button(ui, yes).clicked());
            let closed = parts::quiet_button(ui, no).clicked();
            (agreed, closed)
        },
    );
    match row.inner {
        (_, true) => Some(false),
        (agreed, _) if agreed || enter => Some(true),
        _ => None,
    }
}

/// A text field that has the keyboard as soon as it is shown.
fn focused(ui: &mut Ui, name: &str, value: &mut String, mono: bool) {
    let width = ui.available_width();
    parts::field(ui, name, None, |ui| {
        let kind = if mono { Type::Mono } else { Type::Body };
        let edit = TextEdit::singleline(value).font(kind.font()).align(Align2::LEFT_CENTER);
        let edit = edit.desired_width(width).min_size(vec2(width, CONTROL));
        let response = ui.add(edit);
        if ui.memory(|memory| memory.focused().is_none()) {
            response.request_focus();
        }
        response
    });
}

fn rename(ui: &mut Ui, pass: &mut Pass<'_, '_>, name: &mut String) -> Turn {
    title(ui, "Rename the profile");
    focused(ui, "Name", name, false);
    match buttons(ui, Some("Rename"), "Cancel") {
        Some(true) if !name.trim().is_empty() => pass.act(Action::RenameProfile(name.trim().to_owned())),
        Some(false) => {}
        _ => return Turn::Stay,
    }
    Turn::Close
}

fn delete(ui: &mut Ui, pass: &mut Pass<'_, '_>) -> Turn {
    let p = Palette::of(ui);
    title(ui, &format!("Delete “{}”?", pass.memory.draft.name));
    ui.label(
        Type::Body
            .text("The profile is gone then. The certificate and key files stay where they are.", p.text),
    );
    match buttons(ui, Some("Delete"), "Keep it") {
        Some(true) => pass.act(Action::DeleteProfile),
        Some(false) => {}
        None => return Turn::Stay,
    }
    Turn::Close
}

fn typed_path(ui: &mut Ui, pass: &mut Pass<'_, '_>, pick: Pick, path: &mut String) -> Turn {
    let (name, yes) = match pick {
        Pick::Credential(field) => (format!("{} file", credentials::name(field)), "Use this file"),
        Pick::Import => ("Import a profile".to_owned(), "Import"),
        Pick::Export => ("Export the profile".to_owned(), "Export"),
        Pick::Answer => ("The CA's answer".to_owned(), "Use this file"),
        Pick::BoardFolder | Pick::RequestFolder | Pick::LocalFolder => {
            ("Folder".to_owned(), "Use this folder")
        }
    };
    title(ui, &name);
    focused(ui, "Path", path, true);
    match buttons(ui, Some(yes), "Cancel") {
        Some(true) => {
            let path = path.trim().to_owned();
            match pick {
                Pick::Credential(field) => credentials::set_path(&mut pass.memory.draft, field, path),
                other => pass.act(Action::Picked(other, path)),
            }
        }
        Some(false) => {}
        None => return Turn::Stay,
    }
    Turn::Close
}

fn passphrase(ui: &mut Ui, pass: &mut Pass<'_, '_>) -> Turn {
    title(ui, "Passphrase of the private key");
    let width = ui.available_width();
    // Tried only when it is complete: each try costs a second of computing, on purpose.
    let field = form::password(ui, "Passphrase", &mut pass.memory.typed, width);
    if ui.memory(|memory| memory.focused().is_none()) {
        field.request_focus();
    }
    ui.checkbox(&mut pass.memory.remember, "Remember it in this computer's keychain");
    parts::secondary(
        ui,
        match (pass.memory.remember, pass.memory.draft.passphrase_remembered) {
            (true, _) => "It is read from there the next time. Untick this to have it forgotten.",
            (false, true) => "The keychain forgets it. It is kept in memory until the window closes.",
            (false, false) => "Kept in memory until the window closes, never written anywhere.",
        },
    );
    match buttons(ui, Some("Open the key"), "Cancel") {
        Some(true) => {
            pass.memory.passphrase = std::mem::take(&mut pass.memory.typed);
            pass.act(Action::KeepPassphrase(pass.memory.remember));
        }
        Some(false) => {}
        None => return Turn::Stay,
    }
    Turn::Close
}

fn details(ui: &mut Ui, pass: &mut Pass<'_, '_>, field: Field) -> Turn {
    let p = Palette::of(ui);
    title(ui, credentials::name(field));
    let row = pass.scene.judgement.and_then(|judgement| {
        judgement.rows().into_iter().find_map(|(of, row)| (of == field).then_some(row))
    });
    let all = row.map(|row| row.facts.as_slice()).unwrap_or_default();
    ScrollArea::vertical().max_height(ui.available_height() - 2.0 * CONTROL).show(ui, |ui| {
        facts::grid(ui, all, pass.scene.wall);
        for finding in row.map(|row| row.findings.as_slice()).unwrap_or_default() {
            ui.label(Type::Strong.text(finding.what(), p.text));
            parts::secondary(ui, finding.why());
        }
    });
    let wall = pass.scene.wall;
    match buttons(ui, Some("Copy the facts"), "Close") {
        Some(true) => {
            pass.act(Action::Copy(facts::as_text(all, wall)));
        }
        Some(false) => {}
        None => return Turn::Stay,
    }
    Turn::Close
}
