//! The session's time: monotonic, since its start. The only place that reads the clocks.

use std::time::{Duration, Instant, SystemTime};

/// A session's zero.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    origin: Instant,
    wall: SystemTime,
}

impl Clock {
    /// Starts now.
    pub(super) fn start() -> Self {
        Self { origin: Instant::now(), wall: SystemTime::now() }
    }

    /// Since the start.
    pub(super) fn now(self) -> Duration {
        self.origin.elapsed()
    }

    /// The wall clock at the start.
    pub(super) fn wall_at_start(self) -> SystemTime {
        self.wall
    }

    /// A moment as the runtime's timers want it.
    pub(super) fn deadline(self, at: Duration) -> tokio::time::Instant {
        tokio::time::Instant::from_std(self.origin + at)
    }
}
