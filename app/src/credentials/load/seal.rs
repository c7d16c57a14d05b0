//! Password-based encryption: PBES2 (RFC 8018, section 6.2) and the schemes of PKCS#12 (RFC 7292, appendix B and C).
//!
//! What a file asks for is measured before it is done: a file has a budget of hash iterations, and scrypt one of memory.

use cbc::{
    Decryptor,
    cipher::{BlockCipherDecrypt, BlockModeDecrypt, KeyInit, KeyIvInit, block_padding::Pkcs7},
};
use hmac::digest::Digest;
use pkcs8::{der::Decode, pkcs5};
use zeroize::Zeroizing;

use super::{
    About, Secret,
    der::{self, OCTET_STRING, OID, Reader, SEQUENCE},
};

/// Hash iterations that one file may cost: three times what is recommended for a passphrase today, a second or two.
const ITERATIONS: u64 = 2_000_000;
/// Memory that scrypt may use. OpenSSL's default is half of it.
const SCRYPT_BYTES: u64 = 32 * 1024 * 1024;

/// A passphrase, and what one file may still cost.
pub(crate) struct Opener<'a> {
    passphrase: Option<&'a str>,
    left: u64,
    /// No passphrase is written without the two zeros: there are programs for either way.
    bare: bool,
}

/// Why something sealed stays closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    Needed,
    Wrong,
    Unsupported(String),
    TooCostly(String),
}

impl From<Closed> for About {
    fn from(closed: Closed) -> Self {
        match closed {
            Closed::Needed => Self::PassphraseNeeded,
            Closed::Wrong => Self::PassphraseWrong,
            Closed::Unsupported(scheme) => Self::EncryptionUnsupported { scheme },
            Closed::TooCostly(asks) => Self::EncryptionTooCostly { asks },
        }
    }
}

impl<'a> Opener<'a> {
    pub(crate) fn new(passphrase: Option<&'a str>) -> Self {
        Self { passphrase, left: ITERATIONS, bare: false }
    }

    /// What a passphrase that does not fit means: none was given, or a wrong one.
    pub(crate) fn refused(&self) -> Closed {
        if self.passphrase.is_some_and(|passphrase| !passphrase.is_empty()) {
            Closed::Wrong
        } else {
            Closed::Needed
        }
    }

    /// Where none was given, the empty passphrase is tried: many PKCS#12 files have it.
    pub(crate) fn assume_empty(&mut self) {
        self.passphrase.get_or_insert("");
    }

    /// Takes iterations off the budget, before they are spent.
    pub(crate) fn spend(&mut self, iterations: u64) -> Result<(), Closed> {
        match self.left.checked_sub(iterations) {
            Some(left) if iterations > 0 => self.left = left,
            _ => return Err(Closed::TooCostly(format!("{iterations} iterations of a hash"))),
        }
        Ok(())
    }

    /// The passphrase as PKCS#12 wants it: UTF-16, big-endian, with two zeros behind it (RFC 7292, appendix B.1).
    pub(crate) fn wide(&self) -> Secret {
        let text = self.passphrase.unwrap_or_default();
        let end = if self.bare { None } else { Some(0) };
        Zeroizing::new(text.encode_utf16().chain(end).flat_map(u16::to_be_bytes).collect())
    }

    /// Whether there is another way to write the passphrase: from now on it is used.
    pub(crate) fn rewrite(&mut self) -> bool {
        let other = !self.bare && self.passphrase.is_none_or(str::is_empty);
        self.bare = other;
        other
    }

    /// Opens what is encrypted under an AlgorithmIdentifier.
    pub(crate) fn open(&mut self, identifier: &[u8], sealed: &[u8]) -> Result<Secret, Closed> {
        let malformed = || Closed::Unsupported("parameters that cannot be read".to_owned());
        let mut fields = Reader::sequence(identifier).ok_or_else(malformed)?;
        let oid = der::dotted(fields.expect(OID).ok_or_else(malformed)?);
        let parameters = fields.element().ok_or_else(malformed)?.whole;
        match oid.as_str() {
            "1.2.840.113549.1.5.13" => self.pbes2(parameters, sealed),
            "1.2.840.113549.1.12.1.3" => self.pkcs12::<des::TdesEde3>(24, parameters, sealed),
            "1.2.840.113549.1.12.1.5" => self.pkcs12::<rc2::Rc2>(16, parameters, sealed),
            "1.2.840.113549.1.12.1.6" => self.pkcs12::<rc2::Rc2>(5, parameters, sealed),
            other => Err(Closed::Unsupported(scheme(other))),
        }
    }

