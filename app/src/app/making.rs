//! The work behind the page *Get certificates*: keys, requests, a throw-away CA, and the files of all that.
//!
//! Whatever is made is made elsewhere and numbered: what was cancelled meanwhile is not written, and not heard of.

mod files;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use zeroize::Zeroizing;

use self::files::{Local, answered, bytes, found, renewed, request_files, sentence};

use super::{App, errands::Outcome, profiles};
use crate::{
    files::{Existing, WriteProblem},
    profile::Security,
    view::certificates::{Answered, LocalFiles, Memory, Progress, Requested, Way, Wish, Work},
};

/// What came of a piece of work.
pub(super) enum Made {
    Request(Result<Requested, Problem>),
    Answer(Result<Answered, String>),
    Local(Result<LocalFiles, Problem>),
    /// It was cancelled before anything was written.
    Cancelled,
}

/// Why nothing was made.
pub(super) enum Problem {
    /// These files are there.
    Exists(Vec<String>),
    /// A sentence.
    Other(String),
}

impl From<WriteProblem> for Problem {
    fn from(problem: WriteProblem) -> Self {
        match problem {
            WriteProblem::Exists(there) => Self::Exists(profiles::names(&there)),
            other => Self::Other(sentence(&other.to_string())),
        }
    }
}

impl<T> From<Result<T, Problem>> for Work<T> {
    fn from(result: Result<T, Problem>) -> Self {
        match result {
            Ok(made) => Self::Done(made),
            Err(Problem::Exists(files)) => Self::Exists(files),
            Err(Problem::Other(why)) => Self::Failed(why),
        }
    }
}

#[derive(Default)]
pub(super) struct Making {
    pub(super) progress: Progress,
    /// What is being made, since when, and how to stop it.
    running: Option<(Way, Instant, Arc<AtomicBool>)>,
    number: u64,
}

impl Making {
    /// Whether a clock on the page moves.
    pub(super) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Brings the page's clock up to date.
    pub(super) fn tick(&mut self) {
        if let Some((way, since, _)) = &self.running {
            match way {
                Way::Request => self.progress.request = Work::Running(since.elapsed()),
                Way::Local => self.progress.local = Work::Running(since.elapsed()),
            }
        }
    }

    fn begin(&mut self, way: Way) -> (u64, Arc<AtomicBool>) {
        self.cancel();
        let cancelled = Arc::new(AtomicBool::new(false));
        self.running = Some((way, Instant::now(), Arc::clone(&cancelled)));
        self.tick();
        self.number += 1;
        (self.number, cancelled)
    }

    fn cancel(&mut self) {
        if let Some((way, _, cancelled)) = self.running.take() {
            cancelled.store(true, Ordering::Relaxed);
            match way {
                Way::Request => self.progress.request = Work::Nothing,
                Way::Local => self.progress.local = Work::Nothing,
            }
        }
    }

    /// Takes in what was made, unless nobody waits for it any more.
    pub(super) fn made(&mut self, number: u64, made: Made) {
        match made {
            Made::Answer(answer) => self.progress.answer = Some(answer),
            _ if number != self.number || self.running.is_none() => {}
            made => {
                self.running = None;
                match made {
                    Made::Request(result) => self.progress.request = result.into(),
                    Made::Local(result) => self.progress.local = result.into(),
                    Made::Answer(_) | Made::Cancelled => {}
                }
            }
        }
    }
}

/// The page before anything was typed into it.
pub(super) fn blank() -> Memory {
    let below = |name: &str| {
        let home = directories::UserDirs::new().map(|user| user.home_dir().join("echo-monitor").join(name));
        home.and_then(|folder| folder.to_str().map(str::to_owned)).unwrap_or_default()
    };
    Memory {
        folder: below("client"),
        names: "localhost, 127.0.0.1".to_owned(),
        port: "8884".to_owned(),
        days: "90".to_owned(),
        local_folder: below("local-ca"),
        ..Memory::default()
    }
}

impl App {
    pub(super) fn certificates(&mut self, wish: Wish) {
        match wish {
            Wish::MakeRequest { replace } => self.make_request(existing(replace)),
            Wish::Resume => self.resume_request(),
            Wish::Cancel => self.making.cancel(),
            Wish::Again => {
                let progress = &mut self.making.progress;
                match self.memory.certificates.way {
                    Way::Request => (progress.request, progress.answer) = (Work::Nothing, None),
                    Way::Local => progress.local = Work::Nothing,
                }
            }
            Wish::Check => {
                let pasted = Zeroizing::new(self.memory.certificates.answer.clone().into_bytes());
                self.check_answer(move || Ok(pasted));
            }
            Wish::UseAnswer => self.use_answer(),
            Wish::MakeLocal { replace } => self.make_local(existing(replace)),
            Wish::UseLocal => self.use_local(),
        }
    }

