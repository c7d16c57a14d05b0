//! The messages and their echoes, in order of arrival, inside a memory budget.
//!
//! Entries are numbered from 0 without holes; the oldest go first and are counted. They stand in chunks, so that growing
//! moves nothing and dropping the oldest is constant time. Invariant: [`Journal::bytes`] is never above
//! [`Journal::budget`]. An entry that is too large for the whole budget is counted as evicted and gets no number.

mod entry;
#[cfg(test)]
mod tests;
mod unanswered;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use entry::heap;
pub use entry::{Entry, Fate, Way};
use unanswered::Unanswered;

use super::event::{EchoFailure, Echoed, Received};

/// Entries in a chunk.
const CHUNK: usize = 128;
/// What a chunk takes, full or not.
const CHUNK_BYTES: usize = CHUNK * size_of::<Entry>();

/// The messages and their echoes. See the module's documentation.
#[derive(Debug)]
pub struct Journal {
    /// Chunk `n` of the journal holds the entries from `n * CHUNK` on; `chunks[0]` is the one with `first`.
    chunks: VecDeque<VecDeque<Entry>>,
    /// The last emptied chunk, for the next to be filled.
    spare: Option<VecDeque<Entry>>,
    first: u64,
    end: u64,
    /// What the entries own outside of the chunks.
    heap: usize,
    budget: usize,
    evicted: u64,
    unanswered: Unanswered,
    /// The last topic of each way: equal ones share one allocation.
    topics: [Option<Arc<str>>; 2],
}

impl Journal {
    /// Keeps at most `budget` bytes and waits for the echoes of at most `unanswered` messages. A budget that is too small
    /// for a few entries keeps none at all.
    #[must_use]
    pub fn new(budget: usize, unanswered: usize) -> Self {
        Self {
            chunks: VecDeque::new(),
            spare: None,
            first: 0,
            end: 0,
            heap: 0,
            budget,
            evicted: 0,
            unanswered: Unanswered::new(unanswered),
            topics: [None, None],
        }
    }

