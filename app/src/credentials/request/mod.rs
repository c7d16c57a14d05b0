//! A key and a certificate signing request (PKCS#10, RFC 2986), made here instead of with openssl; a request for a key that
//! is there; and whether the answer belongs to the key.

mod rsa;

use std::borrow::Cow;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_ED25519};
use rustls_pki_types::PrivateKeyDer;
use zeroize::Zeroizing;

use super::{
    About, Content, Finding, Made,
    facts::Certificate,
    load::{Key, Refusal, concerns_key, load},
};
use crate::profile::Field;

/// What kind of key to make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyKind {
    /// ECDSA P-256: small, fast, accepted everywhere.
    #[default]
    P256,
    /// RSA with 2048 bits: for brokers and boards that know nothing else.
    Rsa2048,
    /// RSA with 3072 bits.
    Rsa3072,
    /// RSA with 4096 bits: takes about a second to make.
    Rsa4096,
    /// ECDSA P-384.
    P384,
    /// Ed25519: not accepted by every broker.
    Ed25519,
}

/// Who the certificate shall name. Empty fields are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// Common name (CN): what the broker logs, and with `use_identity_as_username` the user.
    pub common_name: String,
    /// Organization (O).
    pub organization: String,
    /// Organizational unit (OU).
    pub unit: String,
    /// Locality (L).
    pub locality: String,
    /// State or province (ST).
    pub state: String,
    /// Country (C), two letters.
    pub country: String,
}

/// A new key and its request, both in PEM.
pub struct Request {
    /// PKCS#8.
    pub key_pem: Zeroizing<String>,
    /// PKCS#10.
    pub request_pem: String,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("request_pem", &self.request_pem).finish_non_exhaustive()
    }
}

impl Request {
    /// The names of the files, as the sample calls them: key and request.
    pub const NAMES: [&'static str; 2] = ["client.key", "client.csr"];

    /// Both as files to write.
    #[must_use]
    pub fn files(&self) -> [Made; 2] {
        let [key, request] = Self::NAMES;
        [Made::new(key, &self.key_pem, true), Made::new(request, &self.request_pem, false)]
    }
}

/// A request as a file to write, under this name.
#[must_use]
pub fn file(name: impl Into<Cow<'static, str>>, pem: &str) -> Made {
    Made::new(name, pem, false)
}

/// Why no request could be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestProblem {
    /// A request without a name.
    #[error("a certificate needs a common name: what shall the broker call this client?")]
    NoName,
    /// Longer than X.520 allows.
    #[error("{field} can have {limit} characters at most")]
    TooLong {
        /// The field.
        field: &'static str,
        /// In characters.
        limit: usize,
    },
    /// Not two letters.
    #[error("the country is two letters, such as DE or US (ISO 3166)")]
    BadCountry,
    /// The key that is there cannot be used.
    #[error("the key cannot be used: {}", .0.what())]
    Key(Box<Finding>),
    /// Nothing in the key's file tells its public half, which the request is about.
    #[error(
        "the key in {0} lacks its public half; a file with both: openssl ec -in {0} -conv_form uncompressed -out NEW"
    )]
    Halved(String),
    /// The operating system's randomness or the signature failed.
    #[error("the key or its signature could not be made: {0}")]
    Crypto(String),
}

impl From<rcgen::Error> for RequestProblem {
    fn from(error: rcgen::Error) -> Self {
        Self::Crypto(error.to_string())
    }
}

/// Makes a key and a request for `subject`. RSA takes up to a few seconds: not for the thread that draws.
///
/// # Errors
/// [`RequestProblem`]: the field that is wrong, or that there is no randomness.
pub fn make(subject: &Subject, kind: KeyKind) -> Result<Request, RequestProblem> {
    let params = subject.params()?;
    let der = match kind {
        KeyKind::P256 => Zeroizing::new(KeyPair::generate()?.serialize_der()),
        KeyKind::P384 => Zeroizing::new(KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384)?.serialize_der()),
        KeyKind::Ed25519 => Zeroizing::new(KeyPair::generate_for(&PKCS_ED25519)?.serialize_der()),
        KeyKind::Rsa2048 => rsa_key(2_048)?,
        KeyKind::Rsa3072 => rsa_key(3_072)?,
        KeyKind::Rsa4096 => rsa_key(4_096)?,
    };
    // Rewritten: ring makes Ed25519 keys of PKCS#8 version 2, which OpenSSL does not read. And checked.
    let accepted = Key::parse(&der).and_then(|key| key.accept(None).ok());
    let key = KeyPair::try_from(
        &accepted.ok_or_else(|| RequestProblem::Crypto("the key was not accepted".into()))?,
    )?;
    let request_pem = params.serialize_request(&key)?.pem()?;
    Ok(Request { key_pem: Zeroizing::new(key.serialize_pem()), request_pem })
}

