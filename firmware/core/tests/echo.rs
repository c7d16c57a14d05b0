//! Two ends in virtual time: the board's core against a broker with an echoing host, with loss, repetition, reordering
//! and broken connections. No socket, no sleep.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod world;

use std::time::Duration;

use echo_board::{
    Failure, Report, Security, Settings, Stage, Unreachable,
    board::REMEMBERED,
    mqtt::{Protocol, Qos},
    wire::{self, Direction},
};
use proptest::prelude::*;
use world::{Treatment, World};

const SECOND: Duration = Duration::from_secs(1);

fn settings(protocol: Protocol, qos: Qos, first: &str) -> Settings {
    let mut settings = Settings::new(Security::Plain);
    settings.mqtt.protocol = protocol;
    settings.mqtt.qos = qos;
    settings.first_message = first.as_bytes().to_vec();
    settings
}

fn plain(first: &str) -> Settings {
    settings(Protocol::V5, Qos::AtMostOnce, first)
}

/// `sent == right + late + missing + awaited`.
fn assert_balanced(world: &World) {
    let c = world.counters();
    let answered = c.right + c.late + c.missing;
    assert!(c.sent == answered || c.sent == answered + 1, "{c:?}");
}

#[test]
fn the_text_turns_by_one_character_a_second() {
    for protocol in [Protocol::V311, Protocol::V5] {
        for qos in [Qos::AtMostOnce, Qos::AtLeastOnce] {
            let mut world = World::new(settings(protocol, qos, "abc"), &[]);
            world.run_until(SECOND * 4);
            assert_eq!(world.said(), ["abc", "bca", "cab", "abc", "bca"], "{protocol:?} {qos:?}");
            let counters = world.counters();
            assert_eq!((counters.sent, counters.right), (5, 4));
            assert_eq!(counters.missing + counters.late + counters.wrong + counters.ignored, 0);
        }
    }
}

#[test]
fn the_direction_is_a_setting() {
    let mut settings = plain("abc");
    settings.direction = Direction::Right;
    let mut world = World::new(settings, &[]);
    world.run_until(SECOND * 2);
    assert_eq!(world.said(), ["abc", "cab", "bca"]);
    assert_eq!(world.counters().right, 2);
}

#[test]
fn a_host_that_turns_the_other_way_is_wrong_and_the_text_turns_all_the_same() {
    let mut world = World::new(plain("abc"), &[Treatment { lost: true, ..Treatment::PROMPT }; 9]);
    world.run_until(SECOND / 2);
    world.broker.publish(wire::HOST_TOPIC, b"cab", false, None);
    world.run_until(SECOND);
    assert_eq!(world.said(), ["abc", "cab"]);
    assert_eq!(world.counters().wrong, 1);
}

#[test]
fn the_round_trip_is_measured_and_told_to_the_host_with_the_next_message() {
    let delay = Duration::from_micros(123_456);
    let mut world = World::new(plain("abc"), &[Treatment { delay, ..Treatment::PROMPT }; 9]);
    world.run_until(SECOND * 2);
    let round_trips = world.reported(|report| match report {
        Report::Right { sequence, round_trip } => Some((*sequence, *round_trip)),
        _ => None,
    });
    assert_eq!(round_trips, [(0, delay), (1, delay)]);
    let properties: Vec<_> = world
        .broker
        .seen
        .iter()
        .filter(|seen| seen.topic == wire::BOARD_TOPIC)
        .map(|seen| seen.properties.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>())
        .collect();
    assert_eq!(properties[0], ["seq=0", "uptime-ms=0"]);
    assert_eq!(properties[2], ["seq=2", "uptime-ms=2000", "rtt-us=123456"]);
    let correlation = world.broker.seen.last().unwrap().correlation.clone().unwrap();
    assert_eq!(correlation, 2u64.to_be_bytes());
}

#[test]
fn mqtt_3_1_1_carries_no_properties() {
    let mut world = World::new(settings(Protocol::V311, Qos::AtMostOnce, "abc"), &[]);
    world.run_until(SECOND);
    assert!(world.broker.seen.iter().all(|seen| seen.properties.is_empty() && seen.correlation.is_none()));
}

#[test]
fn a_lost_echo_is_missing_and_the_message_is_said_again() {
    let mut world = World::new(plain("abc"), &[Treatment { lost: true, ..Treatment::PROMPT }]);
    world.run_until(SECOND * 2);
    assert_eq!(world.said(), ["abc", "abc", "bca"]);
    assert_eq!(world.reported(|r| matches!(r, Report::Missing { sequence: 0 }).then_some(())).len(), 1);
    let counters = world.counters();
    assert_eq!((counters.sent, counters.right, counters.missing), (3, 1, 1));
}

