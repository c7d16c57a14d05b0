//! The board's own signature: ECDSA on P-256 with SHA-256, nonces by RFC 6979.
//!
//! A deterministic nonce needs no randomness while signing, so a weak source can never leak the key.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::fmt;

use p256::ecdsa::{DerSignature, SigningKey as Key, signature::Signer as _};
use p256::{SecretKey, pkcs8::DecodePrivateKey};
use rustls::crypto::KeyProvider;
use rustls::pki_types::{PrivateKeyDer, SubjectPublicKeyInfoDer, alg_id};
use rustls::sign::{Signer, SigningKey, public_key_to_spki};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};

/// Loads the board's key.
#[derive(Debug)]
pub(crate) struct Keys;

impl KeyProvider for Keys {
    fn load_private_key(&self, der: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        let secret = match &der {
            PrivateKeyDer::Pkcs8(der) => SecretKey::from_pkcs8_der(der.secret_pkcs8_der()).ok(),
            PrivateKeyDer::Sec1(der) => SecretKey::from_sec1_der(der.secret_sec1_der()).ok(),
            _ => None,
        };
        let secret = secret.ok_or_else(|| Error::General("the private key is not a P-256 key".into()))?;
        Ok(Arc::new(P256Key(Key::from(&secret))))
    }
}

#[derive(Clone)]
struct P256Key(Key);

impl SigningKey for P256Key {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered.contains(&SignatureScheme::ECDSA_NISTP256_SHA256).then(|| Box::new(self.clone()) as _)
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        let point = self.0.verifying_key().to_sec1_point(false);
        Some(public_key_to_spki(&alg_id::ECDSA_P256, point.as_bytes()))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for P256Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature: DerSignature =
            self.0.try_sign(message).map_err(|_| Error::General("the private key could not sign".into()))?;
        Ok(signature.as_bytes().into())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP256_SHA256
    }
}

/// The key stays out of logs.
impl fmt::Debug for P256Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("P256Key")
    }
}
