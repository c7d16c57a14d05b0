//! The order in which the parts of a line stand on the screen, where Hebrew or Arabic is among them.
//!
//! egui shapes a run of such letters from right to left but puts runs one after the other from left to right, and takes
//! the direction of a run of mixed letters from its first. This is the part of the Unicode Bidirectional Algorithm
//! (UAX #9) that a line of text needs: in a left-to-right line, each stretch from one right-to-left letter to the next
//! reads from right to left, what lies between included; numbers and other words keep their own direction.

use std::ops::Range;

/// The parts of `line` in the order they stand from left to right, each to be shaped for itself.
pub(super) fn visual_order(line: &str) -> Vec<Range<usize>> {
    let mut order = Vec::new();
    let mut done = 0;
    while let Some(stretch) = next_stretch(line, done) {
        if done < stretch.start {
            order.push(done..stretch.start);
        }
        let mut words = words(&line[stretch.clone()], stretch.start);
        words.reverse();
        order.append(&mut words);
        done = stretch.end;
    }
    if done < line.len() {
        order.push(done..line.len());
    }
    order
}

/// From a right-to-left letter to the last one before a left-to-right letter.
fn next_stretch(line: &str, from: usize) -> Option<Range<usize>> {
    let mut stretch: Option<Range<usize>> = None;
    for (index, c) in line[from..].char_indices() {
        let end = from + index + c.len_utf8();
        match &mut stretch {
            None if is_right_to_left(c) => stretch = Some(from + index..end),
            Some(stretch) if is_right_to_left(c) => stretch.end = end,
            Some(_) if c.is_alphabetic() => break,
            _ => {}
        }
    }
    stretch
}

/// Runs of right-to-left letters and what lies between them, each for itself.
fn words(stretch: &str, offset: usize) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut last = None;
    for (index, c) in stretch.char_indices() {
        // Vowel points and the like belong to the letter before.
        let kind = is_right_to_left(c);
        let end = offset + index + c.len_utf8();
        match words.last_mut() {
            Some(word) if last == Some(kind) => word.end = end,
            _ => words.push(offset + index..end),
        }
        last = Some(kind);
    }
    words
}

/// Hebrew, Arabic, Syriac, Thaana, NKo and their relatives, with their marks and presentation forms.
fn is_right_to_left(c: char) -> bool {
    matches!(c,
        '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}'
        | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
        && !matches!(c, '\u{660}'..='\u{669}' | '\u{6F0}'..='\u{6F9}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> Vec<&str> {
        visual_order(line).into_iter().map(|part| &line[part]).collect()
    }

    #[test]
    fn other_text_is_one_part() {
        assert_eq!(shown("hello, 你好 42"), ["hello, 你好 42"]);
        assert_eq!(shown(""), [""; 0]);
    }

    #[test]
    fn the_first_word_of_a_right_to_left_stretch_stands_at_its_right() {
        assert_eq!(shown("say שלום עולם, ok"), ["say ", "עולם", " ", "שלום", ", ok"]);
    }

    #[test]
    fn numbers_inside_a_stretch_keep_their_digits() {
        assert_eq!(shown("שלום 42 עולם"), ["עולם", " 42 ", "שלום"]);
    }

    #[test]
    fn each_stretch_is_turned_for_itself() {
        assert_eq!(shown("א ב c ד"), ["ב", " ", "א", " c ", "ד"]);
    }

    #[test]
    fn nothing_is_lost() {
        for line in ["a שלום b עולם c", "مرحبا بالعالم 123 hello", "🎉 שָׁלוֹם 🎉"]
        {
            let mut parts = visual_order(line);
            parts.sort_by_key(|part| part.start);
            let joined: String = parts.into_iter().map(|part| &line[part]).collect();
            assert_eq!(joined, line);
        }
    }
}
