//! The seam between the two versions of MQTT: one set of packets, one client, two crates behind it.
//!
//! [`Client`] is where requests go in, [`EventLoop`] what has to be polled. They are two because a poll that is under way
//! must not be dropped (a packet could be lost), and requests are made while it waits.

mod v311;
mod v5;

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;

use super::stream::Stream;
use crate::profile::{Protocol, Qos};

/// How much the clients admit at once, read and write. 128 is the most that the client reads in a batch.
pub(super) const BATCH: usize = 128;
/// Requests that fit between us and the event loop: a batch of echoes, a batch of acknowledgements and some more.
pub(super) const REQUESTS: usize = 1_024;
/// Echoes under way at QoS 1 and 2. The clients walk a table of this length at every flush, so that larger is slower.
pub(super) const IN_FLIGHT: u16 = 256;
/// How many messages of the board the broker may have under way to us unacknowledged (MQTT 5, section 3.1.2.11.3).
pub(super) const RECEIVE_MAXIMUM: u16 = 1_024;
/// How long a broker keeps our session while we are away, at QoS 1 and 2 (MQTT 5, section 3.1.2.11.2).
const SESSION_EXPIRY: u32 = 3_600;
/// The largest MQTT packet there can be: four bytes of remaining length (MQTT 5, section 1.5.5) and the fixed header.
pub(super) const LARGEST_PACKET: u64 = 268_435_455 + 5;

/// How to introduce ourselves.
#[derive(Clone, Debug)]
pub(super) struct Introduction {
    pub(super) client_id: String,
    pub(super) keep_alive: u16,
    pub(super) login: Option<(String, Bytes)>,
    /// Whether the broker shall keep our session across connections, and we acknowledge by hand: QoS 1 and 2.
    pub(super) persistent: bool,
}

/// What happened on the line, in one language.
#[derive(Debug)]
pub(super) enum Packet {
    /// CONNACK, accepted.
    Welcome(Welcome),
    /// PUBLISH from the broker.
    Message(Message),
    /// A PUBLISH of ours was handed to the socket; packet identifier 0 at QoS 0.
    Handed(u16),
    /// The broker took a PUBLISH of ours, or refused it (reason code of 0x80 and above): PUBACK or PUBREC.
    Taken { packet: u16, reason: u8 },
    /// The broker's last word on a PUBLISH of ours: PUBACK or PUBCOMP.
    Completed(u16),
    /// SUBACK with the reason code of our one filter.
    Subscribed(u8),
    /// An acknowledgement of ours, PUBACK or PUBREC, was handed to the socket.
    Acknowledged(u16),
    /// Our UNSUBSCRIBE was handed to the socket.
    UnsubscribeHanded,
    /// UNSUBACK.
    Unsubscribed,
    /// DISCONNECT was handed to the socket.
    Farewell,
    /// Nothing that concerns anybody.
    Other,
}

/// CONNACK.
#[derive(Debug)]
pub(super) struct Welcome {
    pub(super) session_present: bool,
    /// The client ID that the broker assigned.
    pub(super) assigned_id: Option<String>,
    /// The keep alive that the broker wants.
    pub(super) keep_alive: Option<u16>,
    pub(super) maximum_packet: Option<u32>,
    /// How many PUBLISH at QoS 1 and 2 it takes at once.
    pub(super) receive_maximum: u16,
    pub(super) maximum_qos: Qos,
}

/// PUBLISH from the broker.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) topic: Bytes,
    pub(super) payload: Bytes,
    pub(super) qos: Qos,
    pub(super) retain: bool,
    pub(super) duplicate: bool,
    /// Packet identifier; 0 at QoS 0.
    pub(super) packet: u16,
    /// MQTT 5 only.
    pub(super) properties: Option<Box<Properties>>,
}

/// The properties of a PUBLISH that we care about.
#[derive(Debug, Default)]
pub(super) struct Properties {
    pub(super) correlation: Option<Bytes>,
    pub(super) user: Vec<(String, String)>,
}

/// Why the line cannot go on.
#[derive(Debug)]
pub(super) enum Broken {
    /// The stream ended: the gauge knows why.
    Stream,
    /// No CONNACK in time.
    Silent { after: Duration },
    /// CONNACK with a refusal.
    Refused(u8),
    /// DISCONNECT from the broker.
    Told { code: u8, text: Option<String> },
    /// PINGREQ without PINGRESP.
    PingUnanswered,
    /// What came cannot be read as MQTT.
    Unreadable(String),
    /// A readable packet that must not come now.
    Violation(String),
    /// We and the broker disagree about whether there is a session.
    SessionMismatch { session_present: bool },
    /// Larger than is taken.
    TooLarge { bytes: u64, limit: u64 },
}

/// An echo on its way out.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) payload: Bytes,
    pub(super) qos: Qos,
    pub(super) correlation: Option<Bytes>,
}

/// What became of an echo at QoS 1 or 2 that was given to the client.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    /// The client has it, or the broker does.
    Pending,
    /// The broker answered with this reason code.
    Answered(u8),
    /// It is nowhere any more: give it again.
    Gone,
}

/// Remembers one publish at QoS 1 or 2. Needed only when a connection broke: the packets that were read with the last
/// batch are dropped by the client, but not what it learnt from them.
#[derive(Debug)]
pub(super) enum Receipt {
    V5(v5::Receipt),
    V311(v311::Receipt),
    #[cfg(test)]
    Test(Fate),
}

