//! The broker's end of a connection.

use echo_board::mqtt::{Protocol, Qos};
use mqtt_protocol_core::mqtt::{
    self,
    common::Cursor,
    connection::Event,
    packet::{CorrelationData, GenericPacketTrait, Packet, Property, v3_1_1, v5_0},
    result_code::{ConnectReasonCode, ConnectReturnCode, SubackReasonCode, SubackReturnCode},
    role,
};

/// A message as the broker saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub topic: String,
    pub text: Vec<u8>,
    pub retain: bool,
    pub correlation: Option<Vec<u8>>,
    pub properties: Vec<(String, String)>,
}

/// The broker's end of one connection.
pub struct Broker {
    connection: mqtt::Connection<role::Server>,
    protocol: Protocol,
    qos: Qos,
    pub output: Vec<u8>,
    /// PUBLISH packets of the board.
    pub seen: Vec<Seen>,
    /// How many of them the host has taken.
    pub taken: usize,
    /// The board may be sent messages.
    pub subscribed: bool,
    /// The other packets, by their names.
    pub packets: Vec<String>,
    pub server_keep_alive: Option<u16>,
    pub answers_pings: bool,
}

impl Broker {
    pub fn new(protocol: Protocol, qos: Qos) -> Self {
        let version = match protocol {
            Protocol::V311 => mqtt::Version::V3_1_1,
            Protocol::V5 => mqtt::Version::V5_0,
        };
        Self {
            connection: mqtt::Connection::new(version),
            protocol,
            qos,
            output: Vec::new(),
            seen: Vec::new(),
            taken: 0,
            subscribed: false,
            packets: Vec::new(),
            server_keep_alive: None,
            answers_pings: true,
        }
    }

    pub fn input(&mut self, bytes: &[u8]) {
        let mut cursor = Cursor::new(bytes);
        while cursor.position() < bytes.len() as u64 {
            for event in self.connection.recv(&mut cursor) {
                match event {
                    Event::NotifyPacketReceived(packet) => self.packet(packet),
                    Event::NotifyError(error) => panic!("the board sent what a broker must refuse: {error}"),
                    _ => {}
                }
            }
        }
    }

    /// Sends a message to the board.
    pub fn publish(&mut self, topic: &str, text: &[u8], retain: bool, correlation: Option<&[u8]>) {
        let identifier = (self.qos == Qos::AtLeastOnce).then(|| self.connection.acquire_packet_id().unwrap());
        let events = match self.protocol {
            Protocol::V311 => {
                let mut packet = v3_1_1::Publish::builder().topic_name(topic).unwrap();
                packet = packet.retain(retain).payload(text);
                if let Some(identifier) = identifier {
                    packet = packet.qos(mqtt::packet::Qos::AtLeastOnce).packet_id(identifier);
                }
                self.connection.checked_send(packet.build().unwrap())
            }
            Protocol::V5 => {
                let mut packet = v5_0::Publish::builder().topic_name(topic).unwrap();
                packet = packet.retain(retain).payload(text);
                if let Some(identifier) = identifier {
                    packet = packet.qos(mqtt::packet::Qos::AtLeastOnce).packet_id(identifier);
                }
                let properties: Vec<Property> = correlation
                    .map(|data| CorrelationData::new(data.to_vec()).unwrap().into())
                    .into_iter()
                    .collect();
                self.connection.checked_send(packet.props(properties).build().unwrap())
            }
        };
        self.send(events);
    }

    fn packet(&mut self, packet: Packet) {
        self.packets.push(packet.packet_type().to_string().trim_matches('"').to_owned());
        match packet {
            Packet::V3_1_1Connect(_) => {
                let connack = v3_1_1::Connack::builder()
                    .session_present(false)
                    .return_code(ConnectReturnCode::Accepted)
                    .build();
                let events = self.connection.checked_send(connack.unwrap());
                self.send(events);
            }
            Packet::V5_0Connect(_) => {
                let properties: Vec<Property> = self
                    .server_keep_alive
                    .map(|seconds| mqtt::packet::ServerKeepAlive::new(seconds).unwrap().into())
                    .into_iter()
                    .collect();
                let connack = v5_0::Connack::builder()
                    .session_present(false)
                    .reason_code(ConnectReasonCode::Success)
                    .props(properties)
                    .build();
                let events = self.connection.checked_send(connack.unwrap());
                self.send(events);
            }
            Packet::V3_1_1Subscribe(subscribe) => {
                self.subscribed = true;
                let suback = v3_1_1::Suback::builder()
                    .packet_id(subscribe.packet_id())
                    .return_codes(vec![SubackReturnCode::SuccessMaximumQos1])
                    .build();
                let events = self.connection.checked_send(suback.unwrap());
                self.send(events);
            }
            Packet::V5_0Subscribe(subscribe) => {
                self.subscribed = true;
                let suback = v5_0::Suback::builder()
                    .packet_id(subscribe.packet_id())
                    .reason_codes(vec![SubackReasonCode::GrantedQos1])
                    .build();
                let events = self.connection.checked_send(suback.unwrap());
                self.send(events);
            }
            Packet::V3_1_1Publish(publish) => {
                if let Some(identifier) = publish.packet_id() {
                    let puback = v3_1_1::Puback::builder().packet_id(identifier).build();
                    let events = self.connection.checked_send(puback.unwrap());
                    self.send(events);
                }
                self.seen.push(Seen {
                    topic: publish.topic_name().to_owned(),
                    text: publish.payload().as_slice().to_vec(),
                    retain: publish.retain(),
                    correlation: None,
                    properties: Vec::new(),
                });
            }
            Packet::V5_0Publish(publish) => {
                if let Some(identifier) = publish.packet_id() {
                    let puback = v5_0::Puback::builder().packet_id(identifier).build();
                    let events = self.connection.checked_send(puback.unwrap());
                    self.send(events);
                }
                self.seen.push(Seen {
                    topic: publish.topic_name().to_owned(),
                    text: publish.payload().as_slice().to_vec(),
                    retain: publish.retain(),
                    correlation: publish.props().iter().find_map(|property| match property {
                        Property::CorrelationData(data) => Some(data.val().to_vec()),
                        _ => None,
                    }),
                    properties: publish.props().iter().filter_map(user_property).collect(),
                });
            }
            Packet::V3_1_1Pingreq(_) if self.answers_pings => {
                let events = self.connection.checked_send(v3_1_1::Pingresp::builder().build().unwrap());
                self.send(events);
            }
            Packet::V5_0Pingreq(_) if self.answers_pings => {
                let events = self.connection.checked_send(v5_0::Pingresp::builder().build().unwrap());
                self.send(events);
            }
            _ => {}
        }
    }

    fn send(&mut self, events: Vec<Event>) {
        for event in events {
            match event {
                Event::RequestSendPacket { packet, .. } => self.output.extend(packet.to_continuous_buffer()),
                Event::NotifyError(error) => panic!("the fake broker cannot send: {error}"),
                _ => {}
            }
        }
    }
}

fn user_property(property: &Property) -> Option<(String, String)> {
    match property {
        Property::UserProperty(pair) => Some((pair.key().to_owned(), pair.val().to_owned())),
        _ => None,
    }
}