    fn make_request(&mut self, existing: Existing) {
        if self.memory.certificates.renew && !self.memory.draft.key.trim().is_empty() {
            return self.renew(existing);
        }
        let (subject, kind) = (self.memory.certificates.subject.clone(), self.memory.certificates.kind);
        let folder = match profiles::whole(&self.memory.certificates.folder) {
            Ok(folder) => folder,
            Err(why) => return self.making.progress.request = Work::Failed(why),
        };
        self.making.progress.answer = None;
        let (number, cancelled) = self.making.begin(Way::Request);
        self.errand(move || {
            Outcome::Made(number, request_files(&subject, kind, &folder, existing, &cancelled))
        });
    }

    /// Asks for another certificate for the key in the form.
    fn renew(&mut self, existing: Existing) {
        let subject = self.memory.certificates.subject.clone();
        let key = PathBuf::from(self.memory.draft.key.trim());
        let passphrase = self.secrets().passphrase;
        self.making.progress.answer = None;
        let (number, _) = self.making.begin(Way::Request);
        self.errand(move || {
            let passphrase = passphrase.as_deref().map(String::as_str);
            Outcome::Made(number, Made::Request(renewed(&subject, &key, passphrase, existing)))
        });
    }

    /// Goes on with what an earlier run made.
    fn resume_request(&mut self) {
        let folder = match profiles::whole(&self.memory.certificates.folder) {
            Ok(folder) => folder,
            Err(why) => return self.making.progress.request = Work::Failed(why),
        };
        self.making.progress.answer = None;
        let (number, _) = self.making.begin(Way::Request);
        self.errand(move || Outcome::Made(number, Made::Request(found(&folder))));
    }

    /// The answer is in this file.
    pub(super) fn load_answer(&mut self, path: PathBuf) {
        self.check_answer(move || bytes(&path));
    }

    fn check_answer(&mut self, answer: impl FnOnce() -> Result<Zeroizing<Vec<u8>>, String> + Send + 'static) {
        let Work::Done(made) = &self.making.progress.request else { return };
        let (key, number) = (PathBuf::from(&made.key), self.making.number);
        let passphrase = self.secrets().passphrase;
        self.errand(move || {
            let checked = answer()
                .and_then(|answer| answered(&answer, &key, passphrase.as_deref().map(String::as_str)));
            Outcome::Made(number, Made::Answer(checked))
        });
    }

    fn use_answer(&mut self) {
        let progress = &self.making.progress;
        let (Work::Done(made), Some(Ok(answered))) = (&progress.request, &progress.answer) else { return };
        let draft = &mut self.memory.draft;
        draft.security = Security::MutualTls;
        draft.certificate.clone_from(&answered.path);
        draft.key.clone_from(&made.key);
        self.used();
    }

    fn make_local(&mut self, existing: Existing) {
        let page = &self.memory.certificates;
        let asked = Local::read(page);
        match asked {
            Ok(asked) => {
                let (number, cancelled) = self.making.begin(Way::Local);
                self.errand(move || Outcome::Made(number, asked.make(existing, &cancelled)));
            }
            Err(why) => self.making.progress.local = Work::Failed(why),
        }
    }

    fn use_local(&mut self) {
        let Work::Done(made) = &self.making.progress.local else { return };
        let draft = &mut self.memory.draft;
        draft.security = Security::MutualTls;
        draft.ca.clone_from(&made.ca);
        draft.certificate.clone_from(&made.certificate);
        draft.key.clone_from(&made.key);
        draft.host.clone_from(&made.host);
        draft.port.clone_from(&made.port);
        self.used();
    }

    /// The rows are filled: back to the connection.
    fn used(&mut self) {
        self.memory.certificates.open = false;
        self.memory.setting_up = true;
        self.follow_the_form();
    }
}

fn existing(replace: bool) -> Existing {
    if replace { Existing::Replace } else { Existing::Keep }
}

/// How long a clock on the page stands still.
pub(super) const TICK: Duration = Duration::from_millis(500);
