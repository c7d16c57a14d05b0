//! What a person should know that has no place of its own.

use std::{
    io,
    sync::mpsc::{Receiver, Sender, channel},
    time::{Duration, Instant},
};

use crate::view::{Action, Notice};

/// How long good news stays.
const SHORT: Duration = Duration::from_secs(3);
/// More than this is noise: the oldest goes.
const MOST: usize = 4;

pub(super) struct Notices {
    all: Vec<Notice>,
    /// When each goes by itself; trouble stays until it was read.
    ends: Vec<Option<Instant>>,
    next: u64,
    from_elsewhere: (Sender<String>, Receiver<String>),
}

impl Default for Notices {
    fn default() -> Self {
        Self { all: Vec::new(), ends: Vec::new(), next: 0, from_elsewhere: channel() }
    }
}

impl Notices {
    pub(super) fn all(&self) -> &[Notice] {
        &self.all
    }

    /// Something went wrong. Said once, however often it happens.
    pub(super) fn trouble(&mut self, text: String) {
        if self.all.iter().all(|notice| notice.text != text) {
            self.add(text, true, None);
        }
    }

    /// Something went wrong, and this can be done about it.
    pub(super) fn offer(&mut self, text: String, words: &'static str, action: Action) {
        self.add(text, true, Some((words, action)));
    }

    /// Something was done.
    pub(super) fn done(&mut self, text: &str) {
        self.add(text.to_owned(), false, None);
    }

    fn add(&mut self, text: String, trouble: bool, offer: Option<(&'static str, Action)>) {
        self.all.push(Notice { id: self.next, trouble, text, offer });
        self.ends.push((!trouble).then(|| Instant::now() + SHORT));
        self.next += 1;
        if self.all.len() > MOST {
            self.remove(0);
        }
    }

    fn remove(&mut self, index: usize) {
        self.all.remove(index);
        self.ends.remove(index);
    }

    pub(super) fn dismiss(&mut self, id: u64) {
        if let Some(index) = self.all.iter().position(|notice| notice.id == id) {
            self.remove(index);
        }
    }

    /// Takes in what other threads had to say, and removes what has been there long enough.
    pub(super) fn expire(&mut self) {
        while let Ok(text) = self.from_elsewhere.1.try_recv() {
            self.trouble(text);
        }
        let now = Instant::now();
        while let Some(index) = self.ends.iter().position(|end| end.is_some_and(|end| end <= now)) {
            self.remove(index);
        }
    }

    /// How long until the next one goes by itself.
    pub(super) fn next_expiry(&self) -> Option<Duration> {
        self.ends.iter().flatten().min().map(|end| end.saturating_duration_since(Instant::now()))
    }

    /// For other threads that have trouble to tell.
    pub(super) fn teller(&self, wake: impl Fn() + Send + 'static) -> impl Fn(String) + Send + 'static {
        let tell = self.from_elsewhere.0.clone();
        move |text| {
            // Fails only when the window is gone.
            let _ = tell.send(text);
            wake();
        }
    }

    /// For the thread that saves the settings.
    pub(super) fn about_saving(
        &self,
        wake: impl Fn() + Send + 'static,
    ) -> impl Fn(io::Error) + Send + 'static {
        let tell = self.teller(wake);
        move |problem| tell(format!("The settings could not be saved: {problem}."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_said_once_and_stays_good_news_goes() {
        let mut notices = Notices::default();
        notices.trouble("A".to_owned());
        notices.trouble("A".to_owned());
        notices.done("B");
        assert_eq!(notices.all().len(), 2);
        assert!(notices.next_expiry().is_some_and(|wait| wait <= SHORT));
        notices.ends[1] = Some(Instant::now());
        notices.expire();
        assert_eq!(notices.all().iter().map(|notice| notice.text.as_str()).collect::<Vec<_>>(), ["A"]);
        notices.dismiss(0);
        assert!(notices.all().is_empty());
    }

    #[test]
    fn there_is_a_limit() {
        let mut notices = Notices::default();
        (0..10).for_each(|number| notices.trouble(number.to_string()));
        assert_eq!(notices.all().len(), MOST);
        assert_eq!(notices.all()[0].text, "6");
    }
}
