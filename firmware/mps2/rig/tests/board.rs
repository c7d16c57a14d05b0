//! The board in the emulator: a real broker, and brokers that are not what they should be.
//!
//! Each test builds its own world: authorities, certificates, broker, board. The board's exit status is its verdict.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, reason = "the sizes are for CI to show")]

use std::time::Duration;

use echo_board::mqtt::{Protocol, Qos};
use echo_board::partition::Network;
use echo_board::{Failure, MqttFailure, Stage, TlsFailure, Unreachable};
use echo_board_mps2::outcome;
use echo_board_rig::broker::Mosquitto;
use echo_board_rig::credentials::{SERVER, Signer};
use echo_board_rig::emulator::{Emulator, Firmware, Run, partition};
use echo_board_rig::peer::Peer;
use echo_board_rig::resolver::Resolver;
use echo_board_rig::rogue::{OpenSsl, Rogue};
use echo_board_rig::{HOST, await_until, free_port};
use rcgen::ExtendedKeyUsagePurpose::{ClientAuth, ServerAuth};

/// A run's limit: the board's own longest stage, and room for a busy machine.
const LIMIT: Duration = Duration::from_secs(60);
/// What the board may have of flash, and of RAM for everything.
const FLASH: usize = 400 * 1024;
const RAM: usize = 96 * 1024;
/// What stack and heap must have left.
const MARGIN: usize = 2 * 1024;
/// A TLS record, as long as it may be.
const LONGEST_RECORD: usize = echo_board::limits::RECORD;

/// Runs the board against whatever listens on `port`, until its first failure.
fn first_failure(port: u16, trust: &Signer) -> Run {
    let own = trust.board();
    Emulator::start(&partition(port, trust, Some(&own)), "failures=1").end(LIMIT)
}

#[track_caller]
fn assert_refused(run: &Run, failure: &Failure) {
    assert_eq!(run.code, i32::from(outcome::of(failure)), "{failure:?} expected:\n{}", run.log.join("\n"));
    assert_eq!(run.count("#0 sent"), 0, "nothing is said to a rogue");
}

#[track_caller]
fn assert_tls(run: &Run, failure: TlsFailure) {
    assert_refused(run, &Failure::Tls(failure));
}

#[track_caller]
fn assert_all_right(run: &Run, echoes: u64) {
    assert_eq!(run.code, i32::from(outcome::GOAL), "{}", run.log.join("\n"));
    let totals =
        ["sent", "right", "wrong", "missing", "late", "ignored", "failures"].map(|name| run.total(name));
    assert_eq!(totals, [echoes, echoes, 0, 0, 0, 0, 0], "{}", run.log.join("\n"));
}

mod a_real_broker {
    use super::*;

    #[test]
    #[ignore = "needs qemu-system-arm, mosquitto and the firmware"]
    fn ten_echoes_and_the_sizes() {
        let ca = Signer::authority("ca");
        let broker = Mosquitto::start(&ca, &ca.server());
        let _peer = Peer::start(broker.plain);
        let own = ca.board();
        let run = Emulator::start(&partition(broker.secure, &ca, Some(&own)), "echoes=10").end(LIMIT);
        assert_eq!(run.code, 0, "{}", run.log.join("\n"));
        assert_eq!(run.count("echoed after"), 10);
        assert_eq!(run.count("TLS13_AES_128_GCM_SHA256"), 1);
        assert_all_right(&run, 10);

        let sizes = run.sizes();
        println!("{sizes}");
        assert!(sizes.flash <= FLASH, "{sizes}");
        assert!(sizes.variables + sizes.stack.room + sizes.heap.room <= RAM, "{sizes}");
        assert!(sizes.stack.peak + MARGIN <= sizes.stack.room, "{sizes}");
        // What the handshake leaves free is for the longest record.
        assert!(sizes.heap.peak + LONGEST_RECORD + MARGIN <= sizes.heap.room, "{sizes}");
    }

    #[test]
    #[ignore = "needs qemu-system-arm, mosquitto and the firmware"]
    fn both_protocols_and_both_qualities_of_service() {
        let ca = Signer::authority("ca");
        let broker = Mosquitto::start(&ca, &ca.server());
        let _peer = Peer::start(broker.plain);
        let own = ca.board();
        for (protocol, qos) in [
            (Protocol::V311, Qos::AtMostOnce),
            (Protocol::V311, Qos::AtLeastOnce),
            (Protocol::V5, Qos::AtLeastOnce),
        ] {
            let mut told = partition(broker.secure, &ca, Some(&own));
            (told.protocol, told.qos) = (protocol, qos);
            let run = Emulator::start(&told, "echoes=3").end(LIMIT);
            assert_eq!(run.code, 0, "{protocol:?} {qos:?}:\n{}", run.log.join("\n"));
            assert_all_right(&run, 3);
        }
    }

    #[test]
    #[ignore = "needs qemu-system-arm, mosquitto, openssl and the firmware with RSA"]
    fn with_rsa_keys() {
        let ca = Signer::rsa_authority("ca");
        let broker = Mosquitto::start(&ca, &ca.rsa_server());
        let _peer = Peer::start(broker.plain);
        let own = ca.board();
        let flash = partition(broker.secure, &ca, Some(&own)).encode().unwrap();
        let run = Emulator::start_with(Firmware::Rsa, &flash, "echoes=3").end(LIMIT);
        assert_all_right(&run, 3);
    }

