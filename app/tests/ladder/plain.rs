//! Without TLS: what is no broker, what a broker refuses, and what it says when it leaves.

use echo_monitor::{
    failure::Stage,
    profile::{Profile, Protocol, TopicFilter},
};

use crate::{
    Row, THE_BROKER, WE_REFUSED,
    listen::plain_profile,
    mosquitto::free_port,
    run,
    script::{After, SUBACK, Script, WELCOME, WELCOME_311, serve, serve_then},
};

#[test]
fn refusals_of_connect() {
    let v5: [(Script, &str, bool, &str); 12] = [
        (&[&[0x20, 3, 0, 0x84, 0]], "mqtt-version-refused", false, "0x84"),
        // A broker that only knows 3.1.1 answers in its own way.
        (&[&[0x20, 2, 0, 1]], "mqtt-version-refused", false, "0x01"),
        (&[&[0x20, 3, 0, 0x85, 0]], "client-id-refused", false, "0x85"),
        (&[&[0x20, 3, 0, 0x86, 0]], "login-refused", false, "0x86"),
        (&[&[0x20, 3, 0, 0x87, 0]], "not-authorized", false, "0x87"),
        (&[&[0x20, 3, 0, 0x88, 0]], "broker-unavailable", true, "0x88"),
        (&[&[0x20, 3, 0, 0x89, 0]], "broker-busy", true, "0x89"),
        (&[&[0x20, 3, 0, 0x8A, 0]], "banned", false, "0x8A"),
        (&[&[0x20, 3, 0, 0x8C, 0]], "authentication-method-refused", false, "0x8C"),
        (&[&[0x20, 3, 0, 0x97, 0]], "broker-busy", true, "0x97"),
        (&[&[0x20, 3, 0, 0x9C, 0]], "use-another-broker", false, "0x9C"),
        (&[&[0x20, 3, 0, 0x80, 0]], "connect-refused", false, "0x80"),
    ];
    let v311: [(Script, &str, bool, &str); 5] = [
        (&[&[0x20, 2, 0, 1]], "mqtt-version-refused", false, "0x01"),
        (&[&[0x20, 2, 0, 2]], "client-id-refused", false, "0x02"),
        (&[&[0x20, 2, 0, 3]], "broker-unavailable", true, "0x03"),
        (&[&[0x20, 2, 0, 4]], "login-refused", false, "0x04"),
        (&[&[0x20, 2, 0, 5]], "not-authorized", false, "0x05"),
    ];
    let rows = v5.map(|row| (Protocol::V5, row)).into_iter().chain(v311.map(|row| (Protocol::V311, row)));
    let rows = rows.map(|(protocol, (script, kind, again, code))| {
        let profile = Profile { protocol, ..plain_profile(serve(script)) };
        let row = Row::new(format!("{protocol:?} {code}"), profile, kind, Stage::Mqtt)
            .who("The broker refused")
            .evidence("reason code", code)
            .evidence("client ID", "echo-monitor");
        if again { row.again() } else { row }
    });
    run(rows.collect());
}

#[test]
fn refusals_of_subscribe() {
    let v5 = |code: &'static [u8], again: bool| {
        let script: Script = Box::leak(Box::new([WELCOME, code]));
        let profile =
            Profile { subscribe: TopicFilter::parse("boards/7/#").unwrap(), ..plain_profile(serve(script)) };
        let row = Row::new(format!("{code:?}"), profile, "subscription-refused", Stage::Subscribe)
            .who("The broker refused")
            .evidence("topic filter", "boards/7/#");
        if again { row.again() } else { row }
    };
    let v311: Script = &[WELCOME_311, &[0x90, 3, 0, 1, 0x80]];
    let v311 = Profile { protocol: Protocol::V311, ..plain_profile(serve(v311)) };
    run(vec![
        v5(&[0x90, 4, 0, 1, 0, 0x87], false).evidence("reason code", "not authorized"),
        v5(&[0x90, 4, 0, 1, 0, 0x8F], false).evidence("reason code", "topic filter invalid"),
        v5(&[0x90, 4, 0, 1, 0, 0x97], true).evidence("reason code", "quota exceeded"),
        v5(&[0x90, 4, 0, 1, 0, 0xA2], false).evidence("reason code", "wildcard subscriptions not supported"),
        Row::new("3.1.1", v311, "subscription-refused", Stage::Subscribe).evidence("reason code", "0x80"),
    ]);
}

