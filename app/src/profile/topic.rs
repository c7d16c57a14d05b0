//! Topic names and topic filters (MQTT 5, section 4.7; shared subscriptions: section 4.8.2).

use std::fmt;

use thiserror::Error;

/// The longest UTF-8 string MQTT can carry (MQTT 5, section 1.5.4).
const LONGEST: usize = 65_535;
const SHARED: &str = "$share/";

/// A topic name: not empty, no wildcard, no NUL, at most 65,535 bytes (MQTT 5, section 4.7).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TopicName(String);

/// A topic filter, possibly with wildcards (MQTT 5, section 4.7.1) or shared (`$share/group/filter`, section 4.8.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TopicFilter(String);

/// Why a text is no topic name or no topic filter. Its sentence says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TopicProblem {
    /// Nothing was entered.
    #[error("Enter a topic, for example azuresphere/sample/host.")]
    Empty,
    /// Longer than MQTT can carry.
    #[error("A topic has at most 65,535 bytes; this one has {0}. Shorten it.")]
    TooLong(usize),
    /// NUL, which MQTT forbids, or another control or non-character, for which brokers close the connection.
    #[error(
        "There is a character that a topic must not have: U+{0:04X}, which cannot be seen. Type the topic by hand."
    )]
    Character(u32),
    /// MQTT allows it, but it is not seen, and nothing would ever arrive.
    #[error("The topic begins or ends with a space: remove it.")]
    Space,
    /// A wildcard where one topic is needed.
    #[error(
        "A message is published on one topic: remove {0}. Wildcards belong into the filter that is subscribed to."
    )]
    Wildcard(char),
    /// `#` that is not a last level of its own.
    #[error("# stands for all further levels: it must be the last level, alone after a slash, as in a/b/#.")]
    Hash,
    /// `+` that is not a level of its own.
    #[error("+ stands for one whole level: it must be alone between slashes, as in a/+/b.")]
    Plus,
    /// `$share` without a group and a filter.
    #[error(
        "A shared subscription is written $share/group/filter: the group has no + and no #, and a filter follows it."
    )]
    Share,
}

