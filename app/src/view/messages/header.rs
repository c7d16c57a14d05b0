//! Above the table: its name, the search, and *Follow*.

use eframe::egui::{
    Align, Key, KeyboardShortcut, Layout, Margin, Modifiers, Role, TextEdit, Ui, WidgetInfo, vec2,
};

use super::Memory;
use crate::{
    model::Search,
    view::{
        data::Reading,
        icon::Icon,
        parts, quantity,
        theme::{CONTROL, Palette, Type, space},
    },
};

const FIND: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::F);

pub(super) fn show(ui: &mut Ui, reading: &Reading<'_>, memory: &mut Memory) {
    ui.horizontal(|ui| {
        parts::label_caps(ui, "Messages");
        let journal = &reading.state.journal;
        if journal.evicted() > 0 {
            let dropped =
                parts::secondary(ui, format!("{} older ones dropped", quantity::count(journal.evicted())));
            let budget = quantity::bytes(journal.budget() as u64);
            dropped.on_hover_text(format!("The history holds {budget}: the oldest messages go first."));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            follow(ui, reading, memory);
            search(ui, reading, memory);
        });
    });
}

/// Pressed while the newest stays in view; else it says how many came since.
fn follow(ui: &mut Ui, reading: &Reading<'_>, memory: &mut Memory) {
    let rows = memory.rows(&reading.state.journal);
    let follows = memory.list.follows();
    let unseen = memory.list.unseen(&rows);
    let words =
        if unseen > 0 { format!("Follow · {} new", quantity::count(unseen)) } else { "Follow".to_owned() };
    let response = parts::toggle_button(ui, follows, &words);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, follows, &words));
    let explained = response.on_hover_text(if follows {
        "The newest stays in view. Scrolling away ends it."
    } else {
        "Back to the newest, and stay there."
    });
    if explained.clicked() {
        let rows = match &memory.search {
            Some(search) => super::Rows::Hits(search.hits()),
            None => {
                super::Rows::All { first: reading.state.journal.first(), end: reading.state.journal.end() }
            }
        };
        memory.list.set_follow(!follows, &rows);
    }
}

fn search(ui: &mut Ui, reading: &Reading<'_>, memory: &mut Memory) {
    const WIDTH: f32 = 220.0;
    let p = Palette::of(ui);
    let mut query = memory.query.clone();
    let width = WIDTH.min(ui.available_width() - space::XL);
    let edit = TextEdit::singleline(&mut query)
        .id_salt("search messages")
        .hint_text("Search")
        .margin(Margin::symmetric(10, 7))
        .desired_width(width)
        .min_size(vec2(width, CONTROL));
    let response = ui.add(edit);
    response.widget_info(|| {
        let mut info = WidgetInfo::text_edit(true, "", &memory.query, "Search");
        info.label = Some("Search messages".to_owned());
        info
    });
    if ui.input_mut(|input| input.consume_shortcut(&FIND)) {
        response.request_focus();
    }
    if query != memory.query {
        memory.search_for(query);
    }
    if let Some(search) = &memory.search {
        if parts::icon_button_small(ui, Icon::Cross, "Clear search").clicked() {
            memory.search_for(String::new());
        } else {
            ui.label(Type::Secondary.text(progress(search, reading), p.muted));
        }
    }
}

/// `12 found`, or how far the search is.
fn progress(search: &Search, reading: &Reading<'_>) -> String {
    let found = quantity::count(search.hits().len() as u64);
    if search.done() {
        format!("{found} found")
    } else {
        format!("{found} found, {:.0} % searched", search.progress(&reading.state.journal) * 100.0)
    }
}
