//! A session and what it told, and a board that is played over the broker's plain port.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    collections::HashMap,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use echo_monitor::{
    failure::Failure,
    model::event::{EchoFailure, Event, What},
    profile::{Draft, Profile, Protocol, Qos, Secrets, Security},
    session::{self, Session},
};
use rumqttc::{Client, MqttOptions, PublishOptions, PublishProperties, QoS};

use super::pki::Pki;

/// A profile for a broker on this computer.
pub fn profile(pki: &Pki, port: u16) -> Profile {
    let file = |name: &str| pki.file(name).display().to_string();
    let draft = Draft {
        host: "localhost".to_owned(),
        port: port.to_string(),
        ca: file("mosquitto.org.crt"),
        certificate: file("client.crt"),
        key: file("client.key"),
        ..Draft::default()
    };
    draft.parse().unwrap()
}

/// The same without TLS.
pub fn plain_profile(port: u16) -> Profile {
    let draft = Draft {
        host: "127.0.0.1".to_owned(),
        port: port.to_string(),
        security: Security::Plain,
        ..Draft::default()
    };
    draft.parse().unwrap()
}

/// A session and everything it told so far.
pub struct Ear {
    pub session: Session,
    pub heard: Vec<Event>,
}

impl Ear {
    pub fn start(profile: Profile) -> Self {
        Self { session: session::start(profile, Secrets::default(), || {}).unwrap(), heard: Vec::new() }
    }

