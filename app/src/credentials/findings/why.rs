//! Why a finding matters, in one or two sentences with its evidence.

use super::{
    super::{
        ReadProblem,
        facts::{Algorithm, when},
    },
    About, Damage, Finding, Kind,
};
use crate::profile::Field;

pub(super) fn why(finding: &Finding) -> String {
    let Finding { field, file, about } = finding;
    match about {
        About::NotChosen if *field == Field::Key => {
            "A broker that asks for a client certificate also asks for proof that its private key is here."
                .into()
        }
        About::NotChosen => "With mutual TLS the broker wants to see who connects.".into(),
        About::SystemTrust => "It knows the public CAs of the web. A broker with a CA of its own, such as \
            test.mosquitto.org on port 8884, needs that CA's file."
            .into(),
        About::Unreadable(problem) => unreadable(*problem),
        About::WrongKind(kind) => why_wrong(*kind).into(),
        About::Damaged { how, .. } => damaged(*how),
        About::Swapped { with_other: true } => "And the other row holds what belongs here.".into(),
        About::Swapped { .. } => "It stands in the wrong row.".into(),
        About::KeyAsCa => {
            "Here belongs the public certificate of the CA that issued the broker's certificate.".into()
        }
        About::NothingInside => "It could be read, but holds something else.".into(),
        About::SeveralKeys { .. } => "The one that fits the certificate is used.".into(),
        About::PassphraseNeeded => {
            "It is encrypted. The passphrase stays in memory, unless the keychain shall remember it.".into()
        }
        About::PassphraseWrong => {
            "What came out of it makes no sense. Mind capitals and the keyboard's layout.".into()
        }
        About::OldEncryption { cipher } => format!(
            "The header “Proc-Type: 4,ENCRYPTED” ({cipher}) means a passphrase that can be guessed quickly; it is not \
             read here. OpenSSL converts it to the format that is."
        ),
        About::EncryptionUnsupported { scheme } => format!("It uses {scheme}. OpenSSL converts it."),
        About::EncryptionTooCostly { asks } => {
            format!("It asks for {asks}: more than a credential reasonably does.")
        }
        About::KeyUnsupported(algorithm) => why_unsupported(algorithm),
        About::KeyRefused(Algorithm::Rsa { .. }) => {
            "Its parts don't fit each other, as in a damaged file; or it was made in \
            an unusual way: the exponent has to be at least 65537, and the size a multiple of 1024 bits."
                .into()
        }
        About::KeyRefused(_) => {
            "Its parts don't fit each other, so that it could not sign. The file was damaged, or was \
            made by a program with a mistake."
                .into()
        }
        About::KeyReadable { mode } => {
            format!("Its permissions are {:03o}. Whoever reads it can pose as this client.", mode & 0o777)
        }
        About::KeyMismatch { certificate, certificate_algorithm, key_algorithm }
            if certificate_algorithm == key_algorithm =>
        {
            format!("{certificate} was made for another {key_algorithm} key than the one in {file}.")
        }
        About::KeyMismatch { certificate, certificate_algorithm, key_algorithm } => format!(
            "{certificate} was made for a key of type {certificate_algorithm}; the key in {file} is {key_algorithm}."
        ),
        About::Expired { end, now, .. } => {
            format!(
                "It was valid until {}. This computer's clock says {}.",
                when::date(*end),
                when::date(*now)
            )
        }
        About::NotYetValid { start, now, .. } => {
            format!(
                "It is valid from {}. This computer's clock says {}.",
                when::date(*start),
                when::date(*now)
            )
        }
        About::EndsSoon { end, .. } => {
            format!("It is valid until {}; after that it is refused.", when::date(*end))
        }
        About::ClockWrong { now } => format!(
            "It says {}, which is before this program was written. Certificates are judged by it.",
            when::date(*now)
        ),
        About::Version1 => {
            "It has no extensions, so that some brokers refuse it. It is sent all the same: Mosquitto \
            accepts it."
                .into()
        }
        About::ClientIsCa => {
            "A CA issues certificates; clients have one of their own. Some brokers refuse this one.".into()
        }
        About::NoClientUsage { allowed } => format!(
            "It may be used for: {}. Most brokers refuse a client whose certificate leaves out “TLS client”.",
            if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") }
        ),
        About::NoSignatureUsage { allowed } => format!(
            "It may be used for: {}. To prove that the key is here, a client signs; many brokers check that it may.",
            if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") }
        ),
        About::WeakKey { .. } => {
            "RSA keys below 2048 bits are refused by this program and by most brokers.".into()
        }
        About::WeakSignature { .. } => {
            "Such signatures can be forged; brokers on current systems refuse them.".into()
        }
        About::SelfSigned => {
            "No CA vouches for it: only a broker that was given this very certificate accepts it.".into()
        }
        About::OtherIssuer { .. } => {
            "That is no mistake where the broker uses another CA for its clients than for itself. \
            Otherwise the broker will refuse it."
                .into()
        }
        About::IssuerKeyChanged { .. } => {
            "The CA file has a CA of that name, but not the key that signed this certificate: \
            usually the CA was made anew after the certificate."
                .into()
        }
        About::LooseCertificates { .. } => "They are not sent to the broker.".into(),
        About::NoAuthority { name, self_signed: true } => format!(
            "{name} is not marked as a CA. It is trusted all the same, but helps only where the broker presents this very \
             certificate."
        ),
        About::NoAuthority { name, .. } => format!(
            "{name} cannot vouch for a broker: it was issued by somebody else and is not marked as a CA."
        ),
        About::ClientAsCa { name } => {
            format!("{name} also stands in the certificate's row, and is not marked as a CA.")
        }
        About::CaFromPkcs12 { count: 1 } => {
            format!("{file} holds one CA certificate, and no CA file was chosen.")
        }
        About::CaFromPkcs12 { count } => {
            format!("{file} holds {count} CA certificates, and no CA file was chosen.")
        }
    }
}

