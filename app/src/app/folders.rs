//! Our folders as the person meets them: listed on the page about the app, opened in the system's file manager. And pages
//! of the web, opened in its browser.

use std::{io, path::PathBuf};

use crate::{places::Places, view::Place};

/// Those that hold something a person may want to see.
pub(super) fn shown(places: &Places) -> Vec<Place> {
    [("Settings", &places.settings), ("Logs", &places.logs), ("Crash reports", &places.crashes)]
        .map(|(name, folder)| Place { name, folder: folder.clone() })
        .into()
}

/// Opens a folder, after it was made where it was not there yet. `trouble` hears why that did not work.
pub(super) fn open(folder: PathBuf, trouble: impl Fn(String) + Send + 'static) {
    let shown = folder.display().to_string();
    let opens = move || std::fs::create_dir_all(&folder).and_then(|()| open::that_detached(&folder));
    aside(opens, move |problem| {
        log::warn!("window: a folder could not be opened: {}", problem.kind());
        trouble(format!("No file manager came up ({problem}). The folder is {shown}"));
    });
}

/// Opens a page of the web. `trouble` hears why that did not work.
pub(super) fn browse(page: String, trouble: impl Fn(String) + Send + 'static) {
    let shown = page.clone();
    aside(
        move || open::that_detached(page),
        move |problem| {
            log::warn!("window: a page could not be opened: {}", problem.kind());
            trouble(format!("No browser came up ({problem}). The page is {shown}"));
        },
    );
}

/// The system may take its time, so not in the thread that draws. Without another one nothing opens.
fn aside(
    opens: impl FnOnce() -> io::Result<()> + Send + 'static,
    trouble: impl FnOnce(io::Error) + Send + 'static,
) {
    let opening = move || {
        if let Err(problem) = opens() {
            trouble(problem);
        }
    };
    let _ = std::thread::Builder::new().name("opener".to_owned()).spawn(opening);
}
