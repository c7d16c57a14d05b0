//! *Export for the board*: what a profile says, as the files that a board reads, so that host and board cannot disagree.
//!
//! ```text
//! Profile ─ files::read_all ─ credentials::judge ─▶ Identity ─▶ made ─▶ files::write_all
//!                                                               │
//!   echo-board.toml, ca.crt, client.crt, client.key ◀───────────┤   for `echo-board` on a system with files
//!   partition.bin ◀─────────────────────────────────────────────┘   for a board with flash only (MPS2)
//! ```
//!
//! The two sides are mirrored: the board publishes where the host listens and listens where the host publishes. What only
//! one side can have is left out: the host's client ID, with which the board would throw the host out.
//!
//! Invariants: the board's own code has read everything before a byte is written; the private files are written as
//! [`files::write_all`] writes them; the CA, the certificate and the key are the ones that the profile was judged by.

mod made;

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

use crate::{
    credentials::{self, Finding, Severity},
    files::{self, Existing, WriteProblem},
    profile::{Profile, Secrets},
};

pub use self::made::{NAMES, Unfit};

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// All files.
    pub files: Vec<PathBuf>,
    /// What is worth knowing about them, a sentence each.
    pub notes: Vec<String>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ExportProblem {
    /// The profile's credentials cannot be used by anyone.
    #[error("The credentials cannot be used yet: {}.", .0.what())]
    Credentials(Box<Finding>),
    /// No board can do what the profile says.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The files could not be written.
    #[error("Nothing was exported: {0}.")]
    Write(#[from] WriteProblem),
}

/// Writes what a board needs to be the other side of `profile` into `folder`.
///
/// The folder then holds a private key. Opening an encrypted one takes a second: not for the thread that draws.
///
/// # Errors
/// [`ExportProblem`]; then nothing was written.
pub fn export(
    profile: &Profile,
    secrets: &Secrets,
    folder: &Path,
    existing: Existing,
) -> Result<Exported, ExportProblem> {
    let passphrase = secrets.passphrase.as_deref().map(String::as_str);
    let read = files::read_all(&profile.credentials);
    let judgement = credentials::judge(&read, passphrase, profile.security, SystemTime::now());
    let Some(identity) = &judgement.identity else {
        let worst = judgement.findings().find(|finding| finding.severity() == Severity::Error);
        return Err(worst.map_or(ExportProblem::Unfit(Unfit::NoCa), |worst| {
            ExportProblem::Credentials(Box::new(worst.clone()))
        }));
    };
    let made = made::make(profile, identity, secrets)?;
    let files = files::write_all(folder, &made.files, existing)?;
    let mut notes = made.notes;
    notes.extend(made::algorithms(&judgement));
    Ok(Exported { files, notes })
}
