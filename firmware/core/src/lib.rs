//! **echo-board**: what runs on the board, without an operating system, a clock or a socket.
//!
//! - [`wire`]: topics, rotation and limits, defined here once for both sides.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod wire;
