//! The CA row: who may vouch for the broker.

use std::time::SystemTime;

use super::{About, Certificate, Finding, Row, Source, Trust, certificate, shown};
use crate::credentials::{facts::when, load::concerns_key};

pub(super) struct Trusted<'a> {
    pub(super) row: Row,
    /// `None` where the row's file gives none.
    pub(super) trust: Option<Trust>,
    /// The certificates behind `trust`; `None` where the operating system decides.
    pub(super) authorities: Option<Vec<&'a Certificate>>,
}

/// Judges the CA's file. `client` is the certificate row's file, which may hold the CA too; `leaf` the client's certificate,
/// which is no CA.
pub(super) fn judge<'a>(
    ca: &'a Source,
    client: Option<&'a Source>,
    leaf: Option<&Certificate>,
    now: SystemTime,
) -> Trusted<'a> {
    let inside = client.filter(|client| ca.shared || (!ca.chosen && client.loaded.pkcs12));
    let held = &inside.unwrap_or(ca).loaded.certificates;
    let mut findings: Vec<Finding> = ca.problems(false).collect();

    let authorities: Vec<&Certificate> = held.iter().filter(|held| held.is_authority()).collect();
    let anchors = match authorities.is_empty() {
        false => authorities,
        true if ca.chosen => held.iter().filter(|held| held.self_issued()).collect(),
        true => vec![],
    };
    if !ca.chosen && anchors.is_empty() {
        findings.push(ca.finding(About::SystemTrust));
        let row = Row { facts: vec![], findings, summary: "This computer's trust store".to_owned() };
        return Trusted { row, trust: Some(Trust::System), authorities: None };
    }
    if let (false, Some(inside)) = (ca.chosen, inside) {
        let finding =
            Finding { field: ca.field, ..inside.finding(About::CaFromPkcs12 { count: anchors.len() }) };
        findings.push(finding);
    }
    findings.extend(not_a_ca(ca, held, leaf, anchors.iter().any(|anchor| anchor.is_authority())));
    findings.extend(anchors_health(ca, &anchors, now));
    let trust = (!anchors.is_empty())
        .then(|| Trust::Anchors(anchors.iter().map(|anchor| anchor.der.clone()).collect()));
    let row = Row { facts: shown(anchors.iter().copied()), findings, summary: summary(&anchors, now) };
    Trusted { row, trust, authorities: Some(anchors) }
}

/// A file without any CA, and what it is instead.
fn not_a_ca(
    ca: &Source,
    held: &[Certificate],
    leaf: Option<&Certificate>,
    has_authority: bool,
) -> Option<Finding> {
    if has_authority {
        return None;
    }
    let Some(first) = held.first() else {
        let key = ca.loaded.problems.iter().any(concerns_key) || !ca.loaded.keys.is_empty();
        return match (ca.loaded.pkcs12, key) {
            (false, true) => Some(ca.finding(About::KeyAsCa)),
            (true, _) if ca.loaded.problems.is_empty() => Some(ca.finding(About::NothingInside)),
            _ => None,
        };
    };
    let self_signed = held.iter().any(Certificate::self_issued);
    let about = if !self_signed && !ca.shared && leaf.is_some_and(|leaf| leaf.der == first.der) {
        About::ClientAsCa { name: first.name.clone() }
    } else {
        About::NoAuthority { name: first.name.clone(), self_signed }
    };
    Some(ca.finding(about))
}

/// Of several CAs the one that lasts longest is judged: a bundle keeps its old ones.
fn anchors_health(ca: &Source, anchors: &[&Certificate], now: SystemTime) -> Vec<Finding> {
    let usable = anchors.iter().filter(|anchor| anchor.not_before <= now);
    let Some(best) = usable.max_by_key(|anchor| anchor.not_after).or(anchors.first()) else { return vec![] };
    let all = [
        certificate::dates(ca, best, now),
        certificate::strength(ca, best),
        certificate::signature(ca, best),
    ];
    all.into_iter().flatten().collect()
}

fn summary(anchors: &[&Certificate], now: SystemTime) -> String {
    match anchors {
        [] => String::new(),
        [only] => only.summary(now),
        [first, ..] => {
            let last = anchors.iter().map(|anchor| anchor.not_after).max().unwrap_or(first.not_after);
            format!("{} CA certificates · the last {}", anchors.len(), when::countdown(last, now))
        }
    }
}
