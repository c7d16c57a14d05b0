use proptest::prelude::*;

use super::*;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn print(text: &str) -> Fingerprint {
    Fingerprint::of(text.as_bytes())
}

/// Sends echoes with their place as entry, at as many seconds.
fn sent(texts: &[&str]) -> Matching {
    let mut matching = Matching::new(8);
    for (place, text) in texts.iter().enumerate() {
        matching.sent(print(text), seconds(place as u64), Some(place as u64));
    }
    matching
}

/// The entries lost and taken when the board says `text`.
fn heard(matching: &mut Matching, text: &str) -> (Vec<u64>, Option<u64>) {
    let mut lost = Vec::new();
    let taken = matching.heard(print(text), false, |entry| lost.extend(entry));
    (lost, taken.and_then(|taken| taken.entry))
}

#[test]
fn an_echo_is_taken_by_the_message_that_carries_it() {
    let mut matching = sent(&["a"]);
    let taken = matching.heard(print("a"), false, |_| unreachable!());
    assert_eq!(taken, Some(Taken { entry: Some(0), sent: Some(seconds(0)), late: false }));
    assert_eq!(matching.waiting(), 0);
    assert_eq!(heard(&mut matching, "a"), (vec![], None));
}

#[test]
fn older_ones_than_the_one_taken_are_lost_and_newer_ones_wait() {
    let mut matching = sent(&["a", "b", "c"]);
    assert_eq!(heard(&mut matching, "b"), (vec![0], Some(1)));
    assert_eq!(heard(&mut matching, "c"), (vec![], Some(2)));
}

#[test]
fn all_are_lost_when_the_board_says_something_else() {
    let mut matching = sent(&["a", "b"]);
    assert_eq!(heard(&mut matching, "x"), (vec![0, 1], None));
}

#[test]
fn a_lost_one_that_comes_after_all_is_late_once() {
    let mut matching = sent(&["a"]);
    heard(&mut matching, "x");
    let taken = matching.heard(print("a"), false, |_| unreachable!());
    assert!(taken.is_some_and(|taken| taken.late));
    assert_eq!(heard(&mut matching, "a"), (vec![], None));
}

#[test]
fn a_text_that_came_round_does_not_revive_an_old_loss() {
    let mut matching = sent(&["a"]);
    heard(&mut matching, "x"); // The first "a" is lost, the second is taken.
    matching.sent(print("a"), seconds(9), Some(9));
    assert_eq!(heard(&mut matching, "a"), (vec![], Some(9)));
    assert_eq!(heard(&mut matching, "a"), (vec![], None));
}

#[test]
fn equal_echoes_are_taken_in_order() {
    let mut matching = sent(&["a", "a", "a"]);
    assert_eq!(heard(&mut matching, "a"), (vec![], Some(0)));
    assert_eq!(heard(&mut matching, "a"), (vec![], Some(1)));
    assert_eq!(heard(&mut matching, "a"), (vec![], Some(2)));
}

#[test]
fn a_repetition_loses_none() {
    let mut matching = sent(&["a", "b"]);
    assert_eq!(matching.heard(print("x"), true, |_| unreachable!()), None);
    assert_eq!(heard(&mut matching, "b"), (vec![0], Some(1)));
}

#[test]
fn a_loop_over_two_connections_is_no_measurement() {
    let mut matching = sent(&["a"]);
    matching.break_here();
    let taken = matching.heard(print("a"), false, |_| ());
    assert_eq!(taken, Some(Taken { entry: Some(0), sent: None, late: false }));
}

#[test]
fn fingerprints_tell_payloads_apart() {
    let long = vec![7; 3 * Fingerprint::END];
    let mut other_end = long.clone();
    other_end[3 * Fingerprint::END - 1] = 8;
    let payloads =
        [&b""[..], b"\0", b"\0\0", b"a", b"ab", b"ba", b"aaaaaaaa", b"aaaaaaaaa", &long, &other_end];
    for (place, one) in payloads.iter().enumerate() {
        assert_eq!(Fingerprint::of(one), Fingerprint::of(one));
        for other in &payloads[place + 1..] {
            assert_ne!(Fingerprint::of(one), Fingerprint::of(other), "{one:?} {other:?}");
        }
    }
}

/// The rules of the module's documentation, written down without any thought of speed.
#[derive(Default)]
struct Plain {
    /// Text, entry, and whether it is pending, lost or taken; the oldest first, at most as many as fit.
    echoes: Vec<(u8, u64, char)>,
    limit: usize,
}

impl Plain {
    fn sent(&mut self, text: u8, entry: u64) -> bool {
        self.echoes.push((text, entry, 'p'));
        self.echoes.len() > self.limit && self.echoes.remove(0).2 == 'p'
    }

    fn heard(&mut self, text: u8, repeated: bool) -> (Vec<u64>, Option<(u64, bool)>) {
        let pending = self.echoes.iter().position(|echo| echo.0 == text && echo.2 == 'p');
        if pending.is_none() && repeated {
            return (Vec::new(), None);
        }
        let until = pending.unwrap_or(self.echoes.len());
        let lost = self.echoes[..until].iter_mut().filter(|echo| echo.2 == 'p');
        let lost = lost.map(|echo| (echo.2 = 'l', echo.1).1).collect();
        let newest = self.echoes.iter().rposition(|echo| echo.0 == text);
        let taken = pending.or(newest.filter(|place| self.echoes[*place].2 == 'l'));
        let taken = taken.map(|place| {
            let late = self.echoes[place].2 == 'l';
            self.echoes[place].2 = 't';
            (self.echoes[place].1, late)
        });
        (lost, taken)
    }
}

#[derive(Clone, Debug)]
enum Step {
    Sent(u8),
    Heard(u8, bool),
    GiveUp,
}

proptest! {
    #[test]
    fn the_ring_keeps_the_rules(
        steps in prop::collection::vec(
            prop_oneof![
                10 => (0..6_u8).prop_map(Step::Sent),
                10 => (0..6_u8, prop::bool::weighted(0.1)).prop_map(|(text, repeated)| Step::Heard(text, repeated)),
                1 => Just(Step::GiveUp),
            ],
            0..300,
        ),
        bits in 0..5_u32,
    ) {
        let mut matching = Matching::new(1 << bits);
        let mut plain = Plain { limit: 1 << bits, ..Plain::default() };
        for (entry, step) in steps.into_iter().enumerate() {
            let entry = entry as u64;
            match step {
                Step::Sent(text) => {
                    let forgot = matching.sent(Fingerprint(text.into()), seconds(entry), Some(entry));
                    prop_assert_eq!(forgot, plain.sent(text, entry));
                }
                Step::Heard(text, repeated) => {
                    let mut lost = Vec::new();
                    let taken = matching.heard(Fingerprint(text.into()), repeated, |entry| lost.extend(entry));
                    let taken = taken.map(|taken| (taken.sent.map_or(0, |sent| sent.as_secs()), taken.late));
                    prop_assert_eq!((lost, taken), plain.heard(text, repeated));
                }
                Step::GiveUp => {
                    let pending = plain.echoes.iter_mut().filter(|echo| echo.2 == 'p');
                    prop_assert_eq!(matching.give_up(), pending.map(|echo| echo.2 = '?').count() as u64);
                }
            }
        }
    }
}
