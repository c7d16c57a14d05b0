//! What a board is told, in words: a TOML file, and the command's flags.
//!
//! The app writes the file (*Export for the board*), the command reads it; here is the one place that knows its keys.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{Config, Credentials, Identity, Login};
use crate::{Direction, Protocol, Qos};

/// Credentials and configuration are small; a large file was chosen by mistake.
const LARGEST_FILE: u64 = 1024 * 1024;
const TLS_PORT: u16 = 8884;
const PLAIN_PORT: u16 = 1883;

/// What the board is told, as the keys of its file and, with the feature `cli`, as the command's flags. What it does not
/// say is the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "cli", derive(clap::Args))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// The broker's host name or IP address.
    #[cfg_attr(feature = "cli", arg(long, value_name = "HOST"))]
    pub broker: Option<String>,
    /// TCP port: 8884 with TLS and 1883 without, unless it is said.
    #[cfg_attr(feature = "cli", arg(long))]
    pub port: Option<u16>,
    /// The CA that signed the broker's certificate, PEM or DER.
    #[cfg_attr(feature = "cli", arg(long, value_name = "FILE"))]
    pub ca: Option<PathBuf>,
    /// The board's certificate, PEM or DER.
    #[cfg_attr(feature = "cli", arg(long, value_name = "FILE"))]
    pub cert: Option<PathBuf>,
    /// The board's private key, PEM or DER.
    #[cfg_attr(feature = "cli", arg(long, value_name = "FILE"))]
    pub key: Option<PathBuf>,
    /// The name in the broker's certificate, where it is not the host's.
    #[cfg_attr(feature = "cli", arg(long, value_name = "NAME"))]
    pub server_name: Option<String>,
    /// Connect without TLS.
    #[cfg_attr(feature = "cli", arg(long))]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub plain: bool,
    /// MQTT version.
    #[cfg_attr(feature = "cli", arg(long, value_enum))]
    pub mqtt: Option<Version>,
    /// Quality of service of messages and subscription.
    #[cfg_attr(feature = "cli", arg(long, value_parser = clap::value_parser!(u8).range(0..=1)))]
    pub qos: Option<u8>,
    /// Topic to publish on.
    #[cfg_attr(feature = "cli", arg(long, value_name = "TOPIC"))]
    pub publish: Option<String>,
    /// Topic to subscribe to.
    #[cfg_attr(feature = "cli", arg(long, value_name = "FILTER"))]
    pub subscribe: Option<String>,
    /// Topic of the last will and the birth message; empty for neither.
    #[cfg_attr(feature = "cli", arg(long, value_name = "TOPIC"))]
    pub status: Option<String>,
    /// Which way an echo is turned.
    #[cfg_attr(feature = "cli", arg(long, value_enum))]
    pub direction: Option<Turn>,
    /// Milliseconds between two messages.
    #[cfg_attr(feature = "cli", arg(long, value_name = "MS"))]
    pub period: Option<u64>,
    /// The first message, at most 128 bytes.
    #[cfg_attr(feature = "cli", arg(long, value_name = "TEXT"))]
    pub message: Option<String>,
    /// MQTT client ID; a random one unless it is said.
    #[cfg_attr(feature = "cli", arg(long, value_name = "ID"))]
    pub client_id: Option<String>,
    /// MQTT user name.
    #[cfg_attr(feature = "cli", arg(long, value_name = "NAME"))]
    pub user: Option<String>,
}

/// MQTT version, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Version {
    /// MQTT 5.0.
    #[serde(rename = "5")]
    #[cfg_attr(feature = "cli", value(name = "5"))]
    V5,
    /// MQTT 3.1.1.
    #[serde(rename = "3.1.1")]
    #[cfg_attr(feature = "cli", value(name = "3.1.1"))]
    V311,
}

/// Which way an echo is turned, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    /// `abc` becomes `bca`.
    Left,
    /// `abc` becomes `cab`.
    Right,
}

/// Why options make no configuration.
#[derive(Debug, thiserror::Error)]
pub enum OptionsProblem {
    /// The broker is not said.
    #[error("no broker: say --broker HOST, or broker = \"HOST\" in the configuration")]
    NoBroker,
    /// TLS, and nobody to trust.
    #[error("no CA: say --ca FILE, or --plain for a connection without TLS")]
    NoCa,
    /// A certificate without its key, or a key without its certificate.
    #[error("--cert and --key go together: one of them is missing")]
    HalfIdentity,
    /// A QoS that the board has not.
    #[error("a QoS is 0 or 1, not {0}")]
    Qos(u8),
    /// A file that cannot be read.
    #[error("{}: {error}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A configuration file that says something else than options.
    #[error("{}: {error}", path.display())]
    Toml {
        /// Which file.
        path: PathBuf,
        /// What and where.
        error: Box<toml::de::Error>,
    },
}

