//! Authorities and the certificates they sign. Keys live in memory, and in the temporary folder of a broker that wants
//! files.

use std::process::Command;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;

/// The name that the board asks for.
pub const SERVER: &str = "broker.test";

/// Something that signs: an authority, or a leaf that has no right to.
pub struct Signer(CertifiedIssuer<'static, KeyPair>);

/// A certificate chain and its key.
pub struct Identity {
    /// The certificate, then its intermediates.
    pub chain: Vec<CertificateDer<'static>>,
    key: Vec<u8>,
}

impl Signer {
    /// An authority of this name.
    #[must_use]
    pub fn authority(name: &str) -> Self {
        let mut params = named(name, &[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        Self(CertifiedIssuer::self_signed(params, key()).unwrap())
    }

    /// An authority with an RSA key of 2048 bits, made by OpenSSL: ring makes none.
    #[must_use]
    pub fn rsa_authority(name: &str) -> Self {
        let mut params = named(name, &[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, rsa_key()).unwrap())
    }

    /// A server's certificate, used as if it were an authority's.
    #[must_use]
    pub fn leaf(signed_by: &Self) -> Self {
        let mut params = named("leaf", &[SERVER]);
        params.is_ca = IsCa::ExplicitNoCa;
        Self(CertifiedIssuer::signed_by(params, key(), &signed_by.0).unwrap())
    }

    /// Its own certificate.
    #[must_use]
    pub fn certificate(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// A good server's identity.
    #[must_use]
    pub fn server(&self) -> Identity {
        self.identity(SERVER, ExtendedKeyUsagePurpose::ServerAuth, |_| ())
    }

    /// A good server's identity that is valid for more than one name.
    #[must_use]
    pub fn server_for(&self, names: &[&str]) -> Identity {
        self.identity(SERVER, ExtendedKeyUsagePurpose::ServerAuth, |params| {
            params.subject_alt_names = named(SERVER, names).subject_alt_names;
        })
    }

    /// A good board's identity.
    #[must_use]
    pub fn board(&self) -> Identity {
        self.identity("board", ExtendedKeyUsagePurpose::ClientAuth, |_| ())
    }

    /// An identity with this subject alternative name and usage, and whatever else `change` makes different.
    #[must_use]
    pub fn identity(
        &self,
        name: &str,
        usage: ExtendedKeyUsagePurpose,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Identity {
        self.identity_of(&key(), name, usage, change)
    }

    /// A good server's identity with an RSA key.
    #[must_use]
    pub fn rsa_server(&self) -> Identity {
        self.identity_of(&rsa_key(), SERVER, ExtendedKeyUsagePurpose::ServerAuth, |_| ())
    }

    fn identity_of(
        &self,
        key: &KeyPair,
        name: &str,
        usage: ExtendedKeyUsagePurpose,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Identity {
        let mut params = named(name, &[name]);
        params.extended_key_usages = vec![usage];
        change(&mut params);
        let certificate = params.signed_by(key, &self.0).unwrap();
        Identity { chain: vec![certificate.der().clone()], key: key.serialize_der() }
    }
}

impl Identity {
    /// The key, as PKCS#8.
    #[must_use]
    pub fn key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.clone()).into()
    }

    /// As a TLS server wants it; whether certificate and key belong together is not asked.
    pub(crate) fn certified(&self) -> Arc<CertifiedKey> {
        let key = ring::sign::any_supported_type(&self.key()).unwrap();
        Arc::new(CertifiedKey::new(self.chain.clone(), key))
    }

    /// The same key without any certificate.
    #[must_use]
    pub fn without_certificate(mut self) -> Self {
        self.chain.clear();
        self
    }

    /// The same certificate with one more behind it.
    #[must_use]
    pub fn with(mut self, intermediate: CertificateDer<'static>) -> Self {
        self.chain.push(intermediate);
        self
    }
}

fn key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

fn rsa_key() -> KeyPair {
    let made = Command::new("openssl")
        .args(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
        .output()
        .expect("openssl, from Debian's package of that name");
    KeyPair::from_pem(&String::from_utf8_lossy(&made.stdout)).expect("an RSA key")
}

fn named(name: &str, alternatives: &[&str]) -> CertificateParams {
    let alternatives: Vec<String> = alternatives.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(alternatives).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}
