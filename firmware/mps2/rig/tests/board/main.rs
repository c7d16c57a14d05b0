//! The board in the emulator: a real broker, and brokers that are not what they should be.
//!
//! Each test builds its own world: authorities, certificates, broker, board. The board's exit status is its verdict.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, reason = "the figures are for CI to show")]

mod broker;
mod flash;
mod host;
mod rogue;

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
const FLASH: usize = 400 * 1000;
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
