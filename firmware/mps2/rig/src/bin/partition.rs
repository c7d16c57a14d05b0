//! Makes a partition out of files, for running the board by hand.
//!
//! The app's *Export for the board* writes the same bytes; this needs no window.

#![forbid(unsafe_code)]
#![allow(clippy::print_stderr, reason = "a command")]

use std::error::Error;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use echo_board::partition::Partition;
use echo_board::wire;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

const USAGE: &str = "usage: partition HOST PORT CA.pem CERTIFICATE.pem KEY.pem IMAGE [ADDRESS]
HOST is the name in the broker's certificate. ADDRESS is where to find it without asking a name server.";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let made = match words[..] {
        [host, port, ca, certificate, key, image] => make(host, port, None, [ca, certificate, key], image),
        [host, port, ca, certificate, key, image, address] => {
            make(host, port, Some(address), [ca, certificate, key], image)
        }
        _ => Err(USAGE.into()),
    };
    match made {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn make(
    host: &str,
    port: &str,
    address: Option<&str>,
    [ca, certificate, key]: [&str; 3],
    image: &str,
) -> Result<(), Box<dyn Error>> {
    let mut partition = Partition::new(host, port.parse()?, wire::FIRST_MESSAGE.as_bytes());
    partition.address = address.map(str::parse).transpose()?;
    partition.anchors = certificates(ca)?;
    partition.chain = certificates(certificate)?;
    partition.key = Some(PrivateKeyDer::from_pem_file(key).map_err(|error| format!("{key}: {error}"))?);
    write(Path::new(image), &partition.encode()?).map_err(|error| format!("{image}: {error}").into())
}

fn certificates(path: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let all = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    all.map_err(|error| format!("{path}: {error}"))
}

/// The image holds the key: nobody but its owner reads it.
fn write(path: &Path, image: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(image)
}
