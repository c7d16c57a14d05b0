//! From the form to a [`Profile`]: each field's rule, and the sentence for who breaks it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};
use thiserror::Error;

use super::{Complaint, Draft, Field, Host, Profile, Security, Sources, TopicFilter, TopicName, topic};

/// Below this many seconds the MQTT library panics; no broker needs it.
const SHORTEST_KEEP_ALIVE: u16 = 5;
/// The longest UTF-8 string MQTT can carry.
const LONGEST_TEXT: usize = 65_535;

/// What can be wrong with the fields that have no type of their own.
#[derive(Debug, Error)]
enum Problem<'a> {
    #[error("Give the profile a name.")]
    NoName,
    #[error("Enter the broker's port, a number: usually 8883 with TLS and 1883 without.")]
    NoPort,
    #[error("“{0}” is not a port: enter a number from 1 to 65535, usually 8883 with TLS and 1883 without.")]
    Port(&'a str),
    #[error("Enter the keep alive in seconds: 0 for none, or 5 to 65535. 60 is usual.")]
    NoKeepAlive,
    #[error("“{0}” is not a keep alive: enter 0 for none, or 5 to 65535 seconds. 60 is usual.")]
    KeepAlive(&'a str),
    #[error(
        "There is a character that MQTT does not allow: U+{0:04X}, which cannot be seen. Type it by hand."
    )]
    Character(u32),
    #[error("MQTT allows at most 65,535 bytes here. Shorten it.")]
    TooLong,
    #[error("Only a command line knows what ~ means: enter the whole path, or choose the file.")]
    Tilde,
    #[error(
        "Choose the client certificate: this broker is to know us by it. Without one, choose TLS under security."
    )]
    NoCertificate,
    #[error(
        "Choose the private key that belongs to the certificate. If it is in the same file, choose that file again."
    )]
    NoKey,
}

impl Draft {
    /// Reads the form.
    ///
    /// # Errors
    /// One complaint for each field that is wrong, in the order of the form.
    pub fn parse(&self) -> Result<Profile, Vec<Complaint>> {
        let mutual = self.security == Security::MutualTls;
        let tls = self.security != Security::Plain;
        let key_needed = mutual && !holds_key(&self.certificate);
        let mut complaints = Complaints::default();
        let name = complaints.keep(Field::Name, name(&self.name));
        let host = complaints.keep(Field::Host, Host::parse(&self.host));
        let port = complaints.keep(Field::Port, port(&self.port));
        let subscribe = complaints.keep(Field::Subscribe, TopicFilter::parse(&self.subscribe));
        let publish = complaints.keep(Field::Publish, TopicName::parse(&self.publish));
        let keep_alive = complaints.keep(Field::KeepAlive, keep_alive(&self.keep_alive));
        let client_id = complaints.keep(Field::ClientId, text(self.client_id.trim()));
        let username = complaints.keep(Field::Username, text(&self.username));
        let ca = complaints.keep(Field::Ca, file(&self.ca, tls, None));
        let certificate = complaints
            .keep(Field::Certificate, file(&self.certificate, mutual, Some(Problem::NoCertificate)));
        let key = complaints.keep(Field::Key, file(&self.key, mutual, key_needed.then_some(Problem::NoKey)));
        let profile = || {
            Some(Profile {
                name: name?,
                host: host?,
                port: port?,
                security: self.security,
                protocol: self.protocol,
                subscribe: subscribe?,
                publish: publish?,
                qos: self.qos,
                keep_alive: keep_alive?,
                client_id: client_id?,
                username: username?,
                direction: self.direction.into(),
                credentials: Sources { ca: ca?, certificate: certificate?, key: key? },
                allow_v1_server: self.allow_v1_server,
            })
        };
        profile().ok_or(complaints.0)
    }
}

/// Collects what is wrong. A field that yields no value has left a complaint.
#[derive(Default)]
struct Complaints(Vec<Complaint>);

impl Complaints {
    fn keep<T, E: ToString>(&mut self, field: Field, parsed: Result<T, E>) -> Option<T> {
        parsed.map_err(|problem| self.0.push(Complaint { field, text: problem.to_string() })).ok()
    }
}

fn name(typed: &str) -> Result<String, Problem<'_>> {
    let name = typed.trim();
    if name.is_empty() { Err(Problem::NoName) } else { Ok(name.to_owned()) }
}

