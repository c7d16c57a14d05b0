//! The table of messages: rows, keys, search, follow.

use super::*;

#[test]
fn the_newest_message_is_on_top_and_rows_tell_everything() {
    let harness = window(support::demo_story(), WIDE);
    let rows = rows(&harness);
    assert!(rows.len() > 5, "{rows:?}");
    assert!(rows[0].starts_with("14:04:58.") && rows[0].contains(", echo, "), "{}", rows[0]);
    assert!(rows[0].contains(", 36 bytes, residence 47 µs"), "{}", rows[0]);
    assert!(rows[1].contains("board") && rows[1].ends_with("loop 978 ms"), "{}", rows[1]);
}

#[test]
fn the_table_is_walked_by_keyboard() {
    let mut harness = window(support::demo_story(), WIDE);
    let end = harness.state().story.state.journal.end();
    harness.get_by_label_contains(&rows(&harness)[2]).click();
    harness.run();
    assert_eq!(chosen(&harness), Some(end - 3));
    for (key, expected) in [
        (Key::ArrowDown, end - 4),
        (Key::ArrowUp, end - 3),
        (Key::Home, end - 1),
        (Key::ArrowUp, end - 1),
        (Key::End, 0),
        (Key::ArrowDown, 0),
    ] {
        harness.key_press(key);
        harness.run();
        assert_eq!(chosen(&harness), Some(expected), "{key:?}");
    }
    assert!(rows(&harness).last().unwrap().contains("Hello from the board"), "the chosen row is in view");
    harness.key_press(Key::PageUp);
    harness.run();
    let page = chosen(&harness).unwrap();
    assert!((5..40).contains(&page), "{page}");
    harness.key_press(Key::PageDown);
    harness.run();
    assert_eq!(chosen(&harness), Some(0));
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(chosen(&harness), None);
}

#[test]
fn a_row_is_copied() {
    let mut harness = window(support::demo_story(), WIDE);
    harness.get_by_label_contains(&rows(&harness)[1]).click();
    harness.run();
    harness.event(Event::Copy);
    harness.run();
    let Some(Action::Copy(text)) = harness.state().actions.last() else { panic!("nothing was copied") };
    let cells: Vec<&str> = text.split('\t').collect();
    assert_eq!(
        (cells[0], cells[1], cells[3], cells[5]),
        ("2026-11-23 14:04:58.769", "board", "36", "978 ms")
    );
}

#[test]
fn following_ends_when_the_reader_scrolls_and_rows_hold_still() {
    let mut harness = window(support::demo_story(), WIDE);
    scroll(&mut harness, "Messages, ", -240.0);
    let before = rows(&harness);
    assert!(!before[0].starts_with("14:04:58"), "{}", before[0]);
    harness.state_mut().story.turns(2, 0.99);
    harness.run();
    assert_eq!(rows(&harness), before, "rows must not jump");
    harness.get_by_label("Follow · 4 new").click();
    harness.run();
    let end = harness.state().story.state.journal.end();
    let newest = harness.state().story.state.journal.get(end - 1).unwrap().at;
    assert!(rows(&harness)[0].contains("echo"), "{newest:?}: {}", rows(&harness)[0]);
    assert_ne!(rows(&harness), before);
    harness.get_by_label("Follow");
}

#[test]
fn search_is_reached_by_keyboard_counts_and_filters() {
    let mut harness = window(support::odd_story(), WIDE);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
    harness.run();
    assert!(harness.get_by_label("Search messages").is_focused());
    harness.get_by_label("Search messages").type_text("temperature");
    harness.run();
    harness.get_by_label("2 found");
    assert_eq!(rows(&harness).len(), 2);
    harness.get_by_label("Clear search").click();
    harness.run();
    assert!(rows(&harness).len() > 2);
}

#[test]
fn a_search_without_hits_says_so_and_can_be_cleared() {
    let mut harness = window(support::odd_story(), WIDE);
    for (query, said) in [("nowhere to be found", "Nothing found"), ("hex: 0", "This is not a search")] {
        harness.get_by_label("Search messages").focus();
        harness.run();
        harness.get_by_label("Search messages").type_text(query);
        harness.run();
        harness.get_by_label(said);
        harness.get_all_by_label("Clear search").next_back().unwrap().click();
        harness.run();
        assert!(rows(&harness).len() > 2);
    }
}

#[test]
fn hovering_a_row_tells_what_it_could_not_say() {
    let mut harness = window(support::odd_story(), WIDE);
    harness.get_by_label_contains("too large for the broker").hover();
    harness.run_steps(60);
    harness.get_by_label_contains("Not echoed: 300 kB is more than the broker takes");
    harness.get_by_label_contains("echo, ong long").hover();
    harness.run_steps(60);
    harness.get_by_label("Lost: the board spoke again without having taken this echo.");
    let whole = harness
        .query_all_by_label_contains("ong long")
        .any(|node| node.accesskit_node().value().is_some_and(|text| text.chars().count() > 1_500));
    assert!(whole, "the text that was cut is in the tooltip");
}

#[test]
fn before_the_first_message_the_window_says_what_to_check() {
    let harness = window(Story::new(), WIDE);
    harness.get_by_label("No messages yet");
    harness.get_by_label_contains("Is the board switched on");
    harness.get_by_label("loop, median: –");
}
