//! What was exported for the board says the same as the profile: read back by the board's own code, and run by it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/mosquitto.rs"]
mod mosquitto;
#[path = "support/pki.rs"]
mod pki;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use echo_board::{
    mqtt::{Protocol as BoardProtocol, Qos as BoardQos},
    partition,
};
use echo_board_std::{Board, Report, config::Options};
use echo_monitor::{
    board::{self, ExportProblem, NAMES, Unfit},
    files::{Existing, WriteProblem},
    profile::{Direction, Draft, Profile, Protocol, Qos, Secrets, Security, Turn},
};
use pki::Pki;
use zeroize::Zeroizing;

/// A profile with the files of `pki`.
fn draft(pki: &Pki) -> Draft {
    let path = |name: &str| pki.file(name).to_str().unwrap().to_owned();
    Draft {
        name: "Bench".into(),
        host: "localhost".into(),
        port: "8884".into(),
        ca: path("mosquitto.org.crt"),
        certificate: path("client.crt"),
        key: path("client.key"),
        ..Draft::default()
    }
}

fn export(draft: &Draft, folder: &Path) -> Result<board::Exported, ExportProblem> {
    board::export(&draft.parse().unwrap(), &Secrets::default(), folder, Existing::Keep)
}

/// The board's configuration and its partition say what the profile says, the other way round.
fn says_the_same(profile: &Profile, folder: &Path) {
    let options = Options::from_file(&folder.join("echo-board.toml")).unwrap();
    let config = options.config(None).unwrap();
    config.settings().unwrap();
    let image = fs::read(folder.join("partition.bin")).unwrap();
    let partition = partition::parse(&image).unwrap();
    assert_eq!((config.host.as_str(), config.port), (profile.host.as_str(), profile.port));
    assert_eq!((partition.host, partition.port), (profile.host.as_str(), profile.port));
    assert_eq!(config.publish, profile.subscribe.as_str());
    assert_eq!(config.subscribe, profile.publish.as_str());
    assert_eq!(
        (partition.publish, partition.subscribe),
        (config.publish.as_str(), config.subscribe.as_str())
    );
    assert_eq!((config.direction, partition.direction), (profile.direction, profile.direction));
    assert_eq!(partition.status, config.status.as_deref());
    let protocol = if profile.protocol == Protocol::V5 { BoardProtocol::V5 } else { BoardProtocol::V311 };
    assert_eq!((config.protocol, partition.protocol), (protocol, protocol));
    let qos = if profile.qos == Qos::AtMostOnce { BoardQos::AtMostOnce } else { BoardQos::AtLeastOnce };
    assert_eq!((config.qos, partition.qos), (qos, qos));
    // The host's client ID is the host's alone.
    assert_eq!((config.client_id, partition.client_id), (None, None));
    assert_eq!(config.login.map(|login| login.user), profile.username);
    assert_eq!(partition.login.map(|(user, _)| user.to_owned()), profile.username);

    // The same certificates and the same key, whatever the files' format.
    let tls = config.tls.unwrap();
    let der = |pem: &[u8], label: &str| -> Vec<Vec<u8>> {
        x509_parser::pem::Pem::iter_from_buffer(pem)
            .map(Result::unwrap)
            .filter(|pem| pem.label == label)
            .map(|pem| pem.contents)
            .collect()
    };
    let read = |path: &Option<PathBuf>| fs::read(path.as_ref().unwrap()).unwrap();
    let bytes = |ders: &[rustls::pki_types::CertificateDer<'_>]| -> Vec<Vec<u8>> {
        ders.iter().map(|der| der.to_vec()).collect()
    };
    let (ca, chain) = (
        read(&profile.credentials.ca),
        profile.credentials.certificate.is_some().then(|| read(&profile.credentials.certificate)),
    );
    assert_eq!(der(&tls.ca, "CERTIFICATE"), der(&ca, "CERTIFICATE"));
    assert_eq!(bytes(&partition.anchors), der(&ca, "CERTIFICATE"));
    match (chain, tls.identity) {
        (Some(chain), Some(identity)) => {
            assert_eq!(der(&identity.certificate, "CERTIFICATE"), der(&chain, "CERTIFICATE"));
            assert_eq!(bytes(&partition.chain), der(&chain, "CERTIFICATE"));
            let key = der(&read(&profile.credentials.key), "PRIVATE KEY");
            assert_eq!(der(&identity.key, "PRIVATE KEY"), key);
            assert_eq!(partition.key.unwrap().secret_der(), key[0]);
        }
        (None, None) => assert!(partition.chain.is_empty() && partition.key.is_none()),
        other => panic!("{:?}", other.1),
    }
}

