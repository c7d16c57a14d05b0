//! **echo-board**: what runs on the board, without an operating system, a clock or a socket.
//!
//! Bytes and the time go in; bytes, a deadline and reports come out. In the order a byte meets them:
//!
//! - [`client`]: the whole board; connects, keeps time, fails and tries again.
//! - [`settings`], [`limits`]: what it is told, and what it holds everybody to.
//! - `link`: one open connection and its stages.
//! - [`tls`]: TLS 1.3, verified by trust anchors that are handed in.
//! - `verify`: how the broker's certificate is judged.
//! - [`mqtt`]: one MQTT connection, 3.1.1 or 5.
//! - [`board`]: says the current message, hears echoes, judges them.
//! - [`wire`]: topics, rotation and limits, defined here once for both sides.
//! - [`report`], [`failure`]: what is told, and what went wrong.
//! - [`retry`]: how long to wait.
//! - [`partition`]: what a board is told, as it lies in its flash; the app writes it, a bare-metal board reads it.
//!
//! Whoever brings a network, a clock, randomness and credentials has a board: `firmware/std` is one runner,
//! `firmware/mps2` another.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod board;
pub mod client;
pub mod failure;
pub mod limits;
mod link;
pub mod mqtt;
pub mod partition;
pub mod report;
pub mod retry;
pub mod settings;
pub mod tls;
mod verify;
pub mod wire;

pub use client::{Action, Client};
pub use failure::{Failure, MqttFailure, TlsFailure, Unreachable};
pub use report::{Counters, Ignored, Report, Stage};
pub use rustls;
pub use settings::{Security, Settings, Unfit};
