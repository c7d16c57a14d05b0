//! A connection that failed, broke or is slow: the card, the banner, the advice, and the report that is copied.

use std::time::Duration;

use echo_monitor::{
    failure::{
        CredentialFailure, Failure, Loss, Remedy, TcpFailure, TcpProblem, TlsFailure, Tried,
        tls::{Objection, Theirs},
    },
    model::event::What,
    view::Action,
};
use eframe::egui::Key;
use egui_kittest::{Harness, kittest::Queryable as _};

use crate::{
    click,
    desk::{self, Desk, Runs},
};

pub(crate) fn wrong_name() -> Failure {
    Failure::Tls(TlsFailure::Theirs(Box::new(Theirs {
        host: "broker.lab.example".into(),
        objection: Objection::WrongName { names: vec!["mqtt.lab.example".into(), "10.1.0.7".into()] },
        presented: None,
        above: Vec::new(),
    })))
}

pub(crate) fn refused() -> Failure {
    Failure::Tcp(TcpFailure {
        host: "broker.lab.example".into(),
        port: 8884,
        tried: vec![Tried { address: "192.0.2.7:8884".parse().unwrap(), problem: TcpProblem::Refused }],
    })
}

pub(crate) fn lost() -> Desk {
    let mut desk = Desk::connected(60);
    let failure = Box::new(Failure::Lost(Loss::Reset));
    desk.tell([(61_500, What::Disconnected { failure, next_try: Some(Duration::from_secs(2)) })]);
    desk
}

/// Connected over a fast line to a broker whose answers take 42 ms.
pub(crate) fn advised() -> Desk {
    let mut desk = Desk::set_up();
    desk.runs = Runs::Broker;
    desk.tell([(0, What::Started { wall: desk::wall() }), (0, What::Attempt { number: 1 })]);
    for (stage, begin, _) in desk::LADDER {
        let took = Duration::from_micros(400);
        desk.tell([(begin, What::StageStarted(stage)), (begin, What::StageDone { stage, took })]);
    }
    desk.tell([(160, What::Connected(Box::new(desk::connection())))]);
    desk.tell((1..60).map(|second| {
        (second * 1_000, What::BrokerRoundTrip { took: Duration::from_micros(42_000 + second % 7 * 90) })
    }));
    desk
}

