//! Help, as a person finds it: its pages, its keys, the licences; the hints of the first time; what a notice offers.

use echo_monitor::view::{Action, Dialog, Notice, help::Page};
use eframe::egui::{Key, Modifiers, Pos2, Rect, Role, vec2};
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};

use crate::{
    desk::{Desk, places},
    pictures,
};

const PAGES: [(Page, &str, &str); 5] = [
    (Page::Words, "Words", "Residence"),
    (Page::Wire, "The wire", "Rotation"),
    (Page::Keys, "Keys", "Ctrl+Enter"),
    (Page::Certificates, "Certificates", "test.mosquitto.org: its CA file"),
    (Page::About, "About", "Crash reports"),
];

fn on(page: Page) -> Desk {
    let mut desk = Desk::set_up();
    desk.memory.dialog = Some(Dialog::Help);
    desk.memory.help.page = page;
    desk
}

fn hinted() -> Desk {
    let mut desk = Desk::connected(60);
    desk.first_time = true;
    desk
}

fn crashed() -> Desk {
    let mut desk = Desk::first_start();
    let folder = places().pop().unwrap().folder;
    desk.notices.push(Notice {
        id: 3,
        trouble: true,
        text: "Echo Monitor crashed. A report says where; it holds no messages and no passwords.".into(),
        offer: Some(("Open the folder", Action::OpenFolder(folder))),
    });
    desk
}

#[test]
fn each_page_is_reached_by_its_name_and_closed_by_escape() {
    let mut window = Desk::set_up().small();
    window.get_by_label("Help (F1)").click();
    window.run();
    for (_, name, words) in PAGES {
        let tab = window.get_all_by_role_and_label(Role::Button, name).last().unwrap();
        tab.click();
        window.run();
        assert!(window.query_all_by_label(words).count() > 0, "{words} on the page {name}");
    }
    window.key_press(Key::Escape);
    window.run();
    assert_eq!(window.state().memory.dialog, None);
}

#[test]
fn the_wire_is_told_as_the_profile_has_it() {
    let mut desk = on(Page::Wire);
    desk.memory.draft.subscribe = "roof/7/out".into();
    desk.memory.draft.keep_alive = "77".into();
    let window = desk.wide();
    window.get_by_label("It publishes on roof/7/out");
    window.get_by_label("The echoes are published on azuresphere/sample/device");
    window.get_by_label("77 s from here");
    for words in ["abc → bca", "up to 128 bytes"] {
        assert!(window.query_all_by_label_contains(words).count() > 0, "{words}");
    }
}

#[test]
fn the_keyboard_alone_reads_a_licence() {
    let mut window = on(Page::About).small();
    let search =
        |window: &Harness<'_, Desk>| window.get_all_by_role(Role::TextInput).next().unwrap().is_focused();
    let reached = (0..40).any(|_| {
        window.key_press(Key::Tab);
        window.run();
        search(&window)
    });
    assert!(reached, "Tab reaches the search");
    for letter in ["e", "g", "u", "i", "_", "k", "e", "b", "a", "b"] {
        window.event(eframe::egui::Event::Text(letter.into()));
        window.run();
    }
    window.get_by_label("Nothing of that name or licence.");
    window.key_combination_modifiers(Modifiers::COMMAND, &[Key::A]);
    window.event(eframe::egui::Event::Text("webpki".into()));
    window.run();
    let name = window
        .get_all_by_role(Role::Link)
        .find_map(|link| link.accesskit_node().label().filter(|name| name.starts_with("rustls-webpki ")))
        .expect("rustls-webpki");
    let reached = (0..8).any(|_| {
        window.key_press(Key::Tab);
        window.run();
        window.get_by_role_and_label(Role::Link, &name).is_focused()
    });
    assert!(reached, "Tab reaches the row");
    window.key_press(Key::Enter);
    window.run();
    window.get_by_label(&name);
    assert!(window.query_all_by_label_contains("Permission to use, copy, modify").count() > 0);
    window.key_press(Key::Backspace);
    window.run();
    assert!(window.query_all_by_role(Role::TextInput).count() > 0, "back at the list");
}

