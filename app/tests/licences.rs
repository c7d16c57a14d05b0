//! `assets/licences.txt` tells of the crates that are shipped now: none that is gone, none that is missing.
//!
//! What it says is looked up in `Cargo.lock`; what it should say, in cargo's own answer for this system. Where this fails,
//! `.ci/licences` writes the file anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
    process::Command,
};

use serde_json::Value;

const TOLD: &str = include_str!("../../assets/licences.txt");
const LOCK: &str = include_str!("../../Cargo.lock");
const ADVICE: &str = "run .ci/licences";

/// "name version" of all that a text stands for, fonts apart.
fn told() -> BTreeSet<String> {
    let names = TOLD.lines().filter_map(|line| line.strip_prefix("@ "));
    names.filter(|name| !name.ends_with(", font")).map(str::to_owned).collect()
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What the program is built of on this system: everything that is not there for building or testing alone.
fn shipped() -> BTreeSet<String> {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = run(Command::new(rustc).arg("-vV"));
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let mut cargo = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    cargo.args(["metadata", "--format-version", "1", "--locked", "--filter-platform", host]);
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    let metadata: Value = serde_json::from_str(&run(&mut cargo)).unwrap();
    let list = |value: &Value| value.as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();

    let nodes: HashMap<String, Value> =
        list(&metadata["resolve"]["nodes"]).into_iter().map(|node| (text(&node["id"]), node)).collect();
    let packages: HashMap<String, Value> =
        list(&metadata["packages"]).into_iter().map(|package| (text(&package["id"]), package)).collect();
    let app = packages.values().find(|package| package["name"] == "echo-monitor").unwrap();
    let (mut seen, mut next) = (BTreeSet::new(), vec![text(&app["id"])]);
    while let Some(id) = next.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        let normal = list(&nodes[&id]["deps"])
            .into_iter()
            .filter(|dependency| list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null()));
        next.extend(normal.map(|dependency| text(&dependency["pkg"])));
    }
    // Those of this workspace come from no registry; the app's own licence covers them.
    let foreign = seen.iter().map(|id| &packages[id]).filter(|package| !package["source"].is_null());
    foreign.map(|package| format!("{} {}", text(&package["name"]), text(&package["version"]))).collect()
}

#[test]
fn no_crate_is_told_that_is_gone() {
    let locked: BTreeSet<String> = LOCK
        .split("[[package]]")
        .filter_map(|package| {
            let field = |name: &str| {
                let line = package.lines().find_map(|line| line.strip_prefix(name))?;
                Some(line.trim_matches('"'))
            };
            Some(format!("{} {}", field("name = ")?, field("version = ")?))
        })
        .collect();
    assert!(locked.len() > 100, "the lock file is read");
    let gone: Vec<_> = told().into_iter().filter(|name| !locked.contains(name)).collect();
    assert!(gone.is_empty(), "{gone:?}: {ADVICE}");
}

#[test]
fn no_crate_is_shipped_that_is_not_told() {
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.ci/licences").exists());
    let (told, shipped) = (told(), shipped());
    assert!(shipped.len() > 100, "only {} crates are shipped?", shipped.len());
    let missing: Vec<_> = shipped.difference(&told).collect();
    assert!(missing.is_empty(), "{missing:?}: {ADVICE}");
}
