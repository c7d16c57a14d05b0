//! Partitions that no board can use.

use super::*;

fn verdict(flash: &[u8]) -> Run {
    Emulator::start_with(Firmware::P256, flash, "failures=1").end(LIMIT)
}

#[test]
#[ignore = "needs qemu-system-arm and the firmware"]
fn that_was_never_written() {
    let run = verdict(&[0xff; 4096]);
    assert_eq!(run.code, i32::from(outcome::PARTITION));
    assert_eq!(run.count("erased"), 1, "{}", run.log.join("\n"));
}

#[test]
#[ignore = "needs qemu-system-arm and the firmware"]
fn with_a_flipped_bit() {
    let ca = Signer::authority("ca");
    let own = ca.board();
    let mut flash = partition(1, &ca, Some(&own)).encode().unwrap();
    let middle = flash.len() / 2;
    flash[middle] ^= 1;
    let run = verdict(&flash);
    assert_eq!(run.code, i32::from(outcome::PARTITION));
    assert_eq!(run.count("damaged"), 1, "{}", run.log.join("\n"));
}

#[test]
#[ignore = "needs qemu-system-arm and the firmware"]
fn with_the_key_of_another() {
    let ca = Signer::authority("ca");
    let (own, other) = (ca.board(), ca.board());
    let mut told = partition(1, &ca, Some(&own));
    told.key = Some(other.key());
    let run = verdict(&told.encode().unwrap());
    assert_eq!(run.code, i32::from(outcome::PARTITION));
    assert_eq!(run.count("KeyMismatch"), 1, "{}", run.log.join("\n"));
}
