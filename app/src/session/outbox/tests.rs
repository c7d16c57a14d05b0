//! The outbox against made-up brokers and clients.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

const MS: Duration = Duration::from_millis(1);

/// A message with packet identifier 100 + id, read at `id` ms.
fn entry(id: u64, qos: Qos) -> Entry {
    let echo = Bytes::from(format!("echo {id}"));
    let packet = u16::try_from((100 + id) % 60_000).unwrap();
    Entry::new(id, echo, None, qos, MS * u32::try_from(id).unwrap(), Inbound::of(packet, qos))
}

fn filled(count: u64, qos: Qos) -> Outbox {
    let mut outbox = Outbox::default();
    (0..count).for_each(|id| outbox.accept(entry(id, qos)).unwrap());
    outbox
}

fn give_all(outbox: &mut Outbox, window: usize) -> Vec<u64> {
    let mut given = Vec::new();
    while let Some(id) = outbox.next_waiting(window).map(|entry| entry.id) {
        outbox.give(Some(Receipt::Test(Fate::Pending)));
        given.push(id);
    }
    given
}

fn fate(outbox: &mut Outbox, id: u64, fate: Fate) {
    outbox.entry_mut(id).unwrap().receipt = Some(Receipt::Test(fate));
}

#[test]
fn a_message_is_acknowledged_when_its_echo_was_taken() {
    let mut outbox = filled(2, Qos::AtLeastOnce);
    assert_eq!(give_all(&mut outbox, 10), [0, 1]);
    outbox.handed(1, 10 * MS);
    outbox.handed(2, 10 * MS);
    let (verdict, round_trip) = outbox.taken(1, 0, 15 * MS);
    let verdict = verdict.unwrap();
    assert_eq!((verdict.id, verdict.handed, verdict.reason), (0, 10 * MS, 0));
    assert_eq!(verdict.acknowledge.unwrap().packet, 100);
    assert_eq!(round_trip, Some(5 * MS));
    assert_eq!(outbox.taken(1, 0, 16 * MS), (None, None), "once only");
    assert_eq!(outbox.give_up(), [1]);
}

#[test]
fn at_qos_2_pubrec_decides_and_pubcomp_ends() {
    let mut outbox = filled(1, Qos::ExactlyOnce);
    give_all(&mut outbox, 10);
    outbox.handed(1, 10 * MS);
    let (verdict, round_trip) = outbox.taken(1, 0, 12 * MS);
    assert!(verdict.unwrap().acknowledge.is_some() && round_trip.is_none());
    assert_eq!(outbox.completed(1, 14 * MS), (None, Some(4 * MS)));
    assert!(outbox.give_up().is_empty());
}

#[test]
fn a_refusal_ends_it_at_once() {
    let mut outbox = filled(1, Qos::ExactlyOnce);
    give_all(&mut outbox, 10);
    outbox.handed(1, 10 * MS);
    let (verdict, round_trip) = outbox.taken(1, 0x87, 12 * MS);
    assert_eq!((verdict.unwrap().reason, round_trip), (0x87, Some(2 * MS)));
    assert!(outbox.give_up().is_empty());
}

#[test]
fn only_a_window_of_echoes_is_with_the_client() {
    let mut outbox = filled(5, Qos::AtLeastOnce);
    assert_eq!(give_all(&mut outbox, 2), [0, 1]);
    outbox.handed(1, MS);
    assert_eq!(give_all(&mut outbox, 2), [0; 0]);
    outbox.taken(1, 0, MS);
    assert_eq!(give_all(&mut outbox, 2), [2]);
}

