//! **echo-board-mps2**: the echo board on bare metal.
//!
//! What is the same on every board of this kind is here, and is tested on the host; what only this board has (addresses,
//! interrupts, start-up) is in the binary. In the order in which a board uses it:
//!
//! - [`setup`]: from the partition in flash to the settings of the network and of the core;
//! - [`lan9118`]: the Ethernet controller, beneath `embassy-net`;
//! - [`executor`]: two tasks, the network and the board;
//! - [`runner`]: moves bytes and time between the core and a socket;
//! - [`outcome`]: how a run ended, as a number.
//!
//! The seams where another board plugs in are traits that exist already: `embassy_net_driver::Driver` (the controller),
//! `embassy_time_driver::Driver` (the clock), [`rustls::crypto::SecureRandom`] (randomness) and
//! [`rustls::time_provider::TimeProvider`] (the time of day).
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod executor;
pub mod lan9118;
pub mod outcome;
pub mod runner;
pub mod setup;
