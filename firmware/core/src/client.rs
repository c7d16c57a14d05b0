//! The whole board, without a socket and without a clock: connection, TLS, MQTT and the board's logic in one.
//!
//! The runner hands in bytes and the time since it started, and takes out bytes, a deadline, reports, and what it is
//! to do with its connection:
//!
//! ```text
//! loop {
//!     match client.poll(now) {
//!         Some(Action::Open)  => open a connection, then client.opened(now) or client.unreachable(why, now)
//!         Some(Action::Close) => send what output() still holds, as far as that goes at once; close
//!         None                => {}
//!     }
//!     send client.output(), tell client.sent(n)
//!     take each client.report()
//!     wait for bytes until client.next_deadline(): client.input(bytes, now), or client.closed(now)
//! }
//! ```
//!
//! Invariants: one connection at a time; after any failure `Close` comes before the next `Open`, and the next
//! connection begins with a new handshake; every stage has a time limit; every buffer has a size limit.

use alloc::{boxed::Box, collections::VecDeque, vec::Vec};
use core::time::Duration;

use crate::{
    board::{Board, TooLong, Verdict},
    failure::{Failure, MqttFailure, Unreachable},
    mqtt::{self, Incoming, Mqtt, OFFLINE, ONLINE, Sent},
    report::{Counters, Ignored, Report, Stage},
    retry::Retry,
    tls::{self, Tls},
    wire::{self, Direction},
};

/// Limits of time and space.
pub mod limits {
    use core::time::Duration;

    /// Opening a connection, the name's look-up included.
    pub const OPEN: Duration = Duration::from_secs(15);
    /// The TLS handshake from ClientHello to its end, however the bytes trickle.
    pub const TLS: Duration = Duration::from_secs(15);
    /// CONNECT to CONNACK, SUBSCRIBE to SUBACK, PINGREQ to PINGRESP.
    pub const ANSWER: Duration = Duration::from_secs(10);
    /// Between two pings.
    pub const PING: Duration = Duration::from_secs(30);
    /// Bytes that may wait to be sent.
    pub const OUTPUT: usize = 16 * 1024;
    /// Messages that may wait for their PUBACK.
    pub const UNACKNOWLEDGED: usize = 64;
    /// Reports that may wait for the runner; the oldest are dropped and counted.
    pub const REPORTS: usize = 256;
}

/// How the connection is secured.
#[derive(Clone, Debug)]
pub enum Security {
    /// Not at all. For tests and closed networks.
    Plain,
    /// TLS 1.3.
    Tls(tls::Settings),
}

/// All that a board is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How the connection is secured.
    pub security: Security,
    /// Who we are to the broker, and on which topics.
    pub mqtt: mqtt::Settings,
    /// Between two messages; not zero.
    pub period: Duration,
    /// Which way an echo must be turned.
    pub direction: Direction,
    /// The first message, at most [`MESSAGE_LIMIT`](wire::MESSAGE_LIMIT) bytes.
    pub first_message: Vec<u8>,
    /// For jitter; should differ from board to board.
    pub seed: u64,
}

impl Settings {
    /// The wire's defaults for a way to connect.
    #[must_use]
    pub fn new(security: Security) -> Self {
        Self {
            security,
            mqtt: mqtt::Settings::default(),
            period: Duration::from_millis(wire::PERIOD_MS.into()),
            direction: Direction::default(),
            first_message: wire::FIRST_MESSAGE.as_bytes().to_vec(),
            seed: 0,
        }
    }
}

/// Settings that no board can work with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The first message does not fit the board's buffer.
    #[error("first message: {0}")]
    FirstMessage(#[from] TooLong),
    /// No time between two messages.
    #[error("the period is zero")]
    Period,
    /// A topic, the client ID or the login cannot be sent.
    #[error("topics, client ID or login: {0}")]
    Mqtt(#[from] MqttFailure),
}

/// What the runner is to do with its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open one.
    Open,
    /// Close it, after sending what the output still holds as far as that goes at once.
    Close,
}

/// The board as a state machine.
pub struct Client {
    settings: Settings,
    board: Board,
    retry: Retry,
    link: Link,
    /// Bytes for the runner, and how many of them it has sent.
    output: Vec<u8>,
    sent: usize,
    action: Option<Action>,
    reports: VecDeque<Report>,
    dropped: u64,
    attempts: u32,
}

enum Link {
    /// For the next attempt.
    Waiting {
        until: Duration,
    },
    /// For the runner to open a connection.
    Opening {
        until: Duration,
    },
    Up(Box<Up>),
    Stopped,
}

