//! **echo-board-rig**: runs the bare-metal board in an emulator, against real and rogue brokers.
//!
//! For tests, so whatever goes wrong here is a panic that says what is missing. All of it stays on the loopback; the
//! emulator's network shows the host's loopback to the board as [`HOST`]. Whatever was started is ended when its value is
//! dropped.
//!
//! - [`credentials`]: authorities and the certificates they sign, made anew for every test;
//! - [`emulator`]: the board in QEMU, its log, its exit status;
//! - [`broker`]: a real Mosquitto that demands client certificates;
//! - [`peer`]: the host's side of the echo, on Mosquitto's other, unencrypted port;
//! - [`resolver`]: who knows the broker's address;
//! - [`rogue`]: servers that do what no broker should.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "for tests only")]

pub mod broker;
pub mod credentials;
pub mod emulator;
pub mod peer;
#[path = "../../../std/tests/mosquitto/port.rs"]
mod port;
pub mod resolver;
pub mod rogue;

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

pub use port::free_port;

/// The host's loopback, as the board sees it in QEMU's user network.
pub const HOST: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);

/// Waits until `done`, and panics when that takes longer than `limit`.
pub fn await_until(what: &str, limit: Duration, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < limit, "{what} did not happen within {limit:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
