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
