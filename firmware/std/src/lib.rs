//! **echo-board-std**: the board on an operating system. A thread and a blocking socket around [`echo_board`].
//!
//! The same code is the command `echo-board` on embedded Linux and the virtual board inside the app.
//!
//! ```no_run
//! # fn main() -> std::io::Result<()> {
//! use echo_board_std::{Board, Config};
//!
//! let board = Board::start(Config::new("localhost", 1883), |report| eprintln!("{report:?}"))?;
//! std::thread::sleep(std::time::Duration::from_secs(10));
//! board.stop();
//! # Ok(())
//! # }
//! ```

pub mod config;
mod open;
mod run;

use std::{
    io,
    sync::{Arc, PoisonError, atomic::Ordering},
    thread::{self, JoinHandle},
};

pub use config::{Config, ConfigError, Credentials, Identity, Login};
pub use echo_board::{
    Counters, Failure, Ignored, MqttFailure, Report, Stage, TlsFailure, Unfit, Unreachable,
    mqtt::{Protocol, Qos},
    wire::Direction,
};

use crate::run::{Runner, Shared};

/// A running board. Dropping it stops it.
pub struct Board {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Board {
    /// Starts a board in a thread of its own. `on_report` is called from that thread and should not take long.
    ///
    /// # Errors
    /// `InvalidInput` with a [`ConfigError`] inside when the configuration cannot work; whatever the operating system
    /// says when there is no thread to be had. That the broker cannot be reached is no error but a report.
    pub fn start(config: Config, on_report: impl FnMut(Report) + Send + 'static) -> io::Result<Self> {
        let client = echo_board::Client::new(config.settings()?).map_err(ConfigError::from)?;
        let shared = Arc::new(Shared::default());
        let runner = Runner::new(client, config.host, config.port, Arc::clone(&shared), on_report);
        let thread = thread::Builder::new().name("echo-board".to_owned()).spawn(move || runner.run())?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// The totals so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        *self.shared.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the board's thread has ended, which before a stop only a panic in `on_report` can bring about.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Stops the board: it says good-bye to the broker and closes the connection. Returns the totals when all that is
    /// done, in about 0.2 seconds at most.
    pub fn stop(mut self) -> Counters {
        self.end();
        self.counters()
    }

    fn end(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic in `on_report` was already told by the panic hook.
            thread.join().ok();
        }
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.end();
    }
}
