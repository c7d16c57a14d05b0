//! The broker said no to CONNECT or SUBSCRIBE, or said nothing.

use std::time::Duration;

use super::{Advice, Remedy, Stage, reason_name, words};
use crate::profile::{Field, Protocol, Security};

/// The broker's no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// CONNACK with a refusal (MQTT 5, section 3.2.2.2; MQTT 3.1.1, section 3.2.2.3).
    Connect {
        /// The version that was spoken: the same number means different things.
        protocol: Protocol,
        /// The reason code or return code.
        code: u8,
        /// The client ID we used.
        client_id: String,
        /// Whether we sent a user name.
        username: bool,
        /// How the connection was secured.
        security: Security,
    },
    /// SUBACK with a refusal (MQTT 5, section 3.9.3).
    Subscribe {
        /// The reason code.
        code: u8,
        /// The topic filter.
        filter: String,
    },
    /// No CONNACK in time.
    ConnectTimedOut {
        /// How long was waited.
        after: Duration,
        /// How the connection was secured.
        security: Security,
    },
    /// No SUBACK in time.
    SubscribeTimedOut {
        /// How long was waited.
        after: Duration,
    },
    /// The connection ended before CONNACK, where no client certificate can be the reason.
    HungUp {
        /// Whether the connection was reset, or closed in good order.
        reset: bool,
        /// The version that was spoken.
        protocol: Protocol,
        /// How the connection was secured.
        security: Security,
        /// The port.
        port: u16,
    },
}

/// What a refusal of CONNECT means, whichever version said it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Version,
    ClientId,
    Unavailable,
    Login,
    NotAuthorized,
    Banned,
    Busy,
    Elsewhere,
    Method,
    Other,
}

impl Refusal {
    pub(super) fn stage(&self) -> Stage {
        match self {
            Self::Connect { .. } | Self::ConnectTimedOut { .. } | Self::HungUp { .. } => Stage::Mqtt,
            Self::Subscribe { .. } | Self::SubscribeTimedOut { .. } => Stage::Subscribe,
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Connect { protocol, code, .. } => match meaning(*protocol, *code) {
                Meaning::Version => "mqtt-version-refused",
                Meaning::ClientId => "client-id-refused",
                Meaning::Unavailable => "broker-unavailable",
                Meaning::Login => "login-refused",
                Meaning::NotAuthorized => "not-authorized",
                Meaning::Banned => "banned",
                Meaning::Busy => "broker-busy",
                Meaning::Elsewhere => "use-another-broker",
                Meaning::Method => "authentication-method-refused",
                Meaning::Other => "connect-refused",
            },
            Self::Subscribe { .. } => "subscription-refused",
            Self::ConnectTimedOut { .. } => "connack-timeout",
            Self::SubscribeTimedOut { .. } => "suback-timeout",
            Self::HungUp { .. } => "hung-up-before-connack",
        }
    }

    pub(super) fn retry_helps(&self) -> bool {
        match self {
            Self::Connect { protocol, code, .. } => {
                matches!(meaning(*protocol, *code), Meaning::Unavailable | Meaning::Busy)
            }
            // Only a quota (0x97) frees itself.
            Self::Subscribe { code, .. } => *code == 0x97,
            Self::ConnectTimedOut { .. } | Self::SubscribeTimedOut { .. } | Self::HungUp { .. } => true,
        }
    }

    pub(super) fn advice(&self) -> Advice {
        match self {
            Self::Connect { protocol, code, client_id, username, security } => {
                connect(meaning(*protocol, *code), *protocol, *code, client_id, *username, *security)
                    .evidence("reason code", reason(*protocol, *code))
                    .evidence("client ID", client_id)
            }
            Self::Subscribe { code, filter } => subscribe(*code, filter)
                .evidence("reason code", reason(Protocol::V5, *code))
                .evidence("topic filter", filter),
            Self::ConnectTimedOut { after, security } => connect_timed_out(*after, *security),
            Self::SubscribeTimedOut { after } => Advice::new(
                "The broker does not answer",
                "The broker accepted us and then said nothing to our subscription",
                format!("No SUBACK came within {}. The broker is overloaded or hangs.", words::wait(*after)),
            )
            .step("The next try may succeed; if not, look at the broker's log."),
            Self::HungUp { reset, protocol, security, port } => hung_up(*reset, *protocol, *security, *port),
        }
    }
}

