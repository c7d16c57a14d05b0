//! A file that was made here and shall be written.

use std::{borrow::Cow, fmt};

use zeroize::Zeroizing;

/// A file to write. Making it is pure; [`crate::files`] writes it.
pub struct Made {
    /// Its name, without a folder.
    pub name: Cow<'static, str>,
    /// Its content.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Whether only its owner may read it.
    pub private: bool,
}

impl Made {
    pub(super) fn new(name: impl Into<Cow<'static, str>>, text: &str, private: bool) -> Self {
        Self { name: name.into(), bytes: Zeroizing::new(text.as_bytes().to_vec()), private }
    }
}

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Made({}, {} bytes, private: {})", self.name, self.bytes.len(), self.private)
    }
}
