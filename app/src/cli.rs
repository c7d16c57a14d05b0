//! The command line: what a person typed becomes a [`Command`], a [`Draft`] and [`Secrets`], or a sentence.
//!
//! Flags are text until [`Draft::parse`] has judged them, as the form in the window does: one set of rules, two faces.
//! A complaint about a field is told with the name of its flag. Secrets never come from flags, which every user of the
//! machine can read in the process list; they come from the environment.
//!
//! [`Draft`]: crate::profile::Draft
//! [`Draft::parse`]: crate::profile::Draft::parse

mod certs;
mod destination;
mod export;

use std::{ffi::OsString, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use zeroize::Zeroizing;

pub use self::{
    certs::{Certs, Local, Request, Verify},
    destination::Destination,
    export::Export,
};
use crate::profile::{Complaint, Field, Secrets, file::EXTENSION};

/// The environment variable that holds the MQTT password.
pub const PASSWORD: &str = "ECHO_MONITOR_PASSWORD";
/// The environment variable that holds the passphrase of the private key.
pub const PASSPHRASE: &str = "ECHO_MONITOR_PASSPHRASE";

const EXAMPLES: &str = "\
Examples:
  echo-monitor
      Open the window.
  echo-monitor --demo
      Open the window and start the demo: broker, board and certificates of its own.
  echo-monitor headless --demo --duration 5
      The same without a window, for five seconds: one JSON object a line.
  echo-monitor headless --broker test.mosquitto.org --port 8884 \\
      --ca mosquitto.org.crt --cert client.crt --key client.key
      Echo for a board on the public test broker until Ctrl-C.
  echo-monitor check --broker test.mosquitto.org --port 8884 \\
      --ca mosquitto.org.crt --cert client.crt --key client.key
      Tell which of the many things is wrong.
  echo-monitor certs local --name localhost --out certs/local
      A throw-away CA and all that a broker of one's own needs.";

const HEADLESS_ABOUT: &str = "\
Connect, echo and report without a window.

Prints one JSON object a line. Each has \"at\", the seconds since the start, and \"event\":
  stage         a step of connecting ended: \"stage\" (dns, tcp, tls, mqtt, subscribe), \"ok\", \"ms\"
  connected     messages can flow
  message       \"direction\" in (from the board) or out (its echo), \"topic\", \"bytes\",
                \"text\" or \"base64\", \"residence_us\" of an echo, \"loop_ms\" of a board's message
  failed        a message that could not be echoed, with its \"cause\"
  lost          the board spoke again without having taken an echo
  disconnected  \"error\" with \"kind\", \"what\", \"why\" and \"next\"
  summary       the last line: totals and percentiles

Words:
  residence     a message received to its echo handed to the socket
  broker        a publish of ours to its answer by the broker
  loop          an echo sent to the board's next message that carries it";

const HEADLESS_AFTER: &str = "\
Secrets come from the environment, never from flags:
  ECHO_MONITOR_PASSWORD     the MQTT password, with --username
  ECHO_MONITOR_PASSPHRASE   the passphrase of an encrypted private key or PKCS#12 file
With --profile, a passphrase that the window remembers comes out of the keychain.

Exit status: 0 it ran, 2 arguments or credentials are wrong, 3 it never connected.

Examples:
  echo-monitor headless --demo --duration 5
  echo-monitor headless --profile 'Bench board' --quiet
  echo-monitor headless --broker localhost --port 1883 --security plain
  echo-monitor headless --broker broker.example --ca ca.crt --cert client.crt \\
      --key client.key --subscribe boards/7/out --publish boards/7/in --qos 1";

const CHECK_ABOUT: &str = "\
Look whether a connection works, and say what is wrong.

Judges the credential files, connects once up to the subscription, times a few answers of the broker, and
prints a report: the profile, what each file holds, each step with its milliseconds, what TLS settled, the
certificates that the broker presented, and for whatever is wrong what it is, why, and what to do.

Nothing is echoed and nothing is published; a board at the other end notices nothing. With a client ID of
its own (--client-id, or in the profile) it takes the place of whoever is connected with that one.

There is nothing secret in the report: no password, no passphrase, no user name, no key, no folder's name.";

const CHECK_AFTER: &str = "\
Secrets come from the environment, never from flags:
  ECHO_MONITOR_PASSWORD     the MQTT password, with --username
  ECHO_MONITOR_PASSPHRASE   the passphrase of an encrypted private key or PKCS#12 file
With --profile, a passphrase that the window remembers comes out of the keychain.

Exit status: 0 all is good, 1 it works, with warnings, 2 arguments or credentials are wrong, 3 no connection.

Examples:
  echo-monitor check --demo
  echo-monitor check --profile 'Bench board'
  echo-monitor check --broker broker.example --ca ca.crt --cert client.crt --key client.key --json";

/// Watch a board's echo over MQTT with mutual TLS.
///
/// Connects to a broker, sends every message of a board back rotated by one character, and shows the stream, the
/// timeline and the latency as it happens. Without a subcommand it opens the window.
#[derive(Debug, Parser)]
#[command(name = "echo-monitor", version, after_long_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// How the window opens, where no subcommand is given.
    #[command(flatten)]
    pub window: Window,
    /// Another face than the window.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Faces other than the window.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Connect, echo and report without a window: JSON lines on the standard output.
    #[command(long_about = HEADLESS_ABOUT, after_long_help = HEADLESS_AFTER)]
    Headless(Box<Headless>),
    /// Look whether a connection works, and say what is wrong: credentials, each step of connecting, the broker's chain.
    #[command(long_about = CHECK_ABOUT, after_long_help = CHECK_AFTER)]
    Check(Box<Check>),
    /// Make keys, requests and certificates without openssl.
    #[command(subcommand)]
    Certs(Certs),
    /// Write a profile for a board, or as a file for another computer.
    #[command(long_about = export::ABOUT, after_long_help = export::AFTER)]
    Export(Box<Export>),
    /// Tell where settings, logs, crash reports and recordings go.
    Paths(Paths),
}

