//! A session as the log tells it: one more fold over its events. Steps, failures by kind, and totals; no message.

use std::time::Duration;

use log::Level;

use crate::{
    model::{
        Figure, State, Summary,
        display::duration,
        event::{Connection, Event, What},
    },
    profile::Protocol,
};

/// How often a session that runs for months tells its totals.
const OFTEN: Duration = Duration::from_secs(3600);

/// Tells one session after the other.
#[derive(Debug)]
pub struct Story {
    /// When the totals are due.
    due: Duration,
}

impl Default for Story {
    fn default() -> Self {
        Self { due: OFTEN }
    }
}

impl Story {
    /// Logs an event that the state has taken in, where it is worth a line.
    pub fn hear(&mut self, event: &Event, state: &State) {
        for (level, line) in self.lines(event, state) {
            log::log!(level, "{line}");
        }
    }

    fn lines(&mut self, event: &Event, state: &State) -> Vec<(Level, String)> {
        let mut lines: Vec<_> = line(&event.what).into_iter().collect();
        let over = match &event.what {
            What::Started { .. } => {
                self.due = event.at + OFTEN;
                false
            }
            What::Disconnected { .. } | What::Stopped => state.counters.received > 0,
            _ => false,
        };
        if over || event.at >= self.due {
            self.due = event.at + OFTEN;
            lines.push((Level::Info, totals(state)));
        }
        lines
    }
}

fn line(what: &What) -> Option<(Level, String)> {
    let told = match what {
        What::Started { .. } => "session: started".to_owned(),
        What::Attempt { number } => format!("session: attempt {number}"),
        What::StageDone { stage, took } => {
            format!("session: {} in {:.1} ms", stage.name(), took.as_secs_f64() * 1e3)
        }
        What::Connected(connection) => connected(connection),
        What::Disconnected { failure, next_try } => {
            let next = match next_try {
                Some(wait) => format!("next try in {:.1} s", wait.as_secs_f64()),
                None => "trying again cannot help".to_owned(),
            };
            let (stage, kind) = (failure.stage().name(), failure.kind());
            return Some((Level::Warn, format!("session: ended at {stage}, {kind}; {next}")));
        }
        What::Stopped => "session: stopped".to_owned(),
        What::StageStarted(_)
        | What::Secured(_)
        | What::Received(_)
        | What::Echoed(_)
        | What::EchoFailed { .. }
        | What::BrokerRoundTrip { .. }
        | What::NotShown { .. } => return None,
    };
    Some((Level::Info, told))
}

fn connected(connection: &Connection) -> String {
    let tls = connection
        .tls
        .as_ref()
        .map_or("no TLS".to_owned(), |tls| format!("{} {}", tls.version, tls.cipher_suite));
    let mqtt = match connection.protocol {
        Protocol::V5 => "MQTT 5",
        Protocol::V311 => "MQTT 3.1.1",
    };
    format!(
        "session: connected to {}, {tls}, {mqtt}, QoS {}, keep alive {} s",
        connection.address,
        u8::from(connection.granted),
        connection.keep_alive
    )
}

fn totals(state: &State) -> String {
    let counters = &state.counters;
    let causes = counters.failed_by.causes();
    let causes: String = causes
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(cause, count)| format!(" ({cause} {count})"))
        .collect();
    let figures: String =
        [("residence", Figure::Residence), ("broker", Figure::Broker), ("loop", Figure::Loop)]
            .into_iter()
            .filter_map(|(name, figure)| state.latency.summary(figure).map(|summary| (name, summary)))
            .map(|(name, Summary { p50, p99, .. })| {
                format!(", {name} p50 {} p99 {}", duration(p50), duration(p99))
            })
            .collect();
    format!(
        "session: so far {} received, {} echoed, {} failed{causes}, {} lost, {} reconnects{figures}",
        counters.received, counters.echoed, counters.failed, counters.lost, state.link.reconnects
    )
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use bytes::Bytes;

    use super::*;
    use crate::{
        failure::{Failure, Loss, Stage},
        model::{
            Limits,
            event::{EchoFailure, Echoed, Received},
        },
        profile::Qos,
    };

    fn told(events: impl IntoIterator<Item = (u64, What)>) -> Vec<String> {
        let (mut story, mut state) = (Story::default(), State::new(Limits::without_history()));
        let mut told = Vec::new();
        for (seconds, what) in events {
            let event = Event { at: Duration::from_secs(seconds), what };
            state.apply(&event);
            told.extend(story.lines(&event, &state).into_iter().map(|(_, line)| line));
        }
        told
    }

    fn message(id: u64) -> What {
        What::Received(Received {
            id,
            topic: "a/secret/topic".into(),
            payload: Bytes::from_static(b"a secret message"),
            qos: Qos::AtMostOnce,
            retain: false,
            duplicate: false,
            board: None,
        })
    }

    #[test]
    fn a_session_is_told_by_its_steps_and_its_end_and_no_message_is() {
        let lost = Box::new(Failure::Lost(Loss::Reset));
        let told = told([
            (0, What::Started { wall: SystemTime::UNIX_EPOCH }),
            (0, What::Attempt { number: 1 }),
            (0, What::StageDone { stage: Stage::Tls, took: Duration::from_micros(64_210) }),
            (1, message(0)),
            (2, What::EchoFailed { id: 0, cause: EchoFailure::ConnectionLost }),
            (2, What::Disconnected { failure: lost, next_try: Some(Duration::from_secs(2)) }),
        ]);
        assert_eq!(
            told,
            [
                "session: started",
                "session: attempt 1",
                "session: tls in 64.2 ms",
                "session: ended at flow, connection-reset; next try in 2.0 s",
                "session: so far 1 received, 0 echoed, 1 failed (connection-lost 1), 0 lost, 0 reconnects",
            ]
        );
    }

    #[test]
    fn a_session_that_is_stopped_tells_its_totals_with_their_percentiles() {
        let echo = Echoed {
            id: 0,
            topic: "a/secret/topic".into(),
            payload: Bytes::from_static(b" secret messagea"),
            qos: Qos::AtMostOnce,
            residence: Duration::from_micros(46),
        };
        let told = told([
            (0, What::Started { wall: SystemTime::UNIX_EPOCH }),
            (1, message(0)),
            (1, What::Echoed(echo)),
            (2, What::Stopped),
        ]);
        assert_eq!(
            told.last().map(String::as_str),
            Some(
                "session: so far 1 received, 1 echoed, 0 failed, 0 lost, 0 reconnects, residence p50 46 µs p99 46 µs"
            )
        );
    }

    #[test]
    fn a_long_session_tells_its_totals_once_an_hour() {
        let hours = (0..4 * 60).map(|minute| (minute * 60, message(minute)));
        let events = std::iter::once((0, What::Started { wall: SystemTime::UNIX_EPOCH })).chain(hours);
        assert_eq!(told(events).len(), 1 + 3);
    }
}
