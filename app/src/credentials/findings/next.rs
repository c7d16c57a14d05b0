//! What to do about a finding: the command that mends it, or the button.

use super::{super::ReadProblem, About, Damage, Finding, Kind, what::wanted};
use crate::{
    failure::{Remedy, Step},
    profile::Field,
};

/// The address of the test broker's page that signs requests.
const TEST_BROKER: &str = "https://test.mosquitto.org/ssl/";

/// The command that makes a key and a request.
const REQUEST: &str = "echo-monitor certs request --name NAME --out FOLDER";

pub(super) fn next(finding: &Finding) -> Vec<Step> {
    let Finding { field, file, about } = finding;
    let pick = |text: &str| Step { text: text.to_owned(), remedy: Some(Remedy::PickFile(*field)) };
    let say = |text: String| Step { text, remedy: None };
    let get = |text: &str| Step { text: text.to_owned(), remedy: Some(Remedy::GetCertificates) };
    let named = quoted(file);
    match about {
        About::NotChosen => vec![
            pick(&format!("Choose the {} file, or drop it on the window.", wanted(*field))),
            get(&format!("None yet? Make a key and a request: {REQUEST}")),
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
            vec![Step {
                text: "It is the one that was chosen when the file was made.".into(),
                remedy: Some(Remedy::AskPassphrase),
            }]
        }
        About::OldEncryption { .. }
        | About::EncryptionUnsupported { .. }
        | About::EncryptionTooCostly { .. } => vec![
            say(format!("Convert it: {}", conversion(finding, &named))),
            pick("Then choose the new file."),
        ],
        About::KeyUnsupported(_) | About::KeyRefused(_) | About::WeakKey { .. } => {
            vec![get(&format!("Make a new key and a request, and have it signed: {REQUEST}"))]
        }
        About::KeyReadable { .. } => {
            let command = format!("chmod 600 {named}");
            vec![Step {
                text: format!("Keep it to yourself: {command}"),
                remedy: Some(Remedy::CopyCommand(command)),
            }]
        }
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
        About::Expired { .. } | About::EndsSoon { .. } if *field == Field::Ca => {
            vec![pick("Get the CA's current certificate and choose it.")]
        }
        About::Expired { .. } | About::EndsSoon { .. } => vec![
            Step {
                text: "Have a new certificate issued for the same key.".into(),
                remedy: Some(Remedy::RenewCertificate),
            },
            pick("Have you got it already? Choose it."),
            say("Also check this computer's date and time.".into()),
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

/// The command that brings a key into the encryption that is read here. Since OpenSSL 3, old ciphers have to be asked for.
fn conversion(finding: &Finding, named: &str) -> String {
    let file = &finding.file;
    let old = match &finding.about {
        About::OldEncryption { cipher } => {
            ["DES-CBC", "RC2", "IDEA", "BF"].iter().any(|old| cipher.starts_with(old))
        }
        About::EncryptionUnsupported { .. } => true,
        _ => false,
    };
    let before = if old { " (before OpenSSL 3 without the options about legacy)" } else { "" };
    if [".p12", ".pfx"].iter().any(|end| file.to_lowercase().ends_with(end)) {
        let legacy = if old { " -legacy" } else { "" };
        return format!(
            "openssl pkcs12 -in {named}{legacy} -nodes -out {}{before}",
            renamed(file, "", "pem")
        );
    }
    let legacy = if old { " -provider legacy -provider default" } else { "" };
    format!("openssl pkcs8 -topk8 -in {named}{legacy} -out {}{before}", renamed(file, "-pkcs8", "key"))
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
