//! The clock: FPGAIO's microseconds, made 64 bits long, and the timers that wait for it.

use core::cell::RefCell;
use core::fmt;
use core::task::Waker;

use critical_section::Mutex;
use embassy_time_driver::Driver;
use embassy_time_queue_utils::queue_generic::ConstGenericQueue;

use super::chip;

/// One timer a task, and there are two.
const TIMERS: usize = 2;

struct Clock(Mutex<RefCell<State>>);

struct State {
    /// How often the counter has wrapped, and how it read last. Correct as long as it is read once in 71 minutes: the
    /// executor does so at least every few milliseconds.
    wraps: u32,
    last: u32,
    timers: ConstGenericQueue<TIMERS>,
}

impl State {
    fn now(&mut self) -> u64 {
        let counter = chip::microseconds();
        if counter < self.last {
            self.wraps = self.wraps.wrapping_add(1);
        }
        self.last = counter;
        u64::from(self.wraps) << 32 | u64::from(counter)
    }
}

impl Clock {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        critical_section::with(|section| act(&mut self.0.borrow_ref_mut(section)))
    }
}

impl Driver for Clock {
    fn now(&self) -> u64 {
        self.with(State::now)
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        self.with(|state| state.timers.schedule_wake(at, waker));
    }
}

embassy_time_driver::time_driver_impl!(static CLOCK: Clock = Clock(Mutex::new(RefCell::new(State {
    wraps: 0,
    last: 0,
    timers: ConstGenericQueue::new(),
}))));

/// Wakes whoever waits for a time that has come.
pub(super) fn wake_due() {
    until_next();
}

/// The same, and the microseconds until the next such time.
pub(super) fn until_next() -> u64 {
    CLOCK.with(|state| {
        let now = state.now();
        state.timers.next_expiration(now).saturating_sub(now)
    })
}

/// The time since the board started, for the log.
pub(super) fn since_start() -> Uptime {
    Uptime(CLOCK.with(State::now))
}

/// Microseconds, shown as seconds with milliseconds.
pub(super) struct Uptime(u64);

impl fmt::Display for Uptime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = self.0 / 1_000;
        write!(out, "{:4}.{:03}", milliseconds / 1_000, milliseconds % 1_000)
    }
}
