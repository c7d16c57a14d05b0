//! Where the connection stands: its status and the ladder of its stages.

use std::time::Duration;

use super::event::{Connection, TlsFacts};
use crate::{
    credentials::facts::{Certificate, SHOWN},
    failure::{Failure, Stage},
};

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
    /// What the last attempt's TLS handshake settled, also where the broker refused us after it.
    pub tls: Option<TlsFacts>,
    /// The certificates that the broker presented in it, its own first.
    pub presented: Vec<Certificate>,
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
            tls: None,
            presented: Vec::new(),
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
        self.tls = None;
        self.presented.clear();
        self.enter(Status::Connecting, at);
    }

    /// Read once here: whoever shows it does so many times a second.
    pub(super) fn secured(&mut self, tls: &TlsFacts) {
        let chain = tls.chain.iter().take(SHOWN);
        self.presented = chain.filter_map(|certificate| Certificate::parse(certificate).ok()).collect();
        self.tls = Some(tls.clone());
    }

    pub(super) fn connected(&mut self, at: Duration, connection: &Connection) {
        self.reconnects += u64::from(self.connected_before);
        self.connected_before = true;
        self.connection = Some(connection.clone());
        if let Some(tls) = connection.tls.as_ref().filter(|tls| self.tls.as_ref() != Some(*tls)) {
            self.secured(tls);
        }
        self.failure = None;
        self.enter(Status::Connected, at);
    }

    pub(super) fn disconnected(&mut self, at: Duration, failure: &Failure, next_try: Option<Duration>) {
        if self.status != Status::Connected {
            self.ladder.fail(failure.stage());
        }
        self.failure = Some(Box::new(failure.clone()));
        self.enter(if next_try.is_some() { Status::Waiting } else { Status::Failed }, at);
        self.next_try = next_try.map(|wait| at.saturating_add(wait));
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

    /// The attempt ended at `stage`. It can be an earlier one than the stage that runs: a broker that speaks TLS 1.3
    /// refuses our certificate only after the handshake. Where no stage failed, the one that runs did.
    fn fail(&mut self, stage: Stage) {
        let running = |rung: &Rung| matches!(rung.state, RungState::Running { .. });
        let failed = match stage {
            Stage::Flow => self.rungs.iter().position(running),
            _ => self.rungs.iter().position(|rung| rung.stage == stage),
        };
        let Some(failed) = failed else { return };
        self.give_up();
        self.rungs[failed].state = RungState::Failed;
        for later in &mut self.rungs[failed + 1..] {
            later.state = RungState::Pending;
        }
    }

    fn give_up(&mut self) {
        for rung in &mut self.rungs {
            if matches!(rung.state, RungState::Running { .. }) {
                rung.state = RungState::Pending;
            }
        }
    }

    fn set(&mut self, stage: Stage, state: RungState) {
        if let Some(rung) = self.rungs.iter_mut().find(|rung| rung.stage == stage) {
            rung.state = state;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{State, event::What, fixture},
        RungState::{Done, Failed, Pending, Running},
        *,
    };

    fn states(ladder: &Ladder) -> Vec<(Stage, RungState)> {
        ladder.rungs().iter().map(|rung| (rung.stage, rung.state)).collect()
    }

    fn climbed_to_mqtt() -> Ladder {
        let mut ladder = Ladder::default();
        for stage in [Stage::Credentials, Stage::Dns, Stage::Tcp, Stage::Tls] {
            ladder.begin(stage, Duration::ZERO);
            ladder.done(stage, Duration::from_millis(4));
        }
        ladder.begin(Stage::Mqtt, Duration::from_millis(9));
        ladder
    }

    const TOOK: RungState = Done { took: Duration::from_millis(4) };

    #[test]
    fn rungs_run_and_are_done() {
        let expected = [
            (Stage::Dns, TOOK),
            (Stage::Tcp, TOOK),
            (Stage::Tls, TOOK),
            (Stage::Mqtt, Running { since: Duration::from_millis(9) }),
            (Stage::Subscribe, Pending),
        ];
        assert_eq!(states(&climbed_to_mqtt()), expected);
    }

    #[test]
    fn a_refusal_that_comes_late_fails_its_own_stage() {
        let mut ladder = climbed_to_mqtt();
        ladder.fail(Stage::Tls);
        let states: Vec<_> = states(&ladder).into_iter().map(|(_, state)| state).collect();
        assert_eq!(states, [TOOK, TOOK, Failed, Pending, Pending]);
        let mut ladder = climbed_to_mqtt();
        ladder.fail(Stage::Tcp);
        assert_eq!(self::states(&ladder)[1..3], [(Stage::Tcp, Failed), (Stage::Tls, Pending)]);
    }

    #[test]
    fn a_connection_lost_on_the_way_fails_the_stage_that_ran() {
        let mut ladder = climbed_to_mqtt();
        ladder.fail(Stage::Flow);
        assert_eq!(states(&ladder)[3..], [(Stage::Mqtt, Failed), (Stage::Subscribe, Pending)]);
    }

    #[test]
    fn credentials_are_a_rung_only_where_they_failed() {
        let mut ladder = Ladder::default();
        ladder.begin(Stage::Credentials, Duration::ZERO);
        assert_eq!(ladder.rungs()[0].stage, Stage::Dns);
        ladder.fail(Stage::Credentials);
        assert_eq!(states(&ladder)[..2], [(Stage::Credentials, Failed), (Stage::Dns, Pending)]);
    }

    #[test]
    fn the_status_follows_the_session() {
        let mut state = State::new(super::super::Limits::default());
        let mut tell = |millis, what| {
            state.apply(&fixture::event(millis, what));
            let link = &state.link;
            (
                link.status,
                link.attempt,
                link.since.as_millis(),
                link.failure.is_some(),
                link.connection.is_some(),
            )
        };
        use Status::*;
        assert_eq!(tell(0, What::Started { wall: fixture::wall(0) }), (Connecting, 0, 0, false, false));
        assert_eq!(tell(1, What::Attempt { number: 1 }), (Connecting, 1, 1, false, false));
        assert_eq!(tell(9, fixture::connected()), (Connected, 1, 9, false, true));
        let wait = Duration::from_secs(2);
        assert_eq!(tell(20, fixture::lost_connection(Some(wait))), (Waiting, 1, 20, true, false));
        assert_eq!(tell(2_020, What::Attempt { number: 2 }), (Connecting, 2, 2_020, true, false));
        assert_eq!(tell(2_030, fixture::connected()), (Connected, 2, 2_030, false, true));
        assert_eq!(tell(2_040, fixture::lost_connection(None)), (Failed, 2, 2_040, true, false));
        assert_eq!(tell(2_050, What::Stopped), (Stopped, 2, 2_050, true, false));
        assert_eq!(tell(0, What::Started { wall: fixture::wall(9) }), (Connecting, 0, 9_000, false, false));
        assert_eq!(tell(1, fixture::connected()), (Connected, 0, 9_001, false, true));
        // The first connection of a session is no reconnect; the total goes on.
        assert_eq!(state.link.reconnects, 1);
    }

    #[test]
    fn the_next_try_is_told_on_the_axis() {
        let mut state = State::new(super::super::Limits::default());
        state.apply(&fixture::event(20, fixture::lost_connection(Some(Duration::from_secs(2)))));
        assert_eq!(state.link.next_try, Some(Duration::from_millis(2_020)));
        state.apply(&fixture::event(2_020, What::Attempt { number: 2 }));
        assert_eq!(state.link.next_try, None);
    }
}
