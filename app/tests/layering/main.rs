//! Who may import whom, held by reading every path in the sources of the app.
//!
//! | layer | modules | may name |
//! |---|---|---|
//! | pure | `profile`, `failure`, `credentials`, `model`, `diagnosis` | pure modules, crates that compute; no clock, file, socket, thread |
//! | I/O | `files`, `session`, `demo`, `settings`, `board`, `keychain`, `places`, `logfile`, `crash` | pure and I/O modules; nothing that draws |
//! | view | `view` | pure modules, egui; no clock, file, socket, thread |
//! | arguments | `cli` | pure modules, clap |
//! | faces | `app`, `headless`, `check`, `certs`, `export`, `target`, `console`, `paths`, `renderer`, `main`, `lib` | everything |
//!
//! A path counts where it stands: in a `use`, in a signature, in the middle of an expression. Tests, comments and
//! strings don't count.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod reader;

use std::{collections::BTreeSet, fs, path::Path};

use reader::{dependencies, modules, paths, sources};

const PURE: &[&str] = &["profile", "failure", "credentials", "model", "diagnosis"];
const IO: &[&str] =
    &["files", "session", "demo", "settings", "board", "keychain", "places", "logfile", "crash"];

/// Crates that compute and nothing else. Randomness for keys is the one thing they take from outside.
const COMPUTING: &[&str] = &[
    "base64",
    "bytes",
    "cbc",
    "crypto_bigint",
    "crypto_primes",
    "des",
    "echo_board",
    "getrandom",
    "hmac",
    "jiff",
    "miniz_oxide",
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
        if external.is_some_and(|name| !COMPUTING.contains(&name)) && !evidence {
            return Some("a pure module names crates that compute only");
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
        if external.is_some_and(|name| !COMPUTING.contains(&name)) && !egui {
            return Some("a view draws with egui and does nothing else");
        }
        if outside || clock {
            return Some("a view touches nothing outside and takes time from egui or the model");
        }
    } else if module == "cli" {
        if own.is_some_and(|own| !pure(own) && own != "cli") {
            return Some("the command line names pure modules only");
        }
        if external.is_some_and(|name| !COMPUTING.contains(&name) && name != "clap") {
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
        let faces: &[&str] = &[
            "view", "cli", "app", "headless", "check", "certs", "export", "target", "console", "paths",
            "renderer", "main", "lib",
        ];
        let known = [PURE, IO, faces].concat();
        assert!(known.contains(&name.as_str()), "{name} has no layer: give it one here");
    }
}

/// Each rule refuses what it is there to refuse.
#[test]
fn the_rules_object() {
    let crates = dependencies(include_str!("../../Cargo.toml"));
    for name in ["eframe", "rumqttc_v4", "serde_json", "tokio", "mqtt_protocol_core", "rustls"] {
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
