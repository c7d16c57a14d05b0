//! The window: `logic` drains events into the [`State`](crate::model::State), `ui` draws it and performs what the person asked for.
//!
//! ```text
//! session, demo ─ events ─▶ live ──▶ State ──▶ view::root ──▶ Actions ──▶ perform
//! files ─────── judgement ─▶ judging ─────────▶     ▲                        │
//! file dialog ───── a path ─▶ picker ──▶ draft ─────┘◀───────────────────────┘
//! keys, exports ── outcomes ─▶ errands ─▶ making, profiles
//! ```
//!
//! Invariants: nothing on this thread waits for a network, a disk or a dialog; draining stops after
//! [`DRAIN_BUDGET`] and goes on in the next frame; a frame is drawn only where something happened, or once a second
//! while a clock is shown.

mod errands;
mod folders;
mod judging;
mod live;
mod making;
mod notices;
mod pace;
mod passphrase;
mod perform;
mod picker;
mod profiles;

use std::{
    path::PathBuf,
    time::{Duration, SystemTime},
};

use eframe::egui::{Context, ThemePreference, Ui};
use zeroize::Zeroizing;

use self::{
    errands::{Errands, Outcome},
    judging::Judging,
    live::Live,
    making::Making,
    notices::Notices,
    pace::Pace,
    picker::Picker,
};
use crate::{
    cli, crash,
    credentials::sort::Role,
    demo,
    model::Status,
    places::{self, Places},
    profile::{Complaint, Draft, Field, Profile, Secrets, Security},
    settings::{self, Appearance, Settings, Store, Trouble},
    view::{self, Action, Dialog, Memory, Pick, Place, Scene},
};

/// How long a frame may spend on draining events. The rest waits for the next frame, and the session never waits for us.
pub const DRAIN_BUDGET: Duration = Duration::from_millis(4);
/// How often a clock on the screen moves. A little more than a second, so that a board that speaks every second moves it.
const TICK: Duration = Duration::from_millis(1_100);

/// The window.
pub struct App {
    settings: Settings,
    store: Store,
    memory: Memory,
    live: Live,
    judging: Judging,
    picker: Picker,
    errands: Errands,
    making: Making,
    notices: Notices,
    pace: Pace,
    /// Where our files are, for the person to see.
    places: Vec<Place>,
    /// The passphrase that the last session began with.
    tried: Zeroizing<String>,
    /// The draft in the form, read: a profile or what is wrong with it.
    read: Result<Profile, Vec<Complaint>>,
}

impl App {
    /// The window as it opens. `window` is what the command line says about it.
    #[must_use]
    pub fn new(ctx: &Context, window: &cli::Window) -> Self {
        view::theme::install(ctx);
        let places = places::find(window.config_dir.as_deref());
        let folder = places.as_ref().map(|places| places.settings.clone());
        let (settings, trouble) = settings::open(folder.as_deref());
        let pace = Pace::new(ctx);
        let mut notices = Notices::default();
        let keep = match &trouble {
            Some(Trouble::Untouched { .. } | Trouble::NoFolder) => None,
            Some(Trouble::SetAside { .. }) | None => folder,
        };
        if let Some(trouble) = trouble {
            notices.trouble(trouble.to_string());
        }
        let mut app = Self {
            store: Store::start(keep, notices.about_saving(pace.wake())),
            judging: Judging::start(pace.wake()),
            memory: Memory {
                draft: settings.draft().clone(),
                certificates: making::blank(),
                ..Memory::default()
            },
            read: settings.draft().parse(),
            live: Live::default(),
            picker: Picker::default(),
            errands: Errands::default(),
            making: Making::default(),
            settings,
            notices,
            pace,
            places: places.as_ref().map(folders::shown).unwrap_or_default(),
            tried: Zeroizing::default(),
        };
        ctx.set_theme(theme(app.settings.appearance));
        app.clean_up(places.as_ref());
        app.open_as_asked(ctx, window);
        app
    }

