//! The files, made in memory.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use echo_board::{
    mqtt,
    partition::{self, Partition, Password},
    wire,
};
use echo_board_std::config::{self, ConfigError, Options, Turn, Version};
use zeroize::Zeroizing;

use crate::{
    credentials::{
        Identity, Judgement, Made, Trust,
        facts::{Algorithm, Facts, printable},
    },
    profile::{Direction, Profile, Protocol, Qos, Secrets, Security},
};

/// The files that may be written.
pub const NAMES: [&str; 5] = [CONFIGURATION, CA, CERTIFICATE, KEY, PARTITION];
const CONFIGURATION: &str = "echo-board.toml";
const CA: &str = "ca.crt";
const CERTIFICATE: &str = "client.crt";
const KEY: &str = "client.key";
const PARTITION: &str = "partition.bin";

/// Why no board can do what a profile says.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// The profile leaves it to the operating system whom to trust.
    #[error(
        "A board has no trust store of its own: choose the file of the CA that signed the broker's certificate."
    )]
    NoCa,
    /// The host listens to many topics.
    #[error(
        "A board publishes on one topic, and this profile listens on the filter {0}. Make a copy of the profile that \
         names the board's topic, and export that."
    )]
    Filter(String),
    /// The board's own code refuses it.
    #[error("The board would not start with this: {0}.")]
    Board(#[from] ConfigError),
    /// The configuration cannot be written.
    #[error("The board's configuration could not be written: {0}.")]
    Toml(#[from] toml::ser::Error),
}

pub(super) struct Files {
    pub(super) files: Vec<Made>,
    pub(super) notes: Vec<String>,
}

/// Everything for the board of `profile`.
pub(super) fn make(profile: &Profile, identity: &Identity, secrets: &Secrets) -> Result<Files, Unfit> {
    let topics = Topics::of(profile)?;
    let mut notes = Vec::new();
    if profile.qos == Qos::ExactlyOnce {
        notes.push("The board has no QoS 2: it was given QoS 1.".to_owned());
    }
    if profile.allow_v1_server {
        notes.push(
            "The board accepts no broker certificate of version 1, which this profile allows.".to_owned(),
        );
    }
    let mut files = Vec::new();
    if profile.security != Security::Plain {
        files.extend(credentials(identity)?);
    }
    let options = options(profile, &topics);
    judged_by_the_board(profile, &topics, &options, &files)?;
    let text = format!(
        "# The board of “{}”. Start it with: echo-board --config {CONFIGURATION}\n{}{}",
        printable(&profile.name),
        if profile.username.is_some() { "# Its MQTT password comes from ECHO_BOARD_PASSWORD.\n" } else { "" },
        options.to_toml()?
    );
    files.insert(0, made(CONFIGURATION, text.as_bytes(), false));
    match image(profile, &topics, identity, secrets) {
        Ok(image) => files.push(Made { name: PARTITION.into(), bytes: image, private: true }),
        Err(why) => notes.push(format!("There is no {PARTITION}: {why}.")),
    }
    if profile.username.is_some() && secrets.password.is_none() {
        notes.push(format!("No password was entered: {PARTITION} has the user name alone."));
    }
    Ok(Files { files, notes })
}

/// The topics, as the board sees them.
struct Topics<'a> {
    publish: &'a str,
    subscribe: &'a str,
    status: Option<&'static str>,
}

impl<'a> Topics<'a> {
    fn of(profile: &'a Profile) -> Result<Self, Unfit> {
        let filter = profile.subscribe.as_str();
        // $share/group/topic: the group is the hosts' own.
        let publish = match profile.subscribe.share_group() {
            Some(_) => filter.splitn(3, '/').nth(2).unwrap_or(filter),
            None => filter,
        };
        if publish.contains(['+', '#']) {
            return Err(Unfit::Filter(filter.to_owned()));
        }
        let subscribe = profile.publish.as_str();
        // The profile names no topic for the board's last will: only where it has the sample's topics it is known.
        let sample = (publish, subscribe) == (wire::BOARD_TOPIC, wire::HOST_TOPIC);
        Ok(Self { publish, subscribe, status: sample.then_some(wire::STATUS_TOPIC) })
    }
}

/// All that differs from board to board is said; the rest is the board's default.
fn options(profile: &Profile, topics: &Topics<'_>) -> Options {
    let tls = profile.security != Security::Plain;
    let own = profile.security == Security::MutualTls;
    Options {
        broker: Some(profile.host.as_str().to_owned()),
        port: Some(profile.port),
        ca: tls.then(|| CA.into()),
        cert: own.then(|| CERTIFICATE.into()),
        key: own.then(|| KEY.into()),
        plain: !tls,
        mqtt: Some(match profile.protocol {
            Protocol::V5 => Version::V5,
            Protocol::V311 => Version::V311,
        }),
        qos: Some(u8::from(profile.qos).min(1)),
        publish: Some(topics.publish.to_owned()),
        subscribe: Some(topics.subscribe.to_owned()),
        status: Some(topics.status.unwrap_or_default().to_owned()),
        direction: Some(match profile.direction {
            Direction::Left => Turn::Left,
            Direction::Right => Turn::Right,
        }),
        user: profile.username.clone(),
        ..Options::default()
    }
}