#[test]
fn the_list_of_licences_is_long_and_what_is_drawn_of_it_is_short() {
    let mut window = on(Page::About).wide();
    let links = |window: &Harness<'_, Desk>| window.get_all_by_role(Role::Link).count();
    assert!(links(&window) < 40, "{}", links(&window));
    // A crate's link begins with its name and its version; other links stand above the list.
    let versioned = |name: &String| {
        name.split(' ')
            .nth(1)
            .is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit()))
    };
    let first = window
        .get_all_by_role(Role::Link)
        .find_map(|link| link.accesskit_node().label().filter(versioned))
        .expect("a crate");
    window.key_press(Key::PageDown);
    window.run();
    assert!(window.query_by_label(&first).is_none(), "{first} has scrolled away");
}

#[test]
fn the_page_about_certificates_leads_to_where_they_are_made() {
    let mut window = on(Page::Certificates).small();
    window.get_by_role_and_label(Role::Link, "Get certificates").click();
    window.run();
    assert!(window.state().memory.dialog.is_none());
    window.get_by_label("A CA signs my request");
}

#[test]
fn a_folder_is_opened_from_about() {
    let mut window = on(Page::About).wide();
    window.get_by_label("Open the folder: Logs").click();
    window.run();
    assert_eq!(window.state().actions, [Action::OpenFolder(places()[1].folder.clone())]);
    window.get_by_label("Copy the version").click();
    window.run();
    let Some(Action::Copy(version)) = window.state().actions.last() else { panic!() };
    assert!(version.contains(env!("CARGO_PKG_VERSION")), "{version}");
}

#[test]
fn a_crash_is_told_with_its_folder() {
    let mut window = crashed().small();
    window.get_by_label("Open the folder").click();
    window.run();
    let folder = places().pop().unwrap().folder;
    assert_eq!(window.state().actions, [Action::OpenFolder(folder), Action::DismissNotice(3)]);
}

#[test]
fn the_hints_are_there_until_they_were_read() {
    let mut window = hinted().small();
    window.get_by_label("What the words mean").click();
    window.run();
    assert_eq!(window.state().memory.dialog, Some(Dialog::Help));
    window.key_press(Key::Escape);
    window.run();
    window.get_by_label("Got it").click();
    window.run();
    assert_eq!(window.state().actions, [Action::HintsRead]);
    window.state_mut().first_time = false;
    window.run();
    assert!(window.query_by_label("Got it").is_none());
}

#[test]
fn at_960_by_600_no_page_is_cut() {
    for (page, name, _) in PAGES {
        let window = on(page).small();
        let inside = Rect::from_min_size(Pos2::ZERO, vec2(960.0, 600.0));
        let close = window.get_by_label("Close").rect();
        assert!(inside.shrink(24.0).contains_rect(close), "{name}: Close is cut: {close}");
        let tabs: Vec<_> = PAGES
            .iter()
            .map(|(_, tab, _)| window.get_all_by_role_and_label(Role::Button, tab).last().unwrap().rect())
            .collect();
        for pair in tabs.windows(2) {
            assert!(pair[0].right() <= pair[1].left(), "{name}: {pair:?}");
        }
    }
}

#[test]
#[ignore = "needs minutes: draws pictures for eyes"]
fn pictures() {
    let text = || {
        let mut window = on(Page::About).wide();
        let link = window.get_all_by_role(Role::Link).nth(6).unwrap();
        link.click();
        window.run();
        let mut desk = on(Page::About);
        std::mem::swap(&mut desk.memory, &mut window.state_mut().memory);
        desk
    };
    type Make = Box<dyn Fn() -> Desk>;
    let mut states: Vec<(String, Make)> = PAGES
        .iter()
        .map(|&(page, ..)| (format!("help-{page:?}").to_lowercase(), Box::new(move || on(page)) as Make))
        .collect();
    states.push(("help-licence".into(), Box::new(text)));
    states.push(("hints".into(), Box::new(hinted)));
    states.push(("crashed".into(), Box::new(crashed)));
    for (name, make) in states {
        pictures::draw(&name, make, true);
    }
}
