//! Where there was no connection between two connections.

use std::{collections::VecDeque, ops::Range, time::Duration};

/// A time without a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// When the connection ended.
    pub from: Duration,
    /// When the next one stood; `None` while there is none.
    pub to: Option<Duration>,
    /// Why the connection ended, in a few words.
    pub cause: String,
}

/// The gaps in order of time; only the last can be open. The oldest are dropped at a limit.
#[derive(Debug)]
pub struct Gaps {
    gaps: VecDeque<Gap>,
    limit: usize,
    dropped: u64,
}

impl Gaps {
    /// Keeps the newest `limit`.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { gaps: VecDeque::new(), limit, dropped: 0 }
    }

    /// A connection ended. Without effect while a gap is open: the first cause is the one to tell.
    pub fn open(&mut self, at: Duration, cause: String) {
        if self.is_open() {
            return;
        }
        self.gaps.push_back(Gap { from: at, to: None, cause });
        if self.gaps.len() > self.limit {
            self.gaps.pop_front();
            self.dropped += 1;
        }
    }

    /// A connection stands again.
    pub fn close(&mut self, at: Duration) {
        if let Some(gap) = self.gaps.back_mut().filter(|gap| gap.to.is_none()) {
            gap.to = Some(at);
        }
    }

    /// Whether the last gap has no end yet.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.gaps.back().is_some_and(|gap| gap.to.is_none())
    }

    /// All that are kept, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Gap> {
        self.gaps.iter()
    }

    /// Those that touch `range`, oldest first.
    pub fn within(&self, range: Range<Duration>) -> impl Iterator<Item = &Gap> {
        let begin = self.gaps.partition_point(|gap| gap.to.is_some_and(|to| to < range.start));
        self.gaps.range(begin..).take_while(move |gap| gap.from < range.end)
    }

    /// How many are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.gaps.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.gaps.is_empty()
    }

    /// How many of the oldest were dropped at the limit.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn gaps(limit: usize, ends: &[(u64, Option<u64>)]) -> Gaps {
        let mut gaps = Gaps::new(limit);
        for (from, to) in ends {
            gaps.open(seconds(*from), format!("since {from}"));
            if let Some(to) = to {
                gaps.close(seconds(*to));
            }
        }
        gaps
    }

    #[test]
    fn the_first_cause_is_the_one_to_tell() {
        let mut gaps = gaps(9, &[(1, None), (2, None)]);
        gaps.close(seconds(3));
        gaps.close(seconds(4));
        let gap = Gap { from: seconds(1), to: Some(seconds(3)), cause: "since 1".to_owned() };
        assert_eq!(gaps.iter().collect::<Vec<_>>(), [&gap]);
    }

    #[test]
    fn the_oldest_are_dropped_and_counted() {
        let gaps = gaps(2, &[(1, Some(2)), (3, Some(4)), (5, None)]);
        assert_eq!((gaps.len(), gaps.dropped(), gaps.is_open()), (2, 1, true));
        assert_eq!(gaps.iter().next().map(|gap| gap.from), Some(seconds(3)));
    }

    #[test]
    fn those_within_a_range_touch_it() {
        let gaps = gaps(9, &[(1, Some(2)), (3, Some(6)), (8, Some(9)), (20, None)]);
        let within = |from, to| {
            gaps.within(seconds(from)..seconds(to)).map(|gap| gap.from.as_secs()).collect::<Vec<_>>()
        };
        assert_eq!(within(4, 9), [3, 8]);
        assert_eq!(within(10, 20), [0; 0]);
        assert_eq!(within(30, 40), [20]);
    }
}
