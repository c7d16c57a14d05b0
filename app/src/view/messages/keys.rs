//! The table by keyboard: arrows, Home, End, Page Up and Down choose a row; Ctrl+C copies it.

use eframe::egui::{Event, EventFilter, Id, Key, Rect, Role, Sense, Ui, WidgetInfo};

use super::{list::Rows, row};
use crate::view::{
    Action,
    axis::paint,
    data::{Reading, Shared},
    quantity,
    theme::Palette,
};

/// The list's own: what has the focus after a row was clicked.
pub(super) fn id(ui: &Ui) -> Id {
    ui.unique_id().with("list")
}

/// Reads the keys while the list in `rect` has the focus.
pub(super) fn read(
    ui: &Ui,
    rect: Rect,
    reading: &Reading<'_>,
    shared: &mut Shared,
    rows: &Rows<'_>,
    page: u64,
) {
    let id = id(ui);
    let response = ui.interact(rect, id, Sense::focusable_noninteractive());
    response.widget_info(|| {
        WidgetInfo::labeled(Role::List, true, format!("Messages, {} rows", quantity::count(rows.len())))
    });
    if !response.has_focus() {
        return;
    }
    paint::focus(ui.painter(), Palette::of(ui), rect);
    let filter = EventFilter { vertical_arrows: true, escape: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));

    let chosen = shared.selection.entry().map(|entry| rows.row_of(entry));
    if let Some(entry) =
        ui.input(|input| step(input, chosen, page, rows.len())).and_then(|row| rows.entry(row))
    {
        shared.selection.choose(entry);
    }
    if ui.input(|input| input.key_pressed(Key::Escape)) {
        match chosen {
            Some(_) => shared.selection.clear(),
            None => response.surrender_focus(),
        }
    }
    let copy = ui.input(|input| input.events.contains(&Event::Copy));
    if let Some(entry) =
        shared.selection.entry().filter(|_| copy).and_then(|number| reading.state.journal.get(number))
    {
        shared.actions.push(Action::Copy(row::as_text(reading, entry)));
    }
}

/// The row that a key leads to.
fn step(input: &eframe::egui::InputState, chosen: Option<u64>, page: u64, len: u64) -> Option<u64> {
    let last = len.checked_sub(1)?;
    let pressed = |key: Key| input.key_pressed(key);
    let from = chosen.unwrap_or(0);
    let row = if pressed(Key::Home) {
        0
    } else if pressed(Key::End) {
        last
    } else if pressed(Key::PageDown) {
        from + page
    } else if pressed(Key::PageUp) {
        from.saturating_sub(page)
    } else if pressed(Key::ArrowDown) {
        chosen.map_or(0, |row| row + 1)
    } else if pressed(Key::ArrowUp) {
        from.saturating_sub(1)
    } else {
        return None;
    };
    Some(row.min(last))
}
