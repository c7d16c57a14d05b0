//! The limits of a connection, in time and in space.

use core::time::Duration;

/// Opening a connection, the name's look-up included.
pub const OPEN: Duration = Duration::from_secs(15);
/// The TLS handshake from ClientHello to its end, however the bytes trickle.
pub const TLS: Duration = Duration::from_secs(15);
/// CONNECT to CONNACK, SUBSCRIBE to SUBACK, PINGREQ to PINGRESP.
pub const ANSWER: Duration = Duration::from_secs(10);
/// Between two pings.
pub const PING: Duration = Duration::from_secs(30);
/// Keep alive told to the broker, in seconds (MQTT 5, section 3.1.2.10).
pub const KEEP_ALIVE: u16 = 300;

/// The longest TLS record taken, in bytes: rustls refuses a longer one by its header, before its body is awaited.
pub const RECORD: usize = 16 * 1024 + 2048;
/// The bytes that the broker's whole handshake may have: a chain of certificates and little else. Until it is over nobody
/// has proved who they are, so this much memory is anybody's.
pub const HANDSHAKE: usize = 16 * 1024;
/// The largest MQTT packet taken, in bytes. With MQTT 5 the broker is told and keeps larger ones to itself; with 3.1.1 a
/// larger one ends the connection. Far above the longest message, so that too long ones can be counted.
pub const PACKET: u32 = 4 * 1024;
/// PUBLISH packets with QoS 1 that the broker may have under way to us.
pub const RECEIVE_MAXIMUM: u16 = 16;
/// Messages of ours that may wait for their PUBACK.
pub const UNACKNOWLEDGED: usize = 64;
/// Bytes that may wait to be sent.
pub const OUTPUT: usize = 16 * 1024;
/// Reports that may wait for the runner; the oldest are dropped and counted.
pub const REPORTS: usize = 64;
