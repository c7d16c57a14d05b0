//! The broker's end of one MQTT connection, 3.1.1 or 5, bytes in and bytes out: a seam around `mqtt-protocol-core`.
//!
//! Acknowledgements are built here, after the packet identifier was checked (the library's own would panic on
//! identifier 0). The first error ends the connection, after what is in the output.

mod answers;

use mqtt_protocol_core::mqtt::{
    ArcPayload, Connection, IntoPayload as _, Version,
    common::Cursor,
    connection::{ConnectionOptions, Event},
    packet::{GenericPacketTrait as _, MqttString, Packet, Property, Qos, SubEntry, v3_1_1, v5_0},
    result_code::{DisconnectReasonCode, MqttError},
    role,
};

/// A payload as large as the largest that MQTT knows is for a real broker.
const LARGEST_PACKET: u32 = 1024 * 1024;
/// Messages that a client has not acknowledged, where it sets no lower limit (MQTT 5, section 4.9).
const MOST_IN_FLIGHT: usize = 1_000;

/// A message, as it goes to whoever subscribed to it.
pub(super) struct Message {
    pub(super) topic: String,
    pub(super) payload: ArcPayload,
    pub(super) qos: Qos,
    pub(super) retain: bool,
    /// Those that are for the receiver.
    pub(super) properties: Vec<Property>,
}

/// What a client wants. What only needs an acknowledgement has it in the output already.
pub(super) enum Request {
    Connect { id: String, keep_alive: u16, will: Option<Message> },
    Subscribe { packet: u16, entries: Vec<SubEntry> },
    Unsubscribe { packet: u16, filters: Vec<String> },
    Publish(Message),
    Disconnect { will: bool },
}

/// One connection from its first byte on.
pub(super) struct Wire {
    connection: Connection<role::Server>,
    output: Vec<u8>,
    in_flight: usize,
}

/// Queues a packet of whichever version the client speaks: the builders have the same methods and no common trait.
macro_rules! send {
    ($wire:expr, $packet:ident $(. $method:ident ($argument:expr))*) => {{
        let events = match $wire.connection.get_protocol_version() {
            Version::V5_0 => $wire.connection.checked_send(v5_0::$packet::builder()$(.$method($argument))*.build()?),
            _ => $wire.connection.checked_send(v3_1_1::$packet::builder()$(.$method($argument))*.build()?),
        };
        $wire.sent(events)
    }};
}
// The packets of the two versions have the same methods and no common trait.
macro_rules! will {
    ($connect:expr, $properties:expr) => {
        $connect.will_topic().map(|topic| Message {
            topic: topic.to_owned(),
            payload: $connect.will_payload().unwrap_or_default().into_payload(),
            qos: $connect.will_qos(),
            retain: $connect.will_retain(),
            properties: $properties,
        })
    };
}
macro_rules! message {
    ($publish:expr, $properties:expr) => {
        Message {
            topic: $publish.topic_name().to_owned(),
            payload: $publish.payload().clone(),
            qos: $publish.qos(),
            retain: $publish.retain(),
            properties: $properties,
        }
    };
}

impl Wire {
    pub(super) fn new() -> Self {
        let options = ConnectionOptions::new().maximum_packet_size_recv(LARGEST_PACKET);
        let connection = Connection::with_options(Version::Undetermined, options);
        Self { connection, output: Vec::new(), in_flight: 0 }
    }

    /// The bytes that are to be sent; the caller empties it.
    pub(super) const fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// Takes the client's bytes off the front until they make a request.
    pub(super) fn input(&mut self, bytes: &mut &[u8]) -> Result<Option<Request>, MqttError> {
        while !bytes.is_empty() {
            let mut cursor = Cursor::new(*bytes);
            let events = self.connection.recv(&mut cursor);
            *bytes = &bytes[cursor.position() as usize..];
            let mut request = None;
            for event in events {
                match event {
                    Event::NotifyPacketReceived(packet) => request = self.packet(packet)?,
                    other => self.sent(vec![other])?,
                }
            }
            if request.is_some() {
                return Ok(request);
            }
        }
        Ok(None)
    }

