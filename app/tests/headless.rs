//! The face without a window, as its users meet it: the real program, its lines, its exit status.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/mosquitto.rs"]
mod mosquitto;
#[path = "support/pki.rs"]
mod pki;

use std::{
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use mosquitto::Mosquitto;
use pki::Pki;
use serde_json::Value;

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_echo-monitor"));
    command.arg("headless").args(arguments).stdin(Stdio::null());
    command.env("ECHO_MONITOR_HOME", env!("CARGO_TARGET_TMPDIR"));
    for secret in ["ECHO_MONITOR_PASSWORD", "ECHO_MONITOR_PASSPHRASE"] {
        command.env_remove(secret);
    }
    command
}

fn run(arguments: &[&str]) -> Output {
    program(arguments).output().unwrap()
}

fn lines(output: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(output).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}")))
        .collect()
}

fn events<'a>(lines: &'a [Value], name: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["event"] == name).collect()
}

/// The summary, after a look whether its numbers add up with each other.
fn summary(lines: &[Value]) -> &Value {
    let last = lines.last().expect("no line at all");
    assert_eq!(last["event"], "summary", "{last}");
    let number = |name: &str| last[name].as_u64().unwrap_or_else(|| panic!("{name} in {last}"));
    assert_eq!(number("received"), number("echoed") + number("failed"), "{last}");
    last
}

