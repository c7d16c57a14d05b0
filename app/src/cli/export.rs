//! `echo-monitor export`: a profile for a board, or for another computer.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

pub(super) const ABOUT: &str = "\
Write a profile of the window's for a board, or as a file for another computer.

With --board, everything a board needs to be the other side of the profile: the same broker, topics, direction and
credentials. For echo-board on Linux: echo-board.toml, ca.crt, client.crt and client.key. For a board with flash
only: partition.bin. The folder then holds the private key: it is written for you alone.

With --file, the profile itself, without secrets; credentials stand in it as paths.";

pub(super) const AFTER: &str = "\
Secrets come from the environment, never from flags:
  ECHO_MONITOR_PASSWORD     the MQTT password, for partition.bin
  ECHO_MONITOR_PASSPHRASE   the passphrase of an encrypted private key or PKCS#12 file; the board's key has none
A passphrase that the window remembers comes out of the keychain.

Exit status: 0 it was written, 2 arguments or credentials are wrong, 1 the files could not be written.

Examples:
  echo-monitor export --profile 'Bench board' --board board
  echo-board --config board/echo-board.toml
  echo-monitor export --profile 'Bench board' --file bench.echo-profile
  echo-monitor bench.echo-profile";

/// The flags of `export`.
#[derive(Clone, Debug, Default, Args)]
#[command(group(ArgGroup::new("what").required(true).args(["board", "file"])))]
pub struct Export {
    /// Which profile.
    #[arg(long, value_name = "NAME")]
    pub profile: String,
    /// Write what a board needs into this folder.
    #[arg(long, value_name = "DIR")]
    pub board: Option<PathBuf>,
    /// Write the profile to this file.
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Write over files that are there.
    #[arg(long)]
    pub force: bool,
    /// Where profiles are kept.
    #[arg(long, value_name = "DIR")]
    pub config_dir: Option<PathBuf>,
}
