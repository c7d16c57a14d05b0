//! What stands in the middle of the window.

use eframe::egui::{CentralPanel, Frame, Ui};

use super::{
    Memory, Pass, Scene, Session, advice, certificates, data, failed, hints, progress, ready,
    theme::{Palette, space},
    welcome,
};
use crate::{
    failure::Stage,
    model::{Figure, Status},
};

/// What the middle shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Centre {
    /// Two large choices.
    Welcome,
    /// How to get certificates.
    Certificates,
    /// What is missing before one can connect.
    Ready,
    /// The first attempt.
    Progress,
    /// What failed and what to do.
    Failed,
    /// The figures, and a line about what failed.
    DataWithBanner,
    /// The figures.
    Data,
}

impl Centre {
    pub(super) fn of(scene: &Scene<'_>, memory: &Memory) -> Self {
        let link = &scene.state.link;
        let data = has_figures(scene);
        let running = matches!(scene.session, Session::Runs { .. }) && link.status != Status::Stopped;
        match &link.failure {
            _ if memory.certificates.open => Self::Certificates,
            _ if matches!(scene.session, Session::DemoStarts) => Self::Progress,
            _ if !running && data => Self::Data,
            _ if !running && scene.untouched && !memory.setting_up => Self::Welcome,
            _ if !running => Self::Ready,
            _ if link.status == Status::Connected => Self::Data,
            // A connection that broke comes back by itself most of the time: the figures stay until it did not.
            Some(failure) if data => {
                let broke = failure.stage() == Stage::Flow && link.status != Status::Failed;
                if memory.wants_figures.unwrap_or(broke) { Self::DataWithBanner } else { Self::Failed }
            }
            Some(_) => Self::Failed,
            None if data => Self::Data,
            None => Self::Progress,
        }
    }
}

/// Whether there is anything to see. A connection measures the broker before the first message comes.
pub(super) fn has_figures(scene: &Scene<'_>) -> bool {
    !scene.state.journal.is_empty() || scene.state.latency.summary(Figure::Broker).is_some()
}

pub(super) fn show(ui: &mut Ui, pass: &mut Pass<'_, '_>, centre: Centre) {
    let p = Palette::of(ui);
    let margin = if matches!(centre, Centre::Data | Centre::DataWithBanner) { space::L } else { 0.0 };
    CentralPanel::default().frame(Frame::NONE.fill(p.bg).inner_margin(margin)).show(ui, |ui| match centre {
        Centre::Welcome => welcome::show(ui, pass),
        Centre::Certificates => certificates::show(ui, pass),
        Centre::Ready => ready::show(ui, pass),
        Centre::Progress => progress::show(ui, pass),
        Centre::Failed => {
            if let Some(failure) = &pass.scene.state.link.failure {
                failed::show(ui, pass, failure);
            }
        }
        Centre::DataWithBanner => {
            if let Some(failure) = &pass.scene.state.link.failure {
                failed::banner(ui, pass, failure);
            }
            panels(ui, pass);
        }
        Centre::Data => {
            // One line at a time: a trouble comes before an explanation.
            if !advice::show(ui, pass) {
                hints::show(ui, pass);
            }
            panels(ui, pass);
        }
    });
}

fn panels(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    data::show(ui, pass.scene.state, &mut pass.memory.data, pass.actions);
}
