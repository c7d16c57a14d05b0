//! Servers that say what they are told to say, whatever they hear.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    thread,
    time::Duration,
};

/// What a server does with a connection after it has read something: sends these answers, each after one read.
pub type Script = &'static [&'static [u8]];

/// CONNACK, accepted, of MQTT 5 and of 3.1.1; SUBACK for packet identifier 1.
pub const WELCOME: &[u8] = &[0x20, 3, 0, 0, 0];
pub const WELCOME_311: &[u8] = &[0x20, 2, 0, 0];
pub const SUBACK: &[u8] = &[0x90, 4, 0, 1, 0, 0];

/// What comes after the script.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// It closes in good order.
    Close,
    /// It cuts the line.
    Reset,
    /// It listens and says nothing more.
    Listen,
}

/// Serves one script to everybody, then closes in good order.
pub fn serve(script: Script) -> u16 {
    serve_then(script, After::Close)
}

/// Serves one script to everybody.
pub fn serve_then(script: Script, after: After) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || play(stream, script, after));
        }
    });
    port
}

fn play(mut stream: TcpStream, script: Script, after: After) {
    let mut buffer = [0; 4096];
    for answer in script {
        if stream.read(&mut buffer).unwrap_or(0) == 0 || stream.write_all(answer).is_err() {
            return;
        }
    }
    match after {
        After::Close => {
            // Apart from the answer: the MQTT client drops what it reads together with the end.
            thread::sleep(Duration::from_millis(200));
            let _ = stream.shutdown(Shutdown::Write);
        }
        // What was not read makes the end a reset.
        After::Reset => return thread::sleep(Duration::from_millis(200)),
        After::Listen => {}
    }
    while stream.read(&mut buffer).unwrap_or(0) > 0 {}
}