fn meaning(protocol: Protocol, code: u8) -> Meaning {
    match (protocol, code) {
        // A broker that only knows 3.1.1 answers an MQTT 5 CONNECT with its own return code 1.
        (_, 1) | (Protocol::V5, 0x84) => Meaning::Version,
        (Protocol::V311, 2) | (Protocol::V5, 2 | 0x85) => Meaning::ClientId,
        (Protocol::V311, 3) | (Protocol::V5, 3 | 0x88) => Meaning::Unavailable,
        (Protocol::V311, 4) | (Protocol::V5, 4 | 0x86) => Meaning::Login,
        (Protocol::V311, 5) | (Protocol::V5, 5 | 0x87) => Meaning::NotAuthorized,
        (Protocol::V5, 0x8A) => Meaning::Banned,
        (Protocol::V5, 0x89 | 0x97 | 0x9F) => Meaning::Busy,
        (Protocol::V5, 0x9C | 0x9D) => Meaning::Elsewhere,
        (Protocol::V5, 0x8C) => Meaning::Method,
        _ => Meaning::Other,
    }
}

const WHO: &str = "The broker refused the connection";

fn connect(
    meaning: Meaning,
    protocol: Protocol,
    code: u8,
    client_id: &str,
    username: bool,
    security: Security,
) -> Advice {
    match meaning {
        Meaning::Version => {
            let (spoken, other, remedy) = match protocol {
                Protocol::V5 => ("MQTT 5", "MQTT 3.1.1", Protocol::V311),
                Protocol::V311 => ("MQTT 3.1.1", "MQTT 5", Protocol::V5),
            };
            Advice::new(
                WHO,
                format!("The broker does not speak {spoken}"),
                format!("It refused the version of our CONNECT. Most brokers that do so speak {other}."),
            )
            .remedy(format!("Speak {other} with this broker."), Remedy::UseProtocol(remedy))
        }
        Meaning::ClientId => Advice::new(
            WHO,
            "The broker does not accept our client ID",
            format!("It refused \u{201c}{client_id}\u{201d}: too long, with characters it doesn't take, or not on its list."),
        )
        .remedy("Use a random client ID.", Remedy::RandomClientId)
        .step("Or ask whoever runs the broker which client ID is yours; some brokers want the certificate's common name."),
        Meaning::Unavailable => Advice::new(
            WHO,
            "The broker is there but not ready",
            "It answered that its service is unavailable now: it is starting, stopping or under maintenance.",
        )
        .step("Wait: it is tried again by itself."),
        Meaning::Login if username => Advice::new(
            WHO,
            "User name or password is wrong",
            "The certificate and TLS were fine; the broker did not accept the login that came after it.",
        )
        .step("Type the password again; mind the keyboard layout.")
        .step("Check the user name. The broker's password file is made with mosquitto_passwd."),
        Meaning::Login | Meaning::NotAuthorized => not_authorized(username, security),
        Meaning::Banned => Advice::new(
            WHO,
            "The broker has banned this client",
            "It answered that this client is banned; brokers do that after too many failed or too frequent connections.",
        )
        .step("Ask whoever runs the broker to lift the ban.")
        .remedy("A ban may be tied to the client ID: use a random one.", Remedy::RandomClientId),
        Meaning::Busy => Advice::new(
            WHO,
            "The broker has no room for us now",
            "It is busy, a quota is used up, or connections come too quickly.",
        )
        .step("Wait: it is tried again by itself, more and more slowly."),
        Meaning::Elsewhere => Advice::new(
            WHO,
            "The broker sends us to another one",
            "It has moved, or it wants us to use another server (reason code 0x9C or 0x9D).",
        )
        .step("Ask whoever runs the broker for its new address."),
        Meaning::Method => Advice::new(
            WHO,
            "The broker wants another way to authenticate",
            "It expects an enhanced authentication (MQTT 5, section 4.12), which this program does not have.",
        )
        .remedy("MQTT 3.1.1 knows only user name and password: try it.", Remedy::UseProtocol(Protocol::V311)),
        Meaning::Other => Advice::new(
            WHO,
            format!("The broker refused: {}", reason(protocol, code)),
            "It accepted TLS and refused the MQTT connection with the reason above.",
        )
        .step("The broker's own log says more: ask whoever runs it."),
    }
}

