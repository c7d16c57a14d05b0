//! Hostile bytes: random ones, and real ones that were changed, cut into any pieces. Whatever comes, the board does not
//! panic, keeps its buffers small, and either goes on or fails and says why. `PROPTEST_CASES=100000` looks longer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod server;
mod world;

use std::{sync::Arc, time::Duration};

use echo_board::{
    Client, Report, limits,
    mqtt::{Protocol, Qos},
};
use proptest::prelude::*;
use rcgen::ExtendedKeyUsagePurpose::{ClientAuth, ServerAuth};
use server::{Authority, Leaf, Server, board, configuration, opened, plain};
use world::Broker;

/// All the reports so far; at most one of them may be a failure.
fn reports(client: &mut Client) -> Vec<Report> {
    let reports: Vec<_> = std::iter::from_fn(|| client.next_report()).collect();
    let failures = reports.iter().filter(|report| matches!(report, Report::Failed { .. })).count();
    assert!(failures <= 1, "{reports:?}");
    assert!(client.output().len() <= limits::OUTPUT + 1024);
    reports
}

/// Splits bytes into pieces whose lengths repeat.
fn pieces<'a>(mut bytes: &'a [u8], lengths: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let mut lengths = lengths.iter().copied().cycle();
    std::iter::from_fn(move || {
        let length = lengths.next().unwrap_or(usize::MAX).clamp(1, bytes.len().max(1));
        let (piece, rest) = bytes.split_at_checked(length)?;
        bytes = rest;
        Some(piece)
    })
}

fn lengths() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(1..40usize, 1..10)
}

/// What a broker says in a session with some echoes.
fn session(protocol: Protocol) -> Vec<u8> {
    let mut client = opened(plain(protocol));
    let mut broker = Broker::new(protocol, Qos::AtMostOnce);
    let mut all = Vec::new();
    for second in 0..5 {
        let now = Duration::from_secs(second);
        client.poll(now);
        broker.input(client.output());
        client.sent(client.output().len());
        if second > 1 {
            broker.publish(
                "azuresphere/sample/device",
                b"ello from echo-board, written in Rust H",
                false,
                None,
            );
        }
        let said = std::mem::take(&mut broker.output);
        client.input(&said, now);
        all.extend(said);
    }
    all
}

proptest! {
    #[test]
    fn random_bytes_in_place_of_mqtt(
        v5: bool,
        accepted: bool,
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        lengths in lengths(),
    ) {
        let protocol = if v5 { Protocol::V5 } else { Protocol::V311 };
        let mut client = opened(plain(protocol));
        if accepted {
            client.input(if v5 { &[0x20, 3, 0, 0, 0] } else { &[0x20, 2, 0, 0] }, Duration::ZERO);
            client.input(if v5 { &[0x90, 4, 0, 1, 0, 0] } else { &[0x90, 3, 0, 1, 0] }, Duration::ZERO);
        }
        for piece in pieces(&bytes, &lengths) {
            client.input(piece, Duration::ZERO);
            client.poll(Duration::ZERO);
        }
        reports(&mut client);
    }

    #[test]
    fn a_session_with_bytes_changed(
        v5: bool,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        lengths in lengths(),
    ) {
        let protocol = if v5 { Protocol::V5 } else { Protocol::V311 };
        let mut bytes = session(protocol);
        for (index, byte) in changes {
            *index.get_mut(&mut bytes) = byte;
        }
        let mut client = opened(plain(protocol));
        for (second, piece) in pieces(&bytes, &lengths).enumerate() {
            client.input(piece, Duration::from_millis(second as u64));
            client.poll(Duration::from_millis(second as u64));
        }
        reports(&mut client);
    }

    #[test]
    fn however_a_session_is_cut_the_same_comes_of_it(v5: bool, lengths in lengths()) {
        let protocol = if v5 { Protocol::V5 } else { Protocol::V311 };
        let bytes = session(protocol);
        let heard = |lengths: &[usize]| {
            let mut client = opened(plain(protocol));
            for piece in pieces(&bytes, lengths) {
                client.input(piece, Duration::ZERO);
            }
            (reports(&mut client), client.output().to_vec())
        };
        prop_assert_eq!(heard(&lengths), heard(&[usize::MAX]));
    }
}

proptest! {
    #[test]
    fn random_bytes_in_place_of_tls(
        looks_like_a_record: bool,
        mut bytes in prop::collection::vec(any::<u8>(), 5..300),
        lengths in lengths(),
    ) {
        if looks_like_a_record {
            bytes[..5].copy_from_slice(&[22, 3, 3, 0, 60]);
        }
        let mut client = opened(board(&Authority::new("ours"), None));
        for piece in pieces(&bytes, &lengths) {
            client.input(piece, Duration::ZERO);
            client.poll(Duration::ZERO);
        }
        reports(&mut client);
    }

    /// A changed byte anywhere in the broker's handshake is found: the board never gets to speak MQTT.
    #[test]
    fn a_handshake_with_a_byte_changed(
        index: prop::sample::Index,
        flip in 1..=255u8,
        lengths in lengths(),
    ) {
        let ours = Authority::new("ours");
        let identity = ours.sign(&Leaf::new("board", ClientAuth));
        let mut client = opened(board(&ours, Some(identity)));
        let config = configuration(ours.sign(&Leaf::new("broker", ServerAuth)), Some(&ours));
        let mut server = Server::new(Arc::clone(&config));
        let mut flight = server.answer(&mut client);
        *index.get_mut(&mut flight) ^= flip;
        for piece in pieces(&flight, &lengths) {
            client.input(piece, Duration::ZERO);
        }
        client.poll(Duration::ZERO);
        let reports = reports(&mut client);
        // A changed record version is none: TLS 1.3 ignores it (RFC 8446, section 5.1). So is a record of the old
        // ChangeCipherSpec, which is dropped, and a length that now waits for more.
        let secured = reports.iter().any(|report| matches!(report, Report::Secured { .. }));
        if secured {
            server.talk(&mut client, Duration::ZERO);
            prop_assert_eq!(server.error.clone(), None);
        }
    }

    #[test]
    fn however_a_handshake_is_cut_the_same_comes_of_it(lengths in lengths()) {
        let ours = Authority::new("ours");
        let mut client = opened(board(&ours, None));
        let mut server = Server::new(configuration(ours.sign(&Leaf::new("broker", ServerAuth)), None));
        let flight = server.answer(&mut client);
        for piece in pieces(&flight, &lengths) {
            client.input(piece, Duration::ZERO);
        }
        server.talk(&mut client, Duration::ZERO);
        prop_assert_eq!(server.plaintext.first(), Some(&0x10), "CONNECT");
        let secured = reports(&mut client).iter().any(|report| matches!(report, Report::Secured { .. }));
        prop_assert!(secured);
    }
}
