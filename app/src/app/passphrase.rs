//! The passphrase and this computer's keychain: only where a person asked for it, and never on the screen's thread.

use std::path::Path;

use zeroize::Zeroizing;

use super::{App, errands::Outcome};
use crate::{
    keychain::{self, KeychainProblem},
    profile::Draft,
};

impl App {
    /// The passphrase was entered: it is kept, or what is kept is forgotten.
    pub(super) fn keep_passphrase(&mut self, remember: bool) {
        let file = self.memory.draft.locked_file().to_owned();
        if remember && !file.is_empty() {
            let passphrase = self.memory.passphrase.clone();
            self.errand(move || {
                let result = keychain::remember(Path::new(&file), &passphrase);
                Outcome::Kept { file, remembered: true, result }
            });
        } else if self.memory.draft.passphrase_remembered {
            self.forget_passphrase(file);
        }
    }

    /// The profile is gone: so is what the keychain holds for it, unless another profile needs it.
    pub(super) fn forget_passphrase_of(&mut self, gone: &Draft) {
        let file = gone.locked_file();
        let needed = |profile: &Draft| profile.passphrase_remembered && profile.locked_file() == file;
        if gone.passphrase_remembered && !self.settings.profiles.iter().any(needed) {
            self.forget_passphrase(file.to_owned());
        }
    }

    fn forget_passphrase(&mut self, file: String) {
        self.errand(move || {
            let result = keychain::forget(Path::new(&file));
            Outcome::Kept { file, remembered: false, result }
        });
    }

    pub(super) fn kept(&mut self, file: &str, remembered: bool, result: Result<(), KeychainProblem>) {
        match result {
            Ok(()) => {
                self.notices.done(if remembered {
                    "The keychain remembers the passphrase."
                } else {
                    "The keychain has forgotten the passphrase."
                });
                // Meanwhile another profile may be in the form.
                let drafts = self.settings.profiles.iter_mut().chain([&mut self.memory.draft]);
                for draft in drafts.filter(|draft| draft.locked_file() == file) {
                    draft.passphrase_remembered = remembered;
                }
                self.store.keep(&self.settings);
            }
            Err(problem) if remembered => self.notices.trouble(format!(
                "The passphrase is not remembered: {problem}. It is kept in memory until the window closes."
            )),
            Err(problem) => {
                self.notices.trouble(format!("The passphrase may still be in the keychain: {problem}."));
            }
        }
    }

    /// Another profile is in the form: its passphrase is fetched, if the keychain has it.
    pub(super) fn recall_passphrase(&mut self) {
        let draft = &self.memory.draft;
        if draft.passphrase_remembered && self.memory.passphrase.is_empty() {
            let file = draft.locked_file().to_owned();
            self.errand(move || {
                let recalled = keychain::recall(Path::new(&file));
                Outcome::Recalled(file, recalled)
            });
        }
    }

    pub(super) fn recalled(
        &mut self,
        file: &str,
        recalled: Result<Option<Zeroizing<String>>, KeychainProblem>,
    ) {
        // Meanwhile another profile may be in the form, or the passphrase was typed.
        if self.memory.draft.locked_file() != file || !self.memory.passphrase.is_empty() {
            return;
        }
        match recalled {
            Ok(Some(passphrase)) => self.memory.passphrase = passphrase,
            Ok(None) => self.memory.draft.passphrase_remembered = false,
            Err(problem) => self
                .notices
                .trouble(format!("The passphrase could not be read from the keychain: {problem}.")),
        }
    }
}
