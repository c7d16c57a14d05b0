//! The words of each finding. Exhaustive: a new finding does not compile without them.

use super::{
    super::{
        ReadProblem,
        facts::{Algorithm, when},
    },
    About, Damage, Finding, Kind, Severity,
};
use crate::{
    failure::{Remedy, Step},
    profile::Field,
};

/// The address of the test broker's page that signs requests.
const TEST_BROKER: &str = "https://test.mosquitto.org/ssl/";

pub(super) fn severity(finding: &Finding) -> Severity {
    match &finding.about {
        About::SystemTrust
        | About::SeveralKeys { .. }
        | About::Version1
        | About::OtherIssuer { .. }
        | About::LooseCertificates { .. }
        | About::CaFromPkcs12 { .. } => Severity::Info,
        // The operating system's CA is not checked for its dates by TLS: a broker's chain decides.
        About::Expired { .. } | About::NotYetValid { .. } if finding.field == Field::Ca => Severity::Warning,
        // A clock that is a little behind is no reason to refuse: the broker has its own.
        About::NotYetValid { start, now, .. } if soon(*start, *now) => Severity::Warning,
        About::NoAuthority { self_signed: true, .. }
        | About::KeyReadable { .. }
        | About::EndsSoon { .. }
        | About::ClockWrong { .. }
        | About::ClientIsCa
        | About::NoClientUsage { .. }
        | About::NoSignatureUsage { .. }
        | About::WeakKey { .. }
        | About::WeakSignature { .. }
        | About::SelfSigned
        | About::IssuerKeyChanged { .. }
        | About::ClientAsCa { .. } => Severity::Warning,
        About::NotChosen
        | About::Unreadable(_)
        | About::WrongKind(_)
        | About::Damaged { .. }
        | About::Swapped { .. }
        | About::KeyAsCa
        | About::NothingInside
        | About::PassphraseNeeded
        | About::PassphraseWrong
        | About::OldEncryption { .. }
        | About::EncryptionUnsupported { .. }
        | About::EncryptionTooCostly { .. }
        | About::KeyUnsupported(_)
        | About::KeyRefused(_)
        | About::KeyMismatch { .. }
        | About::Expired { .. }
        | About::NotYetValid { .. }
        | About::NoAuthority { .. } => Severity::Error,
    }
}

fn soon(start: std::time::SystemTime, now: std::time::SystemTime) -> bool {
    start.duration_since(now).is_ok_and(|wait| wait.as_secs() < 24 * 3_600)
}

pub(super) fn kind(about: &About) -> &'static str {
    match about {
        About::NotChosen => "not-chosen",
        About::SystemTrust => "system-trust",
        About::Unreadable(ReadProblem::Missing) => "file-missing",
        About::Unreadable(ReadProblem::Folder) => "file-is-folder",
        About::Unreadable(ReadProblem::Empty) => "file-empty",
        About::Unreadable(ReadProblem::TooLarge { .. }) => "file-too-large",
        About::Unreadable(ReadProblem::Forbidden) => "file-forbidden",
        About::Unreadable(ReadProblem::NotAFile) => "not-a-file",
        About::Unreadable(ReadProblem::Other(_)) => "file-unreadable",
        About::WrongKind(kind) => wrong_kind(*kind),
        About::Damaged { how: Damage::Cut, .. } => "cut",
        About::Damaged { how: Damage::NotBase64, .. } => "not-base64",
        About::Damaged { how: Damage::Malformed, .. } => "malformed",
        About::Damaged { how: Damage::Container, .. } => "damaged-container",
        About::Swapped { .. } => "swapped",
        About::KeyAsCa => "key-as-ca",
        About::NothingInside => "nothing-inside",
        About::SeveralKeys { .. } => "several-keys",
        About::PassphraseNeeded => "passphrase-needed",
        About::PassphraseWrong => "passphrase-wrong",
        About::OldEncryption { .. } => "old-encryption",
        About::EncryptionUnsupported { .. } => "encryption-unsupported",
        About::EncryptionTooCostly { .. } => "encryption-too-costly",
        About::KeyUnsupported(_) => "key-unsupported",
        About::KeyRefused(_) => "key-refused",
        About::KeyReadable { .. } => "key-readable-by-others",
        About::KeyMismatch { .. } => "key-mismatch",
        About::Expired { .. } => "expired",
        About::NotYetValid { .. } => "not-yet-valid",
        About::EndsSoon { .. } => "ends-soon",
        About::ClockWrong { .. } => "clock-wrong",
        About::Version1 => "version-1",
        About::ClientIsCa => "client-is-ca",
        About::NoClientUsage { .. } => "no-client-usage",
        About::NoSignatureUsage { .. } => "no-signature-usage",
        About::WeakKey { .. } => "weak-key",
        About::WeakSignature { .. } => "weak-signature",
        About::SelfSigned => "self-signed",
        About::OtherIssuer { .. } => "other-issuer",
        About::IssuerKeyChanged { .. } => "issuer-key-changed",
        About::LooseCertificates { .. } => "loose-certificates",
        About::NoAuthority { .. } => "no-ca-inside",
        About::ClientAsCa { .. } => "client-as-ca",
        About::CaFromPkcs12 { .. } => "ca-from-pkcs12",
    }
}

