//! The handshake failed before any certificate was judged, or nobody can tell whether one was.

use std::time::Duration;

use super::super::{Advice, Answer, Remedy, words};
use crate::profile::Security;

/// Why there is no TLS session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// What came back is not TLS.
    NotTls {
        /// The port that was tried.
        port: u16,
        /// What it looks like.
        answer: Option<Answer>,
    },
    /// The peer hung up when it saw our first message.
    HungUp {
        /// The port that was tried.
        port: u16,
        /// Whether the connection was reset, or closed in good order.
        reset: bool,
    },
    /// The peer said nothing.
    TimedOut {
        /// How long was waited.
        after: Duration,
    },
    /// No TLS version in common: we speak 1.2 and 1.3.
    Version {
        /// Whether it was the broker who said so.
        told_by_broker: bool,
    },
    /// No cipher suite, key exchange or signature scheme in common.
    NothingInCommon {
        /// What is missing, in the TLS library's words.
        missing: String,
        /// Whether it was the broker who said so.
        told_by_broker: bool,
    },
    /// The broker has no certificate for this name (alert unrecognized_name).
    NameUnknown {
        /// The name we asked for.
        host: String,
    },
    /// The broker ended it with an alert that tells nothing about certificates.
    Alert {
        /// The alert's name by RFC 8446, section 6.2.
        alert: String,
        /// Whether we had been asked for a client certificate and had one.
        after_our_certificate: bool,
    },
    /// The peer breaks the rules of TLS.
    Misbehaved {
        /// How, in the TLS library's words.
        detail: String,
    },
    /// The connection broke.
    Broken {
        /// What the operating system said.
        kind: std::io::ErrorKind,
    },
}

impl Handshake {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::NotTls { .. } => "not-tls",
            Self::HungUp { .. } => "tls-hung-up",
            Self::TimedOut { .. } => "tls-timeout",
            Self::Version { .. } => "tls-version",
            Self::NothingInCommon { .. } => "tls-nothing-in-common",
            Self::NameUnknown { .. } => "tls-name-unknown",
            Self::Alert { .. } => "tls-alert",
            Self::Misbehaved { .. } => "tls-misbehaved",
            Self::Broken { .. } => "tls-broken",
        }
    }

    pub(super) fn retry_helps(&self) -> bool {
        matches!(self, Self::HungUp { .. } | Self::TimedOut { .. } | Self::Broken { .. })
    }

    pub(super) fn advice(&self) -> Advice {
        match self {
            Self::NotTls { port, answer } => {
                let told = answer.map_or(String::new(), |answer| format!(" It looks like {}.", answer.words()));
                let advice = Advice::new(
                    "We refused: what came back is not TLS",
                    format!("Port {port} does not speak TLS"),
                    format!("Our TLS greeting was answered with something else.{told} The port is probably a plain one."),
                );
                tls_port(advice, *port).remedy(
                    "Or connect without TLS: anybody on the way can read and change what is sent.",
                    Remedy::UseSecurity(Security::Plain),
                )
            }
            Self::HungUp { port, reset } => {
                let how = if *reset { "cut" } else { "closed" };
                let advice = Advice::new(
                    "The other side hung up on our TLS greeting",
                    format!("Port {port} does not seem to speak TLS"),
                    format!(
                        "The connection was {how} as soon as our TLS greeting arrived, without an answer. A plain MQTT port \
                         does that, and so does a broker whose certificate files are missing."
                    ),
                );
                tls_port(advice, *port)
                    .remedy(
                        "Or connect without TLS: anybody on the way can read and change what is sent.",
                        Remedy::UseSecurity(Security::Plain),
                    )
                    .step("If the port is the right one, the broker's own log tells why it hung up.")
            }
            Self::TimedOut { after } => Advice::new(
                "Nobody answered our TLS greeting",
                "The connection stands, but no TLS answer comes",
                format!(
                    "The TCP connection was accepted and then nothing came for {}. That is a firewall that lets connections \
                     in but no data, a broker that hangs, or another service that waits for us to speak its language.",
                    words::wait(*after)
                ),
            )
            .step("Check the port; MQTT over TLS usually has 8883.")
            .step("If it is right, restart the broker or look at its log."),
            Self::Version { told_by_broker } => Advice::new(
                if *told_by_broker { "The broker refused our TLS versions" } else { "We refused the broker's TLS version" },
                "No TLS version in common",
                "This program speaks TLS 1.2 and 1.3; the older ones are broken and forbidden (RFC 8996).",
            )
            .step("Let the broker offer TLS 1.2 or 1.3: in mosquitto.conf remove tls_version, or set it to tlsv1.2.")
            .step("If the broker is as new as that, something between decrypts the traffic: a proxy, a virus scanner."),
            Self::NothingInCommon { missing, told_by_broker } => Advice::new(
                if *told_by_broker { "The broker found nothing to agree on" } else { "We found nothing to agree on with the broker" },
                "No cipher in common",
                "Both speak TLS, but not with the same ciphers, key exchanges or signatures. This program takes the ones that \
                 TLS 1.3 has, and their TLS 1.2 equivalents with forward secrecy (ECDHE).",
            )
            .step("Let the broker offer ECDHE with AES-GCM or ChaCha20: in mosquitto.conf remove ciphers and ciphers_tls1.3.")
            .step("A broker certificate with an unusual key (RSA below 2048 bits, DSA) has the same effect.")
            .evidence("missing", missing),
            Self::NameUnknown { host } => Advice::new(
                "The broker refused the name we asked for",
                format!("The broker has no certificate for {host}"),
                "Several services share that address, and none of them has this name (alert unrecognized_name).",
            )
            .step("Check the host name; an alias or an IP address may not be known to the broker."),
            Self::Alert { alert, after_our_certificate } => {
                let advice = Advice::new(
                    "The broker ended the handshake",
                    "The broker broke the TLS handshake off",
                    format!("It sent the alert {alert}, which does not tell what it disliked."),
                );
                let advice = if *after_our_certificate {
                    advice.step("It had our client certificate by then, so that is the first suspect: the broker's log tells.")
                } else {
                    advice.step("The broker's own log tells the reason: ask whoever runs it.")
                };
                advice.evidence("alert", alert)
            }
            Self::Misbehaved { detail } => Advice::new(
                "We refused: the other side breaks the rules of TLS",
                "This is not a sound TLS server",
                "It answered in TLS, but in a way that the standard forbids. A faulty proxy between is more likely than a \
                 faulty broker.",
            )
            .step("Try from another network, to leave out proxies and virus scanners.")
            .evidence("detail", detail),
            Self::Broken { kind } => Advice::new(
                "The connection broke",
                "The connection broke during the TLS handshake",
                format!("The operating system said: {kind}."),
            )
            .step("Check the network; the next try may succeed."),
        }
    }
}

/// Which port probably speaks TLS.
fn tls_port(advice: Advice, port: u16) -> Advice {
    match port {
        8883 | 8884 => advice.step("Check in the broker's configuration which listener has a certfile."),
        _ => advice.remedy("MQTT over TLS usually has port 8883.", Remedy::UsePort(8883)),
    }
}
