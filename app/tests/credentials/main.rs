//! Every kind of credential file that people have, made for real, and what is said about it.
//!
//! Tables: each row is three files, a passphrase and the findings that are expected, all of them, by row and kind.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod facts;
mod formats;
mod junk;
mod making;
mod mistakes;
mod openssl;
mod preflight;
mod remedies;
mod requests;
mod sorting;

use std::time::{Duration, SystemTime};

use echo_monitor::{
    credentials::{Content, Files, Judgement, Severity, judge},
    profile::{Field, Security},
};
use zeroize::Zeroizing;

/// The time at which everything is judged: 23 November 2026.
pub(crate) fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_400_000)
}

pub(crate) fn days(number: u64) -> Duration {
    Duration::from_secs(number * 24 * 3_600)
}

/// A file as it was read, with permissions that are nobody else's.
pub(crate) fn file(name: &str, bytes: impl AsRef<[u8]>) -> Content {
    file_with_mode(name, bytes, Some(0o100_600))
}

pub(crate) fn file_with_mode(name: &str, bytes: impl AsRef<[u8]>, mode: Option<u32>) -> Content {
    Content::Read { name: name.to_owned(), bytes: Zeroizing::new(bytes.as_ref().to_vec()), mode }
}

/// A row of a table.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) files: Files,
    pub(crate) passphrase: Option<&'static str>,
    pub(crate) now: SystemTime,
    /// All findings that are expected, by row and kind.
    pub(crate) finds: Vec<(Field, &'static str)>,
    /// Whether a connection can be made with it.
    pub(crate) works: bool,
    /// Evidence and commands: each must stand somewhere in the findings' words.
    pub(crate) says: Vec<&'static str>,
}

impl Case {
    pub(crate) fn new(name: &'static str, ca: Content, certificate: Content, key: Content) -> Self {
        let files = Files { ca, certificate, key };
        Self { name, files, passphrase: None, now: now(), finds: vec![], works: true, says: vec![] }
    }

    pub(crate) fn passphrase(mut self, passphrase: &'static str) -> Self {
        self.passphrase = Some(passphrase);
        self
    }

    pub(crate) fn at(mut self, now: SystemTime) -> Self {
        self.now = now;
        self
    }

    /// Expects a finding with which it still works.
    pub(crate) fn notes(mut self, field: Field, kind: &'static str) -> Self {
        self.finds.push((field, kind));
        self
    }

    /// Expects a finding with which it cannot work.
    pub(crate) fn fails(mut self, field: Field, kind: &'static str) -> Self {
        self.works = false;
        self.notes(field, kind)
    }

    pub(crate) fn says(mut self, words: &'static str) -> Self {
        self.says.push(words);
        self
    }

    pub(crate) fn judge(&self) -> Judgement {
        judge(&self.files, self.passphrase, Security::MutualTls, self.now)
    }

    fn complaints(&self) -> Vec<String> {
        let judgement = self.judge();
        let mut found: Vec<_> = judgement.findings().map(|finding| (finding.field, finding.kind())).collect();
        let mut expected = self.finds.clone();
        let order = |(field, kind): &(Field, &'static str)| (format!("{field:?}"), *kind);
        found.sort_by_key(order);
        expected.sort_by_key(order);
        let mut complaints = vec![];
        if found != expected {
            complaints.push(format!("{}: expected {expected:?}, found {found:?}", self.name));
        }
        if judgement.identity.is_some() != self.works {
            complaints.push(format!("{}: works is {}", self.name, !self.works));
        }
        if judgement.identity.is_none() != (judgement.severity() == Some(Severity::Error)) {
            complaints.push(format!("{}: severity is {:?}", self.name, judgement.severity()));
        }
        let words: String = judgement.findings().map(in_words).collect();
        for missing in self.says.iter().filter(|said| !words.contains(**said)) {
            complaints.push(format!("{}: “{missing}” is not said in:\n{words}", self.name));
        }
        complaints
    }
}

fn in_words(finding: &echo_monitor::credentials::Finding) -> String {
    let next: String = finding.next().iter().map(|step| format!("  -> {}\n", step.text)).collect();
    format!("{}\n  {}\n{next}", finding.what(), finding.why())
}

/// Runs a table and tells all that is wrong at once.
pub(crate) fn run(cases: &[Case]) {
    let complaints: Vec<String> = cases.iter().flat_map(Case::complaints).collect();
    assert!(
        complaints.is_empty(),
        "{} of {} rows:\n{}",
        complaints.len(),
        cases.len(),
        complaints.join("\n")
    );
}
