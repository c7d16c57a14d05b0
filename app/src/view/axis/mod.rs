//! The one time axis: what the plot shows, what the timeline shows within it, and where the pointer stands.
//!
//! Both panels read [`Times`]. The plot is the overview, the timeline a magnifier inside it, so two invariants hold:
//! the timeline's span always lies within the plot's, and a view whose right edge is the newest event is *live*: it
//! moves when something arrives, and only then. Any other view stands still until the reader asks for *Live*.

pub mod clock;
pub mod gesture;
pub mod labels;
pub mod paint;
pub mod scale;

use std::{ops::Range, time::Duration};

/// A stretch of session time, in seconds since the session's start. It may begin before zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Its left edge.
    pub from: f64,
    /// Its right edge, after `from`.
    pub to: f64,
}

impl Span {
    /// The `length` seconds before `to`.
    #[must_use]
    pub fn ending(to: f64, length: f64) -> Self {
        Self { from: to - length, to }
    }

    /// Seconds from edge to edge.
    #[must_use]
    pub fn length(self) -> f64 {
        self.to - self.from
    }

    /// Whether `at` lies in it, edges included.
    #[must_use]
    pub fn contains(self, at: f64) -> bool {
        (self.from..=self.to).contains(&at)
    }

    /// Where `at` lies: 0 at the left edge, 1 at the right.
    #[must_use]
    pub fn fraction(self, at: f64) -> f64 {
        (at - self.from) / self.length()
    }

    /// The time at a fraction: the inverse of [`Self::fraction`].
    #[must_use]
    pub fn at(self, fraction: f64) -> f64 {
        self.from + fraction * self.length()
    }

    /// Moved to the right by `by` seconds.
    #[must_use]
    pub fn moved(self, by: f64) -> Self {
        Self { from: self.from + by, to: self.to + by }
    }

    /// `factor` times as long, with `around` staying where it is. The length stays within [`SHORTEST`] and [`LONGEST`].
    #[must_use]
    pub fn stretched(self, factor: f64, around: f64) -> Self {
        let length = (self.length() * factor).clamp(SHORTEST, LONGEST);
        Self::ending(around + (1.0 - self.fraction(around)) * length, length)
    }

    /// Moved, and only if it must be shortened, so that it lies in `outer`.
    #[must_use]
    pub fn held_in(self, outer: Self) -> Self {
        let length = self.length().min(outer.length());
        Self::ending(self.to.clamp(outer.from + length, outer.to), length)
    }

    /// The part of it after the session's start.
    #[must_use]
    pub fn durations(self) -> Range<Duration> {
        let edge = |seconds: f64| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX);
        edge(self.from)..edge(self.to)
    }
}

/// The shortest span worth looking at, in seconds.
pub const SHORTEST: f64 = 0.001;
/// The longest span there is, in seconds: a hundred days.
pub const LONGEST: f64 = 8_640_000.0;

/// How far back the plot reaches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reach {
    /// At most this many seconds; a younger session is shown larger.
    Last(f64),
    /// Since the session's start.
    All,
}

impl Reach {
    /// What the range picker offers: on its button, and in its menu.
    pub const CHOICES: [(Self, &'static str, &'static str); 5] = [
        (Self::Last(60.0), "1 min", "Last minute"),
        (Self::Last(300.0), "5 min", "Last 5 minutes"),
        (Self::Last(900.0), "15 min", "Last 15 minutes"),
        (Self::Last(3600.0), "1 h", "Last hour"),
        (Self::All, "All", "Since the start"),
    ];

    /// Seconds to show when the newest event is at `newest`. Grows in steps, so that a young session fills its plot
    /// and the picture does not shrink with every sample.
    fn length(self, newest: f64) -> f64 {
        const STEPS: [f64; 10] = [15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0];
        match self {
            Self::Last(length) => {
                STEPS.into_iter().find(|&step| step >= newest).unwrap_or(length).min(length)
            }
            Self::All => {
                let newest = newest.clamp(STEPS[0], LONGEST);
                let step = 2_f64.powf(newest.log2().floor()) / 32.0;
                (newest / step).ceil() * step
            }
        }
    }
}

