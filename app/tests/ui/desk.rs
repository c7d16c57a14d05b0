//! A window without a screen: a scene made of events, and what the person did to it.
#![allow(dead_code)]

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use echo_monitor::{
    credentials::{self, Content, Files, Judgement, local},
    failure::{Failure, Stage},
    model::{
        Limits, State,
        event::{Connection, Echoed, Event, Received, TlsFacts, What},
    },
    profile::{Draft, Profile, Protocol, Qos, Security},
    view::{self, Action, Memory, Notice, Pick, Place, Scene, Session, certificates, theme},
};
use eframe::egui::{Theme, ThemePreference, UiBuilder, Vec2};
use egui_kittest::Harness;
use zeroize::Zeroizing;

/// What runs, with what it borrows owned.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runs {
    Nothing,
    DemoStarts,
    Broker,
    Demo,
}

/// Everything a [`Scene`] borrows, and what came out.
pub(crate) struct Desk {
    pub(crate) state: State,
    pub(crate) runs: Runs,
    pub(crate) profile: Profile,
    pub(crate) profiles: Vec<Draft>,
    pub(crate) untouched: bool,
    pub(crate) first_time: bool,
    pub(crate) judgement: Option<Judgement>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) places: Vec<Place>,
    pub(crate) picking: Option<Pick>,
    pub(crate) certificates: certificates::Progress,
    pub(crate) memory: Memory,
    pub(crate) actions: Vec<Action>,
    /// Beyond the newest event.
    pub(crate) later: Duration,
}

/// 14:04:30 on a day in 2026, UTC.
pub(crate) fn wall() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_779_458_670)
}

impl Desk {
    pub(crate) fn first_start() -> Self {
        Self {
            state: State::new(Limits::default()),
            runs: Runs::Nothing,
            profile: bench().parse().expect("a good draft"),
            profiles: vec![Draft::default()],
            untouched: true,
            first_time: false,
            judgement: None,
            notices: Vec::new(),
            places: places(),
            picking: None,
            certificates: certificates::Progress::default(),
            memory: Memory::default(),
            actions: Vec::new(),
            later: Duration::ZERO,
        }
    }

    /// A profile with three good files.
    pub(crate) fn set_up() -> Self {
        let mut desk = Self::first_start();
        desk.untouched = false;
        desk.profiles = vec![bench(), Draft::default()];
        desk.memory.draft = bench();
        desk.judgement = Some(judgement());
        desk
    }

    /// Applies events at these milliseconds.
    pub(crate) fn tell(&mut self, events: impl IntoIterator<Item = (u64, What)>) {
        for (at, what) in events {
            self.state.apply(&Event { at: Duration::from_millis(at), what });
        }
    }

    /// Connected at one second, with some messages behind it.
    pub(crate) fn connected(messages: u64) -> Self {
        let mut desk = Self::set_up();
        desk.runs = Runs::Broker;
        desk.tell([(0, What::Started { wall: wall() }), (0, What::Attempt { number: 1 })]);
        for (stage, begin, took) in LADDER {
            desk.tell([
                (begin, What::StageStarted(stage)),
                (begin + took, What::StageDone { stage, took: Duration::from_millis(took) }),
            ]);
        }
        desk.tell([(160, What::Connected(Box::new(connection())))]);
        for id in 0..messages {
            desk.message(id);
        }
        desk
    }

    fn message(&mut self, id: u64) {
        let at = 1_000 + id * 1_000;
        let text = "Hello from the board, turning round ";
        let turned = |by: u64| {
            let by = by as usize % text.len();
            Bytes::from(format!("{}{}", &text[by..], &text[..by]))
        };
        let received = Received {
            id,
            topic: "azuresphere/sample/host".into(),
            payload: turned(id),
            qos: Qos::AtMostOnce,
            retain: false,
            duplicate: false,
            board: None,
        };
        let echoed = Echoed {
            id,
            topic: "azuresphere/sample/device".into(),
            payload: turned(id + 1),
            qos: Qos::AtMostOnce,
            residence: Duration::from_micros(40 + id % 13),
        };
        self.tell([
            (at, What::Received(received)),
            (at, What::Echoed(echoed)),
            (at + 30, What::BrokerRoundTrip { took: Duration::from_micros(30_000 + id % 7 * 400) }),
        ]);
    }

    /// The first attempt failed on its way up the ladder.
    pub(crate) fn failed(failure: Failure, next_try: Option<Duration>) -> Self {
        let mut desk = Self::set_up();
        desk.runs = Runs::Broker;
        desk.tell([(0, What::Started { wall: wall() }), (0, What::Attempt { number: 1 })]);
        for (stage, begin, took) in LADDER {
            desk.tell([(begin, What::StageStarted(stage))]);
            if stage == failure.stage() {
                desk.tell([(begin + 40, What::Disconnected { failure: Box::new(failure), next_try })]);
                break;
            }
            desk.tell([(begin + took, What::StageDone { stage, took: Duration::from_millis(took) })]);
        }
        desk
    }