/// The flags of `paths`.
#[derive(Clone, Debug, Default, Args)]
pub struct Paths {
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
    /// Where they go with this `--config-dir`.
    #[arg(long, value_name = "DIR")]
    pub config_dir: Option<PathBuf>,
}

/// How the window opens.
#[derive(Clone, Debug, Default, Args)]
pub struct Window {
    /// A profile to import: a file that an export wrote.
    #[arg(value_name = "FILE.echo-profile", value_parser = profile_file)]
    pub file: Option<PathBuf>,
    /// Start the demo at once.
    #[arg(long, conflicts_with = "profile")]
    pub demo: bool,
    /// Connect to this profile at once.
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Draw with this renderer; by default the one that starts best on this system, then the other. The environment
    /// variable ECHO_MONITOR_RENDERER asks for one too.
    #[arg(long, value_enum, value_name = "RENDERER")]
    pub renderer: Option<Renderer>,
    /// Keep settings, logs and crash reports in this folder.
    #[arg(long, value_name = "DIR")]
    pub config_dir: Option<PathBuf>,
}

/// What draws the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Renderer {
    /// OpenGL.
    Glow,
    /// Vulkan, Metal, Direct3D.
    Wgpu,
}

/// The flags of `headless`.
#[derive(Clone, Debug, Default, Args)]
pub struct Headless {
    /// Where to connect and what to echo.
    #[command(flatten)]
    pub destination: Destination,
    /// Stop after this many seconds [default: at Ctrl-C].
    #[arg(long, value_name = "S", help_heading = "How to report", value_parser = seconds)]
    pub duration: Option<Duration>,
    /// Print only stages, errors and the summary.
    #[arg(long, help_heading = "How to report")]
    pub quiet: bool,
}

