//! The form: which broker, which topics, how. It edits the draft and nothing else.

use eframe::egui::{Align2, Response, TextEdit, Ui, vec2};
use zeroize::Zeroizing;

use super::{
    Pass, parts,
    theme::{CONTROL, Palette, Type, space},
    top,
};
use crate::profile::{Draft, Field, Protocol, Qos, Security, Turn};

/// Width of the port's field in points.
const PORT: f32 = 72.0;
/// The fields that one line stands for until *Edit*.
const HIDDEN: [Field; 5] =
    [Field::Subscribe, Field::Publish, Field::KeepAlive, Field::ClientId, Field::Username];

pub(super) fn show(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    parts::label_caps(ui, "Broker");
    address(ui, pass);
    let hidden_complaint = HIDDEN.into_iter().any(|field| pass.complaint(field).is_some());
    if pass.memory.advanced || hidden_complaint {
        advanced(ui, pass);
        if !hidden_complaint && parts::link_button(ui, "Done").clicked() {
            pass.memory.advanced = false;
        }
    } else {
        summary(ui, pass);
    }
}

fn address(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let (host, port) = (pass.complaint(Field::Host), pass.complaint(Field::Port));
    ui.horizontal_top(|ui| {
        let width = ui.available_width() - PORT - space::S;
        let draft = &mut pass.memory.draft;
        for (name, complaint, value, hint, width) in [
            ("Host", host, &mut draft.host, "broker.example", width),
            ("Port", port, &mut draft.port, "8883", PORT),
        ] {
            ui.scope(|ui| {
                if complaint.is_some() {
                    parts::mark_wrong(ui);
                }
                text(ui, name, None, value, hint, width);
            });
        }
    });
    // Below both: a port's own column is too narrow for a sentence.
    for (name, complaint) in [("Host", host), ("Port", port)] {
        if let Some(words) = complaint {
            parts::complaint(ui, name, words);
        }
    }
}

/// What the hidden fields say, in one line.
fn summary(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let p = Palette::of(ui);
    ui.scope(|ui| {
        // A row of words is as high as its words.
        ui.spacing_mut().interact_size.y = 0.0;
        ui.spacing_mut().item_spacing = vec2(space::XS, 0.0);
        ui.horizontal_wrapped(|ui| {
            ui.label(Type::Secondary.text(in_one_line(&pass.memory.draft), p.muted));
            if parts::link_button(ui, "Edit").clicked() {
                pass.memory.advanced = true;
            }
        });
    });
}

fn in_one_line(draft: &Draft) -> String {
    let mut parts = vec![top::protocol(draft.protocol).to_owned(), format!("QoS {}", u8::from(draft.qos))];
    if draft.security != Security::MutualTls {
        parts.push(top::security(draft.security).to_owned());
    }
    if draft.direction == Turn::Right {
        parts.push("turns right".to_owned());
    }
    if !draft.username.is_empty() {
        parts.push(format!("as {}", draft.username));
    }
    parts.push(format!("{} → {}", draft.subscribe, after_common_levels(&draft.subscribe, &draft.publish)));
    parts.join(" · ")
}

/// `b` without the topic levels that it begins with like `a`: what differs.
fn after_common_levels<'b>(a: &str, b: &'b str) -> &'b str {
    let common = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let level = b.as_bytes()[..common].iter().rposition(|&byte| byte == b'/');
    let rest = level.map_or(b, |slash| &b[slash + 1..]);
    if rest.is_empty() { b } else { rest }
}

