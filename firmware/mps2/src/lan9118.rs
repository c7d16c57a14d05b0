//! The Ethernet controller LAN9118 (SMSC, now Microchip), a driver for `embassy-net-driver`.
//!
//! Polled: nothing here waits for an interrupt or touches a waker. The chip raises its line when a frame has arrived, the
//! board wakes up, and the network stack asks [`receive`](Driver::receive). Frames move word by word through the chip's
//! FIFOs; there is no DMA. Section numbers are those of the data sheet, DS00002266B.
//!
//! Invariants: a frame that is broken or longer than Ethernet allows is skipped inside the chip and counted; every wait
//! for the chip is bounded.

use core::task::Context;

use embassy_net_driver::{Capabilities, Driver, HardwareAddress, LinkState};

/// Access to the chip's registers, 32 bits each, by their byte offset.
pub trait Registers {
    /// Reads a register. Reading a FIFO port takes a word out of it.
    fn read(&mut self, offset: usize) -> u32;
    /// Writes a register.
    fn write(&mut self, offset: usize, value: u32);
}

/// Registers that are reached directly, section 5.3.
mod register {
    pub(super) const RX_DATA: usize = 0x00;
    pub(super) const TX_DATA: usize = 0x20;
    pub(super) const RX_STATUS: usize = 0x40;
    pub(super) const IRQ_CFG: usize = 0x54;
    pub(super) const INT_STS: usize = 0x58;
    pub(super) const INT_EN: usize = 0x5c;
    pub(super) const BYTE_TEST: usize = 0x64;
    pub(super) const FIFO_INT: usize = 0x68;
    pub(super) const TX_CFG: usize = 0x70;
    pub(super) const HW_CFG: usize = 0x74;
    pub(super) const RX_DP_CTRL: usize = 0x78;
    pub(super) const RX_FIFO_INF: usize = 0x7c;
    pub(super) const TX_FIFO_INF: usize = 0x80;
    pub(super) const MAC_CSR_CMD: usize = 0xa4;
    pub(super) const MAC_CSR_DATA: usize = 0xa8;
    pub(super) const E2P_CMD: usize = 0xb0;
}

/// Registers of the MAC, reached through MAC_CSR_CMD, section 5.4.
mod mac {
    pub(super) const CR: u32 = 1;
    pub(super) const ADDRH: u32 = 2;
    pub(super) const ADDRL: u32 = 3;
    pub(super) const MII_ACC: u32 = 6;
    pub(super) const MII_DATA: u32 = 7;
}

/// BYTE_TEST reads so, in the right byte order, section 5.3.6.
const BYTE_ORDER: u32 = 0x8765_4321;
/// HW_CFG: soft reset.
const RESET: u32 = 1;
/// HW_CFG: a bit that must be one, and 5 KiB of the 16 for sending (the reset value), section 5.3.9.
const HARDWARE: u32 = 1 << 20 | 5 << 16;
/// TX_CFG: send, and drop the status of sent frames instead of stopping when nobody reads it, section 5.3.8.
const SEND: u32 = 1 << 1 | 1 << 2;
/// MAC_CR: full duplex, transmitter, receiver, section 5.4.1.
const FULL_DUPLEX: u32 = 1 << 20;
const TRANSMITTER: u32 = 1 << 3;
const RECEIVER: u32 = 1 << 2;
/// IRQ_CFG: enabled, active high, push-pull, section 5.3.2.
const LINE: u32 = 1 << 8 | 1 << 4 | 1;
/// INT_STS and INT_EN: the receive status FIFO has more than the level in FIFO_INT.
const ARRIVED: u32 = 1 << 3;
/// MAC_CSR_CMD: busy, read, section 5.3.21. E2P_CMD has its busy bit in the same place, section 5.3.24.
const BUSY: u32 = 1 << 31;
const READ: u32 = 1 << 30;
/// MII_ACC: the internal PHY's address, and busy, section 5.4.6.
const PHY: u32 = 1 << 11;
const MII_BUSY: u32 = 1;
/// The PHY's basic status register (IEEE 802.3, clause 22.2.4.2), and its link bit.
const PHY_STATUS: u32 = 1;
const LINK: u32 = 1 << 2;
/// RX_DP_CTRL: skip the frame at the head of the receive FIFO, section 5.3.10.
const SKIP: u32 = 1 << 31;
/// A frame's receive status: error summary, section 3.13.3.
const ERROR: u32 = 1 << 15;
/// TX command A: the only piece of its frame, section 3.12.2.
const WHOLE: u32 = 1 << 13 | 1 << 12;
/// Words of TX command A and B.
const COMMANDS: u32 = 2;
/// How often the chip is asked before it counts as dead.
const PATIENCE: u32 = 100_000;

