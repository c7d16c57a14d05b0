//! The credential rows: what each file holds, what is wrong with it, its passphrase; and the chain that the broker presented.

use echo_monitor::{
    failure::Remedy,
    profile::Field,
    view::{Action, Dialog, Pick},
};
use eframe::egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;

use crate::{
    click,
    desk::{Desk, swapped},
};

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
fn an_empty_row_opens_the_file_dialog() {
    let mut window = Desk::first_start().wide();
    window.state_mut().memory.setting_up = true;
    window.run();
    window.get_by_label("Choose a file for the Key").click();
    window.run();
    assert_eq!(window.state().actions, [Action::Pick(Pick::Credential(Field::Key))]);
}

#[test]
fn a_row_unfolds_to_all_its_facts_and_they_are_copied_as_text() {
    let mut window = Desk::set_up().wide();
    assert!(window.query_by_label("Serial").is_none());
    click(&mut window, "All facts of the Certificate");
    for name in [
        "Subject",
        "Issuer",
        "Names",
        "Valid until",
        "Signature",
        "Version",
        "Extended usage",
        "Serial",
        "SHA-256",
    ] {
        window.get_by_label(name);
    }
    click(&mut window, "Copy as text");
    let Some(Action::Copy(text)) = window.state().actions.last() else { panic!() };
    assert!(text.contains("Extended usage: TLS client") && text.contains("ends in 83 days"), "{text}");
    click(&mut window, "All facts of the Certificate");
    assert!(window.query_by_label("Serial").is_none());
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
fn a_passphrase_goes_to_the_keychain_only_when_that_is_ticked() {
    let mut desk = Desk::set_up();
    desk.memory.dialog = Some(Dialog::Passphrase);
    let mut window = desk.wide();
    window.get_by_role_and_label(Role::PasswordInput, "Passphrase").type_text("open");
    window.run();
    click(&mut window, "Open the key");
    assert_eq!(window.state().actions, [Action::KeepPassphrase(false)]);

    window.state_mut().memory.dialog = Some(Dialog::Passphrase);
    window.run();
    window.get_by_role_and_label(Role::PasswordInput, "Passphrase").type_text("open");
    window.run();
    click(&mut window, "Remember it in this computer's keychain");
    window.key_press(Key::Enter);
    window.run();
    assert_eq!(window.state().actions.last(), Some(&Action::KeepPassphrase(true)));
}

#[test]
fn the_brokers_chain_and_what_tls_settled_are_told_and_copied() {
    let mut window = Desk::connected(3).wide();
    click(&mut window, "The broker's certificates and TLS…");
    window.get_by_label("TLS13_AES_256_GCM_SHA384");
    window.get_by_label("X25519");
    window.get_by_label("Echo Monitor throw-away CA");
    click(&mut window, "Copy as text");
    let Some(Action::Copy(text)) = window.state().actions.last() else { panic!() };
    for words in ["Version: TLS 1.3", "DNS broker.lab.example", "Role: CA, self-signed"] {
        assert!(text.contains(words), "{words} in {text}");
    }
}

#[test]
fn a_version_1_certificate_is_accepted_only_with_a_warning_that_stays() {
    let mut desk = Desk::set_up();
    desk.memory.draft.allow_v1_server = true;
    let mut window = desk.wide();
    window.get_by_label_contains("A broker certificate of version 1 is accepted for this profile");
    click(&mut window, "Don't accept it");
    assert!(!window.state().memory.draft.allow_v1_server);
}
