//! The native file dialog: made on the screen's thread, awaited on another one; one at a time.

use std::{
    future::Future,
    path::{Path, PathBuf},
    pin::Pin,
    sync::mpsc::{Receiver, TryRecvError, channel},
    time::{Duration, Instant},
};

use rfd::{AsyncFileDialog, FileHandle};

use super::{notices::Notices, profiles};
use crate::{
    profile::{Draft, Field, file::EXTENSION},
    view::{Dialog, Memory, Pick},
};

/// Nobody cancels a dialog this fast: it did not come up. Without a portal and without zenity there is none.
const TOO_FAST: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Picker(Option<Open>);

struct Open {
    pick: Pick,
    since: Instant,
    answer: Receiver<Option<PathBuf>>,
}

impl Picker {
    /// What a dialog is open for.
    pub(super) fn open(&self) -> Option<Pick> {
        self.0.as_ref().map(|open| open.pick)
    }

    /// Opens the dialog, unless one is open.
    pub(super) fn show(
        &mut self,
        pick: Pick,
        memory: &Memory,
        frame: &eframe::Frame,
        wake: impl Fn() + Send + 'static,
    ) {
        if self.0.is_some() {
            return;
        }
        let mut dialog = AsyncFileDialog::new().set_title(title(pick)).set_parent(frame);
        if let Some((kind, extensions)) = filter(pick) {
            dialog = dialog.add_filter(kind, extensions).add_filter("All files", &["*"]);
        }
        if let Some(folder) = folder(memory, pick) {
            dialog = dialog.set_directory(folder);
        }
        let picked: Pin<Box<dyn Future<Output = Option<FileHandle>> + Send>> = match pick {
            Pick::Credential(_) | Pick::Import | Pick::Answer => Box::pin(dialog.pick_file()),
            Pick::Export => {
                Box::pin(dialog.set_file_name(profiles::file_name(&memory.draft.name)).save_file())
            }
            Pick::BoardFolder | Pick::RequestFolder | Pick::LocalFolder => Box::pin(dialog.pick_folder()),
        };
        let (tell, answer) = channel();
        let waits = std::thread::Builder::new().name("file dialog".to_owned()).spawn(move || {
            // The dialog runs elsewhere; all that happens here is waiting for its answer.
            if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() {
                let file = runtime.block_on(picked);
                let _ = tell.send(file.map(|file| file.path().to_owned()));
            }
            wake();
        });
        if waits.is_ok() {
            self.0 = Some(Open { pick, since: Instant::now(), answer });
        }
    }

    /// Doesn't wait for the dialog any more. What is chosen in it later is not heard.
    pub(super) fn cancel(&mut self) {
        self.0 = None;
    }

    /// What was chosen, and for what; nothing where the dialog never came up.
    pub(super) fn take(&mut self, notices: &mut Notices) -> Option<(Pick, Option<PathBuf>)> {
        let open = self.0.as_ref()?;
        let (pick, since) = (open.pick, open.since);
        let chosen = match open.answer.try_recv() {
            Ok(chosen) => chosen,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => None,
        };
        self.0 = None;
        match chosen {
            Some(path) => Some((pick, Some(path))),
            None if since.elapsed() < TOO_FAST => {
                notices.trouble(
                    "This system has no file dialog (neither a desktop portal nor zenity). Type the path, or drop the \
                     file on the window."
                        .to_owned(),
                );
                Some((pick, None))
            }
            None => None,
        }
    }
}

fn title(pick: Pick) -> &'static str {
    match pick {
        Pick::Credential(Field::Ca) => "Choose the CA file",
        Pick::Credential(Field::Certificate) => "Choose the client certificate",
        Pick::Credential(_) => "Choose the private key",
        Pick::Import => "Import a profile",
        Pick::Export => "Export the profile",
        Pick::Answer => "Choose the CA's answer",
        Pick::BoardFolder => "Choose the folder for the board's files",
        Pick::RequestFolder => "Choose the folder for the key and the request",
        Pick::LocalFolder => "Choose the folder for the throw-away CA",
    }
}

fn filter(pick: Pick) -> Option<(&'static str, &'static [&'static str])> {
    const CERTIFICATES: &[&str] = &["crt", "pem", "cer", "der", "p12", "pfx"];
    const KEYS: &[&str] = &["key", "pem", "der", "p8", "p12", "pfx"];
    match pick {
        Pick::Credential(Field::Ca | Field::Certificate) | Pick::Answer => {
            Some(("Certificates", CERTIFICATES))
        }
        Pick::Credential(_) => Some(("Keys", KEYS)),
        Pick::Import | Pick::Export => Some(("Profiles", &[EXTENSION])),
        Pick::BoardFolder | Pick::RequestFolder | Pick::LocalFolder => None,
    }
}

/// Where the dialog begins.
fn folder(memory: &Memory, pick: Pick) -> Option<PathBuf> {
    let typed = match pick {
        Pick::Credential(field) => return beside(&memory.draft, field),
        Pick::Import | Pick::Export | Pick::Answer => return None,
        Pick::RequestFolder => &memory.certificates.folder,
        Pick::LocalFolder => &memory.certificates.local_folder,
        Pick::BoardFolder => match &memory.dialog {
            Some(Dialog::Board(export)) => &export.folder,
            _ => return None,
        },
    };
    profiles::whole(typed).ok()
}

/// Where the row's file lies, else where another row's lies: the three mostly live together.
fn beside(draft: &Draft, field: Field) -> Option<PathBuf> {
    let own = match field {
        Field::Ca => &draft.ca,
        Field::Certificate => &draft.certificate,
        _ => &draft.key,
    };
    [own, &draft.ca, &draft.certificate, &draft.key]
        .into_iter()
        .filter_map(|path| Path::new(path.trim()).parent())
        .find(|folder| folder.is_absolute())
        .map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dialog_opens_where_the_files_are() {
        let draft = Draft { ca: "/certs/ca.crt".into(), key: "/keys/client.key".into(), ..Draft::default() };
        assert_eq!(beside(&draft, Field::Key), Some("/keys".into()));
        assert_eq!(beside(&draft, Field::Certificate), Some("/certs".into()));
        assert_eq!(beside(&Draft::default(), Field::Ca), None);
    }
}
