//! How often a frame is drawn because something happened behind the window.
//!
//! A frame costs some ten milliseconds where nothing accelerates it, and under load every frame is taken from the
//! session. Ten a second are live enough to watch; what a person does in the window is drawn at once, as ever.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use eframe::egui::{Context, ViewportId};

/// The least time between two frames that were woken.
const APART: Duration = Duration::from_millis(100);
/// What happens within this is one frame.
const TOGETHER: Duration = Duration::from_millis(15);

pub(super) struct Pace {
    ctx: Context,
    begin: Instant,
    /// When the last frame was drawn, in milliseconds since `begin`.
    drawn: Arc<AtomicU64>,
}

impl Pace {
    pub(super) fn new(ctx: &Context) -> Self {
        Self { ctx: ctx.clone(), begin: Instant::now(), drawn: Arc::default() }
    }

    /// A frame is being drawn.
    pub(super) fn drawn(&self) {
        self.drawn.store(self.begin.elapsed().as_millis() as u64, Ordering::Relaxed);
    }

    /// For other threads: draw a frame soon.
    pub(super) fn wake(&self) -> impl Fn() + Send + Sync + 'static {
        let (ctx, begin, drawn) = (self.ctx.clone(), self.begin, Arc::clone(&self.drawn));
        move || {
            let drawn = Duration::from_millis(drawn.load(Ordering::Relaxed));
            ctx.request_repaint_after_for(wait(drawn, begin.elapsed()), ViewportId::ROOT);
        }
    }
}

/// How long the next frame waits at `now` after the one at `drawn`.
fn wait(drawn: Duration, now: Duration) -> Duration {
    (drawn + APART).saturating_sub(now).max(TOGETHER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_window_draws_at_once_and_a_busy_one_at_its_pace() {
        let wait = |drawn, now| wait(Duration::from_millis(drawn), Duration::from_millis(now)).as_millis();
        assert_eq!(wait(0, 5_000), 15);
        assert_eq!(wait(5_000, 5_010), 90);
        assert_eq!(wait(5_000, 5_099), 15);
        assert_eq!(wait(5_000, 4_999), 101);
    }
}
