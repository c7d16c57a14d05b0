//! A TCP connection to one of the addresses, or not.

use std::{io, net::SocketAddr, time::Duration};

use super::{Advice, Remedy, words};

/// No address let us in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TcpFailure {
    /// The name the addresses belong to.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Every address that was tried and what came of it, in the order of the attempts. Never empty.
    pub tried: Vec<Tried>,
}

/// One address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Where.
    pub address: SocketAddr,
    /// What happened.
    pub problem: TcpProblem,
}

/// Why a connection did not come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TcpProblem {
    /// The computer is there and nothing listens on the port.
    Refused,
    /// Nothing answered at all.
    TimedOut {
        /// How long was waited.
        after: Duration,
    },
    /// A router on the way knows no way to that computer.
    NoRoute,
    /// This computer has no network that leads there.
    NetworkUnreachable,
    /// The other side answered and hung up at once.
    Reset,
    /// This computer forbids it: a local firewall or a sandbox.
    Denied,
    /// Anything else that the operating system said.
    Other(io::ErrorKind),
}

impl TcpProblem {
    /// How much it tells: with several addresses the most telling answer is shown.
    fn weight(self) -> u8 {
        match self {
            Self::Refused => 6,
            Self::Reset => 5,
            Self::Denied => 4,
            Self::TimedOut { .. } => 3,
            Self::NoRoute => 2,
            Self::NetworkUnreachable => 1,
            Self::Other(_) => 0,
        }
    }

    fn word(self) -> String {
        match self {
            Self::Refused => "refused".to_owned(),
            Self::TimedOut { after } => format!("no answer in {}", words::wait(after)),
            Self::NoRoute => "no route".to_owned(),
            Self::NetworkUnreachable => "network unreachable".to_owned(),
            Self::Reset => "reset".to_owned(),
            Self::Denied => "forbidden by this computer".to_owned(),
            Self::Other(kind) => kind.to_string(),
        }
    }
}

impl TcpFailure {
    /// The most telling of the answers.
    #[must_use]
    pub fn problem(&self) -> TcpProblem {
        self.tried
            .iter()
            .map(|tried| tried.problem)
            .max_by_key(|problem| problem.weight())
            .unwrap_or(TcpProblem::Other(io::ErrorKind::Other))
    }

    pub(super) fn kind(&self) -> &'static str {
        match self.problem() {
            TcpProblem::Refused => "connection-refused",
            TcpProblem::TimedOut { .. } => "connect-timeout",
            TcpProblem::NoRoute => "no-route",
            TcpProblem::NetworkUnreachable => "network-unreachable",
            TcpProblem::Reset => "connect-reset",
            TcpProblem::Denied => "connect-denied",
            TcpProblem::Other(_) => "connect-failed",
        }
    }

    /// Brokers restart, networks come up.
    pub(super) fn retry_helps(&self) -> bool {
        !matches!(self.problem(), TcpProblem::Denied)
    }

    pub(super) fn advice(&self) -> Advice {
        let place = format!("{}:{}", self.host, self.port);
        let mut advice = self.told(&place);
        for tried in &self.tried {
            advice = advice.evidence("tried", format!("{}: {}", tried.address, tried.problem.word()));
        }
        advice
    }

    fn told(&self, place: &str) -> Advice {
        let nobody = "Nobody answered";
        match self.problem() {
            TcpProblem::Refused => self.other_port(
                Advice::new(
                    "The computer answered, but no broker is behind that port",
                    format!("Nothing listens on {place}"),
                    format!(
                        "The computer is there and refused the connection: no program waits on port {}. The broker is not \
                         running, or it listens on another port or only on another address.",
                        self.port
                    ),
                )
                .step("Check that the broker runs, and on which port: mosquitto.conf has it after the word listener."),
            ),
            TcpProblem::TimedOut { after } => self.other_port(
                Advice::new(
                    nobody,
                    format!("{place} does not answer"),
                    format!(
                        "Not even a refusal came within {}. That is what a firewall does that drops what it does not like, \
                         and also a computer that is off or an address that nobody has.",
                        words::wait(after)
                    ),
                )
                .step(format!("Ask whoever runs the network whether port {} is open from here; many companies only let web traffic out.", self.port))
                .step("Check that the broker's computer is on, and that the address is its own."),
            ),
            TcpProblem::NoRoute => Advice::new(
                nobody,
                format!("There is no way to {place}"),
                "A router on the way answered that the computer cannot be reached: it is off, or it is in a network that \
                 this one is not connected with.",
            )
            .step("Check that the broker's computer is on and in a network you can reach; join its VPN if it has one."),
            TcpProblem::NetworkUnreachable => Advice::new(
                nobody,
                "This computer has no network that leads to the broker",
                format!("No connection to {place} could even be tried: there is no network, or none that speaks this kind of address."),
            )
            .step("Check that this computer is online."),
            TcpProblem::Reset => Advice::new(
                "Something on the way hung up",
                format!("{place} hung up at once"),
                "The connection was accepted and cut before a byte was exchanged. A firewall, a proxy or a tunnel without a \
                 broker behind it does that.",
            )
            .step("Check what stands between: a tunnel, a port forwarding, a container's published port."),
            TcpProblem::Denied => Advice::new(
                "This computer forbids it",
                format!("The operating system forbids a connection to {place}"),
                "A firewall or a sandbox on this computer does not let this program out.",
            )
            .step("Allow Echo Monitor in this computer's firewall, then connect again."),
            TcpProblem::Other(kind) => Advice::new(
                nobody,
                format!("No connection to {place}"),
                format!("The operating system said: {kind}."),
            )
            .step("Check the host, the port, and that this computer is online."),
        }
    }

    /// The ports brokers use, where another one is more likely than the one that was tried.
    fn other_port(&self, advice: Advice) -> Advice {
        let usual = match self.port {
            1883 | 8883 | 8884 => return advice,
            _ if self.host == "test.mosquitto.org" => 8884,
            _ => 8883,
        };
        advice.remedy(format!("MQTT over TLS usually has port {usual}."), Remedy::UsePort(usual))
    }
}
