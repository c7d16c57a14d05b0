//! The three files together, judged without a network: what each holds, whether they fit each other, what to mend.

mod certificate;
mod client;
mod trust;

use std::time::SystemTime;

use super::{
    About, Content, Facts, Files, Finding, Identity, Judgement, Row, Severity, Trust,
    facts::{self, Certificate},
    load::{Loaded, concerns_key, load},
};
use crate::profile::{Field, Security};

/// Judges the three files as they were read: what each holds, and whether a connection can be made with them.
///
/// A passphrase opens whatever is encrypted. `now` is what this computer's clock says. Deriving keys from a passphrase may
/// take a second: not for the thread that draws.
#[must_use]
pub fn judge(files: &Files, passphrase: Option<&str>, security: Security, now: SystemTime) -> Judgement {
    let mut judgement = match security {
        Security::Plain => nothing_needed(),
        Security::Tls => server_only(files, passphrase, now),
        Security::MutualTls => mutual(files, passphrase, now),
    };
    if judgement.severity() == Some(Severity::Error) {
        judgement.identity = None;
    }
    for row in [&mut judgement.ca, &mut judgement.certificate, &mut judgement.key] {
        row.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity()));
    }
    judgement
}

fn nothing_needed() -> Judgement {
    let identity = Some(Identity { trust: Trust::System, client: None });
    Judgement { ca: Row::default(), certificate: Row::default(), key: Row::default(), identity }
}

fn server_only(files: &Files, passphrase: Option<&str>, now: SystemTime) -> Judgement {
    let ca = Source::read(Field::Ca, &files.ca, passphrase);
    let mut trusted = trust::judge(&ca, None, None, now);
    trusted.row.findings.extend(certificate::clock(&ca, now));
    let identity = trusted.trust.map(|trust| Identity { trust, client: None });
    Judgement { ca: trusted.row, certificate: Row::default(), key: Row::default(), identity }
}

fn mutual(files: &Files, passphrase: Option<&str>, now: SystemTime) -> Judgement {
    let certificate = Source::read(Field::Certificate, &files.certificate, passphrase);
    // One file in several rows is opened once: a passphrase costs time, and its problems are told in one row.
    let beside = |field, content| match same(content, &files.certificate) {
        true => Source::shared(field, content),
        false => Source::read(field, content, passphrase),
    };
    let (key, ca) = (beside(Field::Key, &files.key), beside(Field::Ca, &files.ca));

    let mut client = client::judge(&certificate, &key, now);
    let trusted = trust::judge(&ca, Some(&certificate), client.chain.first().copied(), now);
    if let Some(authorities) = &trusted.authorities {
        client.certificate.findings.extend(client::issuer(&certificate, &client.chain, authorities));
    }
    let chain = client.chain.iter().map(|certificate| certificate.der.clone()).collect();
    let own = client.private.map(|private| (chain, private));
    let identity = trusted.trust.zip(own).map(|(trust, own)| Identity { trust, client: Some(own) });
    Judgement { ca: trusted.row, certificate: client.certificate, key: client.key, identity }
}

fn same(one: &Content, other: &Content) -> bool {
    match (one, other) {
        (Content::Read { bytes: one, .. }, Content::Read { bytes: other, .. }) => one == other,
        _ => false,
    }
}

/// A row's file, read and loaded.
struct Source {
    field: Field,
    /// The file's name.
    name: String,
    mode: Option<u32>,
    /// Whether a file was chosen.
    chosen: bool,
    /// Whether it is the certificate row's file, which is loaded there.
    shared: bool,
    loaded: Loaded,
}

impl Source {
    fn read(field: Field, content: &Content, passphrase: Option<&str>) -> Self {
        let (mode, loaded) = match content {
            Content::NotChosen => (None, Loaded::default()),
            Content::Read { bytes, mode, .. } => (*mode, load(bytes, passphrase)),
            Content::Unreadable { problem, .. } => {
                (None, Loaded { problems: vec![About::Unreadable(*problem)], ..Loaded::default() })
            }
        };
        let chosen = !matches!(content, Content::NotChosen);
        Self { field, name: content.name().to_owned(), mode, chosen, shared: false, loaded }
    }

    fn shared(field: Field, content: &Content) -> Self {
        let (name, loaded) = (content.name().to_owned(), Loaded::default());
        Self { field, name, mode: None, chosen: true, shared: true, loaded }
    }

    fn finding(&self, about: About) -> Finding {
        Finding { field: self.field, file: facts::printable(&self.name), about }
    }

    /// What went wrong while it was loaded. Where the certificates are there, and only they are wanted, a key that cannot
    /// be read is no matter.
    fn problems(&self, key_wanted: bool) -> impl Iterator<Item = Finding> {
        let no_matter = !key_wanted && (!self.loaded.certificates.is_empty() || !self.loaded.pkcs12);
        let problems = self.loaded.problems.iter().filter(move |about| !(no_matter && concerns_key(about)));
        problems.map(|about| self.finding(about.clone()))
    }
}

/// The facts of the first certificates.
fn shown<'a>(certificates: impl IntoIterator<Item = &'a Certificate>) -> Vec<Facts> {
    let first = certificates.into_iter().take(facts::SHOWN);
    first.map(|certificate| Facts::Certificate(Box::new(certificate.clone()))).collect()
}
