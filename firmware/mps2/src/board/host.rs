//! What the emulator's host lends to the board, by semihosting: randomness, the time of day, the log, the command line,
//! the exit status.
//!
//! On a board of your own the first two are a hardware generator and a clock that was set (SNTP, a battery), and the log
//! goes to a UART. The traits are rustls's: nothing else in the firmware knows where these come from.

use core::ops::ControlFlow;
use core::time::Duration;

use echo_board::{client::Client, report::Report};
use echo_board_mps2::outcome;
use rustls::crypto::{GetRandomFailed, SecureRandom};
use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;
use semihosting::experimental::{env, random, time::SystemTime};

/// A line of the log.
macro_rules! say {
    ($($words:tt)*) => { semihosting::eprintln!($($words)*) };
}
pub(super) use say;

/// The host's `/dev/urandom` and its clock.
#[derive(Debug)]
pub(super) struct Host;

impl SecureRandom for Host {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), GetRandomFailed> {
        random::fill_bytes(bytes).map_err(|_| GetRandomFailed)
    }
}

impl TimeProvider for Host {
    fn current_time(&self) -> Option<UnixTime> {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok().map(UnixTime::since_unix_epoch)
    }
}

/// Ends the emulator.
pub(super) fn exit(code: u8) -> ! {
    semihosting::process::exit(code.into())
}

/// When a run is to end, for tests. A board in the field has no such goal.
#[derive(Debug, Default)]
pub(super) struct Goal {
    /// So many echoes were right.
    echoes: Option<u64>,
    /// So many failures: the exit status tells the last one.
    failures: Option<u64>,
    /// So much time has passed since the first message, and the broker was taken leave of.
    talk: Option<Duration>,
    /// When that will be.
    end: Option<Duration>,
}

/// The goal on the emulator's command line: `echoes=10`, `failures=1`, `seconds=30`, whichever comes first.
pub(super) fn goal() -> Goal {
    let mut goal = Goal::default();
    let Ok(words) = env::args::<256>() else { return goal };
    for word in (&words).flatten() {
        let Some((name, number)) = word.split_once('=') else { continue };
        let number = number.parse().ok();
        match name {
            "echoes" => goal.echoes = number,
            "failures" => goal.failures = number,
            "seconds" => goal.talk = number.map(Duration::from_secs),
            _ => {}
        }
    }
    goal
}

impl Goal {
    /// Whether the run ends with this report, and with which exit status.
    pub(super) fn reached(&mut self, client: &mut Client, report: &Report) -> ControlFlow<u8> {
        let counters = client.counters();
        match report {
            Report::Failed { failure, .. } if self.failures.is_some_and(|most| counters.failures >= most) => {
                ControlFlow::Break(outcome::of(failure))
            }
            Report::Right { .. } if self.echoes.is_some_and(|enough| counters.right >= enough) => {
                ControlFlow::Break(outcome::GOAL)
            }
            Report::Stopped => ControlFlow::Break(outcome::GOAL),
            // What was just said still wants its echo.
            Report::Sent { .. } => {
                self.end = self.talk.take().map(|talk| now() + talk).or(self.end);
                ControlFlow::Continue(())
            }
            _ => {
                if self.end.is_some_and(|end| now() >= end) {
                    self.end = None;
                    client.stop();
                }
                ControlFlow::Continue(())
            }
        }
    }
}

fn now() -> Duration {
    Duration::from_micros(embassy_time::Instant::now().as_micros())
}
