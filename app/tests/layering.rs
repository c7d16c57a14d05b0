//! Who may import whom, held by reading every path in the sources of the app.
//!
//! | layer | modules | may name |
//! |---|---|---|
//! | pure | `profile`, `failure`, `credentials`, `model` | pure modules, parsing crates; no clock, file, socket, thread |
//! | I/O | `files`, `session`, `demo`, `settings` | pure and I/O modules; nothing that draws |
//! | view | `view` | pure modules, egui; no clock, file, socket, thread |
//! | arguments | `cli` | pure modules, clap |
//! | faces | `app`, `headless`, `main`, `lib` | everything |
//!
//! A path counts where it stands: in a `use`, in a signature, in the middle of an expression. Tests, comments and
//! strings don't count.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const PURE: &[&str] = &["profile", "failure", "credentials", "model"];
const IO: &[&str] = &["files", "session", "demo", "settings"];

/// Crates that compute and nothing else.
const PARSING: &[&str] = &[
    "base64",
    "bytes",
    "cbc",
    "crypto_bigint",
    "crypto_primes",
    "des",
    "echo_board",
    // Randomness, which keys are made of; rcgen takes its own from ring.
    "getrandom",
    "hdrhistogram",
    "hmac",
    "jiff",
    "pkcs8",
    "rc2",
    "rcgen",
    "rustls_pki_types",
    "serde",
    "serde_json",
    "sha1",
    "sha2",
    "thiserror",
    "toml",
    "x509_parser",
    "zeroize",
];
const DRAWING: &[&str] = &["eframe", "egui_extras", "egui_plot", "rfd"];
/// The outside world in `std`, and what reads a clock.
const OUTSIDE: &[&str] = &["std::fs", "std::net", "std::thread", "std::process", "std::env", "std::os"];
const CLOCKS: &[&str] = &["SystemTime::now", "Instant::now", "Timestamp::now", "Zoned::now"];
/// Addresses are values.
const VALUES: &[&str] =
    &["std::net::SocketAddr", "std::net::IpAddr", "std::net::Ipv4Addr", "std::net::Ipv6Addr"];

/// What is wrong with `path` where it stands in `module` of the app, if anything.
fn objection(module: &str, path: &str, crates: &BTreeSet<String>) -> Option<&'static str> {
    let mut parts = path.split("::");
    let head = parts.next().unwrap_or_default();
    let own = (head == "crate").then(|| parts.next().unwrap_or_default());
    let external = (crates.contains(head)).then_some(head);
    let outside =
        OUTSIDE.iter().any(|banned| starts(path, banned)) && !VALUES.iter().any(|value| starts(path, value));
    let clock = CLOCKS.iter().any(|clock| path == *clock || path.ends_with(&format!("::{clock}")));
    let pure = |own: &str| PURE.contains(&own);

    if PURE.contains(&module) {
        if own.is_some_and(|own| !pure(own)) {
            return Some("a pure module names pure modules only");
        }
        // What a handshake can fail with is evidence; the handshake itself is the session's.
        let evidence = module == "failure" && head == "rustls";
        if external.is_some_and(|name| !PARSING.contains(&name)) && !evidence {
            return Some("a pure module names parsing crates only");
        }
        if outside || clock {
            return Some("a pure module takes bytes and time as arguments");
        }
    } else if IO.contains(&module) {
        if own.is_some_and(|own| !pure(own) && !IO.contains(&own)) {
            return Some("an I/O module knows no face and no view");
        }
        if external.is_some_and(|name| DRAWING.contains(&name)) {
            return Some("an I/O module draws nothing");
        }
    } else if module == "view" {
        if own.is_some_and(|own| !pure(own) && own != "view") {
            return Some("a view names pure modules only; the rest goes up as an Action");
        }
        let egui = starts(path, "eframe::egui") || head == "egui_extras" || head == "egui_plot";
        if external.is_some_and(|name| !PARSING.contains(&name)) && !egui {
            return Some("a view draws with egui and does nothing else");
        }
        if outside || clock {
            return Some("a view touches nothing outside and takes time from egui or the model");
        }
    } else if module == "cli" {
        if own.is_some_and(|own| !pure(own) && own != "cli") {
            return Some("the command line names pure modules only");
        }
        if external.is_some_and(|name| !PARSING.contains(&name) && name != "clap") {
            return Some("the command line is parsed by clap and our own rules");
        }
    }
    None
}

