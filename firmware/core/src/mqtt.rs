//! One MQTT connection, 3.1.1 or 5, bytes in and bytes out: a seam around `mqtt-protocol-core`.
//!
//! That library is used in the one way that survives hostile bytes: answers to PUBLISH are built here, after its
//! packet identifier was checked (the library's own would panic on identifier 0); the size of a packet is limited
//! before its body is awaited; `recv` takes one packet a call and is called until nothing is left; and the first
//! error ends the connection. Its timers are not used: the client has its own.

use alloc::{string::String, string::ToString, vec::Vec};
use core::time::Duration;

use mqtt_protocol_core::mqtt::{
    self,
    common::Cursor,
    connection::{ConnectionOptions, Event},
    packet::{
        CorrelationData, GenericPacketTrait, Packet, Property, RetainHandling, SubEntry, SubOpts,
        UserProperty, v3_1_1, v5_0,
    },
    result_code::MqttError,
    role,
};

use crate::{
    board::Message,
    failure::{Failure, MqttFailure},
    wire,
};

/// The largest packet taken, in bytes. With MQTT 5 the broker is told and keeps larger ones to itself; with 3.1.1 a
/// larger one ends the connection. Far above the longest message, so that too long ones can be counted.
pub const PACKET_LIMIT: u32 = 4 * 1024;
/// PUBLISH packets with QoS 1 that the broker may have under way to us.
const RECEIVE_MAXIMUM: u16 = 16;
/// Keep alive told to the broker, in seconds.
pub const KEEP_ALIVE: u16 = 300;

/// MQTT version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// MQTT 3.1.1.
    V311,
    /// MQTT 5.0.
    #[default]
    V5,
}

/// Quality of service (MQTT 5, section 4.3). The board has no use for exactly once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Qos {
    /// At most once.
    #[default]
    AtMostOnce,
    /// At least once.
    AtLeastOnce,
}

/// Who we are to the broker, and on which topics.
#[derive(Clone, Debug)]
pub struct Settings {
    /// MQTT version.
    pub protocol: Protocol,
    /// Client ID; not empty, unique among the broker's clients.
    pub client_id: String,
    /// User name and password, where the broker wants them beside the certificate.
    pub login: Option<(String, Vec<u8>)>,
    /// Of our messages and of our subscription.
    pub qos: Qos,
    /// Topic that we publish on.
    pub publish: String,
    /// Topic that we subscribe to.
    pub subscribe: String,
    /// Topic of the last will and of the birth message, retained; `None` for neither.
    pub status: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            protocol: Protocol::default(),
            client_id: "echo-board".to_string(),
            login: None,
            qos: Qos::default(),
            publish: wire::BOARD_TOPIC.to_string(),
            subscribe: wire::HOST_TOPIC.to_string(),
            status: Some(wire::STATUS_TOPIC.to_string()),
        }
    }
}

/// What the broker's bytes meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    /// CONNACK, accepted.
    Accepted {
        /// Keep alive that the broker wants instead of ours, in seconds.
        keep_alive: Option<u16>,
    },
    /// SUBACK, granted.
    Subscribed,
    /// PUBLISH; if it wanted an acknowledgement, that is already in the output.
    Message { topic: String, payload: Vec<u8>, retain: bool, correlation: Option<u64> },
    /// PUBACK.
    Acknowledged,
    /// PINGRESP.
    Pong,
}

/// Whether a packet went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    Yes,
    /// The broker has as many unacknowledged messages of ours as it takes.
    HeldBack,
}

/// One connection from CONNECT on. A new one is made for every connection.
pub(crate) struct Mqtt {
    connection: mqtt::Connection<role::Client>,
    settings: Settings,
    output: Vec<u8>,
    unacknowledged: usize,
}

impl Mqtt {
    /// A connection whose output begins with CONNECT.
    pub(crate) fn connect(settings: &Settings) -> Result<Self, MqttFailure> {
        let version = match settings.protocol {
            Protocol::V311 => mqtt::Version::V3_1_1,
            Protocol::V5 => mqtt::Version::V5_0,
        };
        let limits =
            ConnectionOptions::new().maximum_packet_size_recv(PACKET_LIMIT).receive_maximum(RECEIVE_MAXIMUM);
        let connection = mqtt::Connection::with_options(version, limits);
        let mut new = Self { connection, settings: settings.clone(), output: Vec::new(), unacknowledged: 0 };
        let events = match settings.protocol {
            Protocol::V311 => new.connection.checked_send(connect_v311(settings).map_err(unsendable)?),
            Protocol::V5 => new.connection.checked_send(connect_v5(settings).map_err(unsendable)?),
        };
        new.send(events)?;
        Ok(new)
    }

