//! The board as its runner: against a real Mosquitto that demands a client certificate, and against nobody.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod mosquitto;

use std::{
    net::TcpListener,
    sync::mpsc,
    time::{Duration, Instant},
};

use echo_board_std::{Board, Config, Failure, Protocol, Qos, Report, Stage, TlsFailure, Unreachable};
use mosquitto::{Broker, Certificates, Host};

fn config(broker: &Broker, certificates: &Certificates) -> Config {
    let mut config = Config::new("localhost", broker.port);
    config.tls = Some(certificates.credentials());
    config.period = Duration::from_millis(20);
    config
}

fn start(config: Config) -> (Board, mpsc::Receiver<Report>) {
    let (sender, receiver) = mpsc::channel();
    (Board::start(config, move |report| drop(sender.send(report))).unwrap(), receiver)
}

/// The first report that fits, within ten seconds.
fn wait_for(reports: &mpsc::Receiver<Report>, fits: impl Fn(&Report) -> bool) -> Report {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let report = reports.recv_timeout(left).expect("the report that was waited for");
        if fits(&report) {
            return report;
        }
    }
}

fn flows(report: &Report) -> bool {
    matches!(report, Report::Done(Stage::Subscribe))
}

#[test]
#[ignore = "needs mosquitto"]
fn ten_echoes_are_right_over_mutual_tls_in_both_protocols_and_both_qualities() {
    let certificates = Certificates::new();
    let broker = Broker::start(&certificates);
    let _host = Host::start(broker.plain_port);
    for protocol in [Protocol::V311, Protocol::V5] {
        for qos in [Qos::AtMostOnce, Qos::AtLeastOnce] {
            let mut config = config(&broker, &certificates);
            config.protocol = protocol;
            config.qos = qos;
            let (board, reports) = start(config);
            wait_for(&reports, flows);
            for _ in 0..10 {
                wait_for(&reports, |report| matches!(report, Report::Right { .. } | Report::Late { .. }));
            }
            let counters = board.stop();
            assert!(counters.right + counters.late >= 10, "{counters}");
            assert_eq!(counters.wrong + counters.failures, 0, "{protocol:?} {qos:?} {counters}");
        }
    }
}

#[test]
#[ignore = "needs mosquitto"]
fn a_broker_that_comes_back_finds_the_board_again() {
    let certificates = Certificates::new();
    let mut broker = Broker::start(&certificates);
    let (board, reports) = start(config(&broker, &certificates));
    wait_for(&reports, flows);
    broker.restart();
    wait_for(&reports, |report| matches!(report, Report::Failed { .. }));
    wait_for(&reports, flows);
    board.stop();
}

#[test]
#[ignore = "needs mosquitto"]
fn a_board_without_certificate_learns_it_after_the_handshake() {
    let certificates = Certificates::new();
    let broker = Broker::start(&certificates);
    let mut config = config(&broker, &certificates);
    config.tls.as_mut().unwrap().identity = None;
    let (board, reports) = start(config);
    wait_for(&reports, |report| *report == Report::Done(Stage::Tls));
    let failed = wait_for(&reports, |report| matches!(report, Report::Failed { .. }));
    let Report::Failed { failure: Failure::Tls(TlsFailure::Alert(alert)), .. } = failed else {
        panic!("{failed:?}");
    };
    assert_eq!(alert, rustls::AlertDescription::CertificateRequired);
    board.stop();
}

#[test]
#[ignore = "needs mosquitto"]
fn a_broker_of_another_ca_is_refused() {
    let certificates = Certificates::new();
    let broker = Broker::start(&certificates);
    let mut config = config(&broker, &certificates);
    config.tls.as_mut().unwrap().ca = Certificates::new().ca.into_bytes();
    let (board, reports) = start(config);
    let failed = wait_for(&reports, |report| matches!(report, Report::Failed { .. }));
    assert!(
        matches!(failed, Report::Failed { failure: Failure::Tls(TlsFailure::OtherCa), .. }),
        "{failed:?}"
    );
    board.stop();
}

#[test]
fn a_port_where_nobody_listens_is_told() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (board, reports) = start(Config::new("127.0.0.1", port));
    let failed = wait_for(&reports, |report| matches!(report, Report::Failed { .. }));
    let refused = Failure::Unreachable(Unreachable::Refused);
    assert!(matches!(&failed, Report::Failed { failure, .. } if *failure == refused), "{failed:?}");
    board.stop();
}

#[test]
fn a_board_stops_at_once_while_it_waits_for_a_silent_broker() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let (board, reports) = start(Config::new("127.0.0.1", silent.local_addr().unwrap().port()));
    wait_for(&reports, |report| *report == Report::Done(Stage::Open));
    let stopping = Instant::now();
    board.stop();
    // About 0.2 s; the rest is for a busy machine. Without the stop it would be the core's 10 s.
    assert!(stopping.elapsed() < Duration::from_secs(2), "{:?}", stopping.elapsed());
    assert_eq!(wait_for(&reports, |report| *report == Report::Stopped), Report::Stopped);
    assert!(reports.recv().is_err(), "the thread is gone, and the callback with it");
}

#[test]
fn a_board_that_is_dropped_stops() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let (board, reports) = start(Config::new("127.0.0.1", silent.local_addr().unwrap().port()));
    drop(board);
    assert_eq!(reports.iter().last(), Some(Report::Stopped));
}
