//! Events for the tests of this module.

use std::time::{Duration, SystemTime};

use bytes::Bytes;

use super::event::{BoardReport, Connection, Echoed, Event, Received, What};
use crate::{
    failure::{Failure, Loss},
    profile::{Protocol, Qos},
};

pub(super) fn received(id: u64, payload: impl Into<Bytes>) -> Received {
    Received {
        id,
        topic: "board".into(),
        payload: payload.into(),
        qos: Qos::AtMostOnce,
        retain: false,
        duplicate: false,
        board: None,
    }
}

pub(super) fn echoed(id: u64, payload: impl Into<Bytes>) -> Echoed {
    Echoed {
        id,
        topic: "echo".into(),
        payload: payload.into(),
        qos: Qos::AtMostOnce,
        residence: Duration::from_micros(46),
    }
}

pub(super) fn connected() -> What {
    What::Connected(Box::new(Connection {
        address: ([127, 0, 0, 1], 1883).into(),
        protocol: Protocol::V5,
        tls: None,
        client_id: "test".to_owned(),
        session_present: false,
        keep_alive: 60,
        maximum_packet: None,
        granted: Qos::AtMostOnce,
    }))
}

pub(super) fn lost_connection(next_try: Option<Duration>) -> What {
    What::Disconnected { failure: Box::new(Failure::Lost(Loss::ShuttingDown)), next_try }
}

/// The wall clock of the tests: so many seconds after some day.
pub(super) fn wall(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
}

pub(super) fn event(millis: u64, what: What) -> Event {
    Event { at: Duration::from_millis(millis), what }
}

/// What a board says that sends a message a second.
pub(super) fn report(sequence: u64) -> BoardReport {
    BoardReport { sequence, uptime: Duration::from_secs(sequence), round_trip: None }
}
