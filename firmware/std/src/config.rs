//! What a board on an operating system is told, and how that becomes the core's settings.

#[cfg(feature = "options")]
mod options;

use std::{fmt, io, sync::Arc, time::Duration};

use echo_board::{
    Security, Settings, Unfit,
    mqtt::{self, Protocol, Qos},
    tls,
    wire::{self, Direction},
};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, InvalidDnsNameError, PrivateKeyDer, ServerName, pem, pem::PemObject},
    time_provider::DefaultTimeProvider,
};

#[cfg(feature = "options")]
pub use options::{Options, OptionsProblem, Turn, Version};

/// All that a board is told. Start from [`Config::new`] and change what is different.
#[derive(Clone, Debug)]
pub struct Config {
    /// The broker's host name or IP address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Credentials; `None` for a connection without TLS.
    pub tls: Option<Credentials>,
    /// Between two messages.
    pub period: Duration,
    /// Topic that the board publishes on.
    pub publish: String,
    /// Topic that the board subscribes to.
    pub subscribe: String,
    /// Topic of the last will and the birth message; `None` for neither.
    pub status: Option<String>,
    /// Which way an echo must be turned.
    pub direction: Direction,
    /// MQTT version.
    pub protocol: Protocol,
    /// Quality of service of messages and subscription.
    pub qos: Qos,
    /// The first message, at most [`MESSAGE_LIMIT`](wire::MESSAGE_LIMIT) bytes.
    pub first_message: String,
    /// Client ID; `None` for a random one.
    pub client_id: Option<String>,
    /// Where the broker wants it beside the certificate.
    pub login: Option<Login>,
}

/// User name and password.
#[derive(Clone)]
pub struct Login {
    /// User name.
    pub user: String,
    /// Password.
    pub password: String,
}

/// What proves the broker to the board, and the board to the broker. Each as PEM or DER.
#[derive(Clone)]
pub struct Credentials {
    /// Trust anchors: one or more certificates.
    pub ca: Vec<u8>,
    /// The board's certificate chain and its key, where the broker wants them.
    pub identity: Option<Identity>,
    /// What the broker's certificate must be valid for; `None` for the host.
    pub server_name: Option<String>,
}

/// The board's own certificate and key. Each as PEM or DER.
#[derive(Clone)]
pub struct Identity {
    /// The certificate, then those that lead to the CA.
    pub certificate: Vec<u8>,
    /// The private key: PKCS#8, PKCS#1 or SEC1, not encrypted.
    pub key: Vec<u8>,
}

/// Passwords are not for logs.
impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(…)")
    }
}

/// Keys are not for logs.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// Keys are not for logs.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(…)")
    }
}