/// The longest frame: header, 1500 bytes, without its check sequence.
const FRAME: usize = 1514;
/// Its check sequence, which the chip hands over with the frame.
const CHECK: usize = 4;
/// Room for the longest frame with its check sequence, in whole words.
const ROOM: usize = (FRAME + CHECK).next_multiple_of(4);

/// Why there is no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Dead {
    /// Nothing answers there, or in another byte order.
    #[error("no LAN9118: its byte test register reads {0:#010x}")]
    Absent(u32),
    /// It does not come to rest.
    #[error("the LAN9118 does not answer")]
    Stuck,
    /// It has no address of its own: its EEPROM is empty.
    #[error("the LAN9118 has no hardware address")]
    Nameless,
}

/// Room for a frame each way.
pub struct Frames {
    received: [u8; ROOM],
    sent: [u8; ROOM],
}

impl Frames {
    /// Room with nothing in it.
    #[must_use]
    pub const fn new() -> Self {
        Self { received: [0; ROOM], sent: [0; ROOM] }
    }
}

impl Default for Frames {
    fn default() -> Self {
        Self::new()
    }
}

/// The controller, switched on.
pub struct Lan9118<'a, R> {
    registers: R,
    frames: &'a mut Frames,
    address: [u8; 6],
    skipped: u32,
}

impl<'a, R: Registers> Lan9118<'a, R> {
    /// Resets the chip and lets it send and receive frames for its own address and for everybody.
    ///
    /// # Errors
    /// When there is no such chip, or it has no address.
    pub fn new(mut registers: R, frames: &'a mut Frames) -> Result<Self, Dead> {
        let order = registers.read(register::BYTE_TEST);
        if order != BYTE_ORDER {
            return Err(Dead::Absent(order));
        }
        registers.write(register::HW_CFG, RESET);
        await_clear(&mut registers, register::HW_CFG, RESET)?;
        // The chip reads its address out of its EEPROM after a reset.
        await_clear(&mut registers, register::E2P_CMD, BUSY)?;
        registers.write(register::HW_CFG, HARDWARE);
        let address = address(&mut registers)?;

        registers.write(register::FIFO_INT, 0);
        registers.write(register::INT_STS, u32::MAX);
        registers.write(register::INT_EN, ARRIVED);
        registers.write(register::IRQ_CFG, LINE);
        registers.write(register::TX_CFG, SEND);
        write_mac(&mut registers, mac::CR, FULL_DUPLEX | TRANSMITTER | RECEIVER)?;
        Ok(Self { registers, frames, address, skipped: 0 })
    }

    /// The chip's own address.
    #[must_use]
    pub const fn address(&self) -> [u8; 6] {
        self.address
    }

    /// Frames that were received broken or too long.
    #[must_use]
    pub const fn skipped(&self) -> u32 {
        self.skipped
    }

    /// Moves the next good frame out of the chip; its length without check sequence.
    fn take_frame(&mut self) -> Option<usize> {
        loop {
            let waiting = self.registers.read(register::RX_FIFO_INF) >> 16 & 0xff;
            if waiting == 0 {
                return None;
            }
            let status = self.registers.read(register::RX_STATUS);
            let length = (status >> 16 & 0x3fff) as usize;
            if status & ERROR == 0 && (CHECK..=FRAME + CHECK).contains(&length) {
                for word in self.frames.received[..length.next_multiple_of(4)].chunks_exact_mut(4) {
                    word.copy_from_slice(&self.registers.read(register::RX_DATA).to_le_bytes());
                }
                return Some(length - CHECK);
            }
            self.skip(length);
            self.skipped = self.skipped.wrapping_add(1);
        }
    }

    /// Throws away the frame at the head of the FIFO. The chip does so by itself, but only with frames of four words and
    /// more (section 5.3.10).
    fn skip(&mut self, length: usize) {
        let words = length.div_ceil(4);
        if words < 4 {
            for _ in 0..words {
                self.registers.read(register::RX_DATA);
            }
        } else {
            self.registers.write(register::RX_DP_CTRL, SKIP);
            // A chip that never comes to rest here delivers nothing any more, which the connection's limits notice.
            await_clear(&mut self.registers, register::RX_DP_CTRL, SKIP).ok();
        }
    }

