//! Which algorithm a key or a signature uses, by its object identifier.

use std::fmt;

use super::super::der;

/// The type and size of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA (RFC 8017) with a modulus of this many bits.
    Rsa {
        /// Size of the modulus.
        bits: usize,
    },
    /// RSA that may only sign with PSS.
    RsaPss,
    /// ECDSA on NIST P-256.
    P256,
    /// ECDSA on NIST P-384.
    P384,
    /// ECDSA on NIST P-521.
    P521,
    /// ECDSA on a curve that is written out instead of named.
    ExplicitCurve,
    /// ECDSA on another named curve.
    Curve(String),
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// Ed448 (RFC 8032).
    Ed448,
    /// DSA.
    Dsa,
    /// Another one, by name or object identifier.
    Other(String),
}

impl Algorithm {
    /// Of an AlgorithmIdentifier's object identifier and parameters; the size of an RSA key is filled in by the caller.
    pub(crate) fn of(oid: &[u8], parameters: Option<der::Element<'_>>) -> Self {
        match der::dotted(oid).as_str() {
            "1.2.840.113549.1.1.1" => Self::Rsa { bits: 0 },
            "1.2.840.113549.1.1.10" => Self::RsaPss,
            "1.2.840.10045.2.1" => match parameters {
                Some(curve) if curve.tag == der::OID => Self::curve(curve.value),
                _ => Self::ExplicitCurve,
            },
            "1.3.101.112" => Self::Ed25519,
            "1.3.101.113" => Self::Ed448,
            "1.2.840.10040.4.1" => Self::Dsa,
            "1.3.101.110" => Self::Other("X25519 (key agreement only)".to_owned()),
            "1.3.101.111" => Self::Other("X448 (key agreement only)".to_owned()),
            "1.2.840.113549.1.3.1" => Self::Other("Diffie-Hellman (key agreement only)".to_owned()),
            "2.16.840.1.101.3.4.3.17" => Self::Other("ML-DSA-44".to_owned()),
            "2.16.840.1.101.3.4.3.18" => Self::Other("ML-DSA-65".to_owned()),
            "2.16.840.1.101.3.4.3.19" => Self::Other("ML-DSA-87".to_owned()),
            other => Self::Other(other.to_owned()),
        }
    }

    /// Of a named curve's object identifier.
    pub(crate) fn curve(oid: &[u8]) -> Self {
        match der::dotted(oid).as_str() {
            "1.2.840.10045.3.1.7" => Self::P256,
            "1.3.132.0.34" => Self::P384,
            "1.3.132.0.35" => Self::P521,
            "1.3.132.0.10" => Self::Curve("secp256k1".to_owned()),
            "1.3.132.0.33" => Self::Curve("P-224".to_owned()),
            "1.2.840.10045.3.1.1" => Self::Curve("P-192".to_owned()),
            "1.3.36.3.3.2.8.1.1.7" => Self::Curve("brainpoolP256r1".to_owned()),
            "1.3.36.3.3.2.8.1.1.11" => Self::Curve("brainpoolP384r1".to_owned()),
            "1.3.36.3.3.2.8.1.1.13" => Self::Curve("brainpoolP512r1".to_owned()),
            other => Self::Curve(other.to_owned()),
        }
    }

    /// Whether a private key of this kind can sign here: what ring implements.
    #[must_use]
    pub fn can_sign(&self) -> bool {
        match self {
            Self::Rsa { bits } => (2_048..=4_096).contains(bits),
            Self::P256 | Self::P384 | Self::Ed25519 => true,
            _ => false,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "RSA {bits}"),
            Self::RsaPss => f.write_str("RSA-PSS"),
            Self::P256 => f.write_str("ECDSA P-256"),
            Self::P384 => f.write_str("ECDSA P-384"),
            Self::P521 => f.write_str("ECDSA P-521"),
            Self::ExplicitCurve => f.write_str("ECDSA with explicit parameters"),
            Self::Curve(name) => write!(f, "ECDSA {name}"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Ed448 => f.write_str("Ed448"),
            Self::Dsa => f.write_str("DSA"),
            Self::Other(name) => f.write_str(name),
        }
    }
}

/// How a certificate is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// "SHA-256 with RSA".
    pub name: String,
    /// Made with a hash for which collisions can be computed (MD5, SHA-1).
    pub weak: bool,
}

impl Signature {
    /// Of the object identifier in dots.
    pub(crate) fn of(oid: &str) -> Self {
        let (name, weak) = match oid {
            "1.2.840.113549.1.1.2" => ("MD2 with RSA", true),
            "1.2.840.113549.1.1.4" => ("MD5 with RSA", true),
            "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => ("SHA-1 with RSA", true),
            "1.2.840.10045.4.1" => ("ECDSA with SHA-1", true),
            "1.2.840.10040.4.3" => ("DSA with SHA-1", true),
            "1.2.840.113549.1.1.14" => ("SHA-224 with RSA", false),
            "1.2.840.113549.1.1.11" => ("SHA-256 with RSA", false),
            "1.2.840.113549.1.1.12" => ("SHA-384 with RSA", false),
            "1.2.840.113549.1.1.13" => ("SHA-512 with RSA", false),
            "1.2.840.113549.1.1.10" => ("RSA-PSS", false),
            "1.2.840.10045.4.3.1" => ("ECDSA with SHA-224", false),
            "1.2.840.10045.4.3.2" => ("ECDSA with SHA-256", false),
            "1.2.840.10045.4.3.3" => ("ECDSA with SHA-384", false),
            "1.2.840.10045.4.3.4" => ("ECDSA with SHA-512", false),
            "2.16.840.1.101.3.4.3.2" => ("DSA with SHA-256", false),
            "1.3.101.112" => ("Ed25519", false),
            "1.3.101.113" => ("Ed448", false),
            other => (other, false),
        };
        Self { name: name.to_owned(), weak }
    }
}
