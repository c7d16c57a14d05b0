//! A payload as text, hex or JSON: as much of it as can be shown, and how much that is.

use eframe::egui::{Frame, Label, Margin, ScrollArea, Stroke, Ui};

use super::Form;
use crate::{
    model::display,
    view::{
        quantity,
        theme::{Palette, Type, radius},
    },
};

/// Bytes that are shown.
const SHOWN: usize = 64_000;
/// Bytes that go to the clipboard.
const COPIED: usize = 4 << 20;
/// Left and right of the page, in points.
const MARGIN: f32 = 10.0;
/// A longer payload is not laid out as JSON.
const JSON_MOST: usize = 1 << 20;

/// The page that was laid out last.
#[derive(Debug, Default)]
pub(super) struct Page {
    key: Option<(u64, Form, usize)>,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// To be read and selected.
    Words(String),
    /// In place of a page: why there is none.
    Instead(String),
}

impl Default for Content {
    fn default() -> Self {
        Self::Instead(String::new())
    }
}

/// Draws the payload of entry `number`, at most so many points high.
pub(super) fn show(ui: &mut Ui, number: u64, payload: &[u8], form: Form, height: f32, page: &mut Page) {
    let row = bytes_per_row(ui);
    let key = (number, form, row);
    if page.key != Some(key) {
        *page = Page { key: Some(key), content: lay_out(payload, form, row) };
    }
    let p = Palette::of(ui);
    let frame = Frame::NONE
        .fill(p.bg)
        .stroke(Stroke::new(1.0, p.line))
        .corner_radius(radius::FIELD)
        .inner_margin(Margin::symmetric(MARGIN as i8, 8));
    frame.show(ui, |ui| {
        ui.take_available_width();
        match &page.content {
            Content::Words(words) => {
                ScrollArea::vertical().id_salt(key).max_height(height).auto_shrink([false, true]).show(
                    ui,
                    |ui| {
                        ui.add(Label::new(Type::Mono.text(words, p.text)).wrap());
                    },
                );
            }
            Content::Instead(words) => {
                ui.label(Type::Secondary.text(words, p.muted));
            }
        }
    });
    if payload.len() > SHOWN && matches!(page.content, Content::Words(_)) {
        let (shown, all) = (quantity::bytes(SHOWN as u64), quantity::bytes(payload.len() as u64));
        ui.label(Type::Secondary.text(format!("The first {shown} of {all}"), p.muted));
    }
}

/// As many bytes in a row of hex as there is room for: 4, 8 or 16.
fn bytes_per_row(ui: &Ui) -> usize {
    let character = ui.fonts_mut(|fonts| fonts.glyph_width(&Type::Mono.font(), '0'));
    let room = ((ui.available_width() - 2.0 * MARGIN) / character) as usize;
    [16, 8].into_iter().find(|bytes| hex_columns(*bytes) <= room).unwrap_or(4)
}

/// Characters in a row of hex: offset, bytes, ASCII.
fn hex_columns(bytes: usize) -> usize {
    4 + 2 + hex_width(bytes) + 2 + bytes
}

/// Characters that so many bytes take, with the wider space in the middle of sixteen.
fn hex_width(bytes: usize) -> usize {
    bytes * 3 - 1 + usize::from(bytes > 8)
}

fn lay_out(payload: &[u8], form: Form, row: usize) -> Content {
    let shown = &payload[..payload.len().min(SHOWN)];
    if payload.is_empty() {
        return Content::Instead("The message is empty.".to_owned());
    }
    match form {
        Form::Text => match display::text(shown, SHOWN) {
            Some(text) => Content::Words(text),
            None => Content::Instead("These bytes are not text (not UTF-8). See them as hex.".to_owned()),
        },
        Form::Hex => Content::Words(hex(shown, row)),
        Form::Json if payload.len() > JSON_MOST => Content::Instead(format!(
            "Too large to lay out as JSON: {}.",
            quantity::bytes(payload.len() as u64)
        )),
        Form::Json => match display::json(payload) {
            Some(mut json) => {
                json.truncate(json.floor_char_boundary(SHOWN));
                Content::Words(json)
            }
            None => Content::Instead("This is not a JSON object or array.".to_owned()),
        },
    }
}

/// Offset, bytes and ASCII, `row` bytes a line.
fn hex(payload: &[u8], row: usize) -> String {
    let mut page = String::with_capacity(payload.len() * 5);
    let width = hex_width(row);
    for (index, chunk) in payload.chunks(row).enumerate() {
        for line in display::hex_rows(chunk, 0..1) {
            page += &format!("{:04x}  {:width$}  {}\n", index * row, line.hex, line.ascii);
        }
    }
    page.pop();
    page
}

/// The payload as it goes to the clipboard.
pub(super) fn for_clipboard(payload: &[u8], form: Form) -> String {
    let copied = &payload[..payload.len().min(COPIED)];
    match form {
        Form::Text => String::from_utf8_lossy(copied).into_owned(),
        Form::Hex => hex(copied, display::HEX_ROW),
        Form::Json => display::json(payload).unwrap_or_else(|| String::from_utf8_lossy(copied).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_has_offset_bytes_and_ascii() {
        assert_eq!(hex(b"Hello\0", 4), "0000  48 65 6c 6c  Hell\n0004  6f 00        o·");
    }

    #[test]
    fn the_clipboard_gets_the_text_itself_and_not_its_picture() {
        assert_eq!(for_clipboard(b"a\tb\n", Form::Text), "a\tb\n");
    }
}
