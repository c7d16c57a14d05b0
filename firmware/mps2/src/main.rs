//! The firmware. `README.md` beside it says how it is built and run, and where another board plugs in.
#![cfg_attr(target_os = "none", no_std)]
#![cfg_attr(target_os = "none", no_main)]

#[cfg(target_os = "none")]
extern crate alloc;

#[cfg(target_os = "none")]
mod board;

#[cfg(not(target_os = "none"))]
#[expect(clippy::print_stderr, reason = "all that it does")]
fn main() -> std::process::ExitCode {
    eprintln!("This is the firmware of a board; firmware/mps2/README.md says how to build and run it.");
    std::process::ExitCode::FAILURE
}