fn wrong_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Request => "is-request",
        Kind::PublicKey => "is-public-key",
        Kind::Pkcs7 => "is-pkcs7",
        Kind::RevocationList => "is-revocation-list",
        Kind::SshPrivateKey => "is-ssh-private-key",
        Kind::SshPublicKey => "is-ssh-public-key",
        Kind::PuttyKey => "is-putty-key",
        Kind::JavaKeystore => "is-java-keystore",
        Kind::WebPage => "is-web-page",
        Kind::CurveParameters => "is-curve-parameters",
        Kind::DhParameters => "is-dh-parameters",
        Kind::Pgp => "is-pgp",
        Kind::Archive => "is-archive",
        Kind::Picture => "is-picture",
        Kind::Pdf => "is-pdf",
        Kind::Program => "is-program",
        Kind::Json => "is-json",
        Kind::Text => "is-text",
        Kind::Binary => "is-binary",
    }
}

/// What belongs into a row.
fn wanted(field: Field) -> &'static str {
    match field {
        Field::Certificate => "client certificate",
        Field::Key => "private key",
        _ => "CA certificate",
    }
}

pub(super) fn what(finding: &Finding) -> String {
    let Finding { field, file, about } = finding;
    let wanted = wanted(*field);
    match about {
        About::NotChosen => format!("No {wanted} chosen"),
        About::SystemTrust => "Without a CA file, this computer's trust store decides".to_owned(),
        About::Unreadable(ReadProblem::Missing) => format!("{file} is not there"),
        About::Unreadable(ReadProblem::Folder) => format!("{file} is a folder"),
        About::Unreadable(ReadProblem::Empty) => format!("{file} is empty"),
        About::Unreadable(ReadProblem::TooLarge { .. }) => format!("{file} is too large for a {wanted}"),
        About::Unreadable(ReadProblem::Forbidden) => format!("{file} may not be read"),
        About::Unreadable(ReadProblem::NotAFile) => format!("{file} is not a regular file"),
        About::Unreadable(ReadProblem::Other(_)) => format!("{file} could not be read"),
        About::WrongKind(Kind::Text | Kind::Binary) => format!("There is no certificate or key in {file}"),
        About::WrongKind(kind) => format!("{file} is {}", kind.name()),
        About::Damaged { part, how } => format!("The {part} in {file} {}", damage(*how)),
        About::Swapped { .. } if *field == Field::Key => {
            format!("{file} is a certificate, not a private key")
        }
        About::Swapped { .. } => format!("{file} is a private key, not a certificate"),
        About::KeyAsCa => format!("{file} is a private key, not a CA certificate"),
        About::NothingInside => format!("There is no {wanted} in {file}"),
        About::SeveralKeys { count } => format!("{file} holds {count} private keys"),
        About::PassphraseNeeded => format!("{file} is locked with a passphrase"),
        About::PassphraseWrong => format!("The passphrase does not open {file}"),
        About::OldEncryption { .. } => format!("{file} is encrypted in OpenSSL's old format"),
        About::EncryptionUnsupported { .. } => format!("The encryption of {file} is not supported"),
        About::EncryptionTooCostly { .. } => format!("Opening {file} would take too long or too much memory"),
        About::KeyUnsupported(algorithm) => format!("Keys of type {algorithm} are not supported"),
        About::KeyRefused(algorithm) => format!("The {algorithm} key in {file} is not a valid key"),
        About::KeyReadable { .. } => format!("Other users of this computer can read {file}"),
        About::KeyMismatch { .. } => "The key and the certificate don't belong together".to_owned(),
        About::Expired { name, end, now } => format!("{name} {}", when::countdown(*end, *now)),
        About::NotYetValid { name, .. } => format!("{name} is not valid yet"),
        About::EndsSoon { name, end, now } => format!("{name} {}", when::countdown(*end, *now)),
        About::ClockWrong { .. } => "This computer's clock looks wrong".to_owned(),
        About::Version1 => format!("{file} is an X.509 version 1 certificate"),
        About::ClientIsCa => format!("{file} is a CA's certificate"),
        About::NoClientUsage { .. } => format!("{file} is not made for clients"),
        About::NoSignatureUsage { .. } => format!("{file} is not made for signatures"),
        About::WeakKey { name, bits } => format!("{name} has a key of only {bits} bits"),
        About::WeakSignature { name } => format!("{file} is signed with {name}"),
        About::SelfSigned => format!("{file} is signed by itself"),
        About::OtherIssuer { issuer } => {
            format!("{file} was issued by {issuer}, which is not in the CA file")
        }
        About::IssuerKeyChanged { issuer } => format!("{file} was issued by an earlier or another {issuer}"),
        About::LooseCertificates { count: 1 } => {
            format!("One certificate in {file} does not belong to the chain")
        }
        About::LooseCertificates { count } => {
            format!("{count} certificates in {file} do not belong to the chain")
        }
        About::NoAuthority { .. } => format!("{file} holds no CA certificate"),
        About::ClientAsCa { .. } => format!("{file} is the client's certificate, not the CA's"),
        About::CaFromPkcs12 { .. } => "The CA is taken out of the PKCS#12 file".to_owned(),
    }
}

