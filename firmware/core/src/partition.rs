//! The partition: what a board is told, apart from its firmware, in a piece of flash of its own.
//!
//! The binary holds no address, no certificate and no key; one firmware serves any number of boards. The app writes
//! the image (*Export for the board*), the board reads it where it lies, without copying the certificates.
//!
//! ```text
//! offset  bytes
//!      0      4  "ECHO"
//!      4      2  version, 1
//!      6      2  zero
//!      8      4  length of the fields in bytes, at most 16 KiB
//!     12      4  CRC-32 (IEEE 802.3) of the twelve bytes before and of the fields
//!     16         fields, one after the other: tag (1), length (2), value
//! ```
//!
//! Numbers are little-endian. The checksum tells a torn or worn write from a good one; it protects against no attacker,
//! and the key lies in the clear: whoever can read the flash has the board's identity.
//!
//! Invariants: [`parse`] takes any bytes without panicking and gives back what [`encode`](Partition::encode) was given,
//! or says what is wrong. A field that this version does not know is refused and not skipped, so that a board never
//! runs with half of what it was told.

mod read;
#[cfg(test)]
mod tests;
mod write;

use alloc::vec::Vec;
use core::{fmt, net::Ipv4Addr};

use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::{
    mqtt::{Protocol, Qos},
    wire::{self, Direction},
};

pub use read::parse;

/// The first bytes of an image.
const MAGIC: [u8; 4] = *b"ECHO";
/// The one version there is.
const VERSION: u16 = 1;
const HEADER: usize = 16;
/// The fields are at most this many bytes long; also what a board sets aside for them, together with the header.
pub const LIMIT: usize = 16 * 1024;

/// What the board is told. Borrows from the flash, or from whoever makes an image.
#[derive(Debug, PartialEq, Eq)]
pub struct Partition<'a> {
    /// The broker's name, which its certificate must bear; or its address in text form, then the certificate bears that.
    pub host: &'a str,
    /// The broker's port.
    pub port: u16,
    /// Where the broker is, for networks where its name cannot be resolved.
    pub address: Option<Ipv4Addr>,
    /// The board's own address.
    pub network: Network,
    /// MQTT version.
    pub protocol: Protocol,
    /// Quality of service of the board's messages and of its subscription.
    pub qos: Qos,
    /// MQTT client ID. Without one the board makes its own out of its hardware address.
    pub client_id: Option<&'a str>,
    /// User name and password, where the broker wants them beside the certificate.
    pub login: Option<(&'a str, Password<'a>)>,
    /// Topic that the board publishes on.
    pub publish: &'a str,
    /// Topic that the board subscribes to.
    pub subscribe: &'a str,
    /// Topic of the last will; `None` for none.
    pub status: Option<&'a str>,
    /// Which way an echo is turned.
    pub direction: Direction,
    /// The first message, at most [`MESSAGE_LIMIT`](wire::MESSAGE_LIMIT) bytes.
    pub first: &'a [u8],
    /// The CAs that may sign the broker's certificate; at least one.
    pub anchors: Vec<CertificateDer<'a>>,
    /// The board's certificate, then its intermediates; empty where the broker wants none.
    pub chain: Vec<CertificateDer<'a>>,
    /// The certificate's key; exactly where there is a certificate.
    pub key: Option<PrivateKeyDer<'a>>,
}

/// A password; shows nothing of itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Password<'a>(pub &'a [u8]);

impl fmt::Debug for Password<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

/// Where the board's own address comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// From the network (DHCP).
    #[default]
    Dynamic,
    /// Fixed.
    Static {
        /// The board's address.
        address: Ipv4Addr,
        /// Length of the network's prefix, at most 32.
        prefix: u8,
        /// The router to other networks.
        gateway: Option<Ipv4Addr>,
        /// Who resolves names.
        resolver: Option<Ipv4Addr>,
    },
}

/// The fields of [`Partition`] by their tags. A tag is never used again for another meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the fields of Partition")]
pub enum Field {
    Host = 1,
    Port = 2,
    Address = 3,
    Network = 4,
    Protocol = 5,
    Qos = 6,
    ClientId = 7,
    User = 8,
    Password = 9,
    Publish = 10,
    Subscribe = 11,
    Status = 12,
    Direction = 13,
    First = 14,
    Anchor = 15,
    Certificate = 16,
    Key = 17,
}

/// Why an image is not taken, or cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Nothing but ones: flash that was erased and not written.
    #[error("the partition is erased: nothing was written into it")]
    Erased,
    /// Something else lies there.
    #[error("the partition holds something else")]
    Foreign,
    /// Written for another firmware.
    #[error("the partition has version {found}, this firmware knows {VERSION}")]
    OtherVersion {
        /// Its version.
        found: u16,
    },
    /// The image ends before it should.
    #[error("the partition is cut: {present} bytes of {needed}")]
    Cut {
        /// How many there should be.
        needed: usize,
        /// How many there are.
        present: usize,
    },
    /// Longer than an image may be.
    #[error("the partition's fields have {bytes} bytes, {LIMIT} are allowed")]
    TooLong {
        /// The fields' length.
        bytes: usize,
    },
    /// The checksum does not fit the rest.
    #[error("the partition is damaged: its checksum does not fit")]
    Damaged,
    /// A field of a later version.
    #[error("the partition has an unknown field {tag}")]
    Unknown {
        /// Its tag.
        tag: u8,
    },
    /// A field that must be there is not.
    #[error("the partition has no {0:?}")]
    Missing(Field),
    /// A field that may be there once is there again.
    #[error("the partition has {0:?} twice")]
    Twice(Field),
    /// A field's value makes no sense.
    #[error("the partition's {0:?} makes no sense")]
    Invalid(Field),
}

impl<'a> Partition<'a> {
    /// A board with the wire's defaults, no trust anchor yet and no certificate of its own.
    #[must_use]
    pub const fn new(host: &'a str, port: u16, first: &'a [u8]) -> Self {
        Self {
            host,
            port,
            address: None,
            network: Network::Dynamic,
            protocol: Protocol::V5,
            qos: Qos::AtMostOnce,
            client_id: None,
            login: None,
            publish: wire::BOARD_TOPIC,
            subscribe: wire::HOST_TOPIC,
            status: Some(wire::STATUS_TOPIC),
            direction: Direction::Left,
            first,
            anchors: Vec::new(),
            chain: Vec::new(),
            key: None,
        }
    }
}

/// As in CONNECT (MQTT 5, section 3.1.2.2).
const PROTOCOLS: [(u8, Protocol); 2] = [(4, Protocol::V311), (5, Protocol::V5)];
const QOS: [(u8, Qos); 2] = [(0, Qos::AtMostOnce), (1, Qos::AtLeastOnce)];
const DIRECTIONS: [(u8, Direction); 2] = [(0, Direction::Left), (1, Direction::Right)];

/// CRC-32 of IEEE 802.3 over both slices, a bit at a time: it runs once a start, and a table would cost a kilobyte.
fn checksum(head: &[u8], tail: &[u8]) -> u32 {
    let register = head.iter().chain(tail).fold(u32::MAX, |register, &byte| {
        (0..8).fold(register ^ u32::from(byte), |register, _| {
            let feedback = if register & 1 == 1 { 0xedb8_8320 } else { 0 };
            (register >> 1) ^ feedback
        })
    });
    !register
}
