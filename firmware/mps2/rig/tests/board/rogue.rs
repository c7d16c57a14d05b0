//! Brokers that are not what they should be.

use super::*;

#[test]
#[ignore = "needs qemu-system-arm and the firmware"]
fn of_another_authority() {
    let (ca, other) = (Signer::authority("ca"), Signer::authority("other"));
    let rogue = Rogue::speaks_tls(&other.server(), b"");
    assert_tls(&first_failure(rogue.port, &ca), TlsFailure::OtherCa);
}

#[test]
#[ignore = "needs qemu-system-arm and the firmware"]
fn of_an_authority_that_bears_the_right_name() {
    let (ca, other) = (Signer::authority("ca"), Signer::authority("ca"));
    let rogue = Rogue::speaks_tls(&other.server(), b"");
    assert_tls(&first_failure(rogue.port, &ca), TlsFailure::BadSignature);
}

#[test]
#[ignore = "needs qemu-system-arm and the firmware"]
fn with_another_name() {
    let ca = Signer::authority("ca");
    let rogue = Rogue::speaks_tls(&ca.identity("other.test", ServerAuth, |_| ()), b"");
    assert_tls(&first_failure(rogue.port, &ca), TlsFailure::OtherName { presented: vec![] });
}

#[test]
#[ignore = "needs qemu-system-arm and the firmware"]
fn whose_certificate_has_expired() {
    let ca = Signer::authority("ca");
    let own = ca.identity(SERVER, ServerAuth, |params| {
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    });
    let rogue = Rogue::speaks_tls(&own, b"");
    assert_tls(&first_failure(rogue.port, &ca), TlsFailure::Expired { now: 0, not_after: 0 });
}

#[test]
#[ignore = "needs qemu-system-arm and the firmware"]
fn whose_certificate_is_not_valid_yet() {
    let ca = Signer::authority("ca");
    let own = ca.identity(SERVER, ServerAuth, |params| params.not_before = rcgen::date_time_ymd(2099, 1, 1));
    let rogue = Rogue::speaks_tls(&own, b"");
    assert_tls(&first_failure(rogue.port, &ca), TlsFailure::NotYetValid { now: 0, not_before: 0 });
}

#[test]
#[ignore = "needs qemu-system-arm and the firmware"]
fn with_a_clients_certificate() {
    let ca = Signer::authority("ca");
    let rogue = Rogue::speaks_tls(&ca.identity(SERVER, ClientAuth, |_| ()), b"");
    assert_tls(&first_failure(rogue.port, &ca), TlsFailure::NotForServers);
}

#[test]
#[ignore = "needs qemu-system-arm and the firmware"]
fn whose_certificate_was_signed_by_a_leaf() {
    let ca = Signer::authority("ca");
    let leaf = Signer::leaf(&ca);
    let rogue = Rogue::speaks_tls(&leaf.server().with(leaf.certificate()), b"");
    assert_tls(&first_failure(rogue.port, &ca), TlsFailure::SignedByLeaf);
}

#[test]
#[ignore = "needs qemu-system-arm and the firmware"]
fn that_presents_no_certificate() {
    let ca = Signer::authority("ca");
    let rogue = Rogue::speaks_tls(&ca.server().without_certificate(), b"");
    assert_tls(&first_failure(rogue.port, &ca), TlsFailure::NoCertificate);
}

#[test]
#[ignore = "needs qemu-system-arm, openssl and the firmware"]
fn that_speaks_tls_1_2_only() {
    let ca = Signer::authority("ca");
    let rogue = OpenSsl::start(&ca.server(), &["-tls1_2"]);
    assert_tls(&first_failure(rogue.port, &ca), TlsFailure::OtherVersion);
}

#[test]
#[ignore = "needs qemu-system-arm, openssl and the firmware"]
fn that_speaks_tls_and_no_mqtt() {
    let ca = Signer::authority("ca");
    let rogue = OpenSsl::start(&ca.server(), &["-tls1_3"]);
    let limit = Duration::ZERO;
    assert_refused(&first_failure(rogue.port, &ca), &Failure::TimedOut { stage: Stage::Connect, limit });
}

#[test]
#[ignore = "needs qemu-system-arm and the firmware"]
fn that_speaks_no_tls() {
    let ca = Signer::authority("ca");
    for words in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], b"\x20\x02\0\0\0\0\0\0", &[0xff; 64], &[0; 64]] {
        let rogue = Rogue::says(words);
        assert_tls(
            &first_failure(rogue.port, &ca),
            TlsFailure::NotTls(rustls::InvalidMessage::InvalidContentType),
        );
    }
}

