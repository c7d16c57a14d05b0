//! What the command is told: by flags, and by a file for what the flags do not say.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, Parser, ValueEnum};
use echo_board_std::{Config, Credentials, Direction, Identity, Login, Protocol, Qos};
use serde::Deserialize;

/// Credentials and configuration are small; a large file was chosen by mistake.
const LARGEST_FILE: u64 = 1024 * 1024;
const TLS_PORT: u16 = 8884;
const PLAIN_PORT: u16 = 1883;
const PASSWORD: &str = "ECHO_BOARD_PASSWORD";

/// The board's side of the echo, over MQTT with mutual TLS 1.3.
#[derive(Debug, Parser)]
#[command(version, after_help = format!("The MQTT password is taken from the environment: {PASSWORD}."))]
pub(crate) struct Command {
    /// A TOML file with the options below as keys; flags win over it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
    /// Stop by itself after so many seconds.
    #[arg(long, value_name = "SECONDS")]
    duration: Option<u64>,
    /// Log no line for each message that was sent and echoed well.
    #[arg(long)]
    pub(crate) quiet: bool,
}

#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Options {
    /// The broker's host name or IP address.
    #[arg(long, value_name = "HOST")]
    broker: Option<String>,
    /// TCP port: 8884 with TLS and 1883 without, unless it is said.
    #[arg(long)]
    port: Option<u16>,
    /// The CA that signed the broker's certificate, PEM or DER.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// The board's certificate, PEM or DER.
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,
    /// The board's private key, PEM or DER.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The name in the broker's certificate, where it is not the host's.
    #[arg(long, value_name = "NAME")]
    server_name: Option<String>,
    /// Connect without TLS.
    #[arg(long)]
    plain: bool,
    /// MQTT version.
    #[arg(long, value_enum)]
    mqtt: Option<Version>,
    /// Quality of service of messages and subscription.
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=1))]
    qos: Option<u8>,
    /// Topic to publish on.
    #[arg(long, value_name = "TOPIC")]
    publish: Option<String>,
    /// Topic to subscribe to.
    #[arg(long, value_name = "FILTER")]
    subscribe: Option<String>,
    /// Topic of the last will and the birth message; empty for neither.
    #[arg(long, value_name = "TOPIC")]
    status: Option<String>,
    /// Which way an echo is turned.
    #[arg(long, value_enum)]
    direction: Option<Turn>,
    /// Milliseconds between two messages.
    #[arg(long, value_name = "MS")]
    period: Option<u64>,
    /// The first message, at most 128 bytes.
    #[arg(long, value_name = "TEXT")]
    message: Option<String>,
    /// MQTT client ID; a random one unless it is said.
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// MQTT user name.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, ValueEnum)]
enum Version {
    #[serde(rename = "5")]
    #[value(name = "5")]
    V5,
    #[serde(rename = "3.1.1")]
    #[value(name = "3.1.1")]
    V311,
}

#[derive(Clone, Copy, Debug, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
enum Turn {
    Left,
    Right,
}

/// Why the board does not even start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("no broker: say --broker HOST, or broker = \"HOST\" in the configuration")]
    NoBroker,
    #[error("no CA: say --ca FILE, or --plain for a connection without TLS")]
    NoCa,
    #[error("--cert and --key go together: one of them is missing")]
    HalfIdentity,
    #[error("a QoS is 0 or 1, not {0}")]
    Qos(u8),
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("{}: {error}", path.display())]
    Configuration { path: PathBuf, error: Box<toml::de::Error> },
    #[error("cannot listen for signals: {0}")]
    Signals(ctrlc::Error),
    #[error("{0}")]
    Start(io::Error),
}

impl Command {
    pub(crate) fn duration(&self) -> Option<Duration> {
        self.duration.map(Duration::from_secs)
    }

    /// Flags over file over defaults, with the credentials read.
    pub(crate) fn config(&self) -> Result<Config, Problem> {
        let file = match &self.config {
            None => Options::default(),
            Some(path) => parse(path)?,
        };
        let options = self.options.clone().over(file);
        let credentials = options.credentials()?;
        options.config(credentials, std::env::var(PASSWORD).ok())
    }
}

impl Options {
    /// These, and the other ones where these say nothing.
    fn over(self, other: Self) -> Self {
        Self {
            broker: self.broker.or(other.broker),
            port: self.port.or(other.port),
            ca: self.ca.or(other.ca),
            cert: self.cert.or(other.cert),
            key: self.key.or(other.key),
            server_name: self.server_name.or(other.server_name),
            plain: self.plain || other.plain,
            mqtt: self.mqtt.or(other.mqtt),
            qos: self.qos.or(other.qos),
            publish: self.publish.or(other.publish),
            subscribe: self.subscribe.or(other.subscribe),
            status: self.status.or(other.status),
            direction: self.direction.or(other.direction),
            period: self.period.or(other.period),
            message: self.message.or(other.message),
            client_id: self.client_id.or(other.client_id),
            user: self.user.or(other.user),
        }
    }

