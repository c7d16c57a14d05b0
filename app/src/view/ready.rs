//! Nothing runs, and something is set up: what is missing, and the button that connects.

use eframe::egui::{Align, Label, Layout, Ui};

use super::{
    Action, Pass,
    icon::Sign,
    parts, root,
    theme::{Palette, Type, space},
};
use crate::{
    credentials::{Judgement, Row, Severity},
    profile::{Field, Security},
};

/// Width of the card in points.
const WIDTH: f32 = 480.0;

pub(super) fn show(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let width = WIDTH.min(ui.available_width() - 2.0 * space::XL);
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.14).max(space::XL));
        ui.set_max_width(width);
        parts::card(ui, |ui| {
            ui.with_layout(Layout::top_down(Align::Min), |ui| contents(ui, pass));
        });
        ui.add_space(space::S);
        if parts::link_button(ui, "Or try the demo: no hardware, no certificates").clicked() {
            pass.act(Action::StartDemo);
        }
    });
}

fn contents(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let p = Palette::of(ui);
    let steps = steps(pass);
    let all = steps.iter().all(|(sign, ..)| matches!(sign, Sign::Good | Sign::Warn));
    let title = if all { "Ready to connect" } else { "Set up the connection" };
    ui.spacing_mut().item_spacing.y = space::S;
    ui.label(Type::Choice.text(title, p.text));
    ui.add_space(space::XS);
    for (sign, name, words) in steps {
        ui.spacing_mut().interact_size.y = 20.0;
        ui.horizontal(|ui| {
            sign.show(ui, name);
            ui.label(Type::Body.text(name, p.text));
            ui.add(Label::new(Type::Body.text(words, p.muted)).truncate());
        });
    }
    ui.add_space(space::S);
    ui.horizontal(|ui| {
        if parts::primary_button(ui, "Connect").on_hover_text("Ctrl+Enter").clicked() {
            pass.connect();
        }
        if root::is_narrow(ui.ctx()) && parts::quiet_button(ui, "Change").clicked() {
            pass.memory.drawer = true;
        }
    });
}

/// What there is to fill in, and how far it is.
fn steps(pass: &Pass<'_, '_>) -> Vec<(Sign, &'static str, String)> {
    let draft = &pass.memory.draft;
    let wrong =
        |fields: &[Field]| pass.scene.complaints.iter().any(|complaint| fields.contains(&complaint.field));
    let broker = if wrong(&[Field::Host, Field::Port]) { Sign::Open } else { Sign::Good };
    let mut steps = vec![(broker, "Broker", format!("{}:{}", draft.host, draft.port))];
    if draft.security == Security::Plain {
        return steps;
    }
    let rows = pass.scene.judgement.map(Judgement::rows);
    for (field, name, path) in [
        (Field::Ca, "CA", &draft.ca),
        (Field::Certificate, "Certificate", &draft.certificate),
        (Field::Key, "Key", &draft.key),
    ] {
        if field != Field::Ca && draft.security != Security::MutualTls {
            continue;
        }
        let row = rows.and_then(|rows| rows.into_iter().find_map(|(of, row)| (of == field).then_some(row)));
        let severity = row.and_then(Row::severity);
        let sign = match severity {
            _ if path.is_empty() && field == Field::Ca => Sign::Good,
            _ if path.is_empty() || row.is_none() => Sign::Open,
            Some(Severity::Error) => Sign::Bad,
            Some(Severity::Warning) => Sign::Warn,
            Some(Severity::Info) | None => Sign::Good,
        };
        let words = match (path.is_empty(), field) {
            (true, Field::Ca) => "the system's trust store".to_owned(),
            (true, _) => "no file yet".to_owned(),
            (false, _) => row.map(in_a_line).unwrap_or_default(),
        };
        steps.push((sign, name, words));
    }
    steps
}

/// What a row holds, or what is wrong with it.
fn in_a_line(row: &Row) -> String {
    match row.findings.first() {
        Some(finding) if finding.severity() == Severity::Error || row.summary.is_empty() => finding.what(),
        _ => row.summary.clone(),
    }
}
