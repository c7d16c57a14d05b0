//! What the session tells: timestamped events, and nothing else reaches the model.
//!
//! Time is a monotonic [`Duration`] since the session's start; the one wall-clock anchor is in [`What::Started`].
//! A message is numbered by the session (`id`), and its echo carries the same number. `Received` comes before its
//! `Echoed` or `EchoFailed`; every `Received` gets exactly one of these two, also when the session stops.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;

use crate::{
    failure::{Failure, Stage},
    profile::{Protocol, Qos},
};

/// Something that happened, and when.
#[derive(Clone, Debug)]
pub struct Event {
    /// Since the session's start, monotonic.
    pub at: Duration,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum What {
    /// The first event of a session: the wall-clock time of its zero.
    Started {
        /// The wall clock at `at == 0`.
        wall: SystemTime,
    },
    /// A connection attempt begins; the first is number 1.
    Attempt {
        /// Counted since the session's start.
        number: u32,
    },
    /// A stage of the attempt begins.
    StageStarted(Stage),
    /// A stage of the attempt succeeded.
    StageDone {
        /// Which.
        stage: Stage,
        /// How long it took.
        took: Duration,
    },
    /// The TLS handshake is done on our side, and this was settled: known also where the broker refuses us after it.
    Secured(Box<TlsFacts>),
    /// CONNACK accepted and SUBACK granted: messages can flow.
    Connected(Box<Connection>),
    /// A message arrived from the board.
    Received(Received),
    /// Its echo was handed to the socket.
    Echoed(Echoed),
    /// It was accepted but could not be echoed.
    EchoFailed {
        /// The message's number.
        id: u64,
        /// Why.
        cause: EchoFailure,
    },
    /// The broker answered a packet of ours: an echo's PUBACK or PUBCOMP at QoS 1 and 2; at QoS 0, where an echo is not
    /// acknowledged, the UNSUBACK to an UNSUBSCRIBE of a filter that nobody holds, sent once a second.
    BrokerRoundTrip {
        /// From handing the packet to the socket to its answer.
        took: Duration,
    },
    /// The screen's channel was full: this much happened without an event of its own. Counts, so that totals still add up.
    NotShown {
        /// Messages from the board.
        received: u64,
        /// Of these and earlier ones, echoed.
        echoed: u64,
        /// Of these and earlier ones, failed.
        failed: u64,
        /// Payload bytes of `received`.
        bytes: u64,
    },
    /// The attempt or the connection ended by itself.
    Disconnected {
        /// Why.
        failure: Box<Failure>,
        /// When the next attempt starts, counted from `at`; `None` where trying again cannot help.
        next_try: Option<Duration>,
    },
    /// The session ended because it was asked to. Last event.
    Stopped,
}

/// A message from the board.
#[derive(Clone, Debug)]
pub struct Received {
    /// Numbered by the session, from 0.
    pub id: u64,
    /// Topic name.
    pub topic: Arc<str>,
    /// Application message.
    pub payload: Bytes,
    /// QoS it arrived with.
    pub qos: Qos,
    /// RETAIN flag.
    pub retain: bool,
    /// DUP flag: delivered before, perhaps.
    pub duplicate: bool,
    /// What the board says of itself in user properties (MQTT 5 and our firmware only).
    pub board: Option<Box<BoardReport>>,
}

/// The board's own view, measured on its own clock. Never compared with ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardReport {
    /// The board's message number.
    pub sequence: u64,
    /// Since the board started.
    pub uptime: Duration,
    /// Its last round trip: its publish to the echo of it.
    pub round_trip: Option<Duration>,
}

/// An echo that was handed to the socket.
#[derive(Clone, Debug)]
pub struct Echoed {
    /// The number of the message it answers.
    pub id: u64,
    /// Topic name.
    pub topic: Arc<str>,
    /// The rotated payload.
    pub payload: Bytes,
    /// QoS it was published with.
    pub qos: Qos,
    /// PUBLISH received to echo handed to the socket.
    pub residence: Duration,
}

/// Why a message was not echoed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EchoFailure {
    /// It arrived on the topic we publish on: echoing it would run in a circle for ever.
    OwnTopic,
    /// Larger than the broker accepts.
    TooLarge {
        /// The encoded PUBLISH.
        bytes: u64,
        /// The broker's Maximum Packet Size (MQTT 5, section 3.2.2.3.6).
        limit: u64,
    },
    /// The outbox was full.
    OutboxFull {
        /// Its limit in messages.
        limit: usize,
    },
    /// QoS 0 only: the connection broke before the echo was handed to the socket.
    ConnectionLost,
    /// The broker answered the echo with a negative reason code (MQTT 5, section 3.4.2.1).
    Rejected {
        /// The reason code.
        reason: u8,
    },
    /// The session was stopped first.
    Stopped,
}

/// What is known of an established connection.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The address that answered.
    pub address: SocketAddr,
    /// MQTT version in use.
    pub protocol: Protocol,
    /// TLS facts; `None` for a plain connection.
    pub tls: Option<TlsFacts>,
    /// Client ID in use, ours or the one the broker assigned.
    pub client_id: String,
    /// Whether the broker had kept our session.
    pub session_present: bool,
    /// Keep alive in force, in seconds (the broker may lower it).
    pub keep_alive: u16,
    /// The broker's Maximum Packet Size; `None` for no limit told.
    pub maximum_packet: Option<u32>,
    /// QoS granted to the subscription.
    pub granted: Qos,
}

/// What the TLS handshake settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFacts {
    /// "TLS 1.3".
    pub version: String,
    /// Cipher suite by its IANA name.
    pub cipher_suite: String,
    /// Key exchange group by its IANA name.
    pub key_exchange: String,
    /// The chain the broker presented, DER, its own certificate first.
    pub chain: Vec<Bytes>,
    /// Whether the broker asked for a client certificate.
    pub client_certificate_asked: bool,
}
