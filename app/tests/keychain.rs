//! A real keychain: GNOME's, unlocked, on a bus of its own.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use echo_monitor::{
    keychain::{self, KeychainProblem},
    profile::Draft,
};

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

/// A profile whose key is locked, as the window keeps it after *Remember it*; and that key.
fn remembering(home: &Path) -> String {
    let script = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=b -keyout k -out c; \
                  openssl pkcs8 -topk8 -in k -passout pass:first -out sealed.key";
    let made = Command::new("sh").args(["-ec", script]).current_dir(home).stderr(Stdio::null()).status();
    assert!(made.unwrap().success(), "openssl");
    let path = |name: &str| home.join(name).display().to_string();
    let draft = Draft {
        name: "Bench".into(),
        host: "127.0.0.1".into(),
        port: "1".into(),
        ca: path("c"),
        certificate: path("c"),
        key: path("sealed.key"),
        passphrase_remembered: true,
        ..Draft::default()
    };
    let settings = format!("[[profile]]\n{}", toml::to_string(&draft).unwrap());
    std::fs::write(home.join("settings.toml"), settings).unwrap();
    draft.key
}

/// Without a window. The exit status tells whether the key was opened: 3 for no broker, 2 for the credentials.
fn faces(home: &Path) -> [Command; 2] {
    [["headless", "--duration", "1"].as_slice(), &["check"]].map(|face| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_echo-monitor"));
        command.args(face).args(["--profile", "Bench", "--config-dir"]).arg(home);
        command.env_remove("ECHO_MONITOR_PASSPHRASE").stdin(Stdio::null());
        command
    })
}

#[test]
#[ignore = "needs dbus, gnome-keyring, openssl"]
fn the_faces_without_a_window_recall_what_it_remembered() {
    if !is_inside() {
        return inside(
            "the_faces_without_a_window_recall_what_it_remembered",
            "printf x | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1;",
        );
    }
    let home = tempfile::tempdir().unwrap();
    let sealed = remembering(home.path());
    let runs = |status: i32, said: &str| {
        for mut face in faces(home.path()) {
            let output = face.output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(status), "{face:?}: {told}");
            assert!(told.contains(said) && !told.contains("first"), "{face:?}: {told}");
        }
    };
    runs(2, "it is not there any more");
    keychain::remember(Path::new(&sealed), "first").unwrap();
    runs(3, "");
    // What the environment says comes first.
    for mut face in faces(home.path()) {
        let output = face.env("ECHO_MONITOR_PASSPHRASE", "wrong").output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{face:?}");
    }
}

#[test]
#[ignore = "needs openssl"]
fn without_a_keychain_they_say_so_and_go_on() {
    let home = tempfile::tempdir().unwrap();
    remembering(home.path());
    for mut face in faces(home.path()) {
        let begin = Instant::now();
        let output = face.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/there/is/none").output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{face:?}: {told}");
        assert!(told.contains("no keychain that can be reached"), "{face:?}: {told}");
        assert!(begin.elapsed() < Duration::from_secs(5), "{face:?} took {:?}", begin.elapsed());
    }
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
