//! Samples over time, and what a plot of a few hundred columns needs to know of millions of them.
//!
//! Above the samples stands a pyramid: each level holds the extremes of [`FACTOR`] blocks of the level below. The
//! extremes of any run of samples then come from a few blocks a level, so that [`Series::decimate`] costs by its columns
//! and not by its samples, and is exact all the same.

use std::{collections::VecDeque, ops::Range, time::Duration};

/// Samples or blocks in a block of the level above. Larger costs time, smaller costs memory (here 1/15 of the samples).
const FACTOR: u64 = 16;

/// Samples in order of time, the oldest dropped at a limit. Some begin a new line: see [`Series::break_here`].
#[derive(Debug)]
pub struct Series {
    samples: VecDeque<Sample>,
    /// The number of the oldest sample kept; samples are numbered from 0.
    first: u64,
    levels: Vec<Level>,
    /// Numbers of the samples that begin a new line, ascending.
    breaks: VecDeque<u64>,
    limit: usize,
}

/// Nanoseconds, because two `Duration`s take twice the memory.
#[derive(Clone, Copy, Debug)]
struct Sample {
    at: u64,
    value: u64,
}

/// Block `n` of level `k` covers the samples from `n * FACTOR^(k+1)` on; only complete blocks are kept.
#[derive(Debug, Default)]
struct Level {
    first: u64,
    blocks: VecDeque<Extremes>,
}

#[derive(Clone, Copy, Debug)]
struct Extremes {
    min: u64,
    max: u64,
}

/// What the samples of one column of a plot come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// When its first sample was taken.
    pub at: Duration,
    /// Its first sample.
    pub first: Duration,
    /// Its smallest sample.
    pub min: Duration,
    /// Its largest sample.
    pub max: Duration,
    /// Its last sample.
    pub last: Duration,
    /// How many samples it has: at least one.
    pub count: u64,
    /// A line from the column before must not be drawn: a new line begins with this column or inside it.
    pub gap_before: bool,
}

