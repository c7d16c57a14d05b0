//! We refused the broker's certificate.

use std::time::SystemTime;

use super::{
    super::{Advice, Remedy, words},
    Unfit, testify,
};
use crate::{
    credentials::facts::{Certificate, when},
    profile::Field,
};

/// We refused the broker's certificate, and this is what stood in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theirs {
    /// The name we wanted to reach.
    pub host: String,
    /// Our objection.
    pub objection: Objection,
    /// The broker's own certificate; `None` where it presented something that cannot be read.
    pub presented: Option<Certificate>,
    /// The certificates that came with it, in the broker's order.
    pub above: Vec<Certificate>,
}

/// What we have against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Objection {
    /// No chain leads from it to a certificate we trust.
    UnknownIssuer {
        /// The names of the CAs we trust; empty where it is the operating system's store.
        trusted: Vec<String>,
        /// A CA of ours has the issuer's very name and still did not sign it: the CA was made anew with the same name.
        same_name: bool,
        /// Who issued the last certificate of the presented chain: the CA that would be needed.
        missing: Option<String>,
    },
    /// It was valid once.
    Expired {
        /// This computer's clock.
        now: SystemTime,
        /// The end of its validity.
        not_after: SystemTime,
    },
    /// It will be valid.
    NotYetValid {
        /// This computer's clock.
        now: SystemTime,
        /// The begin of its validity.
        not_before: SystemTime,
    },
    /// It is valid for other names.
    WrongName {
        /// The names it is valid for. Never empty.
        names: Vec<String>,
    },
    /// It has no subjectAltName, and the common name does not count (RFC 6125, section 6.4.4; RFC 9525 dropped it).
    NoNames,
    /// It is no certificate for a server.
    Unfit(Unfit),
}

impl Theirs {
    pub(super) fn kind(&self) -> &'static str {
        match &self.objection {
            Objection::UnknownIssuer { .. } => "broker-issuer-unknown",
            Objection::Expired { .. } => "broker-certificate-expired",
            Objection::NotYetValid { .. } => "broker-certificate-not-yet-valid",
            Objection::WrongName { .. } => "broker-name-mismatch",
            Objection::NoNames => "broker-name-missing",
            Objection::Unfit(unfit) => unfit.kind(),
        }
    }

    pub(super) fn advice(&self) -> Advice {
        let advice = match &self.objection {
            Objection::UnknownIssuer { trusted, same_name, missing } => {
                self.unknown_issuer(trusted, *same_name, missing.as_deref())
            }
            Objection::Expired { now, not_after } => expired(&self.host, *now, *not_after),
            Objection::NotYetValid { now, not_before } => not_yet_valid(*now, *not_before),
            Objection::WrongName { names } => self.wrong_name(names),
            Objection::NoNames => self.no_names(),
            Objection::Unfit(unfit) => unfit.advice(&self.host),
        };
        let advice = match &self.presented {
            Some(presented) => testify(presented, advice),
            None => advice,
        };
        advice.evidence("wanted", &self.host)
    }

    fn unknown_issuer(&self, trusted: &[String], same_name: bool, missing: Option<&str>) -> Advice {
        let issuer =
            self.presented.as_ref().map_or("an unknown issuer", |presented| presented.issuer_name.as_str());
        let needed = missing.unwrap_or(issuer);
        let self_signed = self.presented.as_ref().is_some_and(Certificate::self_issued);
        let why = if same_name {
            format!(
                "The broker's certificate was issued by {issuer}. The CA you chose has that same name but is another one: it \
                 did not make this signature. CAs that are made anew keep their name."
            )
        } else if self_signed {
            format!(
                "The broker's certificate signed itself (it calls itself {issuer}), and it is not among the certificates you trust."
            )
        } else if trusted.is_empty() {
            format!(
                "The broker's certificate was issued by {issuer}, and this computer's trust store does not lead there. Brokers \
                 of one's own usually have a CA of their own."
            )
        } else {
            format!(
                "The broker's certificate was issued by {issuer}. You trust {}.",
                words::alternatives(trusted)
            )
        };
        let advice = Advice::new(US, "This CA did not sign that broker's certificate", why)
            .remedy(format!("Choose the certificate of {needed} as the CA file; whoever runs the broker has it."), Remedy::PickFile(Field::Ca))
            .step("If it used to work, the broker has a new certificate or you reached another computer: ask before trusting it.");
        let advice = if missing.is_some_and(|missing| missing != issuer) || self_signed {
            advice
        } else {
            advice.step(
                "If the broker's CA has intermediate certificates, the broker must send them too: append them to its certfile.",
            )
        };
        let trusted = if trusted.is_empty() {
            "the operating system's trust store".to_owned()
        } else {
            trusted.join(", ")
        };
        advice.evidence("trusted", trusted)
    }

    fn wrong_name(&self, names: &[String]) -> Advice {
        let mut advice = Advice::new(
            US,
            "The broker's certificate is for another name",
            format!(
                "You connect to {}, and the certificate is valid for {}.",
                self.host,
                words::alternatives(names)
            ),
        );
        for name in names.iter().filter(|name| !name.contains('*')).take(3) {
            advice = advice.remedy(
                format!("If that is the same computer, connect to {name}."),
                Remedy::UseHost(name.clone()),
            );
        }
        advice.step(format!(
            "Or have the broker's certificate issued again with {} among its names (subjectAltName).",
            san(&self.host)
        ))
    }

    fn no_names(&self) -> Advice {
        let called =
            self.presented.as_ref().map_or(String::new(), |presented| format!(" (it is {})", presented.name));
        Advice::new(
            US,
            "The broker's certificate names no host",
            format!(
                "It has only a common name{called}, and that has not counted for years: the host name must stand in its \
                 subjectAltName extension."
            ),
        )
        .step(format!("Have the broker's certificate issued again with the extension subjectAltName={}.", san(&self.host)))
        .step(format!("With openssl: openssl x509 -req … -extfile <(printf 'subjectAltName={}')", san(&self.host)))
        .own_broker(&self.host)
    }
}

pub(super) const US: &str = "We refused the broker's certificate";

fn expired(host: &str, now: SystemTime, not_after: SystemTime) -> Advice {
    let ago = now.duration_since(not_after).unwrap_or_default();
    Advice::new(
        US,
        "The broker's certificate has expired",
        format!(
            "It was valid until {}, {} ago; this computer's clock says {}.",
            when::date(not_after),
            when::span(ago),
            when::date(now)
        ),
    )
    .step("If this computer's clock is right, the broker needs a new certificate: tell whoever runs it.")
    .step("If the clock is wrong, set it: a board or a virtual machine without a battery often wakes in another year.")
    .own_broker(host)
    .evidence("this computer's clock", when::date(now))
}

fn not_yet_valid(now: SystemTime, not_before: SystemTime) -> Advice {
    let until = not_before.duration_since(now).unwrap_or_default();
    Advice::new(
        US,
        "The broker's certificate is not valid yet",
        format!(
            "It becomes valid on {}, in {}; this computer's clock says {}.",
            when::date(not_before),
            when::span(until),
            when::date(now)
        ),
    )
    .step("Most often this computer's clock is behind: check its date, time and time zone, and set them.")
    .step("If it is right, the broker's certificate was issued on a computer whose clock is ahead: issue it again, or wait.")
    .evidence("this computer's clock", when::date(now))
}

/// How the host is written in a subjectAltName.
pub(super) fn san(host: &str) -> String {
    if host.parse::<std::net::IpAddr>().is_ok() { format!("IP:{host}") } else { format!("DNS:{host}") }
}
