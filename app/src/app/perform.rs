//! Does what the person asked for.

use eframe::egui::Context;
use zeroize::Zeroizing;

use super::{App, appearance, blank, folders, live::Target, profiles, theme};
use crate::{
    failure::Remedy,
    profile::{Draft, Secrets},
    view::Action,
};

impl App {
    pub(super) fn perform(&mut self, ctx: &Context, action: Action) {
        match action {
            Action::StartDemo => self.live.start(Target::Demo, self.pace.wake(), &mut self.notices),
            Action::Connect => self.connect(),
            Action::Disconnect => self.live.stop(),
            Action::TryNow => self.live.try_now(),
            Action::SelectProfile(index) => self.select(index),
            Action::NewProfile => {
                let name = self.settings.unique_name("New profile", None);
                self.add(blank(name));
            }
            Action::DuplicateProfile => {
                let name = self.settings.unique_name(&self.memory.draft.name, None);
                self.add(Draft { name, ..self.memory.draft.clone() });
            }
            Action::RenameProfile(name) => {
                self.memory.draft.name = self.settings.unique_name(&name, Some(self.settings.current));
                self.follow_the_form();
            }
            Action::DeleteProfile => self.delete(),
            Action::CancelPick => self.picker.cancel(),
            Action::Picked(pick, path) => match profiles::whole(&path) {
                Ok(path) => self.picked(pick, &path),
                Err(why) => self.notices.trouble(why),
            },
            Action::ExportForBoard(export) => self.export_for_board(export),
            Action::Certificates(wish) => self.certificates(wish),
            Action::Remedy(remedy) => self.remedy(&remedy),
            Action::KeepPassphrase(remember) => self.keep_passphrase(remember),
            Action::Copy(text) => {
                ctx.copy_text(text);
                self.notices.done("Copied.");
            }
            Action::OpenFolder(folder) => folders::open(folder, self.notices.teller(self.pace.wake())),
            Action::OpenPage(page) => folders::browse(page.to_owned(), self.notices.teller(self.pace.wake())),
            Action::HintsRead => {
                self.settings.hints_read = true;
                self.store.keep(&self.settings);
            }
            Action::SetTheme(preference) => {
                self.settings.appearance = appearance(preference);
                ctx.set_theme(theme(self.settings.appearance));
                self.store.keep(&self.settings);
            }
            Action::DismissNotice(id) => self.notices.dismiss(id),
            // Needs the window's handle: done where that is.
            Action::Pick(_) => {}
        }
    }

    pub(super) fn connect(&mut self) {
        self.tried.clone_from(&self.memory.passphrase);
        match self.memory.draft.parse() {
            Ok(profile) => {
                let secrets = self.secrets();
                let target = Target::Broker { profile: Box::new(profile), secrets };
                self.live.start(target, self.pace.wake(), &mut self.notices);
            }
            // The form shows what is wrong, at each field.
            Err(complaints) => {
                self.read = Err(complaints);
                self.memory.tried = true;
                self.memory.drawer = true;
            }
        }
    }

    /// What was typed and is stored nowhere.
    pub(super) fn secrets(&self) -> Secrets {
        let typed = |text: &Zeroizing<String>| (!text.is_empty()).then(|| text.clone());
        Secrets { password: typed(&self.memory.password), passphrase: typed(&self.memory.passphrase) }
    }

    /// Another profile is in the form: what was typed for the last one doesn't belong to it.
    pub(super) fn form_replaced(&mut self) {
        self.memory.password = Zeroizing::default();
        self.memory.passphrase = Zeroizing::default();
        self.memory.tried = false;
        self.read = self.memory.draft.parse();
        self.store.keep(&self.settings);
        self.recall_passphrase();
    }

    /// Changes the form as offered; where a session runs, it starts again with that.
    fn remedy(&mut self, remedy: &Remedy) {
        apply(remedy, &mut self.memory.draft);
        self.follow_the_form();
        if self.live.is_running() {
            self.connect();
        }
    }
}

/// What a remedy changes in a form.
fn apply(remedy: &Remedy, draft: &mut Draft) {
    match remedy {
        Remedy::UseHost(host) => draft.host.clone_from(host),
        Remedy::UsePort(port) => draft.port = port.to_string(),
        Remedy::UseSecurity(security) => draft.security = *security,
        Remedy::UseProtocol(protocol) => draft.protocol = *protocol,
        Remedy::AllowV1Server => draft.allow_v1_server = true,
        Remedy::SwapFiles => std::mem::swap(&mut draft.certificate, &mut draft.key),
        Remedy::RandomClientId => draft.client_id.clear(),
        // These open or copy something first; the view does that.
        Remedy::PickFile(_)
        | Remedy::AskPassphrase
        | Remedy::GetCertificates
        | Remedy::RenewCertificate
        | Remedy::MakeLocalCa(_)
        | Remedy::CopyCommand(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Protocol, Security};

    #[test]
    fn a_remedy_changes_just_what_it_says() {
        let before =
            Draft { certificate: "a".into(), key: "b".into(), client_id: "c".into(), ..Draft::default() };
        let after = |remedy| {
            let mut draft = before.clone();
            apply(&remedy, &mut draft);
            draft
        };
        assert_eq!(after(Remedy::UseHost("h".into())), Draft { host: "h".into(), ..before.clone() });
        assert_eq!(after(Remedy::UsePort(1)), Draft { port: "1".into(), ..before.clone() });
        assert_eq!(
            after(Remedy::UseSecurity(Security::Tls)),
            Draft { security: Security::Tls, ..before.clone() }
        );
        assert_eq!(
            after(Remedy::UseProtocol(Protocol::V311)),
            Draft { protocol: Protocol::V311, ..before.clone() }
        );
        assert_eq!(after(Remedy::AllowV1Server), Draft { allow_v1_server: true, ..before.clone() });
        assert_eq!(
            after(Remedy::SwapFiles),
            Draft { certificate: "b".into(), key: "a".into(), ..before.clone() }
        );
        assert_eq!(after(Remedy::RandomClientId), Draft { client_id: String::new(), ..before.clone() });
    }
}
