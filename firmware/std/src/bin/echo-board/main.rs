//! `echo-board`: the board on embedded Linux. Publishes, adopts the echoes, judges them, and logs to stderr until it is
//! told to stop (SIGTERM, SIGINT) or its time is over.
//!
//! Exit status: 0 when it ran, 2 for options and credentials, 3 where a duration was given and it never connected.

mod command;

use std::{
    io::{self, Write as _},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
};

use clap::Parser as _;
use echo_board_std::{Board, Report, Stage, config::OptionsProblem};

use crate::command::Command;

/// Why the board does not even start.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error(transparent)]
    Options(#[from] OptionsProblem),
    #[error("cannot listen for signals: {0}")]
    Signals(ctrlc::Error),
    #[error("{0}")]
    Start(io::Error),
}

fn main() -> ExitCode {
    let command = Command::parse();
    match run(&command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(3),
        Err(problem) => {
            log(&problem);
            ExitCode::from(2)
        }
    }
}

/// Whether it ever was connected, or was stopped before its time was over.
fn run(command: &Command) -> Result<bool, Problem> {
    let config = command.config()?;
    let (stop, stopped) = mpsc::channel();
    // A second signal finds nobody listening any more: the board is stopping already.
    ctrlc::set_handler(move || stop.send(()).unwrap_or_default()).map_err(Problem::Signals)?;

    log(&format_args!("echo-board {}: {}:{}", env!("CARGO_PKG_VERSION"), config.host, config.port));
    let connected = Arc::new(AtomicBool::new(false));
    let quiet = command.quiet;
    let board = Board::start(config, {
        let connected = Arc::clone(&connected);
        move |report| {
            if report == Report::Done(Stage::Subscribe) {
                connected.store(true, Ordering::Relaxed);
            }
            if !quiet || !is_routine(&report) {
                log(&report);
            }
        }
    })
    .map_err(Problem::Start)?;

    let early = match command.duration() {
        Some(duration) => stopped.recv_timeout(duration).is_ok(),
        // The sender lives as long as the process.
        None => stopped.recv().is_ok(),
    };
    log(&board.stop());
    Ok(early || connected.load(Ordering::Relaxed))
}

/// What happens every second while all is well.
const fn is_routine(report: &Report) -> bool {
    matches!(report, Report::Sent { .. } | Report::Right { .. })
}

/// A line on stderr. Where nobody reads it any more, that is no reason to stop.
fn log(line: &dyn std::fmt::Display) {
    writeln!(io::stderr(), "{line}").ok();
}
