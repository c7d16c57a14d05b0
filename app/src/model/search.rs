//! A search over the journal that goes on a little each frame.
//!
//! Newest first, because that is where people look, and what arrives meanwhile before that. Invariant: the hits are
//! exactly the matching entries of `scanned`, ascending.

use std::{collections::VecDeque, ops::Range, sync::Arc};

use super::journal::{Entry, Journal};

/// What an entry costs beside its bytes.
const ENTRY_COST: usize = 64;
/// A payload is searched this far, so that a frame never waits for one of 256 MB.
const REACH: usize = 1 << 20;

/// A filter over the journal.
#[derive(Debug)]
pub struct Search {
    query: Query,
    hits: VecDeque<u64>,
    /// The entries that were looked at; `None` before the first.
    scanned: Option<Range<u64>>,
    done: bool,
    folded: String,
    /// The last topic looked at, and whether it matches.
    topic: Option<(Arc<str>, bool)>,
}

#[derive(Debug)]
enum Query {
    /// In lower case; in the topic or in the text.
    Text(String),
    /// In the payload.
    Bytes(Vec<u8>),
    /// Not a query: nothing matches.
    Wrong(&'static str),
}

impl Search {
    /// Searches topics and texts without regard to case, or for bytes: `hex: 00 ff`. An empty query matches all.
    #[must_use]
    pub fn new(query: &str) -> Self {
        let query = match query.trim_start().strip_prefix("hex:") {
            Some(digits) => parse_hex(digits).map_or_else(Query::Wrong, Query::Bytes),
            None => Query::Text(query.chars().flat_map(char::to_lowercase).collect()),
        };
        Self { query, hits: VecDeque::new(), scanned: None, done: false, folded: String::new(), topic: None }
    }

    /// What is wrong with the query, in a sentence that says what to type.
    #[must_use]
    pub fn complaint(&self) -> Option<&'static str> {
        match self.query {
            Query::Wrong(complaint) => Some(complaint),
            _ => None,
        }
    }

    /// Looks at more entries, about `budget` bytes of them but at least one, and forgets the hits that were evicted.
    pub fn advance(&mut self, journal: &Journal, budget: usize) {
        let (first, end) = (journal.first(), journal.end());
        while self.hits.front().is_some_and(|hit| *hit < first) {
            self.hits.pop_front();
        }
        let scanned = self.scanned.clone().unwrap_or(end..end);
        let mut scanned = scanned.start.max(first)..scanned.end.max(first);
        let mut spent = 0;
        while scanned.end < end && spent < budget.max(1) {
            spent += self.look(journal, scanned.end, VecDeque::push_back);
            scanned.end += 1;
        }
        while scanned.start > first && spent < budget.max(1) {
            scanned.start -= 1;
            spent += self.look(journal, scanned.start, VecDeque::push_front);
        }
        self.done = scanned == (first..end);
        self.scanned = Some(scanned);
    }

    /// The entries that match, ascending. Until [`Search::done`] there can be more before the first.
    #[must_use]
    pub fn hits(&self) -> &VecDeque<u64> {
        &self.hits
    }

    /// Whether the last [`Search::advance`] had looked at the whole journal.
    #[must_use]
    pub fn done(&self) -> bool {
        self.done
    }

    /// How much of the journal was looked at, from 0 to 1.
    #[must_use]
    pub fn progress(&self, journal: &Journal) -> f32 {
        let scanned = self.scanned.as_ref().map_or(0, |range| range.end - range.start);
        if journal.is_empty() { 1.0 } else { (scanned as f32 / journal.len() as f32).min(1.0) }
    }

    fn look(&mut self, journal: &Journal, number: u64, keep: fn(&mut VecDeque<u64>, u64)) -> usize {
        let Some(entry) = journal.get(number) else { return ENTRY_COST };
        if self.matches(entry) {
            keep(&mut self.hits, number);
        }
        ENTRY_COST + entry.payload.len().min(REACH)
    }

    fn matches(&mut self, entry: &Entry) -> bool {
        let payload = &entry.payload[..entry.payload.len().min(REACH)];
        match &self.query {
            Query::Wrong(_) => false,
            Query::Bytes(bytes) => {
                bytes.is_empty() || payload.windows(bytes.len()).any(|window| window == bytes)
            }
            Query::Text(text) => {
                let topic = match &self.topic {
                    Some((last, matched)) if Arc::ptr_eq(last, &entry.topic) => *matched,
                    _ => {
                        let matched = fold(&entry.topic, &mut self.folded).contains(text);
                        self.topic = Some((Arc::clone(&entry.topic), matched));
                        matched
                    }
                };
                topic || fold(&String::from_utf8_lossy(payload), &mut self.folded).contains(text)
            }
        }
    }
}

/// Lower case, into a buffer that is used again.
fn fold<'a>(text: &str, into: &'a mut String) -> &'a str {
    into.clear();
    if text.is_ascii() {
        into.push_str(text);
        into.make_ascii_lowercase();
    } else {
        into.extend(text.chars().flat_map(char::to_lowercase));
    }
    into
}

