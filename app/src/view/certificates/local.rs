//! A throw-away CA for a broker of one's own.

use eframe::egui::{Label, Ui};

use super::{
    LocalFiles, Wish, Work, folder,
    step::{self, State},
    to_copy, work,
};
use crate::view::{
    Action, Pass, Pick, form, parts,
    theme::{Palette, Type, space},
};

pub(super) fn show(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let made = match &pass.scene.certificates.local {
        Work::Done(made) => Some(made),
        _ => None,
    };
    step::show(ui, 1, "A CA, a server and a client", State::of(true, made.is_some()), |ui| match made {
        Some(made) => files(ui, pass, made),
        None => ask(ui, pass),
    });
    step::show(ui, 2, "Start the broker", State::of(made.is_some(), false), |ui| {
        if let Some(made) = made {
            start(ui, pass, made);
        }
    });
    step::show(ui, 3, "Use them", State::of(made.is_some(), false), |ui| {
        if let Some(made) = made {
            finish(ui, pass, made);
        }
    });
}

/// What was made, and where it is.
fn files(ui: &mut Ui, pass: &mut Pass<'_, '_>, made: &LocalFiles) {
    let p = Palette::of(ui);
    ui.add(Label::new(Type::Mono.text(made.folder.as_str(), p.text)).wrap());
    parts::secondary(ui, made.names.join(", "));
    let words =
        "The CA's own key is gone: nobody can issue more in its name. For other names, make all anew.";
    parts::secondary(ui, words);
    if parts::link_button(ui, "Make another one").clicked() {
        pass.act(Action::Certificates(Wish::Again));
    }
}

fn ask(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    const PORT: f32 = 72.0;
    const DAYS: f32 = 72.0;
    let width = ui.available_width() - PORT - DAYS - 2.0 * space::S;
    let memory = &mut pass.memory.certificates;
    ui.horizontal_top(|ui| {
        let hint = "localhost, 192.168.1.20, broker.lan";
        form::text(ui, "Names and addresses of the broker", None, &mut memory.names, hint, width);
        form::text(ui, "Port", None, &mut memory.port, "8884", PORT);
        form::text(ui, "Days", None, &mut memory.days, "90", DAYS);
    });
    parts::secondary(
        ui,
        "All that the broker is reached by, here and from the board: a client refuses a broker whose certificate leaves \
         out the name it used.",
    );
    folder(ui, pass, Pick::LocalFolder);
    let state = &pass.scene.certificates.local;
    work(ui, pass, state, "Make the CA and the certificates", |replace| Wish::MakeLocal { replace });
}

fn start(ui: &mut Ui, pass: &mut Pass<'_, '_>, made: &LocalFiles) {
    let p = Palette::of(ui);
    ui.add(
        Label::new(Type::Body.text(
            "Mosquitto is ready to use the folder: it listens on all addresses of this computer and lets in whoever has a \
             certificate of this CA.",
            p.text,
        ))
        .wrap(),
    );
    to_copy(ui, pass, &made.command, "Copy the command");
}

fn finish(ui: &mut Ui, pass: &mut Pass<'_, '_>, made: &LocalFiles) {
    let p = Palette::of(ui);
    let words = format!(
        "The three files, the host {} and the port {} go into “{}”.",
        made.host, made.port, pass.memory.draft.name
    );
    ui.add(Label::new(Type::Body.text(words, p.text)).wrap());
    if parts::primary_button(ui, "Use them in this profile").clicked() {
        pass.act(Action::Certificates(Wish::UseLocal));
    }
}
