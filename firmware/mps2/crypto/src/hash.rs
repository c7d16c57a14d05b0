//! SHA-256 and HMAC with it. HKDF is rustls's own, on top of this HMAC.

use alloc::boxed::Box;

use hmac::{KeyInit, Mac};
use rustls::crypto::{hash, hmac as tls};
use sha2::Digest;

/// SHA-256, FIPS 180-4.
pub(crate) struct Sha256;

impl hash::Hash for Sha256 {
    fn start(&self) -> Box<dyn hash::Context> {
        Box::new(Running(sha2::Sha256::new()))
    }

    fn hash(&self, data: &[u8]) -> hash::Output {
        hash::Output::new(&sha2::Sha256::digest(data))
    }

    fn output_len(&self) -> usize {
        32
    }

    fn algorithm(&self) -> hash::HashAlgorithm {
        hash::HashAlgorithm::SHA256
    }
}

struct Running(sha2::Sha256);

impl hash::Context for Running {
    fn fork_finish(&self) -> hash::Output {
        hash::Output::new(&self.0.clone().finalize())
    }

    fn fork(&self) -> Box<dyn hash::Context> {
        Box::new(Self(self.0.clone()))
    }

    fn finish(self: Box<Self>) -> hash::Output {
        hash::Output::new(&self.0.finalize())
    }

    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }
}

/// HMAC-SHA-256, RFC 2104.
pub(crate) struct HmacSha256;

impl tls::Hmac for HmacSha256 {
    fn with_key(&self, key: &[u8]) -> Box<dyn tls::Key> {
        // HMAC takes a key of any length; the empty one stands in for an error that cannot happen.
        Box::new(Keyed(
            hmac::Hmac::new_from_slice(key).unwrap_or_else(|_| hmac::Hmac::new(&Default::default())),
        ))
    }

    fn hash_output_len(&self) -> usize {
        32
    }
}

struct Keyed(hmac::Hmac<sha2::Sha256>);

impl tls::Key for Keyed {
    fn sign_concat(&self, first: &[u8], middle: &[&[u8]], last: &[u8]) -> tls::Tag {
        let mut mac = self.0.clone();
        mac.update(first);
        for part in middle {
            mac.update(part);
        }
        mac.update(last);
        tls::Tag::new(&mac.finalize().into_bytes())
    }

    fn tag_len(&self) -> usize {
        32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::crypto::hash::Hash;
    use rustls::crypto::hmac::Hmac;

    /// FIPS 180-4 example: the message "abc".
    const ABC: [u8; 32] = [
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0,
        0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
    ];

    #[test]
    fn a_hash_in_pieces_is_the_hash_of_the_whole() {
        let mut running = Sha256.start();
        running.update(b"a");
        let mut fork = running.fork();
        fork.update(b"bc");
        assert_eq!(fork.finish().as_ref(), ABC);
        assert_eq!(Sha256.hash(b"abc").as_ref(), ABC);
        running.update(b"bc");
        assert_eq!(running.fork_finish().as_ref(), ABC);
    }

    #[test]
    fn hmac_agrees_with_rfc_4231_case_2() {
        let tag = HmacSha256.with_key(b"Jefe").sign(&[b"what do ya want ", b"for nothing?"]);
        assert_eq!(tag.as_ref()[..8], [0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e]);
        assert_eq!(tag.as_ref()[24..], [0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43]);
    }
}
