//! Two tasks on one core: the network stack and the board.
//!
//! Each has a flag that its waker sets and is polled only when it is set. With one flag for both, every wake-up of the one
//! would poll the other, which then wakes the first again: a million polls a second for nothing.

use alloc::{sync::Arc, task::Wake};
use core::{
    pin::pin,
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Poll, Waker},
};

/// What the executor needs of the clock and the core.
pub trait Rest {
    /// Wakes the timers whose time has come.
    fn wake_due(&mut self);
    /// Sleeps until something may have happened: a timer, the network, or a little too early.
    fn sleep(&mut self);
}

/// Runs both until `board` ends. Neither future is moved or boxed: they live in the caller's stack frame.
pub fn run<N, B>(
    network: impl Future<Output = N>,
    board: impl Future<Output = B>,
    rest: &mut impl Rest,
) -> B {
    let (mut network, mut board) = (pin!(network), pin!(board));
    let (network_due, board_due) = (Due::new(), Due::new());
    let (network_waker, board_waker) = (Waker::from(network_due.clone()), Waker::from(board_due.clone()));
    loop {
        rest.wake_due();
        if board_due.take()
            && let Poll::Ready(end) = board.as_mut().poll(&mut Context::from_waker(&board_waker))
        {
            return end;
        }
        if network_due.take() {
            // The network stack never ends.
            let _ = network.as_mut().poll(&mut Context::from_waker(&network_waker));
        }
        if !board_due.is_set() && !network_due.is_set() {
            rest.sleep();
            // Whatever ended the sleep, the network stack looks whether it was a frame.
            network_due.set();
        }
    }
}

struct Due(AtomicBool);

impl Due {
    fn new() -> Arc<Self> {
        Arc::new(Self(AtomicBool::new(true)))
    }

    fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Wake for Due {
    fn wake(self: Arc<Self>) {
        self.set();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.set();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{vec, vec::Vec};
    use core::{cell::RefCell, future::poll_fn};

    /// Writes down what happens, in order.
    struct Log<'a>(&'a RefCell<Vec<&'static str>>);

    impl Rest for Log<'_> {
        fn wake_due(&mut self) {}
        fn sleep(&mut self) {
            self.0.borrow_mut().push("sleep");
        }
    }

    #[test]
    fn a_task_is_polled_only_when_it_was_woken() {
        let log = RefCell::new(Vec::new());
        let board_waker = RefCell::new(None::<Waker>);
        let mut beats = 0;
        let network = poll_fn(|_| {
            log.borrow_mut().push("network");
            beats += 1;
            if beats == 3 {
                board_waker.take().unwrap_or_else(|| unreachable!()).wake();
            }
            Poll::<()>::Pending
        });
        let mut polled = 0;
        let board = poll_fn(|context| {
            log.borrow_mut().push("board");
            polled += 1;
            board_waker.replace(Some(context.waker().clone()));
            if polled == 2 { Poll::Ready("end") } else { Poll::Pending }
        });
        assert_eq!(run(network, board, &mut Log(&log)), "end");
        let expected = vec!["board", "network", "sleep", "network", "sleep", "network", "board"];
        assert_eq!(*log.borrow(), expected);
    }

    #[test]
    fn a_task_that_wakes_itself_is_not_slept_over() {
        let log = RefCell::new(Vec::new());
        let mut left = 3;
        let board = poll_fn(|context| {
            left -= 1;
            context.waker().wake_by_ref();
            if left == 0 { Poll::Ready(()) } else { Poll::Pending }
        });
        run(core::future::pending::<()>(), board, &mut Log(&log));
        assert!(log.borrow().is_empty());
    }
}
