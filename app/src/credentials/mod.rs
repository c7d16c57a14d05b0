//! What a connection needs to prove who is who: bytes and the time become keys, facts and findings. Pure.
//!
//! ```text
//! files::read -> Content -> load      -> facts     -> preflight -> Judgement -> session (its Identity)
//!                           any format   in words     findings               -> view    (its Rows)
//! ```
//!
//! - [`judge`] takes the three files of a profile as they were read and says everything that can be said without a network.
//! - [`facts`]: what stands in a certificate or a key; also for the chain that a broker presented.
//! - [`findings`]: what is wrong or worth knowing: what, why, what to do.
//! - [`sort()`]: which of some dropped files is the CA, the certificate, the key.
//! - [`request`]: a new key and a signing request; [`local`]: a throw-away CA for a broker of one's own; both as files
//!   to write ([`Made`]).
//!
//! Invariants: any bytes give a finding, never a panic; no input costs more than 64 MB or a few seconds (password
//! derivations are measured before they run); an [`Identity`] exists only where no finding is an error; whatever holds a
//! private key is zeroized when dropped, as far as the types of other crates allow, and has a `Debug` that doesn't show it.

mod der;
pub mod facts;
pub mod findings;
mod load;
pub mod local;
mod made;
mod preflight;
pub mod request;
pub mod sort;

use std::{fmt, io, time::SystemTime};

use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

pub use self::{
    facts::Facts,
    findings::{About, Finding, Severity},
    made::Made,
    preflight::judge,
    sort::sort,
};
use crate::profile::Field;

/// The largest credential file that is read, in bytes. The largest bundle of the public CAs is a quarter of it.
pub const FILE_LIMIT: u64 = 1024 * 1024;

/// What became of reading one file.
#[derive(Clone, Default)]
pub enum Content {
    /// Nothing was chosen.
    #[default]
    NotChosen,
    /// It was read.
    Read {
        /// The file's name, without its folder: for sentences and commands.
        name: String,
        /// All of it.
        bytes: Zeroizing<Vec<u8>>,
        /// Permission bits, where the operating system has them.
        mode: Option<u32>,
    },
    /// It could not be read.
    Unreadable {
        /// The file's name.
        name: String,
        /// Why.
        problem: ReadProblem,
    },
}

impl Content {
    /// The file's name; empty where none was chosen.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::NotChosen => "",
            Self::Read { name, .. } | Self::Unreadable { name, .. } => name,
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotChosen => f.write_str("NotChosen"),
            Self::Read { name, bytes, mode } => {
                write!(f, "Read({name:?}, {} bytes, mode {mode:?})", bytes.len())
            }
            Self::Unreadable { name, problem } => write!(f, "Unreadable({name:?}, {problem:?})"),
        }
    }
}

/// Why a file could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadProblem {
    /// There is no such file.
    Missing,
    /// It is a folder.
    Folder,
    /// It has no bytes.
    Empty,
    /// It is larger than any credential file.
    TooLarge {
        /// Its size.
        bytes: u64,
        /// What is allowed.
        limit: u64,
    },
    /// The operating system forbids it.
    Forbidden,
    /// A device, a socket, a pipe.
    NotAFile,
    /// Anything else that the operating system said.
    Other(io::ErrorKind),
}

/// The three files of a profile, as they were read.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// Trust anchors; [`Content::NotChosen`] for the operating system's trust store.
    pub ca: Content,
    /// Client certificate chain, or a PKCS#12 file with all three.
    pub certificate: Content,
    /// Private key.
    pub key: Content,
}

impl Files {
    /// The content of a row.
    #[must_use]
    pub fn of(&self, field: Field) -> &Content {
        match field {
            Field::Certificate => &self.certificate,
            Field::Key => &self.key,
            _ => &self.ca,
        }
    }
}

/// Everything that can be said about the three files before connecting.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The CA row.
    pub ca: Row,
    /// The certificate row.
    pub certificate: Row,
    /// The key row.
    pub key: Row,
    /// What to connect with; `None` while any finding is an error.
    pub identity: Option<Identity>,
}

impl Judgement {
    /// The three rows, in the order in which they stand in the window.
    #[must_use]
    pub fn rows(&self) -> [(Field, &Row); 3] {
        [(Field::Ca, &self.ca), (Field::Certificate, &self.certificate), (Field::Key, &self.key)]
    }

    /// All findings, row by row.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.rows().into_iter().flat_map(|(_, row)| &row.findings)
    }

    /// The worst finding of all rows; `None` where nothing was found.
    #[must_use]
    pub fn severity(&self) -> Option<Severity> {
        self.findings().map(Finding::severity).max()
    }

    /// Whom the client's certificate names, where there is one.
    #[must_use]
    pub fn client_name(&self) -> Option<&str> {
        self.certificate.facts.iter().find_map(|facts| match facts {
            Facts::Certificate(certificate) => Some(certificate.name.as_str()),
            Facts::Key(_) => None,
        })
    }

    /// When the client's certificate ends, where there is one: for the status line.
    #[must_use]
    pub fn client_ends(&self) -> Option<SystemTime> {
        self.certificate.facts.iter().find_map(|facts| match facts {
            Facts::Certificate(certificate) => Some(certificate.not_after),
            Facts::Key(_) => None,
        })
    }
}

/// What stands under one of the three files.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// What the file holds, at most [`facts::SHOWN`] of a bundle.
    pub facts: Vec<Facts>,
    /// What is wrong or worth knowing, the worst first.
    pub findings: Vec<Finding>,
    /// One line for under the file's name; empty where a finding says it all.
    pub summary: String,
}

impl Row {
    /// The worst finding; `None` where nothing was found.
    #[must_use]
    pub fn severity(&self) -> Option<Severity> {
        self.findings.iter().map(Finding::severity).max()
    }
}

/// What a connection is made with.
pub struct Identity {
    /// Who may vouch for the broker.
    pub trust: Trust,
    /// Our chain, our own certificate first, and its key (always PKCS#8); `None` where we present none.
    pub client: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
}

impl Clone for Identity {
    fn clone(&self) -> Self {
        let client = self.client.as_ref().map(|(chain, key)| (chain.clone(), key.clone_key()));
        Self { trust: self.trust.clone(), client }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let client = self.client.as_ref().map_or(0, |(chain, _)| chain.len());
        write!(f, "Identity({:?}, {client} client certificates)", self.trust)
    }
}

/// Who may vouch for the broker.
#[derive(Clone, PartialEq, Eq)]
pub enum Trust {
    /// These certificates.
    Anchors(Vec<CertificateDer<'static>>),
    /// The operating system's trust store.
    System,
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anchors(anchors) => write!(f, "Anchors({})", anchors.len()),
            Self::System => f.write_str("System"),
        }
    }
}
