//! What is said about credentials that can be read: dates, usages, strength, permissions, who issued them.

use std::time::{Duration, SystemTime};

use echo_monitor::{
    credentials::{Content, Files, Severity, Trust, judge},
    profile::{
        Field::{Ca, Certificate, Key},
        Security,
    },
};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};

use crate::{
    Case, days, file, file_with_mode,
    making::{Made, ca_params, client_params, issued, issued_for, params, pki, self_signed, year},
    now, run,
};

/// A client of the usual CA, changed as the case wants it.
fn client(name: &'static str, change: impl FnOnce(&mut CertificateParams)) -> Case {
    let mut params = client_params("board-1");
    change(&mut params);
    let made = issued(params, &pki().ca);
    with_ca(name, &pki().ca, &made)
}

fn with_ca(name: &'static str, ca: &Made, client: &Made) -> Case {
    Case::new(
        name,
        file("ca.crt", &ca.pem),
        file("client.crt", &client.pem),
        file("client.key", client.key_pem()),
    )
}

#[test]
fn all_is_well() {
    run(&[client("good", |_| {})]);
}

#[test]
fn dates() {
    let ends = |name, end: SystemTime| client(name, |params| params.not_after = end.into());
    let begins = |name, start: SystemTime| client(name, |params| params.not_before = start.into());
    let ca = |start: SystemTime, end: SystemTime| {
        let mut params = ca_params("Test CA");
        (params.not_before, params.not_after) = (start.into(), end.into());
        let ca = self_signed(params);
        let client = issued(client_params("board-1"), &ca);
        (ca, client)
    };
    let (old, old_client) = ca(now() - days(900), now() - days(2));
    let (new, new_client) = ca(now() + days(2), now() + days(900));
    let (ending, ending_client) = ca(now() - days(900), now() + days(5));
    let renewed = format!("{}{}", old.pem, pki().ca.pem);
    run(&[
        ends("ends in 31 days", now() + days(31)),
        ends("ends in 29 days", now() + days(29))
            .notes(Certificate, "ends-soon")
            .says("board-1 ends in 29 days"),
        ends("ended a second ago", now() - Duration::from_secs(1)).fails(Certificate, "expired"),
        ends("ended 12 days ago", now() - days(12))
            .fails(Certificate, "expired")
            .says("board-1 ended 12 days ago")
            .says("This computer's clock says 23 Nov 2026"),
        begins("begins in an hour", now() + Duration::from_secs(3_600)).notes(Certificate, "not-yet-valid"),
        begins("begins in a week", now() + days(7)).fails(Certificate, "not-yet-valid").says("30 Nov 2026"),
        client("a clock of 1970", |_| {})
            .at(SystemTime::UNIX_EPOCH + days(1))
            .notes(Ca, "not-yet-valid")
            .notes(Certificate, "clock-wrong")
            .fails(Certificate, "not-yet-valid")
            .says("2 Jan 1970"),
        client("a clock of 2040", |_| {}).at(year(2040)).notes(Ca, "expired").fails(Certificate, "expired"),
        with_ca("CA expired", &old, &old_client).notes(Ca, "expired"),
        with_ca("CA not yet valid", &new, &new_client).notes(Ca, "not-yet-valid"),
        with_ca("CA ends soon", &ending, &ending_client).notes(Ca, "ends-soon"),
        Case::new("old CA beside the new one", file("ca", renewed), pki().client_file(), pki().key_file()),
    ]);
}

#[test]
fn usages() {
    use ExtendedKeyUsagePurpose::{Any, ClientAuth, ServerAuth};
    let extended = |name, usages: Vec<ExtendedKeyUsagePurpose>| {
        client(name, |params| params.extended_key_usages = usages)
    };
    let usages = |name, usages: Vec<KeyUsagePurpose>| client(name, |params| params.key_usages = usages);
    run(&[
        extended("none told", vec![]),
        extended("client and server", vec![ServerAuth, ClientAuth]),
        extended("any", vec![Any]),
        extended("server only", vec![ServerAuth]).notes(Certificate, "no-client-usage").says("TLS server"),
        usages("none told", vec![]),
        usages("encipherment only", vec![KeyUsagePurpose::KeyEncipherment])
            .notes(Certificate, "no-signature-usage")
            .says("key encipherment"),
        client("a CA as client", |params| params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained))
            .notes(Certificate, "client-is-ca"),
        client("no constraints told", |params| params.is_ca = IsCa::NoCa),
    ]);
}

