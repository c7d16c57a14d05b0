//! No failure, but something that a person would want to know about a connection that works.

use std::time::{Duration, SystemTime};

use super::Advice;
use crate::{
    credentials::{Severity, facts::when},
    profile::Qos,
};

/// How long a receiver delays an acknowledgement (Linux: 40 ms), and how far around it a wait still speaks for it: a
/// computer that is busy wakes late.
const PLATEAU: std::ops::RangeInclusive<Duration> = Duration::from_millis(38)..=Duration::from_millis(60);
/// A line whose TCP handshake takes longer than this may well have such round trips by its length.
const NEAR: Duration = Duration::from_millis(15);
/// Of fewer answers a median says nothing.
const ANSWERS: u64 = 8;
/// A broker's certificate that ends within this time is told.
const SOON: Duration = Duration::from_secs(14 * 24 * 3_600);

/// Something worth knowing about a connection that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// The broker holds small packets back until the one before is acknowledged.
    DelayedAcknowledgements {
        /// One in twenty of its answers takes so long or longer.
        slow: Duration,
        /// How long the TCP handshake took: one round trip of the line itself.
        tcp: Duration,
    },
    /// The broker's certificate is of X.509 version 1, and this profile allows that.
    VersionOneServer {
        /// Its name.
        name: String,
    },
    /// The broker's certificate ends soon.
    ServerEndsSoon {
        /// Its name.
        name: String,
        /// When it ends.
        end: SystemTime,
        /// This computer's clock.
        now: SystemTime,
    },
    /// We have a client certificate, and the broker did not ask for it.
    CertificateNotAsked,
    /// The subscription got a lower QoS than it asked for.
    LowerQos {
        /// Asked for.
        asked: Qos,
        /// Granted.
        granted: Qos,
    },
    /// The broker delivers our own echoes back to us.
    HearsItself {
        /// The topic filter of the subscription.
        filter: String,
        /// The topic of the echoes.
        topic: String,
    },
}

impl Hint {
    /// The broker waits with each small packet for the acknowledgement of the one before (Nagle's algorithm, RFC 896), and
    /// our side's delayed acknowledgement keeps it waiting: near 40 ms over a line that is much faster. It meets only the
    /// packets that follow another closely, so that of all answers a part is enough: `slow` is their 95th percentile.
    #[must_use]
    pub fn delayed_acknowledgements(answers: u64, slow: Duration, tcp: Duration) -> Option<Self> {
        let suspicious = answers >= ANSWERS && PLATEAU.contains(&slow) && tcp <= NEAR;
        suspicious.then_some(Self::DelayedAcknowledgements { slow, tcp })
    }

    /// Whether the broker's certificate, which is valid now, soon won't be.
    #[must_use]
    pub fn ends_soon(name: &str, end: SystemTime, now: SystemTime) -> Option<Self> {
        let soon = end.duration_since(now).is_ok_and(|left| left < SOON);
        soon.then(|| Self::ServerEndsSoon { name: name.to_owned(), end, now })
    }

