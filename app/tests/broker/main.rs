//! The session against a real Mosquitto that demands client certificates.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/listen.rs"]
mod listen;
#[path = "support/mosquitto.rs"]
mod mosquitto;
#[path = "support/pki.rs"]
mod pki;
#[path = "support/wire.rs"]
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
        let took = ear.stop();
        assert!(took < Duration::from_millis(1_500), "{took:?}");
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
                .all(|residence| residence > Duration::ZERO && residence < Duration::from_secs(1))
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
fn a_broker_that_was_killed_and_came_back_is_found_again() {
    let pki = Pki::new("test CA");
    let mut broker = Mosquitto::start(&pki);
    let mut ear = Ear::start(profile(&pki, broker.tls_port));
    ear.until_connected();
    {
        let board = Board::start(broker.plain_port, Qos::AtMostOnce);
        board.say("before");
        assert_eq!(board.hear(), b"eforeb");
    }
    broker.kill();
    let (failure, next_try) = ear.failure();
    assert!(matches!(failure.kind(), "connection-closed" | "connection-reset"), "{failure:?}");
    assert!(next_try.unwrap() >= Duration::from_secs(2));
    broker.up();
    ear.until_connected();
    let board = Board::start(broker.plain_port, Qos::AtMostOnce);
    board.say("after");
    assert_eq!(board.hear(), b"ftera");
    ear.stop();
    let (received, echoed, _) = ear.totals();
    assert_eq!((received, echoed), (2, 2));
}

/// Breaks the line in the middle of a stream, several times: each message that the board got rid of comes back, at QoS 1
/// perhaps twice, at QoS 2 once.
fn survives(profile: Profile, plain_port: u16, mut breaks: impl FnMut()) {
    const MESSAGES: usize = 2_000;
    let qos = profile.qos;
    let mut ear = Ear::start(profile);
    ear.until_connected();
    let board = Board::start(plain_port, qos);
    let mut counts = vec![0; MESSAGES];
    let hear = |counts: &mut Vec<usize>, echo: &listen::Echo| {
        let text = std::str::from_utf8(&echo.payload).unwrap();
        let number: usize =
            format!("{}{}", &text[text.len() - 1..], &text[..text.len() - 1]).parse().unwrap();
        // What the broker delivers to the board twice is between those two.
        if !echo.duplicate || counts[number] == 0 {
            counts[number] += 1;
        }
    };
    for number in 0..MESSAGES {
        board.say(format!("{number:06}"));
        while let Ok(echo) = board.heard.try_recv() {
            hear(&mut counts, &echo);
        }
        if number % 700 == 350 {
            breaks();
        }
        if number % 100 == 0 {
            ear.listen(Duration::from_millis(20));
            ear.session.try_now();
        }
    }
    let deadline = Instant::now() + Duration::from_secs(40);
    while counts.contains(&0) && Instant::now() < deadline {
        if let Ok(echo) = board.heard.recv_timeout(Duration::from_millis(100)) {
            hear(&mut counts, &echo);
        }
        ear.listen(Duration::from_millis(1));
    }
    let missing: Vec<_> = (0..MESSAGES).filter(|number| counts[*number] == 0).collect();
    let twice = counts.iter().filter(|count| **count > 1).count();
    ear.stop();
    let (received, echoed, failed) = ear.totals();
    assert!(missing.is_empty(), "lost: {missing:?}; received {received}, echoed {echoed}, failed {failed:?}");
    assert_eq!(received, echoed, "{failed:?}");
    if qos == Qos::ExactlyOnce {
        assert_eq!((twice, received), (0, MESSAGES), "at QoS 2 nothing comes twice");
    }
    let gaps = ear.heard.iter().filter(|event| matches!(event.what, What::Disconnected { .. })).count();
    assert!(gaps >= 3, "the line was broken three times");
}

#[test]
#[ignore = "needs mosquitto"]
fn nothing_is_lost_at_qos_1_and_2_when_the_line_is_cut() {
    let pki = Pki::new("test CA");
    let broker = Mosquitto::start(&pki);
    for (protocol, qos) in all_ways().filter(|(_, qos)| *qos != Qos::AtMostOnce) {
        let wire = Wire::to(broker.tls_port);
        let mut profile = profile(&pki, wire.port);
        (profile.protocol, profile.qos) = (protocol, qos);
        survives(profile, broker.plain_port, || wire.cut());
    }
}

