//! Two ends in memory: the board's cryptography on one, ring's on the other.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{Read, Write};
use std::sync::Arc;

use echo_board_crypto::P256;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    PKCS_ECDSA_P256_SHA256,
};
use rustls::crypto::{CryptoProvider, GetRandomFailed, SecureRandom};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{
    CertificateError, ClientConfig, ClientConnection, Connection, Error, RootCertStore, ServerConfig,
    ServerConnection,
};

/// The test's randomness is ring's.
#[derive(Debug)]
struct FromRing;

impl SecureRandom for FromRing {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), GetRandomFailed> {
        rustls::crypto::ring::default_provider().secure_random.fill(bytes)
    }
}

static EXCHANGE: P256 = P256::new(&FromRing);

fn board() -> Arc<CryptoProvider> {
    Arc::new(echo_board_crypto::provider(&EXCHANGE))
}

fn ring() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

type Authority = CertifiedIssuer<'static, KeyPair>;

struct End {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()).unwrap()
}

fn end(
    authority: &Authority,
    usage: ExtendedKeyUsagePurpose,
    change: impl FnOnce(&mut CertificateParams),
) -> End {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let mut params = CertificateParams::new(vec!["broker.test".into()]).unwrap();
    params.extended_key_usages = vec![usage];
    change(&mut params);
    let certificate = params.signed_by(&key, authority).unwrap();
    End { chain: vec![certificate.der().clone()], key: PrivatePkcs8KeyDer::from(key.serialize_der()).into() }
}

fn roots(authority: &Authority) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    roots
}

fn client(provider: Arc<CryptoProvider>, trust: &Authority, own: End) -> ClientConnection {
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots(trust))
        .with_client_auth_cert(own.chain, own.key)
        .unwrap();
    ClientConnection::new(config.into(), "broker.test".try_into().unwrap()).unwrap()
}

fn server(provider: Arc<CryptoProvider>, trust: &Authority, own: End) -> ServerConnection {
    let verifier =
        WebPkiClientVerifier::builder_with_provider(roots(trust).into(), provider.clone()).build().unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(own.chain, own.key)
        .unwrap();
    ServerConnection::new(config.into()).unwrap()
}

/// Carries bytes both ways until neither end has any left, each batch through `tamper`.
fn carry(
    one: &mut Connection,
    other: &mut Connection,
    mut tamper: impl FnMut(&mut Vec<u8>),
) -> Result<(), Error> {
    for _ in 0..64 {
        if !one.wants_write() && !other.wants_write() {
            return Ok(());
        }
        half(one, other, &mut tamper)?;
        half(other, one, &mut tamper)?;
    }
    panic!("the ends never came to rest");
}

fn half(
    from: &mut Connection,
    to: &mut Connection,
    tamper: &mut impl FnMut(&mut Vec<u8>),
) -> Result<(), Error> {
    let mut wire = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut wire).unwrap();
    }
    tamper(&mut wire);
    let mut rest = &wire[..];
    while !rest.is_empty() {
        to.read_tls(&mut rest).unwrap();
        to.process_new_packets()?;
    }
    Ok(())
}

fn say(one: &mut Connection, other: &mut Connection, text: &[u8]) {
    let mut heard = Vec::new();
    for piece in text.chunks(16_000) {
        one.writer().write_all(piece).unwrap();
        carry(one, other, |_| ()).unwrap();
        let mut part = vec![0; piece.len()];
        other.reader().read_exact(&mut part).unwrap();
        heard.extend(part);
    }
    assert_eq!(heard, text);
}

fn pair(client_crypto: Arc<CryptoProvider>, server_crypto: Arc<CryptoProvider>) -> (Connection, Connection) {
    let ca = authority();
    let client = client(client_crypto, &ca, end(&ca, ExtendedKeyUsagePurpose::ClientAuth, |_| ()));
    let server = server(server_crypto, &ca, end(&ca, ExtendedKeyUsagePurpose::ServerAuth, |_| ()));
    (client.into(), server.into())
}

/// The error that ends the board's handshake with a server of ring's.
fn refusal(trust: &Authority, presented: End) -> Error {
    let own = end(trust, ExtendedKeyUsagePurpose::ClientAuth, |_| ());
    let mut client: Connection = client(board(), trust, own).into();
    let mut server: Connection = server(ring(), trust, presented).into();
    carry(&mut client, &mut server, |_| ()).unwrap_err()
}

#[test]
fn both_ends_understand_each_other_and_know_who_the_other_is() {
    for (one, other) in [(board(), ring()), (ring(), board()), (board(), board())] {
        let (mut client, mut server) = pair(one, other);
        carry(&mut client, &mut server, |_| ()).unwrap();
        assert!(!client.is_handshaking() && !server.is_handshaking());
        assert_eq!(server.peer_certificates().unwrap().len(), 1);

        for length in [0, 1, 15, 16, 17, 128, 16_384, 100_000] {
            let text: Vec<u8> = (0..length).map(|at| at as u8).collect();
            say(&mut client, &mut server, &text);
            say(&mut server, &mut client, &text);
        }
    }
}

#[test]
fn a_hundred_handshakes_share_nothing() {
    let mut hellos = Vec::new();
    for _ in 0..100 {
        let (mut client, _) = pair(board(), ring());
        let mut hello = Vec::new();
        client.write_tls(&mut hello).unwrap();
        assert!(!hellos.contains(&hello));
        hellos.push(hello);
    }
}

