//! A load on a real broker: every message comes back, right and in order, and the numbers add up.
//!
//! The board's side is Mosquitto's own two clients, which share no code with ours. The host is the program that
//! `ECHO_MONITOR_BINARY` names, such as a release build; by default the one that was built for the tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "support/mosquitto.rs"]
mod mosquitto;
#[path = "support/pki.rs"]
mod pki;

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::Instant,
};

use mosquitto::Mosquitto;
use pki::Pki;
use serde_json::Value;

const MESSAGES: usize = 20_000;
/// How many the host may be behind before the board waits for it.
const AHEAD: usize = 1_000;

#[test]
#[ignore = "needs mosquitto"]
fn every_message_is_echoed_at_qos_0() {
    load("0", "5");
}

#[test]
#[ignore = "needs mosquitto"]
fn every_message_is_echoed_at_qos_1() {
    load("1", "5");
}

#[test]
#[ignore = "needs mosquitto"]
fn every_message_is_echoed_over_mqtt_3() {
    load("1", "3.1.1");
}

fn load(qos: &str, version: &str) {
    let pki = Pki::new("load CA");
    let broker = Mosquitto::start(&pki);
    let mut host = host(&pki, broker.tls_port, &["--qos", qos, "--mqtt", version]);
    let mut told = BufReader::new(host.0.stdout.take().unwrap());
    wait_for(&mut told, "\"subscribe\"");

    let mut ears = client(
        "mosquitto_sub",
        broker.plain_port,
        &["-t", "azuresphere/sample/device", "-q", qos, "-d", "-W", "60"],
    );
    let mut heard = BufReader::new(ears.0.stdout.take().unwrap());
    wait_for(&mut heard, "Subscribed");
    let mut mouth =
        client("mosquitto_pub", broker.plain_port, &["-t", "azuresphere/sample/host", "-q", qos, "-l"]);
    let mut words = mouth.0.stdin.take().unwrap();

    let began = Instant::now();
    let mut echoes =
        heard.lines().map(Result::unwrap).filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
    let mut checked = 0;
    let mut summary = || {
        host.terminate();
        let mut rest = String::new();
        told.read_to_string(&mut rest).unwrap();
        rest.lines().last().unwrap().to_owned()
    };
    for number in 0..MESSAGES + AHEAD {
        if number < MESSAGES {
            words.write_all(format!("{}\n", message(number)).as_bytes()).unwrap();
        }
        if number >= AHEAD {
            let sent = message(checked);
            let echo =
                echoes.next().unwrap_or_else(|| panic!("no echo {checked}; the host says {}", summary()));
            assert_eq!(echo, format!("{}{}", &sent[1..], &sent[..1]), "echo {checked}");
            checked += 1;
        }
    }
    let took = began.elapsed();
    drop(words);

    let summary: Value = serde_json::from_str(&summary()).unwrap();
    println!("QoS {qos}, MQTT {version}: {:.0} a second; {summary}", MESSAGES as f64 / took.as_secs_f64());
    assert_eq!(summary["received"], MESSAGES);
    assert_eq!(summary["echoed"], MESSAGES);
    assert_eq!(summary["failed"], 0);
    assert_eq!(summary["duplicates"], 0);
    assert_eq!(summary["reconnects"], 0);
}

/// Begins with a digit, and so does its echo.
fn message(number: usize) -> String {
    format!("{number:08} Hello from the load of the tests, which turns round")
}

fn wait_for(lines: &mut BufReader<ChildStdout>, sign: &str) {
    let mut line = String::new();
    while !line.contains(sign) {
        line.clear();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "it ended before it said {sign}");
    }
}

/// A child that is ended with its test.
struct Kept(Child);

impl Kept {
    fn terminate(&mut self) {
        let kill = Command::new("kill").arg(self.0.id().to_string()).status().unwrap();
        assert!(kill.success());
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn host(pki: &Pki, port: u16, more: &[&str]) -> Kept {
    let program = std::env::var("ECHO_MONITOR_BINARY")
        .unwrap_or_else(|_| env!("CARGO_BIN_EXE_echo-monitor").to_owned());
    assert!(Path::new(&program).exists(), "{program} is not there");
    let mut command = Command::new(program);
    command.args(["headless", "--quiet", "--broker", "localhost", "--port", &port.to_string()]);
    for (flag, file) in [("--ca", "mosquitto.org.crt"), ("--cert", "client.crt"), ("--key", "client.key")] {
        command.arg(flag).arg(pki.file(file));
    }
    Kept(command.args(more).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap())
}

/// One of Mosquitto's clients, on the listener without TLS: the board's side is not what is tested.
fn client(program: &str, port: u16, more: &[&str]) -> Kept {
    // Line by line: into a pipe it would keep back what it has to say.
    let mut command = Command::new("stdbuf");
    command.args(["-oL", program, "-h", "127.0.0.1", "-p", &port.to_string()]).args(more);
    Kept(
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("mosquitto-clients is installed"),
    )
}
