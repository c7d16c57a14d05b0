//! The broker refuses our certificate, or wants one.

use std::time::{Duration, SystemTime};

use echo_monitor::{
    credentials::facts::Certificate,
    failure::Stage,
    profile::{Profile, Security},
};
use rcgen::ExtendedKeyUsagePurpose;
use rustls::{
    CertificateError, OtherError,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::{
    Row, THE_BROKER,
    listen::profile,
    mosquitto::{Mosquitto, Settings},
    openssl::{DEMANDING, OpenSsl},
    pki::{Pki, Wish},
    run,
    tls::{Ask, BOTH, EACH, serve},
};

fn refused(name: String, profile: Profile, kind: &'static str) -> Row {
    Row::new(name, profile, kind, Stage::Tls)
        .who("The broker refused our certificate")
        .evidence("we presented", "client")
}

fn without(profile: Profile) -> Profile {
    let mut profile = Profile { security: Security::Tls, ..profile };
    (profile.credentials.certificate, profile.credentials.key) = (None, None);
    profile
}

fn with_client(pki: &Pki, stem: &str, profile: Profile) -> Profile {
    let mut profile = profile;
    profile.credentials.certificate = Some(pki.file(&format!("{stem}.crt")));
    profile.credentials.key = Some(pki.file(&format!("{stem}.key")));
    profile
}

/// Every reason that TLS has a word for, in both versions of it: in TLS 1.3 it comes after our side of the handshake.
#[test]
fn it_says_why() {
    let pki = Pki::new("test CA");
    let other = || CertificateError::Other(OtherError(std::sync::Arc::new(std::fmt::Error)));
    let reasons: [(CertificateError, &str, &str); 8] = [
        (CertificateError::UnknownIssuer, "client-issuer-unknown", "unknown_ca (48)"),
        (CertificateError::Expired, "client-certificate-expired", "certificate_expired (45)"),
        (CertificateError::Revoked, "client-certificate-revoked", "certificate_revoked (44)"),
        (CertificateError::NotValidForName, "client-certificate-bad", "bad_certificate (42)"),
        (CertificateError::InvalidPurpose, "client-certificate-unsupported", "unsupported_certificate (43)"),
        (other(), "client-certificate-unknown", "certificate_unknown (46)"),
        (CertificateError::ApplicationVerificationFailure, "client-access-denied", "access_denied (49)"),
        (CertificateError::BadSignature, "client-proof-failed", "decrypt_error (51)"),
    ];
    let rows = EACH.into_iter().flat_map(|(version, only)| {
        reasons.clone().map(|(why, kind, alert)| {
            let port = serve(&pki, &["server.crt"], "server.key", Ask::Refuse(why), only);
            refused(format!("{version}, {kind}"), profile(&pki, port), kind)
                .evidence("alert", alert)
                .evidence("issuer", "CN=test CA")
        })
    });
    run(rows.collect());
}

#[test]
fn it_hangs_up_when_it_has_ours() {
    let pki = Pki::new("test CA");
    let port = serve(&pki, &["server.crt"], "server.key", Ask::HangUp, BOTH);
    run(vec![
        Row::new("hangs up", profile(&pki, port), "client-certificate-probably-refused", Stage::Tls)
            .again()
            .who("The broker probably refused our certificate")
            .evidence("we presented", "client"),
    ]);
}

#[test]
fn it_wants_one() {
    let pki = Pki::new("test CA");
    let port = serve(&pki, &["server.crt"], "server.key", Ask::Any, BOTH);
    run(vec![
        Row::new("TLS 1.3", without(profile(&pki, port)), "client-certificate-required", Stage::Tls)
            .who("The broker refused us: we presented no certificate")
            .evidence("we presented", "no certificate")
            .evidence("alert", "certificate_required (116)"),
    ]);
}

#[test]
#[ignore = "needs openssl"]
fn openssl_says_why() {
    let (pki, other) = (Pki::new("test CA"), Pki::new("another CA"));
    pki.issue("backwards", &Wish { usage: Some(ExtendedKeyUsagePurpose::ServerAuth), ..Wish::client() });
    revoke_client(&pki);
    let later = SystemTime::now() + Duration::from_secs(70 * 86_400);
    let later = later.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs().to_string();
    let earlier = SystemTime::now() - Duration::from_secs(20 * 86_400);
    let earlier = earlier.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs().to_string();
    let mut rows = Vec::new();
    for version in ["-tls1_2", "-tls1_3"] {
        let start =
            |more: &[&str]| OpenSsl::start(&pki, "server", &[&DEMANDING[..], &[version], more].concat());
        let mut row = |kind: &'static str, client: &Pki, stem: &str, more: &[&str], alert: &str| {
            let server = start(more);
            let profile = with_client(client, stem, profile(&pki, server.port));
            let name = format!("{version} {kind} {stem}");
            rows.push(refused(name, profile, kind).evidence("alert", alert).with(server));
        };
        row("client-issuer-unknown", &other, "client", &[], "unknown_ca");
        row(
            "client-certificate-revoked",
            &pki,
            "client",
            &["-crl_check", "-CRL", "crl.pem"],
            "certificate_revoked",
        );
        row("client-certificate-expired", &pki, "client", &["-attime", &later], "certificate_expired");
        row("client-certificate-bad", &pki, "client", &["-attime", &earlier], "bad_certificate");
        row(
            "client-certificate-unsupported",
            &pki,
            "backwards",
            &["-purpose", "sslclient"],
            "unsupported_certificate",
        );
        let server = start(&[]);
        let (kind, alert) = match version {
            "-tls1_2" => ("client-certificate-probably-required", "handshake_failure (40)"),
            _ => ("client-certificate-required", "certificate_required (116)"),
        };
        rows.push(
            Row::new(format!("{version} none"), without(profile(&pki, server.port)), kind, Stage::Tls)
                .who("The broker refused us: we presented no certificate")
                .evidence("alert", alert)
                .evidence("the broker accepts", "test CA")
                .with(server),
        );
    }
    run(rows);
}

