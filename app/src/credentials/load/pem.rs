//! Text around certificates and keys (RFC 7468, read leniently: what people have went through mail, chat and editors).

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use zeroize::Zeroizing;

use super::{super::facts::printable, Damage, Secret};

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// At most this many blocks of one file are read. The largest public bundle has under 200.
const BLOCKS_LIMIT: usize = 4_096;

/// The file as text: UTF-8 with or without a byte order mark, UTF-16 as Windows writes it, Latin-1 around the blocks.
/// `None` for what is binary.
pub(super) fn text(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let sixteen = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        Some(Zeroizing::new(char::decode_utf16(units).map(|c| c.unwrap_or('\u{FFFD}')).collect::<String>()))
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => return sixteen(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => return sixteen(rest, u16::from_be_bytes),
        [one, 0, two, 0, ..] if is_text(*one) && is_text(*two) => return sixteen(bytes, u16::from_le_bytes),
        [0, one, 0, two, ..] if is_text(*one) && is_text(*two) => return sixteen(bytes, u16::from_be_bytes),
        _ => {}
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Some(Zeroizing::new(text.to_owned())),
        // Comments in another encoding don't make the blocks unreadable; a DER file has no BEGIN line.
        _ if contains(bytes, b"-----BEGIN ") => Some(Zeroizing::new(
            bytes.iter().map(|&byte| if byte.is_ascii() { char::from(byte) } else { '?' }).collect(),
        )),
        _ => None,
    }
}

fn is_text(byte: u8) -> bool {
    byte.is_ascii_graphic() || byte.is_ascii_whitespace()
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

/// What stands between a BEGIN line and its END line.
pub(super) struct Block<'a> {
    /// "CERTIFICATE", "RSA PRIVATE KEY".
    pub(super) label: &'a str,
    body: &'a str,
    complete: bool,
}

impl Block<'_> {
    /// Whether it has the encryption headers of RFC 1421.
    pub(super) fn old_encryption(&self) -> bool {
        self.body.contains("Proc-Type:") && self.body.contains("ENCRYPTED")
    }

    /// The cipher in its DEK-Info header: `DEK-Info: AES-256-CBC,A1B2…`.
    pub(super) fn old_cipher(&self) -> String {
        let header =
            self.body.split_once("DEK-Info:").and_then(|(_, rest)| rest.split([',', '\r', '\n']).next());
        printable(header.unwrap_or("unknown cipher").trim())
    }

    pub(super) fn bytes(&self) -> Result<Secret, Damage> {
        if !self.complete {
            return Err(Damage::Cut);
        }
        // Headers have a colon, base64 never has.
        let lines = self.body.lines().filter(|line| !line.contains(':'));
        let mut digits = Zeroizing::new(String::with_capacity(self.body.len()));
        for line in lines {
            // Copied out of JSON or an environment variable, the line ends are two characters.
            for piece in line.split("\\n") {
                digits.extend(
                    piece.trim_end_matches("\\r").chars().filter(|c| !c.is_whitespace() && *c != '\u{FEFF}'),
                );
            }
        }
        decode(&digits).ok_or(Damage::NotBase64)
    }
}

fn decode(digits: &str) -> Option<Secret> {
    LENIENT.decode(digits).ok().filter(|bytes| !bytes.is_empty()).map(Zeroizing::new)
}

/// The blocks of a text, in its order.
pub(super) fn blocks(text: &str) -> impl Iterator<Item = Block<'_>> {
    let mut rest = text;
    let next = move || {
        let (_, after) = rest.split_once("-----BEGIN ")?;
        let (label, after) = after.split_once("-----")?;
        let end = format!("-----END {label}-----");
        // A block without its END line ends where the next one begins.
        let limit = after.find("-----BEGIN ").unwrap_or(after.len());
        let (inside, _) = after.split_at(limit);
        let complete = inside.find(&end);
        let (body, _) = inside.split_at(complete.unwrap_or(inside.len()));
        rest = after.get(body.len()..).unwrap_or_default();
        Some(Block { label: label.trim(), body, complete: complete.is_some() })
    };
    std::iter::from_fn(next).take(BLOCKS_LIMIT)
}

/// Base64 of DER without BEGIN and END lines, as it is copied out of web pages.
pub(super) fn bare(text: &str) -> Option<Secret> {
    let digits: Zeroizing<String> = Zeroizing::new(text.chars().filter(|c| !c.is_whitespace()).collect());
    if digits.starts_with("MI") && digits.len() >= 64 { decode(&digits) } else { None }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn only(text: &str) -> (String, Result<Vec<u8>, Damage>) {
        let blocks: Vec<_> = blocks(text).collect();
        assert_eq!(blocks.len(), 1);
        (blocks[0].label.to_owned(), blocks[0].bytes().map(|bytes| bytes.to_vec()))
    }

    #[test]
    fn line_ends_of_every_kind() {
        for end in ["\n", "\r\n", "\r", " ", "\\n", "\n\n", "\u{FEFF}\n"] {
            let text = format!("junk{end}-----BEGIN X-----{end}AQ{end}ID{end}-----END X-----{end}junk");
            assert_eq!(only(&text), ("X".to_owned(), Ok(vec![1, 2, 3])), "{end:?}");
        }
    }

    #[test]
    fn damage_is_told_apart() {
        assert_eq!(only("-----BEGIN X-----\nAQID\n").1, Err(Damage::Cut));
        assert_eq!(only("-----BEGIN X-----\nAQ*D\n-----END X-----").1, Err(Damage::NotBase64));
        assert_eq!(only("-----BEGIN X-----\n-----END X-----").1, Err(Damage::NotBase64));
        let cut = "-----BEGIN X-----\nAQID\n-----BEGIN Y-----\nAQID\n-----END Y-----\n";
        let read: Vec<_> = blocks(cut).map(|block| block.bytes().is_ok()).collect();
        assert_eq!(read, [false, true]);
    }

    #[test]
    fn encodings_of_text() {
        let plain = "-----BEGIN X-----\nAQID\n-----END X-----\n";
        let wide = |unit: fn(u16) -> [u8; 2]| plain.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        let files = [
            plain.as_bytes().to_vec(),
            [b"\xEF\xBB\xBF", plain.as_bytes()].concat(),
            [&[0xFF, 0xFE], &wide(u16::to_le_bytes)[..]].concat(),
            [&[0xFE, 0xFF], &wide(u16::to_be_bytes)[..]].concat(),
            wide(u16::to_le_bytes),
            wide(u16::to_be_bytes),
            [b"K\xFCche\n", plain.as_bytes()].concat(),
        ];
        for file in files {
            assert_eq!(only(&text(&file).unwrap()).1, Ok(vec![1, 2, 3]));
        }
        assert!(text(&[0x30, 0x82, 0x01, 0x00]).is_none());
    }
}
