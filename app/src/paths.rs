//! The face that tells where files go: one place a line, for people and with `--json` for programs.

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    process::ExitCode,
};

use crate::{
    cli,
    places::{self, Places},
};

/// Prints the places.
#[must_use]
pub fn run(flags: &cli::Paths) -> ExitCode {
    let Some(places) = places::find(flags.config_dir.as_deref()) else {
        // Where even the standard error is closed, the exit status has to do.
        let _ = writeln!(io::stderr(), "echo-monitor: This system names no folder for a user's files.");
        return ExitCode::FAILURE;
    };
    let text = if flags.json { json(&places) } else { lines(&places) };
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn lines(places: &Places) -> String {
    let named = places.named();
    let widest = named.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    named.iter().map(|(name, place)| format!("{name:widest$}  {}\n", place.display())).collect()
}

/// Names with a hyphen where the words have a space.
fn json(places: &Places) -> String {
    let named = places.named();
    let object: BTreeMap<_, _> =
        named.iter().map(|(name, place)| (name.replace(' ', "-"), place.to_string_lossy())).collect();
    serde_json::to_string(&object).unwrap_or_default() + "\n"
}
