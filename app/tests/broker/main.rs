//! The session against a real Mosquitto that demands client certificates.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod breaks;
#[path = "../support/listen.rs"]
mod listen;
#[path = "../support/mosquitto.rs"]
mod mosquitto;
mod payloads;
#[path = "../support/pki.rs"]
mod pki;
#[path = "../support/wire.rs"]
mod wire;

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use echo_monitor::{
    failure::{Remedy, Stage},
    model::event::{BoardReport, EchoFailure, What},
    profile::{Profile, Protocol, Qos, TopicFilter, TopicName},
};
use listen::{Board, Ear, all_ways, profile};
use mosquitto::{Mosquitto, Settings, free_port};
use pki::Pki;
use wire::Wire;

#[test]
#[ignore = "needs mosquitto"]
fn every_message_comes_back_rotated_in_both_versions_at_each_qos() {
    let pki = Pki::new("test CA");
    let broker = Mosquitto::start(&pki);
    for (protocol, qos) in all_ways() {
        let mut profile = profile(&pki, broker.tls_port);
        (profile.protocol, profile.qos) = (protocol, qos);
        let mut ear = Ear::start(profile);
        ear.until_connected();
        let board = Board::start(broker.plain_port, qos);
        for number in 0..500 {
            board.say(format!("{number:04} Grüße"));
        }
        for number in 0..500 {
            let text = format!("{number:04} Grüße");
            let rotated = format!("{}{}", &text[1..], &text[..1]);
            assert_eq!(String::from_utf8(board.hear()).unwrap(), rotated, "{protocol:?} {qos:?}");
        }
        ear.stop();
        let (received, echoed, _) = ear.totals();
        assert_eq!((received, echoed), (500, 500), "{protocol:?} {qos:?}");
        let stages: Vec<_> = ear
            .heard
            .iter()
            .filter_map(
                |event| if let What::StageDone { stage, .. } = event.what { Some(stage) } else { None },
            )
            .collect();
        let all = [Stage::Credentials, Stage::Dns, Stage::Tcp, Stage::Tls, Stage::Mqtt, Stage::Subscribe];
        assert_eq!(stages, all);
        let residences = ear.heard.iter().filter_map(|event| match &event.what {
            What::Echoed(echo) => Some(echo.residence),
            _ => None,
        });
        assert!(
            residences
                .into_iter()
                .all(|residence| residence > Duration::ZERO && residence < Duration::from_secs(20))
        );
    }
}

#[test]
#[ignore = "needs mosquitto"]
fn what_is_known_of_the_connection_is_told() {
    let pki = Pki::new("test CA");
    let broker = Mosquitto::start(&pki);
    let mut ear = Ear::start(profile(&pki, broker.tls_port));
    let connected = ear.until(10, |what| matches!(what, What::Connected(_)));
    let What::Connected(connection) = &connected.what else { unreachable!() };
    let tls = connection.tls.as_ref().unwrap();
    assert_eq!((tls.version.as_str(), tls.client_certificate_asked), ("TLS 1.3", true));
    assert!(tls.cipher_suite.starts_with("TLS_"), "{}", tls.cipher_suite);
    assert!(!tls.key_exchange.is_empty());
    assert!(!tls.chain.is_empty());
    assert_eq!(connection.address.port(), broker.tls_port);
    assert_eq!(connection.keep_alive, 60);
    ear.until(5, |what| matches!(what, What::BrokerRoundTrip { took } if *took > Duration::ZERO));
}

#[test]
#[ignore = "needs mosquitto"]
fn what_our_firmware_says_of_itself_is_told_and_its_correlation_comes_back() {
    let pki = Pki::new("test CA");
    let broker = Mosquitto::start(&pki);
    let mut ear = Ear::start(profile(&pki, broker.tls_port));
    ear.until_connected();
    let board = Board::start(broker.plain_port, Qos::AtMostOnce);
    board.report("abc", b"number 7", &[("seq", "7"), ("uptime-ms", "61500"), ("rtt-us", "900")]);
    let echo = board.heard.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!((echo.payload.as_slice(), echo.correlation.as_deref()), (&b"bca"[..], Some(&b"number 7"[..])));
    board.report("abc", b"", &[("seq", "seven"), ("uptime-ms", "61500")]);
    board.hear();
    ear.stop();
    let reports: Vec<_> = ear
        .heard
        .iter()
        .filter_map(|event| {
            if let What::Received(message) = &event.what { Some(message.board.as_deref()) } else { None }
        })
        .collect();
    let report = BoardReport {
        sequence: 7,
        uptime: Duration::from_millis(61_500),
        round_trip: Some(Duration::from_micros(900)),
    };
    assert_eq!(reports, [Some(&report), None]);
}

#[test]
#[ignore = "needs mosquitto"]
fn two_clients_with_one_id_do_not_throw_each_other_out_for_ever() {
    let pki = Pki::new("test CA");
    let broker = Mosquitto::start(&pki);
    let mut profile = profile(&pki, broker.tls_port);
    profile.client_id = Some("twin".to_owned());
    let mut first = Ear::start(profile.clone());
    first.until_connected();
    let mut second = Ear::start(profile);
    second.until_connected();
    let (failure, next_try) = first.failure();
    // Mosquitto 2.0.11 closes without the word that MQTT 5 has for it.
    match failure.kind() {
        "taken-over" => assert_eq!(next_try, None),
        kind => assert_eq!(kind, "connection-closed"),
    }
    assert!(failure.advice().next.iter().any(|step| step.remedy == Some(Remedy::RandomClientId)));
}

#[test]
#[ignore = "needs mosquitto"]
fn a_stop_is_possible_at_every_stage() {
    // Shorter than any time that a stage waits by itself.
    const AT_ONCE: Duration = Duration::from_millis(1_900);
    let pki = Pki::new("test CA");
    // Nobody accepts: TLS never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut ear = Ear::start(profile(&pki, silent.local_addr().unwrap().port()));
    ear.until(5, |what| matches!(what, What::StageStarted(Stage::Tls)));
    assert!(ear.stop() < AT_ONCE);
    // CONNACK never comes.
    let mut ear = Ear::start(listen::plain_profile(silent.local_addr().unwrap().port()));
    ear.until(5, |what| matches!(what, What::StageStarted(Stage::Mqtt)));
    assert!(ear.stop() < AT_ONCE);
    // In the wait for the next attempt.
    let mut ear = Ear::start(profile(&pki, free_port()));
    ear.failure();
    assert!(ear.stop() < AT_ONCE);
    // In the first moment.
    let mut ear = Ear::start(profile(&pki, free_port()));
    assert!(ear.stop() < AT_ONCE);
}