    /// Whether the client takes another message now.
    pub(super) fn takes_messages(&self) -> bool {
        self.in_flight < MOST_IN_FLIGHT && self.connection.get_receive_maximum_vacancy_for_send() != Some(0)
    }

    fn packet(&mut self, packet: Packet) -> Result<Option<Request>, MqttError> {
        let request = match packet {
            Packet::V3_1_1Connect(packet) => {
                let will = will!(packet, Vec::new());
                Request::Connect { id: packet.client_id().to_owned(), keep_alive: packet.keep_alive(), will }
            }
            Packet::V5_0Connect(packet) => {
                let will = will!(packet, forwarded(packet.will_props()));
                Request::Connect { id: packet.client_id().to_owned(), keep_alive: packet.keep_alive(), will }
            }
            Packet::V3_1_1Publish(packet) => {
                self.acknowledge(packet.qos(), packet.packet_id())?;
                Request::Publish(message!(packet, Vec::new()))
            }
            Packet::V5_0Publish(packet) => {
                self.acknowledge(packet.qos(), packet.packet_id())?;
                Request::Publish(message!(packet, forwarded(packet.props())))
            }
            Packet::V3_1_1Subscribe(packet) => {
                Request::Subscribe { packet: packet.packet_id(), entries: packet.entries().clone() }
            }
            Packet::V5_0Subscribe(packet) => {
                Request::Subscribe { packet: packet.packet_id(), entries: packet.entries().clone() }
            }
            Packet::V3_1_1Unsubscribe(packet) => {
                Request::Unsubscribe { packet: packet.packet_id(), filters: texts(packet.entries()) }
            }
            Packet::V5_0Unsubscribe(packet) => {
                Request::Unsubscribe { packet: packet.packet_id(), filters: texts(packet.entries()) }
            }
            Packet::V3_1_1Disconnect(_) => Request::Disconnect { will: false },
            Packet::V5_0Disconnect(packet) => Request::Disconnect {
                will: packet.reason_code() == Some(DisconnectReasonCode::DisconnectWithWillMessage),
            },
            Packet::V3_1_1Pubrec(packet) => return self.release(packet.packet_id()),
            // One that the client refused is over (MQTT 5, section 4.3.3).
            Packet::V5_0Pubrec(packet) if packet.reason_code().is_none_or(|code| code.is_success()) => {
                return self.release(packet.packet_id());
            }
            Packet::V3_1_1Pubrel(packet) => return self.complete(packet.packet_id()),
            Packet::V5_0Pubrel(packet) => return self.complete(packet.packet_id()),
            Packet::V3_1_1Pingreq(_) | Packet::V5_0Pingreq(_) => {
                send!(self, Pingresp)?;
                return Ok(None);
            }
            _ => return Ok(None),
        };
        if let Request::Publish(message) = &request
            && (message.topic.is_empty() || message.topic.contains(['+', '#']))
        {
            return Err(MqttError::TopicNameInvalid);
        }
        Ok(Some(request))
    }

    /// PUBACK or PUBREC, where the message wants one.
    fn acknowledge(&mut self, qos: Qos, identifier: Option<u16>) -> Result<(), MqttError> {
        match (qos, identifier) {
            (Qos::AtMostOnce, _) => Ok(()),
            (Qos::AtLeastOnce, Some(identifier)) => send!(self, Puback.packet_id(identifier)),
            (Qos::ExactlyOnce, Some(identifier)) => send!(self, Pubrec.packet_id(identifier)),
            (_, None) => Err(MqttError::PacketIdentifierInvalid),
        }
    }

    fn release(&mut self, identifier: u16) -> Result<Option<Request>, MqttError> {
        send!(self, Pubrel.packet_id(identifier)).map(|()| None)
    }

