//! What is known of a message beside its payload.

use std::time::Duration;

use eframe::egui::{Color32, Grid, Label, Ui};

use crate::{
    model::{Entry, Fate, Way, display},
    view::{
        data::{Reading, Shared},
        messages::failure_words,
        parts, quantity,
        theme::{Palette, Type, space},
    },
};

pub(super) fn show(ui: &mut Ui, reading: &Reading<'_>, shared: &mut Shared, number: u64, entry: &Entry) {
    let p = Palette::of(ui);
    Grid::new("facts").num_columns(2).spacing([space::L, space::XS]).min_row_height(18.0).show(ui, |ui| {
        fact(ui, "Topic", &entry.topic, p.text);
        fact(ui, "QoS", &(entry.qos as u8).to_string(), p.text);
        if entry.retain {
            fact(ui, "Retained", "yes: an old message, kept by the broker", p.text);
        }
        if entry.duplicate {
            fact(ui, "Duplicate", "yes: it was delivered before", p.text);
        }
        fact(ui, "Bytes", &quantity::count(entry.payload.len() as u64), p.text);
        match entry.way {
            Way::Board => of_board(ui, p, reading, number, entry),
            Way::Echo => of_echo(ui, p, reading, number, entry),
        }
    });
    partners(ui, reading, shared, number, entry);
    if let Some(board) = &entry.board {
        ui.add_space(space::XS);
        parts::label_caps(ui, "As the board tells it");
        Grid::new("board").num_columns(2).spacing([space::L, space::XS]).min_row_height(18.0).show(
            ui,
            |ui| {
                fact(ui, "Number", &quantity::count(board.sequence), p.text);
                fact(ui, "Uptime", &display::clock(board.uptime), p.text);
                let round_trip = board.round_trip.map_or("not known".to_owned(), quantity::duration);
                fact(ui, "Round trip", &round_trip, p.text);
            },
        );
    }
}

fn of_board(ui: &mut Ui, p: &Palette, reading: &Reading<'_>, number: u64, entry: &Entry) {
    let journal = &reading.state.journal;
    fact(ui, "Received", &reading.clock.micros(entry.at), p.text);
    if let Some(time) = entry.loop_time {
        fact(ui, "Carries", &format!("an echo sent {} before", quantity::duration(time)), p.text);
    }
    let echo = journal.partner(number).and_then(|echo| journal.get(echo));
    match (entry.fate, echo) {
        (Fate::Failed(cause), _) => fact(ui, "Not echoed", &failure_words(cause), p.bad),
        (_, Some(echo)) => {
            let residence = echo.residence.map_or(String::new(), after);
            fact(ui, "Echoed", &residence, p.text);
            came_back(ui, p, reading, journal.partner(number), echo);
        }
        (Fate::Echoed, None) => fact(ui, "Echoed", "yes; the echo is no longer in the history", p.text),
        _ => fact(ui, "Echoed", "not yet", p.muted),
    }
}

fn of_echo(ui: &mut Ui, p: &Palette, reading: &Reading<'_>, number: u64, entry: &Entry) {
    fact(ui, "Sent", &reading.clock.micros(entry.at), p.text);
    if let Some(residence) = entry.residence {
        fact(ui, "Residence", &quantity::duration(residence), p.text);
    }
    came_back(ui, p, reading, Some(number), entry);
}

/// Whether and when the board took an echo.
fn came_back(ui: &mut Ui, p: &Palette, reading: &Reading<'_>, number: Option<u64>, echo: &Entry) {
    let journal = &reading.state.journal;
    let carrier = number.and_then(|number| journal.get(journal.carried(number)?));
    match (echo.fate, carrier.and_then(|carrier| carrier.loop_time)) {
        (_, Some(time)) => fact(ui, "Came back", &after(time), p.text),
        (Fate::Taken, None) => fact(ui, "Came back", "yes, over another connection", p.text),
        (Fate::Lost, None) => fact(ui, "Lost", "the board spoke again without it", p.bad),
        _ => fact(ui, "Came back", "not yet", p.muted),
    }
}

fn after(duration: Duration) -> String {
    format!("+ {}", quantity::duration(duration))
}

/// The other messages of this one's way round.
fn partners(ui: &mut Ui, reading: &Reading<'_>, shared: &mut Shared, number: u64, entry: &Entry) {
    let journal = &reading.state.journal;
    let [partner, carried] = match entry.way {
        Way::Board => ["Show its echo", "Show the echo it carries"],
        Way::Echo => ["Show the message it answers", "Show the message that carries it"],
    };
    let links = [(journal.partner(number), partner), (journal.carried(number), carried)];
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        for (other, words) in links {
            if let Some(other) = other
                && parts::link_button(ui, words).clicked()
            {
                shared.selection.choose(other);
            }
        }
    });
}

fn fact(ui: &mut Ui, name: &str, value: &str, colour: Color32) {
    let p = Palette::of(ui);
    ui.label(Type::Secondary.text(name, p.muted));
    ui.add(Label::new(Type::Mono.text(value, colour)).wrap());
    ui.end_row();
}