    fn pbes2(&mut self, parameters: &[u8], sealed: &[u8]) -> Result<Secret, Closed> {
        let malformed = || Closed::Unsupported("parameters that cannot be read".to_owned());
        let mut fields = Reader::sequence(parameters).ok_or_else(malformed)?;
        let mut derivation = Reader::new(fields.expect(SEQUENCE).ok_or_else(malformed)?);
        let cipher =
            Reader::new(fields.expect(SEQUENCE).ok_or_else(malformed)?).expect(OID).ok_or_else(malformed)?;
        let function = der::dotted(derivation.expect(OID).ok_or_else(malformed)?);
        let costs = Reader::new(derivation.expect(SEQUENCE).ok_or_else(malformed)?);
        match function.as_str() {
            "1.2.840.113549.1.5.12" => self.spend_pbkdf2(costs).ok_or_else(malformed)??,
            "1.3.6.1.4.1.11591.4.11" => self.spend_scrypt(costs).ok_or_else(malformed)??,
            other => return Err(Closed::Unsupported(format!("key derivation {other}"))),
        }
        let Some(passphrase) = self.passphrase else { return Err(Closed::Needed) };
        let scheme = pkcs5::pbes2::Parameters::from_der(parameters).map_err(|_| {
            Closed::Unsupported(format!("PBES2 with cipher {}", cipher_name(&der::dotted(cipher))))
        })?;
        let mut buffer = Zeroizing::new(sealed.to_vec());
        match scheme.decrypt_in_place(passphrase.as_bytes(), &mut buffer) {
            Ok(plain) => Ok(Zeroizing::new(plain.to_vec())),
            Err(pkcs5::Error::UnsupportedAlgorithm { oid }) => Err(Closed::Unsupported(oid.to_string())),
            Err(pkcs5::Error::AlgorithmParametersInvalid { .. }) => Err(malformed()),
            Err(_) => Err(self.refused()),
        }
    }

    /// PBKDF2-params: salt, iterations (RFC 8018, appendix A.2). A 32-byte key takes two rounds of SHA-1.
    fn spend_pbkdf2(&mut self, mut costs: Reader<'_>) -> Option<Result<(), Closed>> {
        costs.expect(OCTET_STRING)?;
        let iterations = costs.number()?;
        Some(self.spend(iterations))
    }

    /// scrypt-params: salt, N, r, p (RFC 7914, section 7.1).
    fn spend_scrypt(&mut self, mut costs: Reader<'_>) -> Option<Result<(), Closed>> {
        costs.expect(OCTET_STRING)?;
        let (n, r, p) = (costs.number()?, costs.number()?, costs.number()?);
        if !n.is_power_of_two() || r == 0 || p == 0 {
            return None;
        }
        let blocks = n.checked_mul(r)?;
        let memory = blocks.saturating_add(r.saturating_mul(p)).saturating_mul(128);
        if memory > SCRYPT_BYTES {
            return Some(Err(Closed::TooCostly(format!(
                "{} MB of memory (scrypt)",
                memory.div_ceil(1 << 20)
            ))));
        }
        Some(self.spend(blocks.saturating_mul(p)))
    }

