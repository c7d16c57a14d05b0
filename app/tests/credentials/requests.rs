//! Keys, requests and throw-away CAs that are made here, and read back.

use std::time::SystemTime;

use echo_monitor::credentials::{
    Content,
    facts::Algorithm,
    local::{self, LocalProblem},
    request::{self, Answer, KeyKind, RequestProblem, Subject},
};
use rcgen::{CertificateSigningRequestParams, KeyPair, PublicKeyData as _};

use crate::{
    Case, days, file,
    making::{client_params, issued_for, pki, self_signed},
    now, run,
};

fn subject(name: &str) -> Subject {
    Subject { common_name: name.to_owned(), ..Subject::default() }
}

#[test]
fn a_request_is_answered_and_the_answer_fits() {
    for (kind, algorithm) in [
        (KeyKind::P256, Algorithm::P256),
        (KeyKind::P384, Algorithm::P384),
        (KeyKind::Ed25519, Algorithm::Ed25519),
        (KeyKind::Rsa2048, Algorithm::Rsa { bits: 2_048 }),
    ] {
        let made = request::make(&subject("board-1"), kind).unwrap();
        CertificateSigningRequestParams::from_pem(&made.request_pem).unwrap();
        let key = KeyPair::from_pem(&made.key_pem).unwrap();
        let answer = issued_for(client_params("board-1"), key, &pki().ca);
        let Answer::Fits(certificate) = request::check(answer.pem.as_bytes(), made.key_pem.as_bytes(), None)
        else {
            panic!("{kind:?}");
        };
        assert_eq!(certificate.algorithm, algorithm);
        run(&[Case::new(
            "answer",
            pki().ca_file(),
            file("c", &answer.pem),
            file("k", made.key_pem.as_bytes()),
        )]);
    }
}

#[test]
fn a_key_that_is_there_asks_again() {
    for kind in [KeyKind::P256, KeyKind::P384, KeyKind::Ed25519, KeyKind::Rsa2048] {
        let key = request::make(&subject("board-1"), kind).unwrap().key_pem;
        let request = request::renew(&subject("board-2"), &file("k", key.as_bytes()), None).unwrap();
        let asked = CertificateSigningRequestParams::from_pem(&request).unwrap();
        let own = KeyPair::from_pem(&key).unwrap();
        assert_eq!(asked.public_key.der_bytes(), own.der_bytes(), "{kind:?}");
    }
}

#[test]
fn keys_that_cannot_ask() {
    let renew = |content: &Content| request::renew(&subject("b"), content, None).unwrap_err().to_string();
    let locked = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    for (bytes, said) in [
        (pki().client.pem.as_bytes(), "There is no private key in k"),
        (b"<html>", "k is a web page"),
        (b"", "k is empty"),
        (locked.as_bytes(), "k is encrypted in OpenSSL's old format"),
    ] {
        assert_eq!(renew(&file("k", bytes)), format!("the key cannot be used: {said}"));
    }
    assert_eq!(renew(&Content::NotChosen), "the key cannot be used: No private key chosen");
}

#[test]
fn answers_that_do_not_fit() {
    let key = request::make(&subject("board-1"), KeyKind::P256).unwrap().key_pem;
    let check = |answer: &[u8]| request::check(answer, key.as_bytes(), None);
    assert!(
        matches!(check(pki().client.pem.as_bytes()), Answer::OtherKey(certificate) if certificate.name == "board-1")
    );
    assert_eq!(check(b"<html>"), Answer::NoCertificate);
    assert_eq!(request::check(pki().client.pem.as_bytes(), b"", None), Answer::NoKey);
}

#[test]
fn subjects() {
    let full = Subject {
        common_name: " board-1 ".to_owned(),
        organization: "Ürün A.Ş.".to_owned(),
        unit: "Lab".to_owned(),
        locality: "İzmir".to_owned(),
        state: String::new(),
        country: "tr".to_owned(),
    };
    let made = request::make(&full, KeyKind::P256).unwrap();
    let parsed = CertificateSigningRequestParams::from_pem(&made.request_pem).unwrap();
    let certificate = self_signed(parsed.params);
    let facts = echo_monitor::credentials::facts::Certificate::parse(&certificate.der).unwrap();
    assert_eq!(facts.subject, "C=TR, L=İzmir, O=Ürün A.Ş., OU=Lab, CN=board-1");

    let problem = |subject: Subject| request::make(&subject, KeyKind::P256).unwrap_err();
    assert_eq!(problem(subject(" ")), RequestProblem::NoName);
    assert!(matches!(problem(subject(&"x".repeat(65))), RequestProblem::TooLong { limit: 64, .. }));
    for country in ["D", "DEU", "D1", "Ä"] {
        let bad = Subject { country: country.to_owned(), ..subject("x") };
        assert_eq!(problem(bad), RequestProblem::BadCountry, "{country}");
    }
}

#[test]
fn a_local_ca_is_good_for_itself() {
    let made = local::make(&["localhost", "127.0.0.1", "::1"], now(), 90).unwrap();
    let files = made.files(8884, "");
    let of =
        |name: &str| files.iter().find(|made| made.name == name).map(|made| file(name, &made.bytes)).unwrap();
    let case = Case::new("local", of("ca.crt"), of("client.crt"), of("client.key"));
    assert_eq!(case.judge().certificate.summary, "echo-client · ECDSA P-256 · ends in 90 days");
    run(&[case]);
    let server = echo_monitor::credentials::facts::of_chain([pem_bytes(&made.server_pem).as_slice()]);
    let text = server[0].as_text(now());
    assert!(text.contains("Names: DNS localhost, IP 127.0.0.1, IP ::1\n"), "{text}");
    assert!(text.contains("Extended usage: TLS server\n"), "{text}");
    let private: Vec<_> = files.iter().filter(|made| made.private).map(|made| made.name.as_ref()).collect();
    assert_eq!(private, ["server.key", "client.key"]);
    assert!(!format!("{made:?} {files:?}").contains("PRIVATE"));
}

fn pem_bytes(pem: &str) -> Vec<u8> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.decode(pem.lines().filter(|line| !line.starts_with('-')).collect::<String>()).unwrap()
}

#[test]
fn names_and_days_of_a_local_ca() {
    let problem = |names: &[&str], now, days| local::make(names, now, days).err();
    assert_eq!(problem(&[], now(), 90), Some(LocalProblem::NoName));
    let long = "x".repeat(64);
    for bad in ["", "a b", "-a", "a..b", "ä.example", "http://x", "x:8883", &long] {
        assert_eq!(problem(&[bad], now(), 90), Some(LocalProblem::BadName(bad.to_owned())), "{bad}");
    }
    for good in ["broker", "a.example", "*.example", "my_host", "10.0.0.1", "[::1]", "::1"] {
        assert_eq!(problem(&[good], now(), 90), None, "{good}");
    }
    assert_eq!(problem(&["x"], now(), 0), Some(LocalProblem::BadDays));
    assert_eq!(problem(&["x"], now(), 4_000), Some(LocalProblem::BadDays));
    assert_eq!(problem(&["x"], SystemTime::UNIX_EPOCH, 90), Some(LocalProblem::BadClock));
    assert_eq!(problem(&["x"], SystemTime::UNIX_EPOCH + days(365 * 9_000), 90), Some(LocalProblem::BadClock));
}
