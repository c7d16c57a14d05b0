//! Drawing only: views read the model and answer with an [`Action`].
//!
//! Views change nothing but the draft of a form, the selection and the filter, all of which live in a memory of their
//! own; everything else goes up as an [`Action`]. Colours, type and distances come from [`theme`] alone.

use eframe::egui::ThemePreference;

use crate::{failure::Remedy, profile::Field};

pub mod axis;
pub mod data;
pub mod histogram;
pub mod icon;
pub mod inspector;
pub mod latency;
pub mod messages;
pub mod parts;
pub mod theme;
pub mod timeline;

/// What a person asked for. Performed by [`crate::app`], never by a view.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Start the embedded broker and the virtual board, and connect to them.
    StartDemo,
    /// Connect with the draft.
    Connect,
    /// Stop the session or the attempt, and the demo where one runs.
    Disconnect,
    /// Don't wait for the next try.
    TryNow,
    /// Make this profile the current one.
    SelectProfile(usize),
    /// A new profile.
    NewProfile,
    /// A copy of the current profile.
    DuplicateProfile,
    /// Give the current profile this name.
    RenameProfile(String),
    /// Delete the current profile. Was confirmed.
    DeleteProfile,
    /// Open the file dialog of a credential row.
    PickFile(Field),
    /// Do what a piece of advice offers.
    Remedy(Remedy),
    /// Put this on the clipboard.
    Copy(String),
    /// Look like this from now on.
    SetTheme(ThemePreference),
    /// The person has read this notice.
    DismissNotice(u64),
}
