//! Certificates of every kind, a TLS server in memory that presents them, and a board opposite.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code, unreachable_pub)]

use std::{io::Write as _, sync::Arc, time::Duration};

use echo_board::{Action, Client, Failure, Report, Security, Settings, mqtt::Protocol, tls};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, SupportedProtocolVersion,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime},
    server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier},
    sign::CertifiedKey,
    time_provider::TimeProvider,
};

/// The board's time of day: 1 July 2030, in seconds since 1970.
pub const NOW: u64 = 1_909_094_400;

/// The first of January of a year.
pub fn day(year: i32) -> (i32, u8, u8) {
    (year, 1, 1)
}

/// What a certificate says.
pub struct Leaf {
    name: String,
    purpose: ExtendedKeyUsagePurpose,
    pub valid: ((i32, u8, u8), (i32, u8, u8)),
}

impl Leaf {
    pub fn new(name: &str, purpose: ExtendedKeyUsagePurpose) -> Self {
        Self { name: name.to_owned(), purpose, valid: (day(2030), day(2031)) }
    }
}

/// A chain and its key.
pub struct Identity {
    pub chain: Vec<CertificateDer<'static>>,
    pub key: PrivateKeyDer<'static>,
}

/// Somebody who signs: a CA, or a leaf that has no business to.
pub struct Authority {
    /// What its certificates bring along to lead to a trust anchor.
    chain: Vec<CertificateDer<'static>>,
    anchor: Option<CertificateDer<'static>>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2040, 1, 1);
        let anchor = params.self_signed(&key).unwrap().der().clone();
        Self { chain: Vec::new(), anchor: Some(anchor), issuer: Issuer::new(params, key) }
    }

    pub fn sign(&self, leaf: &Leaf) -> Identity {
        let (params, key, certificate) = self.make(leaf);
        drop(params);
        let chain = std::iter::once(certificate).chain(self.chain.iter().cloned()).collect();
        Identity { chain, key: PrivatePkcs8KeyDer::from(key.serialize_der()).into() }
    }

    /// A leaf that signs in its turn.
    pub fn certify(&self, leaf: &Leaf) -> Self {
        let (params, key, certificate) = self.make(leaf);
        let chain = std::iter::once(certificate).chain(self.chain.iter().cloned()).collect();
        Self { chain, anchor: None, issuer: Issuer::new(params, key) }
    }

    pub fn anchors(&self) -> RootCertStore {
        let mut store = RootCertStore::empty();
        store.add(self.anchor.clone().unwrap()).unwrap();
        store
    }

    fn make(&self, leaf: &Leaf) -> (CertificateParams, KeyPair, CertificateDer<'static>) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![leaf.name.clone()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, leaf.name.as_str());
        params.extended_key_usages = vec![leaf.purpose.clone()];
        let (from, to) = leaf.valid;
        params.not_before = rcgen::date_time_ymd(from.0, from.1, from.2);
        params.not_after = rcgen::date_time_ymd(to.0, to.1, to.2);
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        (params, key, certificate)
    }
}