    /// A stable name for machines, in kebab case.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::DelayedAcknowledgements { .. } => "delayed-acknowledgements",
            Self::VersionOneServer { .. } => "broker-certificate-version-1-allowed",
            Self::ServerEndsSoon { .. } => "broker-certificate-ends-soon",
            Self::CertificateNotAsked => "client-certificate-not-asked",
            Self::LowerQos { .. } => "lower-qos",
            Self::HearsItself { .. } => "hears-itself",
        }
    }

    /// Never an error: the connection works.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self {
            Self::DelayedAcknowledgements { .. }
            | Self::VersionOneServer { .. }
            | Self::ServerEndsSoon { .. }
            | Self::CertificateNotAsked
            | Self::LowerQos { .. } => Severity::Warning,
            Self::HearsItself { .. } => Severity::Info,
        }
    }

    /// What it is, why, and what to do.
    #[must_use]
    pub fn advice(&self) -> Advice {
        match self {
            Self::DelayedAcknowledgements { slow, tcp } => delayed(*slow, *tcp),
            Self::VersionOneServer { name } => Advice::new(
                "Nobody refused anything: this profile allows it",
                "The broker's certificate is of X.509 version 1",
                format!(
                    "Version 1 cannot say what a certificate is for, so that any certificate of this CA, also a client's, \
                     could pass itself off as {name}. Its signature, dates and common name were checked."
                ),
            )
            .step("Have it issued again as version 3, with the host name as subjectAltName, and stop allowing version 1."),
            Self::ServerEndsSoon { name, end, now } => Advice::new(
                "Nobody refused anything yet",
                format!("The broker's certificate {}", when::countdown(*end, *now)),
                format!("The certificate of {name} is valid until {}. From then on every client refuses it.", when::date(*end)),
            )
            .step("The broker needs a new certificate before that: tell whoever runs it."),
            Self::CertificateNotAsked => Advice::new(
                "Nobody refused anything: the broker did not ask",
                "The broker did not ask for our certificate",
                "It lets us in without one, so nothing was proved about it: neither that the broker knows its issuer nor that \
                 it is still good.",
            )
            .step("If it was meant to: check the port. test.mosquitto.org asks on 8884 and not on 8883.")
            .step("With a Mosquitto of your own: require_certificate true, under the listener."),
            Self::LowerQos { asked, granted } => Advice::new(
                "Nobody refused anything: the broker gave less",
                format!("The broker granted QoS {}", u8::from(*granted)),
                format!(
                    "The subscription asked for QoS {}. What gets lost between the broker and us is not sent again as that \
                     QoS would have it.",
                    u8::from(*asked)
                ),
            )
            .step("Look for a limit in the broker's configuration; in mosquitto.conf it is max_qos."),
            Self::HearsItself { filter, topic } => Advice::new(
                "Nobody refused anything",
                "Our own echoes come back to us",
                format!(
                    "The filter {filter} matches the topic {topic} of the echoes. They are known by their topic and not echoed \
                     again, but each costs a delivery."
                ),
            )
            .step("Use a filter that leaves that topic out."),
        }
    }
}

fn delayed(slow: Duration, tcp: Duration) -> Advice {
    Advice::new(
        "Nobody refused anything: the broker is slower than it need be",
        "The broker probably sends without TCP_NODELAY",
        format!(
            "One in twenty of its answers takes {} ms or more, while the line itself needs {} ms. Waits of about 40 ms come \
             from a broker that holds small packets back until the one before is acknowledged.",
            slow.as_millis(),
            tcp.as_millis().max(1)
        ),
    )
    .step("With Mosquitto: add set_tcp_nodelay true to mosquitto.conf and restart it.")
    .evidence("broker round trip, 95 %", format!("{:.1} ms", slow.as_secs_f64() * 1e3))
    .evidence("TCP handshake", format!("{:.1} ms", tcp.as_secs_f64() * 1e3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plateau_on_a_fast_line_is_suspicious() {
        let ms = Duration::from_millis;
        let hint = |answers, slow, tcp| Hint::delayed_acknowledgements(answers, ms(slow), ms(tcp));
        assert!(hint(20, 42, 1).is_some());
        assert!(hint(3, 42, 1).is_none(), "too few answers");
        assert!(hint(20, 42, 40).is_none(), "the line is that long");
        assert!(hint(20, 1, 1).is_none());
        assert!(hint(20, 100, 1).is_none());
    }

    #[test]
    fn a_certificate_that_has_ended_is_no_hint() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000);
        let day = Duration::from_secs(24 * 3_600);
        assert!(Hint::ends_soon("b", now + day * 3, now).is_some());
        assert!(Hint::ends_soon("b", now + day * 30, now).is_none());
        assert!(Hint::ends_soon("b", now - day, now).is_none(), "that is a failure");
    }
}
