//! What stands in certificates, in words.

use echo_monitor::credentials::{
    Facts,
    facts::{Certificate, of_chain},
};
use rcgen::{DnType, SanType};

use crate::{
    file,
    making::{client_params, issued, params, pki, self_signed},
    now,
};

#[test]
fn everything_is_told_and_can_be_copied() {
    let mut params = client_params("board-1");
    params.distinguished_name.push(DnType::OrganizationName, "Äpfel & Söhne");
    params.subject_alt_names = vec![
        SanType::DnsName("board.example".try_into().unwrap()),
        SanType::IpAddress("192.0.2.7".parse().unwrap()),
        SanType::IpAddress("2001:db8::7".parse().unwrap()),
        SanType::Rfc822Name("me@example.org".try_into().unwrap()),
    ];
    params.serial_number = Some(vec![0x01, 0xAB].into());
    let made = issued(params, &pki().ca);
    let parsed = Certificate::parse(&made.der).unwrap();
    let text = Facts::Certificate(Box::new(parsed.clone())).as_text(now());
    for expected in [
        "Subject: CN=board-1, O=Äpfel & Söhne\n",
        "Issuer: CN=Test CA\n",
        "Names: DNS board.example, IP 192.0.2.7, IP 2001:db8::7, mail me@example.org\n",
        "Valid from: 13 Nov 2026 02:13 UTC\n",
        "Valid until: 11 Feb 2027 02:13 UTC, ends in 80 days\n",
        "Role: end entity\n",
        "Key: ECDSA P-256\n",
        "Signature: ECDSA with SHA-256\n",
        "Version: 3\n",
        "Key usage: digital signature\n",
        "Extended usage: TLS client\n",
        "Serial: 01:AB\n",
    ] {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
    assert_eq!(parsed.fingerprint.len(), 32 * 3 - 1);
    assert_eq!(parsed.summary(now()), "board-1 · ECDSA P-256 · ends in 80 days");
}

#[test]
fn a_presented_chain() {
    let (ca, client) = (&pki().ca, &pki().client);
    let chain = of_chain([client.der.as_slice(), b"junk", ca.der.as_slice()]);
    assert_eq!(chain.iter().map(Facts::title).collect::<Vec<_>>(), ["board-1", "Test CA"]);
}

#[test]
fn names_cannot_disguise_themselves() {
    let made = self_signed(params("evil\u{202E}txt.exe\nCN=good\0"));
    let parsed = Certificate::parse(&made.der).unwrap();
    assert!(!parsed.name.contains(['\u{202E}', '\n', '\0']), "{:?}", parsed.name);
    assert!(!parsed.subject.contains(['\u{202E}', '\n', '\0']), "{:?}", parsed.subject);
    let endless = Certificate::parse(&self_signed(params(&"x".repeat(30_000))).der).unwrap();
    assert!(endless.name.chars().count() <= 513 && endless.subject.chars().count() <= 513);
}

#[test]
fn nothing_secret_is_printed() {
    let key = pki().client.key.serialized_der();
    let files = pki().files();
    let judgement = echo_monitor::credentials::judge(&files, Some("hush"), Default::default(), now());
    let printed = format!("{files:?} {judgement:?} {:?} {:#?}", judgement.identity, file("k", key));
    let decimal = key[36..40].iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
    let hex: String = key[36..40].iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(
        !printed.contains(&decimal) && !printed.to_lowercase().contains(&hex) && !printed.contains("hush")
    );
}
