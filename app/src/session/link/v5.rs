//! MQTT 5.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use rumqttc::{
    AckMode, AsyncClient, ConnectReturnCode, ConnectionError, DisconnectProperties, DisconnectReasonCode,
    Event, Incoming, ManualAck, MqttOptions, PubAck, PubAckReason, PubRec, PubRecReason, PublishNotice,
    PublishNoticeError, PublishOptions, PublishProperties, PublishResult, QoS, StateError, SubscribeFilter,
    SubscribeReasonCode, ValidatedTopic, mqttbytes,
};

use super::{
    BATCH, Broken, Fate, Full, IN_FLIGHT, Introduction, Message, Outgoing, Packet, Properties,
    RECEIVE_MAXIMUM, REQUESTS, SESSION_EXPIRY, Slot, Welcome, take,
};
use crate::profile::Qos;

#[derive(Clone, Debug)]
pub(in crate::session) struct Client {
    client: AsyncClient,
    /// Validated once, not at every echo.
    topic: Option<ValidatedTopic>,
    persistent: bool,
}

pub(in crate::session) struct EventLoop {
    events: rumqttc::EventLoop,
    persistent: bool,
}

pub(super) fn open(introduction: &Introduction, topic: &str, slot: &Slot) -> (Client, EventLoop) {
    let (client, events) = AsyncClient::builder(options(introduction, slot)).capacity(REQUESTS).build();
    let persistent = introduction.persistent;
    (Client { client, topic: ValidatedTopic::new(topic).ok(), persistent }, EventLoop { events, persistent })
}

