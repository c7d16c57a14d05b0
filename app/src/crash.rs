//! What a crash leaves to tell: a report that can be read and sent, in a folder of its own.
//!
//! [`watch`] writes one at each panic, on whichever thread: version, system, thread, place, backtrace, and the last
//! lines of the log. The next start asks for those that nobody was told of ([`take_untold`]) and offers to open the folder.
//!
//! Invariants: a report is readable by its owner only; of more than `MOST` the oldest go; no text that a message
//! or a file may have held gets into one (see `said`).

use std::{
    any::Any,
    backtrace::Backtrace,
    fs::{self, File},
    io::{self, Write as _},
    panic::PanicHookInfo,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use crate::logfile;

/// How many reports are kept.
const MOST: usize = 10;
const PREFIX: &str = "crash-";
/// The ending of a report that nobody was told of yet.
const UNTOLD: &str = ".new.txt";
/// The longest sentence of a panic that is kept, in characters.
const LONGEST: usize = 500;

/// From now on each panic leaves a report in `folder`, after it was told as before.
pub fn watch(folder: PathBuf) {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        before(panic);
        // There is nobody left to tell that this went wrong too.
        let _ = write(&folder, &report(panic));
        log::error!("crashed in the thread {}", thread_name());
    }));
}

/// The reports that nobody was told of, oldest first. From now on they count as told.
#[must_use]
pub fn take_untold(folder: &Path) -> Vec<PathBuf> {
    let untold = reports(folder).into_iter().filter(|path| path.to_string_lossy().ends_with(UNTOLD));
    untold
        .filter_map(|path| {
            let told = PathBuf::from(format!("{}.txt", path.to_str()?.strip_suffix(UNTOLD)?));
            fs::rename(&path, &told).ok()?;
            Some(told)
        })
        .collect()
}

fn report(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map_or_else(|| "unknown".to_owned(), ToString::to_string);
    let lines = logfile::recent();
    format!(
        "Echo Monitor {version} crashed\n\n\
         when    {when}\n\
         system  {os} {architecture}\n\
         thread  {thread}\n\
         place   {place}\n\
         said    {said}\n\n\
         The last lines of the log:\n{lines}\n\n\
         Backtrace:\n{backtrace}\n",
        version = env!("CARGO_PKG_VERSION"),
        when = jiff::Timestamp::now(),
        os = std::env::consts::OS,
        architecture = std::env::consts::ARCH,
        thread = thread_name(),
        said = said(panic.payload()),
        lines = if lines.is_empty() { "none".to_owned() } else { lines.join("\n") },
        backtrace = Backtrace::force_capture(),
    )
}

fn thread_name() -> String {
    std::thread::current().name().unwrap_or("without a name").to_owned()
}

/// What the panic said, without what it may quote. Slicing a text out of bounds quotes the text, and that may be a
/// message or a passphrase; what an error says of itself is kept.
fn said(payload: &dyn Any) -> String {
    let words = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("nothing that can be read");
    let unquoted = match words.find("byte index").and_then(|at| Some(at + words[at..].find(['`', '\''])?)) {
        Some(quote) => format!("{}…", &words[..quote]),
        None => words.to_owned(),
    };
    unquoted.chars().take(LONGEST).map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn write(folder: &Path, report: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let oldest = reports(folder);
    for path in oldest.iter().take((oldest.len() + 1).saturating_sub(MOST)) {
        fs::remove_file(path)?;
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let day = jiff::Timestamp::now().strftime("%Y-%m-%d");
    // Sorts by time; two threads that crash at once don't share a name.
    let name = format!("{PREFIX}{day}-{}-{:06}{UNTOLD}", now.as_secs(), now.subsec_micros());
    options.open(folder.join(name))?.write_all(report.as_bytes())
}

/// All reports, oldest first.
fn reports(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut reports: Vec<_> = entries
        .flatten()
        .filter(|entry| {
            entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(".txt"))
        })
        .map(|entry| entry.path())
        .collect();
    reports.sort();
    reports
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn there_are_never_more_than_the_limit_and_the_newest_stay() {
        let folder = tempfile::tempdir().unwrap();
        let foreign = folder.path().join("notes.txt");
        fs::write(&foreign, "mine").unwrap();
        for number in 0..MOST + 3 {
            write(folder.path(), &number.to_string()).unwrap();
        }
        let kept: Vec<_> =
            reports(folder.path()).iter().map(|path| fs::read_to_string(path).unwrap()).collect();
        let newest: Vec<_> = (3..MOST + 3).map(|number| number.to_string()).collect();
        assert_eq!(kept, newest);
        assert!(foreign.exists());
    }

    #[test]
    fn a_report_is_told_of_once() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "one").unwrap();
        let told = take_untold(folder.path());
        assert_eq!(told.len(), 1);
        assert_eq!(fs::read_to_string(&told[0]).unwrap(), "one");
        assert!(take_untold(folder.path()).is_empty());
        assert!(take_untold(&folder.path().join("none")).is_empty());
    }

    #[test]
    fn what_a_text_held_is_not_said() {
        let secret = String::from("héllo geheim");
        let slice = std::panic::catch_unwind(|| secret[0..2].len()).unwrap_err();
        let outside = std::panic::catch_unwind(|| secret[0..99].len()).unwrap_err();
        for payload in [slice, outside] {
            let said = said(&*payload);
            assert!(
                said.contains("byte index") && !said.contains("llo") && !said.contains("geheim"),
                "{said}"
            );
        }
        let other = std::panic::catch_unwind(|| "two".parse::<u8>().unwrap()).unwrap_err();
        assert!(said(&*other).contains("InvalidDigit"), "{}", said(&*other));
        assert_eq!(said(&3), "nothing that can be read");
    }
}
