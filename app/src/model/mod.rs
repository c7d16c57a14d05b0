//! The fold over events. Pure: no clock, no file, no thread; time comes in with each event.
//!
//! ```text
//! Event -> State::apply -> Link       where the connection stands
//!                          Journal    the messages, inside a memory budget
//!                          Matching   which board message carries which echo
//!                          Latency    series and histograms of loop, broker, residence
//!                          Counters   totals that add up
//!                          Rates      messages a second
//!                          Gaps       where there was no connection
//! ```
//!
//! Views and the headless face read `&State` and change nothing. Invariants, held by `state`'s property test after any
//! sequence of events that a session can emit:
//!
//! - `received == echoed + failed + in flight`;
//! - `journal.bytes() <= journal.budget()`;
//! - a series is ordered in time, and no line of it joins two connections;
//! - everything is bounded by [`Limits`], and what falls out is counted.

mod counters;
pub mod display;
pub mod event;
mod gaps;
mod histogram;
mod journal;
mod latency;
mod link;
mod matching;
mod rates;
mod search;
mod series;
mod state;

pub use counters::{Counters, FailedBy};
pub use gaps::{Gap, Gaps};
pub use histogram::{Histogram, HistogramBin};
pub use journal::{Entry, Fate, Journal, Way};
pub use latency::{Figure, Latency, Summary};
pub use link::{Ladder, Link, Rung, RungState, Status};
pub use rates::{Rate, Rates};
pub use search::Search;
pub use series::{Column, Series};
pub use state::{Learned, Limits, State};

#[cfg(test)]
mod fixture;
