//! RSA signatures of others, with SHA-256: PKCS#1 v1.5 on certificates, PSS in the handshake (RFC 8017, section 8).
//!
//! Checking a signature handles nothing secret, so nothing here runs in constant time. The modulus has 2048 to 4096 bits in
//! whole bytes, and the exponent is 65537: no authority in use today has another.

use alloc::boxed::Box;

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd, Resize};
use rustls::pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};
use sha2::{Digest, Sha256};

use crate::der::Reader;

/// RSASSA-PKCS1-v1_5 with SHA-256.
pub(crate) const PKCS1_SHA256: &Rsa = &Rsa { padding: Padding::Pkcs1 };
/// RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes, by a plain RSA key: `rsa_pss_rsae_sha256`.
pub(crate) const PSS_SHA256: &Rsa = &Rsa { padding: Padding::Pss };

/// Bytes of a modulus.
const LENGTHS: core::ops::RangeInclusive<usize> = 256..=512;
/// 65537.
const EXPONENT: [u8; 3] = [1, 0, 1];
const HASH: usize = 32;
/// RFC 8017, section 9.2, note 1: the DigestInfo of SHA-256 without the hash.
const DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];

/// One way to sign with RSA.
#[derive(Debug)]
pub(crate) struct Rsa {
    padding: Padding,
}

#[derive(Debug)]
enum Padding {
    Pkcs1,
    Pss,
}

impl SignatureVerificationAlgorithm for Rsa {
    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let mut encoded = open(key, signature).ok_or(InvalidSignature)?;
        let hash = Sha256::digest(message).into();
        let fits = match self.padding {
            Padding::Pkcs1 => is_pkcs1(&encoded, &hash),
            Padding::Pss => is_pss(&mut encoded, &hash),
        };
        if fits { Ok(()) } else { Err(InvalidSignature) }
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        match self.padding {
            Padding::Pkcs1 => alg_id::RSA_PKCS1_SHA256,
            Padding::Pss => alg_id::RSA_PSS_SHA256,
        }
    }
}

/// The signature raised to the public exponent, as long as the modulus: RSAVP1 and I2OSP, RFC 8017 section 5.2.2.
fn open(key: &[u8], signature: &[u8]) -> Option<Box<[u8]>> {
    // RSAPublicKey, RFC 8017 section A.1.1.
    let mut numbers = Reader::sequence(key)?;
    let (modulus, exponent) = (numbers.unsigned()?, numbers.unsigned()?);
    let whole_bytes = modulus.first().is_some_and(|&byte| byte >= 0x80);
    let fits = numbers.is_empty() && exponent == EXPONENT && whole_bytes && LENGTHS.contains(&modulus.len());
    if !fits || signature.len() != modulus.len() {
        return None;
    }
    let bits = 8 * modulus.len() as u32;
    let number = |bytes| Some(BoxedUint::from_be_slice(bytes, bits).ok()?.resize(bits));
    let (modulus, signature) = (number(modulus)?, number(signature)?);
    if signature >= modulus {
        return None;
    }
    let modulus: Odd<BoxedUint> = Option::from(Odd::new(modulus))?;
    let signature = BoxedMontyForm::new(signature, &BoxedMontyParams::new_vartime(modulus));
    // 65537 is sixteen squarings and one multiplication.
    let power = (0..16).fold(signature.clone(), |power, _| power.square());
    let bytes = power.mul(&signature).retrieve().to_be_bytes();
    let start = bytes.len().checked_sub(bits as usize / 8)?;
    Some(bytes[start..].into())
}

/// EMSA-PKCS1-v1_5, RFC 8017 section 9.2: there is one right encoding, so it is compared and not taken apart.
fn is_pkcs1(encoded: &[u8], hash: &[u8; HASH]) -> bool {
    let Some((rest, end)) = encoded.split_last_chunk::<HASH>() else { return false };
    let Some((rest, info)) = rest.split_last_chunk::<{ DIGEST_INFO.len() }>() else { return false };
    let [0, 1, padding @ .., 0] = rest else { return false };
    end == hash && *info == DIGEST_INFO && padding.len() >= 8 && padding.iter().all(|&byte| byte == 0xff)
}

/// EMSA-PSS, RFC 8017 section 9.1.2, for a modulus of whole bytes: the encoding then lacks one bit, its highest.
fn is_pss(encoded: &mut [u8], message: &[u8; HASH]) -> bool {
    let Some((rest, [0xbc])) = encoded.split_last_chunk_mut::<1>() else { return false };
    let Some((block, hash)) = rest.split_last_chunk_mut::<HASH>() else { return false };
    if block[0] & 0x80 != 0 {
        return false;
    }
    mask(block, hash);
    block[0] &= 0x7f;
    let Some((padding, salt)) = block.split_last_chunk::<HASH>() else { return false };
    let [zeros @ .., 1] = padding else { return false };
    let expected = Sha256::new().chain_update([0; 8]).chain_update(message).chain_update(salt).finalize();
    zeros.iter().all(|&byte| byte == 0) && expected[..] == hash[..]
}

/// MGF1, RFC 8017 section B.2.1, on top of what is there.
fn mask(block: &mut [u8], seed: &[u8; HASH]) {
    for (counter, piece) in block.chunks_mut(HASH).enumerate() {
        let pad = Sha256::new().chain_update(seed).chain_update((counter as u32).to_be_bytes()).finalize();
        for (byte, pad) in piece.iter_mut().zip(pad) {
            *byte ^= pad;
        }
    }
}