/// At QoS 2 Mosquitto 2.0.11 itself delivers twice after a restart: it remembers neither PUBREC nor PUBREL.
#[test]
#[ignore = "needs mosquitto"]
fn nothing_is_lost_at_qos_1_while_the_broker_restarts() {
    for protocol in [Protocol::V5, Protocol::V311] {
        let pki = Pki::new("test CA");
        let store = pki.path().join("store/");
        std::fs::create_dir(&store).unwrap();
        let location = format!("persistence_location {}/", store.display());
        let settings = Settings { general: &["persistence true", &location], ..Settings::default() };
        let mut broker = Mosquitto::with(&pki, &settings);
        let mut profile = profile(&pki, broker.tls_port);
        (profile.protocol, profile.qos) = (protocol, Qos::AtLeastOnce);
        survives(profile, broker.plain_port, || {
            broker.stop();
            broker.up();
        });
    }
}

#[test]
#[ignore = "needs mosquitto"]
fn a_broker_that_forgets_everything_gets_the_accepted_echoes_again() {
    let pki = Pki::new("test CA");
    let mut broker = Mosquitto::start(&pki);
    let mut profile = profile(&pki, broker.tls_port);
    profile.qos = Qos::AtLeastOnce;
    let mut ear = Ear::start(profile);
    ear.until_connected();
    let board = Board::start(broker.plain_port, Qos::AtLeastOnce);
    for number in 0..300 {
        board.say(format!("{number:06}"));
    }
    broker.kill();
    broker.up();
    ear.session.try_now();
    ear.until_connected();
    board.say("000300");
    ear.until(20, |what| matches!(what, What::Echoed(echo) if echo.payload == b"003000"[..]));
    ear.stop();
    let (received, echoed, failed) = ear.totals();
    assert_eq!(received, echoed, "{failed:?}");
}

#[test]
#[ignore = "needs mosquitto"]
fn an_echo_that_the_broker_refuses_is_told_with_its_reason() {
    let pki = Pki::new("test CA");
    std::fs::write(pki.file("acl"), "topic read #\ntopic write azuresphere/sample/host\n").unwrap();
    let acl_file = format!("acl_file {}", pki.file("acl").display());
    let broker = Mosquitto::with(&pki, &Settings { general: &[&acl_file], ..Settings::default() });
    let mut profile = profile(&pki, broker.tls_port);
    profile.qos = Qos::AtLeastOnce;
    let mut ear = Ear::start(profile);
    ear.until_connected();
    let board = Board::start(broker.plain_port, Qos::AtLeastOnce);
    board.say("no echo");
    ear.until(10, |what| {
        matches!(what, What::EchoFailed { cause: EchoFailure::Rejected { reason: 0x87 }, .. })
    });
    ear.stop();
    ear.totals();
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
    let pki = Pki::new("test CA");
    // Nobody accepts: TLS never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut ear = Ear::start(profile(&pki, silent.local_addr().unwrap().port()));
    ear.until(5, |what| matches!(what, What::StageStarted(Stage::Tls)));
    assert!(ear.stop() < Duration::from_millis(500));
    // CONNACK never comes.
    let mut ear = Ear::start(listen::plain_profile(silent.local_addr().unwrap().port()));
    ear.until(5, |what| matches!(what, What::StageStarted(Stage::Mqtt)));
    assert!(ear.stop() < Duration::from_millis(500));
    // In the wait for the next attempt.
    let mut ear = Ear::start(profile(&pki, free_port()));
    ear.failure();
    assert!(ear.stop() < Duration::from_millis(500));
    // In the first moment.
    let mut ear = Ear::start(profile(&pki, free_port()));
    assert!(ear.stop() < Duration::from_millis(500));
}

#[test]
#[ignore = "needs mosquitto"]
fn our_own_topic_is_never_echoed() {
    let pki = Pki::new("test CA");
    let broker = Mosquitto::start(&pki);
    for (protocol, qos) in all_ways() {
        let mut profile = profile(&pki, broker.tls_port);
        profile.subscribe = TopicFilter::parse("azuresphere/#").unwrap();
        (profile.protocol, profile.qos) = (protocol, qos);
        let mut ear = Ear::start(profile);
        ear.until_connected();
        let board = Board::start(broker.plain_port, qos);
        board.say_on("azuresphere/sample/device", "mine");
        ear.until(10, |what| matches!(what, What::EchoFailed { cause: EchoFailure::OwnTopic, .. }));
        board.say("theirs");
        let echoed = |what: &What| matches!(what, What::Echoed(echo) if echo.payload == b"heirst"[..]);
        ear.until(10, echoed);
        ear.listen(Duration::from_millis(300));
        ear.stop();
        let (received, echoed, _) = ear.totals();
        assert!(received <= 3, "it runs in a circle: {received} messages");
        assert_eq!(echoed, 1);
    }
}

