//! A working connection ended.

use std::{io, time::Duration};

use super::{Advice, Remedy, reason_name, words};

/// Why it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Another client with our client ID connected, and the broker told us (MQTT 5, reason code 0x8E).
    TakenOver {
        /// The client ID.
        client_id: String,
        /// Whether it was typed in, or made up at random by us.
        chosen: bool,
    },
    /// The broker told us that it shuts down (0x8B).
    ShuttingDown,
    /// Somebody who runs the broker ended our connection (0x98).
    Kicked,
    /// The broker ended it for another reason that it told.
    Told {
        /// The reason code (MQTT 5, section 3.14.2.1).
        code: u8,
        /// The reason string, where it sent one.
        text: Option<String>,
    },
    /// No answer to our ping: the line is dead.
    KeepAlive {
        /// The keep alive interval.
        interval: Duration,
    },
    /// The broker does not take what we write.
    Stalled {
        /// How long not a byte could be written.
        after: Duration,
    },
    /// The broker closed the connection without a word.
    Closed {
        /// The client ID.
        client_id: String,
        /// Whether it was typed in, or made up at random by us.
        chosen: bool,
    },
    /// The connection was cut.
    Reset,
    /// The TLS session was ended by an alert.
    TlsAlert {
        /// The alert's name by RFC 8446, section 6.2.
        alert: String,
    },
    /// The TLS session broke: what came was damaged.
    TlsBroken {
        /// How, in the TLS library's words.
        detail: String,
    },
    /// The network failed.
    Network {
        /// What the operating system said.
        kind: io::ErrorKind,
    },
}

impl Loss {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::TakenOver { .. } => "taken-over",
            Self::ShuttingDown => "broker-shutting-down",
            Self::Kicked => "kicked",
            Self::Told { .. } => "broker-disconnected",
            Self::KeepAlive { .. } => "keep-alive-lost",
            Self::Stalled { .. } => "write-stalled",
            Self::Closed { .. } => "connection-closed",
            Self::Reset => "connection-reset",
            Self::TlsAlert { .. } => "connection-alert",
            Self::TlsBroken { .. } => "connection-damaged",
            Self::Network { .. } => "network-lost",
        }
    }

    /// All of it passes, except that two clients with one ID throw each other out for ever.
    pub(super) fn retry_helps(&self) -> bool {
        !matches!(self, Self::TakenOver { .. })
    }

    pub(super) fn advice(&self) -> Advice {
        let ended = "The broker ended the connection";
        let broke = "The connection broke";
        match self {
            Self::TakenOver { client_id, chosen } => {
                let advice = Advice::new(
                    ended,
                    "Another client took our client ID",
                    format!(
                        "A second connection with the client ID \u{201c}{client_id}\u{201d} was opened, and a broker keeps only the newest. \
                         We don't reconnect by ourselves, or the two would throw each other out for ever."
                    ),
                );
                let advice = if *chosen {
                    advice.remedy("Use a random client ID, which nobody else has.", Remedy::RandomClientId)
                } else {
                    advice
                };
                advice.step("Look for another Echo Monitor or another program with this client ID, and end it.").evidence("client ID", client_id)
            }
            Self::ShuttingDown => {
                Advice::new(ended, "The broker shuts down", "It said so before it closed the connection: it is being stopped or restarted.").step("Wait: it is tried again by itself until the broker is back.")
            }
            Self::Kicked => Advice::new(
                ended,
                "Somebody who runs the broker disconnected us",
                "The broker called it an administrative action.",
            )
            .step("Ask whoever runs the broker. It is tried again by itself."),
            Self::Told { code, text } => {
                let advice = Advice::new(
                    ended,
                    format!("The broker disconnected us: {}", reason_name(*code)),
                    text.as_ref().map_or_else(
                        || told(*code).to_owned(),
                        |text| format!("{} It added: {text}.", told(*code)).trim().to_owned(),
                    ),
                );
                advice.step("It is tried again by itself; if it comes back, the broker's own log says more.").evidence("reason code", format!("0x{code:02X}"))
            }
            Self::KeepAlive { interval } => Advice::new(
                broke,
                "The broker does not answer any more",
                format!(
                    "Our ping stayed without an answer for a whole keep alive interval, {}: the network went away without \
                     a word, or the broker hangs.",
                    words::wait(*interval)
                ),
            )
            .step("Check the network. It is tried again by itself.")
            .step("If it happens while large messages travel over a slow line, raise the keep alive interval."),
            Self::Stalled { after } => Advice::new(
                broke,
                "The broker does not take what we send",
                format!("Not a byte could be written for {}: the broker hangs, or the network went away without a word.", words::wait(*after)),
            )
            .step("Look at the broker's load. It is tried again by itself."),
            Self::Closed { client_id, chosen } => {
                let advice = Advice::new(
                    ended,
                    "The broker closed the connection without a reason",
                    "It may have been stopped or restarted. Brokers that speak MQTT 3.1.1 close like this also when another \
                     client with the same client ID connects, or when a message is not allowed.",
                )
                .step("Wait: it is tried again by itself.");
                let advice = if *chosen {
                    advice.remedy(
                        format!("If it happens again and again, another client may use \u{201c}{client_id}\u{201d} too: take a random one."),
                        Remedy::RandomClientId,
                    )
                } else {
                    advice
                };
                advice.evidence("client ID", client_id)
            }
            Self::Reset => Advice::new(
                broke,
                "The connection was cut",
                "The broker's computer reset it: the broker crashed or was killed, or a firewall forgot the connection.",
            )
            .step("Wait: it is tried again by itself.")
            .step("If it happens after quiet minutes, a router forgets idle connections: lower the keep alive interval."),
            Self::TlsAlert { alert } => Advice::new(
                ended,
                "The broker ended the TLS session",
                format!("It sent the alert {alert} in the middle of the session."),
            )
            .step("It is tried again by itself; if it comes back, the broker's own log says more.")
            .evidence("alert", alert),
            Self::TlsBroken { detail } => Advice::new(
                "We refused: what came was damaged",
                "The TLS session broke",
                "A record did not pass its check: something on the way changed it, or one side has a fault.",
            )
            .step("It is tried again by itself.")
            .evidence("detail", detail),
            Self::Network { kind } => {
                Advice::new(broke, "The network failed", format!("The operating system said: {kind}.")).step("Check that this computer is online. It is tried again by itself.")
            }
        }
    }
}

/// What the less common reasons mean for a person.
fn told(code: u8) -> &'static str {
    match code {
        0x87 => "Something we did is not allowed by the broker's rules: most often the topic we publish on.",
        0x8D => {
            "The broker heard nothing from us for too long; the network is very slow or this computer slept."
        }
        0x90 => "The broker does not take the topic we publish on.",
        0x93 => "We sent more than the broker had said it would take at once.",
        0x95 => "A message of ours is larger than the broker takes.",
        0x96 => "We send more often than the broker allows.",
        0x97 => "A quota of ours is used up.",
        0x9B => "The broker does not support the quality of service that is set: choose a lower one.",
        0x9C | 0x9D => "The broker wants us to use another server.",
        0xA0 => "The broker limits how long a connection may last.",
        _ => "It gave only this reason.",
    }
}
