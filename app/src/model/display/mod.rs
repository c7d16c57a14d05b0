//! What a payload and a number look like on a screen: pure text, safe to show whatever arrives.
//!
//! - [`line()`], [`text`]: a payload as one line or as a page;
//! - [`hex_rows`]: its bytes; [`json`]: its structure;
//! - [`duration`], [`clock`], [`count`], [`bytes()`], [`rate`]: numbers for people.
//!
//! Nothing here reads more of a payload than it shows: a row of 256 MB is as fast as a row of 60 bytes.

mod json;
mod number;

use std::ops::Range;

pub use json::json;
pub use number::{bytes, clock, count, duration, rate};

/// Bytes in a row of [`hex_rows`].
pub const HEX_ROW: usize = 16;

/// A payload as one line of at most `max_chars` characters; what is cut off is replaced by `…`. Empty stays empty.
///
/// Text is shown as it is, but for what would break the line, hide, or turn the text around: control characters become
/// their pictures (`␊`), invisible and direction-changing ones their names (`‹U+202E›`). What is not UTF-8 (as far as it
/// is shown) becomes hex: `00 ff 1a`.
#[must_use]
pub fn line(payload: &[u8], max_chars: usize) -> String {
    let mut shown = Shown::new(max_chars);
    match text_prefix(payload, max_chars) {
        Some(text) => text.chars().all(|c| shown.push(c)),
        None => payload.iter().enumerate().all(|(index, byte)| shown.push_byte(index, *byte)),
    };
    shown.finish()
}

/// A payload as a page of at most `max_chars` characters: like [`line()`], but lines end and tabs stay where they are.
/// `None` for a payload that is not UTF-8: show its [`hex_rows`].
#[must_use]
pub fn text(payload: &[u8], max_chars: usize) -> Option<String> {
    let mut shown = Shown::new(max_chars);
    let text = text_prefix(payload, max_chars)?;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let line_end = c == '\r' && characters.peek() == Some(&'\n');
        let fits = line_end || if matches!(c, '\n' | '\t') { shown.push_raw(c) } else { shown.push(c) };
        if !fits {
            break;
        }
    }
    Some(shown.finish())
}

/// One row of a hex view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HexRow {
    /// Where its first byte stands.
    pub offset: usize,
    /// `48 65 6c 6c 6f`, with a wider space in the middle.
    pub hex: String,
    /// The bytes as ASCII, others as `·`.
    pub ascii: String,
}

/// How many rows of [`HEX_ROW`] bytes a payload has.
#[must_use]
pub fn hex_row_count(payload: &[u8]) -> usize {
    payload.len().div_ceil(HEX_ROW)
}

/// The rows of a hex view, as far as they exist.
pub fn hex_rows(payload: &[u8], rows: Range<usize>) -> impl Iterator<Item = HexRow> {
    let rows = rows.start..rows.end.min(hex_row_count(payload));
    rows.map(move |row| {
        let offset = row * HEX_ROW;
        let bytes = &payload[offset..payload.len().min(offset + HEX_ROW)];
        let mut hex = String::with_capacity(HEX_ROW * 3 + 1);
        for (index, byte) in bytes.iter().enumerate() {
            let space = match index {
                0 => "",
                8 => "  ",
                _ => " ",
            };
            hex.push_str(space);
            push_hex(&mut hex, *byte);
        }
        let ascii =
            bytes.iter().map(|byte| if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '·' });
        HexRow { offset, hex, ascii: ascii.collect() }
    })
}

