//! Appends to the log and turns it over when it is full.
//!
//! The file is opened for each batch of lines and closed after it. So several programs can write into one folder, a
//! person can delete it at any time, and Windows, which renames no open file, can turn it over.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// The size in bytes at which a file is full.
pub(super) const LIMIT: u64 = 512 * 1024;
/// How many files there are at most, the current one included.
pub(super) const FILES: u32 = 4;

/// `echo-monitor.log`, and the full ones from the newest: `echo-monitor.1.log`, `echo-monitor.2.log`, …
fn file(folder: &Path, age: u32) -> PathBuf {
    match age {
        0 => folder.join("echo-monitor.log"),
        age => folder.join(format!("echo-monitor.{age}.log")),
    }
}

pub(super) fn append(folder: &Path, lines: &str) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    let current = file(folder, 0);
    if fs::metadata(&current).is_ok_and(|metadata| metadata.len() >= LIMIT) {
        turn_over(folder)?;
    }
    let mut options = File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(current)?.write_all(lines.as_bytes())
}

/// Each file becomes one older; the oldest goes.
fn turn_over(folder: &Path) -> io::Result<()> {
    for age in (0..FILES - 1).rev() {
        match fs::rename(file(folder, age), file(folder, age + 1)) {
            Err(problem) if problem.kind() != io::ErrorKind::NotFound => return Err(problem),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_files_are_bounded_and_the_newest_lines_stay() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("made").join("when needed");
        let batch = |number: u32| format!("{number} {}\n", "x".repeat(LIMIT as usize / 2));
        (0..20).for_each(|number| append(&logs, &batch(number)).unwrap());
        let sizes: Vec<u64> =
            fs::read_dir(&logs).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).collect();
        assert_eq!(sizes.len(), FILES as usize);
        assert!(sizes.iter().all(|size| *size < 2 * LIMIT), "{sizes:?}");
        let first = |age| fs::read_to_string(file(&logs, age)).unwrap().split(' ').next().unwrap().to_owned();
        assert_eq!([0, 1, 2, 3].map(first), ["18", "16", "14", "12"]);
    }

    #[test]
    fn a_log_that_was_deleted_begins_again() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        append(&logs, "a\n").unwrap();
        fs::remove_dir_all(&logs).unwrap();
        append(&logs, "b\n").unwrap();
        assert_eq!(fs::read_to_string(file(&logs, 0)).unwrap(), "b\n");
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        append(folder.path(), "a\n").unwrap();
        assert_eq!(fs::metadata(file(folder.path(), 0)).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
