//! New files that the app made, written whole, privately, and never over others by accident.
//!
//! All of them are written under other names first, a private one readable by its owner from its first byte on; only when
//! every byte of every file is on the disk do they get their names. A full disk or a crash then leaves no half of a key,
//! and a key that a certificate was already issued for is not lost to a second call.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use crate::credentials::Made;

/// What becomes of files that are there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// They stay, and nothing is written.
    #[default]
    Keep,
    /// They are replaced.
    Replace,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteProblem {
    /// There are files with these names, and they were to be kept.
    #[error("{} already there: {}", if .0.len() == 1 { "this file is" } else { "these files are" }, list(.0))]
    Exists(Vec<PathBuf>),
    /// The folder could not be made.
    #[error("the folder {} could not be made: {error}", folder.display())]
    Folder {
        /// Which.
        folder: PathBuf,
        /// What the operating system said.
        error: io::Error,
    },
    /// A file could not be written.
    #[error("{} could not be written: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        error: io::Error,
    },
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// Writes all of `made` into `folder`, which is made where it is missing, and says where they are.
///
/// # Errors
/// [`WriteProblem`]; then none of the new files is there. Only a replacement that fails in its very last step, the
/// renaming, can leave some files old and some new.
pub fn write_all(folder: &Path, made: &[Made], existing: Existing) -> Result<Vec<PathBuf>, WriteProblem> {
    let paths: Vec<PathBuf> = made.iter().map(|made| folder.join(&*made.name)).collect();
    if existing == Existing::Keep {
        // Also a symbolic link that leads nowhere is there.
        let there: Vec<_> = paths.iter().filter(|path| fs::symlink_metadata(path).is_ok()).cloned().collect();
        if !there.is_empty() {
            return Err(WriteProblem::Exists(there));
        }
    }
    fs::create_dir_all(folder).map_err(|error| WriteProblem::Folder { folder: folder.to_owned(), error })?;
    let failed = |path: &Path, error| WriteProblem::File { path: path.to_owned(), error };
    let mut written = Vec::with_capacity(made.len());
    for (made, path) in made.iter().zip(&paths) {
        written.push(unnamed(folder, made).map_err(|error| failed(path, error))?);
    }
    for (placed, (file, path)) in written.into_iter().zip(&paths).enumerate() {
        if let Err(error) = name(file, path, existing) {
            if existing == Existing::Keep {
                // They are new and ours: whoever reads this folder next must not find half of a set.
                paths[..placed].iter().for_each(|path| drop(fs::remove_file(path)));
            }
            return Err(match error.kind() {
                io::ErrorKind::AlreadyExists => WriteProblem::Exists(vec![path.clone()]),
                _ => failed(path, error),
            });
        }
    }
    sync(folder);
    Ok(paths)
}

/// All bytes on the disk, under a name that goes away by itself.
fn unnamed(folder: &Path, made: &Made) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".").suffix(".new");
    #[cfg(unix)]
    if !made.private {
        // As any new file: the user's mask decides.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    // Without that it is readable by its owner only.
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(&made.bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn name(file: NamedTempFile, path: &Path, existing: Existing) -> io::Result<()> {
    let named = match existing {
        Existing::Keep => file.persist_noclobber(path),
        Existing::Replace => file.persist(path),
    };
    named.map(drop).map_err(|error| error.error)
}

/// Makes the new names durable. Not every file system can.
#[cfg(unix)]
fn sync(folder: &Path) {
    if let Ok(folder) = fs::File::open(folder) {
        let _ = folder.sync_all();
    }
}

#[cfg(not(unix))]
fn sync(_: &Path) {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use zeroize::Zeroizing;

    use super::*;

    fn made(name: &'static str, text: &str, private: bool) -> Made {
        Made { name: name.into(), bytes: Zeroizing::new(text.as_bytes().to_vec()), private }
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_set_is_written_into_a_new_folder_and_keys_are_private() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("a/b");
        let set = [made("client.key", "secret", true), made("client.crt", "public", false)];
        let paths = write_all(&folder, &set, Existing::Keep).unwrap();
        assert_eq!(paths, [folder.join("client.key"), folder.join("client.crt")]);
        assert_eq!(names(&folder), ["client.crt", "client.key"]);
        assert_eq!(fs::read_to_string(&paths[0]).unwrap(), "secret");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&paths[0]), 0o600);
            // What the mask of whoever runs this leaves of a common file.
            fs::write(folder.join("common"), "").unwrap();
            assert_eq!(mode(&paths[1]), mode(&folder.join("common")));
        }
    }

    #[test]
    fn what_is_there_stays_unless_it_is_to_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("client.key"), "old").unwrap();
        let set = [made("client.csr", "request", false), made("client.key", "new", true)];
        let refused = write_all(folder.path(), &set, Existing::Keep).unwrap_err();
        assert!(
            matches!(&refused, WriteProblem::Exists(there) if *there == [folder.path().join("client.key")])
        );
        assert_eq!(names(folder.path()), ["client.key"], "nothing else was written either");
        assert_eq!(fs::read_to_string(folder.path().join("client.key")).unwrap(), "old");

        write_all(folder.path(), &set, Existing::Replace).unwrap();
        assert_eq!(names(folder.path()), ["client.csr", "client.key"]);
        assert_eq!(fs::read_to_string(folder.path().join("client.key")).unwrap(), "new");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_something_that_is_there_and_is_never_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("target");
        let link = folder.path().join("client.key");
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let set = [made("client.key", "secret", true)];
        assert!(matches!(write_all(folder.path(), &set, Existing::Keep), Err(WriteProblem::Exists(_))));
        write_all(folder.path(), &set, Existing::Replace).unwrap();
        assert!(!target.exists());
        assert!(!fs::symlink_metadata(link).unwrap().is_symlink());
    }

    #[test]
    fn a_set_that_fails_halfway_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let set = [made("client.key", "secret", true), made("no/such/folder", "", false)];
        assert!(matches!(write_all(folder.path(), &set, Existing::Keep), Err(WriteProblem::File { .. })));
        assert_eq!(names(folder.path()), Vec::<String>::new());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let refused = write_all(&file.join("below"), &[made("a", "", false)], Existing::Keep);
        assert!(matches!(refused, Err(WriteProblem::Folder { .. })));
    }
}
