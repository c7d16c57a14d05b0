//! Unruly brokers, by their MQTT and by their time: packets that lie, refusals, silence, one byte a second. Each is
//! given up, each with an error of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod server;

use std::time::Duration;

use echo_board::{
    Action, Client, Failure, MqttFailure, Report, Stage, limits,
    mqtt::{Protocol, Qos},
};
use rcgen::ExtendedKeyUsagePurpose::ServerAuth;
use server::{Authority, Leaf, Server, board, configuration, failure, opened, plain};

const SECOND: Duration = Duration::from_secs(1);
/// CONNACK of MQTT 5, accepted, without properties.
const CONNACK: &[u8] = &[0x20, 3, 0, 0, 0];

/// Takes the board to the end of a stage then lets the broker say these bytes.
fn verdict_on_mqtt(stage: Stage, bytes: &[u8]) -> Failure {
    let mut client = Client::new(plain(Protocol::V5)).unwrap();
    assert_eq!(client.poll(Duration::ZERO), Some(Action::Open));
    client.opened(Duration::ZERO);
    if stage >= Stage::Connect {
        client.input(CONNACK, SECOND);
    }
    if stage >= Stage::Subscribe {
        client.input(&[0x90, 4, 0, 1, 0, 0], SECOND);
    }
    client.input(bytes, SECOND);
    failure(&mut client, SECOND)
}

#[test]
fn an_mqtt_packet_that_lies_about_its_length() {
    let too_large = Failure::Mqtt(MqttFailure::TooLarge { limit: limits::PACKET });
    // The longest that four bytes of length can say; it is refused before its body is awaited.
    assert_eq!(verdict_on_mqtt(Stage::Subscribe, &[0x30, 0xff, 0xff, 0xff, 0x7f]), too_large);
    // A topic longer than the packet; properties longer than the packet; a length of five bytes.
    for bytes in [
        &[0x30, 4, 0xff, 0xff, b'a', b'b'][..],
        &[0x30, 5, 0, 1, b'a', 0x7f, 0],
        &[0x30, 0xff, 0xff, 0xff, 0xff, 0x7f],
        &[0x20, 2, 0, 0, 0x30],
    ] {
        let stage = if bytes[0] == 0x20 { Stage::Open } else { Stage::Subscribe };
        let failure = verdict_on_mqtt(stage, bytes);
        assert!(matches!(failure, Failure::Mqtt(MqttFailure::Malformed(_))), "{bytes:?} {failure:?}");
    }
}

#[test]
fn mqtt_packets_that_do_not_belong_there() {
    let publish_of_qos = |qos: u8| vec![0x30 | (qos << 1), 6, 0, 1, b'a', 0, 7, 0];
    for (stage, bytes) in [
        (Stage::Open, publish_of_qos(0)),
        (Stage::Subscribe, CONNACK.to_vec()),
        (Stage::Subscribe, vec![0x40, 2, 0, 9]),
        (Stage::Subscribe, publish_of_qos(2)),
        (Stage::Subscribe, vec![0xc0, 0]),
    ] {
        let failure = verdict_on_mqtt(stage, &bytes);
        assert!(matches!(failure, Failure::Mqtt(MqttFailure::Unexpected(_))), "{bytes:?} {failure:?}");
    }
}

#[test]
fn a_packet_identifier_of_zero_is_malformed_and_no_panic() {
    let failure = verdict_on_mqtt(Stage::Subscribe, &[0x32, 6, 0, 1, b'a', 0, 0, 0]);
    assert!(matches!(failure, Failure::Mqtt(MqttFailure::Malformed(_))), "{failure:?}");
}

#[test]
fn a_broker_that_refuses_connect() {
    assert_eq!(verdict_on_mqtt(Stage::Open, &[0x20, 3, 0, 0x87, 0]), Failure::Refused { code: 0x87 });
    let mut client = Client::new(plain(Protocol::V311)).unwrap();
    client.poll(Duration::ZERO);
    client.opened(Duration::ZERO);
    client.input(&[0x20, 2, 0, 5], SECOND);
    assert_eq!(failure(&mut client, SECOND), Failure::Refused { code: 5 });
}

#[test]
fn a_broker_that_refuses_the_subscription() {
    let refused = verdict_on_mqtt(Stage::Connect, &[0x90, 4, 0, 1, 0, 0x87]);
    assert_eq!(refused, Failure::NotSubscribed { code: 0x87 });
}

#[test]
fn a_broker_that_says_good_bye() {
    assert_eq!(verdict_on_mqtt(Stage::Subscribe, &[0xe0, 1, 0x8b]), Failure::Disconnected { reason: 0x8b });
}

