//! Files as the `openssl` command makes them.
#![cfg(unix)]

use std::{fs, process::Command};

use echo_monitor::{
    credentials::{
        Content,
        request::{self, RequestProblem, Subject},
    },
    profile::Field::{Ca, Certificate, Key},
};
use tempfile::TempDir;

use crate::{Case, file, now, run};

/// A folder in which commands run.
pub(crate) struct Bench(pub(crate) TempDir);

impl Bench {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn sh(&self, command: &str) {
        let output = Command::new("sh").args(["-ec", command]).current_dir(self.0.path()).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}\n{told}");
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.0.path().join(name), bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Content {
        file(name, fs::read(self.0.path().join(name)).unwrap())
    }

    /// A CA and a client in the way of the sample's instructions, dated for [`now`].
    pub(crate) fn with_client(key: &str) -> Self {
        let bench = Self::new();
        bench.sh("openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 3650 -subj /CN=Old-CA");
        bench.sh(&format!(
            "{key} > client.key; openssl req -new -key client.key -subj /CN=board -out client.csr"
        ));
        bench.sign("");
        bench
    }

    pub(crate) fn sign(&self, options: &str) {
        self.sh(&format!(
            "openssl x509 -req -in client.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 {options} -out client.crt"
        ));
    }

    pub(crate) fn case(&self, name: &'static str, certificate: &str, key: &str) -> Case {
        Case::new(name, self.read("ca.crt"), self.read(certificate), self.read(key))
            .at(std::time::SystemTime::now())
    }

    /// The certificate, which is of version 1, and this key.
    pub(crate) fn key(&self, name: &'static str, key: &str) -> Case {
        self.case(name, "client.crt", key).notes(Certificate, "version-1")
    }
}

pub(crate) const RSA: &str = "openssl genrsa 2048";

pub(crate) const P256: &str = "openssl ecparam -name prime256v1 -genkey";

#[test]
#[ignore = "needs openssl"]
fn the_samples_own_instructions() {
    let bench = Bench::with_client(RSA);
    let judgement = bench.key("RSA", "client.key").judge();
    assert!(judgement.certificate.facts[0].as_text(now()).contains("Version: 1\n"));
    let p256 = Bench::with_client(P256);
    let ed25519 = Bench::with_client("openssl genpkey -algorithm ed25519");
    let p384 = Bench::with_client("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384");
    let rsa4096 = Bench::with_client("openssl genrsa 4096");
    run(&[
        bench.key("RSA, version 1", "client.key"),
        p256.key("P-256, version 1", "client.key"),
        p384.key("P-384, version 1", "client.key"),
        ed25519.key("Ed25519, version 1", "client.key"),
        rsa4096.key("RSA 4096, version 1", "client.key"),
    ]);
}

#[test]
#[ignore = "needs openssl"]
fn keys_as_openssl_writes_them() {
    let rsa = Bench::with_client(RSA);
    rsa.sh("openssl rsa -in client.key -traditional -out pkcs1.pem; openssl rsa -in client.key -outform DER -out rsa.der");
    rsa.sh("openssl pkcs8 -topk8 -nocrypt -in client.key -outform DER -out pkcs8.der");
    let ec = Bench::with_client(P256);
    ec.sh("openssl ec -in client.key -out sec1.pem; openssl ec -in client.key -outform DER -out sec1.der");
    ec.sh("openssl ec -in client.key -no_public -out bare.pem; openssl ec -in client.key -conv_form compressed -out short.pem");
    ec.sh("openssl pkcs8 -topk8 -nocrypt -in bare.pem -out bare8.pem");
    run(&[
        rsa.key("PKCS#1", "pkcs1.pem"),
        rsa.key("RSA DER", "rsa.der"),
        rsa.key("PKCS#8 DER", "pkcs8.der"),
        ec.key("SEC 1", "sec1.pem"),
        ec.key("SEC 1 DER", "sec1.der"),
        ec.key("no public half", "bare.pem"),
        ec.key("no public half in PKCS#8", "bare8.pem"),
        ec.key("compressed", "short.pem"),
    ]);
    // Without its public half nothing can be asked for; with it, in whatever format.
    let subject = Subject { common_name: "board-1".to_owned(), ..Subject::default() };
    let renew = |bench: &Bench, key: &str| request::renew(&subject, &bench.read(key), None);
    for key in ["bare.pem", "bare8.pem", "short.pem"] {
        assert_eq!(renew(&ec, key), Err(RequestProblem::Halved(key.to_owned())), "{key}");
    }
    for halved in ["bare", "bare8", "short"] {
        ec.sh(&format!("openssl ec -in {halved}.pem -conv_form uncompressed -out {halved}-whole.pem"));
        assert!(renew(&ec, &format!("{halved}-whole.pem")).is_ok(), "{halved}");
    }
    for (bench, key) in [(&ec, "bare-whole.pem"), (&ec, "sec1.der"), (&rsa, "pkcs1.pem"), (&rsa, "pkcs8.der")]
    {
        bench.write("asked.csr", renew(bench, key).unwrap());
        bench.sh("openssl req -in asked.csr -noout -verify -subject | grep board-1");
    }
}