fn damage(how: Damage) -> &'static str {
    match how {
        Damage::Cut => "is cut off",
        Damage::NotBase64 | Damage::Malformed | Damage::Container => "is damaged",
    }
}

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
        About::Damaged { how, .. } => match how {
            Damage::Cut => "It has a BEGIN line without the END line that belongs to it.",
            Damage::NotBase64 => "Between its BEGIN and END lines stand characters that don't belong there.",
            Damage::Malformed => {
                "Its BEGIN and END lines are there, but what stands between them does not read as one."
            }
            Damage::Container => "Its checksum or its structure does not fit its content.",
        }
        .into(),
        About::Swapped { with_other: true } => "And the other row holds what belongs here.".into(),
        About::Swapped { .. } => "It stands in the wrong row.".into(),
        About::KeyAsCa => {
            "Here belongs the public certificate of the CA that issued the broker's certificate.".into()
        }
        About::NothingInside => "It could be read, but holds something else.".into(),
        About::SeveralKeys { .. } => "The one that fits the certificate is used.".into(),
        About::PassphraseNeeded => "It is encrypted. The passphrase is kept in memory only.".into(),
        About::PassphraseWrong => {
            "Its checksum does not fit what came out. Mind capitals and the keyboard's layout.".into()
        }
        About::OldEncryption { .. } => {
            "The header “Proc-Type: 4,ENCRYPTED” means a key derivation that can be guessed \
            quickly; it is not read here. OpenSSL converts it to the format that is."
                .into()
        }
        About::EncryptionUnsupported { scheme } => format!("It uses {scheme}. OpenSSL converts it."),
        About::EncryptionTooCostly { asks } => {
            format!("It asks for {asks}: more than a credential reasonably does.")
        }
        About::KeyUnsupported(algorithm) => why_unsupported(algorithm),
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