fn port(typed: &str) -> Result<u16, Problem<'_>> {
    let typed = typed.trim();
    match typed.parse() {
        Ok(0) => Err(Problem::Port(typed)),
        Ok(port) => Ok(port),
        Err(_) if typed.is_empty() => Err(Problem::NoPort),
        Err(_) => Err(Problem::Port(typed)),
    }
}

fn keep_alive(typed: &str) -> Result<u16, Problem<'_>> {
    let typed = typed.trim();
    match typed.parse() {
        Ok(seconds @ (0 | SHORTEST_KEEP_ALIVE..)) => Ok(seconds),
        Err(_) if typed.is_empty() => Err(Problem::NoKeepAlive),
        _ => Err(Problem::KeepAlive(typed)),
    }
}

/// A client ID or a user name; `None` for an empty one.
fn text(typed: &str) -> Result<Option<String>, Problem<'_>> {
    match topic::forbidden(typed) {
        Some(character) => Err(Problem::Character(character)),
        None if typed.len() > LONGEST_TEXT => Err(Problem::TooLong),
        None => Ok((!typed.is_empty()).then(|| typed.to_owned())),
    }
}

/// A file's path, if one was entered and this kind of connection reads it. `missing` is the problem where it needs one.
fn file<'a>(typed: &str, read: bool, missing: Option<Problem<'a>>) -> Result<Option<PathBuf>, Problem<'a>> {
    let typed = typed.trim();
    // Windows copies a path in quotes.
    let path = typed.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(typed);
    match missing {
        _ if !read => Ok(None),
        Some(problem) if path.is_empty() => Err(problem),
        _ if path.is_empty() => Ok(None),
        _ if path.starts_with("~/") => Err(Problem::Tilde),
        _ => Ok(Some(path.into())),
    }
}

/// Whether a file is a PKCS#12 by its name. What is in it is judged later; here only no key must be asked for.
fn holds_key(typed: &str) -> bool {
    let extension = Path::new(typed.trim().trim_matches('"')).extension();
    extension.is_some_and(|e| e.eq_ignore_ascii_case("p12") || e.eq_ignore_ascii_case("pfx"))
}