#[test]
#[ignore = "needs openssl"]
fn encrypted_keys() {
    let bench = Bench::with_client(P256);
    let lock = |options: &str, out: &str| {
        bench.sh(&format!("openssl pkcs8 -topk8 -in client.key -passout pass:s3cret {options} -out {out}"));
    };
    lock("", "default.pem");
    lock("-outform DER", "default.der");
    lock("-v2 aes-128-cbc -v2prf hmacWithSHA1", "sha1.pem");
    lock("-v2 aes-192-cbc -v2prf hmacWithSHA512", "sha512.pem");
    lock("-v2 des3", "des3.pem");
    lock("-scrypt", "scrypt.pem");
    lock("-v1 PBE-SHA1-3DES", "pkcs12.pem");
    lock("-v1 PBE-SHA1-RC2-40 -provider legacy -provider default", "rc2.pem");
    lock("-v1 PBE-MD5-DES -provider legacy -provider default", "md5.pem");
    lock("-v1 PBE-SHA1-RC4-128 -provider legacy -provider default", "rc4.pem");
    lock("-v2 des-cbc -provider legacy -provider default", "des.pem");
    lock("-iter 3000000", "slow.pem");
    lock("-scrypt -scrypt_N 16384 -scrypt_r 8 -scrypt_p 24", "large.pem");
    bench.sh("cat client.crt default.pem > both.pem");
    let open = |name, file| bench.key(name, file).passphrase("s3cret");
    run(&[
        open("PBES2", "default.pem"),
        open("PBES2 in DER", "default.der"),
        open("HMAC-SHA-1", "sha1.pem"),
        open("HMAC-SHA-512", "sha512.pem"),
        open("triple DES", "des3.pem"),
        open("scrypt", "scrypt.pem"),
        open("PKCS#12's triple DES", "pkcs12.pem"),
        open("PKCS#12's RC2", "rc2.pem"),
        bench
            .case("with its certificate", "both.pem", "both.pem")
            .passphrase("s3cret")
            .notes(Certificate, "version-1"),
        bench.key("no passphrase", "default.pem").fails(Key, "passphrase-needed"),
        bench.key("no passphrase, 3DES", "pkcs12.pem").fails(Key, "passphrase-needed"),
        bench.key("no passphrase, scrypt", "scrypt.pem").fails(Key, "passphrase-needed"),
        bench.key("wrong", "default.pem").passphrase("S3cret").fails(Key, "passphrase-wrong"),
        bench.key("wrong, scrypt", "scrypt.pem").passphrase("S3cret").fails(Key, "passphrase-wrong"),
        bench.key("wrong, 3DES", "pkcs12.pem").passphrase("S3cret").fails(Key, "passphrase-wrong"),
        open("MD5 and DES", "md5.pem").fails(Key, "encryption-unsupported").says("PBES1 with MD5 and DES"),
        open("RC4", "rc4.pem").fails(Key, "encryption-unsupported").says("RC4"),
        open("DES", "des.pem").fails(Key, "encryption-unsupported").says("DES"),
        open("three million", "slow.pem").fails(Key, "encryption-too-costly").says("3000000 iterations"),
        open("much scrypt", "large.pem").fails(Key, "encryption-too-costly").says("3145728 iterations"),
    ]);
}

