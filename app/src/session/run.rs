//! The life of a session: attempt, flow, wait, and again.

use std::{
    net::SocketAddr,
    sync::{
        Arc, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

use super::{
    Purpose,
    backoff::Backoff,
    classify::{Case, Phase, Witness},
    clock::Clock,
    connect::{self, Connected, PATIENCE},
    echo::Echo,
    gather::Gather,
    link::{self, Broken, Client, EventLoop, Introduction, Packet, Slot, Welcome},
    report::Report,
    stream::Gauge,
};
use crate::{
    failure::{Failure, ProtocolFailure, Stage},
    model::event::{TlsFacts, What},
    profile::{Profile, Qos, Secrets},
};

/// What others may ask of a running session.
#[derive(Debug, Default)]
pub(super) struct Control {
    stop: AtomicBool,
    stopped: Notify,
    try_now: Notify,
}

impl Control {
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        self.stopped.notify_one();
    }

    pub(super) fn try_now(&self) {
        self.try_now.notify_one();
    }

    pub(super) fn stop_asked(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    pub(super) async fn stopped(&self) {
        while !self.stop_asked() {
            self.stopped.notified().await;
        }
    }
}

/// One session from start to stop.
pub(super) struct Run {
    pub(super) events: EventLoop,
    pub(super) desk: Desk,
    slot: Slot,
}

/// All of a session but the event loop, which is borrowed while it is polled.
pub(super) struct Desk {
    pub(super) profile: Arc<Profile>,
    secrets: Secrets,
    pub(super) control: Arc<Control>,
    pub(super) clock: Clock,
    pub(super) report: Report,
    pub(super) client: Client,
    pub(super) echo: Echo,
    pub(super) gather: Gather,
    pub(super) client_id: String,
    /// QoS of the subscription that the broker keeps for us; `None` before the first.
    pub(super) granted: Option<Qos>,
}

/// Why an attempt or a connection is over.
pub(super) enum End {
    /// By itself.
    Failed(Failure),
    /// Because it was asked to.
    Stopped,
}

/// An accepted connection.
pub(super) struct Line {
    pub(super) gauge: Arc<Gauge>,
    pub(super) witness: Option<Witness>,
    pub(super) address: SocketAddr,
    pub(super) tls: Option<TlsFacts>,
    pub(super) welcome: Welcome,
}

impl Run {
    pub(super) fn new(
        profile: Profile,
        secrets: Secrets,
        control: Arc<Control>,
        clock: Clock,
        report: Report,
        purpose: Purpose,
    ) -> Self {
        let client_id = profile.client_id.clone().unwrap_or_else(random_id);
        let slot = Slot::default();
        let login = profile.username.clone().map(|name| {
            let password = secrets.password.as_ref().map_or(&[][..], |password| password.as_bytes());
            (name, Bytes::copy_from_slice(password))
        });
        let introduction = Introduction {
            client_id: client_id.clone(),
            keep_alive: profile.keep_alive,
            login,
            // Whoever only looks leaves nothing behind.
            persistent: profile.qos != Qos::AtMostOnce && purpose == Purpose::Echo,
        };
        let (client, events) = link::open(profile.protocol, &introduction, profile.publish.as_str(), &slot);
        let echo = Echo::new(&profile, client.clone(), &client_id, purpose);
        let desk = Desk {
            profile: Arc::new(profile),
            secrets,
            control,
            clock,
            report,
            client,
            echo,
            gather: Gather::default(),
            client_id,
            granted: None,
        };
        Self { events, desk, slot }
    }

    /// Runs until it is stopped.
    pub(super) async fn run(mut self) {
        let mut backoff = Backoff::default();
        self.desk.report.push(Duration::ZERO, What::Started { wall: self.desk.clock.wall_at_start() });
        for number in 1.. {
            self.desk.report.tell(What::Attempt { number });
            let failure = match self.attempt(&mut backoff).await {
                End::Failed(failure) => failure,
                End::Stopped => break,
            };
            let next_try = failure.retry_helps().then(|| backoff.next(fastrand::f64()));
            self.desk.report.tell(What::Disconnected { failure: Box::new(failure), next_try });
            if !self.wait(next_try, &mut backoff).await {
                break;
            }
        }
        self.desk.echo.finish(&mut self.desk.report, self.desk.clock.now());
        self.desk.report.close(What::Stopped).await;
    }

    /// Waits for the next attempt. Whether there is to be one.
    async fn wait(&self, next_try: Option<Duration>, backoff: &mut Backoff) -> bool {
        let pause = async {
            match next_try {
                Some(pause) => sleep(pause).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.desk.control.stopped() => false,
            () = self.desk.control.try_now.notified() => {
                backoff.reset();
                true
            }
            () = pause => true,
        }
    }

    /// One attempt, and the connection that comes of it, to its end.
    async fn attempt(&mut self, backoff: &mut Backoff) -> End {
        let control = self.desk.control.clone();
        let established = tokio::select! {
            biased;
            () = control.stopped() => return End::Stopped,
            established = self.establish() => established,
        };
        let line = match established {
            Ok(line) => line,
            Err(failure) => return End::Failed(failure),
        };
        let start = self.desk.clock.now();
        self.desk.echo.welcome(&line.welcome, &line.gauge, &mut self.desk.report);
        let end = self.flow(&line).await;
        let now = self.desk.clock.now();
        backoff.stood(now.saturating_sub(start));
        self.desk.echo.disconnected(&mut self.desk.report, now);
        if self.desk.profile.qos == Qos::AtMostOnce {
            // What was not handed out was told as failed: it must not go out on the next connection.
            self.events.forget();
        }
        end
    }

    /// Up to CONNACK, twice where the broker holds a session from before ours: the second time it is told to end it.
    async fn establish(&mut self) -> Result<Line, Failure> {
        match self.introduce().await {
            Err(Failure::Protocol(ProtocolFailure::SessionMismatch { session_present: true })) => {
                self.introduce().await
            }
            established => established,
        }
    }

    /// Up to CONNACK.
    async fn introduce(&mut self) -> Result<Line, Failure> {
        let connected =
            connect::connect(&self.desk.profile, &self.desk.secrets, self.desk.clock, &mut self.desk.report)
                .await?;
        let Connected { stream, gauge, address, tls, witness } = connected;
        *self.slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(stream);
        let events = &mut self.events;
        let greeting = async {
            match timeout(PATIENCE, events.poll()).await {
                Ok(Ok(Packet::Welcome(welcome))) => Ok(welcome),
                Ok(Ok(other)) => Err(Broken::Violation(format!("{other:?} instead of CONNACK"))),
                Ok(Err(broken)) => Err(broken),
                Err(_) => Err(Broken::Silent { after: PATIENCE }),
            }
        };
        match self.desk.report.stage(Stage::Mqtt, greeting).await {
            Ok(welcome) => Ok(Line { gauge, witness, address, tls, welcome }),
            Err(broken) => Err(self.desk.classify(broken, Phase::Connect, &gauge, witness.as_ref())),
        }
    }
}

impl Desk {
    /// A failure, from what the client said and what the stream went through.
    pub(super) fn classify(
        &self,
        broken: Broken,
        phase: Phase,
        gauge: &Gauge,
        witness: Option<&Witness>,
    ) -> Failure {
        let case = Case {
            profile: &self.profile,
            client_id: &self.client_id,
            keep_alive: Duration::from_secs(self.profile.keep_alive.into()),
            phase,
            witness,
            raw: gauge.first_raw(),
            plain: gauge.first_plain(),
        };
        case.mqtt(broken, gauge.error().as_ref())
    }
}

/// Short enough for MQTT 3.1.1 (section 3.1.3.1: 23 characters), and two of them never meet.
fn random_id() -> String {
    let suffix: String = std::iter::repeat_with(fastrand::alphanumeric).take(10).collect();
    format!("echo-monitor{suffix}")
}
