//! How the window looks: the only place for colours, type, spacing and the style of egui's own widgets.
//!
//! [`install`] once per context; after that a view takes its colours from [`Palette::of`], its type from [`Type`], its
//! distances from [`space`] and its shapes from [`radius`].

mod fonts;
mod palette;
mod style;

use eframe::egui::{Color32, Context, FontFamily, FontId, RichText, TextStyle};

pub use self::palette::{DARK, LIGHT, Palette};

/// Distances in points.
pub mod space {
    /// Between things that belong together.
    pub const XS: f32 = 4.0;
    /// Between neighbours.
    pub const S: f32 = 8.0;
    /// Between groups.
    pub const M: f32 = 12.0;
    /// Between cards, and inside them.
    pub const L: f32 = 16.0;
    /// Between parts of the window.
    pub const XL: f32 = 24.0;
}

/// Corner radii in points.
pub mod radius {
    /// Cards, dialogs.
    pub const CARD: u8 = 10;
    /// Fields, buttons.
    pub const FIELD: u8 = 6;
}

/// Height of a button or a field in points.
pub const CONTROL: f32 = 32.0;

/// The type scale. Sizes in points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// 11, semi-bold, for capitals: the name of a group.
    Label,
    /// 12: what explains.
    Secondary,
    /// 12, semi-bold: a number in what explains.
    SecondaryStrong,
    /// 13: words.
    Body,
    /// 13, medium: what stands on a button.
    Button,
    /// 13, semi-bold: names and numbers in running words.
    Strong,
    /// 16, semi-bold: a choice, the app's name.
    Choice,
    /// 22, semi-bold: a figure.
    Figure,
    /// 26, semi-bold: a headline.
    Title,
    /// 12, monospaced: payloads, times, hex, file names.
    Mono,
}

impl Type {
    /// The font to draw it with.
    #[must_use]
    pub fn font(self) -> FontId {
        let strong = || fonts::STRONG_FAMILY.clone();
        match self {
            Self::Label => FontId::new(11.0, strong()),
            Self::Secondary => FontId::new(12.0, FontFamily::Proportional),
            Self::SecondaryStrong => FontId::new(12.0, strong()),
            Self::Body => FontId::new(13.0, FontFamily::Proportional),
            Self::Button => FontId::new(13.0, fonts::MEDIUM_FAMILY.clone()),
            Self::Strong => FontId::new(13.0, strong()),
            Self::Choice => FontId::new(16.0, strong()),
            Self::Figure => FontId::new(22.0, strong()),
            Self::Title => FontId::new(26.0, strong()),
            Self::Mono => FontId::new(12.0, FontFamily::Monospace),
        }
    }

    /// The distance between two lines in points, where it is not the font's own.
    #[must_use]
    pub fn line_height(self) -> Option<f32> {
        match self {
            Self::Secondary | Self::SecondaryStrong => Some(17.0),
            Self::Body | Self::Strong => Some(19.0),
            _ => None,
        }
    }

    /// Words in this type and colour.
    #[must_use]
    pub fn text(self, words: impl Into<String>, colour: Color32) -> RichText {
        RichText::new(words).font(self.font()).color(colour).line_height(self.line_height())
    }
}

/// What egui's own widgets write with.
fn text_styles() -> [(TextStyle, FontId); 5] {
    [
        (TextStyle::Small, Type::Secondary.font()),
        (TextStyle::Body, Type::Body.font()),
        (TextStyle::Button, Type::Button.font()),
        (TextStyle::Heading, Type::Title.font()),
        (TextStyle::Monospace, Type::Mono.font()),
    ]
}

/// Gives the context our fonts and our style, for the dark and the light mode.
pub fn install(ctx: &Context) {
    fonts::install(ctx);
    style::install(ctx);
}
