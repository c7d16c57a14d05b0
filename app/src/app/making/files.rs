//! What is made, and the files of it. Runs on a thread of its own.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::SystemTime,
};

use zeroize::Zeroizing;

use super::{Made, Problem, profiles};
use crate::{
    credentials::{
        Content, FILE_LIMIT, Made as File,
        findings::quoted,
        local,
        request::{self, Answer, KeyKind, Request, Subject},
    },
    files::{self, Existing},
    view::certificates::{Answered, LocalFiles, Memory, Requested},
};

const KEY: &str = Request::NAMES[0];
const REQUEST: &str = Request::NAMES[1];
const CERTIFICATE: &str = "client.crt";

pub(super) fn request_files(
    subject: &Subject,
    kind: KeyKind,
    folder: &Path,
    existing: Existing,
    cancelled: &AtomicBool,
) -> Made {
    if existing == Existing::Keep {
        // A key takes seconds: whether it can be written is known before.
        let there: Vec<_> =
            [KEY, REQUEST].map(|name| folder.join(name)).into_iter().filter(|path| path.exists()).collect();
        if !there.is_empty() {
            return Made::Request(Err(Problem::Exists(profiles::names(&there))));
        }
    }
    let made = match request::make(subject, kind) {
        Ok(made) => made,
        Err(problem) => return Made::Request(Err(Problem::Other(sentence(&problem.to_string())))),
    };
    if cancelled.load(Ordering::Relaxed) {
        return Made::Cancelled;
    }
    let pem = made.request_pem.clone();
    let set = made.files();
    Made::Request(files::write_all(folder, &set, existing).map_err(Problem::from).map(|_| Requested {
        key: text(&folder.join(KEY)),
        request: text(&folder.join(REQUEST)),
        pem,
    }))
}

/// A request for a key that is there, beside it and named after it.
pub(super) fn renewed(
    subject: &Subject,
    key: &Path,
    passphrase: Option<&str>,
    existing: Existing,
) -> Result<Requested, Problem> {
    let pem = request::renew(subject, &files::read(key), passphrase)
        .map_err(|problem| Problem::Other(sentence(&problem.to_string())))?;
    let request = key.with_extension("csr");
    let file = [request::file(last(&request), &pem)];
    files::write_all(key.parent().unwrap_or(Path::new("")), &file, existing)?;
    Ok(Requested { key: text(key), request: text(&request), pem })
}

/// The key and the request in a folder.
pub(super) fn found(folder: &Path) -> Result<Requested, Problem> {
    let (key, request) = (folder.join(KEY), folder.join(REQUEST));
    if !key.is_file() {
        return Err(Problem::Other(format!("There is no {KEY} in {}.", folder.display())));
    }
    let pem = bytes(&request).map_err(Problem::Other)?;
    Ok(Requested {
        key: text(&key),
        request: text(&request),
        pem: String::from_utf8_lossy(&pem).into_owned(),
    })
}

/// Checks an answer against the key and puts it beside it.
pub(super) fn answered(answer: &[u8], key: &Path, passphrase: Option<&str>) -> Result<Answered, String> {
    let key_bytes = bytes(key)?;
    let certificate = match request::check(answer, &key_bytes, passphrase) {
        Answer::Fits(certificate) => certificate,
        Answer::OtherKey(certificate) => {
            return Err(format!(
                "This certificate names {} and was made for another key. Load the answer to this request.",
                certificate.name
            ));
        }
        Answer::NoCertificate => {
            return Err(
                "There is no certificate in it. Copy all of the answer, with its BEGIN and END lines."
                    .to_owned(),
            );
        }
        Answer::NoKey => return Err(format!("The key {} cannot be read.", key.display())),
    };
    let path = key.with_extension("crt");
    // An earlier certificate for the same key is what this one follows; nothing else is written over.
    let existing = match bytes(&path) {
        Err(_) => Existing::Keep,
        Ok(there) if path != key && fits(&there, &key_bytes, passphrase) => Existing::Replace,
        Ok(_) => {
            return Err(format!(
                "{} is there, and it is not this key's certificate. Move it away.",
                path.display()
            ));
        }
    };
    let file = [File { name: last(&path).into(), bytes: Zeroizing::new(answer.to_vec()), private: false }];
    files::write_all(key.parent().unwrap_or(Path::new("")), &file, existing)
        .map_err(|problem| sentence(&problem.to_string()))?;
    Ok(Answered {
        path: text(&path),
        summary: certificate.summary(SystemTime::now()),
        issuer: certificate.issuer_name.clone(),
    })
}