/// The first characters of a payload, more than `max_chars` if there are more; `None` if that part is not UTF-8.
fn text_prefix(payload: &[u8], max_chars: usize) -> Option<&str> {
    let prefix = &payload[..payload.len().min(max_chars.saturating_add(1).saturating_mul(4))];
    match std::str::from_utf8(prefix) {
        Ok(text) => Some(text),
        // The end of the prefix may cut a character, the end of the payload may not.
        Err(error) if error.error_len().is_none() && prefix.len() < payload.len() => {
            std::str::from_utf8(&prefix[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    }
}

/// Text that is built up to a limit.
struct Shown {
    text: String,
    /// Characters that still fit.
    room: usize,
    /// Where the last character that may stay begins if `…` must come.
    keep: usize,
    cut: bool,
}

impl Shown {
    fn new(max_chars: usize) -> Self {
        Self { text: String::new(), room: max_chars, keep: 0, cut: false }
    }

    /// Adds a character of a payload, made visible and harmless. Returns whether it fitted.
    fn push(&mut self, c: char) -> bool {
        match c {
            '\0'..='\u{1F}' => self.push_raw(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{FFFD}')),
            '\u{7F}' => self.push_raw('␡'),
            _ if is_hidden(c) => self.push_name(c),
            _ => self.push_raw(c),
        }
    }

    fn push_name(&mut self, c: char) -> bool {
        let name = format!("‹U+{:04X}›", u32::from(c));
        self.push_whole(&name)
    }

    fn push_byte(&mut self, index: usize, byte: u8) -> bool {
        let mut text = String::with_capacity(3);
        if index > 0 {
            text.push(' ');
        }
        push_hex(&mut text, byte);
        self.push_whole(&text)
    }

    fn push_raw(&mut self, c: char) -> bool {
        self.push_whole(c.encode_utf8(&mut [0; 4]))
    }

    /// Adds all of it or nothing.
    fn push_whole(&mut self, text: &str) -> bool {
        let length = text.chars().count();
        if length > self.room {
            self.cut = true;
            return false;
        }
        self.room -= length;
        if self.room > 0 {
            self.keep = self.text.len() + text.len();
        }
        self.text.push_str(text);
        true
    }

    fn finish(mut self) -> String {
        if self.cut {
            self.text.truncate(self.keep);
            self.text.push('…');
        }
        self.text
    }
}

/// Characters that can't be seen and change what is seen: C1 controls, direction marks and overrides (the "Trojan Source"
/// ones), separators, blanks without width, and tags. The joiners that scripts and emoji need are not among them.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{9F}' | '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}'
        | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E007F}')
}

fn push_hex(text: &mut String, byte: u8) {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    text.push(char::from(DIGITS[usize::from(byte >> 4)]));
    text.push(char::from(DIGITS[usize::from(byte & 15)]));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ordinary_text_of_any_script_stays_as_it_is() {
        for text in ["Hello from the board", "héllo wörld", "你好，世界", "שלום עולם", "👩‍👩‍👧 🇨🇭", ""]
        {
            assert_eq!(line(text.as_bytes(), 80), text);
            assert_eq!(super::text(text.as_bytes(), 80).as_deref(), Some(text));
        }
    }

    #[test]
    fn control_and_direction_characters_are_made_visible() {
        assert_eq!(line(b"a\nb\tc\0\x1b[31m\x7f", 80), "a␊b␉c␀␛[31m␡");
        assert_eq!(line("pay \u{202E}001\u{202C} now".as_bytes(), 80), "pay ‹U+202E›001‹U+202C› now");
        assert_eq!(line("\u{FEFF}x\u{85}\u{200B}".as_bytes(), 80), "‹U+FEFF›x‹U+0085›‹U+200B›");
    }

    #[test]
    fn a_page_keeps_its_lines() {
        assert_eq!(text(b"a\r\nb\n\tc\rd", 80).as_deref(), Some("a\nb\n\tc␍d"));
        assert_eq!(text(b"\xff", 80), None);
    }

    #[test]
    fn what_does_not_fit_is_cut_with_a_sign() {
        assert_eq!(line(b"abcdef", 6), "abcdef");
        assert_eq!(line(b"abcdefg", 6), "abcde…");
        assert_eq!(line("äöüßéè".as_bytes(), 3), "äö…");
        assert_eq!(line("ab\u{202E}".as_bytes(), 6), "ab…");
        assert_eq!(line(&[0xff; 5], 8), "ff ff…");
        assert_eq!(line(b"abc", 1), "…");
    }

    #[test]
    fn binary_is_shown_as_hex() {
        assert_eq!(line(&[0xff, 0x00, 0x1a], 80), "ff 00 1a");
        // A character cut by the payload's end is no text; one cut by the end of what is looked at is.
        assert_eq!(line(&"é".as_bytes()[..1], 80), "c3");
        assert_eq!(line("€".repeat(1000).as_bytes(), 2), "€…");
    }

    #[test]
    fn hex_rows_show_offset_bytes_and_ascii() {
        let payload: Vec<u8> = (0x38..0x4a).chain([0x00]).collect();
        let rows: Vec<_> = hex_rows(&payload, 0..9).collect();
        assert_eq!(rows.len(), hex_row_count(&payload));
        assert_eq!(rows[0].hex, "38 39 3a 3b 3c 3d 3e 3f  40 41 42 43 44 45 46 47");
        assert_eq!(rows[0].ascii, "89:;<=>?@ABCDEFG");
        assert_eq!(rows[1], HexRow { offset: 16, hex: "48 49 00".to_owned(), ascii: "HI·".to_owned() });
        assert_eq!(hex_rows(&payload, 5..9).count(), 0);
        assert_eq!(hex_rows(b"", 0..1).count(), 0);
    }

    proptest! {
        #[test]
        fn a_line_is_one_line_within_its_limit(payload: Vec<u8>, text: String, limit in 1..40_usize) {
            for payload in [&payload, text.as_bytes()] {
                let line = line(payload, limit);
                prop_assert!(line.chars().count() <= limit, "{line:?}");
                prop_assert!(!line.chars().any(|c| c.is_control() || is_hidden(c)), "{line:?}");
            }
        }
    }
}