impl Receipt {
    pub(super) fn fate(&mut self) -> Fate {
        match self {
            Self::V5(receipt) => receipt.fate(),
            Self::V311(receipt) => receipt.fate(),
            #[cfg(test)]
            Self::Test(fate) => *fate,
        }
    }
}

/// The stream that the next connection will use: put there by us, taken by the client's connector.
pub(super) type Slot = Arc<Mutex<Option<Stream>>>;

fn take(slot: &Slot) -> io::Result<Stream> {
    slot.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take()
        .ok_or_else(|| io::ErrorKind::NotConnected.into())
}

/// Where requests go in. None of them waits: a request that doesn't fit comes back as `false`.
#[derive(Clone, Debug)]
pub(super) enum Client {
    V5(v5::Client),
    V311(v311::Client),
}

/// What has to be polled.
pub(super) enum EventLoop {
    V5(Box<v5::EventLoop>),
    V311(Box<v311::EventLoop>),
}

/// A client for one session, in the version that the profile wants. `slot` must hold a stream before each connection.
pub(super) fn open(
    protocol: Protocol,
    introduction: &Introduction,
    topic: &str,
    slot: &Slot,
) -> (Client, EventLoop) {
    match protocol {
        Protocol::V5 => {
            let (client, events) = v5::open(introduction, topic, slot);
            (Client::V5(client), EventLoop::V5(Box::new(events)))
        }
        Protocol::V311 => {
            let (client, events) = v311::open(introduction, topic, slot);
            (Client::V311(client), EventLoop::V311(Box::new(events)))
        }
    }
}

impl Client {
    /// Gives an echo to the client. At QoS 1 and 2 with a receipt.
    pub(super) fn publish(&self, echo: Outgoing) -> Result<Option<Receipt>, Full> {
        match self {
            Self::V5(client) => client.publish(echo).map(|receipt| receipt.map(Receipt::V5)),
            Self::V311(client) => client.publish(echo).map(|receipt| receipt.map(Receipt::V311)),
        }
    }

    /// Acknowledges a message of the board: PUBACK or PUBREC. `reason` is heard in MQTT 5 only.
    pub(super) fn acknowledge(&self, packet: u16, qos: Qos, reason: u8) -> Result<(), Full> {
        match self {
            Self::V5(client) => client.acknowledge(packet, qos, reason),
            Self::V311(client) => client.acknowledge(packet, qos),
        }
    }

    pub(super) fn subscribe(&self, filter: &str, qos: Qos) -> Result<(), Full> {
        match self {
            Self::V5(client) => client.subscribe(filter, qos),
            Self::V311(client) => client.subscribe(filter, qos),
        }
    }

    pub(super) fn unsubscribe(&self, filter: &str) -> Result<(), Full> {
        match self {
            Self::V5(client) => client.unsubscribe(filter),
            Self::V311(client) => client.unsubscribe(filter),
        }
    }

    /// DISCONNECT as soon as what is under way is acknowledged, at the latest after `patience`.
    pub(super) fn disconnect(&self, patience: Duration) -> Result<(), Full> {
        match self {
            Self::V5(client) => client.disconnect(patience),
            Self::V311(client) => client.disconnect(patience),
        }
    }
}

/// No room between us and the event loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

impl EventLoop {
    /// The next thing that happened. Connects first where there is no connection. Must not be dropped while it waits,
    /// except to end the connection.
    pub(super) async fn poll(&mut self) -> Result<Packet, Broken> {
        match self {
            Self::V5(events) => events.poll().await,
            Self::V311(events) => events.poll().await,
        }
    }

    /// The next thing that happened, if it happened already: a poll is a large future, and one read or write makes many
    /// packets.
    pub(super) fn ready(&mut self) -> Option<Packet> {
        match self {
            Self::V5(events) => events.ready(),
            Self::V311(events) => events.ready(),
        }
    }

    /// Ends the connection without a word. What the broker must still answer at QoS 1 and 2 is kept for the next one.
    /// Not after [`EventLoop::poll`] has failed: then it is done already, and the client's books would suffer.
    pub(super) fn hang_up(&mut self) {
        match self {
            Self::V5(events) => events.hang_up(),
            Self::V311(events) => events.hang_up(),
        }
    }

    /// Forgets all that was not handed out, so that it does not come later.
    pub(super) fn forget(&mut self) {
        match self {
            Self::V5(events) => events.forget(),
            Self::V311(events) => events.forget(),
        }
    }
}

/// How many bytes a PUBLISH takes on the wire (MQTT 5, section 3.3; MQTT 3.1.1, section 3.3).
pub(super) fn encoded_size(protocol: Protocol, topic: &str, echo: &Outgoing) -> u64 {
    let properties = match (protocol, &echo.correlation) {
        (Protocol::V311, _) => 0,
        (Protocol::V5, None) => 1,
        // Identifier, length, data; and the length of all properties before them.
        (Protocol::V5, Some(data)) => {
            let length = 1 + 2 + data.len() as u64;
            length_of_length(length) + length
        }
    };
    let identifier = if echo.qos == Qos::AtMostOnce { 0 } else { 2 };
    let remaining = 2 + topic.len() as u64 + identifier + properties + echo.payload.len() as u64;
    1 + length_of_length(remaining) + remaining
}

/// The size of a Variable Byte Integer (MQTT 5, section 1.5.5).
fn length_of_length(length: u64) -> u64 {
    match length {
        0..128 => 1,
        128..16_384 => 2,
        16_384..2_097_152 => 3,
        _ => 4,
    }
}
