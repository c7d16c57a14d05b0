//! Throw-away certificates with the sample's file names. Made anew for each test, in a folder that goes away.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, SystemTime},
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use tempfile::TempDir;

/// A CA and the files it made: `mosquitto.org.crt`, `server.crt`, `server.key`, `client.crt`, `client.key`.
pub struct Pki {
    folder: TempDir,
    ca: CertifiedIssuer<'static, KeyPair>,
}

/// What a certificate shall be like.
#[derive(Clone)]
pub struct Wish {
    pub name: &'static str,
    pub hosts: &'static [&'static str],
    pub begins: i64,
    pub ends: i64,
    pub usage: Option<ExtendedKeyUsagePurpose>,
}

impl Wish {
    /// A server for `localhost` and `127.0.0.1`, valid now.
    pub fn server() -> Self {
        Self {
            name: "broker",
            hosts: &["localhost", "127.0.0.1"],
            begins: -1,
            ends: 30,
            usage: Some(ExtendedKeyUsagePurpose::ServerAuth),
        }
    }

    pub fn client() -> Self {
        Self {
            name: "client",
            hosts: &[],
            usage: Some(ExtendedKeyUsagePurpose::ClientAuth),
            ..Self::server()
        }
    }
}

impl Pki {
    /// A CA called `name`, a good server certificate and a good client certificate.
    pub fn new(name: &str) -> Self {
        let mut params = params(name, -1, 60);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let pki = Self { folder: tempfile::tempdir().unwrap(), ca };
        pki.write("mosquitto.org.crt", &pki.ca.pem());
        pki.write("ca.key", &pki.ca.key().serialize_pem());
        pki.issue("server", &Wish::server());
        pki.issue("client", &Wish::client());
        pki
    }

    /// Writes `stem.crt` and `stem.key`.
    pub fn issue(&self, stem: &str, wish: &Wish) {
        let key = KeyPair::generate().unwrap();
        let mut params = params(wish.name, wish.begins, wish.ends);
        params.subject_alt_names =
            CertificateParams::new(wish.hosts.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>())
                .unwrap()
                .subject_alt_names;
        params.extended_key_usages = wish.usage.iter().cloned().collect();
        let certificate = params.signed_by(&key, &self.ca).unwrap();
        self.write(&format!("{stem}.crt"), &certificate.pem());
        self.write(&format!("{stem}.key"), &key.serialize_pem());
    }

    /// Writes `stem.crt` and `stem.key` of X.509 version 1, as plain `openssl x509 -req` makes them.
    pub fn issue_version_one(&self, stem: &str, common_name: &str) {
        let script = format!(
            "openssl req -newkey rsa:2048 -nodes -subj /CN={common_name} -keyout {stem}.key -out {stem}.csr 2>&1 && \
             openssl x509 -req -in {stem}.csr -CA mosquitto.org.crt -CAkey ca.key -CAcreateserial -days 30 -sha256 \
             -out {stem}.crt 2>&1"
        );
        let made = Command::new("sh").args(["-c", &script]).current_dir(self.path()).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stdout));
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.file(name), text).unwrap();
    }
}

fn params(name: &str, begins: i64, ends: i64) -> CertificateParams {
    let day = |days: i64| {
        let length = Duration::from_secs(days.unsigned_abs() * 86_400);
        let now = SystemTime::now();
        if days < 0 { now - length } else { now + length }
    };
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = day(begins).into();
    params.not_after = day(ends).into();
    params
}
