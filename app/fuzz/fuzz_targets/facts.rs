//! Chains as a hostile broker could present them.
#![no_main]

use echo_monitor_fuzz::{bounded, credentials::facts::of_chain, now};

#[global_allocator]
static ALLOCATOR: echo_monitor_fuzz::Counting = echo_monitor_fuzz::Counting;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let facts = bounded(|| of_chain([bytes]));
    facts.iter().for_each(|facts| drop(facts.as_text(now())));
});
