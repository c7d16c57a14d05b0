//! An X.509 certificate (RFC 5280; versions 1 to 3), parsed once into owned facts.

use core::net::{Ipv4Addr, Ipv6Addr};
use std::time::SystemTime;

use rustls_pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use x509_parser::{
    certificate::X509Certificate,
    extensions::{GeneralName, ParsedExtension},
    prelude::FromDer,
    public_key::PublicKey,
    x509::{SubjectPublicKeyInfo, X509Name},
};

use super::{
    super::der,
    algorithm::{Algorithm, Signature},
    when,
};

/// The longest name that is shown, in characters.
const NAME_LIMIT: usize = 512;
/// The most subject alternative names that are kept.
const NAMES_LIMIT: usize = 256;

/// The largest certificate that is looked at, in bytes: the most that a TLS handshake can carry (RFC 8446, section 4).
const SIZE_LIMIT: usize = 0xFFFF;

/// The bytes are not an X.509 certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an X.509 certificate")]
pub struct NotACertificate;

/// What stands in a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The certificate itself.
    pub der: CertificateDer<'static>,
    /// What to call it in a sentence: its common name, else its first subject alternative name, else its subject.
    pub name: String,
    /// Subject, as RFC 4514 writes it, from the most general part to the most special.
    pub subject: String,
    /// Issuer, likewise.
    pub issuer: String,
    /// What to call the issuer in a sentence.
    pub issuer_name: String,
    /// Subject alternative names: "DNS broker.example", "IP 127.0.0.1".
    pub names: Vec<String>,
    /// Serial number in hex.
    pub serial: String,
    /// 1, 2 or 3.
    pub version: u32,
    /// Type and size of the public key.
    pub algorithm: Algorithm,
    /// How it is signed.
    pub signature: Signature,
    /// First moment of its validity.
    pub not_before: SystemTime,
    /// Last moment of its validity.
    pub not_after: SystemTime,
    /// Basic constraints: `Some(true)` for a CA, `None` where they are absent (always in version 1).
    pub ca: Option<bool>,
    /// Key usages; `None` where the extension is absent, which allows all.
    pub usages: Option<Vec<&'static str>>,
    /// Extended key usages; `None` where the extension is absent, which allows all.
    pub extended: Option<Vec<String>>,
    /// SHA-256 of the certificate, in hex with colons.
    pub fingerprint: String,
    /// Subject as it is encoded, to find the certificates that it issued.
    pub(crate) subject_der: Vec<u8>,
    /// Issuer as it is encoded, to find the issuer.
    pub(crate) issuer_der: Vec<u8>,
    /// The public key's bits, to find the private key.
    pub(crate) public_key: Vec<u8>,
}

/// The usage that a client's certificate needs where it restricts its usages.
pub(crate) const CLIENT: &str = "TLS client";
/// The usage that allows all.
pub(crate) const ANY: &str = "any";
/// The usage that TLS 1.3 signs with.
pub(crate) const SIGNATURE: &str = "digital signature";

impl Certificate {
    /// Parses one certificate; bytes behind it are not allowed.
    ///
    /// # Errors
    /// [`NotACertificate`] for anything else.
    pub fn parse(der: &[u8]) -> Result<Self, NotACertificate> {
        if der.len() > SIZE_LIMIT {
            return Err(NotACertificate);
        }
        let (rest, parsed) = X509Certificate::from_der(der).map_err(|_| NotACertificate)?;
        if !rest.is_empty() {
            return Err(NotACertificate);
        }
        let subject = full_name(&parsed.subject);
        let issuer = full_name(&parsed.issuer);
        let names = alternative_names(&parsed);
        let name =
            short_name(&parsed.subject).or_else(|| names.first().cloned()).unwrap_or_else(|| subject.clone());
        Ok(Self {
            name,
            issuer_name: short_name(&parsed.issuer).unwrap_or_else(|| issuer.clone()),
            subject,
            issuer,
            names,
            serial: hex(parsed.raw_serial().get(..20).unwrap_or(parsed.raw_serial())),
            version: parsed.version().0.saturating_add(1),
            algorithm: algorithm(parsed.public_key()),
            signature: Signature::of(&parsed.signature_algorithm.algorithm.to_id_string()),
            not_before: when::at(parsed.validity().not_before.timestamp()),
            not_after: when::at(parsed.validity().not_after.timestamp()),
            ca: parsed.basic_constraints().ok().flatten().map(|constraints| constraints.value.ca),
            usages: usages(&parsed),
            extended: extended_usages(&parsed),
            fingerprint: hex(&Sha256::digest(der)),
            subject_der: parsed.subject.as_raw().to_vec(),
            issuer_der: parsed.issuer.as_raw().to_vec(),
            public_key: parsed.public_key().subject_public_key.data.to_vec(),
            der: CertificateDer::from(der.to_vec()),
        })
    }

