//! How long to wait before the next attempt: twice as long each time, with jitter, so that a thousand boards that lost
//! their broker together do not come back together.

use core::time::Duration;

/// The first wait.
pub const FIRST: Duration = Duration::from_secs(2);
/// The longest wait, before jitter.
pub const LONGEST: Duration = Duration::from_secs(60);

/// Waits 2, 4, 8 … 60 seconds, each up to a quarter longer.
#[derive(Clone, Debug)]
pub struct Retry {
    next: Duration,
    noise: u64,
}

impl Retry {
    /// `seed` should differ from board to board. It needs no secrecy.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { next: FIRST, noise: seed }
    }

    /// The wait before the next attempt.
    pub fn wait(&mut self) -> Duration {
        let wait = self.next;
        self.next = (wait * 2).min(LONGEST);
        // Whole numbers: the smallest boards have no floating point.
        wait + wait * u32::from(self.byte()) / (4 * 256)
    }

    /// A connection worked: the next wait is the first again.
    pub const fn succeeded(&mut self) {
        self.next = FIRST;
    }

    /// By splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
    const fn byte(&mut self) -> u8 {
        self.noise = self.noise.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.noise;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits >> 56) as u8
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_never_shrink_below_their_step() {
        let mut retry = Retry::new(1);
        for step in [2, 4, 8, 16, 32, 60, 60, 60] {
            let wait = retry.wait();
            let least = Duration::from_secs(step);
            assert!(wait >= least && wait < least + least / 4, "{wait:?} for {step} s");
        }
    }

    #[test]
    fn a_connection_that_worked_starts_over() {
        let mut retry = Retry::new(1);
        retry.wait();
        retry.wait();
        retry.succeeded();
        assert!(retry.wait() < Duration::from_millis(2_500));
    }

    #[test]
    fn boards_with_other_seeds_come_back_at_other_times() {
        let waits: alloc::collections::BTreeSet<_> = (0..100).map(|seed| Retry::new(seed).wait()).collect();
        assert!(waits.len() > 50, "{} different waits of 100", waits.len());
    }
}