#[test]
fn issuers() {
    let (ca, client) = (&pki().ca, &pki().client);
    let other = self_signed(ca_params("Other CA"));
    let namesake = self_signed(ca_params("Test CA"));
    let middle = issued(ca_params("Middle"), ca);
    let below = issued(client_params("below"), &middle);
    let alone = self_signed(client_params("alone"));
    let server = self_signed(params("broker"));
    let stranger = self_signed(ca_params("Stranger"));
    let chain = format!("{}{}", below.pem, middle.pem);
    let mut past = ca_params("Past");
    past.not_after = (now() - days(3)).into();
    let past = issued(past, ca);
    let below_past = issued(client_params("below"), &past);
    let mut old = client_params("board-1");
    old.not_after = (now() - days(3)).into();
    let old = issued_for(old, KeyPair::from_pem(&client.key_pem()).unwrap(), ca);
    let renewed = format!("{}{}", old.pem, client.pem);
    let old_chain = format!("{}{}", below_past.pem, past.pem);
    let loose = format!("{}{}{}", client.pem, stranger.pem, other.pem);
    let key = |made: &Made| file("client.key", made.key_pem());
    run(&[
        with_ca("another CA", &other, client).notes(Certificate, "other-issuer").says("issued by Test CA"),
        with_ca("a CA made anew", &namesake, client).notes(Certificate, "issuer-key-changed"),
        Case::new(
            "both CAs",
            file("ca", format!("{}{}", namesake.pem, ca.pem)),
            file("c", &client.pem),
            key(client),
        ),
        with_ca("intermediate missing", ca, &below)
            .notes(Certificate, "other-issuer")
            .says("issued by Middle"),
        Case::new("renewed, the old one kept", file("ca", &ca.pem), file("c", renewed), key(client))
            .notes(Certificate, "loose-certificates"),
        Case::new("intermediate expired", file("ca", &ca.pem), file("c", old_chain), key(&below_past))
            .fails(Certificate, "expired")
            .says("Past ended 3 days ago"),
        Case::new("intermediate sent along", file("ca", &ca.pem), file("c", chain), key(&below)),
        Case::new(
            "intermediate trusted",
            file("ca", format!("{}{}", ca.pem, middle.pem)),
            file("c", &below.pem),
            key(&below),
        ),
        Case::new("loose ones", file("ca", &ca.pem), file("c", loose), key(client))
            .notes(Certificate, "loose-certificates")
            .says("2 certificates in c"),
        with_ca("self-signed client", ca, &alone).notes(Certificate, "self-signed"),
        Case::new(
            "self-signed as both",
            file("a.crt", &alone.pem),
            file("b.crt", alone.pem.clone() + "\n"),
            key(&alone),
        )
        .notes(Ca, "no-ca-inside")
        .notes(Certificate, "self-signed"),
        with_ca("the broker's own certificate as CA", &server, client)
            .notes(Ca, "no-ca-inside")
            .notes(Certificate, "other-issuer"),
        Case::new("the system's CAs", Content::NotChosen, file("c", &client.pem), key(client))
            .notes(Ca, "system-trust"),
    ]);
}

#[test]
fn permissions() {
    let key = |name, mode| {
        let key = file_with_mode("my key.pem", pki().client.key_pem(), mode);
        Case::new(name, pki().ca_file(), pki().client_file(), key)
    };
    let both =
        file_with_mode("both.pem", pki().client.pem.clone() + &pki().client.key_pem(), Some(0o100_640));
    run(&[
        key("mine", Some(0o100_600)),
        key("read-only", Some(0o100_400)),
        key("Windows", None),
        key("anybody's", Some(0o100_644))
            .notes(Key, "key-readable-by-others")
            .says("chmod 600 \"my key.pem\"")
            .says("permissions are 644"),
        key("the group's", Some(0o100_640)).notes(Key, "key-readable-by-others"),
        Case::new("certificate and key", pki().ca_file(), both, Content::NotChosen)
            .notes(Key, "key-readable-by-others")
            .says("chmod 600 both.pem"),
        Case::new(
            "a certificate may be read",
            pki().ca_file(),
            file_with_mode("c", &pki().client.pem, Some(0o644)),
            pki().key_file(),
        ),
    ]);
}

#[test]
fn what_is_not_needed_is_not_judged() {
    let nothing = Files::default();
    let plain = judge(&nothing, None, Security::Plain, now());
    assert!(plain.identity.is_some() && plain.severity().is_none());
    let tls = judge(&nothing, None, Security::Tls, now());
    assert!(matches!(tls.identity.unwrap().trust, Trust::System));
    let wrong_key = Files { key: file("k", "junk"), ..pki().files() };
    let judgement = judge(&wrong_key, None, Security::Tls, now());
    let identity = judgement.identity.clone().unwrap();
    assert!(
        identity.client.is_none() && matches!(&identity.trust, Trust::Anchors(anchors) if anchors.len() == 1)
    );
    assert_eq!(judgement.severity(), None);
}

#[test]
fn the_worst_finding_comes_first() {
    let case = client("two", |params| {
        params.not_after = (now() - days(1)).into();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![];
    });
    let judgement = case.judge();
    let severities: Vec<_> =
        judgement.certificate.findings.iter().map(echo_monitor::credentials::Finding::severity).collect();
    assert_eq!(severities, [Severity::Error, Severity::Warning]);
    assert_eq!(judgement.severity(), Some(Severity::Error));
    assert_eq!(judgement.rows().map(|(field, _)| field), [Ca, Certificate, Key]);
}
