//! Session time as wall-clock time: what stands on the time axis, in the table and in the inspector.

use std::time::{Duration, SystemTime};

use jiff::{Timestamp, Zoned, tz::TimeZone};

use super::Span;
use crate::model::State;

/// Turns session time into the reader's local time. Before the first session it counts from the start.
#[derive(Clone, Copy, Debug)]
pub struct Clock<'a> {
    state: &'a State,
    zone: &'a TimeZone,
}

/// A mark on the time axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Session time in seconds.
    pub at: f64,
    /// What is written there.
    pub label: String,
}

/// Distances between ticks in microseconds: the ones that people read clocks by.
const STEPS: [i64; 30] = [
    100,
    200,
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    20_000,
    50_000,
    100_000,
    200_000,
    500_000,
    1_000_000,
    2_000_000,
    5_000_000,
    10_000_000,
    15_000_000,
    30_000_000,
    60_000_000,
    120_000_000,
    300_000_000,
    600_000_000,
    900_000_000,
    1_800_000_000,
    3_600_000_000,
    7_200_000_000,
    14_400_000_000,
    21_600_000_000,
    43_200_000_000,
    86_400_000_000,
];

const SECOND: i64 = 1_000_000;

impl<'a> Clock<'a> {
    /// The wall clock of a state, told in a zone.
    #[must_use]
    pub fn new(state: &'a State, zone: &'a TimeZone) -> Self {
        Self { state, zone }
    }

    /// `14:04:29.415`, to the millisecond.
    #[must_use]
    pub fn millis(&self, at: Duration) -> String {
        self.text(at, "%H:%M:%S%.3f", 3)
    }

    /// `14:04:29.415 021`, to the microsecond.
    #[must_use]
    pub fn micros(&self, at: Duration) -> String {
        let mut text = self.text(at, "%H:%M:%S%.6f", 6);
        text.insert(text.len() - 3, ' ');
        text
    }

    /// `14:04:29`, to the second.
    #[must_use]
    pub fn seconds(&self, at: f64) -> String {
        self.label(at, SECOND)
    }

    /// `2026-11-23`: the day, where the wall clock is known.
    #[must_use]
    pub fn day(&self, at: Duration) -> Option<String> {
        self.zoned(i64::try_from(at.as_micros()).ok()?).map(|time| time.strftime("%Y-%m-%d").to_string())
    }

    /// Ticks at round local times, at most `most` of them.
    #[must_use]
    pub fn ticks(&self, span: Span, most: usize) -> Vec<Tick> {
        let wanted = span.length() * 1e6 / most.max(1) as f64;
        let step = STEPS.into_iter().find(|&step| step as f64 >= wanted).unwrap_or(STEPS[STEPS.len() - 1]);
        let from = (span.from * 1e6).ceil() as i64;
        let local = from + self.local_offset(from);
        let first = from + (step - local.rem_euclid(step)) % step;
        (0..)
            .map(|index| first + index * step)
            .take_while(|&at| at as f64 <= span.to * 1e6)
            .take(most + 1)
            .map(|at| Tick { at: at as f64 / 1e6, label: self.label(at as f64 / 1e6, step) })
            .collect()
    }

    /// Microseconds to add to session time so that whole local hours, minutes, seconds are multiples of themselves.
    fn local_offset(&self, at: i64) -> i64 {
        self.zoned(at).map_or(0, |time| {
            time.timestamp().as_microsecond() - at + i64::from(time.offset().seconds()) * SECOND
        })
    }

    fn label(&self, at: f64, step: i64) -> String {
        let micros = (at * 1e6).round() as i64;
        let Some(time) = self.zoned(micros) else { return from_start(micros, decimals(step)) };
        let format = match decimals(step) {
            _ if step >= 86_400 * SECOND => "%e %b",
            0 if step >= 60 * SECOND => "%H:%M",
            0 => "%H:%M:%S",
            1 => "%H:%M:%S%.1f",
            2 => "%H:%M:%S%.2f",
            3 => "%H:%M:%S%.3f",
            _ => "%H:%M:%S%.4f",
        };
        time.strftime(format).to_string()
    }

