//! What the targets share: the pure modules of the app, a limit on memory, and the three rows.

#[allow(dead_code, unused_imports, reason = "most of it is for the window")]
#[path = "../../src/credentials/mod.rs"]
pub mod credentials;
#[allow(dead_code, unused_imports, reason = "most of it is for the window")]
#[path = "../../src/failure/mod.rs"]
pub mod failure;
#[allow(dead_code, unused_imports, reason = "most of it is for the window")]
#[path = "../../src/profile/mod.rs"]
pub mod profile;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use self::{
    credentials::{Content, Files, Severity, judge},
    profile::Security,
};

/// What judging one file may have allocated at any moment.
const LIMIT: usize = 64 * 1024 * 1024;

/// Counts what is allocated.
pub struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: hands everything on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        PEAK.fetch_max(LIVE.fetch_add(layout.size(), Relaxed) + layout.size(), Relaxed);
        // SAFETY: the caller's layout.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: allocated above with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Runs `work`, and panics if it took more memory than a file may cost.
pub fn bounded<T>(work: impl FnOnce() -> T) -> T {
    let before = LIVE.load(Relaxed);
    PEAK.store(before, Relaxed);
    let result = work();
    let peak = PEAK.load(Relaxed).saturating_sub(before);
    assert!(peak <= LIMIT, "{peak} bytes");
    result
}

/// What the last [`bounded`] work took at most.
pub fn peak() -> usize {
    PEAK.load(Relaxed).saturating_sub(LIVE.load(Relaxed))
}

/// November 2026.
pub fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_795_400_000)
}

fn file(bytes: &[u8]) -> Content {
    Content::Read { name: "file".to_owned(), bytes: bytes.to_vec().into(), mode: Some(0o644) }
}

/// Judges the file in one row or in all, and reads all words about it.
pub fn judged(bytes: &[u8], passphrase: Option<&str>) {
    let all = Files { ca: file(bytes), certificate: file(bytes), key: file(bytes) };
    let alone = Files { certificate: file(bytes), ..Files::default() };
    for files in [all, alone] {
        let judgement = bounded(|| judge(&files, passphrase, Security::MutualTls, now()));
        for finding in judgement.findings() {
            let _ = (finding.what(), finding.why(), finding.next(), finding.kind());
        }
        for (_, row) in judgement.rows() {
            row.facts.iter().for_each(|facts| drop(facts.as_text(now())));
        }
        assert_eq!(judgement.identity.is_none(), judgement.severity() == Some(Severity::Error));
    }
}