/// Why no board can be made of a [`Config`].
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The CA cannot be read.
    #[error("the CA's certificate: {0}")]
    Ca(#[source] pem::Error),
    /// The CA holds no certificate, or one that cannot be a trust anchor.
    #[error("the CA is no certificate to trust: {0}")]
    Anchor(#[source] rustls::Error),
    /// The board's certificate cannot be read.
    #[error("the board's certificate: {0}")]
    Certificate(#[source] pem::Error),
    /// The board's key cannot be read.
    #[error("the board's private key: {0}")]
    Key(#[source] pem::Error),
    /// The board's key is not its certificate's, or of a kind that cannot be used.
    #[error("the board's certificate and key: {0}")]
    Identity(#[source] rustls::Error),
    /// The host is neither a DNS name nor an IP address.
    #[error("the broker's name: {0}")]
    Name(#[from] InvalidDnsNameError),
    /// The operating system has no randomness.
    #[error("no randomness")]
    Randomness,
    /// The core refuses the settings.
    #[error(transparent)]
    Unfit(#[from] Unfit),
}

impl From<ConfigError> for io::Error {
    fn from(error: ConfigError) -> Self {
        Self::new(io::ErrorKind::InvalidInput, error)
    }
}

impl Config {
    /// The wire's defaults, without TLS.
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
            tls: None,
            period: Duration::from_millis(wire::PERIOD_MS.into()),
            publish: wire::BOARD_TOPIC.to_owned(),
            subscribe: wire::HOST_TOPIC.to_owned(),
            status: Some(wire::STATUS_TOPIC.to_owned()),
            direction: Direction::default(),
            protocol: Protocol::default(),
            qos: Qos::default(),
            first_message: wire::FIRST_MESSAGE.to_owned(),
            client_id: None,
            login: None,
        }
    }

    /// The core's settings, with the credentials parsed.
    ///
    /// # Errors
    /// When a part of it cannot be used; which one, the error tells.
    pub fn settings(&self) -> Result<Settings, ConfigError> {
        let seed = random()?;
        let security = match &self.tls {
            None => Security::Plain,
            Some(credentials) => Security::Tls(credentials.settings(&self.host)?),
        };
        let client_id = self.client_id.clone().unwrap_or_else(|| format!("echo-board-{:08x}", seed as u32));
        let mqtt = mqtt::Settings {
            protocol: self.protocol,
            client_id,
            login: self.login.clone().map(|login| (login.user, login.password.into_bytes())),
            qos: self.qos,
            publish: self.publish.clone(),
            subscribe: self.subscribe.clone(),
            status: self.status.clone(),
        };
        Ok(Settings {
            security,
            mqtt,
            period: self.period,
            direction: self.direction,
            first_message: self.first_message.clone().into_bytes(),
            seed,
        })
    }
}

impl Credentials {
    fn settings(&self, host: &str) -> Result<tls::Settings, ConfigError> {
        let mut anchors = RootCertStore::empty();
        for certificate in certificates(&self.ca).map_err(ConfigError::Ca)? {
            anchors.add(certificate).map_err(ConfigError::Anchor)?;
        }
        let identity = match &self.identity {
            None => None,
            Some(identity) => Some((
                certificates(&identity.certificate).map_err(ConfigError::Certificate)?,
                key(&identity.key).map_err(ConfigError::Key)?,
            )),
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let configuration = tls::configuration(provider, Arc::new(DefaultTimeProvider), anchors, identity)
            .map_err(ConfigError::Identity)?;
        let server = ServerName::try_from(self.server_name.clone().unwrap_or_else(|| host.to_owned()))?;
        Ok(tls::Settings { configuration, server })
    }
}

fn is_pem(bytes: &[u8]) -> bool {
    bytes.windows(5).any(|window| window == b"-----")
}

fn certificates(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, pem::Error> {
    if !is_pem(bytes) {
        return Ok(vec![CertificateDer::from(bytes.to_vec())]);
    }
    let all = CertificateDer::pem_slice_iter(bytes).collect::<Result<Vec<_>, _>>()?;
    if all.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(all) }
}

fn key(bytes: &[u8]) -> Result<PrivateKeyDer<'static>, pem::Error> {
    if is_pem(bytes) {
        return PrivateKeyDer::from_pem_slice(bytes);
    }
    PrivateKeyDer::try_from(bytes.to_vec()).map_err(|_| pem::Error::NoItemsFound)
}

/// For the client ID and for jitter, which need no secrecy but must differ from board to board.
fn random() -> Result<u64, ConfigError> {
    let mut bytes = [0; 8];
    rustls::crypto::ring::default_provider()
        .secure_random
        .fill(&mut bytes)
        .map_err(|_| ConfigError::Randomness)?;
    Ok(u64::from_ne_bytes(bytes))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    /// A certificate and a key: PEM, and DER.
    fn identity() -> (Identity, Identity) {
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(vec!["board".to_owned()]).unwrap().self_signed(&key).unwrap();
        let pem = Identity { certificate: certificate.pem().into(), key: key.serialize_pem().into() };
        (pem, Identity { certificate: certificate.der().to_vec(), key: key.serialize_der() })
    }

    fn config(ca: &[u8], identity: Option<&Identity>) -> Config {
        let mut config = Config::new("localhost", 8884);
        config.tls = Some(Credentials { ca: ca.to_vec(), identity: identity.cloned(), server_name: None });
        config
    }

    #[test]
    fn pem_and_der_are_taken() {
        let (pem, der) = identity();
        for identity in [&pem, &der] {
            config(&identity.certificate, Some(identity)).settings().unwrap();
        }
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let (pem, _) = identity();
        let (other, _) = identity();
        let mixed = Identity { key: other.key.clone(), ..pem.clone() };
        let swapped = Identity { certificate: pem.key.clone(), key: pem.certificate.clone() };
        let error = |config: &Config| config.settings().unwrap_err();
        assert!(matches!(error(&config(b"no certificate", None)), ConfigError::Anchor(_)));
        assert!(matches!(error(&config(&pem.key, None)), ConfigError::Ca(_)));
        assert!(matches!(error(&config(&pem.certificate, Some(&mixed))), ConfigError::Identity(_)));
        assert!(matches!(error(&config(&pem.certificate, Some(&swapped))), ConfigError::Certificate(_)));
        let mut nameless = config(&pem.certificate, None);
        nameless.host = "not a host".to_owned();
        assert!(matches!(error(&nameless), ConfigError::Name(_)));
    }

    #[test]
    fn each_board_has_a_client_id_of_its_own_unless_it_is_told_one() {
        let id = || Config::new("localhost", 1883).settings().unwrap().mqtt.client_id;
        assert_ne!(id(), id());
        assert!(id().len() <= 23, "MQTT 3.1.1, section 3.1.3.1: what every broker takes");
    }

    #[test]
    fn keys_and_passwords_are_not_shown() {
        let (pem, _) = identity();
        let mut config = config(&pem.certificate, Some(&pem));
        config.login = Some(Login { user: "me".to_owned(), password: "secret".to_owned() });
        let shown = format!("{config:?}");
        assert!(!shown.contains("secret") && !shown.contains("45, 45"), "{shown}");
    }
}