    /// What a run before this one could not do: remove its demo, tell of its crash.
    fn clean_up(&mut self, places: Option<&Places>) {
        // What is left when there is no thread for it is removed at the next start of a demo.
        let _ = std::thread::Builder::new().name("leftovers".to_owned()).spawn(demo::remove_leftovers);
        let Some(places) = places else { return };
        let reports = crash::take_untold(&places.crashes).len();
        if reports > 0 {
            let text = match reports {
                1 => "Echo Monitor crashed. A report says where; it holds no messages and no passwords."
                    .to_owned(),
                many => format!(
                    "Echo Monitor crashed {many} times. Reports say where; they hold no messages and no passwords."
                ),
            };
            self.notices.offer(text, "Open the folder", Action::OpenFolder(places.crashes.clone()));
        }
    }

    /// What the command line asked for.
    fn open_as_asked(&mut self, ctx: &Context, window: &cli::Window) {
        // Secrets for this run can come from the environment, as they do without a window.
        match cli::secrets(|name| std::env::var_os(name)) {
            Ok(Secrets { password, passphrase }) => {
                self.memory.password = password.unwrap_or_default();
                self.memory.passphrase = passphrase.unwrap_or_default();
            }
            Err(sentence) => self.notices.trouble(sentence),
        }
        self.recall_passphrase();
        if let Some(file) = &window.file {
            self.import(file.clone());
        }
        if window.demo {
            self.perform(ctx, Action::StartDemo);
        } else if let Some(name) = &window.profile {
            match self.settings.find(name) {
                Some(index) => {
                    self.perform(ctx, Action::SelectProfile(index));
                    self.memory.setting_up = true;
                    self.perform(ctx, Action::Connect);
                }
                None => self.notices.trouble(format!("There is no profile with the name “{name}”.")),
            }
        }
    }

    /// Takes in whatever arrived since the last frame.
    fn take_in(&mut self, ctx: &Context) {
        if self.live.drain(&mut self.notices) {
            ctx.request_repaint();
        }
        match self.picker.take(&mut self.notices) {
            Some((pick, Some(path))) => self.picked(pick, &path),
            // No dialog came up at all: the path can be typed. A folder has its field already.
            Some((Pick::BoardFolder | Pick::RequestFolder | Pick::LocalFolder, None)) | None => {}
            Some((pick, None)) => self.memory.dialog = Some(Dialog::Path(pick, String::new())),
        }
        while let Some(outcome) = self.errands.take() {
            self.came_back(outcome);
        }
        self.making.tick();
        for (path, role) in self.judging.take() {
            self.sort_in(&path, role);
        }
        if let (Ok(draft), Some(judgement), false) =
            (&self.read, self.judging.judgement(), self.judging.is_busy())
        {
            self.live.judged(draft, judgement);
        }
        self.go_on_with_passphrase();
        self.notices.expire();
    }