#[test]
#[ignore = "needs mosquitto"]
fn mosquitto_says_why() {
    let (pki, other) = (Pki::new("test CA"), Pki::new("another CA"));
    revoke_client(&pki);
    let list = format!("crlfile {}", pki.file("crl.pem").display());
    let mut rows = Vec::new();
    for version in ["tlsv1.2", "tlsv1.3"] {
        let only = format!("tls_version {version}");
        let broker = |more: &[&str]| {
            Mosquitto::with(
                &pki,
                &Settings { tls: &[&[only.as_str()], more].concat(), ..Settings::default() },
            )
        };
        let strict = broker(&[&list]);
        rows.push(
            refused(
                format!("{version} revoked"),
                profile(&pki, strict.tls_port),
                "client-certificate-revoked",
            )
            .evidence("alert", "certificate_revoked (44)")
            .with(strict),
        );
        let plain = broker(&[]);
        rows.push(
            refused(
                format!("{version} stranger"),
                with_client(&other, "client", profile(&pki, plain.tls_port)),
                "client-issuer-unknown",
            )
            .evidence("issuer", "CN=another CA")
            .with(plain),
        );
    }
    let broker = Mosquitto::start(&pki);
    rows.push(
        Row::new("none", without(profile(&pki, broker.tls_port)), "client-certificate-required", Stage::Tls)
            .who(THE_BROKER)
            .with(broker),
    );
    run(rows);
}

/// Writes `crl.pem`, with the good client's certificate in it.
fn revoke_client(pki: &Pki) {
    let der = CertificateDer::from_pem_file(pki.file("client.crt")).unwrap();
    let serial = Certificate::parse(&der).unwrap().serial;
    let serial: Vec<u8> = serial.split(':').map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect();
    pki.revoke("crl.pem", &[&serial]);
}