fn starts(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[test]
fn every_path_in_the_sources_keeps_to_its_layer() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let crates = dependencies(&fs::read_to_string(root.join("Cargo.toml")).unwrap());
    let src = root.join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let (mut read, mut objections) = (0, Vec::new());
    for file in files {
        let relative = file.strip_prefix(&src).unwrap();
        let modules = modules(relative);
        for path in paths(&fs::read_to_string(&file).unwrap(), &modules) {
            read += 1;
            if let Some(why) = objection(&modules[0], &path, &crates) {
                objections.push(format!("{}: {path}: {why}", relative.display()));
            }
        }
    }
    assert!(objections.is_empty(), "\n{}\n", objections.join("\n"));
    assert!(read > 100, "only {read} paths were read: does the reader still work?");
}

#[test]
fn every_module_of_the_app_has_a_layer() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(src).unwrap() {
        let name = modules(Path::new(&entry.unwrap().file_name()))[0].clone();
        let known = [PURE, IO, &["view", "cli", "app", "headless", "main", "lib"]].concat();
        assert!(known.contains(&name.as_str()), "{name} has no layer: give it one here");
    }
}

/// The names in the `[dependencies]` of a manifest, as Rust writes them.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let lines = manifest.lines().skip_while(|line| *line != "[dependencies]").skip(1);
    let table = lines.take_while(|line| !line.starts_with('['));
    let names =
        table.filter(|line| !line.starts_with('#')).filter_map(|line| line.split(['.', ' ', '=']).next());
    names.filter(|name| !name.is_empty()).map(|name| name.replace('-', "_")).collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// `session/run.rs` is the module `session::run`.
fn modules(relative: &Path) -> Vec<String> {
    let path = relative.with_extension("");
    let mut names: Vec<String> =
        path.components().map(|part| part.as_os_str().to_str().unwrap().to_owned()).collect();
    if names.len() > 1 && names.last().is_some_and(|name| name == "mod") {
        names.pop();
    }
    names
}

/// Every path of two or more parts in a source file, `use` trees unfolded, `super` and `self` made absolute.
fn paths(source: &str, modules: &[String]) -> Vec<String> {
    let tokens = without_tests(&tokens(source));
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == "use" {
            at = unfold(&tokens, at + 1, "", &mut found);
        } else if is_name(&tokens[at]) && (at == 0 || (tokens[at - 1] != "::" && tokens[at - 1] != ".")) {
            let mut path = tokens[at].clone();
            while tokens.get(at + 1).is_some_and(|token| token == "::")
                && tokens.get(at + 2).is_some_and(|token| is_name(token))
            {
                path = format!("{path}::{}", tokens[at + 2]);
                at += 2;
            }
            if path.contains("::") {
                found.push(path);
            }
            at += 1;
        } else {
            at += 1;
        }
    }
    found.into_iter().map(|path| absolute(&path, modules)).collect()
}

/// Reads one `use` tree that begins at `at`; gives the position behind it.
fn unfold(tokens: &[String], mut at: usize, prefix: &str, found: &mut Vec<String>) -> usize {
    let mut path = prefix.to_owned();
    while let Some(token) = tokens.get(at) {
        match token.as_str() {
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    at = unfold(tokens, at, &path, found);
                    if tokens.get(at).is_some_and(|token| token == ",") {
                        at += 1;
                    }
                }
                return at + 1;
            }
            "," | "}" | ";" => break,
            "as" => at += 1,
            "::" => {}
            name if path.is_empty() => path = name.to_owned(),
            name => path = format!("{path}::{name}"),
        }
        at += 1;
    }
    found.push(path);
    at
}

