//! Help: what the words mean, what goes over the wire, which keys do what, where certificates come from, and what this
//! app is made of. A dialog of pages, opened by `?` in the top bar and by F1.

mod about;
mod licences;
mod pages;

use eframe::egui::{Key, Label, ScrollArea, Ui, vec2};

use super::{
    Pass,
    dialog::{self, Turn},
    parts,
    theme::{CONTROL, Palette, Type, space},
};

/// A page of the help.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// What the figures mean.
    #[default]
    Words,
    /// Topics, rhythm, rotation, QoS.
    Wire,
    /// The keyboard.
    Keys,
    /// Where certificates come from.
    Certificates,
    /// Version, folders, licences.
    About,
}

/// What the help remembers.
#[derive(Debug, Default)]
pub struct Memory {
    /// The page that is open.
    pub page: Page,
    licences: licences::Memory,
}

impl Page {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Words, "Words"),
        (Self::Wire, "The wire"),
        (Self::Keys, "Keys"),
        (Self::Certificates, "Certificates"),
        (Self::About, "About"),
    ];
}

/// Height of all pages in points, so that the window doesn't jump from one to the next.
const HEIGHT: f32 = 500.0;

pub(super) fn show(ui: &mut Ui, pass: &mut Pass<'_, '_>) -> Turn {
    let room = ui.available_height().min(HEIGHT);
    ui.set_min_height(room);
    let top = ui.cursor().top();
    dialog::title(ui, "Help");
    ui.horizontal_wrapped(|ui| {
        for (page, name) in Page::ALL {
            if parts::toggle_button(ui, pass.memory.help.page == page, name).clicked() {
                pass.memory.help.page = page;
            }
        }
    });
    // As high on each page: the button stands still.
    let height = room - (ui.cursor().top() - top) - CONTROL - space::XS - space::M;
    let mut leaves = false;
    ui.allocate_ui(vec2(ui.available_width(), height), |ui| {
        ui.set_min_size(vec2(ui.available_width(), height));
        match pass.memory.help.page {
            Page::Words => scrolled(ui, "words", pages::words),
            Page::Wire => scrolled(ui, "wire", |ui| pages::wire(ui, &pass.memory.draft)),
            Page::Keys => scrolled(ui, "keys", pages::keys),
            Page::Certificates => {
                scrolled(ui, "certificates", |ui| leaves = pages::certificates(ui, pass.actions));
            }
            Page::About => about::show(ui, pass),
        }
    });
    if leaves {
        pass.open_certificates();
        return Turn::Close;
    }
    if dialog::buttons(ui, None, "Close").is_some() { Turn::Close } else { Turn::Stay }
}

/// A page that scrolls where it has to, with the wheel and with the keys.
fn scrolled(ui: &mut Ui, name: &str, add: impl FnOnce(&mut Ui)) {
    ScrollArea::vertical().id_salt(name).auto_shrink(false).show(ui, |ui| {
        scroll_by_keys(ui);
        ui.spacing_mut().item_spacing.y = space::S;
        add(ui);
    });
}

/// Page Up and Page Down, which nothing else in a dialog wants.
fn scroll_by_keys(ui: &Ui) {
    let page = ui.clip_rect().height() * 0.9;
    for (key, by) in [(Key::PageUp, page), (Key::PageDown, -page)] {
        if ui.input(|input| input.key_pressed(key)) {
            ui.scroll_with_delta(vec2(0.0, by));
        }
    }
}

/// Two columns: a name, and what is to be said about it.
fn table(ui: &mut Ui, kind: Type, rows: impl IntoIterator<Item = (String, String)>) {
    const NAME: f32 = 148.0;
    let p = Palette::of(ui);
    for (left, right) in rows {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().interact_size.y = 0.0;
            ui.allocate_ui(vec2(NAME, 0.0), |ui| {
                ui.set_min_width(NAME);
                ui.label(kind.text(left, p.text));
            });
            ui.add(Label::new(Type::Body.text(right, p.muted)).wrap());
        });
    }
}
