//! This board: Arm's MPS2 with the AN385 image (Cortex-M3, 25 MHz, LAN9118), as QEMU's `mps2-an385` emulates it.
//!
//! Interrupts are masked for the whole run. They end the core's sleep all the same, and that is all they are for: no code
//! runs in an interrupt, so nothing is shared with one.

mod chip;
mod clock;
mod host;
mod memory;

use alloc::sync::Arc;
use core::{fmt, ops::ControlFlow};

use cortex_m_rt::{ExceptionFrame, entry, exception};
use echo_board::{Client, Report, partition};
use echo_board_crypto::P256;
use echo_board_mps2::{
    executor,
    lan9118::{Frames, Lan9118},
    outcome, runner, setup,
};
use embassy_net::StackResources;
use static_cell::ConstStaticCell;

use host::{Goal, Host, say};

/// DHCP, name resolution, the broker.
const SOCKETS: usize = 3;

static EXCHANGE: P256 = P256::new(&Host);
static FRAMES: ConstStaticCell<Frames> = ConstStaticCell::new(Frames::new());
static SOCKET: ConstStaticCell<StackResources<SOCKETS>> = ConstStaticCell::new(StackResources::new());
static RECEIVE: ConstStaticCell<[u8; runner::RECEIVE]> = ConstStaticCell::new([0; runner::RECEIVE]);
static SEND: ConstStaticCell<[u8; runner::SEND]> = ConstStaticCell::new([0; runner::SEND]);

#[entry]
fn start() -> ! {
    cortex_m::interrupt::disable();
    memory::init();
    let code = match run() {
        Ok(code) => code,
        Err(End { code, why }) => {
            say!("cannot start: {why}");
            code
        }
    };
    memory::say_sizes();
    host::exit(code)
}

/// Why a board cannot even begin.
struct End {
    code: u8,
    why: alloc::string::String,
}

/// Runs the board until its goal is reached; for ever, where it has none.
fn run() -> Result<u8, End> {
    let end = |code| move |why: &dyn fmt::Display| End { code, why: alloc::format!("{why}") };
    let partition = partition::parse(chip::partition()).map_err(|why| end(outcome::PARTITION)(&why))?;
    let (rest, registers) = chip::take().ok_or_else(|| end(outcome::CRASH)(&"started twice"))?;
    let controller =
        Lan9118::new(registers, FRAMES.take()).map_err(|why| end(outcome::NO_CONTROLLER)(&why))?;
    let provider = echo_board_crypto::provider(&EXCHANGE);
    let seed = setup::number(provider.secure_random).map_err(|why| end(outcome::NO_RANDOMNESS)(&why))?;
    let settings = setup::settings(&partition, controller.address(), provider, Arc::new(Host))
        .map_err(|why| end(outcome::PARTITION)(&why))?;
    let mut client = Client::new(settings).map_err(|why| end(outcome::PARTITION)(&why))?;

    let (stack, mut network) = embassy_net::new(controller, setup::network(&partition), SOCKET.take(), seed);
    let mut goal = host::goal();
    let watch = |client: &mut Client, report: Report| watch(client, &report, &mut goal);
    let buffers = (RECEIVE.take(), SEND.take());
    let board = runner::run(stack, setup::broker(&partition), &mut client, buffers, watch);
    Ok(executor::run(network.run(), board, &mut { rest }))
}

/// Tells the host what happened, and ends the run when its goal is reached.
fn watch(client: &mut Client, report: &Report, goal: &mut Goal) -> ControlFlow<u8> {
    say!("{} {report}", clock::since_start());
    let end = goal.reached(client, report);
    if end.is_break() {
        say!("{}", client.counters());
    }
    end
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    say!("{info}");
    host::exit(outcome::CRASH)
}

#[allow(unsafe_code, reason = "cortex-m-rt wants the handler so")]
// SAFETY: the handler touches nothing that the interrupted code may have left half done, and does not return.
#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    say!("{frame:#?}");
    host::exit(outcome::CRASH)
}