/// Where the reader looks.
#[derive(Clone, Debug)]
pub struct Times {
    view: View,
    newest: f64,
    /// What the range picker was set to last.
    reach: Reach,
    /// Session time under the pointer, in either panel: drawn in both.
    pointer: Option<f64>,
    /// The same, as this frame finds it.
    pointed_at: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum View {
    /// The newest event is the right edge of both.
    Live { plot: Reach, timeline: f64 },
    /// Both stand still.
    Still { plot: Span, timeline: Span },
}

/// What the timeline shows at first, in seconds.
const TIMELINE: f64 = 10.0;

impl Default for Times {
    fn default() -> Self {
        let reach = Reach::Last(300.0);
        Self {
            view: View::Live { plot: reach, timeline: TIMELINE },
            newest: 0.0,
            reach,
            pointer: None,
            pointed_at: None,
        }
    }
}

impl Times {
    /// Takes note of the newest event. A session that starts anew takes the reader back to live.
    pub fn advance(&mut self, newest: Duration) {
        let newest = newest.as_secs_f64();
        if newest < self.newest {
            self.go_live();
        }
        self.newest = newest;
    }

    /// What the plot shows.
    #[must_use]
    pub fn plot(&self) -> Span {
        match self.view {
            View::Live { plot, .. } => Span::ending(self.newest, plot.length(self.newest)),
            View::Still { plot, .. } => plot,
        }
    }

    /// What the timeline shows: always within [`Self::plot`].
    #[must_use]
    pub fn timeline(&self) -> Span {
        match self.view {
            View::Live { timeline, .. } => Span::ending(self.newest, timeline),
            View::Still { timeline, .. } => timeline,
        }
        .held_in(self.plot())
    }

    /// Whether new events move the view.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self.view, View::Live { .. })
    }

    /// What the range picker was set to last.
    #[must_use]
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// Sets the range picker, and goes live.
    pub fn show_last(&mut self, reach: Reach) {
        self.reach = reach;
        self.go_live();
    }

    /// Session time under the pointer, in either panel.
    #[must_use]
    pub fn pointer(&self) -> Option<f64> {
        self.pointer
    }

    /// The pointer stands at this session time.
    pub fn point_at(&mut self, at: f64) {
        self.pointed_at = Some(at);
    }

    /// Ends a frame. True if the pointer is elsewhere than where it was drawn.
    pub fn settle(&mut self) -> bool {
        let pointed_at = self.pointed_at.take();
        std::mem::replace(&mut self.pointer, pointed_at) != pointed_at
    }

    /// Back to the newest, as far back as the range picker says.
    pub fn go_live(&mut self) {
        self.view = View::Live { plot: self.reach, timeline: TIMELINE };
    }

    /// Stands still where it is.
    pub fn hold(&mut self) {
        self.view = View::Still { plot: self.plot(), timeline: self.timeline() };
    }

    /// Shows `plot` in the plot; the timeline comes along where it must.
    pub fn set_plot(&mut self, plot: Span) {
        self.set(plot, self.timeline());
    }

    /// Shows `timeline` in the timeline; the plot comes along where it must.
    pub fn set_timeline(&mut self, timeline: Span) {
        let (plot, timeline) = (self.plot(), self.bounded(timeline));
        let plot = if timeline.length() > plot.length() {
            timeline
        } else {
            plot.moved((timeline.to - plot.to).max(0.0) + (timeline.from - plot.from).min(0.0))
        };
        self.set(plot, timeline);
    }

    /// Moves the timeline so that `at` is in its middle.
    pub fn look_at(&mut self, at: f64) {
        let length = self.timeline().length();
        self.set_timeline(Span::ending(at + length / 2.0, length));
    }

