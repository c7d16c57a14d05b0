//! **Echo Monitor**: watch a board's echo over MQTT with mutual TLS.
//!
//! Everything on the screen is a fold over timestamped events. A message meets the modules in this order:
//!
//! ```text
//! socket -> session            -> model::State::apply   -> view
//!           stamp, echo, emit     journal, latency         draw
//! ```
//!
//! - [`profile`]: what to connect to, parsed once. Pure.
//! - [`credentials`]: bytes and the time become keys, facts and findings. Pure.
//! - [`failure`]: what can go wrong, by stage, with evidence and advice. Pure.
//! - [`files`]: credential files read with a limit, and new ones written privately.
//! - [`session`]: one thread, one event loop, one bounded channel.
//! - [`demo`]: an embedded broker and a virtual board.
//! - [`board`]: what a profile says, as the files that a board reads.
//! - [`model`]: the fold. Pure.
//! - [`diagnosis`]: the report on a connection, from everything that is known. Pure.
//! - [`keychain`]: where a passphrase is kept, if a person asks for it.
//! - [`settings`]: profiles and preferences on disk.
//! - [`places`]: where files go on each system.
//! - [`logfile`]: what the app and its sessions did, one more fold over the events; rotated.
//! - [`crash`]: a report of each panic.
//! - [`view`]: drawing only.
//! - [`app`], [`headless`], [`check`], [`certs`], [`export`], [`paths`], [`cli`]: the faces; [`console`]: where their
//!   words go; [`renderer`]: what draws the window.
//!
//! Who may import whom is held by `tests/layering`.

pub mod app;
pub mod board;
pub mod certs;
pub mod check;
pub mod cli;
pub mod console;
pub mod crash;
pub mod credentials;
pub mod demo;
pub mod diagnosis;
pub mod export;
pub mod failure;
pub mod files;
pub mod headless;
pub mod keychain;
pub mod logfile;
pub mod model;
pub mod paths;
pub mod places;
pub mod profile;
pub mod renderer;
pub mod session;
pub mod settings;
mod target;
pub mod view;