#[test]
#[ignore = "needs qemu-system-arm and the firmware"]
fn that_announces_a_record_longer_than_allowed() {
    let ca = Signer::authority("ca");
    let rogue = Rogue::says(&[22, 3, 3, 0xff, 0xff, 2, 0, 0, 0]);
    assert_tls(&first_failure(rogue.port, &ca), TlsFailure::RecordTooLarge);
}

/// The board must have room for the longest record that it takes.
#[test]
#[ignore = "needs qemu-system-arm and the firmware"]
fn that_fills_the_longest_record_with_nonsense() {
    static NONSENSE: [u8; 5 + 16_384] = {
        let mut record = [1; 5 + 16_384];
        [record[0], record[1], record[2], record[3], record[4]] = [22, 3, 3, 0x40, 0];
        record
    };
    let ca = Signer::authority("ca");
    let run = first_failure(Rogue::says(&NONSENSE).port, &ca);
    assert_ne!(run.code, i32::from(outcome::CRASH), "{}", run.log.join("\n"));
    assert_eq!(run.total("failures"), 1, "{}", run.log.join("\n"));
}

/// The same with a broker whom TLS has believed, and with as many messages as a record can hold: empty ones, the
/// longest that are adopted, and ones that are too long.
#[test]
#[ignore = "needs qemu-system-arm and the firmware"]
fn that_fills_the_longest_record_with_messages() {
    let ca = Signer::authority("ca");
    let own = ca.board();
    let boards = [0, 128, 2048].map(|length| {
        let rogue = Rogue::speaks_tls(&ca.server(), flood(length).leak());
        let board = Emulator::start(&partition(rogue.port, &ca, Some(&own)), "seconds=5");
        (length, rogue, board)
    });
    for (length, _rogue, board) in boards {
        let run = board.end(LIMIT);
        assert_eq!(run.code, 0, "{length} bytes each:\n{}", run.log.join("\n"));
        let heard = if length > 128 { "too-long" } else { "wrong" };
        assert!(run.total(heard) >= 7, "{length} bytes each:\n{}", run.log.join("\n"));
    }
}

#[test]
#[ignore = "needs qemu-system-arm and the firmware"]
fn whose_packet_lies_about_its_length() {
    let ca = Signer::authority("ca");
    let rogue = Rogue::speaks_tls(&ca.server(), b"\x20\xff\xff\xff\x7f\0\0");
    assert_refused(&first_failure(rogue.port, &ca), &Failure::Mqtt(MqttFailure::TooLarge { limit: 0 }));
}

#[test]
#[ignore = "needs qemu-system-arm and the firmware"]
fn that_says_nothing() {
    let ca = Signer::authority("ca");
    let limit = Duration::ZERO;
    assert_refused(
        &first_failure(Rogue::silent().port, &ca),
        &Failure::TimedOut { stage: Stage::Tls, limit },
    );
}

#[test]
#[ignore = "needs qemu-system-arm and the firmware"]
fn that_says_one_byte_a_second() {
    let ca = Signer::authority("ca");
    let rogue = Rogue::drawls(&[
        22, 3, 3, 0, 90, 2, 0, 0, 86, 3, 3, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    ]);
    let limit = Duration::ZERO;
    assert_refused(&first_failure(rogue.port, &ca), &Failure::TimedOut { stage: Stage::Tls, limit });
}

#[test]
#[ignore = "needs qemu-system-arm and the firmware"]
fn that_hangs_up() {
    let ca = Signer::authority("ca");
    assert_refused(&first_failure(Rogue::hangs_up().port, &ca), &Failure::Closed(Stage::Tls));
}

#[test]
#[ignore = "needs qemu-system-arm and the firmware"]
fn that_is_not_there() {
    let ca = Signer::authority("ca");
    assert_refused(&first_failure(free_port(), &ca), &Failure::Unreachable(Unreachable::Refused));
}

/// CONNACK, SUBACK and then a whole record's worth of messages of this length (MQTT 5).
fn flood(length: usize) -> Vec<u8> {
    let mut packets = b"\x20\x03\0\0\0\x90\x04\0\x01\0\0".to_vec();
    let topic = echo_board::wire::HOST_TOPIC;
    let rest = 2 + topic.len() + 1 + length;
    loop {
        let mut publish = vec![0x30];
        if rest > 127 {
            publish.push((rest % 128) as u8 | 128);
        }
        publish.push(if rest > 127 { rest / 128 } else { rest } as u8);
        publish.extend((topic.len() as u16).to_be_bytes());
        publish.extend(topic.as_bytes());
        publish.resize(publish.len() + 1 + length, 0);
        if packets.len() + publish.len() > 16_384 {
            return packets;
        }
        packets.extend(publish);
    }
}
