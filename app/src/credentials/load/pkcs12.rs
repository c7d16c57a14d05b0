//! PKCS#12 (RFC 7292): certificates and keys in one file, sealed with a passphrase. Windows, browsers, Java and macOS write
//! it, each in a way of its own; the passphrase may also be empty.

use std::borrow::Cow;

use hmac::{
    KeyInit, Mac, SimpleHmac,
    digest::{Digest, block_api::BlockSizeUser},
};

use super::{
    Certificate, Key, Secret, ber,
    der::{self, OCTET_STRING, OID, Reader, SEQUENCE, context},
    seal::{Closed, Opener, Purpose, derive, encrypted_key},
};

/// SafeContents can hold SafeContents: this deep.
const DEPTH: usize = 4;

/// What was in it.
#[derive(Default)]
pub(super) struct Bags {
    pub(super) certificates: Vec<Certificate>,
    pub(super) keys: Vec<Key>,
}

/// Why it was not read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unread {
    Closed(Closed),
    Malformed,
}

impl From<Closed> for Unread {
    fn from(closed: Closed) -> Self {
        Self::Closed(closed)
    }
}

/// The file in DER, if it is a PFX: version 3 and a ContentInfo.
pub(super) fn recognise(bytes: &[u8]) -> Option<Secret> {
    // Some write lengths that end with a mark instead of a number.
    let der = ber::to_der(bytes)?;
    let mut fields = Reader::sequence(&der)?;
    let version = fields.number()?;
    let content = fields.expect(SEQUENCE)?;
    let is_content = Reader::new(content).expect(OID).is_some();
    (version == 3 && is_content).then_some(der)
}

/// Reads all bags. Without the right passphrase, nothing.
pub(super) fn read(der: &[u8], opener: &mut Opener<'_>) -> Result<Bags, Unread> {
    opener.assume_empty();
    let mut fields = Reader::sequence(der).ok_or(Unread::Malformed)?;
    fields.number().ok_or(Unread::Malformed)?;
    let content = fields.expect(SEQUENCE).ok_or(Unread::Malformed)?;
    let safes = match content_info(content).ok_or(Unread::Malformed)? {
        ContentInfo::Data(data) => data,
        ContentInfo::Encrypted { .. } => return Err(Unread::Malformed),
        ContentInfo::Other(oid) => return Err(Closed::Unsupported(format!("content of type {oid}")).into()),
    };
    if let Some(mac) = fields.element() {
        check_mac(mac.whole, safes, opener)?;
    }
    let mut bags = Bags::default();
    let safes = ber::to_der(safes).ok_or(Unread::Malformed)?;
    let mut infos = Reader::sequence(&safes).ok_or(Unread::Malformed)?;
    while !infos.is_empty() {
        let info = infos.expect(SEQUENCE).ok_or(Unread::Malformed)?;
        match content_info(info).ok_or(Unread::Malformed)? {
            ContentInfo::Data(data) => bags.read(data, opener, DEPTH)?,
            ContentInfo::Encrypted { identifier, sealed } => {
                let data = opener.open(identifier, &sealed)?;
                // Without a checksum, a wrong passphrase shows only here.
                if ber::to_der(&data).is_none() {
                    return Err(opener.refused().into());
                }
                bags.read(&data, opener, DEPTH)?;
            }
            ContentInfo::Other(oid) => {
                return Err(Closed::Unsupported(format!("content of type {oid}")).into());
            }
        }
    }
    Ok(bags)
}

enum ContentInfo<'a> {
    Data(&'a [u8]),
    Encrypted { identifier: &'a [u8], sealed: Cow<'a, [u8]> },
    Other(String),
}

