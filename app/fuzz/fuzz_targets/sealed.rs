//! The inside of PKCS#12 and of encrypted keys, behind the doors that random bytes don't pass: as the bags of a file without
//! a checksum, and as the parameters of an encryption.
#![no_main]

use echo_monitor_fuzz::judged;

#[global_allocator]
static ALLOCATOR: echo_monitor_fuzz::Counting = echo_monitor_fuzz::Counting;

const DATA: &[u8] = &[0x06, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let bags = element(0x30, &[bytes]);
    let info = |content: &[u8]| element(0x30, &[DATA, &element(0xA0, &[&element(4, &[content])])]);
    let safes = element(0x30, &[&info(&bags)]);
    judged(&element(0x30, &[&[2, 1, 3], &info(&safes)]), Some("secret"));
    judged(&element(0x30, &[&element(0x30, &[bytes]), &element(4, &[&[0; 64]])]), Some("secret"));
});

fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let length = (value.len() as u32).to_be_bytes();
    [&[tag, 0x84], &length[..], &value].concat()
}
