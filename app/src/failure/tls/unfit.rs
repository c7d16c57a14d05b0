//! The broker's certificate is no certificate for a server, whoever issued it and for whichever name.

use super::{
    super::{Advice, Remedy, words},
    theirs::{US, san},
};
use crate::profile::Field;

/// Why it cannot serve a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is of X.509 version 1, which TLS libraries refuse.
    VersionOne,
    /// Its signature uses an algorithm that nobody should trust, or that we don't have.
    WeakSignature {
        /// The algorithm.
        algorithm: String,
    },
    /// Its key is too short to prove anything.
    WeakKey {
        /// Size of the RSA modulus.
        bits: usize,
    },
    /// A CA we trust has the issuer's name, but the signature is wrong.
    BadSignature,
    /// It is a CA certificate, not one for a server.
    IsCa,
    /// It is not meant for servers.
    WrongPurpose {
        /// What it is meant for, as told by its extendedKeyUsage extension.
        purposes: Vec<String>,
    },
    /// Its issuer took it back.
    Revoked,
    /// It cannot be read.
    BadEncoding,
    /// It demands something we don't know (a critical extension).
    UnknownExtension,
    /// The broker presented no certificate.
    Absent,
    /// Another objection of the TLS library.
    Other {
        /// In its words.
        detail: String,
    },
}

impl Unfit {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::VersionOne => "broker-certificate-version-1",
            Self::WeakSignature { .. } => "broker-signature-weak",
            Self::WeakKey { .. } => "broker-key-weak",
            Self::BadSignature => "broker-signature-bad",
            Self::IsCa => "broker-certificate-is-ca",
            Self::WrongPurpose { .. } => "broker-certificate-wrong-purpose",
            Self::Revoked => "broker-certificate-revoked",
            Self::BadEncoding => "broker-certificate-unreadable",
            Self::UnknownExtension => "broker-certificate-extension",
            Self::Absent => "broker-certificate-absent",
            Self::Other { .. } => "broker-certificate-refused",
        }
    }

    pub(super) fn advice(&self, host: &str) -> Advice {
        match self {
            Self::VersionOne => Advice::new(
                US,
                "The broker's certificate is of X.509 version 1",
                "Version 1 has no extensions: neither host names nor what the certificate may be used for can stand in it, so \
                 TLS libraries refuse it. Plain openssl x509 -req makes such certificates.",
            )
            .remedy(
                "Accept it for this broker: the signature of your CA, the dates and the common name are still checked.",
                Remedy::AllowV1Server,
            )
            .step(format!("Better: have it issued again with an extension file: subjectAltName={}.", san(host)))
            .own_broker(host),
            Self::WeakSignature { algorithm } => Advice::new(
                US,
                "The broker's certificate has a signature that proves nothing",
                format!("It is signed with {algorithm}. Such signatures can be forged or are not known to this program."),
            )
            .step("Have the certificate issued again and signed with SHA-256; openssl does that by itself since 2014."),
            Self::WeakKey { bits } => Advice::new(
                US,
                format!("The broker's key has only {bits} bits"),
                "RSA keys below 2048 bits can be broken, so that nobody could tell the broker from somebody who poses as it.",
            )
            .step("Give the broker a new key, P-256 or RSA with at least 2048 bits, and a certificate for it.")
            .own_broker(host)
            .evidence("key", format!("RSA {bits}")),
            Self::BadSignature => Advice::new(
                US,
                "The broker's certificate was not signed by the CA it names",
                "The CA you chose has the issuer's name, but the signature is not its own: the CA was made anew, or the \
                 certificate was tampered with.",
            )
            .remedy("Choose the CA file that belongs to the broker's present certificate.", Remedy::PickFile(Field::Ca)),
            Self::IsCa => Advice::new(
                US,
                "The broker presented the certificate of a CA",
                "A CA certificate signs others; a broker needs one of its own, with basicConstraints CA:FALSE.",
            )
            .step("Issue a certificate for the broker with this CA, and configure that one as its certfile."),
            Self::WrongPurpose { purposes } => Advice::new(
                US,
                "The broker's certificate is not meant for servers",
                format!("Its extendedKeyUsage allows {}, not server authentication.", words::alternatives(purposes)),
            )
            .step("Have it issued again with extendedKeyUsage=serverAuth, or configure the right certificate in the broker."),
            Self::Revoked => Advice::new(
                US,
                "The broker's certificate was revoked",
                "Its issuer took it back, for example because its key was lost. It must not be trusted.",
            )
            .step("The broker needs a new certificate."),
            Self::BadEncoding => Advice::new(
                US,
                "The broker's certificate cannot be read",
                "What the broker presented is not a well-formed X.509 certificate.",
            )
            .step("Check the broker's certfile: openssl x509 -in FILE -noout -text must show it."),
            Self::UnknownExtension => Advice::new(
                US,
                "The broker's certificate demands something unknown",
                "An extension of it is marked critical and not known here, so it must not be ignored (RFC 5280, section 4.2).",
            )
            .step("Have the certificate issued without that extension, or with the extension not critical."),
            Self::Absent => Advice::new(
                US,
                "The broker presented no certificate",
                "Without one nobody can tell whether it is the broker you mean.",
            )
            .step("Check the broker's certfile and keyfile; what answers may not be a broker at all."),
            Self::Other { detail } => Advice::new(
                US,
                "The broker's certificate was not accepted",
                "The TLS library objects to it; its own words are below.",
            )
            .step("Compare the certificate's facts below with what the broker should present.")
            .evidence("objection", detail),
        }
    }
}
