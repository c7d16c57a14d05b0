//! A flood over the real window: 50,000 messages a second for 20 seconds. Every one comes back, right and in order; the
//! window answers its person meanwhile; the history keeps to its budget.
//!
//! No broker at hand routes so much on two cores, so that the test plays one: it takes CONNECT and SUBSCRIBE, and then
//! it is the flood. The window is the program that `ECHO_MONITOR_BINARY` names, such as a release build; by default the
//! one that was built for the tests.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "support/screen.rs"]
mod screen;

use std::{
    fs,
    io::{BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle, sleep},
    time::{Duration, Instant},
};

use screen::{Screen, wait};

const MESSAGES: usize = 1_000_000;
/// Written at once, every millisecond.
const BURST: usize = 50;
const TEXT: &str = "Hello from the flood of the tests, which turns round";
/// The history may take 256 MB. What else the process needs, software rendering included, is below this many.
const MEMORY_MB: usize = 256 + 250;

#[test]
#[ignore = "needs Xvfb, openbox, xdotool, imagemagick"]
fn a_flood_comes_back_whole_and_the_window_stays_alive() {
    let screen = Screen::start();
    let flood = Flood::start();
    fs::create_dir_all(screen.settings()).unwrap();
    let settings = screen.settings().join("settings.toml");
    let profile = format!(
        "[[profile]]\nname = 'Flood'\nhost = '127.0.0.1'\nport = '{}'\nsecurity = 'plain'\n",
        flood.port
    );
    fs::write(&settings, profile).unwrap();
    let program = std::env::var("ECHO_MONITOR_BINARY")
        .unwrap_or_else(|_| env!("CARGO_BIN_EXE_echo-monitor").to_owned());
    let mut window = screen.launch(Command::new(program).args(["--profile", "Flood"]));

    let begun = wait(Duration::from_secs(60), || (flood.echoed() > MESSAGES / 100).then_some(()));
    assert!(begun.is_some(), "{} echoes after a minute", flood.echoed());
    // The menu of themes: help, light or dark, down to the last one. The choice is kept at once.
    for keys in ["Tab", "Tab", "space", "Down", "Down", "Down", "Return"] {
        screen.key(keys);
    }
    let chosen = wait(Duration::from_secs(60), || {
        fs::read_to_string(&settings).ok().filter(|text| text.contains("appearance = "))
    });
    assert!(chosen.is_some(), "the window did not answer");
    assert!(flood.echoed() < MESSAGES, "the flood was over before the window had answered");

    let took = flood.join();
    let memory = memory_mb(window.0.id());
    println!("{:.0} a second, {memory} MB", MESSAGES as f64 / took.as_secs_f64());
    assert!(memory < MEMORY_MB, "{memory} MB");
    assert_eq!(window.end(), Some(0));
}

/// What the process has in memory now.
fn memory_mb(process: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    resident.trim().trim_end_matches(" kB").parse::<usize>().unwrap() / 1024
}

/// A broker with one guest and a board that never tires.
struct Flood {
    port: u16,
    echoed: Arc<AtomicUsize>,
    thread: JoinHandle<Duration>,
}

impl Flood {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let echoed = Arc::<AtomicUsize>::default();
        let counter = echoed.clone();
        let thread = thread::spawn(move || {
            let (guest, _) = listener.accept().unwrap();
            guest.set_nodelay(true).unwrap();
            host(guest, &counter)
        });
        Self { port, echoed, thread }
    }

    fn echoed(&self) -> usize {
        self.echoed.load(Ordering::Relaxed)
    }

    /// Waits for the last echo. How long all of it took.
    fn join(self) -> Duration {
        self.thread.join().expect("every echo is right")
    }
}

/// CONNECT, SUBSCRIBE, the flood. Reads the echoes meanwhile, or both sides would wait for each other.
fn host(guest: TcpStream, echoed: &AtomicUsize) -> Duration {
    let out = Arc::new(Mutex::new(guest.try_clone().unwrap()));
    let mut packets = BufReader::with_capacity(1 << 16, guest);
    assert_eq!(packet(&mut packets).0 >> 4, 1, "CONNECT");
    send(&out, &[0x20, 3, 0, 0, 0]);
    let (_, subscribe) = packet(&mut packets);
    send(&out, &[0x90, 4, subscribe[0], subscribe[1], 0, 0]);

    let began = Instant::now();
    let mouth = thread::spawn({
        let out = out.clone();
        move || flood(&out)
    });
    let mut next = 0;
    while next < MESSAGES {
        match packet(&mut packets) {
            (0x30, body) => {
                check(&body, next);
                next += 1;
                echoed.store(next, Ordering::Relaxed);
            }
            (0xc0, _) => send(&out, &[0xd0, 0]),
            (0xa2, body) => send(&out, &[0xb0, 4, body[0], body[1], 0, 0]),
            (kind, _) => panic!("a packet of the kind {kind:#x}"),
        }
    }
    mouth.join().unwrap();
    let took = began.elapsed();
    // The guest leaves when its window closes.
    thread::spawn(move || while packets.read(&mut [0; 512]).is_ok_and(|length| length > 0) {});
    took
}

/// Says it all, a burst a millisecond; where the host is slower, at its pace.
fn flood(out: &Mutex<TcpStream>) {
    let began = Instant::now();
    let mut burst = Vec::new();
    for first in (0..MESSAGES).step_by(BURST) {
        burst.clear();
        for number in first..first + BURST {
            publish(&mut burst, number);
        }
        let due = Duration::from_millis((first / BURST) as u64);
        sleep(due.saturating_sub(began.elapsed()));
        send(out, &burst);
    }
}

/// PUBLISH at QoS 0 (MQTT 5, section 3.3) with the board's topic, no properties, and a number before the text.
fn publish(out: &mut Vec<u8>, number: usize) {
    const TOPIC: &[u8] = b"azuresphere/sample/host";
    let payload = format!("{number:08} {TEXT}");
    let length = 2 + TOPIC.len() + 1 + payload.len();
    out.extend([0x30, u8::try_from(length).ok().filter(|length| *length < 128).unwrap()]);
    out.extend([0, TOPIC.len() as u8]);
    out.extend(TOPIC);
    out.push(0);
    out.extend(payload.as_bytes());
}

/// The echo with this number: the text turned by one character to the left.
fn check(body: &[u8], number: usize) {
    let topic = 2 + usize::from(u16::from_be_bytes([body[0], body[1]]));
    let payload = &body[topic + 1 + usize::from(body[topic])..];
    let said = format!("{number:08} {TEXT}");
    let wanted = format!("{}{}", &said[1..], &said[..1]);
    assert_eq!(String::from_utf8_lossy(payload), wanted, "echo {number}");
}

fn send(out: &Mutex<TcpStream>, bytes: &[u8]) {
    out.lock().unwrap().write_all(bytes).unwrap();
}

/// The next packet: its first byte, and what follows the remaining length (MQTT 5, section 2.1).
fn packet(from: &mut impl Read) -> (u8, Vec<u8>) {
    let mut byte = [0];
    let mut next = |from: &mut dyn Read| {
        from.read_exact(&mut byte).expect("the guest stays");
        byte[0]
    };
    let kind = next(from);
    let (mut length, mut shift) = (0, 0);
    loop {
        let part = next(from);
        length |= usize::from(part & 0x7f) << shift;
        shift += 7;
        if part < 0x80 {
            break;
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).expect("the guest stays");
    (kind, body)
}
