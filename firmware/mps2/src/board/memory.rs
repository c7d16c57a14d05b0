//! The heap, and how much of heap and stack was ever used.

#![expect(unsafe_code, reason = "an allocator, and a look at the whole stack")]

use core::alloc::{GlobalAlloc, Layout};
use core::sync::atomic::{AtomicUsize, Ordering};

use embedded_alloc::LlffHeap;

use super::host::say;

/// Bytes of the heap.
const HEAP: usize = 52 * 1024 - 512;
/// What cortex-m-rt paints the stack with before anything else runs (its feature `paint-stack`).
const PAINT: u32 = 0xcccc_cccc;

#[global_allocator]
static ALLOCATOR: Counted = Counted { heap: LlffHeap::empty(), peak: AtomicUsize::new(0) };

/// A first-fit heap that remembers the most that was in use.
struct Counted {
    heap: LlffHeap,
    peak: AtomicUsize,
}

// SAFETY: hands every call on to an allocator unchanged, and gives back what that gave.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is the one that is asked for.
        let place = unsafe { self.heap.alloc(layout) };
        self.peak.fetch_max(self.heap.used(), Ordering::Relaxed);
        place
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is the one that is asked for.
        unsafe { self.heap.dealloc(place, layout) };
    }
}

/// Gives the heap its memory. Once, before anything is allocated; a second call panics.
pub(super) fn init() {
    let heap = &ALLOCATOR.heap;
    // SAFETY: called once, from the start, before the first allocation; the macro sets the memory aside itself.
    unsafe {
        embedded_alloc::init!(heap, HEAP);
    }
}

/// Tells the host the peaks, for the size report.
pub(super) fn say_peaks() {
    let (stack, of) = stack_peak();
    say!("peak: stack {stack} of {of}, heap {} of {HEAP}", ALLOCATOR.peak.load(Ordering::Relaxed));
}

/// Bytes of the stack that were ever written, and how many there are.
fn stack_peak() -> (usize, usize) {
    unsafe extern "C" {
        static _stack_end: u32;
        static _stack_start: u32;
    }
    let (end, start) = (&raw const _stack_end, &raw const _stack_start);
    let words = (start.addr() - end.addr()) / size_of::<u32>();
    let is_paint = |word: &usize| {
        // SAFETY: the word lies between the linker's bounds of the stack, which is memory of ours, aligned and
        // initialised by the paint. Volatile, because the rest of the stack is in use while this looks at it.
        unsafe { end.add(*word).read_volatile() == PAINT }
    };
    let unused = (0..words).take_while(is_paint).count();
    ((words - unused) * size_of::<u32>(), words * size_of::<u32>())
}