    /// Whether the longest frame fits into the transmit FIFO now.
    fn may_send(&mut self) -> bool {
        let free = (self.registers.read(register::TX_FIFO_INF) & 0xffff) as usize;
        free >= ROOM + 4 * COMMANDS as usize
    }
}

impl<R: Registers> Driver for Lan9118<'_, R> {
    type RxToken<'a>
        = Received<'a>
    where
        Self: 'a;
    type TxToken<'a>
        = Sending<'a, R>
    where
        Self: 'a;

    fn receive(&mut self, _: &mut Context<'_>) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        // The line drops before the FIFO is looked at: a frame that arrives meanwhile raises it again.
        self.registers.write(register::INT_STS, ARRIVED);
        if !self.may_send() {
            return None;
        }
        let length = self.take_frame()?;
        let Frames { received, sent } = &mut *self.frames;
        Some((Received(&mut received[..length]), Sending { registers: &mut self.registers, frame: sent }))
    }

    fn transmit(&mut self, _: &mut Context<'_>) -> Option<Self::TxToken<'_>> {
        self.may_send().then_some(Sending { registers: &mut self.registers, frame: &mut self.frames.sent })
    }

    fn link_state(&mut self, _: &mut Context<'_>) -> LinkState {
        match read_phy(&mut self.registers, PHY_STATUS) {
            Ok(status) if status & LINK != 0 => LinkState::Up,
            _ => LinkState::Down,
        }
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = FRAME;
        capabilities.max_burst_size = Some(1);
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        HardwareAddress::Ethernet(self.address)
    }
}

/// A frame that was received.
pub struct Received<'a>(&'a mut [u8]);

impl embassy_net_driver::RxToken for Received<'_> {
    fn consume<T, F: FnOnce(&mut [u8]) -> T>(self, read: F) -> T {
        read(self.0)
    }
}

/// Room for a frame in the transmit FIFO.
pub struct Sending<'a, R> {
    registers: &'a mut R,
    frame: &'a mut [u8; ROOM],
}

impl<R: Registers> embassy_net_driver::TxToken for Sending<'_, R> {
    fn consume<T, F: FnOnce(&mut [u8]) -> T>(self, length: usize, fill: F) -> T {
        let result = fill(&mut self.frame[..length]);
        let bytes = length as u32;
        self.registers.write(register::TX_DATA, WHOLE | bytes);
        self.registers.write(register::TX_DATA, bytes);
        for word in self.frame[..length.next_multiple_of(4)].chunks_exact(4) {
            let word = word.try_into().map_or(0, u32::from_le_bytes);
            self.registers.write(register::TX_DATA, word);
        }
        result
    }
}

/// The address that the chip read out of its EEPROM when it was reset.
fn address(registers: &mut impl Registers) -> Result<[u8; 6], Dead> {
    let [a0, a1, a2, a3] = read_mac(registers, mac::ADDRL)?.to_le_bytes();
    let [a4, a5, ..] = read_mac(registers, mac::ADDRH)?.to_le_bytes();
    let address = [a0, a1, a2, a3, a4, a5];
    // The lowest bit of the first byte marks addresses of groups, all ones among them.
    if a0 & 1 == 1 || address == [0; 6] {
        return Err(Dead::Nameless);
    }
    Ok(address)
}

fn read_mac(registers: &mut impl Registers, index: u32) -> Result<u32, Dead> {
    registers.write(register::MAC_CSR_CMD, BUSY | READ | index);
    await_clear(registers, register::MAC_CSR_CMD, BUSY)?;
    Ok(registers.read(register::MAC_CSR_DATA))
}

fn write_mac(registers: &mut impl Registers, index: u32, value: u32) -> Result<(), Dead> {
    registers.write(register::MAC_CSR_DATA, value);
    registers.write(register::MAC_CSR_CMD, BUSY | index);
    await_clear(registers, register::MAC_CSR_CMD, BUSY)
}

fn read_phy(registers: &mut impl Registers, index: u32) -> Result<u32, Dead> {
    write_mac(registers, mac::MII_ACC, PHY | index << 6 | MII_BUSY)?;
    for _ in 0..PATIENCE {
        if read_mac(registers, mac::MII_ACC)? & MII_BUSY == 0 {
            return read_mac(registers, mac::MII_DATA);
        }
    }
    Err(Dead::Stuck)
}

fn await_clear(registers: &mut impl Registers, offset: usize, bits: u32) -> Result<(), Dead> {
    for _ in 0..PATIENCE {
        if registers.read(offset) & bits == 0 {
            return Ok(());
        }
    }
    Err(Dead::Stuck)
}

#[cfg(test)]
mod tests;
