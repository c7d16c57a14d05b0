//! Reads a source file as far as its paths go.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The names in the `[dependencies]` of a manifest, as Rust writes them.
pub(crate) fn dependencies(manifest: &str) -> BTreeSet<String> {
    let lines = manifest.lines().skip_while(|line| *line != "[dependencies]").skip(1);
    let table = lines.take_while(|line| !line.starts_with('['));
    let names =
        table.filter(|line| !line.starts_with('#')).filter_map(|line| line.split(['.', ' ', '=']).next());
    names.filter(|name| !name.is_empty()).map(|name| name.replace('-', "_")).collect()
}

/// Every Rust file below a folder.
pub(crate) fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
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
pub(crate) fn modules(relative: &Path) -> Vec<String> {
    let path = relative.with_extension("");
    let mut names: Vec<String> =
        path.components().map(|part| part.as_os_str().to_str().unwrap().to_owned()).collect();
    if names.len() > 1 && names.last().is_some_and(|name| name == "mod") {
        names.pop();
    }
    names
}

/// Every path of two or more parts in a source file, `use` trees unfolded, `super` and `self` made absolute.
pub(crate) fn paths(source: &str, modules: &[String]) -> Vec<String> {
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

#[cfg(test)]
mod tests {
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
