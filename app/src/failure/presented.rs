//! What stands in a certificate that somebody presented: the part of it that explains a failure.

use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};
use x509_parser::{
    extensions::GeneralName,
    prelude::{FromDer, X509Certificate, X509Name},
};

use super::{Advice, words};

/// A certificate as it was presented, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presented {
    /// Whom it is for: its common name, or the whole distinguished name where it has none.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// The host names and addresses of its subjectAltName extension.
    pub names: Vec<String>,
    /// Valid from.
    pub not_before: SystemTime,
    /// Valid until.
    pub not_after: SystemTime,
    /// X.509 version: 1, 2 or 3.
    pub version: u32,
    /// Signature algorithm by its usual name, or its object identifier.
    pub signature: String,
    /// SHA-256 of the DER, in hex with colons.
    pub fingerprint: String,
}

impl Presented {
    /// Reads a certificate in DER. `None` where it is not one.
    #[must_use]
    pub fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        Some(Self {
            subject: short_name(certificate.subject()),
            issuer: short_name(certificate.issuer()),
            names: names(&certificate),
            not_before: time(certificate.validity().not_before.timestamp()),
            not_after: time(certificate.validity().not_after.timestamp()),
            version: certificate.version().0.saturating_add(1),
            signature: algorithm(&certificate.signature_algorithm.algorithm.to_id_string()),
            fingerprint: fingerprint(der),
        })
    }

    /// Whether it signed itself, as far as its names tell.
    #[must_use]
    pub fn self_signed(&self) -> bool {
        self.subject == self.issuer
    }

    /// Adds what an expert wants to see.
    pub(super) fn testify(&self, advice: Advice) -> Advice {
        advice
            .evidence("subject", &self.subject)
            .evidence("issuer", &self.issuer)
            .evidence("names", if self.names.is_empty() { "none".to_owned() } else { self.names.join(", ") })
            .evidence("valid from", words::date(self.not_before))
            .evidence("valid until", words::date(self.not_after))
            .evidence("version", self.version.to_string())
            .evidence("signature", &self.signature)
            .evidence("SHA-256", &self.fingerprint)
    }
}

/// The common name, which is how people call a certificate, or all of the distinguished name.
#[must_use]
pub(crate) fn short_name(name: &X509Name<'_>) -> String {
    let common = name.iter_common_name().next().and_then(|attribute| attribute.as_str().ok());
    match common.map(str::trim).filter(|common| !common.is_empty()) {
        Some(common) => common.to_owned(),
        None => {
            let whole = name.to_string();
            if whole.is_empty() { "(without a name)".to_owned() } else { whole }
        }
    }
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(alternative)) = certificate.subject_alternative_name() else { return Vec::new() };
    alternative
        .value
        .general_names
        .iter()
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            GeneralName::IPAddress(bytes) => address(bytes),
            _ => None,
        })
        .collect()
}

fn address(bytes: &[u8]) -> Option<String> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(std::net::Ipv4Addr::from(four).to_string());
    }
    <[u8; 16]>::try_from(bytes).ok().map(|sixteen| std::net::Ipv6Addr::from(sixteen).to_string())
}

fn time(seconds: i64) -> SystemTime {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let time = if seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    };
    time.unwrap_or(SystemTime::UNIX_EPOCH)
}

fn fingerprint(der: &[u8]) -> String {
    let digest = Sha256::digest(der);
    digest.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// Names of the signature algorithms one meets (RFC 8017 appendix A.2, RFC 5758, RFC 8410).
fn algorithm(oid: &str) -> String {
    let name = match oid {
        "1.2.840.113549.1.1.4" => "MD5 with RSA",
        "1.2.840.113549.1.1.5" => "SHA-1 with RSA",
        "1.2.840.113549.1.1.10" => "RSA-PSS",
        "1.2.840.113549.1.1.11" => "SHA-256 with RSA",
        "1.2.840.113549.1.1.12" => "SHA-384 with RSA",
        "1.2.840.113549.1.1.13" => "SHA-512 with RSA",
        "1.2.840.10045.4.1" => "SHA-1 with ECDSA",
        "1.2.840.10045.4.3.2" => "SHA-256 with ECDSA",
        "1.2.840.10045.4.3.3" => "SHA-384 with ECDSA",
        "1.2.840.10045.4.3.4" => "SHA-512 with ECDSA",
        "1.3.101.112" => "Ed25519",
        other => other,
    };
    name.to_owned()
}
