//! What the session does with each packet: every message of the board comes back rotated, and everything is told.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use bytes::Bytes;
use echo_board::wire::{self, Direction};

use super::{
    Purpose,
    link::{self, Client, LARGEST_PACKET, Message, Outgoing, Packet, Properties, Welcome},
    outbox::{Delivery, Entry, Inbound, Outbox, Verdict},
    probe::{Pace, Probe},
    report::Report,
    stream::Gauge,
};
use crate::{
    model::event::{BoardReport, EchoFailure, Echoed, Received, What},
    profile::{Profile, Protocol, Qos},
};

/// The echo, for the length of the session: across connections.
#[derive(Debug)]
pub(super) struct Echo {
    client: Client,
    direction: Direction,
    protocol: Protocol,
    /// What the profile wants; the broker may allow less.
    wanted: Qos,
    publish: Arc<str>,
    /// The last topic a message came on: it is the same one again and again.
    topic: Arc<str>,
    next_id: u64,
    /// At QoS 0: given to the client, not yet handed to the socket.
    direct: VecDeque<Direct>,
    /// At QoS 1 and 2.
    outbox: Outbox,
    /// Acknowledgements that did not fit into the client's queue.
    acknowledgements: VecDeque<(Inbound, u8)>,
    terms: Terms,
    probe: Probe,
    purpose: Purpose,
    stopping: bool,
}

/// What the present broker allows.
#[derive(Clone, Copy, Debug)]
struct Terms {
    qos: Qos,
    maximum_packet: u64,
    /// Echoes under way at QoS 1 and 2.
    window: usize,
}

/// An echo at QoS 0 on its way to the socket.
#[derive(Debug)]
struct Direct {
    id: u64,
    echo: Bytes,
    /// When the message arrived, at the earliest.
    arrived: Duration,
    inbound: Option<Inbound>,
}

impl Echo {
    pub(super) fn new(profile: &Profile, client: Client, client_id: &str, purpose: Purpose) -> Self {
        let pace = match purpose {
            Purpose::Echo => Pace::Calm,
            Purpose::Check => Pace::Pairs,
        };
        Self {
            client,
            direction: profile.direction,
            protocol: profile.protocol,
            wanted: profile.qos,
            publish: Arc::from(profile.publish.as_str()),
            topic: Arc::from(""),
            next_id: 0,
            direct: VecDeque::new(),
            outbox: Outbox::default(),
            acknowledgements: VecDeque::new(),
            terms: Terms { qos: profile.qos, maximum_packet: LARGEST_PACKET, window: 1 },
            probe: Probe::new(pace, client_id),
            purpose,
            stopping: false,
        }
    }

    /// CONNACK: the broker's terms, and what becomes of the echoes that were under way.
    pub(super) fn welcome(&mut self, welcome: &Welcome, gauge: &Gauge, report: &mut Report) {
        self.terms = Terms {
            qos: self.wanted.min(welcome.maximum_qos),
            maximum_packet: welcome.maximum_packet.map_or(LARGEST_PACKET, u64::from),
            window: usize::from(welcome.receive_maximum.min(link::IN_FLIGHT)),
        };
        self.probe.connected(gauge.read_at());
        for verdict in self.outbox.connected(welcome.session_present, gauge.read_at()) {
            self.conclude(verdict, report);
        }
        self.pump();
    }

    /// A packet that came or went.
    pub(super) fn packet(&mut self, packet: Packet, gauge: &Gauge, report: &mut Report) {
        match packet {
            // Whoever only looks takes nothing and disturbs nobody.
            Packet::Message(_) if self.purpose == Purpose::Check => {}
            Packet::Message(message) => self.message(&message, gauge, report),
            Packet::Handed(0) => self.handed(gauge.written_at(), report),
            Packet::Handed(packet) => self.outbox.handed(packet, gauge.written_at()),
            Packet::Taken { packet, reason } => {
                let answer = self.outbox.taken(packet, reason, gauge.read_at());
                self.answered(answer, gauge.read_at(), report);
            }
            Packet::Completed(packet) => {
                let answer = self.outbox.completed(packet, gauge.read_at());
                self.answered(answer, gauge.read_at(), report);
            }
            Packet::Acknowledged(packet) => self.outbox.acknowledged(packet),
            Packet::UnsubscribeHanded => self.probe.handed(gauge.written_at()),
            Packet::Unsubscribed => {
                if let Some(took) = self.probe.answered(gauge.read_at()) {
                    report.push(gauge.read_at(), What::BrokerRoundTrip { took });
                }
            }
            Packet::Welcome(_) | Packet::Subscribed(_) | Packet::Farewell | Packet::Other => {}
        }
    }

