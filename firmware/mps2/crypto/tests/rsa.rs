//! RSA signatures by OpenSSL, checked by us and by ring: the same verdict on good and on damaged ones.
//!
//! The files in `rsa/` are public keys and signatures of "what was signed", made with `openssl genrsa` and `openssl dgst
//! -sha256 -sign`, for PSS with `-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32`. The private keys were thrown away.

#![cfg(feature = "rsa")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use echo_board_crypto::P256;
use rustls::crypto::{CryptoProvider, GetRandomFailed, SecureRandom};
use rustls::pki_types::{AlgorithmIdentifier, SignatureVerificationAlgorithm, alg_id};

const MESSAGE: &[u8] = b"what was signed";

struct Example {
    algorithm: AlgorithmIdentifier,
    key: &'static [u8],
    signature: &'static [u8],
}

macro_rules! example {
    ($bits:literal, $padding:literal, $algorithm:ident) => {
        Example {
            algorithm: alg_id::$algorithm,
            key: include_bytes!(concat!("rsa/", $bits, ".public")),
            signature: include_bytes!(concat!("rsa/", $bits, ".", $padding)),
        }
    };
}

fn examples() -> [Example; 6] {
    [
        example!("2048", "pkcs1", RSA_PKCS1_SHA256),
        example!("3072", "pkcs1", RSA_PKCS1_SHA256),
        example!("4096", "pkcs1", RSA_PKCS1_SHA256),
        example!("2048", "pss", RSA_PSS_SHA256),
        example!("3072", "pss", RSA_PSS_SHA256),
        example!("4096", "pss", RSA_PSS_SHA256),
    ]
}

#[derive(Debug)]
struct Dry;

impl SecureRandom for Dry {
    fn fill(&self, _: &mut [u8]) -> Result<(), GetRandomFailed> {
        Err(GetRandomFailed)
    }
}

static EXCHANGE: P256 = P256::new(&Dry);

fn find(
    provider: &CryptoProvider,
    wanted: AlgorithmIdentifier,
) -> &'static dyn SignatureVerificationAlgorithm {
    let all = provider.signature_verification_algorithms.all.iter();
    *all.clone()
        .find(|one| one.signature_alg_id() == wanted && one.public_key_alg_id() == alg_id::RSA_ENCRYPTION)
        .unwrap()
}

/// What we say and what ring says.
fn verdicts(example: &Example, key: &[u8], message: &[u8], signature: &[u8]) -> (bool, bool) {
    let [ours, rings] = [echo_board_crypto::provider(&EXCHANGE), rustls::crypto::ring::default_provider()]
        .map(|provider| find(&provider, example.algorithm).verify_signature(key, message, signature).is_ok());
    (ours, rings)
}

#[test]
fn good_signatures_are_good() {
    for example in examples() {
        assert_eq!(verdicts(&example, example.key, MESSAGE, example.signature), (true, true));
    }
}

#[test]
fn a_signature_of_something_else_is_none() {
    for example in examples() {
        assert_eq!(verdicts(&example, example.key, b"what was not", example.signature), (false, false));
    }
}

#[test]
fn a_damaged_signature_is_none() {
    for example in examples() {
        for byte in (0..example.signature.len()).step_by(37) {
            let mut damaged = example.signature.to_vec();
            damaged[byte] ^= 1;
            assert_eq!(verdicts(&example, example.key, MESSAGE, &damaged), (false, false), "byte {byte}");
        }
        for other in [&[][..], &example.signature[1..], &[0xff; 512], &[0; 256], &[1; 1024]] {
            assert_eq!(verdicts(&example, example.key, MESSAGE, other), (false, false));
        }
    }
}

#[test]
fn a_damaged_key_is_none() {
    for example in examples() {
        for byte in (0..example.key.len()).step_by(7) {
            let mut damaged = example.key.to_vec();
            damaged[byte] ^= 0x10;
            assert_eq!(
                verdicts(&example, &damaged, MESSAGE, example.signature),
                (false, false),
                "byte {byte}"
            );
        }
    }
}

#[test]
fn the_other_padding_is_none() {
    let [pkcs1, _, _, pss, ..] = examples();
    assert_eq!(verdicts(&pkcs1, pkcs1.key, MESSAGE, pss.signature), (false, false));
    assert_eq!(verdicts(&pss, pkcs1.key, MESSAGE, pkcs1.signature), (false, false));
}
