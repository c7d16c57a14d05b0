//! Rogue brokers, by their certificates and their TLS: each is refused, each with an error of its own, and the next
//! attempt begins anew. TLS is real on both sides, in memory; the time is handed in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod server;

use std::{sync::Arc, time::Duration};

use echo_board::{Action, Failure, Report, Stage, TlsFailure, limits, rustls::AlertDescription};
use rcgen::ExtendedKeyUsagePurpose::{ClientAuth, ServerAuth};
use server::{Authority, Leaf, NOW, Server, board, configuration, day, failure, opened};

const SECOND: Duration = Duration::from_secs(1);
/// CONNACK of MQTT 5, accepted, without properties.
const CONNACK: &[u8] = &[0x20, 3, 0, 0, 0];

/// What the board makes of a TLS server.
fn verdict(authority: &Authority, server: Server) -> Failure {
    let mut client = opened(board(authority, None));
    let mut server = server;
    server.talk(&mut client, SECOND);
    assert!(server.plaintext.is_empty(), "the board must not speak MQTT to a broker that it did not verify");
    failure(&mut client, SECOND)
}

fn tls(failure: Failure) -> TlsFailure {
    match failure {
        Failure::Tls(failure) => failure,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_good_broker_is_spoken_to() {
    let authority = Authority::new("ours");
    let identity = authority.sign(&Leaf::new("board", ClientAuth));
    let mut client = opened(board(&authority, Some(identity)));
    let mut server =
        Server::new(configuration(authority.sign(&Leaf::new("broker", ServerAuth)), Some(&authority)));
    server.talk(&mut client, SECOND);
    assert_eq!(server.plaintext[0], 0x10, "CONNECT");
    assert_eq!(server.client_certificates(), 1);
    server.say(CONNACK);
    server.talk(&mut client, SECOND);
    let reports: Vec<_> = std::iter::from_fn(|| client.next_report()).collect();
    assert!(reports.contains(&Report::Done(Stage::Connect)), "{reports:?}");
    assert!(
        reports
            .iter()
            .any(|report| matches!(report, Report::Secured { suite } if suite.starts_with("TLS13_")))
    );
}

#[test]
fn another_ca() {
    let (ours, other) = (Authority::new("ours"), Authority::new("another"));
    let config = configuration(other.sign(&Leaf::new("broker", ServerAuth)), None);
    assert_eq!(tls(verdict(&ours, Server::new(Arc::clone(&config)))), TlsFailure::OtherCa);

    // The broker's log tells why, too: the alert is sent before the connection is closed.
    let mut client = opened(board(&ours, None));
    let mut server = Server::new(config);
    server.talk(&mut client, SECOND);
    assert_eq!(server.error, Some(rustls::Error::AlertReceived(AlertDescription::UnknownCA)));
}

#[test]
fn another_ca_of_the_same_name() {
    let (ours, other) = (Authority::new("ours"), Authority::new("ours"));
    let server = Server::new(configuration(other.sign(&Leaf::new("broker", ServerAuth)), None));
    assert_eq!(tls(verdict(&ours, server)), TlsFailure::BadSignature);
}

#[test]
fn another_host_name() {
    let authority = Authority::new("ours");
    let server = Server::new(configuration(authority.sign(&Leaf::new("elsewhere", ServerAuth)), None));
    let TlsFailure::OtherName { presented } = tls(verdict(&authority, server)) else { panic!() };
    assert!(presented[0].contains("elsewhere"), "{presented:?}");
}

#[test]
fn expired() {
    let authority = Authority::new("ours");
    let mut leaf = Leaf::new("broker", ServerAuth);
    leaf.valid = (day(2028), day(2029));
    let server = Server::new(configuration(authority.sign(&leaf), None));
    let expected = TlsFailure::Expired { now: NOW, not_after: 1_861_920_000 };
    assert_eq!(tls(verdict(&authority, server)), expected);
}

#[test]
fn not_yet_valid() {
    let authority = Authority::new("ours");
    let mut leaf = Leaf::new("broker", ServerAuth);
    leaf.valid = (day(2031), day(2032));
    let server = Server::new(configuration(authority.sign(&leaf), None));
    let expected = TlsFailure::NotYetValid { now: NOW, not_before: 1_924_992_000 };
    assert_eq!(tls(verdict(&authority, server)), expected);
}

#[test]
fn a_clients_certificate_used_as_the_servers() {
    let authority = Authority::new("ours");
    let server = Server::new(configuration(authority.sign(&Leaf::new("broker", ClientAuth)), None));
    assert_eq!(tls(verdict(&authority, server)), TlsFailure::NotForServers);
}

#[test]
fn a_chain_signed_by_a_leaf() {
    let authority = Authority::new("ours");
    // Another server, honestly certified, signs a certificate for our broker's name.
    let other = authority.certify(&Leaf::new("other", ServerAuth));
    let server = Server::new(configuration(other.sign(&Leaf::new("broker", ServerAuth)), None));
    assert_eq!(tls(verdict(&authority, server)), TlsFailure::SignedByLeaf);
}

#[test]
fn no_certificate_at_all() {
    let authority = Authority::new("ours");
    let mut identity = authority.sign(&Leaf::new("broker", ServerAuth));
    identity.chain.clear();
    let server = Server::new(configuration(identity, None));
    assert_eq!(tls(verdict(&authority, server)), TlsFailure::NoCertificate);
}

#[test]
fn a_key_that_is_not_the_certificates() {
    let authority = Authority::new("ours");
    let mut identity = authority.sign(&Leaf::new("broker", ServerAuth));
    identity.key = authority.sign(&Leaf::new("broker", ServerAuth)).key;
    let server = Server::new(configuration(identity, None));
    assert_eq!(tls(verdict(&authority, server)), TlsFailure::BadSignature);
}

#[test]
fn tls_1_2_only() {
    let authority = Authority::new("ours");
    let identity = authority.sign(&Leaf::new("broker", ServerAuth));
    let server = Server::new(server::configuration_of(&rustls::version::TLS12, identity, None));
    assert_eq!(tls(verdict(&authority, server)), TlsFailure::OtherVersion);
}

#[test]
fn our_certificate_refused_shows_after_the_handshake() {
    let (ours, other) = (Authority::new("ours"), Authority::new("another"));
    let broker = || ours.sign(&Leaf::new("broker", ServerAuth));
    for (identity, alert) in [
        (None, AlertDescription::CertificateRequired),
        (Some(other.sign(&Leaf::new("board", ClientAuth))), AlertDescription::UnknownCA),
    ] {
        let mut client = opened(board(&ours, identity));
        let mut server = Server::new(configuration(broker(), Some(&ours)));
        server.talk(&mut client, SECOND);
        assert_eq!(failure(&mut client, SECOND), Failure::Tls(TlsFailure::Alert(alert)));
    }
}

#[test]
fn no_time_of_day() {
    let authority = Authority::new("ours");
    let mut client = opened(server::board_at(None, &authority, None));
    let mut server = Server::new(configuration(authority.sign(&Leaf::new("broker", ServerAuth)), None));
    server.talk(&mut client, SECOND);
    assert!(matches!(tls(failure(&mut client, SECOND)), TlsFailure::Board(_)));
}

/// What the board makes of these bytes in place of a TLS server's.
fn verdict_on_bytes(bytes: &[u8]) -> Failure {
    let mut client = opened(board(&Authority::new("ours"), None));
    client.input(bytes, SECOND);
    failure(&mut client, SECOND)
}

#[test]
fn garbage_instead_of_tls() {
    for bytes in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], b"220 mail.example ESMTP\r\n", CONNACK] {
        let failure = verdict_on_bytes(bytes);
        assert!(matches!(failure, Failure::Tls(TlsFailure::NotTls(_))), "{failure:?}");
    }
}

