//! From CONNACK to the end of the connection: packets, timers, and the wish to stop.

use std::{
    pin::{Pin, pin},
    time::Duration,
};

use tokio::time::{Sleep, sleep};

use super::{
    classify::Phase,
    clock::Clock,
    connect::PATIENCE,
    link::{Broken, Packet},
    run::{Desk, End, Line, Run},
};
use crate::{
    failure::{Failure, Loss, Refusal, Stage},
    model::event::{Connection, What},
    profile::{Protocol, Qos},
};

/// How long a broker may take no byte from us before the connection counts as dead.
const STALL: Duration = Duration::from_secs(30);
/// How long what is under way may take to be acknowledged when we stop …
const FAREWELL: Duration = Duration::from_millis(600);
/// … and how long the whole stop may take.
const STOP: Duration = Duration::from_secs(1);
/// How often it is looked whether the broker takes our bytes.
const LOOK: Duration = Duration::from_secs(1);

/// What has to be done without a packet, and when.
struct Watch {
    clock: Clock,
    timer: Pin<Box<Sleep>>,
    /// When the timer fires.
    armed: Duration,
    /// Until when SUBACK must come.
    subscribing: Option<Duration>,
    /// Until when the stop must be done.
    stopping: Option<Duration>,
}

/// Why there is no next packet.
enum Interrupt {
    /// The line broke by itself.
    Broken(Broken),
    /// No SUBACK in time.
    NotSubscribed,
    /// The broker takes no bytes.
    Stalled,
    /// The time to say farewell is over.
    TimeUp,
}

impl Watch {
    fn new(clock: Clock) -> Self {
        let armed = clock.now() + LOOK;
        Self { clock, timer: Box::pin(sleep(LOOK)), armed, subscribing: None, stopping: None }
    }

    /// Lets the timer fire at `due` at the latest. One that fires too early costs less than moving it at every packet.
    fn fire_by(&mut self, due: Option<Duration>) {
        let due = [due, self.subscribing, self.stopping].into_iter().flatten().min();
        if let Some(due) = due.filter(|due| *due < self.armed) {
            self.arm(due);
        }
    }

    fn arm(&mut self, at: Duration) {
        self.armed = at;
        self.timer.as_mut().reset(self.clock.deadline(at));
    }
}

impl Run {
    /// Runs the connection to its end.
    pub(super) async fn flow(&mut self, line: &Line) -> End {
        let mut watch = Watch::new(self.desk.clock);
        let start = self.desk.clock.now();
        self.desk.subscribe(line, start, &mut watch);
        loop {
            // All echoes are out: now is the time to wake whoever shows them.
            if self.desk.echo.all_out() {
                self.desk.report.send_if_due(line.gauge.latest());
            }
            let next = match self.desk.urgent(line, &mut watch) {
                Some(interrupt) => Err(interrupt),
                None => self.next(line, &mut watch).await,
            };
            let end = match next {
                Ok(Packet::Farewell) => End::Stopped,
                Ok(Packet::Subscribed(code)) => match self.desk.suback(line, start, code, &mut watch) {
                    Ok(()) => continue,
                    Err(refusal) => {
                        self.events.hang_up();
                        End::Failed(refusal)
                    }
                },
                Ok(packet) => {
                    self.desk.gather.note(&packet);
                    self.desk.echo.packet(packet, &line.gauge, &mut self.desk.report);
                    if !self.desk.report.gone() {
                        continue;
                    }
                    End::Stopped
                }
                Err(interrupt) => self.interrupted(interrupt, line, &watch),
            };
            return end;
        }
    }

    /// The next packet. What is due in between is done without dropping the poll: it may hold half a packet.
    async fn next(&mut self, line: &Line, watch: &mut Watch) -> Result<Packet, Interrupt> {
        if let Some(packet) = self.events.ready() {
            return Ok(packet);
        }
        if self.desk.echo.all_out() {
            self.desk.gather.before_read(&line.gauge);
        }
        let desk = &mut self.desk;
        let control = desk.control.clone();
        let mut poll = pin!(self.events.poll());
        loop {
            watch.fire_by([desk.echo.due(), desk.report.due()].into_iter().flatten().min());
            tokio::select! {
                biased;
                packet = &mut poll => return packet.map_err(Interrupt::Broken),
                () = control.stopped(), if watch.stopping.is_none() => desk.farewell(watch),
                () = watch.timer.as_mut() => {
                    if let Some(interrupt) = desk.tick(line, watch) {
                        return Err(interrupt);
                    }
                }
            }
        }
    }

