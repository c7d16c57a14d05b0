//! End to end: the bare-metal board on one side, `echo-monitor headless` on the other, Mosquitto between them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use echo_board_rig::broker::{Mosquitto, write_pem};
use echo_board_rig::credentials::{Identity, Signer};
use echo_board_rig::emulator::{Emulator, Firmware, partition};
use echo_board_rig::{HOST, await_until, free_port};
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
        Self::run(
            Command::new(binary())
                .args(["headless", "--broker", "localhost", "--port", &broker.secure.to_string()])
                .arg("--ca")
                .arg(path("ca.pem"))
                .arg("--cert")
                .arg(path("client.pem"))
                .arg("--key")
                .arg(path("client.key")),
        )
    }

    fn run(command: &mut Command) -> Self {
        let mut process =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("echo-monitor runs");
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

/// A program that is ended with the test.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// *Export for the board*, from nothing to echoes: the app's certificates, a broker with the configuration beside them, a
/// profile, and the partition that is made of it.
#[test]
#[ignore = "needs qemu-system-arm, mosquitto, the firmware and echo-monitor"]
fn what_the_app_exports_boots() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (host, port) = (HOST.to_string(), free_port().to_string());
    let app = |arguments: &[&str]| {
        let mut command = Command::new(binary());
        command.args(arguments).current_dir(folder.path()).env("ECHO_MONITOR_HOME", folder.path());
        command
    };
    let done = |arguments: &[&str]| {
        let output = app(arguments).output().expect("echo-monitor runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    done(&["certs", "local", "--name", &host, "--name", "localhost", "--out", "certs", "--port", &port]);
    let broker =
        Command::new("mosquitto").arg("-c").arg(at("certs/mosquitto.conf")).stderr(Stdio::null()).spawn();
    let _broker = Ends(broker.expect("mosquitto, from Debian's package of that name"));
    await_until("the broker's start", LIMIT, || TcpStream::connect(format!("127.0.0.1:{port}")).is_ok());

    let file = |name: &str| at("certs").join(name).display().to_string();
    let (ca, certificate, key) = (file("ca.crt"), file("client.crt"), file("client.key"));
    let profile = format!(
        "[[profile]]\nname = 'Board'\nhost = '{host}'\nport = '{port}'\nca = '{ca}'\ncertificate = '{certificate}'\nkey = '{key}'\n"
    );
    fs::write(at("settings.toml"), profile).unwrap();
    done(&["export", "--profile", "Board", "--board", "board"]);
    // What is this host to the board is the loopback to us.
    let monitor = Monitor::run(&mut app(&["headless", "--profile", "Board", "--broker", "localhost"]));
    monitor.await_event("connected");

    let flash = fs::read(at("board/partition.bin")).unwrap();
    let run = Emulator::start_with(Firmware::P256, &flash, "echoes=3").end(LIMIT);
    assert_eq!(run.code, 0, "{}", run.log.join("\n"));
    let totals = ["right", "wrong", "ignored", "failures"].map(|name| run.total(name));
    assert_eq!(totals, [3, 0, 0, 0], "{}", run.log.join("\n"));
}
