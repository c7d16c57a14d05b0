//! The errors of sockets, rustls and the MQTT client become failures that a person understands.
//!
//! Two questions decide: *when* did it happen (in the handshake, before CONNACK, in the flow), and *who had already
//! shown what to whom*. The answers are not in the errors; they are in the [`Case`].

#[cfg(test)]
mod tests;
mod tls;

use std::{error::Error, io, net::SocketAddr, sync::Arc, time::Duration};

pub(super) use tls::{Witness, accepted_names};

use super::{link::Broken, stream::First};
use crate::{
    failure::{
        Answer, Failure, Loss, ProtocolFailure, Refusal, ResolveFailure, ResolveProblem, TcpProblem,
        TlsFailure,
        tls::{Handshake, Ours, Verdict},
    },
    profile::Profile,
};

/// What ended a stream, freed of the layers it was wrapped in.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum StreamError {
    /// The peer closed in good order, or as good as many do (TLS without close_notify).
    Closed,
    /// The peer, or something on the way, cut it.
    Reset,
    /// TLS has a word for it.
    Tls(Arc<rustls::Error>),
    /// Anything else that the operating system said.
    Io(io::ErrorKind),
}

impl From<&io::Error> for StreamError {
    fn from(error: &io::Error) -> Self {
        if let Some(tls) = rustls_error(error) {
            return Self::Tls(Arc::new(tls.clone()));
        }
        match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::WriteZero => Self::Closed,
            io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
                Self::Reset
            }
            kind => Self::Io(kind),
        }
    }
}

/// Looks behind `get_ref` as well as behind `source`: `io::Error` hides a custom error from `source`'s first step.
fn rustls_error(error: &io::Error) -> Option<&rustls::Error> {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Some(tls);
        }
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

/// How far the conversation had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// In the TLS handshake.
    Handshake,
    /// CONNECT was sent, nothing was answered.
    Connect,
    /// The broker had accepted us.
    Flow,
}

/// The circumstances of an error.
#[derive(Debug)]
pub(super) struct Case<'a> {
    /// What was to be connected.
    pub(super) profile: &'a Profile,
    /// The client ID in use.
    pub(super) client_id: &'a str,
    /// The keep alive in force.
    pub(super) keep_alive: Duration,
    /// How far it had come.
    pub(super) phase: Phase,
    /// Who had shown what to whom in TLS; `None` for a plain connection.
    pub(super) witness: Option<&'a Witness>,
    /// The first bytes that came from the peer, below TLS and above it.
    pub(super) raw: First,
    pub(super) plain: First,
}

