//! What people choose by mistake is recognised, and each finding says what to do: nothing here works.

use echo_monitor::{
    credentials::{Content, FILE_LIMIT, ReadProblem},
    failure::Remedy,
    profile::Field::{Ca, Certificate, Key},
};

use crate::{
    Case, file,
    formats::pkcs12,
    making::{client_params, pem, pki, self_signed, tlv},
    run,
};

fn in_key_row(name: &'static str, as_file: &str, bytes: impl AsRef<[u8]>) -> Case {
    Case::new(name, pki().ca_file(), pki().client_file(), file(as_file, bytes))
}

fn in_certificate_row(name: &'static str, as_file: &str, bytes: impl AsRef<[u8]>) -> Case {
    Case::new(name, pki().ca_file(), file(as_file, bytes), pki().key_file())
}

fn in_ca_row(name: &'static str, as_file: &str, bytes: impl AsRef<[u8]>) -> Case {
    Case::new(name, file(as_file, bytes), pki().client_file(), pki().key_file())
}

#[test]
fn files_that_cannot_be_read() {
    let unreadable = |name, problem| {
        let content = Content::Unreadable { name: "client.key".to_owned(), problem };
        Case::new(name, pki().ca_file(), pki().client_file(), content)
    };
    let huge = ReadProblem::TooLarge { bytes: 5 << 30, limit: FILE_LIMIT };
    run(&[
        unreadable("missing", ReadProblem::Missing)
            .fails(Key, "file-missing")
            .says("client.key is not there"),
        unreadable("folder", ReadProblem::Folder).fails(Key, "file-is-folder"),
        unreadable("empty", ReadProblem::Empty).fails(Key, "file-empty"),
        unreadable("huge", huge).fails(Key, "file-too-large").says("5120 MB"),
        unreadable("forbidden", ReadProblem::Forbidden)
            .fails(Key, "file-forbidden")
            .says("chmod u+r client.key"),
        unreadable("device", ReadProblem::NotAFile).fails(Key, "not-a-file"),
        unreadable("other", ReadProblem::Other(std::io::ErrorKind::TimedOut))
            .fails(Key, "file-unreadable")
            .says("timed out"),
        in_key_row("no bytes", "client.key", []).fails(Key, "file-empty"),
        Case::new("nothing chosen", Content::NotChosen, Content::NotChosen, Content::NotChosen)
            .notes(Ca, "system-trust")
            .fails(Certificate, "not-chosen")
            .fails(Key, "not-chosen"),
        Case::new("no key chosen", pki().ca_file(), pki().client_file(), Content::NotChosen)
            .fails(Key, "not-chosen"),
        Case::new("no certificate chosen", pki().ca_file(), Content::NotChosen, pki().key_file())
            .fails(Certificate, "not-chosen"),
    ]);
}

