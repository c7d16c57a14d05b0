//! Reads the credential files and judges them on a thread of its own, again whenever the form or a file changes.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    time::{Duration, SystemTime},
};

use zeroize::Zeroizing;

use crate::{
    credentials::{self, Content, Files, Judgement, sort::Role},
    files,
    profile::{Draft, Security},
};

/// How often the files are looked at.
const LOOK: Duration = if cfg!(test) { Duration::from_millis(30) } else { Duration::from_secs(2) };
/// Typing a path is over when it pauses this long.
const PAUSE: Duration = Duration::from_millis(120);

/// What is to be judged.
#[derive(Clone, PartialEq, Eq)]
struct Question {
    /// CA, certificate, key.
    paths: [String; 3],
    passphrase: Zeroizing<String>,
    security: Security,
}

enum Request {
    Judge(u64, Question),
    Sort(Vec<PathBuf>),
}

enum Answer {
    Judged(u64, Box<Judgement>),
    Sorted(Vec<(PathBuf, Role)>),
}

/// The judge's desk on the screen's side.
pub(super) struct Judging {
    requests: Sender<Request>,
    answers: Receiver<Answer>,
    asked: Option<Question>,
    number: u64,
    answered: u64,
    judgement: Option<Box<Judgement>>,
}

impl Judging {
    /// `wake` is called when there is an answer. The thread ends with the desk.
    pub(super) fn start(wake: impl Fn() + Send + 'static) -> Self {
        let (requests, inbox) = channel();
        let (outbox, answers) = channel();
        // Without the thread nothing is judged here; the session judges for itself before it connects.
        let _ = std::thread::Builder::new().name("credentials".to_owned()).spawn(move || {
            let answer = |answer| {
                let open = outbox.send(answer).is_ok();
                wake();
                open
            };
            judge(&inbox, answer);
        });
        Self { requests, answers, asked: None, number: 0, answered: 0, judgement: None }
    }

    /// The form says this now.
    pub(super) fn ask(&mut self, draft: &Draft, passphrase: &Zeroizing<String>) {
        let same = self.asked.as_ref().is_some_and(|asked| {
            asked.paths == [draft.ca.as_str(), &draft.certificate, &draft.key]
                && asked.security == draft.security
                && asked.passphrase == *passphrase
        });
        if same {
            return;
        }
        let question = Question {
            paths: [draft.ca.clone(), draft.certificate.clone(), draft.key.clone()],
            passphrase: passphrase.clone(),
            security: draft.security,
        };
        self.number += 1;
        self.asked = Some(question.clone());
        let _ = self.requests.send(Request::Judge(self.number, question));
    }

    /// These files were dropped; what each is comes back from [`Judging::take`].
    pub(super) fn sort(&self, paths: Vec<PathBuf>) {
        let _ = self.requests.send(Request::Sort(paths));
    }

    /// Takes the answers in; dropped files with what they are.
    pub(super) fn take(&mut self) -> Vec<(PathBuf, Role)> {
        let mut sorted = Vec::new();
        while let Ok(answer) = self.answers.try_recv() {
            match answer {
                Answer::Judged(number, judgement) => {
                    self.answered = number;
                    self.judgement = Some(judgement);
                }
                Answer::Sorted(roles) => sorted.extend(roles),
            }
        }
        sorted
    }

    pub(super) fn judgement(&self) -> Option<&Judgement> {
        self.judgement.as_deref()
    }

    /// Whether the last question has no answer yet.
    pub(super) fn is_busy(&self) -> bool {
        self.answered < self.number
    }
}

/// What tells that a file is another one now.
type Stamp = [Option<(SystemTime, u64)>; 3];