pub(super) fn next(finding: &Finding) -> Vec<Step> {
    let Finding { field, file, about } = finding;
    let pick = |text: &str| Step { text: text.to_owned(), remedy: Some(Remedy::PickFile(*field)) };
    let say = |text: String| Step { text, remedy: None };
    let named = quoted(file);
    match about {
        About::NotChosen => vec![
            pick(&format!("Choose the {} file, or drop it on the window.", wanted(*field))),
            say("No certificate yet? Make a key and a request in “Certificates”.".into()),
        ],
        About::SystemTrust => vec![pick("Choose the CA's file, if the broker has a CA of its own.")],
        About::Unreadable(ReadProblem::Forbidden) => {
            vec![say(format!("Let yourself read it: chmod u+r {named}")), pick("Or choose another file.")]
        }
        About::Unreadable(_) => vec![pick("Choose the file again.")],
        About::WrongKind(kind) => next_wrong(*kind, &named, file, pick("Choose another file.")),
        About::Damaged { how: Damage::Container, .. } => vec![
            say(format!(
                "Write it out as PEM: openssl pkcs12 -in {named} -nodes -out {}",
                renamed(file, "", "pem")
            )),
            pick("Then choose that file."),
        ],
        About::Damaged { .. } => {
            vec![pick("Get the file again, whole, with its BEGIN and END lines, and choose it.")]
        }
        About::Swapped { with_other: true } => {
            vec![Step { text: "Exchange the two files.".into(), remedy: Some(Remedy::SwapFiles) }]
        }
        About::Swapped { .. } | About::NothingInside | About::KeyAsCa | About::NoAuthority { .. } => {
            vec![pick(&format!("Choose the {} file.", wanted(*field)))]
        }
        About::ClientAsCa { .. } => {
            vec![pick("Choose the certificate of the CA that issued the broker's certificate.")]
        }
        About::PassphraseNeeded | About::PassphraseWrong => {
            vec![Step { text: "Enter the passphrase.".into(), remedy: Some(Remedy::AskPassphrase) }]
        }
        About::OldEncryption { .. }
        | About::EncryptionUnsupported { .. }
        | About::EncryptionTooCostly { .. } => vec![
            say(format!("Convert it: {}", conversion(finding, &named))),
            pick("Then choose the new file."),
        ],
        About::KeyUnsupported(_) | About::KeyRefused(_) | About::WeakKey { .. } => {
            vec![say("Make a new key and a request in “Certificates”, and have it signed.".into())]
        }
        About::KeyReadable { .. } => vec![say(format!("Keep it to yourself: chmod 600 {named}"))],
        About::KeyMismatch { .. } => vec![
            Step {
                text: "Choose the key that the certificate was requested with.".into(),
                remedy: Some(Remedy::PickFile(Field::Key)),
            },
            Step {
                text: "Or choose the certificate that belongs to this key.".into(),
                remedy: Some(Remedy::PickFile(Field::Certificate)),
            },
        ],
        About::Expired { .. } if *field == Field::Ca => {
            vec![pick("Get the CA's current certificate and choose it.")]
        }
        About::Expired { .. } | About::EndsSoon { .. } => vec![
            say("Get a new certificate for the same key, or make a new request in “Certificates”.".into()),
            say("And check this computer's date and time.".into()),
        ],
        About::NotYetValid { .. } | About::ClockWrong { .. } => {
            vec![say("Check this computer's date, time and time zone.".into())]
        }
        About::Version1 => vec![],
        About::ClientIsCa | About::NoClientUsage { .. } | About::NoSignatureUsage { .. } => {
            vec![say(
                "Have a certificate issued for the client, with the usage “TLS client” (clientAuth).".into()
            )]
        }
        About::WeakSignature { .. } => vec![say("Have it signed anew, with SHA-256.".into())],
        About::SelfSigned => {
            vec![say("Have a request signed by the broker's CA, or give the broker this certificate.".into())]
        }
        About::IssuerKeyChanged { .. } => vec![
            say("Have the certificate issued anew by the present CA.".into()),
            Step {
                text: "Or choose the CA file that belongs to it.".into(),
                remedy: Some(Remedy::PickFile(Field::Ca)),
            },
        ],
        About::OtherIssuer { .. }
        | About::SeveralKeys { .. }
        | About::LooseCertificates { .. }
        | About::CaFromPkcs12 { .. } => vec![],
    }
}