fn fits(certificate: &[u8], key: &[u8], passphrase: Option<&str>) -> bool {
    matches!(request::check(certificate, key, passphrase), Answer::Fits(_))
}

/// What the throw-away CA shall be.
pub(super) struct Local {
    names: Vec<String>,
    port: u16,
    days: u32,
    folder: PathBuf,
}

impl Local {
    pub(super) fn read(page: &Memory) -> Result<Self, String> {
        let names: Vec<String> = page
            .names
            .split([',', ';', ' ', '\n'])
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        let number = |typed: &str, what: &str| format!("“{}” is not {what}.", typed.trim());
        let port = page.port.trim().parse().ok().filter(|port| *port != 0);
        let days = page.days.trim().parse().ok();
        Ok(Self {
            names,
            port: port.ok_or_else(|| number(&page.port, "a port: enter a number from 1 to 65535"))?,
            days: days.ok_or_else(|| number(&page.days, "a number of days"))?,
            folder: profiles::whole(&page.local_folder)?,
        })
    }

    pub(super) fn make(&self, existing: Existing, cancelled: &AtomicBool) -> Made {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let made = match local::make(&names, SystemTime::now(), self.days) {
            Ok(made) => made,
            Err(problem) => return Made::Local(Err(Problem::Other(sentence(&problem.to_string())))),
        };
        if cancelled.load(Ordering::Relaxed) {
            return Made::Cancelled;
        }
        let folder = text(&self.folder);
        let set = made.files(self.port, &folder);
        Made::Local(files::write_all(&self.folder, &set, existing).map_err(Problem::from).map(|paths| {
            let path = |name: &str| text(&self.folder.join(name));
            LocalFiles {
                ca: path("ca.crt"),
                certificate: path(CERTIFICATE),
                key: path(KEY),
                names: profiles::names(&paths),
                command: format!("mosquitto -c {}", quoted(&path("mosquitto.conf"))),
                host: self.names.first().map(|name| host(name)).unwrap_or_default(),
                port: self.port.to_string(),
                folder,
            }
        }))
    }
}

/// What to connect to: a wildcard is a name that no host has.
fn host(name: &str) -> String {
    name.trim_start_matches("*.").to_owned()
}

/// A file that a person named, or a sentence.
pub(super) fn bytes(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    match files::read(path) {
        Content::Read { bytes, .. } => Ok(bytes),
        Content::NotChosen | Content::Unreadable { .. } => Err(format!(
            "{} cannot be read: is it there, yours, and smaller than {} KiB?",
            path.display(),
            FILE_LIMIT / 1024
        )),
    }
}

