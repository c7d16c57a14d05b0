//! How values are written in sentences.

use std::time::Duration;

/// How long was waited: "40 ms", "10 s", "5 minutes".
pub(super) fn wait(length: Duration) -> String {
    match length.as_secs() {
        0 => format!("{} ms", length.as_millis()),
        seconds @ 1..120 => format!("{seconds} s"),
        seconds => format!("{} minutes", seconds / 60),
    }
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
    fn waits_read_well() {
        assert_eq!(wait(Duration::from_millis(40)), "40 ms");
        assert_eq!(wait(Duration::from_secs(90)), "90 s");
        assert_eq!(wait(Duration::from_secs(300)), "5 minutes");
    }

    #[test]
    fn alternatives_are_joined_as_in_speech() {
        let names: Vec<String> = ["a", "b", "c", "d", "e", "f", "g"].map(str::to_owned).to_vec();
        assert_eq!(alternatives(&names[..1]), "a");
        assert_eq!(alternatives(&names[..3]), "a, b or c");
        assert_eq!(alternatives(&names), "a, b, c, d, e and 2 more");
    }
}