impl Series {
    /// Keeps the newest `limit` samples.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { samples: VecDeque::new(), first: 0, levels: Vec::new(), breaks: VecDeque::new(), limit }
    }

    /// Adds a sample. One that claims to be older than the last counts as taken at the same time: order is an invariant.
    pub fn push(&mut self, at: Duration, value: Duration) {
        if self.limit == 0 {
            return;
        }
        let at = nanos(at).max(self.samples.back().map_or(0, |last| last.at));
        if self.samples.len() >= self.limit {
            self.samples.pop_front();
            self.first += 1;
        }
        self.samples.push_back(Sample { at, value: nanos(value) });
        self.complete_blocks();
        self.forget_blocks();
    }

    /// The next sample begins a new line: a connection ended at `at`. Many breaks in a row are one.
    pub fn break_here(&mut self, _at: Duration) {
        let next = self.end();
        if !self.samples.is_empty() && self.breaks.back() != Some(&next) {
            self.breaks.push_back(next);
        }
    }

    /// How many samples are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether no sample is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// How many of the oldest samples were dropped at the limit.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.first
    }

    /// When the oldest and the newest sample were taken.
    #[must_use]
    pub fn extent(&self) -> Option<(Duration, Duration)> {
        let (oldest, newest) = (self.samples.front()?, self.samples.back()?);
        Some((Duration::from_nanos(oldest.at), Duration::from_nanos(newest.at)))
    }

    /// The newest sample.
    #[must_use]
    pub fn last(&self) -> Option<(Duration, Duration)> {
        self.samples.back().map(|s| (Duration::from_nanos(s.at), Duration::from_nanos(s.value)))
    }

    /// The sample taken nearest to `at`: its time and its value.
    #[must_use]
    pub fn nearest(&self, at: Duration) -> Option<(Duration, Duration)> {
        let at = nanos(at);
        let after = self.samples.partition_point(|s| s.at < at);
        let around = [after.checked_sub(1), Some(after)];
        let near = around.into_iter().flatten().filter_map(|index| self.samples.get(index));
        near.min_by_key(|s| s.at.abs_diff(at))
            .map(|s| (Duration::from_nanos(s.at), Duration::from_nanos(s.value)))
    }

    /// Replaces `out` by at most about `columns` columns that cover `range`: columns without a sample are left out, and
    /// one neighbour on each side is added so that a line runs out of the picture.
    ///
    /// Columns stand on a grid that depends on the length of the range and not on its start: a plot that follows the
    /// time does not flicker. A column at the edge of the range covers the whole grid cell.
    pub fn decimate(&self, range: Range<Duration>, columns: usize, out: &mut Vec<Column>) {
        out.clear();
        let (start, end) = (nanos(range.start), nanos(range.end));
        if start >= end || columns == 0 || self.samples.is_empty() {
            return;
        }
        let width = (end - start).div_ceil(columns as u64).max(1);
        let begin = self.at_or_after(start - start % width, 0);
        let stop = self.at_or_after(end.div_ceil(width).saturating_mul(width), self.samples.len());
        let mut breaks = Breaks::from(&self.breaks, self.first + begin.saturating_sub(1) as u64);
        if begin > 0 {
            out.push(self.column(begin - 1..begin, &mut breaks));
        }
        let (mut from, mut guess) = (begin, 1);
        while from < stop {
            let cell = self.samples[from].at / width;
            let to = self.at_or_after((cell + 1).saturating_mul(width), from + guess).clamp(from + 1, stop);
            out.push(self.column(from..to, &mut breaks));
            (guess, from) = (to - from, to);
        }
        if stop < self.samples.len() {
            out.push(self.column(stop..stop + 1, &mut breaks));
        }
    }

    /// The index of the first sample taken at `at` or later. Searches outwards from `guess`: a series at an even pace
    /// then needs a few steps a column, however many samples a column has.
    fn at_or_after(&self, at: u64, guess: usize) -> usize {
        let len = self.samples.len();
        let before = |index: usize| self.samples[index].at < at;
        let (mut low, mut high) = (guess.min(len), guess.min(len));
        let mut step = 1;
        if low < len && before(low) {
            while high < len && before(high) {
                low = high + 1;
                high = (high + step).min(len);
                step *= 2;
            }
        } else {
            while low > 0 && !before(low - 1) {
                high = low - 1;
                low = low.saturating_sub(step);
                step *= 2;
            }
        }
        while low < high {
            let middle = low.midpoint(high);
            if before(middle) { low = middle + 1 } else { high = middle }
        }
        low
    }

    fn column(&self, run: Range<usize>, breaks: &mut Breaks<'_>) -> Column {
        let (first, last) = (self.samples[run.start], self.samples[run.end - 1]);
        let numbers = self.first + run.start as u64..self.first + run.end as u64;
        let Extremes { min, max } = self.extremes(numbers.clone());
        Column {
            at: Duration::from_nanos(first.at),
            first: Duration::from_nanos(first.value),
            min: Duration::from_nanos(min),
            max: Duration::from_nanos(max),
            last: Duration::from_nanos(last.value),
            count: run.len() as u64,
            gap_before: breaks.any_before(numbers.end),
        }
    }

    /// The extremes of the samples of these numbers, from the largest blocks that fit.
    fn extremes(&self, run: Range<u64>) -> Extremes {
        let (mut from, mut to) = (run.start, run.end);
        let (head, tail) = edges(from, to);
        let mut all = Extremes::NONE;
        for sample in
            self.samples.range(offset(head, self.first)).chain(self.samples.range(offset(tail, self.first)))
        {
            all.add(Extremes { min: sample.value, max: sample.value });
        }
        for (height, level) in self.levels.iter().enumerate() {
            (from, to) = (from.div_ceil(FACTOR), to / FACTOR);
            if from >= to {
                break;
            }
            let top = height + 1 == self.levels.len();
            let (head, tail) = if top { (from..to, to..to) } else { edges(from, to) };
            let blocks = level.blocks.range(offset(head, level.first));
            for block in blocks.chain(level.blocks.range(offset(tail, level.first))) {
                all.add(*block);
            }
        }
        all
    }

    fn end(&self) -> u64 {
        self.first + self.samples.len() as u64
    }

    /// Closes each block that the newest sample completes, from the lowest level up.
    fn complete_blocks(&mut self) {
        let mut count = self.end();
        let mut height = 0;
        while count.is_multiple_of(FACTOR) {
            let mut all = Extremes::NONE;
            let newest = FACTOR as usize;
            match height {
                0 => self
                    .samples
                    .iter()
                    .rev()
                    .take(newest)
                    .for_each(|s| all.add(Extremes { min: s.value, max: s.value })),
                _ => self.levels[height - 1].blocks.iter().rev().take(newest).for_each(|b| all.add(*b)),
            }
            if height == self.levels.len() {
                self.levels.push(Level::default());
            }
            self.levels[height].blocks.push_back(all);
            count /= FACTOR;
            height += 1;
        }
    }

    /// Drops what covers a dropped sample: such a block can never be asked for again.
    fn forget_blocks(&mut self) {
        let mut width = 1;
        for level in &mut self.levels {
            width *= FACTOR;
            while level.first * width < self.first && level.blocks.pop_front().is_some() {
                level.first += 1;
            }
        }
        while self.breaks.front().is_some_and(|number| *number <= self.first) {
            self.breaks.pop_front();
        }
    }
}

