//! The host name becomes addresses, or not.

use std::time::Duration;

use super::{Advice, words};

/// A host name without an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolveFailure {
    /// The name that was asked for.
    pub host: String,
    /// What the resolver said.
    pub problem: ResolveProblem,
}

/// Why there is no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResolveProblem {
    /// The name does not exist, or it has no address record.
    NotFound,
    /// The resolver could not ask: no network, or its server does not answer now.
    Unavailable,
    /// No answer in time.
    TimedOut {
        /// How long was waited.
        after: Duration,
    },
    /// Something else; the operating system's own words.
    System {
        /// As it was told to us.
        message: String,
    },
}

impl ResolveFailure {
    pub(super) fn kind(&self) -> &'static str {
        match self.problem {
            ResolveProblem::NotFound => "host-not-found",
            ResolveProblem::Unavailable => "dns-unavailable",
            ResolveProblem::TimedOut { .. } => "dns-timeout",
            ResolveProblem::System { .. } => "dns-failed",
        }
    }

    /// Names appear when a network comes up, and a laptop that wakes has none for a while.
    pub(super) fn retry_helps(&self) -> bool {
        true
    }

    pub(super) fn advice(&self) -> Advice {
        let host = &self.host;
        let who = "Nobody was asked yet: the broker's address is not known";
        let advice = match &self.problem {
            ResolveProblem::NotFound => Advice::new(
                who,
                format!("No computer is called {host}"),
                format!(
                    "The name service answered that {host} does not exist or has no address. Most often it is a typing \
                     error, or a name that only exists inside another network."
                ),
            )
            .step(format!("Check the spelling of {host}. It is the name alone, without mqtt:// in front and without a path."))
            .step("If the broker is inside a company or a home network, join that network or its VPN first.")
            .step("If you know the broker's IP address, try that; its certificate must then be valid for the address."),
            ResolveProblem::Unavailable => Advice::new(
                who,
                "This computer cannot look names up at the moment",
                format!("The name service did not answer, so {host} could not even be asked for. There is probably no network."),
            )
            .step("Check that this computer is online: open any web page.")
            .step("If it is, its DNS server is unreachable: look at the network settings or at the VPN."),
            ResolveProblem::TimedOut { after } => Advice::new(
                who,
                "Looking the name up took too long",
                format!("No answer about {host} came within {}.", words::wait(*after)),
            )
            .step("Check that this computer is online and that its DNS server answers.")
            .step("If you know the broker's IP address, try that; its certificate must then be valid for the address."),
            ResolveProblem::System { message } => Advice::new(
                who,
                format!("The address of {host} could not be found out"),
                "The operating system refused to look the name up. Its own words are below.",
            )
            .step(format!("Check the spelling of {host} and the network settings of this computer."))
            .evidence("system", message),
        };
        advice.evidence("host", host)
    }
}
