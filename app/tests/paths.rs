//! Where files go, as the real program tells it and as it does it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

fn run(home: Option<&Path>, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_echo-monitor"));
    command.args(arguments).env_remove("ECHO_MONITOR_HOME");
    if let Some(home) = home {
        command.env("ECHO_MONITOR_HOME", home);
    }
    command.output().unwrap()
}

#[test]
fn each_place_has_its_line() {
    let home = tempfile::tempdir().unwrap();
    let output = run(Some(home.path()), &["paths"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    let names: Vec<_> = text.lines().map(|line| line[..13].trim()).collect();
    assert_eq!(names, ["settings", "logs", "crash reports", "recordings", "demo"]);
    let paths: Vec<_> = text.lines().map(|line| Path::new(&line[15..])).collect();
    assert_eq!(paths[0], home.path());
    assert!(paths[1..4].iter().all(|path| path.starts_with(home.path())), "{text}");
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0, "telling makes nothing");
}

#[test]
fn programs_read_them_as_json_and_the_flag_comes_before_the_environment() {
    let (home, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let flag = other.path().to_str().unwrap();
    let output = run(Some(home.path()), &["paths", "--json", "--config-dir", flag]);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["settings"], flag);
    assert_eq!(told["crash-reports"].as_str().map(Path::new), Some(other.path().join("crashes").as_path()));
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_choice_the_base_directories_hold() {
    let output = Command::new(env!("CARGO_BIN_EXE_echo-monitor"))
        .args(["paths", "--json"])
        .env_remove("ECHO_MONITOR_HOME")
        .env_remove("XDG_DATA_HOME")
        .env("HOME", "/home/ann")
        .env("XDG_CONFIG_HOME", "/elsewhere/config")
        .env("XDG_STATE_HOME", "/elsewhere/state")
        .output()
        .unwrap();
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["settings"], "/elsewhere/config/echo-monitor");
    assert_eq!(told["logs"], "/elsewhere/state/echo-monitor/logs");
    assert_eq!(told["crash-reports"], "/elsewhere/state/echo-monitor/crashes");
    assert_eq!(told["recordings"], "/home/ann/.local/share/echo-monitor/recordings");
}

#[test]
fn a_session_leaves_its_steps_in_the_log_and_no_message() {
    let home = tempfile::tempdir().unwrap();
    let output = run(Some(home.path()), &["headless", "--demo", "--duration", "2.5", "--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let log = fs::read_to_string(home.path().join("logs").join("echo-monitor.log")).unwrap();
    for words in
        ["headless: Echo Monitor", "attempt 1", "tls in", "connected to 127.0.0.1", "echoed", "stopped"]
    {
        assert!(log.contains(words), "{words} in {log}");
    }
    for secret in ["Hello", "azuresphere", "client.key"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
    assert!(log.lines().count() < 20, "{log}");
}
