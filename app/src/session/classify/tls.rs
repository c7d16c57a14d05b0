//! What rustls says, in the light of what had been shown.

use std::time::{Duration, SystemTime};

use rustls::{
    AlertDescription, CertificateError, Error, PeerIncompatible,
    pki_types::{CertificateDer, UnixTime},
};
use x509_parser::prelude::{FromDer, X509Name};

use super::{Case, Phase};
use crate::{
    credentials::facts::{Algorithm, Certificate, SHOWN, printable},
    failure::{
        Answer, TlsFailure,
        tls::{Handshake, Objection, Ours, Reason, Theirs, Unfit, Verdict},
    },
};

/// Who had shown what to whom when it failed.
#[derive(Clone, Debug, Default)]
pub(in crate::session) struct Witness {
    /// The chain the broker presented, its own certificate first. Empty where it did not come to that.
    pub(in crate::session) chain: Vec<CertificateDer<'static>>,
    /// Whether the broker asked for a client certificate.
    pub(in crate::session) asked: bool,
    /// The certificate we presented when asked.
    pub(in crate::session) ours: Option<Certificate>,
    /// Whose certificates the broker said it accepts.
    pub(in crate::session) accepted: Vec<String>,
    /// The CAs we trust, by name; empty for the operating system's store.
    pub(in crate::session) trusted: Vec<String>,
}

impl Witness {
    fn presented(&self) -> Option<Certificate> {
        self.chain.first().and_then(|certificate| Certificate::parse(certificate).ok())
    }

    /// What the broker presented with its certificate.
    fn above(&self) -> Vec<Certificate> {
        let above = self.chain.iter().take(SHOWN).skip(1);
        above.filter_map(|certificate| Certificate::parse(certificate).ok()).collect()
    }
}

