//! A world without sockets and without waiting: the board on one side, a broker with an echoing host on the other, and
//! a clock that jumps to whatever comes next.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code, unreachable_pub)]

mod broker;

use std::{collections::BTreeMap, mem, time::Duration};

pub use broker::Broker;
use echo_board::{
    Action, Client, Counters, Report, Settings,
    wire::{self, HOST_TOPIC},
};

/// What happens to one echo on its way.
#[derive(Clone, Copy, Debug)]
pub struct Treatment {
    pub lost: bool,
    pub repeated: bool,
    /// From the board's message to its echo's arrival.
    pub delay: Duration,
}

impl Treatment {
    pub const PROMPT: Self = Self { lost: false, repeated: false, delay: Duration::from_millis(20) };
}

/// An echo on its way: text and correlation data.
type Echo = (Vec<u8>, Option<Vec<u8>>);

/// The board, the broker, the host, and the time.
pub struct World {
    pub client: Client,
    pub broker: Broker,
    pub now: Duration,
    pub reports: Vec<(Duration, Report)>,
    pub connections: u32,
    /// Whether the host sends correlation data back.
    pub correlates: bool,
    /// For the next connection.
    pub server_keep_alive: Option<u16>,
    settings: Settings,
    /// What happens to the echoes, one after the other; then all are prompt.
    treatments: Vec<Treatment>,
    heard: usize,
    /// By the time of arrival, then by the order of sending.
    echoes: BTreeMap<(Duration, usize), Echo>,
    order: usize,
    open: bool,
}

impl World {
    pub fn new(settings: Settings, treatments: &[Treatment]) -> Self {
        Self {
            client: Client::new(settings.clone()).unwrap(),
            broker: Broker::new(settings.mqtt.protocol, settings.mqtt.qos),
            now: Duration::ZERO,
            reports: Vec::new(),
            connections: 0,
            correlates: false,
            server_keep_alive: None,
            settings,
            treatments: treatments.to_vec(),
            heard: 0,
            echoes: BTreeMap::new(),
            order: 0,
            open: false,
        }
    }

    /// Runs until that time. Whatever is due at that very time has happened.
    pub fn run_until(&mut self, end: Duration) {
        for step in 0.. {
            assert!(step < 100_000, "the time does not get on: {:?}", self.now);
            self.settle();
            let next_echo = self.echoes.keys().next().map(|&(at, _)| at);
            match self.client.next_deadline().into_iter().chain(next_echo).min() {
                Some(next) if next <= end => self.now = self.now.max(next),
                _ => break,
            }
            self.deliver();
        }
        self.now = end;
    }

    /// Cuts the connection, as seen from the board.
    pub fn cut(&mut self) {
        self.client.closed(self.now);
        self.settle();
    }

    pub fn stop(&mut self) {
        self.client.stop();
        self.settle();
    }

    pub fn counters(&self) -> Counters {
        self.client.counters()
    }

    /// The board's messages as the broker of this connection saw them.
    pub fn said(&self) -> Vec<String> {
        let on_topic = self.broker.seen.iter().filter(|seen| seen.topic == wire::BOARD_TOPIC);
        on_topic.map(|seen| String::from_utf8(seen.text.clone()).unwrap()).collect()
    }

    /// The reports of a kind.
    pub fn reported<T>(&self, kind: impl Fn(&Report) -> Option<T>) -> Vec<T> {
        self.reports.iter().filter_map(|(_, report)| kind(report)).collect()
    }

    /// Lets both sides talk until neither has anything to say at this time.
    pub fn settle(&mut self) {
        for step in 0.. {
            assert!(step < 1_000, "neither side comes to an end at {:?}", self.now);
            let action = self.client.poll(self.now);
            match action {
                Some(Action::Open) => self.connect(),
                Some(Action::Close) => {
                    // What was said last still arrives.
                    self.carry_up();
                    self.open = false;
                }
                None => {}
            }
            while let Some(report) = self.client.next_report() {
                self.reports.push((self.now, report));
            }
            if !self.carry() && action.is_none() {
                return;
            }
        }
    }

    fn connect(&mut self) {
        assert!(!self.open, "one connection at a time");
        self.open = true;
        self.connections += 1;
        self.broker = Broker::new(self.settings.mqtt.protocol, self.settings.mqtt.qos);
        self.broker.server_keep_alive = self.server_keep_alive;
        self.client.opened(self.now);
    }

    fn carry(&mut self) -> bool {
        if !self.open {
            return false;
        }
        let up = self.carry_up();
        self.host();
        let down = mem::take(&mut self.broker.output);
        self.client.input(&down, self.now);
        up || !down.is_empty()
    }

    fn carry_up(&mut self) -> bool {
        let up = self.client.output().to_vec();
        self.client.sent(up.len());
        self.broker.input(&up);
        !up.is_empty()
    }

    /// The host takes what is new on the board's topic and sends its echoes off.
    fn host(&mut self) {
        for seen in self.broker.seen.iter().skip(self.broker.taken) {
            if seen.topic != wire::BOARD_TOPIC {
                continue;
            }
            let treatment = self.treatments.get(self.heard).copied().unwrap_or(Treatment::PROMPT);
            self.heard += 1;
            let copies = if treatment.lost { 0 } else { 1 + u32::from(treatment.repeated) };
            for copy in 0..copies {
                let echo = wire::rotate(&seen.text, self.settings.direction);
                let correlation = seen.correlation.clone().filter(|_| self.correlates);
                let at = self.now + treatment.delay + Duration::from_millis(1) * copy;
                self.order += 1;
                self.echoes.insert((at, self.order), (echo, correlation));
            }
        }
        self.broker.taken = self.broker.seen.len();
    }

    /// Hands over the echoes that have arrived. Without a subscription the broker drops them, as with QoS 0.
    fn deliver(&mut self) {
        while let Some(entry) = self.echoes.first_entry() {
            if entry.key().0 > self.now {
                return;
            }
            let (text, correlation) = entry.remove();
            if self.open && self.broker.subscribed {
                self.broker.publish(HOST_TOPIC, &text, false, correlation.as_deref());
                self.settle();
            }
        }
    }
}
