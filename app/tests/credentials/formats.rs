//! What people have is read, whatever its format: everything here works.

use echo_monitor::{
    credentials::{Content, Facts, Trust},
    profile::Field,
};
use p12_keystore::{
    Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKey, PrivateKeyChain,
};

use rcgen::KeyPair;

use crate::{
    Case, file,
    making::{
        Made, ca_params, client_params, ed25519, inside, issued, issued_for, p384, pem, pki, rsa,
        self_signed, tlv,
    },
    run,
};

/// The same CA; certificate and key as given.
fn with(name: &'static str, certificate: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Case {
    Case::new(name, pki().ca_file(), file("client.crt", certificate), file("client.key", key))
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

#[test]
fn certificates_and_keys_in_every_wrapping() {
    let client = &pki().client;
    let (certificate, key) = (client.pem.as_str(), client.key_pem());
    let key = key.as_str();
    let both = format!("{certificate}{key}");
    let noisy = |pem: &str| {
        format!("Bag Attributes\n    localKeyID: 01\nsubject=CN = board-1\n\n{pem}\nfurther text: äöü\n")
    };
    let escaped = |pem: &str| pem.trim_end().replace('\n', "\\n");
    let bare =
        |pem: &str| pem.lines().filter(|line| !line.starts_with("-----")).collect::<Vec<_>>().join("\n");
    let bom = |pem: &str| [b"\xEF\xBB\xBF", pem.as_bytes()].concat();
    let windows =
        |pem: &str| [&[0xFF, 0xFE][..], &utf16(&pem.replace('\n', "\r\n"), u16::to_le_bytes)].concat();
    let big = |pem: &str| [&[0xFE, 0xFF][..], &utf16(pem, u16::to_be_bytes)].concat();
    let latin = |pem: &str| [b"K\xFCche: Schl\xFCssel\n", pem.as_bytes()].concat();
    let headed = |pem: &str| utf16(&format!("Key\r\n{pem}"), u16::to_le_bytes);
    let indented = |pem: &str| pem.lines().map(|line| format!("    {line}\n")).collect::<String>();
    run(&[
        with("PEM", certificate, key),
        with("DER", &client.der, client.key.serialized_der()),
        with("CRLF", certificate.replace('\n', "\r\n"), key.replace('\n', "\r\n")),
        with("old Mac line ends", certificate.replace('\n', "\r"), key.replace('\n', "\r")),
        with("one line", certificate.replace('\n', " "), key.replace('\n', " ")),
        with("escaped line ends", escaped(certificate), escaped(key)),
        with("byte order mark", bom(certificate), bom(key)),
        with("UTF-16 of Windows", windows(certificate), windows(key)),
        with("UTF-16 big-endian", big(certificate), big(key)),
        with("UTF-16 without a mark", headed(certificate), headed(key)),
        with("text around", noisy(certificate), noisy(key)),
        with("Latin-1 around", latin(certificate), latin(key)),
        with("indented", indented(certificate), indented(key)),
        with("no BEGIN lines", bare(certificate), bare(key)),
        with("no BEGIN lines, byte order mark", bom(&bare(certificate)), bom(&bare(key))),
        with("X509 CERTIFICATE", certificate.replace(" CERTIFICATE", " X509 CERTIFICATE"), key),
        with("both in both", &both, &both),
        Case::new("both in the certificate's row", pki().ca_file(), file("a.pem", &both), Content::NotChosen),
        Case::new("both in the key's row", pki().ca_file(), Content::NotChosen, file("a.pem", &both)),
        with("key first", format!("{key}{certificate}"), key),
        with("parameters before the key", certificate, format!("{}{key}", pem("EC PARAMETERS", &[6, 1, 1]))),
    ]);
}

#[test]
fn keys_of_every_kind_and_form() {
    let ca = &pki().ca;
    let made = |key| issued_for(client_params("board"), key, ca);
    let (p256, p384, ed25519, rsa) = (&pki().client, made(p384()), made(ed25519()), made(rsa()));
    let inner = |made: &Made| inside(made.key.serialized_der(), &[2]);
    let pkcs1 = inner(&rsa);
    // SEC 1 outside of PKCS#8 names its curve.
    let sec1 = |made: &Made, curve: &[u8], point: bool| {
        let private = inner(made);
        let bits = tlv(0xA1, &[&tlv(3, &[&inside(&private, &[2, 0])])]);
        let fields =
            [tlv(2, &[&[1]]), tlv(4, &[&inside(&private, &[1])]), tlv(0xA0, &[&tlv(6, &[curve])])].concat();
        tlv(0x30, &[&fields, if point { &bits } else { &[] }])
    };
    // A scalar that begins with a zero, which some programs leave away; and a point of which only one half is there.
    let short = made(
        std::iter::repeat_with(|| KeyPair::generate().unwrap()).find(|key| scalar(key)[0] == 0).unwrap(),
    );
    let half = [&[0, 2][..], &inside(&inner(p256), &[2, 0])[2..34]].concat();
    let compressed =
        tlv(0x30, &[&[2, 1, 1], &tlv(4, &[&scalar(&p256.key)]), &tlv(0xA1, &[&tlv(3, &[&half])])]);
    let p256_oid = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
    let p384_oid = [0x2B, 0x81, 0x04, 0x00, 0x22];
    // Windows and Java add attributes; some leave the NULL of RSA away.
    let attributes =
        tlv(0xA0, &[&tlv(0x30, &[&tlv(6, &[&[0x55, 0x1D, 0x0F]]), &tlv(0x31, &[&tlv(3, &[&[0, 0x80]])])])]);
    let with_attributes = |made: &Made| tlv(0x30, &[&inside(made.key.serialized_der(), &[]), &attributes]);
    let rsa_oid = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
    let without_null = tlv(0x30, &[&[2, 1, 0], &tlv(0x30, &[&tlv(6, &[&rsa_oid])]), &tlv(4, &[&pkcs1])]);
    let named = tlv(0xA0, &[&tlv(6, &[&p256_oid])]);
    let trimmed = tlv(0x30, &[&[2, 1, 1], &tlv(4, &[&scalar(&short.key)[1..]]), &named]);
    let nameless = tlv(0x30, &[&[2, 1, 1], &tlv(4, &[&scalar(&p256.key)])]);
    run(&[
        with("P-384 in PKCS#8", &p384.pem, p384.key_pem()),
        with("Ed25519 in PKCS#8", &ed25519.pem, ed25519.key_pem()),
        with("RSA in PKCS#8", &rsa.pem, rsa.key_pem()),
        with("RSA in PKCS#1", &rsa.pem, pem("RSA PRIVATE KEY", &pkcs1)),
        with("RSA in PKCS#1, DER", &rsa.der, &pkcs1),
        with("RSA with a wrong label", &rsa.pem, pem("PRIVATE KEY", &pkcs1)),
        with("RSA without NULL", &rsa.pem, pem("PRIVATE KEY", &without_null)),
        with("RSA with attributes", &rsa.pem, pem("PRIVATE KEY", &with_attributes(&rsa))),
        with("P-256 in SEC 1", &p256.pem, pem("EC PRIVATE KEY", &sec1(p256, &p256_oid, true))),
        with("P-256 in SEC 1, DER", &p256.der, sec1(p256, &p256_oid, true)),
        with(
            "P-256 in SEC 1 without its point",
            &p256.pem,
            pem("EC PRIVATE KEY", &sec1(p256, &p256_oid, false)),
        ),
        with("P-256 with a short scalar", &short.pem, pem("EC PRIVATE KEY", &trimmed)),
        with("P-256 with a scalar alone", &p256.pem, pem("EC PRIVATE KEY", &nameless)),
        with("P-256 with a compressed point", &p256.pem, pem("EC PRIVATE KEY", &compressed)),
        with("P-256 with attributes", &p256.pem, pem("PRIVATE KEY", &with_attributes(p256))),
        with("P-384 in SEC 1", &p384.pem, pem("EC PRIVATE KEY", &sec1(&p384, &p384_oid, true))),
    ]);
}

fn scalar(key: &KeyPair) -> Vec<u8> {
    inside(&inside(key.serialized_der(), &[2]), &[1])
}

#[test]
fn chains_in_any_order_begin_with_our_own() {
    let root = self_signed(ca_params("Root"));
    let middle = issued(ca_params("Middle"), &root);
    let low = issued(ca_params("Low"), &middle);
    let client = issued(client_params("board"), &low);
    let orders = [
        [&client, &low, &middle, &root],
        [&root, &middle, &low, &client],
        [&middle, &client, &root, &low],
        [&low, &root, &client, &middle],
    ];
    for order in orders {
        let bundle: String = order.iter().map(|made| made.pem.as_str()).collect();
        let case = Case::new("chain", file("ca", &root.pem), file("c", bundle), file("k", client.key_pem()));
        run(&[case]);
        let bundle: Vec<u8> = order.iter().flat_map(|made| made.der.clone()).collect();
        let case = Case::new("chain", file("ca", &root.pem), file("c", bundle), file("k", client.key_pem()));
        let (chain, _) = case.judge().identity.unwrap().client.unwrap();
        let expected = [&client, &low, &middle, &root].map(|made| made.der.clone());
        assert_eq!(chain.iter().map(|der| der.to_vec()).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn of_two_issuers_with_one_name_the_right_one_is_in_the_chain() {
    let (ca, client) = (&pki().ca, &pki().client);
    let namesake = self_signed(ca_params("Test CA"));
    let bundle = format!("{}{}{}", client.pem, namesake.pem, ca.pem);
    let case = Case::new("namesake", file("ca", &ca.pem), file("c", bundle), file("k", client.key_pem()));
    let (chain, _) = case.judge().identity.unwrap().client.unwrap();
    assert_eq!(
        chain.iter().map(|der| der.to_vec()).collect::<Vec<_>>(),
        [client.der.clone(), ca.der.clone()]
    );
}

#[test]
fn bundles_of_cas() {
    let many: Vec<Made> = (0..20).map(|number| self_signed(ca_params(&format!("CA {number}")))).collect();
    let bundle: String = many.iter().map(|made| format!("# {}\n{}", "comment", made.pem)).collect();
    let case =
        Case::new("bundle", file("all.pem", bundle + &pki().ca.pem), pki().client_file(), pki().key_file());
    let judgement = case.judge();
    assert!(matches!(&judgement.identity.unwrap().trust, Trust::Anchors(anchors) if anchors.len() == 21));
    assert_eq!(judgement.ca.facts.len(), 16);
    assert_eq!(judgement.ca.summary, "21 CA certificates · the last ends in 80 days");
    run(&[case]);
}

/// A PKCS#12 file as programs write it.
pub(crate) fn pkcs12(client: &Made, cas: &[&Made], legacy: bool, passphrase: &str) -> Vec<u8> {
    let certificates = std::iter::once(client).chain(cas.iter().copied());
    let chain = certificates.map(|made| Certificate::from_der(&made.der).unwrap()).collect::<Vec<_>>();
    let key = PrivateKey::from_der(client.key.serialized_der()).unwrap();
    let mut store = KeyStore::new();
    store.add_entry("me", KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new(&[1][..], key, chain)));
    let writer = store.writer(passphrase).encryption_iterations(2_048).mac_iterations(2_048);
    let writer = match legacy {
        true => writer
            .encryption_algorithm(EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc)
            .mac_algorithm(MacAlgorithm::HmacSha1),
        false => writer,
    };
    writer.write().unwrap()
}

#[test]
fn pkcs12_fills_all_rows() {
    let (ca, client) = (&pki().ca, &pki().client);
    let modern = pkcs12(client, &[ca], false, "secret");
    let legacy = pkcs12(client, &[ca], true, "secret");
    let wide = pkcs12(client, &[ca], false, "pässwörd €");
    let empty = pkcs12(client, &[ca], true, "");
    let alone = pkcs12(client, &[], false, "secret");
    let one =
        |name, bytes: &[u8]| Case::new(name, Content::NotChosen, file("me.p12", bytes), Content::NotChosen);
    let three = |name, bytes: &[u8]| {
        Case::new(name, file("me.p12", bytes), file("me.p12", bytes), file("me.p12", bytes))
    };
    let inside = |case: Case| case.notes(Field::Ca, "ca-from-pkcs12");
    run(&[
        inside(one("modern", &modern).passphrase("secret")),
        inside(one("legacy", &legacy).passphrase("secret")),
        inside(one("not ASCII", &wide).passphrase("pässwörd €")),
        inside(one("empty passphrase, none given", &empty)),
        inside(one("empty passphrase, given", &empty).passphrase("")),
        three("in all rows", &modern).passphrase("secret"),
        one("without a CA", &alone).passphrase("secret").notes(Field::Ca, "system-trust"),
        Case::new("with a CA file", pki().ca_file(), file("me.p12", &alone), Content::NotChosen)
            .passphrase("secret"),
        Case::new("key beside it", pki().ca_file(), file("me.p12", &alone), pki().key_file())
            .passphrase("secret"),
        Case::new("only in the key's row", pki().ca_file(), pki().client_file(), file("me.p12", &alone))
            .passphrase("secret"),
    ]);
    let judgement = one("modern", &modern).passphrase("secret").judge();
    let Some(Facts::Key(key)) = judgement.key.facts.first() else { panic!("no key") };
    assert_eq!(key.form, "PKCS#12");
}

#[test]
fn pkcs12_with_lengths_that_end_with_a_mark() {
    let der = pkcs12(&pki().client, &[&pki().ca], false, "secret");
    let ber = indefinite(&der);
    assert_ne!(ber, der);
    run(&[Case::new("BER", Content::NotChosen, file("me.p12", ber), Content::NotChosen)
        .passphrase("secret")
        .notes(Field::Ca, "ca-from-pkcs12")]);
}

/// Rewrites DER with marks instead of lengths, and OCTET STRINGs in pieces, as NSS does.
fn indefinite(mut der: &[u8]) -> Vec<u8> {
    let mut ber = vec![];
    while !der.is_empty() {
        let tag = der[0];
        let inner = inside(der, &[]);
        let whole = tlv(tag, &[&inner]).len();
        if tag & 0x20 != 0 {
            ber.extend([tag, 0x80]);
            ber.extend(indefinite(&inner));
            ber.extend([0, 0]);
        } else if (tag == 4 || tag == 0x80) && inner.len() > 64 {
            ber.extend([if tag == 4 { 0x24 } else { 0xA0 }, 0x80]);
            inner.chunks(50).for_each(|piece| ber.extend(tlv(4, &[piece])));
            ber.extend([0, 0]);
        } else {
            ber.extend(&der[..whole]);
        }
        der = &der[whole..];
    }
    ber
}
