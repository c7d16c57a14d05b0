#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use alloc::{string::String, vec};

use proptest::prelude::*;

use super::*;

/// What starts like a PKCS#8 key. The partition looks no deeper.
const KEY: [u8; 8] = [0x30, 6, 2, 1, 0, 0x30, 1, 0];

fn example() -> Partition<'static> {
    Partition {
        anchors: vec![b"a CA".as_slice().into()],
        chain: vec![b"a certificate".as_slice().into()],
        key: Some(KEY.as_slice().try_into().unwrap()),
        ..Partition::new("broker.test", 8884, b"Hello")
    }
}

fn image() -> Vec<u8> {
    example().encode().unwrap()
}

/// The image with its length and its checksum made right again.
fn mended(mut image: Vec<u8>) -> Vec<u8> {
    let length = u32::try_from(image.len() - HEADER).unwrap();
    image[8..12].copy_from_slice(&length.to_le_bytes());
    let sum = checksum(&image[..12], &image[HEADER..]);
    image[12..16].copy_from_slice(&sum.to_le_bytes());
    image
}

/// The image with one more field.
fn with(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut image = image();
    image.push(tag);
    image.extend_from_slice(&u16::try_from(value.len()).unwrap().to_le_bytes());
    image.extend_from_slice(value);
    mended(image)
}

#[test]
fn what_was_written_is_read() {
    assert_eq!(parse(&image()).unwrap(), example());
    let full = Partition {
        address: Some([10, 0, 2, 2].into()),
        network: Network::Static {
            address: [10, 0, 2, 9].into(),
            prefix: 24,
            gateway: Some([10, 0, 2, 2].into()),
            resolver: None,
        },
        protocol: Protocol::V311,
        qos: Qos::AtLeastOnce,
        client_id: Some("board-1"),
        login: Some(("board", Password(b"\0secret"))),
        status: None,
        direction: Direction::Right,
        anchors: vec![b"one".as_slice().into(), b"another".as_slice().into()],
        ..example()
    };
    assert_eq!(parse(&full.encode().unwrap()).unwrap(), full);
}

#[test]
fn what_lies_behind_the_image_does_not_matter() {
    let mut flash = image();
    flash.resize(LIMIT, 0xff);
    assert_eq!(parse(&flash).unwrap(), example());
}

#[test]
fn the_layout_is_the_documented_one() {
    let image = image();
    assert_eq!(image[..8], *b"ECHO\x01\0\0\0");
    assert_eq!(image[HEADER..HEADER + 14], *b"\x01\x0b\0broker.test");
    // The checksum's well-known test value.
    assert_eq!(checksum(b"1234", b"56789"), 0xcbf4_3926);
}

#[test]
fn flash_that_holds_no_image_says_what_it_holds() {
    assert_eq!(parse(&[0xff; 4096]), Err(Problem::Erased));
    assert_eq!(parse(&[0; 4096]), Err(Problem::Foreign));
    assert_eq!(parse(b"ECHO"), Err(Problem::Cut { needed: HEADER, present: 4 }));
    let mut later = image();
    later[4] = 2;
    assert_eq!(parse(&later), Err(Problem::OtherVersion { found: 2 }));
    let mut huge = image();
    huge[11] = 1;
    assert!(matches!(parse(&huge), Err(Problem::TooLong { .. })));
}

#[test]
fn an_image_that_ends_early_is_refused_wherever_it_ends() {
    let image = image();
    for length in 0..image.len() {
        assert!(matches!(parse(&image[..length]), Err(Problem::Cut { .. })), "{length}");
    }
}

#[test]
fn any_changed_bit_is_noticed() {
    let image = image();
    for bit in 0..image.len() * 8 {
        let mut changed = image.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(parse(&changed).is_err(), "bit {bit}");
    }
}

#[test]
fn fields_are_refused_that_are_unknown_doubled_or_senseless() {
    assert_eq!(parse(&with(0, b"")), Err(Problem::Unknown { tag: 0 }));
    assert_eq!(parse(&with(18, b"")), Err(Problem::Unknown { tag: 18 }));
    assert_eq!(parse(&with(1, b"other")), Err(Problem::Twice(Field::Host)));
    assert_eq!(parse(&with(Field::Address as u8, b"abc")), Err(Problem::Invalid(Field::Address)));
    assert_eq!(parse(&with(Field::ClientId as u8, b"")), Err(Problem::Invalid(Field::ClientId)));
    assert_eq!(parse(&with(Field::ClientId as u8, b"a\0b")), Err(Problem::Invalid(Field::ClientId)));
    assert_eq!(parse(&with(Field::ClientId as u8, b"\xff")), Err(Problem::Invalid(Field::ClientId)));
    assert_eq!(parse(&with(Field::Network as u8, &[33; 13])), Err(Problem::Invalid(Field::Network)));
    assert_eq!(parse(&with(Field::Password as u8, b"x")), Err(Problem::Missing(Field::User)));

    let mut cut = image();
    cut.extend_from_slice(&[7, 200, 0, b'x']);
    assert_eq!(parse(&mended(cut)), Err(Problem::Invalid(Field::ClientId)));
}

#[test]
fn nothing_is_made_that_the_board_would_refuse() {
    let cases = [
        (Partition { host: "", ..example() }, Problem::Invalid(Field::Host)),
        (Partition { port: 0, ..example() }, Problem::Invalid(Field::Port)),
        (Partition { first: &[b'x'; 129], ..example() }, Problem::Invalid(Field::First)),
        (Partition { anchors: vec![], ..example() }, Problem::Missing(Field::Anchor)),
        (Partition { chain: vec![], ..example() }, Problem::Missing(Field::Certificate)),
        (Partition { key: None, ..example() }, Problem::Missing(Field::Key)),
        (Partition { publish: "a\nb", ..example() }, Problem::Invalid(Field::Publish)),
    ];
    for (partition, problem) in cases {
        assert_eq!(partition.encode(), Err(problem));
    }
    let large = [b'x'; LIMIT];
    let large = Partition { anchors: vec![large.as_slice().into()], ..example() };
    assert!(matches!(large.encode(), Err(Problem::TooLong { .. })));
    let without = Partition { chain: vec![], key: None, ..example() };
    assert_eq!(parse(&without.encode().unwrap()).unwrap(), without);
}

#[test]
fn secrets_are_not_shown() {
    let secret = Partition { login: Some(("board", Password(b"secret"))), ..example() };
    let shown = alloc::format!("{secret:?}");
    assert!(!shown.contains("115, 101") && !shown.contains("48, 6, 2"), "{shown}");
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes);
        let mut image = vec![0; HEADER];
        image[..6].copy_from_slice(b"ECHO\x01\0");
        image.extend(bytes);
        let _ = parse(&mended(image));
    }

    #[test]
    fn any_settings_survive(
        host in "[a-z0-9.-]{1,60}", port in 1u16.., client in "\\PC{1,23}", first in prop::collection::vec(any::<u8>(), 0..=128),
        anchor in prop::collection::vec(any::<u8>(), 1..2000), octets in any::<[u8; 4]>(),
    ) {
        let anchors = vec![anchor.as_slice().into()];
        let client: &String = &client;
        let partition = Partition {
            client_id: Some(client), address: Some(octets.into()), anchors, chain: vec![], key: None,
            ..Partition::new(&host, port, &first)
        };
        let image = partition.encode().unwrap();
        prop_assert_eq!(parse(&image).unwrap(), partition);
    }
}
