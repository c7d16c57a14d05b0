//! Numbers for people: two or three figures, a unit, thousands apart.

use std::time::Duration;

/// Between thousands: a space that is thin.
const THIN_SPACE: char = '\u{2009}';

/// `850 ns`, `4.6 µs`, `46 µs`, `31 ms`, `1.02 s`, `12.3 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`.
///
/// Seconds have three figures: a loop takes about one, and would hardly ever differ from the next with two.
#[must_use]
pub fn duration(duration: Duration) -> String {
    const UNITS: [(&str, u64); 3] = [("ns", 1), ("µs", 1_000), ("ms", 1_000_000)];
    let seconds = duration.saturating_add(Duration::from_millis(500)).as_secs();
    match seconds {
        86_400.. => return format!("{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
        3_600.. => return format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
        60.. => return format!("{} min {} s", seconds / 60, seconds % 60),
        _ => {}
    }
    let nanos = duration.as_nanos() as u64;
    for (unit, size) in UNITS {
        if size > 1 && nanos * 100 < size * 995 {
            return format!("{}.{} {unit}", tenths(nanos, size) / 10, tenths(nanos, size) % 10);
        }
        let whole = (nanos + size / 2) / size;
        if whole < 1_000 {
            return format!("{whole} {unit}");
        }
    }
    let hundredths = (nanos + 5_000_000) / 10_000_000;
    match hundredths {
        ..1_000 => format!("{}.{:02} s", hundredths / 100, hundredths % 100),
        _ => format!("{}.{} s", tenths(nanos, 1_000_000_000) / 10, tenths(nanos, 1_000_000_000) % 10),
    }
}

/// `00:53:41`, with days where there are any: `2 d 00:53:41`.
#[must_use]
pub fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let day = format!("{:02}:{:02}:{:02}", seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    match seconds / 86_400 {
        0 => day,
        days => format!("{days} d {day}"),
    }
}

/// `3 214`, with thin spaces.
#[must_use]
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(THIN_SPACE);
        }
        text.push(digit);
    }
    text
}

/// `61 B`, `1.2 kB`, `256 MB`; a kilobyte is 1000 bytes.
#[must_use]
pub fn bytes(bytes: u64) -> String {
    const UNITS: [(&str, u64); 4] =
        [("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000)];
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    for (unit, size) in UNITS {
        let tenths = tenths(bytes, size);
        if tenths < 100 {
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
        let whole = bytes.saturating_add(size / 2) / size;
        if whole < 1_000 {
            return format!("{whole} {unit}");
        }
    }
    format!("{} TB", count(bytes / 1_000_000_000_000))
}

/// Times a second: `0.2`, `1.0`, `97.3`, `50 213`.
#[must_use]
pub fn rate(per_second: f64) -> String {
    // The fraction of a float is not worth telling from here on.
    if per_second < 99.95 { format!("{per_second:.1}") } else { count(per_second.round() as u64) }
}

/// `value` in tenths of `size`, rounded.
fn tenths(value: u64, size: u64) -> u64 {
    ((u128::from(value) * 10 + u128::from(size / 2)) / u128::from(size)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_or_three_figures_and_a_unit() {
        let cases = [
            (0, "0 ns"),
            (850, "850 ns"),
            (999, "999 ns"),
            (1_000, "1.0 µs"),
            (4_640, "4.6 µs"),
            (9_949, "9.9 µs"),
            (9_950, "10 µs"),
            (46_400, "46 µs"),
            (999_499, "999 µs"),
            (999_500, "1.0 ms"),
            (31_000_000, "31 ms"),
            (999_600_000, "1.00 s"),
            (1_024_000_000, "1.02 s"),
            (9_996_000_000, "10.0 s"),
            (59_440_000_000, "59.4 s"),
            (59_600_000_000, "1 min 0 s"),
            (200_000_000_000, "3 min 20 s"),
        ];
        for (nanos, text) in cases {
            assert_eq!(duration(Duration::from_nanos(nanos)), text);
        }
        assert!(duration(Duration::MAX).ends_with(" h"));
        assert_eq!(duration(Duration::from_secs(7_500)), "2 h 5 min");
        assert_eq!(duration(Duration::from_secs(3 * 86_400 + 4 * 3_600)), "3 d 4 h");
    }

    #[test]
    fn counts_are_grouped_by_thousands() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(3_214), "3\u{2009}214");
        assert_eq!(count(1_000_000), "1\u{2009}000\u{2009}000");
    }

    #[test]
    fn bytes_have_a_unit() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (9_960, "10 kB"),
            (999_600, "1.0 MB"),
            (256_000_000, "256 MB"),
            (5_000_000_000, "5.0 GB"),
        ];
        for (value, text) in cases {
            assert_eq!(bytes(value), text);
        }
        assert_eq!(bytes(u64::MAX), "18\u{2009}446\u{2009}744 TB");
    }

    #[test]
    fn clocks_and_rates() {
        assert_eq!(clock(Duration::from_secs(3_221)), "00:53:41");
        assert_eq!(clock(Duration::from_secs(2 * 86_400 + 3_221)), "2 d 00:53:41");
        assert_eq!(rate(0.996), "1.0");
        assert_eq!(rate(99.96), "100");
        assert_eq!(rate(50_213.4), "50\u{2009}213");
    }
}
