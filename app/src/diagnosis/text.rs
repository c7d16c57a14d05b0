//! The report as text: for a terminal, a mail, an issue.

use std::fmt::{self, Write as _};

use super::{
    Diagnosis, Verdict,
    parts::{Connecting, Connection, Described, Line, Problem, Row, Rung, Tls, Waits},
};

/// Width of the names before their values.
const NAMES: usize = 18;

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Echo Monitor {} · report of {}", self.echo_monitor, self.at)?;
        writeln!(f, "Result: {}", self.verdict.words())?;
        if let Some(failure) = &self.failure {
            heading(f, "What is wrong")?;
            problem(f, "✕", failure)?;
        }
        if !self.hints.is_empty() {
            heading(f, "Worth knowing")?;
            self.hints.iter().try_for_each(|hint| problem(f, sign(hint.severity), hint))?;
        }
        heading(f, "Profile")?;
        profile(f, &self.profile)?;
        if !self.credentials.is_empty() {
            heading(f, "Credentials")?;
            self.credentials.iter().try_for_each(|credential| f.write_str(&row(credential)))?;
        }
        heading(f, "Connection")?;
        self.ladder.iter().try_for_each(|step| rung(f, step))?;
        if let Some(known) = &self.connection {
            connection(f, known)?;
        }
        if let Some(waits) = &self.broker_round_trip {
            round_trip(f, waits)?;
        }
        if let Some(settled) = &self.tls {
            heading(f, "TLS")?;
            tls(f, settled)?;
        }
        Ok(())
    }
}

impl Verdict {
    /// In a line.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Good => "it works",
            Self::Warnings => "it works, with warnings",
            Self::Credentials => "the credentials cannot be used",
            Self::Connection => "no connection",
            Self::Unfinished => "not known yet",
        }
    }
}

fn heading(f: &mut fmt::Formatter<'_>, words: &str) -> fmt::Result {
    writeln!(f, "\n{words}")
}

fn fact(f: &mut impl fmt::Write, indent: usize, name: &str, value: &str) -> fmt::Result {
    writeln!(f, "{:indent$}{name:NAMES$} {value}", "")
}

fn facts(f: &mut impl fmt::Write, indent: usize, lines: &[Line]) -> fmt::Result {
    lines.iter().try_for_each(|line| fact(f, indent, line.name, &line.value))
}

/// Signs as in the window: nothing is told by colour.
fn sign(severity: &str) -> &'static str {
    match severity {
        "error" => "✕",
        "warning" => "!",
        _ => "·",
    }
}

fn problem(f: &mut fmt::Formatter<'_>, sign: &str, problem: &Problem) -> fmt::Result {
    let stage = problem.stage.map_or_else(String::new, |stage| format!("{}: ", name_of(stage)));
    writeln!(f, "  {sign} {}", problem.what)?;
    writeln!(f, "    {stage}{}. ({})", problem.who, problem.kind)?;
    writeln!(f, "    {}", problem.why)?;
    steps(f, &problem.next)?;
    facts(f, 4, &problem.evidence)
}

fn steps(f: &mut impl fmt::Write, next: &[String]) -> fmt::Result {
    next.iter().enumerate().try_for_each(|(number, step)| writeln!(f, "    {}. {step}", number + 1))
}

fn profile(f: &mut fmt::Formatter<'_>, profile: &Connecting) -> fmt::Result {
    let name = if profile.demo { "the demo" } else { &profile.name };
    fact(f, 2, "Name", name)?;
    fact(f, 2, "Broker", &format!("{}, port {}", profile.broker, profile.port))?;
    fact(
        f,
        2,
        "Security",
        match profile.security {
            "mutual-tls" => "TLS with a client certificate",
            "tls" => "TLS without a client certificate",
            _ => "no TLS",
        },
    )?;
    if profile.allow_v1_server {
        fact(f, 2, "", "a broker certificate of X.509 version 1 is accepted")?;
    }
    fact(
        f,
        2,
        "MQTT",
        &format!("{}, QoS {}, keep alive {} s", profile.mqtt, profile.qos, profile.keep_alive),
    )?;
    fact(f, 2, "Client ID", profile.client_id.as_deref().unwrap_or("random"))?;
    fact(f, 2, "User name", if profile.username { "given" } else { "none" })?;
    fact(f, 2, "Subscribes to", &profile.subscribe)?;
    fact(f, 2, "Publishes on", &profile.publish)?;
    fact(f, 2, "Turns", profile.direction)
}

