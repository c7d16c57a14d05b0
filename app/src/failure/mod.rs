//! What can go wrong between a click on *Connect* and an echo: one enum by stage, the evidence in the variant.
//!
//! Invariants: no text catch-all; whoever classifies an error knows who refused whom, or says that it cannot be known;
//! [`Failure::advice`] is exhaustive, so a new failure does not compile without its advice. Nothing here holds a secret.
//!
//! This module is pure: it only knows what was seen. `session::classify` turns the errors of sockets, rustls and the MQTT
//! client into these types. One file holds one stage: what can fail there, and what to tell about it.

mod credentials;
mod hint;
mod lost;
mod protocol;
mod reason;
mod refused;
mod resolve;
mod tcp;
#[cfg(test)]
mod tests;
pub mod tls;
mod words;

pub use credentials::CredentialFailure;
pub use hint::Hint;
pub use lost::Loss;
pub use protocol::{Answer, ProtocolFailure};
pub use reason::reason_name;
pub use refused::Refusal;
pub use resolve::{ResolveFailure, ResolveProblem};
pub use tcp::{TcpFailure, TcpProblem, Tried};
pub use tls::TlsFailure;

/// The rungs of the connection ladder, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Credentials are read and judged, before anything is sent.
    Credentials,
    /// The host name becomes addresses.
    Dns,
    /// A TCP connection to one of them.
    Tcp,
    /// The TLS handshake.
    Tls,
    /// CONNECT and CONNACK.
    Mqtt,
    /// SUBSCRIBE and SUBACK.
    Subscribe,
    /// Connected and subscribed; messages flow.
    Flow,
}

impl Stage {
    /// Its name for programs: in JSON lines, reports and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Mqtt => "mqtt",
            Self::Subscribe => "subscribe",
            Self::Flow => "flow",
        }
    }
}

/// What a person reads when something failed: what happened, why, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// Who refused whom, for the line above the headline: "We refused the broker's certificate".
    pub who: String,
    /// One line: "The broker's certificate is for another name".
    pub what: String,
    /// One or two sentences in plain words with the evidence in them.
    pub why: String,
    /// What to do, most likely first.
    pub next: Vec<Step>,
    /// For the expert, folded away: name and value.
    pub evidence: Vec<(&'static str, String)>,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// A sentence.
    pub text: String,
    /// Set where the app can do it itself: the view draws a button.
    pub remedy: Option<Remedy>,
}

/// What the app can do about a failure by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Connect to this name instead.
    UseHost(String),
    /// Connect to this port instead.
    UsePort(u16),
    /// Change how the connection is secured.
    UseSecurity(crate::profile::Security),
    /// Change the MQTT version.
    UseProtocol(crate::profile::Protocol),
    /// Let the broker have an X.509 version 1 certificate.
    AllowV1Server,
    /// Exchange the certificate and the key file.
    SwapFiles,
    /// Open the file dialog of a credential row.
    PickFile(crate::profile::Field),
    /// Ask for the passphrase.
    AskPassphrase,
    /// Show how to get certificates.
    GetCertificates,
    /// Show how to get another certificate for the key that is chosen.
    RenewCertificate,
    /// Show how to make a throw-away CA and what it signs, for a broker of this name.
    MakeLocalCa(String),
    /// Put this command on the clipboard.
    CopyCommand(String),
    /// Use a random client ID.
    RandomClientId,
}

impl Remedy {
    /// What stands on the button.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::UseHost(_) => "Use this name",
            Self::UsePort(_) => "Use this port",
            Self::UseSecurity(_) | Self::UseProtocol(_) => "Switch",
            Self::AllowV1Server => "Allow it for this profile",
            Self::SwapFiles => "Swap them",
            Self::PickFile(_) => "Choose a file",
            Self::AskPassphrase => "Enter the passphrase",
            Self::GetCertificates => "Get certificates",
            Self::RenewCertificate => "Renew it",
            Self::MakeLocalCa(_) => "Make all of it",
            Self::CopyCommand(_) => "Copy the command",
            Self::RandomClientId => "Use a random client ID",
        }
    }
}

