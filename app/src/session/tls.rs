//! What a TLS handshake is made with, and what it tells.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, SignatureScheme, SupportedProtocolVersion,
    client::{ResolvesClientCert, WebPkiServerVerifier},
    crypto::CryptoProvider,
    pki_types::ServerName,
    sign::CertifiedKey,
    version::{TLS12, TLS13},
};

use super::{
    classify::{Witness, accepted_names},
    verify::Verifier,
};
use crate::{
    credentials::{Identity, Trust, facts::Certificate},
    failure::CredentialFailure,
    model::event::TlsFacts,
    profile::Profile,
};

const VERSIONS: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];

/// Ready for one handshake.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) config: Arc<ClientConfig>,
    pub(super) name: ServerName<'static>,
    notes: Notes,
}

/// Who showed what to whom, written down while it happens.
pub(super) type Notes = Arc<Mutex<Witness>>;

impl Setup {
    /// Makes the configuration of one handshake.
    ///
    /// # Errors
    /// Nothing to trust, or a key that cannot sign or belongs to another certificate. Judged credentials have neither
    /// fault, except for a trust store of the operating system that is empty.
    pub(super) fn new(profile: &Profile, identity: &Identity) -> Result<Self, CredentialFailure> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let (roots, anchors) = roots(&identity.trust)?;
        let notes: Notes = Arc::default();
        lock(&notes).trusted = anchors.iter().map(|anchor| anchor.name.clone()).collect();
        let webpki = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
            .build()
            .map_err(|_| CredentialFailure::NoTrustAnchor)?;
        let verifier = Verifier {
            webpki,
            algorithms: provider.signature_verification_algorithms,
            version_one: profile.allow_v1_server.then_some(anchors),
            notes: notes.clone(),
        };
        let presenter = Presenter { key: certified_key(identity, &provider)?, notes: notes.clone() };
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(VERSIONS)
            .map_err(|_| CredentialFailure::UnusableKey)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_client_cert_resolver(Arc::new(presenter));
        let name = ServerName::try_from(profile.host.as_str().to_owned())
            .unwrap_or(ServerName::IpAddress(std::net::IpAddr::from([0, 0, 0, 0]).into()));
        Ok(Self { config: Arc::new(config), name, notes })
    }

    /// What was shown so far.
    pub(super) fn witness(&self) -> Witness {
        lock(&self.notes).clone()
    }

    /// What the finished handshake settled.
    pub(super) fn facts(&self, connection: &ClientConnection) -> TlsFacts {
        let witness = self.witness();
        let version = match connection.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3".to_owned(),
            Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2".to_owned(),
            other => format!("{other:?}"),
        };
        // rustls calls the suites of TLS 1.3 TLS13_…, IANA TLS_….
        let suite = connection
            .negotiated_cipher_suite()
            .map_or_else(String::new, |suite| format!("{:?}", suite.suite()).replacen("TLS13_", "TLS_", 1));
        let group = connection
            .negotiated_key_exchange_group()
            .map_or_else(String::new, |group| format!("{:?}", group.name()).to_lowercase());
        TlsFacts {
            version,
            cipher_suite: suite,
            key_exchange: group,
            chain: witness.chain.iter().map(|certificate| Bytes::copy_from_slice(certificate)).collect(),
            client_certificate_asked: witness.asked,
        }
    }
}

pub(super) fn lock(notes: &Notes) -> std::sync::MutexGuard<'_, Witness> {
    notes.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The trust anchors, for webpki and in words. For the operating system's store the words are left out: there are
/// hundreds.
fn roots(trust: &Trust) -> Result<(RootCertStore, Vec<Certificate>), CredentialFailure> {
    let mut roots = RootCertStore::empty();
    match trust {
        Trust::Anchors(anchors) => {
            roots.add_parsable_certificates(anchors.iter().cloned());
            if roots.is_empty() {
                return Err(CredentialFailure::NoTrustAnchor);
            }
            Ok((roots, anchors.iter().filter_map(|anchor| Certificate::parse(anchor).ok()).collect()))
        }
        Trust::System => {
            let store = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(store.certs);
            if roots.is_empty() {
                let errors = store.errors.iter().map(ToString::to_string).collect();
                return Err(CredentialFailure::EmptyTrustStore { errors });
            }
            Ok((roots, Vec::new()))
        }
    }
}

/// Not by `with_client_auth_cert`: that refuses certificates of X.509 version 1, which brokers take all the same, and
/// which plain `openssl x509 -req` makes.
fn certified_key(
    identity: &Identity,
    provider: &CryptoProvider,
) -> Result<Option<Arc<CertifiedKey>>, CredentialFailure> {
    let Some((chain, key)) = &identity.client else { return Ok(None) };
    let key = provider
        .key_provider
        .load_private_key(key.clone_key())
        .map_err(|_| CredentialFailure::UnusableKey)?;
    let certified = CertifiedKey::new(chain.clone(), key);
    match certified.keys_match() {
        Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch)) => {
            Err(CredentialFailure::KeyMismatch)
        }
        // A certificate that rustls cannot read was compared with its key when it was judged.
        _ => Ok(Some(Arc::new(certified))),
    }
}

/// Presents our certificate, if the broker asks and we have one.
#[derive(Debug)]
struct Presenter {
    key: Option<Arc<CertifiedKey>>,
    notes: Notes,
}

impl ResolvesClientCert for Presenter {
    fn resolve(&self, accepted: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let mut notes = lock(&self.notes);
        notes.asked = true;
        notes.accepted = accepted_names(accepted);
        let key = self.key.as_ref()?;
        // The broker's list of issuers is advice that some fill in wrongly: present what was chosen, it is the broker's
        // part to refuse it.
        notes.ours = key.cert.first().and_then(|certificate| Certificate::parse(certificate).ok());
        Some(key.clone())
    }

    fn has_certs(&self) -> bool {
        self.key.is_some()
    }
}
