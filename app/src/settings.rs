//! Profiles and preferences on disk: one TOML file of our own.
//!
//! ```text
//! open -> Settings                         a damaged file is set aside, never overwritten
//! Store::keep(Settings) -> writer thread   debounced; temporary file, fsync, rename
//! import, export                           one profile as a file of its own
//! ```
//!
//! Invariants: the file is always either the old or the new one, whole; whatever was in a file that we cannot read is
//! kept under another name; secrets are not part of it ([`Draft`] has no field for one).

mod exchange;
mod store;

use std::{
    fmt,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

pub use self::{
    exchange::{ImportProblem, export, import, is_profile},
    store::Store,
};
use crate::profile::Draft;

/// The environment variable that names another folder for the settings and all else that is kept.
pub const FOLDER: &str = "ECHO_MONITOR_HOME";
const NAME: &str = "settings.toml";
/// The largest file that is read, in bytes: thousands of profiles.
const LIMIT: u64 = 4 * 1024 * 1024;

/// What is kept between two runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Never empty; names are unique.
    pub profiles: Vec<Draft>,
    /// Index of the current profile.
    pub current: usize,
    /// Light or dark.
    pub appearance: Appearance,
    /// Whether the hints for the first time were read.
    pub hints_read: bool,
}

/// Light, dark, or as the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Appearance {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The file as it is written.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Stored {
    appearance: Appearance,
    hints_read: bool,
    current: String,
    profile: Vec<Draft>,
}

/// Why the settings of the last run are not there. Told to the person once.
#[derive(Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The file was damaged and has another name now.
    SetAside {
        /// Where it is.
        at: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The file cannot be read, or not be set aside: it is left alone and nothing is kept.
    Untouched {
        /// Where it is.
        at: PathBuf,
        /// What the operating system said.
        why: io::ErrorKind,
    },
    /// The operating system names no folder for settings: nothing is kept.
    NoFolder,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SetAside { at, why } => write!(
                f,
                "The settings file was damaged ({why}). It is kept as {}; this run starts with the defaults.",
                at.display()
            ),
            Self::Untouched { at, why } => write!(
                f,
                "The settings file {} cannot be used: {why}. It is left as it is; nothing will be saved in this run.",
                at.display()
            ),
            Self::NoFolder => {
                f.write_str("This system names no folder for settings: nothing will be saved in this run.")
            }
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            profiles: vec![Draft::default()],
            current: 0,
            appearance: Appearance::default(),
            hints_read: false,
        }
    }
}

impl Settings {
    /// Whether nothing was ever set up: the welcome page is for this state.
    #[must_use]
    pub fn is_untouched(&self) -> bool {
        self.profiles == [Draft::default()]
    }

    /// The current profile.
    #[must_use]
    pub fn draft(&self) -> &Draft {
        // Both invariants are ours to hold; a fallback is cheaper than a panic.
        static EMPTY: std::sync::LazyLock<Draft> = std::sync::LazyLock::new(Draft::default);
        self.profiles.get(self.current).unwrap_or(&EMPTY)
    }

    /// The profile of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        self.profiles.iter().position(|profile| profile.name == name)
    }

    /// `wanted`, or with a number where another profile than `except` has it: "Bench 2".
    #[must_use]
    pub fn unique_name(&self, wanted: &str, except: Option<usize>) -> String {
        let wanted = match wanted.trim() {
            "" => "Profile",
            name => name,
        };
        let taken = |name: &str| self.find(name).is_some_and(|index| Some(index) != except);
        std::iter::once(wanted.to_owned())
            .chain((2_u64..).map(|number| format!("{wanted} {number}")))
            .find(|name| !taken(name))
            .unwrap_or_default()
    }

    fn to_text(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&Stored {
            appearance: self.appearance,
            hints_read: self.hints_read,
            current: self.draft().name.clone(),
            profile: self.profiles.clone(),
        })
    }

    fn from_text(text: &str) -> Result<Self, toml::de::Error> {
        let stored: Stored = toml::from_str(text)?;
        let Stored { appearance, hints_read, .. } = stored;
        let mut settings = Self { profiles: Vec::new(), current: 0, appearance, hints_read };
        for mut draft in stored.profile {
            draft.name = settings.unique_name(&draft.name, None);
            settings.profiles.push(draft);
        }
        if settings.profiles.is_empty() {
            settings.profiles.push(Draft::default());
        }
        settings.current = settings.find(&stored.current).unwrap_or(0);
        Ok(settings)
    }
}

/// The folder that a person chose: `flag`, else [`FOLDER`] of the environment.
#[must_use]
pub fn chosen(flag: Option<&Path>) -> Option<PathBuf> {
    flag.map(Path::to_owned)
        .or_else(|| std::env::var_os(FOLDER).filter(|folder| !folder.is_empty()).map(PathBuf::from))
}

