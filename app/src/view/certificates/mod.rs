//! *Get certificates*: a page with two ways to the three files, without openssl.
//!
//! ```text
//! request   a key and a signing request ─▶ a CA signs it ─▶ its answer, checked against the key ─▶ the profile's rows
//! local     a throw-away CA for a broker of one's own ─▶ mosquitto.conf ─▶ the profile's rows, host and port
//! ```
//!
//! What is typed stands in [`Memory`], what came of it in [`Progress`], which belongs to [`crate::app`].

mod local;
mod request;
mod step;

use std::time::Duration;

use eframe::egui::{Align, Frame, Key, Label, Layout, Margin, Modifiers, Popup, ScrollArea, Ui};

use super::{
    Action, Pass, Pick,
    icon::{Icon, Sign},
    parts,
    theme::{CONTROL, Palette, Type, space},
};
use crate::credentials::request::{KeyKind, Subject};

/// Width of the page in points.
const WIDTH: f32 = 720.0;

/// What was typed and chosen on the page.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The page is shown.
    pub open: bool,
    /// Which of the two ways.
    pub way: Way,
    /// Who the certificate shall name.
    pub subject: Subject,
    /// The fields of the subject beside the name are shown.
    pub more: bool,
    /// The request is for the key that is in the form, not for a new one.
    pub renew: bool,
    /// The kind of a new key.
    pub kind: KeyKind,
    /// Where key and request go.
    pub folder: String,
    /// The CA's answer, pasted.
    pub answer: String,
    /// Names and addresses of one's own broker.
    pub names: String,
    /// Its port.
    pub port: String,
    /// How long its certificates last, in days.
    pub days: String,
    /// Where the throw-away CA's files go.
    pub local_folder: String,
}

/// The two ways to certificates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// A CA signs a request.
    #[default]
    Request,
    /// A throw-away CA.
    Local,
}

/// What came of what was asked for.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// A key and its request.
    pub request: Work<Requested>,
    /// The CA's answer, or why it cannot be used.
    pub answer: Option<Result<Answered, String>>,
    /// A throw-away CA.
    pub local: Work<LocalFiles>,
}

/// Something that takes its time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Work<T> {
    /// Not asked for.
    #[default]
    Nothing,
    /// Under way, for so long.
    Running(Duration),
    /// These files are there already, and nothing was written.
    Exists(Vec<String>),
    /// A sentence why not.
    Failed(String),
    /// Done.
    Done(T),
}

/// A key and its request on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requested {
    /// Path of the key.
    pub key: String,
    /// Path of the request.
    pub request: String,
    /// The request itself.
    pub pem: String,
}

/// A certificate that belongs to the key, on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Its path.
    pub path: String,
    /// Whom it names, what kind it is, when it ends.
    pub summary: String,
    /// Who issued it.
    pub issuer: String,
}

/// A throw-away CA's files on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalFiles {
    /// The CA's certificate.
    pub ca: String,
    /// The client's certificate.
    pub certificate: String,
    /// The client's key.
    pub key: String,
    /// All of them by their names.
    pub names: Vec<String>,
    /// Where they are.
    pub folder: String,
    /// The command that starts a broker with them.
    pub command: String,
    /// What to connect to.
    pub host: String,
    /// And its port.
    pub port: String,
}

/// Something that was asked for on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Make the key and the request, or the request for the key in the form.
    MakeRequest {
        /// Over files that are there.
        replace: bool,
    },
    /// Go on with the key and the request that are in the folder.
    Resume,
    /// Don't wait for what is being made.
    Cancel,
    /// Forget what was made this way: another one shall be.
    Again,
    /// Check the answer that was pasted.
    Check,
    /// Put the key and the answer into the profile's rows.
    UseAnswer,
    /// Make the throw-away CA.
    MakeLocal {
        /// Over files that are there.
        replace: bool,
    },
    /// Put its files, host and port into the profile.
    UseLocal,
}

pub(super) fn show(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let width = WIDTH.min(ui.available_width() - 2.0 * space::XL);
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.vertical_centered(|ui| {
            ui.set_max_width(width);
            Frame::NONE.inner_margin(Margin::symmetric(0, space::XL as i8)).show(ui, |ui| {
                ui.with_layout(Layout::top_down(Align::Min), |ui| contents(ui, pass));
            });
        });
    });
    let escape = pass.memory.dialog.is_none()
        && !Popup::is_any_open(ui.ctx())
        && ui.memory(|memory| memory.focused().is_none())
        && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    if escape {
        pass.memory.certificates.open = false;
    }
}

