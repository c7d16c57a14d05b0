//! Sessions as lists of events: what a screen shows needs nothing else.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use echo_board::wire::{self, Direction};
use echo_monitor::{
    failure::{Failure, Loss},
    model::{
        Limits, State,
        event::{BoardReport, Connection, EchoFailure, Echoed, Event, Received, What},
    },
    profile::{Protocol, Qos},
};

/// 2026-11-23, 14:00:00.412 UTC.
pub fn wall() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_442_400_412)
}

/// The same numbers each time: xorshift.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.max(1))
    }

    /// Evenly from 0 to 1.
    pub fn even(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Around 1, mostly within a tenth, seldom much larger.
    pub fn jitter(&mut self) -> f64 {
        let mut factor = 0.92 + 0.16 * (self.even() + self.even()) / 2.0;
        if self.even() > 0.985 {
            factor *= 1.2 + 0.5 * self.even();
        }
        factor
    }
}

/// A board that takes the echo some time after it was sent, and everything it does as events.
pub struct Story {
    pub state: State,
    at: Duration,
    id: u64,
    text: Vec<u8>,
    dice: Dice,
}

pub fn connection() -> Connection {
    Connection {
        address: SocketAddr::from(([127, 0, 0, 1], 8884)),
        protocol: Protocol::V5,
        tls: None,
        client_id: "echo-monitor-1".to_owned(),
        session_present: false,
        keep_alive: 60,
        maximum_packet: None,
        granted: Qos::AtMostOnce,
    }
}

impl Story {
    pub fn new() -> Self {
        Self::within(Limits::default())
    }

    pub fn within(limits: Limits) -> Self {
        let mut story = Self {
            state: State::new(limits),
            at: Duration::ZERO,
            id: 0,
            text: b"Hello from the board, turning round ".to_vec(),
            dice: Dice::new(20_261_123),
        };
        story.tell(Duration::ZERO, What::Started { wall: wall() });
        story.connect();
        story
    }

    pub fn tell(&mut self, after: Duration, what: What) {
        self.at += after;
        self.state.apply(&Event { at: self.at, what });
    }

    pub fn connect(&mut self) {
        self.tell(Duration::from_millis(124), What::Connected(Box::new(connection())));
    }

    pub fn receive(&mut self, payload: &[u8]) {
        self.received(Received {
            id: self.id,
            topic: Arc::from(wire::BOARD_TOPIC),
            payload: Bytes::copy_from_slice(payload),
            qos: Qos::AtMostOnce,
            retain: false,
            duplicate: false,
            board: None,
        });
    }

    pub fn received(&mut self, message: Received) {
        self.id = message.id + 1;
        self.tell(Duration::ZERO, What::Received(message));
    }

    /// The echo of the last message.
    pub fn echo(&mut self, payload: &[u8]) {
        let residence = Duration::from_secs_f64(46e-6 * self.dice.jitter());
        let echo = Echoed {
            id: self.id - 1,
            topic: Arc::from(wire::HOST_TOPIC),
            payload: Bytes::from(wire::rotate(payload, Direction::Left)),
            qos: Qos::AtMostOnce,
            residence,
        };
        self.tell(residence, What::Echoed(echo));
    }

    pub fn fail(&mut self, cause: EchoFailure) {
        self.tell(Duration::from_micros(20), What::EchoFailed { id: self.id - 1, cause });
    }

    /// The board speaks, we echo, the broker answers; then time passes, `loop_time` in the middle.
    pub fn turn(&mut self, loop_time: f64) {
        let text = self.text.clone();
        self.receive(&text);
        self.echo(&text);
        let broker = Duration::from_secs_f64(0.031 * self.dice.jitter());
        self.tell(broker, What::BrokerRoundTrip { took: broker });
        let rest = loop_time * self.dice.jitter() - broker.as_secs_f64();
        self.at += Duration::from_secs_f64(rest.max(1e-6));
        self.text = wire::rotate(&text, Direction::Left);
    }

    /// Like [`Story::turn`], but the board does not take the echo: it says the same again.
    pub fn lose(&mut self, loop_time: f64) {
        let before = self.text.clone();
        self.turn(loop_time);
        self.text = before;
    }

    pub fn turns(&mut self, count: usize, loop_time: f64) {
        for _ in 0..count {
            self.turn(loop_time);
        }
    }

    /// Many messages and their echoes, `period` seconds apart.
    pub fn flood(&mut self, count: usize, period: f64) {
        for _ in 0..count {
            let text = self.text.clone();
            self.receive(&text);
            self.echo(&text);
            self.text = wire::rotate(&text, Direction::Left);
            self.at += Duration::from_secs_f64(period);
        }
    }

    /// The connection breaks, and stands again after a while.
    pub fn gap(&mut self, seconds: f64) {
        let failure = Box::new(Failure::Lost(Loss::Reset));
        self.tell(
            Duration::from_millis(3),
            What::Disconnected { failure, next_try: Some(Duration::from_secs(2)) },
        );
        self.at += Duration::from_secs_f64(seconds - 0.124);
        self.connect();
    }
}

/// A board that speaks about once a second for five minutes, with jitter, a gap of seven seconds and one lost echo.
pub fn demo_state() -> State {
    demo_story().state
}

/// [`demo_state`], to be continued.
pub fn demo_story() -> Story {
    let mut story = Story::new();
    story.turns(215, 0.99);
    story.gap(7.0);
    story.turns(70, 0.99);
    story.lose(0.99);
    story.turns(8, 0.99);
    story
}

/// Payloads of all kinds, a failure, flags, and a board that tells of itself.
pub fn odd_story() -> Story {
    let mut story = Story::new();
    story.turns(3, 0.5);
    for payload in [
        "שלום עולם, hello".as_bytes(),
        "你好，世界 — こんにちは".as_bytes(),
        "👩‍👩‍👧 🇨🇭 🎉".as_bytes(),
        b"line one\nline two\ttab\x1b[31mred\0",
        &[0xff, 0x00, 0x1a, 0x7f, 0x80],
        b"",
        br#"{"temperature": 21.5, "unit": "C", "tags": ["a", "b"]}"#,
        "long ".repeat(30_000).as_bytes(),
    ] {
        story.receive(payload);
        story.echo(payload);
        story.at += Duration::from_millis(300);
    }
    story.receive(b"too large for the broker");
    story.fail(EchoFailure::TooLarge { bytes: 300_000, limit: 262_144 });
    story.at += Duration::from_millis(300);
    let id = story.id;
    story.received(Received {
        id,
        topic: Arc::from("azuresphere/sample/host"),
        payload: Bytes::from_static(b"with everything"),
        qos: Qos::AtLeastOnce,
        retain: true,
        duplicate: true,
        board: Some(Box::new(BoardReport {
            sequence: 4_711,
            uptime: Duration::from_secs(93_784),
            round_trip: Some(Duration::from_millis(62)),
        })),
    });
    story.echo(b"with everything");
    story
}
