//! No TLS session, or the broker took it back.
//!
//! The three variants of [`TlsFailure`] are the three answers to the question that matters most and that every TLS error
//! text leaves open: *who refused whom*. [`Theirs`] is our refusal of the broker's certificate, [`Ours`] the broker's
//! refusal of ours, [`Handshake`] everything where no certificate was judged.

mod handshake;
mod ours;
mod theirs;
mod unfit;

pub use handshake::Handshake;
pub use ours::{Ours, Reason, Verdict};
pub use theirs::{Objection, Theirs};
pub use unfit::Unfit;

use super::Advice;
use crate::credentials::facts::{Certificate, when};

/// Who refused whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsFailure {
    /// We refused the broker's certificate.
    Theirs(Box<Theirs>),
    /// The broker refused our certificate, or wants one.
    Ours(Box<Ours>),
    /// It did not come to certificates.
    Handshake(Handshake),
}

impl TlsFailure {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Theirs(theirs) => theirs.kind(),
            Self::Ours(ours) => ours.kind(),
            Self::Handshake(handshake) => handshake.kind(),
        }
    }

    pub(super) fn advice(&self) -> Advice {
        match self {
            Self::Theirs(theirs) => theirs.advice(),
            Self::Ours(ours) => ours.advice(),
            Self::Handshake(handshake) => handshake.advice(),
        }
    }

    pub(super) fn retry_helps(&self) -> bool {
        match self {
            Self::Theirs(_) => false,
            Self::Ours(ours) => ours.retry_helps(),
            Self::Handshake(handshake) => handshake.retry_helps(),
        }
    }
}

/// Adds what an expert wants to see of a certificate.
fn testify(certificate: &Certificate, advice: Advice) -> Advice {
    let names = if certificate.names.is_empty() { "none".to_owned() } else { certificate.names.join(", ") };
    advice
        .evidence("subject", &certificate.subject)
        .evidence("issuer", &certificate.issuer)
        .evidence("names", names)
        .evidence("valid from", when::date(certificate.not_before))
        .evidence("valid until", when::date(certificate.not_after))
        .evidence("version", certificate.version.to_string())
        .evidence("signature", &certificate.signature.name)
        .evidence("SHA-256", &certificate.fingerprint)
}
