//! Files that people choose by mistake, recognised by their content.

/// Something that is neither a certificate nor a private key in a format of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A certificate signing request (PKCS#10).
    Request,
    /// A public key.
    PublicKey,
    /// A PKCS#7 bundle (.p7b).
    Pkcs7,
    /// A certificate revocation list.
    RevocationList,
    /// An OpenSSH private key.
    SshPrivateKey,
    /// An OpenSSH public key.
    SshPublicKey,
    /// A PuTTY key (.ppk).
    PuttyKey,
    /// A Java keystore (.jks).
    JavaKeystore,
    /// A web page.
    WebPage,
    /// Parameters of an elliptic curve.
    CurveParameters,
    /// Parameters of Diffie-Hellman.
    DhParameters,
    /// A PGP key or message.
    Pgp,
    /// A ZIP, gzip, 7z or tar archive.
    Archive,
    /// A picture.
    Picture,
    /// A PDF.
    Pdf,
    /// A program.
    Program,
    /// JSON.
    Json,
    /// Some text.
    Text,
    /// Some bytes.
    Binary,
}

impl Kind {
    /// "a certificate signing request".
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Request => "a certificate signing request (CSR)",
            Self::PublicKey => "a public key",
            Self::Pkcs7 => "a PKCS#7 bundle",
            Self::RevocationList => "a certificate revocation list (CRL)",
            Self::SshPrivateKey => "an OpenSSH private key",
            Self::SshPublicKey => "an OpenSSH public key",
            Self::PuttyKey => "a PuTTY key",
            Self::JavaKeystore => "a Java keystore",
            Self::WebPage => "a web page",
            Self::CurveParameters => "elliptic curve parameters without a key",
            Self::DhParameters => "Diffie-Hellman parameters",
            Self::Pgp => "a PGP file",
            Self::Archive => "an archive",
            Self::Picture => "a picture",
            Self::Pdf => "a PDF document",
            Self::Program => "a program",
            Self::Json => "a JSON file",
            Self::Text => "a text without a certificate or key in it",
            Self::Binary => "no certificate or key in a format that is known here",
        }
    }
}
