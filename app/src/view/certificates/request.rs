//! A key and a signing request; its answer; the profile's rows.

use eframe::egui::{Label, TextEdit, Ui, vec2};

use super::{
    Requested, Wish, Work, folder,
    step::{self, State},
    to_copy, work,
};
use crate::{
    credentials::{Judgement, request::KeyKind},
    profile::Field,
    view::{
        Action, Pass, Pick, credentials, form,
        icon::Sign,
        parts,
        theme::{CONTROL, Palette, Type, space},
    },
};

/// Where the public test broker signs requests.
const SIGNS: &str = "https://test.mosquitto.org/ssl/";
/// Its CA's certificate.
const CA: &str = "https://test.mosquitto.org/ssl/mosquitto.org.crt";

pub(super) fn show(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let progress = pass.scene.certificates;
    let made = match &progress.request {
        Work::Done(made) => Some(made),
        _ => None,
    };
    let answered = progress.answer.as_ref().is_some_and(Result::is_ok);
    step::show(ui, 1, "A key and a signing request", State::of(true, made.is_some()), |ui| match made {
        Some(made) => files(ui, pass, made),
        None => ask(ui, pass),
    });
    step::show(ui, 2, "Have it signed", State::of(made.is_some(), answered), |ui| match made {
        Some(made) if !answered => sign(ui, pass, made),
        _ => {}
    });
    step::show(ui, 3, "Load the answer", State::of(made.is_some(), answered), |ui| answer(ui, pass));
    step::show(ui, 4, "Use them", State::of(answered, false), |ui| finish(ui, pass));
}

fn ask(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let width = ui.available_width();
    let memory = &mut pass.memory.certificates;
    form::text(ui, "Name", None, &mut memory.subject.common_name, "board-1: what the broker calls it", width);
    parts::fold_button(ui, &mut memory.more, "More about who it is: organization, place");
    if memory.more {
        let half = (width - space::S) / 2.0;
        let subject = &mut memory.subject;
        for [(left, one, hint), (right, other, other_hint)] in [
            [
                ("Organization", &mut subject.organization, "none"),
                ("Organizational unit", &mut subject.unit, "none"),
            ],
            [("Locality", &mut subject.locality, "none"), ("State or province", &mut subject.state, "none")],
        ] {
            ui.horizontal_top(|ui| {
                form::text(ui, left, None, one, hint, half);
                form::text(ui, right, None, other, other_hint, half);
            });
        }
        form::text(ui, "Country", None, &mut subject.country, "two letters", half);
    }
    let own = credentials::shown_path(&pass.memory.draft.key).to_owned();
    let memory = &mut pass.memory.certificates;
    if !own.is_empty() {
        form::choices(ui, "For which key", &mut memory.renew, &[(false, "A new one"), (true, &own)]);
    }
    if memory.renew && !own.is_empty() {
        again(ui, pass, &own);
    } else {
        anew(ui, pass);
    }
}

/// A request for the key in the form.
fn again(ui: &mut Ui, pass: &mut Pass<'_, '_>, own: &str) {
    let subject = &mut pass.memory.certificates.subject;
    if subject.common_name.is_empty()
        && let Some(name) = pass.scene.judgement.and_then(Judgement::client_name)
    {
        // As it was called before.
        name.clone_into(&mut subject.common_name);
    }
    let words = format!(
        "For a certificate that follows another one. {own} stays as it is; the request is written beside it."
    );
    parts::secondary(ui, words);
    let state = &pass.scene.certificates.request;
    work(ui, pass, state, "Make the request", |replace| Wish::MakeRequest { replace });
}

fn anew(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let memory = &mut pass.memory.certificates;
    form::choices(
        ui,
        "Key",
        &mut memory.kind,
        &[
            (KeyKind::P256, "P-256"),
            (KeyKind::Rsa2048, "RSA 2048"),
            (KeyKind::Rsa3072, "RSA 3072"),
            (KeyKind::Rsa4096, "RSA 4096"),
        ],
    );
    parts::secondary(
        ui,
        if memory.kind == KeyKind::P256 {
            "Small, fast, and every broker knows it. Take RSA only where somebody asks for it."
        } else {
            "For brokers and boards that know nothing else. Making it takes some seconds."
        },
    );
    folder(ui, pass, Pick::RequestFolder);
    parts::secondary(ui, "Two files: client.key, which only you can read, and client.csr, the request.");
    let state = &pass.scene.certificates.request;
    work(ui, pass, state, "Make the key and the request", |replace| Wish::MakeRequest { replace });
    let there = matches!(state, Work::Exists(_));
    let words =
        if there { "Go on with the files that are there" } else { "I have them in that folder already" };
    if !matches!(state, Work::Running(_)) && parts::link_button(ui, words).clicked() {
        pass.act(Action::Certificates(Wish::Resume));
    }
}

