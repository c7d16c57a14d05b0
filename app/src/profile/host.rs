//! The broker's name or address.

use std::{fmt, net::IpAddr};

use thiserror::Error;

/// A host name or an IP address, without scheme, port or white space.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Host(String);

/// Why a text is no host. Its sentence says what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HostProblem {
    /// Nothing was entered.
    #[error("Enter the broker's host name or IP address, for example test.mosquitto.org.")]
    Empty,
    /// A URL was pasted.
    #[error("Enter only the host name here: {host}.{}{}", port_belongs(port.as_deref()), scheme_means(scheme))]
    Url {
        /// What stands before `://`.
        scheme: String,
        /// The host name in it.
        host: String,
        /// The port in it.
        port: Option<String>,
    },
    /// The port was pasted with it.
    #[error("Enter only the host name here: {host}.{}", port_belongs(Some(port)))]
    WithPort {
        /// What belongs here.
        host: String,
        /// What belongs into the field for the port.
        port: String,
    },
    /// Something with a slash.
    #[error("A host name has no / in it: enter only {host}.")]
    Path {
        /// What stands before the slash.
        host: String,
    },
    /// Something with an `@`.
    #[error("Enter only the host name here: {host}. The user name has a field of its own.")]
    User {
        /// What stands after the `@`.
        host: String,
    },
    /// Looks like an IPv4 address and is none.
    #[error("{0} is not an IP address: it needs four numbers from 0 to 255, for example 192.168.1.10.")]
    Address(String),
    /// Looks like an IPv6 address and is none.
    #[error(
        "{0} is not an IPv6 address: it needs up to eight groups of hex digits, for example 2001:db8::1."
    )]
    Address6(String),
    /// White space in the middle.
    #[error("A host name has no spaces: remove them.")]
    Space,
    /// A character outside of ASCII.
    #[error(
        "Enter the name in its ASCII form, which begins with xn--: certificates and DNS know {0} only by that."
    )]
    International(String),
    /// Any other character.
    #[error("A host name has only letters, digits, hyphens and dots: remove {0:?}.")]
    Character(char),
    /// A label or the name is empty or too long, or a hyphen stands at its end.
    #[error(
        "{0} is not a host name: between its dots it needs 1 to 63 letters, digits or hyphens, and no hyphen first or last."
    )]
    Shape(String),
}

impl Host {
    /// Parses what was typed; white space around it is no problem, nor are brackets around an IPv6 address.
    ///
    /// # Errors
    /// The first [`HostProblem`] that explains why it is none (RFC 1123, section 2.1; RFC 3986, section 3.2.2).
    pub fn parse(text: &str) -> Result<Self, HostProblem> {
        let text = text.trim();
        if text.is_empty() {
            return Err(HostProblem::Empty);
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            let (host, port) = authority(rest);
            return Err(HostProblem::Url { scheme: scheme.to_owned(), host, port });
        }
        let bare = text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(text);
        if bare.parse::<IpAddr>().is_ok() {
            return Ok(Self(bare.to_owned()));
        }
        if let Some((host, _)) = text.split_once('/') {
            return Err(HostProblem::Path { host: host.to_owned() });
        }
        if let Some((_, host)) = text.rsplit_once('@') {
            return Err(HostProblem::User { host: authority(host).0 });
        }
        match authority(text) {
            (host, Some(port)) => Err(HostProblem::WithPort { host, port }),
            _ if text.contains(':') => Err(HostProblem::Address6(text.to_owned())),
            _ => name(text),
        }
    }

    /// As it is resolved and compared with the broker's certificate; an IPv6 address has no brackets.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address, if it is one.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.0.parse().ok()
    }

    /// `host:port`, with brackets where an IPv6 address needs them.
    #[must_use]
    pub fn with_port(&self, port: u16) -> String {
        format!("{self}:{port}")
    }
}

impl fmt::Display for Host {
    /// As in a URL: an IPv6 address has brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.contains(':') { write!(f, "[{}]", self.0) } else { f.write_str(&self.0) }
    }
}