fn judge(inbox: &Receiver<Request>, answer: impl Fn(Answer) -> bool) {
    let mut last: Option<(u64, Question, Stamp)> = None;
    loop {
        let next = match inbox.recv_timeout(LOOK) {
            Ok(Request::Sort(paths)) => {
                let contents = paths.into_iter().map(|path| (path.clone(), files::read(&path))).collect();
                if !answer(Answer::Sorted(credentials::sort(contents))) {
                    return;
                }
                continue;
            }
            Ok(Request::Judge(number, question)) => match settled(inbox, number, question, &answer) {
                Some(next) => next,
                None => return,
            },
            Err(RecvTimeoutError::Timeout) => match last.take() {
                Some((number, question, stamp)) if stamp == stamps(&question) => {
                    last = Some((number, question, stamp));
                    continue;
                }
                Some((number, question, _)) => (number, question),
                None => continue,
            },
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let (number, question) = next;
        // Stamped before it is read: a change in between is found at the next look.
        let stamp = stamps(&question);
        let judgement = Box::new(answered(&question));
        if !answer(Answer::Judged(number, judgement)) {
            return;
        }
        last = Some((number, question, stamp));
    }
}

/// The newest question once no newer one comes; `None` when nobody will ask any more.
fn settled(
    inbox: &Receiver<Request>,
    mut number: u64,
    mut question: Question,
    answer: impl Fn(Answer) -> bool,
) -> Option<(u64, Question)> {
    loop {
        match inbox.recv_timeout(PAUSE) {
            Ok(Request::Judge(newer, newest)) => (number, question) = (newer, newest),
            Ok(Request::Sort(paths)) => {
                let contents = paths.into_iter().map(|path| (path.clone(), files::read(&path))).collect();
                answer(Answer::Sorted(credentials::sort(contents)));
            }
            Err(RecvTimeoutError::Timeout) => return Some((number, question)),
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
}

fn answered(question: &Question) -> Judgement {
    let [ca, certificate, key] = question.paths.each_ref().map(|path| match path.trim() {
        "" => Content::NotChosen,
        path => files::read(Path::new(path)),
    });
    let passphrase = (!question.passphrase.is_empty()).then_some(question.passphrase.as_str());
    credentials::judge(&Files { ca, certificate, key }, passphrase, question.security, SystemTime::now())
}

fn stamps(question: &Question) -> Stamp {
    question.paths.each_ref().map(|path| {
        let metadata = fs::metadata(path.trim()).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::time::Instant;

    use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
    use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
    use tempfile::TempDir;

    use super::*;
    use crate::credentials::local::{self, LocalCa};

    struct Bench {
        folder: TempDir,
        made: LocalCa,
        draft: Draft,
        judging: Judging,
    }

    impl Bench {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let made = local::make(&["localhost"], SystemTime::now(), 90).unwrap();
            let path = |name: &str| folder.path().join(name).display().to_string();
            let draft = Draft {
                ca: path("ca.crt"),
                certificate: path("client.crt"),
                key: path("client.key"),
                ..Draft::default()
            };
            let bench = Self { folder, made, draft, judging: Judging::start(|| {}) };
            bench.write("ca.crt", bench.made.ca_pem.as_bytes());
            bench.write("client.crt", bench.made.client_pem.as_bytes());
            bench.write("client.key", bench.made.client_key_pem.as_bytes());
            bench
        }

        fn write(&self, name: &str, bytes: &[u8]) {
            fs::write(self.folder.path().join(name), bytes).unwrap();
        }

        fn ask(&mut self, passphrase: &str) {
            self.judging.ask(&self.draft, &Zeroizing::new(passphrase.to_owned()));
        }

        /// Waits until the findings are these, without asking again.
        fn until(&mut self, wanted: &[&str]) {
            let deadline = Instant::now() + Duration::from_secs(20);
            loop {
                self.judging.take();
                let errors = self.judging.judgement().filter(|_| !self.judging.is_busy()).map(|judgement| {
                    let errors =
                        judgement.findings().filter(|one| one.severity() == credentials::Severity::Error);
                    errors.map(credentials::Finding::kind).collect::<Vec<_>>()
                });
                if errors.as_deref() == Some(wanted) {
                    return;
                }
                assert!(Instant::now() < deadline, "{errors:?} instead of {wanted:?}");
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }

    #[test]
    fn a_file_that_changes_or_vanishes_is_judged_again_unasked() {
        let mut bench = Bench::new();
        bench.ask("");
        bench.until(&[]);
        bench.write("client.key", bench.made.server_key_pem.as_bytes());
        bench.until(&["key-mismatch"]);
        fs::remove_file(bench.folder.path().join("client.key")).unwrap();
        bench.until(&["file-missing"]);
        bench.write("client.key", b"");
        bench.until(&["file-empty"]);
        bench.write("client.key", bench.made.client_key_pem.as_bytes());
        bench.until(&[]);
    }

    #[test]
    fn a_passphrase_that_was_typed_wrong_can_be_typed_again() {
        let mut bench = Bench::new();
        let certificate = CertificateDer::from_pem_slice(bench.made.client_pem.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(bench.made.client_key_pem.as_bytes()).unwrap();
        let chain = PrivateKeyChain::new(
            &[1][..],
            PrivateKey::from_der(key.secret_der()).unwrap(),
            [Certificate::from_der(&certificate).unwrap()],
        );
        let mut store = KeyStore::new();
        store.add_entry("me", KeyStoreEntry::PrivateKeyChain(chain));
        let writer = store.writer("open sesame").encryption_iterations(2_048).mac_iterations(2_048);
        bench.write("client.p12", &writer.write().unwrap());
        bench.draft.certificate = bench.folder.path().join("client.p12").display().to_string();
        bench.draft.key.clear();
        bench.ask("");
        bench.until(&["passphrase-needed"]);
        bench.ask("close sesame");
        bench.until(&["passphrase-wrong"]);
        bench.ask("open sesame");
        bench.until(&[]);
    }
}
