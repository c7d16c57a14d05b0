//! Signatures of others: of certificates, and of the broker in the handshake.

use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier};
use rustls::SignatureScheme;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};

#[cfg(feature = "rsa")]
use crate::rsa::{PKCS1_SHA256, PSS_SHA256};
use crate::{der, exchange};

/// What may sign a certificate (`all`) and what may sign a handshake (`mapping`).
///
/// PKCS#1 v1.5 is in `mapping` because its schemes are what is offered for certificates; rustls refuses it in a TLS 1.3
/// handshake (RFC 8446 §4.2.3).
pub(crate) const ALGORITHMS: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[
        &EcdsaP256,
        #[cfg(feature = "rsa")]
        PKCS1_SHA256,
        #[cfg(feature = "rsa")]
        PSS_SHA256,
    ],
    mapping: &[
        (SignatureScheme::ECDSA_NISTP256_SHA256, &[&EcdsaP256]),
        #[cfg(feature = "rsa")]
        (SignatureScheme::RSA_PSS_SHA256, &[PSS_SHA256]),
        #[cfg(feature = "rsa")]
        (SignatureScheme::RSA_PKCS1_SHA256, &[PKCS1_SHA256]),
    ],
};

/// ECDSA on P-256 with SHA-256.
#[derive(Debug)]
struct EcdsaP256;

impl SignatureVerificationAlgorithm for EcdsaP256 {
    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let key = exchange::point(key).and_then(|point| VerifyingKey::from_affine(point).ok());
        let signature = der::signature(signature).and_then(|(r, s)| Signature::from_scalars(r, s).ok());
        let (Some(key), Some(signature)) = (key, signature) else { return Err(InvalidSignature) };
        key.verify(message, &signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P256
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_SHA256
    }
}