struct Up {
    tls: Option<Tls>,
    /// From the end of the TLS handshake on.
    mqtt: Option<Mqtt>,
    stage: Stage,
    /// When the stage must be over; `None` for the flow.
    until: Option<Duration>,
    next_message: Duration,
    ping_every: Duration,
    next_ping: Duration,
    pong_until: Option<Duration>,
}

impl Client {
    /// A board that opens its first connection at the first [`poll`](Self::poll).
    ///
    /// # Errors
    /// When the settings cannot work. Whatever is accepted here cannot fail to be sent later.
    pub fn new(settings: Settings) -> Result<Self, Unfit> {
        if settings.period.is_zero() {
            return Err(Unfit::Period);
        }
        let board = Board::new(settings.first_message.clone(), settings.direction)?;
        mqtt::rehearse(&settings.mqtt)?;
        Ok(Self {
            board,
            retry: Retry::new(settings.seed),
            settings,
            link: Link::Waiting { until: Duration::ZERO },
            output: Vec::new(),
            sent: 0,
            action: None,
            reports: VecDeque::new(),
            dropped: 0,
            attempts: 0,
        })
    }

    /// Does what is due now. Call it again until it asks for nothing.
    pub fn poll(&mut self, now: Duration) -> Option<Action> {
        if let Some(action) = self.action.take() {
            return Some(action);
        }
        match &mut self.link {
            Link::Waiting { until } if now >= *until => {
                self.attempts += 1;
                self.link = Link::Opening { until: now + limits::OPEN };
                self.output.clear();
                self.sent = 0;
                self.report(Report::Attempt { number: self.attempts });
                return Some(Action::Open);
            }
            Link::Opening { until } if now >= *until => {
                self.fail(Failure::TimedOut { stage: Stage::Open, limit: limits::OPEN }, now);
            }
            Link::Up(_) => {
                let result = self.tick(now);
                self.settle(result, now);
            }
            _ => {}
        }
        self.action.take()
    }

