//! A failure in the middle of the window: which stage, who refused whom, why, what to do, and the evidence.

use eframe::egui::{Frame, Grid, Label, Margin, RichText, ScrollArea, Sides, Stroke, Ui, vec2};

use super::{
    Pass, Scene, Session, centre, credentials,
    icon::Sign,
    parts,
    theme::{Palette, Type, radius, space},
    top,
};
use crate::{
    credentials::{Judgement, Severity},
    failure::{Advice, Failure, Stage},
    model::Status,
};

/// Width of the card in points.
const WIDTH: f32 = 680.0;

/// The card.
pub(super) fn show(ui: &mut Ui, pass: &mut Pass<'_, '_>, failure: &Failure) {
    let p = Palette::of(ui);
    let advice = failure.advice();
    let width = WIDTH.min(ui.available_width() - 2.0 * space::XL);
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.add_space((ui.available_height() * 0.05).max(space::XL));
        ui.vertical_centered(|ui| {
            ui.set_max_width(width);
            Frame::NONE
                .fill(p.surface)
                .stroke(Stroke::new(1.0, p.bad.lerp_to_gamma(p.line, 0.25)))
                .corner_radius(radius::CARD)
                .inner_margin(Margin::same(31))
                .show(ui, |ui| {
                    ui.take_available_width();
                    ui.with_layout(eframe::egui::Layout::top_down(eframe::egui::Align::Min), |ui| {
                        contents(ui, pass, failure.stage(), &advice);
                    });
                });
            ui.add_space(space::L);
            below(ui, pass);
        });
    });
}

fn contents(ui: &mut Ui, pass: &mut Pass<'_, '_>, stage: Stage, advice: &Advice) {
    let p = Palette::of(ui);
    ui.spacing_mut().item_spacing.y = space::S;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        Sign::Bad.show(ui, stage_name(stage));
        let who = format!("{} · {}", stage_name(stage), decapitalised(&advice.who));
        ui.add(Label::new(Type::Strong.text(who, p.bad)).wrap());
    });
    ui.label(RichText::new(&advice.what).font(Type::Figure.font()).color(p.text));
    ui.add_space(space::XS);
    ui.add(Label::new(Type::Body.text(advice.why.as_str(), p.text)).wrap());
    if !advice.next.is_empty() {
        ui.add_space(space::M);
        parts::label_caps(ui, "What to do");
        for (number, step) in advice.next.iter().enumerate() {
            show_step(ui, pass, number + 1, step);
        }
    }
    changed(ui, pass, stage);
    if advice.evidence.is_empty() {
        return;
    }
    ui.add_space(space::M);
    let names = advice.evidence.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let words = format!("Evidence: {}", decapitalised(&names));
    parts::fold_button(ui, &mut pass.memory.evidence, &words);
    if pass.memory.evidence {
        evidence(ui, advice);
    }
}

fn show_step(ui: &mut Ui, pass: &mut Pass<'_, '_>, number: usize, step: &crate::failure::Step) {
    let p = Palette::of(ui);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().interact_size.y = 26.0;
        ui.spacing_mut().item_spacing.x = space::XS;
        ui.horizontal(|ui| {
            ui.add_sized(vec2(18.0, 19.0), Label::new(Type::Body.text(format!("{number}."), p.muted)))
        });
        ui.vertical(|ui| {
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                ui.label(Type::Body.text(step.text.as_str(), p.text));
                if let Some(remedy) = &step.remedy
                    && credentials::remedy_button(ui, remedy, &step.text).clicked()
                {
                    credentials::perform(pass, remedy);
                }
            });
        });
    });
}

/// The form or its files are others than when this failed: whether that was the remedy, the next try tells.
fn changed(ui: &mut Ui, pass: &mut Pass<'_, '_>, stage: Stage) {
    let Session::Runs { outdated, .. } = pass.scene.session else { return };
    let works = |judgement: &Judgement| judgement.severity() != Some(Severity::Error);
    let mended =
        stage == Stage::Credentials && pass.scene.judgement.is_some_and(works) && !pass.scene.judging;
    if outdated || mended {
        ui.add_space(space::S);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = space::M;
            if parts::primary_button(ui, "Try with the changes").clicked() {
                pass.connect();
            }
            let words = if outdated {
                "The connection was changed after this failure."
            } else {
                "The credentials can be used now."
            };
            parts::secondary(ui, words);
        });
    }
}

fn evidence(ui: &mut Ui, advice: &Advice) {
    let p = Palette::of(ui);
    ui.spacing_mut().interact_size.y = 0.0;
    Grid::new("evidence").num_columns(2).spacing(vec2(space::L, space::XS)).show(ui, |ui| {
        for (name, value) in &advice.evidence {
            ui.label(Type::Secondary.text(*name, p.muted));
            ui.add(Label::new(Type::Mono.text(value.as_str(), p.text)).wrap());
            ui.end_row();
        }
    });
}

/// The way to the figures of the last session, where there are any.
fn below(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    if centre::has_figures(pass.scene)
        && parts::link_button(ui, "Show the figures of the last session").clicked()
    {
        pass.memory.wants_figures = Some(true);
    }
}

/// A failure in one line over the figures: they matter more while the app is trying again.
pub(super) fn banner(ui: &mut Ui, pass: &mut Pass<'_, '_>, failure: &Failure) {
    let p = Palette::of(ui);
    let advice = failure.advice();
    Frame::NONE
        .fill(p.tint(p.bad))
        .stroke(Stroke::new(1.0, p.bad.lerp_to_gamma(p.line, 0.25)))
        .corner_radius(radius::CARD)
        .inner_margin(Margin::symmetric(15, 5))
        .show(ui, |ui| {
            Sides::new().shrink_left().truncate().show(
                ui,
                |ui| {
                    Sign::Bad.show(ui, stage_name(failure.stage()));
                    let now = what_now(pass.scene);
                    ui.label(Type::Strong.text(advice.what.as_str(), p.text));
                    ui.label(Type::Body.text(now, p.text));
                },
                |ui| {
                    if parts::quiet_button(ui, "What to do").clicked() {
                        pass.memory.wants_figures = Some(false);
                    }
                },
            );
        });
}

fn what_now(scene: &Scene<'_>) -> String {
    let link = &scene.state.link;
    match (link.status, link.next_try) {
        (Status::Waiting, Some(next)) => {
            format!("Next try in {}.", top::seconds(next.saturating_sub(scene.now)))
        }
        (Status::Connecting, _) => "Trying again…".to_owned(),
        _ => String::new(),
    }
}

fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Credentials => "Credentials",
        Stage::Dns => "DNS",
        Stage::Tcp => "TCP",
        Stage::Tls => "TLS",
        Stage::Mqtt => "MQTT",
        Stage::Subscribe => "Subscribe",
        Stage::Flow => "Connection",
    }
}

/// For the middle of a line: the first letter small, unless the first word is a name in capitals.
fn decapitalised(words: &str) -> String {
    let mut letters = words.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_go_on_in_small_letters_but_names_keep_theirs() {
        assert_eq!(decapitalised("We refused it"), "we refused it");
        assert_eq!(decapitalised("TLS version"), "TLS version");
        assert_eq!(decapitalised(""), "");
    }
}