impl Case<'_> {
    /// A stream that ended by itself.
    pub(super) fn stream(&self, error: &StreamError) -> Failure {
        match (self.phase, error) {
            (Phase::Flow, error) => Failure::Lost(self.lost(error)),
            (_, StreamError::Tls(error)) => Failure::Tls(self.tls(error)),
            (Phase::Handshake, error) => Failure::Tls(self.handshake_broke(error)),
            (Phase::Connect, error) => self.connect_broke(error),
        }
    }

    /// What the MQTT client could not go on after; `stream` is what ended the stream, where that was the reason.
    pub(super) fn mqtt(&self, broken: Broken, stream: Option<&StreamError>) -> Failure {
        let connected = self.phase == Phase::Flow;
        match broken {
            Broken::Stream => self.stream(stream.unwrap_or(&StreamError::Closed)),
            Broken::Silent { after } => self.no_answer(after),
            Broken::Refused(code) => Failure::Refused(Refusal::Connect {
                protocol: self.profile.protocol,
                code,
                client_id: self.client_id.to_owned(),
                username: self.profile.username.is_some(),
                security: self.profile.security,
            }),
            Broken::Told { code, text } => Failure::Lost(self.told(code, text)),
            Broken::PingUnanswered => Failure::Lost(Loss::KeepAlive { interval: self.keep_alive }),
            Broken::Unreadable(_) if !connected && !self.speaks_mqtt() => self.not_mqtt(),
            Broken::Unreadable(detail) | Broken::Violation(detail) => {
                Failure::Protocol(ProtocolFailure::Violation { connected, detail })
            }
            Broken::SessionMismatch { session_present } => {
                Failure::Protocol(ProtocolFailure::SessionMismatch { session_present })
            }
            Broken::TooLarge { bytes, limit } => {
                Failure::Protocol(ProtocolFailure::PacketTooLarge { bytes, limit })
            }
        }
    }

    /// No CONNACK in time.
    fn no_answer(&self, after: Duration) -> Failure {
        self.strange_greeting()
            .unwrap_or(Failure::Refused(Refusal::ConnectTimedOut { after, security: self.profile.security }))
    }

    /// An answer to CONNECT that the MQTT client still waited for the rest of, because it is no MQTT, or MQTT of another
    /// version: a broker that only knows 3.1.1 answers MQTT 5 with its own, shorter CONNACK.
    fn strange_greeting(&self) -> Option<Failure> {
        match self.plain.as_slice() {
            [] => None,
            [0x20, 2, _, code @ 1..=5] => Some(self.mqtt(Broken::Refused(*code), None)),
            _ => (!self.speaks_mqtt()).then(|| self.not_mqtt()),
        }
    }

    fn speaks_mqtt(&self) -> bool {
        Answer::guess(self.plain.as_slice()) == Some(Answer::Mqtt)
    }

    fn not_mqtt(&self) -> Failure {
        Failure::Protocol(ProtocolFailure::NotMqtt {
            port: self.profile.port,
            security: self.profile.security,
            answer: Answer::guess(self.plain.as_slice()),
        })
    }

    fn told(&self, code: u8, text: Option<String>) -> Loss {
        match code {
            0x8B => Loss::ShuttingDown,
            0x8E => Loss::TakenOver {
                client_id: self.client_id.to_owned(),
                chosen: self.profile.client_id.is_some(),
            },
            0x98 => Loss::Kicked,
            code => Loss::Told { code, text },
        }
    }

    fn lost(&self, error: &StreamError) -> Loss {
        match error {
            StreamError::Closed => Loss::Closed {
                client_id: self.client_id.to_owned(),
                chosen: self.profile.client_id.is_some(),
            },
            StreamError::Reset => Loss::Reset,
            StreamError::Io(kind) => Loss::Network { kind: *kind },
            StreamError::Tls(error) => match &**error {
                rustls::Error::AlertReceived(alert) => Loss::TlsAlert { alert: tls::alert_name(*alert) },
                error => Loss::TlsBroken { detail: error.to_string() },
            },
        }
    }

    /// The stream ended in the handshake and TLS has no word for it.
    fn handshake_broke(&self, error: &StreamError) -> TlsFailure {
        let reset = *error == StreamError::Reset;
        if let Some(verdict) = self.after_our_certificate(reset) {
            return verdict;
        }
        TlsFailure::Handshake(match error {
            StreamError::Io(kind) => Handshake::Broken { kind: *kind },
            _ if self.raw.as_slice().is_empty() => Handshake::HungUp { port: self.profile.port, reset },
            _ => Handshake::Broken {
                kind: if reset { io::ErrorKind::ConnectionReset } else { io::ErrorKind::UnexpectedEof },
            },
        })
    }

    /// The stream ended between CONNECT and CONNACK.
    fn connect_broke(&self, error: &StreamError) -> Failure {
        let reset = *error == StreamError::Reset;
        if let StreamError::Io(kind) = error {
            return Failure::Lost(Loss::Network { kind: *kind });
        }
        self.strange_greeting().or_else(|| self.after_our_certificate(reset).map(Failure::Tls)).unwrap_or(
            Failure::Refused(Refusal::HungUp {
                reset,
                protocol: self.profile.protocol,
                security: self.profile.security,
                port: self.profile.port,
            }),
        )
    }

    /// Silence after the broker had asked for our certificate speaks about the certificate.
    fn after_our_certificate(&self, reset: bool) -> Option<TlsFailure> {
        let witness = self.witness.filter(|witness| witness.asked)?;
        let verdict = if witness.ours.is_some() {
            Verdict::ProbablyRefused { reset }
        } else {
            Verdict::Wanted { certain: false }
        };
        Some(TlsFailure::Ours(Box::new(Ours {
            verdict,
            port: self.profile.port,
            presented: witness.ours.clone(),
            accepted: witness.accepted.clone(),
            alert: None,
        })))
    }
}

/// The resolver's error. Its kind says nothing, so that the operating systems' own words have to be read.
pub(super) fn resolve(host: &str, error: &io::Error) -> Failure {
    /// WSAHOST_NOT_FOUND, WSANO_DATA.
    const WINDOWS_NOT_FOUND: [i32; 2] = [11_001, 11_004];
    /// WSATRY_AGAIN, WSANO_RECOVERY.
    const WINDOWS_UNAVAILABLE: [i32; 2] = [11_002, 11_003];
    let message = error.to_string();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    let code = error.raw_os_error().unwrap_or_default();
    let problem =
        if WINDOWS_UNAVAILABLE.contains(&code) || says(&["emporary failure", "ry again", "EAI_AGAIN"]) {
            ResolveProblem::Unavailable
        } else if WINDOWS_NOT_FOUND.contains(&code)
            || says(&[
                "not known",
                "No address associated",
                "nodename nor servname",
                "not found",
                "does not exist",
                "No such host",
            ])
        {
            ResolveProblem::NotFound
        } else {
            ResolveProblem::System { message }
        };
    Failure::Resolve(ResolveFailure { host: host.to_owned(), problem })
}

/// What a TCP connection's error means.
pub(super) fn tcp(error: &io::Error, address: SocketAddr, after: Duration) -> crate::failure::Tried {
    let problem = match error.kind() {
        io::ErrorKind::ConnectionRefused => TcpProblem::Refused,
        io::ErrorKind::TimedOut => TcpProblem::TimedOut { after },
        io::ErrorKind::HostUnreachable => TcpProblem::NoRoute,
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown | io::ErrorKind::AddrNotAvailable => {
            TcpProblem::NetworkUnreachable
        }
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => TcpProblem::Reset,
        io::ErrorKind::PermissionDenied => TcpProblem::Denied,
        kind => TcpProblem::Other(kind),
    };
    crate::failure::Tried { address, problem }
}
