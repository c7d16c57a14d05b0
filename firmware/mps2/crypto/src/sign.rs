//! The board's own signature: ECDSA on P-256 with SHA-256, nonces by RFC 6979.
//!
//! A deterministic nonce needs no randomness while signing, so a weak source can never leak the key.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::fmt;

use p256::ecdsa::{Signature, SigningKey as Key, signature::Signer as _};
use rustls::crypto::KeyProvider;
use rustls::pki_types::{PrivateKeyDer, SubjectPublicKeyInfoDer, alg_id};
use rustls::sign::{Signer, SigningKey, public_key_to_spki};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};

use crate::der;

/// Loads the board's key.
#[derive(Debug)]
pub(crate) struct Keys;

impl KeyProvider for Keys {
    fn load_private_key(&self, der: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        let number = match &der {
            PrivateKeyDer::Pkcs8(der) => der::pkcs8_key(der.secret_pkcs8_der()),
            PrivateKeyDer::Sec1(der) => der::sec1_key(der.secret_sec1_der()),
            _ => None,
        };
        let key = number.and_then(|number| Key::from_slice(number).ok());
        let key = key.ok_or_else(|| Error::General("the private key is not a P-256 key".into()))?;
        Ok(Arc::new(P256Key(key)))
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
        let signature: Signature =
            self.0.try_sign(message).map_err(|_| Error::General("the private key could not sign".into()))?;
        let (r, s) = signature.split_bytes();
        Ok(der::encode_signature(&r.into(), &s.into()))
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