#[test]
fn a_record_longer_than_allowed_is_refused_by_its_header() {
    let [high, low] = u16::try_from(limits::RECORD + 1).unwrap().to_be_bytes();
    assert_eq!(verdict_on_bytes(&[22, 3, 3, high, low]), Failure::Tls(TlsFailure::RecordTooLarge));
}

#[test]
fn a_handshake_without_end_is_refused() {
    // Whole records of a handshake message that announces 60,000 bytes.
    let mut client = opened(board(&Authority::new("ours"), None));
    let mut record = vec![22, 3, 3, 0x10, 0, 2, 0, 0xea, 0x60];
    record.resize(5 + 0x1000, 0);
    for _ in 0..limits::HANDSHAKE / record.len() {
        client.input(&record, SECOND);
        record[5..9].fill(0);
        assert_eq!(client.poll(SECOND), None);
    }
    client.input(&record, SECOND);
    let expected = TlsFailure::HandshakeTooLarge { limit: limits::HANDSHAKE };
    assert_eq!(failure(&mut client, SECOND), Failure::Tls(expected));
}

#[test]
fn after_any_fault_the_next_connection_shakes_hands_anew() {
    let authority = Authority::new("ours");
    let config = configuration(authority.sign(&Leaf::new("broker", ServerAuth)), None);
    let mut client = opened(board(&authority, None));
    let mut server = Server::new(Arc::clone(&config));
    server.talk(&mut client, SECOND);
    server.say(&[0x20, 3, 0, 0x87, 0]);
    server.talk(&mut client, SECOND);
    assert_eq!(failure(&mut client, SECOND), Failure::Refused { code: 0x87 });
    let again = client.next_deadline().unwrap();
    assert_eq!(client.poll(again), Some(Action::Open));
    client.opened(again);
    let mut server = Server::new(config);
    server.talk(&mut client, again);
    assert!(!server.resumed(), "a full handshake proves both sides anew");
    assert_eq!(server.plaintext[0], 0x10, "CONNECT");
}