    fn interrupted(&mut self, interrupt: Interrupt, line: &Line, watch: &Watch) -> End {
        let failure = match interrupt {
            Interrupt::Broken(_) if watch.stopping.is_some() => return End::Stopped,
            Interrupt::TimeUp => return End::Stopped,
            Interrupt::Broken(broken) => {
                return End::Failed(self.desk.classify(
                    broken,
                    Phase::Flow,
                    &line.gauge,
                    line.witness.as_ref(),
                ));
            }
            Interrupt::NotSubscribed => Failure::Refused(Refusal::SubscribeTimedOut { after: PATIENCE }),
            Interrupt::Stalled => Failure::Lost(Loss::Stalled { after: STALL }),
        };
        self.events.hang_up();
        End::Failed(failure)
    }
}

impl Desk {
    fn subscribe(&mut self, line: &Line, start: Duration, watch: &mut Watch) {
        self.report.tell(What::StageStarted(Stage::Subscribe));
        match self.granted.filter(|_| line.welcome.session_present) {
            // The broker kept the subscription together with the session.
            Some(granted) => self.connected(line, start, granted),
            None => {
                // The client's queue is empty: there is room.
                let _ = self.client.subscribe(self.profile.subscribe.as_str(), self.profile.qos);
                watch.subscribing = Some(start + PATIENCE);
            }
        }
    }

    fn suback(&mut self, line: &Line, start: Duration, code: u8, watch: &mut Watch) -> Result<(), Failure> {
        watch.subscribing = None;
        match Qos::try_from(code) {
            Ok(granted) => {
                self.granted = Some(granted);
                self.connected(line, start, granted);
                Ok(())
            }
            Err(_) => {
                let filter = self.profile.subscribe.as_str().to_owned();
                Err(Failure::Refused(Refusal::Subscribe { code, filter }))
            }
        }
    }

    fn connected(&mut self, line: &Line, start: Duration, granted: Qos) {
        let took = self.clock.now().saturating_sub(start);
        self.report.tell(What::StageDone { stage: Stage::Subscribe, took });
        let welcome = &line.welcome;
        self.report.tell(What::Connected(Box::new(Connection {
            address: line.address,
            protocol: self.profile.protocol,
            tls: line.tls.clone(),
            client_id: welcome.assigned_id.clone().unwrap_or_else(|| self.client_id.clone()),
            session_present: welcome.session_present,
            keep_alive: welcome.keep_alive.unwrap_or(self.profile.keep_alive),
            maximum_packet: welcome.maximum_packet,
            granted,
        })));
    }

    /// Under a flood the poll is always ready, and neither the timer nor the stop signal gets its turn: the time of the
    /// last packet and a flag must do.
    fn urgent(&mut self, line: &Line, watch: &mut Watch) -> Option<Interrupt> {
        if watch.stopping.is_none() && self.control.stop_asked() {
            self.farewell(watch);
        }
        if line.gauge.latest() >= watch.armed { self.tick(line, watch) } else { None }
    }

    /// What time brings.
    fn tick(&mut self, line: &Line, watch: &mut Watch) -> Option<Interrupt> {
        let now = self.clock.now();
        watch.arm(now + LOOK);
        self.echo.tick(now);
        self.report.send_if_due(now);
        if watch.stopping.is_some_and(|deadline| deadline <= now) {
            Some(Interrupt::TimeUp)
        } else if watch.subscribing.is_some_and(|deadline| deadline <= now) {
            Some(Interrupt::NotSubscribed)
        } else if line.gauge.blocked_for(now) > STALL {
            Some(Interrupt::Stalled)
        } else {
            None
        }
    }

    /// Asks the client to leave in good order.
    fn farewell(&mut self, watch: &mut Watch) {
        watch.stopping = Some(self.clock.now() + STOP);
        self.echo.stop();
        if self.profile.protocol == Protocol::V311 && self.profile.qos != Qos::AtMostOnce {
            // In MQTT 3.1.1 a session cannot be ended by the DISCONNECT that leaves it: let the broker at least keep
            // nothing for a client that will not come back.
            let _ = self.client.unsubscribe(self.profile.subscribe.as_str());
        }
        let _ = self.client.disconnect(FAREWELL);
    }
}
