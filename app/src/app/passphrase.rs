//! The passphrase and this computer's keychain: only where a person asked for it, and never on the screen's thread.

use std::path::Path;

use zeroize::Zeroizing;

use super::{App, errands::Outcome};
use crate::{
    credentials::About,
    failure::{CredentialFailure, Failure},
    keychain::{self, KeychainProblem},
    model::Status,
    profile::Draft,
};

fn wants_passphrase(failure: &Failure) -> bool {
    let Failure::Credentials(CredentialFailure::Judged { finding, .. }) = failure else { return false };
    matches!(finding.about, About::PassphraseNeeded | About::PassphraseWrong)
}

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

    /// A session that could not begin for want of a passphrase goes on with the one that has come since: typed, or out of
    /// a keychain that took its time.
    pub(super) fn go_on_with_passphrase(&mut self) {
        let is_new = !self.memory.passphrase.is_empty() && self.memory.passphrase != self.tried;
        let waits = || {
            let link = &self.live.state.link;
            link.status == Status::Failed && link.failure.as_deref().is_some_and(wants_passphrase)
        };
        if is_new && waits() && self.read.as_ref().is_ok_and(|draft| self.live.runs(draft)) {
            self.connect();
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::{
        fs,
        thread::sleep,
        time::{Duration, Instant},
    };

    use eframe::egui::Context;
    use pkcs8::{PrivateKeyInfoRef, SecretDocument, der::Decode as _, pkcs5::pbes2::Parameters};

    use super::*;
    use crate::{cli::Window, credentials::local, failure::Stage};

    /// A key of ours behind a passphrase.
    fn sealed(pem: &str) -> String {
        let (_, document) = SecretDocument::from_pem(pem).unwrap();
        let key = PrivateKeyInfoRef::from_der(document.as_bytes()).unwrap();
        let how = Parameters::generate_pbkdf2_sha256_aes256cbc(2_048, &[7; 16], [7; 16]).unwrap();
        let sealed = key.encrypt_with_params(how, "sesame").unwrap();
        sealed.to_pem("ENCRYPTED PRIVATE KEY", pkcs8::LineEnding::LF).unwrap().to_string()
    }

    /// Frames until it has failed at this stage, or patience is over.
    fn failed_at(app: &mut App, ctx: &Context, stage: Stage) -> bool {
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(20) {
            app.take_in(ctx);
            if app.live.state.link.failure.as_ref().is_some_and(|failure| failure.stage() == stage) {
                return true;
            }
            sleep(Duration::from_millis(20));
        }
        false
    }

    /// The keychain may answer after the session has failed; whoever asked to connect need not ask again.
    #[test]
    fn a_session_that_wants_a_passphrase_goes_on_when_it_comes() {
        let home = tempfile::tempdir().unwrap();
        let made = local::make(&["localhost"], std::time::SystemTime::now(), 30).unwrap();
        let file = |name: &str, text: &str| {
            let path = home.path().join(name);
            fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let draft = Draft {
            name: "Bench".into(),
            host: "127.0.0.1".into(),
            port: "1".into(),
            ca: file("ca.crt", &made.ca_pem),
            certificate: file("client.crt", &made.client_pem),
            key: file("client.key", &sealed(&made.client_key_pem)),
            ..Draft::default()
        };
        let profile = format!("[[profile]]\n{}", toml::to_string(&draft).unwrap());
        fs::write(home.path().join("settings.toml"), profile).unwrap();
        let ctx = Context::default();
        let window = Window {
            profile: Some("Bench".into()),
            config_dir: Some(home.path().to_owned()),
            ..Window::default()
        };
        let mut app = App::new(&ctx, &window);
        assert!(failed_at(&mut app, &ctx, Stage::Credentials));
        app.memory.passphrase = Zeroizing::new("wrong".to_owned());
        app.take_in(&ctx);
        let is_wrong =
            |app: &App| app.live.state.link.failure.as_ref().is_some_and(|f| f.kind() == "passphrase-wrong");
        let begin = Instant::now();
        while !is_wrong(&app) && begin.elapsed() < Duration::from_secs(20) {
            app.take_in(&ctx);
            sleep(Duration::from_millis(20));
        }
        assert!(is_wrong(&app));
        app.memory.passphrase = Zeroizing::new("sesame".to_owned());
        assert!(failed_at(&mut app, &ctx, Stage::Tcp), "it did not go on");
        app.live.end();
    }
}
