//! The pages that are words alone. Numbers come from where the code has them: the firmware's core and the profile.

use echo_board::{limits, retry, wire};
use eframe::egui::Ui;

use super::{
    super::{
        Action, parts,
        theme::{Palette, Type, space},
    },
    table,
};
use crate::profile::{Draft, Qos, Turn};

/// The words, as the figures use them.
const WORDS: [(&str, &str); 6] = [
    ("Echo", "A message of the board, rotated by one character and sent back."),
    (
        "Loop",
        "From an echo sent to the board's next message that carries it. The board's rhythm is part of it: with one \
         message a second the loop takes about a second.",
    ),
    (
        "Broker",
        "The broker round trip: from a publish of ours to the broker's answer. At QoS 0, where nothing is acknowledged, \
         a question about a filter that nobody holds is answered instead, once a second.",
    ),
    ("Residence", "From a message received to its echo handed to the socket: the time inside this app."),
    (
        "Lost",
        "The board spoke again without having taken the echo. QoS 0 promises nothing; an echo that comes after all is \
         counted as late.",
    ),
    (
        "Not echoed",
        "A message that was accepted but not sent back; the table tells the cause of each: too large for the broker, \
         the connection broke, …",
    ),
];

/// What the percentiles mean.
const FIGURES: [(&str, &str); 3] = [
    ("Median, p50", "Half of all took at most this long."),
    ("p95, p99", "95, 99 of 100 took at most this long: what the slow ones are like."),
    ("Gap", "Between two connections nothing was measured: no line joins what was before and after it."),
];

const EVERYWHERE: [(&str, &str); 6] = [
    ("Ctrl+Enter", "Connect, try now, disconnect"),
    ("Ctrl+D", "Start or stop the demo"),
    ("Ctrl+F", "Search the messages"),
    ("Tab, Shift+Tab", "To the next, to the previous"),
    ("Space, Enter", "Press what has the focus"),
    ("Esc", "Close what is open"),
];

const MESSAGES: [(&str, &str); 4] = [
    ("Up, Down", "The message before, the message after"),
    ("Page Up, Page Down", "A page back, a page on"),
    ("Home, End", "The first, the last"),
    ("Ctrl+C", "Copy the chosen message"),
];

const PLOT: [(&str, &str); 3] =
    [("Left, Right", "Earlier, later"), ("+, −", "Closer, further"), ("End", "Back to what happens now")];

const HELP: [(&str, &str); 2] = [("F1", "This page"), ("Page Up, Page Down", "Scroll it")];

fn rows(rows: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
    rows.iter().map(|(left, right)| ((*left).to_owned(), (*right).to_owned()))
}

pub(super) fn words(ui: &mut Ui) {
    table(ui, Type::Strong, rows(&WORDS));
    ui.add_space(space::S);
    parts::label_caps(ui, "Figures");
    table(ui, Type::Strong, rows(&FIGURES));
}

pub(super) fn keys(ui: &mut Ui) {
    for (name, keys) in [
        ("Everywhere", EVERYWHERE.as_slice()),
        ("In the messages", &MESSAGES),
        ("In the plot and the timeline", &PLOT),
        ("Here", &HELP),
    ] {
        parts::label_caps(ui, name);
        table(ui, Type::Mono, rows(keys));
        ui.add_space(space::XS);
    }
}

/// What goes over the wire with the profile in the form.
pub(super) fn wire(ui: &mut Ui, draft: &Draft) {
    parts::secondary(ui, "With the profile that is open now:");
    table(ui, Type::Strong, of_the_wire(draft));
    ui.add_space(space::S);
    parts::label_caps(ui, "The board");
    table(ui, Type::Strong, of_the_board());
}

fn of_the_wire(draft: &Draft) -> Vec<(String, String)> {
    let row = |name: &str, words: String| (name.to_owned(), words);
    let (way, example) = match draft.direction {
        Turn::Left => ("left", "abc → bca"),
        Turn::Right => ("right", "abc → cab"),
    };
    let qos = match draft.qos {
        Qos::AtMostOnce => {
            "0, at most once: nothing is acknowledged, and what a broken connection takes with it is lost."
        }
        Qos::AtLeastOnce => "1, at least once: nothing accepted is lost; a message may come twice.",
        Qos::ExactlyOnce => "2, exactly once: nothing is lost and nothing comes twice.",
    };
    vec![
        row("Board → here", format!("It publishes on {}", draft.subscribe)),
        row("Here → board", format!("The echoes are published on {}", draft.publish)),
        row(
            "Rotation",
            format!(
                "To the {way} by one character: {example}. A character is a Unicode scalar value; what is not UTF-8 turns by \
             one byte and is marked as binary; empty stays empty."
            ),
        ),
        row("QoS", format!("{qos} Nothing is retained.")),
        row("Keep alive", format!("{} s from here", draft.keep_alive)),
    ]
}

fn of_the_board() -> Vec<(String, String)> {
    let row = |name: &str, words: String| (name.to_owned(), words);
    vec![
        row(
            "Rhythm",
            format!(
                "It publishes its current message every {} s. An echo that arrives becomes its current message, so that the \
             text turns by one character each time it goes round.",
                f64::from(wire::PERIOD_MS) / 1e3
            ),
        ),
        row(
            "Size",
            format!(
                "It takes messages of up to {} bytes. A longer one is counted and ignored, never cut.",
                wire::MESSAGE_LIMIT
            ),
        ),
        row(
            "Keep alive",
            format!("{} s, with a ping every {} s", limits::KEEP_ALIVE, limits::PING.as_secs()),
        ),
        row(
            "Reconnecting",
            format!(
                "After {} s, then less and less often, up to {} s apart",
                retry::FIRST.as_secs(),
                retry::LONGEST.as_secs()
            ),
        ),
    ]
}

/// Whether the person wants to be led through it.
pub(super) fn certificates(ui: &mut Ui, actions: &mut Vec<Action>) -> bool {
    let p = Palette::of(ui);
    ui.label(Type::Body.text(
        "The public test broker signs client certificates for anyone. Get certificates makes the key and the request, \
         checks the answer and fills the rows; or it makes a throw-away CA for a broker of your own. The CA file of the \
         test broker is on its site.",
        p.muted,
    ));
    let wanted = parts::link_button(ui, "Get certificates").clicked();
    for (words, page) in [
        ("test.mosquitto.org: get a client certificate", "https://test.mosquitto.org/ssl/"),
        ("test.mosquitto.org: its CA file", "https://test.mosquitto.org/ssl/mosquitto.org.crt"),
    ] {
        if parts::link_button(ui, words).clicked() {
            actions.push(Action::OpenPage(page));
        }
    }
    wanted
}