    /// When [`poll`](Self::poll) must be called at the latest; `None` after the stop.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        match &self.link {
            _ if self.action.is_some() => Some(Duration::ZERO),
            Link::Waiting { until } | Link::Opening { until } => Some(*until),
            Link::Up(up) => Some(up.next_deadline()),
            Link::Stopped => None,
        }
    }

    /// The connection that was asked for is open.
    pub fn opened(&mut self, now: Duration) {
        if !matches!(self.link, Link::Opening { .. }) {
            return;
        }
        self.report(Report::Done(Stage::Open));
        match Up::new(&self.settings, now) {
            Ok(up) => {
                self.link = Link::Up(Box::new(up));
                self.settle(Ok(()), now);
            }
            Err(failure) => self.fail(failure, now),
        }
    }

    /// The connection that was asked for could not be opened.
    pub fn unreachable(&mut self, why: Unreachable, now: Duration) {
        if matches!(self.link, Link::Opening { .. }) {
            self.fail(why.into(), now);
        }
    }

    /// The other side closed the connection, or it broke.
    pub fn closed(&mut self, now: Duration) {
        if let Link::Up(up) = &self.link {
            let stage = up.stage;
            self.fail(Failure::Closed(stage), now);
        }
    }

    /// Takes bytes that arrived on the connection.
    pub fn input(&mut self, bytes: &[u8], now: Duration) {
        if matches!(self.link, Link::Up(_)) {
            let result = self.take(bytes, now);
            self.settle(result, now);
        }
    }

    /// Bytes to send on the connection.
    #[must_use]
    pub fn output(&self) -> &[u8] {
        &self.output[self.sent..]
    }

    /// The first `bytes` of the output were sent.
    pub fn sent(&mut self, bytes: usize) {
        self.sent = self.output.len().min(self.sent + bytes);
        if self.sent == self.output.len() {
            self.output.clear();
            self.sent = 0;
        }
    }

    /// The next report, oldest first.
    pub fn next_report(&mut self) -> Option<Report> {
        self.reports.pop_front()
    }

    /// The totals so far.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.board.counters()
    }

    /// Reports that were dropped because the runner did not take them.
    #[must_use]
    pub const fn dropped_reports(&self) -> u64 {
        self.dropped
    }

    /// Says good-bye, so that the last will is not published by the broker, and does nothing more.
    pub fn stop(&mut self) {
        if let Link::Up(up) = &mut self.link {
            // Whatever fails here ends in the same: the connection is closed.
            up.leave().and_then(|()| up.collect(&mut self.output)).ok();
            self.action = Some(Action::Close);
        } else if matches!(self.link, Link::Opening { .. }) {
            self.action = Some(Action::Close);
        }
        self.link = Link::Stopped;
        self.report(Report::Stopped);
    }

    /// What is due on an open connection.
    fn tick(&mut self, now: Duration) -> Result<(), Failure> {
        let Link::Up(up) = &mut self.link else { return Ok(()) };
        up.check_time(now)?;
        if up.stage != Stage::Flow {
            return Ok(());
        }
        let Some(mqtt) = &mut up.mqtt else { return Ok(()) };
        if now >= up.next_ping {
            mqtt.ping()?;
            up.next_ping = now + up.ping_every;
            up.pong_until.get_or_insert(now + limits::ANSWER);
        }
        if now < up.next_message {
            return Ok(());
        }
        // The rhythm is kept; beats that were slept through are not made up for.
        up.next_message += self.settings.period;
        if up.next_message <= now {
            up.next_message = now + self.settings.period;
        }
        if mqtt.unacknowledged() >= limits::UNACKNOWLEDGED {
            return Err(Failure::Unacknowledged { count: mqtt.unacknowledged() });
        }
        if mqtt.ready() == Sent::HeldBack {
            return Ok(());
        }
        let message = self.board.say(now);
        mqtt.publish(&message, now)?;
        if let Some(sequence) = message.missing {
            self.report(Report::Missing { sequence });
        }
        self.report(Report::Sent { sequence: message.sequence, text: message.text });
        Ok(())
    }

    /// Bytes up through TLS and MQTT to the board.
    fn take(&mut self, bytes: &[u8], now: Duration) -> Result<(), Failure> {
        let Link::Up(up) = &mut self.link else { return Ok(()) };
        let mut plaintext = Vec::new();
        let bytes = match &mut up.tls {
            None => bytes,
            Some(tls) => {
                tls.input(bytes, &mut plaintext)?;
                if up.stage == Stage::Tls && tls.established() {
                    let suite = tls.suite();
                    up.begin_mqtt(&self.settings.mqtt, now)?;
                    self.report(Report::Done(Stage::Tls));
                    self.report(Report::Secured { suite });
                }
                &plaintext
            }
        };
        self.take_mqtt(bytes, now)?;
        match &self.link {
            Link::Up(up) if up.tls.as_ref().is_some_and(Tls::closed) => Err(Failure::Closed(up.stage)),
            _ => Ok(()),
        }
    }

    fn take_mqtt(&mut self, bytes: &[u8], now: Duration) -> Result<(), Failure> {
        let mut incoming = Vec::new();
        let result = match &mut self.link {
            Link::Up(up) => match &mut up.mqtt {
                Some(mqtt) => mqtt.input(bytes, &mut incoming),
                None => Ok(()),
            },
            _ => Ok(()),
        };
        // What came before a failure counts.
        for packet in incoming {
            self.packet(packet, now)?;
        }
        result
    }

    fn packet(&mut self, packet: Incoming, now: Duration) -> Result<(), Failure> {
        let Link::Up(up) = &mut self.link else { return Ok(()) };
        let done = match packet {
            Incoming::Accepted { keep_alive } => {
                up.accepted(keep_alive, now)?;
                Report::Done(Stage::Connect)
            }
            Incoming::Subscribed => {
                up.subscribed(now)?;
                self.retry.succeeded();
                Report::Done(Stage::Subscribe)
            }
            Incoming::Message { topic, payload, retain, correlation } => {
                let topic_is_ours = up.subscribes_to(&topic, &self.settings.mqtt.subscribe);
                self.hear(&payload, (retain, topic_is_ours), correlation, now)
            }
            Incoming::Pong => {
                up.pong_until = None;
                return Ok(());
            }
            Incoming::Acknowledged => return Ok(()),
        };
        self.report(done);
        Ok(())
    }

    fn hear(&mut self, text: &[u8], flags: (bool, bool), correlation: Option<u64>, now: Duration) -> Report {
        let verdict = match flags {
            (_, false) => self.board.ignore(Ignored::OtherTopic),
            (true, _) => self.board.ignore(Ignored::Retained),
            _ => self.board.hear(text, correlation, now),
        };
        match verdict {
            Verdict::Right { sequence, round_trip } => Report::Right { sequence, round_trip },
            Verdict::Late { sequence, round_trip } => Report::Late { sequence, round_trip },
            Verdict::Wrong => Report::Wrong { text: text.to_vec() },
            Verdict::Ignored(why) => Report::Ignored(why),
        }
    }

    /// Moves the output down, MQTT to TLS to the runner, and fails the connection where something failed. Also then:
    /// an alert or a DISCONNECT that says why may be among it.
    fn settle(&mut self, result: Result<(), Failure>, now: Duration) {
        let collected = match &mut self.link {
            Link::Up(up) => up.collect(&mut self.output),
            _ => Ok(()),
        };
        let waiting = self.output().len();
        let fits = if waiting > limits::OUTPUT { Err(Failure::Stalled { waiting }) } else { Ok(()) };
        if let Err(failure) = result.and(collected).and(fits) {
            self.fail(failure, now);
        }
    }

    fn fail(&mut self, failure: Failure, now: Duration) {
        self.board.failed();
        let retry_in = self.retry.wait();
        self.link = Link::Waiting { until: now + retry_in };
        self.action = Some(Action::Close);
        self.report(Report::Failed { failure, retry_in });
    }

    fn report(&mut self, report: Report) {
        if self.reports.len() == limits::REPORTS {
            self.reports.pop_front();
            self.dropped += 1;
        }
        self.reports.push_back(report);
    }
}

