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
//!     take each client.next_report()
//!     wait for bytes until client.next_deadline(): client.input(bytes, now), or client.closed(now)
//! }
//! ```
//!
//! Invariants: one connection at a time; after any failure `Close` comes before the next `Open`, and the next
//! connection begins with a new handshake; every stage has a time limit; every buffer has a size limit.

use alloc::{boxed::Box, collections::VecDeque, vec::Vec};
use core::{mem, time::Duration};

use crate::{
    board::{Board, Verdict},
    failure::{Failure, Unreachable},
    limits,
    link::{Heard, Link},
    mqtt::{self, Arrived},
    report::{Counters, Ignored, Report, Stage},
    retry::Retry,
    settings::{Settings, Unfit},
};

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
    state: State,
    /// When the next message is due, while messages flow.
    next_message: Duration,
    /// Bytes for the runner, and how many of them it has sent.
    output: Vec<u8>,
    sent: usize,
    /// The runner's connection is to be closed.
    close: bool,
    reports: VecDeque<Report>,
    dropped: u64,
    attempts: u32,
}

enum State {
    /// For the next attempt.
    Waiting {
        until: Duration,
    },
    /// For the runner to open a connection.
    Opening {
        until: Duration,
    },
    Up(Box<Link>),
    Stopped,
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
            state: State::Waiting { until: Duration::ZERO },
            next_message: Duration::ZERO,
            output: Vec::new(),
            sent: 0,
            close: false,
            reports: VecDeque::new(),
            dropped: 0,
            attempts: 0,
        })
    }

    /// Does what is due now. Call it again until it asks for nothing.
    pub fn poll(&mut self, now: Duration) -> Option<Action> {
        if !self.close {
            match &self.state {
                State::Waiting { until } if now >= *until => return Some(self.open(now)),
                State::Opening { until } if now >= *until => {
                    self.fail(Failure::TimedOut { stage: Stage::Open, limit: limits::OPEN }, now);
                }
                State::Up(_) => {
                    let result = self.tick(now);
                    self.settle(result, now);
                }
                _ => {}
            }
        }
        mem::take(&mut self.close).then_some(Action::Close)
    }

    /// When [`poll`](Self::poll) must be called at the latest; `None` after the stop.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        match &self.state {
            _ if self.close => Some(Duration::ZERO),
            State::Waiting { until } | State::Opening { until } => Some(*until),
            State::Up(link) if link.stage() == Stage::Flow => {
                Some(link.next_deadline().min(self.next_message))
            }
            State::Up(link) => Some(link.next_deadline()),
            State::Stopped => None,
        }
    }

    /// The connection that was asked for is open.
    pub fn opened(&mut self, now: Duration) {
        if !matches!(self.state, State::Opening { .. }) {
            return;
        }
        self.report(Report::Done(Stage::Open));
        let result = Link::new(&self.settings, now).map(|link| self.state = State::Up(Box::new(link)));
        self.settle(result, now);
    }

    /// The connection that was asked for could not be opened.
    pub fn unreachable(&mut self, why: Unreachable, now: Duration) {
        if matches!(self.state, State::Opening { .. }) {
            self.fail(why.into(), now);
        }
    }

    /// The other side closed the connection, or it broke.
    pub fn closed(&mut self, now: Duration) {
        if let State::Up(link) = &self.state {
            let stage = link.stage();
            self.fail(Failure::Closed(stage), now);
        }
    }

    /// Takes bytes that arrived on the connection.
    pub fn input(&mut self, bytes: &[u8], now: Duration) {
        if !matches!(self.state, State::Up(_)) {
            return;
        }
        // Out of its place for a moment, so that what it hears can be judged at once.
        if let State::Up(mut link) = mem::replace(&mut self.state, State::Stopped) {
            let result = link.input(bytes, now, &mut |what| self.hear(what, now));
            self.state = State::Up(link);
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
        self.sent = self.output.len().min(self.sent.saturating_add(bytes));
        if self.sent == self.output.len() {
            self.forget_output();
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

    /// Says good-bye, so that the broker does not publish the last will, and does nothing more.
    pub fn stop(&mut self) {
        match mem::replace(&mut self.state, State::Stopped) {
            State::Stopped => return,
            State::Waiting { .. } => {}
            State::Opening { .. } => self.close = true,
            State::Up(mut link) => {
                // Whatever fails here ends in the same: the connection is closed.
                link.leave().and_then(|()| link.collect(&mut self.output)).ok();
                self.close = true;
            }
        }
        self.report(Report::Stopped);
    }

    fn open(&mut self, now: Duration) -> Action {
        self.attempts += 1;
        self.state = State::Opening { until: now + limits::OPEN };
        self.forget_output();
        self.report(Report::Attempt { number: self.attempts });
        Action::Open
    }

    /// What is due on an open connection.
    fn tick(&mut self, now: Duration) -> Result<(), Failure> {
        let State::Up(link) = &mut self.state else { return Ok(()) };
        link.tick(now)?;
        if link.stage() != Stage::Flow || now < self.next_message {
            return Ok(());
        }
        // The rhythm is kept; beats that were slept through are not made up for.
        self.next_message += self.settings.period;
        if self.next_message <= now {
            self.next_message = now + self.settings.period;
        }
        if !link.takes_messages()? {
            return Ok(());
        }
        let message = self.board.say(now);
        link.publish(&message, now)?;
        if let Some(sequence) = message.missing {
            self.report(Report::Missing { sequence });
        }
        self.report(Report::Sent { sequence: message.sequence, text: message.text });
        Ok(())
    }

    fn hear(&mut self, what: Heard, now: Duration) {
        match what {
            Heard::Secured(suite) => {
                self.report(Report::Done(Stage::Tls));
                self.report(Report::Secured { suite });
            }
            Heard::Done(stage) => {
                if stage == Stage::Subscribe {
                    self.retry.succeeded();
                    self.next_message = now;
                }
                self.report(Report::Done(stage));
            }
            Heard::Message(message) => {
                let verdict = self.judge(&message, now);
                self.report(match verdict {
                    Verdict::Right { sequence, round_trip } => Report::Right { sequence, round_trip },
                    Verdict::Late { sequence, round_trip } => Report::Late { sequence, round_trip },
                    Verdict::Wrong => Report::Wrong { text: message.payload },
                    Verdict::Ignored(why) => Report::Ignored(why),
                });
            }
        }
    }

    fn judge(&mut self, message: &Arrived, now: Duration) -> Verdict {
        if !mqtt::subscribes(&self.settings.mqtt.subscribe, &message.topic) {
            return self.board.ignore(Ignored::OtherTopic);
        }
        if message.retain {
            return self.board.ignore(Ignored::Retained);
        }
        self.board.hear(&message.payload, message.correlation, now)
    }

    /// Gathers the output, and fails the connection where something failed.
    fn settle(&mut self, result: Result<(), Failure>, now: Duration) {
        let collected = match &mut self.state {
            State::Up(link) => link.collect(&mut self.output),
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
        self.state = State::Waiting { until: now + retry_in };
        self.close = true;
        self.report(Report::Failed { failure, retry_in });
    }

    fn forget_output(&mut self) {
        self.output.clear();
        self.sent = 0;
    }

    fn report(&mut self, report: Report) {
        if self.reports.len() == limits::REPORTS {
            self.reports.pop_front();
            self.dropped += 1;
        }
        self.reports.push_back(report);
    }
}
