//! What can be said of a single certificate: its dates, the strength of its key and of its signature.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{About, Certificate, Finding, Source};
use crate::credentials::facts::Algorithm;

/// A certificate that ends sooner than this deserves a warning.
const SOON: Duration = Duration::from_secs(30 * 24 * 3_600);
/// The first moment of 2026, in seconds since 1970: before this program was written.
const WRITTEN: u64 = 1_767_225_600;

/// Whether it is valid now, and for how long.
pub(super) fn dates(source: &Source, certificate: &Certificate, now: SystemTime) -> Option<Finding> {
    let name = certificate.name.clone();
    let (start, end) = (certificate.not_before, certificate.not_after);
    if now > end {
        Some(source.finding(About::Expired { name, end, now }))
    } else if now < start {
        Some(source.finding(About::NotYetValid { name, start, now }))
    } else if end.duration_since(now).is_ok_and(|left| left < SOON) {
        Some(source.finding(About::EndsSoon { name, end, now }))
    } else {
        None
    }
}

/// Whether its key is long enough.
pub(super) fn strength(source: &Source, certificate: &Certificate) -> Option<Finding> {
    match certificate.algorithm {
        Algorithm::Rsa { bits } if bits < 2_048 => {
            Some(source.finding(About::WeakKey { name: certificate.name.clone(), bits }))
        }
        _ => None,
    }
}

/// Whether its signature can be forged. What signs itself proves nothing by its signature.
pub(super) fn signature(source: &Source, certificate: &Certificate) -> Option<Finding> {
    let weak = certificate.signature.weak && !certificate.self_issued();
    weak.then(|| source.finding(About::WeakSignature { name: certificate.signature.name.clone() }))
}

/// Whether this computer's clock can be right.
pub(super) fn clock(source: &Source, now: SystemTime) -> Option<Finding> {
    let impossible = now < UNIX_EPOCH + Duration::from_secs(WRITTEN);
    impossible.then(|| source.finding(About::ClockWrong { now }))
}