#[test]
fn an_echo_slower_than_the_rhythm_is_late_and_not_missing() {
    let slow = Treatment { delay: Duration::from_millis(1_500), ..Treatment::PROMPT };
    let mut world = World::new(plain("abc"), &[slow]);
    world.correlates = true;
    world.run_until(SECOND * 2);
    let late = world.reported(|report| match report {
        Report::Late { sequence, round_trip } => Some((*sequence, *round_trip)),
        _ => None,
    });
    assert_eq!(late, [(0, slow.delay)]);
    assert_eq!(world.counters().missing, 0);
}

#[test]
fn a_message_longer_than_the_buffer_is_counted_and_not_cut() {
    let mut world = World::new(plain("abc"), &[]);
    world.run_until(SECOND / 2);
    world.broker.publish(wire::HOST_TOPIC, &[b'x'; wire::MESSAGE_LIMIT + 1], false, None);
    world.run_until(SECOND);
    assert_eq!(world.said(), ["abc", "bca"]);
    let counters = world.counters();
    assert_eq!((counters.too_long, counters.ignored, counters.failures), (1, 1, 0));
    world.run_until(SECOND * 3 / 2);
    world.broker.publish(wire::HOST_TOPIC, &[b'x'; wire::MESSAGE_LIMIT], false, None);
    world.run_until(SECOND * 2);
    assert_eq!(world.said().last().unwrap().len(), wire::MESSAGE_LIMIT);
}

#[test]
fn what_was_retained_or_is_on_another_topic_is_no_answer() {
    let mut world = World::new(plain("abc"), &[]);
    world.run_until(SECOND / 2);
    world.broker.publish(wire::HOST_TOPIC, b"from before", true, None);
    world.broker.publish("somewhere/else", b"not for us", false, None);
    world.run_until(SECOND);
    assert_eq!(world.said(), ["abc", "bca"]);
    assert_eq!(world.counters().ignored, 2);
}

#[test]
fn birth_and_good_bye_are_on_the_status_topic() {
    let mut world = World::new(plain("abc"), &[]);
    world.run_until(SECOND);
    world.stop();
    let status: Vec<_> = world.broker.seen.iter().filter(|seen| seen.topic == wire::STATUS_TOPIC).collect();
    assert_eq!(status.len(), 2);
    assert!(status.iter().all(|seen| seen.retain));
    assert_eq!((status[0].text.as_slice(), status[1].text.as_slice()), (&b"online"[..], &b"offline"[..]));
    assert_eq!(world.broker.packets.last().unwrap(), "disconnect");
    assert_eq!(world.client.next_deadline(), None);
    assert_eq!(world.reports.last().unwrap().1, Report::Stopped);
}

#[test]
fn a_broken_connection_is_made_anew_after_two_seconds_and_subscribed_again() {
    let mut world = World::new(plain("abc"), &[]);
    world.run_until(Duration::from_millis(2_500));
    world.cut();
    let (failed_at, retry_in) = world
        .reports
        .iter()
        .find_map(|(at, report)| match report {
            Report::Failed { failure: Failure::Closed(Stage::Flow), retry_in } => Some((*at, *retry_in)),
            _ => None,
        })
        .unwrap();
    assert!(retry_in >= SECOND * 2 && retry_in < Duration::from_millis(2_500), "{retry_in:?}");
    world.run_until(SECOND * 10);
    assert_eq!(world.connections, 2);
    assert_eq!(world.reported(|r| (*r == Report::Done(Stage::Subscribe)).then_some(())).len(), 2);
    // Three were said and echoed on the first connection; the text goes on where it was.
    assert_eq!(world.said()[0], "abc");
    assert_eq!(world.said()[1], "bca");
    let second_attempt = world
        .reports
        .iter()
        .find_map(|(at, report)| (*report == Report::Attempt { number: 2 }).then_some(*at))
        .unwrap();
    assert_eq!(second_attempt, failed_at + retry_in);
}

#[test]
fn a_host_that_is_not_there_is_tried_less_and_less_often() {
    let mut client = echo_board::Client::new(plain("abc")).unwrap();
    let mut now = Duration::ZERO;
    let mut attempts = Vec::new();
    while now < SECOND * 300 {
        if client.poll(now) == Some(echo_board::Action::Open) {
            attempts.push(now);
            client.unreachable(Unreachable::Refused, now);
        }
        now = now.max(client.next_deadline().unwrap());
    }
    let waits: Vec<u64> = attempts.windows(2).map(|pair| (pair[1] - pair[0]).as_secs()).collect();
    assert!((7..=9).contains(&attempts.len()), "{waits:?}");
    assert!(waits.is_sorted_by(|a, b| a <= b || *b >= 60), "{waits:?}");
}

