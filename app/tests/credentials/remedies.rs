//! The commands that we tell people to run really mend it, and what we make others accept.
#![cfg(unix)]

use std::process::Command;

use crate::{
    Case,
    making::pki,
    openssl::{Bench, RSA},
    run,
};
use echo_monitor::{
    credentials::{
        Content, local,
        request::{self, KeyKind, Subject},
    },
    profile::Field::{Certificate, Key},
};

/// The command in the first finding of the key's or the certificate's row that has one.
fn told(case: &Case, program: &str) -> String {
    let judgement = case.judge();
    let steps = judgement.findings().flat_map(echo_monitor::credentials::Finding::next).map(|step| step.text);
    let text = steps.into_iter().find(|text| text.contains(program)).expect("a command");
    let command = &text[text.find(program).unwrap()..];
    command.split(" (").next().unwrap().to_owned()
}

#[test]
#[ignore = "needs openssl"]
fn what_we_tell_to_do_mends_it() {
    let bench = Bench::with_client(RSA);
    bench.sh("openssl rsa -in client.key -aes256 -traditional -passout pass:s3cret -out 'my old.key'");
    let old = bench.key("old", "my old.key").passphrase("s3cret");
    bench.sh(&format!("{} -passin pass:s3cret -passout pass:s3cret", told(&old, "openssl pkcs8")));
    run(&[old.fails(Key, "old-encryption"), bench.key("mended", "my old-pkcs8.key").passphrase("s3cret")]);

    bench.sh("openssl pkcs8 -topk8 -v1 PBE-MD5-DES -provider legacy -provider default -in client.key -passout pass:x -out md5.key");
    let command = told(&bench.key("", "md5.key").passphrase("x"), "openssl pkcs8");
    bench.sh(&format!("{command} -passin pass:x -passout pass:x"));
    run(&[bench.key("mended", "md5-pkcs8.key").passphrase("x")]);

    bench.sh("openssl rsa -in client.key -des -traditional -passout pass:x -out des.key -provider legacy -provider default");
    let old = bench.key("old DES", "des.key").passphrase("x");
    bench.sh(&format!("{} -passin pass:x -passout pass:x", told(&old, "openssl pkcs8")));
    run(&[
        old.fails(Key, "old-encryption").says("DES-CBC"),
        bench.key("mended", "des-pkcs8.key").passphrase("x"),
    ]);

    bench.sh("openssl crl2pkcs7 -nocrl -certfile client.crt -out client.p7b");
    bench.sh(&told(&bench.case("", "client.p7b", "client.key"), "openssl pkcs7"));
    run(&[bench.case("mended", "client.pem", "client.key").notes(Certificate, "version-1")]);

    bench.sh("cp client.key id_rsa; chmod 600 id_rsa; ssh-keygen -q -p -N '' -f id_rsa");
    let ssh = bench.key("", "id_rsa");
    bench.sh(&format!("{} -N ''", told(&ssh, "ssh-keygen")));
    run(&[ssh.fails(Key, "is-ssh-private-key"), bench.key("mended", "id_rsa")]);

    bench.sh("openssl pkcs12 -export -in client.crt -inkey client.key -passout pass:x -legacy -certpbe PBE-SHA1-RC4-128 -out me.p12");
    let container =
        Case::new("", bench.read("ca.crt"), bench.read("me.p12"), Content::NotChosen).passphrase("x");
    bench.sh(&format!("{} -passin pass:x", told(&container, "openssl pkcs12")));
    run(&[bench.case("mended", "me.pem", "me.pem").notes(Certificate, "version-1")]);
}

#[test]
#[ignore = "needs openssl"]
fn what_we_make_openssl_accepts() {
    let bench = Bench::new();
    let subject =
        Subject { common_name: "board-1".to_owned(), country: "DE".to_owned(), ..Subject::default() };
    for kind in
        [KeyKind::P256, KeyKind::P384, KeyKind::Ed25519, KeyKind::Rsa2048, KeyKind::Rsa3072, KeyKind::Rsa4096]
    {
        let made = request::make(&subject, kind).unwrap();
        bench.write("k", made.key_pem.as_bytes());
        bench.write("r", &made.request_pem);
        bench.sh("openssl pkey -in k -check -noout; openssl req -in r -verify -noout");
        bench.sh("test \"$(openssl req -in r -noout -subject)\" = 'subject=C = DE, CN = board-1'");
        bench.sh("openssl req -in r -noout -pubkey > a; openssl pkey -in k -pubout > b; cmp a b");
    }
    let made = local::make(&["localhost", "127.0.0.1"], std::time::SystemTime::now(), 30).unwrap();
    made.files(8884, "").iter().for_each(|file| bench.write(&file.name, &file.bytes));
    bench.sh("openssl verify -x509_strict -CAfile ca.crt -purpose sslclient client.crt");
    bench.sh(
        "openssl verify -x509_strict -CAfile ca.crt -purpose sslserver -verify_hostname localhost server.crt",
    );
    bench.sh("openssl verify -CAfile ca.crt -purpose sslserver -verify_ip 127.0.0.1 server.crt");
    bench.sh("! openssl verify -CAfile ca.crt -purpose sslserver client.crt");
    run(&[Case::new("pki", pki().ca_file(), pki().client_file(), pki().key_file())]);
}

#[test]
#[ignore = "needs openssl and mosquitto"]
fn mosquitto_takes_what_we_make() {
    use std::{net::TcpListener, process::Stdio, time::Duration};

    let bench = Bench::new();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let made = local::make(&["localhost", "127.0.0.1"], std::time::SystemTime::now(), 30).unwrap();
    let folder = bench.0.path().to_str().unwrap().to_owned();
    made.files(port, &folder).iter().for_each(|file| bench.write(&file.name, &file.bytes));
    let conf = format!("{folder}/mosquitto.conf");
    let mut broker =
        Command::new("mosquitto").args(["-c", &conf]).current_dir("/").stderr(Stdio::null()).spawn().unwrap();
    let connect = format!(
        "openssl s_client -connect 127.0.0.1:{port} -CAfile ca.crt -verify_return_error -verify_hostname localhost"
    );
    let works = |options: &str| {
        // A CONNECT of MQTT 3.1.1, and the first byte of the CONNACK.
        let talk = format!(
            "(printf '\\020\\015\\000\\004MQTT\\004\\002\\000\\074\\000\\001x'; sleep 1; printf '\\340\\000'; sleep 1) | {connect} {options} -quiet 2>/dev/null | head -c 1 | od -An -tx1 | grep -q 20"
        );
        Command::new("sh").args(["-c", &talk]).current_dir(bench.0.path()).status().unwrap().success()
    };
    let started = (0..50).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    let with = started && works("-cert client.crt -key client.key");
    let without = started && works("");
    broker.kill().unwrap();
    broker.wait().unwrap();
    assert!(started && with && !without, "started {started}, with {with}, without {without}");
}