fn damaged(how: Damage) -> String {
    match how {
        Damage::Cut => "It has a BEGIN line without the END line that belongs to it.".into(),
        Damage::NotBase64 => {
            "Between its BEGIN and END lines stand characters that don't belong there.".into()
        }
        Damage::Malformed => {
            "Its BEGIN and END lines are there, but what stands between them does not read as one.".into()
        }
        Damage::Short { expected, present } => {
            format!(
                "It says that it has {expected} bytes, but {present} are there: copied or downloaded in part."
            )
        }
        Damage::Container => "Its checksum or its structure does not fit its content.".into(),
    }
}

fn unreadable(problem: ReadProblem) -> String {
    match problem {
        ReadProblem::Missing => {
            "It was moved, renamed or deleted, or sits on a disk that is not connected.".into()
        }
        ReadProblem::Folder => "A file is needed, not the folder it is in.".into(),
        ReadProblem::Empty => "It has no content: usually a download or a command that failed.".into(),
        ReadProblem::TooLarge { bytes, limit } => {
            format!(
                "It has {} MB; credential files are far below {} MB.",
                bytes.div_ceil(1 << 20),
                limit >> 20
            )
        }
        ReadProblem::Forbidden => "The operating system does not let this program read it.".into(),
        ReadProblem::NotAFile => "It is a device, a pipe or a socket.".into(),
        ReadProblem::Other(kind) => format!("The operating system says: {kind}."),
    }
}

fn why_wrong(kind: Kind) -> &'static str {
    match kind {
        Kind::Request => "A request is what a CA is given; its answer is the certificate.",
        Kind::PublicKey => {
            "It has neither a name, as a certificate has, nor the secret that a private key has."
        }
        Kind::Pkcs7 => "Such a bundle wraps certificates in another format.",
        Kind::RevocationList => "It lists certificates that are no longer valid, and is none itself.",
        Kind::SshPrivateKey => "It is a private key, but in a format that TLS does not use.",
        Kind::SshPublicKey => "SSH keys come without certificates of the kind that TLS needs.",
        Kind::PuttyKey => "It is a key for SSH, in a format of its own.",
        Kind::JavaKeystore => "It may well hold all three, but in a format of its own.",
        Kind::WebPage => {
            "The page about the file was saved instead of the file itself, or the site answered with an error page."
        }
        Kind::CurveParameters => {
            "They only name a curve; the key stands in another file, or further down was cut off."
        }
        Kind::DhParameters => "They belong to a server's configuration.",
        Kind::Pgp => "PGP has keys and certificates of its own kind, which TLS does not use.",
        Kind::Archive => "The credentials are perhaps inside it.",
        Kind::Picture | Kind::Pdf | Kind::Program | Kind::Json => "It was probably chosen by mistake.",
        Kind::Text => "It is a text, but no BEGIN line of a certificate or a key stands in it.",
        Kind::Binary => "It is binary, and neither DER nor PKCS#12.",
    }
}

fn why_unsupported(algorithm: &Algorithm) -> String {
    match algorithm {
        Algorithm::Rsa { bits } if *bits < 2_048 => {
            format!(
                "An RSA key of {bits} bits is too short to be safe; this program signs with 2048 to 4096 bits."
            )
        }
        Algorithm::Rsa { bits } => {
            format!("This program signs with RSA keys of 2048 to 4096 bits; this one has {bits}.")
        }
        _ => "This program signs with RSA (2048 to 4096 bits), ECDSA P-256 and P-384, and Ed25519.".into(),
    }
}
