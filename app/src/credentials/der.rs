//! As much of DER (ITU-T X.690) as it takes to tell one credential from another and to rewrite a key: definite lengths,
//! one-byte tags. It borrows, allocates nothing while reading, and returns `None` where the bytes are anything else.

use zeroize::Zeroizing;

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OID: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;

/// The tag `[number]` in its constructed form.
pub(crate) const fn context(number: u8) -> u8 {
    0xA0 | number
}

/// One element.
#[derive(Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) value: &'a [u8],
    /// With its tag and length.
    pub(crate) whole: &'a [u8],
}

/// What is left of a series of elements.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The elements inside the one SEQUENCE that `bytes` is, with nothing behind it.
    pub(crate) fn sequence(bytes: &'a [u8]) -> Option<Self> {
        let mut outer = Self(bytes);
        let inside = outer.expect(SEQUENCE)?;
        outer.is_empty().then_some(Self(inside))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many bytes the SEQUENCE at the start says that it has, tag and length included.
    pub(crate) fn announced(bytes: &[u8]) -> Option<u64> {
        let (count, rest) = match bytes {
            [SEQUENCE, count @ 0x81..=0x84, rest @ ..] => (usize::from(count & 0x7F), rest),
            _ => return None,
        };
        let digits = rest.get(..count)?;
        let length = digits.iter().fold(0_u64, |sum, &digit| (sum << 8) | u64::from(digit));
        Some(2 + count as u64 + length)
    }

    /// The next element, whatever it is.
    pub(crate) fn element(&mut self) -> Option<Element<'a>> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        if tag & 0x1F == 0x1F {
            return None;
        }
        let (length, rest) = match first {
            0..=0x7F => (usize::from(first), rest),
            0x81..=0x84 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
                (digits.iter().fold(0_usize, |sum, &digit| (sum << 8) | usize::from(digit)), rest)
            }
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(length)?;
        let whole = self.0.get(..self.0.len() - rest.len())?;
        self.0 = rest;
        Some(Element { tag, value, whole })
    }

    /// The next element's value, if it has this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let element = ahead.element().filter(|element| element.tag == tag)?;
        *self = ahead;
        Some(element.value)
    }

    /// A non-negative INTEGER; one that does not fit is as large as can be.
    pub(crate) fn number(&mut self) -> Option<u64> {
        let digits = self.expect(INTEGER)?;
        if digits.first()? & 0x80 != 0 {
            return None;
        }
        let significant =
            digits.iter().position(|&digit| digit != 0).map_or(&digits[..0], |first| &digits[first..]);
        let fits = significant.len() <= 8;
        Some(if fits {
            significant.iter().fold(0, |sum, &digit| (sum << 8) | u64::from(digit))
        } else {
            u64::MAX
        })
    }

    /// The tags of all elements that are left; `None` where they are not elements to the end.
    pub(crate) fn tags(mut self) -> Option<Vec<u8>> {
        let mut tags = Vec::new();
        while !self.is_empty() {
            tags.push(self.element()?.tag);
        }
        Some(tags)
    }
}

/// An element made of parts. Zeroized, because keys are written with it.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut bytes = Vec::with_capacity(length + 6);
    bytes.push(tag);
    let digits = length.to_be_bytes();
    let significant =
        digits.iter().position(|&digit| digit != 0).map_or(&digits[..0], |first| &digits[first..]);
    if length < 0x80 {
        bytes.extend_from_slice(&[length as u8]);
    } else {
        bytes.push(0x80 | significant.len() as u8);
        bytes.extend_from_slice(significant);
    }
    for part in parts {
        bytes.extend_from_slice(part);
    }
    Zeroizing::new(bytes)
}

/// The bytes of a BIT STRING that is a whole number of bytes.
pub(crate) fn bits(value: &[u8]) -> Option<&[u8]> {
    value.split_first().filter(|(unused, _)| **unused == 0).map(|(_, bytes)| bytes)
}

/// An object identifier's value in dots.
pub(crate) fn dotted(oid: &[u8]) -> String {
    let mut arcs: Vec<u64> = Vec::new();
    let mut arc = 0_u64;
    for &byte in oid.iter().take(64) {
        arc = (arc << 7) | u64::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            if arcs.is_empty() {
                let first = (arc / 40).min(2);
                arcs.extend([first, arc - first * 40]);
            } else {
                arcs.push(arc);
            }
            arc = 0;
        }
    }
    arcs.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 127, 128, 255, 256, 70_000] {
            let inside = vec![7; length];
            let written =
                element(SEQUENCE, &[&element(OCTET_STRING, &[&inside]), &element(INTEGER, &[&[5]])]);
            let mut reader = Reader::sequence(&written).unwrap();
            assert_eq!(reader.expect(OCTET_STRING).unwrap(), inside);
            assert_eq!(reader.number(), Some(5));
            assert!(reader.is_empty());
        }
    }

    #[test]
    fn what_is_cut_or_indefinite_is_refused() {
        let written = element(SEQUENCE, &[&[0x02, 0x01, 0x05]]);
        for end in 0..written.len() {
            assert!(Reader::sequence(&written[..end]).is_none());
        }
        assert!(Reader::sequence(&[0x30, 0x80, 0, 0]).is_none());
        assert!(Reader::sequence(&[0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF]).is_none());
    }

    #[test]
    fn object_identifiers_have_dots() {
        assert_eq!(dotted(&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]), "1.2.840.113549.1.1.1");
        assert_eq!(dotted(&[0x55, 0x1D, 0x25]), "2.5.29.37");
    }
}