/// Why an attempt or a connection ended, by stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The credentials cannot be used; nothing was sent.
    Credentials(CredentialFailure),
    /// The host name has no address.
    Resolve(ResolveFailure),
    /// No TCP connection.
    Tcp(TcpFailure),
    /// No TLS session, or the peer took it back: a TLS 1.3 broker refuses a client certificate after the handshake.
    Tls(TlsFailure),
    /// The broker said no to CONNECT or SUBSCRIBE, or did not answer.
    Refused(Refusal),
    /// What came is not the MQTT that was agreed.
    Protocol(ProtocolFailure),
    /// A working connection ended.
    Lost(Loss),
}

impl Failure {
    /// The rung of the ladder that failed.
    ///
    /// It may be an earlier one than the rung that was running: in TLS 1.3 the broker judges our certificate after our
    /// side of the handshake is done, so that its refusal arrives while we wait for CONNACK (RFC 8446, section 4.4.2.4).
    #[must_use]
    pub fn stage(&self) -> Stage {
        match self {
            Self::Credentials(_) => Stage::Credentials,
            Self::Resolve(_) => Stage::Dns,
            Self::Tcp(_) => Stage::Tcp,
            Self::Tls(_) => Stage::Tls,
            Self::Refused(refusal) => refusal.stage(),
            Self::Protocol(failure) => failure.stage(),
            Self::Lost(_) => Stage::Flow,
        }
    }

    /// A stable name for machines, in kebab case.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Credentials(failure) => failure.kind(),
            Self::Resolve(failure) => failure.kind(),
            Self::Tcp(failure) => failure.kind(),
            Self::Tls(failure) => failure.kind(),
            Self::Refused(refusal) => refusal.kind(),
            Self::Protocol(failure) => failure.kind(),
            Self::Lost(loss) => loss.kind(),
        }
    }

    /// What happened, why, and what to do.
    #[must_use]
    pub fn advice(&self) -> Advice {
        match self {
            Self::Credentials(failure) => failure.advice(),
            Self::Resolve(failure) => failure.advice(),
            Self::Tcp(failure) => failure.advice(),
            Self::Tls(failure) => failure.advice(),
            Self::Refused(refusal) => refusal.advice(),
            Self::Protocol(failure) => failure.advice(),
            Self::Lost(loss) => loss.advice(),
        }
    }

    /// Whether the same attempt may succeed later without anybody changing something.
    ///
    /// Where it is false the session waits for a person: trying again would only fill the broker's log, and in the case
    /// of two clients with one client ID it would throw the other one out again and again.
    #[must_use]
    pub fn retry_helps(&self) -> bool {
        match self {
            Self::Credentials(_) => false,
            Self::Resolve(failure) => failure.retry_helps(),
            Self::Tcp(failure) => failure.retry_helps(),
            Self::Tls(failure) => failure.retry_helps(),
            Self::Refused(refusal) => refusal.retry_helps(),
            Self::Protocol(failure) => failure.retry_helps(),
            Self::Lost(loss) => loss.retry_helps(),
        }
    }
}

impl Advice {
    /// Without steps and evidence yet.
    fn new(who: &str, what: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            who: who.to_owned(),
            what: what.into(),
            why: why.into(),
            next: Vec::new(),
            evidence: Vec::new(),
        }
    }

    /// Something a person has to do.
    fn step(mut self, text: impl Into<String>) -> Self {
        self.next.push(Step { text: text.into(), remedy: None });
        self
    }

    /// Something the app can do.
    fn remedy(mut self, text: impl Into<String>, remedy: Remedy) -> Self {
        self.next.push(Step { text: text.into(), remedy: Some(remedy) });
        self
    }

    /// Everything new, for who runs the broker too.
    fn own_broker(self, host: &str) -> Self {
        self.remedy(
            format!(
                "For a broker of your own, all of it new: echo-monitor certs local --name {host} --out FOLDER"
            ),
            Remedy::MakeLocalCa(host.to_owned()),
        )
    }

    /// A line for the expert.
    fn evidence(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.evidence.push((name, value.into()));
        self
    }
}