    fn credentials(&self) -> Result<Option<Credentials>, Problem> {
        if self.plain {
            return Ok(None);
        }
        let ca = read(self.ca.as_deref().ok_or(Problem::NoCa)?)?;
        let identity = match (&self.cert, &self.key) {
            (Some(certificate), Some(key)) => {
                Some(Identity { certificate: read(certificate)?, key: read(key)? })
            }
            (None, None) => None,
            _ => return Err(Problem::HalfIdentity),
        };
        Ok(Some(Credentials { ca, identity, server_name: self.server_name.clone() }))
    }

    fn config(self, tls: Option<Credentials>, password: Option<String>) -> Result<Config, Problem> {
        let port = self.port.unwrap_or(if tls.is_some() { TLS_PORT } else { PLAIN_PORT });
        let defaults = Config::new(self.broker.ok_or(Problem::NoBroker)?, port);
        Ok(Config {
            tls,
            period: self.period.map_or(defaults.period, Duration::from_millis),
            publish: self.publish.unwrap_or(defaults.publish),
            subscribe: self.subscribe.unwrap_or(defaults.subscribe),
            status: self.status.or(defaults.status).filter(|topic| !topic.is_empty()),
            direction: match self.direction {
                Some(Turn::Right) => Direction::Right,
                Some(Turn::Left) | None => Direction::Left,
            },
            protocol: match self.mqtt {
                Some(Version::V311) => Protocol::V311,
                Some(Version::V5) | None => Protocol::V5,
            },
            qos: match self.qos {
                Some(0) | None => Qos::AtMostOnce,
                Some(1) => Qos::AtLeastOnce,
                Some(other) => return Err(Problem::Qos(other)),
            },
            first_message: self.message.unwrap_or(defaults.first_message),
            client_id: self.client_id,
            login: self.user.map(|user| Login { user, password: password.unwrap_or_default() }),
            host: defaults.host,
            port,
        })
    }
}

fn parse(path: &Path) -> Result<Options, Problem> {
    let bytes = read(path)?;
    let file = |error| Problem::File { path: path.to_owned(), error };
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| file(io::Error::new(io::ErrorKind::InvalidData, "not a text file")))?;
    toml::from_str(text)
        .map_err(|error| Problem::Configuration { path: path.to_owned(), error: Box::new(error) })
}

/// A small regular file. Asked before it is opened: to open a FIFO would wait for ever.
fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    let checked = fs::metadata(path).and_then(|facts| match facts.len() {
        _ if !facts.is_file() => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a file")),
        0 => Err(io::Error::new(io::ErrorKind::InvalidData, "empty")),
        bytes if bytes > LARGEST_FILE => {
            Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than 1 MiB"))
        }
        _ => fs::read(path),
    });
    checked.map_err(|error| Problem::File { path: path.to_owned(), error })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use clap::CommandFactory as _;

    use super::*;

    fn command(arguments: &[&str]) -> Command {
        Command::try_parse_from(std::iter::once(&"echo-board").chain(arguments)).unwrap()
    }

    #[test]
    fn the_flags_make_sense() {
        Command::command().debug_assert();
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_the_defaults() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("board.toml");
        let text = "broker = \"a\"\nport = 1\nplain = true\nmqtt = \"3.1.1\"\nqos = 1\nperiod = 50\nstatus = \"\"\n\
                    direction = \"right\"\nclient-id = \"x\"\n";
        fs::write(&path, text).unwrap();
        let config = command(&["--config", path.to_str().unwrap(), "--port", "2"]).config().unwrap();
        assert_eq!((config.host.as_str(), config.port), ("a", 2));
        assert_eq!((config.protocol, config.qos), (Protocol::V311, Qos::AtLeastOnce));
        assert_eq!((config.direction, config.period), (Direction::Right, Duration::from_millis(50)));
        assert_eq!((config.status, config.client_id.as_deref()), (None, Some("x")));
        assert!(config.tls.is_none());
        assert_eq!(config.publish, Config::new("a", 2).publish);
    }

    #[test]
    fn what_is_missing_is_named() {
        let problem = |arguments: &[&str]| command(arguments).config().unwrap_err().to_string();
        assert!(problem(&["--plain"]).contains("--broker"));
        assert!(problem(&["--broker", "a"]).contains("--ca"));
        let directory = tempfile::tempdir().unwrap();
        let ca = directory.path().join("ca.pem");
        fs::write(&ca, "x").unwrap();
        let ca = ca.to_str().unwrap();
        assert!(problem(&["--broker", "a", "--ca", ca, "--cert", ca]).contains("--key"));
        assert!(problem(&["--broker", "a", "--ca", "/no/such.pem"]).contains("/no/such.pem"));
        assert!(
            problem(&["--broker", "a", "--ca", directory.path().to_str().unwrap()]).contains("not a file")
        );
    }

    #[test]
    fn a_key_that_is_not_known_is_an_error_with_its_place() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("board.toml");
        fs::write(&path, "broker = \"a\"\nbrocker = \"b\"\n").unwrap();
        let problem = command(&["--config", path.to_str().unwrap()]).config().unwrap_err().to_string();
        assert!(problem.contains("brocker") && problem.contains("line 2"), "{problem}");
    }
}
