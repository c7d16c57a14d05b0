//! What lies over the window: notices, and the hint while files hover over it.

use eframe::egui::{Align2, Area, FontId, Frame, Id, Label, LayerId, Margin, Order, Shape, Stroke, Ui, vec2};

use super::{
    Action, Notice, Pass,
    icon::{Icon, Sign},
    parts, status,
    theme::{Palette, Type, radius, space},
};

/// Width of a notice in points.
const WIDTH: f32 = 380.0;

/// Notices, the newest at the bottom.
pub(super) fn notices(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    if pass.scene.notices.is_empty() {
        return;
    }
    Area::new(Id::unique("notices"))
        .order(Order::Tooltip)
        .anchor(Align2::RIGHT_BOTTOM, vec2(-space::L, -status::HEIGHT - space::L))
        .accessible_name("Notices")
        .show(ui.ctx(), |ui| {
            ui.set_max_width(WIDTH);
            for notice in pass.scene.notices {
                show_notice(ui, notice, pass);
            }
        });
}

fn show_notice(ui: &mut Ui, notice: &Notice, pass: &mut Pass<'_, '_>) {
    let p = Palette::of(ui);
    Frame::NONE
        .fill(p.raised)
        .stroke(Stroke::new(1.0, p.line))
        .corner_radius(radius::CARD)
        .shadow(ui.visuals().popup_shadow)
        .inner_margin(Margin { left: 12, right: 8, top: 8, bottom: 8 })
        .show(ui, |ui| {
            ui.horizontal_top(|ui| {
                let sign = if notice.trouble { Sign::Warn } else { Sign::Good };
                ui.add_space(0.0);
                sign.show(ui, "Notice");
                ui.vertical(|ui| {
                    ui.set_max_width(WIDTH - 80.0);
                    ui.spacing_mut().item_spacing.y = space::S;
                    ui.add(Label::new(Type::Body.text(notice.text.as_str(), p.text)).wrap());
                    if let Some((words, action)) = &notice.offer
                        && parts::quiet_button(ui, words).clicked()
                    {
                        pass.act(action.clone());
                        pass.act(Action::DismissNotice(notice.id));
                    }
                });
                if parts::icon_button_small(ui, Icon::Cross, "Dismiss").clicked() {
                    pass.act(Action::DismissNotice(notice.id));
                }
            });
        });
}

/// While files are held over the window: what letting go will do.
pub(super) fn drop_hint(ui: &Ui) {
    let files = ui.input(|input| input.raw.hovered_files.len());
    if files == 0 {
        return;
    }
    let p = Palette::of(ui);
    let painter = ui.ctx().layer_painter(LayerId::new(Order::Tooltip, Id::unique("drop hint")));
    let window = ui.ctx().content_rect();
    painter.rect_filled(window, 0.0, p.bg.gamma_multiply(0.92));
    let target = window.shrink(space::XL);
    let corners = [
        target.left_top(),
        target.right_top(),
        target.right_bottom(),
        target.left_bottom(),
        target.left_top(),
    ];
    painter.extend(Shape::dashed_line(&corners, Stroke::new(2.0, p.host), 8.0, 6.0));
    let write = |dy: f32, words: &str, font: FontId, colour| {
        painter.text(window.center() + vec2(0.0, dy), Align2::CENTER_CENTER, words, font, colour);
    };
    let what = if files == 1 { "Drop the file".to_owned() } else { format!("Drop the {files} files") };
    write(-14.0, &what, Type::Title.font(), p.text);
    write(
        18.0,
        "CA, certificate, key: each finds its row by what it holds. A profile is imported.",
        Type::Body.font(),
        p.muted,
    );
}
