//! Connections that break and brokers that restart: it is found again, and nothing accepted is lost.

use super::*;

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
            // Only a line that stands can be broken.
            let deadline = Instant::now() + Duration::from_secs(40);
            while ear.count(|what| matches!(what, What::Connected(_))) <= number / 700 {
                assert!(Instant::now() < deadline, "not connected again");
                ear.session.try_now();
                ear.listen(Duration::from_millis(50));
            }
            breaks();
        }
        if number % 100 == 0 {
            ear.listen(Duration::from_millis(20));
            ear.session.try_now();
        }
    }
    let deadline = Instant::now() + Duration::from_secs(90);
    while counts.contains(&0) && Instant::now() < deadline {
        if let Ok(echo) = board.heard.recv_timeout(Duration::from_millis(100)) {
            hear(&mut counts, &echo);
        }
        ear.listen(Duration::from_millis(1));
        ear.session.try_now();
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
    let gaps = ear.count(|what| matches!(what, What::Disconnected { .. }));
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
