//! The broker refused our certificate, or wants one.

use super::{
    super::{Advice, Remedy, words},
    testify,
};
use crate::{
    credentials::facts::{Certificate, when},
    profile::Field,
};

/// What the broker has against us, and what we had presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ours {
    /// The broker's verdict.
    pub verdict: Verdict,
    /// The port that was tried.
    pub port: u16,
    /// The certificate we presented; `None` where we presented none.
    pub presented: Option<Certificate>,
    /// Whose certificates the broker said it accepts (RFC 8446, section 4.2.4); often empty.
    pub accepted: Vec<String>,
    /// The alert's name by RFC 8446, section 6.2, where there was one.
    pub alert: Option<String>,
}

/// What the broker has against us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It wants a certificate and got none.
    Wanted {
        /// TLS 1.3 says so; TLS 1.2 has no word for it and only breaks the handshake off.
        certain: bool,
    },
    /// It refused the one we presented.
    Refused(Reason),
    /// It broke off after it had got our certificate, without giving a reason.
    ProbablyRefused {
        /// Whether the connection was reset, or closed in good order.
        reset: bool,
    },
}

/// Why the broker refused our certificate: its alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It does not know our issuer.
    UnknownCa,
    /// Ours has expired, or the broker's clock is wrong.
    Expired,
    /// Our issuer took ours back.
    Revoked,
    /// Ours is broken, or its signature is.
    Bad,
    /// Ours is of a kind it doesn't take.
    Unsupported,
    /// Something about ours that it doesn't name.
    Unknown,
    /// It knows our certificate and does not let us in.
    AccessDenied,
    /// The proof that we hold the key did not convince it.
    ProofFailed,
}

