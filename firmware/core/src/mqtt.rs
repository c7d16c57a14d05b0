//! One MQTT connection, 3.1.1 or 5, bytes in and bytes out: a seam around `mqtt-protocol-core`.
//!
//! That library is used in the one way that survives hostile bytes: answers to PUBLISH are built here, after its
//! packet identifier was checked (the library's own would panic on identifier 0); the size of a packet is limited
//! before its body is awaited; `recv` takes one packet a call and is called until nothing is left; and the first
//! error ends the connection. Its timers are not used: the link has its own.

mod packets;
#[cfg(test)]
mod tests;

use alloc::{
    borrow::ToOwned,
    string::{String, ToString},
    vec::Vec,
};
use core::time::Duration;

use mqtt_protocol_core::mqtt::{
    self,
    common::Cursor,
    connection::{ConnectionOptions, Event},
    packet::{GenericPacketTrait, Packet, Property},
    result_code::MqttError,
    role,
};

use crate::{
    board::Message,
    failure::{Failure, MqttFailure},
    limits, wire,
};

/// The payload of the birth message on the status topic.
pub const ONLINE: &str = "online";
/// The payload of the last will and of the good-bye on the status topic.
pub const OFFLINE: &str = "offline";

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
#[derive(Clone)]
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
    Message(Arrived),
    /// PUBACK.
    Acknowledged,
    /// PINGRESP.
    Pong,
}

/// A message of the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arrived {
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) retain: bool,
    /// The number in its correlation data, if it has one of ours.
    pub(crate) correlation: Option<u64>,
}

/// One connection from CONNECT on. A new one is made for every connection.
pub(crate) struct Mqtt {
    connection: Connection,
    settings: Settings,
    output: Vec<u8>,
    unacknowledged: usize,
}

type Connection = mqtt::Connection<role::Client>;

impl Mqtt {
    /// A connection whose output begins with CONNECT.
    pub(crate) fn connect(settings: Settings) -> Result<Self, MqttFailure> {
        let version = match settings.protocol {
            Protocol::V311 => mqtt::Version::V3_1_1,
            Protocol::V5 => mqtt::Version::V5_0,
        };
        let options = ConnectionOptions::new()
            .maximum_packet_size_recv(limits::PACKET)
            .receive_maximum(limits::RECEIVE_MAXIMUM);
        let connection = mqtt::Connection::with_options(version, options);
        let mut new = Self { connection, settings, output: Vec::new(), unacknowledged: 0 };
        new.send(packets::connect)?;
        Ok(new)
    }

    /// Queues SUBSCRIBE.
    pub(crate) fn subscribe(&mut self) -> Result<(), MqttFailure> {
        self.send(packets::subscribe)
    }

    /// Queues a message of the board, with what the board knows of it where the protocol can carry that.
    pub(crate) fn publish(&mut self, message: &Message, uptime: Duration) -> Result<(), MqttFailure> {
        self.send(|connection, settings| packets::publish(connection, settings, message, uptime))?;
        self.published();
        Ok(())
    }

    /// Queues a retained word on the status topic, if there is one.
    pub(crate) fn announce(&mut self, status: &str) -> Result<(), MqttFailure> {
        if self.settings.status.is_some() {
            self.send(|connection, settings| packets::announce(connection, settings, status))?;
            self.published();
        }
        Ok(())
    }

    /// Whether the broker takes another message now (MQTT 5, section 4.9).
    pub(crate) fn takes_messages(&self) -> bool {
        self.settings.qos == Qos::AtMostOnce
            || self.connection.get_receive_maximum_vacancy_for_send() != Some(0)
    }

    /// Messages that wait for their PUBACK.
    pub(crate) const fn unacknowledged(&self) -> usize {
        self.unacknowledged
    }

    /// Queues PINGREQ.
    pub(crate) fn ping(&mut self) -> Result<(), MqttFailure> {
        self.send(packets::ping)
    }

    /// Queues DISCONNECT, so that the broker drops the last will.
    pub(crate) fn disconnect(&mut self) -> Result<(), MqttFailure> {
        self.send(packets::disconnect)
    }

    /// Takes the broker's bytes off the front until they make a packet. The first failure is final.
    ///
    /// One packet a call, because what is answered to it decides what may come next.
    pub(crate) fn input(&mut self, bytes: &mut &[u8]) -> Result<Option<Incoming>, Failure> {
        while !bytes.is_empty() {
            let mut cursor = Cursor::new(*bytes);
            let events = self.connection.recv(&mut cursor);
            *bytes = &bytes[cursor.position() as usize..];
            let mut incoming = None;
            for event in events {
                match event {
                    Event::NotifyPacketReceived(packet) => incoming = Some(self.packet(packet)?),
                    Event::NotifyError(error) => return Err(broken(error).into()),
                    // A DISCONNECT that tells the broker why, before the error itself.
                    Event::RequestSendPacket { packet, .. } => {
                        self.output.extend(packet.to_continuous_buffer());
                    }
                    _ => {}
                }
            }
            if incoming.is_some() {
                return Ok(incoming);
            }
        }
        Ok(None)
    }

