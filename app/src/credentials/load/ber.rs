//! BER with lengths that end with a mark, and strings in pieces (ITU-T X.690, sections 8.1.3.6 and 8.7.3), rewritten as DER.
//! Firefox and the keychain of macOS write PKCS#12 that way.

use zeroize::Zeroizing;

use super::{
    Secret,
    der::{self, OCTET_STRING, Reader},
};

/// Elements in elements: this deep. A PKCS#12 file has about ten levels outside its strings.
const DEPTH: usize = 24;
const CONSTRUCTED: u8 = 0x20;
const END_OF_CONTENTS: [u8; 2] = [0, 0];

/// The one element that `bytes` is, in DER. `None` for anything else. What has a length at its front stays as it is.
pub(super) fn to_der(bytes: &[u8]) -> Option<Secret> {
    let mut rest = bytes;
    let der = match bytes {
        [_, 0x80, ..] => element(&mut rest, DEPTH)?,
        _ => {
            let mut reader = Reader::new(bytes);
            reader.element()?;
            return reader.is_empty().then(|| Zeroizing::new(bytes.to_vec()));
        }
    };
    rest.is_empty().then_some(der)
}

fn element(rest: &mut &[u8], depth: usize) -> Option<Secret> {
    let depth = depth.checked_sub(1)?;
    let (tag, parts) = match **rest {
        [tag, 0x80, ref inside @ ..] if tag & CONSTRUCTED != 0 && tag & 0x1F != 0x1F => {
            let mut inside = inside;
            let mut parts = Vec::new();
            while !inside.starts_with(&END_OF_CONTENTS) {
                parts.push(element(&mut inside, depth)?);
            }
            *rest = inside.get(END_OF_CONTENTS.len()..)?;
            (tag, parts)
        }
        _ => {
            let mut reader = Reader::new(rest);
            let whole = reader.element()?;
            *rest = rest.get(whole.whole.len()..)?;
            if whole.tag & CONSTRUCTED == 0 {
                return Some(Zeroizing::new(whole.whole.to_vec()));
            }
            let mut inside = whole.value;
            let mut parts = Vec::new();
            while !inside.is_empty() {
                parts.push(element(&mut inside, depth)?);
            }
            (whole.tag, parts)
        }
    };
    if tag == OCTET_STRING | CONSTRUCTED {
        let whole = der::element(tag, &slices(&parts));
        return Some(der::element(OCTET_STRING, &[&joined(Reader::new(&whole).element()?.value)?]));
    }
    Some(der::element(tag, &slices(&parts)))
}

fn slices(parts: &[Secret]) -> Vec<&[u8]> {
    parts.iter().map(|part| part.as_slice()).collect()
}

/// The content of a string in pieces: a series of OCTET STRINGs.
pub(super) fn joined(pieces: &[u8]) -> Option<Secret> {
    let mut pieces = Reader::new(pieces);
    let mut string = Zeroizing::new(Vec::new());
    while !pieces.is_empty() {
        string.extend_from_slice(pieces.expect(OCTET_STRING)?);
    }
    Some(string)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn marks_become_lengths_and_pieces_one_string() {
        let ber = [0x30, 0x80, 0x24, 0x80, 4, 1, 0xAA, 4, 2, 0xBB, 0xCC, 0, 0, 0x30, 3, 2, 1, 5, 0, 0];
        let der = [0x30, 10, 4, 3, 0xAA, 0xBB, 0xCC, 0x30, 3, 2, 1, 5];
        assert_eq!(to_der(&ber).unwrap().as_slice(), der);
        assert_eq!(to_der(&der).unwrap().as_slice(), der);
        for end in 0..ber.len() {
            assert!(to_der(&ber[..end]).is_none(), "{end}");
        }
    }

    #[test]
    fn depth_has_an_end() {
        let deep: Vec<u8> = [0x30, 0x80].repeat(100_000);
        assert!(to_der(&deep).is_none());
    }
}
