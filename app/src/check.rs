//! The face that looks once and tells: credentials judged, one connection up to the subscription, a few answers of the
//! broker timed, and all of it printed as a [`Diagnosis`].

use std::{
    io::{self, Write},
    process::ExitCode,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::RecvTimeoutError,
    },
    time::{Duration, Instant, SystemTime},
};

use crate::{
    cli::Check,
    credentials::{self, Judgement},
    diagnosis::{Diagnosis, Known, Verdict},
    files,
    logfile::Story,
    model::{Figure, Limits, State, Status},
    profile::{Profile, Secrets},
    session::{self, Session},
    target::{Problem, Target, UNCONNECTED, USAGE, complain, target, watch_signals},
};

/// How long the answers of a slow broker are waited for: what came by then has to do.
const MEASURING: Duration = Duration::from_secs(4);
/// How long one look at the session waits, so that Ctrl-C is noticed.
const LOOK: Duration = Duration::from_millis(100);

/// It works, with warnings.
const WARNINGS: u8 = 1;

/// Looks, tells, and says by the exit status what came of it.
#[must_use]
pub fn run(flags: &Check) -> ExitCode {
    let code = match target(&flags.destination).and_then(|target| check(target, flags.json)) {
        Ok(verdict) => status(verdict),
        Err(problem) => {
            complain(&problem.to_string());
            problem.code()
        }
    };
    log::info!("check: exit status {code}");
    ExitCode::from(code)
}

fn status(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Good => 0,
        Verdict::Warnings => WARNINGS,
        Verdict::Credentials => USAGE,
        Verdict::Connection | Verdict::Unfinished => UNCONNECTED,
    }
}

fn check(target: Target, json: bool) -> Result<Verdict, Problem> {
    let Target { profile, secrets, demo } = target;
    let asked = watch_signals()?;
    let judgement = judge(&profile, &secrets);
    let session = session::check(profile.clone(), secrets, || {}).map_err(Problem::Session)?;
    let mut state = State::new(Limits::without_history());
    follow(&session, &mut state, &asked);
    let diagnosis = Diagnosis::of(&Known {
        profile: &profile,
        demo: demo.is_some(),
        judgement: Some(&judgement),
        link: &state.link,
        latency: &state.latency,
        wall: SystemTime::now(),
    });
    // The session ends before the demo's broker does, or it would see a connection break.
    drop(session);
    drop(demo);
    match print(&diagnosis, json) {
        // Whoever read it has gone: there is nobody to tell.
        Err(problem) if problem.kind() != io::ErrorKind::BrokenPipe => Err(Problem::Output(problem)),
        _ => Ok(diagnosis.verdict),
    }
}

fn judge(profile: &Profile, secrets: &Secrets) -> Judgement {
    let files = files::read_all(&profile.credentials);
    let passphrase = secrets.passphrase.as_ref().map(|passphrase| passphrase.as_str());
    credentials::judge(&files, passphrase, profile.security, SystemTime::now())
}

/// Folds until the first attempt has failed, or all answers are there, or enough time has passed.
fn follow(session: &Session, state: &mut State, asked: &AtomicBool) {
    let (mut story, mut measured_by) = (Story::default(), None);
    while !asked.load(Ordering::Relaxed) {
        match session.events().recv_timeout(LOOK) {
            Ok(batch) => {
                for event in &batch {
                    state.apply(event);
                    story.hear(event, state);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        match state.link.status {
            Status::Idle | Status::Connecting => {}
            Status::Connected => {
                let until = *measured_by.get_or_insert_with(|| Instant::now() + MEASURING);
                let answers = state.latency.summary(Figure::Broker).map_or(0, |summary| summary.count);
                if answers >= u64::from(session::ROUND_TRIPS) || Instant::now() >= until {
                    return;
                }
            }
            Status::Waiting | Status::Failed | Status::Stopped => return,
        }
    }
}

fn print(diagnosis: &Diagnosis, json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        serde_json::to_writer_pretty(&mut out, diagnosis)?;
        writeln!(out)?;
    } else {
        write!(out, "{diagnosis}")?;
    }
    out.flush()
}