#[test]
#[ignore = "needs openssl"]
fn keys_that_cannot_be_used() {
    let key = |command: &str| {
        let bench = Bench::with_client(command);
        bench.key("", "client.key")
    };
    let named = |name, case: Case| Case { name, ..case };
    let curve = |curve: &str| key(&format!("openssl ecparam -name {curve} -genkey"));
    let dsa = Bench::with_client("openssl dsaparam -genkey -noout 2048");
    run(&[
        named("P-521", curve("secp521r1")).fails(Key, "key-unsupported").says("ECDSA P-521"),
        named("secp256k1", curve("secp256k1")).fails(Key, "key-unsupported").says("secp256k1"),
        named("brainpool", curve("brainpoolP256r1")).fails(Key, "key-unsupported").says("brainpoolP256r1"),
        named("explicit", key("openssl ecparam -name prime256v1 -param_enc explicit -genkey"))
            .fails(Key, "key-unsupported")
            .says("explicit parameters"),
        named("Ed448", key("openssl genpkey -algorithm ed448")).fails(Key, "key-unsupported").says("Ed448"),
        named("RSA 1024", key("openssl genrsa 1024"))
            .notes(Certificate, "weak-key")
            .fails(Key, "key-unsupported")
            .says("An RSA key of 1024 bits"),
        named("RSA 5120", key("openssl genrsa 5120")).fails(Key, "key-unsupported").says("this one has 5120"),
        named("RSA-PSS", key("openssl genpkey -algorithm rsa-pss -pkeyopt rsa_keygen_bits:2048"))
            .fails(Key, "key-unsupported")
            .says("RSA-PSS"),
        named("RSA with exponent 3", key("openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_pubexp:3"))
            .fails(Key, "key-refused"),
        dsa.key("DSA", "client.key").fails(Key, "key-unsupported").says("DSA"),
    ]);
}

#[test]
#[ignore = "needs openssl"]
fn certificates_as_openssl_writes_them() {
    let bench = Bench::with_client(RSA);
    bench.sh("openssl x509 -in client.crt -outform DER -out client.der");
    bench.sh("openssl x509 -in client.crt -text -out text.crt");
    bench.sh("openssl x509 -in client.crt -trustout -addtrust clientAuth -out trusted.crt");
    bench.sh("openssl crl2pkcs7 -nocrl -certfile client.crt -out client.p7b");
    bench.sh("openssl pkey -in client.key -pubout -out client.pub");
    bench.sh("openssl rsa -in client.key -RSAPublicKey_out -out rsa.pub");
    bench.sign("-sha1");
    bench.sh("mv client.crt sha1.crt");
    bench.sign("-md5");
    bench.sh("mv client.crt md5.crt");
    let crl = "printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=i\\ndefault_md=sha256\\ndefault_crl_days=9\\n' > c; touch i; \
        openssl ca -gencrl -config c -keyfile ca.key -cert ca.crt -out ca.crl; openssl crl -in ca.crl -outform DER -out crl.der";
    bench.sh(crl);
    let certificate = |name, file| bench.case(name, file, "client.key");
    run(&[
        certificate("DER", "client.der").notes(Certificate, "version-1"),
        certificate("with its text", "text.crt").notes(Certificate, "version-1"),
        certificate("trusted", "trusted.crt").notes(Certificate, "version-1"),
        certificate("SHA-1", "sha1.crt")
            .notes(Certificate, "version-1")
            .notes(Certificate, "weak-signature")
            .says("SHA-1 with RSA"),
        certificate("MD5", "md5.crt").notes(Certificate, "version-1").notes(Certificate, "weak-signature"),
        certificate("PKCS#7", "client.p7b").fails(Certificate, "is-pkcs7"),
        certificate("request", "client.csr").fails(Certificate, "is-request"),
        certificate("public key", "client.pub").fails(Certificate, "is-public-key"),
        certificate("RSA public key", "rsa.pub").fails(Certificate, "is-public-key"),
        certificate("CRL", "ca.crl").fails(Certificate, "is-revocation-list"),
        certificate("CRL in DER", "crl.der").fails(Certificate, "is-revocation-list"),
    ]);
}