/// Reads the settings in `folder`. A missing file is no trouble: these are the defaults.
#[must_use]
pub fn open(folder: Option<&Path>) -> (Settings, Option<Trouble>) {
    let Some(folder) = folder else { return (Settings::default(), Some(Trouble::NoFolder)) };
    let path = folder.join(NAME);
    let why = match read(&path) {
        Ok(None) => return (Settings::default(), None),
        Ok(Some(bytes)) => match parse(&bytes) {
            Ok(settings) => return (settings, None),
            Err(why) => why,
        },
        Err(error) => {
            return (Settings::default(), Some(Trouble::Untouched { at: path, why: error.kind() }));
        }
    };
    let trouble = match set_aside(&path) {
        Ok(at) => Trouble::SetAside { at, why },
        Err(error) => Trouble::Untouched { at: path, why: error.kind() },
    };
    (Settings::default(), Some(trouble))
}

fn parse(bytes: &[u8]) -> Result<Settings, String> {
    if bytes.len() as u64 > LIMIT {
        return Err("it is larger than any settings file".to_owned());
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not text".to_owned())?;
    Settings::from_text(text).map_err(|error| error.message().trim().to_owned())
}

/// The file's bytes, one more than [`LIMIT`] at most; `None` where there is none.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => {}
        // A folder, a pipe: not ours to move, and reading a pipe could wait for ever.
        Ok(_) => return Err(io::ErrorKind::InvalidInput.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LIMIT + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Renames a damaged file to the first `settings.damaged-<n>.toml` that is free.
fn set_aside(path: &Path) -> io::Result<PathBuf> {
    const MOST: u32 = 1000;
    for number in 1..=MOST {
        let aside = path.with_file_name(format!("settings.damaged-{number}.toml"));
        if !aside.try_exists()? {
            std::fs::rename(path, &aside)?;
            return Ok(aside);
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::profile::Qos;

    fn sample() -> Settings {
        let bench = Draft {
            name: "Bench".into(),
            host: "broker.lab".into(),
            qos: Qos::AtLeastOnce,
            ..Draft::default()
        };
        Settings {
            profiles: vec![Draft::default(), bench],
            current: 1,
            appearance: Appearance::Dark,
            hints_read: true,
        }
    }

    #[test]
    fn what_was_kept_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("er");
        let store = Store::start(Some(path.clone()), |problem| panic!("{problem}"));
        store.keep(&sample());
        drop(store);
        assert_eq!(open(Some(&path)), (sample(), None));
    }

    #[test]
    fn a_missing_file_is_the_first_run() {
        let folder = tempfile::tempdir().unwrap();
        let (settings, trouble) = open(Some(folder.path()));
        assert!(settings.is_untouched());
        assert_eq!(trouble, None);
    }

    #[test]
    fn a_damaged_file_is_set_aside_under_a_free_name_and_told() {
        let folder = tempfile::tempdir().unwrap();
        for (number, damaged) in
            [b"profile = 3".as_slice(), b"\xff\xfe", b"[[profile]]\nqos = 7"].iter().enumerate()
        {
            std::fs::write(folder.path().join(NAME), damaged).unwrap();
            let (settings, trouble) = open(Some(folder.path()));
            assert!(settings.is_untouched());
            let Some(Trouble::SetAside { at, .. }) = trouble else { panic!("{trouble:?}") };
            assert_eq!(at, folder.path().join(format!("settings.damaged-{}.toml", number + 1)));
            assert_eq!(std::fs::read(at).unwrap(), *damaged);
            assert!(!folder.path().join(NAME).exists());
        }
    }

    #[test]
    fn what_is_not_a_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(NAME)).unwrap();
        let (_, trouble) = open(Some(folder.path()));
        assert!(matches!(trouble, Some(Trouble::Untouched { .. })), "{trouble:?}");
        assert!(folder.path().join(NAME).is_dir());
    }

    #[test]
    fn unknown_keys_and_a_lost_current_profile_are_forgiven() {
        let settings = Settings::from_text(
            "current = 'gone'\nlater = 1\n[[profile]]\nname = 'A'\nnew-field = true\n[[profile]]\nname = 'A'",
        )
        .unwrap();
        let names: Vec<_> = settings.profiles.iter().map(|profile| profile.name.as_str()).collect();
        assert_eq!((names.as_slice(), settings.current), (["A", "A 2"].as_slice(), 0));
    }

    #[test]
    fn names_stay_unique() {
        let settings = sample();
        assert_eq!(settings.unique_name("Bench", None), "Bench 2");
        assert_eq!(settings.unique_name("Bench", Some(1)), "Bench");
        assert_eq!(settings.unique_name("  ", None), "Profile");
    }
}