impl TopicName {
    /// Parses what was typed.
    ///
    /// # Errors
    /// The first [`TopicProblem`].
    pub fn parse(text: &str) -> Result<Self, TopicProblem> {
        check_text(text)?;
        match text.chars().find(|c| matches!(c, '+' | '#')) {
            Some(wildcard) => Err(TopicProblem::Wildcard(wildcard)),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// As it goes into a PUBLISH.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TopicFilter {
    /// Parses what was typed.
    ///
    /// # Errors
    /// The first [`TopicProblem`].
    pub fn parse(text: &str) -> Result<Self, TopicProblem> {
        check_text(text)?;
        if text == "$share" || text.starts_with(SHARED) {
            let (group, filter) = split_shared(text).ok_or(TopicProblem::Share)?;
            if group.is_empty() || filter.is_empty() || group.contains(['+', '#']) {
                return Err(TopicProblem::Share);
            }
            check_levels(filter)?;
        } else {
            check_levels(text)?;
        }
        Ok(Self(text.to_owned()))
    }

    /// As it goes into a SUBSCRIBE.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The group of a shared subscription.
    #[must_use]
    pub fn share_group(&self) -> Option<&str> {
        split_shared(&self.0).map(|(group, _)| group)
    }

    /// Whether a message on `topic` is delivered to a subscription with this filter.
    #[must_use]
    pub fn matches(&self, topic: &TopicName) -> bool {
        self.matches_text(topic.as_str())
    }

    /// [`TopicFilter::matches`] for the topic of an incoming message, which the broker has checked.
    #[must_use]
    pub fn matches_text(&self, topic: &str) -> bool {
        let filter = split_shared(&self.0).map_or(self.0.as_str(), |(_, filter)| filter);
        // A topic of the broker's own is only for those who ask for it by name (section 4.7.2).
        if topic.starts_with('$') && filter.starts_with(['+', '#']) {
            return false;
        }
        let mut levels = topic.split('/');
        for wanted in filter.split('/') {
            match (wanted, levels.next()) {
                // Also the parent level: a/# matches a (section 4.7.1.2).
                ("#", _) => return true,
                ("+", Some(_)) => {}
                (wanted, Some(level)) if wanted == level => {}
                _ => return false,
            }
        }
        levels.next().is_none()
    }
}

impl fmt::Display for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for TopicFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What every string of MQTT has to keep (section 1.5.4). Also for client ID and user name.
pub(super) fn forbidden(text: &str) -> Option<u32> {
    let non_character = |c: u32| c & 0xFFFE == 0xFFFE || (0xFDD0..=0xFDEF).contains(&c);
    text.chars().find(|c| c.is_control() || non_character(u32::from(*c))).map(u32::from)
}

fn check_text(text: &str) -> Result<(), TopicProblem> {
    if text.trim().is_empty() {
        return Err(TopicProblem::Empty);
    }
    if text.len() > LONGEST {
        return Err(TopicProblem::TooLong(text.len()));
    }
    if let Some(character) = forbidden(text) {
        return Err(TopicProblem::Character(character));
    }
    if text.trim() == text { Ok(()) } else { Err(TopicProblem::Space) }
}

fn check_levels(filter: &str) -> Result<(), TopicProblem> {
    let mut levels = filter.split('/').peekable();
    while let Some(level) = levels.next() {
        let last = levels.peek().is_none();
        if level.contains('#') && !(level == "#" && last) {
            return Err(TopicProblem::Hash);
        }
        if level.contains('+') && level != "+" {
            return Err(TopicProblem::Plus);
        }
    }
    Ok(())
}

/// Group and filter of a shared subscription.
fn split_shared(filter: &str) -> Option<(&str, &str)> {
    filter.strip_prefix(SHARED)?.split_once('/')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn matches(filter: &str, topic: &str) -> bool {
        TopicFilter::parse(filter).unwrap().matches(&TopicName::parse(topic).unwrap())
    }

    #[test]
    fn filters_match_as_the_standard_says() {
        for (filter, topic) in [
            ("a/b", "a/b"),
            ("a/+", "a/b"),
            ("a/+", "a/"),
            ("+/+", "/finance"),
            ("/+", "/finance"),
            ("#", "a/b"),
            ("a/#", "a"),
            ("a/#", "a/b/c"),
            ("+/b/#", "a/b/c"),
            ("$SYS/#", "$SYS/broker/uptime"),
            ("$SYS/monitor/+", "$SYS/monitor/Clients"),
            ("$share/hosts/a/+", "a/b"),
        ] {
            assert!(matches(filter, topic), "{filter} {topic}");
        }
        for (filter, topic) in [
            ("a/b", "a/b/c"),
            ("a/b", "a/B"),
            ("a/+", "a/b/c"),
            ("a/+", "a"),
            ("+", "/finance"),
            ("a/b/#", "a"),
            ("#", "$SYS/broker"),
            ("+/monitor/Clients", "$SYS/monitor/Clients"),
            ("$share/hosts/#", "$SYS/broker"),
            ("$share/hosts/a", "$share/hosts/a"),
        ] {
            assert!(!matches(filter, topic), "{filter} {topic}");
        }
    }

    #[test]
    fn wrong_filters_are_told_why() {
        let cases = [
            ("", TopicProblem::Empty),
            ("  ", TopicProblem::Empty),
            ("a/#/b", TopicProblem::Hash),
            ("a#", TopicProblem::Hash),
            ("a/b#", TopicProblem::Hash),
            ("a+", TopicProblem::Plus),
            ("a/+b/c", TopicProblem::Plus),
            ("$share", TopicProblem::Share),
            ("$share/g", TopicProblem::Share),
            ("$share/g/", TopicProblem::Share),
            ("$share//a", TopicProblem::Share),
            ("$share/+/a", TopicProblem::Share),
            ("$share/g/a/#/b", TopicProblem::Hash),
            ("a\0b", TopicProblem::Character(0)),
            ("a/b\n", TopicProblem::Character(10)),
            ("a\u{FFFF}", TopicProblem::Character(0xFFFF)),
            ("a/b ", TopicProblem::Space),
        ];
        for (text, problem) in cases {
            assert_eq!(TopicFilter::parse(text), Err(problem), "{text:?}");
        }
        assert_eq!(TopicFilter::parse("$share/g/a").unwrap().share_group(), Some("g"));
        assert_eq!(TopicFilter::parse("$shares/g").unwrap().share_group(), None);
        assert!(TopicFilter::parse(&"a".repeat(65_535)).is_ok());
        assert_eq!(TopicFilter::parse(&"a".repeat(65_536)), Err(TopicProblem::TooLong(65_536)));
    }

    #[test]
    fn a_topic_name_has_no_wildcard() {
        assert_eq!(TopicName::parse("a/+"), Err(TopicProblem::Wildcard('+')));
        assert_eq!(TopicName::parse("a/#"), Err(TopicProblem::Wildcard('#')));
        assert_eq!(TopicName::parse("/a b/ä").unwrap().to_string(), "/a b/ä");
    }
}
