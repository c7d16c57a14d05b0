//! Numbers with their units, as they stand on the screen: three digits that matter, never more.

use std::time::Duration;

/// `46 µs`, `4.6 ms`, `506 ms`, `1.23 s`, `12.3 s`, `3 min 20 s`, `1 h 05 min`.
#[must_use]
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    let whole = seconds.round() as u64;
    match seconds {
        _ if seconds < 999.5e-9 => format!("{} ns", duration.as_nanos()),
        _ if seconds < 9.95e-6 => format!("{:.1} µs", seconds * 1e6),
        _ if seconds < 999.5e-6 => format!("{:.0} µs", seconds * 1e6),
        _ if seconds < 9.95e-3 => format!("{:.1} ms", seconds * 1e3),
        _ if seconds < 999.5e-3 => format!("{:.0} ms", seconds * 1e3),
        _ if seconds < 9.995 => format!("{seconds:.2} s"),
        _ if seconds < 119.95 => format!("{seconds:.1} s"),
        _ if whole < 3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

/// A round number of seconds without superfluous digits: `0`, `100 µs`, `2.5 ms`, `1 s`.
#[must_use]
pub fn seconds(seconds: f64) -> String {
    let (scaled, unit) = match seconds {
        _ if seconds == 0.0 => return "0".to_owned(),
        _ if seconds < 0.999_999e-6 => (seconds * 1e9, "ns"),
        _ if seconds < 0.999_999e-3 => (seconds * 1e6, "µs"),
        _ if seconds < 0.999_999 => (seconds * 1e3, "ms"),
        _ => (seconds, "s"),
    };
    format!("{} {unit}", (scaled * 1000.0).round() / 1000.0)
}

/// How long something was away: `7 s`, `350 ms`, `2 min 5 s`.
#[must_use]
pub fn rough(length: Duration) -> String {
    let seconds = length.as_secs_f64();
    if (0.9995..119.5).contains(&seconds) { format!("{seconds:.0} s") } else { duration(length) }
}

/// `3 214`: digits in groups of three.
#[must_use]
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    text
}

/// `36 B`, `1.2 KB`, `64 KB`, `20 MB`: multiples of 1024.
#[must_use]
pub fn bytes(bytes: u64) -> String {
    let mut scaled = bytes as f64;
    let mut unit = "B";
    for larger in ["KB", "MB", "GB", "TB"] {
        if scaled < 999.5 {
            break;
        }
        scaled /= 1024.0;
        unit = larger;
    }
    if unit == "B" || scaled >= 9.95 || scaled.fract() < 0.05 {
        format!("{scaled:.0} {unit}")
    } else {
        format!("{scaled:.1} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits_at_most() {
        let cases = [
            (0, "0 ns"),
            (900, "900 ns"),
            (4_600, "4.6 µs"),
            (46_300, "46 µs"),
            (999_600, "1.0 ms"),
            (31_400_000, "31 ms"),
            (999_700_000, "1.00 s"),
            (1_234_000_000, "1.23 s"),
            (12_345_000_000, "12.3 s"),
            (200_000_000_000, "3 min 20 s"),
            (3_900_000_000_000, "1 h 05 min"),
        ];
        for (nanos, text) in cases {
            assert_eq!(duration(Duration::from_nanos(nanos)), text);
        }
    }

    #[test]
    fn ticks_have_no_superfluous_digits() {
        let texts = [0.0, 1e-4, 2.5e-3, 1e-3, 0.5, 1.0, 20.0].map(seconds);
        assert_eq!(texts, ["0", "100 µs", "2.5 ms", "1 ms", "500 ms", "1 s", "20 s"]);
    }

    #[test]
    fn absences_are_told_roughly() {
        assert_eq!(rough(Duration::from_millis(7_040)), "7 s");
        assert_eq!(rough(Duration::from_millis(350)), "350 ms");
        assert_eq!(rough(Duration::from_secs(125)), "2 min 5 s");
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!([0, 999, 3_214, 1_234_567].map(count), ["0", "999", "3\u{a0}214", "1\u{a0}234\u{a0}567"]);
    }

    #[test]
    fn sizes_are_short() {
        let sizes = [0, 36, 1_229, 65_536, 20 << 20, (12 << 30) / 10].map(bytes);
        assert_eq!(sizes, ["0 B", "36 B", "1.2 KB", "64 KB", "20 MB", "1.2 GB"]);
    }
}
