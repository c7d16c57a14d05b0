//! The face without a window: the same session and the same fold, told as JSON lines on the standard output.
//!
//! One thread drains. It sleeps until the session, a signal or the end of `--duration` wakes it, and under load it wakes
//! at most every a few milliseconds, so that telling costs little beside echoing. With `--quiet` a message costs the fold alone.

mod line;
mod report;

use std::{
    io::{self, BufWriter, Write},
    process::ExitCode,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::TryRecvError,
    },
    thread,
    time::{Duration, Instant},
};

use self::report::Report;
use crate::{
    cli::Headless,
    demo,
    failure::{Failure, Stage},
    logfile::Story,
    model::{Limits, State, Status, event::What},
    session::{self, Session},
    target::{Problem, Target, UNCONNECTED, USAGE, complain, target, watch_signals},
};

/// The shortest time from one waking to the next.
const PAUSE: Duration = Duration::from_millis(5);
/// How long a session that was asked to stop may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Batches of events before a look at clock and signals.
const BATCHES: usize = 64;
const BUFFER: usize = 64 * 1024;

/// Runs until the time is up, a signal comes, or trying again cannot help.
#[must_use]
pub fn run(flags: &Headless) -> ExitCode {
    demo::remove_leftovers();
    match target(&flags.destination).and_then(|target| host(target, flags)) {
        Ok(code) => code,
        Err(problem) => {
            complain(&problem.to_string());
            log::error!("headless: did not start, exit status {}", problem.code());
            ExitCode::from(problem.code())
        }
    }
}

/// Connects, echoes and tells until it is over; then the summary.
fn host(target: Target, flags: &Headless) -> Result<ExitCode, Problem> {
    let Target { profile, secrets, demo } = target;
    let asked = watch_signals()?;
    let drain = thread::current();
    let session = session::start(profile, secrets, move || drain.unpark()).map_err(Problem::Session)?;
    let out = BufWriter::with_capacity(BUFFER, io::stdout());
    let mut face = Face {
        state: State::new(Limits::without_history()),
        story: Story::default(),
        report: Report::new(out, flags.quiet),
        connected: false,
        gave_up: false,
    };

    let told = face.follow(&session, flags.duration, &asked);
    // The session ends before the demo's broker does, or it would see a connection break.
    drop(session);
    drop(demo);
    match told.and_then(|()| face.report.summary(&face.state)) {
        // Whoever read the lines has gone: there is nobody to tell.
        Err(problem) if problem.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(problem) => Err(Problem::Output(problem)),
        Ok(()) => Ok(face.verdict()),
    }
}

struct Face<W: Write> {
    state: State,
    story: Story,
    report: Report<W>,
    /// Whether messages could ever flow.
    connected: bool,
    /// Whether it ended because trying again cannot help.
    gave_up: bool,
}

impl<W: Write> Face<W> {
    /// Drains the session until it has stopped.
    fn follow(
        &mut self,
        session: &Session,
        duration: Option<Duration>,
        asked: &AtomicBool,
    ) -> io::Result<()> {
        // A duration beyond what the clock can count is no end.
        let end = duration.and_then(|duration| Instant::now().checked_add(duration));
        let mut limit = None;
        loop {
            let woke = Instant::now();
            let drained = self.drain(session)?;
            self.report.flush()?;
            if drained == Drained::Ended || limit.is_some_and(|limit| woke >= limit) {
                return Ok(());
            }
            let failed = self.state.link.status == Status::Failed;
            let over = failed || asked.load(Ordering::Relaxed) || end.is_some_and(|end| woke >= end);
            if over && limit.is_none() {
                session.stop();
                limit = Some(woke + PATIENCE);
                self.gave_up = failed;
            }
            if drained == Drained::Empty {
                rest(woke, limit.or(end));
            }
        }
    }

    /// Folds and tells what is there, but at most [`BATCHES`]: a slow reader must not keep the end from being noticed.
    fn drain(&mut self, session: &Session) -> io::Result<Drained> {
        for _ in 0..BATCHES {
            match session.events().try_recv() {
                Ok(batch) => {
                    for event in &batch {
                        let learned = self.state.apply(event);
                        self.story.hear(event, &self.state);
                        self.connected |= matches!(event.what, What::Connected(_));
                        self.report.event(event, &learned, &self.state)?;
                    }
                }
                Err(TryRecvError::Empty) => return Ok(Drained::Empty),
                Err(TryRecvError::Disconnected) => return Ok(Drained::Ended),
            }
        }
        Ok(Drained::More)
    }

    /// The exit status, and for people the reason where it ended by itself or never connected.
    fn verdict(&self) -> ExitCode {
        let failure = self.state.link.failure.as_deref();
        if let Some(failure) = failure.filter(|_| self.gave_up || !self.connected) {
            complain(&sentences(failure, self.connected));
        }
        match failure {
            _ if self.connected => ExitCode::SUCCESS,
            Some(failure) if failure.stage() == Stage::Credentials => ExitCode::from(USAGE),
            Some(_) => ExitCode::from(UNCONNECTED),
            None => {
                complain("It was stopped before it was connected.");
                ExitCode::from(UNCONNECTED)
            }
        }
    }
}

/// Whether there is more to drain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Drained {
    More,
    Empty,
    /// The session has told all that it had to tell.
    Ended,
}

/// Sleeps until something happens, but under load not for less than [`PAUSE`] since `woke`.
fn rest(woke: Instant, until: Option<Instant>) {
    // Waking is remembered: what happened since the drain makes the park return at once.
    match until {
        None => thread::park(),
        Some(until) => thread::park_timeout(until.saturating_duration_since(Instant::now())),
    }
    // Not parked for long, so there is load; let some of it gather.
    thread::sleep(PAUSE.saturating_sub(woke.elapsed()));
}

fn sentences(failure: &Failure, connected: bool) -> String {
    let advice = failure.advice();
    let next = advice.next.iter().map(|step| format!("\n  - {}", step.text)).collect::<String>();
    let outcome = if connected { "It gave up" } else { "It never connected" };
    format!("{outcome}. {}. {}{next}", advice.what, advice.why)
}
