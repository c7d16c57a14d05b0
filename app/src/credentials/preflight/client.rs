//! The certificate row and the key row: who we say that we are, and the proof.

use std::time::SystemTime;

use rustls_pki_types::PrivateKeyDer;

use super::{About, Certificate, Facts, Finding, Row, Source, certificate, shown};
use crate::credentials::load::{Key, Refusal};

/// Of a bundle, this many certificates are compared with the keys.
const COMPARED: usize = 64;
/// The longest chain that is presented.
const CHAIN_LIMIT: usize = 10;

pub(super) struct Client<'a> {
    pub(super) certificate: Row,
    pub(super) key: Row,
    /// Our certificate and those that issued it, as far as the file has them.
    pub(super) chain: Vec<&'a Certificate>,
    pub(super) private: Option<PrivateKeyDer<'static>>,
}

/// Judges the client's certificate and key. Each may stand in the other's file.
pub(super) fn judge<'a>(certificate: &'a Source, key: &'a Source, now: SystemTime) -> Client<'a> {
    let certificates = match certificate.chosen {
        true => &certificate.loaded.certificates,
        false => &key.loaded.certificates,
    };
    let (keys, holder) = match key.chosen && !key.shared {
        true => (&key.loaded.keys, key),
        false => (&certificate.loaded.keys, certificate),
    };
    let pair = fitting(certificates, keys, now);
    let leaf = pair.map(|(leaf, _)| leaf).or_else(|| first_leaf(certificates));
    let chain = leaf.map_or_else(Vec::new, |leaf| chain(leaf, certificates));

    let mut rows = (misplaced_certificate(certificate, key), misplaced_key(certificate, key, holder));
    if let Some(leaf) = leaf {
        rows.0.extend(leaf_findings(certificate, leaf, &chain, now));
        let loose = certificates.len() - chain.len();
        if loose > 0 && !certificate.loaded.pkcs12 {
            rows.0.push(certificate.finding(About::LooseCertificates { count: loose }));
        }
    }
    rows.0.extend(certificate::clock(certificate, now));
    let own = pair.map(|(_, key)| key).or(keys.first());
    let private = own.and_then(|own| proof(own, leaf, certificate, key, &mut rows.1));
    if keys.len() > 1 {
        rows.1.push(key.finding(About::SeveralKeys { count: keys.len() }));
    }
    rows.1.extend(permissions(key, holder));

    let fits = if private.is_some() && leaf.is_some() { " · fits the certificate" } else { "" };
    let key_row = Row {
        facts: own.map(|own| Facts::Key(own.facts())).into_iter().collect(),
        findings: rows.1,
        summary: own.map_or_else(String::new, |own| format!("{}{fits}", own.algorithm)),
    };
    let certificate_row = Row {
        facts: shown(chain.iter().copied()),
        findings: rows.0,
        summary: leaf.map_or_else(String::new, |leaf| leaf.summary(now)),
    };
    Client { certificate: certificate_row, key: key_row, chain, private }
}

/// The certificate and the key that belong together. Of several certificates for one key the one that is valid now, for
/// longest: a file may keep the old one beside the new one.
fn fitting<'a>(
    certificates: &'a [Certificate],
    keys: &'a [Key],
    now: SystemTime,
) -> Option<(&'a Certificate, &'a Key)> {
    keys.iter().find_map(|key| {
        let fits = certificates.iter().take(COMPARED).filter(|certificate| {
            key.algorithm == certificate.algorithm
                && key.accept(Some(&certificate.public_key)) != Err(Refusal::Mismatch)
        });
        let best = fits.max_by_key(|fit| (fit.not_before <= now, fit.not_after));
        best.map(|certificate| (certificate, key))
    })
}

/// Without a key to tell: the first that is no CA, else the first.
fn first_leaf(certificates: &[Certificate]) -> Option<&Certificate> {
    certificates.iter().find(|certificate| !certificate.is_authority()).or(certificates.first())
}

/// From our certificate upwards, in whatever order the file has them.
fn chain<'a>(leaf: &'a Certificate, certificates: &'a [Certificate]) -> Vec<&'a Certificate> {
    let mut chain = vec![leaf];
    while let Some(last) = chain.last().filter(|last| chain.len() < CHAIN_LIMIT && !last.self_issued()) {
        let issuer = certificates.iter().find(|issuer| {
            issuer.subject_der == last.issuer_der
                && !chain.iter().any(|link| link.der == issuer.der)
                && last.signed_by(issuer) != Some(false)
        });
        match issuer {
            Some(issuer) => chain.push(issuer),
            None => break,
        }
    }
    chain
}

