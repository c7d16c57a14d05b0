//! This computer's keychain: where a passphrase is kept, if a person asks for it.
//!
//! The Secret Service on Linux, Keychain Services on macOS, the Credential Manager on Windows. An entry is named after the
//! file that the passphrase opens. A keychain may ask the person to unlock it, so that every call here can take as long as
//! they like: not for the thread that draws.

use std::path::Path;

use keyring::{Entry, Error};
use zeroize::Zeroizing;

/// What our entries are filed under.
const SERVICE: &str = "echo-monitor";

/// Why the keychain did not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeychainProblem {
    /// There is none that this session can reach.
    #[error("this computer has no keychain that can be reached")]
    None,
    /// It is locked, and nobody unlocked it.
    #[error("the keychain is locked")]
    Locked,
    /// Anything else that it said.
    #[error("the keychain said: {0}")]
    Other(String),
}

impl From<Error> for KeychainProblem {
    fn from(error: Error) -> Self {
        // Some errors carry what was stored: these words don't.
        match error {
            Error::NoDefaultStore => Self::None,
            Error::NoStorageAccess(_) => Self::Locked,
            Error::BadEncoding(_) | Error::BadDataFormat(..) => {
                Self::Other("what is stored is no passphrase".to_owned())
            }
            Error::Ambiguous(_) => Self::Other("there are several entries for this file".to_owned()),
            other => Self::Other(other.to_string()),
        }
    }
}

/// Keeps the passphrase of a file; an earlier one is replaced.
///
/// # Errors
/// [`KeychainProblem`]; then nothing was kept.
pub fn remember(file: &Path, passphrase: &str) -> Result<(), KeychainProblem> {
    Ok(entry(file)?.set_password(passphrase)?)
}

/// The passphrase of a file, if it was kept.
///
/// # Errors
/// [`KeychainProblem`]: whether there is one cannot be known.
pub fn recall(file: &Path) -> Result<Option<Zeroizing<String>>, KeychainProblem> {
    match entry(file)?.get_password() {
        Ok(passphrase) => Ok(Some(Zeroizing::new(passphrase))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Forgets the passphrase of a file. That there was none is no problem.
///
/// # Errors
/// [`KeychainProblem`]: it may still be there.
pub fn forget(file: &Path) -> Result<(), KeychainProblem> {
    match entry(file)?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn entry(file: &Path) -> Result<Entry, KeychainProblem> {
    Ok(Entry::new(SERVICE, &file.display().to_string())?)
}
