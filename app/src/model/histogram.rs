//! Durations counted in buckets of constant relative width: any number of them in 38 KB, with an error below 0.4 %.
//!
//! The layout is that of HdrHistogram (Gil Tene): a power of two is cut into [`SLICES`] equal buckets. Written out
//! because recording must not fail and the quantiles are read each frame: this one has a seventh of its buckets.

use std::time::Duration;

/// Buckets in a power of two.
const SLICES: u64 = 128;
const SLICE_BITS: u32 = SLICES.ilog2();
/// Longer is counted as this long, 2^43 ns, about 2.4 hours; the largest value is kept exactly all the same.
const LIMIT: u64 = (1 << 43) - 1;
const BUCKETS: usize = (43 - SLICE_BITS as usize + 1) * SLICES as usize;

/// Counted durations.
#[derive(Clone, Debug)]
pub struct Histogram {
    buckets: Vec<u64>,
    count: u64,
    min: u64,
    max: u64,
}

/// One bar: how many durations lie between its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistogramBin {
    /// Its lower end.
    pub from: Duration,
    /// Its upper end.
    pub to: Duration,
    /// How many.
    pub count: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: vec![0; BUCKETS], count: 0, min: u64::MAX, max: 0 }
    }
}

impl Histogram {
    /// Counts one more.
    pub fn record(&mut self, value: Duration) {
        let value = u64::try_from(value.as_nanos()).unwrap_or(u64::MAX);
        self.buckets[bucket(value)] += 1;
        self.count += 1;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// How many were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The largest, exactly.
    #[must_use]
    pub fn max(&self) -> Duration {
        Duration::from_nanos(self.max)
    }

    /// For each of the ascending `ranks` (1 is the smallest value) the value of that rank.
    #[must_use]
    pub fn ranked<const N: usize>(&self, ranks: [u64; N]) -> [Duration; N] {
        let mut found = [self.max(); N];
        let (mut seen, mut next) = (0, 0);
        for (index, count) in self.buckets.iter().enumerate() {
            seen += count;
            while next < N && seen >= ranks[next] {
                found[next] = Duration::from_nanos(middle(index).clamp(self.min, self.max));
                next += 1;
            }
            if next == N {
                break;
            }
        }
        found
    }

    /// Replaces `out` by `bins` bars of equal width on a logarithmic axis, from the smallest to the largest value. A
    /// narrow spread is widened until no bar is narrower than a bucket, or the bars would show the buckets' edges.
    pub fn bins(&self, bins: usize, out: &mut Vec<HistogramBin>) {
        out.clear();
        if self.count == 0 || bins == 0 {
            return;
        }
        let (low, high) = (bucket(self.min), bucket(self.max) + 1);
        let missing = bins.saturating_sub(high - low);
        let low = low.saturating_sub(missing / 2);
        let high = (low + bins).max(high).min(BUCKETS);
        let edge = |bin: usize| low + (high - low) * bin / bins;
        out.extend((0..bins).map(|bin| HistogramBin {
            from: Duration::from_nanos(lower(edge(bin))),
            to: Duration::from_nanos(lower(edge(bin + 1))),
            count: self.buckets[edge(bin)..edge(bin + 1)].iter().sum(),
        }));
    }
}

fn bucket(value: u64) -> usize {
    let value = value.min(LIMIT);
    let shift = value.max(SLICES).ilog2() - SLICE_BITS;
    (u64::from(shift) * SLICES + (value >> shift)) as usize
}

/// The smallest value of a bucket.
fn lower(index: usize) -> u64 {
    let index = index as u64;
    let shift = (index / SLICES).saturating_sub(1);
    (index - shift * SLICES) << shift
}

fn middle(index: usize) -> u64 {
    lower(index).midpoint(lower(index + 1) - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn histogram(values: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        for value in values {
            histogram.record(Duration::from_nanos(*value));
        }
        histogram
    }

    fn bins(histogram: &Histogram, count: usize) -> Vec<HistogramBin> {
        let mut out = Vec::new();
        histogram.bins(count, &mut out);
        out
    }

    #[test]
    fn buckets_follow_each_other_without_hole_or_overlap() {
        for index in 0..BUCKETS {
            assert_eq!(bucket(lower(index)), index);
            assert_eq!(bucket(lower(index + 1) - 1), index);
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
        assert_eq!(lower(BUCKETS), LIMIT + 1);
    }

    #[test]
    fn bars_have_a_width_that_can_be_seen() {
        let same = bins(&histogram(&[506_000_000; 9]), 30);
        assert_eq!(same.iter().map(|bin| bin.count).sum::<u64>(), 9);
        assert!(same.iter().all(|bin| bin.from < bin.to));
        assert!(same[10..20].iter().any(|bin| bin.count == 9), "{same:?}");
        assert_eq!(bins(&histogram(&[]), 30), []);
        assert_eq!(bins(&histogram(&[0, u64::MAX]), 7).len(), 7);
    }

    proptest! {
        #[test]
        fn a_rank_is_told_with_a_small_error(
            mut values in prop::collection::vec((0..43_u32, any::<u64>()).prop_map(|(bits, value)| value >> (63 - bits)), 1..300),
            percent in 1..=100_u64,
        ) {
            let rank = (values.len() as u64 * percent).div_ceil(100);
            let [told, last] = histogram(&values).ranked([rank, values.len() as u64]);
            values.sort_unstable();
            let exact = values[rank as usize - 1];
            prop_assert!(told.as_nanos().abs_diff(exact.into()) <= u128::from(exact.min(LIMIT)) / 250);
            prop_assert!(last <= Duration::from_nanos(values[values.len() - 1]));
        }

        #[test]
        fn bars_hold_each_value_once(
            values in prop::collection::vec((0..43_u32, any::<u64>()).prop_map(|(bits, value)| value >> (63 - bits)), 1..300),
            count in 1..100_usize,
        ) {
            let bars = bins(&histogram(&values), count);
            prop_assert_eq!(bars.len(), count);
            prop_assert!(bars.windows(2).all(|pair| pair[0].to == pair[1].from && pair[0].from < pair[0].to));
            prop_assert_eq!(bars.iter().map(|bin| bin.count).sum::<u64>(), values.len() as u64);
        }
    }
}
