//! The command's flags.

use std::{path::PathBuf, time::Duration};

use clap::Parser;
use echo_board_std::config::{Config, Options, OptionsProblem};

const PASSWORD: &str = "ECHO_BOARD_PASSWORD";

/// The board's side of the echo, over MQTT with mutual TLS 1.3.
#[derive(Debug, Parser)]
#[command(version, after_help = format!("The MQTT password is taken from the environment: {PASSWORD}."))]
pub(crate) struct Command {
    /// A TOML file with the options below as keys; flags win over it. Paths in it start at its folder.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
    /// Stop by itself after so many seconds.
    #[arg(long, value_name = "SECONDS")]
    duration: Option<u64>,
    /// Log no line for each message that was sent and echoed well.
    #[arg(long)]
    pub(crate) quiet: bool,
}

impl Command {
    pub(crate) fn duration(&self) -> Option<Duration> {
        self.duration.map(Duration::from_secs)
    }

    /// Flags over file over defaults, with the credentials read.
    pub(crate) fn config(&self) -> Result<Config, OptionsProblem> {
        let file = self.config.as_deref().map_or_else(|| Ok(Options::default()), Options::from_file)?;
        self.options.clone().over(file).config(std::env::var(PASSWORD).ok())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::fs;

    use clap::CommandFactory as _;
    use echo_board_std::{Direction, Protocol, Qos};

    use super::*;

    fn command(arguments: &[&str]) -> Command {
        Command::try_parse_from(std::iter::once(&"echo-board").chain(arguments)).unwrap()
    }

    #[test]
    fn the_flags_make_sense() {
        Command::command().debug_assert();
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_the_defaults() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("board.toml");
        let text = "broker = \"a\"\nport = 1\nplain = true\nmqtt = \"3.1.1\"\nqos = 1\nperiod = 50\nstatus = \"\"\n\
                    direction = \"right\"\nclient-id = \"x\"\n";
        fs::write(&path, text).unwrap();
        let config = command(&["--config", path.to_str().unwrap(), "--port", "2"]).config().unwrap();
        assert_eq!((config.host.as_str(), config.port), ("a", 2));
        assert_eq!((config.protocol, config.qos), (Protocol::V311, Qos::AtLeastOnce));
        assert_eq!((config.direction, config.period), (Direction::Right, Duration::from_millis(50)));
        assert_eq!((config.status, config.client_id.as_deref()), (None, Some("x")));
        assert!(config.tls.is_none());
        assert_eq!(config.publish, Config::new("a", 2).publish);
    }

    #[test]
    fn what_is_missing_is_named() {
        let problem = |arguments: &[&str]| command(arguments).config().unwrap_err().to_string();
        assert!(problem(&["--plain"]).contains("--broker"));
        assert!(problem(&["--broker", "a"]).contains("--ca"));
        let directory = tempfile::tempdir().unwrap();
        let ca = directory.path().join("ca.pem");
        fs::write(&ca, "x").unwrap();
        let ca = ca.to_str().unwrap();
        assert!(problem(&["--broker", "a", "--ca", ca, "--cert", ca]).contains("--key"));
        assert!(problem(&["--broker", "a", "--ca", "/no/such.pem"]).contains("/no/such.pem"));
        assert!(
            problem(&["--broker", "a", "--ca", directory.path().to_str().unwrap()]).contains("not a file")
        );
    }
}
