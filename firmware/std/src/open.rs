//! Opening a TCP connection without holding up the board.
//!
//! Neither a name's look-up nor a connect can be interrupted, so they run in a thread of their own, which ends by
//! itself when its time is over. If nobody waits any more, what it opened is closed again.

use std::{
    io,
    net::{SocketAddr, TcpStream, ToSocketAddrs as _},
    sync::mpsc,
    thread,
    time::Duration,
};

use echo_board::Unreachable;

/// How long one address may take. A host with many addresses is limited by the core's own limit.
const EACH: Duration = Duration::from_secs(5);

/// Starts opening; the result arrives on the channel.
pub(crate) fn start(host: &str, port: u16) -> mpsc::Receiver<Result<TcpStream, Unreachable>> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let host = host.to_owned();
    // If no thread can be had the sender is gone, which reads as a failure like any other.
    let thread = thread::Builder::new().name("echo-board-open".to_owned());
    drop(thread.spawn(move || sender.send(open(&host, port))));
    receiver
}

fn open(host: &str, port: u16) -> Result<TcpStream, Unreachable> {
    let addresses: Vec<SocketAddr> = (host, port).to_socket_addrs().map_err(|_| Unreachable::Name)?.collect();
    let mut failure = Unreachable::Name;
    for address in addresses {
        match TcpStream::connect_timeout(&address, EACH).and_then(|stream| {
            // An echo must not wait for an acknowledgement of the segment before it.
            stream.set_nodelay(true)?;
            Ok(stream)
        }) {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = why(error.kind()),
        }
    }
    Err(failure)
}

const fn why(kind: io::ErrorKind) -> Unreachable {
    match kind {
        io::ErrorKind::ConnectionRefused => Unreachable::Refused,
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Unreachable::NoAnswer,
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown | io::ErrorKind::HostUnreachable => {
            Unreachable::NoNetwork
        }
        _ => Unreachable::Other,
    }
}
