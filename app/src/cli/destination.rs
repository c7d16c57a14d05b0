//! Where to connect and what to echo, as flags over a draft.

use std::path::PathBuf;

use clap::{
    ArgGroup, Args,
    builder::{PossibleValuesParser, TypedValueParser},
};

use crate::profile::{Draft, Protocol, Qos, Security, Turn};

/// Where to connect and what to echo: the flags that every face without a window shares.
#[derive(Clone, Debug, Default, Args)]
#[command(group(ArgGroup::new("target").required(true).multiple(true).args(["demo", "profile", "broker"])))]
pub struct Destination {
    /// Start a broker and a virtual board inside this program, and connect to them.
    #[arg(long, help_heading = "Where to connect",
          conflicts_with_all = ["profile", "broker", "port", "security", "username", "ca", "cert", "key", "allow_v1_server"])]
    pub demo: bool,
    /// Use this profile of the window; the flags below override it.
    #[arg(long, value_name = "NAME", help_heading = "Where to connect")]
    pub profile: Option<String>,
    /// Where settings, logs and crash reports are kept.
    #[arg(long, value_name = "DIR", help_heading = "Where to connect")]
    pub config_dir: Option<PathBuf>,
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
    /// Accept a broker certificate of X.509 version 1, which TLS libraries refuse: its signature, dates and common name
    /// are still checked.
    #[arg(long, help_heading = "Where to connect")]
    pub allow_v1_server: bool,
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
}

impl Destination {
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
        draft.allow_v1_server |= self.allow_v1_server;
        draft
    }

    /// What `--broker` starts from, where there is no profile to override.
    #[must_use]
    pub fn blank(&self) -> Draft {
        let port = if self.security == Some(Security::Plain) { "1883" } else { "8883" };
        Draft { name: "Command line".to_owned(), port: port.to_owned(), ..Draft::default() }
    }
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
pub(super) fn named<T: Copy + Default + Send + Sync + 'static>(
    words: &'static [(&'static str, T)],
) -> impl TypedValueParser<Value = T> {
    let names = words.iter().map(|(name, _)| *name);
    PossibleValuesParser::new(names)
        .map(|word| words.iter().find(|(name, _)| *name == word).map_or_else(T::default, |(_, value)| *value))
}
