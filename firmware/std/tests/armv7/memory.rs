//! How much memory a board in qemu-arm-static uses: what the emulator's own process tells of the pages in which the
//! board's memory lies. A page that was ever written stays, so one look at the end shows the most that was used of a
//! stack; of a heap that gives pages back, what it has not given back.

use std::{fmt, fs, path::Path, process::Command};

/// Where the emulator is to lay the board's address zero; its 4 GiB lie from there on.
pub(crate) const BASE: &str = "0x200000000";
const RANGE: std::ops::Range<u64> = 0x2_0000_0000..0x3_0000_0000;
/// A region without a file that is at least this large is a stack: Rust's threads have 2 MiB, the first one 8 MiB.
const STACK: u64 = 2 * 1024 * 1024 - 64 * 1024;

/// Bytes, by pages.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Memory {
    /// Variables of the program, as linked.
    variables: u64,
    /// Written pages of files: the variables of the program and of its libraries.
    files: u64,
    /// Stacks of all threads.
    stacks: u64,
    /// The rest.
    heap: u64,
}

impl Memory {
    /// Of the board that runs in this process.
    pub(crate) fn of(process: u32) -> Self {
        let maps = fs::read_to_string(format!("/proc/{process}/smaps")).unwrap();
        let (mut memory, mut region) = (Self::default(), None);
        for line in maps.lines() {
            if let Some(written) = line.strip_prefix("Anonymous:") {
                let written: u64 = written.trim().trim_end_matches(" kB").parse().unwrap();
                match region {
                    Some((_, true)) => memory.files += written * 1024,
                    Some((size, false)) if size >= STACK => memory.stacks += written * 1024,
                    Some((_, false)) => memory.heap += written * 1024,
                    None => {}
                }
            } else if let Some((start, end, has_file)) = header(line) {
                region = RANGE.contains(&start).then_some((end - start, has_file));
            }
        }
        assert!(memory.stacks > 0 && memory.heap > 0, "{memory:?} in\n{maps}");
        memory
    }

    /// The same with the size of the program's variables.
    pub(crate) fn with_static_of(mut self, program: &Path) -> Self {
        let output = Command::new("arm-linux-gnueabihf-size").arg(program).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let numbers: Vec<u64> =
            text.lines().nth(1).unwrap().split_whitespace().filter_map(|word| word.parse().ok()).collect();
        self.variables = numbers[1] + numbers[2];
        self
    }

    /// All RAM that the board uses, its libraries' included.
    pub(crate) fn total(&self) -> u64 {
        self.files + self.stacks + self.heap
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "static RAM {} B, peak stack {} B, peak heap {} B; together {} B of RAM by pages, libraries included",
            self.variables,
            self.stacks,
            self.heap,
            self.total()
        )
    }
}

/// Start, end, and whether a file lies there: `200010000-200020000 r-xp 00000000 fe:00 1234 /path`.
fn header(line: &str) -> Option<(u64, u64, bool)> {
    let mut words = line.split_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let address = |text| u64::from_str_radix(text, 16).ok();
    let has_file = words.nth(3)? != "0";
    Some((address(start)?, address(end)?, has_file))
}