#[test]
fn files_of_another_kind() {
    let key = &pki().client.key;
    let request = client_params("x").serialize_request(key).unwrap();
    let (request_pem, request_der) = (request.pem().unwrap(), request.der().to_vec());
    let signed_data = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
    let pkcs7 = tlv(0x30, &[&tlv(6, &[&signed_data]), &tlv(0xA0, &[&[5, 0]])]);
    let public = key.public_key_pem();
    let html = "<!DOCTYPE html>\n<html><head><title>test.mosquitto.org</title></head><body></body></html>";
    let ssh = pem("OPENSSH PRIVATE KEY", b"openssh-key-v1\0none");
    let java = [&[0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2][..], &[0; 40]].concat();
    let crl = pem("X509 CRL", &[0x30, 0]);
    run(&[
        in_certificate_row("request", "client.csr", request_pem)
            .fails(Certificate, "is-request")
            .says("client.csr is a certificate signing request")
            .says("https://test.mosquitto.org/ssl/"),
        in_certificate_row("request in DER", "client.der", request_der).fails(Certificate, "is-request"),
        in_certificate_row("PKCS#7", "client.p7b", pem("PKCS7", &pkcs7))
            .fails(Certificate, "is-pkcs7")
            .says("openssl pkcs7 -print_certs -in client.p7b -out client.pem"),
        in_certificate_row("PKCS#7 in DER", "client.p7b", &pkcs7).fails(Certificate, "is-pkcs7"),
        in_certificate_row("CRL", "ca.crl", &crl).fails(Certificate, "is-revocation-list"),
        in_ca_row("CRL as CA", "ca.crl", &crl).fails(Ca, "is-revocation-list"),
        in_ca_row("web page as CA", "mosquitto.org.crt", html)
            .fails(Ca, "is-web-page")
            .says("mosquitto.org.crt is a web page")
            .says("Save link as"),
        in_certificate_row("web page", "client.crt", html).fails(Certificate, "is-web-page"),
        in_key_row("public key", "client.pub", public).fails(Key, "is-public-key"),
        in_key_row("SSH key", "id_ed25519", ssh)
            .fails(Key, "is-ssh-private-key")
            .says("ssh-keygen -p -m PKCS8 -f id_ed25519"),
        in_key_row("SSH public key", "id.pub", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me@here")
            .fails(Key, "is-ssh-public-key"),
        in_key_row("PuTTY", "my key.ppk", "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n")
            .fails(Key, "is-putty-key")
            .says("puttygen \"my key.ppk\" -O private-openssh -o \"my key.key\""),
        in_key_row("Java", "store.jks", java)
            .fails(Key, "is-java-keystore")
            .says("keytool -importkeystore -srckeystore store.jks -destkeystore store.p12"),
        in_key_row("curve only", "c.pem", pem("EC PARAMETERS", &[6, 1, 1])).fails(Key, "is-curve-parameters"),
        in_key_row("DH", "dh.pem", pem("DH PARAMETERS", &[0x30, 0])).fails(Key, "is-dh-parameters"),
        in_key_row("PGP", "key.asc", pem("PGP PRIVATE KEY BLOCK", &[1, 2])).fails(Key, "is-pgp"),
        in_key_row("ZIP", "creds.zip", b"PK\x03\x04\x14\0\0\0\x08\0")
            .fails(Key, "is-archive")
            .says("Unpack it"),
        in_key_row("picture", "photo.png", b"\x89PNG\r\n\x1A\n\0\0").fails(Key, "is-picture"),
        in_key_row("program", "a.out", b"\x7FELF\x02\x01\x01\0").fails(Key, "is-program"),
        in_key_row("PDF", "a.pdf", b"%PDF-1.7\n\xB5\xB5").fails(Key, "is-pdf"),
        in_key_row("JSON", "a.json", "{\"key\": 1}").fails(Key, "is-json"),
        in_key_row("text", "notes.txt", "remember the milk").fails(Key, "is-text"),
        in_key_row("bytes", "noise", [0xFF; 200]).fails(Key, "is-binary"),
        in_certificate_row("bytes", "noise", [0xA7; 200]).fails(Certificate, "is-binary"),
        in_ca_row("bytes", "noise", [0; 200]).fails(Ca, "is-binary"),
    ]);
}

#[test]
fn files_that_are_broken() {
    let certificate = &pki().client.pem;
    let key = pki().client.key_pem();
    let cut = |pem: &str| pem.lines().take(3).collect::<Vec<_>>().join("\n");
    let starred = |pem: &str| pem.replacen("\nM", "\n*", 1);
    let container = {
        let mut bytes = pkcs12(&pki().client, &[], false, "secret");
        let half = bytes.len() / 2;
        bytes.truncate(half);
        bytes
    };
    let mut flipped = pki().client.key.serialized_der().to_vec();
    flipped[40] ^= 1;
    run(&[
        in_certificate_row("cut", "client.crt", cut(certificate)).fails(Certificate, "cut"),
        in_key_row("cut", "client.key", cut(&key)).fails(Key, "cut"),
        in_ca_row("cut", "ca.crt", cut(&pki().ca.pem)).fails(Ca, "cut"),
        in_certificate_row("not base64", "client.crt", starred(certificate)).fails(Certificate, "not-base64"),
        in_key_row("not base64", "client.key", starred(&key)).fails(Key, "not-base64"),
        in_ca_row(
            "one of a bundle",
            "all.pem",
            pem("CERTIFICATE", b"hello") + &pki().ca.pem + "-----BEGIN CERTIFICATE-----",
        )
        .notes(Ca, "malformed")
        .notes(Ca, "cut"),
        in_key_row("DSA", "dsa.key", pem("DSA PRIVATE KEY", b"hello"))
            .fails(Key, "key-unsupported")
            .says("type DSA"),
        in_certificate_row("no content", "client.crt", pem("CERTIFICATE", b"hello"))
            .fails(Certificate, "malformed"),
        in_key_row("no content", "client.key", pem("PRIVATE KEY", b"hello")).fails(Key, "malformed"),
        in_key_row("a bit flipped", "client.key", pem("PRIVATE KEY", &flipped)).fails(Key, "key-refused"),
        in_key_row("half a container", "client.p12", container).fails(Key, "cut").says("says that it has"),
        in_certificate_row("half a DER", "client.der", &pki().client.der[..200]).fails(Certificate, "cut"),
    ]);
}

#[test]
fn files_in_the_wrong_row() {
    let (ca, client, key) = (pki().ca_file(), pki().client_file(), pki().key_file());
    let cases = [
        Case::new("swapped", ca.clone(), key.clone(), client.clone())
            .fails(Certificate, "swapped")
            .fails(Key, "swapped")
            .says("client.key is a private key, not a certificate")
            .says("client.crt is a certificate, not a private key"),
        Case::new("two certificates", ca.clone(), client.clone(), file("b.crt", &pki().ca.pem))
            .fails(Key, "swapped"),
        Case::new(
            "two keys",
            ca.clone(),
            file("b.key", pem("PRIVATE KEY", pki().ca.key.serialized_der())),
            key.clone(),
        )
        .fails(Certificate, "swapped"),
        Case::new("one certificate twice", ca, client.clone(), client.clone()).fails(Key, "swapped"),
        Case::new("one key twice", pki().ca_file(), key.clone(), key.clone()).fails(Certificate, "swapped"),
        Case::new("key as CA", key.clone(), client.clone(), key.clone()).fails(Ca, "key-as-ca"),
        Case::new("client as CA", client.clone(), client.clone(), key.clone()).fails(Ca, "no-ca-inside"),
        Case::new("client as CA, DER", file("c.der", &pki().client.der), client.clone(), key.clone())
            .fails(Ca, "client-as-ca"),
        Case::new("another's certificate as CA", file("b.crt", other_leaf()), client, key)
            .fails(Ca, "no-ca-inside"),
    ];
    run(&cases);
    let swap = |case: &Case| {
        let findings: Vec<_> =
            case.judge().findings().flat_map(echo_monitor::credentials::Finding::next).collect();
        findings.into_iter().any(|step| step.remedy == Some(Remedy::SwapFiles))
    };
    assert!(swap(&cases[0]));
    assert!(!swap(&cases[1]) && !swap(&cases[2]));
}

fn other_leaf() -> String {
    crate::making::issued(client_params("other"), &pki().ca).pem
}

#[test]
fn passphrases() {
    let locked = pkcs12(&pki().client, &[&pki().ca], false, "secret");
    let row = |name| Case::new(name, pki().ca_file(), file("me.p12", &locked), Content::NotChosen);
    let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    let cases = [
        row("PKCS#12, none").fails(Certificate, "passphrase-needed"),
        row("PKCS#12, wrong").passphrase("Secret").fails(Certificate, "passphrase-wrong"),
        in_key_row("old encryption", "my old.key", old)
            .fails(Key, "old-encryption")
            .says("openssl pkcs8 -topk8 -in \"my old.key\" -out \"my old-pkcs8.key\""),
        in_key_row("old encryption, CRLF", "client.key", old.replace('\n', "\r\n"))
            .fails(Key, "old-encryption"),
    ];
    run(&cases);
    let steps: Vec<_> = cases[0].judge().certificate.findings[0].next();
    assert_eq!(steps[0].remedy, Some(Remedy::AskPassphrase));
}

#[test]
fn a_key_that_belongs_to_another() {
    let other = self_signed(client_params("other"));
    run(&[
        in_key_row("same kind", "other.key", other.key_pem())
            .fails(Key, "key-mismatch")
            .says("another ECDSA P-256 key"),
        in_key_row("other kind", "rsa.key", crate::making::rsa().serialize_pem())
            .fails(Key, "key-mismatch")
            .says("client.crt was made for a key of type ECDSA P-256; the key in rsa.key is RSA 2048"),
        in_key_row("right one behind a wrong one", "keys.pem", other.key_pem() + &pki().client.key_pem())
            .notes(Key, "several-keys"),
    ]);
}
