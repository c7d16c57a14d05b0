//! Bytes of a file become certificates and keys, whatever format people have them in.
//!
//! Never fails as a whole: what could be read is there, what could not is a problem with its reason.

mod ber;
mod key;
mod pem;
mod pkcs12;
mod seal;
mod strange;

use zeroize::Zeroizing;

pub(crate) use self::key::{Key, Refusal};
use self::{
    pem::Block,
    pkcs12::Unread,
    seal::{Opener, encrypted_key},
};
use super::{
    About, FILE_LIMIT, ReadProblem,
    der::{self, Reader},
    facts::Certificate,
    findings::{Damage, Kind},
};

/// At most this many keys of one file are looked at.
const KEYS_LIMIT: usize = 16;

/// What a file holds.
#[derive(Default)]
pub(crate) struct Loaded {
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) keys: Vec<Key>,
    /// What could not be read, or is something else. Empty does not mean that anything was found.
    pub(crate) problems: Vec<About>,
    /// Other things between BEGIN and END lines or in a container, named.
    pub(crate) others: Vec<Kind>,
    pub(crate) pkcs12: bool,
}

impl Loaded {
    /// Whether nothing that a connection needs could be read.
    pub(crate) fn is_empty(&self) -> bool {
        self.certificates.is_empty() && self.keys.is_empty()
    }

    /// Whether a private key is inside, be it locked.
    pub(crate) fn has_key(&self) -> bool {
        let locked = |about: &About| {
            matches!(
                about,
                About::PassphraseNeeded
                    | About::PassphraseWrong
                    | About::OldEncryption { .. }
                    | About::EncryptionUnsupported { .. }
                    | About::EncryptionTooCostly { .. }
            )
        };
        !self.keys.is_empty() || self.problems.iter().any(locked)
    }
}

/// Reads a file's bytes. The passphrase is used where something is encrypted.
pub(crate) fn load(bytes: &[u8], passphrase: Option<&str>) -> Loaded {
    let mut loaded = Loaded::default();
    if bytes.is_empty() {
        loaded.problems.push(About::Unreadable(ReadProblem::Empty));
        return loaded;
    }
    let mut opener = Opener::new(passphrase);
    match pem::text(bytes) {
        Some(text) => loaded.read_text(&text, &mut opener),
        None => loaded.read_der(bytes, &mut opener),
    }
    if !loaded.is_empty() {
        for problem in &mut loaded.problems {
            if let About::Damaged { rest_read, .. } = problem {
                *rest_read = true;
            }
        }
    }
    if loaded.is_empty() && loaded.problems.is_empty() {
        loaded.problems.push(match loaded.others.first() {
            Some(kind) => About::WrongKind(*kind),
            None => About::NothingInside,
        });
    }
    loaded
}

impl Loaded {
    fn read_text(&mut self, text: &str, opener: &mut Opener<'_>) {
        let mut blocks = pem::blocks(text).peekable();
        if blocks.peek().is_none() {
            match pem::bare(text) {
                Some(der) => self.read_der(&der, opener),
                None => self.others.push(strange::text(text)),
            }
        }
        for block in blocks {
            self.read_block(&block, opener);
        }
    }

    fn read_block(&mut self, block: &Block<'_>, opener: &mut Opener<'_>) {
        let label = block.label;
        if block.old_encryption() {
            return self.problem(About::OldEncryption { cipher: block.old_cipher() });
        }
        let Some(part) = part(label) else {
            return self.others.push(strange::label(label));
        };
        let der = match block.bytes() {
            Ok(der) => der,
            Err(how) => return self.problem(damaged(part, how)),
        };
        match label {
            "CERTIFICATE" | "X509 CERTIFICATE" => self.read_certificate(&der),
            "TRUSTED CERTIFICATE" => self.read_certificate(first_element(&der)),
            "ENCRYPTED PRIVATE KEY" => self.read_encrypted(&der, opener),
            "DSA PRIVATE KEY" => self.push_key(Key::dsa()),
            _ => self.read_key(&der),
        }
    }

