//! A profile as a file of its own, for a colleague or another computer: TOML with a version, and no secrets in it.
//!
//! ```toml
//! echo-profile = 1
//!
//! [profile]
//! name = "Bench"
//! host = "broker.example"
//! ca = "certs/ca.crt"
//! ```
//!
//! Credentials stand in it as paths. One below the file's own folder is written without that folder, so that the folder
//! can be moved as a whole; who reads the file puts the folder in front again.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Draft;

/// What the name of such a file ends with.
pub const EXTENSION: &str = "echo-profile";
/// The largest file that is read, in bytes: a hundred times a profile.
pub const SIZE_LIMIT: usize = 256 * 1024;
/// The one version there is.
const VERSION: i64 = 1;

/// Why a file gives no profile. Its sentence goes on after the file's name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FileProblem {
    /// Larger than any profile.
    #[error("is larger than any profile: it is another file")]
    TooLarge,
    /// Not UTF-8.
    #[error("is not a text: it is another file, or damaged")]
    NotText,
    /// Text that is no TOML.
    #[error("is damaged: {0}")]
    Damaged(String),
    /// TOML of something else.
    #[error("is not a profile of Echo Monitor: it has no “echo-profile = {VERSION}”")]
    Foreign,
    /// Written by a later version.
    #[error(
        "was written by a later version (its format is {0}, this one reads {VERSION}): update Echo Monitor"
    )]
    Later(i64),
    /// A profile that leaves out what makes it one.
    #[error("is a profile without a {0}: it was cut, or edited")]
    Incomplete(&'static str),
}

/// The file as it is written.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Written<'a> {
    echo_profile: i64,
    profile: &'a Draft,
}

/// The file as it is read.
#[derive(Deserialize)]
struct Read {
    profile: Draft,
}

/// The text of a profile's file that will lie in `folder`.
///
/// # Errors
/// Where a value cannot be written as TOML; none of a draft's is such a value.
pub fn write(draft: &Draft, folder: &Path) -> Result<String, toml::ser::Error> {
    // What this computer's keychain holds, another's does not.
    let mut draft = Draft { passphrase_remembered: false, ..draft.clone() };
    for path in [&mut draft.ca, &mut draft.certificate, &mut draft.key] {
        if let Ok(below) = Path::new(path.trim()).strip_prefix(folder)
            && !path.trim().is_empty()
        {
            // A slash is understood everywhere.
            *path = below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        }
    }
    let text = toml::to_string(&Written { echo_profile: VERSION, profile: &draft })?;
    Ok(format!(
        "# A profile of Echo Monitor: open it, or drop it on the window. It holds no secrets.\n{text}"
    ))
}