/// Makes a request for `subject` with a key that is there, whatever its format: for a certificate that follows another one.
/// The key stays as it is.
///
/// # Errors
/// [`RequestProblem`]: the field or the key that is wrong.
pub fn renew(subject: &Subject, key: &Content, passphrase: Option<&str>) -> Result<String, RequestProblem> {
    let params = subject.params()?;
    let key = KeyPair::try_from(&opened(key, passphrase)?)?;
    Ok(params.serialize_request(&key)?.pem()?)
}

/// The key in the form that rcgen takes, or what is wrong with it.
fn opened(content: &Content, passphrase: Option<&str>) -> Result<PrivateKeyDer<'static>, RequestProblem> {
    let (name, bytes) = match content {
        Content::Read { name, bytes, .. } => (name.as_str(), bytes.as_slice()),
        Content::Unreadable { name, problem } => return Err(refused(name, About::Unreadable(*problem))),
        Content::NotChosen => return Err(refused("", About::NotChosen)),
    };
    let loaded = load(bytes, passphrase);
    let Some(key) = loaded.keys.first() else {
        let why = loaded.problems.iter().find(|about| concerns_key(about)).or(loaded.problems.first());
        return Err(refused(name, why.cloned().unwrap_or(About::NothingInside)));
    };
    key.accept(None).map_err(|refusal| match refusal {
        Refusal::Halved => RequestProblem::Halved(name.to_owned()),
        Refusal::Unsupported => refused(name, About::KeyUnsupported(key.algorithm.clone())),
        Refusal::Broken | Refusal::Mismatch => refused(name, About::KeyRefused(key.algorithm.clone())),
    })
}

fn refused(file: &str, about: About) -> RequestProblem {
    RequestProblem::Key(Box::new(Finding { field: Field::Key, file: file.to_owned(), about }))
}

fn rsa_key(bits: u32) -> Result<Zeroizing<Vec<u8>>, RequestProblem> {
    rsa::generate(bits).ok_or_else(|| RequestProblem::Crypto("no RSA key could be made".to_owned()))
}

impl Subject {
    fn params(&self) -> Result<CertificateParams, RequestProblem> {
        let mut params = CertificateParams::default();
        params.distinguished_name = self.name()?;
        Ok(params)
    }

    /// From the most general part to the most special, with the limits of X.520 (RFC 5280, appendix A.1).
    fn name(&self) -> Result<DistinguishedName, RequestProblem> {
        let parts = [
            (DnType::CountryName, "The country", &self.country, 2),
            (DnType::StateOrProvinceName, "The state", &self.state, 128),
            (DnType::LocalityName, "The locality", &self.locality, 128),
            (DnType::OrganizationName, "The organization", &self.organization, 64),
            (DnType::OrganizationalUnitName, "The organizational unit", &self.unit, 64),
            (DnType::CommonName, "The common name", &self.common_name, 64),
        ];
        if self.common_name.trim().is_empty() {
            return Err(RequestProblem::NoName);
        }
        let mut name = DistinguishedName::new();
        for (kind, field, text, limit) in parts {
            let text = text.trim();
            if text.is_empty() {
                continue;
            }
            if kind == DnType::CountryName {
                if text.len() != 2 || !text.chars().all(|c| c.is_ascii_alphabetic()) {
                    return Err(RequestProblem::BadCountry);
                }
                name.push(kind, text.to_ascii_uppercase());
            } else if text.chars().count() > limit {
                return Err(RequestProblem::TooLong { field, limit });
            } else {
                name.push(kind, text);
            }
        }
        Ok(name)
    }
}

/// Whether the CA's answer belongs to a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It does: this certificate.
    Fits(Box<Certificate>),
    /// It was made for another key.
    OtherKey(Box<Certificate>),
    /// There is no certificate in it.
    NoCertificate,
    /// The key cannot be read.
    NoKey,
}

/// Checks the CA's answer, any format that is read here, against the key.
#[must_use]
pub fn check(answer: &[u8], key: &[u8], passphrase: Option<&str>) -> Answer {
    let (answer, key) = (load(answer, passphrase), load(key, passphrase));
    let Some(key) = key.keys.first() else { return Answer::NoKey };
    let fits =
        |certificate: &&Certificate| key.accept(Some(&certificate.public_key)) != Err(Refusal::Mismatch);
    match answer.certificates.iter().take(16).find(fits).or(answer.certificates.first()) {
        None => Answer::NoCertificate,
        Some(certificate) if fits(&certificate) => Answer::Fits(Box::new(certificate.clone())),
        Some(certificate) => Answer::OtherKey(Box::new(certificate.clone())),
    }
}
