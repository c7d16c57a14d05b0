//! egui's own widgets in our clothes.

use eframe::egui::{
    Color32, Context, CornerRadius, Margin, Shadow, Stroke, Style, Theme, Visuals,
    style::{ScrollStyle, Selection, TextCursorStyle, WidgetVisuals, Widgets},
    vec2,
};

use super::{CONTROL, Palette, radius, space, text_styles};

/// Width of the ring around what has the keyboard's focus, in points.
pub(super) const FOCUS: f32 = 2.0;

pub(super) fn install(ctx: &Context) {
    for theme in [Theme::Dark, Theme::Light] {
        ctx.set_style_of(theme, style(theme));
    }
}

fn style(theme: Theme) -> Style {
    let mut style = theme.default_style();
    style.text_styles.extend(text_styles());
    style.visuals = visuals(theme);
    // Nothing moves where nothing happened, and a window at rest is really at rest.
    style.animation_time = 0.08;

    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(space::S, space::S);
    spacing.button_padding = vec2(space::M, 6.0);
    spacing.interact_size = vec2(CONTROL, CONTROL);
    spacing.menu_margin = Margin::same(6);
    spacing.window_margin = Margin::same(16);
    spacing.combo_width = 0.0;
    spacing.icon_width = 16.0;
    spacing.icon_width_inner = 10.0;
    spacing.icon_spacing = space::S;
    spacing.tooltip_width = 360.0;
    spacing.scroll = ScrollStyle { bar_width: 8.0, floating_allocated_width: 0.0, ..ScrollStyle::floating() };
    style
}

fn visuals(theme: Theme) -> Visuals {
    let dark = theme == Theme::Dark;
    let p = Palette::of_mode(dark);
    let shadow = Shadow {
        offset: [0, 8],
        blur: 24,
        spread: 0,
        color: Color32::from_black_alpha(if dark { 110 } else { 36 }),
    };
    Visuals {
        weak_text_color: Some(p.muted),
        widgets: widgets(p),
        selection: Selection { bg_fill: p.selection(), stroke: Stroke::new(FOCUS, p.host) },
        hyperlink_color: p.host,
        faint_bg_color: p.raised,
        extreme_bg_color: p.bg,
        code_bg_color: p.raised,
        warn_fg_color: p.warn,
        error_fg_color: p.bad,
        window_corner_radius: CornerRadius::same(radius::CARD),
        window_shadow: shadow,
        window_fill: p.surface,
        window_stroke: Stroke::new(1.0, p.line),
        menu_corner_radius: CornerRadius::same(radius::FIELD + 2),
        panel_fill: p.bg,
        popup_shadow: shadow,
        text_cursor: TextCursorStyle {
            stroke: Stroke::new(1.5, p.host),
            blink: false,
            ..TextCursorStyle::default()
        },
        indent_has_left_vline: false,
        ..theme.default_visuals()
    }
}

fn widgets(p: &Palette) -> Widgets {
    let base = WidgetVisuals {
        bg_fill: p.bg,
        weak_bg_fill: p.raised,
        bg_stroke: Stroke::new(1.0, p.line),
        corner_radius: CornerRadius::same(radius::FIELD),
        fg_stroke: Stroke::new(1.0, p.text),
        expansion: 0.0,
    };
    Widgets {
        noninteractive: WidgetVisuals { bg_fill: p.surface, weak_bg_fill: p.surface, ..base },
        inactive: base,
        hovered: WidgetVisuals {
            weak_bg_fill: p.hover(),
            bg_stroke: Stroke::new(1.0, p.line_strong()),
            ..base
        },
        // Also what has the keyboard's focus: the ring must be seen.
        active: WidgetVisuals { weak_bg_fill: p.hover(), bg_stroke: Stroke::new(FOCUS, p.host), ..base },
        open: WidgetVisuals { weak_bg_fill: p.hover(), bg_stroke: Stroke::new(1.0, p.line_strong()), ..base },
    }
}
