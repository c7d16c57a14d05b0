//! What to connect to: parsed once, never validated later.
//!
//! A [`Draft`] is what stands in the form and in the settings file: text as it was typed, so that nothing a person
//! entered is ever lost. [`Draft::parse`] turns it into a [`Profile`] or into one [`Complaint`] per field that is wrong.
//!
//! - [`Host`], [`TopicName`], [`TopicFilter`]: the parts that have rules of their own.
//! - `parse`: the rules of the form, and its sentences.
//! - [`mod@file`]: a profile as a file of its own, without secrets.

pub mod file;
mod host;
mod parse;
mod topic;

use std::path::PathBuf;

use echo_board::wire;
pub use echo_board::wire::Direction;
pub use host::{Host, HostProblem};
use serde::{Deserialize, Serialize};
pub use topic::{TopicFilter, TopicName, TopicProblem};
use zeroize::Zeroizing;

/// A profile as it is typed and stored. Every field is kept verbatim. Passwords and passphrases are not part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Draft {
    /// The profile's name, unique among the profiles.
    pub name: String,
    /// Host name or IP address.
    pub host: String,
    /// TCP port.
    #[serde(deserialize_with = "parse::text_or_number")]
    pub port: String,
    /// How the connection is secured.
    pub security: Security,
    /// MQTT version.
    pub protocol: Protocol,
    /// Topic filter the board's messages arrive on.
    pub subscribe: String,
    /// Topic name the echoes are published on.
    pub publish: String,
    /// QoS of the subscription and of the echoes.
    pub qos: Qos,
    /// Keep alive in seconds.
    #[serde(deserialize_with = "parse::text_or_number")]
    pub keep_alive: String,
    /// Client ID; empty for a random one at each session.
    pub client_id: String,
    /// User name; empty for none.
    pub username: String,
    /// Whether the text turns left (the wire's default) or right.
    pub direction: Turn,
    /// CA file; empty for the operating system's trust store.
    pub ca: String,
    /// Client certificate file, or a PKCS#12 file that holds all three.
    pub certificate: String,
    /// Private key file.
    pub key: String,
    /// Whether a broker certificate of X.509 version 1 is accepted (signature, dates and name are still checked).
    pub allow_v1_server: bool,
    /// Whether the passphrase of the private key is in this computer's keychain.
    pub passphrase_remembered: bool,
}

impl Default for Draft {
    /// The original sample's broker and topics.
    fn default() -> Self {
        Self {
            name: "Mosquitto test server".to_owned(),
            host: "test.mosquitto.org".to_owned(),
            port: "8884".to_owned(),
            security: Security::default(),
            protocol: Protocol::default(),
            subscribe: wire::BOARD_TOPIC.to_owned(),
            publish: wire::HOST_TOPIC.to_owned(),
            qos: Qos::default(),
            keep_alive: "60".to_owned(),
            client_id: String::new(),
            username: String::new(),
            direction: Turn::default(),
            ca: String::new(),
            certificate: String::new(),
            key: String::new(),
            allow_v1_server: false,
            passphrase_remembered: false,
        }
    }
}

impl Draft {
    /// The file that a passphrase opens: the key's, or the certificate's where that holds the key.
    #[must_use]
    pub fn locked_file(&self) -> &str {
        match self.key.trim() {
            "" => self.certificate.trim(),
            key => key,
        }
    }
}

/// How the connection is secured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Security {
    /// TLS, and we present a client certificate.
    #[default]
    MutualTls,
    /// TLS without a client certificate.
    Tls,
    /// No TLS.
    Plain,
}

/// MQTT version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    /// MQTT 5.0.
    #[default]
    #[serde(rename = "5")]
    V5,
    /// MQTT 3.1.1.
    #[serde(rename = "3.1.1")]
    V311,
}

/// Quality of service (MQTT 5, section 4.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Qos {
    /// At most once.
    #[default]
    AtMostOnce = 0,
    /// At least once.
    AtLeastOnce = 1,
    /// Exactly once.
    ExactlyOnce = 2,
}

impl From<Qos> for u8 {
    fn from(qos: Qos) -> Self {
        qos as Self
    }
}

impl TryFrom<u8> for Qos {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        match number {
            0 => Ok(Self::AtMostOnce),
            1 => Ok(Self::AtLeastOnce),
            2 => Ok(Self::ExactlyOnce),
            _ => Err("a QoS is 0, 1 or 2"),
        }
    }
}

/// [`Direction`] as it is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    /// The first character goes to the end.
    #[default]
    Left,
    /// The last character goes to the front.
    Right,
}

impl From<Turn> for Direction {
    fn from(turn: Turn) -> Self {
        match turn {
            Turn::Left => Self::Left,
            Turn::Right => Self::Right,
        }
    }
}

/// What to connect to. Whoever holds one need not check it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The profile's name.
    pub name: String,
    /// The broker's host name or IP address: what is resolved and what its certificate must be valid for.
    pub host: Host,
    /// TCP port.
    pub port: u16,
    /// How the connection is secured.
    pub security: Security,
    /// MQTT version.
    pub protocol: Protocol,
    /// Topic filter the board's messages arrive on.
    pub subscribe: TopicFilter,
    /// Topic name the echoes are published on.
    pub publish: TopicName,
    /// QoS of the subscription and of the echoes.
    pub qos: Qos,
    /// Keep alive in seconds: 0 for none, else at least 5.
    pub keep_alive: u16,
    /// Client ID; `None` for a random one at each session.
    pub client_id: Option<String>,
    /// User name.
    pub username: Option<String>,
    /// Which way the text turns.
    pub direction: Direction,
    /// Where the credentials are read from at every connection attempt.
    pub credentials: Sources,
    /// Whether a broker certificate of X.509 version 1 is accepted.
    pub allow_v1_server: bool,
}

impl Profile {
    /// Whether the echoes come back to us, because the filter we subscribe to matches the topic we publish on. The
    /// session knows them by their topic and echoes none again, but each costs a delivery.
    #[must_use]
    pub fn may_hear_itself(&self) -> bool {
        self.subscribe.matches(&self.publish)
    }
}

/// The files that credentials are read from. `None` for the CA means the operating system's trust store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// Trust anchors.
    pub ca: Option<PathBuf>,
    /// Client certificate chain (or PKCS#12).
    pub certificate: Option<PathBuf>,
    /// Private key (or PKCS#12).
    pub key: Option<PathBuf>,
}

/// What a person has to type in and what is never stored by us unasked. Zeroized when dropped, never printed.
#[derive(Clone, Default)]
pub struct Secrets {
    /// The MQTT password.
    pub password: Option<Zeroizing<String>>,
    /// The passphrase of the private key or of the PKCS#12 file.
    pub passphrase: Option<Zeroizing<String>>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// [`Draft::name`].
    Name,
    /// [`Draft::host`].
    Host,
    /// [`Draft::port`].
    Port,
    /// [`Draft::subscribe`].
    Subscribe,
    /// [`Draft::publish`].
    Publish,
    /// [`Draft::keep_alive`].
    KeepAlive,
    /// [`Draft::client_id`].
    ClientId,
    /// [`Draft::username`].
    Username,
    /// [`Draft::ca`].
    Ca,
    /// [`Draft::certificate`].
    Certificate,
    /// [`Draft::key`].
    Key,
}

/// What is wrong with one field, in a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Where it was entered.
    pub field: Field,
    /// What is wrong and what to do.
    pub text: String,
}
