//! Writes the settings on a thread of its own: typing into a form must not wait for a disk.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::{NAME, Settings};

/// How long nothing must change before it is written.
const QUIET: Duration = Duration::from_millis(400);
/// How long a change waits at most, however busy the typing.
const LATEST: Duration = Duration::from_secs(3);

/// Keeps settings. Dropping it writes what has not been written.
pub struct Store {
    changes: Option<Sender<Settings>>,
    writer: Option<JoinHandle<()>>,
}

impl Store {
    /// A store that writes into `folder`, or one that keeps nothing. `problem` hears of a write that failed.
    pub fn start(folder: Option<PathBuf>, problem: impl Fn(io::Error) + Send + 'static) -> Self {
        let (changes, inbox) = channel();
        let writer = folder.and_then(|folder| {
            let write = move |settings: &Settings| {
                write(&folder, settings).unwrap_or_else(&problem);
            };
            std::thread::Builder::new().name("settings".to_owned()).spawn(move || run(&inbox, write)).ok()
        });
        Self { changes: writer.is_some().then_some(changes), writer }
    }

    /// These are the settings now.
    pub fn keep(&self, settings: &Settings) {
        if let Some(changes) = &self.changes {
            // Fails only when the writer is gone; it goes only with us.
            let _ = changes.send(settings.clone());
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.changes = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

fn run(inbox: &Receiver<Settings>, write: impl Fn(&Settings)) {
    while let Ok(mut settings) = inbox.recv() {
        let first = Instant::now();
        let open = loop {
            let wait = QUIET.min(LATEST.saturating_sub(first.elapsed()));
            match inbox.recv_timeout(wait) {
                Ok(newer) => settings = newer,
                Err(RecvTimeoutError::Timeout) => break true,
                Err(RecvTimeoutError::Disconnected) => break false,
            }
        };
        write(&settings);
        if !open {
            return;
        }
    }
}

/// The whole file or nothing: a temporary file beside it, synced, then renamed over it.
fn write(folder: &Path, settings: &Settings) -> io::Result<()> {
    let text = settings.to_text().map_err(io::Error::other)?;
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(".settings-").suffix(".tmp").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(folder.join(NAME)).map_err(|error| error.error)?;
    sync_folder(folder);
    Ok(())
}

/// Makes the rename itself durable. Not every file system can; the data is safe either way.
#[cfg(unix)]
fn sync_folder(folder: &Path) {
    if let Ok(folder) = std::fs::File::open(folder) {
        let _ = folder.sync_all();
    }
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::cell::RefCell;

    use super::*;
    use crate::profile::Draft;

    fn named(name: &str) -> Settings {
        Settings {
            profiles: vec![Draft { name: name.to_owned(), ..Draft::default() }],
            ..Settings::default()
        }
    }

    #[test]
    fn a_burst_of_changes_is_one_write_of_the_last() {
        let (changes, inbox) = channel();
        for name in ["B", "Be", "Ben"] {
            changes.send(named(name)).unwrap();
        }
        drop(changes);
        let written = RefCell::new(Vec::new());
        run(&inbox, |settings| written.borrow_mut().push(settings.draft().name.clone()));
        assert_eq!(written.into_inner(), ["Ben"]);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let (told, problems) = channel();
        let store = Store::start(Some(file.join("below")), move |problem| told.send(problem).unwrap());
        store.keep(&named("A"));
        drop(store);
        assert_eq!(problems.try_iter().count(), 1);
    }

    #[test]
    fn nothing_but_the_file_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &named("A")).unwrap();
        write(folder.path(), &named("B")).unwrap();
        let names: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, [NAME]);
    }
}
