//! What echoes and messages are compared by.

/// 64 bits that stand for a payload. Equal payloads have equal ones; two others agree once in 10^19.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) struct Fingerprint(pub(super) u64);

impl Fingerprint {
    /// A larger payload is known by its length and its two ends of this many bytes: the fold runs beside the window's
    /// drawing and must not stop for a payload of 256 MB.
    pub(super) const END: usize = 32 * 1024;

    /// Of a payload.
    pub(in crate::model) fn of(payload: &[u8]) -> Self {
        let seed = fold(payload.len() as u64 ^ 0x9E37_79B9_7F4A_7C15);
        if payload.len() <= 2 * Self::END {
            return Self(absorb(seed, payload));
        }
        let (head, tail) = (&payload[..Self::END], &payload[payload.len() - Self::END..]);
        Self(absorb(absorb(seed, head), tail))
    }
}

fn absorb(mut state: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        state = fold(state ^ u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    fold(fold(state ^ u64::from_le_bytes(last)))
}

/// A multiplication to 128 bits, its halves folded together: the step of wyhash and foldhash. Not against an attacker:
/// who sends colliding messages only spoils the statistics of their own echoes.
fn fold(word: u64) -> u64 {
    let product = u128::from(word ^ 0xA076_1D64_78BD_642F) * u128::from(0xE703_7ED1_A0B4_28DB_u64);
    product as u64 ^ (product >> 64) as u64
}
