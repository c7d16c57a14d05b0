//! The face that writes a profile for a board or for another computer, and ends.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "what it has to say")]

use std::{path::Path, process::ExitCode};

use crate::{
    board::{self, ExportProblem},
    cli::Export,
    files::Existing,
    places,
    profile::Draft,
    settings,
    target::{self, USAGE},
};

/// The files could not be written.
const UNWRITTEN: u8 = 1;

/// Writes, and says what.
#[must_use]
pub fn run(flags: &Export) -> ExitCode {
    let written = stored(&flags.profile, flags.config_dir.as_deref()).and_then(|draft| {
        match (&flags.board, &flags.file) {
            (Some(folder), _) => for_board(&draft, folder, flags.force),
            (None, Some(file)) => as_file(&draft, file, flags.force),
            (None, None) => Err((USAGE, "Say --board DIR or --file FILE.".to_owned())),
        }
    });
    let code = match written {
        Ok(()) => 0,
        Err((code, sentence)) => {
            eprintln!("{sentence}");
            code
        }
    };
    log::info!("export: exit status {code}");
    ExitCode::from(code)
}

type Problem = (u8, String);

fn stored(name: &str, folder: Option<&Path>) -> Result<Draft, Problem> {
    let (settings, trouble) = settings::open(places::find(folder).map(|places| places.settings).as_deref());
    if let Some(trouble) = trouble {
        eprintln!("{trouble}");
    }
    let found = settings.find(name).and_then(|index| settings.profiles.get(index));
    found.cloned().ok_or_else(|| {
        let names: Vec<_> = settings.profiles.iter().map(|profile| format!("“{}”", profile.name)).collect();
        (USAGE, format!("There is no profile with the name “{name}”. There are: {}.", names.join(", ")))
    })
}

fn for_board(draft: &Draft, folder: &Path, force: bool) -> Result<(), Problem> {
    let profile = draft.parse().map_err(|complaints| {
        let told: Vec<_> = complaints.iter().map(|complaint| complaint.text.as_str()).collect();
        (USAGE, format!("The profile is not complete. {}", told.join(" ")))
    })?;
    let secrets = target::secrets(draft).map_err(|sentence| (USAGE, sentence))?;
    let existing = if force { Existing::Replace } else { Existing::Keep };
    let exported = board::export(&profile, &secrets, folder, existing).map_err(|problem| match problem {
        ExportProblem::Write(_) => (UNWRITTEN, problem.to_string()),
        ExportProblem::Credentials(_) | ExportProblem::Unfit(_) => (USAGE, problem.to_string()),
    })?;
    for file in &exported.files {
        println!("{}", file.display());
    }
    exported.notes.iter().for_each(|note| eprintln!("{note}"));
    eprintln!("The folder holds a private key: give it to the board and to nobody else.");
    Ok(())
}

fn as_file(draft: &Draft, file: &Path, force: bool) -> Result<(), Problem> {
    if !force && file.exists() {
        return Err((UNWRITTEN, format!("{} is there already: --force writes over it.", file.display())));
    }
    let path = settings::export(draft, file)
        .map_err(|problem| (UNWRITTEN, format!("{} could not be written: {problem}.", file.display())))?;
    println!("{}", path.display());
    Ok(())
}
