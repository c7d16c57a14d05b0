//! A list of any length that holds still: scrolling, following and revealing, without knowing what a row looks like.

use std::collections::VecDeque;

use eframe::egui::{Rect, ScrollArea, Ui, UiBuilder, pos2, vec2};

use crate::view::data::Shared;

/// Height of a row in points.
pub(super) const ROW: f32 = 24.0;

/// A row that is revealed stays this far from the edge, where rows fade.
const MARGIN: f32 = ROW / 2.0;

/// Which entries stand in the list. Row 0 is the newest.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rows<'a> {
    /// All of the journal.
    All {
        /// The oldest.
        first: u64,
        /// One behind the newest.
        end: u64,
    },
    /// These, ascending.
    Hits(&'a VecDeque<u64>),
}

impl Rows<'_> {
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::All { first, end } => end - first,
            Self::Hits(hits) => hits.len() as u64,
        }
    }

    /// The entry in a row.
    pub(super) fn entry(&self, row: u64) -> Option<u64> {
        let from_oldest = self.len().checked_sub(row + 1)?;
        match self {
            Self::All { first, .. } => Some(first + from_oldest),
            Self::Hits(hits) => hits.get(from_oldest as usize).copied(),
        }
    }

    /// The row of an entry, or of the next older one. Where there is none, the last.
    pub(super) fn row_of(&self, entry: u64) -> u64 {
        let last = self.len().saturating_sub(1);
        let newer = match self {
            Self::All { end, .. } => end.saturating_sub(entry + 1),
            Self::Hits(hits) => (hits.len() - hits.partition_point(|hit| *hit <= entry)) as u64,
        };
        newer.min(last)
    }

    /// How many stand above an entry.
    fn newer_than(&self, entry: u64) -> u64 {
        match self {
            Self::All { end, .. } => end.saturating_sub(entry + 1),
            Self::Hits(hits) => (hits.len() - hits.partition_point(|hit| *hit <= entry)) as u64,
        }
    }
}

/// Where the reader is in the list.
#[derive(Debug)]
pub(super) struct List {
    /// Whether the newest stays in view.
    follow: bool,
    /// The entry at the top of the view and how much of it is scrolled away, while not following.
    anchor: Option<(u64, f32)>,
    /// The newest entry when following ended.
    seen: u64,
    /// How far it was scrolled in the last frame.
    offset: f32,
    height: f32,
}

impl Default for List {
    fn default() -> Self {
        Self { follow: true, anchor: None, seen: 0, offset: 0.0, height: 0.0 }
    }
}

impl List {
    /// Whether the newest stays in view.
    pub(super) fn follows(&self) -> bool {
        self.follow
    }

    /// Keeps the newest in view, or not.
    pub(super) fn set_follow(&mut self, follow: bool, rows: &Rows<'_>) {
        self.follow = follow;
        self.hold(rows);
    }

    /// How many arrived since following ended.
    pub(super) fn unseen(&self, rows: &Rows<'_>) -> u64 {
        if self.follow { 0 } else { rows.newer_than(self.seen) }
    }

    /// Rows on a page.
    pub(super) fn page(&self) -> u64 {
        (self.height / ROW).floor().max(1.0) as u64
    }

    /// Draws what is in view of `rows` into `rect`, each row by `draw`.
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        rows: &Rows<'_>,
        shared: &mut Shared,
        mut draw: impl FnMut(&mut Ui, Rect, u64, &mut Shared),
    ) {
        self.height = rect.height();
        let wanted = self.wanted(rows, shared);
        let mut area = ScrollArea::vertical().id_salt("rows").auto_shrink(false);
        if wanted != self.offset {
            area = area.vertical_scroll_offset(wanted);
        }
        let mut inner = ui.new_child(UiBuilder::new().max_rect(rect));
        ui.advance_cursor_after_rect(rect);
        inner.spacing_mut().scroll.content_margin = Default::default();
        let output = area.show_viewport(&mut inner, |ui, viewport| {
            ui.set_height(rows.len() as f32 * ROW);
            let first = (viewport.min.y / ROW).floor().max(0.0) as u64;
            for row in first..(first + self.page() + 2).min(rows.len()) {
                let Some(entry) = rows.entry(row) else { continue };
                // Not from the top of the content: millions of rows away a float has no points left.
                let top = rect.top() + (row as f64 * f64::from(ROW) - f64::from(viewport.min.y)) as f32;
                let place = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), ROW));
                draw(ui, place, entry, shared);
            }
        });
        self.scrolled_to(output.state.clamped_offset().y, wanted, rows);
    }

    /// Where the list should be before the reader scrolls.
    fn wanted(&self, rows: &Rows<'_>, shared: &mut Shared) -> f32 {
        let most = (rows.len() as f32 * ROW - self.height).max(0.0);
        let resting = match self.anchor.filter(|_| !self.follow) {
            Some((entry, within)) => (rows.row_of(entry) as f32 * ROW + within).min(most),
            None => 0.0,
        };
        let Some(chosen) = shared.selection.entry().filter(|_| shared.selection.take_reveal()) else {
            return resting;
        };
        let top = rows.row_of(chosen) as f32 * ROW;
        if top < resting + MARGIN {
            (top - MARGIN).max(0.0)
        } else if top + ROW + MARGIN > resting + self.height {
            (top + ROW + MARGIN - self.height).min(most)
        } else {
            resting
        }
    }

    /// Takes note of where the reader scrolled: away from the top ends following, back to the top resumes it.
    fn scrolled_to(&mut self, offset: f32, before: f32, rows: &Rows<'_>) {
        const AT_TOP: f32 = 0.5;
        if self.follow && offset > AT_TOP {
            self.follow = false;
            self.seen = rows.entry(0).unwrap_or(0);
        } else if !self.follow && offset <= AT_TOP && before > AT_TOP {
            self.follow = true;
        }
        self.offset = offset;
        self.hold(rows);
    }

    /// Anchors the view to the entry at its top.
    fn hold(&mut self, rows: &Rows<'_>) {
        if self.follow {
            self.anchor = None;
            self.seen = rows.entry(0).unwrap_or(0);
            return;
        }
        let row = (self.offset / ROW).floor().max(0.0);
        self.anchor = rows.entry(row as u64).map(|entry| (entry, self.offset - row * ROW));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_the_first_row() {
        let rows = Rows::All { first: 10, end: 20 };
        assert_eq!((rows.entry(0), rows.entry(9), rows.entry(10)), (Some(19), Some(10), None));
        assert_eq!((rows.row_of(19), rows.row_of(10)), (0, 9));
        assert_eq!(rows.row_of(3), 9, "an evicted entry is held at the oldest");
    }

    #[test]
    fn hits_are_rows_too() {
        let hits = VecDeque::from([2, 5, 9]);
        let rows = Rows::Hits(&hits);
        assert_eq!((rows.entry(0), rows.entry(2), rows.entry(3)), (Some(9), Some(2), None));
        assert_eq!((rows.row_of(9), rows.row_of(5), rows.row_of(2)), (0, 1, 2));
        assert_eq!(rows.row_of(7), 1, "the next older one stands for an entry that is no hit");
        assert_eq!(rows.newer_than(5), 1);
    }
}
