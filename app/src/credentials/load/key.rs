//! Private keys: PKCS#8 (RFC 5958), PKCS#1 (RFC 8017, appendix A.1.2), SEC 1 (RFC 5915), rewritten as the one PKCS#8 form
//! that ring accepts: without attributes, the scalar at full length, the public key inside where there is one.

use rcgen::{KeyPair, PublicKeyData};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use zeroize::Zeroizing;

use super::{
    super::facts::{self, Algorithm},
    Secret,
    der::{self, BIT_STRING, INTEGER, NULL, OCTET_STRING, OID, Reader, SEQUENCE, context, element},
};

const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
const P256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2B, 0x81, 0x04, 0x00, 0x22];
const ED25519: &[u8] = &[0x2B, 0x65, 0x70];

/// A private key, parsed as far as it takes to compare and to use it.
pub(crate) struct Key {
    pub(crate) algorithm: Algorithm,
    pub(crate) form: &'static str,
    parts: Parts,
}

enum Parts {
    /// RSAPrivateKey, whole, and the RSAPublicKey that goes with it.
    Rsa { private: Secret, public: Vec<u8> },
    /// The scalar, and the point where the file has it.
    Curve { scalar: Secret, point: Option<Vec<u8>> },
    /// The seed.
    Ed25519(Secret),
    /// Of no use here.
    Opaque,
}

/// Why a key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// ring does not implement it.
    Unsupported,
    /// Its parts contradict each other.
    Broken,
    /// It belongs to another public key.
    Mismatch,
    /// Its public half is written neither in it nor anywhere else.
    Halved,
}

impl Key {
    /// Any of the three forms; `None` where it is none of them.
    pub(crate) fn parse(der: &[u8]) -> Option<Self> {
        Self::pkcs8(der).or_else(|| Self::pkcs1(der)).or_else(|| Self::sec1(der, None))
    }

    pub(crate) fn in_form(mut self, form: &'static str) -> Self {
        self.form = form;
        self
    }

    /// OneAsymmetricKey (RFC 5958, section 2).
    fn pkcs8(der: &[u8]) -> Option<Self> {
        let mut fields = Reader::sequence(der)?;
        let version = fields.number()?;
        let mut identifier = Reader::new(fields.expect(SEQUENCE)?);
        let private = fields.expect(OCTET_STRING)?;
        let oid = identifier.expect(OID)?;
        if version > 1 {
            return None;
        }
        let algorithm = Algorithm::of(oid, identifier.element());
        let key = match algorithm {
            Algorithm::Rsa { .. } => Self::pkcs1(private)?,
            Algorithm::P256 | Algorithm::P384 | Algorithm::P521 | Algorithm::Curve(_) => {
                Self::sec1(private, Some(algorithm))?
            }
            Algorithm::Ed25519 => {
                let seed = Reader::new(private).expect(OCTET_STRING).filter(|seed| seed.len() == 32)?;
                Self { algorithm, form: "", parts: Parts::Ed25519(Zeroizing::new(seed.to_vec())) }
            }
            _ => Self { algorithm, form: "", parts: Parts::Opaque },
        };
        Some(key.in_form("PKCS#8"))
    }

    /// RSAPrivateKey: version 0 and eight integers.
    fn pkcs1(der: &[u8]) -> Option<Self> {
        let mut fields = Reader::sequence(der)?;
        let all = fields.tags()?;
        if all != [INTEGER; 9] || fields.number()? != 0 {
            return None;
        }
        let (modulus, exponent) = (fields.element()?, fields.element()?);
        let public = element(SEQUENCE, &[modulus.whole, exponent.whole]).to_vec();
        Some(Self {
            algorithm: Algorithm::Rsa { bits: facts::bit_length(modulus.value) },
            form: "PKCS#1",
            parts: Parts::Rsa { private: Zeroizing::new(der.to_vec()), public },
        })
    }

