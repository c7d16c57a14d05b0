//! TLS 1.3 on top of bytes: rustls' unbuffered client, with its buffers bounded.
//!
//! The cryptography, the time of day and the credentials are handed in. No session is resumed and no early data is
//! sent: after any fault a full handshake proves both sides anew.

use alloc::{sync::Arc, vec::Vec};

use rustls::{
    CipherSuite, ClientConfig, RootCertStore,
    client::{ClientConnectionData, Resumption, UnbufferedClientConnection},
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
    time_provider::TimeProvider,
    unbuffered::{ConnectionState, EncodeError, EncodeTlsData, EncryptError, UnbufferedStatus, WriteTraffic},
    version::TLS13,
};

use crate::{failure::TlsFailure, limits, verify::Verifier};

/// Plaintext a record of ours, so that its encryption never needs a large buffer.
const CHUNK: usize = 1024;
/// Bytes of a record's header (RFC 8446, section 5.1).
const HEADER: usize = 5;

/// With whom and how to speak TLS. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Made by [`configuration`].
    pub configuration: Arc<ClientConfig>,
    /// What the broker's certificate must be valid for.
    pub server: ServerName<'static>,
}

/// A configuration of TLS 1.3 with a cryptography provider, a time of day, trust anchors, and the board's own
/// certificate chain and key, if it has them.
///
/// # Errors
/// When there is no trust anchor, the provider has nothing for TLS 1.3, or the key is not one it can use or not the certificate's.
pub fn configuration(
    provider: Arc<CryptoProvider>,
    time: Arc<dyn TimeProvider>,
    anchors: RootCertStore,
    identity: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
) -> Result<Arc<ClientConfig>, rustls::Error> {
    let verifier =
        Verifier::new(anchors, &provider).map_err(|_| rustls::Error::General("no trust anchor".into()))?;
    let builder = ClientConfig::builder_with_details(provider, time)
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut configuration = match identity {
        Some((chain, key)) => builder.with_client_auth_cert(chain, key)?,
        None => builder.with_no_client_auth(),
    };
    configuration.resumption = Resumption::disabled();
    Ok(Arc::new(configuration))
}

/// One TLS connection. A new one is made for every connection.
pub(crate) struct Tls {
    connection: UnbufferedClientConnection,
    /// Ciphertext that rustls has not taken yet: at most one incomplete record, while it is established.
    received: Vec<u8>,
    /// Plaintext that waits for its encryption.
    waiting: Vec<u8>,
    output: Vec<u8>,
    established: bool,
    closed: bool,
    /// Bytes received before the handshake's end.
    handshake: usize,
}

impl Tls {
    /// A connection whose output begins with ClientHello.
    pub(crate) fn new(settings: &Settings) -> Result<Self, TlsFailure> {
        let connection =
            UnbufferedClientConnection::new(settings.configuration.clone(), settings.server.clone())?;
        let mut new = Self {
            connection,
            received: Vec::new(),
            waiting: Vec::new(),
            output: Vec::new(),
            established: false,
            closed: false,
            handshake: 0,
        };
        new.advance(&mut |_| ())?;
        Ok(new)
    }

    /// Takes ciphertext and hands what it meant to `plaintext`, record by record, where it lies: there may be no room for a
    /// second copy.
    ///
    /// After a failure the output holds the alert for the broker.
    pub(crate) fn input(&mut self, bytes: &[u8], plaintext: &mut dyn FnMut(&[u8])) -> Result<(), TlsFailure> {
        if !self.established {
            self.handshake += bytes.len();
            if self.handshake > limits::HANDSHAKE {
                return Err(TlsFailure::HandshakeTooLarge { limit: limits::HANDSHAKE });
            }
        }
        self.make_room(bytes);
        self.received.extend_from_slice(bytes);
        let result = self.advance(plaintext);
        if self.received.is_empty() {
            // A long record does not hold its memory for ever.
            self.received = Vec::new();
        }
        result
    }

    /// Room for all of the record that has begun, at once and to the byte. A buffer that doubles as it grows needs three
    /// times the record for a moment, which the smallest boards do not have.
    fn make_room(&mut self, bytes: &[u8]) {
        let mut known = self.received.iter().chain(bytes);
        let record = match (known.nth(3), known.next()) {
            (Some(&high), Some(&low)) => HEADER + usize::from(u16::from_be_bytes([high, low])),
            _ => 0,
        };
        let needed = record.min(HEADER + limits::RECORD).max(self.received.len() + bytes.len());
        self.received.reserve_exact(needed - self.received.len());
    }

    /// Queues plaintext; it goes out encrypted as soon as the handshake allows.
    pub(crate) fn send(&mut self, plaintext: &[u8]) -> Result<(), TlsFailure> {
        self.waiting.extend_from_slice(plaintext);
        self.advance(&mut |_| ())
    }

    /// Queues the alert that nothing follows.
    pub(crate) fn close(&mut self) {
        let UnbufferedStatus { discard, state } = self.connection.process_tls_records(&mut self.received);
        if let Ok(ConnectionState::WriteTraffic(mut traffic)) = state {
            // A courtesy: the connection is closed with or without it.
            append(&mut self.output, |space| traffic.queue_close_notify(space).map_err(needed_to_encrypt))
                .ok();
        }
        self.received.drain(..discard);
    }

