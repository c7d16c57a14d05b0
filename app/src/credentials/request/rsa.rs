//! RSA keys, which ring uses but does not make. The crate `rsa` makes them but has an advisory without a fix
//! (RUSTSEC-2023-0071, timing of private operations); so the primes come from `crypto-primes`, the rest is the arithmetic of
//! RFC 8017, section 3.2, and ring checks the result before anybody sees it.

use crypto_bigint::{BoxedUint, ConcatenatingMul, NonZero, Resize};
use crypto_primes::{
    Flavor,
    hazmat::{SetBits, SmallFactorsSieveFactory},
    is_prime, sieve_and_find,
};
use getrandom::{SysRng, rand_core::UnwrapErr};
use zeroize::Zeroizing;

use super::super::der::{INTEGER, SEQUENCE, element};

const EXPONENT: u64 = 65_537;
/// A prime `p` with `p - 1` divisible by the exponent comes once in 65,537 times; more than one is no accident.
const TRIES: usize = 4;

/// A new key as RSAPrivateKey (RFC 8017, appendix A.1.2); `None` if the arithmetic fails, which a working source of
/// randomness does not let happen. 4096 bits take about a second.
pub(super) fn generate(bits: u32) -> Option<Zeroizing<Vec<u8>>> {
    (0..TRIES).find_map(|_| assemble(prime(bits / 2)?, prime(bits / 2)?))
}

/// With its two highest bits set, so that the product of two has its full length.
fn prime(bits: u32) -> Option<Zeroizing<BoxedUint>> {
    let candidates = SmallFactorsSieveFactory::<BoxedUint>::new(Flavor::Any, bits, SetBits::TwoMsb).ok()?;
    let found =
        sieve_and_find(&mut UnwrapErr(SysRng), candidates, |_, candidate| is_prime(Flavor::Any, candidate));
    found.ok().flatten().map(Zeroizing::new)
}

fn assemble(one: Zeroizing<BoxedUint>, other: Zeroizing<BoxedUint>) -> Option<Zeroizing<Vec<u8>>> {
    let (p, q) = if *one > *other { (one, other) } else { (other, one) };
    let less = |prime: &BoxedUint| Zeroizing::new(prime.wrapping_sub(BoxedUint::one()));
    let (p1, q1) = (less(&p), less(&q));
    let modulus = p.concatenating_mul(&*q);
    let totient = Zeroizing::new(p1.concatenating_mul(&*q1));
    let exponent = BoxedUint::from(EXPONENT);
    let d = inverse(&exponent, &totient)?;
    let dp = Zeroizing::new(d.rem(&nonzero(&p1)?));
    let dq = Zeroizing::new(d.rem(&nonzero(&q1)?));
    let coefficient = inverse(&q, &p)?;

    let integers = [&modulus, &exponent, &*d, &*p, &*q, &*dp, &*dq, &*coefficient].map(integer);
    let mut parts: Vec<&[u8]> = vec![&[INTEGER, 1, 0]];
    parts.extend(integers.iter().map(|integer| integer.as_slice()));
    Some(element(SEQUENCE, &parts))
}

fn inverse(number: &BoxedUint, modulus: &BoxedUint) -> Option<Zeroizing<BoxedUint>> {
    let number = Zeroizing::new(number.resize(modulus.bits_precision()));
    number.invert_mod(&nonzero(modulus)?).into_option().map(Zeroizing::new)
}

fn nonzero(number: &BoxedUint) -> Option<NonZero<BoxedUint>> {
    NonZero::new(number.clone()).into_option()
}

/// A positive INTEGER: no zeros in front, but one where the highest bit is set.
fn integer(number: &BoxedUint) -> Zeroizing<Vec<u8>> {
    let bytes = Zeroizing::new(number.to_be_bytes_trimmed_vartime());
    let sign: &[u8] = if bytes.first().is_none_or(|first| first & 0x80 != 0) { &[0] } else { &[] };
    element(INTEGER, &[sign, &bytes])
}
