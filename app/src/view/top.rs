//! The top bar: who we are connected to, and the one thing to do about it.

use std::time::{Duration, SystemTime};

use eframe::egui::{Align, Color32, Frame, Label, Layout, Margin, Panel, Separator, ThemePreference, Ui};

use super::{
    Action, Dialog, Pass, Scene, Session,
    icon::Icon,
    parts::{self, Words},
    theme::{Palette, Type, space},
};
use crate::{
    model::{Status, display},
    profile::{Protocol, Security},
};

/// Height in points.
pub(super) const HEIGHT: f32 = 48.0;
/// A client certificate that ends within this time is told in the colour of a warning.
const SOON: Duration = Duration::from_secs(14 * 24 * 3600);

pub(super) fn show(ui: &mut Ui, pass: &mut Pass<'_, '_>, welcome: bool, narrow: bool) {
    let p = Palette::of(ui);
    let frame = Frame::NONE.fill(p.surface).inner_margin(Margin::symmetric(space::L as i8, 0));
    Panel::top("top").exact_size(HEIGHT).frame(frame).show(ui, |ui| {
        // The right side first, so that the left side knows its room; both are in their reading order for the keyboard
        // as far as they have buttons.
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            tools(ui, pass);
            if !welcome {
                what_to_do(ui, pass);
            }
            ui.add_space(space::S);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                if narrow && !welcome {
                    drawer_button(ui, pass);
                }
                identity(ui, pass.scene, narrow);
            });
        });
    });
}

fn drawer_button(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let name = if pass.memory.drawer { "Hide the connection" } else { "Show the connection" };
    if parts::icon_button(ui, Icon::Menu, name).clicked() {
        pass.memory.drawer = !pass.memory.drawer;
    }
}

/// Help and light or dark, from the right.
fn tools(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    if parts::icon_button(ui, Icon::Question, "Help (F1)").clicked() {
        pass.memory.dialog = Some(Dialog::Help);
    }
    let button = parts::icon_button(ui, Icon::Contrast, "Light or dark");
    let current = pass.scene.theme;
    parts::menu(&button, "Light or dark", |ui| {
        for (theme, words) in [
            (ThemePreference::System, "As the system"),
            (ThemePreference::Light, "Light"),
            (ThemePreference::Dark, "Dark"),
        ] {
            if ui.selectable_label(theme == current, words).clicked() {
                pass.act(Action::SetTheme(theme));
                ui.close();
            }
        }
    });
}

/// The buttons that connect and disconnect, from the right: the one thing to do is always the rightmost.
fn what_to_do(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let stop = |ui: &mut Ui, words: &str, pass: &mut Pass<'_, '_>| {
        if parts::quiet_button(ui, words).clicked() {
            pass.act(Action::Disconnect);
        }
    };
    let connect = |ui: &mut Ui, words: &str, pass: &mut Pass<'_, '_>| {
        if parts::primary_button(ui, words).on_hover_text("Ctrl+Enter").clicked() {
            pass.connect();
        }
    };
    match (pass.scene.session, pass.scene.state.link.status) {
        (Session::DemoStarts, _) => stop(ui, "Cancel", pass),
        (Session::None, _) | (_, Status::Stopped) => connect(ui, "Connect", pass),
        (Session::Runs { .. }, Status::Idle | Status::Connecting) => stop(ui, "Cancel", pass),
        (Session::Runs { demo, outdated, .. }, Status::Connected) => {
            stop(ui, if demo { "Stop the demo" } else { "Disconnect" }, pass);
            if outdated {
                connect(ui, "Reconnect with changes", pass);
            }
        }
        (Session::Runs { outdated, .. }, Status::Waiting) => {
            if outdated {
                connect(ui, "Try now", pass);
            } else if parts::primary_button(ui, "Try now").on_hover_text("Ctrl+Enter").clicked() {
                pass.act(Action::TryNow);
            }
            stop(ui, "Stop", pass);
            copy_report(ui, pass);
        }
        (Session::Runs { .. }, Status::Failed) => {
            connect(ui, "Try again", pass);
            stop(ui, "Stop", pass);
            copy_report(ui, pass);
        }
    }
}

/// What a person sends to whoever can help.
fn copy_report(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let what = "All that is known of this connection, as text, with nothing secret in it.";
    if parts::quiet_button(ui, "Copy report").on_hover_text(what).clicked() {
        pass.copy_report();
    }
}

