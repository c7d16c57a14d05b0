//! The inspector: a message in every form, and what became of it.

use super::*;

#[test]
fn the_inspector_shows_every_form_of_a_payload() {
    let mut harness = window(support::odd_story(), WIDE);
    harness.get_by_label_contains("board, {\"temperature\"").click();
    harness.run();
    harness.get_by_label("JSON").click();
    harness.run();
    harness.get_by_label_contains("  \"temperature\": 21.5,\n");
    harness.get_by_label("Hex").click();
    harness.run();
    harness.get_by_label_contains("0000  7b 22 74 65");
    harness.get_by_label("Copy Hex").click();
    harness.run();
    let Some(Action::Copy(hex)) = harness.state().actions.last() else { panic!("nothing was copied") };
    assert!(hex.starts_with("0000  7b 22 74 65 6d 70 65 72  61 74"), "{hex}");
}

#[test]
fn the_inspector_tells_why_a_message_was_not_echoed() {
    let mut harness = window(support::odd_story(), WIDE);
    harness.get_by_label_contains("too large for the broker").click();
    harness.run();
    harness.get_by_label("300 kB is more than the broker takes (262 kB)");
}

#[test]
fn the_inspector_leads_to_the_echo_and_tells_the_boards_view() {
    let mut harness = window(support::odd_story(), [1500.0, 1200.0]);
    harness.get_by_label_contains("board, with everything").click();
    harness.run();
    harness.get_by_label("1 d 02:03:04");
    harness.get_by_label("62 ms");
    harness.get_by_label("Show its echo").click();
    harness.run();
    assert_eq!(chosen(&harness), Some(harness.state().story.state.journal.end() - 1));
    harness.get_by_label("Show the message it answers");
}

#[test]
fn any_payload_in_any_form_is_shown_without_trouble() {
    let mut harness = window(support::odd_story(), WIDE);
    for form in ["Text", "Hex", "JSON"] {
        for entry in (6..harness.state().story.state.journal.end()).step_by(2) {
            harness.state_mut().memory.shared.selection.choose(entry);
            harness.run();
            harness.get_by_label(form).click();
            harness.run();
        }
    }
}

#[test]
fn a_small_window_has_tabs_and_opens_the_inspector_with_a_selection() {
    let mut harness = window(support::demo_story(), SMALL);
    assert!(harness.query_by_label_contains("Timeline from").is_none());
    harness.get_by_label("Timeline").click();
    harness.run();
    harness.get_by_label_contains("Timeline from");
    harness.get_by_label("Histogram").click();
    harness.run();
    harness.get_by_label_contains("Distribution of");
    assert!(harness.query_by_label("Close the inspector").is_none());
    harness.get_by_label_contains(&rows(&harness)[1]).click();
    harness.run();
    harness.get_by_label("Close the inspector").click();
    harness.run();
    assert_eq!(chosen(&harness), None);
}

#[test]
fn a_message_that_left_the_history_is_not_shown_as_another() {
    let mut harness = window(support::demo_story(), WIDE);
    harness.get_by_label_contains(&rows(&harness)[1]).click();
    harness.run();
    let limits = echo_monitor::model::Limits { journal_bytes: 64 * 1024, ..Default::default() };
    let mut story = Story::within(limits);
    story.turns(2_000, 0.01);
    harness.state_mut().story = story;
    harness.run();
    harness.get_by_label_contains("no longer in the history");
    assert!(harness.state().story.state.latest() > Duration::from_secs(10));
}
