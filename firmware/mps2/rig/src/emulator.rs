//! The board in QEMU.

use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use echo_board::partition::Partition;
use tempfile::TempDir;

use crate::HOST;
use crate::credentials::{Identity, SERVER, Signer};

/// Where the board's partition lies.
const PARTITION: &str = "0x00300000";
/// The environment's name for the folder with the firmware, where it is not the one that `build` builds into.
const FOLDER: &str = "ECHO_BOARD_FIRMWARE";

/// Which firmware.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Firmware {
    /// The default one.
    P256,
    /// With the feature `rsa`.
    Rsa,
}

/// A board that runs.
pub struct Emulator {
    process: Child,
    log: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
    _folder: TempDir,
}

/// How a run ended.
#[derive(Debug)]
pub struct Run {
    /// The exit status; see `echo_board_mps2::outcome`.
    pub code: i32,
    /// What the board said, line by line.
    pub log: Vec<String>,
}

/// A partition for a broker on this host's loopback.
#[must_use]
pub fn partition<'a>(port: u16, trust: &Signer, own: Option<&'a Identity>) -> Partition<'a> {
    let mut partition = Partition::new(SERVER, port, b"Hello from bare metal ");
    partition.address = Some(HOST);
    partition.anchors = vec![trust.certificate()];
    if let Some(own) = own {
        partition.chain.clone_from(&own.chain);
        partition.key = Some(own.key());
    }
    partition
}

impl Emulator {
    /// Starts the board with what it is told and with its goal, such as `echoes=10`.
    #[must_use]
    pub fn start(partition: &Partition<'_>, goal: &str) -> Self {
        let flash = partition.encode().expect("a partition that makes sense");
        Self::start_with(Firmware::P256, &flash, goal)
    }

    /// The same with any firmware, and any bytes in the partition.
    #[must_use]
    pub fn start_with(firmware: Firmware, flash: &[u8], goal: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("partition.bin");
        fs::write(&image, flash).unwrap();
        let mut process = Command::new("qemu-system-arm")
            .args(["-machine", "mps2-an385", "-display", "none", "-monitor", "none", "-serial", "none"])
            .args(["-nic", "user,model=lan9118"])
            .arg("-semihosting-config")
            .arg(format!("enable=on,target=native,arg=echo-board,arg={goal}"))
            .arg("-device")
            .arg(format!("loader,file={},addr={PARTITION},force-raw=on", image.display()))
            .arg("-kernel")
            .arg(firmware.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("qemu-system-arm, from Debian's package of that name");
        let log = Arc::new(Mutex::new(Vec::new()));
        let reader = process.stderr.take().map(|stderr| {
            let log = log.clone();
            thread::spawn(move || read(stderr, &log))
        });
        Self { process, log, reader, _folder: folder }
    }

    /// What the board has said so far.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// Waits until the board has ended its run.
    #[must_use]
    pub fn end(mut self, limit: Duration) -> Run {
        let start = Instant::now();
        let code = loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                break status.code().unwrap_or(-1);
            }
            let log = || self.log().join("\n");
            assert!(start.elapsed() < limit, "the board did not end within {limit:?}:\n{}", log());
            thread::sleep(Duration::from_millis(20));
        };
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        Run { code, log: self.log() }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl Run {
    /// The total of this name, from the line that the board ends with.
    #[must_use]
    pub fn total(&self, name: &str) -> u64 {
        let totals = self.log.iter().rev().find(|line| line.starts_with("sent=")).expect("the totals");
        let mut pairs = totals.split_whitespace().filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).expect("a total of that name").1.parse().unwrap()
    }

    /// How many lines have these words.
    #[must_use]
    pub fn count(&self, words: &str) -> usize {
        self.log.iter().filter(|line| line.contains(words)).count()
    }
}

/// How much of its memory the board used.
#[derive(Debug)]
pub struct Sizes {
    /// Of the firmware in flash.
    pub flash: usize,
    /// RAM that is set aside when the firmware is linked, without the heap.
    pub variables: usize,
    /// The stack.
    pub stack: Use,
    /// The heap.
    pub heap: Use,
}

/// The most that was ever used, and how much there is. Bytes.
#[derive(Debug)]
pub struct Use {
    /// The most that was ever used.
    pub peak: usize,
    /// How much there is.
    pub room: usize,
}

impl Run {
    /// The board's last line.
    #[must_use]
    pub fn sizes(&self) -> Sizes {
        let line = self.log.iter().find(|line| line.starts_with("sizes: ")).expect("the sizes");
        let numbers: Vec<usize> =
            line.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
        let [flash, variables, stack, stack_room, heap, heap_room] = numbers[..] else { panic!("{line}") };
        let (stack, heap) = (Use { peak: stack, room: stack_room }, Use { peak: heap, room: heap_room });
        Sizes { flash, variables, stack, heap }
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { flash, variables, stack, heap } = self;
        let ram = variables + stack.peak + heap.peak;
        writeln!(
            f,
            "mps2: flash {flash} B, static RAM {variables} B, peak stack {} B, peak heap {} B,",
            stack.peak, heap.peak
        )?;
        write!(f, "mps2: together {ram} B of RAM; set aside: stack {} B, heap {} B", stack.room, heap.room)
    }
}

fn read(stderr: ChildStderr, log: &Mutex<Vec<String>>) {
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        log.lock().unwrap().push(line);
    }
}

impl Firmware {
    /// Where `build` has left it.
    fn path(self) -> PathBuf {
        let built = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/firmware");
        let folder = std::env::var_os(FOLDER).map_or_else(built, PathBuf::from);
        let path = folder.join(match self {
            Self::P256 => "echo-board-mps2",
            Self::Rsa => "echo-board-mps2-rsa",
        });
        assert!(path.is_file(), "no firmware at {}: run firmware/mps2/build first", path.display());
        path
    }
}