impl Options {
    /// Reads a file. A path in it that is not absolute is meant from the file's folder, wherever the reader stands.
    ///
    /// # Errors
    /// When the file cannot be read, or says something else than options.
    pub fn from_file(path: &Path) -> Result<Self, OptionsProblem> {
        let bytes = read(path)?;
        let file = |error| OptionsProblem::File { path: path.to_owned(), error };
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| file(io::Error::new(io::ErrorKind::InvalidData, "not a text file")))?;
        let mut options: Self = toml::from_str(text)
            .map_err(|error| OptionsProblem::Toml { path: path.to_owned(), error: Box::new(error) })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for named in [&mut options.ca, &mut options.cert, &mut options.key].into_iter().flatten() {
            *named = folder.join(&*named);
        }
        Ok(options)
    }

    /// The text of a file that says this.
    ///
    /// # Errors
    /// When a path is not UTF-8, which TOML demands.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(self)
    }

    /// These, and the other ones where these say nothing.
    #[must_use]
    pub fn over(self, other: Self) -> Self {
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

    /// The configuration, with the credentials read. The password stands in no file of ours: whoever calls brings it.
    ///
    /// # Errors
    /// When something is missing or cannot be read; what, the error tells.
    pub fn config(self, password: Option<String>) -> Result<Config, OptionsProblem> {
        let credentials = self.credentials()?;
        self.with(credentials, password)
    }

    fn credentials(&self) -> Result<Option<Credentials>, OptionsProblem> {
        if self.plain {
            return Ok(None);
        }
        let ca = read(self.ca.as_deref().ok_or(OptionsProblem::NoCa)?)?;
        let identity = match (&self.cert, &self.key) {
            (Some(certificate), Some(key)) => {
                Some(Identity { certificate: read(certificate)?, key: read(key)? })
            }
            (None, None) => None,
            _ => return Err(OptionsProblem::HalfIdentity),
        };
        Ok(Some(Credentials { ca, identity, server_name: self.server_name.clone() }))
    }

    fn with(self, tls: Option<Credentials>, password: Option<String>) -> Result<Config, OptionsProblem> {
        let port = self.port.unwrap_or(if tls.is_some() { TLS_PORT } else { PLAIN_PORT });
        let defaults = Config::new(self.broker.ok_or(OptionsProblem::NoBroker)?, port);
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
                Some(other) => return Err(OptionsProblem::Qos(other)),
            },
            first_message: self.message.unwrap_or(defaults.first_message),
            client_id: self.client_id,
            login: self.user.map(|user| Login { user, password: password.unwrap_or_default() }),
            host: defaults.host,
            port,
        })
    }
}

/// A small regular file. Asked before it is opened: to open a FIFO would wait for ever.
fn read(path: &Path) -> Result<Vec<u8>, OptionsProblem> {
    let checked = fs::metadata(path).and_then(|facts| match facts.len() {
        _ if !facts.is_file() => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a file")),
        0 => Err(io::Error::new(io::ErrorKind::InvalidData, "empty")),
        bytes if bytes > LARGEST_FILE => {
            Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than 1 MiB"))
        }
        _ => fs::read(path),
    });
    checked.map_err(|error| OptionsProblem::File { path: path.to_owned(), error })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("board.toml");
        fs::write(&path, text).unwrap();
        (directory, path)
    }

    #[test]
    fn what_is_written_is_read() {
        let mut options = Options {
            broker: Some("broker.example".to_owned()),
            ca: Some("/etc/ca.crt".into()),
            mqtt: Some(Version::V311),
            direction: Some(Turn::Right),
            client_id: Some("board \"1\"".to_owned()),
            qos: Some(1),
            ..Options::default()
        };
        let (_directory, path) = written(&options.to_toml().unwrap());
        assert_eq!(Options::from_file(&path).unwrap(), options);
        options.plain = true;
        assert!(options.to_toml().unwrap().contains("plain = true"));
        assert_eq!(Options::default().to_toml().unwrap(), "", "what is not said is not written");
    }

    #[test]
    fn a_file_names_its_neighbours_from_its_own_folder() {
        let (directory, path) =
            written("ca = \"ca.crt\"\ncert = \"/etc/client.crt\"\nkey = \"keys/client.key\"\n");
        let options = Options::from_file(&path).unwrap();
        assert_eq!(options.ca, Some(directory.path().join("ca.crt")));
        assert_eq!(options.cert, Some("/etc/client.crt".into()));
        assert_eq!(options.key, Some(directory.path().join("keys/client.key")));
    }

    #[test]
    fn a_key_that_is_not_known_is_an_error_with_its_place() {
        let (_directory, path) = written("broker = \"a\"\nbrocker = \"b\"\n");
        let problem = Options::from_file(&path).unwrap_err().to_string();
        assert!(problem.contains("brocker") && problem.contains("line 2"), "{problem}");
    }

    #[test]
    fn the_example_says_what_it_says_by_default() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("echo-board.toml");
        let example = fs::read_to_string(path).unwrap();
        // Every line that is commented out is an option, too, and the default.
        let all: String =
            example.lines().map(|line| line.strip_prefix("# ").unwrap_or(line).to_owned() + "\n").collect();
        let all = all.split_once('\n').unwrap().1.replace("\"…\"", "\"client.key\"");
        let (_directory, path) = written(&all);
        let told = Options::from_file(&path).unwrap();
        let plain = |options: Options| Options { plain: true, ..options }.config(None).unwrap();
        let default = plain(Options { broker: told.broker.clone(), port: told.port, ..Options::default() });
        assert_eq!(format!("{:?}", plain(told)), format!("{default:?}"));
    }
}
