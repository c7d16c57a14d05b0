//! Samples over time, and what a plot of a few hundred columns needs to know of millions of them.
//!
//! Above the samples stands a pyramid: each level holds the extremes of [`FACTOR`] blocks of the level below. The
//! extremes of any run of samples then come from a few blocks a level, so that [`Series::decimate`] costs by its columns
//! and not by its samples, and is exact all the same.

#[cfg(test)]
mod tests;

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
        let mut breaks = Breaks::from(&self.breaks, self.first + begin as u64);
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
