//! What the broker says to a client, in both versions of MQTT.

use mqtt_protocol_core::mqtt::{
    Version,
    packet::{
        AssignedClientIdentifier, Property, Qos, SessionExpiryInterval, SharedSubscriptionAvailable,
        SubscriptionIdentifierAvailable, v3_1_1, v5_0,
    },
    result_code::{
        ConnectReasonCode, ConnectReturnCode, DisconnectReasonCode, MqttError, SubackReasonCode,
        SubackReturnCode, UnsubackReasonCode,
    },
};

use super::{
    super::routes::{Delivery, Refused},
    Wire,
};

impl Wire {
    /// CONNACK, with what this broker does not do and the ID of a client that brought none.
    pub(in super::super) fn accept(&mut self, named: Option<&str>) -> Result<(), MqttError> {
        let events = if self.is_5() {
            let mut properties: Vec<Property> = vec![
                SessionExpiryInterval::new(0)?.into(),
                SharedSubscriptionAvailable::new(0)?.into(),
                SubscriptionIdentifierAvailable::new(0)?.into(),
            ];
            if let Some(id) = named {
                properties.push(AssignedClientIdentifier::new(id)?.into());
            }
            let connack = v5_0::Connack::builder().session_present(false).props(properties);
            self.connection.checked_send(connack.reason_code(ConnectReasonCode::Success).build()?)
        } else {
            let connack = v3_1_1::Connack::builder().session_present(false);
            self.connection.checked_send(connack.return_code(ConnectReturnCode::Accepted).build()?)
        };
        self.sent(events)
    }

    /// SUBACK, with an answer to each filter.
    pub(in super::super) fn subscribed(
        &mut self,
        packet: u16,
        answers: &[Result<Qos, Refused>],
    ) -> Result<(), MqttError> {
        let events = if self.is_5() {
            let codes: Vec<_> = answers.iter().map(|&answer| reason(answer)).collect();
            let suback = v5_0::Suback::builder().packet_id(packet).reason_codes(codes);
            self.connection.checked_send(suback.build()?)
        } else {
            let codes: Vec<_> = answers.iter().map(|&answer| return_code(answer)).collect();
            let suback = v3_1_1::Suback::builder().packet_id(packet).return_codes(codes);
            self.connection.checked_send(suback.build()?)
        };
        self.sent(events)
    }

    /// UNSUBACK: for each filter whether there was such a subscription.
    pub(in super::super) fn unsubscribed(&mut self, packet: u16, existed: &[bool]) -> Result<(), MqttError> {
        let events = if self.is_5() {
            let code = |&existed: &bool| match existed {
                true => UnsubackReasonCode::Success,
                false => UnsubackReasonCode::NoSubscriptionExisted,
            };
            let codes: Vec<_> = existed.iter().map(code).collect();
            let unsuback = v5_0::Unsuback::builder().packet_id(packet).reason_codes(codes);
            self.connection.checked_send(unsuback.build()?)
        } else {
            self.connection.checked_send(v3_1_1::Unsuback::builder().packet_id(packet).build()?)
        };
        self.sent(events)
    }

    /// PUBLISH. A packet that is larger than what the client takes is left out (MQTT 5, section 3.1.2.11.4).
    pub(in super::super) fn deliver(&mut self, delivery: &Delivery) -> Result<(), MqttError> {
        let message = &delivery.message;
        let identifier = match delivery.qos {
            Qos::AtMostOnce => None,
            _ => Some(self.connection.acquire_packet_id()?),
        };
        macro_rules! build {
            ($builder:expr) => {{
                let mut packet = $builder
                    .topic_name(message.topic.as_str())?
                    .qos(delivery.qos)
                    .retain(delivery.retain)
                    .payload(message.payload.clone());
                if let Some(identifier) = identifier {
                    packet = packet.packet_id(identifier);
                }
                self.connection.checked_send(packet.build()?)
            }};
        }
        let events = if self.is_5() {
            build!(v5_0::Publish::builder().props(message.properties.clone()))
        } else {
            build!(v3_1_1::Publish::builder())
        };
        self.in_flight += usize::from(identifier.is_some());
        match self.sent(events) {
            Err(MqttError::PacketTooLarge) => {
                if let Some(identifier) = identifier {
                    let events = self.connection.release_packet_id(identifier);
                    self.sent(events)?;
                }
                Ok(())
            }
            other => other,
        }
    }

    /// DISCONNECT, for a client of MQTT 5: another one has come with its ID.
    pub(in super::super) fn taken_over(&mut self) -> Result<(), MqttError> {
        if !self.is_5() {
            return Ok(());
        }
        let disconnect = v5_0::Disconnect::builder().reason_code(DisconnectReasonCode::SessionTakenOver);
        let events = self.connection.checked_send(disconnect.build()?);
        self.sent(events)
    }

    fn is_5(&self) -> bool {
        self.connection.get_protocol_version() == Version::V5_0
    }
}

const fn reason(answer: Result<Qos, Refused>) -> SubackReasonCode {
    match answer {
        Ok(Qos::AtMostOnce) => SubackReasonCode::GrantedQos0,
        Ok(Qos::AtLeastOnce) => SubackReasonCode::GrantedQos1,
        Ok(Qos::ExactlyOnce) => SubackReasonCode::GrantedQos2,
        Err(Refused::Filter) => SubackReasonCode::TopicFilterInvalid,
        Err(Refused::Shared) => SubackReasonCode::SharedSubscriptionsNotSupported,
        Err(Refused::Quota) => SubackReasonCode::QuotaExceeded,
    }
}

const fn return_code(answer: Result<Qos, Refused>) -> SubackReturnCode {
    match answer {
        Ok(Qos::AtMostOnce) => SubackReturnCode::SuccessMaximumQos0,
        Ok(Qos::AtLeastOnce) => SubackReturnCode::SuccessMaximumQos1,
        Ok(Qos::ExactlyOnce) => SubackReturnCode::SuccessMaximumQos2,
        Err(_) => SubackReturnCode::Failure,
    }
}
