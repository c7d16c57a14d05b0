//! The ladder: the stages of connecting, each with its time.

use eframe::egui::{Label, Sides, Ui};

use super::{
    Dialog, Pass, Scene, Session,
    icon::Sign,
    parts,
    theme::{Palette, Type, space},
    top,
};
use crate::{
    failure::Stage,
    model::{Rung, RungState, Status, display},
    profile::Security,
};

pub(super) fn show(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    parts::label_caps(ui, "Connection");
    rungs(ui, pass.scene);
    let link = &pass.scene.state.link;
    let tls = link.connection.as_ref().is_some_and(|connection| connection.tls.is_some());
    let runs = matches!(pass.scene.session, Session::Runs { .. });
    if runs && tls && parts::link_button(ui, "The broker's certificates and TLS…").clicked() {
        pass.memory.dialog = Some(Dialog::Broker);
    }
}

/// The rungs alone.
pub(super) fn rungs(ui: &mut Ui, scene: &Scene<'_>) {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        let runs = matches!(scene.session, Session::Runs { .. });
        for rung in scene.state.link.ladder.rungs() {
            if rung.stage != Stage::Tls || !is_plain(scene) {
                show_rung(ui, scene, *rung, runs);
            }
        }
    });
}

fn is_plain(scene: &Scene<'_>) -> bool {
    matches!(scene.session, Session::Runs { profile, .. } if profile.security == Security::Plain)
}

fn show_rung(ui: &mut Ui, scene: &Scene<'_>, rung: Rung, runs: bool) {
    let p = Palette::of(ui);
    // What a stopped session left behind is history, not the state of things.
    let rung = if runs { rung } else { Rung { state: RungState::Pending, ..rung } };
    let name = name(rung, scene);
    let (sign, time, colour) = match rung.state {
        RungState::Pending => (Sign::Open, String::new(), p.muted),
        RungState::Running { since } => (Sign::Busy, running(scene, since), p.text),
        RungState::Done { took } => (Sign::Good, display::duration(took), p.text),
        RungState::Failed => (Sign::Bad, "—".to_owned(), p.text),
    };
    Sides::new().height(20.0).shrink_left().truncate().show(
        ui,
        |ui| {
            ui.spacing_mut().item_spacing.x = 10.0;
            sign.show(ui, &name);
            let label = ui.add(Label::new(Type::Body.text(name.as_str(), colour)));
            if let Some(facts) = facts(rung.stage, scene) {
                label.on_hover_text(facts);
            }
        },
        |ui| ui.label(Type::Mono.text(time, p.muted)),
    );
}

/// Only a stage that takes its time is worth a moving number.
fn running(scene: &Scene<'_>, since: std::time::Duration) -> String {
    let passed = scene.now.saturating_sub(since).as_secs();
    if passed == 0 { "…".to_owned() } else { format!("{passed} s") }
}

/// What a stage is called; with the version that was settled, once it was.
fn name(rung: Rung, scene: &Scene<'_>) -> String {
    let connection = scene.state.link.connection.as_ref();
    let name = match rung.stage {
        Stage::Credentials => "Credentials",
        Stage::Dns => "DNS",
        Stage::Tcp => "TCP",
        Stage::Tls => {
            return connection
                .and_then(|connection| connection.tls.as_ref())
                .map_or_else(|| "TLS".to_owned(), |tls| tls.version.clone());
        }
        Stage::Mqtt => connection.map_or("MQTT", |connection| top::protocol(connection.protocol)),
        Stage::Subscribe if matches!(rung.state, RungState::Done { .. }) => "Subscribed",
        Stage::Subscribe => "Subscribe",
        Stage::Flow => "Messages",
    };
    name.to_owned()
}

/// What was settled on a stage, for the curious.
fn facts(stage: Stage, scene: &Scene<'_>) -> Option<String> {
    let connection =
        scene.state.link.connection.as_ref().filter(|_| scene.state.link.status == Status::Connected)?;
    match stage {
        Stage::Tcp => Some(format!("to {}", connection.address)),
        Stage::Tls => {
            let tls = connection.tls.as_ref()?;
            Some(format!("{}\n{}\n{}", tls.version, tls.cipher_suite, tls.key_exchange))
        }
        Stage::Mqtt => {
            Some(format!("client ID {}\nkeep alive {} s", connection.client_id, connection.keep_alive))
        }
        Stage::Subscribe => Some(format!("QoS {} granted", u8::from(connection.granted))),
        Stage::Credentials | Stage::Dns | Stage::Flow => None,
    }
}
