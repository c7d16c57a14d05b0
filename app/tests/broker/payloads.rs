//! What can be carried, and what cannot and is told.

use super::*;

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
