//! Icons and state signs, drawn with lines: crisp at every scale, and no font has to have them.

use eframe::egui::{
    Atom, AtomExt as _, Color32, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, WidgetInfo,
    pos2, vec2,
};

use super::theme::Palette;

/// Side of an icon's box in points.
const SIZE: f32 = 16.0;

/// A picture on a button. Drawn in a box of 16 by 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Add.
    Plus,
    /// More actions.
    Dots,
    /// Light and dark.
    Contrast,
    /// Help.
    Question,
    /// Dismiss.
    Cross,
    /// The side panel.
    Menu,
    /// Opens downwards.
    Down,
    /// Folded.
    Right,
    /// Back.
    Left,
    /// Play.
    Play,
    /// A chain: two ends joined.
    Link,
    /// To the end, and stay there.
    ToEnd,
    /// Search.
    Search,
    /// A second sheet.
    Copy,
}

impl Icon {
    /// As a part of a button, in the colour of the button's text.
    #[must_use]
    pub fn atom(self) -> Atom<'static> {
        Atom::paint(vec2(SIZE, SIZE), move |ui, args| {
            self.paint(ui.painter(), args.rect, args.fallback_text_color);
        })
        .atom_size(vec2(SIZE, SIZE))
    }

    /// Draws it into `rect`, as large as fits.
    pub fn paint(self, painter: &Painter, rect: Rect, colour: Color32) {
        let pen = Pen::new(painter, rect, colour);
        match self {
            Self::Plus => {
                pen.line(&[(8.0, 3.0), (8.0, 13.0)]);
                pen.line(&[(3.0, 8.0), (13.0, 8.0)]);
            }
            Self::Dots => [3.0, 8.0, 13.0].into_iter().for_each(|x| pen.dot((x, 8.0), 1.3)),
            Self::Contrast => pen.half_moon(),
            Self::Question => pen.question(),
            Self::Cross => {
                pen.line(&[(4.0, 4.0), (12.0, 12.0)]);
                pen.line(&[(12.0, 4.0), (4.0, 12.0)]);
            }
            Self::Menu => [4.0, 8.0, 12.0].into_iter().for_each(|y| pen.line(&[(2.5, y), (13.5, y)])),
            Self::Down => pen.line(&[(4.5, 6.5), (8.0, 10.0), (11.5, 6.5)]),
            Self::Right => pen.line(&[(6.5, 4.5), (10.0, 8.0), (6.5, 11.5)]),
            Self::Left => pen.line(&[(9.5, 4.5), (6.0, 8.0), (9.5, 11.5)]),
            Self::Play => pen.fill(&[(3.5, 2.0), (14.0, 8.0), (3.5, 14.0)]),
            Self::Link => pen.chain(),
            Self::ToEnd => {
                pen.line(&[(8.0, 2.5), (8.0, 10.5)]);
                pen.line(&[(4.5, 7.0), (8.0, 10.5), (11.5, 7.0)]);
                pen.line(&[(4.0, 13.5), (12.0, 13.5)]);
            }
            Self::Search => {
                pen.circle((7.0, 7.0), 4.2);
                pen.line(&[(10.2, 10.2), (13.5, 13.5)]);
            }
            Self::Copy => {
                pen.line(&[(5.5, 5.5), (13.5, 5.5), (13.5, 13.5), (5.5, 13.5), (5.5, 5.5)]);
                pen.line(&[(3.5, 10.5), (2.5, 10.5), (2.5, 2.5), (10.5, 2.5), (10.5, 3.5)]);
            }
        }
    }
}

/// How something stands. Told by its form and its word as well as by its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// A tick.
    Good,
    /// An exclamation mark.
    Warn,
    /// A cross.
    Bad,
    /// An empty circle: not there yet.
    Open,
    /// A filled circle: under way.
    Busy,
}

