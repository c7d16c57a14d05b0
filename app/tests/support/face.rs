//! The real program without a window: run to its end, with what it told.
#![allow(dead_code)]

use std::process::{Command, Output, Stdio};

pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_echo-monitor"));
    command.args(arguments).stdin(Stdio::null());
    command.env("ECHO_MONITOR_HOME", env!("CARGO_TARGET_TMPDIR"));
    for secret in ["ECHO_MONITOR_PASSWORD", "ECHO_MONITOR_PASSPHRASE"] {
        command.env_remove(secret);
    }
    command
}

pub(crate) fn run(arguments: &[&str]) -> Output {
    program(arguments).output().unwrap()
}

pub(crate) fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