    /// The oldest entry kept; equal to [`Journal::end`] when there is none.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.first
    }

    /// One behind the newest entry.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.end
    }

    /// How many entries are kept.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.end - self.first
    }

    /// Whether no entry is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first == self.end
    }

    /// An entry, in constant time; `None` where it was evicted or is not there yet.
    #[must_use]
    pub fn get(&self, entry: u64) -> Option<&Entry> {
        let (chunk, index) = self.place(entry)?;
        self.chunks.get(chunk)?.get(index)
    }

    /// The first entry at `at` or later, in logarithmic time; [`Journal::end`] where there is none.
    #[must_use]
    pub fn at_or_after(&self, at: Duration) -> u64 {
        let (mut low, mut high) = (self.first, self.end);
        while low < high {
            let middle = low.midpoint(high);
            if self.get(middle).is_some_and(|entry| entry.at < at) { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// The memory that is taken: chunks, payloads, topics, and what the allocator adds to them.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.heap + (self.chunks.len() + usize::from(self.spare.is_some())) * CHUNK_BYTES
    }

    /// The limit of [`Journal::bytes`].
    #[must_use]
    pub fn budget(&self) -> usize {
        self.budget
    }

    /// How many entries are not there any more, or never were because they were too large.
    #[must_use]
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    /// The echo of a board's message, or the message of an echo, if it is still here.
    #[must_use]
    pub fn partner(&self, entry: u64) -> Option<u64> {
        let it = self.get(entry)?;
        self.neighbour(entry, it.partner, it.way == Way::Board)
    }

    /// The echo that a board's message carries, or the message that carries an echo, if it is still here.
    #[must_use]
    pub fn carried(&self, entry: u64) -> Option<u64> {
        let it = self.get(entry)?;
        self.neighbour(entry, it.carried, it.way == Way::Echo)
    }

    fn neighbour(&self, entry: u64, distance: u32, forward: bool) -> Option<u64> {
        let distance = u64::from(distance);
        let other = if forward { entry.checked_add(distance) } else { entry.checked_sub(distance) };
        other.filter(|other| distance > 0 && *other >= self.first)
    }

    /// A message arrived. Returns its entry, unless it is too large.
    pub(super) fn receive(&mut self, at: Duration, message: &Received, duplicate: bool) -> Option<u64> {
        let (topic, owns_topic) = self.shared_topic(Way::Board, &message.topic);
        let heap = heap(&message.payload, owns_topic.then_some(&topic), message.board.is_some());
        let entry = self.make_room(heap).then(|| {
            self.push(Entry {
                at,
                message: message.id,
                way: Way::Board,
                topic,
                payload: message.payload.clone(),
                qos: message.qos,
                retain: message.retain,
                duplicate,
                board: message.board.clone(),
                residence: None,
                loop_time: None,
                fate: Fate::Plain,
                partner: 0,
                carried: 0,
                owns_topic,
            })
        });
        self.unanswered.add(message.id, entry);
        entry
    }

    /// An echo was handed to the socket. Returns its entry, unless it is too large.
    pub(super) fn echo(&mut self, at: Duration, echo: &Echoed) -> Option<u64> {
        let message = self.unanswered.answer(echo.id);
        if let Some(message) = message.and_then(|entry| self.get_mut(entry)) {
            message.fate = Fate::Echoed;
        }
        let (topic, owns_topic) = self.shared_topic(Way::Echo, &echo.topic);
        if !self.make_room(heap(&echo.payload, owns_topic.then_some(&topic), false)) {
            return None;
        }
        let distance = message.map_or(0, |message| distance(message, self.end));
        let entry = self.push(Entry {
            at,
            message: echo.id,
            way: Way::Echo,
            topic,
            payload: echo.payload.clone(),
            qos: echo.qos,
            retain: false,
            duplicate: false,
            board: None,
            residence: Some(echo.residence),
            loop_time: None,
            fate: Fate::Plain,
            partner: distance,
            carried: 0,
            owns_topic,
        });
        if let Some(message) = message.and_then(|entry| self.get_mut(entry)) {
            message.partner = distance;
        }
        Some(entry)
    }

    /// A message will get no echo.
    pub(super) fn fail(&mut self, message: u64, cause: EchoFailure) {
        if let Some(message) = self.unanswered.answer(message).and_then(|entry| self.get_mut(entry)) {
            message.fate = Fate::Failed(cause);
        }
    }

    /// The board took an echo.
    pub(super) fn take(&mut self, echo: Option<u64>, message: Option<u64>, loop_time: Option<Duration>) {
        let distance = echo.zip(message).map_or(0, |(echo, message)| distance(echo, message));
        if let Some(echo) = echo.and_then(|entry| self.get_mut(entry)) {
            echo.fate = Fate::Taken;
            echo.carried = distance;
        }
        if let Some(message) = message.and_then(|entry| self.get_mut(entry)) {
            message.loop_time = loop_time;
            message.carried = distance;
        }
    }

    /// The board did not take an echo.
    pub(super) fn lose(&mut self, echo: Option<u64>) {
        if let Some(echo) = echo.and_then(|entry| self.get_mut(entry)) {
            echo.fate = Fate::Lost;
        }
    }

    /// The next session numbers its messages anew: no answer to an old one can come.
    pub(super) fn begin_session(&mut self) {
        self.unanswered.clear();
    }

    fn shared_topic(&self, way: Way, topic: &Arc<str>) -> (Arc<str>, bool) {
        match &self.topics[way as usize] {
            Some(last) if Arc::ptr_eq(last, topic) || last == topic => (Arc::clone(last), false),
            _ => (Arc::clone(topic), true),
        }
    }

    /// Drops the oldest entries until one more fits that owns this many bytes. Where it can never fit, it counts as
    /// evicted, and the others stay.
    fn make_room(&mut self, heap: usize) -> bool {
        // Even an empty journal can hold two chunks: the one that is being filled, and a spare one.
        if heap.saturating_add(2 * CHUNK_BYTES) > self.budget {
            self.evicted += 1;
            return false;
        }
        while !self.is_empty() && self.bytes() + self.next_chunk_bytes() + heap > self.budget {
            self.drop_oldest();
        }
        true
    }

    /// What the chunk for one more entry would cost.
    fn next_chunk_bytes(&self) -> usize {
        let needed = self.end.is_multiple_of(CHUNK as u64) && self.spare.is_none();
        usize::from(needed) * CHUNK_BYTES
    }

    fn push(&mut self, entry: Entry) -> u64 {
        if entry.owns_topic {
            self.topics[entry.way as usize] = Some(Arc::clone(&entry.topic));
        }
        self.heap += entry.heap();
        let number = self.end;
        self.end += 1;
        match self.chunks.back_mut().filter(|_| !number.is_multiple_of(CHUNK as u64)) {
            Some(chunk) => chunk.push_back(entry),
            None => {
                let mut chunk = self.spare.take().unwrap_or_else(|| VecDeque::with_capacity(CHUNK));
                chunk.push_back(entry);
                self.chunks.push_back(chunk);
            }
        }
        number
    }

    fn drop_oldest(&mut self) {
        let Some(entry) = self.chunks.front_mut().and_then(VecDeque::pop_front) else { return };
        self.heap -= entry.heap();
        self.first += 1;
        self.evicted += 1;
        if self.first.is_multiple_of(CHUNK as u64) {
            self.spare = self.chunks.pop_front();
        }
    }

    /// The chunk of an entry, and where it stands there: the oldest chunk has lost its first entries.
    fn place(&self, entry: u64) -> Option<(usize, usize)> {
        const SIZE: u64 = CHUNK as u64;
        if entry < self.first || entry >= self.end {
            return None;
        }
        let chunk = (entry / SIZE - self.first / SIZE) as usize;
        let lost = if chunk == 0 { self.first % SIZE } else { 0 };
        Some((chunk, (entry % SIZE - lost) as usize))
    }

    fn get_mut(&mut self, entry: u64) -> Option<&mut Entry> {
        let (chunk, index) = self.place(entry)?;
        self.chunks.get_mut(chunk)?.get_mut(index)
    }
}

/// The distance between two entries; 0, which means none, where 32 bits don't hold it.
fn distance(from: u64, to: u64) -> u32 {
    u32::try_from(to - from).unwrap_or(0)
}
