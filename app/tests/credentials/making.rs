//! A small PKI for the tables, made anew for each run.

use std::{sync::OnceLock, time::SystemTime};

use echo_monitor::credentials::{
    Content, Files,
    request::{self, KeyKind, Subject},
};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P384_SHA384, PKCS_ED25519,
};

use crate::{days, file, now};

/// A certificate and its key.
pub(crate) struct Made {
    pub(crate) params: CertificateParams,
    pub(crate) key: KeyPair,
    pub(crate) pem: String,
    pub(crate) der: Vec<u8>,
}

impl Made {
    pub(crate) fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    fn issuer(&self) -> Issuer<'_, &KeyPair> {
        Issuer::from_params(&self.params, &self.key)
    }
}

/// What a certificate shall be; change it as the case wants it.
pub(crate) fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.not_before = (now() - days(10)).into();
    params.not_after = (now() + days(80)).into();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

pub(crate) fn client_params(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

pub(crate) fn ca_params(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

pub(crate) fn self_signed(params: CertificateParams) -> Made {
    self_signed_by(params, KeyPair::generate().unwrap())
}

pub(crate) fn self_signed_by(params: CertificateParams, key: KeyPair) -> Made {
    let certificate = params.self_signed(&key).unwrap();
    Made { pem: certificate.pem(), der: certificate.der().to_vec(), params, key }
}

pub(crate) fn issued(params: CertificateParams, ca: &Made) -> Made {
    issued_for(params, KeyPair::generate().unwrap(), ca)
}

pub(crate) fn issued_for(params: CertificateParams, key: KeyPair, ca: &Made) -> Made {
    let certificate = params.signed_by(&key, &ca.issuer()).unwrap();
    Made { pem: certificate.pem(), der: certificate.der().to_vec(), params, key }
}

/// What most cases begin with.
pub(crate) struct Pki {
    pub(crate) ca: Made,
    pub(crate) client: Made,
}

pub(crate) fn pki() -> &'static Pki {
    static PKI: OnceLock<Pki> = OnceLock::new();
    PKI.get_or_init(|| {
        let ca = self_signed(ca_params("Test CA"));
        let client = issued(client_params("board-1"), &ca);
        Pki { ca, client }
    })
}

impl Pki {
    pub(crate) fn ca_file(&self) -> Content {
        file("ca.crt", &self.ca.pem)
    }

    pub(crate) fn client_file(&self) -> Content {
        file("client.crt", &self.client.pem)
    }

    pub(crate) fn key_file(&self) -> Content {
        file("client.key", self.client.key_pem())
    }

    pub(crate) fn files(&self) -> Files {
        Files { ca: self.ca_file(), certificate: self.client_file(), key: self.key_file() }
    }
}

pub(crate) fn p384() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap()
}

pub(crate) fn ed25519() -> KeyPair {
    KeyPair::generate_for(&PKCS_ED25519).unwrap()
}

/// An RSA key of 2048 bits, made once.
pub(crate) fn rsa() -> KeyPair {
    static PEM: OnceLock<String> = OnceLock::new();
    let pem = PEM.get_or_init(|| {
        let subject = Subject { common_name: "rsa".to_owned(), ..Subject::default() };
        request::make(&subject, KeyKind::Rsa2048).unwrap().key_pem.to_string()
    });
    KeyPair::from_pem(pem).unwrap()
}

pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let digits = STANDARD.encode(der);
    let lines: Vec<&str> =
        digits.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// One DER element.
pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let length = value.len();
    let mut bytes = vec![tag];
    match length {
        0..0x80 => bytes.push(length as u8),
        0x80..0x100 => bytes.extend([0x81, length as u8]),
        _ => bytes.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    bytes.extend(value);
    bytes
}

/// The inside of the n-th element in an element.
pub(crate) fn inside(der: &[u8], path: &[usize]) -> Vec<u8> {
    let mut bytes = value(der).1.to_vec();
    for &index in path {
        let mut rest = bytes.as_slice();
        for _ in 0..index {
            rest = &rest[value(rest).0..];
        }
        bytes = value(rest).1.to_vec();
    }
    bytes
}

/// The whole length of the first element, and its value.
fn value(der: &[u8]) -> (usize, &[u8]) {
    let (header, length) = match der[1] {
        0x81 => (3, usize::from(der[2])),
        0x82 => (4, usize::from(der[2]) << 8 | usize::from(der[3])),
        short => (2, usize::from(short)),
    };
    (header + length, &der[header..header + length])
}

pub(crate) fn year(number: u32) -> SystemTime {
    SystemTime::UNIX_EPOCH + days(u64::from(number - 1970) * 365 + u64::from((number - 1969) / 4))
}