/// A number in the file is as good as the text of it: `port = 8883` is what a person writes.
pub(super) fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum TextOrNumber {
        Text(String),
        Number(i64),
    }
    Ok(match TextOrNumber::deserialize(deserializer)? {
        TextOrNumber::Text(text) => text,
        TextOrNumber::Number(number) => number.to_string(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::profile::{Direction, Protocol, Qos, Turn};

    fn draft() -> Draft {
        let file = |name: &str| format!("certs/{name}");
        Draft {
            ca: file("ca.crt"),
            certificate: file("client.crt"),
            key: file("client.key"),
            ..Draft::default()
        }
    }

    /// The one complaint about a draft with one field changed.
    fn complaint(change: impl FnOnce(&mut Draft)) -> (Field, String) {
        let mut draft = draft();
        change(&mut draft);
        let mut complaints = draft.parse().unwrap_err();
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        let Complaint { field, text } = complaints.remove(0);
        (field, text)
    }

    #[test]
    fn the_default_needs_only_its_files() {
        let profile = draft().parse().unwrap();
        assert_eq!(
            (profile.host.as_str(), profile.port, profile.keep_alive),
            ("test.mosquitto.org", 8884, 60)
        );
        assert_eq!(
            (profile.protocol, profile.qos, profile.direction),
            (Protocol::V5, Qos::AtMostOnce, Direction::Left)
        );
        assert_eq!((profile.client_id.as_deref(), profile.username.as_deref()), (None, None));
        assert_eq!(profile.credentials.key.as_deref(), Some(Path::new("certs/client.key")));
        assert!(!profile.may_hear_itself());
    }

    #[test]
    fn what_is_typed_around_a_value_does_not_matter() {
        let draft = Draft {
            port: " 8883\n".to_owned(),
            client_id: "  ".to_owned(),
            ca: "\"C:\\my certs\\ca.crt\"".to_owned(),
            ..draft()
        };
        let profile = draft.parse().unwrap();
        assert_eq!((profile.port, profile.client_id), (8883, None));
        assert_eq!(profile.credentials.ca.as_deref(), Some(Path::new("C:\\my certs\\ca.crt")));
    }

    #[test]
    fn each_wrong_field_has_its_complaint() {
        let host = complaint(|draft| draft.host = "mqtts://x:8883".to_owned());
        assert_eq!(host.0, Field::Host);
        assert!(host.1.contains("only the host name here: x. The port 8883"), "{}", host.1);
        for port in ["0", "70000", "-1", "mqtt", "88 83", "8883/tcp"] {
            let (field, text) = complaint(|draft| draft.port = port.to_owned());
            assert_eq!(field, Field::Port);
            assert!(text.starts_with(&format!("“{port}” is not a port: enter a number")), "{text}");
        }
        for seconds in ["1", "4", "65536", "a minute"] {
            let (field, text) = complaint(|draft| draft.keep_alive = seconds.to_owned());
            assert_eq!(field, Field::KeepAlive);
            assert!(text.contains("enter 0 for none, or 5 to 65535"), "{text}");
        }
        for (seconds, expected) in [("0", 0), ("5", 5), ("65535", 65535)] {
            let draft = Draft { keep_alive: seconds.to_owned(), ..draft() };
            assert_eq!(draft.parse().unwrap().keep_alive, expected);
        }
        assert_eq!(complaint(|draft| draft.subscribe = "a/#/b".to_owned()).0, Field::Subscribe);
        assert_eq!(complaint(|draft| draft.publish = "a/+".to_owned()).0, Field::Publish);
        assert_eq!(complaint(|draft| draft.client_id = "a\0".to_owned()).0, Field::ClientId);
        assert_eq!(complaint(|draft| draft.username = "a\nb".to_owned()).0, Field::Username);
        assert_eq!(complaint(|draft| draft.name = " ".to_owned()).0, Field::Name);
        assert_eq!(complaint(|draft| draft.ca = "~/ca.crt".to_owned()).0, Field::Ca);
    }

    #[test]
    fn an_empty_form_complains_once_a_field_and_in_order() {
        let mut draft = draft();
        let Draft { name, host, port, subscribe, publish, keep_alive, certificate, key, .. } = &mut draft;
        for text in [name, host, port, subscribe, publish, keep_alive, certificate, key] {
            text.clear();
        }
        let fields: Vec<_> =
            draft.parse().unwrap_err().into_iter().map(|complaint| complaint.field).collect();
        use Field::*;
        assert_eq!(fields, [Name, Host, Port, Subscribe, Publish, KeepAlive, Certificate, Key]);
    }

    #[test]
    fn only_mutual_tls_needs_a_certificate_and_a_key() {
        assert_eq!(complaint(|draft| draft.certificate.clear()).0, Field::Certificate);
        assert_eq!(complaint(|draft| draft.key.clear()).0, Field::Key);
        let tls = Draft { security: Security::Tls, key: String::new(), ..draft() };
        let sources = tls.parse().unwrap().credentials;
        assert_eq!(sources, Sources { ca: Some("certs/ca.crt".into()), ..Sources::default() });
        let plain = Draft { security: Security::Plain, ca: "~/nothing".to_owned(), ..draft() };
        assert_eq!(plain.parse().unwrap().credentials, Sources::default());
        let bundle = Draft { certificate: "certs/all.P12".to_owned(), key: String::new(), ..draft() };
        assert_eq!(bundle.parse().unwrap().credentials.key, None);
    }

    #[test]
    fn a_filter_that_matches_our_own_topic_is_no_complaint() {
        let draft = Draft { subscribe: "azuresphere/sample/+".to_owned(), ..draft() };
        assert!(draft.parse().unwrap().may_hear_itself());
    }

    #[test]
    fn a_draft_survives_its_file() {
        let draft =
            Draft { direction: Turn::Right, protocol: Protocol::V311, qos: Qos::ExactlyOnce, ..draft() };
        let file = toml::to_string(&draft).unwrap();
        assert!(file.contains("protocol = \"3.1.1\"") && file.contains("keep-alive = \"60\""), "{file}");
        assert_eq!(toml::from_str::<Draft>(&file).unwrap(), draft);
    }

    #[test]
    fn a_file_of_another_version_is_read_as_far_as_it_goes() {
        let read =
            toml::from_str::<Draft>("host = \"broker\"\nport = 8883\nkeep-alive = 30\nin-ten-years = [1]")
                .unwrap();
        let expected = Draft {
            host: "broker".to_owned(),
            port: "8883".to_owned(),
            keep_alive: "30".to_owned(),
            ..Draft::default()
        };
        assert_eq!(read, expected);
        assert!(toml::from_str::<Draft>("qos = 3").is_err());
        assert!(toml::from_str::<Draft>("security = \"none\"").is_err());
    }
}
