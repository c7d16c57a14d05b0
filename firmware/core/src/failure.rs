//! Why a connection could not be made or did not last: one variant a cause, with its evidence.
//!
//! Nothing here ends the board: after every failure it waits, opens a new connection and shakes hands anew.

use alloc::{string::String, vec::Vec};
use core::time::Duration;

use mqtt_protocol_core::mqtt::result_code::MqttError;
use rustls::AlertDescription;

use crate::report::Stage;

/// Why an attempt or a connection ended.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Failure {
    /// The runner could not open a connection.
    #[error("cannot reach the broker: {0}")]
    Unreachable(#[from] Unreachable),
    /// TLS ended it.
    #[error(transparent)]
    Tls(#[from] TlsFailure),
    /// The broker's bytes are not the MQTT that was agreed on.
    #[error(transparent)]
    Mqtt(#[from] MqttFailure),
    /// The broker answered CONNECT with a refusal (MQTT 5, section 3.2.2.2; MQTT 3.1.1, section 3.2.2.3).
    #[error("the broker refused CONNECT with code {code:#04x}")]
    Refused {
        /// The reason code of MQTT 5 or the return code of MQTT 3.1.1.
        code: u8,
    },
    /// The broker refused the subscription (MQTT 5, section 3.9.3).
    #[error("the broker refused the subscription with code {code:#04x}")]
    NotSubscribed {
        /// The reason code.
        code: u8,
    },
    /// The broker sent DISCONNECT (MQTT 5, section 3.14.2.1).
    #[error("the broker disconnected us with reason {reason:#04x}")]
    Disconnected {
        /// The reason code.
        reason: u8,
    },
    /// The connection was closed by the other side or broke.
    #[error("the connection was closed during {0}")]
    Closed(Stage),
    /// A stage took longer than it may: nobody answers, or one byte a second.
    #[error("no end of {stage} within {} s", limit.as_secs())]
    TimedOut {
        /// Which stage.
        stage: Stage,
        /// What it was allowed.
        limit: Duration,
    },
    /// A ping was not answered in time: the connection is dead although it looks open.
    #[error("no answer to a ping within {} s", limit.as_secs())]
    Silent {
        /// What the answer was allowed.
        limit: Duration,
    },
    /// The broker takes no bytes any more; more than this many wait to be sent.
    #[error("the broker takes no bytes: {waiting} wait")]
    Stalled {
        /// Bytes that wait.
        waiting: usize,
    },
    /// The broker does not acknowledge our messages (QoS 1).
    #[error("{count} messages without acknowledgement")]
    Unacknowledged {
        /// Messages that wait for their PUBACK.
        count: usize,
    },
}

/// Why the runner has no connection to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// The network is not up.
    #[error("no network")]
    NoNetwork,
    /// The host name has no address.
    #[error("the name has no address")]
    Name,
    /// The host is there and nobody listens on that port.
    #[error("nobody listens on that port")]
    Refused,
    /// Nobody answered in time.
    #[error("no answer")]
    NoAnswer,
    /// Anything else the operating system told.
    #[error("the network said no")]
    Other,
}

/// Why TLS ended. Everything about the broker's certificate comes before a byte of MQTT is sent.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TlsFailure {
    /// The broker's certificate comes from a CA that is not ours.
    #[error("our CA did not sign the broker's certificate")]
    OtherCa,
    /// A signature of the broker or in its chain was made with another key: a CA of the same name that is not ours,
    /// or a broker that does not hold its certificate's key.
    #[error("a signature of the broker was made with another key")]
    BadSignature,
    /// The broker's certificate is for another name.
    #[error("the broker's certificate is for {presented:?}")]
    OtherName {
        /// The names it is valid for, as rustls writes them.
        presented: Vec<String>,
    },
    /// The broker's certificate, or its CA's, has expired. Seconds since 1970.
    #[error("a certificate of the broker expired at {not_after}, now is {now}")]
    Expired {
        /// What our clock says.
        now: u64,
        /// Until when it was valid.
        not_after: u64,
    },
    /// The broker's certificate is not valid yet, or our clock is behind. Seconds since 1970.
    #[error("a certificate of the broker is valid from {not_before}, now is {now}")]
    NotYetValid {
        /// What our clock says.
        now: u64,
        /// From when on it is valid.
        not_before: u64,
    },
    /// The broker's certificate is not one for servers: a client's certificate, perhaps.
    #[error("the broker's certificate is not one for servers")]
    NotForServers,
    /// The chain has a certificate in it that was signed by one that may not sign.
    #[error("the broker's chain is signed by a certificate that is not a CA's")]
    SignedByLeaf,
    /// The broker presented no certificate.
    #[error("the broker presented no certificate")]
    NoCertificate,
    /// The broker's certificate was refused for another reason.
    #[error("the broker's certificate was refused: {0:?}")]
    Certificate(rustls::CertificateError),
    /// The broker does not speak TLS 1.3.
    #[error("the broker does not speak TLS 1.3")]
    OtherVersion,
    /// What answers is not TLS.
    #[error("what answers is not TLS: {0:?}")]
    NotTls(rustls::InvalidMessage),
    /// A record longer than [`limits::RECORD`](crate::limits::RECORD) was announced or came.
    #[error("a TLS record that is longer than allowed")]
    RecordTooLarge,
    /// The handshake needs more bytes than it may.
    #[error("a handshake of more than {limit} bytes")]
    HandshakeTooLarge {
        /// Allowed length.
        limit: usize,
    },
    /// The broker ended TLS with an alert. Mostly our certificate: in TLS 1.3 this comes after the handshake.
    #[error("the broker's alert: {0:?}")]
    Alert(AlertDescription),
    /// The board does not know the time of day, or has no randomness, without which it must not trust anybody.
    #[error("no time of day or no randomness: {0}")]
    Board(rustls::Error),
    /// TLS was broken in another way.
    #[error("TLS: {0}")]
    Other(rustls::Error),
}

