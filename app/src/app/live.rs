//! What runs behind the window: a session, or the demo with its session; at most one, and the next one waits until the
//! one before has told its end.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, TryRecvError, channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant, SystemTime},
};

use super::{DRAIN_BUDGET, notices::Notices};
use crate::{
    credentials::Judgement,
    demo::{self, Demo, DemoProblem},
    logfile::Story,
    model::{Limits, State, event::Event},
    profile::{Profile, Secrets, Security},
    session::{self, Session},
    view,
};

/// How long a session that was asked to stop may take to tell its end, when the window closes.
const PATIENCE: Duration = Duration::from_secs(3);

/// Something to start.
pub(super) enum Target {
    /// A broker.
    Broker { profile: Box<Profile>, secrets: Secrets },
    /// The demo.
    Demo,
}

/// Called on other threads when there is something to draw.
type Wake = Arc<dyn Fn() + Send + Sync>;

pub(super) struct Live {
    /// The fold over everything that ran.
    pub(super) state: State,
    /// The same for the log.
    story: Story,
    running: Running,
    /// What starts when that has ended.
    next: Option<(Target, Wake)>,
    /// Whose history the state holds.
    history: Option<History>,
    clock: Clock,
    /// Demos that are being taken down.
    endings: Vec<JoinHandle<()>>,
}

enum Running {
    Nothing,
    DemoStarts(Receiver<Result<Demo, DemoProblem>>, Wake),
    Session(Box<Run>),
}

struct Run {
    session: Session,
    profile: Profile,
    demo: Option<Demo>,
    /// When the certificate that it presents ends, once that was judged.
    client_ends: Option<SystemTime>,
}

/// Histories of different sources are not mixed: their figures would mean nothing.
#[derive(PartialEq, Eq)]
enum History {
    Demo,
    Broker(String),
}

/// The session's clock between two events.
struct Clock {
    at: Duration,
    seen: Instant,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            state: State::new(Limits::default()),
            story: Story::default(),
            running: Running::Nothing,
            next: None,
            history: None,
            clock: Clock { at: Duration::ZERO, seen: Instant::now() },
            endings: Vec::new(),
        }
    }
}

impl Live {
    /// Starts this, after whatever runs has been stopped.
    pub(super) fn start(
        &mut self,
        target: Target,
        wake: impl Fn() + Send + Sync + 'static,
        notices: &mut Notices,
    ) {
        self.stop();
        let wake: Wake = Arc::new(wake);
        if let Running::Session(_) = self.running {
            self.next = Some((target, wake));
        } else {
            self.begin(target, wake, notices);
        }
    }

    fn begin(&mut self, target: Target, wake: Wake, notices: &mut Notices) {
        match target {
            Target::Broker { profile, secrets } => {
                let source = format!("{}:{} {}", profile.host, profile.port, profile.subscribe);
                self.keep_history_of(History::Broker(source));
                self.connect(*profile, secrets, None, wake, notices);
            }
            Target::Demo => {
                let (tell, answer) = channel();
                let done = Arc::clone(&wake);
                let starts = std::thread::Builder::new().name("demo".to_owned()).spawn(move || {
                    // Nobody listens any more when it was cancelled: then it ends right here.
                    let _ = tell.send(demo::start());
                    done();
                });
                match starts {
                    Ok(_) => self.running = Running::DemoStarts(answer, wake),
                    Err(problem) => notices.trouble(format!("The demo could not start: {problem}.")),
                }
            }
        }
    }

    fn connect(
        &mut self,
        profile: Profile,
        secrets: Secrets,
        demo: Option<Demo>,
        wake: Wake,
        notices: &mut Notices,
    ) {
        match session::start(profile.clone(), secrets, move || wake()) {
            Ok(session) => {
                self.running = Running::Session(Box::new(Run { session, profile, demo, client_ends: None }));
            }
            Err(problem) => {
                notices.trouble(format!("The session could not start: {problem}."));
                self.take_down(demo);
            }
        }
    }