    /// Queues SUBSCRIBE.
    pub(crate) fn subscribe(&mut self) -> Result<(), MqttFailure> {
        let identifier = self.connection.acquire_packet_id().map_err(unsendable)?;
        // Retained messages are from before us and no answer; No Local: we want no message of ours back.
        let options = SubOpts::new().set_qos(self.settings.qos.into());
        let events = match self.settings.protocol {
            Protocol::V311 => {
                let entry = SubEntry::new(self.settings.subscribe.as_str(), options).map_err(unsendable)?;
                let packet = v3_1_1::Subscribe::builder().packet_id(identifier).entries([entry]).build();
                self.connection.checked_send(packet.map_err(unsendable)?)
            }
            Protocol::V5 => {
                let options = options.set_nl(true).set_rh(RetainHandling::DoNotSendRetained);
                let entry = SubEntry::new(self.settings.subscribe.as_str(), options).map_err(unsendable)?;
                let packet = v5_0::Subscribe::builder().packet_id(identifier).entries([entry]).build();
                self.connection.checked_send(packet.map_err(unsendable)?)
            }
        };
        self.send(events)
    }

    /// Queues a message of the board, with what the board knows of it where the protocol can carry that.
    pub(crate) fn publish(&mut self, message: &Message, uptime: Duration) -> Result<(), MqttFailure> {
        let properties = match self.settings.protocol {
            Protocol::V311 => Vec::new(),
            Protocol::V5 => describe(message, uptime).map_err(unsendable)?,
        };
        let topic = self.settings.publish.clone();
        self.publish_on(&topic, &message.text, false, properties)
    }

    /// Queues a retained word on the status topic, if there is one.
    pub(crate) fn announce(&mut self, status: &str) -> Result<(), MqttFailure> {
        let Some(topic) = self.settings.status.clone() else { return Ok(()) };
        self.publish_on(&topic, status.as_bytes(), true, Vec::new())
    }

    /// Whether the broker takes another message now.
    pub(crate) fn ready(&self) -> Sent {
        match self.connection.get_receive_maximum_vacancy_for_send() {
            Some(0) if self.settings.qos == Qos::AtLeastOnce => Sent::HeldBack,
            _ => Sent::Yes,
        }
    }

    /// Messages that wait for their PUBACK.
    pub(crate) const fn unacknowledged(&self) -> usize {
        self.unacknowledged
    }

    /// Queues PINGREQ.
    pub(crate) fn ping(&mut self) -> Result<(), MqttFailure> {
        let events = match self.settings.protocol {
            Protocol::V311 => {
                self.connection.checked_send(v3_1_1::Pingreq::builder().build().map_err(unsendable)?)
            }
            Protocol::V5 => {
                self.connection.checked_send(v5_0::Pingreq::builder().build().map_err(unsendable)?)
            }
        };
        self.send(events)
    }

    /// Queues DISCONNECT, so that the broker drops the last will.
    pub(crate) fn disconnect(&mut self) -> Result<(), MqttFailure> {
        let events = match self.settings.protocol {
            Protocol::V311 => {
                self.connection.checked_send(v3_1_1::Disconnect::builder().build().map_err(unsendable)?)
            }
            Protocol::V5 => {
                self.connection.checked_send(v5_0::Disconnect::builder().build().map_err(unsendable)?)
            }
        };
        self.send(events)
    }

    /// Takes the broker's bytes. The first failure is final.
    pub(crate) fn input(&mut self, bytes: &[u8], incoming: &mut Vec<Incoming>) -> Result<(), Failure> {
        let mut cursor = Cursor::new(bytes);
        while cursor.position() < bytes.len() as u64 {
            for event in self.connection.recv(&mut cursor) {
                match event {
                    Event::NotifyPacketReceived(packet) => incoming.extend(self.packet(packet)?),
                    Event::NotifyError(error) => return Err(broken(error).into()),
                    // A DISCONNECT that the library wants to send before it reports the error.
                    Event::RequestSendPacket { packet, .. } => {
                        self.output.extend(packet.to_continuous_buffer());
                    }
                    Event::RequestClose
                    | Event::NotifyPacketIdReleased(_)
                    | Event::RequestTimerReset { .. }
                    | Event::RequestTimerCancel(_) => {}
                }
            }
        }
        Ok(())
    }

