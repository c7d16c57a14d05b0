//! A real broker.

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
    told.network =
        Network::Static { address: [10, 0, 2, 77].into(), prefix: 24, gateway: None, resolver: Some(HOST) };
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