/// Why MQTT ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MqttFailure {
    /// A packet announced more bytes than we take; whether it lies about its length does not matter.
    #[error("a packet of more than {limit} bytes was announced")]
    TooLarge {
        /// What we take.
        limit: u32,
    },
    /// A packet that cannot be parsed.
    #[error("malformed packet: {0}")]
    Malformed(MqttError),
    /// A packet that does not belong here: an answer to nothing, a QoS above the one granted.
    #[error("not a packet for here: {0}")]
    Unexpected(MqttError),
    /// We could not build a packet of our own from the settings.
    #[error("cannot send: {0}")]
    Unsendable(MqttError),
}

impl From<rustls::Error> for TlsFailure {
    fn from(error: rustls::Error) -> Self {
        use rustls::{Error, InvalidMessage, PeerIncompatible};
        match error {
            Error::InvalidCertificate(certificate) => certificate.into(),
            Error::NoCertificatesPresented => Self::NoCertificate,
            Error::PeerIncompatible(
                PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
                | PeerIncompatible::ServerDoesNotSupportTls12Or13,
            )
            | Error::AlertReceived(AlertDescription::ProtocolVersion) => Self::OtherVersion,
            Error::InvalidMessage(InvalidMessage::MessageTooLarge) | Error::PeerSentOversizedRecord => {
                Self::RecordTooLarge
            }
            Error::InvalidMessage(message) => Self::NotTls(message),
            Error::AlertReceived(alert) => Self::Alert(alert),
            Error::FailedToGetCurrentTime | Error::FailedToGetRandomBytes => Self::Board(error),
            _ => Self::Other(error),
        }
    }
}

impl From<rustls::CertificateError> for TlsFailure {
    fn from(error: rustls::CertificateError) -> Self {
        use rustls::CertificateError as C;
        match error {
            C::UnknownIssuer => Self::OtherCa,
            C::BadSignature => Self::BadSignature,
            C::NotValidForNameContext { presented, .. } => Self::OtherName { presented },
            C::NotValidForName => Self::OtherName { presented: Vec::new() },
            C::ExpiredContext { time, not_after } => {
                Self::Expired { now: time.as_secs(), not_after: not_after.as_secs() }
            }
            C::NotValidYetContext { time, not_before } => {
                Self::NotYetValid { now: time.as_secs(), not_before: not_before.as_secs() }
            }
            C::InvalidPurpose | C::InvalidPurposeContext { .. } => Self::NotForServers,
            // Ours, see `verify`.
            C::ApplicationVerificationFailure => Self::SignedByLeaf,
            other => Self::Certificate(other),
        }
    }
}
