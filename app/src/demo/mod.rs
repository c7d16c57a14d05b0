//! The demo: a broker and a board inside this program, for whoever has neither at hand.
//!
//! Nothing is pretended. The broker listens on a loopback port that the operating system picks and demands client
//! certificates; the board is the firmware over a TLS connection of its own; the session that connects to it is the one
//! for any broker. The certificates are made for each start and their CA's key is never kept; what the session needs of
//! them stands in a private folder that goes with the demo.
//!
//! Invariant: dropping a [`Demo`] ends its threads, closes its port and removes its files before it returns.

mod broker;
mod folder;

use std::{io, path::Path, time::SystemTime};

use echo_board_std::{Board, Config, Credentials, Identity};

use self::{broker::Broker, folder::Folder};
use crate::{
    credentials::local::{self, LocalCa, LocalProblem},
    profile::{Draft, Profile},
};

/// The address rather than `localhost`, which may mean another one first.
const HOST: &str = "127.0.0.1";
/// How long the certificates are valid, in days: longer than a demo runs, and so long that nothing warns of their end.
const DAYS: u32 = 90;
/// What the board says first.
const GREETING: &str = "Hello from the board in this app. ";

/// A broker and a board that run, and how to connect to them.
pub struct Demo {
    /// What to connect to.
    pub profile: Profile,
    /// The same as it would stand in a form.
    pub draft: Draft,
    // Dropped in this order: the board leaves before its broker, the broker before its files.
    _board: Board,
    _broker: Broker,
    _folder: Folder,
}

/// Why the demo could not start.
#[derive(Debug, thiserror::Error)]
pub enum DemoProblem {
    /// The throw-away certificates could not be made.
    #[error("its certificates could not be made: {0}")]
    Certificates(#[from] LocalProblem),
    /// Its private folder, or a file in it, could not be written.
    #[error("its certificates could not be written to {folder}: {problem}")]
    Folder {
        /// Where temporary files go.
        folder: String,
        /// What the operating system said.
        problem: io::Error,
    },
    /// The operating system gave no thread or no event queue.
    #[error("the system gave no thread for its broker: {0}")]
    Thread(io::Error),
    /// The operating system gave no port.
    #[error("the system gave no port for its broker: {0}")]
    Port(io::Error),
    /// TLS took the throw-away certificates for no good.
    #[error("its broker cannot use its certificates: {0}")]
    Tls(String),
    /// The virtual board could not start.
    #[error("its board did not start: {0}")]
    Board(io::Error),
    /// The folder for temporary files has a name that no profile can hold.
    #[error("its folder {0} has a name that cannot be written in a profile")]
    Unnameable(String),
}

/// Removes what demos left behind that ended without removing it: those of crashed runs, none that runs.
pub fn remove_leftovers() {
    folder::remove_leftovers(&std::env::temp_dir());
}

/// Starts broker and board. Takes some ten milliseconds.
///
/// # Errors
/// When keys, files, threads or a port are not to be had.
pub fn start() -> Result<Demo, DemoProblem> {
    let certificates = local::make(&[HOST, "localhost"], SystemTime::now(), DAYS)?;
    let parent = std::env::temp_dir();
    let in_folder = |problem| DemoProblem::Folder { folder: parent.display().to_string(), problem };
    let folder = Folder::new_in(&parent).map_err(in_folder)?;
    for (name, content) in [
        ("ca.crt", &certificates.ca_pem),
        ("client.crt", &certificates.client_pem),
        ("client.key", &certificates.client_key_pem),
    ] {
        folder.write(name, content).map_err(in_folder)?;
    }
    let broker = Broker::start(&certificates)?;
    let board = Board::start(board(&certificates, broker.port()), |_| ()).map_err(DemoProblem::Board)?;
    let unnameable = || DemoProblem::Unnameable(folder.path().display().to_string());
    let draft = draft(folder.path(), broker.port()).ok_or_else(unnameable)?;
    let profile = draft.parse().map_err(|_| unnameable())?;
    Ok(Demo { profile, draft, _board: board, _broker: broker, _folder: folder })
}

/// `None` where the folder's name is not UTF-8.
fn draft(folder: &Path, port: u16) -> Option<Draft> {
    let file = |name: &str| folder.join(name).to_str().map(str::to_owned);
    Some(Draft {
        name: "Demo".to_owned(),
        host: HOST.to_owned(),
        port: port.to_string(),
        ca: file("ca.crt")?,
        certificate: file("client.crt")?,
        key: file("client.key")?,
        ..Draft::default()
    })
}

fn board(certificates: &LocalCa, port: u16) -> Config {
    let identity = Identity {
        certificate: certificates.client_pem.clone().into_bytes(),
        key: certificates.client_key_pem.as_bytes().to_vec(),
    };
    let credentials = Credentials {
        ca: certificates.ca_pem.clone().into_bytes(),
        identity: Some(identity),
        server_name: None,
    };
    Config { tls: Some(credentials), first_message: GREETING.to_owned(), ..Config::new(HOST, port) }
}