#[test]
#[ignore = "needs openssl"]
fn cas_of_every_age() {
    let weak = Bench::new();
    weak.sh("openssl req -x509 -newkey rsa:1024 -nodes -keyout ca.key -out ca.crt -days 3650 -subj /CN=Weak");
    weak.sh(
        "openssl genrsa 2048 > client.key; openssl req -new -key client.key -subj /CN=board -out client.csr",
    );
    weak.sign("");
    let first = Bench::new();
    first.sh("openssl genrsa 2048 > ca.key; openssl req -new -key ca.key -subj /CN=First -out ca.csr");
    first.sh("openssl x509 -req -in ca.csr -signkey ca.key -days 3650 -out ca.crt");
    first.sh(
        "openssl genrsa 2048 > client.key; openssl req -new -key client.key -subj /CN=board -out client.csr",
    );
    first.sign("");
    run(&[
        weak.key("RSA 1024", "client.key").notes(Ca, "weak-key").says("Weak has a key of only 1024 bits"),
        first.key("a CA of version 1", "client.key"),
    ]);
}

#[test]
#[ignore = "needs openssl"]
fn pkcs12_as_openssl_writes_it() {
    let bench = Bench::with_client(RSA);
    let export = |options: &str, out: &str| {
        bench.sh(&format!(
            "openssl pkcs12 -export -in client.crt -inkey client.key -certfile ca.crt -passout pass:s3cret {options} -out {out}"
        ));
    };
    export("", "default.p12");
    export("-legacy", "legacy.p12");
    export("-descert -legacy", "descert.p12");
    export("-certpbe NONE", "plain-certificate.p12");
    export("-keypbe NONE -certpbe NONE", "plain.p12");
    export("-nomac", "no-mac.p12");
    export("-macalg sha512", "sha512.p12");
    export("-certpbe PBE-SHA1-RC4-128 -legacy", "rc4.p12");
    export("-iter 3000000", "slow.p12");
    bench.sh("openssl pkcs12 -export -in client.crt -inkey client.key -passout pass: -out empty.p12");
    bench.sh("openssl pkcs12 -export -in ca.crt -nokeys -passout pass:s3cret -out ca.p12");
    let row = |name, file: &str| {
        let case = Case::new(name, Content::NotChosen, bench.read(file), Content::NotChosen);
        case.at(std::time::SystemTime::now())
    };
    let open = |name, file: &str| {
        let case = row(name, file).passphrase("s3cret");
        case.notes(Ca, "ca-from-pkcs12").notes(Certificate, "version-1")
    };
    let locked = |name, file: &str| row(name, file).notes(Ca, "system-trust");
    run(&[
        open("default", "default.p12"),
        open("legacy", "legacy.p12"),
        open("both 3DES", "descert.p12"),
        open("plain certificates", "plain-certificate.p12"),
        open("all plain", "plain.p12"),
        open("no MAC", "no-mac.p12"),
        open("SHA-512", "sha512.p12"),
        row("empty passphrase", "empty.p12").notes(Ca, "system-trust").notes(Certificate, "version-1"),
        locked("none", "default.p12").fails(Certificate, "passphrase-needed"),
        locked("none, legacy", "legacy.p12").fails(Certificate, "passphrase-needed"),
        locked("none, no MAC", "no-mac.p12").fails(Certificate, "passphrase-needed"),
        locked("wrong", "default.p12").passphrase("x").fails(Certificate, "passphrase-wrong"),
        locked("wrong, no MAC", "no-mac.p12").passphrase("x").fails(Certificate, "passphrase-wrong"),
        locked("RC4", "rc4.p12").passphrase("s3cret").fails(Certificate, "encryption-unsupported"),
        locked("slow", "slow.p12").passphrase("s3cret").fails(Certificate, "encryption-too-costly"),
        Case::new("as CA", bench.read("ca.p12"), bench.read("client.crt"), bench.read("client.key"))
            .at(std::time::SystemTime::now())
            .passphrase("s3cret")
            .notes(Certificate, "version-1"),
    ]);
}
