//! JSON, laid out. Only white space is changed: the order of keys, doubled keys and long numbers stay as they came.

use serde::de::IgnoredAny;

use super::Shown;

/// A longer payload is not laid out.
const LONGEST: usize = 1 << 20;
/// Deep nesting multiplies the text: beyond this many characters it is not laid out.
const LARGEST_PAGE: usize = 4 << 20;

/// A JSON object or array, laid out with two spaces a level; `None` for anything else, and for more than a megabyte.
#[must_use]
pub fn json(payload: &[u8]) -> Option<String> {
    let structured = matches!(payload.trim_ascii_start().first(), Some(b'{' | b'['));
    if !structured || payload.len() > LONGEST || serde_json::from_slice::<IgnoredAny>(payload).is_err() {
        return None;
    }
    lay_out(std::str::from_utf8(payload).ok()?)
}

/// `text` is valid JSON: only strings can hold brackets, commas, colons and spaces that are not syntax.
fn lay_out(text: &str) -> Option<String> {
    let mut page = Shown::new(LARGEST_PAGE);
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if in_string {
            page.push(c);
            in_string = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            ' ' | '\t' | '\n' | '\r' => {}
            '{' | '[' => {
                page.push(c);
                while characters.next_if(char::is_ascii_whitespace).is_some() {}
                match characters.next_if(|c| matches!(c, '}' | ']')) {
                    Some(end) => {
                        page.push(end);
                    }
                    None => {
                        depth += 1;
                        new_line(&mut page, depth);
                    }
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut page, depth);
                page.push(c);
            }
            ',' => {
                page.push(c);
                new_line(&mut page, depth);
            }
            ':' => {
                page.push_whole(": ");
            }
            _ => {
                in_string = c == '"';
                page.push(c);
            }
        }
        if page.cut {
            return None;
        }
    }
    (!page.cut).then(|| page.finish())
}

fn new_line(page: &mut Shown, depth: usize) {
    page.push_raw('\n');
    page.push_whole(&"  ".repeat(depth));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_laid_out_and_nothing_else_changes() {
        let payload = br#" {"b":1,"a":[],"n":123456789012345678901234567890, "a":{ "x" : [1, {"q":"}, [\"\\"}]}, "e": { } }"#;
        let expected = r#"{
  "b": 1,
  "a": [],
  "n": 123456789012345678901234567890,
  "a": {
    "x": [
      1,
      {
        "q": "}, [\"\\"
      }
    ]
  },
  "e": {}
}"#;
        assert_eq!(json(payload).as_deref(), Some(expected));
    }

    #[test]
    fn what_is_no_structure_is_left_alone() {
        for payload in [&b"42"[..], b"\"text\"", b"{", b"[1,]", b"", b"[\"\xff\"]", b"Hello"] {
            assert_eq!(json(payload), None);
        }
    }

    #[test]
    fn strings_are_made_harmless() {
        assert_eq!(json("[\"\u{202E}\"]".as_bytes()).as_deref(), Some("[\n  \"‹U+202E›\"\n]"));
    }

    #[test]
    fn a_page_stays_small() {
        let deep = format!("{}{}0{}", "[".repeat(120), "0,".repeat(100_000), "]".repeat(120));
        assert_eq!(json(deep.as_bytes()), None);
    }
}
