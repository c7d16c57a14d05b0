//! The credentials cannot be used; nothing was sent.

use super::{Advice, Remedy};
use crate::{
    credentials::{Finding, findings::About},
    profile::Field,
};

/// Why no connection can be tried with these credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialFailure {
    /// A file was judged to be unusable.
    Judged {
        /// The gravest finding.
        finding: Box<Finding>,
        /// How many more errors there are.
        more: usize,
    },
    /// The operating system's trust store was asked for and has no certificates.
    EmptyTrustStore {
        /// What the operating system said.
        errors: Vec<String>,
    },
    /// No certificate of the CA file can serve as a trust anchor.
    NoTrustAnchor,
    /// The private key cannot sign: its kind is not supported.
    UnusableKey,
    /// The private key belongs to another certificate.
    KeyMismatch,
    /// The files could not be read in time: a network drive that does not answer.
    ReadTimedOut,
}

impl CredentialFailure {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Judged { finding, .. } => finding.kind(),
            Self::EmptyTrustStore { .. } => "trust-store-empty",
            Self::NoTrustAnchor => "no-trust-anchor",
            Self::UnusableKey => "key-unusable",
            Self::KeyMismatch => "key-mismatch",
            Self::ReadTimedOut => "credentials-timeout",
        }
    }

    pub(super) fn advice(&self) -> Advice {
        let who = "Nothing was sent: the credentials cannot be used";
        match self {
            Self::Judged { finding, more } => {
                let mut advice = Advice::new(who, finding.what(), finding.why());
                advice.next = finding.next();
                // The other half of an exchange is told of in the other row, and solved with this one.
                let exchange = matches!(finding.about, About::Swapped { with_other: true });
                let more = more.saturating_sub(usize::from(exchange));
                if more > 0 {
                    advice = advice.step(format!("{more} more in the credentials: see the rows."));
                }
                let file = if finding.file.is_empty() { "none" } else { &finding.file };
                advice.evidence("row", row(finding.field)).evidence("file", file)
            }
            Self::EmptyTrustStore { errors } => {
                let advice = Advice::new(
                    who,
                    "The operating system's trust store is empty",
                    "No CA file was chosen, so the broker's certificate is checked against the CAs that this computer trusts, \
                     and there are none.",
                )
                .remedy("Choose the CA file of the broker.", Remedy::PickFile(Field::Ca))
                .step("Or install the package with the public CAs; on Debian and Ubuntu: sudo apt install ca-certificates");
                errors.iter().take(3).fold(advice, |advice, error| advice.evidence("system", error))
            }
            Self::NoTrustAnchor => Advice::new(
                who,
                "The CA file has no certificate to trust",
                "None of its certificates can be read as the anchor of a chain, so no broker could be verified with it.",
            )
            .remedy("Choose the broker's CA file; test.mosquitto.org calls it mosquitto.org.crt.", Remedy::PickFile(Field::Ca)),
            Self::UnusableKey => Advice::new(
                who,
                "The private key cannot sign",
                "It is readable, but of a kind that cannot be used for TLS here: RSA of at least 2048 bits, P-256, P-384 and \
                 Ed25519 can.",
            )
            .remedy("Choose another key.", Remedy::PickFile(Field::Key)),
            Self::KeyMismatch => Advice::new(
                who,
                "The key does not belong to the certificate",
                "A certificate holds the public half of one key, and this is another one. Most often the files of two \
                 attempts were mixed.",
            )
            .remedy("Choose the key that was made together with this certificate.", Remedy::PickFile(Field::Key))
            .remedy("Or the certificate that was issued for this key.", Remedy::PickFile(Field::Certificate)),
            Self::ReadTimedOut => Advice::new(
                who,
                "The credential files could not be read in time",
                "The operating system did not deliver them. They are probably on a network drive that does not answer.",
            )
            .step("Copy the files to this computer and choose them there."),
        }
    }
}

fn row(field: Field) -> &'static str {
    match field {
        Field::Certificate => "client certificate",
        Field::Key => "private key",
        _ => "CA",
    }
}