    /// ECPrivateKey; the curve is inside it or told by what it is wrapped in.
    fn sec1(der: &[u8], told: Option<Algorithm>) -> Option<Self> {
        let mut fields = Reader::sequence(der)?;
        if fields.number()? != 1 {
            return None;
        }
        let scalar = fields.expect(OCTET_STRING)?;
        let inside = fields.expect(context(0)).map(|curve| match Reader::new(curve).element() {
            Some(curve) if curve.tag == OID => Algorithm::curve(curve.value),
            _ => Algorithm::ExplicitCurve,
        });
        // The curve may be left out; then the scalar's length tells it, and the certificate proves it.
        let algorithm = told.or(inside).or(match scalar.len() {
            32 => Some(Algorithm::P256),
            48 => Some(Algorithm::P384),
            _ => None,
        })?;
        let point =
            fields.expect(context(1)).and_then(|bits| der::bits(Reader::new(bits).expect(BIT_STRING)?));
        let parts = match size(&algorithm).map(|size| scalar_of(scalar, size)) {
            // A compressed point would have to be computed: the certificate has it written out.
            Some(Some(scalar)) => Parts::Curve {
                scalar,
                point: point.filter(|point| point.first() == Some(&4)).map(<[u8]>::to_vec),
            },
            Some(None) => return None,
            None => Parts::Opaque,
        };
        Some(Self { algorithm, form: "SEC 1", parts })
    }

    /// A DSA key in its own form: recognised, of no use.
    pub(crate) fn dsa() -> Self {
        Self { algorithm: Algorithm::Dsa, form: "DSA", parts: Parts::Opaque }
    }

    /// What may be shown of it.
    pub(crate) fn facts(&self) -> facts::Key {
        facts::Key { algorithm: self.algorithm.clone(), form: self.form }
    }

    /// The key in the form that a TLS library takes, checked by ring; with `public_key`, the bits of the certificate's
    /// public key, also that the two belong together.
    pub(crate) fn accept(&self, public_key: Option<&[u8]>) -> Result<PrivateKeyDer<'static>, Refusal> {
        if let (Parts::Rsa { public, .. }, Some(expected)) = (&self.parts, public_key)
            && public.as_slice() != expected
        {
            return Err(Refusal::Mismatch);
        }
        if !self.algorithm.can_sign() {
            return Err(Refusal::Unsupported);
        }
        let lacks_point = matches!(&self.parts, Parts::Curve { point: None, .. });
        let missing = if lacks_point { Refusal::Halved } else { Refusal::Unsupported };
        let written = self.write(public_key).ok_or(missing)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(written.to_vec()));
        // ring compares the scalar with the point: where the point is the certificate's, that is the comparison we want.
        let Ok(pair) = KeyPair::try_from(&key) else {
            return Err(if lacks_point { Refusal::Mismatch } else { Refusal::Broken });
        };
        match public_key {
            Some(expected) if pair.der_bytes() != expected => Err(Refusal::Mismatch),
            _ => Ok(key),
        }
    }

    /// As PKCS#8. `point` completes a key on a curve that lacks its public half.
    fn write(&self, point: Option<&[u8]>) -> Option<Secret> {
        let (identifier, private) = match &self.parts {
            Parts::Rsa { private, .. } => {
                (element(SEQUENCE, &[&element(OID, &[RSA]), &element(NULL, &[])]), private.clone())
            }
            Parts::Curve { scalar, point: own } => {
                let curve = if self.algorithm == Algorithm::P256 { P256 } else { P384 };
                let point = own.as_deref().or(point)?;
                let bits = element(context(1), &[&element(BIT_STRING, &[&[0], point])]);
                let private = element(
                    SEQUENCE,
                    &[&element(INTEGER, &[&[1]]), &element(OCTET_STRING, &[scalar]), &bits],
                );
                (element(SEQUENCE, &[&element(OID, &[EC]), &element(OID, &[curve])]), private)
            }
            Parts::Ed25519(seed) => {
                (element(SEQUENCE, &[&element(OID, &[ED25519])]), element(OCTET_STRING, &[seed]))
            }
            Parts::Opaque => return None,
        };
        Some(element(
            SEQUENCE,
            &[&element(INTEGER, &[&[0]]), &identifier, &element(OCTET_STRING, &[&private])],
        ))
    }
}

/// Bytes of a scalar on the curves that are used here.
fn size(algorithm: &Algorithm) -> Option<usize> {
    match algorithm {
        Algorithm::P256 => Some(32),
        Algorithm::P384 => Some(48),
        _ => None,
    }
}

/// The scalar at its full length: some programs leave its zeros at the front away, some add one.
fn scalar_of(bytes: &[u8], size: usize) -> Option<Secret> {
    let significant = bytes.iter().position(|&byte| byte != 0).map(|first| &bytes[first..])?;
    let padding = size.checked_sub(significant.len())?;
    let mut scalar = Zeroizing::new(vec![0; padding]);
    scalar.extend_from_slice(significant);
    Some(scalar)
}
