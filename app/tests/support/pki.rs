//! Throw-away certificates with the sample's file names. Made anew for each test, in a folder that goes away.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, SystemTime},
};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertificateSigningRequestParams,
    CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevocationReason, RevokedCertParams, SerialNumber,
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
            ends: 50,
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

    fn params(&self) -> CertificateParams {
        let mut params = params(self.name, self.begins, self.ends);
        params.subject_alt_names =
            CertificateParams::new(self.hosts.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>())
                .unwrap()
                .subject_alt_names;
        params.extended_key_usages = self.usage.iter().cloned().collect();
        params
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
        self.tailor(stem, wish, |_| {});
    }

    /// The same, with what `change` makes of it.
    pub fn tailor(&self, stem: &str, wish: &Wish, change: impl FnOnce(&mut CertificateParams)) {
        let key = KeyPair::generate().unwrap();
        let mut params = wish.params();
        change(&mut params);
        let certificate = params.signed_by(&key, &self.ca).unwrap();
        self.write(&format!("{stem}.crt"), &certificate.pem());
        self.write(&format!("{stem}.key"), &key.serialize_pem());
    }

    /// The same, signed by itself.
    pub fn self_sign(&self, stem: &str, wish: &Wish) {
        let key = KeyPair::generate().unwrap();
        self.write(&format!("{stem}.crt"), &wish.params().self_signed(&key).unwrap().pem());
        self.write(&format!("{stem}.key"), &key.serialize_pem());
    }

    /// The same, signed by an intermediate CA, which is `stem-ca.crt`.
    pub fn issue_below(&self, stem: &str, wish: &Wish) {
        let mut between = params("intermediate CA", -1, 60);
        between.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        between.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let between = CertifiedIssuer::signed_by(between, KeyPair::generate().unwrap(), &self.ca).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = wish.params().signed_by(&key, &between).unwrap();
        self.write(&format!("{stem}-ca.crt"), &between.pem());
        self.write(&format!("{stem}.crt"), &certificate.pem());
        self.write(&format!("{stem}.key"), &key.serialize_pem());
    }

    /// Signs a request (PKCS#10, PEM) for a client, as a public test broker does.
    pub fn sign(&self, request: &str, answer: &Path) {
        let mut request = CertificateSigningRequestParams::from_pem(request).unwrap();
        let day = Duration::from_secs(86_400);
        request.params.not_before = (SystemTime::now() - day).into();
        request.params.not_after = (SystemTime::now() + 90 * day).into();
        request.params.is_ca = IsCa::ExplicitNoCa;
        fs::write(answer, request.signed_by(&self.ca).unwrap().pem()).unwrap();
    }

    /// Writes a revocation list, `name`, with the certificates of these serial numbers in it.
    pub fn revoke(&self, name: &str, serials: &[&[u8]]) {
        let now = SystemTime::now();
        let revoked = |serial: &&[u8]| RevokedCertParams {
            serial_number: SerialNumber::from_slice(serial),
            revocation_time: (now - Duration::from_secs(3_600)).into(),
            reason_code: Some(RevocationReason::KeyCompromise),
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: (now - Duration::from_secs(3_600)).into(),
            next_update: (now + Duration::from_secs(86_400)).into(),
            crl_number: SerialNumber::from_slice(&[1]),
            issuing_distribution_point: None,
            revoked_certs: serials.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        self.write(name, &list.signed_by(&self.ca).unwrap().pem().unwrap());
    }

    /// Runs a shell command in the folder: for what only openssl makes.
    pub fn sh(&self, script: &str) {
        let made = Command::new("sh").args(["-ec", script]).current_dir(self.path()).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
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
        #[cfg(unix)]
        if name.ends_with(".key") {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(self.file(name), fs::Permissions::from_mode(0o600)).unwrap();
        }
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
