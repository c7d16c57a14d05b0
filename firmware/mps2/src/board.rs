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
use echo_board::{Counters, Ignored, Report, client::Client, partition};
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
    say!("{} {}", clock::since_start(), Told(report));
    let end = goal.reached(client, report);
    if end.is_break() {
        let Counters { sent, right, wrong, missing, late, ignored, failures, .. } = client.counters();
        say!(
            "sent {sent} right {right} wrong {wrong} missing {missing} late {late} ignored {ignored} failures {failures}"
        );
    }
    end
}

/// A report in words. Not by `Debug`, whose many names would fill the flash.
struct Told<'a>(&'a Report);

impl fmt::Display for Told<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Report::Attempt { number } => write!(out, "attempt {number}"),
            Report::Done(stage) => write!(out, "done: {stage}"),
            Report::Secured { suite } => out.write_str(suite),
            Report::Sent { sequence, text } => write!(out, "sent {sequence}: {}", text.escape_ascii()),
            Report::Right { sequence, round_trip } => {
                write!(out, "right {sequence} after {} us", round_trip.as_micros())
            }
            Report::Late { sequence, round_trip } => {
                write!(out, "late {sequence} after {} us", round_trip.as_micros())
            }
            Report::Wrong { text } => write!(out, "wrong: {}", text.escape_ascii()),
            Report::Missing { sequence } => write!(out, "missing {sequence}"),
            Report::Ignored(Ignored::TooLong { bytes }) => write!(out, "ignored: {bytes} bytes"),
            Report::Ignored(Ignored::Repeated) => out.write_str("ignored: said before"),
            Report::Ignored(Ignored::Retained) => out.write_str("ignored: retained"),
            Report::Ignored(Ignored::OtherTopic) => out.write_str("ignored: on another topic"),
            Report::Failed { failure, retry_in } => {
                write!(
                    out,
                    "failed ({}): {failure}; next try in {} ms",
                    outcome::of(failure),
                    retry_in.as_millis()
                )
            }
            Report::Stopped => out.write_str("stopped"),
        }
    }
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
