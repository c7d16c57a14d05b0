//! **echo-board-crypto**: what TLS 1.3 needs of cryptography, for boards without an operating system.
//!
//! A [`CryptoProvider`] for rustls on pure Rust crates, as small as mutual TLS 1.3 allows:
//!
//! | what | which | module |
//! |---|---|---|
//! | cipher suite | `TLS_AES_128_GCM_SHA256` (RFC 8446 §9.1: every TLS 1.3 peer has it) | `suite`, `aead`, `hash` |
//! | key exchange | ECDHE on P-256 (same section) | `exchange` |
//! | signatures made | ECDSA P-256 with SHA-256 | `sign` |
//! | signatures checked | the same; with the feature `rsa` also RSA 2048 to 4096 with SHA-256 | `verify`, `rsa` |
//!
//! Randomness is the board's: it hands in a [`SecureRandom`], nothing here has a source of its own.
//!
//! Keys and signatures are taken apart by a DER reader of our own (`der`): the general one costs ten kilobytes of
//! flash for three fixed forms.
//!
//! Invariants: no `unsafe`; secrets are compared and multiplied in constant time by the crates used (checking a
//! signature is not secret and isn't); a key that isn't P-256 is refused when it is loaded, not when it is used.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod aead;
mod der;
mod exchange;
mod hash;
#[cfg(feature = "rsa")]
mod rsa;
mod sign;
mod suite;
mod verify;

use alloc::vec;

use rustls::crypto::{CryptoProvider, SecureRandom};

pub use exchange::P256;

/// The provider, with the board's source of randomness inside `exchange`.
///
/// ```
/// # use rustls::crypto::{GetRandomFailed, SecureRandom};
/// # #[derive(Debug)] struct Noise;
/// # impl SecureRandom for Noise { fn fill(&self, _: &mut [u8]) -> Result<(), GetRandomFailed> { Err(GetRandomFailed) } }
/// static EXCHANGE: echo_board_crypto::P256 = echo_board_crypto::P256::new(&Noise);
/// let provider = echo_board_crypto::provider(&EXCHANGE);
/// assert_eq!(provider.cipher_suites.len(), 1);
/// ```
#[must_use]
pub fn provider(exchange: &'static P256) -> CryptoProvider {
    let random: &'static dyn SecureRandom = exchange.random();
    CryptoProvider {
        cipher_suites: vec![suite::TLS13_AES_128_GCM_SHA256],
        kx_groups: vec![exchange],
        signature_verification_algorithms: verify::ALGORITHMS,
        secure_random: random,
        key_provider: &sign::Keys,
    }
}