    /// pkcs-12PbeParams: salt, iterations (RFC 7292, appendix C). Both ciphers have blocks of 8 bytes.
    fn pkcs12<C: BlockCipherDecrypt + KeyInit>(
        &mut self,
        key_length: usize,
        parameters: &[u8],
        sealed: &[u8],
    ) -> Result<Secret, Closed>
    where
        Decryptor<C>: KeyIvInit + BlockModeDecrypt,
    {
        let malformed = || Closed::Unsupported("parameters that cannot be read".to_owned());
        let mut fields = Reader::sequence(parameters).ok_or_else(malformed)?;
        let salt = fields.expect(OCTET_STRING).ok_or_else(malformed)?;
        let iterations = fields.number().ok_or_else(malformed)?;
        self.spend(iterations.saturating_mul(3))?;
        let wide = self.wide();
        let key = derive::<sha1::Sha1>(64, &wide, salt, Purpose::Key, iterations, key_length);
        let iv = derive::<sha1::Sha1>(64, &wide, salt, Purpose::Iv, iterations, 8);
        let cipher = <Decryptor<C> as KeyIvInit>::new_from_slices(&key, &iv).map_err(|_| malformed())?;
        let mut buffer = Zeroizing::new(sealed.to_vec());
        let plain = cipher.decrypt_padded::<Pkcs7>(&mut buffer).map_err(|_| self.refused())?;
        Ok(Zeroizing::new(plain.to_vec()))
    }
}

/// What a derived key is for (RFC 7292, appendix B.3).
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

/// The key derivation of PKCS#12 (RFC 7292, appendix B.2), for a hash with blocks of `block` bytes.
pub(crate) fn derive<D: Digest>(
    block: usize,
    passphrase: &[u8],
    salt: &[u8],
    purpose: Purpose,
    iterations: u64,
    length: usize,
) -> Secret {
    let filled = |bytes: &[u8]| {
        bytes.iter().copied().cycle().take(block * bytes.len().div_ceil(block)).collect::<Vec<u8>>()
    };
    let mut input = Zeroizing::new(filled(salt));
    input.extend(filled(passphrase));
    let mut derived = Zeroizing::new(Vec::with_capacity(length + 64));
    while derived.len() < length {
        let mut hash = D::new().chain_update(vec![purpose as u8; block]).chain_update(&*input).finalize();
        for _ in 1..iterations {
            hash = D::digest(&hash);
        }
        derived.extend_from_slice(&hash);
        // Each block of the input becomes itself plus the hash plus one, as big-endian numbers.
        for chunk in input.chunks_mut(block) {
            let mut carry = 1_u16;
            for (position, byte) in chunk.iter_mut().enumerate().rev() {
                carry += u16::from(*byte) + u16::from(hash[position % hash.len()]);
                *byte = carry.to_be_bytes()[1];
                carry >>= 8;
            }
        }
    }
    derived.truncate(length);
    derived
}

/// The names of schemes that are recognised only.
fn scheme(oid: &str) -> String {
    match oid {
        "1.2.840.113549.1.5.1" => "PBES1 with MD2 and DES",
        "1.2.840.113549.1.5.3" => "PBES1 with MD5 and DES",
        "1.2.840.113549.1.5.6" => "PBES1 with MD5 and RC2",
        "1.2.840.113549.1.5.10" => "PBES1 with SHA-1 and DES",
        "1.2.840.113549.1.5.11" => "PBES1 with SHA-1 and RC2",
        "1.2.840.113549.1.12.1.1" => "RC4 with 128 bits",
        "1.2.840.113549.1.12.1.2" => "RC4 with 40 bits",
        "1.2.840.113549.1.12.1.4" => "triple DES with two keys",
        other => other,
    }
    .to_owned()
}

fn cipher_name(oid: &str) -> &str {
    match oid {
        "1.3.14.3.2.7" => "DES",
        "1.2.840.113549.3.2" => "RC2",
        "1.2.840.113549.3.7" => "triple DES",
        other => other,
    }
}

