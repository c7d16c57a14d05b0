//! Inter for words, JetBrains Mono for payloads, times and hex: shipped, so that the window looks alike everywhere.
//!
//! `assets/fonts/README.md` says where the files come from and what was changed in them (tabular figures, no ligatures:
//! a payload is shown as it is). The system's fonts stand behind them, for the scripts that they have no letters of.

use std::sync::{Arc, LazyLock};

use eframe::egui::{Context, FontData, FontDefinitions, FontFamily};

const REGULAR: &[u8] = include_bytes!("../../../../assets/fonts/Inter-Regular.otf");
const MEDIUM: &[u8] = include_bytes!("../../../../assets/fonts/Inter-Medium.otf");
const SEMI_BOLD: &[u8] = include_bytes!("../../../../assets/fonts/Inter-SemiBold.otf");
const MONO: &[u8] = include_bytes!("../../../../assets/fonts/JetBrainsMono-Regular.ttf");

/// Inter Medium: buttons.
pub(super) static MEDIUM_FAMILY: LazyLock<FontFamily> =
    LazyLock::new(|| FontFamily::Name("Inter Medium".into()));
/// Inter SemiBold: figures, titles, names.
pub(super) static STRONG_FAMILY: LazyLock<FontFamily> =
    LazyLock::new(|| FontFamily::Name("Inter SemiBold".into()));

/// Makes the four faces known, and no others.
pub(super) fn install(ctx: &Context) {
    ctx.set_fonts(definitions());
}

fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    for (name, bytes, family) in [
        ("Inter", REGULAR, FontFamily::Proportional),
        ("Inter Medium", MEDIUM, MEDIUM_FAMILY.clone()),
        ("Inter SemiBold", SEMI_BOLD, STRONG_FAMILY.clone()),
        ("JetBrains Mono", MONO, FontFamily::Monospace),
    ] {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
        let faces = fonts.families.entry(family).or_default();
        faces.push(name.to_owned());
        if name != "Inter" {
            faces.push("Inter".to_owned());
        }
    }
    fonts
}

#[cfg(test)]
mod tests {
    use eframe::egui::{FontId, epaint::text::Fonts};

    use super::*;

    fn width(fonts: &mut Fonts, family: &FontFamily, text: char) -> f32 {
        fonts.with_pixels_per_point(1.0).glyph_width(&FontId::new(100.0, family.clone()), text)
    }

    #[test]
    fn the_shipped_faces_are_read_and_their_figures_are_tabular() {
        let mut fonts = Fonts::new(Default::default(), definitions());
        for family in [&FontFamily::Proportional, &*MEDIUM_FAMILY, &*STRONG_FAMILY, &FontFamily::Monospace] {
            let zero = width(&mut fonts, family, '0');
            assert!(zero > 40.0, "{family:?} has no figures");
            for figure in '1'..='9' {
                let other = width(&mut fonts, family, figure);
                assert!((other - zero).abs() < 0.5, "{family:?}: {figure} is {other} wide, 0 is {zero}");
            }
        }
    }

    #[test]
    fn what_the_window_writes_has_a_glyph_without_the_systems_fonts() {
        let mut fonts = Fonts::new(Default::default(), definitions());
        for family in
            [FontFamily::Proportional, MEDIUM_FAMILY.clone(), STRONG_FAMILY.clone(), FontFamily::Monospace]
        {
            // Names are people's own: letters that a face lacks are Inter Regular's.
            assert!(fonts.has_glyphs(&FontId::new(13.0, family), "·–—…’“”→←µ×≤≥•ÄéğŁЖдΩπ"));
        }
    }
}