/// What the button of this name puts on the clipboard.
fn copied(window: &mut Harness<'_, Desk>, button: &str) -> String {
    window.get_by_label(button).click();
    window.run();
    match window.state().actions.last() {
        Some(Action::Copy(text)) => text.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_failure_says_who_what_why_and_offers_the_remedy() {
    let mut window = Desk::failed(wrong_name(), None).wide();
    let advice = wrong_name().advice();
    window.get_by_label(&advice.what);
    window.get_by_label(&advice.why);
    // In the card and on the ladder.
    assert_eq!(window.query_all_by_label("TLS: failed").count(), 2);
    window.get_all_by_label_contains("Use this name").next().unwrap().click();
    window.run();
    assert_eq!(window.state().actions, [Action::Remedy(Remedy::UseHost("mqtt.lab.example".into()))]);

    let report = copied(&mut window, "Copy report");
    for words in [&advice.who, &advice.what, &advice.why, &advice.next[0].text] {
        assert!(report.contains(words.as_str()), "{words} in {report}");
    }
    for words in ["broker.lab.example, port 8884", "✔ DNS", "✕ TLS", "✔ Certificate: client.crt"] {
        assert!(report.contains(words), "{words} in {report}");
    }
}

#[test]
fn the_evidence_is_folded_until_asked_for() {
    let mut window = Desk::failed(refused(), Some(Duration::from_secs(12))).wide();
    let (_, value) = refused().advice().evidence.remove(0);
    assert!(window.query_by_label(&value).is_none());
    window.get_by_label_contains("Evidence").click();
    window.run();
    window.get_by_label(&value);
}

#[test]
fn while_it_waits_for_the_next_try_one_can_try_now_or_stop() {
    let mut window = Desk::failed(refused(), Some(Duration::from_secs(12))).wide();
    window.get_by_label_contains("next try in 12 s");
    window.get_by_label("Try now").click();
    window.run();
    window.get_by_label("Stop").click();
    window.run();
    assert_eq!(window.state().actions, [Action::TryNow, Action::Disconnect]);
}

/// Whether what was changed was the remedy, the next try tells; until then the failure stays in sight.
#[test]
fn a_form_changed_after_a_failure_is_tried_in_the_same_place() {
    let mut desk = Desk::failed(wrong_name(), None);
    assert!(says_nothing_of_changes(Desk::failed(wrong_name(), None)));
    desk.memory.draft.host = "mqtt.lab.example".into();
    let mut window = desk.wide();
    window.get_by_label("The connection was changed after this failure.");
    click(&mut window, "Try with the changes");
    assert_eq!(window.state().actions, [Action::Connect]);

    // The files of the same form can be others now.
    let mismatch = || Failure::Credentials(CredentialFailure::KeyMismatch);
    let mut desk = Desk::failed(mismatch(), None);
    desk.judgement = Some(desk::swapped());
    assert!(says_nothing_of_changes(desk));
    let mut window = Desk::failed(mismatch(), None).wide();
    window.get_by_label("The credentials can be used now.");
    click(&mut window, "Try with the changes");
    assert_eq!(window.state().actions, [Action::Connect]);
}

fn says_nothing_of_changes(desk: Desk) -> bool {
    desk.wide().query_by_label("Try with the changes").is_none()
}

#[test]
fn a_connection_that_breaks_leaves_its_figures_in_sight() {
    let mut window = lost().wide();
    let what = Failure::Lost(Loss::Reset).advice().what;
    window.get_by_label(&what);
    window.get_by_label("MESSAGES");
    window.get_by_label("What to do").click();
    window.run();
    assert!(window.query_by_label("MESSAGES").is_none());
    window.get_by_label("Show the figures of the last session").click();
    window.run();
    window.get_by_label("MESSAGES");
}

#[test]
fn a_slow_broker_is_told_above_the_figures_until_it_is_put_away() {
    let mut window = advised().wide();
    window.get_by_label("The broker probably sends without TCP_NODELAY");
    window.get_by_label("What to do").click();
    window.run();
    window.get_by_label_contains("set_tcp_nodelay true");
    window.key_press(Key::Escape);
    window.run();
    window.get_by_label("Put this away").click();
    window.run();
    assert!(window.query_by_label("The broker probably sends without TCP_NODELAY").is_none());
    // What was allowed against the rules stays in sight.
    let mut desk = advised();
    desk.profile.allow_v1_server = true;
    desk.memory.put_away = vec!["delayed-acknowledgements"];
    desk.tell([(90_000, What::Connected(Box::new(desk::version_one())))]);
    let window = desk.wide();
    window.get_by_label("The broker's certificate is of X.509 version 1");
    assert!(window.query_by_label("Put this away").is_none());
}

#[test]
fn the_report_can_be_copied_at_any_time_and_tells_no_secret() {
    let mut desk = Desk::connected(3);
    desk.memory.password = "geheim".to_owned().into();
    desk.memory.passphrase = "open sesame".to_owned().into();
    let mut window = desk.wide();
    window.get_by_label("More for this profile").click();
    window.run();
    let report = copied(&mut window, "Copy the report");
    assert!(report.contains("Result: it works") && report.contains("TLS 1.3"), "{report}");
    for secret in ["geheim", "open sesame", "PRIVATE KEY", "/home/ann"] {
        assert!(!report.contains(secret), "{secret} in {report}");
    }

    let mut demo = Desk::connected(3);
    demo.runs = Runs::Demo;
    let report = copied(&mut demo.wide(), "Copy report");
    assert!(report.contains("the demo"), "{report}");
    // The files in the form are not the demo's.
    assert!(!report.contains("Credentials"), "{report}");
}
