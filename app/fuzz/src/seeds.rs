//! Writes files to start from into `corpus/`: new keys each time.

use std::{fs, io, path::Path, time::SystemTime};

use echo_monitor_fuzz::{
    credentials::{
        local,
        request::{self, KeyKind, Subject},
    },
    profile::{self, Draft},
};
use p12_keystore::{
    Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKey, PrivateKeyChain,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let made = local::make(&["localhost", "127.0.0.1"], SystemTime::now(), 90)?;
    let subject = Subject { common_name: "board".to_owned(), ..Subject::default() };
    for file in made.files(8884, "") {
        write("judge", &file.name, &file.bytes)?;
    }
    for (name, kind) in [("rsa", KeyKind::Rsa2048), ("p384", KeyKind::P384), ("ed25519", KeyKind::Ed25519)] {
        let made = request::make(&subject, kind)?;
        write("judge", name, made.key_pem.as_bytes())?;
        write("judge", &format!("{name}.csr"), made.request_pem.as_bytes())?;
        write("judge", &format!("{name}.der"), &der(&made.key_pem))?;
    }
    for (name, pem) in [("ca", &made.ca_pem), ("client", &made.client_pem), ("server", &made.server_pem)] {
        write("facts", name, &der(pem))?;
        write("judge", &format!("{name}.der"), &der(pem))?;
    }
    let draft = Draft { name: "Bench".to_owned(), host: "broker.lab".to_owned(), ..Draft::default() };
    write("profile", "bench.echo-profile", profile::file::write(&draft, Path::new("/there"))?.as_bytes())?;
    for legacy in [false, true] {
        write("judge", &format!("legacy-{legacy}.p12"), &pkcs12(&made, legacy)?)?;
    }
    Ok(())
}

fn write(target: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
    let folder = Path::new("corpus").join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), bytes)
}

fn pkcs12(made: &local::LocalCa, legacy: bool) -> p12_keystore::Result<Vec<u8>> {
    let chain = [&made.client_pem, &made.ca_pem].map(|pem| Certificate::from_der(&der(pem)));
    let chain = chain.into_iter().collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKey::from_der(&der(&made.client_key_pem))?;
    let mut store = KeyStore::new();
    store.add_entry("me", KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new(&[1][..], key, chain)));
    let writer = store.writer("secret").encryption_iterations(4).mac_iterations(4);
    match legacy {
        true => writer
            .encryption_algorithm(EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc)
            .mac_algorithm(MacAlgorithm::HmacSha1)
            .write(),
        false => writer.write(),
    }
}

/// The content of a PEM block, for which four letters are three bytes.
fn der(pem: &str) -> Vec<u8> {
    let digits =
        pem.lines().filter(|line| !line.starts_with('-')).flat_map(str::bytes).filter_map(
            |digit| match digit {
                b'A'..=b'Z' => Some(digit - b'A'),
                b'a'..=b'z' => Some(digit - b'a' + 26),
                b'0'..=b'9' => Some(digit - b'0' + 52),
                b'+' => Some(62),
                b'/' => Some(63),
                _ => None,
            },
        );
    let digits: Vec<u8> = digits.collect();
    let group = |four: &[u8]| {
        let bits = four
            .iter()
            .enumerate()
            .fold(0_u32, |sum, (place, digit)| sum | u32::from(*digit) << (18 - 6 * place));
        bits.to_be_bytes()[1..four.len()].to_vec()
    };
    digits.chunks(4).flat_map(group).collect()
}