#[test]
fn host_and_board_cannot_disagree() {
    let pki = Pki::new("CA of the test");
    let base = draft(&pki);
    let variants = [
        base.clone(),
        Draft {
            protocol: Protocol::V311,
            qos: Qos::AtLeastOnce,
            direction: Turn::Right,
            subscribe: "boards/7/out".into(),
            publish: "boards/7/in".into(),
            client_id: "host-7".into(),
            username: "ann".into(),
            host: "127.0.0.1".into(),
            ..base.clone()
        },
        Draft { qos: Qos::ExactlyOnce, ..base.clone() },
        Draft { security: Security::Tls, certificate: String::new(), key: String::new(), ..base },
    ];
    for draft in variants {
        let folder = tempfile::tempdir().unwrap();
        let exported = export(&draft, folder.path()).unwrap();
        let profile = draft.parse().unwrap();
        says_the_same(&profile, folder.path());
        assert_eq!(exported.files[0], folder.path().join("echo-board.toml"));
        let told = exported.notes.iter().any(|note| note.contains("QoS 1"));
        assert_eq!(told, profile.qos == Qos::ExactlyOnce, "{:?}", exported.notes);
        // What the folder is for works where it is moved to.
        let elsewhere = tempfile::tempdir().unwrap();
        for file in &exported.files {
            fs::copy(file, elsewhere.path().join(file.file_name().unwrap())).unwrap();
        }
        drop(folder);
        says_the_same(&profile, elsewhere.path());
    }
}

#[test]
fn a_shared_subscription_is_the_hosts_own_affair() {
    let pki = Pki::new("CA of the test");
    let draft = Draft { subscribe: "$share/hosts/boards/7/out".into(), ..draft(&pki) };
    let folder = tempfile::tempdir().unwrap();
    export(&draft, folder.path()).unwrap();
    let options = Options::from_file(&folder.path().join("echo-board.toml")).unwrap();
    assert_eq!(options.publish.as_deref(), Some("boards/7/out"));
    assert_eq!(
        options.status.as_deref(),
        Some(""),
        "the sample's topic of the last will is the sample's alone"
    );
}

#[test]
fn without_tls_there_is_a_configuration_and_no_partition() {
    let pki = Pki::new("CA of the test");
    let draft = Draft { security: Security::Plain, port: "1883".into(), ..draft(&pki) };
    let folder = tempfile::tempdir().unwrap();
    let exported = export(&draft, folder.path()).unwrap();
    assert_eq!(exported.files, [folder.path().join("echo-board.toml")]);
    assert!(exported.notes[0].contains("partition.bin"), "{:?}", exported.notes);
    let config = Options::from_file(&exported.files[0]).unwrap().config(None).unwrap();
    assert!(config.tls.is_none() && config.direction == Direction::Left);
}