fn credentials(identity: &Identity) -> Result<Vec<Made>, Unfit> {
    let Trust::Anchors(anchors) = &identity.trust else { return Err(Unfit::NoCa) };
    let chain = |certificates: &[rustls::pki_types::CertificateDer<'_>]| -> Zeroizing<String> {
        Zeroizing::new(certificates.iter().map(|der| pem("CERTIFICATE", der).to_string()).collect())
    };
    let mut files = vec![made(CA, chain(anchors).as_bytes(), false)];
    if let Some((certificates, key)) = &identity.client {
        files.push(made(CERTIFICATE, chain(certificates).as_bytes(), false));
        files.push(made(KEY, pem("PRIVATE KEY", key.secret_der()).as_bytes(), true));
    }
    Ok(files)
}

/// What the board would say of it: its code reads the very bytes that will be written.
fn judged_by_the_board(
    profile: &Profile,
    topics: &Topics<'_>,
    options: &Options,
    files: &[Made],
) -> Result<(), Unfit> {
    let content = |name| {
        files.iter().find(|made| made.name == name).map(|made| made.bytes.to_vec()).unwrap_or_default()
    };
    let mut config = config::Config::new(profile.host.as_str(), profile.port);
    topics.publish.clone_into(&mut config.publish);
    topics.subscribe.clone_into(&mut config.subscribe);
    if !options.plain {
        let identity = options
            .key
            .is_some()
            .then(|| config::Identity { certificate: content(CERTIFICATE), key: content(KEY) });
        config.tls = Some(config::Credentials { ca: content(CA), identity, server_name: None });
    }
    config.settings()?;
    Ok(())
}

/// The image of the partition that a board without files reads.
fn image(
    profile: &Profile,
    topics: &Topics<'_>,
    identity: &Identity,
    secrets: &Secrets,
) -> Result<Zeroizing<Vec<u8>>, String> {
    let Trust::Anchors(anchors) = &identity.trust else {
        return Err("a board that reads it speaks TLS only, and this profile names no CA".to_owned());
    };
    let mut partition = Partition::new(profile.host.as_str(), profile.port, wire::FIRST_MESSAGE.as_bytes());
    partition.protocol = match profile.protocol {
        Protocol::V5 => mqtt::Protocol::V5,
        Protocol::V311 => mqtt::Protocol::V311,
    };
    partition.qos =
        if profile.qos == Qos::AtMostOnce { mqtt::Qos::AtMostOnce } else { mqtt::Qos::AtLeastOnce };
    let password = secrets.password.as_deref().map(String::as_bytes).unwrap_or_default();
    partition.login = profile.username.as_deref().map(|user| (user, Password(password)));
    partition.publish = topics.publish;
    partition.subscribe = topics.subscribe;
    partition.status = topics.status;
    partition.direction = profile.direction;
    partition.anchors.clone_from(anchors);
    if let Some((chain, key)) = &identity.client {
        partition.chain.clone_from(chain);
        partition.key = Some(key.clone_key());
    }
    partition.encode().map(Zeroizing::new).map_err(|problem: partition::Problem| problem.to_string())
}

/// Keys and CAs that the smallest board reads only where it is built for them.
pub(super) fn algorithms(judgement: &Judgement) -> Option<String> {
    let algorithms = judgement.rows().into_iter().flat_map(|(_, row)| &row.facts).map(|facts| match facts {
        Facts::Certificate(certificate) => &certificate.algorithm,
        Facts::Key(key) => &key.algorithm,
    });
    let mut others = algorithms.filter(|algorithm| **algorithm != Algorithm::P256).peekable();
    others.peek()?;
    let rsa = others.all(|algorithm| matches!(algorithm, Algorithm::Rsa { .. }));
    Some(if rsa {
        "Not all keys are P-256: a firmware for the MPS2 needs its feature “rsa”.".to_owned()
    } else {
        "The firmware for the MPS2 knows keys of P-256 and RSA alone: not all of these are.".to_owned()
    })
}

fn made(name: &'static str, bytes: &[u8], private: bool) -> Made {
    Made { name: name.into(), bytes: Zeroizing::new(bytes.to_vec()), private }
}

/// PEM (RFC 7468).
fn pem(label: &str, der: &[u8]) -> Zeroizing<String> {
    const LINE: usize = 64;
    let body = Zeroizing::new(STANDARD.encode(der));
    let mut text = Zeroizing::new(String::with_capacity(body.len() + body.len() / LINE + 64));
    text.push_str(&format!("-----BEGIN {label}-----\n"));
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, behind) = rest.split_at(rest.len().min(LINE));
        text.push_str(line);
        text.push('\n');
        rest = behind;
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}