impl Ours {
    pub(super) fn kind(&self) -> &'static str {
        match self.verdict {
            Verdict::Wanted { certain: true } => "client-certificate-required",
            Verdict::Wanted { certain: false } => "client-certificate-probably-required",
            Verdict::ProbablyRefused { .. } => "client-certificate-probably-refused",
            Verdict::Refused(reason) => match reason {
                Reason::UnknownCa => "client-issuer-unknown",
                Reason::Expired => "client-certificate-expired",
                Reason::Revoked => "client-certificate-revoked",
                Reason::Bad => "client-certificate-bad",
                Reason::Unsupported => "client-certificate-unsupported",
                Reason::Unknown => "client-certificate-unknown",
                Reason::AccessDenied => "client-access-denied",
                Reason::ProofFailed => "client-proof-failed",
            },
        }
    }

    /// A broker that breaks off without a reason may also be restarting.
    pub(super) fn retry_helps(&self) -> bool {
        matches!(self.verdict, Verdict::ProbablyRefused { .. })
    }

    pub(super) fn advice(&self) -> Advice {
        let mut advice = match self.verdict {
            Verdict::Wanted { certain } => self.wanted(certain),
            Verdict::Refused(reason) => self.refused(reason),
            Verdict::ProbablyRefused { reset } => self.probably_refused(reset),
        };
        if let Some(alert) = &self.alert {
            advice = advice.evidence("alert", alert);
        }
        advice = match &self.presented {
            Some(presented) => testify(presented, advice.evidence("we presented", &presented.name)),
            None => advice.evidence("we presented", "no certificate"),
        };
        if self.accepted.is_empty() {
            advice
        } else {
            advice.evidence("the broker accepts", self.accepted.join(", "))
        }
    }

    fn wanted(&self, certain: bool) -> Advice {
        let from = match self.accepted.as_slice() {
            [] => String::new(),
            some => format!(" It accepts certificates of {}.", words::alternatives(some)),
        };
        let (what, why) = if certain {
            (
                "This broker wants a client certificate",
                format!(
                    "The TLS connection stood, and the broker ended it because no certificate came from us.{from}"
                ),
            )
        } else {
            (
                "This broker probably wants a client certificate",
                format!(
                    "It asked for a certificate, got none and broke the handshake off. TLS 1.2 has no alert that says so \
                     plainly, so another disagreement about the handshake is possible.{from}"
                ),
            )
        };
        let advice = Advice::new("The broker refused us: we presented no certificate", what, why)
            .remedy(
                "Choose the client certificate that the broker's operator issued for you.",
                Remedy::PickFile(Field::Certificate),
            )
            .remedy("And its private key.", Remedy::PickFile(Field::Key))
            .remedy("None yet? A key and a request can be made here.", Remedy::GetCertificates);
        match self.port {
            8883 => advice.step("Or connect to a port that does not ask for one; whoever runs the broker knows whether it has any."),
            _ => advice.remedy(
                "Or connect to a port that does not ask for one; at test.mosquitto.org that is 8883.",
                Remedy::UsePort(8883),
            ),
        }
    }

    fn refused(&self, reason: Reason) -> Advice {
        let who = "The broker refused our certificate";
        let ours = self.presented.as_ref();
        let issuer = ours.map_or("an unknown CA", |presented| presented.issuer_name.as_str());
        let another = "Choose another certificate and its key.";
        match reason {
            Reason::UnknownCa => {
                let advice = Advice::new(
                    who,
                    "The broker does not trust the issuer of our certificate",
                    format!("Our certificate was issued by {issuer}, and the broker does not know that CA, or not this one of that name."),
                );
                let advice = match self.accepted.as_slice() {
                    [] => advice,
                    some => advice.step(format!("The broker says it accepts certificates of {}.", words::alternatives(some))),
                };
                advice
                    .remedy("Choose a certificate that a CA of this broker has issued.", Remedy::PickFile(Field::Certificate))
                    .step(format!("Or have {issuer} added to the broker's cafile."))
            }
            Reason::Expired => Advice::new(
                who,
                "Our certificate has expired, says the broker",
                ours.map_or_else(
                    || "The broker's clock is past the end of our certificate.".to_owned(),
                    |presented| {
                        format!(
                            "It is valid from {} until {}. If that includes today, the broker's clock is wrong.",
                            when::date(presented.not_before),
                            when::date(presented.not_after)
                        )
                    },
                ),
            )
            .remedy("Have a new certificate issued; test.mosquitto.org's last 90 days.", Remedy::RenewCertificate)
            .remedy("Then choose it here.", Remedy::PickFile(Field::Certificate)),
            Reason::Revoked => Advice::new(
                who,
                "Our certificate was revoked",
                format!(
                    "It was issued by {issuer}, who took it back; the broker has it on its revocation list."
                ),
            )
            .step("Ask the issuer for a new certificate, and why this one was revoked.")
            .remedy(another, Remedy::PickFile(Field::Certificate)),
            Reason::Bad => Advice::new(
                who,
                "The broker finds our certificate broken",
                "It said: bad certificate. Its signature is wrong, it is damaged, or the broker's policy forbids something in it.",
            )
            .remedy(another, Remedy::PickFile(Field::Certificate))
            .step("The broker's own log says more: ask whoever runs it."),
            Reason::Unsupported => Advice::new(
                who,
                "The broker does not take this kind of certificate",
                "Its purpose or its key type is not what the broker asks for: a client certificate needs the usage clientAuth.",
            )
            .remedy(another, Remedy::PickFile(Field::Certificate)),
            Reason::Unknown => Advice::new(
                who,
                "The broker does not accept our certificate",
                "It gave no particular reason (alert certificate_unknown).",
            )
            .remedy(another, Remedy::PickFile(Field::Certificate))
            .step("The broker's own log says more: ask whoever runs it."),
            Reason::AccessDenied => Advice::new(
                who,
                "The broker knows our certificate and does not let us in",
                "The certificate is valid, but the broker's rules do not allow its owner.",
            )
            .step("Ask whoever runs the broker to allow this certificate's subject.")
            .remedy(another, Remedy::PickFile(Field::Certificate)),
            Reason::ProofFailed => Advice::new(
                who,
                "The broker did not believe that the key is ours",
                "It could not verify our signature (alert decrypt_error). The key may not belong to the certificate, or the \
                 broker has another certificate of the same name on file.",
            )
            .remedy("Choose the key that was made together with this certificate.", Remedy::PickFile(Field::Key)),
        }
    }

    fn probably_refused(&self, reset: bool) -> Advice {
        let issuer =
            self.presented.as_ref().map_or("an unknown CA", |presented| presented.issuer_name.as_str());
        Advice::new(
                "The broker probably refused our certificate",
                if reset { "The broker cut the connection before it answered" } else { "The broker closed the connection before it answered" },
                "The TLS handshake was done on our side, and instead of an answer to CONNECT the connection ended without an \
                 alert. A broker that does not like a client certificate often does that; so does one that is restarting.",
            )
            .step("The broker's own log tells the reason: ask whoever runs it.")
            .remedy(format!("If it does not trust {issuer}, choose another certificate."), Remedy::PickFile(Field::Certificate))
    }
}
