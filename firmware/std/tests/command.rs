//! The command `echo-board` as a user runs it. The environment's `ECHO_BOARD` names another build of it, with an emulator
//! before it if it needs one: `ECHO_BOARD="qemu-arm-static -L /usr/arm-linux-gnueabihf path/to/echo-board"`.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod mosquitto;

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use mosquitto::{Broker, Certificates, Host};

fn echo_board(arguments: &[&str]) -> Command {
    let program = env::var("ECHO_BOARD").unwrap_or_else(|_| env!("CARGO_BIN_EXE_echo-board").to_owned());
    let mut words = program.split_whitespace();
    let mut command = Command::new(words.next().unwrap());
    command.args(words).args(arguments).stderr(Stdio::piped());
    command
}

/// Killed when the test ends early.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
#[ignore = "needs mosquitto"]
fn it_runs_over_mutual_tls_until_sigterm_and_says_good_bye() {
    let certificates = Certificates::new();
    let broker = Broker::start(&certificates);
    let _host = Host::start(broker.plain_port);
    let write = |name: &str, text: &str| -> PathBuf {
        let path = broker.directory.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let cert = write("client.crt", &certificates.client.0);
    let key = write("client.key", &certificates.client.1);
    let ca = broker.directory.path().join("ca.pem");
    let toml = format!(
        "broker = \"localhost\"\nport = {}\nca = {ca:?}\ncert = {cert:?}\nperiod = 50\n",
        broker.port
    );
    let config = write("echo-board.toml", &toml);

    let arguments = ["--config", config.to_str().unwrap(), "--key", key.to_str().unwrap()];
    let mut board = Running(echo_board(&arguments).spawn().unwrap());
    let mut lines = BufReader::new(board.0.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(lines.by_ref().filter(|line| line.contains(" echoed ")).take(10).count(), 10);

    let id = board.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let rest: Vec<String> = lines.collect();
    assert!(rest.contains(&"stopped".to_owned()), "{rest:?}");
    let totals = rest.last().unwrap();
    assert!(totals.starts_with("sent=") && totals.contains(" wrong=0 "), "{rest:?}");
    assert_eq!(board.0.wait().unwrap().code(), Some(0));
}

#[test]
fn what_is_wrong_with_the_options_is_said_in_one_line_and_ends_with_2() {
    for (arguments, says) in [
        (&["--plain"][..], "--broker"),
        (&["--broker", "localhost"], "--ca"),
        (&["--broker", "localhost", "--plain", "--publish", "a/#"], "topics"),
        (&["--broker", "localhost", "--plain", "--period", "0"], "period"),
    ] {
        let output = echo_board(arguments).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.lines().last().unwrap().contains(says), "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_duration_that_ends_unconnected_ends_with_3() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let arguments = ["--broker", "127.0.0.1", "--port", &port, "--plain", "--duration", "1"];
    let output = echo_board(&arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
}
