//! `certs` as its users meet it: the real program, the files it writes, and what a broker says of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/face.rs"]
mod face;
#[path = "support/mosquitto.rs"]
mod mosquitto;
#[path = "support/pki.rs"]
mod pki;

use std::{
    fs,
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use face::{program, run, text};
use mosquitto::free_port;
use pki::Pki;
use serde_json::Value;

#[test]
fn bad_arguments_are_told_with_their_flag() {
    for (arguments, said) in [
        (vec!["request", "--name", ""], "common name"),
        (vec!["request", "--name", "b", "--country", "CHE"], "two letters"),
        (vec!["request", "--name", "b", "--key", "/nowhere/client.key"], "client.key is not there"),
        (vec!["local", "--name", "no host", "--out", "x"], "neither a host name"),
        (vec!["local", "--name", "h", "--out", "x", "--days", "0"], "--days"),
    ] {
        let output = run(&[&["certs"], &arguments[..]].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output));
        assert!(text(&output).contains(said), "{arguments:?}: {}", text(&output));
    }
}

#[test]
fn a_request_is_made_kept_and_its_answer_verified() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("certs");
    let path = out.to_str().unwrap();
    let request = ["certs", "request", "--name", "board-1", "--country", "ch", "--out", path];
    let output = run(&request);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let told = text(&output);
    assert!(told.contains("https://test.mosquitto.org/ssl/") && told.contains("certs verify"), "{told}");
    let key = fs::read_to_string(out.join("client.key")).unwrap();
    assert!(key.starts_with("-----BEGIN PRIVATE KEY-----"));
    assert!(fs::read_to_string(out.join("client.csr")).unwrap().contains("CERTIFICATE REQUEST"));
    assert!(!told.contains("-----BEGIN"), "the key or the request is in\n{told}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(out.join("client.key")).unwrap().permissions().mode() & 0o777, 0o600);
    }

    let again = run(&request);
    assert_eq!(again.status.code(), Some(2), "{}", text(&again));
    assert!(text(&again).contains("--force"), "{}", text(&again));
    assert_eq!(fs::read_to_string(out.join("client.key")).unwrap(), key);
    assert_eq!(run(&[&request[..], &["--force"]].concat()).status.code(), Some(0));
    let newer = fs::read_to_string(out.join("client.key")).unwrap();
    assert_ne!(newer, key);

    // The CA answers.
    let pki = Pki::new("test CA");
    pki.sign(&fs::read_to_string(out.join("client.csr")).unwrap(), &out.join("client.crt"));
    let (answer, own) =
        (out.join("client.crt").display().to_string(), out.join("client.key").display().to_string());
    let fits = run(&["certs", "verify", "--answer", &answer, "--key", &own]);
    assert_eq!(fits.status.code(), Some(0), "{}", text(&fits));
    assert!(text(&fits).contains("belongs to") && text(&fits).contains("board-1"), "{}", text(&fits));
    let other = pki.file("client.key").display().to_string();
    let not = run(&["certs", "verify", "--answer", &answer, "--key", &other]);
    assert_eq!(not.status.code(), Some(2), "{}", text(&not));
    assert!(text(&not).contains("does not belong to"), "{}", text(&not));
    let missing = run(&["certs", "verify", "--answer", "/nowhere/client.crt", "--key", &own]);
    assert_eq!(missing.status.code(), Some(2), "{}", text(&missing));
}

#[test]
fn every_kind_of_key_can_be_asked_for() {
    for (kind, said) in
        [("rsa-2048", "RSA 2048"), ("p-384", "P-384"), ("ed25519", "Ed25519"), ("p-256", "P-256")]
    {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        let output = run(&["certs", "request", "--name", "b", "--kind", kind, "--out", path]);
        assert_eq!(output.status.code(), Some(0), "{kind}: {}", text(&output));
        let pki = Pki::new("test CA");
        let answer = folder.path().join("client.crt");
        pki.sign(&fs::read_to_string(folder.path().join("client.csr")).unwrap(), &answer);
        let key = folder.path().join("client.key").display().to_string();
        let output = run(&["certs", "verify", "--answer", answer.to_str().unwrap(), "--key", &key]);
        assert_eq!(output.status.code(), Some(0), "{kind}: {}", text(&output));
        assert!(text(&output).contains(said), "{kind}: {}", text(&output));
    }
}

