//! From a profile to a stream: credentials, DNS, TCP, TLS. Each stage is timed and fails in its own way.
//!
//! Every wait here is a future: dropping it ends it, so that a person can stop a connection attempt at any moment.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::{
    net::TcpStream,
    task::{JoinSet, spawn_blocking},
    time::{sleep, timeout},
};
use tokio_rustls::TlsConnector;

use super::{
    classify::{self, Case, Phase, StreamError, Witness},
    clock::Clock,
    report::Report,
    stream::{First, Gauge, Stream, Tap},
    tls::Setup,
};
use crate::{
    credentials::{self, Severity},
    failure::{
        CredentialFailure, Failure, ResolveFailure, ResolveProblem, Stage, TcpFailure, TlsFailure, Tried, tls,
    },
    files,
    model::event::{TlsFacts, What},
    profile::{Profile, Secrets, Security},
};

/// How long a stage may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// How long one address has before the next is tried beside it (RFC 8305, section 5).
const STAGGER: Duration = Duration::from_millis(250);

/// A stream to the broker, and what was learnt on the way.
#[derive(Debug)]
pub(super) struct Connected {
    pub(super) stream: Stream,
    pub(super) gauge: Arc<Gauge>,
    pub(super) address: SocketAddr,
    pub(super) tls: Option<TlsFacts>,
    pub(super) witness: Option<Witness>,
}

/// Connects. The stages are reported; the failure of one ends the attempt.
pub(super) async fn connect(
    profile: &Arc<Profile>,
    secrets: &Secrets,
    clock: Clock,
    report: &mut Report,
) -> Result<Connected, Failure> {
    let setup = report.stage(Stage::Credentials, prepare(profile, secrets)).await?;
    let addresses = report.stage(Stage::Dns, resolve(profile)).await?;
    let (tcp, address) = report.stage(Stage::Tcp, dial(profile, addresses)).await?;
    let gauge = Gauge::new(clock);
    let tap = Tap::new(tcp, gauge.clone());
    let Some(setup) = setup else {
        let stream = Stream::plain(tap, gauge.clone());
        return Ok(Connected { stream, gauge, address, tls: None, witness: None });
    };
    let stream = report.stage(Stage::Tls, handshake(profile, &setup, tap, &gauge)).await?;
    let facts = setup.facts(stream.get_ref().1);
    report.tell(What::Secured(Box::new(facts.clone())));
    let witness = setup.witness();
    let stream = Stream::tls(stream, gauge.clone());
    Ok(Connected { stream, gauge, address, tls: Some(facts), witness: Some(witness) })
}

/// The files as they are now, judged. `None` for a connection without TLS.
async fn prepare(profile: &Arc<Profile>, secrets: &Secrets) -> Result<Option<Setup>, Failure> {
    if profile.security == Security::Plain {
        return Ok(None);
    }
    let (profile, secrets) = (profile.clone(), secrets.clone());
    let work = spawn_blocking(move || {
        let files = files::read_all(&profile.credentials);
        let passphrase = secrets.passphrase.as_ref().map(|passphrase| passphrase.as_str());
        let judgement = credentials::judge(&files, passphrase, profile.security, SystemTime::now());
        match &judgement.identity {
            Some(identity) => Setup::new(&profile, identity),
            None => Err(judged(&judgement)),
        }
    });
    match timeout(PATIENCE, work).await {
        Ok(Ok(setup)) => setup.map(Some).map_err(Failure::Credentials),
        Ok(Err(_)) | Err(_) => Err(Failure::Credentials(CredentialFailure::ReadTimedOut)),
    }
}

/// The first error, in the order of the rows.
fn judged(judgement: &credentials::Judgement) -> CredentialFailure {
    let mut errors = judgement.findings().filter(|finding| finding.severity() == Severity::Error);
    match errors.next() {
        Some(finding) => {
            CredentialFailure::Judged { finding: Box::new(finding.clone()), more: errors.count() }
        }
        None => CredentialFailure::NoTrustAnchor,
    }
}

