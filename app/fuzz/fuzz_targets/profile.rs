//! A profile's file as somebody could send one: whatever is in it, it is read or refused.
#![no_main]

use std::path::Path;

use echo_monitor_fuzz::{bounded, profile::file};

#[global_allocator]
static ALLOCATOR: echo_monitor_fuzz::Counting = echo_monitor_fuzz::Counting;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| match bounded(|| file::read(bytes, Path::new("/there"))) {
    Ok(draft) => drop(draft.parse()),
    Err(problem) => drop(problem.to_string()),
});
