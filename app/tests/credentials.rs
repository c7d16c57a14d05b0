//! Every kind of credential file that people have, made for real, and what is said about it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::{Duration, SystemTime};

use echo_monitor::{
    credentials::{Content, Files, Judgement, judge, local},
    profile::Security,
};
use zeroize::Zeroizing;

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_400_000)
}

fn content(name: &str, bytes: impl AsRef<[u8]>) -> Content {
    Content::Read { name: name.to_owned(), bytes: Zeroizing::new(bytes.as_ref().to_vec()), mode: Some(0o600) }
}

fn mutual(ca: Content, certificate: Content, key: Content) -> Judgement {
    judge(&Files { ca, certificate, key }, None, Security::MutualTls, now())
}

#[test]
fn a_local_ca_is_good_for_itself() {
    let made = local::make(&["localhost", "127.0.0.1"], now(), 90).unwrap();
    let judgement = mutual(
        content("ca.crt", &made.ca_pem),
        content("client.crt", &made.client_pem),
        content("client.key", made.client_key_pem.as_bytes()),
    );
    for finding in judgement.findings() {
        println!("{:?} {} {} {}", finding.severity(), finding.kind(), finding.what(), finding.why());
    }
    for (_, row) in judgement.rows() {
        println!("{}", row.summary);
        row.facts.iter().for_each(|facts| println!("{}", facts.as_text(now())));
    }
    assert!(judgement.identity.is_some());
    assert_eq!(judgement.severity(), None);
}
