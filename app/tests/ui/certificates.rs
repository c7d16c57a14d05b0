//! The page *Get certificates*.

use std::time::Duration;

use echo_monitor::{
    credentials::{self, request::KeyKind},
    profile::{Field, Security},
    view::{
        Action, Dialog, Pick,
        certificates::{Answered, LocalFiles, Requested, Way, Wish, Work},
    },
};
use eframe::egui::{Key, Role};
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};

use crate::{
    click,
    desk::{self, Desk},
    pictures::{self, State},
};

const PEM: &str = "-----BEGIN CERTIFICATE REQUEST-----\nMIH…\n-----END CERTIFICATE REQUEST-----\n";

fn page() -> Desk {
    let mut desk = Desk::first_start();
    desk.memory.certificates.open = true;
    desk.memory.certificates.folder = "/home/ann/echo-monitor/client".into();
    desk.memory.certificates.local_folder = "/home/ann/echo-monitor/local-ca".into();
    desk.memory.certificates.names = "localhost, 192.168.1.20".into();
    desk.memory.certificates.port = "8884".into();
    desk.memory.certificates.days = "90".into();
    desk
}

fn requested() -> Desk {
    let mut desk = page();
    desk.certificates.request = Work::Done(Requested {
        key: "/home/ann/echo-monitor/client/client.key".into(),
        request: "/home/ann/echo-monitor/client/client.csr".into(),
        pem: PEM.into(),
    });
    desk
}

fn answered() -> Desk {
    let mut desk = requested();
    desk.certificates.answer = Some(Ok(Answered {
        path: "/home/ann/echo-monitor/client/client.crt".into(),
        summary: "board-1 · P-256 · ends in 90 days".into(),
        issuer: "mosquitto.org".into(),
    }));
    desk
}

fn local() -> Desk {
    let mut desk = page();
    desk.memory.certificates.way = Way::Local;
    let folder = "/home/ann/echo-monitor/local-ca";
    desk.certificates.local = Work::Done(LocalFiles {
        ca: format!("{folder}/ca.crt"),
        certificate: format!("{folder}/client.crt"),
        key: format!("{folder}/client.key"),
        names: ["ca.crt", "server.crt", "server.key", "client.crt", "client.key", "mosquitto.conf"]
            .map(str::to_owned)
            .to_vec(),
        folder: folder.into(),
        command: format!("mosquitto -c {folder}/mosquitto.conf"),
        host: "localhost".into(),
        port: "8884".into(),
    });
    desk
}

fn wishes(window: &Harness<'_, Desk>) -> Vec<Wish> {
    let wish = |action: &Action| match action {
        Action::Certificates(wish) => Some(*wish),
        _ => None,
    };
    window.state().actions.iter().filter_map(wish).collect()
}

#[test]
fn the_page_is_reached_from_wherever_certificates_are_missing() {
    let mut window = Desk::first_start().small();
    click(&mut window, "No certificates yet? Get them");
    window.get_by_label("Step 1, A key and a signing request: now");
    click(&mut window, "Back");
    window.get_by_label("Start the demo");

    // From the rows.
    let mut window = Desk::set_up().wide();
    click(&mut window, "No certificates yet? Get them");
    window.get_by_label("Step 1, A key and a signing request: now");
    window.key_press(Key::Escape);
    window.run();
    assert!(!window.state().memory.certificates.open);
}

#[test]
fn a_request_is_typed_and_made_with_the_keyboard_alone() {
    let mut window = page().wide();
    let name = window.get_by_role_and_label(Role::TextInput, "Name");
    name.focus();
    window.run();
    window.get_by_role_and_label(Role::TextInput, "Name").type_text("board-1");
    window.run();
    window.get_by_label("Key: RSA 3072").focus();
    window.run();
    window.key_press(Key::Space);
    window.run();
    click(&mut window, "More about who it is: organization, place");
    window.get_by_role_and_label(Role::TextInput, "Country").focus();
    window.run();
    window.get_by_role_and_label(Role::TextInput, "Country").type_text("CH");
    window.run();
    window.get_by_label("Make the key and the request").focus();
    window.run();
    window.key_press(Key::Enter);
    window.run();
    let typed = &window.state().memory.certificates;
    assert_eq!(
        (typed.subject.common_name.as_str(), typed.subject.country.as_str(), typed.kind),
        ("board-1", "CH", KeyKind::Rsa3072)
    );
    assert_eq!(wishes(&window), [Wish::MakeRequest { replace: false }]);
    assert!(window.query_by_label("Copy the request").is_none(), "a step whose turn has not come is closed");
}

/// From a certificate that has ended to a request for its own key, under the name that it had.
#[test]
fn a_certificate_that_ended_is_renewed_for_its_own_key() {
    let mut desk = Desk::set_up();
    let later = desk::wall() + Duration::from_secs(100 * 86_400);
    desk.judgement = Some(credentials::judge(&desk::files(), None, Security::MutualTls, later));
    let mut window = desk.wide();
    click(&mut window, "Renew it: Have a new certificate issued for the same key.");
    assert_eq!(window.state().memory.certificates.subject.common_name, "echo-client");
    assert!(window.query_by_label("Key: RSA 3072").is_none(), "no key is made");
    click(&mut window, "Make the request");
    assert_eq!(wishes(&window), [Wish::MakeRequest { replace: false }]);
    click(&mut window, "For which key: A new one");
    window.get_by_label("Key: RSA 3072");
}

#[test]
fn while_a_key_is_made_it_tells_the_time_and_can_be_cancelled() {
    let mut desk = page();
    desk.certificates.request = Work::Running(Duration::from_secs(7));
    let mut window = desk.wide();
    window.get_by_label("Making it… 7 s");
    click(&mut window, "Cancel");
    assert_eq!(wishes(&window), [Wish::Cancel]);
}