    /// Whether all that the client was given is with the socket.
    pub(super) fn all_out(&self) -> bool {
        self.direct.is_empty() && self.outbox.all_out()
    }

    fn message(&mut self, message: &Message, gauge: &Gauge, report: &mut Report) {
        let read = gauge.read_at();
        let inbound = Inbound::of(message.packet, message.qos);
        let echo = Bytes::from(wire::rotate(&message.payload, self.direction));
        if let Some(inbound) = inbound {
            match self.outbox.delivered(inbound.packet, message.duplicate, &echo) {
                Delivery::New => {}
                Delivery::Known => return,
                Delivery::Settled => return self.acknowledge(inbound, 0),
            }
        }
        let id = self.next_id;
        self.next_id += 1;
        let own = message.topic == self.publish.as_bytes();
        let correlation = message.properties.as_ref().and_then(|properties| properties.correlation.clone());
        report.push(read, What::Received(self.received(id, message, report)));
        let outgoing = Outgoing { payload: echo, qos: self.terms.qos, correlation };
        let fate = if self.stopping {
            Err(EchoFailure::Stopped)
        } else if own {
            Err(EchoFailure::OwnTopic)
        } else {
            self.send(id, outgoing, gauge.arrived_at(), inbound)
        };
        if let Err(cause) = fate {
            report.push(read, What::EchoFailed { id, cause });
            if let Some(inbound) = inbound.filter(|_| cause != EchoFailure::Stopped) {
                // 0x97, quota exceeded: it was not processed for want of room. Everything else was, in its way.
                let reason = if matches!(cause, EchoFailure::OutboxFull { .. }) { 0x97 } else { 0 };
                self.acknowledge(inbound, reason);
            }
        }
    }

    fn received(&mut self, id: u64, message: &Message, report: &Report) -> Received {
        if *message.topic != *self.topic.as_bytes() {
            self.topic = Arc::from(String::from_utf8_lossy(&message.topic));
        }
        Received {
            id,
            topic: self.topic.clone(),
            payload: report.payload(&message.payload),
            qos: message.qos,
            retain: message.retain,
            duplicate: message.duplicate,
            board: message.properties.as_deref().and_then(board_report).map(Box::new),
        }
    }

    /// Gives an echo to the client or to the outbox.
    fn send(
        &mut self,
        id: u64,
        echo: Outgoing,
        arrived: Duration,
        inbound: Option<Inbound>,
    ) -> Result<(), EchoFailure> {
        let bytes = link::encoded_size(self.protocol, &self.publish, &echo);
        if bytes > self.terms.maximum_packet {
            return Err(EchoFailure::TooLarge { bytes, limit: self.terms.maximum_packet });
        }
        if echo.qos == Qos::AtMostOnce {
            let payload = echo.payload.clone();
            self.client.publish(echo).map_err(|_| EchoFailure::OutboxFull { limit: link::REQUESTS })?;
            self.direct.push_back(Direct { id, echo: payload, arrived, inbound });
            return Ok(());
        }
        let entry = Entry::new(id, echo.payload, echo.correlation, echo.qos, arrived, inbound);
        self.outbox.accept(entry).map_err(|full| EchoFailure::OutboxFull { limit: full.messages })?;
        self.pump();
        Ok(())
    }

    /// Gives the client what it has room for.
    pub(super) fn pump(&mut self) {
        while let Some((inbound, reason)) = self.acknowledgements.front().copied() {
            if self.client.acknowledge(inbound.packet, inbound.qos, reason).is_err() {
                return;
            }
            self.acknowledgements.pop_front();
        }
        if self.stopping {
            return;
        }
        while let Some(entry) = self.outbox.next_waiting(self.terms.window) {
            let echo = Outgoing {
                payload: entry.echo.clone(),
                qos: entry.qos.min(self.terms.qos).max(Qos::AtLeastOnce),
                correlation: entry.correlation.clone(),
            };
            let Ok(receipt) = self.client.publish(echo) else { return };
            self.outbox.give(receipt);
        }
    }