    /// Listens until an event is the wanted one, from where it stopped listening the last time.
    pub fn until(&mut self, seconds: u64, wanted: impl Fn(&What) -> bool) -> &Event {
        let deadline = Instant::now() + Duration::from_secs(seconds);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.session.events().recv_timeout(left) {
                Ok(batch) => {
                    let from = self.heard.len();
                    self.heard.extend(batch);
                    if let Some(found) = self.heard[from..].iter().position(|event| wanted(&event.what)) {
                        return &self.heard[from + found];
                    }
                }
                Err(error) => panic!("{error:?} after {:#?}", self.tail()),
            }
        }
    }

    pub fn until_connected(&mut self) {
        self.until(15, |what| matches!(what, What::Connected(_)));
    }

    /// The failure of the first attempt that fails, and when it is tried again.
    pub fn failure(&mut self) -> (Failure, Option<Duration>) {
        match &self.until(15, |what| matches!(what, What::Disconnected { .. })).what {
            What::Disconnected { failure, next_try } => (Failure::clone(failure), *next_try),
            _ => unreachable!(),
        }
    }

    /// How many such events were heard.
    pub fn count(&self, wanted: impl Fn(&What) -> bool) -> usize {
        self.heard.iter().filter(|event| wanted(&event.what)).count()
    }

    /// Listens for a while.
    pub fn listen(&mut self, time: Duration) {
        let deadline = Instant::now() + time;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.session.events().recv_timeout(left) {
                Ok(batch) => self.heard.extend(batch),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Stops the session and listens to its end. How long that took.
    pub fn stop(&mut self) -> Duration {
        let start = Instant::now();
        self.session.stop();
        loop {
            match self.session.events().recv_timeout(Duration::from_secs(5)) {
                Ok(batch) => self.heard.extend(batch),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("no end: {:#?}", self.tail()),
            }
        }
        assert!(matches!(self.heard.last().unwrap().what, What::Stopped), "{:#?}", self.tail());
        start.elapsed()
    }

    /// Received, echoed, failed by cause: each message has exactly one fate.
    pub fn totals(&self) -> (usize, usize, HashMap<EchoFailure, usize>) {
        let mut fates: HashMap<u64, usize> = HashMap::new();
        let (mut echoed, mut failed) = (0, HashMap::new());
        for event in &self.heard {
            match &event.what {
                What::Received(message) => {
                    assert!(fates.insert(message.id, 0).is_none(), "{} twice", message.id);
                }
                What::Echoed(echo) => {
                    *fates.get_mut(&echo.id).expect("received before echoed") += 1;
                    echoed += 1;
                }
                What::EchoFailed { id, cause } => {
                    *fates.get_mut(id).expect("received before failed") += 1;
                    *failed.entry(*cause).or_default() += 1;
                }
                What::NotShown { .. } => panic!("the test was too slow to listen"),
                _ => {}
            }
        }
        let wrong: Vec<_> = fates.iter().filter(|(_, fates)| **fates != 1).collect();
        assert!(wrong.is_empty(), "messages with another number of fates than one: {wrong:?}");
        (fates.len(), echoed, failed)
    }

    fn tail(&self) -> &[Event] {
        &self.heard[self.heard.len().saturating_sub(12)..]
    }
}

/// What a board hears.
#[derive(Debug)]
pub struct Echo {
    pub payload: Vec<u8>,
    pub duplicate: bool,
    pub correlation: Option<Vec<u8>>,
}

impl Echo {
    fn of(publish: &rumqttc::Publish) -> Self {
        let correlation =
            publish.properties.as_ref().and_then(|properties| properties.correlation_data.clone());
        Self {
            payload: publish.payload.to_vec(),
            duplicate: publish.dup,
            correlation: correlation.map(Into::into),
        }
    }
}

/// A board that says what it is told to say and hears the echoes.
pub struct Board {
    client: Client,
    pub heard: Receiver<Echo>,
    qos: QoS,
}

pub fn qos(qos: Qos) -> QoS {
    match qos {
        Qos::AtMostOnce => QoS::AtMostOnce,
        Qos::AtLeastOnce => QoS::AtLeastOnce,
        Qos::ExactlyOnce => QoS::ExactlyOnce,
    }
}

impl Board {
    /// Connects; comes back by itself when the broker does. At QoS 1 and 2 nothing of it is lost.
    pub fn start(port: u16, level: Qos) -> Self {
        let level = qos(level);
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let mut options = MqttOptions::new(format!("board-{number}"), ("127.0.0.1", port));
        options
            .set_keep_alive(30)
            .set_clean_start(false)
            .set_session_expiry_interval(Some(600))
            .set_broker_session_resume_policy(rumqttc::BrokerSessionResumePolicy::AllowBrokerOnly)
            // After the properties, which would reset it.
            .set_unlimited_incoming_packet_size()
            .set_outgoing_inflight_upper_limit(100)
            // When a connection breaks, the client drops what it read last: it must not be acknowledged by then.
            .set_ack_mode(rumqttc::AckMode::Manual);
        let (client, mut connection) = Client::builder(options).capacity(10_000).build();
        let (tell, heard) = mpsc::channel();
        let (ready, is_ready) = mpsc::channel();
        let subscriber = client.clone();
        thread::spawn(move || {
            for event in connection.iter() {
                match event {
                    Ok(rumqttc::Event::Incoming(rumqttc::Packet::ConnAck(ack))) if !ack.session_present => {
                        let _ = subscriber.try_subscribe("azuresphere/sample/device", level);
                    }
                    Ok(rumqttc::Event::Incoming(rumqttc::Packet::SubAck(_))) => drop(ready.send(())),
                    Ok(rumqttc::Event::Incoming(rumqttc::Packet::Publish(publish))) => {
                        if tell.send(Echo::of(&publish)).is_err() {
                            return;
                        }
                        let _ = subscriber.try_ack(&publish);
                    }
                    Ok(_) => {}
                    Err(rumqttc::ConnectionError::RequestsDone) => return,
                    Err(_) => thread::sleep(Duration::from_millis(50)),
                }
            }
        });
        is_ready.recv_timeout(Duration::from_secs(10)).expect("the board is subscribed");
        Self { client, heard, qos: level }
    }

    pub fn say(&self, payload: impl Into<Vec<u8>>) {
        self.say_on("azuresphere/sample/host", payload);
    }

    pub fn say_on(&self, topic: &str, payload: impl Into<Vec<u8>>) {
        self.client.publish(topic, payload.into(), PublishOptions::new(self.qos)).unwrap();
    }

    /// Says something as our firmware does, about itself as well.
    pub fn report(&self, payload: &str, correlation: &'static [u8], properties: &[(&str, &str)]) {
        let properties = PublishProperties {
            correlation_data: Some(correlation.into()),
            user_properties: properties
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..PublishProperties::default()
        };
        let options = PublishOptions::new(self.qos).properties(properties);
        self.client.publish("azuresphere/sample/host", payload.as_bytes().to_vec(), options).unwrap();
    }

    /// The next echo.
    pub fn hear(&self) -> Vec<u8> {
        self.heard.recv_timeout(Duration::from_secs(20)).expect("an echo").payload
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        let _ = self.client.try_disconnect_now();
    }
}

/// MQTT 5 and 3.1.1, each QoS.
pub fn all_ways() -> impl Iterator<Item = (Protocol, Qos)> {
    let levels = [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce];
    [Protocol::V5, Protocol::V311].into_iter().flat_map(move |protocol| levels.map(|level| (protocol, level)))
}