    fn read_certificate(&mut self, der: &[u8]) {
        match Certificate::parse(der) {
            Ok(certificate) => self.certificates.push(certificate),
            Err(_) => self.problem(damaged("certificate", Damage::Malformed)),
        }
    }

    fn read_key(&mut self, der: &[u8]) {
        match Key::parse(der) {
            Some(key) => self.push_key(key),
            None => self.problem(damaged("private key", Damage::Malformed)),
        }
    }

    fn read_encrypted(&mut self, der: &[u8], opener: &mut Opener<'_>) {
        let Some((identifier, sealed)) = encrypted_key(der) else {
            return self.problem(damaged("private key", Damage::Malformed));
        };
        if self.keys.len() >= KEYS_LIMIT {
            return;
        }
        // A wrong passphrase passes the padding once in 256 times; what comes out is no key then.
        let opened = opener.open(identifier, sealed);
        let key = opened.and_then(|plain| Key::parse(&plain).ok_or_else(|| opener.refused()));
        match key {
            Ok(key) => self.push_key(key.in_form("PKCS#8, encrypted")),
            Err(closed) => self.problem(closed.into()),
        }
    }

    /// Binary content: one structure, told apart by its shape. DER files of several certificates in a row are read too.
    fn read_der(&mut self, bytes: &[u8], opener: &mut Opener<'_>) {
        let mut rest = Reader::new(bytes);
        while let Some(element) = rest.element() {
            match Certificate::parse(element.whole) {
                Ok(certificate) => self.certificates.push(certificate),
                Err(_) => break,
            }
        }
        if !self.certificates.is_empty() {
            return;
        }
        if let Some(key) = Key::parse(bytes) {
            self.push_key(key);
        } else if encrypted_key(bytes).is_some() {
            self.read_encrypted(bytes, opener);
        } else if let Some(der) = pkcs12::recognise(bytes) {
            self.read_pkcs12(&der, opener);
        } else if let Some(how) = cut(bytes) {
            self.problem(damaged("content", how));
        } else {
            self.others.push(strange::binary(bytes));
        }
    }

    fn read_pkcs12(&mut self, der: &[u8], opener: &mut Opener<'_>) {
        self.pkcs12 = true;
        match pkcs12::read(der, opener) {
            Ok(bags) => {
                self.certificates.extend(bags.certificates);
                bags.keys.into_iter().for_each(|key| self.push_key(key));
            }
            Err(Unread::Closed(closed)) => self.problem(closed.into()),
            Err(Unread::Malformed) => {
                self.problem(damaged("content", Damage::Container));
            }
        }
    }

    fn push_key(&mut self, key: Key) {
        if self.keys.len() < KEYS_LIMIT {
            self.keys.push(key);
        }
    }

    fn problem(&mut self, about: About) {
        if !self.problems.contains(&about) {
            self.problems.push(about);
        }
    }
}

fn damaged(part: &'static str, how: Damage) -> About {
    About::Damaged { part, how, rest_read: false }
}

/// A SEQUENCE whose length is more than what is there. Every format of ours begins with one.
fn cut(bytes: &[u8]) -> Option<Damage> {
    let expected = Reader::announced(bytes)?;
    let present = bytes.len() as u64;
    // Other binary files may begin with the same byte: a length beyond reason is none.
    let cut = expected > present && expected < FILE_LIMIT;
    cut.then_some(Damage::Short { expected, present })
}

/// What a label promises, for sentences; `None` for labels of other things.
fn part(label: &str) -> Option<&'static str> {
    match label {
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Some("certificate"),
        "PRIVATE KEY"
        | "RSA PRIVATE KEY"
        | "EC PRIVATE KEY"
        | "DSA PRIVATE KEY"
        | "ENCRYPTED PRIVATE KEY" => Some("private key"),
        _ => None,
    }
}

/// OpenSSL's TRUSTED CERTIFICATE has its trust settings behind the certificate.
fn first_element(der: &[u8]) -> &[u8] {
    Reader::new(der).element().map_or(der, |element| element.whole)
}

/// Bytes that may be a key.
type Secret = Zeroizing<Vec<u8>>;