fn contents(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let p = Palette::of(ui);
    ui.spacing_mut().item_spacing.y = space::M;
    ui.horizontal(|ui| {
        ui.label(Type::Title.text("Get certificates", p.text));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if parts::quiet_button(ui, "Back").clicked() {
                pass.memory.certificates.open = false;
            }
        });
    });
    ui.add(
        Label::new(Type::Body.text(
            "Mutual TLS needs three files: the CA's certificate, which proves the broker; your own certificate; and the \
             private key that belongs to it. There are two ways to them.",
            p.muted,
        ))
        .wrap(),
    );
    ui.horizontal_wrapped(|ui| {
        for (way, words) in
            [(Way::Request, "A CA signs my request"), (Way::Local, "A throw-away CA for my own broker")]
        {
            let pressed = pass.memory.certificates.way == way;
            if parts::toggle_button(ui, pressed, words).clicked() {
                pass.memory.certificates.way = way;
            }
        }
    });
    match pass.memory.certificates.way {
        Way::Request => request::show(ui, pass),
        Way::Local => local::show(ui, pass),
    }
}

/// A folder: typed, or chosen in the system's dialog.
fn folder(ui: &mut Ui, pass: &mut Pass<'_, '_>, pick: Pick) {
    let open = pass.scene.picking == Some(pick);
    let typed = match pick {
        Pick::LocalFolder => &mut pass.memory.certificates.local_folder,
        _ => &mut pass.memory.certificates.folder,
    };
    let (mut choose, mut cancel) = (false, false);
    ui.horizontal_top(|ui| {
        const BUTTON: f32 = 96.0;
        let width = ui.available_width() - BUTTON - space::S;
        super::form::text(ui, "Folder", None, typed, "where the files go", width);
        ui.vertical(|ui| {
            // As high as the name above the field beside it.
            ui.add_space(Type::Secondary.line_height().unwrap_or_default() + space::XS);
            let words = if open { "Cancel" } else { "Choose…" };
            let button = ui.add(parts::quiet(words).min_size(eframe::egui::vec2(BUTTON, CONTROL)));
            let clicked = button.accessible_name(format!("{words} the folder")).clicked();
            (choose, cancel) = (clicked && !open, clicked && open);
        });
    });
    if choose {
        pass.act(Action::Pick(pick));
    } else if cancel {
        pass.act(Action::CancelPick);
    }
}

/// The button that makes something, or how that stands.
fn work<T>(ui: &mut Ui, pass: &mut Pass<'_, '_>, work: &Work<T>, make: &str, wish: impl Fn(bool) -> Wish) {
    let p = Palette::of(ui);
    match work {
        Work::Running(elapsed) => {
            ui.horizontal(|ui| {
                Sign::Busy.show(ui, make);
                let words = format!("Making it… {} s", elapsed.as_secs());
                ui.label(Type::Body.text(words, p.text));
                if parts::quiet_button(ui, "Cancel").clicked() {
                    pass.act(Action::Certificates(Wish::Cancel));
                }
            });
            return;
        }
        Work::Failed(why) => parts::complaint(ui, make, why),
        Work::Exists(files) => {
            let words = format!("Already in that folder: {}. Nothing was written.", files.join(", "));
            parts::complaint(ui, make, &words);
        }
        Work::Nothing | Work::Done(_) => {}
    }
    ui.horizontal_wrapped(|ui| {
        if parts::primary_button(ui, make).clicked() {
            pass.act(Action::Certificates(wish(false)));
        }
        if matches!(work, Work::Exists(_)) {
            let replace = parts::quiet_button(ui, "Replace them");
            if replace.on_hover_text("The files that are there are lost then.").clicked() {
                pass.act(Action::Certificates(wish(true)));
            }
        }
    });
}

/// A line that is meant to be copied.
fn to_copy(ui: &mut Ui, pass: &mut Pass<'_, '_>, text: &str, name: &str) {
    let p = Palette::of(ui);
    ui.horizontal_top(|ui| {
        if parts::icon_button_small(ui, Icon::Copy, name).clicked() {
            pass.act(Action::Copy(text.to_owned()));
        }
        ui.add(Label::new(Type::Mono.text(text, p.text)).wrap());
    });
}
