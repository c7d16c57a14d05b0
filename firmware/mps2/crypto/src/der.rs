//! The little of DER (X.690) that keys and signatures on P-256 need.
//!
//! Strict where it reads what others made: lengths and integers in their shortest form only, nothing behind the end.

use alloc::vec::Vec;

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
/// `[0]`, constructed.
const CONTEXT_0: u8 = 0xa0;

/// id-ecPublicKey, RFC 5480 section 2.1.1.
const EC_PUBLIC_KEY: [u8; 7] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// secp256r1, RFC 5480 section 2.1.1.1.
const P256: [u8; 8] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// Bytes of a number on P-256.
pub(crate) const SCALAR: usize = 32;

/// A number on P-256, big-endian, not yet checked for its range.
pub(crate) type Scalar = [u8; SCALAR];

/// What is left of an encoding.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Reads a sequence that is all there is.
    pub(crate) fn sequence(der: &'a [u8]) -> Option<Self> {
        let mut outer = Self(der);
        let inner = outer.take(SEQUENCE)?;
        outer.is_empty().then_some(Self(inner))
    }

    /// Takes the contents of the next value, which must have this tag.
    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let rest = self.0.strip_prefix(&[tag])?;
        let (length, rest) = match *rest {
            [length @ 0..=0x7f, ref rest @ ..] => (usize::from(length), rest),
            [0x81, length @ 0x80..=0xff, ref rest @ ..] => (usize::from(length), rest),
            [0x82, high @ 1..=0xff, low, ref rest @ ..] => {
                (usize::from(u16::from_be_bytes([high, low])), rest)
            }
            _ => return None,
        };
        let (contents, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(contents)
    }

    /// Takes an integer that is not negative, without its leading zero.
    pub(crate) fn unsigned(&mut self) -> Option<&'a [u8]> {
        let number = self.take(INTEGER)?;
        match number {
            [0] => Some(&[]),
            [0, 0x80..=0xff, ..] => Some(&number[1..]),
            [0x01..=0x7f, ..] => Some(number),
            _ => None,
        }
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

/// The two numbers of an ECDSA signature, RFC 5480 appendix A.
pub(crate) fn signature(der: &[u8]) -> Option<(Scalar, Scalar)> {
    let mut numbers = Reader::sequence(der)?;
    let both = (scalar(numbers.unsigned()?)?, scalar(numbers.unsigned()?)?);
    numbers.is_empty().then_some(both)
}

/// The encoding of an ECDSA signature.
pub(crate) fn encode_signature(r: &Scalar, s: &Scalar) -> Vec<u8> {
    let mut der = Vec::with_capacity(2 * SCALAR + 8);
    der.extend([SEQUENCE, 0]);
    for number in [r, s] {
        let zeros = number.iter().take_while(|&&byte| byte == 0).count().min(SCALAR - 1);
        let digits = &number[zeros..];
        let sign = usize::from(digits[0] >= 0x80);
        der.extend([INTEGER, (sign + digits.len()) as u8]);
        der.extend(&[0][..sign]);
        der.extend(digits);
    }
    // Two numbers of at most 33 bytes: the length has one byte.
    der[1] = (der.len() - 2) as u8;
    der
}

/// The number in a PKCS#8 key (RFC 5958 section 2), if it is one on P-256.
pub(crate) fn pkcs8_key(der: &[u8]) -> Option<&Scalar> {
    let mut key = Reader::sequence(der)?;
    let version = key.unsigned()?;
    let mut algorithm = Reader(key.take(SEQUENCE)?);
    let fits = matches!(version, [] | [1])
        && algorithm.take(OBJECT_IDENTIFIER)? == EC_PUBLIC_KEY
        && algorithm.take(OBJECT_IDENTIFIER)? == P256
        && algorithm.is_empty();
    let inner = key.take(OCTET_STRING)?;
    fits.then(|| sec1_key(inner)).flatten()
}

/// The number in a SEC1 key (RFC 5915 section 3), unless it names another curve.
pub(crate) fn sec1_key(der: &[u8]) -> Option<&Scalar> {
    let mut key = Reader::sequence(der)?;
    let version = key.unsigned()?;
    let number = key.take(OCTET_STRING)?.try_into().ok()?;
    let curve = key.take(CONTEXT_0).map_or(Some(&P256[..]), |named| Reader(named).take(OBJECT_IDENTIFIER))?;
    (version == [1] && curve == P256).then_some(number)
}

fn scalar(digits: &[u8]) -> Option<Scalar> {
    let mut scalar = [0; SCALAR];
    scalar[SCALAR.checked_sub(digits.len())?..].copy_from_slice(digits);
    Some(scalar)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn number(bytes: &[u8]) -> Scalar {
        scalar(bytes).unwrap()
    }

    #[test]
    fn a_signature_survives_in_its_shortest_form() {
        let cases: [(&[u8], usize); 6] =
            [(&[], 1), (&[1], 1), (&[0x7f], 1), (&[0x80], 2), (&[0xff; 32], 33), (&[0x7f; 32], 32)];
        for (r, r_length) in cases {
            for (s, s_length) in cases {
                let der = encode_signature(&number(r), &number(s));
                assert_eq!(der.len(), 2 + 2 + r_length + 2 + s_length);
                assert_eq!(signature(&der), Some((number(r), number(s))));
            }
        }
    }

    #[test]
    fn what_is_no_signature_is_refused() {
        let good = [0x30, 6, 2, 1, 5, 2, 1, 7];
        assert_eq!(signature(&good), Some((number(&[5]), number(&[7]))));
        let bad: [&[u8]; 12] = [
            &[],
            &[0x30],
            &[0x30, 0x80, 2, 1, 5, 2, 1, 7, 0, 0],
            &[0x30, 0x81, 6, 2, 1, 5, 2, 1, 7],
            &[0x30, 0x82, 0, 6, 2, 1, 5, 2, 1, 7],
            &[0x31, 6, 2, 1, 5, 2, 1, 7],
            &[0x30, 6, 2, 1, 5, 2, 1, 7, 0],
            &[0x30, 7, 2, 1, 5, 2, 1, 7, 0],
            &[0x30, 3, 2, 1, 5],
            &[0x30, 7, 2, 2, 0, 5, 2, 1, 7],
            &[0x30, 6, 2, 1, 0x85, 2, 1, 7],
            &[0x30, 5, 2, 0, 2, 1, 7],
        ];
        for der in bad {
            assert_eq!(signature(der), None, "{der:02x?}");
        }
        let mut long = alloc::vec![0x30, 38, 2, 33];
        long.extend([0x01; 33]);
        long.extend([2, 1, 7]);
        assert_eq!(signature(&long), None);
    }

    #[test]
    fn a_key_in_pieces_is_none() {
        let inner = [&[0x30, 37, 2, 1, 1, 4, 32][..], &[9; 32]].concat();
        assert_eq!(sec1_key(&inner), Some(&[9; 32]));
        let algorithm = [&[0x30, 19, 6, 7][..], &EC_PUBLIC_KEY, &[6, 8], &P256].concat();
        let outer = [&[0x30, 65, 2, 1, 0][..], &algorithm, &[4, 39], &inner].concat();
        assert_eq!(pkcs8_key(&outer), Some(&[9; 32]));
        for length in 0..outer.len() {
            assert_eq!(pkcs8_key(&outer[..length]), None);
        }
        for byte in 0..outer.len() - SCALAR {
            let mut other = outer.clone();
            other[byte] ^= 0x04;
            assert_eq!(pkcs8_key(&other), None, "byte {byte}");
        }
    }
}
