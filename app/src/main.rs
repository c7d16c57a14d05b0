//! Parses the command line and picks a face: the window, or none.

// A double click opens a window and no console beside it; `console` finds the one that a command was typed in.
#![windows_subsystem = "windows"]

use std::{path::Path, process::ExitCode};

use clap::Parser as _;
use echo_monitor::{
    app::App,
    certs, check, cli,
    console::{self, complain},
    crash, export, headless,
    logfile::{self, Logfile},
    paths, places, renderer,
};
use eframe::{Renderer, egui};

/// The icon in the window's title and in the task bar.
const ICON: &[u8] = include_bytes!("../../assets/icon/echo-monitor-256.png");

fn main() -> ExitCode {
    let arguments = match cli::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(answer) => return console::answer(&answer),
    };
    if arguments.command.is_some() {
        console::attach();
    }
    match arguments.command {
        Some(cli::Command::Headless(flags)) => {
            let _log = watch(flags.destination.config_dir.as_deref(), "headless");
            headless::run(&flags)
        }
        Some(cli::Command::Check(flags)) => {
            let _log = watch(flags.destination.config_dir.as_deref(), "check");
            check::run(&flags)
        }
        Some(cli::Command::Certs(what)) => {
            let _log = watch(None, "certs");
            certs::run(&what)
        }
        Some(cli::Command::Export(flags)) => {
            let _log = watch(flags.config_dir.as_deref(), "export");
            export::run(&flags)
        }
        Some(cli::Command::Paths(flags)) => paths::run(&flags),
        None => {
            let _log = watch(arguments.window.config_dir.as_deref(), "window");
            window(&arguments.window)
        }
    }
}

/// From now on what happens is logged, and a crash leaves a report. Where the system names no folder, neither is.
fn watch(chosen: Option<&Path>, face: &str) -> Option<Logfile> {
    let places = places::find(chosen)?;
    let log = logfile::start(places.logs);
    crash::watch(places.crashes);
    let (os, architecture) = (std::env::consts::OS, std::env::consts::ARCH);
    log::info!("{face}: Echo Monitor {} starts on {os} {architecture}", env!("CARGO_PKG_VERSION"));
    Some(log)
}

/// Opens the window and stays in it.
fn window(flags: &cli::Window) -> ExitCode {
    if !has_display() {
        complain("There is no display to open a window on. Without one: echo-monitor headless --help");
        return ExitCode::FAILURE;
    }
    let asked = match renderer::asked(flags.renderer, std::env::var_os(renderer::VARIABLE)) {
        Ok(asked) => asked,
        Err(sentence) => {
            complain(&sentence);
            return ExitCode::from(2);
        }
    };
    let mut problems = Vec::new();
    for &renderer in renderer::order(asked) {
        match open(flags, renderer) {
            Ok(()) => {
                log::info!("window: closed");
                return ExitCode::SUCCESS;
            }
            Err(problem) => {
                log::warn!("window: {renderer} does not work: {problem}");
                problems.push((renderer, problem.to_string()));
            }
        }
    }
    complain(&renderer::none_works(&problems));
    ExitCode::FAILURE
}

fn open(flags: &cli::Window, renderer: Renderer) -> eframe::Result {
    let mut viewport = egui::ViewportBuilder::default()
        .with_title("Echo Monitor")
        // Name of the desktop entry and of the window class, so that the three are known as one.
        .with_app_id("echo-monitor")
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([760.0, 480.0]);
    if let Ok(icon) = eframe::icon_data::from_png_bytes(ICON) {
        viewport = viewport.with_icon(icon);
    }
    let options = eframe::NativeOptions { viewport, renderer, ..eframe::NativeOptions::default() };
    let flags = flags.clone();
    eframe::run_native(
        "echo-monitor",
        options,
        Box::new(move |creation| {
            log::info!("window: opens with {renderer}");
            close_on_signals(&creation.egui_ctx);
            Ok(Box::new(App::new(&creation.egui_ctx, &flags)))
        }),
    )
}

/// Ctrl-C and SIGTERM close the window as its own button does: the demo leaves nothing behind.
fn close_on_signals(ctx: &egui::Context) {
    let ctx = ctx.clone();
    // Where it is already set (the second renderer), the first one's context closes nothing, and the next signal ends us.
    let _ = ctrlc::set_handler(move || ctx.send_viewport_cmd(egui::ViewportCommand::Close));
}

#[cfg(all(unix, not(target_os = "macos")))]
fn has_display() -> bool {
    ["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn has_display() -> bool {
    true
}
