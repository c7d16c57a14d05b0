//! The host's side of the echo, in as little MQTT 3.1.1 as it takes: QoS 0, one topic each way.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use echo_board::wire::{self, Direction};

/// CONNECT: protocol "MQTT", level 4, clean session, no keep alive, client ID "peer".
const CONNECT: &[u8] = b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04peer";
const SUBSCRIBE: u8 = 0x82;
const PUBLISH: u8 = 0x30;

/// Sends every message of the board back, rotated, until it is dropped. Reconnects when the broker went away.
pub struct Peer {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Peer {
    /// Starts on the broker's plain port.
    #[must_use]
    pub fn start(port: u16) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let asked = stop.clone();
        let thread = thread::spawn(move || {
            while !asked.load(Ordering::Relaxed) {
                // Whatever ended the connection: try again.
                echo(port, &asked).ok();
                thread::sleep(Duration::from_millis(100));
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn echo(port: u16, stop: &AtomicBool) -> io::Result<()> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_millis(100)))?;
    stream.write_all(CONNECT)?;
    let mut subscribe = vec![0, 1];
    push_text(&mut subscribe, wire::BOARD_TOPIC.as_bytes());
    subscribe.push(0);
    write_packet(&mut stream, SUBSCRIBE, &subscribe)?;
    while let Some((kind, body)) = read_packet(&mut stream, stop)? {
        if kind & 0xf0 != PUBLISH {
            continue;
        }
        let topic = body.first_chunk().map_or(0, |length| usize::from(u16::from_be_bytes(*length)));
        let payload = body.get(2 + topic..).unwrap_or_default();
        let mut publish = Vec::new();
        push_text(&mut publish, wire::HOST_TOPIC.as_bytes());
        publish.extend(wire::rotate(payload, Direction::Left));
        write_packet(&mut stream, PUBLISH, &publish)?;
    }
    Ok(())
}

fn push_text(packet: &mut Vec<u8>, text: &[u8]) {
    packet.extend((text.len() as u16).to_be_bytes());
    packet.extend(text);
}

fn write_packet(stream: &mut TcpStream, kind: u8, body: &[u8]) -> io::Result<()> {
    let mut packet = vec![kind];
    let mut length = body.len();
    loop {
        let more = if length > 127 { 128 } else { 0 };
        packet.push((length % 128) as u8 | more);
        length /= 128;
        if length == 0 {
            break;
        }
    }
    packet.extend(body);
    stream.write_all(&packet)
}

/// The next packet; `None` when the peer is to stop.
fn read_packet(stream: &mut TcpStream, stop: &AtomicBool) -> io::Result<Option<(u8, Vec<u8>)>> {
    let mut byte = || -> io::Result<Option<u8>> {
        let mut byte = [0];
        loop {
            match stream.read(&mut byte) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => return Ok(Some(byte[0])),
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                    if stop.load(Ordering::Relaxed) {
                        return Ok(None);
                    }
                }
                Err(error) => return Err(error),
            }
        }
    };
    let Some(kind) = byte()? else { return Ok(None) };
    let (mut length, mut shift) = (0, 0);
    loop {
        let Some(digit) = byte()? else { return Ok(None) };
        length |= usize::from(digit & 127) << shift;
        shift += 7;
        if digit < 128 {
            break;
        }
    }
    let mut body = Vec::with_capacity(length);
    for _ in 0..length {
        let Some(byte) = byte()? else { return Ok(None) };
        body.push(byte);
    }
    Ok(Some((kind, body)))
}