    /// Whether subject and issuer are the same name.
    #[must_use]
    pub fn self_issued(&self) -> bool {
        self.subject_der == self.issuer_der
    }

    /// Whether it can issue others: a CA by its constraints, or a self-issued one from before there were constraints.
    #[must_use]
    pub fn is_authority(&self) -> bool {
        self.ca.unwrap_or(self.version < 3 && self.self_issued())
    }

    /// Whether its usages allow to present it as a client.
    #[must_use]
    pub fn allows_client(&self) -> bool {
        self.extended.as_ref().is_none_or(|usages| usages.iter().any(|usage| usage == CLIENT || usage == ANY))
    }

    /// Whether its usages allow to sign a handshake.
    #[must_use]
    pub fn allows_signature(&self) -> bool {
        self.usages.as_ref().is_none_or(|usages| usages.contains(&SIGNATURE))
    }

    /// Whether the signature on it was made by the key of `issuer`. `None` where the algorithm is not supported, or the
    /// signature is too weak to be checked.
    #[must_use]
    pub fn signed_by(&self, issuer: &Self) -> Option<bool> {
        use x509_parser::error::X509Error;

        // A key that is refused looks like a signature that is wrong.
        if matches!(issuer.algorithm, Algorithm::Rsa { bits } if !(2_048..=8_192).contains(&bits)) {
            return None;
        }
        let (_, own) = X509Certificate::from_der(&self.der).ok()?;
        let (_, issuer) = X509Certificate::from_der(&issuer.der).ok()?;
        match own.verify_signature(Some(issuer.public_key())) {
            Ok(()) => Some(true),
            Err(X509Error::SignatureVerificationError) if !self.signature.weak => Some(false),
            Err(_) => None,
        }
    }

    /// "mosquitto.org · CA · ends in 6 years".
    #[must_use]
    pub fn summary(&self, now: SystemTime) -> String {
        let kind = if self.is_authority() { "CA".to_owned() } else { self.algorithm.to_string() };
        format!("{} · {kind} · {}", self.name, when::countdown(self.not_after, now))
    }

    /// Name and value of each fact.
    #[must_use]
    pub fn lines(&self, now: SystemTime) -> Vec<(&'static str, String)> {
        let list = |values: &[String]| if values.is_empty() { "none".to_owned() } else { values.join(", ") };
        let role = match (self.is_authority(), self.self_issued()) {
            (true, true) => "CA, self-signed",
            (true, false) => "CA, intermediate",
            (false, true) => "end entity, self-signed",
            (false, false) => "end entity",
        };
        let mut lines = vec![
            ("Subject", self.subject.clone()),
            ("Issuer", self.issuer.clone()),
            ("Names", list(&self.names)),
            ("Valid from", when::date(self.not_before)),
            (
                "Valid until",
                format!("{}, {}", when::date(self.not_after), when::countdown(self.not_after, now)),
            ),
            ("Role", role.to_owned()),
            ("Key", self.algorithm.to_string()),
            ("Signature", self.signature.name.clone()),
            ("Version", self.version.to_string()),
        ];
        if let Some(usages) = &self.usages {
            lines.push(("Key usage", usages.join(", ")));
        }
        if let Some(extended) = &self.extended {
            lines.push(("Extended usage", list(extended)));
        }
        lines.push(("Serial", self.serial.clone()));
        lines.push(("SHA-256", self.fingerprint.clone()));
        lines
    }
}

fn full_name(name: &X509Name<'_>) -> String {
    let text = name.to_string();
    if text.is_empty() { "(no name)".to_owned() } else { printable(&text) }
}

