//! How bad a finding is, and its stable name. Exhaustive: a new finding does not compile without them.

use std::time::SystemTime;

use super::{super::ReadProblem, About, Damage, Finding, Kind, Severity};
use crate::profile::Field;

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
        | About::Damaged { rest_read: true, .. }
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

fn soon(start: SystemTime, now: SystemTime) -> bool {
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
        About::Damaged { how: Damage::Cut | Damage::Short { .. }, .. } => "cut",
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
