//! What can go wrong between a click on *Connect* and an echo: one enum by stage, the evidence in the variant.
//!
//! Invariants: no text catch-all; whoever classifies an error knows who refused whom, or says that it cannot be known;
//! [`Failure::advice`] is exhaustive, so a new failure does not compile without its advice. Nothing here holds a secret.

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
            Self::RandomClientId => "Use a random client ID",
        }
    }
}

/// Why an attempt or a connection ended, by stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {}
