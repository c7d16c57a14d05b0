//! How long to wait before the next attempt.

use std::time::Duration;

/// The first wait.
const FIRST: Duration = Duration::from_secs(2);
/// The longest, before chance lengthens it to 30 s at most.
const LONGEST: Duration = Duration::from_secs(24);
/// A connection that stood so long was a good one: the waits begin anew.
const PROVEN: Duration = Duration::from_secs(30);

/// Doubles from [`FIRST`] to [`LONGEST`], each lengthened by up to a quarter.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// How long to wait now, 2 to 30 s. `chance` is between 0 and 1: many clients whose broker restarts must not come back
    /// all at once.
    pub(super) fn next(&mut self, chance: f64) -> Duration {
        let wait = FIRST.saturating_mul(1 << self.failures.min(5)).min(LONGEST);
        self.failures += 1;
        wait.mul_f64(1.0 + 0.25 * chance.clamp(0.0, 1.0))
    }

    /// A connection had stood for so long.
    pub(super) fn stood(&mut self, length: Duration) {
        if length >= PROVEN {
            self.failures = 0;
        }
    }

    /// A person wants it now.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_from_two_to_thirty_seconds() {
        let waits = |chance| {
            let mut backoff = Backoff::default();
            std::iter::repeat_with(move || backoff.next(chance).as_millis()).take(6).collect::<Vec<_>>()
        };
        assert_eq!(waits(0.0), [2_000, 4_000, 8_000, 16_000, 24_000, 24_000]);
        assert_eq!(waits(1.0), [2_500, 5_000, 10_000, 20_000, 30_000, 30_000]);
    }

    #[test]
    fn only_a_connection_that_stood_resets_the_waits() {
        let mut backoff = Backoff::default();
        for _ in 0..4 {
            backoff.next(1.0);
        }
        backoff.stood(Duration::from_secs(1));
        assert_eq!(backoff.next(0.0).as_secs(), 24);
        backoff.stood(PROVEN);
        assert_eq!(backoff.next(0.0).as_secs(), 2);
    }
}