impl Up {
    fn new(settings: &Settings, now: Duration) -> Result<Self, Failure> {
        let mut up = Self {
            tls: None,
            mqtt: None,
            stage: Stage::Tls,
            until: Some(now + limits::TLS),
            next_message: now,
            ping_every: limits::PING,
            next_ping: now,
            pong_until: None,
        };
        match &settings.security {
            Security::Tls(tls) => up.tls = Some(Tls::new(tls)?),
            Security::Plain => up.begin_mqtt(&settings.mqtt, now)?,
        }
        Ok(up)
    }

    fn begin_mqtt(&mut self, settings: &mqtt::Settings, now: Duration) -> Result<(), Failure> {
        self.mqtt = Some(Mqtt::connect(settings)?);
        self.stage = Stage::Connect;
        self.until = Some(now + limits::ANSWER);
        Ok(())
    }

    fn accepted(&mut self, keep_alive: Option<u16>, now: Duration) -> Result<(), Failure> {
        if let Some(seconds) = keep_alive.filter(|&seconds| seconds > 0) {
            self.ping_every = limits::PING.min(Duration::from_secs(seconds.into()) / 2);
        }
        self.stage = Stage::Subscribe;
        self.until = Some(now + limits::ANSWER);
        match &mut self.mqtt {
            Some(mqtt) => Ok(mqtt.subscribe()?),
            None => Ok(()),
        }
    }

    fn subscribed(&mut self, now: Duration) -> Result<(), Failure> {
        self.stage = Stage::Flow;
        self.until = None;
        self.next_message = now;
        self.next_ping = now + self.ping_every;
        match &mut self.mqtt {
            Some(mqtt) => Ok(mqtt.announce(ONLINE)?),
            None => Ok(()),
        }
    }

    /// A subscription with a wildcard takes what the broker matched.
    fn subscribes_to(&self, topic: &str, filter: &str) -> bool {
        filter.contains(['+', '#']) || filter.starts_with("$share/") || topic == filter
    }

    fn check_time(&self, now: Duration) -> Result<(), Failure> {
        if self.pong_until.is_some_and(|until| now >= until) {
            return Err(Failure::Silent { limit: limits::ANSWER });
        }
        if self.until.is_some_and(|until| now >= until) {
            let limit = if self.stage == Stage::Tls { limits::TLS } else { limits::ANSWER };
            return Err(Failure::TimedOut { stage: self.stage, limit });
        }
        Ok(())
    }

    fn next_deadline(&self) -> Duration {
        match self.until {
            Some(until) => until,
            None => self.next_message.min(self.next_ping).min(self.pong_until.unwrap_or(Duration::MAX)),
        }
    }

    /// Takes leave of the broker, as far as the connection has got.
    fn leave(&mut self) -> Result<(), Failure> {
        let Some(mqtt) = &mut self.mqtt else { return Ok(()) };
        if self.stage == Stage::Flow && mqtt.ready() == Sent::Yes {
            mqtt.announce(OFFLINE)?;
        }
        if self.stage > Stage::Connect {
            mqtt.disconnect()?;
        }
        if let Some(tls) = &mut self.tls {
            tls.send(mqtt.output())?;
            mqtt.output().clear();
            tls.close();
        }
        Ok(())
    }

    fn collect(&mut self, output: &mut Vec<u8>) -> Result<(), Failure> {
        let Some(tls) = &mut self.tls else {
            if let Some(mqtt) = &mut self.mqtt {
                output.append(mqtt.output());
            }
            return Ok(());
        };
        let encrypted = match self.mqtt.as_mut().map(Mqtt::output) {
            Some(packets) if !packets.is_empty() => tls.send(&core::mem::take(packets)),
            _ => Ok(()),
        };
        output.append(tls.output());
        Ok(encrypted?)
    }
}
