//! The face that makes keys, requests and certificates, and looks at the answer of a CA. No network.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::SystemTime,
};

use zeroize::Zeroizing;

use crate::{
    cli::{self, Certs, Local, Request, Verify},
    credentials::{
        self, Content, Files, Severity,
        findings::quoted,
        local::{self, LocalProblem},
        request::{self, Answer, RequestProblem},
    },
    diagnosis,
    files::{self, Existing, WriteProblem},
    profile::{Security, Sources},
    target::complain,
};

const KEY: &str = request::Request::NAMES[0];
const REQUEST: &str = request::Request::NAMES[1];

/// The answer is good, with warnings; also where nothing could be written.
const WARNINGS: u8 = 1;
/// Arguments are wrong, files are in the way, or the answer does not fit.
const WRONG: u8 = 2;

/// Does what was asked for.
#[must_use]
pub fn run(what: &Certs) -> ExitCode {
    let (name, done) = match what {
        Certs::Request(flags) => ("request", make_request(flags)),
        Certs::Verify(flags) => ("verify", verify(flags)),
        Certs::Local(flags) => ("local", make_local(flags)),
    };
    let code = done.unwrap_or_else(|problem| {
        complain(&problem.to_string());
        problem.code()
    });
    log::info!("certs: {name}, exit status {code}");
    ExitCode::from(code)
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("{}.", capitalised(.0))]
    Request(#[from] RequestProblem),
    #[error("{}.", capitalised(.0))]
    Local(#[from] LocalProblem),
    #[error("{}{}", capitalised(.0), if matches!(.0, WriteProblem::Exists(_)) { ". Nothing was written; --force replaces them." } else { "." })]
    Write(#[from] WriteProblem),
    #[error("The folder {} has a name that is not text, which mosquitto.conf cannot hold.", .0.display())]
    Folder(PathBuf),
    #[error("{0}")]
    Environment(String),
    #[error("The standard output could not be written: {0}.")]
    Output(#[from] io::Error),
}

impl Problem {
    fn code(&self) -> u8 {
        match self {
            Self::Request(_) | Self::Local(_) | Self::Folder(_) | Self::Environment(_) => WRONG,
            Self::Write(WriteProblem::Exists(_)) => WRONG,
            Self::Write(_) | Self::Output(_) => WARNINGS,
        }
    }
}

fn capitalised(sentence: &impl ToString) -> String {
    let sentence = sentence.to_string();
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn existing(force: bool) -> Existing {
    if force { Existing::Replace } else { Existing::Keep }
}

fn make_request(flags: &Request) -> Result<u8, Problem> {
    let (files, key) = match &flags.key {
        None => {
            let made = request::make(&flags.subject(), flags.kind)?;
            (made.files().into(), flags.out.join(KEY))
        }
        Some(key) => {
            let passphrase = passphrase()?;
            let pem = request::renew(
                &flags.subject(),
                &files::read(key),
                passphrase.as_deref().map(String::as_str),
            )?;
            (vec![request::file(REQUEST, &pem)], key.clone())
        }
    };
    files::write_all(&flags.out, &files, existing(flags.force))?;
    if flags.key.is_none() {
        writeln!(
            io::stdout(),
            "{}\n    the private key, readable by you only. Keep it: it is needed with the certificate, and it never leaves \
             this computer.",
            shell(&key)
        )?;
    }
    tell_of_request(flags, &key)?;
    Ok(0)
}

fn tell_of_request(flags: &Request, key: &Path) -> io::Result<()> {
    let answer = flags.out.join("client.crt");
    write!(
        io::stdout(),
        "{request}\n    the request, for whoever signs it.\n\n\
         What now, for test.mosquitto.org:\n\
         1. Paste all of {request}, with its BEGIN and END lines, into\n   https://test.mosquitto.org/ssl/\n\
         2. Save the answer as {answer}. It lasts 90 days; then send the same request again.\n\
         3. Look whether it fits:\n   echo-monitor certs verify --answer {answer} --key {key}\n\
         4. Save https://test.mosquitto.org/ssl/mosquitto.org.crt beside it, and look whether all of it works:\n   \
         echo-monitor check --broker test.mosquitto.org --port 8884 --ca {ca} --cert {answer} --key {key}\n",
        key = shell(key),
        request = shell(&flags.out.join(REQUEST)),
        answer = shell(&answer),
        ca = shell(&flags.out.join("mosquitto.org.crt")),
    )
}

/// The passphrase that the environment holds.
fn passphrase() -> Result<Option<Zeroizing<String>>, Problem> {
    let secrets = cli::secrets(|name| std::env::var_os(name)).map_err(Problem::Environment)?;
    Ok(secrets.passphrase)
}

fn make_local(flags: &Local) -> Result<u8, Problem> {
    let names: Vec<&str> = flags.names.iter().map(String::as_str).collect();
    let made = local::make(&names, SystemTime::now(), flags.days)?;
    // Absolute, so that the broker can be started from anywhere.
    let folder = std::path::absolute(&flags.out)?;
    let text = folder.to_str().ok_or_else(|| Problem::Folder(folder.clone()))?;
    files::write_all(&folder, &made.files(flags.port, text), existing(flags.force))?;
    let file = |name: &str| shell(&flags.out.join(name));
    write!(
        io::stdout(),
        "{out}\n    ca.crt, server.crt, server.key, client.crt, client.key, mosquitto.conf; the keys are readable by you only.\n    \
         They last {days} days. The CA's own key is gone: for another client make all anew.\n\n\
         Start the broker:\n  mosquitto -c {conf}\n\
         Look whether it works:\n  echo-monitor check --broker {host} --port {port} --ca {ca} --cert {cert} --key {key}\n\
         A board gets ca.crt, client.crt and client.key.\n",
        out = shell(&flags.out),
        days = flags.days,
        conf = file("mosquitto.conf"),
        host =
            flags.names.iter().map(|name| name.trim()).find(|name| !name.starts_with('*')).unwrap_or("HOST"),
        port = flags.port,
        ca = file("ca.crt"),
        cert = file("client.crt"),
        key = file("client.key"),
    )?;
    Ok(0)
}

/// What the pre-flight says of the two files, with a clear first line.
fn verify(flags: &Verify) -> Result<u8, Problem> {
    let passphrase = passphrase()?;
    let passphrase = passphrase.as_deref().map(String::as_str);
    let sources = Sources { ca: None, certificate: Some(flags.answer.clone()), key: Some(flags.key.clone()) };
    let files = files::read_all(&sources);
    let judgement = credentials::judge(&files, passphrase, Security::MutualTls, SystemTime::now());
    let mut out = io::stdout().lock();
    writeln!(out, "{}", verdict(flags, &files, passphrase))?;
    write!(out, "{}", diagnosis::client_as_text(&judgement, &sources, SystemTime::now()))?;
    Ok(match judgement.severity() {
        Some(Severity::Error) => WRONG,
        Some(Severity::Warning) => WARNINGS,
        _ => 0,
    })
}

fn verdict(flags: &Verify, files: &Files, passphrase: Option<&str>) -> String {
    let (answer, key) = (flags.answer.display(), flags.key.display());
    let (Content::Read { bytes: certificate, .. }, Content::Read { bytes: private, .. }) =
        (&files.certificate, &files.key)
    else {
        return "The two files could not be compared:".to_owned();
    };
    match request::check(certificate, private, passphrase) {
        Answer::Fits(certificate) => {
            format!("{answer} belongs to {key}. It is for {}.", certificate.name)
        }
        Answer::OtherKey(certificate) => {
            format!("{answer} does not belong to {key}: {} was issued for another key.", certificate.name)
        }
        Answer::NoCertificate => format!("There is no certificate in {answer}."),
        Answer::NoKey => format!("There is no key in {key} that can be read."),
    }
}

/// A path as it can be pasted into a shell.
fn shell(path: &Path) -> String {
    quoted(&path.display().to_string())
}
