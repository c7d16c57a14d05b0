//! End to end: the bare-metal board on one side, `echo-monitor headless` on the other, Mosquitto between them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use echo_board_rig::broker::{Mosquitto, write_pem};
use echo_board_rig::credentials::{Identity, Signer};
use echo_board_rig::emulator::{Emulator, partition};
use serde_json::Value;

/// How long the board speaks, in seconds.
const TALK: u64 = 30;
const LIMIT: Duration = Duration::from_secs(TALK + 60);

/// The host's side, from its command line.
struct Monitor {
    process: Child,
    lines: Receiver<Value>,
}

impl Monitor {
    fn start(broker: &Mosquitto, own: &Identity, ca: &Signer, folder: &Path) -> Self {
        let path = |name: &str| folder.join(name);
        write_pem(&path("ca.pem"), "CERTIFICATE", &ca.certificate());
        write_pem(&path("client.pem"), "CERTIFICATE", &own.chain[0]);
        write_pem(&path("client.key"), "PRIVATE KEY", own.key().secret_der());
        let mut process = Command::new(binary())
            .args(["headless", "--broker", "localhost", "--port", &broker.secure.to_string()])
            .arg("--ca")
            .arg(path("ca.pem"))
            .arg("--cert")
            .arg(path("client.pem"))
            .arg("--key")
            .arg(path("client.key"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("echo-monitor runs");
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let Ok(line) = serde_json::from_str(&line) else { continue };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { process, lines }
    }

    /// The next line that tells of this event.
    fn await_event(&self, name: &str) -> Value {
        loop {
            let line =
                self.lines.recv_timeout(LIMIT).unwrap_or_else(|_| panic!("no {name} from echo-monitor"));
            if line["event"] == name {
                return line;
            }
        }
    }

    /// Asks it to end, as Ctrl-C and systemd do.
    fn terminate(&self) {
        Command::new("kill").arg(self.process.id().to_string()).status().expect("kill");
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// The command, where the root workspace has built it.
fn binary() -> PathBuf {
    let built = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../target/release/echo-monitor");
    let path = std::env::var_os("ECHO_MONITOR_BINARY").map_or_else(built, PathBuf::from);
    assert!(path.is_file(), "no echo-monitor at {}: cargo build --release first", path.display());
    path
}

#[test]
#[ignore = "needs qemu-system-arm, mosquitto, the firmware and echo-monitor"]
fn board_and_host_agree_about_every_echo() {
    let ca = Signer::authority("ca");
    let server = ca.server_for(&[echo_board_rig::credentials::SERVER, "localhost"]);
    let broker = Mosquitto::start(&ca, &server);
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("host")).unwrap();
    let monitor = Monitor::start(&broker, &ca.board(), &ca, &folder.path().join("host"));
    monitor.await_event("connected");

    let own = ca.board();
    let run =
        Emulator::start(&partition(broker.secure, &ca, Some(&own)), &format!("seconds={TALK}")).end(LIMIT);
    assert_eq!(run.code, 0, "{}", run.log.join("\n"));
    monitor.terminate();
    let summary = monitor.await_event("summary");
    println!("board: {}", run.log.iter().find(|line| line.starts_with("sent=")).unwrap());
    println!("host: {summary}");

    let sent = run.total("sent");
    assert!(
        sent >= TALK - 10,
        "one message a second, after the start, which takes a busy machine some seconds"
    );
    // Late is an echo that took longer than a second: a busy machine.
    assert_eq!(run.total("right") + run.total("late"), sent, "an echo for every message, each verified");
    let faults = ["wrong", "missing", "ignored", "failures"].map(|name| run.total(name));
    assert_eq!(faults, [0; 4]);

    let host = |name: &str| summary[name].as_u64().unwrap_or_else(|| panic!("{name} in {summary}"));
    assert_eq!(host("received"), sent);
    assert_eq!(host("echoed"), sent);
    assert_eq!((host("failed"), host("lost"), host("duplicates")), (0, 0, 0));
    // The first message takes no echo along.
    assert_eq!(summary["loop_ms"]["count"].as_u64(), Some(sent - 1));
}
