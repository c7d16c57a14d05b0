//! Numbers with their units, as they stand on the screen.

use std::time::Duration;

pub use crate::model::display::{bytes, count, duration};

/// How long something was away, to the second: `7 s`, `350 ms`, `2 min 5 s`.
#[must_use]
pub fn away(length: Duration) -> String {
    let seconds = length.as_secs_f64().round();
    if (1.0..60.0).contains(&seconds) { format!("{seconds} s") } else { duration(length) }
}

/// A round number of seconds without superfluous digits: `0`, `100 µs`, `2.5 ms`, `1 s`.
#[must_use]
pub fn round(seconds: f64) -> String {
    let (scaled, unit) = match seconds {
        _ if seconds == 0.0 => return "0".to_owned(),
        _ if seconds < 0.999_999e-6 => (seconds * 1e9, "ns"),
        _ if seconds < 0.999_999e-3 => (seconds * 1e6, "µs"),
        _ if seconds < 0.999_999 => (seconds * 1e3, "ms"),
        _ => (seconds, "s"),
    };
    format!("{} {unit}", (scaled * 1000.0).round() / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absences_are_told_roughly() {
        assert_eq!(away(Duration::from_millis(7_040)), "7 s");
        assert_eq!(away(Duration::from_millis(350)), "350 ms");
        assert_eq!(away(Duration::from_secs(125)), "2 min 5 s");
    }

    #[test]
    fn round_numbers_have_no_superfluous_digits() {
        let texts = [0.0, 1e-4, 2.5e-3, 1e-3, 0.5, 1.0, 20.0].map(round);
        assert_eq!(texts, ["0", "100 µs", "2.5 ms", "1 ms", "500 ms", "1 s", "20 s"]);
    }
}