async fn resolve(profile: &Arc<Profile>) -> Result<Vec<SocketAddr>, Failure> {
    let host = profile.host.as_str();
    if let Some(address) = profile.host.address() {
        return Ok(vec![SocketAddr::new(address, profile.port)]);
    }
    let failed = |problem| Failure::Resolve(ResolveFailure { host: host.to_owned(), problem });
    match timeout(PATIENCE, tokio::net::lookup_host((host, profile.port))).await {
        Err(_) => Err(failed(ResolveProblem::TimedOut { after: PATIENCE })),
        Ok(Err(error)) => Err(classify::resolve(host, &error)),
        Ok(Ok(addresses)) => {
            let addresses = alternate(addresses.collect());
            if addresses.is_empty() { Err(failed(ResolveProblem::NotFound)) } else { Ok(addresses) }
        }
    }
}

/// The resolver's order, but with the two families taking turns (RFC 8305, section 4): where one of them leads nowhere,
/// the other is not kept waiting for all of its addresses.
fn alternate(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let Some(first) = addresses.first().copied() else { return addresses };
    let family = |address: IpAddr| address.is_ipv6();
    let (preferred, other): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| family(address.ip()) == family(first.ip()));
    let mut other = other.into_iter();
    let mut order = Vec::new();
    for address in preferred {
        order.push(address);
        order.extend(other.next());
    }
    order.extend(other);
    order.dedup();
    order
}

/// The first address that lets us in. Each gets a head start on the next.
async fn dial(
    profile: &Arc<Profile>,
    addresses: Vec<SocketAddr>,
) -> Result<(TcpStream, SocketAddr), Failure> {
    let mut tried = Vec::new();
    let mut running: Vec<SocketAddr> = Vec::new();
    let mut dials = JoinSet::new();
    let mut waiting = addresses.into_iter();
    let race = async {
        loop {
            if let Some(address) = waiting.next() {
                running.push(address);
                dials.spawn(async move { (address, TcpStream::connect(address).await) });
            }
            let more = waiting.len() > 0;
            let done = tokio::select! {
                done = dials.join_next() => done,
                () = sleep(STAGGER), if more => continue,
            };
            match done {
                Some(Ok((address, Ok(tcp)))) => return Some((tcp, address)),
                Some(Ok((address, Err(error)))) => {
                    running.retain(|other| *other != address);
                    tried.push(classify::tcp(&error, address, PATIENCE));
                }
                Some(Err(_)) => {}
                None if !more => return None,
                None => {}
            }
        }
    };
    let winner = timeout(PATIENCE, race).await;
    if let Ok(Some((tcp, address))) = winner {
        // Without it an echo waits up to 40 ms for the acknowledgement of the one before.
        let _ = tcp.set_nodelay(true);
        return Ok((tcp, address));
    }
    let silent = io::Error::from(io::ErrorKind::TimedOut);
    tried.extend(running.into_iter().map(|address| -> Tried { classify::tcp(&silent, address, PATIENCE) }));
    Err(Failure::Tcp(TcpFailure { host: profile.host.as_str().to_owned(), port: profile.port, tried }))
}

async fn handshake(
    profile: &Arc<Profile>,
    setup: &Setup,
    tap: Tap,
    gauge: &Arc<Gauge>,
) -> Result<tokio_rustls::client::TlsStream<Tap>, Failure> {
    let connector = TlsConnector::from(setup.config.clone());
    match timeout(PATIENCE, connector.connect(setup.name.clone(), tap)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => {
            let witness = setup.witness();
            let case = Case {
                profile,
                client_id: "",
                keep_alive: Duration::ZERO,
                phase: Phase::Handshake,
                witness: Some(&witness),
                raw: gauge.first_raw(),
                plain: First::default(),
            };
            Err(case.stream(&StreamError::from(&error)))
        }
        Err(_) => Err(Failure::Tls(TlsFailure::Handshake(tls::Handshake::TimedOut { after: PATIENCE }))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn the_families_take_turns() {
        let addresses =
            |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<SocketAddr>>();
        let given = addresses(&["[::1]:1", "[::2]:1", "[::3]:1", "1.0.0.1:1", "1.0.0.2:1"]);
        let wanted = addresses(&["[::1]:1", "1.0.0.1:1", "[::2]:1", "1.0.0.2:1", "[::3]:1"]);
        assert_eq!(alternate(given), wanted);
        assert_eq!(alternate(Vec::new()), Vec::new());
    }
}
