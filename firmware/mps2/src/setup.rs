//! From the partition in flash to what the network and the core want to know.

use alloc::{borrow::ToOwned, format, string::String, sync::Arc, vec::Vec};
use core::net::Ipv4Addr;

use echo_board::partition::{Network, Partition};
use echo_board::settings::{Security, Settings};
use echo_board::{mqtt, tls};
use embassy_net::{Config, Ipv4Cidr, StaticConfigV4};
use rustls::RootCertStore;
use rustls::crypto::{CryptoProvider, SecureRandom};
use rustls::pki_types::ServerName;
use rustls::time_provider::TimeProvider;

/// Where the broker is.
#[derive(Clone, Copy, Debug)]
pub struct Broker<'a> {
    /// Its name, or its address as text.
    pub host: &'a str,
    /// Its address, where the name need not be resolved.
    pub address: Option<Ipv4Addr>,
    /// Its port.
    pub port: u16,
}

/// Why a partition that can be read cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Unusable {
    /// The host is neither a name nor an address.
    #[error("the broker's host is neither a name nor an address")]
    Host,
    /// One of the CA's certificates is none.
    #[error("CA certificate {index} cannot be used: {error}")]
    Anchor {
        /// Which of them, from 0.
        index: usize,
        /// Why.
        error: rustls::Error,
    },
    /// The certificate or the key cannot be used, or they do not belong together.
    #[error("the board's certificate and key cannot be used: {0}")]
    Identity(rustls::Error),
    /// The board has no randomness.
    #[error("no randomness")]
    Randomness,
}

/// The broker's place.
#[must_use]
pub const fn broker<'a>(partition: &Partition<'a>) -> Broker<'a> {
    Broker { host: partition.host, address: partition.address, port: partition.port }
}

/// How the board gets its own address.
#[must_use]
pub fn network(partition: &Partition<'_>) -> Config {
    match partition.network {
        Network::Dynamic => Config::dhcpv4(Default::default()),
        Network::Static { address, prefix, gateway, resolver } => Config::ipv4_static(StaticConfigV4 {
            address: Ipv4Cidr::new(address, prefix),
            gateway,
            dns_servers: resolver.into_iter().collect(),
        }),
    }
}

/// What the core is told. `hardware` is the controller's address: it makes the client ID unique where none is given.
///
/// # Errors
/// When the partition's credentials cannot be used, or there is no randomness.
pub fn settings(
    partition: &Partition<'_>,
    hardware: [u8; 6],
    provider: CryptoProvider,
    time: Arc<dyn TimeProvider>,
) -> Result<Settings, Unusable> {
    let seed = number(provider.secure_random)?;
    let server = ServerName::try_from(partition.host).map_err(|_| Unusable::Host)?.to_owned();
    let identity = partition.key.as_ref().map(|key| {
        let chain: Vec<_> =
            partition.chain.iter().map(|certificate| certificate.clone().into_owned()).collect();
        (chain, key.clone_key())
    });
    let configuration = tls::configuration(provider.into(), time, anchors(partition)?, identity)
        .map_err(Unusable::Identity)?;
    let mut settings = Settings::new(Security::Tls(tls::Settings { configuration, server }));
    settings.mqtt = mqtt::Settings {
        protocol: partition.protocol,
        client_id: partition.client_id.map_or_else(|| client_id(hardware), str::to_owned),
        login: partition.login.map(|(user, password)| (user.to_owned(), password.0.to_owned())),
        qos: partition.qos,
        publish: partition.publish.to_owned(),
        subscribe: partition.subscribe.to_owned(),
        status: partition.status.map(str::to_owned),
    };
    settings.direction = partition.direction;
    settings.first_message = partition.first.to_owned();
    settings.seed = seed;
    Ok(settings)
}

/// A number nobody can foresee: for the jitter, and for the network's ports and sequence numbers.
///
/// # Errors
/// When there is no randomness.
pub fn number(random: &dyn SecureRandom) -> Result<u64, Unusable> {
    let mut bytes = [0; 8];
    random.fill(&mut bytes).map_err(|_| Unusable::Randomness)?;
    Ok(u64::from_le_bytes(bytes))
}

fn anchors(partition: &Partition<'_>) -> Result<RootCertStore, Unusable> {
    let mut anchors = RootCertStore::empty();
    for (index, anchor) in partition.anchors.iter().enumerate() {
        anchors.add(anchor.clone()).map_err(|error| Unusable::Anchor { index, error })?;
    }
    Ok(anchors)
}

/// At most 23 bytes, which every broker takes (MQTT 3.1.1, section 3.1.3.1).
fn client_id([a, b, c, d, e, f]: [u8; 6]) -> String {
    format!("echo-board-{a:02x}{b:02x}{c:02x}{d:02x}{e:02x}{f:02x}")
}
