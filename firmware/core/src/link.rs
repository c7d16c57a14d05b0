//! One open connection: TLS, MQTT in it, and the clock that both are held to.
//!
//! A link goes through its stages once and never back. What fails, fails for good: the client makes a new one.

use alloc::{boxed::Box, vec::Vec};
use core::{mem, time::Duration};

use mqtt_protocol_core::mqtt::result_code::MqttError;

use crate::{
    board::Message,
    failure::{Failure, MqttFailure},
    limits,
    mqtt::{self, Arrived, Incoming, Mqtt, OFFLINE, ONLINE},
    report::Stage,
    settings::{Security, Settings},
    tls::Tls,
};

pub(crate) struct Link {
    tls: Option<Box<Tls>>,
    /// Until the end of the TLS handshake.
    settings: Option<mqtt::Settings>,
    /// From then on.
    mqtt: Option<Mqtt>,
    stage: Stage,
    /// When the stage must be over, and what it was allowed; `None` for the flow.
    until: Option<(Duration, Duration)>,
    ping_every: Duration,
    next_ping: Duration,
    pong_until: Option<Duration>,
}

/// What happened on the link.
pub(crate) enum Heard {
    /// The TLS handshake ended well, with this cipher suite.
    Secured(&'static str),
    /// A stage ended well.
    Done(Stage),
    /// A message arrived.
    Message(Arrived),
}

impl Link {
    /// A link on a connection that was just opened; its output begins with ClientHello or CONNECT.
    pub(crate) fn new(settings: &Settings, now: Duration) -> Result<Self, Failure> {
        let mut link = Self {
            tls: None,
            settings: None,
            mqtt: None,
            stage: Stage::Tls,
            until: Some((now + limits::TLS, limits::TLS)),
            ping_every: limits::PING,
            next_ping: Duration::MAX,
            pong_until: None,
        };
        match &settings.security {
            Security::Tls(tls) => {
                link.tls = Some(Box::new(Tls::new(tls)?));
                link.settings = Some(settings.mqtt.clone());
            }
            Security::Plain => link.begin_mqtt(settings.mqtt.clone(), now)?,
        }
        Ok(link)
    }

    /// Takes bytes up through TLS and MQTT, and tells one by one what they meant: a record may hold hundreds of messages, and
    /// a small board has no room for all of them at once. What came before a failure counts.
    pub(crate) fn input(
        &mut self,
        bytes: &[u8],
        now: Duration,
        heard: &mut impl FnMut(Heard),
    ) -> Result<(), Failure> {
        let Some(mut tls) = self.tls.take() else { return self.packets(bytes, now, heard) };
        let mut understood = Ok(());
        let received = tls.input(bytes, &mut |plaintext| {
            if understood.is_ok() {
                understood = self.packets(plaintext, now, heard);
            }
        });
        let (established, closed, suite) = (tls.established(), tls.closed(), tls.suite());
        self.tls = Some(tls);
        if established && let Some(settings) = self.settings.take() {
            self.begin_mqtt(settings, now)?;
            heard(Heard::Secured(suite));
        }
        understood?;
        received?;
        if closed { Err(Failure::Closed(self.stage)) } else { Ok(()) }
    }

    /// Holds the stages and the broker's answers to their time, and pings.
    pub(crate) fn tick(&mut self, now: Duration) -> Result<(), Failure> {
        if self.pong_until.is_some_and(|until| now >= until) {
            return Err(Failure::Silent { limit: limits::ANSWER });
        }
        if let Some((until, limit)) = self.until
            && now >= until
        {
            return Err(Failure::TimedOut { stage: self.stage, limit });
        }
        if let Some(mqtt) = &mut self.mqtt
            && now >= self.next_ping
        {
            mqtt.ping()?;
            self.next_ping = now + self.ping_every;
            self.pong_until.get_or_insert(now + limits::ANSWER);
        }
        Ok(())
    }

    /// When [`tick`](Self::tick) must be called at the latest.
    pub(crate) fn next_deadline(&self) -> Duration {
        let stage = self.until.map_or(Duration::MAX, |(until, _)| until);
        stage.min(self.next_ping).min(self.pong_until.unwrap_or(Duration::MAX))
    }

    /// Whether a message can be published now; `false` where the broker takes no more before it has acknowledged some.
    pub(crate) fn takes_messages(&self) -> Result<bool, Failure> {
        let Some(mqtt) = self.mqtt.as_ref().filter(|_| self.stage == Stage::Flow) else { return Ok(false) };
        match mqtt.unacknowledged() {
            count if count >= limits::UNACKNOWLEDGED => Err(Failure::Unacknowledged { count }),
            _ => Ok(mqtt.takes_messages()),
        }
    }

