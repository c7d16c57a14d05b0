//! The whole window.

use eframe::egui::{Context, Key, KeyboardShortcut, Modifiers, Ui};

use super::{
    Action, Dialog, Memory, Pass, Scene, Session,
    centre::{self, Centre},
    dialog, overlay, side, status, top,
};
use crate::model::Status;

/// Narrower than this, the side panel is a drawer. In points.
const NARROW: f32 = 1100.0;

/// Draws everything, and says what the person asked for.
#[must_use]
pub fn root(ui: &mut Ui, scene: &Scene<'_>, memory: &mut Memory) -> Vec<Action> {
    let mut actions = Vec::new();
    let mut pass = Pass { scene, memory, actions: &mut actions };
    if scene.state.link.status == Status::Connected {
        pass.memory.wants_figures = None;
    } else {
        // The next connection is another one.
        pass.memory.put_away.clear();
    }
    keys(ui.ctx(), &mut pass);

    let centre = Centre::of(scene, pass.memory);
    let welcome = centre == Centre::Welcome;
    let narrow = is_narrow(ui.ctx());
    top::show(ui, &mut pass, welcome, narrow);
    if !welcome {
        status::show(ui, scene);
        if !narrow {
            side::show(ui, &mut pass);
        }
    }
    centre::show(ui, &mut pass, centre);
    if narrow && !welcome && pass.memory.drawer {
        side::show_drawer(ui, &mut pass);
    }
    dialog::show(ui, &mut pass);
    overlay::notices(ui, &mut pass);
    overlay::drop_hint(ui);
    actions
}

/// Whether the side panel is a drawer.
pub(super) fn is_narrow(ctx: &Context) -> bool {
    ctx.content_rect().width() < NARROW
}

/// The keys that work everywhere. Those of a panel are the panel's.
fn keys(ctx: &Context, pass: &mut Pass<'_, '_>) {
    let pressed = |modifiers, key| {
        ctx.input_mut(|input| input.consume_shortcut(&KeyboardShortcut::new(modifiers, key)))
    };
    if pressed(Modifiers::NONE, Key::F1) {
        pass.memory.dialog = Some(Dialog::Help);
    }
    if pass.memory.dialog.is_some() {
        return;
    }
    if pressed(Modifiers::COMMAND, Key::Enter) {
        connect_or_disconnect(pass);
    }
    if pressed(Modifiers::COMMAND, Key::D) {
        let demo = matches!(pass.scene.session, Session::DemoStarts | Session::Runs { demo: true, .. });
        pass.act(if demo { Action::Disconnect } else { Action::StartDemo });
    }
}

fn connect_or_disconnect(pass: &mut Pass<'_, '_>) {
    match (pass.scene.session, pass.scene.state.link.status) {
        (Session::None, _) | (_, Status::Stopped | Status::Failed) => pass.connect(),
        (Session::Runs { outdated: true, .. }, Status::Waiting) => pass.connect(),
        (_, Status::Waiting) => pass.act(Action::TryNow),
        (Session::DemoStarts, _) | (_, Status::Idle | Status::Connecting | Status::Connected) => {
            pass.act(Action::Disconnect);
        }
    }
}
