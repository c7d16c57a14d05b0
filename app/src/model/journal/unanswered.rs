//! The messages that have neither echo nor failure yet.

use std::collections::VecDeque;

/// Message numbers, ascending as the session gives them, each with its entry. At a limit the oldest are forgotten: a
/// message whose end was not shown would wait for ever.
#[derive(Debug)]
pub(super) struct Unanswered {
    messages: VecDeque<(u64, Option<u64>)>,
    limit: usize,
}

impl Unanswered {
    pub(super) fn new(limit: usize) -> Self {
        Self { messages: VecDeque::new(), limit }
    }

    /// A message arrived; it has no entry if it was too large for the journal.
    pub(super) fn add(&mut self, message: u64, entry: Option<u64>) {
        if self.messages.back().is_some_and(|(last, _)| *last >= message) {
            self.clear(); // Not a numbering that we know: rather no partners than wrong ones.
        }
        if self.messages.len() >= self.limit {
            self.messages.pop_front();
        }
        self.messages.push_back((message, entry));
    }

    /// The echo or the failure of a message: its entry. They mostly come in order, so the front is tried first.
    pub(super) fn answer(&mut self, message: u64) -> Option<u64> {
        let index = match self.messages.front()? {
            (first, _) if *first == message => 0,
            _ => self.messages.binary_search_by_key(&message, |(number, _)| *number).ok()?,
        };
        self.messages.remove(index)?.1
    }

    /// A new session numbers its messages anew.
    pub(super) fn clear(&mut self) {
        self.messages.clear();
    }
}