#[test]
fn a_connection_that_worked_starts_the_waits_over() {
    let mut world = World::new(plain("abc"), &[]);
    for cut in 1..=5 {
        world.run_until(SECOND * 4 * cut);
        assert_eq!(world.connections, cut);
        world.cut();
    }
    let waits = world.reported(|report| match report {
        Report::Failed { retry_in, .. } => Some(*retry_in),
        _ => None,
    });
    assert!(waits.iter().all(|wait| *wait < Duration::from_millis(2_500)), "{waits:?}");
}

#[test]
fn a_broker_that_stops_answering_pings_is_given_up() {
    let mut world = World::new(plain("abc"), &[]);
    world.run_until(SECOND);
    world.broker.answers_pings = false;
    world.run_until(SECOND * 39);
    assert_eq!(world.connections, 1);
    world.run_until(SECOND * 41);
    let failures = world.reported(|report| match report {
        Report::Failed { failure, .. } => Some(failure.clone()),
        _ => None,
    });
    assert_eq!(failures, [Failure::Silent { limit: SECOND * 10 }]);
}

#[test]
fn a_broker_can_ask_for_more_frequent_pings() {
    for (asked, pings) in [(None, 2), (Some(20), 6), (Some(600), 2), (Some(0), 2)] {
        let mut world = World::new(plain("abc"), &[]);
        world.server_keep_alive = asked;
        world.run_until(SECOND * 65);
        let sent = world.broker.packets.iter().filter(|packet| *packet == "pingreq").count();
        assert_eq!(sent, pings, "server keep alive {asked:?}");
    }
}

fn treatment() -> impl Strategy<Value = Treatment> {
    // Delays stay well inside what the board remembers; later echoes would be wrong to it, and are tested apart.
    let longest = (REMEMBERED as u64 - 2) * 1_000;
    (any::<bool>(), any::<bool>(), 0..longest).prop_map(|(lost, repeated, delay)| Treatment {
        lost,
        repeated,
        delay: Duration::from_millis(delay),
    })
}

proptest! {
    /// Whatever happens to the echoes: nothing is wrong, nothing is counted twice, and the sums are right.
    #[test]
    fn the_counters_balance(
        treatments in prop::collection::vec(treatment(), 0..30),
        correlates: bool,
        v5: bool,
        acknowledged: bool,
        first in "\\PC{0,20}",
    ) {
        let protocol = if v5 { Protocol::V5 } else { Protocol::V311 };
        let qos = if acknowledged { Qos::AtLeastOnce } else { Qos::AtMostOnce };
        let mut world = World::new(settings(protocol, qos, &first), &treatments);
        world.correlates = correlates;
        for second in 0..60 {
            world.run_until(SECOND * second);
            assert_balanced(&world);
        }
        let counters = world.counters();
        prop_assert_eq!(counters.sent, 60);
        prop_assert_eq!(counters.wrong, 0);
        prop_assert_eq!(counters.failures, 0);
        if v5 && correlates {
            let lost = treatments.iter().filter(|treatment| treatment.lost).count() as u64;
            let repeated = treatments.iter().filter(|treatment| treatment.repeated && !treatment.lost).count() as u64;
            prop_assert_eq!(counters.missing, lost);
            prop_assert_eq!(counters.ignored, repeated);
            prop_assert_eq!(counters.right + counters.late + counters.missing + 1, 60);
        }
    }

    /// Each message is the one before it, as it was or turned by as many characters as echoes came in between.
    #[test]
    fn the_text_only_ever_turns(treatments in prop::collection::vec(treatment(), 0..20), cut_at in 1..20_000u64) {
        let mut world = World::new(plain("abcdefghij"), &treatments);
        world.run_until(Duration::from_millis(cut_at));
        world.cut();
        world.run_until(SECOND * 40);
        prop_assert_eq!(world.connections, 2);
        assert_balanced(&world);
        let texts = world.reported(|report| match report {
            Report::Sent { text, .. } => Some(String::from_utf8(text.clone()).unwrap()),
            _ => None,
        });
        for text in texts {
            prop_assert!("abcdefghijabcdefghij".contains(&text) && text.len() == 10, "{}", text);
        }
    }
}
