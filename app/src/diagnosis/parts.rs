//! What a report is made of, as it is serialised.

use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use serde::Serialize;

use crate::{
    credentials::{self, Facts, Finding, Severity, facts::Certificate},
    failure::{Advice, Failure, Hint, Stage, TlsFailure},
    model::{Link, RungState, Summary, event},
    profile::{Direction, Field, Profile, Protocol, Security},
};

/// A profile without what is secret in it.
#[derive(Debug, Serialize)]
pub(super) struct Connecting {
    pub(super) name: String,
    pub(super) demo: bool,
    pub(super) broker: String,
    pub(super) port: u16,
    pub(super) security: &'static str,
    pub(super) mqtt: &'static str,
    pub(super) qos: u8,
    pub(super) keep_alive: u16,
    /// `None` for a random one.
    pub(super) client_id: Option<String>,
    /// Whether one is sent: the name itself can be a token.
    pub(super) username: bool,
    pub(super) subscribe: String,
    pub(super) publish: String,
    pub(super) direction: &'static str,
    pub(super) allow_v1_server: bool,
}

impl Connecting {
    pub(super) fn new(profile: &Profile, demo: bool) -> Self {
        Self {
            name: profile.name.clone(),
            demo,
            broker: profile.host.to_string(),
            port: profile.port,
            security: match profile.security {
                Security::MutualTls => "mutual-tls",
                Security::Tls => "tls",
                Security::Plain => "plain",
            },
            mqtt: protocol(profile.protocol),
            qos: profile.qos.into(),
            keep_alive: profile.keep_alive,
            client_id: profile.client_id.clone(),
            username: profile.username.is_some(),
            subscribe: profile.subscribe.as_str().to_owned(),
            publish: profile.publish.as_str().to_owned(),
            direction: match profile.direction {
                Direction::Left => "left",
                Direction::Right => "right",
            },
            allow_v1_server: profile.allow_v1_server,
        }
    }
}

/// One of the credential files.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    /// "ca", "certificate", "key".
    pub(super) row: &'static str,
    /// The file's name without its folder; `None` where none was chosen.
    pub(super) file: Option<String>,
    pub(super) summary: String,
    pub(super) findings: Vec<Found>,
    pub(super) facts: Vec<Described>,
}

impl Row {
    pub(super) fn new(field: Field, path: Option<&Path>, row: &credentials::Row, wall: SystemTime) -> Self {
        let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
        Self {
            row: match field {
                Field::Certificate => "certificate",
                Field::Key => "key",
                _ => "ca",
            },
            file: path.and_then(name),
            summary: row.summary.clone(),
            findings: row.findings.iter().map(Found::from).collect(),
            facts: row.facts.iter().map(|facts| Described::new(facts, wall)).collect(),
        }
    }
}

/// A finding in words.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    pub(super) severity: &'static str,
    pub(super) kind: &'static str,
    pub(super) what: String,
    pub(super) why: String,
    pub(super) next: Vec<String>,
}

impl From<&Finding> for Found {
    fn from(finding: &Finding) -> Self {
        Self {
            severity: severity(finding.severity()),
            kind: finding.kind(),
            what: finding.what(),
            why: finding.why(),
            next: finding.next().into_iter().map(|step| step.text).collect(),
        }
    }
}

/// A certificate or a key in words.
#[derive(Debug, Serialize)]
pub(super) struct Described {
    pub(super) title: String,
    pub(super) lines: Vec<Line>,
}

impl Described {
    fn new(facts: &Facts, wall: SystemTime) -> Self {
        Self { title: facts.title().to_owned(), lines: lines(facts.lines(wall)) }
    }

    fn certificate(certificate: &Certificate, wall: SystemTime) -> Self {
        Self { title: certificate.name.clone(), lines: lines(certificate.lines(wall)) }
    }
}

/// A name and its value; a list, because a name can come twice.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    pub(super) name: &'static str,
    pub(super) value: String,
}