fn short_name(name: &X509Name<'_>) -> Option<String> {
    let special =
        name.iter_common_name().chain(name.iter_organizational_unit()).chain(name.iter_organization());
    let mut texts = special.filter_map(|part| part.as_str().ok()).filter(|text| !text.trim().is_empty());
    texts.next().map(printable)
}

/// A certificate may name itself anything: no control characters, no endless text.
pub(crate) fn printable(text: &str) -> String {
    let shown = text.chars().take(NAME_LIMIT);
    let mut clean: String =
        shown.map(|c| if c.is_control() || turns_text(c) { '\u{FFFD}' } else { c }).collect();
    if text.chars().nth(NAME_LIMIT).is_some() {
        clean.push('…');
    }
    clean
}

/// Characters that change the direction of the text around them: a name could disguise itself with them.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn alternative_names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let names = certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
        _ => None,
    });
    names.into_iter().flatten().take(NAMES_LIMIT).map(general_name).collect()
}

fn general_name(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::DNSName(name) => format!("DNS {}", printable(name)),
        GeneralName::IPAddress(bytes) => match (<[u8; 4]>::try_from(*bytes), <[u8; 16]>::try_from(*bytes)) {
            (Ok(v4), _) => format!("IP {}", Ipv4Addr::from(v4)),
            (_, Ok(v6)) => format!("IP {}", Ipv6Addr::from(v6)),
            _ => format!("IP of {} bytes", bytes.len()),
        },
        GeneralName::RFC822Name(name) => format!("mail {}", printable(name)),
        GeneralName::URI(name) => format!("URI {}", printable(name)),
        GeneralName::DirectoryName(name) => format!("name {}", full_name(name)),
        _ => "another kind of name".to_owned(),
    }
}

fn algorithm(key: &SubjectPublicKeyInfo<'_>) -> Algorithm {
    if let Ok(PublicKey::RSA(rsa)) = key.parsed() {
        return Algorithm::Rsa { bits: bit_length(rsa.modulus) };
    }
    let mut parts =
        der::Reader::sequence(key.raw).and_then(|mut outer| der::Reader::sequence(outer.element()?.whole));
    let oid = parts.as_mut().and_then(|parts| parts.expect(der::OID)).unwrap_or_default();
    Algorithm::of(oid, parts.as_mut().and_then(der::Reader::element))
}

/// Bits of a big-endian number.
pub(crate) fn bit_length(number: &[u8]) -> usize {
    let significant =
        number.iter().position(|&byte| byte != 0).map_or(&number[..0], |first| &number[first..]);
    let top = significant.first().map_or(0, |byte| byte.leading_zeros() as usize);
    significant.len() * 8 - top
}

fn usages(certificate: &X509Certificate<'_>) -> Option<Vec<&'static str>> {
    let usage = certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::KeyUsage(usage) => Some(usage),
        _ => None,
    })?;
    let named = [
        (usage.digital_signature(), SIGNATURE),
        (usage.non_repudiation(), "non-repudiation"),
        (usage.key_encipherment(), "key encipherment"),
        (usage.data_encipherment(), "data encipherment"),
        (usage.key_agreement(), "key agreement"),
        (usage.key_cert_sign(), "certificate signing"),
        (usage.crl_sign(), "CRL signing"),
    ];
    Some(named.into_iter().filter_map(|(set, name)| set.then_some(name)).collect())
}

fn extended_usages(certificate: &X509Certificate<'_>) -> Option<Vec<String>> {
    let usage = certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::ExtendedKeyUsage(usage) => Some(usage),
        _ => None,
    })?;
    let named = [
        (usage.any, ANY),
        (usage.server_auth, "TLS server"),
        (usage.client_auth, CLIENT),
        (usage.code_signing, "code signing"),
        (usage.email_protection, "mail protection"),
        (usage.time_stamping, "time stamping"),
        (usage.ocsp_signing, "OCSP signing"),
    ];
    let mut names: Vec<String> =
        named.into_iter().filter(|(set, _)| *set).map(|(_, name)| name.to_owned()).collect();
    names.extend(usage.other.iter().take(16).map(x509_parser::der_parser::Oid::to_id_string));
    Some(names)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}
