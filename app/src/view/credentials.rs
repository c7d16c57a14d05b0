//! The three credential rows: which file, what it holds, what is wrong with it and what to do about that.

use std::path::Path;

use eframe::egui::{Button, Frame, Label, Margin, RichText, Sides, Stroke, TextWrapMode, Ui, vec2};

use super::{
    Action, Dialog, Pass, Pick, facts,
    icon::{Icon, Sign},
    parts::{self, Words},
    theme::{Palette, Type, radius, space},
};
use crate::{
    credentials::{Finding, Row, Severity, findings::quoted},
    failure::{Remedy, Step},
    profile::{Draft, Field, Security},
};

/// Width and height of a row's sign, and where the words beside it begin.
const SIGN: f32 = 16.0;

pub(super) fn show(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    parts::label_caps(ui, "Credentials");
    let security = pass.memory.draft.security;
    if security == Security::Plain {
        parts::secondary(ui, "None: this connection is not encrypted, and nobody proves who they are.");
        return;
    }
    row(ui, pass, Field::Ca);
    if pass.memory.draft.allow_v1_server {
        version_one(ui, pass);
    }
    if security == Security::MutualTls {
        row(ui, pass, Field::Certificate);
        row(ui, pass, Field::Key);
    }
    parts::secondary(ui, "Drop files anywhere; they find their row.");
    if parts::link_button(ui, "No certificates yet? Get them").clicked() {
        pass.open_certificates();
    }
}

/// As long as it is allowed it is said.
fn version_one(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let p = Palette::of(ui);
    ui.horizontal_top(|ui| {
        ui.add_space(space::M);
        Sign::Warn.show(ui, "Version 1");
        ui.vertical(|ui| {
            let words = "A broker certificate of version 1 is accepted for this profile: its common name is compared, but \
                         it cannot say that it is a server's.";
            ui.add(Label::new(Type::Secondary.text(words, p.warn)).wrap());
            if parts::link_button(ui, "Don't accept it").clicked() {
                pass.memory.draft.allow_v1_server = false;
            }
        });
    });
}

/// What a row is called.
pub(super) fn name(field: Field) -> &'static str {
    match field {
        Field::Ca => "CA",
        Field::Certificate => "Certificate",
        Field::Key => "Key",
        _ => "File",
    }
}

/// The path in a row.
pub(super) fn path(draft: &Draft, field: Field) -> &str {
    match field {
        Field::Ca => &draft.ca,
        Field::Certificate => &draft.certificate,
        Field::Key => &draft.key,
        _ => "",
    }
}

/// Puts a path into a row.
pub(super) fn set_path(draft: &mut Draft, field: Field, path: String) {
    match field {
        Field::Ca => draft.ca = path,
        Field::Certificate => draft.certificate = path,
        Field::Key => draft.key = path,
        _ => {}
    }
}

fn row(ui: &mut Ui, pass: &mut Pass<'_, '_>, field: Field) {
    let p = Palette::of(ui);
    let judged = pass.scene.judgement.and_then(|judgement| judged_row(judgement, field));
    let chosen = !path(&pass.memory.draft, field).is_empty();
    // A PKCS#12 file in the certificate's row fills the others too.
    let held = !chosen && judged.is_some_and(|row| !row.facts.is_empty());
    let complaint = pass.complaint(field);
    let sign = if complaint.is_some() { Sign::Bad } else { sign(judged, chosen || held, field) };
    let border = if sign == Sign::Bad { p.bad.lerp_to_gamma(p.line, 0.4) } else { p.line };
    Frame::NONE
        .stroke(Stroke::new(1.0, border))
        .corner_radius(radius::CARD - 2)
        .inner_margin(Margin { left: 11, right: 7, top: 6, bottom: 10 })
        .show(ui, |ui| {
            ui.take_available_width();
            ui.spacing_mut().item_spacing.y = space::XS;
            heading(ui, pass, field, sign, held);
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                ui.add_space(SIGN + 10.0);
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing = vec2(space::S, space::XS);
                    body(ui, pass, field, judged, chosen || held);
                });
            });
        });
}

fn judged_row(judgement: &crate::credentials::Judgement, field: Field) -> Option<&Row> {
    judgement.rows().into_iter().find_map(|(of, row)| (of == field).then_some(row))
}

fn sign(judged: Option<&Row>, chosen: bool, field: Field) -> Sign {
    match judged.map(Row::severity) {
        Some(Some(Severity::Error)) if chosen || field == Field::Ca => Sign::Bad,
        Some(Some(Severity::Warning)) => Sign::Warn,
        Some(None | Some(Severity::Info)) if chosen => Sign::Good,
        // Without a CA file the system's trust store decides: nothing is missing.
        _ if field == Field::Ca && !chosen => Sign::Good,
        _ => Sign::Open,
    }
}

