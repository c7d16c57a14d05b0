//! The connection ladder, case by case, over real wires: each way to fail is told by its kind, at its stage, by who refused
//! whom, and with its evidence.
//!
//! | file | who is at the other end |
//! |---|---|
//! | `plain` | servers without TLS that say what they are told to: no broker at all, refusals, farewells |
//! | `theirs` | TLS servers whose certificate we refuse |
//! | `ours` | TLS servers that refuse our certificate, or want one; OpenSSL and Mosquitto among them |
//! | `handshake` | TLS servers that agree with us on nothing |
//! | `network` | nobody: names and ways that don't exist, in a network made for the test |
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod handshake;
#[path = "../support/listen.rs"]
mod listen;
#[path = "../support/mosquitto.rs"]
mod mosquitto;
mod network;
#[path = "../support/openssl.rs"]
mod openssl;
mod ours;
#[path = "../support/pki.rs"]
mod pki;
mod plain;
#[path = "../support/script.rs"]
mod script;
mod theirs;
mod tls;

use std::{any::Any, sync::Mutex, thread};

use echo_monitor::{
    failure::{Failure, Stage},
    profile::Profile,
};
use listen::Ear;

/// Who refused whom, as [`Failure::advice`] begins to tell it.
const WE_REFUSED: &str = "We refused";
const THE_BROKER: &str = "The broker";

/// One way to fail.
pub(crate) struct Row {
    name: String,
    profile: Profile,
    /// What must live as long as the connection is tried.
    _world: Box<dyn Any + Send>,
    kind: &'static str,
    stage: Stage,
    again: bool,
    who: &'static str,
    evidence: Vec<(&'static str, String)>,
    says: Vec<String>,
}

impl Row {
    /// Connecting with `profile` must fail with `kind` at `stage`.
    pub(crate) fn new(name: impl Into<String>, profile: Profile, kind: &'static str, stage: Stage) -> Self {
        Self {
            name: name.into(),
            profile,
            _world: Box::new(()),
            kind,
            stage,
            again: false,
            who: "",
            evidence: Vec::new(),
            says: Vec::new(),
        }
    }

    /// Keeps the other end alive.
    pub(crate) fn with(mut self, world: impl Any + Send) -> Self {
        self._world = Box::new(world);
        self
    }

    /// It is tried again by itself.
    pub(crate) fn again(mut self) -> Self {
        self.again = true;
        self
    }

    /// How the line about who refused whom begins.
    pub(crate) fn who(mut self, who: &'static str) -> Self {
        self.who = who;
        self
    }

    /// A line of the evidence, and a part of its value.
    pub(crate) fn evidence(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.evidence.push((name, value.into()));
        self
    }

    /// Words of the explanation or of what to do.
    pub(crate) fn says(mut self, words: impl Into<String>) -> Self {
        self.says.push(words.into());
        self
    }

    fn complaints(&self) -> Vec<String> {
        let (failure, next_try) = Ear::start(self.profile.clone()).failure();
        let mut complaints = self.differences(&failure);
        if next_try.is_some() != self.again {
            complaints.push(format!("tried again: {}", next_try.is_some()));
        }
        complaints
            .into_iter()
            .map(|complaint| format!("{} ({}): {complaint}", self.name, failure.kind()))
            .collect()
    }

    fn differences(&self, failure: &Failure) -> Vec<String> {
        let mut complaints = Vec::new();
        if (failure.kind(), failure.stage()) != (self.kind, self.stage) {
            complaints.push(format!("{} at {:?} instead of {}", failure.kind(), failure.stage(), self.kind));
        }
        let advice = failure.advice();
        if !advice.who.starts_with(self.who) {
            complaints.push(format!("“{}” instead of “{}…”", advice.who, self.who));
        }
        for (name, part) in &self.evidence {
            let told = advice.evidence.iter().any(|(of, value)| of == name && value.contains(part.as_str()));
            if !told {
                complaints.push(format!("no {name} with “{part}” in {:?}", advice.evidence));
            }
        }
        let next: String = advice.next.iter().map(|step| step.text.as_str()).collect();
        let words = format!("{} {} {next}", advice.what, advice.why);
        complaints.extend(
            self.says
                .iter()
                .filter(|said| !words.contains(said.as_str()))
                .map(|said| format!("“{said}” is not said in: {words}")),
        );
        if advice.next.is_empty() {
            complaints.push("there is nothing to do".to_owned());
        }
        complaints
    }
}

/// Tries all rows, some at a time, and tells all that is wrong at once.
pub(crate) fn run(rows: Vec<Row>) {
    const AT_ONCE: usize = 6;
    let count = rows.len();
    let (queue, complaints) = (Mutex::new(rows.into_iter()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(row) = { queue.lock().unwrap().next() } {
                    let found = row.complaints();
                    complaints.lock().unwrap().extend(found);
                }
            });
        }
    });
    let complaints = complaints.into_inner().unwrap();
    assert!(complaints.is_empty(), "{} of {count} rows:\n{}", complaints.len(), complaints.join("\n"));
}