/// EncryptedPrivateKeyInfo (RFC 5208, section 6): an AlgorithmIdentifier and an OCTET STRING.
pub(crate) fn encrypted_key(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut fields = Reader::sequence(bytes)?;
    let identifier = fields.element().filter(|identifier| identifier.tag == SEQUENCE)?;
    let sealed = fields.expect(OCTET_STRING)?;
    let is_identifier = Reader::new(identifier.value).element().is_some_and(|first| first.tag == OID);
    (fields.is_empty() && is_identifier).then_some((identifier.whole, sealed))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::{super::super::der::INTEGER, *};

    /// A PBES2 identifier with this key derivation, and AES-256-CBC.
    fn pbes2(function: &[u8], costs: &[&[u8]]) -> Vec<u8> {
        let aes = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2A];
        let derivation =
            der::element(SEQUENCE, &[&der::element(OID, &[function]), &der::element(SEQUENCE, costs)]);
        let cipher =
            der::element(SEQUENCE, &[&der::element(OID, &[&aes]), &der::element(OCTET_STRING, &[&[0; 16]])]);
        let pbes2 = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05, 0x0D];
        let parameters = der::element(SEQUENCE, &[&derivation, &cipher]);
        der::element(SEQUENCE, &[&der::element(OID, &[&pbes2]), &parameters]).to_vec()
    }

    fn integer(number: u64) -> Vec<u8> {
        der::element(INTEGER, &[&[0], &number.to_be_bytes()]).to_vec()
    }

    #[test]
    fn what_is_too_costly_is_not_begun() {
        let salt = der::element(OCTET_STRING, &[&[1; 8]]);
        let pbkdf2 = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05, 0x0C];
        let scrypt = [0x2B, 0x06, 0x01, 0x04, 0x01, 0xDA, 0x47, 0x04, 0x0B];
        let open = |identifier: &[u8]| Opener::new(Some("secret")).open(identifier, &[0; 32]).unwrap_err();

        for iterations in [0, 2_000_001, 4_000_000_000, i64::MAX as u64] {
            let identifier = pbes2(&pbkdf2, &[&salt, &integer(iterations)]);
            assert!(matches!(open(&identifier), Closed::TooCostly(_)), "{iterations}");
        }
        for (n, r, p) in
            [(1 << 20, 8, 1), (1 << 14, 1 << 15, 1), (2, 1, 1 << 40), (1 << 14, 8, 64), (1 << 62, 1, 1)]
        {
            let identifier = pbes2(&scrypt, &[&salt, &integer(n), &integer(r), &integer(p)]);
            assert!(matches!(open(&identifier), Closed::TooCostly(_)), "{n} {r} {p}");
        }
        // Few enough iterations, but a block of 128 MB.
        let identifier = pbes2(&scrypt, &[&salt, &integer(1 << 15), &integer(32), &integer(1)]);
        assert_eq!(open(&identifier), Closed::TooCostly("129 MB of memory (scrypt)".to_owned()));
        for (n, r, p) in [(0, 8, 1), (1, 8, 1), (3, 8, 1), (16, 0, 1), (16, 8, 0), (1 << 63, 8, 1)] {
            let identifier = pbes2(&scrypt, &[&salt, &integer(n), &integer(r), &integer(p)]);
            assert!(matches!(open(&identifier), Closed::Unsupported(_)), "{n} {r} {p}");
        }
    }

    #[test]
    fn a_file_has_one_budget() {
        let mut opener = Opener::new(None);
        assert_eq!(opener.spend(ITERATIONS / 2), Ok(()));
        assert_eq!(opener.spend(ITERATIONS / 2), Ok(()));
        assert!(matches!(opener.spend(1), Err(Closed::TooCostly(_))));
    }

    /// From the tests of Bouncy Castle and OpenSSL: "smeg", salt 0A58CF64530D823F, one iteration.
    #[test]
    fn keys_are_derived_as_others_derive_them() {
        let opener = Opener::new(Some("smeg"));
        let salt = [0x0A, 0x58, 0xCF, 0x64, 0x53, 0x0D, 0x82, 0x3F];
        let key = derive::<sha1::Sha1>(64, &opener.wide(), &salt, Purpose::Key, 1, 24);
        let expected = [
            0x8A, 0xAA, 0xE6, 0x29, 0x7B, 0x6C, 0xB0, 0x46, 0x42, 0xAB, 0x5B, 0x07, 0x78, 0x51, 0x28, 0x4E,
            0xB7, 0x12, 0x8F, 0x1A, 0x2A, 0x7F, 0xBC, 0xA3,
        ];
        assert_eq!(key.as_slice(), expected);
    }
}