fn heading(ui: &mut Ui, pass: &mut Pass<'_, '_>, field: Field, sign: Sign, held: bool) {
    let p = Palette::of(ui);
    let name = name(field);
    let path = match path(&pass.memory.draft, field) {
        "" if held => pass.memory.draft.certificate.clone(),
        path => path.to_owned(),
    };
    Sides::new().height(24.0).shrink_left().truncate().show(
        ui,
        |ui| {
            ui.spacing_mut().item_spacing.x = 10.0;
            sign.show(ui, name);
            let words = Words::new().add(name, Type::Strong, p.text).add("  ", Type::Body, p.text);
            let label = ui.add(Label::new(words.add(shown_path(&path), Type::Mono, p.muted)).truncate());
            if !path.is_empty() {
                label.on_hover_text(&path);
            }
        },
        |ui| {
            let more = parts::icon_button_small(ui, Icon::Dots, &format!("More for the {name}"));
            parts::menu(&more, &format!("More for the {name}"), |ui| menu(ui, pass, field));
        },
    );
}

/// The file's name without its folders.
pub(super) fn shown_path(path: &str) -> &str {
    Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or(path)
}

fn menu(ui: &mut Ui, pass: &mut Pass<'_, '_>, field: Field) {
    let chosen = !path(&pass.memory.draft, field).is_empty();
    let held = pass
        .scene
        .judgement
        .and_then(|judgement| judged_row(judgement, field))
        .map(|row| row.facts.as_slice())
        .unwrap_or_default();
    if ui.button("Choose a file…").clicked() {
        pass.act(Action::Pick(Pick::Credential(field)));
        ui.close();
    }
    if ui.button("Type a path…").clicked() {
        pass.memory.dialog =
            Some(Dialog::Path(Pick::Credential(field), path(&pass.memory.draft, field).to_owned()));
        ui.close();
    }
    if !held.is_empty() {
        ui.separator();
        if ui.button("Details…").clicked() {
            pass.memory.dialog = Some(Dialog::Details(field));
            ui.close();
        }
        if ui.button("Copy the facts").clicked() {
            let wall = pass.scene.wall;
            pass.act(Action::Copy(facts::as_text(held, wall)));
            ui.close();
        }
    }
    if chosen {
        ui.separator();
        let words = if field == Field::Ca { "Use the system's trust store" } else { "Clear" };
        if ui.button(words).clicked() {
            set_path(&mut pass.memory.draft, field, String::new());
            ui.close();
        }
    }
}

fn body(ui: &mut Ui, pass: &mut Pass<'_, '_>, field: Field, judged: Option<&Row>, chosen: bool) {
    let p = Palette::of(ui);
    if pass.scene.picking == Some(Pick::Credential(field)) {
        ui.horizontal(|ui| {
            parts::secondary(ui, "A file dialog is open.");
            if parts::link_button(ui, "Cancel").clicked() {
                pass.act(Action::CancelPick);
            }
        });
        return;
    }
    let complaint = pass.complaint(field);
    if let Some(words) = complaint {
        parts::complaint(ui, name(field), words);
    }
    if !chosen {
        if complaint.is_none() {
            let without =
                if field == Field::Ca { "The system's trust store decides." } else { "No file yet." };
            parts::secondary(ui, without);
        }
        if choose_button(ui, field).clicked() {
            pass.act(Action::Pick(Pick::Credential(field)));
        }
        return;
    }
    let Some(row) = judged else {
        parts::secondary(ui, "Reading…");
        return;
    };
    if !row.summary.is_empty() {
        let colour = if pass.scene.judging { p.muted.gamma_multiply(0.7) } else { p.muted };
        ui.label(Type::Secondary.text(row.summary.as_str(), colour));
    }
    for (number, finding) in row.findings.iter().enumerate() {
        // A comment on what works belongs into the details, unless it is all there is to say.
        if finding.severity() > Severity::Info || (number == 0 && row.summary.is_empty()) {
            show_finding(ui, pass, finding);
        }
    }
    if !row.facts.is_empty() {
        all_facts(ui, pass, field, row);
    }
}

/// Everything that the file holds, folded away until it is asked for.
fn all_facts(ui: &mut Ui, pass: &mut Pass<'_, '_>, field: Field, row: &Row) {
    let mut open = pass.memory.unfolded == Some(field);
    let before = open;
    // As high as its words: three of these stand in the panel.
    let button = ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = 0.0;
        parts::fold_button(ui, &mut open, "All facts")
    });
    button.inner.accessible_name(format!("All facts of the {}", name(field)));
    if open != before {
        pass.memory.unfolded = open.then_some(field);
    }
    if !open {
        return;
    }
    let wall = pass.scene.wall;
    if parts::link_button(ui, "Copy as text").clicked() {
        pass.act(Action::Copy(facts::as_text(&row.facts, wall)));
    }
    facts::stacked(ui, &row.facts, wall);
}

