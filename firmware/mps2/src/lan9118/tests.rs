#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use alloc::{collections::VecDeque, vec, vec::Vec};
use core::task::Waker;

use embassy_net_driver::{RxToken, TxToken};

use super::*;

/// A chip made of queues: it knows what the driver asks of it and nothing more.
struct Chip {
    byte_test: u32,
    mac: [u32; 16],
    phy_status: u32,
    command: u32,
    data: u32,
    mii: u32,
    statuses: VecDeque<u32>,
    words: VecDeque<u32>,
    sent: Vec<u32>,
    room: u32,
    acknowledged: u32,
}

impl Chip {
    fn new() -> Self {
        let mut mac = [0; 16];
        mac[mac::ADDRL as usize] = 0x1200_5452;
        mac[mac::ADDRH as usize] = 0x5634;
        Self {
            byte_test: BYTE_ORDER,
            mac,
            phy_status: LINK,
            command: 0,
            data: 0,
            mii: 0,
            statuses: VecDeque::new(),
            words: VecDeque::new(),
            sent: Vec::new(),
            room: 4608,
            acknowledged: 0,
        }
    }

    /// A frame on the wire, as it lies in the FIFOs.
    fn arrive(&mut self, frame: &[u8], error: u32) {
        let mut bytes = frame.to_vec();
        bytes.extend([0xcc; CHECK]);
        self.statuses.push_back((bytes.len() as u32) << 16 | error);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        self.words.extend(bytes.chunks_exact(4).map(|word| u32::from_le_bytes(word.try_into().unwrap())));
    }
}

impl Registers for &mut Chip {
    fn read(&mut self, offset: usize) -> u32 {
        match offset {
            register::BYTE_TEST => self.byte_test,
            register::RX_FIFO_INF => (self.statuses.len() as u32) << 16,
            register::RX_STATUS => self.statuses.pop_front().unwrap(),
            register::RX_DATA => self.words.pop_front().unwrap(),
            register::TX_FIFO_INF => self.room,
            register::MAC_CSR_DATA => self.data,
            register::HW_CFG | register::MAC_CSR_CMD | register::E2P_CMD | register::RX_DP_CTRL => 0,
            other => panic!("read of {other:#x}"),
        }
    }

    fn write(&mut self, offset: usize, value: u32) {
        match offset {
            register::MAC_CSR_DATA => self.data = value,
            register::MAC_CSR_CMD => {
                self.command = value;
                let index = (value & 0xf) as usize;
                if value & READ != 0 {
                    self.data = match index as u32 {
                        mac::MII_ACC => self.mii & !MII_BUSY,
                        mac::MII_DATA if self.mii >> 6 & 31 == PHY_STATUS => self.phy_status,
                        _ => self.mac[index],
                    };
                } else if index as u32 == mac::MII_ACC {
                    self.mii = self.data;
                } else {
                    self.mac[index] = self.data;
                }
            }
            register::TX_DATA => self.sent.push(value),
            register::INT_STS => self.acknowledged |= value,
            register::RX_DP_CTRL => {
                // Skips the frame whose status was read last: here always up to the next whole one.
                let left: u32 = self.statuses.iter().map(|status| (status >> 16).div_ceil(4)).sum();
                self.words.drain(..self.words.len() - left as usize);
            }
            _ => {}
        }
    }
}

fn receive(nic: &mut Lan9118<'_, &mut Chip>) -> Option<Vec<u8>> {
    let (frame, _) = nic.receive(&mut Context::from_waker(Waker::noop()))?;
    Some(frame.consume(|bytes| bytes.to_vec()))
}

#[test]
fn the_address_is_the_chips_own() {
    let (mut chip, mut frames) = (Chip::new(), Frames::new());
    let nic = Lan9118::new(&mut chip, &mut frames).unwrap();
    assert_eq!(nic.address(), [0x52, 0x54, 0, 0x12, 0x34, 0x56]);
    assert_eq!(nic.registers.mac[mac::CR as usize], FULL_DUPLEX | TRANSMITTER | RECEIVER);
}

#[test]
fn what_is_no_such_chip_is_refused() {
    let (mut chip, mut frames) = (Chip::new(), Frames::new());
    chip.byte_test = 0x2143_6587;
    assert_eq!(Lan9118::new(&mut chip, &mut frames).err(), Some(Dead::Absent(0x2143_6587)));
    for blank in [0, u32::MAX] {
        let mut chip = Chip::new();
        chip.mac[mac::ADDRL as usize] = blank;
        chip.mac[mac::ADDRH as usize] = blank & 0xffff;
        assert_eq!(Lan9118::new(&mut chip, &mut frames).err(), Some(Dead::Nameless));
    }
}

#[test]
fn frames_of_any_length_arrive_whole_and_in_order() {
    let (mut chip, mut frames) = (Chip::new(), Frames::new());
    let lengths = [60, 61, 62, 63, 64, FRAME];
    for length in lengths {
        chip.arrive(&vec![length as u8; length], 0);
    }
    let mut nic = Lan9118::new(&mut chip, &mut frames).unwrap();
    for length in lengths {
        assert_eq!(receive(&mut nic), Some(vec![length as u8; length]));
    }
    assert_eq!(receive(&mut nic), None);
    assert_eq!(nic.skipped(), 0);
    assert_ne!(nic.registers.acknowledged & ARRIVED, 0);
}

#[test]
fn broken_and_overlong_frames_are_skipped_and_counted() {
    let (mut chip, mut frames) = (Chip::new(), Frames::new());
    chip.arrive(&[1; 100], ERROR);
    chip.arrive(&[2; FRAME + 1], 0);
    chip.arrive(&[3; 3], ERROR);
    chip.arrive(&[4; 64], 0);
    let mut nic = Lan9118::new(&mut chip, &mut frames).unwrap();
    assert_eq!(receive(&mut nic), Some(vec![4; 64]));
    assert_eq!(nic.skipped(), 3);
}

#[test]
fn a_frame_is_sent_as_one_piece() {
    let (mut chip, mut frames) = (Chip::new(), Frames::new());
    let mut nic = Lan9118::new(&mut chip, &mut frames).unwrap();
    let token = nic.transmit(&mut Context::from_waker(Waker::noop())).unwrap();
    token.consume(5, |frame| frame.copy_from_slice(b"hello"));
    assert_eq!(chip.sent[..3], [WHOLE | 5, 5, u32::from_le_bytes(*b"hell")]);
    assert_eq!(chip.sent[3].to_le_bytes()[0], b'o');
    assert_eq!(chip.sent.len(), 4);
}

#[test]
fn nothing_is_sent_or_received_without_room() {
    let (mut chip, mut frames) = (Chip::new(), Frames::new());
    chip.room = 1000;
    chip.arrive(&[1; 60], 0);
    let mut nic = Lan9118::new(&mut chip, &mut frames).unwrap();
    assert!(nic.transmit(&mut Context::from_waker(Waker::noop())).is_none());
    assert_eq!(receive(&mut nic), None);
    nic.registers.room = 4608;
    assert_eq!(receive(&mut nic), Some(vec![1; 60]));
}

#[test]
fn the_link_is_what_the_phy_says() {
    let (mut chip, mut frames) = (Chip::new(), Frames::new());
    let mut nic = Lan9118::new(&mut chip, &mut frames).unwrap();
    assert!(nic.link_state(&mut Context::from_waker(Waker::noop())) == LinkState::Up);
    nic.registers.phy_status = 0;
    assert!(nic.link_state(&mut Context::from_waker(Waker::noop())) == LinkState::Down);
}