/// A file's name.
fn last(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// A problem's words as a sentence.
pub(super) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    let end = if words.ends_with(['.', '?']) { "" } else { "." };
    first.chain(letters).chain(end.chars()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::fs;

    use super::*;

    fn subject() -> Subject {
        Subject { common_name: "board-1".into(), ..Subject::default() }
    }

    fn request(folder: &Path, existing: Existing) -> Made {
        request_files(&subject(), KeyKind::P256, folder, existing, &AtomicBool::new(false))
    }

    #[test]
    fn a_request_is_written_beside_its_private_key_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let Made::Request(Ok(made)) = request(folder.path(), Existing::Keep) else { panic!() };
        assert!(made.pem.starts_with("-----BEGIN CERTIFICATE REQUEST-----"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&made.key).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(found(folder.path()).ok(), Some(made.clone()));
        // A second one is not written over the first.
        let Made::Request(Err(Problem::Exists(there))) = request(folder.path(), Existing::Keep) else {
            panic!()
        };
        assert_eq!(there, [KEY, REQUEST]);
        assert_eq!(found(folder.path()).ok(), Some(made));
    }

    #[test]
    fn what_was_cancelled_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("below");
        let made = request_files(&subject(), KeyKind::P256, &below, Existing::Keep, &AtomicBool::new(true));
        assert!(matches!(made, Made::Cancelled) && !below.exists());
    }

    /// The throw-away CA's own client certificate stands for a CA's answer.
    #[test]
    fn an_answer_is_kept_only_where_it_belongs_to_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let page = Memory {
            names: "localhost; 127.0.0.1,*.lan".into(),
            port: "8884".into(),
            days: "30".into(),
            local_folder: folder.path().to_str().unwrap().into(),
            ..Memory::default()
        };
        let asked = Local::read(&page).unwrap();
        let Made::Local(Ok(made)) = asked.make(Existing::Keep, &AtomicBool::new(false)) else { panic!() };
        assert_eq!((made.host.as_str(), made.port.as_str(), made.names.len()), ("localhost", "8884", 6));
        assert!(fs::read_to_string(folder.path().join("mosquitto.conf")).unwrap().contains(&made.folder));
        let Made::Local(Err(Problem::Exists(there))) = asked.make(Existing::Keep, &AtomicBool::new(false))
        else {
            panic!()
        };
        assert_eq!(there.len(), 6);

        let certificate = fs::read(&made.certificate).unwrap();
        // It follows one for the same key, which is the one that is there.
        let fits = answered(&certificate, Path::new(&made.key), None).unwrap();
        assert!(fits.summary.contains("P-256") && fits.issuer.contains("throw-away"), "{fits:?}");
        assert_eq!(fits.path, made.certificate);

        // A key that is there asks again: beside it, under its name; the certificate of another key stays.
        let own = folder.path().join("own.pem");
        fs::copy(&made.key, &own).unwrap();
        let again = |existing| renewed(&subject(), &own, None, existing);
        let Ok(asked) = again(Existing::Keep) else { panic!() };
        assert_eq!(Path::new(&asked.request), folder.path().join("own.csr"));
        assert_eq!(fs::read_to_string(&asked.request).unwrap(), asked.pem);
        assert!(matches!(again(Existing::Keep), Err(Problem::Exists(there)) if there == ["own.csr"]));
        assert!(again(Existing::Replace).is_ok());
        fs::copy(folder.path().join("server.crt"), folder.path().join("own.crt")).unwrap();
        let why = answered(&certificate, &own, None).unwrap_err();
        assert!(why.contains("not this key's certificate"), "{why}");
        fs::remove_file(folder.path().join("own.crt")).unwrap();
        assert_eq!(
            Path::new(&answered(&certificate, &own, None).unwrap().path),
            folder.path().join("own.crt")
        );

        let elsewhere = tempfile::tempdir().unwrap();
        let Made::Request(Ok(other)) = request(elsewhere.path(), Existing::Keep) else { panic!() };
        let why = answered(&certificate, Path::new(&other.key), None).unwrap_err();
        assert!(why.contains("another key"), "{why}");
        assert!(!elsewhere.path().join(CERTIFICATE).exists());
        let why = answered(b"<html>", Path::new(&other.key), None).unwrap_err();
        assert!(why.contains("BEGIN and END"), "{why}");
    }

    #[test]
    fn what_is_wrong_on_the_page_is_said_in_a_sentence() {
        let page = |port: &str, days: &str, folder: &str| Memory {
            names: "localhost".into(),
            port: port.into(),
            days: days.into(),
            local_folder: folder.into(),
            ..Memory::default()
        };
        let whole = std::env::temp_dir();
        let why = |page: Memory| Local::read(&page).err().unwrap();
        assert!(why(page("0", "90", whole.to_str().unwrap())).contains("port"));
        assert!(why(page("1", "x", whole.to_str().unwrap())).contains("days"));
        assert!(why(page("1", "90", "here")).contains("whole path"));
        let none = Local { names: vec![], port: 1, days: 1, folder: whole };
        let Made::Local(Err(Problem::Other(why))) = none.make(Existing::Keep, &AtomicBool::new(false)) else {
            panic!()
        };
        assert_eq!(why, "Name at least one host name or address that the broker is reached by.");
    }
}
