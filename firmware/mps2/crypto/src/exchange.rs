//! ECDHE on P-256 (RFC 8446 §4.2.8.2).

use alloc::boxed::Box;
use core::fmt;

use p256::elliptic_curve::{Generate, point::AffineCoordinates, sec1::ToSec1Point};
use p256::{AffinePoint, FieldBytes, PublicKey, Sec1Point, ecdh::EphemeralSecret};
use rand_core::{TryCryptoRng, TryRng};
use rustls::crypto::{ActiveKeyExchange, GetRandomFailed, SecureRandom, SharedSecret, SupportedKxGroup};
use rustls::{Error, NamedGroup, PeerMisbehaved};

use crate::der::SCALAR;

/// The key exchange, with the board's source of randomness.
#[derive(Debug)]
pub struct P256 {
    random: &'static dyn SecureRandom,
}

impl P256 {
    /// A key exchange that takes its ephemeral keys from `random`, which the whole provider then uses.
    #[must_use]
    pub const fn new(random: &'static dyn SecureRandom) -> Self {
        Self { random }
    }

    pub(crate) const fn random(&self) -> &'static dyn SecureRandom {
        self.random
    }
}

impl SupportedKxGroup for P256 {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let secret =
            EphemeralSecret::try_generate_from_rng(&mut Source(self.random)).map_err(|_| GetRandomFailed)?;
        let public = secret.public_key().to_sec1_point(false);
        Ok(Box::new(Exchange { secret, public }))
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::secp256r1
    }
}

/// A point of others: uncompressed, as TLS and its certificates have it (RFC 8446 section 4.2.8.2), and on the curve.
pub(crate) fn point(bytes: &[u8]) -> Option<AffinePoint> {
    let [4, coordinates @ ..] = bytes else { return None };
    let coordinates: &[u8; 2 * SCALAR] = coordinates.try_into().ok()?;
    let (x, y) = coordinates.split_at(SCALAR);
    AffinePoint::from_coordinates(&FieldBytes::try_from(x).ok()?, &FieldBytes::try_from(y).ok()?).into()
}

struct Exchange {
    secret: EphemeralSecret,
    public: Sec1Point,
}

impl ActiveKeyExchange for Exchange {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        let peer = point(peer).and_then(|point| PublicKey::from_affine(point).ok());
        let peer = peer.ok_or(PeerMisbehaved::InvalidKeyShare)?;
        Ok(SharedSecret::from(&self.secret.diffie_hellman(&peer).raw_secret_bytes()[..]))
    }

    fn pub_key(&self) -> &[u8] {
        self.public.as_bytes()
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::secp256r1
    }
}

/// rustls's randomness in the form that RustCrypto asks for.
struct Source(&'static dyn SecureRandom);

impl TryRng for Source {
    type Error = Failed;

    fn try_next_u32(&mut self) -> Result<u32, Failed> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_ne_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Failed> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_ne_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Failed> {
        self.0.fill(bytes).map_err(|_| Failed)
    }
}

impl TryCryptoRng for Source {}

/// The source of randomness had none.
#[derive(Debug)]
struct Failed;

impl fmt::Display for Failed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("no randomness")
    }
}

impl core::error::Error for Failed {}
