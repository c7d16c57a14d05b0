//! What the app and its sessions did, in a file that stays small.
//!
//! ```text
//! session ─ events ─▶ story ─┐
//! starts, renderer ──────────┼─ log ─▶ channel ─▶ writer thread ─▶ echo-monitor.log, rotated
//! warnings of the window ────┘     └─▶ the last lines, for a crash report
//! ```
//!
//! Invariants: whoever logs never waits for a disk, and what the channel has no room for is counted in the file; the
//! files never take more than about `writer::LIMIT` times `writer::FILES`; a line is one line. No payload, no
//! password, no passphrase, no user name, no client ID: only our own lines come in, and warnings of the crates that
//! draw; those that carry messages are not listened to.

mod story;
mod writer;

use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, channel, sync_channel},
    },
    time::Duration,
};

use log::{Level, LevelFilter, Log, Metadata, Record};

pub use self::story::Story;

/// Lines on their way to the file.
const WAITING: usize = 256;
/// Lines that a crash report tells.
const RECENT: usize = 40;
/// The longest line, in characters.
const LONGEST: usize = 600;
/// How long the end of the program waits for the disk.
const PATIENCE: Duration = Duration::from_secs(2);
/// Crates whose warnings tell why a window looks or starts as it does.
const DRAWING: [&str; 9] =
    ["eframe", "egui", "egui_glow", "egui_wgpu", "egui_winit", "glutin", "wgpu_core", "wgpu_hal", "winit"];

static LAST: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

/// Logging, until this is dropped: then all that was logged is in the file.
#[must_use = "what was logged last is written when this is dropped"]
pub struct Logfile(());

enum Order {
    Write(String),
    Flush(std::sync::mpsc::Sender<()>),
}

struct Logger {
    orders: SyncSender<Order>,
    dropped: AtomicU64,
}

/// Logs into `folder` from now on. Once in a process: a second call changes nothing.
pub fn start(folder: PathBuf) -> Logfile {
    let (orders, inbox) = sync_channel(WAITING);
    let logger = Logger { orders, dropped: AtomicU64::new(0) };
    if log::set_boxed_logger(Box::new(logger)).is_ok() {
        log::set_max_level(LevelFilter::Info);
        // Without the thread the channel is closed, and the last lines are kept all the same.
        let _ = std::thread::Builder::new().name("log".to_owned()).spawn(move || run(&inbox, &folder));
    }
    Logfile(())
}

/// The last lines, oldest first. Never waits: whoever asks may have crashed while logging.
#[must_use]
pub fn recent() -> Vec<String> {
    match LAST.try_lock() {
        Ok(lines) => lines.iter().cloned().collect(),
        Err(_) => Vec::new(),
    }
}

impl Drop for Logfile {
    fn drop(&mut self) {
        log::logger().flush();
    }
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        is_wanted(metadata.level(), metadata.target())
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let line = line(record);
        self.send(Order::Write(line.clone()));
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() == RECENT {
            last.pop_front();
        }
        last.push_back(line);
    }

    fn flush(&self) {
        let (done, wait) = channel();
        // Not `send`: for this there must be room.
        if self.orders.send(Order::Flush(done)).is_ok() {
            let _ = wait.recv_timeout(PATIENCE);
        }
    }
}

impl Logger {
    fn send(&self, order: Order) {
        let missing = self.dropped.swap(0, Ordering::Relaxed);
        if missing > 0
            && let Err(TrySendError::Full(_)) =
                self.orders.try_send(Order::Write(format!("({missing} lines are missing here)")))
        {
            self.dropped.fetch_add(missing, Ordering::Relaxed);
        }
        if let Err(TrySendError::Full(_)) = self.orders.try_send(order) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn is_wanted(level: Level, target: &str) -> bool {
    let name = target.split("::").next().unwrap_or_default();
    match name {
        "echo_monitor" => level <= Level::Info,
        name => level <= Level::Warn && DRAWING.contains(&name),
    }
}

/// When, how bad, of whom where it is not ours, and what. What stands in it may come from a broker.
fn line(record: &Record<'_>) -> String {
    let of = match record.target().split("::").next() {
        Some("echo_monitor") | None => String::new(),
        Some(name) => format!("{name}: "),
    };
    let what = format!("{of}{}", record.args());
    let what: String =
        what.chars().take(LONGEST).map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    format!("{:.3} {:5} {what}", jiff::Timestamp::now(), record.level())
}

fn run(inbox: &Receiver<Order>, folder: &std::path::Path) {
    while let Ok(first) = inbox.recv() {
        let (mut lines, mut waiting) = (String::new(), Vec::new());
        for order in std::iter::once(first).chain(inbox.try_iter().take(WAITING)) {
            match order {
                Order::Write(line) => {
                    lines.push_str(&line);
                    lines.push('\n');
                }
                Order::Flush(done) => waiting.push(done),
            }
        }
        // A disk that is full or read-only: the window works without its log.
        let _ = writer::append(folder, &lines);
        for done in waiting {
            let _ = done.send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_hold_a_message_is_listened_to() {
        assert!(is_wanted(Level::Info, "echo_monitor::app"));
        assert!(is_wanted(Level::Warn, "wgpu_hal::vulkan"));
        for (level, target) in [
            (Level::Debug, "echo_monitor::app"),
            (Level::Info, "winit"),
            (Level::Error, "rustls::conn"),
            (Level::Error, "rumqttc"),
        ] {
            assert!(!is_wanted(level, target), "{target}");
        }
    }

    #[test]
    fn a_line_is_one_line_and_not_endless() {
        let told = line(
            &Record::builder()
                .level(Level::Warn)
                .target("winit::x11")
                .args(format_args!("a\nb\x1b[31m{}", "c".repeat(5_000)))
                .build(),
        );
        assert!(told.contains(" WARN  winit: a b [31mccc"), "{told}");
        assert!(!told.contains(char::is_control) && told.len() < LONGEST + 100);
    }

    #[test]
    fn what_there_is_no_room_for_is_counted() {
        let (orders, inbox) = sync_channel(2);
        let logger = Logger { orders, dropped: AtomicU64::new(0) };
        (0..5).for_each(|number| logger.send(Order::Write(number.to_string())));
        let mut told: Vec<_> = inbox.try_iter().collect();
        logger.send(Order::Write("5".to_owned()));
        told.extend(inbox.try_iter());
        let told: Vec<_> = told
            .into_iter()
            .filter_map(|order| match order {
                Order::Write(line) => Some(line),
                Order::Flush(_) => None,
            })
            .collect();
        assert_eq!(told, ["0", "1", "(3 lines are missing here)", "5"]);
    }
}
