//! The other side: a host that turns each text to the left and sends it back. MQTT 3.1.1 at QoS 0, by hand, over the
//! broker's listener without TLS.

use std::{
    io::{self, Read as _, Write as _},
    net::{Shutdown, TcpStream},
    thread::{self, JoinHandle},
};

use echo_board_std::Direction;

const CONNECT: &[u8] = b"\x10\x10\x00\x04MQTT\x04\x02\x00\x00\x00\x04host";
const CONNACK: &[u8] = b"\x20\x02\x00\x00";
const BOARD: &str = "azuresphere/sample/host";
const DEVICE: &str = "azuresphere/sample/device";

pub struct Host {
    stream: TcpStream,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Host {
    pub fn start(port: u16) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.write_all(CONNECT).unwrap();
        assert_eq!(packet(&mut stream).unwrap(), (CONNACK[0], CONNACK[2..].to_vec()));
        let subscribe = [&[0, 1][..], &string(BOARD), &[0]].concat();
        stream.write_all(&framed(0x82, &subscribe)).unwrap();
        assert_eq!(packet(&mut stream).unwrap(), (0x90, vec![0, 1, 0]));
        let mut reader = stream.try_clone().unwrap();
        let thread = thread::spawn(move || {
            loop {
                let (kind, body) = packet(&mut reader)?;
                assert_eq!(kind & 0xf0, 0x30, "PUBLISH");
                let echo = echo_board::wire::rotate(&body[2 + BOARD.len()..], Direction::Left);
                reader.write_all(&framed(0x30, &[string(DEVICE), echo].concat()))?;
            }
        });
        Self { stream, thread: Some(thread) }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.stream.shutdown(Shutdown::Both).ok();
        self.thread.take().map(JoinHandle::join);
    }
}

fn string(text: &str) -> Vec<u8> {
    [&u16::try_from(text.len()).unwrap().to_be_bytes()[..], text.as_bytes()].concat()
}

/// Our packets are at most 127 + 128 bytes: a length of one or two bytes.
fn framed(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u8::try_from(body.len() % 128).unwrap();
    let more = u8::try_from(body.len() / 128).unwrap();
    let header = if more == 0 { vec![kind, length] } else { vec![kind, length | 0x80, more] };
    [header, body.to_vec()].concat()
}

fn packet(stream: &mut TcpStream) -> io::Result<(u8, Vec<u8>)> {
    let mut byte = || {
        let mut byte = [0];
        stream.read_exact(&mut byte).map(|()| usize::from(byte[0]))
    };
    let kind = byte()?;
    let mut length = byte()?;
    if length > 127 {
        length = (length & 0x7f) + 128 * byte()?;
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok((u8::try_from(kind).unwrap(), body))
}
