//! `check` as its users meet it: the real program, its report, its exit status.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/face.rs"]
mod face;
#[path = "support/mosquitto.rs"]
mod mosquitto;
#[path = "support/pki.rs"]
mod pki;

use std::{
    fs,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use face::{program, run, text};
use mosquitto::{Mosquitto, Settings, free_port};
use pki::{Pki, Wish};
use serde_json::Value;

/// The report of `check --json` with these arguments, after a look at its exit status.
fn report(arguments: &[&str], status: i32) -> Value {
    let output = run(&[&["check", "--json"], arguments].concat());
    assert_eq!(output.status.code(), Some(status), "{}", text(&output));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{why}: {}", text(&output)))
}

/// The arguments that connect to a broker of `pki` with mutual TLS.
fn towards<'a>(pki: &Pki, port: u16) -> impl Fn(&[&str]) -> Vec<String> + use<'a> {
    let file = |name: &str| pki.file(name).display().to_string();
    let common = [
        "--broker".to_owned(),
        "localhost".to_owned(),
        "--port".to_owned(),
        port.to_string(),
        "--ca".to_owned(),
        file("mosquitto.org.crt"),
        "--cert".to_owned(),
        file("client.crt"),
        "--key".to_owned(),
        file("client.key"),
    ];
    move |more| common.iter().cloned().chain(more.iter().map(|text| (*text).to_owned())).collect()
}

fn refs(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

#[test]
fn the_demo_is_all_good_and_all_of_it_is_told() {
    let output = run(&["check", "--demo"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let told = String::from_utf8(output.stdout).unwrap();
    for words in [
        "Result: it works\n",
        "✔ CA: ca.crt",
        "✔ Certificate: client.crt",
        "✔ Key: client.key",
        "✔ DNS",
        "✔ TCP",
        "✔ TLS",
        "✔ MQTT",
        "✔ Subscribe",
        "Broker round trip",
        "Version            TLS 1.3",
        "The broker presented",
        "DNS localhost",
    ] {
        assert!(told.contains(words), "{words} in\n{told}");
    }
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");

    let told = report(&["--demo"], 0);
    assert_eq!(told["verdict"], "good");
    assert_eq!(told["echo_monitor"], env!("CARGO_PKG_VERSION"));
    assert_eq!(told["profile"]["demo"], true);
    let ladder = told["ladder"].as_array().unwrap();
    assert!(ladder.iter().all(|rung| rung["state"] == "done" && rung["ms"].is_f64()), "{ladder:?}");
    assert_eq!(told["tls"]["version"], "TLS 1.3");
    assert_eq!(told["broker_round_trip"]["count"], 40);
}

#[test]
fn wrong_credentials_are_told_before_anything_is_sent() {
    let pki = Pki::new("test CA");
    let other = Pki::new("another CA");
    let arguments = towards(&pki, 1)(&[]);
    let key = other.file("client.key").display().to_string();
    let mut arguments = refs(&arguments);
    *arguments.last_mut().unwrap() = &key;
    let told = report(&arguments, 2);
    assert_eq!((&told["verdict"], &told["failure"]["kind"]), (&"credentials".into(), &"key-mismatch".into()));
    assert_eq!(told["failure"]["stage"], "credentials");
    let key_row = &told["credentials"][2];
    assert_eq!((&key_row["row"], &key_row["file"]), (&"key".into(), &"client.key".into()));
    assert!(key_row["findings"].as_array().unwrap().iter().any(|found| found["severity"] == "error"));
    assert!(told["ladder"].as_array().unwrap().iter().all(|rung| rung["state"] != "done"), "{told}");
}

#[test]
fn no_connection_is_told_with_what_to_do() {
    let port = free_port().to_string();
    let arguments = ["--broker", "127.0.0.1", "--port", &port, "--security", "plain"];
    let told = report(&arguments, 3);
    assert_eq!(told["failure"]["kind"], "connection-refused");
    assert!(!told["failure"]["next"].as_array().unwrap().is_empty());
    assert!(told["failure"]["evidence"][0]["value"].as_str().unwrap().contains("refused"));
    assert_eq!(told["credentials"], Value::Array(Vec::new()));

    let output = run(&[&["check"], &arguments[..]].concat());
    assert_eq!(output.status.code(), Some(3));
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(
        told.contains("Result: no connection") && told.contains("✕ TCP") && told.contains("1. "),
        "{told}"
    );
}

#[test]
fn bad_arguments_are_told_with_their_flag() {
    for (arguments, said) in [
        (vec!["check"], "--broker"),
        (vec!["check", "--broker", "b", "--ca", "ca.crt"], "--cert"),
        (vec!["check", "--profile", "nobody has this one"], "nobody has this one"),
    ] {
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output));
        assert!(text(&output).contains(said), "{arguments:?}: {}", text(&output));
    }
}

#[test]
fn nothing_secret_is_told() {
    let pki = Pki::new("test CA");
    let sealed = pki.file("sealed.key");
    let made = Command::new("openssl")
        .args(["pkcs8", "-topk8", "-passout", "pass:open sesame", "-in"])
        .arg(pki.file("client.key"))
        .arg("-out")
        .arg(&sealed)
        .status();
    // Without openssl the key is one without a passphrase; what is looked for is the same.
    let key = if made.is_ok_and(|status| status.success()) { sealed } else { pki.file("client.key") };
    let mut arguments = towards(&pki, free_port())(&["--username", "token-4711"]);
    arguments[9] = key.display().to_string();
    for json in [&["--json"][..], &[]] {
        let output = program(&[&["check"], &refs(&arguments)[..], json].concat())
            .env("ECHO_MONITOR_PASSWORD", "geheim")
            .env("ECHO_MONITOR_PASSPHRASE", "open sesame")
            .output()
            .unwrap();
        let told = text(&output);
        assert_eq!(output.status.code(), Some(3), "{told}");
        let folder = pki.path().display().to_string();
        let key = fs::read_to_string(pki.file("client.key")).unwrap();
        let pieces = key.lines().filter(|line| !line.starts_with('-')).map(|line| &line[..16]);
        for secret in
            ["geheim", "open sesame", "token-4711", &folder, "PRIVATE KEY"].into_iter().chain(pieces)
        {
            assert!(!told.contains(secret), "{secret} in\n{told}");
        }
    }
}

#[test]
#[ignore = "needs mosquitto"]
fn a_broker_without_tcp_nodelay_is_known_by_its_plateau() {
    let pki = Pki::new("test CA");
    let settings = Settings { general: &["set_tcp_nodelay false"], ..Settings::default() };
    let broker = Mosquitto::with(&pki, &settings);
    for (more, at) in
        [(&["--mqtt", "5"][..], "MQTT 5"), (&["--mqtt", "3.1.1"], "3.1.1"), (&["--qos", "1"], "QoS 1")]
    {
        let arguments = towards(&pki, broker.tls_port)(more);
        // A computer that is busy delays some answer by more than the broker does.
        let told = (0..5).map(|_| run(&[&["check", "--json"], &refs(&arguments)[..]].concat()));
        let mut told = told.map(|output| serde_json::from_slice::<Value>(&output.stdout).unwrap());
        let Some(told) = told.find(|told| !told["hints"][0].is_null()) else { panic!("{at}: no hint") };
        assert_eq!(told["hints"][0]["kind"], "delayed-acknowledgements", "{at}: {told}");
        assert!(told["hints"][0]["next"][0].as_str().unwrap().contains("set_tcp_nodelay"), "{told}");
    }
    let broker = Mosquitto::start(&pki);
    let told = report(&refs(&towards(&pki, broker.tls_port)(&[])), 0);
    assert!(told["hints"].as_array().unwrap().is_empty(), "{told}");
}

#[test]
#[ignore = "needs mosquitto"]
fn a_version_one_broker_is_refused_or_allowed_with_a_warning() {
    let pki = Pki::new("test CA");
    pki.issue_version_one("old", "localhost");
    let broker = Mosquitto::with(&pki, &Settings { server: "old", ..Settings::default() });
    let told = report(&refs(&towards(&pki, broker.tls_port)(&[])), 3);
    assert_eq!(told["failure"]["kind"], "broker-certificate-version-1", "{told}");
    let chain = told["tls"]["chain"][0]["lines"].as_array().unwrap();
    assert!(chain.iter().any(|line| line["name"] == "Version" && line["value"] == "1"), "{told}");
    let told = report(&refs(&towards(&pki, broker.tls_port)(&["--allow-v1-server"])), 1);
    assert_eq!(told["hints"][0]["kind"], "broker-certificate-version-1-allowed", "{told}");
}

/// Whoever checks does not answer for whoever works.
#[test]
#[ignore = "needs mosquitto"]
fn a_check_echoes_nothing_and_tells_that_nobody_asked_for_our_certificate() {
    let pki = Pki::new("test CA");
    let broker = Mosquitto::with(&pki, &Settings { require: false, ..Settings::default() });
    let heard = Command::new("mosquitto_sub")
        .args(["-h", "127.0.0.1", "-p", &broker.plain_port.to_string(), "-t", "#", "-v", "-W", "4"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_millis(500));
    let port = broker.plain_port.to_string();
    let board = thread::spawn(move || {
        for _ in 0..20 {
            let said = ["-h", "127.0.0.1", "-p", &port, "-t", "azuresphere/sample/host", "-m", "abc"];
            assert!(Command::new("mosquitto_pub").args(said).status().unwrap().success());
            thread::sleep(Duration::from_millis(100));
        }
    });
    let told = report(&refs(&towards(&pki, broker.tls_port)(&["--mqtt", "3.1.1"])), 1);
    let kinds: Vec<_> = told["hints"].as_array().unwrap().iter().map(|hint| &hint["kind"]).collect();
    assert_eq!(kinds, ["client-certificate-not-asked"], "{told}");
    board.join().unwrap();
    let heard = String::from_utf8(heard.wait_with_output().unwrap().stdout).unwrap();
    assert!(heard.contains("azuresphere/sample/host abc"), "{heard}");
    assert!(!heard.contains("azuresphere/sample/device"), "{heard}");
}

#[test]
#[ignore = "needs mosquitto"]
fn the_systems_trust_store_can_vouch_for_a_broker() {
    let pki = Pki::new("test CA");
    let broker = Mosquitto::start(&pki);
    let mut arguments = towards(&pki, broker.tls_port)(&[]);
    arguments.drain(4..6);
    let told = report(&refs(&arguments), 3);
    assert_eq!(told["failure"]["kind"], "broker-issuer-unknown", "{told}");
    // OpenSSL's variable for another store, which is how a system with another store is played here.
    let output = program(&[&["check", "--json"], &refs(&arguments)[..]].concat())
        .env("SSL_CERT_FILE", pki.file("mosquitto.org.crt"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["credentials"][0]["findings"][0]["kind"], "system-trust", "{told}");
}

#[test]
fn a_client_that_ends_soon_is_a_warning_though_it_connects_nowhere() {
    // The verdict of a check without a broker is about the connection; the row tells of the certificate.
    let pki = Pki::new("test CA");
    pki.issue("client", &Wish { ends: 5, ..Wish::client() });
    let told = report(&refs(&towards(&pki, free_port())(&[])), 3);
    assert_eq!(told["credentials"][1]["findings"][0]["kind"], "ends-soon", "{told}");
}

/// What happened is logged as it is of every other face, by kind alone.
#[test]
fn what_it_did_is_in_the_log() {
    let home = tempfile::tempdir().unwrap();
    let port = free_port().to_string();
    let arguments = ["check", "--broker", "127.0.0.1", "--port", &port, "--security", "plain"];
    let output = program(&[&arguments[..], &["--username", "token-4711"]].concat())
        .env("ECHO_MONITOR_HOME", home.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    let log = fs::read_to_string(home.path().join("logs/echo-monitor.log")).unwrap();
    for words in ["check: Echo Monitor", "session: ended at tcp, connection-refused", "check: exit status 3"]
    {
        assert!(log.contains(words), "{words} in\n{log}");
    }
    assert!(!log.contains("token-4711"), "{log}");
}