fn lines(pairs: Vec<(&'static str, String)>) -> Vec<Line> {
    pairs.into_iter().map(|(name, value)| Line { name, value }).collect()
}

/// A stage of connecting.
#[derive(Debug, Serialize)]
pub(super) struct Rung {
    pub(super) stage: &'static str,
    /// "done", "failed", "running", "pending".
    pub(super) state: &'static str,
    pub(super) ms: Option<f64>,
}

/// The ladder as it stands. A plain connection has no rung for TLS.
pub(super) fn rungs(link: &Link, failed: bool, tls: bool) -> Vec<Rung> {
    let rungs = link.ladder.rungs().iter().filter(|rung| tls || rung.stage != Stage::Tls);
    rungs
        .map(|rung| {
            let (state, took) = match rung.state {
                RungState::Done { took } => ("done", Some(took)),
                RungState::Failed => ("failed", None),
                RungState::Running { .. } if !failed => ("running", None),
                RungState::Running { .. } | RungState::Pending => ("pending", None),
            };
            Rung { stage: rung.stage.name(), state, ms: took.map(milliseconds) }
        })
        .collect()
}

/// What is known of a connection that stands.
#[derive(Debug, Serialize)]
pub(super) struct Connection {
    pub(super) address: String,
    pub(super) mqtt: &'static str,
    pub(super) client_id: String,
    pub(super) session_present: bool,
    pub(super) keep_alive: u16,
    pub(super) qos: u8,
    pub(super) maximum_packet: Option<u32>,
}

impl From<&event::Connection> for Connection {
    fn from(connection: &event::Connection) -> Self {
        Self {
            address: connection.address.to_string(),
            mqtt: protocol(connection.protocol),
            client_id: connection.client_id.clone(),
            session_present: connection.session_present,
            keep_alive: connection.keep_alive,
            qos: connection.granted.into(),
            maximum_packet: connection.maximum_packet,
        }
    }
}

/// What the TLS handshake settled, as far as it came.
#[derive(Debug, Serialize)]
pub(super) struct Tls {
    /// `None` where the handshake did not come to an end.
    pub(super) version: Option<String>,
    pub(super) cipher_suite: Option<String>,
    pub(super) key_exchange: Option<String>,
    pub(super) client_certificate_asked: Option<bool>,
    /// What the broker presented, its own certificate first.
    pub(super) chain: Vec<Described>,
}

impl Tls {
    /// Where we refused the broker's certificate, that failure has the chain.
    pub(super) fn of(link: &Link, failure: Option<&Failure>, wall: SystemTime) -> Option<Self> {
        let described = |certificate| Described::certificate(certificate, wall);
        if let Some(tls) = &link.tls {
            return Some(Self {
                version: Some(tls.version.clone()),
                cipher_suite: Some(tls.cipher_suite.clone()),
                key_exchange: Some(tls.key_exchange.clone()),
                client_certificate_asked: Some(tls.client_certificate_asked),
                chain: link.presented.iter().map(described).collect(),
            });
        }
        let Some(Failure::Tls(TlsFailure::Theirs(theirs))) = failure else { return None };
        let chain: Vec<_> = theirs.presented.iter().chain(&theirs.above).map(described).collect();
        (!chain.is_empty()).then_some(Self {
            version: None,
            cipher_suite: None,
            key_exchange: None,
            client_certificate_asked: None,
            chain,
        })
    }
}

/// How long the broker takes to answer.
#[derive(Debug, Serialize)]
pub(super) struct Waits {
    pub(super) count: u64,
    pub(super) p50_ms: f64,
    pub(super) p95_ms: f64,
    pub(super) max_ms: f64,
}

impl From<&Summary> for Waits {
    fn from(summary: &Summary) -> Self {
        Self {
            count: summary.count,
            p50_ms: milliseconds(summary.p50),
            p95_ms: milliseconds(summary.p95),
            max_ms: milliseconds(summary.max),
        }
    }
}

/// A failure or a hint in words.
#[derive(Debug, Serialize)]
pub(super) struct Problem {
    pub(super) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stage: Option<&'static str>,
    pub(super) severity: &'static str,
    pub(super) who: String,
    pub(super) what: String,
    pub(super) why: String,
    pub(super) next: Vec<String>,
    pub(super) evidence: Vec<Line>,
}

impl Problem {
    fn new(kind: &'static str, stage: Option<Stage>, how: Severity, advice: Advice) -> Self {
        Self {
            kind,
            stage: stage.map(Stage::name),
            severity: severity(how),
            who: advice.who,
            what: advice.what,
            why: advice.why,
            next: advice.next.into_iter().map(|step| step.text).collect(),
            evidence: lines(advice.evidence),
        }
    }
}

impl From<&Failure> for Problem {
    fn from(failure: &Failure) -> Self {
        Self::new(failure.kind(), Some(failure.stage()), Severity::Error, failure.advice())
    }
}

impl From<&Hint> for Problem {
    fn from(hint: &Hint) -> Self {
        Self::new(hint.kind(), None, hint.severity(), hint.advice())
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::V5 => "5",
        Protocol::V311 => "3.1.1",
    }
}

/// To the microsecond.
fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// RFC 3339, to the second, in UTC.
pub(super) fn stamp(at: SystemTime) -> String {
    let seconds = at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let timestamp = i64::try_from(seconds).ok().and_then(|at| jiff::Timestamp::from_second(at).ok());
    timestamp.map_or_else(String::new, |at| at.to_string())
}
