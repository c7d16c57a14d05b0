//! What draws the window: which renderer is tried first, which was asked for, and what to install where none works.

use std::{ffi::OsString, fmt::Write as _};

use clap::ValueEnum as _;
use eframe::Renderer;

use crate::cli;

/// The environment variable that asks for a renderer, where `--renderer` does not.
pub const VARIABLE: &str = "ECHO_MONITOR_RENDERER";

/// The renderer that the flag, else the environment asks for.
///
/// # Errors
/// A sentence where [`VARIABLE`] names none.
pub fn asked(
    flag: Option<cli::Renderer>,
    variable: Option<OsString>,
) -> Result<Option<cli::Renderer>, String> {
    match (flag, variable) {
        (None, Some(name)) if !name.is_empty() => {
            let known = name.to_str().and_then(|name| cli::Renderer::from_str(name, true).ok());
            known.map(Some).ok_or_else(|| {
                format!("{VARIABLE} is “{}”; it can be “glow” or “wgpu”.", name.to_string_lossy())
            })
        }
        (flag, _) => Ok(flag),
    }
}

/// The one that was asked for; else the one that starts best on this system, then the other. OpenGL needs less memory
/// and starts sooner on Linux, but fails on remote desktops and in many virtual machines.
#[must_use]
pub fn order(asked: Option<cli::Renderer>) -> &'static [Renderer] {
    match asked {
        Some(cli::Renderer::Glow) => &[Renderer::Glow],
        Some(cli::Renderer::Wgpu) => &[Renderer::Wgpu],
        None if cfg!(target_os = "linux") => &[Renderer::Glow, Renderer::Wgpu],
        None => &[Renderer::Wgpu, Renderer::Glow],
    }
}

/// What to tell where no window opened: what failed, what to install, and what works without.
#[must_use]
pub fn none_works(problems: &[(Renderer, String)]) -> String {
    let mut text =
        "The window could not be opened: this system draws with neither of what was tried.\n".to_owned();
    for (renderer, problem) in problems {
        // Writing into a text cannot fail.
        let _ = writeln!(text, "  {}: {problem}", name(*renderer));
    }
    let asked_for_one = problems.len() == 1;
    let _ = write!(
        text,
        "{INSTALL}\n{}Without a window: echo-monitor headless --help",
        if asked_for_one {
            format!("Only one was tried, because --renderer or {VARIABLE} asks for it.\n")
        } else {
            String::new()
        }
    );
    text
}

fn name(renderer: Renderer) -> &'static str {
    match renderer {
        Renderer::Glow => "OpenGL (glow)",
        Renderer::Wgpu if cfg!(target_os = "macos") => "Metal (wgpu)",
        Renderer::Wgpu if cfg!(windows) => "Direct3D or Vulkan (wgpu)",
        Renderer::Wgpu => "Vulkan (wgpu)",
    }
}

/// One of the two is enough.
const INSTALL: &str = if cfg!(windows) {
    "Install the driver of the graphics card. In a virtual machine or over a remote desktop, Microsoft's “OpenCL, OpenGL \
     and Vulkan Compatibility Pack” brings OpenGL."
} else if cfg!(target_os = "macos") {
    "macOS brings Metal on every Mac that can run it; in a virtual machine, switch its graphics acceleration on."
} else {
    "Install OpenGL or Vulkan. On Debian and Ubuntu, also without a graphics card:\n  \
     sudo apt install libgl1 libegl1 libgl1-mesa-dri\n  \
     sudo apt install mesa-vulkan-drivers"
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_comes_before_the_environment() {
        let variable = |name: &str| Some(OsString::from(name));
        assert_eq!(asked(None, None), Ok(None));
        assert_eq!(asked(None, variable("")), Ok(None));
        assert_eq!(asked(None, variable("WGPU")), Ok(Some(cli::Renderer::Wgpu)));
        assert_eq!(asked(Some(cli::Renderer::Glow), variable("wgpu")), Ok(Some(cli::Renderer::Glow)));
        assert_eq!(asked(Some(cli::Renderer::Glow), variable("junk")), Ok(Some(cli::Renderer::Glow)));
        let told = asked(None, variable("opengl")).err().unwrap_or_default();
        for words in [VARIABLE, "opengl", "glow", "wgpu"] {
            assert!(told.contains(words), "{told}");
        }
    }

    #[test]
    fn without_a_wish_both_are_tried() {
        assert_eq!(order(None).len(), 2);
        assert_eq!(order(Some(cli::Renderer::Wgpu)), [Renderer::Wgpu]);
    }

    #[test]
    fn the_last_words_say_what_to_install() {
        let both = none_works(&[(Renderer::Glow, "no GL".into()), (Renderer::Wgpu, "no adapter".into())]);
        for words in ["no GL", "no adapter", INSTALL, "headless"] {
            assert!(both.contains(words), "{both}");
        }
        assert!(!both.contains(VARIABLE));
        assert!(none_works(&[(Renderer::Glow, "no GL".into())]).contains(VARIABLE));
    }
}