/// The flags of `check`.
#[derive(Clone, Debug, Default, Args)]
pub struct Check {
    /// Where to connect and what would be echoed.
    #[command(flatten)]
    pub destination: Destination,
    /// Print the report as one JSON object.
    #[arg(long, help_heading = "How to report")]
    pub json: bool,
}

/// A complaint as the command line tells it: the flag first.
#[must_use]
pub fn told(complaint: &Complaint) -> String {
    format!("{}: {}", flag(complaint.field), complaint.text)
}

fn flag(field: Field) -> &'static str {
    match field {
        Field::Name => "--profile",
        Field::Host => "--broker",
        Field::Port => "--port",
        Field::Username => "--username",
        Field::Subscribe => "--subscribe",
        Field::Publish => "--publish",
        Field::KeepAlive => "--keep-alive",
        Field::ClientId => "--client-id",
        Field::Ca => "--ca",
        Field::Certificate => "--cert",
        Field::Key => "--key",
    }
}

/// The secrets that [`PASSWORD`] and [`PASSPHRASE`] hold in the environment.
///
/// # Errors
/// A sentence where one of them is not UTF-8.
pub fn secrets(variable: impl Fn(&str) -> Option<OsString>) -> Result<Secrets, String> {
    let read = |name: &str| match variable(name).map(OsString::into_string) {
        None => Ok(None),
        Some(Ok(text)) => Ok(Some(Zeroizing::new(text))),
        Some(Err(_)) => Err(format!("The environment variable {name} is not valid UTF-8.")),
    };
    Ok(Secrets { password: read(PASSWORD)?, passphrase: read(PASSPHRASE)? })
}

