//! Microsoft's application library, as far as the board needs it: the log, the network, the image package.
//!
//! Signatures: learn.microsoft.com/azure-sphere/reference/applibs-reference, headers `log.h`, `networking.h`, `storage.h`.
//! The one place of this crate that is unsafe.

#![expect(unsafe_code, reason = "a C library; each call says why it is sound")]

use std::{
    ffi::{CString, c_char, c_int},
    fmt::Display,
    fs::File,
    io,
    os::fd::FromRawFd as _,
};

#[link(name = "applibs")]
unsafe extern "C" {
    fn Log_Debug(format: *const c_char, ...) -> c_int;
    fn Networking_IsNetworkingReady(ready: *mut bool) -> c_int;
    fn Storage_OpenFileInImagePackage(path: *const c_char) -> c_int;
}

/// A line of the device's log. Where nobody reads it, that is no reason to stop.
pub(crate) fn log(line: &dyn Display) {
    // Never as the format itself: what came from the network may hold a percent sign.
    let line = CString::new(line.to_string()).unwrap_or_default();
    // SAFETY: both are strings that end in zero and live until the call returns; the format takes one of them.
    unsafe { Log_Debug(c"%s\n".as_ptr(), line.as_ptr()) };
}

/// Whether the device has an address and has set its clock.
///
/// # Errors
/// What the operating system says.
pub(crate) fn is_networking_ready() -> io::Result<bool> {
    let mut ready = false;
    // SAFETY: writes a C `bool`, which is Rust's, to a place that is ours.
    match unsafe { Networking_IsNetworkingReady(&raw mut ready) } {
        0 => Ok(ready),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Opens a file of the image package, by its path from the package's root.
///
/// # Errors
/// What the operating system says: mostly that there is no such file.
pub(crate) fn open(path: &str) -> io::Result<File> {
    let path = CString::new(path)?;
    // SAFETY: a string that ends in zero and lives until the call returns.
    match unsafe { Storage_OpenFileInImagePackage(path.as_ptr()) } {
        // SAFETY: just opened, and by contract the caller's to close; nobody else knows it.
        descriptor @ 0.. => Ok(unsafe { File::from_raw_fd(descriptor) }),
        _ => Err(io::Error::last_os_error()),
    }
}