/// A credential file: what it is, what is wrong, what stands in it.
pub(super) fn row(row: &Row) -> String {
    let mut text = String::new();
    // Writing into a string does not fail.
    let _ = write_row(&mut text, row);
    text
}

fn write_row(f: &mut String, row: &Row) -> fmt::Result {
    let name = match row.row {
        "ca" => "CA",
        "certificate" => "Certificate",
        _ => "Key",
    };
    let worst = ["error", "warning"]
        .into_iter()
        .find(|severity| row.findings.iter().any(|finding| finding.severity == *severity));
    let file = row.file.as_deref().unwrap_or("no file");
    let summary = if row.summary.is_empty() { String::new() } else { format!(" · {}", row.summary) };
    writeln!(f, "  {} {name}: {file}{summary}", worst.map_or("✔", sign))?;
    for finding in &row.findings {
        writeln!(f, "    {} {} ({})", sign(finding.severity), finding.what, finding.kind)?;
        writeln!(f, "      {}", finding.why)?;
        for (number, step) in finding.next.iter().enumerate() {
            writeln!(f, "      {}. {step}", number + 1)?;
        }
    }
    match row.facts.as_slice() {
        // The line above has its name.
        [one] => facts(f, 4, &one.lines),
        several => several.iter().try_for_each(|described| describe(f, described)),
    }
}

fn describe(f: &mut impl fmt::Write, described: &Described) -> fmt::Result {
    writeln!(f, "    {}", described.title)?;
    facts(f, 6, &described.lines)
}

fn rung(f: &mut fmt::Formatter<'_>, rung: &Rung) -> fmt::Result {
    let sign = match rung.state {
        "done" => "✔",
        "failed" => "✕",
        "running" => "…",
        _ => "○",
    };
    let took = rung.ms.map_or_else(String::new, |ms| format!("{ms:.1} ms"));
    // In one column with the values below.
    let width = NAMES - 1;
    let line = format!("  {sign} {:width$}{took}", name_of(rung.stage));
    writeln!(f, "{}", line.trim_end())
}

fn name_of(stage: &str) -> &'static str {
    match stage {
        "credentials" => "Credentials",
        "dns" => "DNS",
        "tcp" => "TCP",
        "tls" => "TLS",
        "mqtt" => "MQTT",
        "subscribe" => "Subscribe",
        _ => "Connection",
    }
}

fn connection(f: &mut fmt::Formatter<'_>, known: &Connection) -> fmt::Result {
    fact(f, 2, "Address", &known.address)?;
    fact(f, 2, "Client ID", &known.client_id)?;
    fact(f, 2, "Keep alive", &format!("{} s", known.keep_alive))?;
    fact(f, 2, "Granted", &format!("QoS {}", known.qos))?;
    match known.maximum_packet {
        Some(bytes) => fact(f, 2, "Largest packet", &format!("{bytes} bytes")),
        None => Ok(()),
    }
}

fn round_trip(f: &mut fmt::Formatter<'_>, waits: &Waits) -> fmt::Result {
    let Waits { count, p50_ms, p95_ms, max_ms } = waits;
    let value = format!("{p50_ms:.1} ms, 95 % {p95_ms:.1} ms, longest {max_ms:.1} ms, of {count} answers");
    fact(f, 2, "Broker round trip", &value)
}

fn tls(f: &mut fmt::Formatter<'_>, tls: &Tls) -> fmt::Result {
    let settled =
        [("Version", &tls.version), ("Cipher suite", &tls.cipher_suite), ("Key exchange", &tls.key_exchange)];
    for (name, value) in settled {
        if let Some(value) = value {
            fact(f, 2, name, value)?;
        }
    }
    if let Some(asked) = tls.client_certificate_asked {
        fact(f, 2, "Our certificate", if asked { "asked for" } else { "not asked for" })?;
    }
    writeln!(f, "  The broker presented, its own certificate first:")?;
    tls.chain.iter().try_for_each(|certificate| describe(f, certificate))
}
