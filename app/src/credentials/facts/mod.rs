//! What stands in a certificate or a key, in words. Also for the chain that a broker presented.

mod algorithm;
mod certificate;
pub mod when;

use std::time::SystemTime;

pub(crate) use self::certificate::{bit_length, printable};
pub use self::{
    algorithm::{Algorithm, Signature},
    certificate::{Certificate, NotACertificate},
};

/// Of a bundle, this many certificates are described; the rest are counted.
pub const SHOWN: usize = 16;

/// Something that a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Facts {
    /// A certificate.
    Certificate(Box<Certificate>),
    /// A private key: what may be shown of it.
    Key(Key),
}

/// What may be shown of a private key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its type and size.
    pub algorithm: Algorithm,
    /// How the file wraps it: "PKCS#8", "PKCS#1", "SEC 1", "PKCS#8, encrypted", "PKCS#12".
    pub form: &'static str,
}

impl Facts {
    /// The name for a heading.
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Self::Certificate(certificate) => &certificate.name,
            Self::Key(_) => "Private key",
        }
    }

    /// Name and value of each fact.
    #[must_use]
    pub fn lines(&self, now: SystemTime) -> Vec<(&'static str, String)> {
        match self {
            Self::Certificate(certificate) => certificate.lines(now),
            Self::Key(key) => vec![("Key", key.algorithm.to_string()), ("Form", key.form.to_owned())],
        }
    }

    /// The facts as text to copy: one `name: value` a line.
    #[must_use]
    pub fn as_text(&self, now: SystemTime) -> String {
        self.lines(now).into_iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
    }
}

/// The facts of a chain as a broker presented it, its own certificate first; what is no certificate is left out.
#[must_use]
pub fn of_chain<'a>(chain: impl IntoIterator<Item = &'a [u8]>) -> Vec<Facts> {
    let parsed = chain.into_iter().take(SHOWN).filter_map(|der| Certificate::parse(der).ok());
    parsed.map(|certificate| Facts::Certificate(Box::new(certificate))).collect()
}