#[test]
fn farewells_of_the_broker() {
    let row = |script: Script, kind, name: &str| {
        Row::new(name, plain_profile(serve(script)), kind, Stage::Flow).again()
    };
    let mut twin = plain_profile(serve(&[WELCOME, SUBACK, &[0xE0, 2, 0x8E, 0]]));
    twin.client_id = Some("twin".to_owned());
    let rows = vec![
        Row::new("taken over", twin, "taken-over", Stage::Flow)
            .evidence("client ID", "twin")
            .says("another Echo Monitor"),
        row(&[WELCOME, SUBACK, &[0xE0, 2, 0x8B, 0]], "broker-shutting-down", "shutting down"),
        row(&[WELCOME, SUBACK, &[0xE0, 2, 0x98, 0]], "kicked", "kicked"),
        row(&[WELCOME, SUBACK, &[0xE0, 2, 0x87, 0]], "broker-disconnected", "told")
            .evidence("reason code", "0x87"),
        row(&[WELCOME, SUBACK], "connection-closed", "closed without a word"),
    ];
    run(rows.into_iter().map(|row| row.who("The broker ended the connection")).collect());
    let reset = plain_profile(serve_then(&[WELCOME, SUBACK], After::Reset));
    // A reserved packet type; a PUBLISH with both QoS bits.
    let reserved: Script = &[WELCOME, SUBACK, &[0x00, 0]];
    let both: Script = &[WELCOME, SUBACK, &[0x36, 4, 0, 1, b'a', 0]];
    let protocol = |script, name| {
        Row::new(name, plain_profile(serve(script)), "mqtt-violation", Stage::Flow).again().who(WE_REFUSED)
    };
    run(vec![
        Row::new("cut", reset, "connection-closed", Stage::Flow).again(),
        protocol(reserved, "a reserved packet"),
        protocol(both, "both QoS bits"),
    ]);
}

#[test]
#[ignore = "takes ten seconds"]
fn a_broker_that_falls_silent() {
    let mut silent = plain_profile(serve_then(&[WELCOME, SUBACK], After::Listen));
    silent.keep_alive = 5;
    let unsubscribed = plain_profile(serve_then(&[WELCOME], After::Listen));
    let mute = plain_profile(serve_then(&[], After::Listen));
    run(vec![
        Row::new("keep alive", silent, "keep-alive-lost", Stage::Flow).again().says("5 s"),
        Row::new("no SUBACK", unsubscribed, "suback-timeout", Stage::Subscribe).again().who(THE_BROKER),
        Row::new("no CONNACK", mute, "connack-timeout", Stage::Mqtt).again(),
    ]);
}

#[test]
fn no_broker_at_all() {
    let row =
        |script: Script, kind, name: &str| Row::new(name, plain_profile(serve(script)), kind, Stage::Mqtt);
    let port = free_port();
    run(vec![
        row(&[b"HTTP/1.1 400 Bad Request\r\n\r\n"], "not-mqtt", "a web server").says("HTTP"),
        row(&[b"SSH-2.0-OpenSSH_9.2\r\n"], "not-mqtt", "a login server").says("SSH"),
        row(&[b"220 mail.example ESMTP\r\n"], "not-mqtt", "a mail server").says("mail"),
        row(&[&[0x15, 3, 1, 0, 2, 2, 70]], "tls-port", "a TLS port").says("TLS"),
        row(&[], "hung-up-before-connack", "hung up").again(),
        Row::new("nobody", plain_profile(port), "connection-refused", Stage::Tcp)
            .again()
            .evidence("tried", format!("127.0.0.1:{port}: refused"))
            .says("Nothing listens"),
    ]);
}
