//! Where the connection stands: its status and the ladder of its stages.

use std::time::Duration;

use super::event::Connection;
use crate::failure::{Failure, Stage};

/// The connection. All times are on the [`State`](super::State)'s axis.
#[derive(Debug)]
pub struct Link {
    /// Where it stands.
    pub status: Status,
    /// The attempt that runs or ran last; the first of a session is 1.
    pub attempt: u32,
    /// The stages of that attempt.
    pub ladder: Ladder,
    /// What is known of the connection while it stands.
    pub connection: Option<Connection>,
    /// Since when `status` holds.
    pub since: Duration,
    /// Why the last attempt or connection ended. Stays during the next attempts, until one succeeds.
    pub failure: Option<Box<Failure>>,
    /// When the next attempt starts.
    pub next_try: Option<Duration>,
    /// How often a connection stood again after it had ended by itself.
    pub reconnects: u64,
    /// Whether this session was connected before.
    connected_before: bool,
}

/// Where a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// No session yet.
    Idle,
    /// An attempt runs.
    Connecting,
    /// Messages can flow.
    Connected,
    /// For the next try.
    Waiting,
    /// Trying again cannot help.
    Failed,
    /// A person ended the session.
    Stopped,
}

/// The stages of an attempt from the first to the last.
#[derive(Clone, Debug)]
pub struct Ladder {
    rungs: [Rung; 6],
}

/// A stage of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rung {
    /// Which.
    pub stage: Stage,
    /// How far it is.
    pub state: RungState,
}

/// How far a stage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RungState {
    /// Not begun.
    Pending,
    /// Begun.
    Running {
        /// When.
        since: Duration,
    },
    /// Succeeded.
    Done {
        /// How long it took.
        took: Duration,
    },
    /// Failed: the attempt ended here.
    Failed,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            status: Status::Idle,
            attempt: 0,
            ladder: Ladder::default(),
            connection: None,
            since: Duration::ZERO,
            failure: None,
            next_try: None,
            reconnects: 0,
            connected_before: false,
        }
    }
}

impl Link {
    pub(super) fn started(&mut self, at: Duration) {
        let reconnects = self.reconnects;
        *self = Self { reconnects, ..Self::default() };
        self.enter(Status::Connecting, at);
    }

    /// Whether this session was ever connected.
    pub(super) fn was_connected(&self) -> bool {
        self.connected_before
    }

    pub(super) fn attempt(&mut self, at: Duration, number: u32) {
        self.attempt = number;
        self.ladder = Ladder::default();
        self.enter(Status::Connecting, at);
    }

    pub(super) fn connected(&mut self, at: Duration, connection: &Connection) {
        self.reconnects += u64::from(self.connected_before);
        self.connected_before = true;
        self.connection = Some(connection.clone());
        self.failure = None;
        self.enter(Status::Connected, at);
    }

    pub(super) fn disconnected(&mut self, at: Duration, failure: &Failure, next_try: Option<Duration>) {
        self.ladder.fail();
        self.failure = Some(Box::new(failure.clone()));
        self.enter(if next_try.is_some() { Status::Waiting } else { Status::Failed }, at);
        self.next_try = next_try.map(|wait| at + wait);
    }

    pub(super) fn stopped(&mut self, at: Duration) {
        self.ladder.give_up();
        self.enter(Status::Stopped, at);
    }

    fn enter(&mut self, status: Status, at: Duration) {
        (self.status, self.since, self.next_try) = (status, at, None);
        if status != Status::Connected {
            self.connection = None;
        }
    }
}

impl Default for Ladder {
    fn default() -> Self {
        const STAGES: [Stage; 6] =
            [Stage::Credentials, Stage::Dns, Stage::Tcp, Stage::Tls, Stage::Mqtt, Stage::Subscribe];
        Self { rungs: STAGES.map(|stage| Rung { stage, state: RungState::Pending }) }
    }
}

impl Ladder {
    /// The rungs, the first one first. Reading the credentials takes no time worth a line: it is a rung only where it
    /// failed.
    #[must_use]
    pub fn rungs(&self) -> &[Rung] {
        let shown = usize::from(self.rungs[0].state != RungState::Failed);
        &self.rungs[shown..]
    }

    pub(super) fn begin(&mut self, stage: Stage, since: Duration) {
        self.set(stage, RungState::Running { since });
    }

    pub(super) fn done(&mut self, stage: Stage, took: Duration) {
        self.set(stage, RungState::Done { took });
    }

    /// The stage that runs is the one that failed. Where none runs, the connection had stood, and its ladder stays.
    fn fail(&mut self) {
        self.end_running(RungState::Failed);
    }

    fn give_up(&mut self) {
        self.end_running(RungState::Pending);
    }

    fn end_running(&mut self, state: RungState) {
        for rung in &mut self.rungs {
            if matches!(rung.state, RungState::Running { .. }) {
                rung.state = state;
            }
        }
    }

    fn set(&mut self, stage: Stage, state: RungState) {
        if let Some(rung) = self.rungs.iter_mut().find(|rung| rung.stage == stage) {
            rung.state = state;
        }
    }
}
