//! Files of the largest size that is read, made to cost as much as can be: prints the time and the memory of each.

use std::time::Instant;

use echo_monitor_fuzz::{Counting, bounded, judged, peak};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const SIZE: usize = 1 << 20;

fn main() {
    let certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    let attribute = [0x31, 9, 0x30, 7, 0x06, 1, 0x2A, 0x0C, 2, b'a', b'b'];
    let extension = [0x30, 6, 0x06, 1, 0x2A, 0x04, 1, 0];
    let certificates = |names: &[u8], extensions: &[u8], count: usize| {
        let one = certificate_of(names, extensions);
        one.repeat(count)
    };
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("zeros", vec![0; SIZE]),
        ("dashes", vec![b'-'; SIZE]),
        ("BEGIN", "-----BEGIN ".repeat(SIZE / 11).into_bytes()),
        ("BEGIN and END", "-----BEGIN X-----".repeat(SIZE / 17).into_bytes()),
        ("one label", format!("-----BEGIN {}-----", "X".repeat(SIZE - 20)).into_bytes()),
        ("many blocks", certificate.repeat(SIZE / certificate.len()).into_bytes()),
        ("empty elements", [0x30, 0].repeat(SIZE / 2)),
        ("marks", [0x30, 0x80].repeat(SIZE / 2)),
        ("a sequence of numbers", sequence(&[2, 1, 0].repeat(SIZE / 3 - 8))),
        ("base64", vec![b'M'; SIZE]),
        ("one huge name", certificates(&attribute.repeat(SIZE / 11 - 100), &[], 1)),
        ("names, 64 KiB", certificates(&attribute.repeat(5_900), &[], 16)),
        ("extensions, 64 KiB", certificates(&attribute, &extension.repeat(8_000), 16)),
        ("small certificates", certificates(&attribute, &[], SIZE / 170)),
        ("iterations", pkcs12(2_000_000)),
        ("too many iterations", pkcs12(2_000_001)),
    ];
    for (name, bytes) in files {
        let bytes = &bytes[..bytes.len().min(SIZE)];
        let start = Instant::now();
        bounded(|| judged(bytes, Some("secret")));
        println!("{name:24} {:>8.1} ms {:>6.1} MB", start.elapsed().as_secs_f64() * 1e3, peak() as f64 / 1e6);
    }
}

fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let length = (value.len() as u32).to_be_bytes();
    let length: Vec<u8> = match value.len() {
        0..0x80 => vec![length[3]],
        0x80..0x100 => vec![0x81, length[3]],
        0x100..0x1_0000 => vec![0x82, length[2], length[3]],
        _ => vec![0x83, length[1], length[2], length[3]],
    };
    [&[tag], &length[..], &value].concat()
}

fn sequence(inside: &[u8]) -> Vec<u8> {
    element(0x30, &[inside])
}

/// A certificate with these names and extensions, and a signature of nothing.
fn certificate_of(names: &[u8], extensions: &[u8]) -> Vec<u8> {
    let algorithm = sequence(&[0x06, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02]);
    let time = element(0x17, &[b"260101000000Z"]);
    let key = sequence(&[&algorithm[..], &element(3, &[&[0, 4, 1, 1]])].concat());
    let extensions = element(0xA3, &[&sequence(extensions)]);
    let parts: [&[u8]; 8] = [
        &element(0xA0, &[&[2, 1, 2]]),
        &[2, 1, 1],
        &algorithm,
        &sequence(names),
        &sequence(&[&time[..], &time].concat()),
        &sequence(&[]),
        &key,
        &extensions,
    ];
    let signed = sequence(&parts.concat());
    sequence(&[&signed[..], &algorithm, &element(3, &[&[0, 1]])].concat())
}

/// A PKCS#12 file with a checksum that asks for so many iterations.
fn pkcs12(iterations: u32) -> Vec<u8> {
    let data = [0x06, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01];
    let info = sequence(&[&data[..], &element(0xA0, &[&element(4, &[&sequence(&[])])])].concat());
    let sha512 = sequence(&element(6, &[&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03]]));
    let digest = sequence(&[&sha512[..], &element(4, &[&[0; 64]])].concat());
    let count = [&[2, 4][..], &iterations.to_be_bytes()].concat();
    let mac = sequence(&[&digest[..], &element(4, &[&[1; 8]]), &count].concat());
    sequence(&[&[2, 1, 3], &info[..], &mac].concat())
}
