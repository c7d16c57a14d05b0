//! The window, driven through what a screen reader sees of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod certificates;
mod desk;
mod failures;
mod help;
mod pictures;
mod profiles;
mod rows;
mod shell;

use desk::Desk;
use egui_kittest::{Harness, kittest::Queryable as _};

pub(crate) fn click(window: &mut Harness<'_, Desk>, words: &str) {
    window.get_by_label(words).click();
    window.run();
}
