//! A file with any content, in every row.
#![no_main]

#[global_allocator]
static ALLOCATOR: echo_monitor_fuzz::Counting = echo_monitor_fuzz::Counting;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| echo_monitor_fuzz::judged(bytes, Some("secret")));
