//! The judge of the broker's certificate: webpki, a note of what was presented, and version 1 where a person allowed it.
//!
//! X.509 version 1 has no extensions: no host names, no usages, no constraints. Where a profile allows it, what can be
//! checked is: a trust anchor from the file has signed the certificate itself (no intermediates), the dates, the common
//! name against the host, and that the peer holds the key.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use rustls::{
    CertificateError, DigitallySignedStruct, Error, PeerMisbehaved, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key},
    pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime},
};
use x509_parser::{certificate::X509Certificate, prelude::FromDer};

use super::tls::{Notes, lock};
use crate::credentials::facts::Certificate;

/// See the module.
#[derive(Debug)]
pub(super) struct Verifier {
    pub(super) webpki: Arc<WebPkiServerVerifier>,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
    /// Where version 1 is allowed: who may have signed it.
    pub(super) version_one: Option<Vec<Certificate>>,
    pub(super) notes: Notes,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(leaf).chain(intermediates);
        lock(&self.notes).chain = chain.map(|certificate| certificate.clone().into_owned()).collect();
        match (&self.version_one, version_one(leaf)) {
            (Some(anchors), Some(certificate)) => judge(&certificate, anchors, name, now)
                .map(|()| ServerCertVerified::assertion())
                .map_err(Error::InvalidCertificate),
            _ => self.webpki.verify_server_cert(leaf, intermediates, name, ocsp, now),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match self.version_one.as_ref().and_then(|_| version_one(leaf)) {
            Some(_) => self.verify_raw(message, leaf, signed),
            None => self.webpki.verify_tls12_signature(message, leaf, signed),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if self.version_one.as_ref().and_then(|_| version_one(leaf)).is_none() {
            return self.webpki.verify_tls13_signature(message, leaf, signed);
        }
        let key = public_key(leaf).ok_or(Error::InvalidCertificate(CertificateError::BadEncoding))?;
        verify_tls13_signature_with_raw_key(
            message,
            &SubjectPublicKeyInfoDer::from(key),
            signed,
            &self.algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}

impl Verifier {
    /// TLS 1.2, where the scheme does not name the curve: each algorithm that has the key's identifier is tried, as
    /// webpki does for certificates that it can read.
    fn verify_raw(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let unreadable = || Error::InvalidCertificate(CertificateError::BadEncoding);
        let (_, parsed) = X509Certificate::from_der(leaf).map_err(|_| unreadable())?;
        let key = parsed.public_key();
        let identifier = key_identifier(key.raw).ok_or_else(unreadable)?;
        let (_, algorithms) = self
            .algorithms
            .mapping
            .iter()
            .find(|(scheme, _)| *scheme == signed.scheme)
            .ok_or(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme)?;
        let proven = algorithms
            .iter()
            .filter(|algorithm| algorithm.public_key_alg_id().as_ref() == identifier)
            .any(|algorithm| {
                algorithm.verify_signature(&key.subject_public_key.data, message, signed.signature()).is_ok()
            });
        if proven {
            Ok(HandshakeSignatureValid::assertion())
        } else {
            Err(Error::InvalidCertificate(CertificateError::BadSignature))
        }
    }
}

/// The certificate, where it is of version 1 (or 2, which nobody makes).
fn version_one(der: &CertificateDer<'_>) -> Option<Certificate> {
    Certificate::parse(der).ok().filter(|certificate| certificate.version < 3)
}

fn judge(
    certificate: &Certificate,
    anchors: &[Certificate],
    name: &ServerName<'_>,
    now: UnixTime,
) -> Result<(), CertificateError> {
    let issuers: Vec<_> =
        anchors.iter().filter(|anchor| anchor.subject_der == certificate.issuer_der).collect();
    if issuers.is_empty() {
        return Err(CertificateError::UnknownIssuer);
    }
    if certificate.signature.weak {
        return Err(CertificateError::UnsupportedSignatureAlgorithmContext {
            signature_algorithm_id: Vec::new(),
            supported_algorithms: Vec::new(),
        });
    }
    if !issuers.iter().any(|issuer| certificate.signed_by(issuer) == Some(true)) {
        return Err(CertificateError::BadSignature);
    }
    let clock = SystemTime::UNIX_EPOCH + Duration::from_secs(now.as_secs());
    if clock > certificate.not_after {
        return Err(CertificateError::ExpiredContext { time: now, not_after: unix(certificate.not_after) });
    }
    if clock < certificate.not_before {
        return Err(CertificateError::NotValidYetContext {
            time: now,
            not_before: unix(certificate.not_before),
        });
    }
    if common_name_matches(&certificate.name, &name.to_str()) {
        return Ok(());
    }
    Err(CertificateError::NotValidForNameContext {
        expected: name.to_owned(),
        presented: vec![certificate.name.clone()],
    })
}

/// The common name stands for the host, or `*.` for one label of it.
fn common_name_matches(common: &str, host: &str) -> bool {
    let host = host.trim_end_matches('.');
    if common.eq_ignore_ascii_case(host) {
        return true;
    }
    let (Some(rest), Some((_, domain))) = (common.strip_prefix("*."), host.split_once('.')) else {
        return false;
    };
    rest.contains('.') && rest.eq_ignore_ascii_case(domain) && host.parse::<std::net::IpAddr>().is_err()
}

fn unix(time: SystemTime) -> UnixTime {
    UnixTime::since_unix_epoch(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
}

/// SubjectPublicKeyInfo, as it is encoded.
fn public_key<'a>(der: &'a CertificateDer<'_>) -> Option<&'a [u8]> {
    X509Certificate::from_der(der).ok().map(|(_, parsed)| parsed.tbs_certificate.subject_pki.raw)
}

/// The content of the AlgorithmIdentifier that a SubjectPublicKeyInfo begins with (RFC 5280, section 4.1).
fn key_identifier(spki: &[u8]) -> Option<&[u8]> {
    let (outer, _) = element(spki)?;
    element(outer).map(|(content, _)| content)
}

/// The content of a DER element, and what follows it.
fn element(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = der.get(1..)?.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let bytes = usize::from(first & 0x7F);
        if bytes > 4 {
            return None;
        }
        let (length, rest) = rest.split_at_checked(bytes)?;
        (length.iter().fold(0, |length, &byte| (length << 8) | usize::from(byte)), rest)
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_name_stands_for_its_host_or_one_label() {
        assert!(common_name_matches("broker.example", "broker.example"));
        assert!(common_name_matches("Broker.Example", "broker.example."));
        assert!(common_name_matches("*.example.org", "broker.example.org"));
        assert!(!common_name_matches("*.example.org", "a.b.example.org"));
        assert!(!common_name_matches("*.org", "example.org"));
        assert!(!common_name_matches("broker.example", "other.example"));
        assert!(!common_name_matches("*.0.0.1", "127.0.0.1"));
    }

    #[test]
    fn elements_are_cut_by_their_length() {
        assert_eq!(element(&[0x30, 2, 1, 2, 9]), Some((&[1, 2][..], &[9][..])));
        assert_eq!(element(&[0x30, 0x81, 1, 7]), Some((&[7][..], &[][..])));
        assert_eq!(element(&[0x30, 5, 1]), None);
        assert_eq!(element(&[0x30]), None);
        assert_eq!(element(&[0x30, 0x89, 1]), None);
    }
}
