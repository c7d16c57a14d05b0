//! Moves bytes and time between the core and a socket: all that the core leaves to a board.

use core::{future::pending, ops::ControlFlow, time::Duration};

use echo_board::{
    client::{Action, Client},
    failure::Unreachable,
    report::Report,
};
use embassy_futures::select::{Either3, select3};
use embassy_net::{IpAddress, Stack, dns, tcp, tcp::TcpSocket};
use embassy_time::{Instant, Timer, with_deadline, with_timeout};

use crate::setup::Broker;

/// How long the last bytes of a connection may take: an alert, a DISCONNECT.
const GOODBYE: embassy_time::Duration = embassy_time::Duration::from_millis(500);

/// Room for what was received and not yet read.
pub const RECEIVE: usize = 4096;
/// Room for what was written and not yet acknowledged.
pub const SEND: usize = 2048;

/// Runs the board until `watch`, which is told every report, ends it.
pub async fn run<T>(
    stack: Stack<'_>,
    broker: Broker<'_>,
    client: &mut Client,
    (receive, send): (&mut [u8; RECEIVE], &mut [u8; SEND]),
    mut watch: impl FnMut(&mut Client, Report) -> ControlFlow<T>,
) -> T {
    let mut socket = TcpSocket::new(stack, receive, send);
    // Every message is small and alone: waiting for a second one would only delay it.
    socket.set_nagle_enabled(false);
    loop {
        let action = client.poll(now());
        while let Some(report) = client.next_report() {
            if let ControlFlow::Break(end) = watch(client, report) {
                close(&mut socket, client).await;
                return end;
            }
        }
        match action {
            Some(Action::Open) => open(stack, &mut socket, broker, client).await,
            Some(Action::Close) => close(&mut socket, client).await,
            None => exchange(&mut socket, client).await,
        }
    }
}

/// Since the board started.
fn now() -> Duration {
    Duration::from_micros(Instant::now().as_micros())
}

/// When the core wants to be polled again. Without such a time, some time later.
fn deadline(client: &Client) -> Instant {
    client.next_deadline().map_or(Instant::MAX, |at| Instant::from_micros(at.as_micros() as u64))
}

/// Opens the connection, or tells the core why not. Whatever takes longer than the core allows is given up; the core then
/// knows by itself.
async fn open(stack: Stack<'_>, socket: &mut TcpSocket<'_>, broker: Broker<'_>, client: &mut Client) {
    let until = deadline(client);
    if with_deadline(until, stack.wait_config_up()).await.is_err() {
        return client.unreachable(Unreachable::NoNetwork, now());
    }
    let attempt = async {
        let address = match broker.address {
            Some(address) => IpAddress::Ipv4(address),
            None => resolve(stack, broker.host).await?,
        };
        socket.connect((address, broker.port)).await.map_err(unreachable)
    };
    match with_deadline(until, attempt).await {
        Ok(Ok(())) => client.opened(now()),
        Ok(Err(why)) => client.unreachable(why, now()),
        Err(_) => {}
    }
}

async fn resolve(stack: Stack<'_>, host: &str) -> Result<IpAddress, Unreachable> {
    let addresses = stack.dns_query(host, dns::DnsQueryType::A).await.map_err(|_| Unreachable::Name)?;
    addresses.first().copied().ok_or(Unreachable::Name)
}

const fn unreachable(error: tcp::ConnectError) -> Unreachable {
    match error {
        tcp::ConnectError::ConnectionReset => Unreachable::Refused,
        tcp::ConnectError::TimedOut => Unreachable::NoAnswer,
        tcp::ConnectError::NoRoute => Unreachable::NoNetwork,
        tcp::ConnectError::InvalidState => Unreachable::Other,
    }
}

/// Waits for whatever comes first: bytes of the broker, room for our bytes, or the core's deadline.
async fn exchange(socket: &mut TcpSocket<'_>, client: &mut Client) {
    let connected = socket.state() != tcp::State::Closed;
    let (mut reader, mut writer) = socket.split();
    // Not `wait_read_ready`, which does not see that the other side has closed.
    let readable =
        async { if connected { reader.read_with(|_| (0, ())).await.ok() } else { pending().await } };
    let writable = async {
        if connected && !client.output().is_empty() {
            writer.wait_write_ready().await;
        } else {
            pending::<()>().await;
        }
    };
    match select3(readable, writable, Timer::at(deadline(client))).await {
        Either3::First(_) => {
            let read = reader.read_with(|bytes| {
                client.input(bytes, now());
                (bytes.len(), bytes.len())
            });
            if !matches!(read.await, Ok(1..)) {
                client.closed(now());
            }
        }
        Either3::Second(()) => match writer.write(client.output()).await {
            Ok(bytes) => client.sent(bytes),
            Err(_) => client.closed(now()),
        },
        Either3::Third(()) => {}
    }
}

/// Sends what is left, as far as that goes soon, and closes. The socket can be used again.
async fn close(socket: &mut TcpSocket<'_>, client: &mut Client) {
    let last_words = async {
        while !client.output().is_empty() {
            match socket.write(client.output()).await {
                Ok(bytes @ 1..) => client.sent(bytes),
                _ => return,
            }
        }
        socket.close();
        socket.flush().await.ok();
    };
    with_timeout(GOODBYE, last_words).await.ok();
    socket.abort();
    // The reset goes out with the network's next turn; without it the socket could not connect again.
    with_timeout(GOODBYE, socket.flush()).await.ok();
}
