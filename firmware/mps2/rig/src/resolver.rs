//! A name server that knows one name (RFC 1035), on the loopback's port 53: the board's resolver knows no other port.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

const HEADER: usize = 12;
/// A response, recursion available; and the same with "no such name".
const FOUND: [u8; 2] = [0x81, 0x80];
const UNKNOWN: [u8; 2] = [0x81, 0x83];
/// A pointer to the question's name, type A, class IN, a minute, four bytes.
const ANSWER: [u8; 12] = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4];

/// Answers until it is dropped.
pub struct Resolver {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Resolver {
    /// Knows `name` to be at `address`, and nothing else.
    #[must_use]
    pub fn start(name: &str, address: Ipv4Addr) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 53)).expect("the right to listen on port 53");
        socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let known = labels(name);
        let stop = Arc::new(AtomicBool::new(false));
        let asked = stop.clone();
        let thread = thread::spawn(move || {
            let mut query = [0; 512];
            while !asked.load(Ordering::Relaxed) {
                let Ok((length, from)) = socket.recv_from(&mut query) else { continue };
                if let Some(reply) = reply(&query[..length], &known, address) {
                    socket.send_to(&reply, from).ok();
                }
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Resolver {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// The name as it stands in a question: each label behind its length, then a zero.
fn labels(name: &str) -> Vec<u8> {
    let mut labels = Vec::new();
    for label in name.split('.') {
        labels.push(label.len() as u8);
        labels.extend(label.as_bytes());
    }
    labels.push(0);
    labels
}

fn reply(query: &[u8], known: &[u8], address: Ipv4Addr) -> Option<Vec<u8>> {
    let end = HEADER + query.get(HEADER..)?.iter().position(|&byte| byte == 0)? + 1;
    let question = query.get(HEADER..end + 4)?;
    let found = question.starts_with(known);
    let mut reply = query[..2].to_vec();
    reply.extend(if found { FOUND } else { UNKNOWN });
    reply.extend([0, 1, 0, u8::from(found), 0, 0, 0, 0]);
    reply.extend(question);
    if found {
        reply.extend(ANSWER);
        reply.extend(address.octets());
    }
    Some(reply)
}
