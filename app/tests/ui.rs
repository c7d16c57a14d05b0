//! The window's shell, through what a screen reader sees of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod desk;

use std::time::Duration;

use desk::{Desk, Runs, swapped};
use echo_monitor::{
    failure::{Failure, Loss, TcpFailure, TcpProblem, TlsFailure, Tried},
    view::Action,
};
use eframe::egui::Theme;
use egui_kittest::kittest::Queryable as _;

fn wrong_name() -> Failure {
    use echo_monitor::failure::tls::{Objection, Theirs};
    Failure::Tls(TlsFailure::Theirs(Box::new(Theirs {
        host: "broker.lab.example".into(),
        objection: Objection::WrongName { names: vec!["mqtt.lab.example".into(), "10.1.0.7".into()] },
        presented: None,
    })))
}

fn refused() -> Failure {
    Failure::Tcp(TcpFailure {
        host: "broker.lab.example".into(),
        port: 8884,
        tried: vec![Tried { address: "192.0.2.7:8884".parse().unwrap(), problem: TcpProblem::Refused }],
    })
}

#[test]
fn the_first_page_offers_the_demo_and_a_connection() {
    let mut window = Desk::first_start().small();
    window.get_by_label("Start the demo").click();
    window.run();
    assert_eq!(window.state().actions, [Action::StartDemo]);
    window.get_by_label("Set up a connection").click();
    window.run();
    assert!(window.query_by_label("Start the demo").is_none());
    // Narrow: the form is in the drawer, which is open now.
    window.get_by_label("Host");
}

/// Draws the window in its states into the folder named by `ECHO_MONITOR_SHOTS`.
#[test]
#[ignore = "needs ECHO_MONITOR_SHOTS, a folder for pictures"]
fn pictures() {
    let folder = std::path::PathBuf::from(std::env::var_os("ECHO_MONITOR_SHOTS").unwrap());
    let only = std::env::var("ONLY").unwrap_or_default();
    let states: [(&str, fn() -> Desk); 10] = [
        ("welcome", Desk::first_start),
        ("ready", Desk::set_up),
        ("connected", || Desk::connected(60)),
        ("failed", || Desk::failed(wrong_name(), None)),
        ("waiting", || Desk::failed(refused(), Some(Duration::from_secs(12)))),
        ("lost", || {
            let mut desk = Desk::connected(60);
            let failure = Box::new(Failure::Lost(Loss::Reset));
            desk.tell([(
                61_500,
                echo_monitor::model::event::What::Disconnected {
                    failure,
                    next_try: Some(Duration::from_secs(2)),
                },
            )]);
            desk
        }),
        ("swapped", || {
            let mut desk = Desk::set_up();
            desk.judgement = Some(swapped());
            desk
        }),
        ("advanced", || {
            let mut desk = Desk::set_up();
            desk.memory.advanced = true;
            desk.memory.drawer = true;
            desk.memory.draft.port = "88888".into();
            desk
        }),
        ("demo", || {
            let mut desk = Desk::connected(20);
            desk.runs = Runs::Demo;
            desk.memory.drawer = true;
            desk
        }),
        ("help", || {
            let mut desk = Desk::set_up();
            desk.memory.dialog = Some(echo_monitor::view::Dialog::Help);
            desk
        }),
    ];
    for (name, make) in states {
        if !name.contains(&only) {
            continue;
        }
        for (theme, mode) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
            for (size, scale) in [([960.0, 600.0], 1.0), ([1600.0, 1000.0], 1.0), ([1600.0, 1000.0], 2.0)] {
                if scale > 1.0 && name != "connected" && name != "failed" {
                    continue;
                }
                let mut window = make().window(size, theme, scale);
                let picture = window.render().unwrap();
                let file = format!("{name}-{mode}-{}x{}@{scale}.png", size[0], size[1]);
                picture.save(folder.join(file)).unwrap();
            }
        }
    }
}