/// Labels of letters, digits, hyphens; underscores too, because container networks use them.
fn name(text: &str) -> Result<Host, HostProblem> {
    if text.contains(char::is_whitespace) {
        return Err(HostProblem::Space);
    }
    if text.chars().any(|c| !c.is_ascii() && c.is_alphanumeric()) {
        return Err(HostProblem::International(text.to_owned()));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if let Some(c) = text.chars().find(|c| !allowed(*c)) {
        return Err(HostProblem::Character(c));
    }
    let rooted = text.strip_suffix('.').unwrap_or(text);
    let label = |l: &str| (1..=63).contains(&l.len()) && !l.starts_with('-') && !l.ends_with('-');
    if rooted.len() > 253 || !rooted.split('.').all(label) {
        return Err(HostProblem::Shape(text.to_owned()));
    }
    let numeric = |l: &str| l.bytes().all(|byte| byte.is_ascii_digit());
    if rooted.rsplit('.').next().is_some_and(numeric) {
        return Err(HostProblem::Address(text.to_owned()));
    }
    Ok(Host(text.to_owned()))
}

/// The host and the port of `user@host:port/path`.
fn authority(text: &str) -> (String, Option<String>) {
    let text = text.split(['/', '?', '#']).next().unwrap_or_default();
    let text = text.rsplit_once('@').map_or(text, |(_, host)| host);
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port.to_owned())),
        _ => (text, None),
    };
    (host.trim_matches(['[', ']']).to_owned(), port.filter(|port| !port.is_empty()))
}

fn port_belongs(port: Option<&str>) -> String {
    port.map_or_else(String::new, |port| format!(" The port {port} goes into the field for the port."))
}

fn scheme_means(scheme: &str) -> &'static str {
    match scheme.to_ascii_lowercase().as_str() {
        "mqtts" | "ssl" | "tls" => " For TLS, choose it under security.",
        "mqtt" | "tcp" => " It means a connection without TLS: choose that under security.",
        "ws" | "wss" | "http" | "https" => " It is a web address: use the broker's port for MQTT instead.",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn problem(text: &str) -> String {
        Host::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn names_and_addresses_are_hosts() {
        for text in [
            "test.mosquitto.org",
            "localhost",
            "my_broker",
            "a-1.example.",
            "10.0.2.2",
            "::1",
            "xn--mnchen-3ya.de",
        ] {
            assert_eq!(Host::parse(text).unwrap().as_str(), text);
        }
        assert_eq!(Host::parse(" broker\n").unwrap().as_str(), "broker");
        let host = Host::parse("[2001:db8::1]").unwrap();
        assert_eq!((host.as_str(), host.with_port(8883).as_str()), ("2001:db8::1", "[2001:db8::1]:8883"));
        assert_eq!(host.address(), "2001:db8::1".parse().ok());
        assert_eq!(Host::parse("localhost").unwrap().address(), None);
    }

    #[test]
    fn a_pasted_url_is_taken_apart() {
        assert_eq!(
            problem("mqtts://x.example:8883"),
            "Enter only the host name here: x.example. The port 8883 goes into the field for the port. \
             For TLS, choose it under security."
        );
        assert_eq!(
            problem("mqtt://me@x"),
            "Enter only the host name here: x. It means a connection without TLS: choose that under security."
        );
        assert!(
            problem("wss://x/mqtt")
                .ends_with("x. It is a web address: use the broker's port for MQTT instead.")
        );
        assert!(
            problem("mqtts://[::1]:8883").starts_with("Enter only the host name here: ::1. The port 8883")
        );
    }

    #[test]
    fn a_pasted_port_belongs_elsewhere() {
        let expected = |host| {
            format!("Enter only the host name here: {host}. The port 8883 goes into the field for the port.")
        };
        assert_eq!(problem("x:8883"), expected("x"));
        assert_eq!(problem("[::1]:8883"), expected("::1"));
    }

    #[test]
    fn each_problem_has_its_sentence() {
        let cases = [
            ("", HostProblem::Empty),
            (" \t", HostProblem::Empty),
            ("a b", HostProblem::Space),
            ("x/y", HostProblem::Path { host: "x".to_owned() }),
            ("me@x", HostProblem::User { host: "x".to_owned() }),
            ("192.168.1.300", HostProblem::Address("192.168.1.300".to_owned())),
            ("192.168.1", HostProblem::Address("192.168.1".to_owned())),
            ("2001:db8:::1", HostProblem::Address6("2001:db8:::1".to_owned())),
            ("münchen.de", HostProblem::International("münchen.de".to_owned())),
            ("*.example", HostProblem::Character('*')),
            ("x\u{202E}y", HostProblem::Character('\u{202E}')),
            ("a..b", HostProblem::Shape("a..b".to_owned())),
            ("-a", HostProblem::Shape("-a".to_owned())),
            (".", HostProblem::Shape(".".to_owned())),
        ];
        for (text, expected) in cases {
            assert_eq!(Host::parse(text), Err(expected), "{text:?}");
        }
        assert!(Host::parse(&"a".repeat(64)).is_err());
        assert!(Host::parse(&"a.".repeat(127)).is_ok());
        assert!(Host::parse(&"a.".repeat(128)).is_err());
    }
}