fn options(introduction: &Introduction, slot: &Slot) -> MqttOptions {
    // The address is the connector's business; the client only wants to have one.
    let mut options = MqttOptions::new(introduction.client_id.clone(), ("broker", 0));
    options
        .set_keep_alive(introduction.keep_alive)
        // Not even at first: Mosquitto does not save a session that began with a clean start when it restarts.
        .set_clean_start(!introduction.persistent)
        .set_max_request_batch(BATCH)
        .set_read_batch_size(BATCH)
        // Ours is shorter; without it the client's own five seconds would end a slow CONNACK.
        .set_connect_timeout(Duration::from_secs(60))
        .set_outgoing_inflight_upper_limit(if introduction.persistent { IN_FLIGHT } else { 1 });
    if introduction.persistent {
        options
            .set_session_expiry_interval(Some(SESSION_EXPIRY))
            .set_receive_maximum(Some(RECEIVE_MAXIMUM))
            .set_ack_mode(AckMode::Manual);
    }
    // After the properties: setting any of them resets the limit to 10 KB.
    options.set_unlimited_incoming_packet_size();
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

impl Client {
    pub(super) fn publish(&self, echo: Outgoing) -> Result<Option<Receipt>, Full> {
        let topic = self.topic.clone().ok_or(Full)?;
        let mut options = PublishOptions::new(qos(echo.qos));
        if echo.correlation.is_some() {
            options = options.properties(PublishProperties {
                correlation_data: echo.correlation,
                ..PublishProperties::default()
            });
        }
        if echo.qos == Qos::AtMostOnce {
            self.client.try_publish(topic, echo.payload, options).map(|()| None).map_err(|_| Full)
        } else {
            let notice = self.client.try_publish_tracked(topic, echo.payload, options).map_err(|_| Full)?;
            Ok(Some(Receipt::new(notice)))
        }
    }

    pub(super) fn acknowledge(&self, packet: u16, qos: Qos, reason: u8) -> Result<(), Full> {
        let refused = reason >= 0x80;
        let ack = match qos {
            Qos::AtMostOnce => return Ok(()),
            Qos::AtLeastOnce => {
                let mut ack = PubAck::new(packet, None);
                if refused {
                    ack.reason = PubAckReason::QuotaExceeded;
                }
                ManualAck::PubAck(ack)
            }
            Qos::ExactlyOnce => {
                let mut ack = PubRec::new(packet, None);
                if refused {
                    ack.reason = PubRecReason::QuotaExceeded;
                }
                ManualAck::PubRec(ack)
            }
        };
        self.client.try_manual_ack(ack).map_err(|_| Full)
    }

    pub(super) fn subscribe(&self, filter: &str, wanted: Qos) -> Result<(), Full> {
        let mut subscription = SubscribeFilter::new(filter, qos(wanted));
        // Our own echoes need not come back; on a shared subscription No Local is forbidden (MQTT 5, section 3.8.3.1).
        subscription.nolocal = !filter.starts_with("$share/");
        self.client.try_subscribe_many([subscription]).map_err(|_| Full)
    }

    pub(super) fn unsubscribe(&self, filter: &str) -> Result<(), Full> {
        self.client.try_unsubscribe(filter).map_err(|_| Full)
    }

    pub(super) fn disconnect(&self, patience: Duration) -> Result<(), Full> {
        let properties = self.persistent.then(|| DisconnectProperties {
            // The session ends with us: nobody will come back for what the broker would keep.
            session_expiry_interval: Some(0),
            reason_string: None,
            user_properties: Vec::new(),
            server_reference: None,
        });
        match properties {
            Some(properties) => self.client.try_disconnect_with_properties_timeout(
                DisconnectReasonCode::NormalDisconnection,
                properties,
                patience,
            ),
            None => self.client.try_disconnect_with_timeout(patience),
        }
        .map_err(|_| Full)
    }
}

impl EventLoop {
    pub(super) fn ready(&mut self) -> Option<Packet> {
        self.events.state.events.pop_front().map(|event| self.packet(event))
    }

    pub(super) async fn poll(&mut self) -> Result<Packet, Broken> {
        match self.events.poll().await {
            Ok(event) => Ok(self.packet(event)),
            Err(error) => {
                let broken = broken(error);
                if let Broken::SessionMismatch { session_present: true } = broken {
                    // An earlier run with this client ID left a session, and we don't know its state: end it.
                    self.events.options.set_clean_start(true);
                }
                Err(broken)
            }
        }
    }

    fn packet(&mut self, event: Event) -> Packet {
        match event {
            Event::Incoming(packet) => self.incoming(packet),
            Event::Outgoing(outgoing) => outgoing_packet(&outgoing),
            Event::Auth(_) => Packet::Other,
        }
    }

    fn incoming(&mut self, packet: Incoming) -> Packet {
        match packet {
            Incoming::Publish(publish) => Packet::Message(Message {
                topic: publish.topic,
                payload: publish.payload,
                qos: from_qos(publish.qos),
                retain: publish.retain,
                duplicate: publish.dup,
                packet: publish.pkid,
                properties: publish.properties.map(|properties| {
                    Box::new(Properties {
                        correlation: properties.correlation_data,
                        user: properties.user_properties,
                    })
                }),
            }),
            Incoming::PubAck(ack) => Packet::Taken { packet: ack.pkid, reason: ack.reason as u8 },
            Incoming::PubRec(rec) => Packet::Taken { packet: rec.pkid, reason: rec.reason as u8 },
            Incoming::PubComp(comp) => Packet::Completed(comp.pkid),
            Incoming::SubAck(ack) => {
                Packet::Subscribed(ack.return_codes.first().map_or(0x80, subscription_code))
            }
            Incoming::UnsubAck(_) => Packet::Unsubscribed,
            Incoming::ConnAck(ack) => {
                if self.persistent {
                    // From now on the session is ours, and the next connection goes on with it.
                    self.events.options.set_clean_start(false);
                }
                let properties = ack.properties;
                let of = properties.as_ref();
                Packet::Welcome(Welcome {
                    session_present: ack.session_present,
                    assigned_id: of.and_then(|of| of.assigned_client_identifier.clone()),
                    keep_alive: of.and_then(|of| of.server_keep_alive),
                    maximum_packet: of.and_then(|of| of.max_packet_size),
                    receive_maximum: of.and_then(|of| of.receive_max).unwrap_or(u16::MAX),
                    maximum_qos: of
                        .and_then(|of| of.max_qos)
                        .and_then(|qos| Qos::try_from(qos).ok())
                        .unwrap_or(Qos::ExactlyOnce),
                })
            }
            _ => Packet::Other,
        }
    }

    pub(super) fn hang_up(&mut self) {
        self.events.clean();
    }

    pub(super) fn forget(&mut self) {
        self.events.reset_session_state();
    }
}

fn outgoing_packet(outgoing: &rumqttc::Outgoing) -> Packet {
    match outgoing {
        rumqttc::Outgoing::Publish(packet) => Packet::Handed(*packet),
        rumqttc::Outgoing::PubAck(packet) | rumqttc::Outgoing::PubRec(packet) => {
            Packet::Acknowledged(*packet)
        }
        rumqttc::Outgoing::Unsubscribe(_) => Packet::UnsubscribeHanded,
        rumqttc::Outgoing::Disconnect => Packet::Farewell,
        _ => Packet::Other,
    }
}

fn broken(error: ConnectionError) -> Broken {
    match error {
        ConnectionError::MqttState(error) => broken_state(error),
        ConnectionError::ConnectionRefused(code) => Broken::Refused(connect_code(code)),
        ConnectionError::NotConnAck(packet) => {
            Broken::Violation(format!("{:?} instead of CONNACK", packet.packet_type()))
        }
        ConnectionError::SessionStateMismatch { session_present, .. } => {
            Broken::SessionMismatch { session_present }
        }
        ConnectionError::Io(_)
        | ConnectionError::Timeout(_)
        | ConnectionError::DisconnectTimeout
        | ConnectionError::RequestsDone => Broken::Stream,
        error => Broken::Violation(error.to_string()),
    }
}

fn broken_state(error: StateError) -> Broken {
    match error {
        StateError::Io(_) | StateError::ConnectionAborted => Broken::Stream,
        StateError::AwaitPingResp => Broken::PingUnanswered,
        StateError::ServerDisconnect { reason_code, reason_string } => {
            Broken::Told { code: reason_code as u8, text: reason_string }
        }
        StateError::ConnFail { reason } => Broken::Refused(connect_code(reason)),
        StateError::OutgoingPacketTooLarge { pkt_size, max } => {
            Broken::TooLarge { bytes: u64::from(pkt_size), limit: u64::from(max) }
        }
        StateError::IncomingPacketTooLarge { pkt_size, max } => {
            Broken::TooLarge { bytes: pkt_size as u64, limit: max as u64 }
        }
        StateError::Deserialization(error) => match error {
            mqttbytes::Error::Io(_) => Broken::Stream,
            // A broker of MQTT 3.1.1 answers our CONNECT with the return code of its own version.
            mqttbytes::Error::InvalidConnectReturnCode(code) => Broken::Refused(code),
            error => Broken::Unreadable(error.to_string()),
        },
        error => Broken::Violation(error.to_string()),
    }
}

/// The code that the client translated into a name, back again (MQTT 5, section 3.2.2.2).
fn connect_code(code: ConnectReturnCode) -> u8 {
    match code {
        ConnectReturnCode::Success => 0,
        ConnectReturnCode::RefusedProtocolVersion => 1,
        ConnectReturnCode::BadClientId => 2,
        ConnectReturnCode::ServiceUnavailable => 3,
        ConnectReturnCode::UnspecifiedError => 0x80,
        ConnectReturnCode::MalformedPacket => 0x81,
        ConnectReturnCode::ProtocolError => 0x82,
        ConnectReturnCode::ImplementationSpecificError => 0x83,
        ConnectReturnCode::UnsupportedProtocolVersion => 0x84,
        ConnectReturnCode::ClientIdentifierNotValid => 0x85,
        ConnectReturnCode::BadUserNamePassword => 0x86,
        ConnectReturnCode::NotAuthorized => 0x87,
        ConnectReturnCode::ServerUnavailable => 0x88,
        ConnectReturnCode::ServerBusy => 0x89,
        ConnectReturnCode::Banned => 0x8A,
        ConnectReturnCode::BadAuthenticationMethod => 0x8C,
        ConnectReturnCode::TopicNameInvalid => 0x90,
        ConnectReturnCode::PacketTooLarge => 0x95,
        ConnectReturnCode::QuotaExceeded => 0x97,
        ConnectReturnCode::PayloadFormatInvalid => 0x99,
        ConnectReturnCode::RetainNotSupported => 0x9A,
        ConnectReturnCode::QoSNotSupported => 0x9B,
        ConnectReturnCode::UseAnotherServer => 0x9C,
        ConnectReturnCode::ServerMoved => 0x9D,
        ConnectReturnCode::ConnectionRateExceeded => 0x9F,
    }
}

/// MQTT 5, section 3.9.3.
fn subscription_code(code: &SubscribeReasonCode) -> u8 {
    match code {
        SubscribeReasonCode::Success(qos) => *qos as u8,
        SubscribeReasonCode::Failure | SubscribeReasonCode::Unspecified => 0x80,
        SubscribeReasonCode::ImplementationSpecific => 0x83,
        SubscribeReasonCode::NotAuthorized => 0x87,
        SubscribeReasonCode::TopicFilterInvalid => 0x8F,
        SubscribeReasonCode::PkidInUse => 0x91,
        SubscribeReasonCode::QuotaExceeded => 0x97,
        SubscribeReasonCode::SharedSubscriptionsNotSupported => 0x9E,
        SubscribeReasonCode::SubscriptionIdNotSupported => 0xA1,
        SubscribeReasonCode::WildcardSubscriptionsNotSupported => 0xA2,
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
            Poll::Ready(Ok(PublishResult::Qos1(ack))) => Fate::Answered(ack.reason as u8),
            Poll::Ready(Ok(PublishResult::Qos2PubRecRejected(rec))) => Fate::Answered(rec.reason as u8),
            Poll::Ready(Ok(PublishResult::Qos2Completed(_) | PublishResult::Qos0Flushed)) => {
                Fate::Answered(0)
            }
            Poll::Ready(Err(_)) => Fate::Gone,
        }
    }
}

impl std::fmt::Debug for Receipt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Receipt(…)")
    }
}
