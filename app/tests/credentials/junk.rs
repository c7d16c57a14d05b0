//! Any bytes give a finding: never a panic, never a long wait. The same is fuzzed in `app/fuzz`.

use std::sync::OnceLock;

use echo_monitor::{
    credentials::{Content, Files, Severity, judge, request, sort},
    profile::Security,
};
use proptest::prelude::*;

use crate::{
    file,
    formats::pkcs12,
    making::{pki, rsa},
    now,
};

/// The file in each row, judged in all ways; whatever is found has its words.
fn survives(bytes: &[u8], passphrase: Option<&str>) {
    let (ca, certificate, key) = (pki().ca_file(), pki().client_file(), pki().key_file());
    let odd = || file("odd", bytes);
    for files in [
        Files { ca: odd(), certificate: certificate.clone(), key: key.clone() },
        Files { ca: ca.clone(), certificate: odd(), key },
        Files { ca, certificate, key: odd() },
        Files { ca: odd(), certificate: odd(), key: odd() },
        Files { ca: Content::NotChosen, certificate: odd(), key: Content::NotChosen },
    ] {
        let judgement = judge(&files, passphrase, Security::MutualTls, now());
        for finding in judgement.findings() {
            assert!(!finding.what().is_empty() && !finding.why().is_empty() && !finding.kind().is_empty());
            let _ = finding.next();
        }
        let facts = judgement.rows().into_iter().flat_map(|(_, row)| &row.facts);
        facts.for_each(|facts| assert!(!facts.as_text(now()).is_empty()));
        assert_eq!(
            judgement.identity.is_none(),
            judgement.severity() == Some(Severity::Error),
            "{judgement:?}"
        );
    }
    let _ = sort(vec![("odd".into(), odd()), ("key".into(), pki().key_file())]);
    let _ = request::check(bytes, bytes, passphrase);
    let subject = request::Subject { common_name: "board-1".to_owned(), ..Default::default() };
    let _ = request::renew(&subject, &odd(), passphrase);
}

/// Real files to start from.
fn seeds() -> &'static [Vec<u8>; 8] {
    static SEEDS: OnceLock<[Vec<u8>; 8]> = OnceLock::new();
    SEEDS.get_or_init(|| {
        let client = &pki().client;
        [
            client.pem.clone().into_bytes(),
            client.der.clone(),
            client.key_pem().into_bytes(),
            client.key.serialized_der().to_vec(),
            rsa().serialized_der().to_vec(),
            pkcs12(client, &[&pki().ca], false, "secret"),
            pkcs12(client, &[&pki().ca], true, "secret"),
            format!("{}{}{}", client.pem, pki().ca.pem, client.key_pem()).into_bytes(),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        survives(&bytes, Some("secret"));
    }

    #[test]
    fn random_text(text in "\\PC{0,400}") {
        survives(text.as_bytes(), None);
    }

    #[test]
    fn random_structures(bytes in proptest::collection::vec(prop_oneof![
        Just(0x30_u8), Just(0x02), Just(0x03), Just(0x04), Just(0x06), Just(0xA0), Just(0x80), Just(0x24), 0_u8..16, any::<u8>()
    ], 0..200)) {
        survives(&bytes, Some("secret"));
    }

    #[test]
    fn real_files_with_bytes_changed(
        which in 0_usize..8,
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
        cut in proptest::option::weighted(0.2, any::<proptest::sample::Index>()),
    ) {
        let mut bytes = seeds()[which].clone();
        for (index, value) in changes {
            let place = index.index(bytes.len());
            bytes[place] = value;
        }
        if let Some(cut) = cut {
            let end = cut.index(bytes.len());
            bytes.truncate(end);
        }
        survives(&bytes, Some("secret"));
    }
}