    /// The board has an address of its own, and asks for the broker's.
    #[test]
    #[ignore = "needs qemu-system-arm, mosquitto, the firmware and the right to listen on port 53"]
    fn whose_name_must_be_resolved() {
        let ca = Signer::authority("ca");
        let broker = Mosquitto::start(&ca, &ca.server());
        let _peer = Peer::start(broker.plain);
        let _resolver = Resolver::start(SERVER, HOST);
        let own = ca.board();
        let mut told = partition(broker.secure, &ca, Some(&own));
        told.address = None;
        told.network = Network::Static {
            address: [10, 0, 2, 77].into(),
            prefix: 24,
            gateway: None,
            resolver: Some(HOST),
        };
        let run = Emulator::start(&told, "echoes=3").end(LIMIT);
        assert_all_right(&run, 3);

        told.host = "nobody.test";
        let run = Emulator::start(&told, "failures=1").end(LIMIT);
        assert_refused(&run, &Failure::Unreachable(Unreachable::Name));
    }

    #[test]
    #[ignore = "needs qemu-system-arm, mosquitto and the firmware"]
    fn its_restart_in_the_middle() {
        let ca = Signer::authority("ca");
        let mut broker = Mosquitto::start(&ca, &ca.server());
        let _peer = Peer::start(broker.plain);
        let own = ca.board();
        let board = Emulator::start(&partition(broker.secure, &ca, Some(&own)), "echoes=10");
        await_until("the third echo", LIMIT, || board.log().iter().any(|line| line.contains("#2 echoed")));
        broker.kill();
        await_until("the failure", LIMIT, || board.log().iter().any(|line| line.contains("next attempt")));
        broker.run();
        let run = board.end(LIMIT);
        assert_eq!(run.code, 0, "{}", run.log.join("\n"));
        assert!(run.count("the TLS handshake: done") >= 2, "a new handshake after the fault");
        assert_eq!((run.total("right"), run.total("wrong")), (10, 0));
    }

    #[test]
    #[ignore = "needs qemu-system-arm, mosquitto and the firmware"]
    fn that_does_not_trust_the_board() {
        let (ca, other) = (Signer::authority("ca"), Signer::authority("other"));
        let broker = Mosquitto::start(&ca, &ca.server());
        for own in [Some(other.board()), None] {
            let run = Emulator::start(&partition(broker.secure, &ca, own.as_ref()), "failures=1").end(LIMIT);
            assert_tls(&run, TlsFailure::Alert(rustls::AlertDescription::UnknownCA));
        }
    }

    #[test]
    #[ignore = "needs qemu-system-arm, mosquitto and the firmware"]
    fn that_refuses_connect() {
        let ca = Signer::authority("ca");
        let broker = Mosquitto::start_with(&ca, &ca.server(), "allow_anonymous false");
        assert_refused(&first_failure(broker.secure, &ca), &Failure::Refused { code: 0x87 });
    }
}

mod a_rogue {
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
        let own =
            ca.identity(SERVER, ServerAuth, |params| params.not_before = rcgen::date_time_ymd(2099, 1, 1));
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
        for words in
            [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], b"\x20\x02\0\0\0\0\0\0", &[0xff; 64], &[0; 64]]
        {
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
        for length in [0, 128, 2048] {
            let rogue = Rogue::speaks_tls(&ca.server(), flood(length).leak());
            let own = ca.board();
            let board = Emulator::start(&partition(rogue.port, &ca, Some(&own)), "seconds=5");
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

mod a_partition {
    use super::*;

    fn verdict(flash: &[u8]) -> Run {
        Emulator::start_with(Firmware::P256, flash, "failures=1").end(LIMIT)
    }

    #[test]
    #[ignore = "needs qemu-system-arm and the firmware"]
    fn that_was_never_written() {
        let run = verdict(&[0xff; 4096]);
        assert_eq!(run.code, i32::from(outcome::PARTITION));
        assert_eq!(run.count("erased"), 1, "{}", run.log.join("\n"));
    }

    #[test]
    #[ignore = "needs qemu-system-arm and the firmware"]
    fn with_a_flipped_bit() {
        let ca = Signer::authority("ca");
        let own = ca.board();
        let mut flash = partition(1, &ca, Some(&own)).encode().unwrap();
        let middle = flash.len() / 2;
        flash[middle] ^= 1;
        let run = verdict(&flash);
        assert_eq!(run.code, i32::from(outcome::PARTITION));
        assert_eq!(run.count("damaged"), 1, "{}", run.log.join("\n"));
    }

    #[test]
    #[ignore = "needs qemu-system-arm and the firmware"]
    fn with_the_key_of_another() {
        let ca = Signer::authority("ca");
        let (own, other) = (ca.board(), ca.board());
        let mut told = partition(1, &ca, Some(&own));
        told.key = Some(other.key());
        let run = verdict(&told.encode().unwrap());
        assert_eq!(run.code, i32::from(outcome::PARTITION));
        assert_eq!(run.count("KeyMismatch"), 1, "{}", run.log.join("\n"));
    }
}
