//! We refuse the broker's certificate.

use echo_monitor::{
    failure::Stage,
    profile::{Host, Profile, Security},
};
use rcgen::{BasicConstraints, CustomExtension, ExtendedKeyUsagePurpose, IsCa};

use crate::{
    Row, WE_REFUSED,
    listen::profile,
    openssl::OpenSsl,
    pki::{Pki, Wish},
    run,
    tls::{Ask, BOTH, serve},
};

/// A server that presents `stem.crt` and nothing else.
fn presents(pki: &Pki, stem: &str) -> Profile {
    chain(pki, &[&format!("{stem}.crt")], stem)
}

fn chain(pki: &Pki, chain: &[&str], stem: &str) -> Profile {
    profile(pki, serve(pki, chain, &format!("{stem}.key"), Ask::No, BOTH))
}

fn row(name: &str, profile: Profile, kind: &'static str) -> Row {
    Row::new(name, profile, kind, Stage::Tls).who(WE_REFUSED).evidence("wanted", "localhost")
}

#[test]
fn it_is_of_no_ca_that_we_trust() {
    let (pki, other, renewed) = (Pki::new("test CA"), Pki::new("another CA"), Pki::new("test CA"));
    let trusting = |of: &Pki, profile: Profile| {
        let mut profile = profile;
        profile.credentials.ca = Some(of.file("mosquitto.org.crt"));
        profile
    };
    pki.self_sign("alone", &Wish::server());
    pki.issue_below("below", &Wish::server());
    let mut system = presents(&pki, "server");
    system.security = Security::Tls;
    system.credentials = Default::default();
    let unknown = "broker-issuer-unknown";
    run(vec![
        row("another CA", trusting(&other, presents(&pki, "server")), unknown)
            .evidence("trusted", "another CA")
            .evidence("issuer", "CN=test CA")
            .evidence("subject", "CN=broker")
            .says("issued by test CA. You trust another CA"),
        row("a CA of the same name", trusting(&renewed, presents(&pki, "server")), unknown)
            .evidence("trusted", "test CA")
            .says("has that same name but is another one"),
        row("self-signed", presents(&pki, "alone"), unknown)
            .evidence("issuer", "CN=broker")
            .says("signed itself"),
        row("without its intermediate", presents(&pki, "below"), unknown)
            .evidence("issuer", "CN=intermediate CA")
            .says("append them to its certfile"),
        row(
            "with its intermediate, of another root",
            trusting(&other, chain(&pki, &["below.crt", "below-ca.crt"], "below")),
            unknown,
        )
        .says("Choose the certificate of test CA as the CA file"),
        row("not in the system's store", system, unknown)
            .evidence("trusted", "the operating system's trust store")
            .says("trust store does not lead there"),
    ]);
}

#[test]
fn it_is_not_valid_now_or_not_for_this_name() {
    let pki = Pki::new("test CA");
    pki.issue("old", &Wish { begins: -30, ends: -2, ..Wish::server() });
    pki.issue("new", &Wish { begins: 3, ..Wish::server() });
    pki.issue("elsewhere", &Wish { hosts: &["broker.example", "*.lab.example"], ..Wish::server() });
    pki.issue("nameless", &Wish { hosts: &[], ..Wish::server() });
    pki.issue("named", &Wish { hosts: &["localhost"], ..Wish::server() });
    let by_address = Profile { host: Host::parse("127.0.0.1").unwrap(), ..presents(&pki, "named") };
    run(vec![
        row("expired", presents(&pki, "old"), "broker-certificate-expired")
            .evidence("valid until", "UTC")
            .evidence("this computer's clock", "UTC")
            .says("2 days ago"),
        row("not yet valid", presents(&pki, "new"), "broker-certificate-not-yet-valid")
            .evidence("valid from", "UTC")
            .evidence("this computer's clock", "UTC")
            .says("It becomes valid on"),
        row("for other names", presents(&pki, "elsewhere"), "broker-name-mismatch")
            .evidence("names", "DNS broker.example, DNS *.lab.example")
            .says("connect to broker.example")
            .says("subjectAltName"),
        row("without a name", presents(&pki, "nameless"), "broker-name-missing")
            .evidence("names", "none")
            .says("it is broker")
            .says("subjectAltName=DNS:localhost"),
        Row::new("for the name and not for the address", by_address, "broker-name-mismatch", Stage::Tls)
            .who(WE_REFUSED)
            .evidence("wanted", "127.0.0.1")
            .says("connect to localhost")
            .says("IP:127.0.0.1"),
    ]);
}

#[test]
fn it_is_none_for_a_server() {
    let pki = Pki::new("test CA");
    pki.tailor("ca", &Wish::server(), |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    pki.issue("client-only", &Wish { usage: Some(ExtendedKeyUsagePurpose::ClientAuth), ..Wish::server() });
    pki.tailor("strange", &Wish::server(), |params| {
        let mut extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99_999, 1], vec![5, 0]);
        extension.set_criticality(true);
        params.custom_extensions.push(extension);
    });
    run(vec![
        row("a CA's", presents(&pki, "ca"), "broker-certificate-is-ca").says("CA:FALSE"),
        row("a client's", presents(&pki, "client-only"), "broker-certificate-wrong-purpose")
            .says("serverAuth"),
        row("with a demand that nobody knows", presents(&pki, "strange"), "broker-certificate-extension")
            .says("critical"),
    ]);
}

#[test]
#[ignore = "needs openssl"]
fn it_is_of_a_kind_that_only_openssl_makes() {
    let pki = Pki::new("test CA");
    pki.issue_version_one("old", "localhost");
    pki.sh("openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout sha1.key -out sha1.csr
         printf 'subjectAltName=DNS:localhost\\n' > sha1.ext
         openssl x509 -req -in sha1.csr -CA mosquitto.org.crt -CAkey ca.key -CAcreateserial -days 30 -sha1 \
             -extfile sha1.ext -out sha1.crt
         openssl req -newkey rsa:1024 -nodes -subj /CN=localhost -keyout short.key -out short.csr
         openssl x509 -req -in short.csr -CA mosquitto.org.crt -CAkey ca.key -CAcreateserial -days 30 \
             -extfile sha1.ext -out short.crt");
    let versions = ["-tls1_2", "-tls1_3"];
    let mut rows = Vec::new();
    for version in versions {
        let server = OpenSsl::start(&pki, "old", &[version]);
        rows.push(
            row("version 1", profile(&pki, server.port), "broker-certificate-version-1")
                .evidence("version", "1")
                .says("Accept it for this broker")
                .with(server),
        );
        let server = OpenSsl::start(&pki, "sha1", &[version, "-cipher", "ALL:@SECLEVEL=0"]);
        rows.push(
            row("SHA-1", profile(&pki, server.port), "broker-signature-weak")
                .evidence("signature", "SHA-1")
                .with(server),
        );
        let server = OpenSsl::start(&pki, "short", &[version, "-cipher", "ALL:@SECLEVEL=0"]);
        rows.push(
            row("1024 bits", profile(&pki, server.port), "broker-key-weak")
                .evidence("key", "RSA 1024")
                .says("2048 bits")
                .with(server),
        );
    }
    run(rows);
}
