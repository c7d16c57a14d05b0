//! The command line: what a person typed becomes a [`Command`], a [`Draft`] and [`Secrets`], or a sentence.
//!
//! Flags are text until [`Draft::parse`] has judged them, as the form in the window does: one set of rules, two faces.
//! A complaint about a field is told with the name of its flag. Secrets never come from flags, which every user of the
//! machine can read in the process list; they come from the environment.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use clap::{
    ArgGroup, Args, Parser, Subcommand, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use zeroize::Zeroizing;

use crate::profile::{Complaint, Draft, Field, Protocol, Qos, Secrets, Security, Turn};

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
      Echo for a board on the public test broker until Ctrl-C.";

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

Exit status: 0 it ran, 2 arguments or credentials are wrong, 3 it never connected.

Examples:
  echo-monitor headless --demo --duration 5
  echo-monitor headless --profile 'Bench board' --quiet
  echo-monitor headless --broker localhost --port 1883 --security plain
  echo-monitor headless --broker broker.example --ca ca.crt --cert client.crt \\
      --key client.key --subscribe boards/7/out --publish boards/7/in --qos 1";

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
}

/// How the window opens.
#[derive(Clone, Debug, Default, Args)]
pub struct Window {
    /// Start the demo at once.
    #[arg(long, conflicts_with = "profile")]
    pub demo: bool,
    /// Connect to this profile at once.
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Draw with this renderer; by default the one that starts best on this system, then the other.
    #[arg(long, value_enum, value_name = "RENDERER")]
    pub renderer: Option<Renderer>,
    /// Keep profiles and preferences in this folder.
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
#[command(group(ArgGroup::new("target").required(true).args(["demo", "profile", "broker"])))]
pub struct Headless {
    /// Start a broker and a virtual board inside this program, and connect to them.
    #[arg(long, help_heading = "Where to connect",
          conflicts_with_all = ["port", "security", "username", "ca", "cert", "key"])]
    pub demo: bool,
    /// Use this profile of the window; the flags below override it.
    #[arg(long, value_name = "NAME", help_heading = "Where to connect")]
    pub profile: Option<String>,
    /// The broker's host name or IP address.
    #[arg(long, value_name = "HOST", help_heading = "Where to connect")]
    pub broker: Option<String>,
    /// The broker's TCP port [default: 8883, with --security plain 1883].
    #[arg(long, value_name = "N", help_heading = "Where to connect")]
    pub port: Option<String>,
    /// TLS with our certificate, TLS without one, or no TLS [default: mutual-tls].
    #[arg(long, value_name = "HOW", help_heading = "Where to connect", value_parser = security())]
    pub security: Option<Security>,
    /// The certificate of the CA that signed the broker's [default: those that this system trusts].
    #[arg(long, value_name = "FILE", help_heading = "Where to connect")]
    pub ca: Option<String>,
    /// Our certificate, or a PKCS#12 file with certificate and key.
    #[arg(long, value_name = "FILE", help_heading = "Where to connect")]
    pub cert: Option<String>,
    /// Our private key.
    #[arg(long, value_name = "FILE", help_heading = "Where to connect")]
    pub key: Option<String>,
    /// The MQTT user name; its password comes from ECHO_MONITOR_PASSWORD.
    #[arg(long, value_name = "NAME", help_heading = "Where to connect")]
    pub username: Option<String>,

    /// The topic filter that the board's messages arrive on [default: azuresphere/sample/host].
    #[arg(long, value_name = "FILTER", help_heading = "What to echo")]
    pub subscribe: Option<String>,
    /// The topic that the echoes are published on [default: azuresphere/sample/device].
    #[arg(long, value_name = "TOPIC", help_heading = "What to echo")]
    pub publish: Option<String>,
    /// QoS of the subscription and of the echoes: 0, 1 or 2 [default: 0].
    #[arg(long, value_name = "N", help_heading = "What to echo", value_parser = qos())]
    pub qos: Option<Qos>,
    /// MQTT version: 5 or 3.1.1 [default: 5].
    #[arg(long, value_name = "VERSION", help_heading = "What to echo", value_parser = protocol())]
    pub mqtt: Option<Protocol>,
    /// Which way the text turns: left (abc to bca) or right [default: left].
    #[arg(long, value_name = "WAY", help_heading = "What to echo", value_parser = direction())]
    pub direction: Option<Turn>,
    /// Client ID [default: a random one at each start].
    #[arg(long, value_name = "ID", help_heading = "What to echo")]
    pub client_id: Option<String>,
    /// Keep alive in seconds; 0 switches it off [default: 60].
    #[arg(long, value_name = "S", help_heading = "What to echo")]
    pub keep_alive: Option<String>,

    /// Stop after this many seconds [default: at Ctrl-C].
    #[arg(long, value_name = "S", help_heading = "How to report", value_parser = seconds)]
    pub duration: Option<Duration>,
    /// Print only stages, errors and the summary.
    #[arg(long, help_heading = "How to report")]
    pub quiet: bool,
    /// Where profiles are kept, for --profile.
    #[arg(long, value_name = "DIR", help_heading = "How to report")]
    pub config_dir: Option<PathBuf>,
}

