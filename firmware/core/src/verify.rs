//! How the broker's certificate is judged: by webpki, as rustls does it, with webpki's reason kept.
//!
//! Without std rustls drops every reason that it has no variant for, the most interesting one among them: a chain in
//! which a certificate signs that is no CA's. Hence this second look, which never accepts anything: it is taken only
//! after rustls has refused.

use alloc::sync::Arc;

use rustls::{
    CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, WebPkiSupportedAlgorithms},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::VerifierBuilderError,
};
use webpki::{EndEntityCert, KeyUsage};

#[derive(Debug)]
pub(crate) struct Verifier {
    rustls: Arc<WebPkiServerVerifier>,
    anchors: Arc<RootCertStore>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    /// Fails where there is no trust anchor.
    pub(crate) fn new(
        anchors: RootCertStore,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, VerifierBuilderError> {
        let anchors = Arc::new(anchors);
        let algorithms = provider.signature_verification_algorithms;
        let rustls = WebPkiServerVerifier::builder_with_provider(Arc::clone(&anchors), provider).build()?;
        Ok(Self { rustls, anchors, algorithms })
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
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.rustls.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now).map_err(
            |error| match error {
                Error::InvalidCertificate(CertificateError::Other(_))
                    if self.signed_by_leaf(end_entity, intermediates, now) =>
                {
                    // The variant that rustls keeps for its users' own reasons.
                    Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)
                }
                other => other,
            },
        )
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.rustls.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.rustls.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> alloc::vec::Vec<SignatureScheme> {
        self.rustls.supported_verify_schemes()
    }
}
