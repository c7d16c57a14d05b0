//! The three latencies: their samples over time and their distribution.

use std::time::Duration;

use super::{
    histogram::{Histogram, HistogramBin},
    series::Series,
};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Figure {
    /// An echo sent -> the board's next message that carries it. Includes the board's rhythm.
    Loop,
    /// A packet of ours handed to the socket -> the broker's answer to it.
    Broker,
    /// A message received -> its echo handed to the socket.
    Residence,
}

impl Figure {
    /// All, in the order of the screen.
    pub const ALL: [Self; 3] = [Self::Loop, Self::Broker, Self::Residence];
}

/// Samples and distribution of each [`Figure`].
#[derive(Debug)]
pub struct Latency {
    /// In the order of [`Figure`].
    tracks: [Track; 3],
}

#[derive(Debug)]
struct Track {
    series: Series,
    histogram: Histogram,
}

/// A distribution in five numbers, since the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Samples.
    pub count: u64,
    /// Half of the samples are at most this.
    pub p50: Duration,
    /// 95 of 100 samples are at most this.
    pub p95: Duration,
    /// 99 of 100 samples are at most this.
    pub p99: Duration,
    /// The largest sample, exactly.
    pub max: Duration,
}

impl Latency {
    /// Each series keeps the newest `samples`; the distributions keep all.
    #[must_use]
    pub fn new(samples: usize) -> Self {
        Self {
            tracks: Figure::ALL
                .map(|_| Track { series: Series::new(samples), histogram: Histogram::default() }),
        }
    }

    /// Adds a sample.
    pub fn record(&mut self, figure: Figure, at: Duration, value: Duration) {
        let track = &mut self.tracks[figure as usize];
        track.series.push(at, value);
        track.histogram.record(value);
    }

    /// A connection ended: no line goes on over this point.
    pub fn break_here(&mut self, at: Duration) {
        for track in &mut self.tracks {
            track.series.break_here(at);
        }
    }

    /// The samples over time.
    #[must_use]
    pub fn series(&self, figure: Figure) -> &Series {
        &self.tracks[figure as usize].series
    }

    /// The distribution in five numbers; `None` without a sample. Costs about ten microseconds.
    #[must_use]
    pub fn summary(&self, figure: Figure) -> Option<Summary> {
        let histogram = &self.tracks[figure as usize].histogram;
        let count = histogram.count();
        if count == 0 {
            return None;
        }
        let rank = |percent: u64| (u128::from(count) * u128::from(percent)).div_ceil(100) as u64;
        let [p50, p95, p99] = histogram.ranked([rank(50), rank(95), rank(99)]);
        Some(Summary { count, p50, p95, p99, max: histogram.max() })
    }

    /// The distribution as bars: see [`Histogram::bins`].
    pub fn histogram(&self, figure: Figure, bins: usize, out: &mut Vec<HistogramBin>) {
        self.tracks[figure as usize].histogram.bins(bins, out);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_summary_tells_the_percentiles_of_its_own_figure() {
        let mut latency = Latency::new(50);
        for millis in 1..=1_000 {
            latency.record(Figure::Loop, Duration::from_millis(millis), Duration::from_millis(millis));
        }
        let summary = latency.summary(Figure::Loop).unwrap();
        assert_eq!((summary.count, summary.max), (1_000, Duration::from_secs(1)));
        for (told, millis) in [(summary.p50, 500.0), (summary.p95, 950.0), (summary.p99, 990.0)] {
            assert!(
                (told.as_secs_f64() * 1_000.0 - millis).abs() < millis / 250.0,
                "{told:?} is not {millis} ms"
            );
        }
        assert_eq!(latency.series(Figure::Loop).len(), 50);
        assert_eq!(latency.summary(Figure::Broker), None);
        assert_eq!(latency.summary(Figure::Residence), None);
    }
}
