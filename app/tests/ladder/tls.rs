//! TLS servers made for a case: what they present, what they say of our certificate, which versions they speak.

use std::{
    fmt::{self, Debug},
    io::{Read, Write},
    net::{Shutdown, TcpListener},
    sync::Arc,
    thread,
};

use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, ServerConfig, ServerConnection,
    SignatureScheme, SupportedProtocolVersion,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, ring::default_provider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem::PemObject},
    server::{
        ClientHello, ResolvesServerCert,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
    sign::CertifiedKey,
    version::{TLS12, TLS13},
};

use crate::pki::Pki;

/// What a server does about our certificate.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    /// Nothing.
    No,
    /// It wants one and takes any.
    Any,
    /// It wants one and says this of it.
    Refuse(CertificateError),
    /// It wants one and hangs up without a word when it has it.
    HangUp,
}

/// Serves everybody until the test ends. The chain and the key are files of `pki`.
pub(crate) fn serve(
    pki: &Pki,
    chain: &[&str],
    key: &str,
    ask: Ask,
    versions: &[&'static SupportedProtocolVersion],
) -> u16 {
    let chain = chain.iter().map(|name| CertificateDer::from_pem_file(pki.file(name)).unwrap()).collect();
    let key = PrivateKeyDer::from_pem_file(pki.file(key)).unwrap();
    let provider = Arc::new(default_provider());
    let certified = CertifiedKey::new(chain, provider.key_provider.load_private_key(key).unwrap());
    let builder =
        ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(versions).unwrap();
    let hang_up = matches!(ask, Ask::HangUp);
    let builder = match ask {
        Ask::No => builder.with_no_client_auth(),
        ask => builder.with_client_cert_verifier(Arc::new(Judge { ask, provider })),
    };
    let config = Arc::new(builder.with_cert_resolver(Arc::new(Always(Arc::new(certified)))));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let config = config.clone();
            thread::spawn(move || {
                let mut connection = ServerConnection::new(config).unwrap();
                while connection.is_handshaking() {
                    // An alert is written before the error is told.
                    if connection.complete_io(&mut stream).is_err() {
                        // What is not read would turn the end into a reset, and a reset overtakes the alert.
                        let _ = stream.shutdown(Shutdown::Write);
                        while stream.read(&mut [0; 4096]).unwrap_or(0) > 0 {}
                        return;
                    }
                }
                if hang_up {
                    return;
                }
                let mut tls = rustls::Stream::new(&mut connection, &mut stream);
                let mut buffer = [0; 4096];
                let _ = tls.flush();
                while tls.read(&mut buffer).unwrap_or(0) > 0 {}
            });
        }
    });
    port
}

/// Both versions, and each alone.
pub(crate) const BOTH: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];
pub(crate) const EACH: [(&str, &[&SupportedProtocolVersion]); 2] =
    [("TLS 1.2", &[&TLS12]), ("TLS 1.3", &[&TLS13])];

/// The same certificate for every name, also one that rustls would not serve.
#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

struct Judge {
    ask: Ask,
    provider: Arc<CryptoProvider>,
}

impl Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Judge({:?})", self.ask)
    }
}

impl ClientCertVerifier for Judge {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        match &self.ask {
            Ask::Refuse(why) => Err(Error::InvalidCertificate(why.clone())),
            _ => Ok(ClientCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
