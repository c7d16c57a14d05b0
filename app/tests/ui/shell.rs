//! The window's shell: the first page, the form, the ladder, the keys, notices.

use std::time::Duration;

use echo_monitor::{
    failure::Stage,
    model::event::What,
    profile::{Field, Qos, Turn},
    view::{Action, Dialog, Notice},
};
use eframe::egui::{Key, Modifiers, Pos2, Rect, Role, ThemePreference, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::{
    desk::{self, Desk, Runs, swapped},
    failures::{advised, lost, refused, wrong_name},
    pictures::{self, State},
};

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

/// Draws the window in its states.
#[test]
#[ignore = "needs minutes: draws pictures for eyes"]
fn pictures() {
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
        pictures::draw(name, make, matches!(name, "connected" | "failed"));
    }
}
