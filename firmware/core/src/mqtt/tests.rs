//! What the board's packets say, read by the other side's parser. The flow is tested from outside, in `tests/`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use alloc::vec;

use mqtt_protocol_core::mqtt::packet::{RetainHandling, v3_1_1, v5_0};

use super::*;

/// The packet in these bytes, without its fixed header.
fn body(bytes: &[u8]) -> &[u8] {
    assert!(bytes[1] < 0x80, "a length of one byte");
    assert_eq!(bytes.len(), 2 + usize::from(bytes[1]), "one packet");
    &bytes[2..]
}

fn settings(protocol: Protocol) -> Settings {
    Settings {
        protocol,
        client_id: "board-7".to_owned(),
        login: Some(("me".to_owned(), b"secret".to_vec())),
        ..Settings::default()
    }
}

#[test]
fn connect_says_who_we_are_and_leaves_a_will() {
    let mut mqtt = Mqtt::connect(settings(Protocol::V311)).unwrap();
    let (connect, _) = v3_1_1::Connect::parse(body(mqtt.output())).unwrap();
    assert_eq!((connect.client_id(), connect.keep_alive(), connect.clean_session()), ("board-7", 300, true));
    assert_eq!(
        (connect.will_topic(), connect.will_payload()),
        (Some(wire::STATUS_TOPIC), Some(&b"offline"[..]))
    );
    assert!(connect.will_retain());
    assert_eq!((connect.user_name(), connect.password()), (Some("me"), Some(&b"secret"[..])));

    let mut mqtt = Mqtt::connect(settings(Protocol::V5)).unwrap();
    let (connect, _) = v5_0::Connect::parse(body(mqtt.output())).unwrap();
    assert_eq!((connect.client_id(), connect.keep_alive(), connect.clean_start()), ("board-7", 300, true));
    assert_eq!(connect.will_topic(), Some(wire::STATUS_TOPIC));
    let size = connect.props().iter().find_map(|property| match property {
        Property::MaximumPacketSize(size) => Some(size.val()),
        _ => None,
    });
    assert_eq!(size, Some(limits::PACKET), "the broker is told what we take");
}

#[test]
fn the_subscription_wants_neither_retained_messages_nor_our_own() {
    for (filter, no_local) in [("a/b", true), ("$share/group/a/b", false)] {
        let mut mqtt =
            Mqtt::connect(Settings { subscribe: filter.to_owned(), ..settings(Protocol::V5) }).unwrap();
        mqtt.input(&mut &[0x20, 3, 0, 0, 0][..]).unwrap();
        mqtt.output().clear();
        mqtt.subscribe().unwrap();
        let (subscribe, _) = v5_0::Subscribe::parse(body(mqtt.output())).unwrap();
        let entry = &subscribe.entries()[0];
        assert_eq!((entry.topic_filter(), entry.sub_opts().nl()), (filter, no_local));
        assert_eq!(entry.sub_opts().rh(), RetainHandling::DoNotSendRetained);
    }
}

#[test]
fn without_a_status_topic_there_is_no_will_and_no_birth() {
    let none = Settings { status: None, ..settings(Protocol::V5) };
    let mut mqtt = Mqtt::connect(none).unwrap();
    let (connect, _) = v5_0::Connect::parse(body(mqtt.output())).unwrap();
    assert!(!connect.will_flag());
    mqtt.output().clear();
    mqtt.announce(ONLINE).unwrap();
    assert!(mqtt.output().is_empty());
}

#[test]
fn settings_that_cannot_be_sent_are_refused_at_once() {
    let unfit = [
        Settings { publish: "a/+".to_owned(), ..Settings::default() },
        Settings { publish: String::new(), ..Settings::default() },
        Settings { status: Some("#".to_owned()), ..Settings::default() },
        Settings { subscribe: String::new(), ..Settings::default() },
        Settings { client_id: "x".repeat(65_536), ..Settings::default() },
        Settings { login: Some(("me".to_owned(), vec![0; 65_536])), ..Settings::default() },
    ];
    for settings in unfit {
        assert!(matches!(rehearse(&settings), Err(MqttFailure::Unsendable(_))), "{settings:?}");
    }
    assert_eq!(rehearse(&Settings::default()), Ok(()));
}

#[test]
fn passwords_are_not_shown() {
    assert!(!alloc::format!("{:?}", settings(Protocol::V5)).contains("secret"));
}
