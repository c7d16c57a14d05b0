//! All there is to know about the chosen message: its payload as text, hex and JSON, and its times.

mod facts;
mod payload;

use eframe::egui::{Align, Layout, ScrollArea, Ui};

use super::{
    Action,
    data::{Reading, Shared},
    icon::Icon,
    parts, quantity,
    theme::{Palette, Type, space},
};

/// What the inspector remembers between frames.
#[derive(Debug, Default)]
pub struct Memory {
    form: Form,
    page: payload::Page,
}

/// How the payload is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Form {
    /// As text.
    #[default]
    Text,
    /// As bytes.
    Hex,
    /// As laid out JSON.
    Json,
}

impl Form {
    const ALL: [Self; 3] = [Self::Text, Self::Hex, Self::Json];

    const fn name(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Hex => "Hex",
            Self::Json => "JSON",
        }
    }
}

/// Draws the inspector. Fills the room it is given. `closable` where it stands in the table's way.
pub fn show(ui: &mut Ui, reading: &Reading<'_>, shared: &mut Shared, memory: &mut Memory, closable: bool) {
    let chosen = shared.selection.entry();
    let entry = chosen.and_then(|number| Some((number, reading.state.journal.get(number)?)));
    let Some((number, entry)) = entry else {
        nothing(ui, shared, chosen.is_some(), closable);
        return;
    };
    ui.horizontal(|ui| {
        ui.set_min_height(32.0);
        parts::label_caps(ui, &format!("Message {}", quantity::count(entry.message)));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if closable {
                close(ui, shared);
            }
            let copy = format!("Copy {}", memory.form.name());
            if parts::icon_button_small(ui, Icon::Copy, &copy).clicked() {
                shared.actions.push(Action::Copy(payload::for_clipboard(&entry.payload, memory.form)));
            }
        });
    });
    ui.horizontal(|ui| {
        for form in Form::ALL {
            if parts::toggle_button(ui, memory.form == form, form.name()).clicked() {
                memory.form = form;
            }
        }
    });
    // The payload leaves room for what is known about it.
    let height = (ui.available_height() * 0.45).clamp(64.0, 260.0);
    ScrollArea::vertical().id_salt("inspector").auto_shrink(false).show(ui, |ui| {
        payload::show(ui, number, &entry.payload, memory.form, height, &mut memory.page);
        ui.add_space(space::XS);
        facts::show(ui, reading, shared, number, entry);
    });
}

fn nothing(ui: &mut Ui, shared: &mut Shared, evicted: bool, closable: bool) {
    let p = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.set_min_height(32.0);
        parts::label_caps(ui, "Message");
        if closable {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| close(ui, shared));
        }
    });
    let words = if evicted {
        "This message is no longer in the history: newer ones needed its room."
    } else {
        "Choose a message in the table or an arrow in the timeline to see all of it."
    };
    ui.label(Type::Secondary.text(words, p.muted));
}

fn close(ui: &mut Ui, shared: &mut Shared) {
    if parts::icon_button_small(ui, Icon::Cross, "Close the inspector").clicked() {
        shared.selection.clear();
    }
}
