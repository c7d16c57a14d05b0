//! Messages counted by column of the screen, for when they are too many for arrows.
//!
//! Columns stand on a grid of session time, so that a timeline that follows the newest does not flicker and only new
//! entries have to be counted. Each frame counts a limited number of entries; a column is complete when [`Density::done`].

use std::{collections::VecDeque, time::Duration};

use crate::{
    model::{Fate, Journal, Way},
    view::{axis::Span, quantity},
};

/// Entries counted in a frame: well below a millisecond.
const BUDGET: usize = 50_000;
/// Echoes whose fate is looked up again later: a lost echo is known only when the board speaks again. Beyond this many
/// at once the columns may miss losses; the counters never do.
const UNDECIDED: usize = 16_384;

/// What one column holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bin {
    /// Messages of the board.
    pub board: u32,
    /// Echoes.
    pub echoes: u32,
    /// Of these and those: lost or not echoed.
    pub bad: u32,
}

/// Counted columns of one view.
#[derive(Debug, Default)]
pub(super) struct Density {
    /// Seconds a column.
    width: f64,
    /// The number of the first column, counted from session time zero.
    first: i64,
    bins: VecDeque<Bin>,
    /// The next entry to count.
    next: u64,
    /// Echoes of unknown fate and their columns.
    undecided: VecDeque<(u64, i64)>,
    done: bool,
}

impl Density {
    /// Counts on, for about `columns` columns that show `span`.
    pub(super) fn update(&mut self, journal: &Journal, span: Span, columns: usize) {
        let width = span.length() / columns.max(1) as f64;
        let first = (span.from / width).floor() as i64;
        let last = (span.to / width).floor() as i64;
        if self.width != width
            || first < self.first
            || self.next < journal.first()
            || self.next > journal.end()
        {
            *self = Self {
                width,
                first,
                next: super::entry_at(journal, first as f64 * width),
                ..Self::default()
            };
        }
        let gone = (first - self.first).max(0) as usize;
        self.bins.drain(..gone.min(self.bins.len()));
        self.first = first;
        self.next = self.next.max(super::entry_at(journal, first as f64 * width));
        self.bins.resize((last - first + 1) as usize, Bin::default());
        self.count(journal, last);
        self.decide(journal);
    }

    /// Whether all entries of the view are counted.
    #[must_use]
    pub(super) fn done(&self) -> bool {
        self.done
    }

    /// The most messages or echoes of a column.
    pub(super) fn most(&self) -> u32 {
        self.bins.iter().map(|bin| bin.board.max(bin.echoes)).max().unwrap_or(0)
    }

    /// How long a column is, in words.
    #[must_use]
    pub(super) fn width_words(&self) -> String {
        quantity::duration(Duration::try_from_secs_f64(self.width).unwrap_or_default())
    }

    /// The columns: the span of each, and what it holds.
    pub(super) fn bins(&self) -> impl Iterator<Item = (Span, Bin)> {
        self.bins.iter().enumerate().map(|(index, &bin)| {
            let from = (self.first + index as i64) as f64 * self.width;
            (Span { from, to: from + self.width }, bin)
        })
    }

    fn count(&mut self, journal: &Journal, last: i64) {
        self.done = false;
        for _ in 0..BUDGET {
            let Some(entry) = journal.get(self.next) else {
                self.done = true;
                return;
            };
            let column = (entry.at.as_secs_f64() / self.width).floor() as i64;
            if column > last {
                self.done = true;
                return;
            }
            let number = self.next;
            self.next += 1;
            let Some(bin) = bin_mut(&mut self.bins, self.first, column) else { continue };
            match entry.way {
                Way::Board => bin.board += 1,
                Way::Echo => bin.echoes += 1,
            }
            match entry.fate {
                Fate::Failed(_) | Fate::Lost => bin.bad += 1,
                Fate::Plain if self.undecided.len() < UNDECIDED => self.undecided.push_back((number, column)),
                _ => {}
            }
        }
    }

    /// Looks at the oldest entries of unknown fate again. Fates are decided nearly in order.
    fn decide(&mut self, journal: &Journal) {
        while let Some(&(number, column)) = self.undecided.front() {
            match journal.get(number).map(|entry| entry.fate) {
                Some(Fate::Plain) if column >= self.first => return,
                Some(Fate::Failed(_) | Fate::Lost) => {
                    if let Some(bin) = bin_mut(&mut self.bins, self.first, column) {
                        bin.bad += 1;
                    }
                }
                _ => {}
            }
            self.undecided.pop_front();
        }
    }
}

fn bin_mut(bins: &mut VecDeque<Bin>, first: i64, column: i64) -> Option<&mut Bin> {
    bins.get_mut(usize::try_from(column - first).ok()?)
}

#[cfg(test)]
mod tests {
    use super::{super::tests::told, *};

    fn counted(density: &Density) -> Vec<(u32, u32, u32)> {
        density.bins().map(|(_, bin)| (bin.board, bin.echoes, bin.bad)).collect()
    }

    #[test]
    fn every_entry_is_counted_in_its_column() {
        let state = told(&["ab", "ba", "ab", "!x"]);
        let mut density = Density::default();
        density.update(&state.journal, Span { from: 0.0, to: 6.0 }, 3);
        assert!(density.done());
        // The last echo before the failed message is lost: the board spoke again without it.
        assert_eq!(counted(&density), [(1, 1, 0), (2, 2, 1), (1, 0, 1), (0, 0, 0)]);
    }

    #[test]
    fn counting_on_comes_to_the_same_as_counting_anew() {
        let words: Vec<&str> = ["ab", "ba", "ab", "xy"].into_iter().cycle().take(40).collect();
        let mut kept = Density::default();
        for told_so_far in 1..=words.len() {
            let state = told(&words[..told_so_far]);
            let newest = state.latest().as_secs_f64();
            let span = Span::ending(newest, 10.0);
            kept.update(&state.journal, span, 5);
            let mut anew = Density::default();
            anew.update(&state.journal, span, 5);
            assert_eq!(counted(&kept), counted(&anew), "after {told_so_far} messages");
        }
    }

    #[test]
    fn another_view_is_counted_anew() {
        let state = told(&["ab"; 9]);
        let mut density = Density::default();
        density.update(&state.journal, Span { from: 4.0, to: 8.0 }, 4);
        density.update(&state.journal, Span { from: 0.5, to: 4.5 }, 4);
        assert_eq!(counted(&density).iter().map(|(board, ..)| board).sum::<u32>(), 4);
        density.update(&state.journal, Span { from: 0.0, to: 8.0 }, 2);
        assert_eq!(counted(&density).iter().map(|(board, ..)| board).sum::<u32>(), 9);
    }
}