    /// The bytes that are to be sent; the caller empties it.
    pub(crate) const fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    fn packet(&mut self, packet: Packet) -> Result<Option<Incoming>, Failure> {
        Ok(Some(match packet {
            Packet::V3_1_1Connack(connack) => accepted(connack.return_code() as u8, None)?,
            Packet::V5_0Connack(connack) => {
                let keep_alive = connack.props().iter().find_map(|property| match property {
                    Property::ServerKeepAlive(seconds) => Some(seconds.val()),
                    _ => None,
                });
                accepted(connack.reason_code() as u8, keep_alive)?
            }
            Packet::V3_1_1Suback(suback) => {
                subscribed(suback.return_codes().first().map(|&code| code as u8))?
            }
            Packet::V5_0Suback(suback) => subscribed(suback.reason_codes().first().map(|&code| code as u8))?,
            Packet::V3_1_1Publish(publish) => {
                self.acknowledge(publish.qos(), publish.packet_id())?;
                Incoming::Message {
                    topic: publish.topic_name().to_string(),
                    payload: publish.payload().as_slice().to_vec(),
                    retain: publish.retain(),
                    correlation: None,
                }
            }
            Packet::V5_0Publish(publish) => {
                self.acknowledge(publish.qos(), publish.packet_id())?;
                Incoming::Message {
                    topic: publish.topic_name().to_string(),
                    payload: publish.payload().as_slice().to_vec(),
                    retain: publish.retain(),
                    correlation: correlation(publish.props()),
                }
            }
            Packet::V3_1_1Puback(_) | Packet::V5_0Puback(_) => {
                self.unacknowledged = self.unacknowledged.saturating_sub(1);
                Incoming::Acknowledged
            }
            Packet::V3_1_1Pingresp(_) | Packet::V5_0Pingresp(_) => Incoming::Pong,
            Packet::V5_0Disconnect(disconnect) => {
                let reason = disconnect.reason_code().map_or(0, |code| code as u8);
                return Err(Failure::Disconnected { reason });
            }
            _ => return Err(MqttFailure::Unexpected(MqttError::ProtocolError).into()),
        }))
    }

    /// Queues the PUBACK of a message that wants one. We subscribe with at most QoS 1, so QoS 2 is a breach.
    fn acknowledge(&mut self, qos: mqtt::packet::Qos, identifier: Option<u16>) -> Result<(), MqttFailure> {
        use mqtt::packet::Qos;
        let identifier = match (qos, identifier) {
            (Qos::AtMostOnce, _) => return Ok(()),
            (Qos::AtLeastOnce, Some(identifier)) if identifier != 0 => identifier,
            (Qos::AtLeastOnce, _) => return Err(MqttFailure::Malformed(MqttError::PacketIdentifierInvalid)),
            (Qos::ExactlyOnce, _) => return Err(MqttFailure::Unexpected(MqttError::QosNotSupported)),
        };
        let events = match self.settings.protocol {
            Protocol::V311 => {
                let puback = v3_1_1::Puback::builder().packet_id(identifier).build().map_err(unsendable)?;
                self.connection.checked_send(puback)
            }
            Protocol::V5 => {
                let puback = v5_0::Puback::builder().packet_id(identifier).build().map_err(unsendable)?;
                self.connection.checked_send(puback)
            }
        };
        self.send(events)
    }

    fn publish_on(
        &mut self,
        topic: &str,
        payload: &[u8],
        retain: bool,
        properties: Vec<Property>,
    ) -> Result<(), MqttFailure> {
        let qos = self.settings.qos;
        let identifier = match qos {
            Qos::AtMostOnce => None,
            Qos::AtLeastOnce => Some(self.connection.acquire_packet_id().map_err(unsendable)?),
        };
        let events = match self.settings.protocol {
            Protocol::V311 => {
                let mut packet = v3_1_1::Publish::builder().topic_name(topic).map_err(unsendable)?;
                packet = packet.qos(qos.into()).retain(retain).payload(payload);
                if let Some(identifier) = identifier {
                    packet = packet.packet_id(identifier);
                }
                self.connection.checked_send(packet.build().map_err(unsendable)?)
            }
            Protocol::V5 => {
                let mut packet = v5_0::Publish::builder().topic_name(topic).map_err(unsendable)?;
                packet = packet.qos(qos.into()).retain(retain).payload(payload).props(properties);
                if let Some(identifier) = identifier {
                    packet = packet.packet_id(identifier);
                }
                self.connection.checked_send(packet.build().map_err(unsendable)?)
            }
        };
        self.send(events)?;
        self.unacknowledged += usize::from(identifier.is_some());
        Ok(())
    }