fn next_wrong(kind: Kind, named: &str, file: &str, pick: Step) -> Vec<Step> {
    let text = match kind {
        Kind::Request => format!("Give it to a CA, for example at {TEST_BROKER}, and choose its answer."),
        Kind::Pkcs7 => {
            let out = renamed(file, "", "pem");
            format!(
                "Convert it: openssl pkcs7 -print_certs -in {named} -out {out} (with -inform DER if it is binary)"
            )
        }
        Kind::SshPrivateKey => {
            format!("Convert a copy of it: ssh-keygen -p -m PKCS8 -f {named} (it rewrites the file in place)")
        }
        Kind::PuttyKey => {
            format!(
                "Convert it: puttygen {named} -O private-openssh -o {0} && ssh-keygen -p -m PKCS8 -f {0}",
                renamed(file, "", "key")
            )
        }
        Kind::JavaKeystore => {
            let out = renamed(file, "", "p12");
            format!(
                "Convert it: keytool -importkeystore -srckeystore {named} -destkeystore {out} -deststoretype PKCS12"
            )
        }
        Kind::WebPage => {
            format!(
                "Save the file itself: on the page, right-click its link and choose “Save link as…” ({TEST_BROKER})."
            )
        }
        Kind::Archive => "Unpack it, and choose the files inside.".to_owned(),
        _ => return vec![pick],
    };
    vec![Step { text, remedy: None }, pick]
}

/// The command that brings a key into the encryption that is read here.
fn conversion(finding: &Finding, named: &str) -> String {
    let file = &finding.file;
    if [".p12", ".pfx"].iter().any(|end| file.to_lowercase().ends_with(end)) {
        return format!("openssl pkcs12 -in {named} -nodes -out {}", renamed(file, "", "pem"));
    }
    format!("openssl pkcs8 -topk8 -in {named} -out {}", renamed(file, "-pkcs8", "key"))
}

/// The name of the file that a command writes, quoted: the same name with something added and another ending.
fn renamed(file: &str, added: &str, ending: &str) -> String {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let stem = if stem.is_empty() { "credential" } else { stem };
    let new = format!("{stem}{added}.{ending}");
    quoted(&if new == file { format!("{stem}-new.{ending}") } else { new })
}

/// A file name as it can be pasted into a shell.
pub(crate) fn quoted(file: &str) -> String {
    let plain = |c: char| {
        c.is_ascii_alphanumeric() || "._-+=@%,:".contains(c) || (!c.is_ascii() && c.is_alphanumeric())
    };
    let safe = if file.starts_with('-') { format!("./{file}") } else { file.to_owned() };
    if !safe.is_empty() && safe.chars().all(|c| plain(c) || c == '/') {
        safe
    } else if safe.contains(['"', '$', '`', '\\', '!']) {
        format!("'{}'", safe.replace('\'', r"'\''"))
    } else {
        format!("\"{safe}\"")
    }
}
