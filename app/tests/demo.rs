//! The demo leaves nothing behind. In a program of its own, and in one test: it counts the threads of its process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    fs,
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    time::{Duration, Instant},
};

use echo_monitor::{
    demo,
    model::{Limits, State},
    profile::Secrets,
    session,
};

#[test]
fn it_echoes_within_two_seconds_and_leaves_no_thread_port_or_file() {
    let before = threads();
    for _ in 0..2 {
        let clicked = Instant::now();
        let demo = demo::start().unwrap();
        let profile = demo.profile.clone();
        let address = SocketAddr::from(([127, 0, 0, 1], profile.port));
        let folder: PathBuf = profile.credentials.ca.as_ref().unwrap().parent().unwrap().to_owned();
        assert!(fs::read_dir(&folder).unwrap().count() >= 3);

        let session = session::start(profile, Secrets::default(), || ()).unwrap();
        let mut state = State::new(Limits::default());
        while state.counters.echoed == 0 {
            assert!(clicked.elapsed() < Duration::from_secs(2), "no echo within two seconds");
            if let Ok(batch) = session.events().recv_timeout(Duration::from_millis(100)) {
                for event in &batch {
                    state.apply(event);
                }
            }
        }

        drop(session);
        drop(demo);
        assert!(!folder.exists(), "the folder with its certificates is still there");
        assert!(TcpStream::connect(address).is_err(), "its port still answers");
        // A joined thread can be listed for a moment longer.
        let limit = Instant::now() + Duration::from_secs(1);
        while threads() > before && Instant::now() < limit {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(threads(), before, "a thread is still there");
    }
}

#[cfg(target_os = "linux")]
fn threads() -> usize {
    fs::read_dir("/proc/self/task").unwrap().count()
}

#[cfg(not(target_os = "linux"))]
fn threads() -> usize {
    0
}
