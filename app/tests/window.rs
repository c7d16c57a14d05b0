//! The real window on a virtual screen: it opens, draws, is used with the keyboard, keeps what was typed, and ends.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/screen.rs"]
mod screen;

use std::{
    fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command, thread::sleep, time::Duration,
};

use screen::{Screen, wait};

/// Folders of a demo below `folder`.
fn demos(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().filter_map(Result::ok);
    entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("echo-monitor-demo")).count()
}

#[test]
#[ignore = "needs Xvfb, openbox, xdotool, imagemagick"]
fn the_demo_runs_at_a_key_and_leaves_nothing_behind() {
    let screen = Screen::start();
    let mut program = screen.open(&[]);
    assert_eq!(screen.xdotool(&["search", "--onlyvisible", "--name", "^Echo Monitor$"]).lines().count(), 1);

    // Help, light or dark, Start the demo.
    for keys in ["Tab", "Tab", "Tab", "space"] {
        screen.key(keys);
    }
    let running = wait(Duration::from_secs(20), || (demos(screen.folder.path()) == 1).then_some(()));
    assert!(running.is_some(), "no demo was started");
    screen.key("ctrl+d");
    let over = wait(Duration::from_secs(20), || (demos(screen.folder.path()) == 0).then_some(()));
    assert!(over.is_some(), "the demo left its folder behind");
    assert_eq!(program.end(), Some(0));
}

#[test]
#[ignore = "needs Xvfb, openbox, xdotool, imagemagick"]
fn closing_the_window_ends_the_demo_and_logs_its_totals() {
    let screen = Screen::start();
    let file = screen.settings().join("logs/echo-monitor.log");
    // As its own button does, and as the system does.
    for key in [true, false] {
        let mut program = screen.open(&["--demo"]);
        let connected = wait(Duration::from_secs(20), || {
            fs::read_to_string(&file).ok().filter(|log| log.contains("session: connected"))
        });
        assert!(connected.is_some(), "no demo was started");
        // The board speaks once a second.
        sleep(Duration::from_millis(1_500));
        let status = if key { screen.close(&mut program) } else { program.end() };
        assert_eq!((status, demos(screen.folder.path())), (Some(0), 0));
        let log = fs::read_to_string(&file).unwrap();
        let totals = log.lines().rev().nth(1).unwrap_or_default();
        assert!(totals.contains("session: so far ") && totals.contains(", residence p50 "), "{log}");
        fs::remove_file(&file).unwrap();
    }
}

#[test]
#[ignore = "needs Xvfb, openbox, xdotool, imagemagick"]
fn what_was_typed_is_there_the_next_time_and_a_damaged_file_is_set_aside() {
    let screen = Screen::start();
    let file = screen.settings().join("settings.toml");
    fs::create_dir_all(screen.settings()).unwrap();
    fs::write(&file, "[[profile]]\nname = 'Bench'\nhost = 'broker.lab'\n").unwrap();
    let mut program = screen.open(&[]);
    // Found by its look alone: the new profile's empty form would have to be clicked. The menu of themes is reached
    // with the keyboard: help, light or dark, down to the last one.
    sleep(Duration::from_secs(1));
    for keys in ["Tab", "Tab", "space", "Down", "Down", "Down", "Return"] {
        screen.key(keys);
    }
    let kept = wait(Duration::from_secs(10), || {
        fs::read_to_string(&file).ok().filter(|text| text.contains("appearance = "))
    });
    let kept = kept.expect("a choice is kept");
    assert!(kept.contains("broker.lab"), "{kept}");
    assert_eq!(program.end(), Some(0));

    fs::write(&file, "profile = 'not a list'").unwrap();
    let mut program = screen.open(&[]);
    let aside = screen.settings().join("settings.damaged-1.toml");
    assert_eq!(
        wait(Duration::from_secs(10), || fs::read_to_string(&aside).ok()).unwrap(),
        "profile = 'not a list'"
    );
    assert_eq!(program.end(), Some(0));
}

#[test]
#[ignore = "needs Xvfb, openbox, xdotool, imagemagick"]
fn a_page_of_the_help_opens_in_the_systems_browser() {
    let screen = Screen::start();
    let (programs, asked) = (screen.folder.path().join("programs"), screen.folder.path().join("asked"));
    fs::create_dir(&programs).unwrap();
    let browser = programs.join("xdg-open");
    fs::write(&browser, format!("#!/bin/sh\necho \"$1\" > {}\n", asked.display())).unwrap();
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let mut program = screen.launch(Command::new(env!("CARGO_BIN_EXE_echo-monitor")).env("PATH", path));
    // Help; its pages Words, The wire, Keys, Certificates.
    for keys in ["Tab", "space", "Tab", "Tab", "Tab", "Tab", "space"] {
        screen.key(keys);
    }
    // About, Get certificates, the first page of the web.
    for keys in ["Tab", "Tab", "Tab", "space"] {
        screen.key(keys);
    }
    let page =
        wait(Duration::from_secs(10), || fs::read_to_string(&asked).ok().filter(|page| !page.is_empty()));
    assert_eq!(page.as_deref(), Some("https://test.mosquitto.org/ssl/\n"));
    assert_eq!(program.end(), Some(0));
}

#[test]
#[ignore = "needs Xvfb, openbox, xdotool, imagemagick, dbus, xdg-desktop-portal-gtk"]
fn a_file_is_picked_in_the_systems_own_dialog() {
    let screen = Screen::start();
    let settings = screen.settings().join("settings.toml");
    fs::create_dir_all(screen.settings()).unwrap();
    fs::write(&settings, "[[profile]]\nname = 'Bench'\nhost = 'broker.lab'\n").unwrap();
    let file = screen.folder.path().join("ca.crt");
    fs::write(&file, "not yet").unwrap();
    // The session's services, of which the dialog is one, end with the session's bus.
    let mut program = screen.launch(
        Command::new("dbus-run-session")
            .args(["--", env!("CARGO_BIN_EXE_echo-monitor")])
            .env("XDG_CURRENT_DESKTOP", "GNOME")
            .env("XDG_RUNTIME_DIR", screen.folder.path()),
    );
    sleep(Duration::from_secs(1));
    // Help, light or dark, Connect; profile, new, more; host, port, Edit; more for the CA, choose a file for it.
    for _ in 0..11 {
        screen.key("Tab");
    }
    screen.key("space");
    let dialog = wait(Duration::from_secs(30), || {
        let dialog = screen.xdotool(&["search", "--onlyvisible", "--name", "^Choose the CA file$"]);
        (!dialog.is_empty()).then_some(dialog)
    });
    let dialog = dialog.expect("the dialog comes up");
    screen.xdotool(&["windowfocus", "--sync", &dialog]);
    sleep(Duration::from_millis(500));
    screen.xdotool(&["type", "--delay", "60", file.to_str().unwrap()]);
    screen.key("Return");
    let kept = wait(Duration::from_secs(15), || {
        fs::read_to_string(&settings).ok().filter(|text| text.contains(file.to_str().unwrap()))
    });
    assert!(kept.is_some(), "{}", fs::read_to_string(&settings).unwrap());
    // As its own button does.
    assert_eq!(screen.close(&mut program), Some(0));
}

#[test]
fn without_a_display_it_names_the_face_that_needs_none() {
    let output = Command::new(env!("CARGO_BIN_EXE_echo-monitor"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), told.lines().count()), (Some(1), 1), "{told}");
    assert!(told.contains("headless"), "{told}");
}
