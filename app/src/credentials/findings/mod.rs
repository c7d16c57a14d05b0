//! What is wrong with a file, or worth knowing about it: the evidence here, the words in `what`, `why` and `next`.
//!
//! A finding is an error where the app cannot connect with the file or every broker refuses it; a warning where a broker
//! may refuse it or where it soon won't work; information where it works and a person may wonder. New evidence does not
//! compile without its words.

mod kind;
mod next;
mod rank;
mod what;
mod why;

use std::time::SystemTime;

pub use self::kind::Kind;
pub(crate) use self::next::quoted;
use super::{ReadProblem, facts::Algorithm};
use crate::{failure::Step, profile::Field};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It works; this explains something.
    Info,
    /// It may be refused, or soon will be.
    Warning,
    /// It cannot work.
    Error,
}

/// Something found out about one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The row it stands in.
    pub field: Field,
    /// The file's name, for sentences and commands; empty where none was chosen.
    pub file: String,
    /// What was found, with its evidence.
    pub about: About,
}

impl Finding {
    /// How bad it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        rank::severity(self)
    }

    /// A stable name in kebab-case, for JSON.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        rank::kind(&self.about)
    }

    /// One line: what is.
    #[must_use]
    pub fn what(&self) -> String {
        what::what(self)
    }

    /// One or two sentences: why it matters, with the evidence.
    #[must_use]
    pub fn why(&self) -> String {
        why::why(self)
    }

    /// What to do, most likely first; empty where there is nothing to do.
    #[must_use]
    pub fn next(&self) -> Vec<Step> {
        next::next(self)
    }
}

/// What was found, with its evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    // The file itself.
    /// The row is empty and the connection needs a file there.
    NotChosen,
    /// The CA row is empty: the operating system's trust store decides.
    SystemTrust,
    /// It could not be read.
    Unreadable(ReadProblem),
    /// It is something else altogether.
    WrongKind(Kind),
    /// It is the right kind, but broken.
    Damaged {
        /// "certificate", "private key".
        part: &'static str,
        /// How.
        how: Damage,
        /// Whether the rest of the file could be read, so that a connection may work with it.
        rest_read: bool,
    },
    /// A certificate in the key's row, or a key in the certificate's.
    Swapped {
        /// Whether the other row holds what belongs here, so that exchanging the two solves it.
        with_other: bool,
    },
    /// A private key in the CA's row.
    KeyAsCa,
    /// The certificate's file has no certificate, the key's file no key; neither anything that could be named.
    NothingInside,
    /// Several private keys in one file: the one that fits the certificate, else the first, is used.
    SeveralKeys {
        /// How many.
        count: usize,
    },

    // Encryption.
    /// The file is encrypted and there is no passphrase.
    PassphraseNeeded,
    /// The passphrase does not open it.
    PassphraseWrong,
    /// The encryption of old versions of OpenSSL (RFC 1421 headers).
    OldEncryption {
        /// The cipher, as the file names it: "AES-256-CBC", "DES-EDE3-CBC".
        cipher: String,
    },
    /// Encrypted in a way that is not implemented.
    EncryptionUnsupported {
        /// Its name or object identifier.
        scheme: String,
    },
    /// Opening it would take more time or memory than a credential is allowed to.
    EncryptionTooCostly {
        /// What the file asks for.
        asks: String,
    },

    // The key.
    /// A key that cannot sign here.
    KeyUnsupported(Algorithm),
    /// The key's parts don't fit together, or are not what a key of this kind has.
    KeyRefused(Algorithm),
    /// Other users of this computer can read the key.
    KeyReadable {
        /// Its permission bits.
        mode: u32,
    },
    /// The key belongs to another certificate.
    KeyMismatch {
        /// The certificate's file.
        certificate: String,
        /// The certificate's key.
        certificate_algorithm: Algorithm,
        /// The key's.
        key_algorithm: Algorithm,
    },

    // The certificate.
    /// Its validity has ended.
    Expired {
        /// Whose.
        name: String,
        /// When.
        end: SystemTime,
        /// Judged at this time.
        now: SystemTime,
    },
    /// Its validity begins in the future.
    NotYetValid {
        /// Whose.
        name: String,
        /// When.
        start: SystemTime,
        /// Judged at this time.
        now: SystemTime,
    },
    /// Less than a month is left.
    EndsSoon {
        /// Whose.
        name: String,
        /// When.
        end: SystemTime,
        /// Judged at this time.
        now: SystemTime,
    },
    /// This computer's clock is wrong.
    ClockWrong {
        /// What it says.
        now: SystemTime,
    },
    /// X.509 version 1.
    Version1,
    /// The client's certificate is a CA's.
    ClientIsCa,
    /// Its extended usages leave out the client.
    NoClientUsage {
        /// What they allow.
        allowed: Vec<String>,
    },
    /// Its usages leave out signatures.
    NoSignatureUsage {
        /// What they allow.
        allowed: Vec<&'static str>,
    },
    /// A public key that is too short.
    WeakKey {
        /// Whose.
        name: String,
        /// Size of the RSA modulus.
        bits: usize,
    },
    /// A signature made with a broken hash.
    WeakSignature {
        /// "SHA-1 with RSA".
        name: String,
    },
    /// Signed by itself: only a broker that knows this very certificate accepts it.
    SelfSigned,
    /// No CA of the CA file issued it: no mistake where the broker uses another CA for its clients.
    OtherIssuer {
        /// Its issuer.
        issuer: String,
    },
    /// A CA in the CA file has its issuer's name, but not the key that signed it.
    IssuerKeyChanged {
        /// The name.
        issuer: String,
    },
    /// Certificates in the file that don't belong to the chain.
    LooseCertificates {
        /// How many.
        count: usize,
    },

    // The CA.
    /// No certificate in the CA's row can issue others.
    NoAuthority {
        /// What is there instead.
        name: String,
        /// It signed itself: a broker that presents this very certificate is accepted.
        self_signed: bool,
    },
    /// The CA's file holds the client's certificate.
    ClientAsCa {
        /// Its name.
        name: String,
    },
    /// The CAs came out of the certificate's PKCS#12 file.
    CaFromPkcs12 {
        /// How many.
        count: usize,
    },
}

/// How a file is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// It ends before its END line.
    Cut,
    /// The text between BEGIN and END is not base64.
    NotBase64,
    /// The bytes are not the structure that they should be.
    Malformed,
    /// A binary file is shorter than it says.
    Short {
        /// What it says, in bytes.
        expected: u64,
        /// What it has.
        present: u64,
    },
    /// PKCS#12: the content was changed after it was made, or is written in a way that is not understood.
    Container,
}