    fn keep_history_of(&mut self, source: History) {
        if self.history.as_ref().is_some_and(|history| *history != source) {
            self.state = State::new(Limits::default());
        }
        self.history = Some(source);
    }

    /// Asks whatever runs to end. A session tells its end through its events.
    pub(super) fn stop(&mut self) {
        self.next = None;
        match &self.running {
            Running::Nothing => {}
            Running::DemoStarts(..) => self.running = Running::Nothing,
            Running::Session(run) => run.session.stop(),
        }
    }

    /// Doesn't wait for the next try.
    pub(super) fn try_now(&self) {
        if let Running::Session(run) = &self.running {
            run.session.try_now();
        }
    }

    /// Folds in what happened, for [`DRAIN_BUDGET`] at most; whether there may be more.
    pub(super) fn drain(&mut self, notices: &mut Notices) -> bool {
        let begin = Instant::now();
        self.demo_started(notices);
        let Running::Session(run) = &self.running else { return false };
        loop {
            match run.session.events().try_recv() {
                Ok(batch) => {
                    take_in(&batch, &mut self.state, &mut self.story);
                    self.clock = Clock { at: self.state.latest(), seen: Instant::now() };
                }
                Err(TryRecvError::Empty) => return false,
                Err(TryRecvError::Disconnected) => {
                    self.ended(notices);
                    return false;
                }
            }
            if begin.elapsed() > DRAIN_BUDGET {
                return true;
            }
        }
    }

    fn demo_started(&mut self, notices: &mut Notices) {
        let Running::DemoStarts(answer, _) = &self.running else { return };
        let demo = match answer.try_recv() {
            Err(TryRecvError::Empty) => return,
            Err(TryRecvError::Disconnected) => None,
            Ok(answer) => Some(answer),
        };
        let Running::DemoStarts(_, wake) = std::mem::replace(&mut self.running, Running::Nothing) else {
            return;
        };
        match demo {
            Some(Ok(demo)) => {
                self.keep_history_of(History::Demo);
                self.connect(demo.profile.clone(), Secrets::default(), Some(demo), wake, notices);
            }
            Some(Err(problem)) => notices.trouble(format!("The demo could not start: {problem}.")),
            None => notices.trouble("The demo ended while it was starting.".to_owned()),
        }
    }

    /// The session has told its end: nothing of it is left to wait for.
    fn ended(&mut self, notices: &mut Notices) {
        if let Running::Session(run) = std::mem::replace(&mut self.running, Running::Nothing) {
            let Run { session, demo, .. } = *run;
            drop(session);
            self.take_down(demo);
        }
        if let Some((target, wake)) = self.next.take() {
            self.begin(target, wake, notices);
        }
    }

    /// Ends broker and board off the screen's thread.
    fn take_down(&mut self, demo: Option<Demo>) {
        self.endings.retain(|ending| !ending.is_finished());
        if let Some(demo) = demo
            && let Ok(ending) =
                std::thread::Builder::new().name("demo ends".to_owned()).spawn(move || drop(demo))
        {
            self.endings.push(ending);
        }
    }

    /// The window closes: ends everything and waits for it. A session ends within about a second, and what it tells
    /// until then is taken in, or the log would not have its totals.
    pub(super) fn end(&mut self) {
        self.stop();
        if let Running::Session(run) = std::mem::replace(&mut self.running, Running::Nothing) {
            let Run { session, demo, .. } = *run;
            let limit = Instant::now() + PATIENCE;
            while let Ok(batch) =
                session.events().recv_timeout(limit.saturating_duration_since(Instant::now()))
            {
                take_in(&batch, &mut self.state, &mut self.story);
            }
            drop(session);
            drop(demo);
        }
        for ending in self.endings.drain(..) {
            let _ = ending.join();
        }
    }

