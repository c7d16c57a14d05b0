//! Profiles that come and go, and what is exported for the board.

use echo_monitor::view::{Action, BoardExport, Dialog, Pick};
use eframe::egui::{Key, Modifiers, Role};
use egui_kittest::{Harness, kittest::Queryable as _};

use crate::{click, desk::Desk};

fn menu(window: &mut Harness<'_, Desk>, words: &str) {
    click(window, "More for this profile");
    click(window, words);
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
fn a_profile_goes_out_and_comes_in_from_its_menu() {
    let mut window = Desk::set_up().wide();
    menu(&mut window, "Import…");
    menu(&mut window, "Export…");
    assert_eq!(window.state().actions, [Action::Pick(Pick::Import), Action::Pick(Pick::Export)]);

    // Where the system has no dialog the path is typed.
    window.state_mut().memory.dialog = Some(Dialog::Path(Pick::Import, String::new()));
    window.run();
    window.get_by_role_and_label(Role::TextInput, "Path").type_text("/mnt/bench.echo-profile");
    window.run();
    click(&mut window, "Import");
    assert_eq!(
        window.state().actions.last(),
        Some(&Action::Picked(Pick::Import, "/mnt/bench.echo-profile".into()))
    );
}

#[test]
fn the_export_for_the_board_warns_of_the_key_and_writes_over_nothing_unasked() {
    let mut window = Desk::set_up().wide();
    menu(&mut window, "Export for the board…");
    assert!(window.query_all_by_label("Private key: needs attention").count() > 0);
    window.get_by_label_contains("whoever has it can be this client");
    click(&mut window, "Export");
    assert_eq!(window.state().actions, [], "where to is not said yet");
    window.get_by_role_and_label(Role::TextInput, "Folder").focus();
    window.run();
    window.get_by_role_and_label(Role::TextInput, "Folder").type_text("/mnt/board");
    window.run();
    click(&mut window, "Export");
    let asked = BoardExport { folder: "/mnt/board".into(), ..BoardExport::default() };
    assert_eq!(window.state().actions, [Action::ExportForBoard(asked.clone())]);

    let exists = vec!["echo-board.toml".to_owned(), "client.key".to_owned()];
    window.state_mut().memory.dialog = Some(Dialog::Board(BoardExport { exists, ..asked }));
    window.run();
    window.get_by_label("Already in that folder: echo-board.toml, client.key. Nothing was written.");
    click(&mut window, "Replace them");
    let Some(Action::ExportForBoard(asked)) = window.state().actions.last() else { panic!() };
    assert!(asked.replace);

    let command = "echo-board --config /mnt/board/echo-board.toml".to_owned();
    let notes = vec!["The board has no QoS 2: it was given QoS 1.".to_owned()];
    window.state_mut().memory.dialog = Some(Dialog::Exported { command: command.clone(), notes });
    window.run();
    window.get_by_label("The board has no QoS 2: it was given QoS 1.");
    click(&mut window, "Copy the command");
    assert_eq!(window.state().actions.last(), Some(&Action::Copy(command)));
}

#[test]
fn a_profile_with_complaints_is_not_exported_for_the_board() {
    let mut desk = Desk::set_up();
    desk.memory.draft.port = "88888".into();
    desk.memory.dialog = Some(Dialog::board("/mnt/board".into()));
    let window = desk.wide();
    window.get_by_label_contains("The profile is not complete");
    assert!(window.query_by_label("Export").is_none());
}
