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
        self.line(at, Told::Stage { stage: stage.name(), ok, ms: line::milliseconds(took) })
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::{sync::Arc, time::SystemTime};

    use bytes::Bytes;
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        failure::{TcpFailure, TcpProblem, Tried},
        model::{
            Limits,
            event::{EchoFailure, Echoed, Received},
        },
        profile::Qos,
    };

    fn received(id: u64, payload: &[u8]) -> What {
        let (topic, payload) = (Arc::from("in"), Bytes::copy_from_slice(payload));
        let qos = Qos::AtMostOnce;
        What::Received(Received { id, topic, payload, qos, retain: false, duplicate: false, board: None })
    }

    fn echoed(id: u64, payload: &[u8]) -> What {
        let (topic, payload) = (Arc::from("out"), Bytes::copy_from_slice(payload));
        What::Echoed(Echoed {
            id,
            topic,
            payload,
            qos: Qos::AtMostOnce,
            residence: Duration::from_nanos(45_678),
        })
    }

    fn refused() -> Box<Failure> {
        let tried = vec![Tried { address: ([127, 0, 0, 1], 1).into(), problem: TcpProblem::Refused }];
        Box::new(Failure::Tcp(TcpFailure { host: "b.example".into(), port: 1, tried }))
    }

    /// The lines that these events make, one every millisecond, and the summary.
    fn told(quiet: bool, events: Vec<What>) -> Vec<Value> {
        let mut state = State::new(Limits::without_history());
        let mut report = Report::new(Vec::new(), quiet);
        let started = What::Started { wall: SystemTime::UNIX_EPOCH };
        for (number, what) in (0..).zip([started].into_iter().chain(events)) {
            let event = Event { at: Duration::from_millis(number), what };
            let learned = state.apply(&event);
            report.event(&event, &learned, &state).unwrap();
        }
        report.summary(&state).unwrap();
        let text = String::from_utf8(report.out).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn stages_and_their_failure() {
        let lines = told(
            true,
            vec![
                What::StageStarted(Stage::Dns),
                What::StageDone { stage: Stage::Dns, took: Duration::from_micros(1_500) },
                What::StageStarted(Stage::Tcp),
                What::Disconnected { failure: refused(), next_try: Some(Duration::from_millis(2_100)) },
            ],
        );
        assert_eq!(lines[0], json!({"at": 0.002, "event": "stage", "stage": "dns", "ok": true, "ms": 1.5}));
        assert_eq!(lines[1], json!({"at": 0.004, "event": "stage", "stage": "tcp", "ok": false, "ms": 1.0}));
        let error = &lines[2]["error"];
        assert_eq!((&lines[2]["event"], &lines[2]["next_try_s"]), (&json!("disconnected"), &json!(2.1)));
        assert_eq!((&error["kind"], &error["stage"]), (&json!(refused().kind()), &json!("tcp")));
        let advice = refused().advice();
        assert_eq!((&error["what"], &error["why"]), (&json!(advice.what), &json!(advice.why)));
        assert_eq!(error["next"][0], advice.next[0].text);
    }

    #[test]
    fn messages_their_echoes_and_the_loop() {
        let lines = told(
            false,
            vec![
                received(0, b"abc"),
                echoed(0, b"bca"),
                received(1, b"bca"),
                echoed(1, b"cab"),
                received(2, b"other"),
            ],
        );
        let wanted = json!({"at": 0.001, "event": "message", "id": 0, "direction": "in", "topic": "in", "bytes": 3,
            "text": "abc"});
        assert_eq!(lines[0], wanted);
        let wanted = json!({"at": 0.002, "event": "message", "id": 0, "direction": "out", "topic": "out", "bytes": 3,
            "text": "bca", "residence_us": 45.7});
        assert_eq!(lines[1], wanted);
        assert_eq!(lines[2]["loop_ms"], 1.0);
        assert_eq!(lines[5], json!({"at": 0.005, "event": "lost", "count": 1, "lost": 1}));
    }

    #[test]
    fn any_payload_makes_one_line() {
        let payloads: [&[u8]; 4] =
            [b"", b"\xFF\x00", "a\nb\u{2028}\0\"\u{202E}".as_bytes(), "鏡🙂".as_bytes()];
        let lines = told(false, payloads.map(|payload| received(0, payload)).into());
        assert_eq!(lines.len(), 5);
        assert_eq!(lines[0]["text"], "");
        assert_eq!((&lines[1]["base64"], &lines[1]["text"]), (&json!("/wA="), &Value::Null));
        assert_eq!(lines[2]["text"], "a\nb\u{2028}\0\"\u{202E}");
        assert_eq!((&lines[3]["text"], &lines[3]["bytes"]), (&json!("鏡🙂"), &json!(7)));
    }

    #[test]
    fn failed_echoes_have_a_cause_and_the_summary_adds_up() {
        let failed = What::EchoFailed { id: 1, cause: EchoFailure::TooLarge { bytes: 300, limit: 256 } };
        let not_shown = What::NotShown { received: 5, echoed: 4, failed: 1, bytes: 50 };
        let lines =
            told(false, vec![received(0, b"a"), echoed(0, b"a"), received(1, b"a"), failed, not_shown]);
        assert_eq!((&lines[3]["event"], &lines[3]["cause"]), (&json!("failed"), &json!("too-large")));
        assert_eq!((&lines[4]["event"], &lines[4]["received"]), (&json!("not-shown"), &json!(5)));
        let summary = &lines[5];
        assert_eq!(
            (&summary["received"], &summary["echoed"], &summary["failed"]),
            (&json!(7), &json!(5), &json!(2))
        );
        assert_eq!((&summary["broker_ms"], &summary["residence_us"]["count"]), (&Value::Null, &json!(1)));
    }

    #[test]
    fn quiet_leaves_messages_out() {
        let lines = told(true, vec![received(0, b"a"), echoed(0, b"a"), received(1, b"x")]);
        assert_eq!(lines.len(), 1);
        assert_eq!((&lines[0]["event"], &lines[0]["received"]), (&json!("summary"), &json!(2)));
    }
}