fn not_authorized(username: bool, security: Security) -> Advice {
    let mut advice = Advice::new(
        WHO,
        "The broker does not allow us in",
        if username {
            "It knows who we are, by certificate or user name, and does not allow a connection."
        } else {
            "No user name was sent, and the broker does not allow a connection without one, or not with this certificate."
        },
    );
    if !username {
        advice = advice.step("Enter the user name and the password that the broker expects.");
    }
    if security == Security::MutualTls {
        advice = advice.remedy(
            "Check that this is the certificate the broker knows.",
            Remedy::PickFile(Field::Certificate),
        );
    } else if security == Security::Tls {
        advice = advice.remedy(
            "The broker may identify clients by their certificate: present one.",
            Remedy::UseSecurity(Security::MutualTls),
        );
    }
    advice.step("In mosquitto.conf: allow_anonymous, password_file, use_identity_as_username and acl_file decide about it.")
}

fn subscribe(code: u8, filter: &str) -> Advice {
    let who = "The broker refused the subscription";
    match code {
        0x8F => Advice::new(
            who,
            format!("The broker does not accept the filter {filter}"),
            "It calls the topic filter invalid.",
        )
        .step("Check the filter; some brokers limit its depth or the use of # and +."),
        0x97 => Advice::new(who, "The broker has no room for another subscription", "A quota is used up.")
            .step("Wait: it is tried again by itself. Subscriptions of old sessions may still be held."),
        0x9E => Advice::new(
            who,
            "The broker has no shared subscriptions",
            format!("{filter} is shared, and this broker does not support that."),
        )
        .step("Subscribe to the filter without $share/group/ in front."),
        0xA2 => Advice::new(
            who,
            "The broker has no wildcards",
            format!("{filter} has a wildcard, and this broker does not support that."),
        )
        .step("Subscribe to one topic by its full name."),
        _ => Advice::new(
            who,
            format!("We may not read {filter}"),
            "The connection is fine; the broker's rules forbid this subscription, or it could not serve it.",
        )
        .step("Check the topic filter for typing errors.")
        .step("Ask whoever runs the broker to allow it; in mosquitto's acl_file that is: topic read FILTER."),
    }
}

fn connect_timed_out(after: Duration, security: Security) -> Advice {
    let advice = Advice::new(
        "Nobody answered",
        "The connection stands, but the broker does not answer our CONNECT",
        format!("The TCP connection stands, and no CONNACK came within {}.", words::wait(after)),
    );
    if security == Security::Plain {
        advice
            .remedy(
                "The port may expect TLS and wait for our greeting: switch TLS on.",
                Remedy::UseSecurity(Security::MutualTls),
            )
            .step("Or something else than a broker listens there: check the port.")
    } else {
        advice
            .step("Behind that port may be something else than a broker: check the port.")
            .step("If it is the broker, it hangs or is overloaded: look at its log.")
    }
}

fn hung_up(reset: bool, protocol: Protocol, security: Security, port: u16) -> Advice {
    let how = if reset { "cut" } else { "closed" };
    let what = format!("The broker {how} the connection instead of answering");
    let who = "The other side hung up on our CONNECT";
    let advice = if security == Security::Plain {
        let advice = Advice::new(
            who,
            format!("Port {port} does not seem to speak MQTT without TLS"),
            format!(
                "The connection was {how} as soon as our CONNECT arrived, without an answer. A port that expects TLS does that; \
                 so does something that is no broker."
            ),
        )
        .remedy("Switch TLS on.", Remedy::UseSecurity(Security::MutualTls));
        if port == 1883 {
            advice
        } else {
            advice.remedy("Plain MQTT usually has port 1883.", Remedy::UsePort(1883))
        }
    } else {
        Advice::new(
            who,
            what,
            "TLS stands, and the broker ended the connection when it saw our CONNECT: it does not speak MQTT, not this \
             version, or it limits who may connect.",
        )
    };
    match protocol {
        Protocol::V5 => advice
            .remedy("An old broker may know only MQTT 3.1.1: try it.", Remedy::UseProtocol(Protocol::V311)),
        Protocol::V311 => advice.step("The broker's own log tells the reason: ask whoever runs it."),
    }
}

/// A code with its name, in the version that said it.
fn reason(protocol: Protocol, code: u8) -> String {
    let name = match (protocol, code) {
        (_, 1) => "unacceptable protocol version",
        (_, 2) => "identifier rejected",
        (_, 3) => "server unavailable",
        (_, 4) => "bad user name or password",
        (_, 5) => "not authorized",
        (_, code) => reason_name(code),
    };
    format!("0x{code:02X} {name}")
}