    /// The form's files were judged: where the session runs with that form, they are what it presents.
    pub(super) fn judged(&mut self, draft: &Profile, judgement: &Judgement) {
        if self.runs(draft)
            && let Running::Session(run) = &mut self.running
        {
            let presents = draft.security == Security::MutualTls;
            run.client_ends = judgement.client_ends().filter(|_| presents);
        }
    }

    /// Whether a session runs with what the form says.
    pub(super) fn runs(&self, draft: &Profile) -> bool {
        matches!(&self.running, Running::Session(run) if run.demo.is_none() && run.profile == *draft)
    }

    pub(super) fn is_running(&self) -> bool {
        !matches!(self.running, Running::Nothing)
    }

    /// The session's clock now: it goes on between two events.
    pub(super) fn now(&self) -> Duration {
        match self.running {
            Running::Session(_) => self.clock.at.max(self.state.latest()) + self.clock.seen.elapsed(),
            Running::Nothing | Running::DemoStarts(..) => self.state.latest(),
        }
    }

    /// For the scene. `draft` is what the form says now, where it says something that can be connected to.
    pub(super) fn session(&self, draft: Option<&Profile>) -> view::Session<'_> {
        match &self.running {
            Running::Nothing => view::Session::None,
            Running::DemoStarts(..) => view::Session::DemoStarts,
            Running::Session(run) => view::Session::Runs {
                profile: &run.profile,
                demo: run.demo.is_some(),
                outdated: run.demo.is_none() && draft.is_some_and(|draft| *draft != run.profile),
                client_ends: run.client_ends,
            },
        }
    }
}

/// Folds what a session told into the state and its log.
fn take_in(events: &[Event], state: &mut State, story: &mut Story) {
    for event in events {
        state.apply(event);
        story.hear(event, state);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::{
        credentials::{self, Content, Files, local},
        model::Status,
        profile::Draft,
    };

    fn judgement() -> Judgement {
        let made = local::make(&["localhost"], SystemTime::now(), 30).unwrap();
        let read = |text: &str| Content::Read {
            name: "file".to_owned(),
            bytes: text.as_bytes().to_vec().into(),
            mode: None,
        };
        let files = Files {
            ca: read(&made.ca_pem),
            certificate: read(&made.client_pem),
            key: read(&made.client_key_pem),
        };
        credentials::judge(&files, None, Security::MutualTls, SystemTime::now())
    }

    /// A remedy changes the form and connects in one step: the judgement of what is presented comes later.
    #[test]
    fn the_end_of_the_certificate_is_told_of_the_form_that_runs() {
        let file = || "/there/is/none".to_owned();
        let draft = Draft {
            host: "127.0.0.1".into(),
            port: "1".into(),
            certificate: file(),
            key: file(),
            ..Draft::default()
        };
        let with = |security| Draft { security, ..draft.clone() }.parse().unwrap();
        let (mutual, plain) = (with(Security::MutualTls), with(Security::Plain));
        let ends = |runs: &Profile, judged: &Profile| {
            let mut live = Live::default();
            let target = Target::Broker { profile: Box::new(runs.clone()), secrets: Secrets::default() };
            live.start(target, || {}, &mut Notices::default());
            live.judged(judged, &judgement());
            match live.session(None) {
                view::Session::Runs { client_ends, .. } => client_ends,
                _ => panic!("no session"),
            }
        };
        assert!(ends(&mutual, &mutual).is_some());
        assert!(ends(&mutual, &plain).is_none(), "another form was judged");
        assert!(ends(&plain, &plain).is_none(), "nothing is presented");
    }

    #[test]
    fn a_window_that_closes_hears_the_session_out() {
        let (mut live, mut notices) = (Live::default(), Notices::default());
        live.start(Target::Demo, || {}, &mut notices);
        let begin = Instant::now();
        while live.state.counters.received == 0 {
            assert!(begin.elapsed() < Duration::from_secs(30), "the demo says nothing");
            live.drain(&mut notices);
            std::thread::sleep(Duration::from_millis(20));
        }
        live.end();
        assert_eq!(live.state.link.status, Status::Stopped);
    }
}
