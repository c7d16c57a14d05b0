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

/// Tells the host the sizes: of what was linked, and the most of stack and heap that was ever in use.
pub(super) fn say_sizes() {
    let flash = (&raw const __sidata).addr() + distance(&raw const __sdata, &raw const __edata);
    let linked =
        distance(&raw const __sdata, &raw const __edata) + distance(&raw const __sbss, &raw const __ebss);
    let room = distance(&raw const _stack_end, &raw const _stack_start);
    let peak = ALLOCATOR.peak.load(Ordering::Relaxed);
    say!(
        "sizes: flash {flash}, variables {}, stack {} of {room}, heap {peak} of {HEAP}",
        linked - HEAP,
        stack_peak()
    );
}

unsafe extern "C" {
    // Where the linker put things, by cortex-m-rt's link.x: only their addresses mean something.
    static __sdata: u32;
    static __edata: u32;
    /// The variables' first values, the last thing in flash.
    static __sidata: u32;
    static __sbss: u32;
    static __ebss: u32;
    static _stack_end: u32;
    static _stack_start: u32;
}

fn distance(from: *const u32, to: *const u32) -> usize {
    to.addr() - from.addr()
}

/// Bytes of the stack that were ever written.
fn stack_peak() -> usize {
    let (end, start) = (&raw const _stack_end, &raw const _stack_start);
    let words = distance(end, start) / size_of::<u32>();
    let is_paint = |word: &usize| {
        // SAFETY: the word lies between the linker's bounds of the stack, which is memory of ours, aligned and
        // initialised by the paint. Volatile, because the rest of the stack is in use while this looks at it.
        unsafe { end.add(*word).read_volatile() == PAINT }
    };
    let unused = (0..words).take_while(is_paint).count();
    (words - unused) * size_of::<u32>()
}