#[test]
fn a_password_goes_where_no_environment_is_and_a_key_is_written_unlocked_and_private() {
    let pki = Pki::new("CA of the test");
    let locked = pki.file("locked.key");
    let (_, key) = pkcs8::Document::from_pem(&fs::read_to_string(pki.file("client.key")).unwrap()).unwrap();
    let key = pkcs8::PrivateKeyInfoRef::try_from(key.as_bytes()).unwrap();
    let pem = key
        .encrypt_with_rng(&mut getrandom::SysRng, "open")
        .unwrap()
        .to_pem("ENCRYPTED PRIVATE KEY", Default::default())
        .unwrap();
    fs::write(&locked, pem.as_bytes()).unwrap();
    let draft = Draft { username: "ann".into(), key: locked.to_str().unwrap().into(), ..draft(&pki) };
    let folder = tempfile::tempdir().unwrap();
    let secrets = Secrets {
        password: Some(Zeroizing::new("geheim".into())),
        passphrase: Some(Zeroizing::new("open".into())),
    };
    board::export(&draft.parse().unwrap(), &secrets, folder.path(), Existing::Keep).unwrap();
    let image = fs::read(folder.path().join("partition.bin")).unwrap();
    let (user, password) = partition::parse(&image).unwrap().login.unwrap();
    assert_eq!((user, password.0), ("ann", b"geheim".as_slice()));
    let toml = fs::read_to_string(folder.path().join("echo-board.toml")).unwrap();
    assert!(!toml.contains("geheim") && toml.contains("ECHO_BOARD_PASSWORD"), "{toml}");
    Options::from_file(&folder.path().join("echo-board.toml"))
        .unwrap()
        .config(None)
        .unwrap()
        .settings()
        .unwrap();
    #[cfg(unix)]
    for (name, private) in NAMES.iter().zip([false, false, false, true, true]) {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode == 0o600, private, "{name} {mode:o}");
    }
}

#[test]
fn what_no_board_can_do_is_said_and_nothing_is_written() {
    let pki = Pki::new("CA of the test");
    let folder = tempfile::tempdir().unwrap();
    let none = folder.path().join("none");
    let problem = |draft: &Draft| export(draft, &none).unwrap_err();
    let base = draft(&pki);
    let many = Draft { subscribe: "boards/+/out".into(), ..base.clone() };
    assert!(
        matches!(problem(&many), ExportProblem::Unfit(Unfit::Filter(filter)) if filter == "boards/+/out")
    );
    let system = Draft { ca: String::new(), ..base.clone() };
    assert!(matches!(problem(&system), ExportProblem::Unfit(Unfit::NoCa)));
    let swapped = Draft { certificate: base.key.clone(), key: base.certificate.clone(), ..base.clone() };
    assert!(matches!(problem(&swapped), ExportProblem::Credentials(_)));
    assert!(!none.exists());

    export(&base, &none).unwrap();
    let again = problem(&base);
    assert!(
        matches!(&again, ExportProblem::Write(WriteProblem::Exists(there)) if there.len() == NAMES.len()),
        "{again}"
    );
}

/// The whole way: a profile, exported with the command, run by the board's code against a real broker, with the host on the
/// other side.
#[test]
#[ignore = "needs mosquitto"]
fn an_exported_board_and_its_host_understand_each_other() {
    let pki = Pki::new("CA of the test");
    let broker = mosquitto::Mosquitto::start(&pki);
    let home = tempfile::tempdir().unwrap();
    let draft = Draft {
        port: broker.tls_port.to_string(),
        subscribe: "boards/7/out".into(),
        publish: "boards/7/in".into(),
        direction: Turn::Right,
        qos: Qos::AtLeastOnce,
        ..draft(&pki)
    };
    // As the window would keep it.
    let settings = format!("[[profile]]\n{}", toml::to_string(&draft).unwrap());
    fs::write(home.path().join("settings.toml"), settings).unwrap();
    let folder = home.path().join("board");
    let echo_monitor = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_echo-monitor"));
        command.args(arguments).args(["--profile", "Bench", "--config-dir"]).arg(home.path());
        command
    };
    let exported = echo_monitor(&["export", "--board", folder.to_str().unwrap()]).output().unwrap();
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));

    let options =
        Options { period: Some(50), ..Options::from_file(&folder.join("echo-board.toml")).unwrap() };
    let host =
        echo_monitor(&["headless", "--duration", "6", "--quiet"]).stdout(Stdio::piped()).spawn().unwrap();
    let board = Board::start(options.config(None).unwrap(), |_: Report| {}).unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while board.counters().right < 20 {
        assert!(Instant::now() < deadline, "{:?}", board.counters());
        std::thread::sleep(Duration::from_millis(50));
    }
    let counters = board.stop();
    let told = host.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&told.stdout);
    assert!(told.lines().last().unwrap().contains("\"event\":\"summary\""), "{told}");
    // A host that turned the other way would have been found out by the board.
    assert_eq!(counters.wrong, 0, "{counters:?}");
}