impl Extremes {
    const NONE: Self = Self { min: u64::MAX, max: 0 };

    fn add(&mut self, other: Self) {
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }
}

/// Walks the breaks along with the columns.
struct Breaks<'a> {
    numbers: &'a VecDeque<u64>,
    next: usize,
}

impl<'a> Breaks<'a> {
    /// From the first break at `number` or later.
    fn from(numbers: &'a VecDeque<u64>, number: u64) -> Self {
        Self { numbers, next: numbers.partition_point(|n| *n < number) }
    }

    /// Whether there is a break since the last call and before the sample `end`.
    fn any_before(&mut self, end: u64) -> bool {
        let seen = self.next;
        self.next += self.numbers.range(seen..).take_while(|number| **number < end).count();
        self.next > seen
    }
}

/// The parts of `from..to` before its first and after its last whole block of the level above.
fn edges(from: u64, to: u64) -> (Range<u64>, Range<u64>) {
    let head = from.next_multiple_of(FACTOR).min(to);
    let tail = (to - to % FACTOR).max(head);
    (from..head, tail..to)
}

fn offset(numbers: Range<u64>, first: u64) -> Range<usize> {
    (numbers.start - first) as usize..(numbers.end - first) as usize
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    /// A sample so many nanoseconds after the one before, perhaps the first of a line.
    type Step = (u64, u64, bool);

    /// The samples by time, value, and the number of their line.
    fn samples(steps: &[Step]) -> Vec<(u64, u64, usize)> {
        let (mut at, mut line) = (0, 0);
        let sample = |(pause, value, breaks): &Step| {
            at += pause;
            line += usize::from(*breaks);
            (at, *value, line)
        };
        steps.iter().map(sample).collect()
    }

    fn series(steps: &[Step], limit: usize) -> Series {
        let (mut series, mut at) = (Series::new(limit), 0);
        for (pause, value, breaks) in steps {
            at += pause;
            if *breaks {
                series.break_here(nano(at));
            }
            series.push(nano(at), nano(*value));
        }
        series
    }

    fn nano(nanos: u64) -> Duration {
        Duration::from_nanos(nanos)
    }

    /// What [`Series::decimate`] should say, by looking at each sample.
    fn brute_force(samples: &[(u64, u64, usize)], range: Range<u64>, columns: usize) -> Vec<Column> {
        if range.is_empty() || columns == 0 {
            return Vec::new();
        }
        let width = (range.end - range.start).div_ceil(columns as u64);
        let covered = range.start / width * width..range.end.div_ceil(width) * width;
        let before = samples.iter().filter(|s| s.0 < covered.start).next_back().map(std::slice::from_ref);
        let after = samples.iter().find(|s| s.0 >= covered.end).map(std::slice::from_ref);
        let inside: Vec<_> = samples.iter().copied().filter(|s| covered.contains(&s.0)).collect();
        let cells = inside.chunk_by(|a, b| a.0 / width == b.0 / width);
        let mut line = samples.first().map(|s| s.2);
        let column = |cell: &[(u64, u64, usize)]| Column {
            at: nano(cell[0].0),
            first: nano(cell[0].1),
            min: nano(cell.iter().map(|s| s.1).min().unwrap()),
            max: nano(cell.iter().map(|s| s.1).max().unwrap()),
            last: nano(cell.last().unwrap().1),
            count: cell.len() as u64,
            gap_before: line.replace(cell.last().unwrap().2) != Some(cell.last().unwrap().2),
        };
        before.into_iter().chain(cells).chain(after).map(column).collect()
    }

    fn decimated(series: &Series, range: Range<u64>, columns: usize) -> Vec<Column> {
        let mut out = Vec::new();
        series.decimate(nano(range.start)..nano(range.end), columns, &mut out);
        out
    }

    fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
        let pause = prop_oneof![6 => 0..3_u64, 3 => 0..50_u64, 1 => 0..5_000_u64];
        prop::collection::vec((pause, 0..1_000_u64, prop::bool::weighted(0.02)), 0..most)
    }

    proptest! {
        #[test]
        fn columns_are_what_their_samples_are(
            steps in steps(2_000), start in 0..3_000_u64, length in 0..9_000_u64, columns in 0..60_usize,
        ) {
            let (range, all) = (start..start + length, samples(&steps));
            let mut expected = brute_force(&all, range.clone(), columns);
            let mut columns = decimated(&series(&steps, usize::MAX), range, columns);
            // Before the first column there is nothing that a line could come from.
            expected.first_mut().map(|column| column.gap_before = false);
            columns.first_mut().map(|column| column.gap_before = false);
            prop_assert_eq!(columns, expected);
        }

        #[test]
        fn a_limit_keeps_the_newest(steps in steps(600), limit in 0..400_usize, columns in 1..40_usize) {
            let all = samples(&steps);
            let kept = &all[all.len().saturating_sub(limit)..];
            let series = series(&steps, limit);
            prop_assert_eq!(series.len(), kept.len());
            prop_assert_eq!(limit == 0 || series.dropped() as usize == all.len() - kept.len(), true);
            let range = 0..all.last().map_or(0, |last| last.0 + 1);
            let mut expected = brute_force(kept, range.clone(), columns);
            expected.first_mut().map(|column| column.gap_before = false);
            let mut columns = decimated(&series, range, columns);
            columns.first_mut().map(|column| column.gap_before = false);
            prop_assert_eq!(columns, expected);
        }

        #[test]
        fn the_nearest_sample_is_the_nearest(steps in steps(100), at in 0..3_000_u64) {
            let all = samples(&steps);
            let nearest = series(&steps, usize::MAX).nearest(nano(at)).map(|(at, _)| at);
            let expected = all.iter().map(|s| s.0).min_by_key(|s| s.abs_diff(at));
            prop_assert_eq!(nearest, expected.map(nano));
        }
    }

    #[test]
    fn an_older_sample_counts_as_taken_with_the_last() {
        let mut series = Series::new(10);
        series.push(nano(5), nano(1));
        series.push(nano(3), nano(2));
        assert_eq!(series.last(), Some((nano(5), nano(2))));
    }

    #[test]
    fn the_end_of_time_is_in_range() {
        let series = series(&[(7, 1, false)], 10);
        let mut out = Vec::new();
        series.decimate(Duration::ZERO..Duration::MAX, 3, &mut out);
        assert_eq!(out.len(), 1);
        series.decimate(Duration::MAX..Duration::ZERO, 3, &mut out);
        assert_eq!(out.len(), 0);
    }

    #[test]
    fn the_grid_stays_where_it_is_while_the_range_moves() {
        let steps: Vec<Step> = (0..1_000).map(|n| (7, n % 13, false)).collect();
        let series = series(&steps, usize::MAX);
        let inner = |start: u64| {
            let columns = decimated(&series, start..start + 3_000, 30);
            columns[2..columns.len() - 2].to_vec()
        };
        let (one, other) = (inner(2_000), inner(2_031));
        assert!(other.iter().filter(|column| one.contains(column)).count() >= 26);
    }
}
