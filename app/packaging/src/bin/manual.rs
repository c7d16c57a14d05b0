//! Writes the manual pages and the shell completions out of the command line's own declaration, so that they can't say
//! anything else.
//!
//! ```text
//! manual FOLDER -> echo-monitor.1  echo-monitor-headless.1 …  echo-monitor.bash  _echo-monitor  echo-monitor.fish
//! ```

use std::{env, fs, io, path::Path, process::ExitCode};

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::{
    Man,
    roff::{Roff, roman},
};
use echo_monitor::cli::Arguments;

#[expect(clippy::print_stderr, reason = "a program for the terminal")]
fn main() -> ExitCode {
    let Some(folder) = env::args_os().nth(1) else {
        eprintln!("usage: manual FOLDER");
        return ExitCode::from(2);
    };
    match write(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{}: {problem}", Path::new(&folder).display());
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        clap_complete::generate_to(shell, &mut command, &name, folder)?;
    }
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    pages(&command, folder)
}

/// The page of `command`, and those of its subcommands.
fn pages(command: &Command, folder: &Path) -> io::Result<()> {
    for subcommand in command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()) {
        pages(subcommand, folder)?;
    }
    let page = Man::new(command.clone())
        .source(format!("Echo Monitor {}", env!("CARGO_PKG_VERSION")))
        .manual("Echo Monitor");
    fs::write(folder.join(page.get_filename()), text(command, &page)?)
}

fn text(command: &Command, page: &Man) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    if let Some(about) = command.get_long_about().or_else(|| command.get_about()) {
        section("DESCRIPTION", &about.to_string(), &mut text)?;
    }
    page.render_options_section(&mut text)?;
    if command.has_subcommands() {
        page.render_subcommands_section(&mut text)?;
    }
    if let Some(more) = command.get_after_long_help() {
        section("NOTES", &more.to_string(), &mut text)?;
    }
    Ok(text)
}

/// A section as the help has it: paragraphs flow, but one with indented lines is a table or an example and stays as it is.
fn section(heading: &str, words: &str, text: &mut Vec<u8>) -> io::Result<()> {
    let mut roff = Roff::new();
    roff.control("SH", [heading]);
    for paragraph in words.split("\n\n") {
        let laid_out = paragraph.lines().any(|line| line.starts_with(' '));
        roff.control("PP", []);
        if laid_out {
            roff.control("nf", []);
        }
        for line in paragraph.lines() {
            roff.text([roman(line)]);
        }
        if laid_out {
            roff.control("fi", []);
        }
    }
    roff.to_writer(text)
}