    fn draw(&mut self, ui: &mut eframe::egui::Ui) {
        let complaints = self.memory.draft.parse().err().unwrap_or_default();
        let running = self.memory.draft.parse();
        let session = match self.runs {
            Runs::Nothing => Session::None,
            Runs::DemoStarts => Session::DemoStarts,
            runs => Session::Runs {
                profile: &self.profile,
                demo: runs == Runs::Demo,
                outdated: runs == Runs::Broker && running.is_ok_and(|profile| profile != self.profile),
                client_ends: self.judgement.as_ref().and_then(Judgement::client_ends),
            },
        };
        let scene = Scene {
            state: &self.state,
            now: self.state.latest() + self.later,
            wall: wall(),
            session,
            profiles: &self.profiles,
            current: 0,
            untouched: self.untouched,
            first_time: self.first_time,
            complaints: &complaints,
            judgement: self.judgement.as_ref(),
            judging: false,
            picking: self.picking,
            certificates: &self.certificates,
            theme: ThemePreference::System,
            notices: &self.notices,
            places: &self.places,
        };
        let actions = view::root(ui, &scene, &mut self.memory);
        self.actions.extend(actions);
    }

    pub(crate) fn window(self, size: impl Into<Vec2>, theme: Theme, scale: f32) -> Harness<'static, Self> {
        let mut harness = Harness::builder()
            .with_size(size)
            .with_theme(theme)
            .with_pixels_per_point(scale)
            .with_context_setup(theme::install)
            .with_render_cursor(false)
            .wgpu()
            // The harness has a margin of its own; a window has none.
            .build_ui_state(
                |ui, desk: &mut Self| {
                    let window = ui.ctx().content_rect();
                    ui.scope_builder(UiBuilder::new().max_rect(window), |ui| {
                        ui.set_clip_rect(window);
                        desk.draw(ui);
                    });
                },
                self,
            );
        harness.run();
        harness
    }

    /// The window most tests look at.
    pub(crate) fn wide(self) -> Harness<'static, Self> {
        self.window([1600.0, 1000.0], Theme::Dark, 1.0)
    }

    /// The smallest window.
    pub(crate) fn small(self) -> Harness<'static, Self> {
        self.window([960.0, 600.0], Theme::Dark, 1.0)
    }
}

/// Each stage, when it begins and how long it takes, in milliseconds.
pub(crate) const LADDER: [(Stage, u64, u64); 6] = [
    (Stage::Credentials, 0, 1),
    (Stage::Dns, 1, 4),
    (Stage::Tcp, 5, 29),
    (Stage::Tls, 34, 64),
    (Stage::Mqtt, 98, 31),
    (Stage::Subscribe, 129, 30),
];

pub(crate) fn places() -> Vec<Place> {
    let place = |name, folder: &str| Place { name, folder: folder.into() };
    vec![
        place("Settings", "/home/ann/.config/echo-monitor"),
        place("Logs", "/home/ann/.local/state/echo-monitor/logs"),
        place("Crash reports", "/home/ann/.local/state/echo-monitor/crashes"),
    ]
}

pub(crate) fn bench() -> Draft {
    Draft {
        name: "Bench board".into(),
        host: "broker.lab.example".into(),
        ca: "/home/ann/certs/mosquitto.org.crt".into(),
        certificate: "/home/ann/certs/client.crt".into(),
        key: "/home/ann/certs/client.key".into(),
        ..Draft::default()
    }
}

pub(crate) fn connection() -> Connection {
    Connection {
        address: "192.0.2.7:8884".parse().expect("an address"),
        protocol: Protocol::V5,
        tls: Some(TlsFacts {
            version: "TLS 1.3".into(),
            cipher_suite: "TLS13_AES_256_GCM_SHA384".into(),
            key_exchange: "X25519".into(),
            chain: chain(),
            client_certificate_asked: true,
        }),
        client_id: "echo-monitor-4f2a".into(),
        session_present: false,
        keep_alive: 60,
        maximum_packet: None,
        granted: Qos::AtMostOnce,
    }
}

/// The same, to a broker with a certificate of X.509 version 1.
pub(crate) fn version_one() -> Connection {
    let Connection { tls, .. } = connection();
    let chain = vec![Bytes::from_static(include_bytes!("version-1.der"))];
    Connection { tls: tls.map(|tls| TlsFacts { chain, ..tls }), ..connection() }
}

/// A broker's chain: its own certificate and its CA's.
fn chain() -> Vec<Bytes> {
    let made = local::make(&["broker.lab.example", "192.0.2.7"], wall(), 83).expect("certificates");
    let der = |pem: &str| {
        let parsed = x509_parser::pem::parse_x509_pem(pem.as_bytes()).expect("PEM");
        Bytes::from(parsed.1.contents)
    };
    vec![der(&made.server_pem), der(&made.ca_pem)]
}

/// Three files that fit each other, made for this run.
pub(crate) fn files() -> Files {
    let made = local::make(&["broker.lab.example"], wall(), 83).expect("certificates");
    let read = |name: &str, text: &str| Content::Read {
        name: name.into(),
        bytes: Zeroizing::new(text.as_bytes().to_vec()),
        mode: Some(0o600),
    };
    Files {
        ca: read("mosquitto.org.crt", &made.ca_pem),
        certificate: read("client.crt", &made.client_pem),
        key: read("client.key", &made.client_key_pem),
    }
}

pub(crate) fn judgement() -> Judgement {
    credentials::judge(&files(), None, Security::MutualTls, wall())
}

/// The same with the certificate and the key in each other's row.
pub(crate) fn swapped() -> Judgement {
    let Files { ca, certificate, key } = files();
    credentials::judge(&Files { ca, certificate: key, key: certificate }, None, Security::MutualTls, wall())
}