/// The profile in a file that lies in `folder`.
///
/// # Errors
/// [`FileProblem`]: why there is none in it.
pub fn read(bytes: &[u8], folder: &Path) -> Result<Draft, FileProblem> {
    if bytes.len() > SIZE_LIMIT {
        return Err(FileProblem::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| FileProblem::NotText)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let damaged = |error: &toml::de::Error| FileProblem::Damaged(told(error, text));
    let table: toml::Table = toml::from_str(text).map_err(|error| damaged(&error))?;
    match table.get("echo-profile").and_then(toml::Value::as_integer) {
        Some(VERSION) => {}
        Some(later) => return Err(FileProblem::Later(later)),
        None => return Err(FileProblem::Foreign),
    }
    let has = |name| table.get("profile").is_some_and(|profile| profile.get(name).is_some());
    for name in ["name", "host", "port"] {
        // Left out they would be the defaults', and the profile would quietly lead somewhere else.
        if !has(name) {
            return Err(FileProblem::Incomplete(name));
        }
    }
    let Read { profile: mut draft } = toml::from_str(text).map_err(|error| damaged(&error))?;
    draft.passphrase_remembered = false;
    for path in [&mut draft.ca, &mut draft.certificate, &mut draft.key] {
        if !path.trim().is_empty() && Path::new(path.trim()).is_relative() {
            let whole: PathBuf = folder.join(path.trim());
            if let Some(whole) = whole.to_str() {
                whole.clone_into(path);
            }
        }
    }
    Ok(draft)
}

/// What is wrong, and in which line.
fn told(error: &toml::de::Error, text: &str) -> String {
    let what = error.message().trim();
    match error.span().and_then(|span| text.get(..span.start)) {
        Some(before) => format!("{what} in line {}", before.matches('\n').count() + 1),
        None => what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;
    use crate::profile::{Protocol, Qos, Security, Turn};

    fn bench() -> Draft {
        Draft {
            name: "Bench “2”".into(),
            host: "broker.lab".into(),
            port: "8883".into(),
            security: Security::MutualTls,
            protocol: Protocol::V311,
            subscribe: "boards/7/out".into(),
            publish: "boards/7/in".into(),
            qos: Qos::AtLeastOnce,
            keep_alive: "30".into(),
            client_id: "me".into(),
            username: "ann".into(),
            direction: Turn::Right,
            ca: "/home/ann/certs/ca.crt".into(),
            certificate: "/elsewhere/client.crt".into(),
            key: String::new(),
            allow_v1_server: true,
            passphrase_remembered: false,
        }
    }

    #[test]
    fn what_was_written_is_read_again_also_in_another_folder() {
        let text = write(&bench(), Path::new("/home/ann")).unwrap();
        assert!(text.contains("ca = \"certs/ca.crt\""), "{text}");
        assert_eq!(read(text.as_bytes(), Path::new("/home/ann")).unwrap(), bench());
        let moved = read(text.as_bytes(), Path::new("/mnt/stick")).unwrap();
        assert_eq!(moved, Draft { ca: "/mnt/stick/certs/ca.crt".into(), ..bench() });
    }

    #[test]
    fn a_bad_file_gets_a_sentence_of_its_own() {
        let read = |text: &str| read(text.as_bytes(), Path::new("/")).unwrap_err();
        let good = write(&bench(), Path::new("/")).unwrap();
        assert_eq!(read("qos = 1"), FileProblem::Foreign);
        assert_eq!(read(&good.replace("echo-profile = 1", "echo-profile = 2")), FileProblem::Later(2));
        assert_eq!(read(&good.replace("host = ", "hostess = ")), FileProblem::Incomplete("host"));
        assert_eq!(read("echo-profile = 1\n"), FileProblem::Incomplete("name"));
        let FileProblem::Damaged(what) = read(&good.replace("qos = 1", "qos = 7")) else { panic!() };
        assert!(what.contains("QoS") && what.contains("line"), "{what}");
        let FileProblem::Damaged(what) = read("echo-profile = 1\n[profile\n") else { panic!() };
        assert!(what.contains("in line 2"), "{what}");
        assert_eq!(super::read(b"\xff\xfe", Path::new("/")), Err(FileProblem::NotText));
        assert_eq!(super::read(&vec![b'#'; SIZE_LIMIT + 1], Path::new("/")), Err(FileProblem::TooLarge));
    }

    #[test]
    fn a_later_key_and_a_mark_of_byte_order_are_no_problem() {
        let text = format!("\u{feff}{}later = true\n", write(&bench(), Path::new("/")).unwrap());
        assert!(read(text.as_bytes(), Path::new("/")).is_ok());
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_profile_or_a_sentence(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
            let _ = read(&bytes, Path::new("/"));
        }

        #[test]
        fn any_text_in_a_field_comes_back(name in "\\PC{0,40}", host in ".{0,40}") {
            let draft = Draft { name, host, ..bench() };
            let text = write(&draft, Path::new("/x")).unwrap();
            prop_assert_eq!(read(text.as_bytes(), Path::new("/x")).unwrap(), draft);
        }
    }
}