#[derive(Debug)]
struct Clock(Option<u64>);

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        self.0.map(|seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// A board that trusts this authority, and has this identity.
pub fn board(authority: &Authority, identity: Option<Identity>) -> Settings {
    board_at(Some(NOW), authority, identity)
}

/// The same at another time of day, or at none.
pub fn board_at(now: Option<u64>, authority: &Authority, identity: Option<Identity>) -> Settings {
    let provider = Arc::new(ring::default_provider());
    let identity = identity.map(|identity| (identity.chain, identity.key));
    let configuration =
        tls::configuration(provider, Arc::new(Clock(now)), authority.anchors(), identity).unwrap();
    let server = "broker".try_into().unwrap();
    Settings::new(Security::Tls(tls::Settings { configuration, server }))
}

/// A board without TLS.
pub fn plain(protocol: Protocol) -> Settings {
    let mut settings = Settings::new(Security::Plain);
    settings.mqtt.protocol = protocol;
    settings
}

/// A server of TLS 1.3 that demands a certificate of `clients`, if there is one.
pub fn configuration(identity: Identity, clients: Option<&Authority>) -> Arc<ServerConfig> {
    configuration_of(&rustls::version::TLS13, identity, clients)
}

pub fn configuration_of(
    version: &'static SupportedProtocolVersion,
    identity: Identity,
    clients: Option<&Authority>,
) -> Arc<ServerConfig> {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_details(Arc::clone(&provider), Arc::new(Clock(Some(NOW))))
        .with_protocol_versions(&[version])
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => builder.with_client_cert_verifier(
            WebPkiClientVerifier::builder_with_provider(authority.anchors().into(), provider)
                .build()
                .unwrap(),
        ),
    };
    let key = ring::sign::any_supported_type(&identity.key).unwrap();
    let certified = Arc::new(CertifiedKey::new(identity.chain, key));
    Arc::new(builder.with_cert_resolver(Arc::new(Always(certified))))
}

/// Presents what it was given, be it nonsense.
#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// The broker's end of a TLS connection.
pub struct Server {
    connection: ServerConnection,
    /// What the board said.
    pub plaintext: Vec<u8>,
    /// Why the server gave up, or what the board told it.
    pub error: Option<rustls::Error>,
}

impl Server {
    pub fn new(configuration: Arc<ServerConfig>) -> Self {
        Self { connection: ServerConnection::new(configuration).unwrap(), plaintext: Vec::new(), error: None }
    }

    /// Carries bytes both ways until nobody says anything more.
    pub fn talk(&mut self, client: &mut Client, now: Duration) {
        loop {
            let answer = self.answer(client);
            if answer.is_empty() {
                return;
            }
            client.input(&answer, now);
        }
    }

    /// Takes what the board has to say, returns what the server says to it.
    pub fn answer(&mut self, client: &mut Client) -> Vec<u8> {
        let mut up = client.output();
        while !up.is_empty() {
            let read = self.connection.read_tls(&mut up).unwrap();
            assert_ne!(read, 0);
            // A server that refuses still sends its alert.
            self.error = self.connection.process_new_packets().err();
            std::io::copy(&mut Available(self.connection.reader()), &mut self.plaintext).unwrap();
            if self.error.is_some() {
                break;
            }
        }
        client.sent(client.output().len());
        let mut down = Vec::new();
        while self.connection.wants_write() {
            self.connection.write_tls(&mut down).unwrap();
        }
        down
    }

    pub fn say(&mut self, plaintext: &[u8]) {
        self.connection.writer().write_all(plaintext).unwrap();
    }

    pub fn client_certificates(&self) -> usize {
        self.connection.peer_certificates().map_or(0, <[_]>::len)
    }

    pub fn resumed(&self) -> bool {
        self.connection.handshake_kind() == Some(rustls::HandshakeKind::Resumed)
    }
}

/// Reads what is there and calls that the end.
struct Available<R>(R);

impl<R: std::io::Read> std::io::Read for Available<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(buffer) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(0),
            other => other,
        }
    }
}

/// Opens the board's connection at time zero.
pub fn opened(settings: Settings) -> Client {
    let mut client = Client::new(settings).unwrap();
    assert_eq!(client.poll(Duration::ZERO), Some(Action::Open));
    client.opened(Duration::ZERO);
    client
}

/// The failure that was reported, after which the board must want its connection closed and a new one later.
pub fn failure(client: &mut Client, now: Duration) -> Failure {
    assert_eq!(client.poll(now), Some(Action::Close));
    assert!(client.next_deadline().unwrap() >= now + Duration::from_secs(2));
    let mut failures = Vec::new();
    while let Some(report) = client.next_report() {
        if let Report::Failed { failure, .. } = report {
            failures.push(failure);
        }
    }
    assert_eq!(failures.len(), 1, "{failures:?}");
    failures.remove(0)
}