fn parse_hex(text: &str) -> Result<Vec<u8>, &'static str> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16).map(|digit| digit as u8))
        .collect();
    let Some(digits) = digits else {
        return Err("After hex: only digits 0–9 and a–f, for example hex: 00 ff");
    };
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return Err("A byte has two hex digits: one is missing");
    }
    Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::{super::fixture, *};

    const PLENTY: usize = usize::MAX;

    fn journal(payloads: &[&[u8]]) -> Journal {
        let mut journal = Journal::new(1 << 20, 10);
        payloads.iter().for_each(|payload| receive(&mut journal, payload));
        journal
    }

    fn receive(journal: &mut Journal, payload: &[u8]) {
        let message = fixture::received(journal.end(), payload.to_vec());
        journal.receive(Duration::ZERO, &message, false);
    }

    fn hits(query: &str, payloads: &[&[u8]]) -> Vec<u64> {
        let mut search = Search::new(query);
        search.advance(&journal(payloads), PLENTY);
        assert!(search.done());
        search.hits().iter().copied().collect()
    }

    #[test]
    fn text_is_found_in_any_case() {
        let payloads = [&b"Hello"[..], b"help", b"yelp", "GRÖSSE ΣΊΣΥΦΟΣ".as_bytes(), b"\xffhello\xff"];
        assert_eq!(hits("HEL", &payloads), [0, 1, 4]);
        assert_eq!(hits("größe", &payloads), [0; 0]);
        assert_eq!(hits("grösse σίσυφοσ", &payloads), [3]);
        assert_eq!(hits("", &payloads), [0, 1, 2, 3, 4]);
        assert_eq!(hits(" ", &payloads), [3]);
    }

    #[test]
    fn topics_are_searched_too() {
        assert_eq!(hits("BOARD", &[b"x", b"y"]), [0, 1]);
    }

    #[test]
    fn a_topic_is_told_from_the_one_before() {
        let mut journal = journal(&[b"x"]);
        journal.echo(Duration::ZERO, &fixture::echoed(0, "x"));
        receive(&mut journal, b"x");
        let mut search = Search::new("echo");
        search.advance(&journal, PLENTY);
        assert_eq!(search.hits(), &[1]);
    }

    #[test]
    fn bytes_are_found_by_hex() {
        let payloads = [&[0x00, 0xff, 0x1a][..], b"00ff", &[0xff], b"board"];
        assert_eq!(hits("hex: 00 FF", &payloads), [0]);
        assert_eq!(hits("hex:ff", &payloads), [0, 2]);
        assert_eq!(hits("hex:626f617264", &payloads), [3]);
        assert_eq!(hits("hex:", &payloads), [0, 1, 2, 3]);
        assert_eq!(hits("hex:f", &payloads), [0; 0]);
        assert!(Search::new("hex:f").complaint().is_some_and(|text| text.contains("one is missing")));
        assert!(Search::new("hex:xy").complaint().is_some_and(|text| text.contains("only digits")));
        assert_eq!(Search::new("hex").complaint(), None);
    }

    #[test]
    fn the_newest_are_found_first() {
        let journal = journal(&[b"a", b"a", b"a"]);
        let mut search = Search::new("a");
        search.advance(&journal, 1);
        assert_eq!((search.hits().iter().copied().collect::<Vec<_>>(), search.done()), (vec![2], false));
        assert!((search.progress(&journal) - 1.0 / 3.0).abs() < 0.01);
    }

    #[test]
    fn an_empty_journal_is_searched_at_once() {
        let mut search = Search::new("a");
        search.advance(&journal(&[]), 1);
        assert!(search.done());
    }

    proptest! {
        /// The journal grows and forgets between the steps of a search; its hits are always right, and in the end complete.
        #[test]
        fn a_search_in_steps_finds_what_a_look_at_everything_finds(
            steps in prop::collection::vec((prop::collection::vec("[xyz]{0,3}", 0..40), 0..3_000_usize), 1..30),
            query in "[xyz]{1,2}",
        ) {
            // A payload is padded so that the budget holds about a hundred.
            let padding = "-".repeat(1_000);
            let mut journal = Journal::new(160_000, 10);
            let mut search = Search::new(&query);
            for (texts, budget) in steps {
                texts.iter().for_each(|text| receive(&mut journal, format!("{text}{padding}").as_bytes()));
                search.advance(&journal, budget);
                let hits = search.hits().iter().copied();
                prop_assert!(hits.clone().is_sorted_by(|a, b| a < b));
                prop_assert!(hits.clone().all(|hit| matching(&journal, &query).contains(&hit)));
            }
            search.advance(&journal, PLENTY);
            prop_assert!(search.done());
            prop_assert_eq!(search.hits().iter().copied().collect::<Vec<_>>(), matching(&journal, &query));
        }
    }

    fn matching(journal: &Journal, query: &str) -> Vec<u64> {
        let text =
            |entry| journal.get(entry).map(|entry| String::from_utf8_lossy(&entry.payload).into_owned());
        (journal.first()..journal.end())
            .filter(|entry| text(*entry).is_some_and(|text| text.contains(query)))
            .collect()
    }
}
