//! MQTT 3.1.1.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use rumqttc_v4::{
    AckMode, AsyncClient, ConnectionError, Event, Incoming, ManualAck, MqttOptions, PubAck, PubRec,
    PublishNotice, PublishNoticeError, PublishOptions, PublishResult, QoS, StateError, SubscribeReasonCode,
    ValidatedTopic, mqttbytes,
};

use super::{
    BATCH, Broken, Fate, Full, IN_FLIGHT, Introduction, Message, Outgoing, Packet, REQUESTS, Slot, Welcome,
    take,
};
use crate::profile::Qos;

#[derive(Clone, Debug)]
pub(in crate::session) struct Client {
    client: AsyncClient,
    /// Validated once, not at every echo.
    topic: Option<ValidatedTopic>,
}

pub(in crate::session) struct EventLoop {
    events: rumqttc_v4::EventLoop,
}

pub(super) fn open(introduction: &Introduction, topic: &str, slot: &Slot) -> (Client, EventLoop) {
    let (client, mut events) = AsyncClient::builder(options(introduction, slot)).capacity(REQUESTS).build();
    // The client's time-out of five seconds is for each flush, too: a large message over a slow line takes longer. The
    // session has its own for a peer that takes nothing at all.
    events.network_options.set_connection_timeout(24 * 3_600);
    (Client { client, topic: ValidatedTopic::new(topic).ok() }, EventLoop { events })
}

fn options(introduction: &Introduction, slot: &Slot) -> MqttOptions {
    // The address is the connector's business; the client only wants to have one.
    let mut options = MqttOptions::new(introduction.client_id.clone(), ("broker", 0));
    options
        .set_keep_alive(introduction.keep_alive)
        .set_max_request_batch(BATCH)
        .set_read_batch_size(BATCH)
        .set_max_packet_size(LARGEST, LARGEST)
        .set_inflight(if introduction.persistent { IN_FLIGHT } else { 1 });
    if introduction.persistent {
        // MQTT 3.1.1 has one flag for "start anew" and "keep it": a session that an earlier run left goes on.
        options.set_ack_mode(AckMode::Manual);
        if options.try_set_clean_session(false).is_err() {
            options.set_clean_session(true);
        }
    }
    match &introduction.login {
        Some((name, password)) if password.is_empty() => {
            options.set_username(name.clone());
        }
        Some((name, password)) => {
            options.set_credentials(name.clone(), password.clone());
        }
        None => {}
    }
    let slot = slot.clone();
    options.set_socket_connector(move |_, _| {
        let stream = take(&slot);
        async move { stream }
    });
    options
}

/// What the client may read and write: all that MQTT can say.
const LARGEST: usize = 268_435_460;

impl Client {
    pub(super) fn publish(&self, echo: Outgoing) -> Result<Option<Receipt>, Full> {
        let topic = self.topic.clone().ok_or(Full)?;
        let options = PublishOptions::new(qos(echo.qos));
        if echo.qos == Qos::AtMostOnce {
            self.client.try_publish(topic, echo.payload, options).map(|()| None).map_err(|_| Full)
        } else {
            let notice = self.client.try_publish_tracked(topic, echo.payload, options).map_err(|_| Full)?;
            Ok(Some(Receipt::new(notice)))
        }
    }

    pub(super) fn acknowledge(&self, packet: u16, qos: Qos) -> Result<(), Full> {
        let ack = match qos {
            Qos::AtMostOnce => return Ok(()),
            Qos::AtLeastOnce => ManualAck::PubAck(PubAck::new(packet)),
            Qos::ExactlyOnce => ManualAck::PubRec(PubRec::new(packet)),
        };
        self.client.try_manual_ack(ack).map_err(|_| Full)
    }

    pub(super) fn subscribe(&self, filter: &str, wanted: Qos) -> Result<(), Full> {
        self.client.try_subscribe(filter, qos(wanted)).map_err(|_| Full)
    }

    pub(super) fn unsubscribe(&self, filter: &str) -> Result<(), Full> {
        self.client.try_unsubscribe(filter).map_err(|_| Full)
    }

    pub(super) fn disconnect(&self, patience: Duration) -> Result<(), Full> {
        self.client.try_disconnect_with_timeout(patience).map_err(|_| Full)
    }
}

impl EventLoop {
    pub(super) fn ready(&mut self) -> Option<Packet> {
        self.events.state.events.pop_front().map(packet)
    }

    pub(super) async fn poll(&mut self) -> Result<Packet, Broken> {
        match self.events.poll().await {
            Ok(event) => Ok(packet(event)),
            Err(error) => {
                // The client would deliver them after the next CONNACK, as if they belonged to that connection.
                self.events.state.events.clear();
                Err(broken(error))
            }
        }
    }

    pub(super) fn hang_up(&mut self) {
        self.events.clean();
        self.events.state.events.clear();
    }

