//! The colours, one meaning each.
//!
//! Invariant, held by a test: text in any of these colours on any ground it is put on has a contrast of at least 4.5
//! (WCAG 2.2, success criterion 1.4.3, level AA).

use eframe::egui::{Color32, Ui};

/// The colours of one mode. No colour is written down anywhere else.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Palette {
    /// The window's ground, and the ground of text fields.
    pub bg: Color32,
    /// Panels and cards.
    pub surface: Color32,
    /// Buttons and whatever lies on a card.
    pub raised: Color32,
    /// Borders and grid lines.
    pub line: Color32,
    /// Words.
    pub text: Color32,
    /// Secondary words.
    pub muted: Color32,
    /// The host, the loop, and what can be clicked.
    pub host: Color32,
    /// The board, the residence, and what is well.
    pub board: Color32,
    /// The broker and its round trip.
    pub broker: Color32,
    /// What wants attention.
    pub warn: Color32,
    /// What failed or was lost.
    pub bad: Color32,
    /// Words on a ground of [`Palette::host`].
    pub on_host: Color32,
    /// How much of a colour is in its own [`Palette::tint`]: as much as its words on it stay readable.
    tone: f32,
}

/// Light on dark.
pub const DARK: Palette = Palette {
    bg: Color32::from_rgb(0x0F, 0x12, 0x16),
    surface: Color32::from_rgb(0x16, 0x1A, 0x20),
    raised: Color32::from_rgb(0x1E, 0x24, 0x2C),
    line: Color32::from_rgb(0x2A, 0x31, 0x3B),
    text: Color32::from_rgb(0xE6, 0xEA, 0xF0),
    muted: Color32::from_rgb(0x9A, 0xA5, 0xB5),
    host: Color32::from_rgb(0x5B, 0x9D, 0xFF),
    board: Color32::from_rgb(0x3C, 0xCB, 0x9B),
    broker: Color32::from_rgb(0xB9, 0x9A, 0xFF),
    warn: Color32::from_rgb(0xF5, 0xB5, 0x44),
    bad: Color32::from_rgb(0xFF, 0x7A, 0x70),
    on_host: Color32::from_rgb(0x0F, 0x12, 0x16),
    tone: 0.17,
};

/// Dark on light.
pub const LIGHT: Palette = Palette {
    bg: Color32::from_rgb(0xF4, 0xF6, 0xF8),
    surface: Color32::from_rgb(0xFF, 0xFF, 0xFF),
    raised: Color32::from_rgb(0xEE, 0xF1, 0xF5),
    line: Color32::from_rgb(0xD8, 0xDE, 0xE6),
    text: Color32::from_rgb(0x18, 0x21, 0x2C),
    muted: Color32::from_rgb(0x55, 0x61, 0x73),
    host: Color32::from_rgb(0x1B, 0x66, 0xD6),
    board: Color32::from_rgb(0x0B, 0x7F, 0x5A),
    broker: Color32::from_rgb(0x74, 0x46, 0xC9),
    warn: Color32::from_rgb(0x8F, 0x5F, 0x00),
    bad: Color32::from_rgb(0xC2, 0x31, 0x2B),
    on_host: Color32::from_rgb(0xFF, 0xFF, 0xFF),
    tone: 0.07,
};

impl Palette {
    /// The palette of the mode this part of the screen is drawn in.
    #[must_use]
    pub fn of(ui: &Ui) -> &'static Self {
        Self::of_mode(ui.visuals().dark_mode)
    }

    /// The palette of the dark or of the light mode.
    #[must_use]
    pub const fn of_mode(dark: bool) -> &'static Self {
        if dark { &DARK } else { &LIGHT }
    }

    /// A ground in a colour's own tone, opaque: a status pill, a gap in a plot.
    #[must_use]
    pub fn tint(&self, colour: Color32) -> Color32 {
        mix(self.surface, colour, self.tone)
    }

    /// The ground of a selected row.
    #[must_use]
    pub fn selection(&self) -> Color32 {
        mix(self.surface, self.host, 0.2)
    }

    /// The ground of a button under the pointer.
    #[must_use]
    pub fn hover(&self) -> Color32 {
        mix(self.raised, self.text, 0.07)
    }

    /// A border under the pointer.
    #[must_use]
    pub fn line_strong(&self) -> Color32 {
        mix(self.line, self.text, 0.25)
    }
}

/// `share` of `over` painted on `ground`: as the screen would mix them, but opaque.
fn mix(ground: Color32, over: Color32, share: f32) -> Color32 {
    ground.lerp_to_gamma(over, share)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance (WCAG 2.2, definition "relative luminance").
    fn luminance(colour: Color32) -> f64 {
        let channel = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(colour.r()) + 0.7152 * channel(colour.g()) + 0.0722 * channel(colour.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn the_contrast_formula_knows_black_on_white() {
        assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 1e-9);
    }

    #[test]
    fn text_is_readable_on_every_ground_it_is_put_on() {
        for (mode, p) in [("dark", DARK), ("light", LIGHT)] {
            let mut pairs = vec![("on host", p.on_host, p.host)];
            for (name, colour) in [
                ("text", p.text),
                ("muted", p.muted),
                ("host", p.host),
                ("board", p.board),
                ("broker", p.broker),
                ("warn", p.warn),
                ("bad", p.bad),
            ] {
                pairs.push((name, colour, p.bg));
                pairs.push((name, colour, p.surface));
            }
            for colour in [p.text, p.muted] {
                pairs.push(("on raised", colour, p.raised));
            }
            pairs.push(("on hover", p.text, p.hover()));
            pairs.push(("on selection", p.text, p.selection()));
            pairs.push(("muted on selection", p.muted, p.selection()));
            for colour in [p.board, p.warn, p.bad, p.muted] {
                pairs.push(("on its own tint", colour, p.tint(colour)));
            }
            for (name, colour, ground) in pairs {
                let ratio = contrast(colour, ground);
                assert!(ratio >= 4.5, "{mode}: {name}: {colour:?} on {ground:?} is {ratio:.2}");
            }
        }
    }
}
