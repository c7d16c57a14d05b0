//! How the broker's certificate is judged: by webpki, as rustls does it, with webpki's reason kept.
//!
//! Without std rustls drops every reason that it has no variant for, the most interesting one among them: a chain in
//! which a certificate signs that is no CA's. Hence this second look, which never accepts anything: it is taken only
//! after rustls has refused.

use rustls::{
    CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor, verify_server_name,
    },
    crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::{ParsedCertificate, VerifierBuilderError},
};
use webpki::{EndEntityCert, KeyUsage};

/// Not rustls' `WebPkiServerVerifier`, which is these same steps and beside them revocation lists, of which the board has
/// none: 12 KB of flash.
#[derive(Debug)]
pub(crate) struct Verifier {
    anchors: RootCertStore,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    /// Fails where there is no trust anchor.
    pub(crate) fn new(
        anchors: RootCertStore,
        provider: &CryptoProvider,
    ) -> Result<Self, VerifierBuilderError> {
        if anchors.is_empty() {
            return Err(VerifierBuilderError::NoRootAnchors);
        }
        Ok(Self { anchors, algorithms: provider.signature_verification_algorithms })
    }

    /// By an anchor of ours, now, for that name, as a server's.
    fn verify(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Error> {
        let algorithms = self.algorithms.all;
        let certificate = ParsedCertificate::try_from(certificate)?;
        verify_server_cert_signed_by_trust_anchor(
            &certificate,
            &self.anchors,
            intermediates,
            now,
            algorithms,
        )?;
        verify_server_name(&certificate, server)
    }

    /// Whether a certificate that is no CA's signed in the chain.
    fn signed_by_leaf(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> bool {
        EndEntityCert::try_from(certificate).is_ok_and(|certificate| {
            let verdict = certificate.verify_for_usage(
                self.algorithms.all,
                &self.anchors.roots,
                intermediates,
                now,
                KeyUsage::server_auth(),
                None,
                None,
            );
            matches!(verdict, Err(webpki::Error::EndEntityUsedAsCa))
        })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.verify(end_entity, intermediates, server_name, now) {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(Error::InvalidCertificate(CertificateError::Other(_)))
                if self.signed_by_leaf(end_entity, intermediates, now) =>
            {
                // The variant that rustls keeps for its users' own reasons.
                Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
            }
            Err(error) => Err(error),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> alloc::vec::Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
