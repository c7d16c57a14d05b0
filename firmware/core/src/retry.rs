//! How long to wait before the next attempt: twice as long each time, with jitter, so that a thousand boards that lost
//! their broker together do not come back together.

use core::time::Duration;

/// The first wait.
pub const FIRST: Duration = Duration::from_secs(2);
/// The longest wait, before jitter.
pub const LONGEST: Duration = Duration::from_secs(60);

/// How many values the noise has.
const NOISE: u32 = 1 << 16;

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
        wait + wait * u32::from(self.noise()) / (4 * NOISE)
    }

    /// A connection worked: the next wait is the first again.
    pub const fn succeeded(&mut self) {
        self.next = FIRST;
    }

    /// Below [`NOISE`], by splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). Without
    /// floats, which the smallest boards would have to imitate.
    fn noise(&mut self) -> u16 {
        self.noise = self.noise.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.noise;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        (bits >> 48) as u16
    }
}