#[test]
fn a_changed_bit_is_noticed() {
    for bit in [0, 3, 7] {
        let (mut client, mut server) = pair(board(), ring());
        carry(&mut client, &mut server, |_| ()).unwrap();
        server.writer().write_all(b"an echo").unwrap();
        let error = carry(&mut server, &mut client, |wire| {
            if let Some(last) = wire.last_mut() {
                *last ^= 1 << bit;
            }
        });
        assert_eq!(error, Err(Error::DecryptError));
    }
}

#[test]
fn a_record_shorter_than_its_tag_is_refused() {
    let (mut client, mut server) = pair(board(), ring());
    carry(&mut client, &mut server, |_| ()).unwrap();
    let mut wire = &[23, 3, 3, 0, 5, 1, 2, 3, 4, 5][..];
    client.read_tls(&mut wire).unwrap();
    assert_eq!(client.process_new_packets().unwrap_err(), Error::DecryptError);
}

#[test]
fn another_authority_is_refused() {
    let (ours, other) = (authority(), authority());
    let error = refusal(&ours, end(&other, ExtendedKeyUsagePurpose::ServerAuth, |_| ()));
    // Both authorities bear the same name, so the signature is what tells them apart.
    assert!(
        matches!(
            error,
            Error::InvalidCertificate(CertificateError::BadSignature | CertificateError::UnknownIssuer)
        ),
        "{error:?}"
    );
}

#[test]
fn a_client_certificate_is_not_a_brokers() {
    let ca = authority();
    let error = refusal(&ca, end(&ca, ExtendedKeyUsagePurpose::ClientAuth, |_| ()));
    assert!(
        matches!(error, Error::InvalidCertificate(CertificateError::InvalidPurposeContext { .. })),
        "{error:?}"
    );
}

#[test]
fn an_expired_certificate_is_refused() {
    let ca = authority();
    let presented = end(&ca, ExtendedKeyUsagePurpose::ServerAuth, |params| {
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    });
    let error = refusal(&ca, presented);
    assert!(matches!(error, Error::InvalidCertificate(CertificateError::ExpiredContext { .. })), "{error:?}");
}

/// A thief who has the broker's certificate, but not its key.
#[test]
fn a_stolen_certificate_is_refused() {
    #[derive(Debug)]
    struct Thief(Arc<CertifiedKey>);
    impl ResolvesServerCert for Thief {
        fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
            Some(self.0.clone())
        }
    }

    let ca = authority();
    let stolen = end(&ca, ExtendedKeyUsagePurpose::ServerAuth, |_| ()).chain;
    let own = end(&ca, ExtendedKeyUsagePurpose::ServerAuth, |_| ()).key;
    let key = ring().key_provider.load_private_key(own).unwrap();
    let config = ServerConfig::builder_with_provider(ring())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Thief(CertifiedKey::new(stolen, key).into())));
    let mut server: Connection = ServerConnection::new(config.into()).unwrap().into();
    let mut client: Connection =
        client(board(), &ca, end(&ca, ExtendedKeyUsagePurpose::ClientAuth, |_| ())).into();
    let error = carry(&mut client, &mut server, |_| ()).unwrap_err();
    assert_eq!(error, Error::InvalidCertificate(CertificateError::BadSignature));
}

#[test]
fn a_key_of_another_kind_is_refused_when_loaded() {
    for algorithm in [&rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519] {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        let error = board().key_provider.load_private_key(key).unwrap_err();
        assert!(error.to_string().contains("P-256"), "{error}");
    }
}

#[test]
fn a_key_that_does_not_belong_to_the_certificate_is_refused_when_loaded() {
    let ca = authority();
    let one = end(&ca, ExtendedKeyUsagePurpose::ClientAuth, |_| ());
    let other = end(&ca, ExtendedKeyUsagePurpose::ClientAuth, |_| ());
    let error = CertifiedKey::from_der(one.chain, other.key, &board()).unwrap_err();
    assert_eq!(error, Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch));
}

#[test]
fn a_key_share_that_is_no_point_is_refused() {
    let group = board().kx_groups[0];
    let good = group.start().unwrap().pub_key().to_vec();
    let mut off_the_curve = good.clone();
    off_the_curve[64] ^= 1;
    let mut compressed = good[..33].to_vec();
    compressed[0] = 2;
    for bad in [&off_the_curve[..], &compressed, &good[..64], &[], &[0]] {
        let error = group.start().unwrap().complete(bad).err();
        assert_eq!(error, Some(Error::PeerMisbehaved(rustls::PeerMisbehaved::InvalidKeyShare)));
    }
    assert!(group.start().unwrap().complete(&good).is_ok());
}

#[test]
fn no_randomness_no_key() {
    #[derive(Debug)]
    struct Dry;
    impl SecureRandom for Dry {
        fn fill(&self, _: &mut [u8]) -> Result<(), GetRandomFailed> {
            Err(GetRandomFailed)
        }
    }
    static EXCHANGE: P256 = P256::new(&Dry);
    let provider = echo_board_crypto::provider(&EXCHANGE);
    assert_eq!(provider.kx_groups[0].start().err(), Some(Error::FailedToGetRandomBytes));
}
