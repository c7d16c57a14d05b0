//! Words for whoever started the program: on the console it was started from, in the file or pipe its output goes to, or,
//! where there is none of these, in a message box.
//!
//! On Windows the program belongs to the graphical subsystem, so that a double click opens a window and no console. Such
//! a program starts without a console, even where it is started from one, and has to [attach] to it before it
//! prints. The window never does: it would be closed with the console.

use std::process::ExitCode;

use rfd::{MessageDialog, MessageLevel};

/// Connects the output with the console that the program was started from, unless it goes elsewhere already.
/// Whether anybody can read it.
pub fn attach() -> bool {
    #[cfg(windows)]
    return windows::attach();
    #[cfg(not(windows))]
    true
}

/// Why the program cannot go on.
#[expect(clippy::print_stderr, reason = "the window's last words, where there is no window")]
pub fn complain(sentence: &str) {
    if attach() {
        eprintln!("{sentence}");
    } else {
        show(MessageLevel::Error, sentence);
    }
}

/// What clap says instead of a command: help, version, or what is wrong with the arguments.
#[must_use]
pub fn answer(answer: &clap::Error) -> ExitCode {
    if attach() {
        // Fails where nobody listens any more, as in a pipe into `head`.
        let _ = answer.print();
    } else {
        let level = if answer.use_stderr() { MessageLevel::Error } else { MessageLevel::Info };
        show(level, &answer.to_string());
    }
    u8::try_from(answer.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// Says it in a box, for whoever started the program with a double click.
fn show(level: MessageLevel, text: &str) {
    MessageDialog::new().set_level(level).set_title("Echo Monitor").set_description(text).show();
}

#[cfg(windows)]
#[expect(unsafe_code, reason = "nothing safe attaches to a console")]
mod windows {
    use windows_sys::Win32::{
        Foundation::HANDLE,
        Storage::FileSystem::{FILE_TYPE_UNKNOWN, GetFileType},
        System::Console::{
            ATTACH_PARENT_PROCESS, AttachConsole, GetConsoleMode, GetStdHandle, STD_ERROR_HANDLE, STD_HANDLE,
            STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, SetStdHandle,
        },
    };

    const STREAMS: [STD_HANDLE; 3] = [STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE];

    /// Attaching turns every stream to the console, one that was redirected into a file too: those are turned back.
    pub(super) fn attach() -> bool {
        let before = STREAMS.map(handle);
        // SAFETY: takes a number. It changes the standard handles, which the standard library asks for at each use.
        let attached = unsafe { AttachConsole(ATTACH_PARENT_PROCESS) } != 0;
        if attached {
            for (stream, handle) in STREAMS.into_iter().zip(before) {
                if leads_somewhere(handle) && !is_console(handle) {
                    // SAFETY: the handle was this stream's a moment ago, and nobody closed it.
                    unsafe { SetStdHandle(stream, handle) };
                }
            }
        }
        [STD_OUTPUT_HANDLE, STD_ERROR_HANDLE].into_iter().any(|stream| leads_somewhere(handle(stream)))
    }

    fn handle(stream: STD_HANDLE) -> HANDLE {
        // SAFETY: takes a number. The handle is borrowed: nobody here closes it.
        unsafe { GetStdHandle(stream) }
    }

    fn leads_somewhere(handle: HANDLE) -> bool {
        // SAFETY: only asks, and answers "unknown" for what is no handle.
        let kind = unsafe { GetFileType(handle) };
        kind != FILE_TYPE_UNKNOWN
    }

    fn is_console(handle: HANDLE) -> bool {
        let mut mode = 0;
        // SAFETY: only asks; `mode` outlives the call.
        unsafe { GetConsoleMode(handle, &raw mut mode) != 0 }
    }
}
