//! Drawing only: views read the model and answer with an [`Action`].
//!
//! ```text
//! root -> top        who we are connected to, and the one thing to do about it
//!         side       profiles · form (broker) · credentials · ladder      a drawer where the window is narrow
//!         centre     welcome | certificates | ready | progress | failed | data
//!                                                                   data = latency, timeline, messages, inspector
//!                                                                   and above it what is worth knowing (advice)
//!         status     the figures that must always be in sight
//!         overlay    dialogs, notices, files that hover over the window
//! ```
//!
//! A [`Scene`] is all that is drawn, a [`Memory`] all that a view may change: the draft of the form, what was typed into
//! a dialog, what is open, selected, filtered. Everything else goes up as an [`Action`]. Colours, type and distances come
//! from [`theme`] alone; no clock is read here, time is part of the scene.

use std::{
    path::PathBuf,
    time::{Duration, SystemTime},
};

use eframe::egui::ThemePreference;
use zeroize::Zeroizing;

use crate::{
    credentials::Judgement,
    diagnosis::{Diagnosis, Known},
    failure::Remedy,
    model::State,
    profile::{Complaint, Draft, Field, Profile},
};

mod advice;
pub mod axis;
mod centre;
pub mod certificates;
mod credentials;
pub mod data;
mod dialog;
mod facts;
mod failed;
mod form;
pub mod help;
mod hints;
pub mod histogram;
pub mod icon;
pub mod inspector;
mod ladder;
pub mod latency;
pub mod messages;
mod overlay;
pub mod parts;
mod progress;
pub mod quantity;
mod ready;
mod root;
mod side;
mod status;
pub mod theme;
pub mod timeline;
mod top;
mod welcome;

pub use self::{
    dialog::{BoardExport, Dialog},
    root::root,
};

/// Everything that is drawn.
pub struct Scene<'a> {
    /// The fold over the session's events.
    pub state: &'a State,
    /// The session's clock now: what [`State`] counts its times in.
    pub now: Duration,
    /// The wall clock now.
    pub wall: SystemTime,
    /// What runs.
    pub session: Session<'a>,
    /// All profiles as they were saved; the current one's draft is in [`Memory::draft`].
    pub profiles: &'a [Draft],
    /// Index of the current profile.
    pub current: usize,
    /// Nothing was ever set up.
    pub untouched: bool,
    /// Nobody has read the hints yet.
    pub first_time: bool,
    /// What is wrong with the draft.
    pub complaints: &'a [Complaint],
    /// What the credential files hold; `None` while they were never judged.
    pub judgement: Option<&'a Judgement>,
    /// The files are being read and judged.
    pub judging: bool,
    /// What a dialog of the system is open for.
    pub picking: Option<Pick>,
    /// How far making certificates has come.
    pub certificates: &'a certificates::Progress,
    /// Light or dark.
    pub theme: ThemePreference,
    /// What a person should know, oldest first.
    pub notices: &'a [Notice],
    /// Where the app's files are.
    pub places: &'a [Place],
}

/// A folder of the app's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What is there.
    pub name: &'static str,
    /// Where it is.
    pub folder: PathBuf,
}

/// What runs.
#[derive(Clone, Copy, Debug)]
pub enum Session<'a> {
    /// Nothing.
    None,
    /// The demo's broker and board are being started.
    DemoStarts,
    /// A session: an attempt to connect or a connection.
    Runs {
        /// What it connects to.
        profile: &'a Profile,
        /// It is the demo's.
        demo: bool,
        /// The draft says something else by now.
        outdated: bool,
        /// When the client's certificate ends.
        client_ends: Option<SystemTime>,
    },
}

/// Something a person should know that has no place of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Its number, for [`Action::DismissNotice`].
    pub id: u64,
    /// It is about something that went wrong.
    pub trouble: bool,
    /// A sentence.
    pub text: String,
    /// What can be done about it, and the words on the button.
    pub offer: Option<(&'static str, Action)>,
}

/// What views may change: the draft of the form, what is open, selected, typed.
#[derive(Default)]
pub struct Memory {
    /// The form.
    pub draft: Draft,
    /// The MQTT password, as typed.
    pub password: Zeroizing<String>,
    /// The passphrase of the private key, as typed.
    pub passphrase: Zeroizing<String>,
    /// The dialog that is open.
    pub dialog: Option<Dialog>,
    /// What the help remembers.
    pub help: help::Memory,
    /// The passphrase in its dialog, before it is agreed to.
    pub typed: Zeroizing<String>,
    /// It shall be kept in this computer's keychain.
    pub remember: bool,
    /// The person chose to set up a connection: no welcome page any more.
    pub setting_up: bool,
    /// The side panel is open although the window is narrow.
    pub drawer: bool,
    /// The form shows all its fields.
    pub advanced: bool,
    /// *Connect* was tried with a form that has complaints: also show those about empty fields.
    pub tried: bool,
    /// What the person wants to see of a failure; `None` for what fits best.
    pub wants_figures: Option<bool>,
    /// The evidence of a failure is unfolded.
    pub evidence: bool,
    /// Kinds of advice about this connection that the person has read and put away.
    pub put_away: Vec<&'static str>,
    /// The credential row whose facts are unfolded.
    pub unfolded: Option<Field>,
    /// The page *Get certificates*.
    pub certificates: certificates::Memory,
    /// What the data panels remember.
    pub data: data::Memory,
}

