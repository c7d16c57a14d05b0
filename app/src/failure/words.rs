//! How values are written in sentences.

use std::time::{Duration, SystemTime};

/// "3 March 2026, 12:00 UTC". UTC because certificates speak it and because pure code knows no time zone.
pub(super) fn date(time: SystemTime) -> String {
    jiff::Timestamp::try_from(time).map_or_else(
        |_| "a date outside the calendar".to_owned(),
        |time| time.strftime("%-d %B %Y, %H:%M UTC").to_string(),
    )
}

/// "3 days", "5 hours", "40 s": one unit, rounded down.
pub(super) fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let (count, unit) = match seconds {
        0 => return format!("{} ms", span.as_millis()),
        1..120 => return format!("{seconds} s"),
        120..7_200 => (seconds / 60, "minutes"),
        7_200..172_800 => (seconds / 3_600, "hours"),
        _ => (seconds / 86_400, "days"),
    };
    format!("{count} {unit}")
}

/// "a", "a or b", "a, b or c"; at most five, then how many more.
pub(super) fn alternatives(names: &[String]) -> String {
    const SHOWN: usize = 5;
    match names {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        many if many.len() > SHOWN => {
            format!("{} and {} more", many[..SHOWN].join(", "), many.len() - SHOWN)
        }
        [all_but_last @ .., last] => format!("{} or {last}", all_but_last.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_spans_read_well() {
        assert_eq!(
            date(SystemTime::UNIX_EPOCH + Duration::from_secs(1_772_539_200)),
            "3 March 2026, 12:00 UTC"
        );
        assert_eq!(span(Duration::from_millis(40)), "40 ms");
        assert_eq!(span(Duration::from_secs(90)), "90 s");
        assert_eq!(span(Duration::from_secs(86_400)), "24 hours");
        assert_eq!(span(Duration::from_secs(864_000)), "10 days");
    }

    #[test]
    fn alternatives_are_joined_as_in_speech() {
        let names: Vec<String> = ["a", "b", "c", "d", "e", "f", "g"].map(str::to_owned).to_vec();
        assert_eq!(alternatives(&names[..1]), "a");
        assert_eq!(alternatives(&names[..3]), "a, b or c");
        assert_eq!(alternatives(&names), "a, b, c, d, e and 2 more");
    }
}