/// ContentInfo (RFC 5652, section 3) of type data or encrypted-data.
fn content_info(info: &[u8]) -> Option<ContentInfo<'_>> {
    let mut fields = Reader::new(info);
    let oid = der::dotted(fields.expect(OID)?);
    let mut content = Reader::new(fields.expect(context(0))?);
    match oid.as_str() {
        "1.2.840.113549.1.7.1" => Some(ContentInfo::Data(content.expect(OCTET_STRING)?)),
        "1.2.840.113549.1.7.6" => {
            let mut encrypted = Reader::new(content.expect(SEQUENCE)?);
            encrypted.number()?;
            let mut inner = Reader::new(encrypted.expect(SEQUENCE)?);
            inner.expect(OID)?;
            let identifier = inner.element()?.whole;
            // [0] IMPLICIT OCTET STRING, in one piece or in several.
            let sealed = match inner.element()? {
                whole if whole.tag == 0x80 => Cow::Borrowed(whole.value),
                pieces if pieces.tag == context(0) => Cow::Owned(ber::joined(pieces.value)?.to_vec()),
                _ => return None,
            };
            Some(ContentInfo::Encrypted { identifier, sealed })
        }
        _ => Some(ContentInfo::Other(oid)),
    }
}

/// MacData: whether the passphrase is right, and the content as it was made.
fn check_mac(mac: &[u8], content: &[u8], opener: &mut Opener<'_>) -> Result<(), Unread> {
    let mut fields = Reader::sequence(mac).ok_or(Unread::Malformed)?;
    let mut info = Reader::new(fields.expect(SEQUENCE).ok_or(Unread::Malformed)?);
    let hash =
        Reader::new(info.expect(SEQUENCE).ok_or(Unread::Malformed)?).expect(OID).ok_or(Unread::Malformed)?;
    let expected = info.expect(OCTET_STRING).ok_or(Unread::Malformed)?;
    let salt = fields.expect(OCTET_STRING).ok_or(Unread::Malformed)?;
    let iterations = if fields.is_empty() { 1 } else { fields.number().ok_or(Unread::Malformed)? };
    let Some(verify) = verifier(&der::dotted(hash)) else {
        // PBMAC1 (RFC 9579) and others: what is decrypted tells as well.
        return Ok(());
    };
    loop {
        opener.spend(iterations)?;
        if verify(&opener.wide(), salt, iterations, content, expected) {
            return Ok(());
        }
        if !opener.rewrite() {
            return Err(opener.refused().into());
        }
    }
}

type Verify = fn(&[u8], &[u8], u64, &[u8], &[u8]) -> bool;

fn verifier(hash: &str) -> Option<Verify> {
    match hash {
        "1.3.14.3.2.26" => Some(verify::<sha1::Sha1>),
        "2.16.840.1.101.3.4.2.4" => Some(verify::<sha2::Sha224>),
        "2.16.840.1.101.3.4.2.1" => Some(verify::<sha2::Sha256>),
        "2.16.840.1.101.3.4.2.2" => Some(verify::<sha2::Sha384>),
        "2.16.840.1.101.3.4.2.3" => Some(verify::<sha2::Sha512>),
        _ => None,
    }
}

fn verify<D: Digest + BlockSizeUser + Clone>(
    wide: &[u8],
    salt: &[u8],
    iterations: u64,
    content: &[u8],
    expected: &[u8],
) -> bool {
    let key =
        derive::<D>(D::block_size(), wide, salt, Purpose::Mac, iterations, <D as Digest>::output_size());
    let Ok(mut mac) = SimpleHmac::<D>::new_from_slice(&key) else { return false };
    mac.update(content);
    mac.verify_slice(expected).is_ok()
}

impl Bags {
    /// SafeContents: a SEQUENCE of SafeBags.
    fn read(&mut self, contents: &[u8], opener: &mut Opener<'_>, depth: usize) -> Result<(), Unread> {
        let contents = ber::to_der(contents).ok_or(Unread::Malformed)?;
        let mut bags = Reader::sequence(&contents).ok_or(Unread::Malformed)?;
        while !bags.is_empty() {
            let mut bag = Reader::new(bags.expect(SEQUENCE).ok_or(Unread::Malformed)?);
            let kind = der::dotted(bag.expect(OID).ok_or(Unread::Malformed)?);
            let value = bag.expect(context(0)).ok_or(Unread::Malformed)?;
            match kind.as_str() {
                "1.2.840.113549.1.12.10.1.1" => self.keys.push(key(value)?),
                "1.2.840.113549.1.12.10.1.2" => {
                    let (identifier, sealed) = encrypted_key(value).ok_or(Unread::Malformed)?;
                    let plain = opener.open(identifier, sealed)?;
                    self.keys.push(key(&plain).map_err(|_| opener.refused())?);
                }
                "1.2.840.113549.1.12.10.1.3" => self.certificates.extend(certificate(value)),
                "1.2.840.113549.1.12.10.1.6" if depth > 0 => self.read(value, opener, depth - 1)?,
                // Revocation lists and secrets.
                _ => {}
            }
        }
        Ok(())
    }
}

