//! The window's shell, through what a screen reader sees of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod desk;

use std::time::Duration;

use desk::{Desk, Runs, swapped};
use echo_monitor::{
    failure::{
        Failure, Loss, Remedy, Stage, TcpFailure, TcpProblem, TlsFailure, Tried,
        tls::{Objection, Theirs},
    },
    model::event::What,
    profile::{Field, Qos, Turn},
    view::{Action, Dialog, Notice, Pick},
};
use eframe::egui::{Key, Modifiers, Pos2, Rect, Role, Theme, ThemePreference, vec2};
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};

/// A state of the window, by name.
type State = (&'static str, fn() -> Desk);

fn wrong_name() -> Failure {
    Failure::Tls(TlsFailure::Theirs(Box::new(Theirs {
        host: "broker.lab.example".into(),
        objection: Objection::WrongName { names: vec!["mqtt.lab.example".into(), "10.1.0.7".into()] },
        presented: None,
        above: Vec::new(),
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

#[test]
fn a_complaint_stands_at_its_field_and_keeps_connect_from_connecting() {
    let mut desk = Desk::set_up();
    desk.memory.draft.port = "88888".into();
    let mut window = desk.wide();
    let complaint = complaint(window.state(), Field::Port);
    let port = window.get_by_role_and_label(Role::TextInput, "Port").rect();
    let below = window.get_by_label(&complaint).rect();
    assert!(below.top() >= port.bottom() && below.top() - port.bottom() < 16.0, "{port} {below}");

    window.get_all_by_label("Connect").next().unwrap().click();
    window.run();
    assert_eq!(window.state().actions, []);

    window.get_by_role_and_label(Role::TextInput, "Port").focus();
    window.run();
    window.key_combination_modifiers(Modifiers::COMMAND, &[Key::A]);
    window.get_by_role_and_label(Role::TextInput, "Port").type_text("8883");
    window.run();
    assert_eq!(window.state().memory.draft.port, "8883");
    assert!(window.query_by_label(&complaint).is_none());
    window.key_combination_modifiers(Modifiers::COMMAND, &[Key::Enter]);
    window.run();
    assert_eq!(window.state().actions, [Action::Connect]);
}

#[test]
fn an_empty_field_is_complained_about_only_when_it_is_time() {
    let mut desk = Desk::set_up();
    desk.memory.draft.host.clear();
    let mut window = desk.small();
    let complaint = complaint(window.state(), Field::Host);
    assert!(window.query_by_label(&complaint).is_none());
    window.get_all_by_label("Connect").next().unwrap().click();
    window.run();
    // Narrow: the drawer with the field opens by itself.
    window.get_by_label(&complaint);
    assert_eq!(window.state().actions, []);
}

#[test]
fn a_complaint_about_a_hidden_field_unfolds_the_form() {
    let mut desk = Desk::set_up();
    desk.memory.draft.subscribe = "a/#/b".into();
    let window = desk.wide();
    window.get_by_label(&complaint(window.state(), Field::Subscribe));
    window.get_by_role_and_label(Role::TextInput, "Board's messages arrive on");
}

#[test]
fn the_form_is_edited_with_the_keyboard_alone() {
    let mut window = Desk::set_up().wide();
    window.get_by_label("Edit").click();
    window.run();
    window.get_by_label("QoS: 1").focus();
    window.run();
    window.key_press(Key::Space);
    window.run();
    assert_eq!(window.state().memory.draft.qos, Qos::AtLeastOnce);
    window.get_by_label("Text turns: Right: abc → cab").click();
    window.get_by_role_and_label(Role::PasswordInput, "Password").focus();
    window.run();
    window.get_by_role_and_label(Role::PasswordInput, "Password").type_text("secret");
    window.run();
    let memory = &window.state().memory;
    assert_eq!((memory.draft.direction, memory.password.as_str()), (Turn::Right, "secret"));
}

#[test]
fn swapped_files_are_told_at_their_rows_with_a_button() {
    let mut desk = Desk::set_up();
    desk.judgement = Some(swapped());
    let mut window = desk.wide();
    for row in ["Certificate: failed", "Key: failed"] {
        assert!(window.query_all_by_label(row).count() > 0);
    }
    window.get_all_by_label_contains("Swap them").next().unwrap().click();
    window.run();
    assert_eq!(window.state().actions, [Action::Remedy(Remedy::SwapFiles)]);
}

#[test]
fn a_row_tells_its_facts_and_its_menu_does_the_rest() {
    let mut window = Desk::set_up().wide();
    assert!(window.query_all_by_label("Key: in order").count() > 0);
    assert!(window.query_all_by_label_contains("fits the certificate").count() > 0);
    window.get_by_label("More for the Certificate").click();
    window.run();
    window.get_by_label("Copy the facts").click();
    window.run();
    let Some(Action::Copy(facts)) = window.state().actions.last() else {
        panic!("{:?}", window.state().actions)
    };
    assert!(facts.contains("echo-client"), "{facts}");

    window.get_by_label("More for the Certificate").click();
    window.run();
    window.get_by_label("Type a path…").click();
    window.run();
    window.get_by_role_and_label(Role::TextInput, "Path").focus();
    window.run();
    window.key_combination_modifiers(Modifiers::COMMAND, &[Key::A]);
    window.get_by_role_and_label(Role::TextInput, "Path").type_text("/tmp/other.crt");
    window.run();
    window.key_press(Key::Enter);
    window.run();
    assert_eq!(window.state().memory.draft.certificate, "/tmp/other.crt");
    assert_eq!(window.state().memory.dialog, None);
}

#[test]
fn a_passphrase_is_tried_when_it_is_complete_and_forgotten_when_cancelled() {
    let mut desk = Desk::set_up();
    desk.memory.dialog = Some(Dialog::Passphrase);
    let mut window = desk.wide();
    window.get_by_role_and_label(Role::PasswordInput, "Passphrase").type_text("open");
    window.run();
    assert_eq!(window.state().memory.passphrase.as_str(), "");
    window.get_by_label("Open the key").click();
    window.run();
    assert_eq!(window.state().memory.passphrase.as_str(), "open");
    assert_eq!(window.state().memory.dialog, None);

    window.state_mut().memory.dialog = Some(Dialog::Passphrase);
    window.run();
    window.get_by_role_and_label(Role::PasswordInput, "Passphrase").type_text("other");
    window.run();
    window.get_by_label("Cancel").click();
    window.run();
    assert_eq!(window.state().memory.passphrase.as_str(), "open");
    assert_eq!(window.state().memory.typed.as_str(), "");
}

#[test]
fn an_empty_row_opens_the_file_dialog() {
    let mut window = Desk::first_start().wide();
    window.state_mut().memory.setting_up = true;
    window.run();
    window.get_by_label("Choose a file for the Key").click();
    window.run();
    assert_eq!(window.state().actions, [Action::Pick(Pick::Credential(Field::Key))]);
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

/// Connected over a fast line to a broker whose answers take 42 ms.
fn advised() -> Desk {
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
fn the_ladder_tells_each_stage_and_its_time() {
    let window = Desk::connected(3).wide();
    for words in [
        "DNS: in order",
        "TCP: in order",
        "TLS 1.3: in order",
        "MQTT 5: in order",
        "Subscribed: in order",
        "64 ms",
    ] {
        window.get_by_label(words);
    }
}

#[test]
fn the_side_panel_is_a_drawer_where_the_window_is_narrow() {
    let mut window = Desk::connected(3).small();
    assert!(window.query_by_label("Host").is_none());
    window.get_by_label("Show the connection").click();
    window.run();
    window.get_by_label("Host");
    window.key_press(Key::Escape);
    window.run();
    assert!(window.query_by_label("Host").is_none());
}

#[test]
fn a_profile_is_renamed_duplicated_and_deleted_only_when_confirmed() {
    let mut window = Desk::set_up().wide();
    let choose = |window: &mut Harness<'_, Desk>, words: &str| {
        window.get_by_label("More for this profile").click();
        window.run();
        window.get_by_label(words).click();
        window.run();
    };
    choose(&mut window, "Rename…");
    window.key_combination_modifiers(Modifiers::COMMAND, &[Key::A]);
    window.get_by_role_and_label(Role::TextInput, "Name").type_text("Roof");
    window.run();
    window.get_by_label("Rename").click();
    window.run();
    choose(&mut window, "Duplicate");
    choose(&mut window, "Delete…");
    window.get_by_label("Keep it").click();
    window.run();
    assert_eq!(window.state().actions, [Action::RenameProfile("Roof".into()), Action::DuplicateProfile]);
    choose(&mut window, "Delete…");
    window.get_by_label("Delete").click();
    window.run();
    assert_eq!(window.state().actions.last(), Some(&Action::DeleteProfile));

    window.get_by_label("Profile: Bench board").click();
    window.run();
    window.get_by_label("Mosquitto test server").click();
    window.run();
    assert_eq!(window.state().actions.last(), Some(&Action::SelectProfile(1)));
}

#[test]
fn the_keys_that_help_promises_work() {
    let mut window = Desk::set_up().wide();
    window.key_press(Key::F1);
    window.run();
    window.get_by_label("FIGURES");
    window.key_press(Key::Escape);
    window.run();
    assert!(window.query_by_label("FIGURES").is_none());
    window.key_combination_modifiers(Modifiers::COMMAND, &[Key::D]);
    window.key_combination_modifiers(Modifiers::COMMAND, &[Key::Enter]);
    window.run();
    assert_eq!(window.state().actions, [Action::StartDemo, Action::Connect]);
}

#[test]
fn tab_reaches_the_form_and_the_ring_is_seen() {
    let mut window = Desk::set_up().wide();
    let reached = (0..40).any(|_| {
        window.key_press(Key::Tab);
        window.run();
        window.get_by_role_and_label(Role::TextInput, "Host").is_focused()
    });
    assert!(reached);
}

#[test]
fn light_and_dark_are_chosen_in_a_menu() {
    let mut window = Desk::set_up().wide();
    window.get_by_label("Light or dark").click();
    window.run();
    window.get_by_label("Light").click();
    window.run();
    assert_eq!(window.state().actions, [Action::SetTheme(ThemePreference::Light)]);
}

#[test]
fn a_notice_stays_until_it_is_dismissed() {
    let mut desk = Desk::connected(3);
    desk.notices.push(Notice {
        id: 7,
        trouble: true,
        text: "The settings file was damaged.".into(),
        offer: None,
    });
    let mut window = desk.small();
    window.get_by_label("The settings file was damaged.");
    window.get_by_label("Dismiss").click();
    window.run();
    assert_eq!(window.state().actions, [Action::DismissNotice(7)]);
}

/// Every state at the smallest size of the drawings: no button is outside the window or over another one.
#[test]
fn at_960_by_600_nothing_is_cut_or_overlaps() {
    let states: [State; 8] = [
        ("advice", advised),
        ("welcome", Desk::first_start),
        ("set up", Desk::set_up),
        ("connected", || Desk::connected(60)),
        ("lost", lost),
        ("failed", || Desk::failed(wrong_name(), None)),
        ("waiting", || Desk::failed(refused(), Some(Duration::from_secs(12)))),
        ("demo", || {
            let mut desk = Desk::connected(20);
            desk.runs = Runs::Demo;
            desk
        }),
    ];
    for (name, make) in states {
        let window = make().small();
        let buttons: Vec<_> = window
            .get_all_by_role(Role::Button)
            .map(|button| (button.accesskit_node().label().unwrap_or_default(), button.rect()))
            .collect();
        assert!(buttons.len() > 2, "{name}: {buttons:?}");
        for (index, (label, rect)) in buttons.iter().enumerate() {
            let inside = Rect::from_min_size(Pos2::ZERO, vec2(960.0, 600.0));
            assert!(inside.contains_rect(*rect), "{name}: {label} is cut: {rect}");
            for (other, over) in &buttons[index + 1..] {
                assert!(
                    !rect.shrink(1.0).intersects(over.shrink(1.0)),
                    "{name}: {label} {rect} over {other} {over}"
                );
            }
        }
    }
}

fn lost() -> Desk {
    let mut desk = Desk::connected(60);
    let failure = Box::new(Failure::Lost(Loss::Reset));
    desk.tell([(61_500, What::Disconnected { failure, next_try: Some(Duration::from_secs(2)) })]);
    desk
}

/// What is wrong with a field of the desk's form.
fn complaint(desk: &Desk, field: Field) -> String {
    let complaints = desk.memory.draft.parse().unwrap_err();
    complaints.into_iter().find(|complaint| complaint.field == field).unwrap().text
}

#[test]
fn files_that_hover_over_the_window_are_promised_their_rows() {
    let mut window = Desk::set_up().wide();
    let calm = window.render().unwrap();
    window.input_mut().hovered_files.push(eframe::egui::HoveredFile::default());
    window.step();
    assert_ne!(calm, window.render().unwrap());
}

/// Draws the window in its states into the folder named by `ECHO_MONITOR_SHOTS`, or among the build's own files.
#[test]
#[ignore = "needs minutes: draws pictures for eyes"]
fn pictures() {
    let folder = std::env::var_os("ECHO_MONITOR_SHOTS").unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").into());
    let folder = std::path::PathBuf::from(folder);
    let only = std::env::var("ONLY").unwrap_or_default();
    let states: [State; 15] = [
        ("welcome", Desk::first_start),
        ("ready", Desk::set_up),
        ("connected", || Desk::connected(60)),
        ("failed", || Desk::failed(wrong_name(), None)),
        ("waiting", || Desk::failed(refused(), Some(Duration::from_secs(12)))),
        ("lost", lost),
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
        ("empty", || {
            let mut desk = Desk::first_start();
            desk.memory.setting_up = true;
            desk.memory.drawer = true;
            desk.memory.tried = true;
            desk
        }),
        ("details", || {
            let mut desk = Desk::set_up();
            desk.memory.dialog = Some(Dialog::Details(Field::Certificate));
            desk
        }),
        ("rename", || {
            let mut desk = Desk::set_up();
            desk.memory.dialog = Some(Dialog::Rename("Bench board".into()));
            desk.notices.push(Notice { id: 1, trouble: false, text: "Copied.".into(), offer: None });
            let text = "The settings file was damaged (invalid type: integer 3, expected a sequence). It is kept as \
                        /home/ann/.config/echo-monitor/settings.damaged-1.toml; this run starts with the defaults.";
            desk.notices.push(Notice { id: 2, trouble: true, text: text.into(), offer: None });
            desk
        }),
        ("advice", advised),
        ("progress", || {
            let mut desk = Desk::set_up();
            desk.runs = Runs::Broker;
            desk.tell([(0, What::Started { wall: desk::wall() }), (0, What::Attempt { number: 1 })]);
            for (stage, begin, took) in desk::LADDER.into_iter().take(3) {
                let took = Duration::from_millis(took);
                desk.tell([(begin, What::StageStarted(stage)), (begin, What::StageDone { stage, took })]);
            }
            desk.tell([(40, What::StageStarted(Stage::Tls))]);
            desk.later = Duration::from_secs(3);
            desk
        }),
        ("help", || {
            let mut desk = Desk::set_up();
            desk.memory.dialog = Some(Dialog::Help);
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