    fn send(&mut self, events: Vec<Event>) -> Result<(), MqttFailure> {
        for event in events {
            match event {
                Event::RequestSendPacket { packet, .. } => self.output.extend(packet.to_continuous_buffer()),
                Event::NotifyError(error) => return Err(MqttFailure::Unsendable(error)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Builds once, without a connection, what the settings will be asked for later.
///
/// # Errors
/// When a topic, the client ID or the login cannot be sent.
pub(crate) fn rehearse(settings: &Settings) -> Result<(), MqttFailure> {
    Mqtt::connect(settings)?;
    v3_1_1::Publish::builder()
        .topic_name(settings.publish.as_str())
        .and_then(|packet| packet.payload(()).build())
        .map_err(unsendable)?;
    SubEntry::new(settings.subscribe.as_str(), SubOpts::new()).map_err(unsendable)?;
    Ok(())
}

/// The payloads on the status topic.
pub const ONLINE: &str = "online";
/// See [`ONLINE`]; also the last will.
pub const OFFLINE: &str = "offline";

impl From<Qos> for mqtt::packet::Qos {
    fn from(qos: Qos) -> Self {
        match qos {
            Qos::AtMostOnce => Self::AtMostOnce,
            Qos::AtLeastOnce => Self::AtLeastOnce,
        }
    }
}

fn connect_v311(settings: &Settings) -> Result<v3_1_1::Connect, MqttError> {
    let mut packet = v3_1_1::Connect::builder()
        .clean_session(true)
        .keep_alive(KEEP_ALIVE)
        .client_id(settings.client_id.as_str())?;
    if let Some(topic) = &settings.status {
        packet = packet.will_message(topic.as_str(), OFFLINE, settings.qos.into(), true)?;
    }
    if let Some((name, password)) = &settings.login {
        packet = packet.user_name(name.as_str())?.password(password)?;
    }
    packet.build()
}

fn connect_v5(settings: &Settings) -> Result<v5_0::Connect, MqttError> {
    let mut packet = v5_0::Connect::builder()
        .clean_start(true)
        .keep_alive(KEEP_ALIVE)
        .client_id(settings.client_id.as_str())?;
    if let Some(topic) = &settings.status {
        packet = packet.will_message(topic.as_str(), OFFLINE, settings.qos.into(), true)?;
    }
    if let Some((name, password)) = &settings.login {
        packet = packet.user_name(name.as_str())?.password(password)?;
    }
    packet.build()
}

/// The message's number as correlation data, and the board's own view as user properties.
fn describe(message: &Message, uptime: Duration) -> Result<Vec<Property>, MqttError> {
    let mut properties = Vec::with_capacity(4);
    properties.push(CorrelationData::new(&message.sequence.to_be_bytes())?.into());
    let mut say = |name: &str, value: u128| -> Result<(), MqttError> {
        properties.push(UserProperty::new(name, value.to_string())?.into());
        Ok(())
    };
    say(wire::SEQUENCE_PROPERTY, message.sequence.into())?;
    say(wire::UPTIME_PROPERTY, uptime.as_millis())?;
    if let Some(round_trip) = message.round_trip {
        say(wire::ROUND_TRIP_PROPERTY, round_trip.as_micros())?;
    }
    Ok(properties)
}

/// The number that a host sent back, if it did.
fn correlation(properties: &[Property]) -> Option<u64> {
    properties.iter().find_map(|property| match property {
        Property::CorrelationData(data) => data.val().try_into().ok().map(u64::from_be_bytes),
        _ => None,
    })
}

const fn accepted(code: u8, keep_alive: Option<u16>) -> Result<Incoming, Failure> {
    match code {
        0 => Ok(Incoming::Accepted { keep_alive }),
        code => Err(Failure::Refused { code }),
    }
}

const fn subscribed(code: Option<u8>) -> Result<Incoming, Failure> {
    match code {
        Some(0..=2) => Ok(Incoming::Subscribed),
        Some(code) => Err(Failure::NotSubscribed { code }),
        None => Err(Failure::Mqtt(MqttFailure::Malformed(MqttError::MalformedPacket))),
    }
}

fn broken(error: MqttError) -> MqttFailure {
    match error {
        MqttError::PacketTooLarge => MqttFailure::TooLarge { limit: PACKET_LIMIT },
        MqttError::ProtocolError | MqttError::TopicAliasInvalid | MqttError::ReceiveMaximumExceeded => {
            MqttFailure::Unexpected(error)
        }
        other => MqttFailure::Malformed(other),
    }
}

const fn unsendable(error: MqttError) -> MqttFailure {
    MqttFailure::Unsendable(error)
}