fn misplaced_certificate(certificate: &Source, key: &Source) -> Vec<Finding> {
    let loaded = &certificate.loaded;
    if !certificate.chosen {
        let elsewhere = !key.loaded.certificates.is_empty();
        return if elsewhere { vec![] } else { vec![certificate.finding(About::NotChosen)] };
    }
    if loaded.certificates.is_empty() && loaded.has_key() && !loaded.pkcs12 {
        let with_other = !key.loaded.certificates.is_empty() && !key.loaded.has_key();
        return vec![certificate.finding(About::Swapped { with_other })];
    }
    let mut findings: Vec<Finding> = certificate.problems(!key.chosen || key.shared).collect();
    if loaded.certificates.is_empty() && findings.is_empty() {
        findings.push(certificate.finding(About::NothingInside));
    }
    findings
}

fn misplaced_key(certificate: &Source, key: &Source, holder: &Source) -> Vec<Finding> {
    let loaded = &key.loaded;
    if !key.chosen || key.shared {
        return match (certificate.loaded.has_key(), key.chosen) {
            (true, _) => vec![],
            (false, false) => vec![key.finding(About::NotChosen)],
            // The certificate's row tells what is wrong with the file, unless it is a good certificate.
            (false, true) if holder.loaded.certificates.is_empty() => vec![],
            (false, true) => vec![key.finding(About::Swapped { with_other: false })],
        };
    }
    if loaded.keys.is_empty() && !loaded.certificates.is_empty() && !loaded.has_key() {
        let with_other = certificate.loaded.has_key() && certificate.loaded.certificates.is_empty();
        return vec![key.finding(About::Swapped { with_other })];
    }
    let mut findings: Vec<Finding> = key.problems(true).collect();
    if !loaded.has_key() && findings.is_empty() {
        findings.push(key.finding(About::NothingInside));
    }
    findings
}

fn leaf_findings(
    source: &Source,
    leaf: &Certificate,
    chain: &[&Certificate],
    now: SystemTime,
) -> Vec<Finding> {
    // Brokers check the whole chain but its root, which they have themselves.
    let checked = chain.iter().filter(|link| !link.self_issued() || link.der == leaf.der);
    let mut findings: Vec<Finding> = checked
        .flat_map(|link| {
            let strength = certificate::strength(source, link);
            [certificate::dates(source, link, now), strength, certificate::signature(source, link)]
        })
        .flatten()
        .collect();
    let mut add = |wrong: bool, about: About| {
        if wrong {
            findings.push(source.finding(about));
        }
    };
    add(leaf.version < 3, About::Version1);
    add(leaf.ca == Some(true), About::ClientIsCa);
    add(!leaf.allows_client(), About::NoClientUsage { allowed: leaf.extended.clone().unwrap_or_default() });
    add(
        !leaf.allows_signature(),
        About::NoSignatureUsage { allowed: leaf.usages.clone().unwrap_or_default() },
    );
    add(leaf.self_issued() && leaf.ca != Some(true), About::SelfSigned);
    findings
}

/// The key, ready for use, if it is one and belongs to the certificate.
fn proof(
    own: &Key,
    leaf: Option<&Certificate>,
    certificate: &Source,
    key: &Source,
    findings: &mut Vec<Finding>,
) -> Option<PrivateKeyDer<'static>> {
    let algorithm = own.algorithm.clone();
    let about = match (own.accept(leaf.map(|leaf| leaf.public_key.as_slice())), leaf) {
        (Ok(private), _) => return Some(private),
        (Err(Refusal::Mismatch), Some(leaf)) => About::KeyMismatch {
            certificate: if certificate.chosen { certificate.name.clone() } else { key.name.clone() },
            certificate_algorithm: leaf.algorithm.clone(),
            key_algorithm: algorithm,
        },
        // Its certificate will complete it.
        (Err(Refusal::Halved), None) => return None,
        (Err(Refusal::Unsupported), _) => About::KeyUnsupported(algorithm),
        (Err(_), _) => About::KeyRefused(algorithm),
    };
    findings.push(key.finding(about));
    None
}

/// Whether others can read the file that holds the key.
fn permissions(key: &Source, holder: &Source) -> Option<Finding> {
    let mode = holder.mode.filter(|mode| holder.loaded.has_key() && mode & 0o044 != 0)?;
    Some(Finding { field: key.field, ..holder.finding(About::KeyReadable { mode }) })
}

/// Who issued our certificate, compared with the CAs that are trusted.
pub(super) fn issuer(
    source: &Source,
    chain: &[&Certificate],
    authorities: &[&Certificate],
) -> Option<Finding> {
    let top = chain.last()?;
    let known = authorities.iter().any(|authority| authority.der == top.der);
    if known || top.self_issued() || authorities.is_empty() {
        return None;
    }
    let issuer = top.issuer_name.clone();
    let mut named = authorities.iter().filter(|authority| authority.subject_der == top.issuer_der).peekable();
    if named.peek().is_none() {
        return Some(source.finding(About::OtherIssuer { issuer }));
    }
    let changed = named.all(|authority| top.signed_by(authority) == Some(false));
    changed.then(|| source.finding(About::IssuerKeyChanged { issuer }))
}
