//! A throw-away CA for a broker of one's own: CA, server and client certificates, and the configuration that uses them.
//!
//! Everything is made in memory; writing it is the caller's business, with the permissions that [`Made::private`] asks for.
//! The CA's key is dropped when the certificates are signed, so that nobody can ever issue another in its name.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use core::net::IpAddr;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SanType,
};
use zeroize::Zeroizing;

use super::Made;

/// How long a certificate is backdated, against clocks that are a little behind.
const BACKDATED: Duration = Duration::from_secs(3_600);
/// The longest life that can be asked for, in days: a throw-away CA, not a CA.
pub const DAYS_LIMIT: u32 = 3_650;

/// A throw-away CA with one server and one client, all in PEM. The CA's own key is gone.
pub struct LocalCa {
    /// The CA's certificate.
    pub ca_pem: String,
    /// The broker's certificate, for all names.
    pub server_pem: String,
    /// The broker's key (PKCS#8).
    pub server_key_pem: Zeroizing<String>,
    /// The client's certificate.
    pub client_pem: String,
    /// The client's key (PKCS#8).
    pub client_key_pem: Zeroizing<String>,
}

impl std::fmt::Debug for LocalCa {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LocalCa(…)")
    }
}

/// Why no CA could be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocalProblem {
    /// No name for the broker.
    #[error("name at least one host name or address that the broker is reached by")]
    NoName,
    /// Not a DNS name and not an IP address.
    #[error("“{0}” is neither a host name nor an IP address")]
    BadName(String),
    /// No life, or too long a one.
    #[error("the certificates can last 1 to {DAYS_LIMIT} days")]
    BadDays,
    /// The clock is before 1970 or after 9999.
    #[error("this computer's clock is out of range")]
    BadClock,
    /// The operating system's randomness or the signature failed.
    #[error("a key or a signature could not be made: {0}")]
    Crypto(String),
}

/// Makes a CA, a server certificate for `names` (DNS names and IP addresses) and a client certificate, all P-256, valid from
/// an hour before `now` for `days` days.
///
/// # Errors
/// [`LocalProblem`]: what is wrong with the names or the days, or that there is no randomness.
pub fn make(names: &[&str], now: SystemTime, days: u32) -> Result<LocalCa, LocalProblem> {
    if !(1..=DAYS_LIMIT).contains(&days) {
        return Err(LocalProblem::BadDays);
    }
    let first = names.first().ok_or(LocalProblem::NoName)?.trim().to_owned();
    let names = names.iter().map(|name| alternative_name(name)).collect::<Result<Vec<_>, _>>()?;
    let span = Span::new(now, days)?;

    let ca_key = KeyPair::generate()?;
    let mut ca = span.params("Echo Monitor throw-away CA");
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let ca_pem = ca.self_signed(&ca_key)?.pem();
    let issuer = Issuer::new(ca, ca_key);

    let mut server = span.params(&first);
    server.subject_alt_names = names;
    let (server_pem, server_key_pem) = issued(server, ExtendedKeyUsagePurpose::ServerAuth, &issuer)?;
    let client = span.params("echo-client");
    let (client_pem, client_key_pem) = issued(client, ExtendedKeyUsagePurpose::ClientAuth, &issuer)?;
    Ok(LocalCa { ca_pem, server_pem, server_key_pem, client_pem, client_key_pem })
}

fn issued(
    mut params: CertificateParams,
    usage: ExtendedKeyUsagePurpose,
    issuer: &Issuer<'_, KeyPair>,
) -> Result<(String, Zeroizing<String>), LocalProblem> {
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![usage];
    let key = KeyPair::generate()?;
    let pem = params.signed_by(&key, issuer)?.pem();
    Ok((pem, Zeroizing::new(key.serialize_pem())))
}

/// When the certificates are valid.
struct Span {
    start: SystemTime,
    end: SystemTime,
}

impl Span {
    fn new(now: SystemTime, days: u32) -> Result<Self, LocalProblem> {
        let start =
            now.checked_sub(BACKDATED).filter(|start| *start >= UNIX_EPOCH).ok_or(LocalProblem::BadClock)?;
        let end = now
            .checked_add(Duration::from_secs(u64::from(days) * 24 * 3_600))
            .ok_or(LocalProblem::BadClock)?;
        // Year 9999 is the last that a certificate can name (RFC 5280, section 4.1.2.5).
        let last = UNIX_EPOCH + Duration::from_secs(253_402_300_799);
        if end > last { Err(LocalProblem::BadClock) } else { Ok(Self { start, end }) }
    }

    fn params(&self, common_name: &str) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.not_before = self.start.into();
        params.not_after = self.end.into();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, "Echo Monitor");
        params.distinguished_name.push(DnType::CommonName, common_name);
        params
    }
}

fn alternative_name(name: &str) -> Result<SanType, LocalProblem> {
    let name = name.trim();
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(SanType::IpAddress(address));
    }
    let bad = || LocalProblem::BadName(name.to_owned());
    let label = |label: &str| {
        let fits = (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-');
        fits && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    let host = name.strip_prefix("*.").unwrap_or(name);
    if name.len() > 253 || !host.split('.').all(label) {
        return Err(bad());
    }
    Ok(SanType::DnsName(name.try_into().map_err(|_| bad())?))
}

impl From<rcgen::Error> for LocalProblem {
    fn from(error: rcgen::Error) -> Self {
        Self::Crypto(error.to_string())
    }
}

impl LocalCa {
    /// All of it as files for `folder`, with a `mosquitto.conf` that listens on `port` and asks for client certificates.
    /// With an absolute folder the broker can be started from anywhere: `mosquitto -c FOLDER/mosquitto.conf`; with an empty
    /// one the files can be moved, and it is started where they are.
    #[must_use]
    pub fn files(&self, port: u16, folder: &str) -> Vec<Made> {
        vec![
            Made::new("ca.crt", &self.ca_pem, false),
            Made::new("server.crt", &self.server_pem, false),
            Made::new("server.key", &self.server_key_pem, true),
            Made::new("client.crt", &self.client_pem, false),
            Made::new("client.key", &self.client_key_pem, true),
            Made::new("mosquitto.conf", &mosquitto_conf(port, folder), false),
        ]
    }
}

/// The configuration of a Mosquitto that asks for certificates of this CA.
fn mosquitto_conf(port: u16, folder: &str) -> String {
    let folder = match folder.chars().next_back() {
        None | Some('/' | '\\') => folder.to_owned(),
        Some(_) => format!("{folder}/"),
    };
    format!(
        "# Mutual TLS with a throw-away CA. Start it with: mosquitto -c {folder}mosquitto.conf\n\
         # Without this, small messages wait up to 40 ms for the acknowledgement of the one before.\n\
         set_tcp_nodelay true\n\
         # Only counts where it is started as root: others could not read server.key.\n\
         user root\n\
         \n\
         listener {port}\n\
         # The certificate is the permission: whoever has one of this CA may connect.\n\
         allow_anonymous true\n\
         require_certificate true\n\
         cafile {folder}ca.crt\n\
         certfile {folder}server.crt\n\
         keyfile {folder}server.key\n"
    )
}