    /// Somebody who was sent is back.
    fn came_back(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Imported(Ok(draft)) => self.imported(draft),
            Outcome::Imported(Err(problem)) => self.notices.trouble(problem.to_string()),
            Outcome::Exported(Ok(path)) => self.notices.done(&format!("Exported to {}.", path.display())),
            Outcome::Exported(Err(problem)) => {
                self.notices.trouble(format!("The profile could not be exported: {problem}."));
            }
            Outcome::Board(asked, outcome) => self.exported_for_board(asked, outcome),
            Outcome::Kept { file, remembered, result } => self.kept(&file, remembered, result),
            Outcome::Recalled(file, recalled) => self.recalled(&file, recalled),
            Outcome::Made(number, made) => self.making.made(number, made),
        }
    }

    /// Puts a file into a row of the form.
    fn put(&mut self, field: Field, path: &std::path::Path) {
        let Some(text) = path.to_str() else {
            self.notices
                .trouble(format!("{} has a name that is not text; it cannot be kept.", path.display()));
            return;
        };
        let draft = &mut self.memory.draft;
        let row = match field {
            Field::Ca => &mut draft.ca,
            Field::Certificate => &mut draft.certificate,
            _ => &mut draft.key,
        };
        text.clone_into(row);
        if field == Field::Certificate && holds_all(path) {
            text.clone_into(&mut draft.key);
        }
        if field != Field::Ca && draft.security == Security::Tls {
            // Whoever chooses a certificate of his own wants to present it.
            draft.security = Security::MutualTls;
        }
        self.memory.setting_up = true;
    }

    /// A dropped file goes where its content belongs.
    fn sort_in(&mut self, path: &std::path::Path, role: Role) {
        if role.fields().is_empty() {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            self.notices.trouble(format!("{name} is neither a certificate nor a key that can be read."));
        }
        for field in role.fields() {
            self.put(*field, path);
        }
    }

    /// The form changed: it is read again, kept, and its files are judged.
    fn follow_the_form(&mut self) {
        let current = self.settings.current;
        if let Some(kept) = self.settings.profiles.get_mut(current)
            && *kept != self.memory.draft
        {
            kept.clone_from(&self.memory.draft);
            self.read = self.memory.draft.parse();
            self.store.keep(&self.settings);
        }
        self.judging.ask(&self.memory.draft, &self.memory.passphrase);
    }

    fn drop_files(&mut self, ctx: &Context) {
        let dropped: Vec<PathBuf> =
            ctx.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect());
        let (profiles, credentials): (Vec<_>, Vec<_>) =
            dropped.into_iter().partition(|path| settings::is_profile(path));
        profiles.into_iter().for_each(|path| self.import(path));
        if !credentials.is_empty() {
            self.judging.sort(credentials);
        }
    }

    /// When to draw next although nothing happens.
    fn schedule(&self, ctx: &Context) {
        let counts = match self.live.state.link.status {
            Status::Connected | Status::Connecting | Status::Waiting => self.live.is_running(),
            Status::Idle | Status::Failed | Status::Stopped => false,
        };
        if counts {
            ctx.request_repaint_after(TICK);
        }
        if self.making.is_running() {
            ctx.request_repaint_after(making::TICK);
        }
        if let Some(wait) = self.notices.next_expiry() {
            ctx.request_repaint_after(wait);
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _: &mut eframe::Frame) {
        self.take_in(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        self.pace.drawn();
        self.drop_files(&ctx);
        let complaints = self.read.as_ref().err().map(Vec::as_slice).unwrap_or_default();
        let scene = Scene {
            state: &self.live.state,
            now: self.live.now(),
            wall: SystemTime::now(),
            session: self.live.session(self.read.as_ref().ok()),
            profiles: &self.settings.profiles,
            current: self.settings.current,
            untouched: self.settings.is_untouched(),
            first_time: !self.settings.hints_read,
            complaints,
            judgement: self.judging.judgement(),
            judging: self.judging.is_busy(),
            picking: self.picker.open(),
            certificates: &self.making.progress,
            theme: theme(self.settings.appearance),
            notices: self.notices.all(),
            places: &self.places,
        };
        let actions = view::root(ui, &scene, &mut self.memory);
        self.follow_the_form();
        for action in actions {
            match action {
                Action::Pick(pick) => {
                    self.picker.show(pick, &self.memory, frame, self.pace.wake());
                }
                action => self.perform(&ctx, action),
            }
        }
        self.schedule(&ctx);
    }

    fn on_exit(&mut self, _: Option<&eframe::glow::Context>) {
        self.live.end();
    }

    fn clear_color(&self, visuals: &eframe::egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}

fn theme(appearance: Appearance) -> ThemePreference {
    match appearance {
        Appearance::System => ThemePreference::System,
        Appearance::Light => ThemePreference::Light,
        Appearance::Dark => ThemePreference::Dark,
    }
}

fn appearance(theme: ThemePreference) -> Appearance {
    match theme {
        ThemePreference::System => Appearance::System,
        ThemePreference::Light => Appearance::Light,
        ThemePreference::Dark => Appearance::Dark,
    }
}

/// Whether a file is a PKCS#12 by its name: then the key is in it too.
fn holds_all(path: &std::path::Path) -> bool {
    let extension = path.extension();
    extension.is_some_and(|e| e.eq_ignore_ascii_case("p12") || e.eq_ignore_ascii_case("pfx"))
}

/// A new profile's form: the broker is for the person to say.
fn blank(name: String) -> Draft {
    Draft { name, host: String::new(), ..Draft::default() }
}
