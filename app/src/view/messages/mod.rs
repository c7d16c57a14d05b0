//! The table of messages: what was said, newest on top.
//!
//! Only what is in view is laid out. *Follow* keeps the newest in view; once the reader scrolls away it is off, and the
//! rows stand still however many arrive: the view is anchored to an entry, not to a distance.

mod bidi;
mod header;
mod keys;
mod list;
mod row;

use eframe::egui::{Rect, Ui, vec2};

use self::list::{List, Rows};
pub use self::row::{describe, failure_words};
use super::{
    data::{Reading, Shared},
    parts,
    theme::{Palette, Type, space},
};
use crate::model::{Journal, Search, Status};

/// What the table remembers between frames.
#[derive(Debug, Default)]
pub struct Memory {
    query: String,
    /// The search for `query`; `None` while it is empty.
    search: Option<Search>,
    list: List,
}

/// Bytes searched in a frame.
const SEARCH_BUDGET: usize = 512 * 1024;

impl Memory {
    /// Forgets a session: the numbers of another journal mean nothing.
    pub fn forget(&mut self) {
        self.list = List::default();
        self.search = None;
        self.search_for(self.query.clone());
    }

    fn search_for(&mut self, query: String) {
        self.search = (!query.is_empty()).then(|| Search::new(&query));
        self.query = query;
    }

    fn rows<'a>(&'a self, journal: &Journal) -> Rows<'a> {
        match &self.search {
            Some(search) => Rows::Hits(search.hits()),
            None => Rows::All { first: journal.first(), end: journal.end() },
        }
    }
}

/// Draws the table. Fills the room it is given.
pub fn show(ui: &mut Ui, reading: &Reading<'_>, shared: &mut Shared, memory: &mut Memory) {
    let journal = &reading.state.journal;
    if let Some(search) = &mut memory.search {
        search.advance(journal, SEARCH_BUDGET);
        if !search.done() {
            ui.request_repaint();
        }
    }
    header::show(ui, reading, memory);
    ui.add_space(space::XS);
    let columns = row::Columns::of(ui.available_width());
    row::heading(ui, &columns);
    ui.add_space(2.0 - ui.spacing().item_spacing.y);

    let rect = ui.available_rect_before_wrap();
    // Split the borrow: the rows read the search while the list moves.
    let Memory { search, list, .. } = memory;
    let rows = match search {
        Some(search) => Rows::Hits(search.hits()),
        None => Rows::All { first: journal.first(), end: journal.end() },
    };
    if rows.len() == 0 {
        ui.advance_cursor_after_rect(rect);
        let wish = empty(ui, rect, reading, search.as_ref());
        if wish == Some(Wish::ClearSearch) {
            memory.search_for(String::new());
        }
        return;
    }
    keys::read(ui, rect, reading, shared, &rows, list.page());
    let focus = keys::id(ui);
    list.show(ui, rect, &rows, shared, |ui, rect, entry, shared| {
        if row::show(ui, rect, &columns, reading, shared, entry).clicked() {
            ui.memory_mut(|memory| memory.request_focus(focus));
        }
    });
}

/// What can be wished for where there is nothing to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    ClearSearch,
}

/// Instead of rows: why there are none, and what to do.
fn empty(ui: &mut Ui, rect: Rect, reading: &Reading<'_>, search: Option<&Search>) -> Option<Wish> {
    let (what, next) = match search {
        Some(search) => match search.complaint() {
            Some(complaint) => ("This is not a search", complaint),
            None if search.done() => {
                ("Nothing found", "Topics and texts are searched, and bytes with hex: 00 ff.")
            }
            None => ("Searching…", "The newest messages first."),
        },
        None if reading.state.link.status == Status::Connected => (
            "No messages yet",
            "Is the board switched on, connected to this broker, and does it publish on the topic we subscribe to?",
        ),
        None => ("No messages yet", "They appear here as soon as a connection stands and the board speaks."),
    };
    let p = Palette::of(ui);
    let place =
        Rect::from_center_size(rect.center(), vec2(rect.width().min(440.0), rect.height().min(110.0)));
    let mut wish = None;
    ui.scope_builder(eframe::egui::UiBuilder::new().max_rect(place), |ui| {
        ui.vertical_centered(|ui| {
            ui.label(Type::Strong.text(what, p.text));
            ui.label(Type::Secondary.text(next, p.muted));
            if search.is_some() && parts::quiet_button(ui, "Clear search").clicked() {
                wish = Some(Wish::ClearSearch);
            }
        });
    });
    wish
}
