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
    let before = samples.iter().rfind(|s| s.0 < covered.start).map(std::slice::from_ref);
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

/// Before the first column there is nothing that a line could come from: its gap does not matter.
fn lines(mut columns: Vec<Column>) -> Vec<Column> {
    columns.iter_mut().take(1).for_each(|column| column.gap_before = false);
    columns
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
        let expected = brute_force(&all, range.clone(), columns);
        let columns = decimated(&series(&steps, usize::MAX), range, columns);
        prop_assert_eq!(lines(columns), lines(expected));
    }

    #[test]
    fn a_limit_keeps_the_newest(steps in steps(600), limit in 0..400_usize, columns in 1..40_usize) {
        let all = samples(&steps);
        let kept = &all[all.len().saturating_sub(limit)..];
        let series = series(&steps, limit);
        prop_assert_eq!(series.len(), kept.len());
        prop_assert_eq!(limit == 0 || series.dropped() as usize == all.len() - kept.len(), true);
        let range = 0..all.last().map_or(0, |last| last.0 + 1);
        let expected = brute_force(kept, range.clone(), columns);
        prop_assert_eq!(lines(decimated(&series, range, columns)), lines(expected));
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
