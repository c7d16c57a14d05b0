//! Dates and what is left of them, in words.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

/// "12 Mar 2027 14:03 UTC".
#[must_use]
pub fn date(at: SystemTime) -> String {
    let timestamp = jiff::Timestamp::from_second(seconds(at));
    timestamp.map_or_else(
        |_| "a date out of range".to_owned(),
        |at| at.strftime("%-d %b %Y %H:%M UTC").to_string(),
    )
}

/// "ends in 83 days", "ended 12 days ago".
#[must_use]
pub fn countdown(end: SystemTime, now: SystemTime) -> String {
    match end.duration_since(now) {
        Ok(left) => format!("ends in {}", span(left)),
        Err(over) => format!("ended {} ago", span(over.duration())),
    }
}

/// A length of time in its largest sensible unit, rounded down: "83 days", "5 hours", "3 years".
#[must_use]
pub fn span(length: Duration) -> String {
    let seconds = length.as_secs();
    let (number, unit) = match seconds {
        0..60 => return "less than a minute".to_owned(),
        60..HOUR => (seconds / 60, "minute"),
        HOUR..172_800 => (seconds / HOUR, "hour"),
        172_800..63_072_000 => (seconds / DAY, "day"),
        _ => (seconds / (365 * DAY), "year"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

/// A time from seconds since 1970; a date that the system's clock cannot hold becomes 1970.
pub(crate) fn at(seconds: i64) -> SystemTime {
    let length = Duration::from_secs(seconds.unsigned_abs());
    let time = if seconds < 0 { UNIX_EPOCH.checked_sub(length) } else { UNIX_EPOCH.checked_add(length) };
    time.unwrap_or(UNIX_EPOCH)
}

fn seconds(at: SystemTime) -> i64 {
    match at.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |seconds| -seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_spans_in_words() {
        assert_eq!(date(at(1_804_860_180)), "12 Mar 2027 14:03 UTC");
        assert_eq!(date(at(-1)), "31 Dec 1969 23:59 UTC");
        let now = at(1_800_000_000);
        let day = Duration::from_secs(DAY);
        assert_eq!(countdown(now + 83 * day + Duration::from_secs(5), now), "ends in 83 days");
        assert_eq!(countdown(now - 12 * day, now), "ended 12 days ago");
        assert_eq!(countdown(now + day, now), "ends in 24 hours");
        assert_eq!(countdown(now + 800 * day, now), "ends in 2 years");
        assert_eq!(countdown(now + Duration::from_secs(60), now), "ends in 1 minute");
        assert_eq!(countdown(now, now), "ends in less than a minute");
    }
}