#[test]
fn the_demo_echoes_and_its_numbers_add_up() {
    let output = run(&["--demo", "--duration", "3"]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{error}");
    assert_eq!(error, "");
    let lines = lines(&output.stdout);

    let stages: Vec<_> = events(&lines, "stage").iter().map(|line| line["stage"].as_str().unwrap()).collect();
    assert_eq!(stages, ["credentials", "dns", "tcp", "tls", "mqtt", "subscribe"]);
    assert!(events(&lines, "stage").iter().all(|line| line["ok"] == true && line["ms"].is_f64()));
    assert_eq!(events(&lines, "connected").len(), 1);

    let messages = events(&lines, "message");
    let (heard, echoes): (Vec<&Value>, Vec<&Value>) =
        messages.iter().partition(|line| line["direction"] == "in");
    assert!(!echoes.is_empty(), "no echo in three seconds");
    assert!(echoes[0]["at"].as_f64().unwrap() < 2.0, "{}", echoes[0]);
    for echo in &echoes {
        let origin = heard.iter().find(|line| line["id"] == echo["id"]).unwrap();
        let text = origin["text"].as_str().unwrap();
        let first = text.chars().next().unwrap();
        assert_eq!(echo["text"].as_str().unwrap(), format!("{}{first}", &text[first.len_utf8()..]));
        assert_eq!(echo["bytes"], text.len());
        assert!(echo["residence_us"].as_f64().unwrap() > 0.0);
    }
    assert!(heard.iter().any(|line| line["loop_ms"].is_f64()), "the board never came back with an echo");

    let summary = summary(&lines);
    assert_eq!(summary["received"], heard.len());
    assert_eq!(summary["echoed"], echoes.len());
    assert_eq!(summary["lost"], 0);
    for figure in ["residence_us", "loop_ms"] {
        let of = |name: &str| summary[figure][name].as_f64().unwrap_or_else(|| panic!("{figure} {name}"));
        assert!(of("p50") <= of("p95") && of("p95") <= of("p99") && of("p99") <= of("max"));
    }
}

#[test]
fn quiet_prints_no_message() {
    let output = run(&["--demo", "--duration", "2.5", "--quiet", "--mqtt", "3.1.1", "--qos", "1"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = lines(&output.stdout);
    assert!(lines.iter().all(|line| line["event"] == "stage" || line["event"] == "summary"));
    assert!(summary(&lines)["echoed"].as_u64().unwrap() > 0);
}

#[test]
fn bad_arguments_are_told_with_their_flag() {
    let tls = ["--security", "tls"];
    for (arguments, said) in [
        (vec![], "--broker"),
        (vec!["--demo", "--qos", "3"], "--qos"),
        (vec!["--broker", "b", "--port", "none", tls[0], tls[1]], "--port"),
        (vec!["--broker", "mqtt://b", tls[0], tls[1]], "--broker"),
        (vec!["--broker", "b", "--subscribe", "a/#/b", tls[0], tls[1]], "--subscribe"),
        (vec!["--broker", "b", "--publish", "a/+", tls[0], tls[1]], "--publish"),
        (vec!["--broker", "b", "--keep-alive", "1", tls[0], tls[1]], "--keep-alive"),
        (vec!["--broker", "b", "--ca", "ca.crt"], "--cert"),
        (vec!["--profile", "nobody has this one"], "nobody has this one"),
    ] {
        let output = run(&arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(said), "{arguments:?}: {error}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_missing_credential_file_is_told_before_connecting() {
    let files = ["--ca", "/nowhere/ca.crt", "--cert", "/nowhere/client.crt", "--key", "/nowhere/client.key"];
    let output = run(&[&["--broker", "127.0.0.1", "--port", "1"], files.as_slice()].concat());
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    let lines = lines(&output.stdout);
    assert_eq!(events(&lines, "disconnected")[0]["next_try_s"], Value::Null);
    assert!(events(&lines, "stage").iter().all(|line| line["stage"] == "credentials"), "{lines:?}");
    summary(&lines);
}

#[test]
fn a_broker_that_is_not_there_is_told_and_tried_again() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let output = run(&["--broker", "127.0.0.1", "--port", &port, "--security", "plain", "--duration", "1"]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{error}");
    assert!(error.contains("never connected"), "{error}");
    let lines = lines(&output.stdout);
    let failed = events(&lines, "stage").into_iter().find(|line| line["ok"] == false).unwrap();
    assert_eq!(failed["stage"], "tcp");
    let disconnected = events(&lines, "disconnected")[0];
    for field in ["kind", "what", "why"] {
        assert!(!disconnected["error"][field].as_str().unwrap().is_empty(), "{disconnected}");
    }
    assert!(!disconnected["error"]["next"].as_array().unwrap().is_empty(), "{disconnected}");
    assert!(disconnected["next_try_s"].as_f64().unwrap() > 0.0);
    summary(&lines);
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let mut child = program(&["--demo"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    reader.read_line(&mut String::new()).unwrap();
    drop(reader);
    let status = ended(&mut child, Duration::from_secs(10));
    let mut error = String::new();
    child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    assert_eq!((status, error.as_str()), (Some(0), ""));
}

#[cfg(unix)]
#[test]
fn signals_end_it_with_a_summary() {
    for signal in ["-TERM", "-INT"] {
        let mut child = program(&["--demo"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        let mut output = Vec::new();
        until(&mut reader, &mut output, "\"out\"");
        let kill = Command::new("kill").arg(signal).arg(child.id().to_string()).status().unwrap();
        assert!(kill.success());
        reader.read_to_end(&mut output).unwrap();
        assert_eq!(ended(&mut child, Duration::from_secs(10)), Some(0), "{signal}");
        assert!(summary(&lines(&output))["echoed"].as_u64().unwrap() > 0);
    }
}

#[cfg(unix)]
#[test]
fn the_next_demo_removes_what_a_killed_one_left() {
    let temporary = tempfile::tempdir().unwrap();
    let folders = || std::fs::read_dir(temporary.path()).unwrap().count();
    let mut child =
        program(&["--demo"]).env("TMPDIR", temporary.path()).stdout(Stdio::piped()).spawn().unwrap();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut String::new()).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(folders(), 1, "a killed demo can't remove its folder");
    let next = program(&["--demo", "--duration", "0.2"]).env("TMPDIR", temporary.path()).output().unwrap();
    assert!(String::from_utf8_lossy(&next.stdout).contains("connected"));
    assert_eq!(folders(), 0);
}

/// The arguments that connect to a real broker with mutual TLS.
fn towards(pki: &Pki, port: u16) -> Vec<String> {
    let mut arguments =
        vec!["--broker".to_owned(), "localhost".to_owned(), "--port".to_owned(), port.to_string()];
    for (flag, file) in [("--ca", "mosquitto.org.crt"), ("--cert", "client.crt"), ("--key", "client.key")] {
        arguments.extend([flag.to_owned(), pki.file(file).to_str().unwrap().to_owned()]);
    }
    arguments
}

#[test]
#[ignore = "needs mosquitto"]
fn a_real_broker_that_goes_and_comes_back_is_told() {
    let pki = Pki::new("headless CA");
    let mut broker = Mosquitto::start(&pki);
    let arguments = towards(&pki, broker.tls_port);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let mut child = program(&arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut output = Vec::new();
    until(&mut reader, &mut output, "\"connected\"");
    broker.kill();
    until(&mut reader, &mut output, "\"disconnected\"");
    broker.up();
    until(&mut reader, &mut output, "\"connected\"");
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    reader.read_to_end(&mut output).unwrap();
    assert_eq!(ended(&mut child, Duration::from_secs(10)), Some(0));
    let lines = lines(&output);
    assert_eq!(summary(&lines)["reconnects"], 1);
    assert!(events(&lines, "disconnected")[0]["next_try_s"].as_f64().unwrap() > 0.0);
}

#[test]
#[ignore = "needs mosquitto"]
fn a_wrong_ca_ends_it_with_what_to_do() {
    let (pki, other) = (Pki::new("headless CA"), Pki::new("another CA"));
    let broker = Mosquitto::start(&pki);
    let mut arguments = towards(&pki, broker.tls_port);
    let ca = arguments.iter().position(|argument| argument == "--ca").unwrap();
    arguments[ca + 1] = other.file("mosquitto.org.crt").to_str().unwrap().to_owned();
    let output = run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{error}");
    assert!(error.contains("another CA") || error.contains("headless CA"), "the CA is named: {error}");
    let lines = lines(&output.stdout);
    let disconnected = events(&lines, "disconnected")[0];
    assert_eq!(disconnected["error"]["stage"], "tls");
    assert_eq!(disconnected["next_try_s"], Value::Null, "trying again cannot help");
}

#[test]
#[ignore = "needs mosquitto"]
fn a_broker_that_comes_back_as_another_makes_it_give_up() {
    let (pki, other) = (Pki::new("headless CA"), Pki::new("another CA"));
    let mut broker = Mosquitto::start(&pki);
    let arguments = towards(&pki, broker.tls_port);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let mut child = program(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    until(&mut reader, &mut Vec::new(), "\"connected\"");
    broker.kill();
    for file in ["server.crt", "server.key"] {
        std::fs::copy(other.file(file), pki.file(file)).unwrap();
    }
    broker.up();
    assert_eq!(ended(&mut child, Duration::from_secs(20)), Some(0), "it ran");
    let mut error = String::new();
    child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    assert!(error.contains("It gave up."), "{error}");
}

/// Reads lines into `output` until one says `sign`.
fn until(reader: &mut impl BufRead, output: &mut Vec<u8>, sign: &str) {
    loop {
        let start = output.len();
        assert_ne!(reader.read_until(b'\n', output).unwrap(), 0, "it ended before it said {sign}");
        if String::from_utf8_lossy(&output[start..]).contains(sign) {
            return;
        }
    }
}

/// The exit status, if it comes in time; else the child is ended.
fn ended(child: &mut Child, within: Duration) -> Option<i32> {
    let limit = Instant::now() + within;
    while Instant::now() < limit {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    panic!("it did not end within {within:?}");
}