#[test]
fn what_is_in_the_way_is_named_and_not_written_over_unasked() {
    let mut desk = page();
    desk.certificates.request = Work::Exists(vec!["client.key".into(), "client.csr".into()]);
    let mut window = desk.wide();
    window.get_by_label("Already in that folder: client.key, client.csr. Nothing was written.");
    click(&mut window, "Go on with the files that are there");
    click(&mut window, "Replace them");
    assert_eq!(wishes(&window), [Wish::Resume, Wish::MakeRequest { replace: true }]);
}

#[test]
fn the_request_is_copied_the_answer_pasted_and_the_rows_filled() {
    let mut window = requested().wide();
    window.get_by_label("Step 1, A key and a signing request: done");
    window.get_by_label("Step 4, Use them: later");
    click(&mut window, "Copy the request");
    click(&mut window, "Open test.mosquitto.org/ssl");
    assert_eq!(
        window.state().actions,
        [Action::Copy(PEM.into()), Action::OpenPage("https://test.mosquitto.org/ssl/")]
    );
    assert!(window.get_by_label("Check it").accesskit_node().is_disabled(), "there is nothing to check yet");
    window.get_by_label("The certificate, pasted").focus();
    window.run();
    window.get_by_label("The certificate, pasted").type_text("-----BEGIN CERTIFICATE-----");
    window.run();
    click(&mut window, "Check it");
    click(&mut window, "Choose the file…");
    assert_eq!(wishes(&window), [Wish::Check]);
    assert_eq!(window.state().actions.last(), Some(&Action::Pick(Pick::Answer)));

    let why = "This certificate names board-2 and was made for another key. Load the answer to this request.";
    window.state_mut().certificates.answer = Some(Err(why.into()));
    window.run();
    window.get_by_label(why);
    assert!(window.query_by_label("Use them in this profile").is_none());

    let mut window = answered().wide();
    window.get_by_label_contains("It belongs to your key. Issued by mosquitto.org.");
    click(&mut window, "Use them in this profile");
    click(&mut window, "Choose the CA file…");
    assert_eq!(wishes(&window), [Wish::UseAnswer]);
    assert_eq!(window.state().actions.last(), Some(&Action::Pick(Pick::Credential(Field::Ca))));
}

#[test]
fn a_throw_away_ca_says_how_the_broker_is_started() {
    let mut window = page().wide();
    click(&mut window, "A throw-away CA for my own broker");
    click(&mut window, "Make the CA and the certificates");
    assert_eq!(wishes(&window), [Wish::MakeLocal { replace: false }]);
    click(&mut window, "Choose… the folder");
    assert_eq!(window.state().actions.last(), Some(&Action::Pick(Pick::LocalFolder)));

    let mut window = local().wide();
    click(&mut window, "Copy the command");
    let command = "mosquitto -c /home/ann/echo-monitor/local-ca/mosquitto.conf";
    assert_eq!(window.state().actions, [Action::Copy(command.into())]);
    assert!(window.query_by_label("Make the CA and the certificates").is_none(), "one thing to do at a time");
    click(&mut window, "Make another one");
    click(&mut window, "Use them in this profile");
    assert_eq!(wishes(&window), [Wish::Again, Wish::UseLocal]);
}

/// At the smallest size of the drawings no button of the page is over another one or outside at the sides.
#[test]
fn at_960_by_600_nothing_of_the_page_is_cut() {
    for make in [page, requested, answered, local] {
        let window = make().small();
        let buttons: Vec<_> = window
            .get_all_by_role(Role::Button)
            .map(|button| (button.accesskit_node().label().unwrap_or_default(), button.rect()))
            .collect();
        for (index, (label, rect)) in buttons.iter().enumerate() {
            assert!(rect.left() >= 0.0 && rect.right() <= 960.0, "{label} is cut: {rect}");
            for (other, over) in &buttons[index + 1..] {
                assert!(!rect.shrink(1.0).intersects(over.shrink(1.0)), "{label} {rect} over {other} {over}");
            }
        }
    }
}

/// Draws the page in its states.
#[test]
#[ignore = "needs minutes: draws pictures for eyes"]
fn pictures() {
    let states: [State; 9] = [
        ("certificates", page),
        ("certificates-more", || {
            let mut desk = page();
            desk.memory.certificates.more = true;
            desk.certificates.request = Work::Exists(vec!["client.key".into(), "client.csr".into()]);
            desk
        }),
        ("certificates-requested", requested),
        ("certificates-answered", answered),
        ("certificates-local", local),
        ("certificates-local-new", || {
            let mut desk = page();
            desk.memory.certificates.way = Way::Local;
            desk.certificates.local =
                Work::Failed("“bro ker” is neither a host name nor an IP address.".into());
            desk
        }),
        ("board", || {
            let mut desk = Desk::set_up();
            desk.memory.dialog = Some(Dialog::board("/home/ann/board".into()));
            desk
        }),
        ("board-done", || {
            let mut desk = Desk::set_up();
            desk.memory.dialog = Some(Dialog::Exported {
                command: "echo-board --config /home/ann/board/echo-board.toml".into(),
                notes: vec![
                    "The board has no QoS 2: it was given QoS 1.".into(),
                    "Not all keys are P-256: a firmware for the MPS2 needs its feature “rsa”.".into(),
                ],
            });
            desk
        }),
        ("passphrase", || {
            let mut desk = Desk::set_up();
            desk.memory.dialog = Some(Dialog::Passphrase);
            desk
        }),
    ];
    for (name, make) in states {
        pictures::draw(name, make, name == "certificates-answered");
    }
}
