//! The one cipher suite: the pieces put together.

use rustls::crypto::{CipherSuiteCommon, tls13::HkdfUsingHmac};
use rustls::{CipherSuite, SupportedCipherSuite, Tls13CipherSuite};

use crate::{aead::Aes128Gcm, hash::HmacSha256, hash::Sha256};

/// `TLS_AES_128_GCM_SHA256`, RFC 8446 §B.4.
pub(crate) const TLS13_AES_128_GCM_SHA256: SupportedCipherSuite =
    SupportedCipherSuite::Tls13(&Tls13CipherSuite {
        common: CipherSuiteCommon {
            suite: CipherSuite::TLS13_AES_128_GCM_SHA256,
            hash_provider: &Sha256,
            // RFC 8446 §5.5 allows 2^24.5 full records under one key; rustls asks for a new one in time.
            confidentiality_limit: 1 << 24,
        },
        hkdf_provider: &HkdfUsingHmac(&HmacSha256),
        aead_alg: &Aes128Gcm,
        quic: None,
    });
