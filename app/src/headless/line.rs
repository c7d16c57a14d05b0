//! What a line says. The names of events and fields are read by other programs: add, never rename.

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;

use crate::{
    failure::Failure,
    model::{
        Counters, Figure, State, Summary as Percentiles,
        event::{Connection, EchoFailure},
    },
    profile::Protocol,
};

/// One line: when, and what.
#[derive(Serialize)]
pub(super) struct Line<'a> {
    /// Seconds since the session's start, to the microsecond.
    at: f64,
    #[serde(flatten)]
    told: Told<'a>,
}

impl<'a> Line<'a> {
    pub(super) fn new(at: Duration, told: Told<'a>) -> Self {
        Self { at: rounded(at, 1e6), told }
    }
}

/// What happened.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(super) enum Told<'a> {
    Stage { stage: &'static str, ok: bool, ms: f64 },
    Connected(Connected<'a>),
    Message(Message<'a>),
    Failed { id: u64, cause: &'static str, why: String },
    NotShown { received: u64, echoed: u64, failed: u64 },
    Lost { count: u64, lost: u64 },
    Disconnected { error: Problem, next_try_s: Option<f64> },
    Summary(Box<Summary>),
}

#[derive(Serialize)]
pub(super) struct Connected<'a> {
    address: String,
    mqtt: &'static str,
    client_id: &'a str,
    session_present: bool,
    keep_alive: u16,
    qos: u8,
    maximum_packet: Option<u32>,
    tls: Option<&'a str>,
    cipher_suite: Option<&'a str>,
}

impl<'a> From<&'a Connection> for Connected<'a> {
    fn from(connection: &'a Connection) -> Self {
        Self {
            address: connection.address.to_string(),
            mqtt: match connection.protocol {
                Protocol::V5 => "5",
                Protocol::V311 => "3.1.1",
            },
            client_id: &connection.client_id,
            session_present: connection.session_present,
            keep_alive: connection.keep_alive,
            qos: connection.granted.into(),
            maximum_packet: connection.maximum_packet,
            tls: connection.tls.as_ref().map(|tls| tls.version.as_str()),
            cipher_suite: connection.tls.as_ref().map(|tls| tls.cipher_suite.as_str()),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Message<'a> {
    pub(super) id: u64,
    /// "in" from the board, "out" to it.
    pub(super) direction: &'static str,
    pub(super) topic: &'a str,
    bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) residence_us: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) loop_ms: Option<f64>,
}

impl<'a> Message<'a> {
    pub(super) fn new(id: u64, direction: &'static str, topic: &'a str, payload: &'a [u8]) -> Self {
        let text = std::str::from_utf8(payload).ok();
        let base64 = text.is_none().then(|| STANDARD.encode(payload));
        Self { id, direction, topic, bytes: payload.len(), text, base64, residence_us: None, loop_ms: None }
    }
}

/// Why a connection or an attempt ended, in the words of the window.
#[derive(Serialize)]
pub(super) struct Problem {
    kind: &'static str,
    /// Whose stage it is: not always the one that ran, because a refusal can arrive later.
    stage: &'static str,
    who: String,
    what: String,
    why: String,
    next: Vec<String>,
    evidence: BTreeMap<&'static str, String>,
}

impl From<&Failure> for Problem {
    fn from(failure: &Failure) -> Self {
        let advice = failure.advice();
        Self {
            kind: failure.kind(),
            stage: failure.stage().name(),
            who: advice.who,
            what: advice.what,
            why: advice.why,
            next: advice.next.into_iter().map(|step| step.text).collect(),
            evidence: joined(advice.evidence),
        }
    }
}

/// By name; of several addresses that were tried each is kept.
fn joined(evidence: Vec<(&'static str, String)>) -> BTreeMap<&'static str, String> {
    let mut by_name = BTreeMap::<_, String>::new();
    for (name, value) in evidence {
        let known = by_name.entry(name).or_default();
        if !known.is_empty() {
            known.push_str("; ");
        }
        known.push_str(&value);
    }
    by_name
}

/// The last line.
#[derive(Serialize)]
pub(super) struct Summary {
    received: u64,
    echoed: u64,
    failed: u64,
    lost: u64,
    late: u64,
    duplicates: u64,
    not_shown: u64,
    reconnects: u64,
    residence_us: Option<Figures>,
    broker_ms: Option<Figures>,
    loop_ms: Option<Figures>,
}

impl From<&State> for Summary {
    fn from(state: &State) -> Self {
        let Counters { received, echoed, failed, lost, late, duplicates, not_shown, .. } = state.counters;
        let figures =
            |figure, unit| state.latency.summary(figure).map(|summary| Figures::new(&summary, unit));
        Self {
            received,
            echoed,
            failed,
            lost,
            late,
            duplicates,
            not_shown,
            reconnects: state.link.reconnects,
            residence_us: figures(Figure::Residence, microseconds as fn(Duration) -> f64),
            broker_ms: figures(Figure::Broker, milliseconds),
            loop_ms: figures(Figure::Loop, milliseconds),
        }
    }
}

/// Percentiles of one figure.
#[derive(Serialize)]
struct Figures {
    count: u64,
    p50: f64,
    p95: f64,
    p99: f64,
    max: f64,
}

impl Figures {
    fn new(summary: &Percentiles, unit: fn(Duration) -> f64) -> Self {
        Self {
            count: summary.count,
            p50: unit(summary.p50),
            p95: unit(summary.p95),
            p99: unit(summary.p99),
            max: unit(summary.max),
        }
    }
}

pub(super) fn milliseconds(duration: Duration) -> f64 {
    rounded(duration * 1_000, 1e3)
}

pub(super) fn microseconds(duration: Duration) -> f64 {
    rounded(duration * 1_000_000, 1e1)
}

/// Seconds, to `1 / parts`.
fn rounded(duration: Duration, parts: f64) -> f64 {
    (duration.as_secs_f64() * parts).round() / parts
}

/// A name for programs and a sentence for people.
pub(super) fn cause(failure: EchoFailure) -> (&'static str, String) {
    match failure {
        EchoFailure::OwnTopic => {
            ("own-topic", "It arrived on the topic we publish on; echoing it would never end.".to_owned())
        }
        EchoFailure::TooLarge { bytes, limit } => {
            ("too-large", format!("Its echo takes {bytes} bytes; the broker accepts {limit}."))
        }
        EchoFailure::OutboxFull { limit } => {
            ("outbox-full", format!("{limit} echoes were already waiting for the broker."))
        }
        EchoFailure::ConnectionLost => {
            ("connection-lost", "The connection broke before its echo was sent.".to_owned())
        }
        EchoFailure::Rejected { reason } => {
            ("rejected", format!("The broker refused the echo with reason code 0x{reason:02X}."))
        }
        EchoFailure::Stopped => ("stopped", "The session was stopped before its echo was sent.".to_owned()),
    }
}
