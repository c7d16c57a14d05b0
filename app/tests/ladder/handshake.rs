//! No TLS, or nothing to agree on: it does not come to certificates.

use std::sync::Arc;

use echo_monitor::{failure::Stage, profile::Profile};

use crate::{
    Row, WE_REFUSED,
    listen::{plain_profile, profile},
    mosquitto::Mosquitto,
    openssl::OpenSsl,
    pki::Pki,
    run,
    script::{After, Script, serve, serve_then},
};

fn row(name: &str, profile: Profile, kind: &'static str) -> Row {
    Row::new(name, profile, kind, Stage::Tls)
}

#[test]
fn what_answers_does_not_speak_tls() {
    let pki = Pki::new("test CA");
    let of = |script: Script| profile(&pki, serve(script));
    run(vec![
        row("a web server", of(&[b"HTTP/1.1 400 Bad Request\r\n\r\n"]), "not-tls")
            .who(WE_REFUSED)
            .says("HTTP"),
        row("a mail server", of(&[b"220 mail.example ESMTP\r\n"]), "not-tls").who(WE_REFUSED).says("mail"),
        row("a login server", of(&[b"SSH-2.0-OpenSSH_9.2\r\n"]), "not-tls").who(WE_REFUSED).says("SSH"),
        row("a plain broker", of(&[&[0x20, 2, 0, 1]]), "not-tls").who(WE_REFUSED).says("plain MQTT"),
        row("hung up", of(&[]), "tls-hung-up").again().says("closed as soon as"),
        row("cut", profile(&pki, serve_then(&[b""], After::Reset)), "tls-hung-up").again(),
    ]);
}

#[test]
fn what_answers_breaks_the_handshake_off() {
    let pki = Pki::new("test CA");
    let of = |script: Script| profile(&pki, serve(script));
    run(vec![
        row("no version", of(&[&[0x15, 3, 3, 0, 2, 2, 70]]), "tls-version")
            .who("The broker refused our TLS versions"),
        row("no cipher", of(&[&[0x15, 3, 3, 0, 2, 2, 40]]), "tls-nothing-in-common")
            .who("The broker found nothing")
            .evidence("missing", "handshake_failure (40)"),
        row("too weak", of(&[&[0x15, 3, 3, 0, 2, 2, 71]]), "tls-nothing-in-common")
            .evidence("missing", "insufficient_security (71)"),
        row("no such name", of(&[&[0x15, 3, 3, 0, 2, 2, 112]]), "tls-name-unknown").says("localhost"),
        row("a fault of its own", of(&[&[0x15, 3, 3, 0, 2, 2, 80]]), "tls-alert")
            .evidence("alert", "internal_error (80)"),
        row("nonsense in TLS", of(&[&[0x16, 3, 3, 0, 4, 99, 0, 0, 0]]), "tls-misbehaved").who(WE_REFUSED),
    ]);
}

#[test]
#[ignore = "needs openssl"]
fn openssl_has_nothing_in_common_with_us() {
    let pki = Pki::new("test CA");
    let of = |options: &[&str]| {
        let server = OpenSsl::start(&pki, "server", options);
        (profile(&pki, server.port), server)
    };
    let (old, old_server) = of(&["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]);
    let (without_secrecy, its_server) = of(&["-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"]);
    let (rare, rare_server) = of(&["-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256"]);
    let (curve, curve_server) = of(&["-tls1_3", "-curves", "P-521"]);
    run(vec![
        row("TLS 1.1", old, "tls-version").with(old_server),
        row("no forward secrecy", without_secrecy, "tls-nothing-in-common").with(its_server),
        row("a rare cipher", rare, "tls-nothing-in-common")
            .evidence("missing", "handshake_failure")
            .with(rare_server),
        row("a rare curve", curve, "tls-nothing-in-common").with(curve_server),
    ]);
}

#[test]
#[ignore = "needs mosquitto"]
fn mosquitto_on_its_other_port() {
    let pki = Pki::new("test CA");
    let broker = Arc::new(Mosquitto::start(&pki));
    let plain = profile(&pki, broker.plain_port);
    let tls = plain_profile(broker.tls_port);
    run(vec![
        row("TLS on the plain port", plain, "tls-hung-up")
            .again()
            .says("does not seem to speak TLS")
            .with(broker.clone()),
        Row::new("plain on the TLS port", tls, "hung-up-before-connack", Stage::Mqtt).again().with(broker),
    ]);
}

#[test]
#[ignore = "takes ten seconds"]
fn what_answers_says_nothing() {
    let pki = Pki::new("test CA");
    let silent = profile(&pki, serve_then(&[], After::Listen));
    run(vec![row("silent", silent, "tls-timeout").again().says("nothing came for 10 s")]);
}
