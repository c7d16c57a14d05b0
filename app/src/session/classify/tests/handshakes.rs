//! Real handshakes between rustls and rustls, and the alerts that only other TLS libraries send.

use std::{
    io,
    sync::Arc,
    time::{Duration, SystemTime},
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use rustls::{
    AlertDescription, ClientConnection, Error, RootCertStore, ServerConfig, ServerConnection,
    pki_types::{CertificateDer, PrivateKeyDer},
    server::WebPkiClientVerifier,
};

use super::{
    super::{super::tls::Setup, *},
    case, profile,
};
use crate::{
    credentials::{Identity, Trust},
    failure::{Remedy, Stage},
};

struct Ca(CertifiedIssuer<'static, KeyPair>);

impl Ca {
    fn new(name: &str) -> Self {
        let mut params = params(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn der(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    fn issue(&self, params: &CertificateParams) -> Pair {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        (vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
    }
}

type Pair = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = (SystemTime::now() - DAY).into();
    params.not_after = (SystemTime::now() + 30 * DAY).into();
    params
}

fn server_params(hosts: &[&str]) -> CertificateParams {
    let mut params = params("the broker");
    params.subject_alt_names =
        CertificateParams::new(hosts.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>())
            .unwrap()
            .subject_alt_names;
    params
}

/// Lets a client of ours and a rustls server talk until one of them has enough. What our side heard.
fn meet(setup: &Setup, server: ServerConfig) -> Option<Error> {
    let mut client = ClientConnection::new(setup.config.clone(), setup.name.clone()).unwrap();
    let mut server = ServerConnection::new(Arc::new(server)).unwrap();
    for _ in 0..10 {
        let mut wire = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut wire).unwrap();
        }
        let mut bytes = wire.as_slice();
        while !bytes.is_empty() && server.read_tls(&mut bytes).is_ok() {
            // Its error goes to us as an alert.
            let _ = server.process_new_packets();
        }
        let mut wire = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut wire).unwrap();
        }
        let mut bytes = wire.as_slice();
        while !bytes.is_empty() {
            client.read_tls(&mut bytes).unwrap();
            if let Err(error) = client.process_new_packets() {
                return Some(error);
            }
        }
    }
    None
}

fn server(pair: Pair, clients: Option<&Ca>) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(ca) => {
            let mut roots = RootCertStore::empty();
            roots.add(ca.der()).unwrap();
            builder.with_client_cert_verifier(
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap(),
            )
        }
    };
    builder.with_single_cert(pair.0, pair.1).unwrap()
}

/// What comes of a meeting.
fn verdict(profile: &Profile, trusted: &Ca, client: Option<Pair>, server: ServerConfig) -> Failure {
    let identity = Identity { trust: Trust::Anchors(vec![trusted.der()]), client };
    let setup = Setup::new(profile, &identity).unwrap();
    let error = meet(&setup, server).expect("a failure");
    let wrapped = io::Error::new(io::ErrorKind::InvalidData, error);
    let witness = setup.witness();
    let case = Case {
        profile,
        client_id: "id",
        keep_alive: Duration::from_secs(60),
        phase: Phase::Connect,
        witness: Some(&witness),
        raw: First::of(&[22, 3, 3]),
        plain: First::default(),
    };
    case.stream(&StreamError::from(&wrapped))
}

#[test]
fn our_refusals_of_the_brokers_certificate() {
    let ca = Ca::new("their CA");
    let ours = Ca::new("our CA");
    let namesake = Ca::new("their CA");
    let profile = profile();
    let dated = |begins: i64, ends: i64| {
        let day = |days: i64| {
            let length = DAY * u32::try_from(days.unsigned_abs()).unwrap();
            if days < 0 { SystemTime::now() - length } else { SystemTime::now() + length }
        };
        let mut params = server_params(&["localhost"]);
        (params.not_before, params.not_after) = (day(begins).into(), day(ends).into());
        params
    };
    let mut for_clients = server_params(&["localhost"]);
    for_clients.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let mut authority = server_params(&["localhost"]);
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let rows: [(&Ca, CertificateParams, &str, &[&str]); 9] = [
        (&ours, server_params(&["localhost"]), "broker-issuer-unknown", &["their CA", "our CA"]),
        (&namesake, server_params(&["localhost"]), "broker-issuer-unknown", &["same name"]),
        (&ca, dated(-30, -2), "broker-certificate-expired", &["2 days ago", "clock"]),
        (&ca, dated(3, 30), "broker-certificate-not-yet-valid", &["UTC, in ", "clock"]),
        (
            &ca,
            server_params(&["a.example", "b.example"]),
            "broker-name-mismatch",
            &["a.example or b.example"],
        ),
        (&ca, server_params(&["192.0.2.7"]), "broker-name-mismatch", &["valid for 192.0.2.7"]),
        (&ca, server_params(&[]), "broker-name-missing", &["the broker", "subjectAltName"]),
        (&ca, for_clients, "broker-certificate-wrong-purpose", &["client"]),
        (&ca, authority, "broker-certificate-is-ca", &["CA:FALSE"]),
    ];
    for (trusted, params, kind, words) in rows {
        let failure = verdict(&profile, trusted, None, server(ca.issue(&params), None));
        let advice = failure.advice();
        assert_eq!((failure.kind(), failure.stage()), (kind, Stage::Tls), "{failure:?}");
        assert_eq!(advice.who, "We refused the broker's certificate");
        assert!(!failure.retry_helps() && !advice.next.is_empty());
        for word in words {
            assert!(advice.why.contains(word), "{kind}: {word:?} is missing in {:?}", advice.why);
        }
        assert!(
            advice.evidence.iter().any(|(name, value)| *name == "subject" && value.contains("the broker"))
        );
    }
}

