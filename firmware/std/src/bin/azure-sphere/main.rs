//! The board on Azure Sphere: a high-level application. The manifest's `CmdArgs` say the broker and its port; the three
//! credential files lie in the image package; the log is the device's.
//!
//! Exit status: 0 when it was told to stop, 2 for arguments and credentials. See `firmware/azure-sphere/README.md`.

mod applibs;

use std::{
    env,
    io::{self, Read as _},
    process::ExitCode,
    sync::mpsc::{self, RecvTimeoutError},
    time::Duration,
};

use echo_board_std::{Board, Config, Credentials, Identity, Report};

use crate::applibs::log;

/// Where the credentials lie in the image package.
const CA: &str = "certs/ca.crt";
const CERTIFICATE: &str = "certs/client.crt";
const KEY: &str = "certs/client.key";
/// Credentials are small, and so is this device's memory.
const LARGEST_FILE: u64 = 16 * 1024;
/// The network is asked for this often until it is ready.
const PATIENCE: Duration = Duration::from_secs(1);

/// Why the board does not even start.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("say the broker and its port in CmdArgs: [\"test.mosquitto.org\", \"8884\"]")]
    Arguments,
    #[error("{path} in the image package: {error}")]
    File { path: &'static str, error: io::Error },
    #[error("cannot listen for signals: {0}")]
    Signals(ctrlc::Error),
    #[error("cannot ask for the network, which AllowedConnections permits: {0}")]
    Network(io::Error),
    #[error("{0}")]
    Start(io::Error),
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            log(&problem);
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), Problem> {
    let mut config = config(env::args().skip(1))?;
    config.tls = Some(credentials()?);
    let (stop, stopped) = mpsc::channel();
    // A second signal finds nobody listening any more: the board is stopping already.
    ctrlc::set_handler(move || stop.send(()).unwrap_or_default()).map_err(Problem::Signals)?;

    log(&format_args!("echo-board {}: {}:{}", env!("CARGO_PKG_VERSION"), config.host, config.port));
    // Not before: until its clock is set the device can judge no certificate.
    while !applibs::is_networking_ready().map_err(Problem::Network)? {
        log(&"waiting for the network");
        if stopped.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
            return Ok(());
        }
    }
    let board = Board::start(config, |report: Report| log(&report)).map_err(Problem::Start)?;
    // The sender lives as long as the process.
    stopped.recv().ok();
    log(&board.stop());
    Ok(())
}

/// The wire's defaults for the broker and the port that the manifest says.
fn config(mut words: impl Iterator<Item = String>) -> Result<Config, Problem> {
    let (Some(host), Some(port), None) = (words.next(), words.next(), words.next()) else {
        return Err(Problem::Arguments);
    };
    Ok(Config::new(host, port.parse().map_err(|_| Problem::Arguments)?))
}

fn credentials() -> Result<Credentials, Problem> {
    let identity = Identity { certificate: read(CERTIFICATE)?, key: read(KEY)? };
    Ok(Credentials { ca: read(CA)?, identity: Some(identity), server_name: None })
}

fn read(path: &'static str) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let read = applibs::open(path).and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) if bytes.len() as u64 <= LARGEST_FILE => Ok(bytes),
        Ok(_) => Err(Problem::File { path, error: io::ErrorKind::FileTooLarge.into() }),
        Err(error) => Err(Problem::File { path, error }),
    }
}