/// Anything else is a command that was misspelt.
fn profile_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.extension() {
        Some(extension) if extension.eq_ignore_ascii_case(EXTENSION) => Ok(path),
        _ => Err(format!("it is neither a command nor a profile (FILE.{EXTENSION})")),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let duration = text.parse().ok().and_then(|number| Duration::try_from_secs_f64(number).ok());
    match duration {
        Some(duration) if !duration.is_zero() => Ok(duration),
        _ => Err("a number of seconds above 0, such as 10 or 0.5".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use clap::{CommandFactory, error::ErrorKind};

    use super::*;
    use crate::profile::{Draft, Protocol, Qos, Security, Turn};

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split_whitespace())
    }

    fn headless(line: &str) -> Destination {
        match parse(&format!("echo-monitor headless {line}")).unwrap().command {
            Some(Command::Headless(flags)) => flags.destination,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_declaration_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn nothing_at_all_opens_the_window() {
        let arguments = parse("echo-monitor").unwrap();
        assert!(arguments.command.is_none());
        assert!(!arguments.window.demo);
        let arguments = parse("echo-monitor --demo --renderer wgpu --config-dir here").unwrap();
        assert!(arguments.window.demo);
        assert_eq!(arguments.window.renderer, Some(Renderer::Wgpu));
        assert_eq!(arguments.window.config_dir, Some(PathBuf::from("here")));
        let arguments = parse("echo-monitor some/bench.echo-profile").unwrap();
        assert_eq!(arguments.window.file, Some(PathBuf::from("some/bench.echo-profile")));
    }

    #[test]
    fn flags_lie_over_the_draft() {
        let flags = headless(
            "--broker b.example --port 18 --ca ca --cert c --key k --subscribe in/# --publish out --qos 2 \
             --mqtt 3.1.1 --direction right --client-id me --keep-alive 9 --security tls --username u --allow-v1-server",
        );
        let draft = flags.over(flags.blank());
        let wanted = Draft {
            name: "Command line".into(),
            host: "b.example".into(),
            port: "18".into(),
            security: Security::Tls,
            protocol: Protocol::V311,
            subscribe: "in/#".into(),
            publish: "out".into(),
            qos: Qos::ExactlyOnce,
            keep_alive: "9".into(),
            client_id: "me".into(),
            username: "u".into(),
            direction: Turn::Right,
            ca: "ca".into(),
            certificate: "c".into(),
            key: "k".into(),
            allow_v1_server: true,
            passphrase_remembered: false,
        };
        assert_eq!(draft, wanted);
    }

    #[test]
    fn what_no_flag_names_stays_as_the_profile_has_it() {
        let stored = Draft { host: "kept".into(), qos: Qos::AtLeastOnce, ..Draft::default() };
        let draft = headless("--profile p --port 7").over(stored.clone());
        assert_eq!(draft, Draft { port: "7".into(), ..stored.clone() });
        let draft = headless("--profile p --broker b").over(stored.clone());
        assert_eq!(draft, Draft { host: "b".into(), ..stored });
    }

    #[test]
    fn a_profile_that_allows_version_1_is_not_forbidden_it() {
        let stored = Draft { allow_v1_server: true, ..Draft::default() };
        assert_eq!(headless("--profile p").over(stored.clone()), stored);
    }

    #[test]
    fn check_takes_the_same_flags() {
        let line = "--broker b.example --port 18 --ca ca --cert c --key k --qos 1";
        match parse(&format!("echo-monitor check {line} --json")).unwrap().command {
            Some(Command::Check(flags)) => {
                assert!(flags.json);
                let same = headless(line);
                assert_eq!(flags.destination.over(Draft::default()), same.over(Draft::default()));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_port_follows_the_security() {
        assert_eq!(headless("--broker b").blank().port, "8883");
        assert_eq!(headless("--broker b --security plain").blank().port, "1883");
    }

    #[test]
    fn bad_arguments_are_usage_errors() {
        for (line, kind) in [
            ("headless", ErrorKind::MissingRequiredArgument),
            ("headless --demo --broker b", ErrorKind::ArgumentConflict),
            ("headless --demo --ca f", ErrorKind::ArgumentConflict),
            ("headless --broker b --qos 3", ErrorKind::InvalidValue),
            ("headless --broker b --mqtt 4", ErrorKind::InvalidValue),
            ("headless --broker b --direction up", ErrorKind::InvalidValue),
            ("check", ErrorKind::MissingRequiredArgument),
            ("check --demo --duration 3", ErrorKind::UnknownArgument),
            ("certs request", ErrorKind::MissingRequiredArgument),
            ("certs request --name b --kind dsa", ErrorKind::InvalidValue),
            ("certs request --name b --kind p-256 --key k", ErrorKind::ArgumentConflict),
            ("certs local --out d", ErrorKind::MissingRequiredArgument),
            ("certs verify --answer a", ErrorKind::MissingRequiredArgument),
            ("headless --demo --duration 0", ErrorKind::ValueValidation),
            ("headless --demo --duration nan", ErrorKind::ValueValidation),
            ("headless --demo --duration -3", ErrorKind::UnknownArgument),
            ("--demo --profile p", ErrorKind::ArgumentConflict),
            ("--demo headless --demo", ErrorKind::ValueValidation),
            ("headles", ErrorKind::ValueValidation),
            ("export --profile p", ErrorKind::MissingRequiredArgument),
            ("export --profile p --board a --file b", ErrorKind::ArgumentConflict),
        ] {
            let error = parse(&format!("echo-monitor {line}")).unwrap_err();
            assert_eq!(error.kind(), kind, "{line}");
            assert_eq!(error.exit_code(), 2, "{line}");
        }
    }

    #[test]
    fn secrets_come_from_the_environment() {
        let secrets = secrets(|name| (name == PASSWORD).then(|| "geheim".into())).unwrap();
        assert_eq!(secrets.password.as_deref().map(String::as_str), Some("geheim"));
        assert!(secrets.passphrase.is_none());
    }
}
