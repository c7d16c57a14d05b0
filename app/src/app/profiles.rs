//! Profiles come and go: made, copied, imported, exported, deleted.

use std::path::{Path, PathBuf};

use super::{App, errands::Outcome};
use crate::{
    board::{self, ExportProblem, Exported},
    credentials::findings::quoted,
    files::{Existing, WriteProblem},
    profile::{Draft, file::EXTENSION},
    settings,
    view::{BoardExport, Dialog, Pick},
};

impl App {
    pub(super) fn select(&mut self, index: usize) {
        let Some(draft) = self.settings.profiles.get(index) else { return };
        self.memory.draft = draft.clone();
        self.settings.current = index;
        self.form_replaced();
    }

    pub(super) fn add(&mut self, draft: Draft) {
        self.settings.profiles.push(draft);
        self.select(self.settings.profiles.len() - 1);
        self.memory.setting_up = true;
    }

    pub(super) fn delete(&mut self) {
        let current = self.settings.current;
        if current < self.settings.profiles.len() {
            let gone = self.settings.profiles.remove(current);
            self.forget_passphrase_of(&gone);
        }
        if self.settings.profiles.is_empty() {
            self.settings.profiles.push(Draft::default());
        }
        self.memory.setting_up = true;
        self.select(current.min(self.settings.profiles.len() - 1));
    }

    /// A path was chosen or typed for something.
    pub(super) fn picked(&mut self, pick: Pick, path: &Path) {
        match pick {
            Pick::Credential(field) => self.put(field, path),
            Pick::Import => self.import(path.to_owned()),
            Pick::Export => self.export(path.to_owned()),
            Pick::Answer => self.load_answer(path.to_owned()),
            Pick::BoardFolder => {
                if let (Some(Dialog::Board(export)), Some(path)) = (&mut self.memory.dialog, path.to_str()) {
                    *export = BoardExport { folder: path.to_owned(), ..BoardExport::default() };
                }
            }
            Pick::RequestFolder | Pick::LocalFolder => {
                let page = &mut self.memory.certificates;
                let row = if pick == Pick::LocalFolder { &mut page.local_folder } else { &mut page.folder };
                if let Some(path) = path.to_str() {
                    path.clone_into(row);
                }
            }
        }
    }

    /// Reads a profile's file; it comes back through [`App::imported`].
    pub(super) fn import(&mut self, path: PathBuf) {
        self.errand(move || Outcome::Imported(settings::import(&path)));
    }

    pub(super) fn imported(&mut self, mut draft: Draft) {
        if let Some(index) = self.settings.profiles.iter().position(|profile| *profile == draft) {
            self.select(index);
            self.memory.setting_up = true;
            self.notices.done(&format!("“{}” is here already.", draft.name));
            return;
        }
        let name = self.settings.unique_name(&draft.name, None);
        let told = if name == draft.name.trim() {
            format!("“{name}” was imported.")
        } else {
            format!(
                "“{}” was imported as “{name}”: there is another profile of that name.",
                draft.name.trim()
            )
        };
        draft.name = name;
        // The first start's profile, which nobody touched, makes room.
        if self.settings.is_untouched() {
            self.settings.profiles.clear();
        }
        self.add(draft);
        self.notices.done(&told);
    }

    fn export(&mut self, path: PathBuf) {
        let draft = self.memory.draft.clone();
        self.errand(move || Outcome::Exported(settings::export(&draft, &path)));
    }

    pub(super) fn export_for_board(&mut self, asked: BoardExport) {
        let Ok(profile) = self.memory.draft.parse() else { return };
        let folder = match whole(&asked.folder) {
            Ok(folder) => folder,
            Err(why) => {
                self.memory.dialog = Some(Dialog::Board(asked));
                return self.notices.trouble(why);
            }
        };
        let secrets = self.secrets();
        let existing = if asked.replace { Existing::Replace } else { Existing::Keep };
        self.errand(move || {
            let exported = board::export(&profile, &secrets, &folder, existing);
            Outcome::Board(asked, exported)
        });
    }

    pub(super) fn exported_for_board(
        &mut self,
        asked: BoardExport,
        outcome: Result<Exported, ExportProblem>,
    ) {
        match outcome {
            Ok(Exported { files, notes }) => {
                let configuration =
                    files.first().map(|path| quoted(&path.display().to_string())).unwrap_or_default();
                let command = format!("echo-board --config {configuration}");
                self.memory.dialog = Some(Dialog::Exported { command, notes });
            }
            Err(ExportProblem::Write(WriteProblem::Exists(there))) => {
                let exists = names(&there);
                self.memory.dialog = Some(Dialog::Board(BoardExport { exists, replace: false, ..asked }));
            }
            Err(problem) => self.notices.trouble(problem.to_string()),
        }
    }

    /// Sends somebody to do this; what came of it is taken in by [`App::take_in`].
    pub(super) fn errand(&mut self, work: impl FnOnce() -> Outcome + Send + 'static) {
        if let Err(problem) = self.errands.run(self.pace.wake(), work) {
            self.notices.trouble(format!("The system gave no thread for that: {problem}."));
        }
    }
}

/// Files by their names alone.
pub(super) fn names(paths: &[PathBuf]) -> Vec<String> {
    let name = |path: &PathBuf| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    paths.iter().map(name).collect()
}

/// The name that the current profile's file is offered.
pub(super) fn file_name(profile: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || " -_.".contains(c) { c } else { '-' };
    let stem: String = profile.trim().chars().map(plain).take(64).collect();
    format!("{}.{EXTENSION}", if stem.trim_matches(['.', ' ']).is_empty() { "profile" } else { stem.trim() })
}

/// A typed folder as a whole path. A window has no folder that a relative one could be meant from.
pub(super) fn whole(typed: &str) -> Result<PathBuf, String> {
    let typed = typed.trim();
    let bare = typed.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(typed);
    let path = match bare.strip_prefix("~/") {
        Some(below) => directories::UserDirs::new().map(|user| user.home_dir().join(below)),
        None => Some(PathBuf::from(bare)),
    };
    path.filter(|path| path.is_absolute()).ok_or_else(|| {
        format!("“{bare}” is not a whole path: enter it from its beginning, or choose the folder.")
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_profile_offers_a_name_that_every_system_takes() {
        assert_eq!(file_name("Bench board"), "Bench board.echo-profile");
        assert_eq!(file_name("a/b:c"), "a-b-c.echo-profile");
        assert_eq!(file_name(" .. "), "profile.echo-profile");
    }

    #[test]
    fn only_a_whole_path_says_where_a_window_shall_write() {
        let here = std::env::temp_dir();
        assert_eq!(whole(&format!(" \"{}\" ", here.display())), Ok(here));
        assert!(whole("certs").is_err() && whole("").is_err());
    }
}
