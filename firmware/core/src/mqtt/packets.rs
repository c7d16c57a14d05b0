//! The packets that the board sends, each in both versions of MQTT.

use alloc::{string::ToString as _, vec::Vec};
use core::time::Duration;

use mqtt_protocol_core::mqtt::{
    connection::Event,
    packet::{
        self, CorrelationData, Property, RetainHandling, SubEntry, SubOpts, UserProperty, v3_1_1, v5_0,
    },
    result_code::MqttError,
};

use super::{Connection, OFFLINE, Protocol, Qos, Settings};
use crate::{board::Message, limits, wire};

/// What the library made of a packet: mostly that it is to be sent.
type Sent = Result<Vec<Event>, MqttError>;

/// The last will is on the status topic: whoever watches it sees a board go, also one that loses its network.
pub(super) fn connect(connection: &mut Connection, settings: &Settings) -> Sent {
    // The two builders have the same methods and no common trait.
    macro_rules! build {
        ($builder:expr) => {{
            let mut packet =
                $builder.keep_alive(limits::KEEP_ALIVE).client_id(settings.client_id.as_str())?;
            if let Some(topic) = &settings.status {
                packet = packet.will_message(topic.as_str(), OFFLINE, settings.qos.into(), true)?;
            }
            if let Some((name, password)) = &settings.login {
                packet = packet.user_name(name.as_str())?.password(password)?;
            }
            connection.checked_send(packet.build()?)
        }};
    }
    Ok(match settings.protocol {
        Protocol::V311 => build!(v3_1_1::Connect::builder().clean_session(true)),
        Protocol::V5 => build!(v5_0::Connect::builder().clean_start(true)),
    })
}

/// With MQTT 5 neither retained messages, which are from before us, nor messages of our own are wanted.
pub(super) fn subscribe(connection: &mut Connection, settings: &Settings) -> Sent {
    let identifier = connection.acquire_packet_id()?;
    let options = SubOpts::new().set_qos(settings.qos.into());
    let entry = |options| SubEntry::new(settings.subscribe.as_str(), options);
    Ok(match settings.protocol {
        Protocol::V311 => connection.checked_send(
            v3_1_1::Subscribe::builder().packet_id(identifier).entries([entry(options)?]).build()?,
        ),
        Protocol::V5 => {
            // No Local is not allowed on a shared subscription (MQTT 5, section 3.8.3.1).
            let shared = settings.subscribe.starts_with("$share/");
            let options = options.set_nl(!shared).set_rh(RetainHandling::DoNotSendRetained);
            connection.checked_send(
                v5_0::Subscribe::builder().packet_id(identifier).entries([entry(options)?]).build()?,
            )
        }
    })
}

pub(super) fn publish(
    connection: &mut Connection,
    settings: &Settings,
    message: &Message,
    uptime: Duration,
) -> Sent {
    let properties = match settings.protocol {
        Protocol::V311 => Vec::new(),
        Protocol::V5 => describe(message, uptime)?,
    };
    publish_on(connection, settings, &settings.publish, &message.text, false, properties)
}

pub(super) fn announce(connection: &mut Connection, settings: &Settings, status: &str) -> Sent {
    let topic = settings.status.as_deref().unwrap_or_default();
    publish_on(connection, settings, topic, status.as_bytes(), true, Vec::new())
}

pub(super) fn acknowledge(connection: &mut Connection, settings: &Settings, identifier: u16) -> Sent {
    Ok(match settings.protocol {
        Protocol::V311 => connection.checked_send(v3_1_1::Puback::builder().packet_id(identifier).build()?),
        Protocol::V5 => connection.checked_send(v5_0::Puback::builder().packet_id(identifier).build()?),
    })
}

pub(super) fn ping(connection: &mut Connection, settings: &Settings) -> Sent {
    Ok(match settings.protocol {
        Protocol::V311 => connection.checked_send(v3_1_1::Pingreq::builder().build()?),
        Protocol::V5 => connection.checked_send(v5_0::Pingreq::builder().build()?),
    })
}

pub(super) fn disconnect(connection: &mut Connection, settings: &Settings) -> Sent {
    Ok(match settings.protocol {
        Protocol::V311 => connection.checked_send(v3_1_1::Disconnect::builder().build()?),
        Protocol::V5 => connection.checked_send(v5_0::Disconnect::builder().build()?),
    })
}

/// Finds out whether the topics can be sent at all.
pub(super) fn rehearse(settings: &Settings) -> Result<(), MqttError> {
    let topics = core::iter::once(&settings.publish).chain(&settings.status);
    for topic in topics {
        if topic.is_empty() {
            return Err(MqttError::TopicNameInvalid);
        }
        v3_1_1::Publish::builder().topic_name(topic.as_str())?.payload(()).build()?;
    }
    if settings.subscribe.is_empty() {
        return Err(MqttError::TopicFilterInvalid);
    }
    SubEntry::new(settings.subscribe.as_str(), SubOpts::new())?;
    Ok(())
}

fn publish_on(
    connection: &mut Connection,
    settings: &Settings,
    topic: &str,
    payload: &[u8],
    retain: bool,
    properties: Vec<Property>,
) -> Sent {
    let identifier = match settings.qos {
        Qos::AtMostOnce => None,
        Qos::AtLeastOnce => Some(connection.acquire_packet_id()?),
    };
    // The two builders have the same methods and no common trait.
    macro_rules! build {
        ($builder:expr) => {{
            let mut packet =
                $builder.topic_name(topic)?.qos(settings.qos.into()).retain(retain).payload(payload);
            if let Some(identifier) = identifier {
                packet = packet.packet_id(identifier);
            }
            connection.checked_send(packet.build()?)
        }};
    }
    Ok(match settings.protocol {
        Protocol::V311 => build!(v3_1_1::Publish::builder()),
        Protocol::V5 => build!(v5_0::Publish::builder().props(properties)),
    })
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

impl From<Qos> for packet::Qos {
    fn from(qos: Qos) -> Self {
        match qos {
            Qos::AtMostOnce => Self::AtMostOnce,
            Qos::AtLeastOnce => Self::AtLeastOnce,
        }
    }
}