impl Sign {
    /// The word a screen reader says.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "in order",
            Self::Warn => "needs attention",
            Self::Bad => "failed",
            Self::Open => "not yet",
            Self::Busy => "under way",
        }
    }

    /// The colour it is drawn in.
    #[must_use]
    pub const fn colour(self, p: &Palette) -> Color32 {
        match self {
            Self::Good => p.board,
            Self::Warn => p.warn,
            Self::Bad => p.bad,
            Self::Open => p.muted,
            Self::Busy => p.host,
        }
    }

    /// Draws it into `rect`.
    pub fn paint(self, painter: &Painter, rect: Rect, p: &Palette) {
        let pen = Pen { width: 1.8, ..Pen::new(painter, rect, self.colour(p)) };
        match self {
            Self::Good => pen.line(&[(3.5, 8.5), (6.5, 11.5), (12.5, 4.5)]),
            Self::Warn => {
                pen.line(&[(8.0, 3.0), (8.0, 9.0)]);
                pen.dot((8.0, 12.2), 1.2);
            }
            Self::Bad => {
                pen.line(&[(4.2, 4.2), (11.8, 11.8)]);
                pen.line(&[(11.8, 4.2), (4.2, 11.8)]);
            }
            Self::Open => pen.circle((8.0, 8.0), 4.0),
            Self::Busy => {
                pen.circle((8.0, 8.0), 4.0);
                pen.dot((8.0, 8.0), 2.0);
            }
        }
    }

    /// Puts it into the layout, 16 by 16, with its word for screen readers: "`what`: in order".
    pub fn show(self, ui: &mut Ui, what: &str) -> Response {
        let (rect, response) = ui.allocate_exact_size(vec2(SIZE, SIZE), Sense::hover());
        let word = self.word();
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("{what}: {word}")));
        self.paint(ui.painter(), rect, Palette::of(ui));
        response
    }
}

/// Draws in a box of 16 by 16, put into the middle of a rectangle.
struct Pen<'a> {
    painter: &'a Painter,
    origin: Pos2,
    scale: f32,
    width: f32,
    colour: Color32,
}

impl<'a> Pen<'a> {
    fn new(painter: &'a Painter, rect: Rect, colour: Color32) -> Self {
        let side = rect.width().min(rect.height());
        let origin = rect.center() - vec2(side, side) / 2.0;
        Self { painter, origin, scale: side / SIZE, width: 1.5, colour }
    }

    fn at(&self, (x, y): (f32, f32)) -> Pos2 {
        pos2(self.origin.x + x * self.scale, self.origin.y + y * self.scale)
    }

    fn stroke(&self) -> Stroke {
        Stroke::new(self.width * self.scale, self.colour)
    }

    fn line(&self, points: &[(f32, f32)]) {
        let points = points.iter().map(|&point| self.at(point)).collect();
        self.painter.add(Shape::line(points, self.stroke()));
    }

    fn fill(&self, points: &[(f32, f32)]) {
        let points = points.iter().map(|&point| self.at(point)).collect();
        self.painter.add(Shape::convex_polygon(points, self.colour, Stroke::NONE));
    }

    fn circle(&self, centre: (f32, f32), radius: f32) {
        self.painter.circle_stroke(self.at(centre), radius * self.scale, self.stroke());
    }

    fn dot(&self, centre: (f32, f32), radius: f32) {
        self.painter.circle_filled(self.at(centre), radius * self.scale, self.colour);
    }

    /// Points on an arc, angles in turns, clockwise from the right.
    fn arc(&self, centre: (f32, f32), radius: f32, from: f32, to: f32) -> Vec<(f32, f32)> {
        const STEPS: u8 = 16;
        (0..=STEPS)
            .map(|step| {
                let turn = from + (to - from) * f32::from(step) / f32::from(STEPS);
                let (sin, cos) = (turn * std::f32::consts::TAU).sin_cos();
                (centre.0 + radius * cos, centre.1 + radius * sin)
            })
            .collect()
    }

    fn half_moon(&self) {
        self.circle((8.0, 8.0), 5.2);
        self.fill(&self.arc((8.0, 8.0), 5.2, 0.25, 0.75));
    }

    fn question(&self) {
        let mut hook = self.arc((8.0, 6.0), 2.9, 0.5, 1.15);
        hook.extend([(8.0, 8.6), (8.0, 10.0)]);
        self.line(&hook);
        self.dot((8.0, 12.6), 1.0);
    }

    /// Two links, one through the other.
    fn chain(&self) {
        let mut left = self.arc((5.0, 8.0), 3.0, 0.25, 0.75);
        left.insert(0, (6.8, 11.0));
        left.push((6.8, 5.0));
        self.line(&left);
        let mut right = self.arc((11.0, 8.0), 3.0, -0.25, 0.25);
        right.insert(0, (9.2, 5.0));
        right.push((9.2, 11.0));
        self.line(&right);
        self.line(&[(5.6, 8.0), (10.4, 8.0)]);
    }
}