#[test]
fn names_that_would_do_are_offered_but_no_wildcards() {
    let ca = Ca::new("CA");
    let params = server_params(&["*.example.org", "mqtt.example.org"]);
    let advice = verdict(&profile(), &ca, None, server(ca.issue(&params), None)).advice();
    let remedies: Vec<_> = advice.next.into_iter().filter_map(|step| step.remedy).collect();
    assert_eq!(remedies, [Remedy::UseHost("mqtt.example.org".to_owned())]);
}

#[test]
fn a_self_signed_broker_is_told_as_such() {
    let key = KeyPair::generate().unwrap();
    let issuer = Issuer::new(params("alone"), key);
    let mut params = server_params(&["localhost"]);
    params.distinguished_name.push(DnType::CommonName, "alone");
    let certificate = params.signed_by(issuer.key(), &issuer).unwrap();
    let pair =
        (vec![certificate.der().clone()], PrivateKeyDer::try_from(issuer.key().serialize_der()).unwrap());
    let failure = verdict(&profile(), &Ca::new("our CA"), None, server(pair, None));
    assert_eq!(failure.kind(), "broker-issuer-unknown");
    assert!(failure.advice().why.contains("signed itself"), "{}", failure.advice().why);
}

#[test]
fn the_brokers_refusals_of_our_certificate() {
    let ca = Ca::new("their CA");
    let other = Ca::new("our issuer");
    let good = ca.issue(&server_params(&["localhost"]));
    let listening = || server((good.0.clone(), good.1.clone_key()), Some(&ca));
    let mut old = params("board");
    old.not_after = (SystemTime::now() - DAY / 2).into();
    let mut for_servers = params("board");
    for_servers.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let rows = [
        (None, "client-certificate-required", "The broker refused us: we presented no certificate"),
        (Some(other.issue(&params("board"))), "client-issuer-unknown", "The broker refused our certificate"),
        (Some(ca.issue(&old)), "client-certificate-expired", "The broker refused our certificate"),
        (
            Some(ca.issue(&for_servers)),
            "client-certificate-unsupported",
            "The broker refused our certificate",
        ),
    ];
    for (client, kind, who) in rows {
        let failure = verdict(&profile(), &ca, client, listening());
        let advice = failure.advice();
        assert_eq!((failure.kind(), advice.who.as_str()), (kind, who), "{failure:?}");
        assert!(!failure.retry_helps() && !advice.next.is_empty());
        let accepted = advice.evidence.iter().find(|(name, _)| *name == "the broker accepts");
        assert_eq!(accepted.map(|(_, value)| value.as_str()), Some("their CA"));
    }
}

/// Alerts in all circumstances: who had been asked, who had shown something.
#[test]
fn the_same_alert_means_another_thing_before_and_after_a_certificate() {
    let profile = profile();
    let none = Witness { asked: true, ..Witness::default() };
    let shown = {
        let ca = Ca::new("CA");
        let (chain, _) = ca.issue(&params("board"));
        let ours = crate::credentials::facts::Certificate::parse(&chain[0]).unwrap();
        Witness { asked: true, ours: Some(ours), ..Witness::default() }
    };
    let unasked = Witness::default();
    let rows = [
        (AlertDescription::HandshakeFailure, &none, "client-certificate-probably-required"),
        (AlertDescription::HandshakeFailure, &shown, "tls-alert"),
        (AlertDescription::HandshakeFailure, &unasked, "tls-nothing-in-common"),
        (AlertDescription::BadCertificate, &none, "client-certificate-probably-required"),
        (AlertDescription::BadCertificate, &shown, "client-certificate-bad"),
        (AlertDescription::CertificateRevoked, &shown, "client-certificate-revoked"),
        (AlertDescription::CertificateUnknown, &shown, "client-certificate-unknown"),
        (AlertDescription::AccessDenied, &shown, "client-access-denied"),
        (AlertDescription::DecryptError, &shown, "client-proof-failed"),
        (AlertDescription::UnknownCA, &shown, "client-issuer-unknown"),
        (AlertDescription::ProtocolVersion, &unasked, "tls-version"),
        (AlertDescription::InsufficientSecurity, &unasked, "tls-nothing-in-common"),
        (AlertDescription::UnrecognisedName, &unasked, "tls-name-unknown"),
        (AlertDescription::InternalError, &shown, "tls-alert"),
    ];
    for (alert, witness, kind) in rows {
        let case = case(&profile, Phase::Handshake, Some(witness), &[21, 3, 3]);
        let failure = case.stream(&StreamError::Tls(Arc::new(Error::AlertReceived(alert))));
        assert_eq!(failure.kind(), kind, "{alert:?}");
        assert!(!failure.advice().next.is_empty());
    }
}

const DAY: Duration = Duration::from_secs(86_400);
