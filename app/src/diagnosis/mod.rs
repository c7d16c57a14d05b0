//! The report on a connection: what `echo-monitor check` prints and *Copy report* copies. Pure.
//!
//! ```text
//! profile, judgement, link, latency, time  ->  Diagnosis  ->  text   (Display, `text`)
//!            [`Known`]                     gather             JSON   (Serialize, `parts`)
//! ```
//!
//! Text and JSON are two ways to write the same structure, so that neither can tell what the other does not.
//!
//! Invariants: nothing secret goes in. No password, passphrase or private key, of which the judgement has only the kind;
//! no user name, because some brokers take a token there; of a path only the file's name, because folders tell who
//! somebody is. The names of fields and kinds are read by other programs: add, never rename.

mod parts;
#[cfg(test)]
mod tests;
mod text;

use std::time::{Duration, SystemTime};

use serde::Serialize;

use self::parts::{Connecting, Connection, Problem, Row, Rung, Tls, Waits};
use crate::{
    credentials::{Judgement, Severity},
    failure::{Failure, Hint, Stage},
    model::{Figure, Latency, Link, RungState, Status, Summary},
    profile::{Profile, Security, Sources},
};

/// All that a report is made from.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// What is connected to.
    pub profile: &'a Profile,
    /// Whether it is the demo's.
    pub demo: bool,
    /// What its files hold; `None` where they were not judged.
    pub judgement: Option<&'a Judgement>,
    /// Where the connection stands.
    pub link: &'a Link,
    /// What was measured.
    pub latency: &'a Latency,
    /// This computer's clock.
    pub wall: SystemTime,
}

/// Everything that can be said about a connection, without a secret.
#[derive(Debug, Serialize)]
pub struct Diagnosis {
    /// This program's version.
    echo_monitor: &'static str,
    /// When it was made, in RFC 3339.
    at: String,
    /// What comes of it.
    pub verdict: Verdict,
    profile: Connecting,
    credentials: Vec<Row>,
    ladder: Vec<Rung>,
    connection: Option<Connection>,
    tls: Option<Tls>,
    broker_round_trip: Option<Waits>,
    failure: Option<Problem>,
    hints: Vec<Problem>,
}

/// What comes of a diagnosis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It works.
    Good,
    /// It works, and something should be looked at.
    Warnings,
    /// The credentials cannot be used.
    Credentials,
    /// There is no connection.
    Connection,
    /// It is not known yet.
    Unfinished,
}

impl Diagnosis {
    /// Gathers it.
    #[must_use]
    pub fn of(known: &Known<'_>) -> Self {
        let Known { profile, demo, judgement, link, latency, wall } = *known;
        // A failure of before is kept while the next attempt runs: it is the last word until there is a new one.
        let failure = link.failure.as_deref();
        let hints = hints(known);
        let needed = profile.security != Security::Plain;
        let judgement = judgement.filter(|_| needed);
        Self {
            echo_monitor: env!("CARGO_PKG_VERSION"),
            at: parts::stamp(wall),
            verdict: verdict(failure, link.status, judgement, &hints),
            profile: Connecting::new(profile, demo),
            credentials: judgement.map_or_else(Vec::new, |judgement| rows(judgement, profile, wall)),
            ladder: parts::rungs(link, failure.is_some(), needed),
            connection: link.connection.as_ref().map(Connection::from),
            tls: Tls::of(link, failure, wall),
            broker_round_trip: latency.summary(Figure::Broker).map(|summary| Waits::from(&summary)),
            failure: failure.map(Problem::from),
            hints: hints.iter().map(Problem::from).collect(),
        }
    }
}

/// What is worth knowing about a connection that stands, the gravest first.
#[must_use]
pub fn hints(known: &Known<'_>) -> Vec<Hint> {
    let Known { profile, demo, link, latency, wall, .. } = *known;
    let Some(connection) = link.connection.as_ref().filter(|_| link.status == Status::Connected) else {
        return Vec::new();
    };
    let mut hints = Vec::new();
    if let Some(certificate) = link.presented.first() {
        if certificate.version < 3 {
            hints.push(Hint::VersionOneServer { name: certificate.name.clone() });
        }
        // The demo's last as long as it can run.
        if !demo {
            hints.extend(Hint::ends_soon(&certificate.name, certificate.not_after, wall));
        }
    }
    let asked = connection.tls.as_ref().is_some_and(|tls| tls.client_certificate_asked);
    if profile.security == Security::MutualTls && !asked {
        hints.push(Hint::CertificateNotAsked);
    }
    if connection.granted < profile.qos {
        hints.push(Hint::LowerQos { asked: profile.qos, granted: connection.granted });
    }
    hints.extend(delayed(link, latency.summary(Figure::Broker)));
    if profile.may_hear_itself() {
        hints.push(Hint::HearsItself {
            filter: profile.subscribe.as_str().to_owned(),
            topic: profile.publish.as_str().to_owned(),
        });
    }
    hints
}

fn delayed(link: &Link, broker: Option<Summary>) -> Option<Hint> {
    let broker = broker?;
    let tcp = link.ladder.rungs().iter().find_map(|rung| match rung.state {
        RungState::Done { took } if rung.stage == Stage::Tcp => Some(took),
        _ => None,
    });
    Hint::delayed_acknowledgements(broker.count, broker.p95, tcp.unwrap_or(Duration::MAX))
}

fn verdict(
    failure: Option<&Failure>,
    status: Status,
    judgement: Option<&Judgement>,
    hints: &[Hint],
) -> Verdict {
    let found = judgement.and_then(Judgement::severity).max(hints.iter().map(Hint::severity).max());
    match failure {
        Some(failure) if failure.stage() == Stage::Credentials => Verdict::Credentials,
        Some(_) => Verdict::Connection,
        None if status != Status::Connected && found == Some(Severity::Error) => Verdict::Credentials,
        None if status != Status::Connected => Verdict::Unfinished,
        None if found >= Some(Severity::Warning) => Verdict::Warnings,
        None => Verdict::Good,
    }
}

/// The rows that this way of connecting needs.
fn rows(judgement: &Judgement, profile: &Profile, wall: SystemTime) -> Vec<Row> {
    let needed = if profile.security == Security::MutualTls { 3 } else { 1 };
    all_rows(judgement, &profile.credentials, wall).take(needed).collect()
}

fn all_rows(judgement: &Judgement, sources: &Sources, wall: SystemTime) -> impl Iterator<Item = Row> {
    let files = [&sources.ca, &sources.certificate, &sources.key];
    let rows = judgement.rows().into_iter().zip(files);
    rows.map(move |((field, row), path)| Row::new(field, path.as_deref(), row, wall))
}

/// What the client's certificate and key are, as text: for files that nothing is connected with yet.
#[must_use]
pub fn client_as_text(judgement: &Judgement, sources: &Sources, wall: SystemTime) -> String {
    all_rows(judgement, sources, wall).skip(1).map(|row| text::row(&row)).collect()
}
