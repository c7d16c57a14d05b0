//! The boards with an operating system as they are built for 32-bit Arm, run by qemu-arm-static against a real Mosquitto:
//! ten echoes each, the sizes, and the image package of Azure Sphere. `firmware/std/tests/run` builds what they need.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, reason = "the sizes are for CI to show")]

mod memory;
#[path = "../mosquitto/mod.rs"]
mod mosquitto;

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, Stdio},
};

use memory::Memory;
use mosquitto::{Broker, Certificates, Host};
use serde_json::Value;

/// What the board may have on Azure Sphere, of flash for the image package and of RAM in all.
const FLASH: u64 = 700 * 1000;
const RAM: u64 = 256 * 1024;

/// A file or a folder that `tests/run` has made.
fn built(variable: &str) -> PathBuf {
    let path = PathBuf::from(env::var_os(variable).unwrap_or_else(|| panic!("{variable} is not set")));
    path.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A board in the emulator. Killed when the test ends early.
struct Running {
    process: Child,
    log: BufReader<ChildStderr>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl Running {
    fn start(program: &Path, prepare: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new("qemu-arm-static");
        command.args(["-L", "/usr/arm-linux-gnueabihf", "-B", memory::BASE]).arg(program);
        prepare(&mut command);
        let mut process = command.stderr(Stdio::piped()).spawn().expect("qemu-user-static, from Debian");
        let log = BufReader::new(process.stderr.take().unwrap());
        Self { process, log }
    }

    /// The lines up to the one that fits.
    fn read_until(&mut self, fits: impl Fn(&str) -> bool) -> Vec<String> {
        let mut lines = Vec::new();
        for line in (&mut self.log).lines().map(Result::unwrap) {
            lines.push(line);
            if lines.last().is_some_and(|line| fits(line)) {
                return lines;
            }
        }
        panic!("the board ended:\n{}", lines.join("\n"))
    }

    /// Lets it have ten echoes, looks at its memory, and asks it to stop.
    fn ten_echoes(mut self) -> Memory {
        for _ in 0..10 {
            self.read_until(|line| line.contains(" echoed "));
        }
        let memory = Memory::of(self.process.id());
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let rest = self.read_until(|line| line.starts_with("sent="));
        assert!(rest.contains(&"stopped".to_owned()), "{rest:?}");
        let totals = rest.last().unwrap();
        for fault in [" wrong=0 ", " missing=0 ", " failures=0"] {
            assert!(totals.contains(fault), "{totals}");
        }
        assert_eq!(self.process.wait().unwrap().code(), Some(0));
        memory
    }
}

/// The board's credentials as files: CA, certificate, key.
fn credentials(certificates: &Certificates, folder: &Path) -> [PathBuf; 3] {
    [
        ("ca.crt", &certificates.ca),
        ("client.crt", &certificates.client.0),
        ("client.key", &certificates.client.1),
    ]
    .map(|(name, content)| {
        let path = folder.join(name);
        fs::write(&path, content).unwrap();
        path
    })
}

/// All that lies below a folder.
fn bytes_below(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| match entry.metadata().unwrap() {
            facts if facts.is_dir() => bytes_below(&entry.path()),
            facts => facts.len(),
        })
        .sum()
}

#[test]
#[ignore = "needs qemu-arm-static, mosquitto and echo-board for armv7"]
fn embedded_linux() {
    let certificates = Certificates::new();
    let broker = Broker::start(&certificates);
    let _host = Host::start(broker.plain_port);
    let [ca, cert, key] = credentials(&certificates, broker.directory.path());
    let program = built("ECHO_BOARD_ARMV7");
    let board = Running::start(&program, |command| {
        command.args(["--broker", "localhost", "--port", &broker.port.to_string(), "--period", "100"]);
        command.arg("--ca").arg(ca).arg("--cert").arg(cert).arg("--key").arg(key);
    });
    let memory = board.ten_echoes();
    println!("armv7: flash {} B, {}", fs::metadata(&program).unwrap().len(), memory.with_static_of(&program));
}

/// The image package, staged by the script that stages it for the device.
struct Package {
    folder: PathBuf,
}

impl Package {
    fn stage(broker: &Broker, certificates: &Certificates) -> Self {
        let [ca, cert, key] = credentials(certificates, broker.directory.path());
        let folder = broker.directory.path().join("package");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../azure-sphere/stage");
        let mut command = Command::new(script);
        command.args(["localhost", &broker.port.to_string()]);
        command.args([ca, cert, key]).arg(built("ECHO_BOARD_AZURE_SPHERE")).arg(&folder);
        assert!(command.status().unwrap().success());
        Self { folder }
    }

    fn manifest(&self) -> Value {
        serde_json::from_slice(&fs::read(self.folder.join("app_manifest.json")).unwrap()).unwrap()
    }

    fn program(&self) -> PathBuf {
        let manifest = self.manifest();
        self.folder.join(manifest["EntryPoint"].as_str().unwrap().trim_start_matches('/'))
    }

    /// Runs it as the device would: the manifest says what and with which arguments, in a folder that is not the package.
    fn run(&self) -> Running {
        let arguments = self.manifest()["CmdArgs"].clone();
        Running::start(&self.program(), |command| {
            command.args(arguments.as_array().unwrap().iter().map(|word| word.as_str().unwrap()));
            command.current_dir("/");
            command.env("APPLIBS_PACKAGE", &self.folder);
            command.env("QEMU_SET_ENV", format!("LD_LIBRARY_PATH={}", built("ECHO_BOARD_APPLIBS").display()));
        })
    }
}

#[test]
#[ignore = "needs qemu-arm-static, mosquitto, the application for Azure Sphere and the stand-in for libapplibs"]
fn azure_sphere() {
    let certificates = Certificates::new();
    let broker = Broker::start(&certificates);
    let _host = Host::start(broker.plain_port);
    let package = Package::stage(&broker, &certificates);
    let manifest = package.manifest();
    assert_eq!(manifest["CmdArgs"][0], manifest["Capabilities"]["AllowedConnections"][0]);
    assert_eq!(manifest["CmdArgs"][1], broker.port.to_string());

    let mut board = package.run();
    let first = board.read_until(|line| line == "attempt 1");
    assert_eq!(first.iter().filter(|line| *line == "waiting for the network").count(), 2, "{first:?}");
    let memory = board.ten_echoes().with_static_of(&package.program());
    let flash = bytes_below(&package.folder);
    println!("azure-sphere: flash {flash} B, {memory}");
    assert!(flash <= FLASH, "{flash} B of flash, {FLASH} B are allowed");
    assert!(memory.total() <= RAM, "{memory}, {RAM} B are allowed");
}

#[test]
#[ignore = "needs qemu-arm-static, mosquitto, the application for Azure Sphere and the stand-in for libapplibs"]
fn azure_sphere_says_which_file_its_package_lacks() {
    let certificates = Certificates::new();
    let broker = Broker::start(&certificates);
    let package = Package::stage(&broker, &certificates);
    fs::remove_file(package.folder.join("certs/client.key")).unwrap();
    let mut board = package.run();
    board.read_until(|line| line.starts_with("certs/client.key in the image package: "));
    assert_eq!(board.process.wait().unwrap().code(), Some(2));
}