#[test]
fn a_broker_that_never_answers() {
    let mut client = opened(board(&Authority::new("ours"), None));
    assert_eq!(client.next_deadline(), Some(limits::TLS));
    assert_eq!(client.poll(limits::TLS - Duration::from_millis(1)), None);
    client.poll(limits::TLS);
    let silent =
        |stage, limit| Report::Failed { failure: Failure::TimedOut { stage, limit }, retry_in: SECOND };
    let reported = std::iter::from_fn(|| client.next_report()).last().unwrap();
    let (Report::Failed { failure, .. }, Report::Failed { failure: expected, .. }) =
        (reported, silent(Stage::Tls, limits::TLS))
    else {
        panic!()
    };
    assert_eq!(failure, expected);
}

#[test]
fn a_broker_that_never_opens_its_door() {
    let mut client = Client::new(plain(Protocol::V5)).unwrap();
    assert_eq!(client.poll(Duration::ZERO), Some(Action::Open));
    assert_eq!(client.poll(limits::OPEN), Some(Action::Close));
    let failed = std::iter::from_fn(|| client.next_report()).last().unwrap();
    let expected = Failure::TimedOut { stage: Stage::Open, limit: limits::OPEN };
    assert!(matches!(failed, Report::Failed { failure, .. } if failure == expected));
}

/// Feeds one byte a second until the board gives up; returns when and why.
fn one_byte_a_second(client: &mut Client, bytes: &[u8]) -> (Duration, Failure) {
    for (second, byte) in (1..).zip(bytes.iter().chain(std::iter::repeat(&0))) {
        let now = SECOND * second;
        client.input(&[*byte], now);
        if client.poll(now) == Some(Action::Close) {
            let failed = std::iter::from_fn(|| client.next_report()).last().unwrap();
            let Report::Failed { failure, .. } = failed else { panic!("{failed:?}") };
            return (now, failure);
        }
        assert!(second < 1_000, "the board must give up");
    }
    unreachable!()
}

#[test]
fn a_broker_that_answers_one_byte_a_second() {
    let authority = Authority::new("ours");
    let mut client = opened(board(&authority, None));
    let mut server = Server::new(configuration(authority.sign(&Leaf::new("broker", ServerAuth)), None));
    let hello = server.answer(&mut client);
    let (when, why) = one_byte_a_second(&mut client, &hello);
    assert_eq!(why, Failure::TimedOut { stage: Stage::Tls, limit: limits::TLS });
    assert_eq!(when, limits::TLS);

    // A CONNACK that is long enough to last, behind a handshake at full speed.
    let mut client = opened(plain(Protocol::V5));
    let mut connack = vec![0x20, 103, 0, 0, 100, 31, 0, 97];
    connack.resize(105, b'.');
    let (when, why) = one_byte_a_second(&mut client, &connack);
    assert_eq!(why, Failure::TimedOut { stage: Stage::Connect, limit: limits::ANSWER });
    assert_eq!(when, limits::ANSWER);
}

#[test]
fn a_broker_that_takes_nothing_is_given_up_before_the_memory_is() {
    let mut settings = plain(Protocol::V5);
    settings.period = Duration::from_millis(10);
    let mut client = opened(settings);
    client.input(CONNACK, SECOND);
    client.input(&[0x90, 4, 0, 1, 0, 0], SECOND);
    let mut now = SECOND;
    while client.poll(now).is_none() {
        now = client.next_deadline().unwrap();
        assert!(client.output().len() < limits::OUTPUT + 1024);
        assert!(now < SECOND * 30);
    }
    let failed = std::iter::from_fn(|| client.next_report()).last().unwrap();
    assert!(matches!(failed, Report::Failed { failure: Failure::Stalled { .. }, .. }), "{failed:?}");
}

#[test]
fn a_broker_that_acknowledges_nothing_is_given_up() {
    let mut settings = plain(Protocol::V5);
    settings.mqtt.qos = Qos::AtLeastOnce;
    settings.period = Duration::from_millis(100);
    let mut client = opened(settings);
    client.input(CONNACK, SECOND);
    client.input(&[0x90, 4, 0, 1, 0, 1], SECOND);
    let mut now = SECOND;
    while client.poll(now).is_none() {
        client.sent(usize::MAX);
        now = client.next_deadline().unwrap();
        assert!(now < SECOND * 30);
    }
    let failed = std::iter::from_fn(|| client.next_report()).last().unwrap();
    assert!(matches!(failed, Report::Failed { failure: Failure::Unacknowledged { .. }, .. }), "{failed:?}");
}