#[test]
#[ignore = "needs mosquitto"]
fn empty_binary_and_large_payloads_come_back() {
    let pki = Pki::new("test CA");
    let broker = Mosquitto::start(&pki);
    for (protocol, qos) in all_ways() {
        let mut profile = profile(&pki, broker.tls_port);
        (profile.protocol, profile.qos) = (protocol, qos);
        let mut ear = Ear::start(profile);
        ear.until_connected();
        let board = Board::start(broker.plain_port, qos);
        board.say("");
        assert_eq!(board.hear(), b"");
        board.say([0xFF, 0, 1]);
        assert_eq!(board.hear(), [0, 1, 0xFF]);
        let large: Vec<u8> = (0..20_000_000_u32).map(|number| (number % 251) as u8).collect();
        board.say(large.clone());
        let echo = board.hear();
        assert_eq!(echo.len(), large.len());
        assert!(echo[..echo.len() - 1] == large[1..] && echo[echo.len() - 1] == large[0]);
        ear.stop();
        ear.totals();
    }
}

#[test]
#[ignore = "needs mosquitto"]
fn the_largest_payload_that_mqtt_can_carry_comes_back() {
    // What the remaining length can say (MQTT 5, section 1.5.5), less topic name and properties. The echo's topic is two
    // characters longer than the board's: it decides.
    const LARGEST: usize = 268_435_455 - 2 - "azuresphere/sample/device".len() - 1;
    let pki = Pki::new("test CA");
    let broker = Mosquitto::start(&pki);
    let mut ear = Ear::start(profile(&pki, broker.tls_port));
    ear.until_connected();
    let board = Board::start(broker.plain_port, Qos::AtMostOnce);
    let mut payload: Vec<u8> = (0..LARGEST).map(|number| (number % 251) as u8).collect();
    board.say(payload.clone());
    let echo = board.heard.recv_timeout(Duration::from_secs(120)).expect("an echo").payload;
    assert_eq!(echo.len(), payload.len());
    assert!(echo[..LARGEST - 1] == payload[1..] && echo[LARGEST - 1] == payload[0]);

    // One byte more can still be said, but not echoed.
    payload.push(0);
    board.say(payload);
    ear.until(120, |what| {
        matches!(what, What::EchoFailed { cause: EchoFailure::TooLarge { bytes: 268_435_461, .. }, .. })
    });
    board.say("small");
    assert_eq!(board.hear(), b"malls");
    ear.stop();
    let (received, echoed, failed) = ear.totals();
    assert_eq!((received, echoed, failed.values().sum::<usize>()), (3, 2, 1));
}

#[test]
#[ignore = "needs mosquitto"]
fn what_is_larger_than_the_broker_takes_is_told_and_nothing_else_suffers() {
    let pki = Pki::new("test CA");
    let broker =
        Mosquitto::with(&pki, &Settings { general: &["max_packet_size 1000"], ..Settings::default() });
    let mut profile = profile(&pki, broker.tls_port);
    // A long topic makes the echo larger than the message.
    profile.publish = TopicName::parse(&"long/".repeat(40)).unwrap();
    for qos in [Qos::AtMostOnce, Qos::AtLeastOnce] {
        profile.qos = qos;
        let mut ear = Ear::start(profile.clone());
        ear.until_connected();
        let board = Board::start(broker.plain_port, qos);
        board.say(vec![b'x'; 900]);
        ear.until(10, |what| {
            matches!(what, What::EchoFailed { cause: EchoFailure::TooLarge { limit: 1_000, .. }, .. })
        });
        board.say("small");
        ear.until(10, |what| matches!(what, What::Echoed(echo) if echo.payload == b"malls"[..]));
        ear.stop();
        ear.totals();
        assert!(!ear.heard.iter().any(|event| matches!(event.what, What::Disconnected { .. })));
    }
}