/// What was made, and where it is.
fn files(ui: &mut Ui, pass: &mut Pass<'_, '_>, made: &Requested) {
    let p = Palette::of(ui);
    for (path, what) in
        [(&made.key, "The private key. It never leaves this computer."), (&made.request, "The request.")]
    {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().interact_size.y = 0.0;
            ui.label(Type::Mono.text(path.as_str(), p.text));
            parts::secondary(ui, what);
        });
    }
    if parts::link_button(ui, "Make another one").clicked() {
        pass.act(Action::Certificates(Wish::Again));
    }
}

fn sign(ui: &mut Ui, pass: &mut Pass<'_, '_>, made: &Requested) {
    let p = Palette::of(ui);
    let say = |ui: &mut Ui, words: &str| ui.add(Label::new(Type::Body.text(words, p.text)).wrap());
    say(
        ui,
        "The public test broker signs requests of anyone: copy the request, paste it on the page, with its BEGIN and END \
         lines, and save what it sends back. Anybody can read what passes through that broker.",
    );
    ui.horizontal_wrapped(|ui| {
        if parts::primary_button(ui, "Copy the request").clicked() {
            pass.act(Action::Copy(made.pem.clone()));
        }
        if parts::quiet_button(ui, "Open test.mosquitto.org/ssl").clicked() {
            pass.act(Action::OpenPage(SIGNS));
        }
    });
    parts::secondary(
        ui,
        "For another broker: give the request to whoever runs its CA. You can close this window and come back later.",
    );
}

fn answer(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let p = Palette::of(ui);
    if let Some(answer) = &pass.scene.certificates.answer {
        match answer {
            Ok(answered) => {
                ui.horizontal_top(|ui| {
                    Sign::Good.show(ui, "The answer");
                    let words = format!(
                        "{}. It belongs to your key. Issued by {}.",
                        answered.summary, answered.issuer
                    );
                    ui.add(Label::new(Type::Body.text(words, p.text)).wrap());
                });
                parts::secondary(ui, format!("Saved as {}", answered.path));
            }
            Err(why) => parts::complaint(ui, "The answer", why),
        }
    }
    let picking = pass.scene.picking == Some(Pick::Answer);
    let answered = matches!(pass.scene.certificates.answer, Some(Ok(_)));
    ui.horizontal_wrapped(|ui| {
        let words = match (picking, answered) {
            (true, _) => "Cancel",
            (false, true) => "Choose another file…",
            (false, false) => "Choose the file…",
        };
        if parts::quiet_button(ui, words).clicked() {
            pass.act(if picking { Action::CancelPick } else { Action::Pick(Pick::Answer) });
        }
        if !answered {
            parts::secondary(ui, "or paste it here:");
        }
    });
    if !answered {
        paste(ui, pass);
    }
}

fn paste(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let p = Palette::of(ui);
    let name = "The certificate, pasted";
    let pasted = &mut pass.memory.certificates.answer;
    let empty = pasted.trim().is_empty();
    let edit = TextEdit::multiline(pasted)
        .font(Type::Mono.font())
        .hint_text(Type::Mono.text("-----BEGIN CERTIFICATE-----", p.muted))
        .desired_rows(4)
        .desired_width(ui.available_width());
    eframe::egui::ScrollArea::vertical().id_salt("answer").max_height(96.0).show(ui, |ui| {
        ui.add(edit).accessible_name(name);
    });
    let check = parts::quiet("Check it");
    if ui.add_enabled(!empty, check).clicked() {
        pass.act(Action::Certificates(Wish::Check));
    }
}

fn finish(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let p = Palette::of(ui);
    let words = format!(
        "Certificate and key go into the rows of “{}”. The row of the CA is for the certificate that proves the broker; \
         test.mosquitto.org has its own.",
        pass.memory.draft.name
    );
    ui.add(Label::new(Type::Body.text(words, p.text)).wrap());
    to_copy(ui, pass, CA, "Copy the address of the CA's certificate");
    ui.horizontal_wrapped(|ui| {
        let row = vec2(0.0, CONTROL);
        ui.spacing_mut().interact_size.y = row.y;
        if parts::primary_button(ui, "Use them in this profile").clicked() {
            pass.act(Action::Certificates(Wish::UseAnswer));
        }
        if parts::quiet_button(ui, "Get the CA's certificate").clicked() {
            pass.act(Action::OpenPage(CA));
        }
        let chosen = !credentials::path(&pass.memory.draft, Field::Ca).is_empty();
        let choose = if chosen { "Choose another CA file…" } else { "Choose the CA file…" };
        if parts::quiet_button(ui, choose).clicked() {
            pass.act(Action::Pick(Pick::Credential(Field::Ca)));
        }
    });
}