    fn acknowledge(&mut self, inbound: Inbound, reason: u8) {
        self.acknowledgements.push_back((inbound, reason));
        self.pump();
    }

    /// At QoS 0 the socket has the last word.
    fn handed(&mut self, at: Duration, report: &mut Report) {
        let Some(Direct { id, echo, arrived, inbound }) = self.direct.pop_front() else { return };
        self.echoed(id, echo, Qos::AtMostOnce, at, at.saturating_sub(arrived), report);
        if let Some(inbound) = inbound {
            self.acknowledge(inbound, 0);
        }
    }

    /// At QoS 1 and 2 the broker has it.
    fn answered(&mut self, answer: (Option<Verdict>, Option<Duration>), at: Duration, report: &mut Report) {
        let (verdict, round_trip) = answer;
        if let Some(verdict) = verdict {
            self.conclude(verdict, report);
        }
        if let Some(took) = round_trip {
            report.push(at, What::BrokerRoundTrip { took });
        }
        self.pump();
    }

    fn conclude(&mut self, verdict: Verdict, report: &mut Report) {
        let Verdict { id, echo, qos, reason, arrived, handed, acknowledge } = verdict;
        if reason >= 0x80 {
            report.push(handed, What::EchoFailed { id, cause: EchoFailure::Rejected { reason } });
        } else {
            self.echoed(id, echo, qos, handed, handed.saturating_sub(arrived), report);
        }
        if let Some(inbound) = acknowledge {
            self.acknowledgements.push_back((inbound, 0));
        }
    }

    fn echoed(&self, id: u64, echo: Bytes, qos: Qos, at: Duration, residence: Duration, report: &mut Report) {
        let payload = report.counted(echo);
        let topic = self.publish.clone();
        report.push(at, What::Echoed(Echoed { id, topic, payload, qos, residence }));
    }

    /// When something is to be done without a packet.
    pub(super) fn due(&self) -> Option<Duration> {
        self.probe.due().filter(|_| self.probing())
    }

    fn probing(&self) -> bool {
        (self.terms.qos == Qos::AtMostOnce || self.purpose == Purpose::Check) && !self.stopping
    }

    /// Does it.
    pub(super) fn tick(&mut self, now: Duration) {
        if self.due().is_some_and(|due| due <= now) {
            let client = &self.client;
            self.probe.send(now, |filter| client.unsubscribe(filter).is_ok());
        }
    }

    /// The connection is gone. At QoS 0 what was on its way is lost; at QoS 1 and 2 it waits for the next connection.
    pub(super) fn disconnected(&mut self, report: &mut Report, now: Duration) {
        for Direct { id, .. } in self.direct.drain(..) {
            report.push(now, What::EchoFailed { id, cause: EchoFailure::ConnectionLost });
        }
        self.acknowledgements.clear();
        self.outbox.disconnected();
    }

    /// From now on nothing is echoed any more.
    pub(super) fn stop(&mut self) {
        self.stopping = true;
    }

    /// The session is over: what has no fate yet gets one.
    pub(super) fn finish(&mut self, report: &mut Report, now: Duration) {
        let direct = self.direct.drain(..).map(|direct| direct.id);
        for id in direct.chain(self.outbox.give_up()) {
            report.push(now, What::EchoFailed { id, cause: EchoFailure::Stopped });
        }
    }
}

/// What our own firmware says of itself in user properties.
fn board_report(properties: &Properties) -> Option<BoardReport> {
    let number = |name: &str| {
        let (_, value) = properties.user.iter().find(|(key, _)| key == name)?;
        value.parse::<u64>().ok()
    };
    Some(BoardReport {
        sequence: number(wire::SEQUENCE_PROPERTY)?,
        uptime: Duration::from_millis(number(wire::UPTIME_PROPERTY)?),
        round_trip: number(wire::ROUND_TRIP_PROPERTY).map(Duration::from_micros),
    })
}