impl Case<'_> {
    pub(super) fn tls(&self, error: &Error) -> TlsFailure {
        match error {
            Error::InvalidCertificate(objection) => self.theirs(objection),
            Error::NoCertificatesPresented => self.objection(Objection::Unfit(Unfit::Absent)),
            Error::AlertReceived(alert) => self.alert(*alert),
            Error::PeerIncompatible(
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
                | PeerIncompatible::Tls12NotOffered
                | PeerIncompatible::Tls12NotOfferedOrEnabled
                | PeerIncompatible::SupportedVersionsExtensionRequired,
            ) => TlsFailure::Handshake(Handshake::Version { told_by_broker: false }),
            Error::PeerIncompatible(missing) => TlsFailure::Handshake(Handshake::NothingInCommon {
                missing: format!("{missing:?}"),
                told_by_broker: false,
            }),
            error
                if self.phase == Phase::Handshake
                    && !self.raw.as_slice().is_empty()
                    && !self.answered_in_tls() =>
            {
                let _ = error;
                TlsFailure::Handshake(Handshake::NotTls {
                    port: self.profile.port,
                    answer: Answer::guess(self.raw.as_slice()),
                })
            }
            error => TlsFailure::Handshake(Handshake::Misbehaved { detail: error.to_string() }),
        }
    }

    fn answered_in_tls(&self) -> bool {
        Answer::guess(self.raw.as_slice()) == Some(Answer::Tls)
    }

    /// We refused theirs.
    fn theirs(&self, error: &CertificateError) -> TlsFailure {
        let presented = self.witness.and_then(Witness::presented);
        self.objection(match error {
            CertificateError::ExpiredContext { time, not_after } => {
                Objection::Expired { now: system_time(*time), not_after: system_time(*not_after) }
            }
            CertificateError::NotValidYetContext { time, not_before } => {
                Objection::NotYetValid { now: system_time(*time), not_before: system_time(*not_before) }
            }
            CertificateError::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
                Objection::WrongName { names: presented.iter().map(|name| plain_name(name)).collect() }
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                match presented.map(|presented| host_names(&presented)) {
                    Some(names) if !names.is_empty() => Objection::WrongName { names },
                    _ => Objection::NoNames,
                }
            }
            CertificateError::UnknownIssuer => self.unknown_issuer(presented.as_ref()),
            // Where our CA has the issuer's name but another key, the signature is what fails; and a signature by a key that
            // is too short is not even looked at.
            CertificateError::BadSignature => match short_key(presented.as_ref()) {
                Some(bits) => Objection::Unfit(Unfit::WeakKey { bits }),
                None => self.unknown_issuer(presented.as_ref()),
            },
            CertificateError::InvalidPurposeContext { presented, .. } => {
                Objection::Unfit(Unfit::WrongPurpose {
                    purposes: presented.iter().map(ToString::to_string).collect(),
                })
            }
            error => Objection::Unfit(unfit(error, presented.as_ref())),
        })
    }

    fn unknown_issuer(&self, presented: Option<&Certificate>) -> Objection {
        let trusted = self.witness.map_or_else(Vec::new, |witness| witness.trusted.clone());
        let missing = self
            .witness
            .and_then(|witness| witness.chain.last())
            .and_then(|certificate| Certificate::parse(certificate).ok())
            .map(|last| last.issuer_name);
        let same_name = presented.is_some_and(|presented| !presented.self_issued())
            && missing.as_ref().is_some_and(|missing| trusted.contains(missing));
        Objection::UnknownIssuer { trusted, same_name, missing }
    }

    fn objection(&self, objection: Objection) -> TlsFailure {
        TlsFailure::Theirs(Box::new(Theirs {
            host: self.profile.host.as_str().to_owned(),
            objection,
            presented: self.witness.and_then(Witness::presented),
            above: self.witness.map_or_else(Vec::new, Witness::above),
        }))
    }

    /// They refused something.
    fn alert(&self, alert: AlertDescription) -> TlsFailure {
        let nothing_shown = self.witness.is_some_and(|witness| witness.asked && witness.ours.is_none());
        let shown = self.witness.is_some_and(|witness| witness.ours.is_some());
        let verdict = match alert {
            AlertDescription::CertificateRequired => Some(Verdict::Wanted { certain: true }),
            AlertDescription::HandshakeFailure if nothing_shown => Some(Verdict::Wanted { certain: false }),
            alert => reason(alert).and_then(|reason| {
                // A refusal of a certificate that was never shown can only mean that one is wanted.
                if shown {
                    Some(Verdict::Refused(reason))
                } else {
                    nothing_shown.then_some(Verdict::Wanted { certain: false })
                }
            }),
        };
        if let Some(verdict) = verdict {
            let witness = self.witness.cloned().unwrap_or_default();
            return TlsFailure::Ours(Box::new(Ours {
                verdict,
                port: self.profile.port,
                presented: witness.ours,
                accepted: witness.accepted,
                alert: Some(alert_name(alert)),
            }));
        }
        TlsFailure::Handshake(match alert {
            AlertDescription::ProtocolVersion => Handshake::Version { told_by_broker: true },
            AlertDescription::InsufficientSecurity => {
                Handshake::NothingInCommon { missing: alert_name(alert), told_by_broker: true }
            }
            AlertDescription::HandshakeFailure if !shown => {
                Handshake::NothingInCommon { missing: alert_name(alert), told_by_broker: true }
            }
            AlertDescription::UnrecognisedName => {
                Handshake::NameUnknown { host: self.profile.host.as_str().to_owned() }
            }
            alert => Handshake::Alert { alert: alert_name(alert), after_our_certificate: shown },
        })
    }
}

/// Alerts that are about a certificate (RFC 8446, section 6.2).
fn reason(alert: AlertDescription) -> Option<Reason> {
    Some(match alert {
        AlertDescription::UnknownCA => Reason::UnknownCa,
        AlertDescription::CertificateExpired => Reason::Expired,
        AlertDescription::CertificateRevoked => Reason::Revoked,
        AlertDescription::BadCertificate => Reason::Bad,
        AlertDescription::UnsupportedCertificate => Reason::Unsupported,
        AlertDescription::CertificateUnknown => Reason::Unknown,
        AlertDescription::AccessDenied => Reason::AccessDenied,
        AlertDescription::DecryptError => Reason::ProofFailed,
        _ => return None,
    })
}

