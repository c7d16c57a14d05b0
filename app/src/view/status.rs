//! The line at the bottom: the figures that must always be in sight.

use eframe::egui::{Color32, Frame, Label, Margin, Panel, Sides, Ui};

use super::{
    Scene, Session,
    parts::Words,
    theme::{Palette, Type, space},
};
use crate::model::{Counters, Rate, Status, display};

/// Height in points.
pub(super) const HEIGHT: f32 = 30.0;

/// A figure with the words around it and what it means.
struct Figure {
    before: &'static str,
    number: String,
    after: &'static str,
    /// It tells of something that went wrong: drawn in that colour.
    bad: bool,
    meaning: String,
}

pub(super) fn show(ui: &mut Ui, scene: &Scene<'_>) {
    let p = Palette::of(ui);
    let frame = Frame::NONE.fill(p.surface).inner_margin(Margin::symmetric(space::L as i8, 0));
    Panel::bottom("status").exact_size(HEIGHT).frame(frame).show(ui, |ui| {
        ui.spacing_mut().item_spacing.x = space::XL;
        Sides::new().height(HEIGHT - 1.0).shrink_left().truncate().show(
            ui,
            |ui| traffic(scene).into_iter().for_each(|figure| figure.show(ui)),
            |ui| upkeep(scene).into_iter().for_each(|figure| figure.show(ui)),
        );
    });
}

impl Figure {
    fn show(self, ui: &mut Ui) {
        let p = Palette::of(ui);
        let (number, words): (Color32, Color32) = if self.bad { (p.bad, p.bad) } else { (p.text, p.muted) };
        let line = Words::new()
            .add(self.before, Type::Secondary, words)
            .add(&self.number, Type::SecondaryStrong, number)
            .add(self.after, Type::Secondary, words);
        ui.add(Label::new(line)).on_hover_text(self.meaning);
    }
}

/// What goes in, out and wrong, from the left.
fn traffic(scene: &Scene<'_>) -> Vec<Figure> {
    let Counters { received, echoed, failed, lost, late, duplicates, not_shown, .. } = scene.state.counters;
    // A rate is about now: without a session there is none.
    let runs = matches!(scene.session, Session::Runs { .. });
    let now = |measured: &Rate| rate(if runs { measured.per_second(scene.now) } else { 0.0 });
    let rates = &scene.state.rates;
    let figure = |before, number, after, bad, meaning: String| Figure { before, number, after, bad, meaning };
    let mut figures = vec![
        figure(
            "in ",
            now(&rates.inbound),
            "",
            false,
            format!("Messages from the board, a second. {} in all.", display::count(received)),
        ),
        figure("out ", now(&rates.outbound), "", false, "Echoes handed to the socket, a second.".to_owned()),
        figure(
            "",
            display::count(echoed),
            " echoed",
            false,
            "Messages whose echo was handed to the socket.".to_owned(),
        ),
        figure(
            "",
            display::count(lost),
            " lost",
            lost > 0,
            format!(
                "Echoes after which the board spoke again without having taken them. {late} of these came late."
            ),
        ),
        figure(
            "",
            display::count(not_shown),
            " not shown",
            false,
            "Counted and echoed, but not in the list: they came faster than the window could take them."
                .to_owned(),
        ),
    ];
    if failed > 0 {
        let causes = scene.state.counters.failed_by.causes();
        let causes =
            causes.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name}: {count}"));
        let causes = causes.collect::<Vec<_>>().join(", ");
        figures
            .insert(3, figure("", display::count(failed), " failed", true, format!("Not echoed. {causes}")));
    }
    if duplicates > 0 {
        let meaning = "Delivered more than once, which QoS 1 allows.".to_owned();
        figures.push(figure("", display::count(duplicates), " duplicates", false, meaning));
    }
    figures
}

/// How full the history is and how long the connection stands, from the right.
fn upkeep(scene: &Scene<'_>) -> Vec<Figure> {
    let journal = &scene.state.journal;
    let mut figures = Vec::new();
    if let (Session::Runs { .. }, Status::Connected) = (scene.session, scene.state.link.status) {
        let up = scene.now.saturating_sub(scene.state.link.since);
        figures.push(Figure {
            before: "up ",
            number: display::clock(up),
            after: "",
            bad: false,
            meaning: "Since the connection stands.".to_owned(),
        });
    }
    figures.push(Figure {
        before: "history ",
        number: format!("{} of {} MB", megabytes(journal.bytes()), journal.budget() / 1_000_000),
        after: "",
        bad: false,
        meaning: format!(
            "Memory of the messages. {} of the oldest made room for newer ones.",
            display::count(journal.evicted()),
        ),
    });
    figures
}

/// `0/s`, `1.0/s`, `50 213/s`.
fn rate(per_second: f64) -> String {
    if per_second < 0.05 { "0/s".to_owned() } else { format!("{}/s", display::rate(per_second)) }
}

fn megabytes(bytes: usize) -> String {
    let megabytes = bytes as f64 / 1e6;
    if megabytes < 9.95 { format!("{megabytes:.1}") } else { format!("{megabytes:.0}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_short() {
        let told = [0.0, 0.02, 1.0, 50_000.4].map(rate);
        assert_eq!(told, ["0/s", "0/s", "1.0/s", "50\u{2009}000/s"]);
    }

    #[test]
    fn memory_is_told_in_megabytes() {
        assert_eq!([0, 1_200_000, 256_000_000].map(megabytes), ["0.0", "1.2", "256"]);
    }
}