    pub(super) fn forget(&mut self) {
        self.events.reset_session_state();
    }
}

fn packet(event: Event) -> Packet {
    match event {
        Event::Incoming(packet) => incoming_packet(packet),
        Event::Outgoing(outgoing) => outgoing_packet(&outgoing),
    }
}

fn incoming_packet(packet: Incoming) -> Packet {
    match packet {
        Incoming::Publish(publish) => Packet::Message(Message {
            topic: publish.topic,
            payload: publish.payload,
            qos: from_qos(publish.qos),
            retain: publish.retain,
            duplicate: publish.dup,
            packet: publish.pkid,
            properties: None,
        }),
        Incoming::PubAck(ack) => Packet::Taken { packet: ack.pkid, reason: 0 },
        Incoming::PubRec(rec) => Packet::Taken { packet: rec.pkid, reason: 0 },
        Incoming::PubComp(comp) => Packet::Completed(comp.pkid),
        Incoming::SubAck(ack) => Packet::Subscribed(match ack.return_codes.first() {
            Some(SubscribeReasonCode::Success(qos)) => *qos as u8,
            Some(SubscribeReasonCode::Failure) | None => 0x80,
        }),
        Incoming::UnsubAck(_) => Packet::Unsubscribed,
        Incoming::ConnAck(ack) => Packet::Welcome(Welcome {
            session_present: ack.session_present,
            assigned_id: None,
            keep_alive: None,
            maximum_packet: None,
            receive_maximum: u16::MAX,
            maximum_qos: Qos::ExactlyOnce,
        }),
        _ => Packet::Other,
    }
}

fn outgoing_packet(outgoing: &rumqttc_v4::Outgoing) -> Packet {
    match outgoing {
        rumqttc_v4::Outgoing::Publish(packet) => Packet::Handed(*packet),
        rumqttc_v4::Outgoing::PubAck(packet) | rumqttc_v4::Outgoing::PubRec(packet) => {
            Packet::Acknowledged(*packet)
        }
        rumqttc_v4::Outgoing::Unsubscribe(_) => Packet::UnsubscribeHanded,
        rumqttc_v4::Outgoing::Disconnect => Packet::Farewell,
        _ => Packet::Other,
    }
}

fn broken(error: ConnectionError) -> Broken {
    match error {
        ConnectionError::MqttState(error) => broken_state(error),
        ConnectionError::ConnectionRefused(code) => Broken::Refused(code as u8),
        ConnectionError::NotConnAck(packet) => {
            Broken::Violation(format!("{:?} instead of CONNACK", packet.packet_type()))
        }
        ConnectionError::SessionStateMismatch { session_present, .. } => {
            Broken::SessionMismatch { session_present }
        }
        ConnectionError::Io(_)
        | ConnectionError::NetworkTimeout
        | ConnectionError::FlushTimeout
        | ConnectionError::DisconnectTimeout
        | ConnectionError::RequestsDone => Broken::Stream,
        error => Broken::Violation(error.to_string()),
    }
}

fn broken_state(error: StateError) -> Broken {
    match error {
        StateError::Io(_) | StateError::ConnectionAborted => Broken::Stream,
        StateError::AwaitPingResp => Broken::PingUnanswered,
        StateError::Deserialization(error) => match error {
            mqttbytes::Error::Io(_) => Broken::Stream,
            mqttbytes::Error::InvalidConnectReturnCode(code) => Broken::Refused(code),
            mqttbytes::Error::OutgoingPacketTooLarge { pkt_size, max } => {
                Broken::TooLarge { bytes: pkt_size as u64, limit: max as u64 }
            }
            error => Broken::Unreadable(error.to_string()),
        },
        error => Broken::Violation(error.to_string()),
    }
}

fn qos(qos: Qos) -> QoS {
    match qos {
        Qos::AtMostOnce => QoS::AtMostOnce,
        Qos::AtLeastOnce => QoS::AtLeastOnce,
        Qos::ExactlyOnce => QoS::ExactlyOnce,
    }
}

fn from_qos(qos: QoS) -> Qos {
    match qos {
        QoS::AtMostOnce => Qos::AtMostOnce,
        QoS::AtLeastOnce => Qos::AtLeastOnce,
        QoS::ExactlyOnce => Qos::ExactlyOnce,
    }
}

/// See [`super::Receipt`].
pub(in crate::session) struct Receipt(
    Pin<Box<dyn Future<Output = Result<PublishResult, PublishNoticeError>> + Send>>,
);

impl Receipt {
    fn new(notice: PublishNotice) -> Self {
        Self(Box::pin(notice.wait_async()))
    }

    pub(super) fn fate(&mut self) -> Fate {
        match self.0.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => Fate::Pending,
            Poll::Ready(Ok(_)) => Fate::Answered(0),
            Poll::Ready(Err(_)) => Fate::Gone,
        }
    }
}

impl std::fmt::Debug for Receipt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Receipt(…)")
    }
}
