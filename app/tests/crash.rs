//! A real panic on a thread of its own, and the report that it leaves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{fs, thread};

use echo_monitor::{crash, logfile};

fn slice(text: &str) -> usize {
    text[..1].len()
}

#[test]
fn a_panic_leaves_a_report_that_tells_where_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let (logs, crashes) = (folder.path().join("logs"), folder.path().join("crashes"));
    let log = logfile::start(logs.clone());
    crash::watch(crashes.clone());

    log::info!(target: "echo_monitor::session", "session: connected to the moon");
    // Crates that carry messages are not listened to.
    log::error!(target: "rumqttc", "payload: öffne dich");
    let crashed = thread::Builder::new().name("session".to_owned()).spawn(|| slice("öffne dich")).unwrap();
    assert!(crashed.join().is_err());
    drop(log);

    let reports = crash::take_untold(&crashes);
    let [report] = reports.as_slice() else { panic!("{reports:?}") };
    let told = fs::read_to_string(report).unwrap();
    for words in [
        concat!("Echo Monitor ", env!("CARGO_PKG_VERSION"), " crashed"),
        std::env::consts::OS,
        "thread  session",
        "tests/crash.rs",
        "byte index",
        "connected to the moon",
        "crash::slice",
    ] {
        assert!(told.replace('\\', "/").contains(words), "{words} in {told}");
    }
    assert!(!told.contains("ffne"), "{told}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(report).unwrap().permissions().mode() & 0o777, 0o600);
    }

    let log = fs::read_to_string(logs.join("echo-monitor.log")).unwrap();
    assert!(log.contains("connected to the moon") && log.contains("crashed in the thread session"), "{log}");
    assert!(!log.contains("ffne"), "{log}");
}
