//! A profile goes out as a file, and comes in as one.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::{
    credentials::{Content, ReadProblem},
    files,
    profile::{
        Draft,
        file::{self, EXTENSION, FileProblem},
    },
};

/// Why a file gave no profile.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportProblem {
    /// It could not be read.
    #[error("{name} could not be imported: {}", unreadable(*problem))]
    Unreadable {
        /// Its name.
        name: String,
        /// Why.
        problem: ReadProblem,
    },
    /// There is no profile in it.
    #[error("{name} {problem}.")]
    NoProfile {
        /// Its name.
        name: String,
        /// Why.
        problem: FileProblem,
    },
}

fn unreadable(problem: ReadProblem) -> String {
    match problem {
        ReadProblem::Missing => "there is no such file.".to_owned(),
        ReadProblem::Folder => "it is a folder.".to_owned(),
        ReadProblem::Empty => "it is empty.".to_owned(),
        ReadProblem::TooLarge { .. } => "it is larger than any profile.".to_owned(),
        ReadProblem::Forbidden => "you are not allowed to read it.".to_owned(),
        ReadProblem::NotAFile => "it is not a file.".to_owned(),
        ReadProblem::Other(kind) => format!("{kind}."),
    }
}

/// Whether a file is a profile's by its name.
#[must_use]
pub fn is_profile(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(EXTENSION))
}

/// Reads the profile in a file.
///
/// # Errors
/// [`ImportProblem`]: what is wrong with it, in a sentence.
pub fn import(path: &Path) -> Result<Draft, ImportProblem> {
    // Paths in it are meant from its folder, wherever we were started.
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match files::read(&path) {
        Content::Read { name, bytes, .. } => {
            let folder = path.parent().unwrap_or(Path::new(""));
            file::read(&bytes, folder).map_err(|problem| ImportProblem::NoProfile { name, problem })
        }
        Content::Unreadable { name, problem } => Err(ImportProblem::Unreadable { name, problem }),
        Content::NotChosen => {
            Err(ImportProblem::Unreadable { name: path.display().to_string(), problem: ReadProblem::Missing })
        }
    }
}

/// Writes a profile to a file, which is then either the old or the new one, whole. Its name gets the ending that says
/// what it is, where it has none.
///
/// # Errors
/// What the operating system says.
pub fn export(draft: &Draft, path: &Path) -> io::Result<PathBuf> {
    let mut path = std::path::absolute(path)?;
    if !is_profile(&path) {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
        let mut name = name;
        name.push(format!(".{EXTENSION}"));
        path.set_file_name(name);
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let text = file::write(draft, folder).map_err(io::Error::other)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".profile-").suffix(".new");
    #[cfg(unix)]
    // As any new file: it is there to be given to others, and holds no secret.
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut new = builder.tempfile_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file().sync_all()?;
    new.persist(&path).map_err(|error| error.error)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::fs;

    use super::*;

    #[test]
    fn what_goes_out_comes_in_and_the_name_says_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let draft = Draft {
            name: "Bench".into(),
            ca: folder.path().join("certs/ca.crt").to_str().unwrap().into(),
            ..Draft::default()
        };
        let path = export(&draft, &folder.path().join("bench.v2")).unwrap();
        assert_eq!(path, folder.path().join("bench.v2.echo-profile"));
        assert_eq!(import(&path).unwrap(), draft);
        // Written again over itself; nothing else is left.
        export(&draft, &path).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_profile_gets_a_sentence_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let told = |name: &str| import(&folder.path().join(name)).unwrap_err().to_string();
        assert_eq!(told("a.echo-profile"), "a.echo-profile could not be imported: there is no such file.");
        fs::write(folder.path().join("b.echo-profile"), "[package]\n").unwrap();
        assert!(told("b.echo-profile").starts_with("b.echo-profile is not a profile of Echo Monitor"));
        fs::create_dir(folder.path().join("c")).unwrap();
        assert_eq!(told("c"), "c could not be imported: it is a folder.");
    }
}