    /// The bytes that are to be sent; the caller empties it.
    pub(crate) const fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    fn packet(&mut self, packet: Packet) -> Result<Incoming, Failure> {
        match packet {
            Packet::V3_1_1Connack(connack) => accepted(connack.return_code() as u8, None),
            Packet::V5_0Connack(connack) => {
                accepted(connack.reason_code() as u8, server_keep_alive(connack.props()))
            }
            Packet::V3_1_1Suback(suback) => subscribed(suback.return_codes().first().map(|&code| code as u8)),
            Packet::V5_0Suback(suback) => subscribed(suback.reason_codes().first().map(|&code| code as u8)),
            Packet::V3_1_1Publish(publish) => {
                self.acknowledge(publish.qos(), publish.packet_id())?;
                Ok(Incoming::Message(Arrived {
                    topic: publish.topic_name().to_owned(),
                    payload: publish.payload().as_slice().to_vec(),
                    retain: publish.retain(),
                    correlation: None,
                }))
            }
            Packet::V5_0Publish(publish) => {
                self.acknowledge(publish.qos(), publish.packet_id())?;
                Ok(Incoming::Message(Arrived {
                    topic: publish.topic_name().to_owned(),
                    payload: publish.payload().as_slice().to_vec(),
                    retain: publish.retain(),
                    correlation: correlation(publish.props()),
                }))
            }
            Packet::V3_1_1Puback(_) | Packet::V5_0Puback(_) => {
                self.unacknowledged = self.unacknowledged.saturating_sub(1);
                Ok(Incoming::Acknowledged)
            }
            Packet::V3_1_1Pingresp(_) | Packet::V5_0Pingresp(_) => Ok(Incoming::Pong),
            Packet::V5_0Disconnect(disconnect) => {
                let reason = disconnect.reason_code().map_or(0, |code| code as u8);
                Err(Failure::Disconnected { reason })
            }
            _ => Err(MqttFailure::Unexpected(MqttError::ProtocolError).into()),
        }
    }

    /// Queues the PUBACK of a message that wants one. We subscribe with at most QoS 1, so QoS 2 is a breach.
    fn acknowledge(&mut self, qos: mqtt::packet::Qos, identifier: Option<u16>) -> Result<(), MqttFailure> {
        use mqtt::packet::Qos;
        match (qos, identifier) {
            (Qos::AtMostOnce, _) => Ok(()),
            (Qos::AtLeastOnce, Some(identifier)) if identifier != 0 => {
                self.send(|connection, settings| packets::acknowledge(connection, settings, identifier))
            }
            (Qos::AtLeastOnce, _) => Err(MqttFailure::Malformed(MqttError::PacketIdentifierInvalid)),
            (Qos::ExactlyOnce, _) => Err(MqttFailure::Unexpected(MqttError::QosNotSupported)),
        }
    }

    /// Queues a packet that `build` makes.
    fn send(
        &mut self,
        build: impl FnOnce(&mut Connection, &Settings) -> Result<Vec<Event>, MqttError>,
    ) -> Result<(), MqttFailure> {
        for event in build(&mut self.connection, &self.settings).map_err(MqttFailure::Unsendable)? {
            match event {
                Event::RequestSendPacket { packet, .. } => self.output.extend(packet.to_continuous_buffer()),
                Event::NotifyError(error) => return Err(MqttFailure::Unsendable(error)),
                _ => {}
            }
        }
        Ok(())
    }

    fn published(&mut self) {
        self.unacknowledged += usize::from(self.settings.qos == Qos::AtLeastOnce);
    }
}

/// Builds once, without a connection, what the settings will be asked for later.
pub(crate) fn rehearse(settings: &Settings) -> Result<(), MqttFailure> {
    packets::rehearse(settings).map_err(MqttFailure::Unsendable)?;
    Mqtt::connect(settings.clone()).map(drop)
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            protocol: Protocol::default(),
            client_id: "echo-board".to_string(),
            login: None,
            qos: Qos::default(),
            publish: wire::BOARD_TOPIC.to_owned(),
            subscribe: wire::HOST_TOPIC.to_owned(),
            status: Some(wire::STATUS_TOPIC.to_owned()),
        }
    }
}

/// Passwords are not for logs.
impl core::fmt::Debug for Settings {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Settings").field("client_id", &self.client_id).finish_non_exhaustive()
    }
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

/// MQTT 5, section 3.2.2.3.14.
fn server_keep_alive(properties: &[Property]) -> Option<u16> {
    properties.iter().find_map(|property| match property {
        Property::ServerKeepAlive(seconds) => Some(seconds.val()),
        _ => None,
    })
}

/// The number that a host sent back, if it did (MQTT 5, section 3.3.2.3.6).
fn correlation(properties: &[Property]) -> Option<u64> {
    properties.iter().find_map(|property| match property {
        Property::CorrelationData(data) => data.val().try_into().ok().map(u64::from_be_bytes),
        _ => None,
    })
}

const fn broken(error: MqttError) -> MqttFailure {
    match error {
        MqttError::PacketTooLarge => MqttFailure::TooLarge { limit: limits::PACKET },
        MqttError::ProtocolError | MqttError::TopicAliasInvalid | MqttError::ReceiveMaximumExceeded => {
            MqttFailure::Unexpected(error)
        }
        other => MqttFailure::Malformed(other),
    }
}

/// Whether a message on this topic can be for us. A filter with a wildcard takes what the broker matched.
pub(crate) fn subscribes(filter: &str, topic: &str) -> bool {
    filter == topic || filter.contains(['+', '#']) || filter.starts_with("$share/")
}
