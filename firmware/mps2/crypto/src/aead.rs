//! AES-128-GCM as TLS 1.3 uses it (RFC 8446 §5.2): one record in, one record out, in place.

use alloc::boxed::Box;

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes128Gcm as Cipher, Key, Tag};
use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, MessageDecrypter, MessageEncrypter, Nonce,
    OutboundOpaqueMessage, OutboundPlainMessage, PrefixedPayload, Tls13AeadAlgorithm,
    UnsupportedOperationError, make_tls13_aad,
};
use rustls::{ConnectionTrafficSecrets, ContentType, Error, ProtocolVersion};

const KEY: usize = 16;
const TAG: usize = 16;

/// The algorithm; keys and nonces come from rustls.
pub(crate) struct Aes128Gcm;

impl Tls13AeadAlgorithm for Aes128Gcm {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        Box::new(Record { cipher: cipher(&key), iv })
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        Box::new(Record { cipher: cipher(&key), iv })
    }

    fn key_len(&self) -> usize {
        KEY
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: Iv,
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Ok(ConnectionTrafficSecrets::Aes128Gcm { key, iv })
    }
}

/// The expanded key. rustls cuts keys to [`Tls13AeadAlgorithm::key_len`], so the slice is never shorter.
fn cipher(key: &AeadKey) -> Option<Cipher> {
    Key::<Cipher>::try_from(key.as_ref()).ok().map(|key| Cipher::new(&key))
}

/// One direction of a connection. Without a key, which cannot happen, it refuses every record.
struct Record {
    cipher: Option<Cipher>,
    iv: Iv,
}

impl MessageEncrypter for Record {
    fn encrypt(
        &mut self,
        plain: OutboundPlainMessage<'_>,
        sequence: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let cipher = self.cipher.as_ref().ok_or(Error::EncryptError)?;
        let length = self.encrypted_payload_len(plain.payload.len());
        let mut payload = PrefixedPayload::with_capacity(length);
        payload.extend_from_chunks(&plain.payload);
        payload.extend_from_slice(&plain.typ.to_array());

        let nonce = Nonce::new(&self.iv, sequence).0.into();
        let tag = cipher
            .encrypt_inout_detached(&nonce, &make_tls13_aad(length), payload.as_mut().into())
            .map_err(|_| Error::EncryptError)?;
        payload.extend_from_slice(&tag);
        // RFC 8446 §5.1: a protected record says application data and TLS 1.2.
        Ok(OutboundOpaqueMessage::new(ContentType::ApplicationData, ProtocolVersion::TLSv1_2, payload))
    }

    fn encrypted_payload_len(&self, payload_len: usize) -> usize {
        payload_len + 1 + TAG
    }
}

impl MessageDecrypter for Record {
    fn decrypt<'a>(
        &mut self,
        mut opaque: InboundOpaqueMessage<'a>,
        sequence: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let cipher = self.cipher.as_ref().ok_or(Error::DecryptError)?;
        let payload = &mut opaque.payload;
        let aad = make_tls13_aad(payload.len());
        let length = payload.len().checked_sub(TAG).ok_or(Error::DecryptError)?;
        let (text, tag) = payload.split_at_mut(length);
        let tag = Tag::try_from(&*tag).map_err(|_| Error::DecryptError)?;
        let nonce = Nonce::new(&self.iv, sequence).0.into();
        cipher.decrypt_inout_detached(&nonce, &aad, text.into(), &tag).map_err(|_| Error::DecryptError)?;
        payload.truncate(length);
        opaque.into_tls13_unpadded_message()
    }
}
