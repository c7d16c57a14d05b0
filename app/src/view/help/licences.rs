//! The licences of everything that this app is made of: a list to search, and the text of the chosen one.
//!
//! `assets/licences.txt` holds them; `.ci/licences` makes it out of the crates themselves, and `tests/licences.rs`
//! compares it with `Cargo.lock`. It is a list of texts, each after the parts that stand under it:
//!
//! ```text
//! @@ MIT
//! @ bytes 1.10.1
//!
//! Permission is hereby granted, …
//! ```

use std::sync::LazyLock;

use eframe::egui::{Align, Align2, Key, Label, Layout, Rect, ScrollArea, TextEdit, Ui, UiBuilder, vec2};
use miniz_oxide::inflate::decompress_to_vec_zlib;

use super::{
    super::{
        icon::Icon,
        parts,
        theme::{CONTROL, Palette, Type, space},
    },
    scroll_by_keys,
};

/// Packed by `build.rs`.
const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/licences.z"));
const OURS: &str = include_str!("../../../../LICENSE");
const INTER: &str = include_str!("../../../../assets/fonts/OFL-Inter.txt");
const JETBRAINS_MONO: &str = include_str!("../../../../assets/fonts/OFL-JetBrainsMono.txt");

static TEXT: LazyLock<String> = LazyLock::new(|| {
    String::from_utf8(decompress_to_vec_zlib(PACKED).unwrap_or_default()).unwrap_or_default()
});

/// Read once, when somebody looks.
static PARTS: LazyLock<Vec<Part>> = LazyLock::new(|| {
    let part = |name, licence, text: &'static str| Part { name, licence, lines: text.lines().collect() };
    let mut parts = read(&TEXT);
    parts.extend([
        part(concat!("Echo Monitor ", env!("CARGO_PKG_VERSION")), env!("CARGO_PKG_LICENSE"), OURS),
        part("Inter, font", "OFL-1.1", INTER),
        part("JetBrains Mono, font", "OFL-1.1", JETBRAINS_MONO),
    ]);
    parts.sort_by_cached_key(|part| part.name.to_lowercase());
    parts
});

/// A crate or a font.
struct Part {
    /// With its version.
    name: &'static str,
    /// By its SPDX identifier.
    licence: &'static str,
    lines: Vec<&'static str>,
}

/// What is searched for, and which text is open.
#[derive(Debug, Default)]
pub(super) struct Memory {
    search: String,
    open: Option<usize>,
}

impl Memory {
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }
}

fn read(text: &'static str) -> Vec<Part> {
    let mut parts = Vec::new();
    for block in text.split("@@ ").skip(1) {
        let (licence, rest) = block.split_once('\n').unwrap_or((block, ""));
        let names: Vec<_> = rest.lines().map_while(|line| line.strip_prefix("@ ")).collect();
        let lines: Vec<_> = rest.trim_end().lines().skip(names.len() + 1).collect();
        parts.extend(names.into_iter().map(|name| Part { name, licence, lines: lines.clone() }));
    }
    parts
}

/// The parts by name, as many as there is room for, and a field to search them.
pub(super) fn show_list(ui: &mut Ui, memory: &mut Memory) {
    let p = Palette::of(ui);
    let wanted = memory.search.trim().to_lowercase();
    let found: Vec<_> = PARTS
        .iter()
        .enumerate()
        .filter(|(_, part)| {
            part.name.to_lowercase().contains(&wanted) || part.licence.to_lowercase().contains(&wanted)
        })
        .collect();
    ui.horizontal(|ui| {
        let words = format!("Made of {} crates and fonts", PARTS.len());
        let label = parts::label_caps(ui, &words);
        let edit = TextEdit::singleline(&mut memory.search).hint_text("Search the licences");
        let width = 220.0;
        ui.add_space((ui.available_width() - width).max(0.0));
        ui.add(edit.align(Align2::LEFT_CENTER).min_size(vec2(width, CONTROL - 4.0)).desired_width(width))
            .labelled_by(label.id);
    });
    if found.is_empty() {
        parts::secondary(ui, "Nothing of that name or licence.");
        return;
    }
    const ROW: f32 = 22.0;
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical().id_salt("parts").auto_shrink(false).show_rows(
        ui,
        ROW,
        found.len(),
        |ui, range| {
            scroll_by_keys(ui);
            for (index, part) in &found[range] {
                let row = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), ROW));
                ui.advance_cursor_after_rect(row);
                let inside = UiBuilder::new().max_rect(row).id_salt(index);
                let mut ui = ui.new_child(inside.layout(Layout::left_to_right(Align::Center)));
                let link = parts::link_button(&mut ui, part.name);
                if link.has_focus() {
                    link.scroll_to_me(None);
                }
                if link.clicked() {
                    memory.open = Some(*index);
                }
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.add_space(space::L);
                    ui.label(Type::Secondary.text(part.licence, p.muted));
                });
            }
        },
    );
}

/// The text of the chosen one.
pub(super) fn show_text(ui: &mut Ui, memory: &mut Memory) {
    let p = Palette::of(ui);
    let Some(part) = memory.open.and_then(|index| PARTS.get(index)) else {
        memory.open = None;
        return;
    };
    ui.horizontal(|ui| {
        let back = parts::icon_and_words(ui, Icon::Left, "All licences");
        // Escape would close the whole dialog.
        if back.clicked() || ui.input(|input| input.key_pressed(Key::Backspace)) {
            memory.open = None;
        }
        ui.label(Type::Strong.text(part.name, p.text));
        parts::secondary(ui, part.licence);
    });
    const LINE: f32 = 16.0;
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.spacing_mut().interact_size.y = 0.0;
    ScrollArea::both().id_salt(("text", memory.open)).auto_shrink(false).show_rows(
        ui,
        LINE,
        part.lines.len(),
        |ui, range| {
            scroll_by_keys(ui);
            for line in &part.lines[range] {
                ui.add(Label::new(Type::Mono.text(*line, p.muted).line_height(Some(LINE))).extend());
            }
        },
    );
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]

    use super::*;

    #[test]
    fn each_part_has_its_text() {
        let parts =
            read("# head\n@@ MIT\n@ a 1.0.0\n@ b 2.0.0\n\nfirst\n\nlast\n\n@@ ISC\n@ c 3.0.0\n\nother\n");
        let told: Vec<_> = parts.iter().map(|part| (part.name, part.licence, part.lines.join("|"))).collect();
        assert_eq!(
            told,
            [
                ("a 1.0.0", "MIT", "first||last".to_owned()),
                ("b 2.0.0", "MIT", "first||last".to_owned()),
                ("c 3.0.0", "ISC", "other".to_owned()),
            ]
        );
    }

    #[test]
    fn what_is_shipped_is_told_with_a_text() {
        for name in ["egui ", "rustls ", "ring ", "Inter", "JetBrains Mono"] {
            let Some(part) = PARTS.iter().find(|part| part.name.starts_with(name)) else { panic!("{name}") };
            assert!(
                part.lines.iter().filter(|line| !line.is_empty()).count() > 5,
                "{name}: {:?}",
                part.lines
            );
        }
    }
}