fn identity(ui: &mut Ui, scene: &Scene<'_>, narrow: bool) {
    let p = Palette::of(ui);
    ui.label(Type::Choice.text("Echo Monitor", p.text).size(15.0));
    ui.add(Separator::default().vertical().shrink(14.0));
    let (words, colour) = status(scene, p);
    parts::pill(ui, words, colour);
    if let Session::Runs { profile, demo, client_ends, .. } = scene.session {
        let mut line = Words::new();
        if demo {
            line = line.add("Demo", Type::Strong, p.text).add(" on ", Type::Body, p.muted);
        }
        let host = profile.host.to_string();
        line = line.add(
            &host,
            if demo { Type::Body } else { Type::Strong },
            if demo { p.muted } else { p.text },
        );
        line = line.add(&format!(" : {}", profile.port), Type::Body, p.muted);
        for (words, colour) in details(scene, narrow, client_ends, p) {
            line = line.add(" · ", Type::Body, p.muted).add(&words, Type::Body, colour);
        }
        ui.add(Label::new(line).truncate());
    }
}

/// The word in the pill, and its colour.
fn status(scene: &Scene<'_>, p: &Palette) -> (&'static str, Color32) {
    match (scene.session, scene.state.link.status) {
        (Session::DemoStarts, _) => ("Starting the demo", p.host),
        (Session::None, _) => ("Not connected", p.muted),
        (_, Status::Connected) => ("Connected", p.board),
        (_, Status::Idle | Status::Connecting) => ("Connecting", p.host),
        (_, Status::Waiting | Status::Failed) => ("Not connected", p.bad),
        (_, Status::Stopped) => ("Not connected", p.muted),
    }
}

/// What is known of the connection, the most important first: the line is cut at its end where there is no room.
fn details(
    scene: &Scene<'_>,
    narrow: bool,
    client_ends: Option<SystemTime>,
    p: &Palette,
) -> Vec<(String, Color32)> {
    let link = &scene.state.link;
    let mut details = Vec::new();
    match link.status {
        Status::Connected => {
            if let Some(connection) = &link.connection {
                let tls = connection.tls.as_ref().map_or("no TLS", |tls| tls.version.as_str());
                details.push((tls.to_owned(), if connection.tls.is_some() { p.muted } else { p.warn }));
                if matches!(scene.session, Session::Runs { profile, .. } if profile.allow_v1_server)
                    && connection.tls.is_some()
                {
                    details.push(("version 1 accepted".to_owned(), p.warn));
                }
                details.push((protocol(connection.protocol).to_owned(), p.muted));
            }
            // The line at the bottom has it too.
            if !narrow {
                details
                    .push((format!("up {}", display::clock(scene.now.saturating_sub(link.since))), p.muted));
            }
            if let Some(ends) = client_ends {
                details.push(certificate_ends(ends, scene.wall, p));
            }
        }
        Status::Connecting if link.attempt > 1 => {
            details.push((format!("attempt {}", link.attempt), p.muted));
        }
        Status::Waiting => {
            if let Some(next) = link.next_try {
                details.push((format!("next try in {}", seconds(next.saturating_sub(scene.now))), p.muted));
            }
        }
        Status::Idle | Status::Connecting | Status::Failed | Status::Stopped => {}
    }
    details
}

fn certificate_ends(ends: SystemTime, wall: SystemTime, p: &Palette) -> (String, Color32) {
    match ends.duration_since(wall) {
        Ok(left) => {
            let days = left.as_secs() / (24 * 3600);
            let colour = if left < SOON { p.warn } else { p.muted };
            let when = match days {
                0 => "today".to_owned(),
                1 => "tomorrow".to_owned(),
                days => format!("in {days} days"),
            };
            (format!("client certificate ends {when}"), colour)
        }
        Err(_) => ("client certificate has ended".to_owned(), p.bad),
    }
}

/// How an MQTT version is called.
pub(super) fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::V5 => "MQTT 5",
        Protocol::V311 => "MQTT 3.1.1",
    }
}

/// How a way of securing the connection is called.
pub(super) fn security(security: Security) -> &'static str {
    match security {
        Security::MutualTls => "client certificate",
        Security::Tls => "TLS",
        Security::Plain => "no TLS",
    }
}

/// `12 s`: rounded up, as a countdown is read.
pub(super) fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs() + u64::from(time.subsec_nanos() > 0))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::view::theme::DARK;

    #[test]
    fn a_countdown_ends_at_zero_and_not_before() {
        let told = [0, 1, 1_000, 11_001].map(|millis| seconds(Duration::from_millis(millis)));
        assert_eq!(told, ["0 s", "1 s", "1 s", "12 s"]);
    }

    #[test]
    fn a_certificate_that_ends_soon_is_told_as_a_warning() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let day = Duration::from_secs(24 * 3600);
        let told = |ends| certificate_ends(ends, now, &DARK);
        assert_eq!(told(now + day * 83), ("client certificate ends in 83 days".into(), DARK.muted));
        assert_eq!(told(now + day * 2), ("client certificate ends in 2 days".into(), DARK.warn));
        assert_eq!(told(now + day / 2).0, "client certificate ends today");
        assert_eq!(told(now - day), ("client certificate has ended".into(), DARK.bad));
    }
}
