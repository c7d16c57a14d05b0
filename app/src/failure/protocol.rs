//! What came is not the MQTT that was agreed.

use super::{Advice, Remedy, Stage};
use crate::profile::Security;

/// How the peer breaks the rules of MQTT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProtocolFailure {
    /// The answer to CONNECT is not MQTT at all.
    NotMqtt {
        /// The port.
        port: u16,
        /// How the connection was secured.
        security: Security,
        /// What the answer looks like.
        answer: Option<Answer>,
    },
    /// A packet that cannot be read, or that must not come here.
    Violation {
        /// Whether it came after the broker had accepted us.
        connected: bool,
        /// What was wrong, in the MQTT client's words.
        detail: String,
    },
    /// The broker claims to remember a session that we never had, or forgot that we asked for a new one (MQTT 5, section 3.2.2.1.1).
    SessionMismatch {
        /// Whether the broker said that it has our session.
        session_present: bool,
    },
    /// A packet is larger than can be taken.
    PacketTooLarge {
        /// Its size in bytes.
        bytes: u64,
        /// What is taken.
        limit: u64,
    },
}

/// What the first bytes of a wrong answer look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A TLS record.
    Tls,
    /// HTTP.
    Http,
    /// SSH.
    Ssh,
    /// A mail server's greeting.
    Mail,
    /// An MQTT packet.
    Mqtt,
}

impl Answer {
    /// Guesses from the first bytes. `None` where they look like nothing known.
    #[must_use]
    pub fn guess(first: &[u8]) -> Option<Self> {
        match first {
            // Record types 20 to 23, then the version 3.x (RFC 8446, section 5.1).
            [20..=23, 3, 0..=4, ..] => Some(Self::Tls),
            [b'H', b'T', b'T', b'P', ..] => Some(Self::Http),
            [b'S', b'S', b'H', b'-', ..] => Some(Self::Ssh),
            [b'2', b'2', b'0', b' ' | b'-', ..] => Some(Self::Mail),
            // CONNACK: type 2, flags 0; then the remaining length (MQTT 5, section 3.2.1).
            [0x20, 2..=0x7F, ..] => Some(Self::Mqtt),
            _ => None,
        }
    }

    /// In a sentence.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Tls => "TLS",
            Self::Http => "a web server (HTTP)",
            Self::Ssh => "a login server (SSH)",
            Self::Mail => "a mail or file server",
            Self::Mqtt => "plain MQTT",
        }
    }
}

impl ProtocolFailure {
    pub(super) fn stage(&self) -> Stage {
        match self {
            Self::NotMqtt { .. }
            | Self::SessionMismatch { .. }
            | Self::Violation { connected: false, .. } => Stage::Mqtt,
            Self::Violation { connected: true, .. } | Self::PacketTooLarge { .. } => Stage::Flow,
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::NotMqtt { answer: Some(Answer::Tls), .. } => "tls-port",
            Self::NotMqtt { .. } => "not-mqtt",
            Self::Violation { .. } => "mqtt-violation",
            Self::SessionMismatch { .. } => "session-mismatch",
            Self::PacketTooLarge { .. } => "packet-too-large",
        }
    }

    /// A broken packet may be an accident; a wrong port is none.
    pub(super) fn retry_helps(&self) -> bool {
        match self {
            Self::NotMqtt { .. } => false,
            Self::Violation { .. } | Self::SessionMismatch { .. } | Self::PacketTooLarge { .. } => true,
        }
    }

    pub(super) fn advice(&self) -> Advice {
        match self {
            Self::NotMqtt { port, answer: Some(Answer::Tls), .. } => Advice::new(
                "The other side speaks TLS and we did not",
                format!("Port {port} wants TLS"),
                "Our plain CONNECT was answered with a TLS record: the broker is behind TLS on this port.",
            )
            .remedy("Switch TLS on, with a client certificate.", Remedy::UseSecurity(Security::MutualTls))
            .remedy("Or with TLS but without a client certificate.", Remedy::UseSecurity(Security::Tls)),
            Self::NotMqtt { port, security, answer } => {
                let told = answer.map_or(String::new(), |answer| format!(" It looks like {}.", answer.words()));
                let advice = Advice::new(
                    "We refused: what came back is not MQTT",
                    format!("What answers on port {port} is no MQTT broker"),
                    format!("Our CONNECT was answered with something else.{told}"),
                );
                match (security, port) {
                    (Security::Plain, 1883) | (Security::Tls | Security::MutualTls, 8883) => advice,
                    (Security::Plain, _) => advice.remedy("Plain MQTT usually has port 1883.", Remedy::UsePort(1883)),
                    (Security::Tls | Security::MutualTls, _) => {
                        advice.remedy("MQTT over TLS usually has port 8883.", Remedy::UsePort(8883))
                    }
                }
                .step("MQTT over WebSocket, often on ports 80, 443, 8080 and 9001, is another thing and not supported.")
            }
            Self::Violation { connected, detail } => Advice::new(
                "We refused: the broker broke the rules of MQTT",
                "The broker sent something that MQTT forbids",
                if *connected {
                    "The connection was ended because of it, as the standard demands, and is made anew."
                } else {
                    "It came in place of a proper CONNACK."
                },
            )
            .step("If it happens again, it is a fault of the broker or of something between: keep the evidence below.")
            .evidence("detail", detail),
            Self::SessionMismatch { session_present } => Advice::new(
                "We refused: the broker's memory of our session is wrong",
                if *session_present { "The broker remembers a session that we don't have" } else { "The broker forgot our session" },
                "Both sides must agree on whether a session goes on, or messages get lost or doubled.",
            )
            .remedy("Use a random client ID, which starts a session of its own.", Remedy::RandomClientId),
            Self::PacketTooLarge { bytes, limit } => Advice::new(
                "We refused: the packet is too large",
                "A packet was larger than MQTT allows",
                format!("It has {bytes} bytes, and the limit is {limit}."),
            )
            .step("Send smaller messages."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell_what_answers() {
        assert_eq!(Answer::guess(&[0x15, 3, 3, 0, 2, 2, 70]), Some(Answer::Tls));
        assert_eq!(Answer::guess(b"HTTP/1.1 400"), Some(Answer::Http));
        assert_eq!(Answer::guess(b"SSH-2.0-x"), Some(Answer::Ssh));
        assert_eq!(Answer::guess(b"220 mail"), Some(Answer::Mail));
        assert_eq!(Answer::guess(&[0x20, 2, 0, 1]), Some(Answer::Mqtt));
        assert_eq!(Answer::guess(b"hello"), None);
        assert_eq!(Answer::guess(b""), None);
    }
}
