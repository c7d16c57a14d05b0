//! The scripts below `app/packaging` that make no package by themselves: what they lay out and print is read here.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use echo_monitor::profile::file::EXTENSION;

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn packaging() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn root() -> PathBuf {
    packaging().join("../..")
}

fn script(name: &str) -> Command {
    let mut command = Command::new("bash");
    command.arg(packaging().join(name));
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Every file below `folder`, by its path from there.
fn files(folder: &Path) -> BTreeSet<String> {
    fn walk(at: &Path, top: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(at).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                walk(&entry.path(), top, found);
            } else {
                found.insert(entry.path().strip_prefix(top).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(folder, folder, &mut found);
    found
}

/// What `release/notes` makes of a changelog for a tag.
fn notes(tag: &str, changelog: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("CHANGELOG.md");
    fs::write(&file, changelog).unwrap();
    let signing = folder.path().join("signing.txt");
    fs::write(&signing, "Nothing is **signed**.\n").unwrap();
    script("release/notes")
        .arg(tag)
        .arg(signing)
        .env("CHANGELOG", file)
        .env("VERSION", "1.2.0")
        .output()
        .unwrap()
}

const CHANGELOG: &str = "\
# Changelog

## [Unreleased]

- later

## [1.2.0] - 2026-11-30

### Added

- One thing.

## [1.2.0-rc] - 2026-11-01

- before

[1.2.0]: https://example.invalid
";

#[test]
fn a_release_tells_its_own_section_and_what_is_signed() {
    let output = notes("v1.2.0", CHANGELOG);
    assert!(output.status.success(), "{}", said(&output));
    let text = said(&output);
    assert!(text.starts_with("### Added\n\n- One thing.\n\n### Checking a download\n"), "{text}");
    assert!(text.ends_with("- Nothing is **signed**.\n"), "{text}");
    for other in ["later", "before", "example.invalid"] {
        assert!(!text.contains(other), "{other} in {text}");
    }
}

#[test]
fn a_release_without_a_section_or_of_another_version_is_none() {
    for (tag, changelog, why) in [
        ("v1.2.1", CHANGELOG, "Cargo.toml says 1.2.0"),
        ("1.2.0", CHANGELOG, "Cargo.toml says 1.2.0"),
        ("v1.2.0", "## [Unreleased]\n\n- later\n", "no section"),
        ("v1.2.0", "## [1.2.0]\n\n## [1.1.0]\n\n- before\n", "empty"),
    ] {
        let output = notes(tag, changelog);
        assert!(!output.status.success() && said(&output).contains(why), "{tag}: {}", said(&output));
    }
}

/// A bundle around a stand-in, and the property list of it as JSON.
fn bundle(folder: &Path) -> (PathBuf, serde_json::Value) {
    let program = folder.join("built");
    fs::write(&program, "the program").unwrap();
    let output = script("macos/bundle").arg(&program).arg(folder.join("out")).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let contents = folder.join("out/Echo Monitor.app/Contents");
    let list = properties(&contents.join("Info.plist"));
    (contents, list)
}

/// A property list, read by a parser that knows the format.
fn properties(file: &Path) -> serde_json::Value {
    const READ: &str = "import json,plistlib,sys; print(json.dumps(plistlib.load(open(sys.argv[1],'rb'))))";
    let output = Command::new("python3").args(["-c", READ]).arg(file).output().expect("python3");
    assert!(output.status.success(), "{}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_bundle_has_its_files_where_macos_looks_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let (contents, _) = bundle(folder.path());
    let found = files(&contents);
    let wanted = [
        "Info.plist",
        "MacOS/echo-monitor",
        "PkgInfo",
        "Resources/echo-monitor.icns",
        "Resources/licences/LICENSE",
        "Resources/licences/OFL-Inter.txt",
        "Resources/licences/OFL-JetBrainsMono.txt",
        "Resources/licences/licences.txt",
    ];
    for file in wanted {
        assert!(found.contains(file), "no {file} in {found:?}");
    }
    let program = contents.join("MacOS/echo-monitor");
    assert_eq!(fs::read_to_string(&program).unwrap(), "the program");
    assert_eq!(fs::metadata(program).unwrap().permissions().mode() & 0o777, 0o755);
}

#[test]
fn the_property_list_names_what_the_bundle_holds() {
    let folder = tempfile::tempdir().unwrap();
    let (contents, list) = bundle(folder.path());
    let text = |key: &str| list[key].as_str().unwrap_or_else(|| panic!("no {key} in {list}"));
    assert!(contents.join("MacOS").join(text("CFBundleExecutable")).exists());
    assert!(contents.join("Resources").join(text("CFBundleIconFile")).with_extension("icns").exists());
    assert_eq!((text("CFBundleShortVersionString"), text("CFBundleVersion")), (VERSION, VERSION));
    assert_eq!((text("CFBundlePackageType"), text("NSPrincipalClass")), ("APPL", "NSApplication"));
    let identifier = text("CFBundleIdentifier");
    assert!(
        identifier.chars().all(|letter| letter.is_ascii_alphanumeric() || "-.".contains(letter)),
        "{identifier}"
    );
    assert!(!fs::read_to_string(contents.join("Info.plist")).unwrap().contains('@'));
}

/// Finder knows an exported profile; no double click is promised that the program would never hear of.
#[test]
fn macos_knows_an_exported_profile_by_its_icon() {
    let folder = tempfile::tempdir().unwrap();
    let (contents, list) = bundle(folder.path());
    let (kind, document) = (&list["UTExportedTypeDeclarations"][0], &list["CFBundleDocumentTypes"][0]);
    assert_eq!(kind["UTTypeTagSpecification"]["public.filename-extension"], serde_json::json!([EXTENSION]));
    assert_eq!(document["LSItemContentTypes"], serde_json::json!([kind["UTTypeIdentifier"]]));
    let icon = document["CFBundleTypeIconFile"].as_str().unwrap();
    assert!(contents.join("Resources").join(icon).with_extension("icns").exists());
    assert_eq!(document["CFBundleTypeRole"], "None");
}

#[test]
fn the_hardened_runtime_is_not_loosened() {
    let list = properties(&packaging().join("macos/entitlements.plist"));
    assert_eq!(list, serde_json::json!({}));
}

#[test]
fn the_icon_for_macos_has_every_size() {
    let icon = fs::read(root().join("assets/icon/echo-monitor.icns")).unwrap();
    let length = |at: usize| u32::from_be_bytes(icon[at + 4..at + 8].try_into().unwrap()) as usize;
    assert_eq!((&icon[..4], length(0)), (b"icns".as_slice(), icon.len()));
    let mut kinds = BTreeMap::new();
    let mut at = 8;
    while at < icon.len() {
        kinds.insert(String::from_utf8_lossy(&icon[at..at + 4]).into_owned(), &icon[at + 8..at + length(at)]);
        at += length(at);
    }
    // 16 and 32 points for every macOS; 128, 256 and 512; each of these for Retina screens, which have twice the pixels.
    assert!(kinds.contains_key("is32") && kinds.contains_key("il32"), "{kinds:?}");
    let retina = [("ic11", 32), ("ic12", 64), ("ic13", 256), ("ic14", 512), ("ic10", 1024)];
    for (kind, size) in [("ic07", 128), ("ic08", 256), ("ic09", 512)].into_iter().chain(retina) {
        let picture = kinds.get(kind).unwrap_or_else(|| panic!("no {kind}"));
        assert_eq!(&picture[..8], b"\x89PNG\r\n\x1a\n", "{kind}");
        let pixels = |at: usize| u32::from_be_bytes(picture[at..at + 4].try_into().unwrap());
        assert_eq!((pixels(16), pixels(20)), (size, size), "{kind}");
    }
}

#[test]
fn every_desktop_knows_the_window_by_one_name() {
    let entry = fs::read_to_string(root().join("assets/echo-monitor.desktop")).unwrap();
    let metainfo = fs::read_to_string(packaging().join("linux/echo-monitor.metainfo.xml")).unwrap();
    let mime = fs::read_to_string(packaging().join("linux/echo-monitor.mime.xml")).unwrap();
    assert!(entry.lines().any(|line| line == "StartupWMClass=echo-monitor"));
    assert!(entry.lines().any(|line| line == "Exec=echo-monitor %f"));
    assert!(metainfo.contains(">echo-monitor.desktop</launchable>"));
    let kind = "application/x-echo-monitor-profile";
    assert!([&entry, &metainfo, &mime].iter().all(|text| text.contains(kind)));
}

/// What `stage` lays out, and the folder of the AppImage, around a stand-in for the program.
fn staged(target: &Path) -> PathBuf {
    fs::create_dir_all(target.join("release")).unwrap();
    fs::create_dir_all(target.join("debug")).unwrap();
    fs::write(target.join("release/echo-monitor"), "the program").unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_manual"), target.join("debug/manual")).unwrap();
    for name in ["linux/stage", "linux/appimage"] {
        let output =
            script(name).env("CARGO_TARGET_DIR", target).env("SOURCE_DATE_EPOCH", "0").output().unwrap();
        assert!(output.status.success(), "{name}: {}", said(&output));
    }
    target.join("release/packaging")
}

#[test]
fn the_folder_of_the_appimage_stands_by_itself() {
    let target = tempfile::tempdir().unwrap();
    staged(target.path());
    // Wherever it is mounted.
    let folder = target.path().join("moved");
    fs::rename(target.path().join("packages/AppDir"), &folder).unwrap();
    let top = |name: &str| fs::read(folder.join(name)).unwrap_or_else(|problem| panic!("{name}: {problem}"));
    assert_eq!(top("AppRun"), b"the program");
    assert_eq!(fs::metadata(folder.join("AppRun")).unwrap().permissions().mode() & 0o777, 0o755);
    assert!(top("echo-monitor.desktop").starts_with(b"[Desktop Entry]\n"));
    assert!(top("echo-monitor.png").starts_with(b"\x89PNG") && top(".DirIcon") == top("echo-monitor.png"));
    let found = files(&folder.join("usr/share"));
    for file in
        ["metainfo/echo-monitor.appdata.xml", "doc/echo-monitor/LICENSE", "doc/echo-monitor/licences.txt.gz"]
    {
        assert!(found.contains(file), "no {file} in {found:?}");
    }
    assert!(!found.iter().any(|file| file.contains("lintian") || file.contains("Debian")), "{found:?}");
}

/// Debian's form: every licence that is named stands there as a paragraph, with its text or where Debian has it.
#[test]
fn the_copyright_of_the_deb_has_every_licence_that_it_names() {
    let target = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(staged(target.path()).join("copyright")).unwrap();
    let named =
        text.lines().filter_map(|line| line.strip_prefix("License: ")).flat_map(|line| line.split(" or "));
    for licence in named.collect::<BTreeSet<_>>() {
        assert!(text.contains(&format!("\n\nLicense: {licence}\n ")), "{licence} in {text}");
    }
    for words in
        ["Permission is hereby granted", "/usr/share/common-licenses/Apache-2.0", "SIL OPEN FONT LICENSE"]
    {
        assert!(text.contains(words), "{words} in {text}");
    }
}

#[test]
fn the_workflows_start_each_script_with_its_own_interpreter() {
    let mut started = 0;
    for workflow in files(&root().join(".github/workflows")) {
        let text = fs::read_to_string(root().join(".github/workflows").join(workflow)).unwrap();
        let words: Vec<_> = text.split_whitespace().collect();
        for pair in words
            .windows(2)
            .filter(|pair| pair[1].starts_with("app/packaging/") || pair[1].starts_with(".ci/"))
        {
            let first = fs::read_to_string(root().join(pair[1])).unwrap();
            let first = first.lines().next().unwrap();
            assert!(first.ends_with(&format!(" {}", pair[0])), "{} {}: {first}", pair[0], pair[1]);
            started += 1;
        }
    }
    assert!(started > 5, "only {started} scripts were found: does the reader still work?");
}