impl Headless {
    /// `draft` with what the flags say put over it.
    #[must_use]
    pub fn over(&self, mut draft: Draft) -> Draft {
        fn put<T: Clone>(flag: Option<&T>, field: &mut T) {
            if let Some(value) = flag {
                field.clone_from(value);
            }
        }
        put(self.broker.as_ref(), &mut draft.host);
        put(self.port.as_ref(), &mut draft.port);
        put(self.security.as_ref(), &mut draft.security);
        put(self.ca.as_ref(), &mut draft.ca);
        put(self.cert.as_ref(), &mut draft.certificate);
        put(self.key.as_ref(), &mut draft.key);
        put(self.username.as_ref(), &mut draft.username);
        put(self.subscribe.as_ref(), &mut draft.subscribe);
        put(self.publish.as_ref(), &mut draft.publish);
        put(self.qos.as_ref(), &mut draft.qos);
        put(self.mqtt.as_ref(), &mut draft.protocol);
        put(self.direction.as_ref(), &mut draft.direction);
        put(self.client_id.as_ref(), &mut draft.client_id);
        put(self.keep_alive.as_ref(), &mut draft.keep_alive);
        draft
    }

    /// What `--broker` starts from, where there is no profile to override.
    #[must_use]
    pub fn blank(&self) -> Draft {
        let port = if self.security == Some(Security::Plain) { "1883" } else { "8883" };
        Draft { name: "Command line".to_owned(), port: port.to_owned(), ..Draft::default() }
    }
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

fn security() -> impl TypedValueParser<Value = Security> {
    named(&[("mutual-tls", Security::MutualTls), ("tls", Security::Tls), ("plain", Security::Plain)])
}

fn qos() -> impl TypedValueParser<Value = Qos> {
    named(&[("0", Qos::AtMostOnce), ("1", Qos::AtLeastOnce), ("2", Qos::ExactlyOnce)])
}

fn protocol() -> impl TypedValueParser<Value = Protocol> {
    named(&[("5", Protocol::V5), ("3.1.1", Protocol::V311)])
}

fn direction() -> impl TypedValueParser<Value = Turn> {
    named(&[("left", Turn::Left), ("right", Turn::Right)])
}

/// A parser of exactly these words. The types are of the pure `profile` module, which knows nothing of clap.
fn named<T: Copy + Default + Send + Sync + 'static>(
    words: &'static [(&'static str, T)],
) -> impl TypedValueParser<Value = T> {
    let names = words.iter().map(|(name, _)| *name);
    PossibleValuesParser::new(names)
        .map(|word| words.iter().find(|(name, _)| *name == word).map_or_else(T::default, |(_, value)| *value))
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

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split_whitespace())
    }

    fn headless(line: &str) -> Headless {
        match parse(&format!("echo-monitor headless {line}")).unwrap().command {
            Some(Command::Headless(flags)) => *flags,
            None => panic!("no subcommand"),
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
    }

    #[test]
    fn flags_lie_over_the_draft() {
        let flags = headless(
            "--broker b.example --port 18 --ca ca --cert c --key k --subscribe in/# --publish out --qos 2 \
             --mqtt 3.1.1 --direction right --client-id me --keep-alive 9 --security tls --username u",
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
            allow_v1_server: false,
        };
        assert_eq!(draft, wanted);
    }

    #[test]
    fn what_no_flag_names_stays_as_the_profile_has_it() {
        let stored = Draft { host: "kept".into(), qos: Qos::AtLeastOnce, ..Draft::default() };
        let draft = headless("--profile p --port 7").over(stored.clone());
        assert_eq!(draft, Draft { port: "7".into(), ..stored });
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
            ("headless --demo --duration 0", ErrorKind::ValueValidation),
            ("headless --demo --duration nan", ErrorKind::ValueValidation),
            ("headless --demo --duration -3", ErrorKind::UnknownArgument),
            ("--demo --profile p", ErrorKind::ArgumentConflict),
            ("--demo headless --demo", ErrorKind::ArgumentConflict),
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