    fn set(&mut self, plot: Span, timeline: Span) {
        let plot = self.bounded(plot);
        let timeline = self.bounded(timeline).held_in(plot);
        self.view = if plot.to >= self.newest && timeline.to >= self.newest {
            View::Live { plot: Reach::Last(plot.length()), timeline: timeline.length() }
        } else {
            View::Still { plot, timeline }
        };
    }

    /// Moved so that it ends neither after the newest event nor before the session.
    fn bounded(&self, span: Span) -> Span {
        Span::ending(span.to.clamp(0.0, self.newest), span.length())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: u64) -> Times {
        let mut times = Times::default();
        times.advance(Duration::from_secs(seconds));
        times
    }

    #[test]
    fn a_young_session_is_shown_larger_and_grows_in_steps() {
        assert_eq!(after(3).plot(), Span { from: -12.0, to: 3.0 });
        assert_eq!(after(40).plot(), Span { from: -20.0, to: 40.0 });
        assert_eq!(after(4000).plot(), Span { from: 3700.0, to: 4000.0 });
        let mut times = after(4000);
        times.show_last(Reach::All);
        assert_eq!(times.plot(), Span { from: -32.0, to: 4000.0 });
        times.advance(Duration::from_secs(4030));
        assert_eq!(times.plot(), Span { from: -2.0, to: 4030.0 });
    }

    #[test]
    fn live_views_move_with_the_newest_event_and_others_stand_still() {
        let mut times = after(1000);
        times.advance(Duration::from_secs(1001));
        assert_eq!((times.plot().to, times.timeline().to), (1001.0, 1001.0));
        times.set_plot(Span { from: 800.0, to: 900.0 });
        times.advance(Duration::from_secs(1002));
        assert!(!times.is_live());
        assert_eq!(times.plot(), Span { from: 800.0, to: 900.0 });
        times.go_live();
        assert_eq!(times.plot(), Span { from: 702.0, to: 1002.0 });
    }

    #[test]
    fn the_timeline_stays_within_the_plot() {
        let mut times = after(1000);
        times.set_plot(Span { from: 800.0, to: 900.0 });
        assert_eq!(times.timeline(), Span { from: 890.0, to: 900.0 });
        times.set_plot(Span { from: 800.0, to: 804.0 });
        assert_eq!(times.timeline(), times.plot());
    }

    #[test]
    fn the_plot_comes_along_when_the_timeline_leaves_it() {
        let mut times = after(1000);
        times.look_at(500.0);
        assert_eq!(times.timeline(), Span { from: 495.0, to: 505.0 });
        assert_eq!(times.plot(), Span { from: 495.0, to: 795.0 });
        times.set_timeline(Span { from: 400.0, to: 900.0 });
        assert_eq!(times.plot(), times.timeline());
    }

    #[test]
    fn a_view_that_is_moved_back_to_the_newest_is_live_again() {
        let mut times = after(1000);
        times.hold();
        times.advance(Duration::from_secs(1010));
        assert!(!times.is_live());
        times.set_timeline(Span { from: 1005.0, to: 1015.0 });
        assert!(times.is_live());
        assert_eq!(times.plot(), Span { from: 710.0, to: 1010.0 });
    }

    #[test]
    fn a_new_session_is_watched_live() {
        let mut times = after(1000);
        times.set_plot(Span { from: 800.0, to: 900.0 });
        times.advance(Duration::ZERO);
        assert!(times.is_live());
        assert_eq!(times.plot().to, 0.0);
    }

    #[test]
    fn zooming_keeps_the_time_under_the_pointer() {
        let span = Span { from: 0.0, to: 100.0 }.stretched(0.5, 80.0);
        assert_eq!(span, Span { from: 40.0, to: 90.0 });
        assert!(span.stretched(1e-12, 80.0).length() >= SHORTEST);
    }
}
