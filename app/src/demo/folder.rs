//! A private folder for the demo's certificates, and the removal of what a crashed run left behind.
//!
//! The folder is readable by its owner only and goes with its [`Folder`]. A run that is killed can't remove its own;
//! the next start does. To tell a leftover from the folder of a demo that runs at this moment, each folder holds a file
//! that its run keeps locked: the operating system gives the lock back when the process ends, however it ends.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

const PREFIX: &str = "echo-monitor-demo-";
const LOCK: &str = "in-use";

/// A private folder that is removed when this is dropped.
#[derive(Debug)]
pub(super) struct Folder {
    // Before the folder, so that the file is closed when the folder is removed: Windows removes no open file.
    _lock: File,
    dir: TempDir,
}

impl Folder {
    /// A new folder below `parent`, after leftovers there were removed.
    pub(super) fn new_in(parent: &Path) -> io::Result<Self> {
        remove_leftovers(parent);
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let dir = builder.tempdir_in(parent)?;
        // Locked under another name first: a lock file that is seen is a lock file that is held.
        let unseen = dir.path().join("in-use.new");
        let lock = File::create_new(&unseen)?;
        lock.lock()?;
        fs::rename(&unseen, dir.path().join(LOCK))?;
        Ok(Self { _lock: lock, dir })
    }

    pub(super) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file into the folder that only its owner can read.
    pub(super) fn write(&self, name: &str, content: &str) -> io::Result<PathBuf> {
        let path = self.path().join(name);
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        io::Write::write_all(&mut options.open(&path)?, content.as_bytes())?;
        Ok(path)
    }
}

/// Removes the folders of runs that ended without removing theirs. What can't be read or removed is left alone: it may
/// be another user's.
pub(super) fn remove_leftovers(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        // The type of the entry itself: a symbolic link is not followed.
        if ours && entry.file_type().is_ok_and(|kind| kind.is_dir()) && abandoned(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn abandoned(folder: &Path) -> bool {
    let Ok(lock) = File::options().write(true).open(folder.join(LOCK)) else { return false };
    match lock.try_lock() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn names(parent: &Path) -> usize {
        fs::read_dir(parent).unwrap().count()
    }

    #[test]
    fn it_is_private_and_goes_when_dropped() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::new_in(parent.path()).unwrap();
        let file = folder.write("client.key", "secret").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(folder.path()), 0o700);
            assert_eq!(mode(&file), 0o600);
        }
        assert_eq!(fs::read_to_string(file).unwrap(), "secret");
        drop(folder);
        assert_eq!(names(parent.path()), 0);
    }

    #[test]
    fn a_crashed_runs_folder_is_removed_and_a_running_ones_is_kept() {
        let parent = tempfile::tempdir().unwrap();
        let crashed = parent.path().join(format!("{PREFIX}crashed"));
        fs::create_dir(&crashed).unwrap();
        fs::write(crashed.join(LOCK), "").unwrap();
        fs::write(crashed.join("client.key"), "secret").unwrap();
        let foreign = parent.path().join(format!("{PREFIX}not-ours"));
        fs::create_dir(&foreign).unwrap();

        let first = Folder::new_in(parent.path()).unwrap();
        assert!(!crashed.exists());
        assert!(foreign.exists(), "a folder without our lock file is somebody else's");

        let second = Folder::new_in(parent.path()).unwrap();
        assert!(first.path().exists(), "a folder in use stays");
        assert_ne!(first.path(), second.path());
    }
}
