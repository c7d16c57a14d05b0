//! Nobody is there: names that don't exist, ways that lead nowhere. In a network namespace that the test makes for itself,
//! so that it is the kernel and the C library that answer, and the same everywhere.

use std::{
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    process::Command,
    thread,
    time::Duration,
};

use echo_monitor::{
    failure::Stage,
    profile::{Host, Profile},
};

use crate::{Row, listen::plain_profile, run};

const INSIDE: &str = "ECHO_MONITOR_OWN_NETWORK";
const NAME: &str = "network::there_is_no_way_to_the_broker";

fn to(host: &str) -> Profile {
    Profile { host: Host::parse(host).unwrap(), ..plain_profile(1883) }
}

/// Starts this test again in a namespace of its own.
#[test]
#[ignore = "needs unshare and ip; takes ten seconds"]
fn there_is_no_way_to_the_broker() {
    if std::env::var_os(INSIDE).is_some() {
        return inside();
    }
    let script = "set -e
        ip link set lo up
        # A listener takes one connection more than that, and drops what comes after: as a firewall does.
        echo 1 > /proc/sys/net/core/somaxconn
        ip route add unreachable 198.51.100.1
        ip route add prohibit 198.51.100.2
        printf 'nameserver 127.0.0.1\\noptions timeout:1 attempts:1\\n' > /mnt/resolv.conf
        mount --bind /mnt/resolv.conf /etc/resolv.conf
        exec \"$0\" --exact \"$1\" --ignored --nocapture";
    let itself = std::env::current_exe().unwrap();
    let inner = Command::new("unshare")
        // Also whoever is not root may make one, where the system allows user namespaces.
        .args(["--user", "--map-root-user", "--net", "--mount", "sh", "-c"])
        // A folder for temporary files that is not there afterwards.
        .arg(format!("mount -t tmpfs tmpfs /mnt; {script}"))
        .arg(itself)
        .arg(NAME)
        .env(INSIDE, "1")
        .env("TMPDIR", "/mnt")
        .output()
        .expect("unshare is installed");
    let told = String::from_utf8_lossy(&inner.stdout);
    assert!(
        inner.status.success() && told.contains("1 passed"),
        "{told}\n{}",
        String::from_utf8_lossy(&inner.stderr)
    );
}

fn inside() {
    name_server();
    let full = full();
    let port = full.local.port();
    let row = |name, profile, kind, stage| Row::new(name, profile, kind, stage).again();
    run(vec![
        row("no such name", to("nobody.test"), "host-not-found", Stage::Dns)
            .who("Nobody was asked yet")
            .evidence("host", "nobody.test"),
        row("no answer about the name", to("silence.test"), "dns-unavailable", Stage::Dns)
            .evidence("host", "silence.test"),
        row("no network", to("203.0.113.1"), "network-unreachable", Stage::Tcp)
            .evidence("tried", "203.0.113.1:1883: network unreachable"),
        row("no route", to("198.51.100.1"), "no-route", Stage::Tcp)
            .evidence("tried", "198.51.100.1:1883: no route"),
        Row::new("forbidden", to("198.51.100.2"), "connect-denied", Stage::Tcp)
            .evidence("tried", "198.51.100.2:1883: forbidden"),
        row("what drops everything", plain_profile(port), "connect-timeout", Stage::Tcp)
            .evidence("tried", format!("127.0.0.1:{port}: no answer in 10 s"))
            .says("firewall")
            .with(full),
        row("several addresses", to("many.test"), "connection-refused", Stage::Tcp)
            .evidence("tried", "127.0.0.1:1883: refused")
            .evidence("tried", "198.51.100.1:1883: no route"),
    ]);
}

/// A listener that nobody serves, and the connections that fill its queue.
struct Full {
    local: SocketAddr,
    _listener: TcpListener,
    _waiting: Vec<TcpStream>,
}

fn full() -> Full {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let local = listener.local_addr().unwrap();
    let connect = || TcpStream::connect_timeout(&local, Duration::from_millis(300)).ok();
    let waiting: Vec<_> = std::iter::from_fn(connect).take(100).collect();
    assert!(waiting.len() < 100, "the queue is never full");
    Full { local, _listener: listener, _waiting: waiting }
}

/// Knows that there is no `nobody.test`, knows two addresses of `many.test`, and says nothing about anything else.
fn name_server() {
    let socket = UdpSocket::bind("127.0.0.1:53").unwrap();
    thread::spawn(move || {
        let mut packet = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut packet) {
            let name = &packet[12..length];
            let end = 12 + name.iter().position(|&byte| byte == 0).unwrap() + 5;
            let type_a = packet[end - 4..end - 2] == [0, 1];
            // NXDOMAIN, or what there is of this type (RFC 1035, section 4.1.1).
            let (code, addresses): (u8, &[[u8; 4]]) = match () {
                () if name.starts_with(b"\x06nobody") => (3, &[]),
                () if name.starts_with(b"\x04many") && type_a => (0, &[[127, 0, 0, 1], [198, 51, 100, 1]]),
                () if name.starts_with(b"\x04many") => (0, &[]),
                () => continue,
            };
            let mut answer = packet[..end].to_vec();
            answer[2..12].copy_from_slice(&[0x81, 0x80 | code, 0, 1, 0, addresses.len() as u8, 0, 0, 0, 0]);
            for address in addresses {
                answer.extend([0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
                answer.extend(address);
            }
            let _ = socket.send_to(&answer, from);
        }
    });
}