    fn text(&self, at: Duration, format: &str, decimals: usize) -> String {
        let micros = i64::try_from(at.as_micros()).unwrap_or(i64::MAX);
        match self.zoned(micros) {
            Some(time) => time.strftime(format).to_string(),
            None => from_start(micros, decimals),
        }
    }

    fn zoned(&self, micros: i64) -> Option<Zoned> {
        let since = Duration::from_micros(micros.unsigned_abs());
        let wall: SystemTime = if micros < 0 {
            self.state.wall(Duration::ZERO)?.checked_sub(since)?
        } else {
            self.state.wall(since)?
        };
        Some(Timestamp::try_from(wall).ok()?.to_zoned(self.zone.clone()))
    }
}

/// How many decimals of a second a tick distance needs.
fn decimals(step: i64) -> usize {
    (0..=6).find(|&digits| step % 10_i64.pow(6 - digits) == 0).unwrap_or(6) as usize
}

fn from_start(micros: i64, decimals: usize) -> String {
    format!("{:+.decimals$} s", micros as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::model::{
        Limits,
        event::{Event, What},
    };

    /// A session that began on 2026-11-23 at 14:00:00.25 UTC.
    fn state() -> State {
        let mut state = State::new(Limits::default());
        let wall = SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_442_400_250);
        state.apply(&Event { at: Duration::ZERO, what: What::Started { wall } });
        state
    }

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn ticks_stand_at_round_local_times() {
        let ticks = Clock::new(&state(), &TimeZone::UTC).ticks(Span { from: 0.0, to: 130.0 }, 6);
        assert_eq!(labels(&ticks), ["14:00:30", "14:01:00", "14:01:30", "14:02:00"]);
        assert_eq!(ticks[0].at, 29.75);
    }

    #[test]
    fn a_zone_that_is_off_by_half_an_hour_still_gets_whole_hours() {
        let zone = TimeZone::fixed(jiff::tz::Offset::from_seconds(5 * 3600 + 1800).unwrap());
        let ticks = Clock::new(&state(), &zone).ticks(Span { from: 0.0, to: 3.0 * 3600.0 }, 3);
        assert_eq!(labels(&ticks), ["20:00", "21:00", "22:00"]);
    }

    #[test]
    fn close_ticks_show_as_many_decimals_as_they_differ_in() {
        let ticks = Clock::new(&state(), &TimeZone::UTC).ticks(Span { from: 0.0, to: 0.4 }, 5);
        assert_eq!(labels(&ticks), ["14:00:00.3", "14:00:00.4", "14:00:00.5", "14:00:00.6"]);
        let ticks = Clock::new(&state(), &TimeZone::UTC).ticks(Span { from: 0.0, to: 0.04 }, 4);
        assert_eq!(labels(&ticks)[0], "14:00:00.25");
    }

    #[test]
    fn there_are_never_more_ticks_than_asked_for() {
        for length in [0.002, 0.3, 7.0, 61.0, 299.0, 5000.0, 90_000.0, 1e6] {
            for most in 1..12 {
                let ticks =
                    Clock::new(&state(), &TimeZone::UTC).ticks(Span { from: 12.3, to: 12.3 + length }, most);
                assert!(ticks.len() <= most + 1, "{length} s, {most}: {ticks:?}");
            }
        }
    }

    #[test]
    fn without_a_wall_clock_time_is_counted_from_the_start() {
        let state = State::new(Limits::default());
        let utc = TimeZone::UTC;
        let clock = Clock::new(&state, &utc);
        assert_eq!(clock.millis(Duration::from_micros(1_234_567)), "+1.235 s");
        assert_eq!(
            labels(&clock.ticks(Span { from: -5.0, to: 15.0 }, 4)),
            ["-5 s", "+0 s", "+5 s", "+10 s", "+15 s"]
        );
    }

    #[test]
    fn rows_show_milliseconds_and_the_inspector_microseconds() {
        let at = Duration::from_micros(29_165_021);
        let state = state();
        let utc = TimeZone::UTC;
        let clock = Clock::new(&state, &utc);
        assert_eq!(clock.millis(at), "14:00:29.415");
        assert_eq!(clock.micros(at), "14:00:29.415 021");
        assert_eq!(clock.day(at).unwrap(), "2026-11-23");
    }
}
