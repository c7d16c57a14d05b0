//! The headline of each finding.

use super::{
    super::{ReadProblem, facts::when},
    About, Damage, Finding, Kind,
};
use crate::profile::Field;

/// What belongs into a row.
pub(super) fn wanted(field: Field) -> &'static str {
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
        About::Damaged { part, how, .. } => format!("The {part} in {file} {}", damage(*how)),
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
        About::Expired { name, end, now } | About::EndsSoon { name, end, now } => {
            format!("The certificate of {name} {}", when::countdown(*end, *now))
        }
        About::NotYetValid { name, .. } => format!("The certificate of {name} is not valid yet"),
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
        Damage::Cut | Damage::Short { .. } => "is cut off",
        Damage::NotBase64 | Damage::Malformed | Damage::Container => "is damaged",
    }
}