fn choose_button(ui: &mut Ui, field: Field) -> eframe::egui::Response {
    low_button(ui, "Choose a file…").accessible_name(format!("Choose a file for the {}", name(field)))
}

fn show_finding(ui: &mut Ui, pass: &mut Pass<'_, '_>, finding: &Finding) {
    let p = Palette::of(ui);
    let (sign, word) = match finding.severity() {
        Severity::Error => (Sign::Bad, "Error"),
        Severity::Warning => (Sign::Warn, "Warning"),
        Severity::Info => (Sign::Open, "Note"),
    };
    let what = ui.label(Type::Secondary.text(finding.what(), sign.colour(p)));
    what.on_hover_text(format!("{word}. {}", finding.why()));
    // What cannot work needs all that may help; what works for now, the first thing to do. The rest is in the details.
    let most = if finding.severity() == Severity::Error { usize::MAX } else { 1 };
    for mut step in finding.next().into_iter().take(most) {
        if let Some(Remedy::CopyCommand(command)) = &mut step.remedy {
            *command = from_anywhere(command, finding, &pass.memory.draft);
        }
        show_step(ui, pass, &step);
    }
}

/// A command about a finding's file, so that it works wherever it is pasted: with the file's whole path.
fn from_anywhere(command: &str, finding: &Finding, draft: &Draft) -> String {
    let paths = [path(draft, finding.field), &draft.key, &draft.certificate];
    let whole = paths.into_iter().find(|path| shown_path(path.trim()) == finding.file);
    match whole {
        Some(whole) => command.replace(&quoted(&finding.file), &quoted(whole.trim())),
        None => command.to_owned(),
    }
}

/// What to do: a sentence, and a button where the app can do it.
fn show_step(ui: &mut Ui, pass: &mut Pass<'_, '_>, step: &Step) {
    parts::secondary(ui, step.text.as_str());
    if let Some(remedy) = &step.remedy
        && remedy_button(ui, remedy, &step.text).clicked()
    {
        perform(pass, remedy);
    }
}

/// The button of a remedy. Its step stands beside it; whoever only hears the buttons is told it with the name.
pub(super) fn remedy_button(ui: &mut Ui, remedy: &Remedy, step: &str) -> eframe::egui::Response {
    low_button(ui, remedy.label()).accessible_name(format!("{}: {step}", remedy.label()))
}

/// A button that stands among words. At the end of a line it goes to the next one, whole.
fn low_button(ui: &mut Ui, words: &str) -> eframe::egui::Response {
    // Not in a scope: to a line that wraps, a scope is as wide as what is left of the line.
    let before = ui.spacing().clone();
    ui.spacing_mut().interact_size.y = 26.0;
    ui.spacing_mut().button_padding = vec2(10.0, 3.0);
    let words = RichText::new(words).font(Type::Button.font());
    let button = ui.add(Button::new(words).wrap_mode(TextWrapMode::Extend));
    *ui.spacing_mut() = before;
    button
}

/// Does what a remedy offers, as far as it only opens something here; the rest goes up.
pub(super) fn perform(pass: &mut Pass<'_, '_>, remedy: &Remedy) {
    match remedy {
        Remedy::AskPassphrase => {
            pass.memory.remember = pass.memory.draft.passphrase_remembered;
            pass.memory.dialog = Some(Dialog::Passphrase);
        }
        Remedy::GetCertificates => pass.open_certificates(),
        Remedy::RenewCertificate => pass.renew_certificate(),
        Remedy::MakeLocalCa(host) => pass.make_local_ca(host),
        Remedy::CopyCommand(command) => pass.act(Action::Copy(command.clone())),
        Remedy::PickFile(field) => pass.act(Action::Pick(Pick::Credential(*field))),
        other => pass.act(Action::Remedy(other.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_how_it_stands() {
        let good = Row::default();
        assert_eq!(sign(None, true, Field::Key), Sign::Open);
        assert_eq!(sign(Some(&good), true, Field::Key), Sign::Good);
        assert_eq!(sign(Some(&good), false, Field::Key), Sign::Open);
        assert_eq!(sign(Some(&good), false, Field::Ca), Sign::Good);
    }

    #[test]
    fn a_path_is_shown_by_its_last_part() {
        assert_eq!(shown_path("/home/ann/client.crt"), "client.crt");
        assert_eq!(shown_path("client.crt"), "client.crt");
        assert_eq!(shown_path(".."), "..");
    }
}
