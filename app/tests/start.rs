//! What a start does about the run before it, and where it cannot draw.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/screen.rs"]
mod screen;

use std::{
    fs,
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    process::{Command, Stdio},
    thread::sleep,
    time::Duration,
};

use screen::{Program, Screen, wait};

#[test]
#[ignore = "needs Xvfb, openbox, xdotool, imagemagick"]
fn the_demo_of_a_killed_run_is_removed() {
    let screen = Screen::start();
    let demo = screen.folder.path().join("echo-monitor-demo-killed");
    fs::create_dir(&demo).unwrap();
    fs::write(demo.join("in-use"), "").unwrap();
    fs::write(demo.join("client.key"), "secret").unwrap();
    let mut program = screen.open(&[]);
    assert!(wait(Duration::from_secs(10), || (!demo.exists()).then_some(())).is_some(), "it is still there");
    assert_eq!(program.end(), Some(0));
}

#[test]
#[ignore = "needs Xvfb, openbox, xdotool, imagemagick"]
fn after_a_crash_the_next_start_offers_the_folder_once() {
    let screen = Screen::start();
    let crashes = screen.settings().join("crashes");
    fs::create_dir_all(&crashes).unwrap();
    fs::write(crashes.join("crash-2026-01-02-1.new.txt"), "a report").unwrap();
    // Stands where the desktop has the program that opens folders.
    let (bin, opened) = (screen.folder.path().join("bin"), screen.folder.path().join("opened"));
    fs::create_dir(&bin).unwrap();
    let opener = bin.join("xdg-open");
    fs::write(&opener, format!("#!/bin/sh\nprintf %s \"$1\" > '{}'\n", opened.display())).unwrap();
    fs::set_permissions(&opener, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());

    let mut program = screen.launch(Command::new(env!("CARGO_BIN_EXE_echo-monitor")).env("PATH", &path));
    assert!(crashes.join("crash-2026-01-02-1.txt").exists(), "it was told");
    sleep(Duration::from_secs(1));
    // The notice comes last: backwards, its cross, then its button.
    for keys in ["shift+Tab", "shift+Tab", "space"] {
        screen.key(keys);
    }
    let folder =
        wait(Duration::from_secs(10), || fs::read_to_string(&opened).ok().filter(|path| !path.is_empty()));
    assert_eq!(folder.as_deref(), crashes.to_str());
    assert_eq!(program.end(), Some(0));
    let log = fs::read_to_string(screen.settings().join("logs/echo-monitor.log")).unwrap();
    for words in ["starts on linux", "opens with glow", "closed"] {
        assert!(log.contains(words), "{words} in {log}");
    }
}

/// A program for a screen without OpenGL: X offers none, and what would stand in for it is not found.
fn without_opengl() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_echo-monitor"));
    command.env("__EGL_VENDOR_LIBRARY_FILENAMES", "/nonexistent");
    command
}

/// How a program ends that should not open a window, and what it says.
fn last_words(screen: &Screen, command: &mut Command) -> (Option<i32>, String) {
    let told = screen.complaints();
    let child = screen
        .at_home(command)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(&told).unwrap())
        .process_group(0)
        .spawn()
        .unwrap();
    let code = Program(child).ended();
    (code, fs::read_to_string(told).unwrap())
}

#[test]
#[ignore = "needs Xvfb, openbox"]
fn where_nothing_draws_it_says_what_to_install() {
    let screen = Screen::without_opengl();
    let mut command = without_opengl();
    command.env("VK_ICD_FILENAMES", "/nonexistent").env("VK_DRIVER_FILES", "/nonexistent");
    let (code, told) = last_words(&screen, &mut command);
    assert_eq!(code, Some(1), "{told}");
    for words in ["glow", "wgpu", "libgl1", "mesa-vulkan-drivers", "headless"] {
        assert!(told.contains(words), "{words} in {told}");
    }
}

#[test]
#[ignore = "needs Xvfb, openbox, xdotool, imagemagick, mesa-vulkan-drivers"]
fn the_other_renderer_steps_in_unless_one_was_asked_for() {
    let screen = Screen::without_opengl();
    let (code, told) = last_words(&screen, without_opengl().env("ECHO_MONITOR_RENDERER", "glow"));
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("glow") && told.contains("ECHO_MONITOR_RENDERER"), "{told}");

    let mut program = screen.launch(&mut without_opengl());
    assert_eq!(program.end(), Some(0));
    let log = fs::read_to_string(screen.settings().join("logs/echo-monitor.log")).unwrap();
    assert!(log.contains("Glow does not work") || log.contains("glow does not work"), "{log}");
    assert!(log.contains("opens with wgpu"), "{log}");
}

#[test]
fn a_renderer_that_there_is_not_is_told() {
    let output = Command::new(env!("CARGO_BIN_EXE_echo-monitor"))
        // Never connected to: the renderer is judged first.
        .env("DISPLAY", ":0")
        .env("ECHO_MONITOR_HOME", env!("CARGO_TARGET_TMPDIR"))
        .env("ECHO_MONITOR_RENDERER", "opengl")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("opengl") && told.contains("glow"), "{told}");
}
