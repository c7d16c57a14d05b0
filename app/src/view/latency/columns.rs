//! The samples in view, decimated to a column a pixel, kept until something changes.

use std::time::Duration;

use super::super::axis::Span;
use crate::model::{Column, Figure, State, Summary};

/// Columns of each figure for one view of one state.
#[derive(Debug, Default)]
pub(super) struct Columns {
    key: Option<Key>,
    figures: [Vec<Column>; 3],
}

/// What the columns depend on.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Key {
    span: Span,
    width: usize,
    latest: Duration,
    samples: [(usize, u64); 3],
}

impl Columns {
    /// Takes the samples of `span`, one column for each of `width` points.
    pub(super) fn update(&mut self, state: &State, span: Span, width: f32) {
        let width = width as usize;
        let samples = Figure::ALL.map(|figure| state.latency.series(figure)).map(|s| (s.len(), s.dropped()));
        let key = Key { span, width, latest: state.latest(), samples };
        if self.key == Some(key) {
            return;
        }
        self.key = Some(key);
        for (figure, columns) in Figure::ALL.into_iter().zip(&mut self.figures) {
            state.latency.series(figure).decimate(span.durations(), width, columns);
        }
    }

    /// Oldest first.
    pub(super) fn of(&self, figure: Figure) -> &[Column] {
        &self.figures[figure as usize]
    }

    pub(super) fn is_empty(&self) -> bool {
        self.figures.iter().all(Vec::is_empty)
    }

    /// The smallest and the largest value to be shown, in seconds.
    pub(super) fn extent(&self, percentiles: Option<Summary>) -> (f64, f64) {
        let columns = || self.figures.iter().flatten();
        let low = columns().map(|column| column.min).min();
        let high = columns().map(|column| column.max).max();
        match (low, high) {
            (Some(low), Some(high)) => {
                let p99 = percentiles.map_or(Duration::ZERO, |summary| summary.p99);
                (low.as_secs_f64(), high.max(p99).as_secs_f64())
            }
            _ => (100e-6, 1.0),
        }
    }
}
