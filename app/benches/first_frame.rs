//! How soon the window's first frame comes, side by side with an empty window of eframe's in one run: at most 1.3 times.
//!
//! eframe keeps a window hidden until its first frame is painted and swapped. So the moment at which the X server maps
//! the window is the moment of its first frame, seen from outside and in the same way for both. Needs Xvfb and xev.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use eframe::{Renderer, egui};

const PAIRS: usize = 15;
const MOST: f64 = 1.3;
/// The argument with which this program is the empty window.
const EMPTY: &str = "empty-window";

fn main() {
    if std::env::args().nth(1).as_deref() == Some(EMPTY) {
        return empty_window();
    }
    let folder = tempfile::tempdir().unwrap();
    let screen = Screen::start(folder.path());
    let (mut ours, mut empty) = (Vec::new(), Vec::new());
    // In turn, so that whatever else the machine does falls on both; the first pair only warms the disk's cache.
    for pair in 0..=PAIRS {
        let this = screen.first_frame(Command::new(std::env::current_exe().unwrap()).arg(EMPTY));
        let mut app = Command::new(env!("CARGO_BIN_EXE_echo-monitor"));
        let app = screen.first_frame(app.env("ECHO_MONITOR_HOME", folder.path().join("settings")));
        if pair > 0 {
            empty.push(this);
            ours.push(app);
        }
    }
    let (ours, empty) = (median(ours), median(empty));
    let ratio = ours / empty;
    println!("first frame: {ours:.0} ms, of an empty window {empty:.0} ms: {ratio:.2} times");
    assert!(ratio <= MOST, "more than {MOST} times");
}

fn empty_window() {
    struct Empty;
    impl eframe::App for Empty {
        fn ui(&mut self, _: &mut egui::Ui, _: &mut eframe::Frame) {}
    }
    let viewport = egui::ViewportBuilder::default().with_inner_size([1280.0, 800.0]);
    let options =
        eframe::NativeOptions { viewport, renderer: Renderer::Glow, ..eframe::NativeOptions::default() };
    eframe::run_native(EMPTY, options, Box::new(|_| Ok(Box::new(Empty)))).unwrap();
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e3
}

/// Ended when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A screen, and the moments at which a window on it was mapped.
struct Screen {
    display: String,
    mapped: Receiver<Instant>,
    _watching: Running,
    _server: Running,
}

impl Screen {
    fn start(folder: &Path) -> Self {
        let told = folder.join("display");
        let server = Command::new("sh")
            .args(["-c", "exec Xvfb -displayfd 1 -screen 0 1280x840x24 -nolisten tcp > \"$0\" 2>/dev/null"])
            .arg(&told)
            .spawn()
            .expect("Xvfb");
        let server = Running(server);
        let begin = Instant::now();
        let number = loop {
            match fs::read_to_string(&told) {
                Ok(number) if number.ends_with('\n') => break number,
                _ => assert!(begin.elapsed() < Duration::from_secs(20), "Xvfb did not start"),
            }
            thread::sleep(Duration::from_millis(20));
        };
        let display = format!(":{}", number.trim());
        let (watching, mapped) = watch(&display);
        Self { display, mapped, _watching: Running(watching), _server: server }
    }

    /// From starting the program to its window's first frame.
    fn first_frame(&self, program: &mut Command) -> Duration {
        program
            .env("DISPLAY", &self.display)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WAYLAND_SOCKET")
            .stdout(Stdio::null());
        let begin = Instant::now();
        let _running = Running(program.spawn().unwrap());
        let mapped = self.mapped.recv_timeout(Duration::from_secs(60));
        mapped.expect("a window") - begin
    }
}

/// Listens to the server for top-level windows that are mapped.
fn watch(display: &str) -> (Child, Receiver<Instant>) {
    let mut watching = Command::new("stdbuf")
        .args(["-oL", "xev", "-display", display, "-root", "-event", "substructure"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("xev");
    let lines = BufReader::new(watching.stdout.take().unwrap()).lines();
    let (tell, mapped) = mpsc::channel();
    thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            if line.starts_with("MapNotify") {
                let _ = tell.send(Instant::now());
            }
        }
    });
    // It has nothing to say when it is ready.
    thread::sleep(Duration::from_millis(500));
    (watching, mapped)
}
