//! What the fold makes of events, case by case.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use super::{
    super::{
        event::{EchoFailure, Received},
        fixture::{self, event},
        journal::Fate,
    },
    *,
};

fn started(seconds: u64) -> What {
    What::Started { wall: fixture::wall(seconds) }
}

fn received(id: u64, text: &str) -> What {
    What::Received(fixture::received(id, text.to_owned()))
}

fn echoed(id: u64, text: &str) -> What {
    What::Echoed(fixture::echoed(id, text.to_owned()))
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// The state after these events, and what each of them taught.
fn fold(events: impl IntoIterator<Item = (u64, What)>) -> (State, Vec<Learned>) {
    let mut state = State::new(Limits::default());
    let learned = events.into_iter().map(|(at, what)| state.apply(&event(at, what))).collect();
    (state, learned)
}

#[test]
fn a_board_that_takes_its_echoes() {
    let (state, learned) = fold([
        (0, started(0)),
        (1, fixture::connected()),
        (100, received(0, "abc")),
        (101, echoed(0, "bca")),
        (1_100, received(1, "bca")),
        (1_101, echoed(1, "cab")),
    ]);
    assert_eq!(learned[4], Learned { loop_time: Some(millis(999)), ..Learned::default() });
    let Counters { received, echoed, lost, bytes_in, bytes_out, .. } = state.counters;
    assert_eq!((received, echoed, lost, bytes_in, bytes_out), (2, 2, 0, 6, 6));
    assert_eq!(state.latency.series(Figure::Loop).last(), Some((millis(1_100), millis(999))));
    assert_eq!(state.latency.series(Figure::Residence).len(), 2);
    let fates: Vec<_> = (0..4).map(|entry| state.journal.get(entry).unwrap().fate).collect();
    assert_eq!(fates, [Fate::Echoed, Fate::Taken, Fate::Echoed, Fate::Plain]);
    assert_eq!((state.journal.partner(0), state.journal.carried(1)), (Some(1), Some(2)));
}

#[test]
fn an_echo_is_lost_and_comes_late() {
    let (state, learned) = fold([
        (0, received(0, "abc")),
        (1, echoed(0, "bca")),
        (1_000, received(1, "abc")),
        (2_000, received(2, "bca")),
    ]);
    assert_eq!(learned[2], Learned { lost: 1, ..Learned::default() });
    assert_eq!(learned[3], Learned { loop_time: Some(millis(1_999)), late: true, ..Learned::default() });
    assert_eq!((state.counters.lost, state.counters.late), (0, 1));
}

#[test]
fn what_is_not_the_board_speaking_loses_no_echo() {
    let (topic, retained) = ("echo".into(), true);
    let own = Received { topic, ..fixture::received(1, "x") };
    let old = Received { retain: retained, ..fixture::received(2, "x") };
    let again = Received { duplicate: true, ..fixture::received(3, "x") };
    let events = [
        received(0, "abc"),
        echoed(0, "bca"),
        What::Received(own),
        What::Received(old),
        What::Received(again),
    ];
    let (state, learned) = fold((0..).zip(events));
    assert_eq!((state.counters.lost, state.counters.duplicates, learned[4].duplicate), (0, 1, true));
}

#[test]
fn our_own_echo_does_not_take_itself() {
    let own = Received { topic: "echo".into(), ..fixture::received(1, "bca") };
    let (state, learned) =
        fold((0..).zip([received(0, "abc"), echoed(0, "bca"), What::Received(own), received(2, "bca")]));
    assert_eq!((learned[2].loop_time, learned[3].loop_time), (None, Some(millis(2))));
    assert_eq!(state.latency.series(Figure::Loop).len(), 1);
}

#[test]
fn the_boards_number_tells_a_repetition() {
    let numbered = |id, sequence, qos| {
        let board = Some(Box::new(fixture::report(sequence)));
        What::Received(Received { board, qos, ..fixture::received(id, "x") })
    };
    let qos = Qos::AtLeastOnce;
    let (_, learned) = fold((0..).zip([
        numbered(0, 5, qos),
        numbered(1, 6, qos),
        numbered(2, 5, qos),
        numbered(3, 7, Qos::AtMostOnce),
        numbered(4, 7, Qos::AtMostOnce),
    ]));
    assert_eq!(learned.iter().map(|l| l.duplicate).collect::<Vec<_>>(), [false, false, true, false, false]);
}

#[test]
fn a_failure_has_its_cause() {
    let fail = |id, cause| What::EchoFailed { id, cause };
    let (state, _) = fold((0..).zip([
        received(0, "a"),
        received(1, "b"),
        received(2, "c"),
        fail(0, EchoFailure::TooLarge { bytes: 9, limit: 5 }),
        fail(1, EchoFailure::ConnectionLost),
        What::NotShown { received: 5, echoed: 3, failed: 2, bytes: 50 },
    ]));
    let counters = state.counters;
    assert_eq!((counters.received, counters.echoed, counters.failed, counters.in_flight()), (8, 3, 4, 1));
    assert_eq!((counters.not_shown, counters.bytes_in), (8, 53));
    let causes = counters.failed_by.causes();
    let told: Vec<_> = causes.into_iter().filter(|(_, count)| *count > 0).collect();
    assert_eq!(told, [("too-large", 1), ("connection-lost", 1), ("not-shown", 2)]);
    assert_eq!(state.journal.get(1).unwrap().fate, Fate::Failed(EchoFailure::ConnectionLost));
}

#[test]
fn messages_that_were_not_shown_make_no_echo_lost() {
    let hidden = What::NotShown { received: 1, echoed: 1, failed: 0, bytes: 3 };
    let (state, _) = fold((0..).zip([received(0, "abc"), echoed(0, "bca"), hidden, received(2, "cab")]));
    assert_eq!((state.counters.lost, state.counters.untracked), (0, 1));
}

#[test]
fn a_gap_lies_between_two_connections() {
    let (state, learned) = fold([
        (0, started(0)),
        (1, fixture::connected()),
        (10, received(0, "abc")),
        (11, echoed(0, "bca")),
        (20, fixture::lost_connection(Some(millis(2_000)))),
        (2_020, fixture::lost_connection(Some(millis(2_000)))),
        (4_000, fixture::connected()),
        (4_100, received(1, "bca")),
        (4_101, echoed(1, "cab")),
    ]);
    let gap = state.gaps.iter().next().unwrap();
    assert_eq!((state.gaps.len(), gap.from, gap.to), (1, millis(20), Some(millis(4_000))));
    assert_eq!(gap.cause, "The broker shuts down");
    // The echo was taken, but its time would measure the gap.
    assert_eq!((learned[7].loop_time, state.counters.lost), (None, 0));
    assert_eq!(state.journal.get(1).unwrap().fate, Fate::Taken);
    let mut residence = Vec::new();
    state.latency.series(Figure::Residence).decimate(Duration::ZERO..millis(9_999), 9_999, &mut residence);
    assert_eq!(residence.iter().map(|column| column.gap_before).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn an_attempt_before_the_first_connection_is_no_gap() {
    let (state, _) =
        fold([(0, started(0)), (5, fixture::lost_connection(Some(millis(9)))), (20, fixture::connected())]);
    assert!(state.gaps.is_empty());
}

#[test]
fn a_second_session_goes_on_where_the_clock_says() {
    let (mut state, _) = fold([
        (0, started(0)),
        (10, fixture::connected()),
        (1_000, echoed(0, "a")),
        (2_000, What::Stopped),
        (0, started(60)),
        (500, fixture::connected()),
        (700, echoed(0, "b")),
    ]);
    assert_eq!(state.latest(), millis(60_700));
    assert_eq!(state.wall(millis(60_700)), Some(fixture::wall(60) + millis(700)));
    assert_eq!(state.wall(millis(1_000)), Some(fixture::wall(1)));
    let gap = state.gaps.iter().next().unwrap();
    assert_eq!((gap.from, gap.to), (millis(2_000), Some(millis(60_500))));
    // The clock was set back: the axis goes on all the same, and tells what the clock says now.
    state.apply(&event(0, started(10)));
    state.apply(&event(100, echoed(0, "c")));
    assert_eq!(state.latest(), millis(60_800));
    assert_eq!(state.wall(millis(60_800)), Some(fixture::wall(10) + millis(100)));
    assert_eq!(
        state.wall(millis(60_700) - Duration::from_nanos(1)),
        Some(fixture::wall(60) + millis(700) - Duration::from_nanos(1))
    );
}

#[test]
fn a_session_that_ended_without_a_word_ended_with_its_last_event() {
    let events = [(0, started(0)), (10, fixture::connected()), (500, echoed(0, "a")), (0, started(60))];
    let (state, _) = fold(events);
    assert_eq!(state.gaps.iter().next().unwrap().from, millis(500));
}

#[test]
fn a_new_session_answers_no_message_of_the_one_before() {
    let hidden = |received, echoed| What::NotShown { received, echoed, failed: 0, bytes: 0 };
    let (state, _) = fold([
        (0, started(0)),
        (1, received(0, "a")),
        (2, hidden(0, 1)),
        (3, What::Stopped),
        (0, started(9)),
        (1, hidden(1, 0)),
        (2, echoed(0, "b")),
    ]);
    assert_eq!(state.journal.partner(1), None);
    assert_eq!(state.journal.get(0).unwrap().fate, Fate::Plain);
}

#[test]
fn the_axis_never_goes_back() {
    let (state, _) = fold([(9, received(0, "a")), (5, received(1, "b"))]);
    assert_eq!((state.latest(), state.journal.get(1).unwrap().at), (millis(9), millis(9)));
}

#[test]
fn before_the_first_session_there_is_no_wall_clock() {
    assert_eq!(State::new(Limits::default()).wall(millis(5)), None);
}

#[test]
fn without_history_the_figures_are_the_same() {
    let events =
        || [(0, received(0, "abc")), (1, echoed(0, "bca")), (9, received(1, "bca")), (10, echoed(1, "cab"))];
    let (full, learned) = fold(events());
    let mut bare = State::new(Limits::without_history());
    let bare_learned: Vec<_> = events().into_iter().map(|(at, what)| bare.apply(&event(at, what))).collect();
    assert_eq!((bare.counters, bare_learned), (full.counters, learned));
    assert_eq!(bare.latency.summary(Figure::Loop), full.latency.summary(Figure::Loop));
    assert_eq!((bare.journal.bytes(), bare.latency.series(Figure::Loop).len()), (0, 0));
}
