//! How a run ended, as a number: on the emulator the exit status, on a board in a field the number of blinks.

use echo_board::failure::{Failure, MqttFailure, TlsFailure};

/// The run reached its goal.
pub const GOAL: u8 = 0;
/// The partition cannot be read or used.
pub const PARTITION: u8 = 2;
/// The network controller does not work.
pub const NO_CONTROLLER: u8 = 3;
/// The board has no randomness.
pub const NO_RANDOMNESS: u8 = 4;
/// The firmware ended by a panic or a fault.
pub const CRASH: u8 = 101;

/// A number for each kind of failure, from 10 on. Numbers are never used again for another kind.
#[must_use]
pub const fn of(failure: &Failure) -> u8 {
    match failure {
        Failure::Unreachable(_) => 10,
        Failure::Closed(_) => 11,
        Failure::TimedOut { .. } => 12,
        Failure::Silent { .. } => 13,
        Failure::Stalled { .. } => 14,
        Failure::Refused { .. } => 15,
        Failure::NotSubscribed { .. } => 16,
        Failure::Disconnected { .. } => 17,
        Failure::Unacknowledged { .. } => 18,
        Failure::Tls(tls) => of_tls(tls),
        Failure::Mqtt(mqtt) => of_mqtt(mqtt),
    }
}

const fn of_tls(failure: &TlsFailure) -> u8 {
    match failure {
        TlsFailure::OtherCa => 30,
        TlsFailure::OtherName { .. } => 31,
        TlsFailure::Expired { .. } => 32,
        TlsFailure::NotYetValid { .. } => 33,
        TlsFailure::NotForServers => 34,
        TlsFailure::SignedByLeaf => 35,
        TlsFailure::NoCertificate => 36,
        TlsFailure::Certificate(_) => 37,
        TlsFailure::OtherVersion => 38,
        TlsFailure::NotTls(_) => 39,
        TlsFailure::RecordTooLarge => 40,
        TlsFailure::HandshakeTooLarge { .. } => 41,
        TlsFailure::Alert(_) => 42,
        TlsFailure::Board(_) => 43,
        TlsFailure::Other(_) => 44,
        TlsFailure::BadSignature => 45,
    }
}

const fn of_mqtt(failure: &MqttFailure) -> u8 {
    match failure {
        MqttFailure::TooLarge { .. } => 60,
        MqttFailure::Malformed(_) => 61,
        MqttFailure::Unexpected(_) => 62,
        MqttFailure::Unsendable(_) => 63,
    }
}
