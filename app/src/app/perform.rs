//! Does what the person asked for.

use eframe::egui::{Context, OpenUrl};
use zeroize::Zeroizing;

use super::{App, appearance, blank, client_ends, folders, live::Target, theme};
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
            Action::Remedy(remedy) => self.remedy(&remedy),
            Action::Copy(text) => {
                ctx.copy_text(text);
                self.notices.done("Copied.");
            }
            Action::OpenFolder(folder) => folders::open(folder, self.notices.teller(self.pace.wake())),
            Action::OpenPage(page) => ctx.open_url(OpenUrl::new_tab(page)),
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
            Action::PickFile(_) => {}
        }
    }

    fn connect(&mut self) {
        match self.memory.draft.parse() {
            Ok(profile) => {
                let typed = |text: &Zeroizing<String>| (!text.is_empty()).then(|| text.clone());
                let secrets = Secrets {
                    password: typed(&self.memory.password),
                    passphrase: typed(&self.memory.passphrase),
                };
                let client_ends = client_ends(self.judging.judgement());
                let target = Target::Broker { profile: Box::new(profile), secrets, client_ends };
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

    fn select(&mut self, index: usize) {
        let Some(draft) = self.settings.profiles.get(index) else { return };
        self.memory.draft = draft.clone();
        self.settings.current = index;
        self.form_replaced();
    }

    fn add(&mut self, draft: Draft) {
        self.settings.profiles.push(draft);
        self.select(self.settings.profiles.len() - 1);
        self.memory.setting_up = true;
    }

    fn delete(&mut self) {
        let current = self.settings.current;
        if current < self.settings.profiles.len() {
            self.settings.profiles.remove(current);
        }
        if self.settings.profiles.is_empty() {
            self.settings.profiles.push(Draft::default());
        }
        self.memory.setting_up = true;
        self.select(current.min(self.settings.profiles.len() - 1));
    }

    /// Another profile is in the form: what was typed for the last one doesn't belong to it.
    fn form_replaced(&mut self) {
        self.memory.password = Zeroizing::default();
        self.memory.passphrase = Zeroizing::default();
        self.memory.tried = false;
        self.read = self.memory.draft.parse();
        self.store.keep(&self.settings);
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
        // These two open something first; the view does that.
        Remedy::PickFile(_) | Remedy::AskPassphrase => {}
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