fn key(der: &[u8]) -> Result<Key, Unread> {
    Key::parse(der).map(|key| key.in_form("PKCS#12")).ok_or(Unread::Malformed)
}

/// CertBag: of the kinds of certificates, X.509 is the one that exists.
fn certificate(value: &[u8]) -> Option<Certificate> {
    let mut bag = Reader::sequence(value)?;
    bag.expect(OID)?;
    let octets = Reader::new(bag.expect(context(0))?).expect(OCTET_STRING)?;
    Certificate::parse(octets).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::{super::super::der::element, *};

    const DATA: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01];
    const KEY_BAG: [u8; 11] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C, 0x0A, 0x01, 0x01];
    const SHA1: [u8; 5] = [0x2B, 0x0E, 0x03, 0x02, 0x1A];

    /// AuthenticatedSafe with one key that is not encrypted.
    fn safes() -> Secret {
        let key = rcgen::KeyPair::generate().unwrap().serialize_der();
        let bag = element(SEQUENCE, &[&element(OID, &[&KEY_BAG]), &element(context(0), &[&key])]);
        element(SEQUENCE, &[&info(&element(SEQUENCE, &[&bag]))])
    }

    fn info(content: &[u8]) -> Secret {
        let octets = element(context(0), &[&element(OCTET_STRING, &[content])]);
        element(SEQUENCE, &[&element(OID, &[&DATA]), &octets])
    }

    fn pfx(safes: &[u8], mac: &[u8]) -> Secret {
        element(SEQUENCE, &[&[2, 1, 3], &info(safes), mac])
    }

    fn keys(pfx: &[u8], passphrase: Option<&str>) -> Result<usize, Unread> {
        let der = recognise(pfx).unwrap();
        read(&der, &mut Opener::new(passphrase)).map(|bags| bags.keys.len())
    }

    #[test]
    fn no_passphrase_is_written_in_two_ways() {
        let safes = safes();
        let mac = |wide: &[u8]| {
            let key = derive::<sha1::Sha1>(64, wide, b"salt", Purpose::Mac, 2, 20);
            let mut mac = SimpleHmac::<sha1::Sha1>::new_from_slice(&key).unwrap();
            mac.update(&safes);
            let digest = element(OCTET_STRING, &[&mac.finalize().into_bytes()]);
            let info = element(SEQUENCE, &[&element(SEQUENCE, &[&element(OID, &[&SHA1])]), &digest]);
            element(SEQUENCE, &[&info, &element(OCTET_STRING, &[b"salt"]), &[2, 1, 2]])
        };
        for (wide, opens) in [(&[0, 0][..], true), (&[], true), (&[0, b'x', 0, 0], false)] {
            let file = pfx(&safes, &mac(wide));
            assert_eq!(keys(&file, None).is_ok(), opens, "{wide:?}");
            assert_eq!(keys(&file, Some("")).is_ok(), opens, "{wide:?}");
        }
        assert_eq!(keys(&pfx(&safes, &mac(&[0, b'x', 0, 0])), Some("x")), Ok(1));
        assert_eq!(keys(&pfx(&safes, &mac(&[])), Some("x")), Err(Unread::Closed(Closed::Wrong)));
    }

    #[test]
    fn what_stands_in_strings_may_have_marks_too() {
        let safes = safes();
        let inside = Reader::new(&safes).element().unwrap().value;
        let marked = [&[SEQUENCE, 0x80], inside, &[0, 0]].concat();
        assert_eq!(keys(&pfx(&marked, &[]), None), Ok(1));
        assert_eq!(keys(&pfx(&marked[..marked.len() - 1], &[]), None), Err(Unread::Malformed));
    }
}
