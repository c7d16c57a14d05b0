//! Files that are neither certificates nor keys: what they are, by their first bytes or their structure.

use super::{
    Kind,
    der::{BIT_STRING, INTEGER, OID, Reader, SEQUENCE},
};

const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// By the label of a PEM block.
pub(super) fn label(label: &str) -> Kind {
    match label {
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Kind::Request,
        "PUBLIC KEY" | "RSA PUBLIC KEY" => Kind::PublicKey,
        "PKCS7" | "CMS" | "PKCS #7 SIGNED DATA" => Kind::Pkcs7,
        "X509 CRL" => Kind::RevocationList,
        "OPENSSH PRIVATE KEY" => Kind::SshPrivateKey,
        "EC PARAMETERS" => Kind::CurveParameters,
        "DH PARAMETERS" | "X9.42 DH PARAMETERS" => Kind::DhParameters,
        _ if label.starts_with("PGP ") => Kind::Pgp,
        _ if label.starts_with("SSH2 ") => Kind::SshPublicKey,
        _ => Kind::Text,
    }
}

/// A text without any PEM block.
pub(super) fn text(text: &str) -> Kind {
    let start = text.trim_start();
    let head: String = start.chars().take(1_024).collect::<String>().to_ascii_lowercase();
    if start.starts_with("PuTTY-User-Key-File-") {
        Kind::PuttyKey
    } else if ["ssh-", "ecdsa-sha2-", "sk-ssh-", "---- begin ssh2 "]
        .iter()
        .any(|begin| head.starts_with(begin))
    {
        Kind::SshPublicKey
    } else if head.starts_with("<!doctype html") || head.contains("<html") || head.contains("<body") {
        Kind::WebPage
    } else if head.starts_with("{\\rtf") {
        Kind::Text
    } else if head.starts_with('{') || head.starts_with('[') {
        Kind::Json
    } else if head.starts_with("%pdf-") {
        Kind::Pdf
    } else {
        Kind::Text
    }
}

/// A binary file.
pub(super) fn binary(bytes: &[u8]) -> Kind {
    let starts: [(&[u8], Kind); 13] = [
        (&[0xFE, 0xED, 0xFE, 0xED], Kind::JavaKeystore),
        (&[0xCE, 0xCE, 0xCE, 0xCE], Kind::JavaKeystore),
        (b"PK\x03\x04", Kind::Archive),
        (&[0x1F, 0x8B], Kind::Archive),
        (b"7z\xBC\xAF\x27\x1C", Kind::Archive),
        (b"\xFD7zXZ\0", Kind::Archive),
        (b"\x89PNG", Kind::Picture),
        (&[0xFF, 0xD8, 0xFF], Kind::Picture),
        (b"GIF8", Kind::Picture),
        (b"%PDF-", Kind::Pdf),
        (b"\x7FELF", Kind::Program),
        (b"MZ", Kind::Program),
        (b"openssh-key-v1\0", Kind::SshPrivateKey),
    ];
    let known = starts.iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, kind)| *kind);
    known.or_else(|| structure(bytes)).unwrap_or(Kind::Binary)
}

/// A DER structure that is no certificate and no key.
fn structure(bytes: &[u8]) -> Option<Kind> {
    let mut outer = Reader::sequence(bytes)?;
    match outer.tags()?.as_slice() {
        [SEQUENCE, SEQUENCE, BIT_STRING] => signed(Reader::new(outer.expect(SEQUENCE)?)),
        [SEQUENCE, BIT_STRING] | [INTEGER, INTEGER] => Some(Kind::PublicKey),
        [OID, 0xA0] => Some(Kind::Pkcs7),
        _ => None,
    }
}

/// What is signed: a request (RFC 2986, section 4.1) or a revocation list (RFC 5280, section 5.1).
fn signed(inside: Reader<'_>) -> Option<Kind> {
    match inside.tags()?.as_slice() {
        [INTEGER, SEQUENCE, SEQUENCE, 0xA0] => Some(Kind::Request),
        [INTEGER, SEQUENCE, SEQUENCE, UTC_TIME | GENERALIZED_TIME, ..] => Some(Kind::RevocationList),
        [SEQUENCE, SEQUENCE, UTC_TIME | GENERALIZED_TIME, ..] => Some(Kind::RevocationList),
        _ => None,
    }
}
