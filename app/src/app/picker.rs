//! The native file dialog: made on the screen's thread, awaited on another one; one at a time.

use std::{
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, TryRecvError, channel},
    time::{Duration, Instant},
};

use rfd::AsyncFileDialog;

use super::notices::Notices;
use crate::profile::{Draft, Field};

/// Nobody cancels a dialog this fast: it did not come up. Without a portal and without zenity there is none.
const TOO_FAST: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Picker(Option<Open>);

struct Open {
    field: Field,
    since: Instant,
    answer: Receiver<Option<PathBuf>>,
}

impl Picker {
    /// The row a dialog is open for.
    pub(super) fn open(&self) -> Option<Field> {
        self.0.as_ref().map(|open| open.field)
    }

    /// Opens the dialog, unless one is open.
    pub(super) fn show(
        &mut self,
        field: Field,
        draft: &Draft,
        frame: &eframe::Frame,
        wake: impl Fn() + Send + 'static,
    ) {
        if self.0.is_some() {
            return;
        }
        let (title, kind, extensions) = words(field);
        let mut dialog = AsyncFileDialog::new()
            .set_title(title)
            .add_filter(kind, extensions)
            .add_filter("All files", &["*"])
            .set_parent(frame);
        if let Some(folder) = folder(draft, field) {
            dialog = dialog.set_directory(folder);
        }
        let picked = dialog.pick_file();
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
            self.0 = Some(Open { field, since: Instant::now(), answer });
        }
    }

    /// Doesn't wait for the dialog any more. What is chosen in it later is not heard.
    pub(super) fn cancel(&mut self) {
        self.0 = None;
    }

    /// The row and the file that was chosen for it; no file where the dialog never came up.
    pub(super) fn take(&mut self, notices: &mut Notices) -> Option<(Field, Option<PathBuf>)> {
        let open = self.0.as_ref()?;
        let (field, since) = (open.field, open.since);
        let chosen = match open.answer.try_recv() {
            Ok(chosen) => chosen,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => None,
        };
        self.0 = None;
        match chosen {
            Some(path) => Some((field, Some(path))),
            None if since.elapsed() < TOO_FAST => {
                notices.trouble(
                    "This system has no file dialog (neither a desktop portal nor zenity). Type the path, or drop the \
                     file on the window."
                        .to_owned(),
                );
                Some((field, None))
            }
            None => None,
        }
    }
}

fn words(field: Field) -> (&'static str, &'static str, &'static [&'static str]) {
    const CERTIFICATES: &[&str] = &["crt", "pem", "cer", "der", "p12", "pfx"];
    const KEYS: &[&str] = &["key", "pem", "der", "p8", "p12", "pfx"];
    match field {
        Field::Ca => ("Choose the CA file", "Certificates", CERTIFICATES),
        Field::Certificate => ("Choose the client certificate", "Certificates", CERTIFICATES),
        _ => ("Choose the private key", "Keys", KEYS),
    }
}

/// Where the row's file lies, else where another row's lies: the three mostly live together.
fn folder(draft: &Draft, field: Field) -> Option<PathBuf> {
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
        assert_eq!(folder(&draft, Field::Key), Some("/keys".into()));
        assert_eq!(folder(&draft, Field::Certificate), Some("/certs".into()));
        assert_eq!(folder(&Draft::default(), Field::Ca), None);
    }
}
