//! Where files go, by each platform's rules.
//!
//! | | Linux | Windows | macOS |
//! |---|---|---|---|
//! | settings | `~/.config/echo-monitor` | `%APPDATA%\echo-monitor\config` | `~/Library/Application Support/echo-monitor` |
//! | logs | `~/.local/state/echo-monitor/logs` | `%LOCALAPPDATA%\echo-monitor\logs` | `~/Library/Logs/echo-monitor` |
//! | crash reports | `~/.local/state/echo-monitor/crashes` | `%LOCALAPPDATA%\echo-monitor\crashes` | `~/Library/Logs/echo-monitor/crashes` |
//! | recordings | `~/.local/share/echo-monitor/recordings` | `%LOCALAPPDATA%\echo-monitor\recordings` | below Application Support |
//!
//! The `XDG_…_HOME` variables move those on Linux. With `--config-dir` or [`settings::FOLDER`] in the environment
//! everything lies below that one folder. A demo's files lie among the temporary files and go with it.
//!
//! Nothing is made here: whoever writes into a folder makes it.

use std::path::{Path, PathBuf};

use directories::{ProjectDirs, UserDirs};

use crate::settings;

/// The folders of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// Profiles and preferences.
    pub settings: PathBuf,
    /// What the app and its sessions did.
    pub logs: PathBuf,
    /// What a crash left to tell.
    pub crashes: PathBuf,
    /// Where recordings belong.
    pub recordings: PathBuf,
    /// Where a demo keeps its certificates while it runs.
    pub temporary: PathBuf,
}

/// All below `chosen`, else below the folder that the environment names, else where the system wants them; `None`
/// where it names no place for a user's files.
#[must_use]
pub fn find(chosen: Option<&Path>) -> Option<Places> {
    settings::chosen(chosen).map(below).or_else(by_the_systems_rules)
}

fn below(home: PathBuf) -> Places {
    Places {
        logs: home.join("logs"),
        crashes: home.join("crashes"),
        recordings: home.join("recordings"),
        temporary: std::env::temp_dir(),
        settings: home,
    }
}

fn by_the_systems_rules() -> Option<Places> {
    let project = ProjectDirs::from("", "", "echo-monitor")?;
    let local = project.data_local_dir();
    let (state, logs, data) = if cfg!(target_os = "macos") {
        let logs = UserDirs::new()?.home_dir().join("Library/Logs/echo-monitor");
        (logs.clone(), logs, local)
    } else if cfg!(windows) {
        // Beside `data`, not in it.
        let local = local.parent()?;
        (local.to_owned(), local.join("logs"), local)
    } else {
        let state = project.state_dir()?;
        (state.to_owned(), state.join("logs"), local)
    };
    Some(Places {
        settings: project.config_dir().to_owned(),
        crashes: state.join("crashes"),
        recordings: data.join("recordings"),
        temporary: std::env::temp_dir(),
        logs,
    })
}

impl Places {
    /// Each place by the word for what is there, the most asked for first.
    #[must_use]
    pub fn named(&self) -> [(&'static str, &Path); 5] {
        [
            ("settings", &self.settings),
            ("logs", &self.logs),
            ("crash reports", &self.crashes),
            ("recordings", &self.recordings),
            ("demo", &self.temporary),
        ]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_chosen_folder_holds_everything_that_stays() {
        let home = Path::new("chosen");
        let places = find(Some(home)).unwrap();
        assert_eq!(places.settings, home);
        for (name, place) in places.named().into_iter().filter(|(name, _)| *name != "demo") {
            assert!(place.starts_with(home), "{name}: {}", place.display());
        }
        assert_eq!(places.temporary, std::env::temp_dir());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn without_a_choice_the_systems_rules_hold() {
        let places = by_the_systems_rules().unwrap();
        for (name, place) in places.named().into_iter().filter(|(name, _)| *name != "demo") {
            assert!(
                place.ends_with("echo-monitor") || place.parent().unwrap().ends_with("echo-monitor"),
                "{name}"
            );
        }
        assert_eq!(places.logs.parent(), places.crashes.parent());
        assert_ne!(places.logs.parent(), Some(places.settings.as_path()));
    }
}