#[test]
fn a_broker_that_forgot_everything_gets_everything_again_in_order() {
    let mut outbox = filled(4, Qos::AtLeastOnce);
    assert_eq!(give_all(&mut outbox, 3), [0, 1, 2]);
    outbox.handed(1, MS);
    outbox.disconnected();
    (0..3).for_each(|id| fate(&mut outbox, id, Fate::Gone));
    assert!(outbox.connected(false, MS).is_empty());
    assert_eq!(give_all(&mut outbox, 10), [0, 1, 2, 3]);
    outbox.handed(9, 20 * MS);
    let verdict = outbox.taken(9, 0, 21 * MS).0.unwrap();
    assert_eq!(verdict.acknowledge, None, "the broker waits for nothing");
    assert_eq!(verdict.handed, MS, "residence ends when it was handed out first");
}

#[test]
fn what_the_client_still_has_is_not_given_twice() {
    let mut outbox = filled(3, Qos::AtLeastOnce);
    assert_eq!(give_all(&mut outbox, 10), [0, 1, 2]);
    outbox.handed(1, MS);
    outbox.disconnected();
    // The acknowledgement of the first was heard with the last breath, the others are still with the client.
    fate(&mut outbox, 0, Fate::Answered(0));
    let verdicts = outbox.connected(true, 5 * MS);
    assert_eq!(verdicts.iter().map(|verdict| verdict.id).collect::<Vec<_>>(), [0]);
    assert_eq!(give_all(&mut outbox, 10), [0; 0]);
    outbox.handed(2, 6 * MS);
    assert_eq!(outbox.taken(2, 0, 7 * MS).0.unwrap().id, 1);
}

#[test]
fn a_message_that_comes_again_is_recognised() {
    let mut outbox = filled(2, Qos::AtLeastOnce);
    give_all(&mut outbox, 10);
    outbox.handed(1, MS);
    outbox.handed(2, MS);
    outbox.disconnected();
    outbox.connected(true, MS);
    // The first one's echo is taken before the message comes again, the second one's after that.
    assert_eq!(outbox.taken(1, 0, 2 * MS).0.unwrap().acknowledge, None);
    assert_eq!(outbox.delivered(100, true, b"echo 0"), Delivery::Settled);
    assert_eq!(outbox.delivered(101, true, b"echo 1"), Delivery::Known);
    assert_eq!(outbox.taken(2, 0, 3 * MS).0.unwrap().acknowledge.unwrap().packet, 101);
}

#[test]
fn another_message_with_the_same_identifier_is_not_mistaken_for_it() {
    let mut outbox = filled(1, Qos::AtLeastOnce);
    give_all(&mut outbox, 10);
    outbox.handed(1, MS);
    assert_eq!(outbox.delivered(100, true, b"echo 0"), Delivery::New, "still on the same connection");
    outbox.disconnected();
    assert_eq!(outbox.delivered(100, true, b"another"), Delivery::New);
    outbox.taken(1, 0, MS);
    assert_eq!(outbox.delivered(100, false, b"echo 0"), Delivery::New, "not marked as a duplicate");
    assert_eq!(outbox.delivered(100, true, b"echo 0"), Delivery::New, "the identifier was used anew");
}

#[test]
fn an_acknowledgement_that_was_handed_out_settles_it() {
    let mut outbox = filled(1, Qos::AtLeastOnce);
    give_all(&mut outbox, 10);
    outbox.handed(1, MS);
    outbox.taken(1, 0, MS);
    outbox.acknowledged(100);
    assert_eq!(outbox.delivered(100, true, b"echo 0"), Delivery::New);
}

#[test]
fn the_outbox_is_bounded_by_messages_and_by_bytes_but_takes_any_one() {
    let mut outbox = filled(MESSAGES as u64, Qos::AtLeastOnce);
    assert_eq!(outbox.accept(entry(9, Qos::AtLeastOnce)), Err(Overflow { messages: MESSAGES }));
    let mut outbox = Outbox::default();
    let large = |id| Entry::new(id, Bytes::from(vec![0; BYTES]), None, Qos::AtLeastOnce, MS, None);
    outbox.accept(large(0)).unwrap();
    assert_eq!(outbox.accept(large(1)), Err(Overflow { messages: 1 }));
}
