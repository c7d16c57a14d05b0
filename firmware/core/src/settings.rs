//! All that a board is told before it starts.

use alloc::vec::Vec;
use core::time::Duration;

use crate::{
    board::TooLong,
    failure::MqttFailure,
    mqtt, tls,
    wire::{self, Direction},
};

/// All that a board is told. Start from [`Settings::new`] and change what is different.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How the connection is secured.
    pub security: Security,
    /// Who we are to the broker, and on which topics.
    pub mqtt: mqtt::Settings,
    /// Between two messages; not zero.
    pub period: Duration,
    /// Which way an echo must be turned.
    pub direction: Direction,
    /// The first message, at most [`MESSAGE_LIMIT`](wire::MESSAGE_LIMIT) bytes.
    pub first_message: Vec<u8>,
    /// For jitter; should differ from board to board.
    pub seed: u64,
}

/// How the connection is secured.
#[derive(Clone, Debug)]
pub enum Security {
    /// Not at all. For tests and closed networks.
    Plain,
    /// TLS 1.3.
    Tls(tls::Settings),
}

/// Settings that no board can work with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The first message does not fit the board's buffer.
    #[error("first message: {0}")]
    FirstMessage(#[from] TooLong),
    /// No time between two messages.
    #[error("the period is zero")]
    Period,
    /// A topic, the client ID or the login cannot be sent.
    #[error("topics, client ID or login: {0}")]
    Mqtt(#[from] MqttFailure),
}

impl Settings {
    /// The wire's defaults for a way to connect.
    #[must_use]
    pub fn new(security: Security) -> Self {
        Self {
            security,
            mqtt: mqtt::Settings::default(),
            period: Duration::from_millis(wire::PERIOD_MS.into()),
            direction: Direction::default(),
            first_message: wire::FIRST_MESSAGE.as_bytes().to_vec(),
            seed: 0,
        }
    }
}
