//! A real keychain: GNOME's, unlocked, on a bus of its own.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    path::Path,
    process::{Command, Stdio},
};

use echo_monitor::keychain::{self, KeychainProblem};

/// Set in the process that runs inside.
const INSIDE: &str = "ECHO_MONITOR_TEST_INSIDE";

/// Runs a test of this file again on a bus of its own, where `before` was started. Its home is a folder that goes away.
fn inside(test: &str, before: &str) {
    let home = tempfile::tempdir().unwrap();
    let script = format!("{before} exec \"$0\" --exact {test} --ignored --nocapture");
    let output = Command::new("dbus-run-session")
        .args(["--", "sh", "-c", &script])
        .arg(std::env::current_exe().unwrap())
        .env(INSIDE, "1")
        .env("HOME", home.path())
        .env("XDG_DATA_HOME", home.path())
        .env("XDG_RUNTIME_DIR", home.path())
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::null())
        .output()
        .expect("dbus-run-session");
    let told =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}");
    assert!(told.contains("1 passed"), "it did not run inside: {told}");
}

fn is_inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

#[test]
#[ignore = "needs dbus, gnome-keyring"]
fn a_passphrase_is_kept_replaced_and_forgotten() {
    if !is_inside() {
        return inside(
            "a_passphrase_is_kept_replaced_and_forgotten",
            "printf x | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1;",
        );
    }
    let (file, other) = (Path::new("/certs/client.key"), Path::new("/certs/other.key"));
    assert_eq!(keychain::recall(file), Ok(None));
    keychain::remember(file, "first").unwrap();
    keychain::remember(file, "ſecond 🔑").unwrap();
    keychain::remember(other, "other").unwrap();
    assert_eq!(keychain::recall(file).unwrap().as_deref().map(String::as_str), Some("ſecond 🔑"));
    keychain::forget(file).unwrap();
    keychain::forget(file).unwrap();
    assert_eq!(keychain::recall(file), Ok(None));
    assert_eq!(keychain::recall(other).unwrap().as_deref().map(String::as_str), Some("other"));
}

#[test]
fn where_there_is_no_keychain_it_is_said_and_nothing_hangs() {
    let test = "where_there_is_no_keychain_it_is_said_and_nothing_hangs";
    if is_inside() {
        let problem = keychain::remember(Path::new("/certs/client.key"), "x").unwrap_err();
        assert_eq!(problem, KeychainProblem::None);
        return;
    }
    // Where the bus is, is read once in a process.
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env(INSIDE, "1")
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/there/is/none")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
}