fn advanced(ui: &mut Ui, pass: &mut Pass<'_, '_>) {
    let [subscribe, publish, keep_alive, client_id, username] = HIDDEN.map(|field| pass.complaint(field));
    let width = ui.available_width();
    let draft = &mut pass.memory.draft;
    choices(
        ui,
        "Security",
        &mut draft.security,
        &[(Security::MutualTls, "Certificate"), (Security::Tls, "TLS"), (Security::Plain, "None")],
    );
    ui.horizontal_top(|ui| {
        choices(ui, "MQTT", &mut draft.protocol, &[(Protocol::V5, "5"), (Protocol::V311, "3.1.1")]);
        ui.add_space(space::S);
        choices(
            ui,
            "QoS",
            &mut draft.qos,
            &[(Qos::AtMostOnce, "0"), (Qos::AtLeastOnce, "1"), (Qos::ExactlyOnce, "2")],
        );
    });
    text(ui, "Board's messages arrive on", subscribe, &mut draft.subscribe, "topic filter", width);
    text(ui, "Echoes are published on", publish, &mut draft.publish, "topic", width);
    choices(
        ui,
        "Text turns",
        &mut draft.direction,
        &[(Turn::Left, "Left: abc → bca"), (Turn::Right, "Right: abc → cab")],
    );
    ui.horizontal_top(|ui| {
        ui.allocate_ui(vec2(90.0, 0.0), |ui| {
            text(ui, "Keep alive, s", keep_alive, &mut draft.keep_alive, "60", 90.0);
        });
        let rest = width - 90.0 - space::S;
        text(ui, "Client ID", client_id, &mut draft.client_id, "random", rest);
    });
    let half = (width - space::S) / 2.0;
    ui.horizontal_top(|ui| {
        text(ui, "User name", username, &mut draft.username, "none", half);
        password(ui, "Password", &mut pass.memory.password, half);
    });
    if draft.security != Security::Plain {
        ui.checkbox(&mut draft.allow_v1_server, "Allow a version 1 broker certificate");
    }
}

/// A text field under its name.
pub(super) fn text(
    ui: &mut Ui,
    name: &str,
    complaint: Option<&str>,
    value: &mut String,
    hint: &str,
    width: f32,
) -> Response {
    let hint = Type::Body.text(hint, Palette::of(ui).muted);
    parts::field(ui, name, complaint, |ui| {
        ui.add(
            TextEdit::singleline(value)
                .hint_text(hint)
                .desired_width(width)
                .min_size(vec2(width, CONTROL))
                .align(Align2::LEFT_CENTER),
        )
    })
}

/// A field that shows dots. What is typed is not part of the draft, so it is never stored.
pub(super) fn password(ui: &mut Ui, name: &str, value: &mut Zeroizing<String>, width: f32) -> Response {
    let hint = Type::Body.text("not stored", Palette::of(ui).muted);
    let field = parts::field(ui, name, None, |ui| {
        let edit = TextEdit::singleline(&mut **value).password(true).hint_text(hint);
        ui.add(edit.desired_width(width).min_size(vec2(width, CONTROL)).align(Align2::LEFT_CENTER))
    });
    // Undo would keep what was typed for longer than it is needed.
    if let Some(mut state) = TextEdit::load_state(ui.ctx(), field.id) {
        state.clear_undoer();
        TextEdit::store_state(ui.ctx(), field.id, state);
    }
    field
}

/// A few choices in a row, one of them chosen.
pub(super) fn choices<T: PartialEq + Copy>(ui: &mut Ui, name: &str, value: &mut T, all: &[(T, &str)]) {
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        parts::secondary(ui, name);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            ui.spacing_mut().button_padding.x = 10.0;
            for (choice, words) in all {
                let pressed = value == choice;
                if parts::toggle_button(ui, pressed, words)
                    .accessible_name(format!("{name}: {words}"))
                    .clicked()
                {
                    *value = *choice;
                }
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_says_what_the_hidden_fields_hold() {
        let draft = Draft::default();
        assert_eq!(in_one_line(&draft), "MQTT 5 · QoS 0 · azuresphere/sample/host → device");
        let draft = Draft {
            security: Security::Plain,
            direction: Turn::Right,
            username: "ann".into(),
            publish: "x".into(),
            ..draft
        };
        assert_eq!(
            in_one_line(&draft),
            "MQTT 5 · QoS 0 · no TLS · turns right · as ann · azuresphere/sample/host → x"
        );
    }

    #[test]
    fn only_whole_levels_are_left_out() {
        let cases = [
            ("a/b", "a/c", "c"),
            ("a/bc", "a/bd", "bd"),
            ("a", "b", "b"),
            ("a/", "a/", "a/"),
            ("ä/x", "ö/x", "ö/x"),
            ("", "a", "a"),
        ];
        for (a, b, rest) in cases {
            assert_eq!(after_common_levels(a, b), rest, "{a} {b}");
        }
    }
}