    /// Ciphertext that is to be sent; the caller empties it.
    pub(crate) const fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// The handshake is over: the broker's certificate was verified. Whether ours was accepted is not known yet.
    pub(crate) const fn established(&self) -> bool {
        self.established
    }

    /// The broker said that nothing follows.
    pub(crate) const fn closed(&self) -> bool {
        self.closed
    }

    /// The cipher suite's IANA name. Of the few that TLS 1.3 has: rustls' own table of all there ever were would cost a
    /// small board 16 KB of flash.
    pub(crate) fn suite(&self) -> &'static str {
        match self.connection.negotiated_cipher_suite().map(|suite| suite.suite()) {
            Some(CipherSuite::TLS13_AES_128_GCM_SHA256) => "TLS13_AES_128_GCM_SHA256",
            Some(CipherSuite::TLS13_AES_256_GCM_SHA384) => "TLS13_AES_256_GCM_SHA384",
            Some(CipherSuite::TLS13_CHACHA20_POLY1305_SHA256) => "TLS13_CHACHA20_POLY1305_SHA256",
            _ => "unknown cipher suite",
        }
    }

    /// Lets rustls do all it can with what there is. Bounded: each turn takes bytes, gives bytes, or is the last.
    fn advance(&mut self, plaintext: &mut dyn FnMut(&[u8])) -> Result<(), TlsFailure> {
        loop {
            let UnbufferedStatus { discard, state } = self.connection.process_tls_records(&mut self.received);
            let turn = state.map(|state| step(state, &mut self.waiting, &mut self.output, plaintext));
            self.received.drain(..discard);
            let turn = turn.inspect_err(|_| self.alert())?;
            match turn? {
                Turn::Again => {}
                Turn::Blocked => return Ok(()),
                Turn::Open => {
                    self.established = true;
                    return Ok(());
                }
                Turn::Closed => self.closed = true,
                Turn::Over => {
                    self.closed = true;
                    return Ok(());
                }
            }
        }
    }

    /// After an error rustls may have an alert for the broker. It refers to the bytes received even now: they are still
    /// what it left of them.
    fn alert(&mut self) {
        let UnbufferedStatus { discard, state } = self.connection.process_tls_records(&mut self.received);
        if let Ok(ConnectionState::EncodeTlsData(data)) = state {
            // A courtesy: the connection fails with or without it.
            encode(data, &mut self.output).ok();
        }
        self.received.drain(..discard);
    }
}

/// What one step of rustls came to.
enum Turn {
    Again,
    /// More bytes of the broker are needed for the handshake.
    Blocked,
    /// Traffic can flow, and all that waited was encrypted.
    Open,
    /// The broker closed its direction.
    Closed,
    /// Both directions are closed.
    Over,
}

fn step(
    state: ConnectionState<'_, '_, ClientConnectionData>,
    waiting: &mut Vec<u8>,
    output: &mut Vec<u8>,
    plaintext: &mut dyn FnMut(&[u8]),
) -> Result<Turn, TlsFailure> {
    Ok(match state {
        ConnectionState::EncodeTlsData(data) => {
            encode(data, output)?;
            Turn::Again
        }
        ConnectionState::TransmitTlsData(data) => {
            data.done();
            Turn::Again
        }
        ConnectionState::ReadTraffic(mut traffic) => {
            while let Some(record) = traffic.next_record() {
                plaintext(record?.payload);
            }
            Turn::Again
        }
        ConnectionState::WriteTraffic(mut traffic) => {
            if waiting.is_empty() {
                return Ok(Turn::Open);
            }
            encrypt(&mut traffic, waiting, output)?;
            // Encryption may have asked for new traffic keys.
            Turn::Again
        }
        ConnectionState::BlockedHandshake => Turn::Blocked,
        ConnectionState::PeerClosed => Turn::Closed,
        _ => Turn::Over,
    })
}

fn encode(mut data: EncodeTlsData<'_, ClientConnectionData>, output: &mut Vec<u8>) -> Result<(), TlsFailure> {
    append(output, |space| {
        data.encode(space).map_err(|error| match error {
            EncodeError::InsufficientSize(size) => Some(size.required_size),
            EncodeError::AlreadyEncoded => None,
        })
    })
}

fn encrypt(
    traffic: &mut WriteTraffic<'_, ClientConnectionData>,
    waiting: &mut Vec<u8>,
    output: &mut Vec<u8>,
) -> Result<(), TlsFailure> {
    for chunk in waiting.chunks(CHUNK) {
        append(output, |space| traffic.encrypt(chunk, space).map_err(needed_to_encrypt))?;
    }
    waiting.clear();
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn needed_to_encrypt(error: EncryptError) -> Option<usize> {
    match error {
        EncryptError::InsufficientSize(size) => Some(size.required_size),
        EncryptError::EncryptExhausted => None,
    }
}

/// Appends what `write` writes, after asking it how much room that needs.
fn append(
    output: &mut Vec<u8>,
    mut write: impl FnMut(&mut [u8]) -> Result<usize, Option<usize>>,
) -> Result<(), TlsFailure> {
    let start = output.len();
    let written = match write(&mut []) {
        Ok(written) => Ok(written),
        Err(Some(needed)) => {
            output.resize(start + needed, 0);
            write(&mut output[start..]).map_err(|_| rustls::Error::EncryptError)
        }
        Err(None) => Err(rustls::Error::EncryptError),
    };
    output.truncate(start + *written.as_ref().unwrap_or(&0));
    written.map(|_| ()).map_err(TlsFailure::from)
}
