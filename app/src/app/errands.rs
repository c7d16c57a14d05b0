//! Work that is asked for once and must not hold up the screen: each piece on a thread of its own, all outcomes through
//! one channel.

use std::{
    io,
    path::PathBuf,
    sync::mpsc::{Receiver, Sender, channel},
};

use zeroize::Zeroizing;

use super::making::Made;
use crate::{
    board::{ExportProblem, Exported},
    keychain::KeychainProblem,
    profile::Draft,
    settings::ImportProblem,
    view::BoardExport,
};

/// What came of a piece of work.
pub(super) enum Outcome {
    /// A profile was read.
    Imported(Result<Draft, ImportProblem>),
    /// A profile was written.
    Exported(io::Result<PathBuf>),
    /// The board's files were written, or not, into this folder.
    Board(BoardExport, Result<Exported, ExportProblem>),
    /// The passphrase of this file was kept, or forgotten, or not.
    Kept { file: String, remembered: bool, result: Result<(), KeychainProblem> },
    /// The passphrase of this file, from the keychain.
    Recalled(String, Result<Option<Zeroizing<String>>, KeychainProblem>),
    /// Something of the page *Get certificates*.
    Made(u64, Made),
}

pub(super) struct Errands {
    tell: Sender<Outcome>,
    outcomes: Receiver<Outcome>,
}

impl Default for Errands {
    fn default() -> Self {
        let (tell, outcomes) = channel();
        Self { tell, outcomes }
    }
}

impl Errands {
    /// Does `work` elsewhere and wakes the screen when it is done.
    ///
    /// # Errors
    /// Where there is no thread to be had.
    pub(super) fn run(
        &self,
        wake: impl Fn() + Send + 'static,
        work: impl FnOnce() -> Outcome + Send + 'static,
    ) -> io::Result<()> {
        let tell = self.tell.clone();
        let run = move || {
            // Fails only when the window is gone.
            let _ = tell.send(work());
            wake();
        };
        std::thread::Builder::new().name("errand".to_owned()).spawn(run).map(drop)
    }

    pub(super) fn take(&self) -> Option<Outcome> {
        self.outcomes.try_recv().ok()
    }
}