fn absolute(path: &str, modules: &[String]) -> String {
    let (mut up, mut rest) = (0, path);
    loop {
        if let Some(next) = rest.strip_prefix("super::") {
            (up, rest) = (up + 1, next);
        } else if let Some(next) = rest.strip_prefix("self::") {
            rest = next;
        } else {
            break;
        }
    }
    if rest == path {
        return path.to_owned();
    }
    let module = &modules[..modules.len().saturating_sub(up)];
    ["crate"]
        .into_iter()
        .chain(module.iter().map(String::as_str))
        .chain([rest])
        .collect::<Vec<_>>()
        .join("::")
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Drops every item that stands behind `#[cfg(test)]`.
fn without_tests(tokens: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let ahead: Vec<&str> = tokens[at..].iter().take(7).map(String::as_str).collect();
        if ahead != ["#", "[", "cfg", "(", "test", ")", "]"] {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let mut depth = 0;
        at += 7;
        while at < tokens.len() {
            match tokens[at].as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            at += 1;
            if depth == 0 && matches!(tokens[at - 1].as_str(), "}" | ";") {
                break;
            }
        }
    }
    kept
}

/// Names, `::` and single signs; comments, strings and characters are left out.
fn tokens(source: &str) -> Vec<String> {
    let text: Vec<char> = source.chars().collect();
    let (mut found, mut at) = (Vec::new(), 0);
    let here = |at: usize, pattern: &str| text[at..].iter().copied().take(pattern.len()).eq(pattern.chars());
    while at < text.len() {
        let c = text[at];
        if here(at, "//") {
            at += text[at..].iter().position(|c| *c == '\n').unwrap_or(text.len() - at);
        } else if here(at, "/*") {
            while at < text.len() && !here(at, "*/") {
                at += 1;
            }
            at += 2;
        } else if let Some(end) = raw_string(&text, at) {
            at = end;
        } else if c == '"' {
            at += 1;
            while at < text.len() && text[at] != '"' {
                at += if text[at] == '\\' { 2 } else { 1 };
            }
            at += 1;
        } else if c == '\'' && (text.get(at + 1) == Some(&'\\') || text.get(at + 2) == Some(&'\'')) {
            at += 2;
            while at < text.len() && text[at] != '\'' {
                at += 1;
            }
            at += 1;
        } else if c.is_alphanumeric() || c == '_' {
            let end = text[at..]
                .iter()
                .position(|c| !c.is_alphanumeric() && *c != '_')
                .map_or(text.len(), |n| at + n);
            found.push(text[at..end].iter().collect());
            at = end;
        } else if here(at, "::") {
            found.push("::".to_owned());
            at += 2;
        } else {
            if !c.is_whitespace() {
                found.push(c.to_string());
            }
            at += 1;
        }
    }
    found
}

/// Where the raw string that begins at `at` ends, if one does.
fn raw_string(text: &[char], at: usize) -> Option<usize> {
    let mut open = at;
    if text.get(open) == Some(&'b') {
        open += 1;
    }
    if text.get(open) != Some(&'r') || (at > 0 && (text[at - 1].is_alphanumeric() || text[at - 1] == '_')) {
        return None;
    }
    let hashes = text[open + 1..].iter().take_while(|c| **c == '#').count();
    if text.get(open + 1 + hashes) != Some(&'"') {
        return None;
    }
    let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let start = open + 2 + hashes;
    text[start..].windows(close.len()).position(|window| window == close).map(|n| start + n + close.len())
}

mod reader {
    use super::*;

    fn read(source: &str) -> Vec<String> {
        paths(source, &["session".to_owned(), "run".to_owned()])
    }

    #[test]
    fn use_trees_unfold() {
        let found = read("use std::{fs::{self, File as F}, time::*}; pub(crate) use a::b;");
        assert_eq!(found, ["std::fs::self", "std::fs::File", "std::time::*", "a::b"]);
    }

    #[test]
    fn paths_in_code_count_and_methods_do_not() {
        let found = read(
            "fn f(x: &tokio::net::TcpStream) { x.now::<u8>(); <u8 as core::str::FromStr>::from_str(y) }",
        );
        assert_eq!(found, ["tokio::net::TcpStream", "core::str::FromStr"]);
    }

    #[test]
    fn super_and_self_are_made_absolute() {
        let found = read("use super::{super::view::Action, tls::X}; fn f() { self::g::h() }");
        assert_eq!(found, ["crate::view::Action", "crate::session::tls::X", "crate::session::run::g::h"]);
    }

    #[test]
    fn comments_strings_and_tests_do_not_count() {
        let found = read(
            r##"// std::fs::a
            /* std::fs::b */ const A: &str = "std::fs::c \" std::fs::d"; const B: &str = r#"std::fs::e " x"#;
            const C: char = '"'; const D: &'static str = "std::fs::f";
            #[cfg(test)] use std::fs::g;
            #[cfg(test)] mod tests { use std::fs::h; fn t() { std::fs::i() } }
            fn after() { bytes::Bytes::new() }"##,
        );
        assert_eq!(found, ["bytes::Bytes::new"]);
    }
}

/// Each rule refuses what it is there to refuse.
#[test]
fn the_rules_object() {
    let crates = dependencies(include_str!("../Cargo.toml"));
    for name in ["eframe", "rumqttc_v4", "serde_json", "tokio", "mqtt5", "rustls"] {
        assert!(crates.contains(name), "{name} is a dependency");
    }
    let refused = |module: &str, source: &str| {
        let found = paths(source, &[module.to_owned()]);
        found.iter().any(|path| objection(module, path, &crates).is_some())
    };
    for (module, source) in [
        ("model", "use std::fs::File;"),
        ("model", "use std::{fmt, thread};"),
        ("model", "fn f() { std::net::TcpStream::connect(x) }"),
        ("model", "use std::time::Instant; fn f() { Instant::now() }"),
        ("model", "fn f() { std::time::SystemTime::now() }"),
        ("model", "fn f(x: tokio::sync::Notify) {}"),
        ("model", "use crate::session::Session;"),
        ("model", "fn f(x: super::view::Action) {}"),
        ("profile", "use clap::Parser;"),
        ("credentials", "use rustls::ClientConfig;"),
        ("session", "use eframe::egui::Context;"),
        ("session", "use crate::view::Action;"),
        ("demo", "use crate::headless;"),
        ("view", "use crate::session::Session;"),
        ("view", "use crate::files;"),
        ("view", "use eframe::App;"),
        ("view", "use std::fs;"),
        ("view", "use rfd::FileDialog;"),
        ("cli", "use crate::session;"),
        ("cli", "use tokio::runtime;"),
    ] {
        assert!(refused(module, source), "{module}: {source}");
    }
    for (module, source) in [
        (
            "model",
            "use std::{net::SocketAddr, time::SystemTime}; use crate::failure::Stage; use bytes::Bytes;",
        ),
        ("failure", "use rustls::AlertDescription;"),
        (
            "session",
            "use std::net::TcpStream; use crate::{files, model::event::Event}; fn f() { Instant::now() }",
        ),
        (
            "view",
            "use eframe::egui::Ui; use crate::model::State; use egui_plot::Plot; use super::profile::Draft;",
        ),
        ("app", "use crate::session::Session; use eframe::App; use std::fs;"),
        ("cli", "use clap::Parser; use crate::profile::Draft;"),
    ] {
        assert!(!refused(module, source), "{module}: {source}");
    }
}