/// What a file or a folder is chosen for in a dialog of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// The file of a credential row.
    Credential(Field),
    /// A profile to import.
    Import,
    /// Where the current profile is exported to.
    Export,
    /// The folder for the board's files.
    BoardFolder,
    /// The folder for a new key and its request.
    RequestFolder,
    /// The certificate that a CA sent back.
    Answer,
    /// The folder for a throw-away CA.
    LocalFolder,
}

/// What a person asked for. Performed by [`crate::app`], never by a view.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Start the embedded broker and the virtual board, and connect to them.
    StartDemo,
    /// Connect with the draft; a session that runs is stopped first.
    Connect,
    /// Stop the session or the attempt, and the demo where one runs.
    Disconnect,
    /// Don't wait for the next try.
    TryNow,
    /// Make this profile the current one.
    SelectProfile(usize),
    /// A new profile.
    NewProfile,
    /// A copy of the current profile.
    DuplicateProfile,
    /// Give the current profile this name.
    RenameProfile(String),
    /// Delete the current profile. Was confirmed.
    DeleteProfile,
    /// Open the system's dialog for this.
    Pick(Pick),
    /// Don't wait for the system's dialog any more.
    CancelPick,
    /// The path that would have been chosen in the system's dialog.
    Picked(Pick, String),
    /// Write what a board needs into a folder.
    ExportForBoard(BoardExport),
    /// Something on the page *Get certificates*.
    Certificates(certificates::Wish),
    /// Do what a piece of advice offers.
    Remedy(Remedy),
    /// The passphrase was entered: keep it in the keychain or, if not, forget what is kept there.
    KeepPassphrase(bool),
    /// Put this on the clipboard.
    Copy(String),
    /// Open this page in the browser.
    OpenPage(&'static str),
    /// Open this folder in the file manager.
    OpenFolder(PathBuf),
    /// The hints were read; they are not shown again.
    HintsRead,
    /// Look like this from now on.
    SetTheme(ThemePreference),
    /// The person has read this notice.
    DismissNotice(u64),
}

/// One pass of drawing: what there is, what it may change, and where its wishes go.
struct Pass<'a, 's> {
    scene: &'a Scene<'s>,
    memory: &'a mut Memory,
    actions: &'a mut Vec<Action>,
}

impl<'a> Pass<'a, '_> {
    fn act(&mut self, action: Action) {
        self.actions.push(action);
    }

    /// *Connect* was asked for: done where the form allows it, else the form says what is wrong.
    fn connect(&mut self) {
        if self.scene.complaints.is_empty() {
            self.memory.drawer = false;
            self.act(Action::Connect);
        } else {
            self.memory.tried = true;
            self.memory.drawer = true;
        }
    }

    /// All that is known of what runs, for its report.
    fn known(&self) -> Option<Known<'a>> {
        let Session::Runs { profile, demo, outdated, .. } = self.scene.session else { return None };
        Some(Known {
            profile,
            demo,
            // The files of the form are those of the session only while neither is changed.
            judgement: self.scene.judgement.filter(|_| !demo && !outdated),
            link: &self.scene.state.link,
            latency: &self.scene.state.latency,
            wall: self.scene.wall,
        })
    }

    /// The report on what runs goes to the clipboard.
    fn copy_report(&mut self) {
        if let Some(known) = self.known() {
            self.act(Action::Copy(Diagnosis::of(&known).to_string()));
        }
    }

    /// Shows how to get certificates.
    /// The page, set to ask again for the key that is in the form.
    fn renew_certificate(&mut self) {
        let page = &mut self.memory.certificates;
        (page.way, page.renew) = (certificates::Way::Request, true);
        self.open_certificates();
    }

    /// The page, set to make all that a broker of this name needs.
    fn make_local_ca(&mut self, host: &str) {
        let page = &mut self.memory.certificates;
        page.way = certificates::Way::Local;
        if !page.names.split([',', ' ']).any(|name| name == host) {
            host.clone_into(&mut page.names);
        }
        self.memory.draft.port.clone_into(&mut page.port);
        self.open_certificates();
    }

    fn open_certificates(&mut self) {
        self.memory.certificates.open = true;
        self.memory.drawer = false;
    }

    /// What is wrong with a field, where it is time to say so.
    fn complaint(&self, field: Field) -> Option<&'a str> {
        let complaint = self.scene.complaints.iter().find(|complaint| complaint.field == field)?;
        let empty = match field {
            Field::Name => self.memory.draft.name.is_empty(),
            Field::Host => self.memory.draft.host.is_empty(),
            Field::Port => self.memory.draft.port.is_empty(),
            Field::Subscribe => self.memory.draft.subscribe.is_empty(),
            Field::Publish => self.memory.draft.publish.is_empty(),
            Field::KeepAlive => self.memory.draft.keep_alive.is_empty(),
            Field::Certificate => self.memory.draft.certificate.is_empty(),
            Field::Key => self.memory.draft.key.is_empty(),
            Field::ClientId | Field::Username | Field::Ca => false,
        };
        (self.memory.tried || !empty).then_some(complaint.text.as_str())
    }
}