/// A certificate that follows another one, for the same key: the key is read and stays as it is.
#[test]
fn a_key_that_is_there_asks_again() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new("test CA");
    let out = folder.path().to_str().unwrap();
    let key = pki.file("client.key");
    let before = fs::read(&key).unwrap();
    let request = ["certs", "request", "--name", "board-1", "--key", key.to_str().unwrap(), "--out", out];
    let output = run(&request);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(!text(&output).contains("readable by you only"), "no key was made:\n{}", text(&output));
    assert!(text(&output).contains(&format!("--key {}", key.display())), "{}", text(&output));
    assert!(!folder.path().join("client.key").exists(), "the key was copied");
    assert_eq!(fs::read(&key).unwrap(), before);

    let answer = folder.path().join("client.crt");
    pki.sign(&fs::read_to_string(folder.path().join("client.csr")).unwrap(), &answer);
    let fits =
        run(&["certs", "verify", "--answer", answer.to_str().unwrap(), "--key", key.to_str().unwrap()]);
    assert_eq!(fits.status.code(), Some(0), "{}", text(&fits));
    assert!(text(&fits).contains("It is for board-1."), "{}", text(&fits));
    let again = run(&request);
    assert_eq!(again.status.code(), Some(2), "{}", text(&again));
}

#[test]
#[ignore = "needs mosquitto"]
fn a_local_ca_a_real_broker_and_everything_is_good() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("my certs");
    let (path, port) = (out.to_str().unwrap(), free_port().to_string());
    let output = run(&["certs", "local", "--name", "localhost", "127.0.0.1", "--out", path, "--port", &port]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let _broker = Broker::start(&out, &port);
    let file = |name: &str| out.join(name).display().to_string();
    let (ca, cert, key) = (file("ca.crt"), file("client.crt"), file("client.key"));
    let to = ["--port", port.as_str(), "--ca", &ca, "--cert", &cert, "--key", &key, "--broker"];
    for host in ["localhost", "127.0.0.1"] {
        let output = run(&[&["check", "--json"], &to[..], &[host]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(told["hints"], Value::Array(Vec::new()), "{told}");
        assert!(told["broker_round_trip"]["p50_ms"].as_f64().unwrap() < 20.0, "{told}");
        assert_eq!(told["tls"]["client_certificate_asked"], true);
    }

    // And it echoes: what the board says comes back.
    let client = ["-p", &port, "--cafile", &ca, "--cert", &cert, "--key", &key, "-h", "localhost"];
    let mut host = program(&[&["headless", "--duration", "6", "--quiet"], &to[..], &["localhost"]].concat())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let heard = Command::new("mosquitto_sub")
        .args(client)
        .args(["-t", "azuresphere/sample/device", "-C", "1", "-W", "10"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_secs(2));
    let said = Command::new("mosquitto_pub")
        .args(client)
        .args(["-t", "azuresphere/sample/host", "-m", "abc"])
        .status()
        .unwrap();
    assert!(said.success());
    assert_eq!(String::from_utf8_lossy(&heard.wait_with_output().unwrap().stdout).trim(), "bca");
    assert_eq!(host.wait().unwrap().code(), Some(0));
}

/// A Mosquitto with the configuration that was made.
struct Broker(Child);

impl Broker {
    fn start(folder: &Path, port: &str) -> Self {
        let child = Command::new("mosquitto")
            .arg("-c")
            .arg(folder.join("mosquitto.conf"))
            .stderr(Stdio::null())
            .spawn()
            .expect("mosquitto is installed");
        let broker = Self(child);
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(format!("127.0.0.1:{port}")).is_err() {
            assert!(Instant::now() < deadline, "mosquitto does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        broker
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
