//! Where things are on this chip, and the only place where they are touched.
//!
//! Arm application note AN385, chapter 3.

#![expect(unsafe_code, reason = "registers and flash lie at fixed addresses")]

use core::ptr;

use cortex_m::interrupt::InterruptNumber;
use cortex_m::peripheral::{NVIC, SCB, SYST, syst::SystClkSource};
use echo_board::partition;
use echo_board_mps2::{executor::Rest, lan9118::Registers};

use super::clock;

/// The LAN9118.
const ETHERNET: usize = 0x4020_0000;
/// FPGAIO's COUNTER, and the PRESCALE that slows it down.
const COUNTER: usize = 0x4002_8018;
const PRESCALE: usize = 0x4002_801c;
/// The partition, in code memory behind the firmware.
const PARTITION: usize = 0x0030_0000;
/// Bytes that belong to it: what an image may have at most, rounded up.
const PARTITION_SIZE: usize = (partition::LIMIT + 4096).next_multiple_of(4096);

/// Megahertz of the core and of the counter before its prescaler.
const CLOCK: u32 = 25;
/// The longest sleep in microseconds. QEMU's user network hands frames over late to a core that sleeps long; on a board
/// this could be as long as SysTick lasts, 0.6 s.
const LONGEST_SLEEP: u64 = 5_000;

/// The Ethernet controller's interrupt.
#[derive(Clone, Copy)]
struct Ethernet;

// SAFETY: the AN385 has 32 interrupts, the controller's is number 13; the number never changes.
unsafe impl InterruptNumber for Ethernet {
    fn number(self) -> u16 {
        13
    }
}

/// Sleep and Ethernet, once.
pub(super) fn take() -> Option<(Sleep, Lan9118)> {
    let mut core = cortex_m::Peripherals::take()?;
    write(PRESCALE, CLOCK - 1);
    core.SYST.set_clock_source(SystClkSource::Core);
    core.SYST.enable_interrupt();
    // SAFETY: interrupts are masked for the whole run, so no critical section depends on this one being disabled, and its
    // handler, which is none, never runs. Enabled it ends a sleep.
    unsafe { NVIC::unmask(Ethernet) };
    Some((Sleep { alarm: core.SYST }, Lan9118))
}

/// What lies in the partition.
pub(super) fn partition() -> &'static [u8] {
    // SAFETY: code memory has 4 MiB, nothing else is linked there and nothing writes there while the firmware runs.
    unsafe { core::slice::from_raw_parts(ptr::with_exposed_provenance(PARTITION), PARTITION_SIZE) }
}

/// Microseconds, wrapping every 71 minutes, once [`take`] has set the prescaler.
pub(super) fn microseconds() -> u32 {
    read(COUNTER)
}

/// Rest for the executor.
pub(super) struct Sleep {
    alarm: SYST,
}

impl Rest for Sleep {
    fn wake_due(&mut self) {
        clock::wake_due();
    }

    fn sleep(&mut self) {
        let microseconds = clock::until_next().min(LONGEST_SLEEP) as u32;
        if microseconds == 0 {
            return;
        }
        // One shot: a ticking timer would lose time with every tick that comes late.
        self.alarm.set_reload(microseconds * CLOCK - 1);
        self.alarm.clear_current();
        self.alarm.enable_counter();
        cortex_m::asm::wfi();
        self.alarm.disable_counter();
        SCB::clear_pendst();
        NVIC::unpend(Ethernet);
    }
}

/// The controller's registers.
pub(super) struct Lan9118;

impl Registers for Lan9118 {
    fn read(&mut self, offset: usize) -> u32 {
        read(ETHERNET + offset)
    }

    fn write(&mut self, offset: usize, value: u32) {
        write(ETHERNET + offset, value);
    }
}

fn read(address: usize) -> u32 {
    // SAFETY: private to this module, which passes addresses of registers only: aligned, always there, and no memory that
    // Rust owns. A read has no effect but the device's own.
    unsafe { ptr::with_exposed_provenance::<u32>(address).read_volatile() }
}

fn write(address: usize, value: u32) {
    // SAFETY: as in `read`; none of these registers makes the device write into memory.
    unsafe { ptr::with_exposed_provenance_mut::<u32>(address).write_volatile(value) }
}
