//! Making keys, requests and certificates, as flags.

use std::path::PathBuf;

use clap::{Args, Subcommand, builder::TypedValueParser};

use super::destination::named;
use crate::credentials::{
    local::DAYS_LIMIT,
    request::{KeyKind, Subject},
};

const REQUEST_AFTER: &str = "\
Writes client.key, which only you can read, and client.csr. Send the request to whoever runs the CA, and never
the key. With --key it asks anew for a key that is there, and writes the request alone. For test.mosquitto.org: paste all of client.csr into https://test.mosquitto.org/ssl/ and save the
answer as client.crt. Then:

  echo-monitor certs verify --answer client.crt --key client.key

Examples:
  echo-monitor certs request --name board-1 --out certs
  echo-monitor certs request --name board-1 --kind rsa-2048 --organization 'Example Ltd' --country CH
  echo-monitor certs request --name board-1 --key certs/client.key --out certs";

const LOCAL_AFTER: &str = "\
Writes ca.crt, server.crt, server.key, client.crt, client.key and mosquitto.conf. Keys are readable by you only;
the CA's own key is not kept, so that nobody can issue more in its name. For another client make all anew.

Example:
  echo-monitor certs local --name localhost --name 127.0.0.1 --out certs/local
  mosquitto -c certs/local/mosquitto.conf
  echo-monitor check --broker localhost --port 8884 \\
      --ca certs/local/ca.crt --cert certs/local/client.crt --key certs/local/client.key";

/// What `certs` can make and check.
#[derive(Debug, Subcommand)]
pub enum Certs {
    /// A key and a signing request for it: the first half of getting a client certificate.
    #[command(after_help = REQUEST_AFTER)]
    Request(Request),
    /// Look whether the CA's answer belongs to the key, and whether it is good for a client.
    Verify(Verify),
    /// A throw-away CA with certificates for a broker of one's own and for one client, beside a ready mosquitto.conf.
    #[command(after_help = LOCAL_AFTER)]
    Local(Local),
}

/// The flags of `certs request`.
#[derive(Clone, Debug, Args)]
pub struct Request {
    /// What the broker shall call this client: the certificate's common name (CN).
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// Organization (O).
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub organization: String,
    /// Organizational unit (OU).
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub unit: String,
    /// Locality (L), such as a town.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub locality: String,
    /// State or province (ST).
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub state: String,
    /// Country (C): two letters, such as CH.
    #[arg(long, value_name = "XX", default_value = "", hide_default_value = true)]
    pub country: String,
    /// What kind of key to make: P-256 is small and accepted everywhere.
    #[arg(long, value_name = "KIND", default_value = "p-256", value_parser = kind())]
    pub kind: KeyKind,
    /// Ask for a certificate for this key instead of making one; its passphrase comes from ECHO_MONITOR_PASSPHRASE.
    #[arg(long, value_name = "FILE", conflicts_with = "kind")]
    pub key: Option<PathBuf>,
    /// The folder to write into.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,
    /// Replace files that are there. A key that is replaced is gone, and every certificate issued for it is useless.
    #[arg(long)]
    pub force: bool,
}

impl Request {
    /// Whom the certificate shall name.
    #[must_use]
    pub fn subject(&self) -> Subject {
        Subject {
            common_name: self.name.clone(),
            organization: self.organization.clone(),
            unit: self.unit.clone(),
            locality: self.locality.clone(),
            state: self.state.clone(),
            country: self.country.clone(),
        }
    }
}

/// The flags of `certs verify`.
#[derive(Clone, Debug, Args)]
pub struct Verify {
    /// The certificate that came back.
    #[arg(long, value_name = "FILE")]
    pub answer: PathBuf,
    /// The key that the request was made with; its passphrase comes from ECHO_MONITOR_PASSPHRASE.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
}

/// The flags of `certs local`.
#[derive(Clone, Debug, Args)]
pub struct Local {
    /// A host name or address that the broker is reached by; give it once for each.
    #[arg(long = "name", value_name = "HOST", required = true, num_args = 1.., value_delimiter = ',')]
    pub names: Vec<String>,
    /// The folder to write into.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The TCP port that mosquitto.conf listens on.
    #[arg(long, value_name = "N", default_value_t = 8884, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: u16,
    /// How many days the certificates last.
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=i64::from(DAYS_LIMIT)))]
    pub days: u32,
    /// Replace files that are there.
    #[arg(long)]
    pub force: bool,
}

fn kind() -> impl TypedValueParser<Value = KeyKind> {
    named(&[
        ("p-256", KeyKind::P256),
        ("rsa-2048", KeyKind::Rsa2048),
        ("rsa-3072", KeyKind::Rsa3072),
        ("rsa-4096", KeyKind::Rsa4096),
        ("p-384", KeyKind::P384),
        ("ed25519", KeyKind::Ed25519),
    ])
}