    fn complete(&mut self, identifier: u16) -> Result<Option<Request>, MqttError> {
        send!(self, Pubcomp.packet_id(identifier)).map(|()| None)
    }

    /// Takes what the library made of a packet: mostly that it is to be sent.
    fn sent(&mut self, events: Vec<Event>) -> Result<(), MqttError> {
        for event in events {
            match event {
                Event::RequestSendPacket { packet, .. } => self.output.extend(packet.to_continuous_buffer()),
                Event::NotifyPacketIdReleased(_) => self.in_flight = self.in_flight.saturating_sub(1),
                Event::NotifyError(problem) => return Err(problem),
                _ => {}
            }
        }
        Ok(())
    }
}

fn texts(entries: &[MqttString]) -> Vec<String> {
    entries.iter().map(|text| text.as_str().to_owned()).collect()
}

/// The properties that go on to the receivers (MQTT 5, section 3.3.2.3).
fn forwarded(properties: &[Property]) -> Vec<Property> {
    let for_them = |property: &&Property| {
        matches!(
            property,
            Property::PayloadFormatIndicator(_)
                | Property::MessageExpiryInterval(_)
                | Property::ContentType(_)
                | Property::ResponseTopic(_)
                | Property::CorrelationData(_)
                | Property::UserProperty(_)
        )
    };
    properties.iter().filter(for_them).cloned().collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::{collection::vec, prelude::*};

    use super::{super::routes::Delivery, *};

    /// CONNECT of a client "a": 3.1.1 (section 3.1), and 5 with no properties.
    const CONNECT: [&[u8]; 2] = [
        &[0x10, 13, 0, 4, b'M', b'Q', b'T', b'T', 4, 2, 0, 0, 0, 1, b'a'],
        &[0x10, 14, 0, 4, b'M', b'Q', b'T', b'T', 5, 2, 0, 0, 0, 0, 1, b'a'],
    ];

    fn accepted(version: usize) -> Wire {
        let mut wire = Wire::new();
        let request = wire.input(&mut { CONNECT[version] }).unwrap();
        assert!(matches!(request, Some(Request::Connect { id, .. }) if id == "a"));
        wire.accept(None).unwrap();
        wire
    }

    /// Reads until a mistake, and answers as a client of the broker is answered.
    fn read(wire: &mut Wire, mut bytes: &[u8]) -> Result<(), MqttError> {
        while let Some(request) = wire.input(&mut bytes)? {
            match request {
                Request::Subscribe { packet, entries } => {
                    wire.subscribed(packet, &vec![Ok(Qos::AtMostOnce); entries.len()])?;
                }
                Request::Unsubscribe { packet, filters } => {
                    wire.unsubscribed(packet, &vec![true; filters.len()])?;
                }
                Request::Publish(message) => {
                    assert!(!message.topic.is_empty() && !message.topic.contains(['+', '#']));
                    let (qos, retain) = (message.qos, message.retain);
                    wire.deliver(&Delivery { message: message.into(), qos, retain })?;
                }
                Request::Connect { .. } | Request::Disconnect { .. } => break,
            }
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn no_bytes_of_a_client_make_it_panic(
            version in 0..2_usize,
            packets in vec((any::<u8>(), vec(prop_oneof![0..6_u8, any::<u8>()], 0..40)), 1..8),
        ) {
            let mut wire = accepted(version);
            for (head, body) in packets {
                let packet = [&[head, u8::try_from(body.len()).unwrap()][..], &body].concat();
                if read(&mut wire, &packet).is_err() {
                    break;
                }
            }
        }

        #[test]
        fn bytes_before_connect_are_refused_or_waited_for(bytes in vec(any::<u8>(), 0..64)) {
            let request = Wire::new().input(&mut bytes.as_slice());
            let fits = matches!(request, Ok(None | Some(Request::Connect { .. })) | Err(_));
            prop_assert!(fits, "a request of somebody who is not in");
        }
    }
}
