//! Events become lines.

use std::{
    io::{self, Write},
    time::Duration,
};

use super::line::{self, Line, Message, Told};
use crate::{
    failure::{Failure, Stage},
    model::{
        Learned, State,
        event::{Event, What},
    },
};

/// Writes what happened, one JSON object a line.
pub(super) struct Report<W> {
    out: W,
    quiet: bool,
    /// The stage that runs, and since when.
    running: Option<(Stage, Duration)>,
}

impl<W: Write> Report<W> {
    /// `quiet` leaves out what happens for each message.
    pub(super) fn new(out: W, quiet: bool) -> Self {
        Self { out, quiet, running: None }
    }

    /// Tells of `event`, and of what `state` learned when it was folded in.
    pub(super) fn event(&mut self, event: &Event, learned: &Learned, state: &State) -> io::Result<()> {
        match &event.what {
            What::StageStarted(stage) => {
                self.running = Some((*stage, event.at));
                Ok(())
            }
            What::StageDone { stage, took } => {
                self.running = None;
                self.stage(event.at, *stage, true, *took)
            }
            What::Disconnected { failure, next_try } => self.disconnected(event.at, failure, *next_try),
            _ if self.quiet => Ok(()),
            _ => self.message(event, learned, state),
        }
    }

    /// The last line.
    pub(super) fn summary(&mut self, state: &State) -> io::Result<()> {
        self.line(state.latest(), Told::Summary(Box::new(state.into())))?;
        self.flush()
    }

    /// Hands what was written so far to the reader.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn stage(&mut self, at: Duration, stage: Stage, ok: bool, took: Duration) -> io::Result<()> {
        self.line(at, Told::Stage { stage: line::stage(stage), ok, ms: line::milliseconds(took) })
    }

    fn disconnected(
        &mut self,
        at: Duration,
        failure: &Failure,
        next_try: Option<Duration>,
    ) -> io::Result<()> {
        if let Some((stage, since)) = self.running.take() {
            self.stage(at, stage, false, at.saturating_sub(since))?;
        }
        let next_try_s = next_try.map(|wait| line::milliseconds(wait) / 1e3);
        self.line(at, Told::Disconnected { error: failure.into(), next_try_s })
    }

    fn message(&mut self, event: &Event, learned: &Learned, state: &State) -> io::Result<()> {
        let told = match &event.what {
            What::Connected(connection) => Told::Connected(connection.as_ref().into()),
            What::Received(received) => {
                let mut message = Message::new(received.id, "in", &received.topic, &received.payload);
                message.loop_ms = learned.loop_time.map(line::milliseconds);
                Told::Message(message)
            }
            What::Echoed(echoed) => {
                let mut message = Message::new(echoed.id, "out", &echoed.topic, &echoed.payload);
                message.residence_us = Some(line::microseconds(echoed.residence));
                Told::Message(message)
            }
            What::EchoFailed { id, cause } => {
                let (cause, why) = line::cause(*cause);
                Told::Failed { id: *id, cause, why }
            }
            What::NotShown { received, echoed, failed, .. } => {
                Told::NotShown { received: *received, echoed: *echoed, failed: *failed }
            }
            _ => return Ok(()),
        };
        self.line(event.at, told)?;
        match learned.lost {
            0 => Ok(()),
            count => self.line(event.at, Told::Lost { count, lost: state.counters.lost }),
        }
    }

    fn line(&mut self, at: Duration, told: Told<'_>) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, &Line::new(at, told))?;
        self.out.write_all(b"\n")
    }
}
