//! Credential files: the only place that opens them. Read with a limit; what was made here is written by [`write_all`].
//!
//! A person may choose anything: a folder, a film of 5 GB, a pipe that nobody writes to, `/dev/zero`. None of it may hang
//! the program or fill the memory, so that the kind and the size are looked at before and after opening.

mod write;

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read},
    path::Path,
};

use zeroize::Zeroizing;

pub use self::write::{Existing, WriteProblem, write_all};
use crate::{
    credentials::{Content, FILE_LIMIT, Files, ReadProblem},
    profile::Sources,
};

/// Reads one file.
#[must_use]
pub fn read(path: &Path) -> Content {
    let name = path
        .file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    match contents(path) {
        Ok((bytes, metadata)) => Content::Read { name, bytes, mode: mode(&metadata) },
        Err(problem) => Content::Unreadable { name, problem },
    }
}

/// Reads all files of a profile. Where certificate and key are one file it is read twice.
#[must_use]
pub fn read_all(sources: &Sources) -> Files {
    let read = |path: &Option<std::path::PathBuf>| path.as_deref().map_or(Content::NotChosen, read);
    Files { ca: read(&sources.ca), certificate: read(&sources.certificate), key: read(&sources.key) }
}

fn contents(path: &Path) -> Result<(Zeroizing<Vec<u8>>, Metadata), ReadProblem> {
    // Before opening: opening a pipe or a device can wait for ever or do something.
    let size = regular(&fs::metadata(path).map_err(|error| problem(&error))?)?;
    let file = open(path).map_err(|error| problem(&error))?;
    // And after: it may be another file by now.
    let metadata = file.metadata().map_err(|error| problem(&error))?;
    regular(&metadata)?;
    // Of the right size from the start: a vector that grows leaves copies of a key behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1));
    file.take(FILE_LIMIT + 1).read_to_end(&mut bytes).map_err(|error| problem(&error))?;
    match bytes.len() as u64 {
        0 => Err(ReadProblem::Empty),
        bytes if bytes > FILE_LIMIT => Err(ReadProblem::TooLarge { bytes, limit: FILE_LIMIT }),
        _ => Ok((bytes, metadata)),
    }
}

/// The size of a file that is one.
fn regular(metadata: &Metadata) -> Result<u64, ReadProblem> {
    let bytes = metadata.len();
    if metadata.is_dir() {
        Err(ReadProblem::Folder)
    } else if !metadata.is_file() {
        Err(ReadProblem::NotAFile)
    } else if bytes > FILE_LIMIT {
        Err(ReadProblem::TooLarge { bytes, limit: FILE_LIMIT })
    } else {
        Ok(bytes)
    }
}

/// Opens without waiting, should the file have become a pipe in this moment.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        /// `O_NONBLOCK` of fcntl.h.
        const NON_BLOCKING: i32 =
            if cfg!(any(target_os = "linux", target_os = "android")) { 0o4000 } else { 0x4 };
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, NON_BLOCKING);
    }
    options.open(path)
}

fn problem(error: &io::Error) -> ReadProblem {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ReadProblem::Missing,
        io::ErrorKind::IsADirectory => ReadProblem::Folder,
        io::ErrorKind::PermissionDenied => ReadProblem::Forbidden,
        kind => ReadProblem::Other(kind),
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "not every operating system has permission bits")]
fn mode(metadata: &Metadata) -> Option<u32> {
    Some(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()))
}

#[cfg(not(unix))]
fn mode(_: &Metadata) -> Option<u32> {
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn problem_of(path: &Path) -> ReadProblem {
        match read(path) {
            Content::Unreadable { problem, .. } => problem,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_file_is_read_with_its_name_and_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("client.key");
        fs::write(&path, b"key").unwrap();
        match read(&path) {
            Content::Read { name, bytes, mode } => {
                assert_eq!((name.as_str(), bytes.as_slice()), ("client.key", &b"key"[..]));
                assert_eq!(mode.is_some(), cfg!(unix));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_no_small_file_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(problem_of(folder.path()), ReadProblem::Folder);
        assert_eq!(problem_of(&folder.path().join("none")), ReadProblem::Missing);
        let empty = folder.path().join("empty");
        fs::write(&empty, b"").unwrap();
        assert_eq!(problem_of(&empty), ReadProblem::Empty);
        // Sparse: five gigabytes that take no room.
        let huge = folder.path().join("huge");
        File::create(&huge).unwrap().set_len(5 << 30).unwrap();
        assert_eq!(problem_of(&huge), ReadProblem::TooLarge { bytes: 5 << 30, limit: FILE_LIMIT });
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_pipe_and_a_device_do_not_hang() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(problem_of(&pipe), ReadProblem::NotAFile);
        assert_eq!(problem_of(Path::new("/dev/zero")), ReadProblem::NotAFile);
        // Also where it became a pipe after it was looked at.
        assert!(open(&pipe).is_ok());
    }
}