/// Objections that have nothing to do with trust, dates and names.
///
/// rustls hands some of webpki's on as an opaque error whose only face is its `Debug` name; the certificate itself is
/// the better witness where it can be read.
fn unfit(error: &CertificateError, presented: Option<&Certificate>) -> Unfit {
    if presented.is_some_and(|presented| presented.version < 3) {
        return Unfit::VersionOne;
    }
    let detail = format!("{error:?}");
    let algorithm = || {
        presented
            .map_or_else(|| "an unknown algorithm".to_owned(), |presented| presented.signature.name.clone())
    };
    match error {
        CertificateError::Revoked => Unfit::Revoked,
        CertificateError::BadEncoding => Unfit::BadEncoding,
        CertificateError::UnhandledCriticalExtension => Unfit::UnknownExtension,
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            Unfit::WeakSignature { algorithm: algorithm() }
        }
        CertificateError::InvalidPurpose => Unfit::WrongPurpose { purposes: Vec::new() },
        _ if detail.contains("CaUsedAsEndEntity") => Unfit::IsCa,
        _ if detail.contains("UnsupportedCriticalExtension") => Unfit::UnknownExtension,
        _ if detail.contains("UnsupportedCertVersion") => Unfit::VersionOne,
        _ if detail.contains("UnsupportedSignatureAlgorithm") => {
            Unfit::WeakSignature { algorithm: algorithm() }
        }
        _ => Unfit::Other { detail },
    }
}

/// The size of an RSA key that proves nothing.
fn short_key(presented: Option<&Certificate>) -> Option<usize> {
    match presented?.algorithm {
        Algorithm::Rsa { bits } if bits < 2_048 => Some(bits),
        _ => None,
    }
}

/// The host names and addresses, without the word that says which of them they are.
fn host_names(certificate: &Certificate) -> Vec<String> {
    let bare = |name: &String| name.strip_prefix("DNS ").or(name.strip_prefix("IP ")).map(str::to_owned);
    certificate.names.iter().filter_map(bare).collect()
}

/// webpki writes names as `DnsName("localhost")` and `IpAddress(127.0.0.1)`; people write them bare.
fn plain_name(name: &str) -> String {
    let inner = name.split_once('(').map_or(name, |(_, rest)| rest.trim_end_matches(')'));
    inner.trim_matches('"').to_owned()
}

/// The alert's name as RFC 8446 writes it.
pub(super) fn alert_name(alert: AlertDescription) -> String {
    let debug = format!("{alert:?}");
    let mut name = String::with_capacity(debug.len() + 4);
    let mut previous_upper = true;
    for character in debug.chars() {
        if character.is_ascii_uppercase() && !previous_upper {
            name.push('_');
        }
        previous_upper = character.is_ascii_uppercase();
        name.push(character.to_ascii_lowercase());
    }
    format!("{} ({})", name.replace("unrecognised", "unrecognized"), u8::from(alert))
}

fn system_time(time: UnixTime) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(time.as_secs())
}

/// The names in the broker's list of accepted CAs, which are distinguished names in DER.
pub(in crate::session) fn accepted_names(hints: &[&[u8]]) -> Vec<String> {
    /// A broker with a whole trust store behind it sends hundreds.
    const KEPT: usize = 16;
    hints
        .iter()
        .take(KEPT)
        .filter_map(|der| X509Name::from_der(der).ok())
        .map(|(_, name)| short_name(&name))
        .collect()
}

fn short_name(name: &X509Name<'_>) -> String {
    let common = name.iter_common_name().next().and_then(|part| part.as_str().ok());
    printable(&common.map_or_else(|| name.to_string(), str::to_owned))
}
