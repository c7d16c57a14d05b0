//! What a face without a window connects to: flags, environment, stored profiles and the demo become a profile, or a
//! [`Problem`] with its exit status.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::channel,
    },
    thread::{self, Thread},
    time::Duration,
};

use zeroize::Zeroizing;

use crate::{
    cli::{self, Destination},
    demo::{self, Demo, DemoProblem},
    keychain, places,
    profile::{Draft, Profile, Secrets},
    settings,
};

/// What to connect to.
pub(crate) struct Target {
    pub(crate) profile: Profile,
    pub(crate) secrets: Secrets,
    /// Ends when the session has.
    pub(crate) demo: Option<Demo>,
}

/// How long somebody may take to unlock the keychain, where it asks for that.
const UNLOCKING: Duration = Duration::from_secs(30);

/// Exit status: it ran, but the standard output took no more.
const UNTOLD: u8 = 1;
/// Exit status: arguments or credentials are wrong.
pub(crate) const USAGE: u8 = 2;
/// Exit status: it never connected.
pub(crate) const UNCONNECTED: u8 = 3;

/// Why a face without a window could not begin, or not tell.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// Flags, a profile or the environment. One sentence a line.
    #[error("{0}")]
    Arguments(String),
    #[error("The demo could not start: {0}.")]
    Demo(#[from] DemoProblem),
    #[error("The session could not start: {0}.")]
    Session(io::Error),
    #[error("Ctrl-C could not be watched for: {0}.")]
    Signals(#[from] ctrlc::Error),
    #[error("The standard output could not be written: {0}.")]
    Output(io::Error),
}

impl Problem {
    /// The exit status.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Arguments(_) => USAGE,
            Self::Demo(_) | Self::Session(_) | Self::Signals(_) => UNCONNECTED,
            Self::Output(_) => UNTOLD,
        }
    }
}

/// Resolves the flags.
pub(crate) fn target(flags: &Destination) -> Result<Target, Problem> {
    let demo = if flags.demo { Some(demo::start()?) } else { None };
    let draft = match (&demo, &flags.profile) {
        (Some(demo), _) => demo.draft.clone(),
        (None, Some(name)) => stored(name, flags.config_dir.as_deref())?,
        (None, None) => flags.blank(),
    };
    let draft = flags.over(draft);
    let profile = draft.parse().map_err(|complaints| {
        Problem::Arguments(complaints.iter().map(cli::told).collect::<Vec<_>>().join("\n"))
    })?;
    let secrets = secrets(&draft).map_err(Problem::Arguments)?;
    Ok(Target { profile, secrets, demo })
}

fn stored(name: &str, config_dir: Option<&Path>) -> Result<Draft, Problem> {
    let (mut settings, trouble) =
        settings::open(places::find(config_dir).map(|places| places.settings).as_deref());
    if let Some(trouble) = trouble {
        complain(&trouble.to_string());
    }
    match settings.find(name) {
        Some(index) => Ok(settings.profiles.swap_remove(index)),
        None => {
            let names: Vec<_> =
                settings.profiles.iter().map(|profile| format!("'{}'", profile.name)).collect();
            let text = format!("--profile: there is no profile '{name}'; there is {}.", names.join(", "));
            Err(Problem::Arguments(text))
        }
    }
}

/// What the environment holds, and what the keychain remembers for this profile.
///
/// # Errors
/// A sentence about the environment. What the keychain has to complain of is told, and the pre-flight says what it means.
pub(crate) fn secrets(draft: &Draft) -> Result<Secrets, String> {
    let mut secrets = cli::secrets(|name| std::env::var_os(name))?;
    if draft.passphrase_remembered && secrets.passphrase.is_none() {
        secrets.passphrase = recalled(draft.locked_file());
    }
    Ok(secrets)
}

/// The passphrase of a file, as the keychain has it. A keychain that is locked asks whoever sits there, if anybody does.
fn recalled(file: &str) -> Option<Zeroizing<String>> {
    let (tell, answer) = channel();
    let path = PathBuf::from(file);
    let asks = thread::Builder::new().name("keychain".to_owned()).spawn(move || {
        // Nobody listens any more when it took too long.
        let _ = tell.send(keychain::recall(&path));
    });
    let answer = asks.ok().and_then(|_| answer.recv_timeout(UNLOCKING).ok());
    let problem = match answer {
        Some(Ok(Some(passphrase))) => return Some(passphrase),
        Some(Ok(None)) => "it is not there any more".to_owned(),
        Some(Err(problem)) => problem.to_string(),
        None => format!("nobody unlocked it within {} s", UNLOCKING.as_secs()),
    };
    complain(&format!(
        "The passphrase could not be read from the keychain: {problem}. Set {} instead.",
        cli::PASSPHRASE
    ));
    None
}

/// Set at Ctrl-C and SIGTERM, which also wake the current thread. A second one ends the process at once.
pub(crate) fn watch_signals() -> Result<Arc<AtomicBool>, ctrlc::Error> {
    let asked = Arc::new(AtomicBool::new(false));
    let (flag, drain): (_, Thread) = (Arc::clone(&asked), thread::current());
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        drain.unpark();
    })?;
    Ok(asked)
}

/// A sentence on the standard error.
pub(crate) fn complain(text: &str) {
    // Where even the standard error is closed, the exit status has to do.
    let _ = writeln!(io::stderr(), "echo-monitor: {text}");
}
