//! Our folders as the person meets them: listed on the page about the app, opened in the system's file manager.

use std::path::PathBuf;

use crate::{places::Places, view::Place};

/// Those that hold something a person may want to see.
pub(super) fn shown(places: &Places) -> Vec<Place> {
    [("Settings", &places.settings), ("Logs", &places.logs), ("Crash reports", &places.crashes)]
        .map(|(name, folder)| Place { name, folder: folder.clone() })
        .into()
}

/// Opens a folder, after it was made where it was not there yet. `trouble` hears why that did not work.
pub(super) fn open(folder: PathBuf, trouble: impl Fn(String) + Send + 'static) {
    let opens = move || {
        let opened = std::fs::create_dir_all(&folder).and_then(|()| open::that_detached(&folder));
        if let Err(problem) = opened {
            log::warn!("window: a folder could not be opened: {}", problem.kind());
            trouble(format!("No file manager came up ({problem}). The folder is {}", folder.display()));
        }
    };
    // Without a thread nothing opens; the path stands beside the button.
    let _ = std::thread::Builder::new().name("file manager".to_owned()).spawn(opens);
}