    /// Publishes a message of the board.
    pub(crate) fn publish(&mut self, message: &Message, now: Duration) -> Result<(), Failure> {
        match &mut self.mqtt {
            Some(mqtt) => Ok(mqtt.publish(message, now)?),
            None => Ok(()),
        }
    }

    pub(crate) const fn stage(&self) -> Stage {
        self.stage
    }

    /// Takes leave of the broker, as far as the connection has got.
    pub(crate) fn leave(&mut self) -> Result<(), Failure> {
        if let Some(mqtt) = self.mqtt.as_mut().filter(|_| self.stage > Stage::Connect) {
            if self.stage == Stage::Flow && mqtt.takes_messages() {
                mqtt.announce(OFFLINE)?;
            }
            mqtt.disconnect()?;
        }
        self.encrypt()?;
        if let Some(tls) = &mut self.tls {
            tls.close();
        }
        Ok(())
    }

    /// Moves what is to be sent into `output`. Also after a failure: an alert or a DISCONNECT that says why may be
    /// among it.
    pub(crate) fn collect(&mut self, output: &mut Vec<u8>) -> Result<(), Failure> {
        let encrypted = self.encrypt();
        match (&mut self.tls, &mut self.mqtt) {
            (Some(tls), _) => output.append(tls.output()),
            (None, Some(mqtt)) => output.append(mqtt.output()),
            (None, None) => {}
        }
        encrypted
    }

    /// Hands MQTT's bytes to TLS, where there is TLS.
    fn encrypt(&mut self) -> Result<(), Failure> {
        if let (Some(tls), Some(mqtt)) = (&mut self.tls, &mut self.mqtt) {
            let packets = mem::take(mqtt.output());
            if !packets.is_empty() {
                tls.send(&packets)?;
            }
        }
        Ok(())
    }

    fn begin_mqtt(&mut self, settings: mqtt::Settings, now: Duration) -> Result<(), Failure> {
        self.mqtt = Some(Mqtt::connect(settings)?);
        self.enter(Stage::Connect, now);
        Ok(())
    }

    fn packets(
        &mut self,
        mut bytes: &[u8],
        now: Duration,
        heard: &mut impl FnMut(Heard),
    ) -> Result<(), Failure> {
        // Before our CONNECT a broker has nothing to say.
        let unexpected = MqttFailure::Unexpected(MqttError::ProtocolError);
        while !bytes.is_empty() {
            match self.mqtt.as_mut().ok_or(unexpected)?.input(&mut bytes)? {
                Some(packet) => self.packet(packet, now, heard)?,
                None => break,
            }
        }
        Ok(())
    }

    fn packet(
        &mut self,
        packet: Incoming,
        now: Duration,
        heard: &mut impl FnMut(Heard),
    ) -> Result<(), Failure> {
        let Some(mqtt) = &mut self.mqtt else { return Ok(()) };
        let belongs = match packet {
            Incoming::Accepted { .. } => self.stage == Stage::Connect,
            Incoming::Subscribed => self.stage == Stage::Subscribe,
            _ => self.stage > Stage::Connect,
        };
        if !belongs {
            return Err(MqttFailure::Unexpected(MqttError::ProtocolError).into());
        }
        match packet {
            Incoming::Accepted { keep_alive } => {
                mqtt.subscribe()?;
                if let Some(seconds) = keep_alive.filter(|&seconds| seconds > 0) {
                    self.ping_every = limits::PING.min(Duration::from_secs(seconds.into()) / 2);
                }
                self.enter(Stage::Subscribe, now);
                heard(Heard::Done(Stage::Connect));
            }
            Incoming::Subscribed => {
                mqtt.announce(ONLINE)?;
                self.enter(Stage::Flow, now);
                heard(Heard::Done(Stage::Subscribe));
            }
            Incoming::Message(message) => heard(Heard::Message(message)),
            Incoming::Pong => self.pong_until = None,
            Incoming::Acknowledged => {}
        }
        Ok(())
    }

    fn enter(&mut self, stage: Stage, now: Duration) {
        self.stage = stage;
        if stage == Stage::Flow {
            self.until = None;
            self.next_ping = now + self.ping_every;
        } else {
            self.until = Some((now + limits::ANSWER, limits::ANSWER));
        }
    }
}
