//! Files dropped on the window: their content tells which is the CA, the certificate, the key.

use std::path::PathBuf;

use super::{Content, facts::Certificate, load::load};
use crate::profile::Field;

/// What a dropped file is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Trust anchors.
    Ca,
    /// The client's certificate.
    Certificate,
    /// The private key.
    Key,
    /// Certificate and key in one file.
    CertificateAndKey,
    /// PKCS#12: all three, perhaps; still locked, perhaps.
    Pkcs12,
    /// None of these: left to the person, and to the findings of the row that they choose.
    Unknown,
}

impl Role {
    /// The rows that the file fills.
    #[must_use]
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::Ca => &[Field::Ca],
            Self::Certificate => &[Field::Certificate],
            Self::Key => &[Field::Key],
            Self::CertificateAndKey | Self::Pkcs12 => &[Field::Certificate, Field::Key],
            Self::Unknown => &[],
        }
    }
}

/// Tells the role of each dropped file by the content of all: a certificate that fits a dropped key is the client's, also
/// where its constraints don't say so (version 1).
#[must_use]
pub fn sort(contents: Vec<(PathBuf, Content)>) -> Vec<(PathBuf, Role)> {
    let loaded: Vec<_> = contents
        .into_iter()
        .map(|(path, content)| match content {
            Content::Read { bytes, .. } => (path, Some(load(&bytes, None))),
            _ => (path, None),
        })
        .collect();
    let keys: Vec<_> =
        loaded.iter().filter_map(|(_, loaded)| loaded.as_ref()).flat_map(|loaded| &loaded.keys).collect();
    let fits = |certificate: &Certificate| {
        let mut keys = keys.iter().filter(|key| key.algorithm == certificate.algorithm);
        keys.any(|key| key.accept(Some(&certificate.public_key)).is_ok())
    };
    let role = |loaded: &super::load::Loaded| {
        let certificates = &loaded.certificates;
        if loaded.pkcs12 {
            Role::Pkcs12
        } else if certificates.is_empty() {
            if loaded.has_key() { Role::Key } else { Role::Unknown }
        } else if loaded.has_key() {
            Role::CertificateAndKey
        } else if certificates.iter().take(16).any(fits) {
            Role::Certificate
        } else if certificates.iter().all(Certificate::is_authority) {
            Role::Ca
        } else {
            Role::Certificate
        }
    };
    let roles: Vec<Role> =
        loaded.iter().map(|(_, loaded)| loaded.as_ref().map_or(Role::Unknown, role)).collect();
    loaded.into_iter().map(|(path, _)| path).zip(roles).collect()
}
