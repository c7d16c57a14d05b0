//! Messages a second, now. Time is handed in.

use std::time::Duration;

/// Slots of the window.
const SLOTS: usize = 40;
/// Length of a slot in milliseconds; the window is four seconds: long enough to be calm, short enough to be now.
const SLOT_MS: u64 = 100;
/// Slower than this is as good as silent.
const SILENT: Duration = Duration::from_secs(120);

/// How often something happens.
#[derive(Clone, Debug)]
pub struct Rate {
    counts: [u64; SLOTS],
    /// The first event of each slot.
    firsts: [Duration; SLOTS],
    /// Number of the newest slot, counted from time zero.
    newest: u64,
    last: Option<Duration>,
    /// When something happened before `last`.
    before: Option<Duration>,
}

/// Messages in and echoes out.
#[derive(Clone, Debug, Default)]
pub struct Rates {
    /// Messages from the board.
    pub inbound: Rate,
    /// Echoes.
    pub outbound: Rate,
}

impl Default for Rate {
    fn default() -> Self {
        Self { counts: [0; SLOTS], firsts: [Duration::ZERO; SLOTS], newest: 0, last: None, before: None }
    }
}

impl Rate {
    /// It happened `count` times at `at`, which is not before the last call's.
    pub fn add(&mut self, at: Duration, count: u64) {
        if count == 0 {
            return;
        }
        let slot = slot(at);
        if slot > self.newest {
            let passed = (slot - self.newest).min(SLOTS as u64);
            for empty in slot + 1 - passed..=slot {
                self.counts[index(empty)] = 0;
            }
            self.newest = slot;
        }
        let count_here = &mut self.counts[index(slot)];
        if *count_here == 0 {
            self.firsts[index(slot)] = at;
        }
        *count_here += count;
        self.before = if count > 1 { None } else { self.last };
        self.last = Some(at);
    }

    /// Times a second at `now`. Measured between the first and the last event of the window, so that a steady pace is
    /// told exactly and not rounded to the window.
    #[must_use]
    pub fn per_second(&self, now: Duration) -> f64 {
        let Some(last) = self.last else { return 0.0 };
        let oldest = (slot(now) + 1).saturating_sub(SLOTS as u64);
        let live = (oldest..=self.newest).filter(|slot| self.counts[index(*slot)] > 0);
        let (first, count) = live.fold((None, 0), |(first, count), slot| {
            (first.or(Some(self.firsts[index(slot)])), count + self.counts[index(slot)])
        });
        match first {
            Some(first) if count > 1 && last > first => {
                let intervals = (count - 1) as f64;
                let span = (last - first).as_secs_f64();
                let silence = now.saturating_sub(last).as_secs_f64();
                // A pause longer than the pace explains makes it slower.
                intervals / (span + (silence - 2.0 * span / intervals).max(0.0))
            }
            Some(_) if count > 1 => count as f64 * 1_000.0 / (SLOTS as u64 * SLOT_MS) as f64,
            _ => self.slow(now, last),
        }
    }

    /// At most one event in the window: the pace is the time since the one before.
    fn slow(&self, now: Duration, last: Duration) -> f64 {
        let Some(before) = self.before else { return 0.0 };
        let interval = last.saturating_sub(before).max(now.saturating_sub(last));
        if interval.is_zero() || interval > SILENT { 0.0 } else { interval.as_secs_f64().recip() }
    }
}

fn slot(at: Duration) -> u64 {
    at.as_secs() * (1_000 / SLOT_MS) + u64::from(at.subsec_millis()) / SLOT_MS
}

fn index(slot: u64) -> usize {
    (slot % SLOTS as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(millis: impl IntoIterator<Item = u64>) -> Rate {
        let mut rate = Rate::default();
        for at in millis {
            rate.add(Duration::from_millis(at), 1);
        }
        rate
    }

    fn at(rate: &Rate, millis: u64) -> f64 {
        rate.per_second(Duration::from_millis(millis))
    }

    fn near(is: f64, expected: f64) {
        assert!((is - expected).abs() < 0.01 * expected, "{is} is not {expected}");
    }

    #[test]
    fn a_steady_pace_is_told_exactly_at_any_moment() {
        for interval in [1, 20, 333, 1_000, 1_500, 3_000, 10_000] {
            let rate = rate((0..20).map(|n| 17 + n * interval));
            for moment in 0..=3 {
                near(at(&rate, 17 + 19 * interval + moment * interval / 4), 1_000.0 / interval as f64);
            }
        }
    }

    #[test]
    fn many_at_once_count_as_many() {
        let mut rate = Rate::default();
        for n in 0..100_u64 {
            rate.add(Duration::from_millis(n * 10), 500);
        }
        near(at(&rate, 1_000), 50_500.0);
    }

    #[test]
    fn silence_ends_in_zero() {
        let flood = rate((0..40_000).map(|n| n / 10));
        near(at(&flood, 4_000), 10_000.0);
        assert!(at(&flood, 5_000) < 8_000.0);
        assert!(at(&flood, 9_000) <= 1.0);
        assert_eq!(at(&flood, 200_000), 0.0);
        near(at(&rate([0, 10_000]), 35_000), 1.0 / 25.0);
        assert_eq!(at(&rate([5]), 6), 0.0);
        assert_eq!(at(&Rate::default(), 6), 0.0);
    }

    #[test]
    fn the_window_forgets_what_is_older() {
        let mut rate = rate(0..1_000);
        for n in 0..10 {
            rate.add(Duration::from_secs(10 + n), 1);
        }
        near(at(&rate, 19_000), 1.0);
    }
}
