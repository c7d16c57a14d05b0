//! What TLS settled with the broker, and the certificates that it presented, in its order.

use eframe::egui::{ScrollArea, Ui};

use super::{Turn, buttons, title};
use crate::{
    credentials::facts::of_chain,
    model::event::TlsFacts,
    view::{
        Action, Pass, facts, parts,
        theme::{CONTROL, space},
    },
};

pub(super) fn show(ui: &mut Ui, pass: &mut Pass<'_, '_>) -> Turn {
    let link = &pass.scene.state.link;
    let Some(tls) = link.connection.as_ref().and_then(|connection| connection.tls.as_ref()) else {
        return Turn::Close;
    };
    title(ui, "TLS and the broker's certificates");
    let chain = of_chain(tls.chain.iter().map(AsRef::as_ref));
    let wall = pass.scene.wall;
    ScrollArea::vertical().max_height(ui.available_height() - 2.0 * CONTROL).show(ui, |ui| {
        facts::lines(ui, "tls", settled(tls));
        ui.add_space(space::S);
        parts::label_caps(ui, "As the broker presented them");
        if chain.is_empty() {
            parts::secondary(ui, "No certificate that can be read.");
        }
        facts::grid(ui, &chain, wall);
    });
    match buttons(ui, Some("Copy as text"), "Close") {
        Some(true) => {
            let settled: String =
                settled(tls).into_iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
            pass.act(Action::Copy(format!("{settled}\n{}", facts::as_text(&chain, wall))));
        }
        Some(false) => {}
        None => return Turn::Stay,
    }
    Turn::Close
}

fn settled(tls: &TlsFacts) -> Vec<(&'static str, String)> {
    let asked = if tls.client_certificate_asked { "asked for by the broker" } else { "not asked for" };
    vec![
        ("Version", tls.version.clone()),
        ("Cipher suite", tls.cipher_suite.clone()),
        ("Key exchange", tls.key_exchange.clone()),
        ("Client certificate", asked.to_owned()),
    ]
}
