//! Pictures of the window for eyes, into the folder named by `ECHO_MONITOR_SHOTS` or among the build's own files; with `ONLY`,
//! those alone that have it in their name.

use std::{env, path::PathBuf};

use eframe::egui::Theme;

use crate::desk::Desk;

/// A state of the window, by name.
pub(crate) type State = (&'static str, fn() -> Desk);

/// Draws a state light and dark, in the smallest and in a large window; `fine`, also at two pixels a point.
pub(crate) fn draw(name: &str, make: impl Fn() -> Desk, fine: bool) {
    let folder: PathBuf =
        env::var_os("ECHO_MONITOR_SHOTS").unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").into()).into();
    if !name.contains(&env::var("ONLY").unwrap_or_default()) {
        return;
    }
    for (theme, mode) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        for (size, scale) in [([960.0, 600.0], 1.0), ([1600.0, 1000.0], 1.0), ([1600.0, 1000.0], 2.0)] {
            if scale > 1.0 && !fine {
                continue;
            }
            let mut window = make().window(size, theme, scale);
            let picture = window.render().unwrap();
            picture.save(folder.join(format!("{name}-{mode}-{}x{}@{scale}.png", size[0], size[1]))).unwrap();
        }
    }
}
