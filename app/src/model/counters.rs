//! Totals since the start. They add up: `received == echoed + failed + in flight`.

use super::event::EchoFailure;

/// Totals over all sessions of a [`State`](super::State).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Messages from the board.
    pub received: u64,
    /// Of these, echoes handed to the socket.
    pub echoed: u64,
    /// Of these, accepted but not echoed.
    pub failed: u64,
    /// `failed` by cause.
    pub failed_by: FailedBy,
    /// Echoes that the board did not take: it spoke again without them.
    pub lost: u64,
    /// Echoes that counted as lost until a later message of the board carried them after all.
    pub late: u64,
    /// Echoes whose fate nobody will know: the message that could have told was not shown, or too many were waiting.
    pub untracked: u64,
    /// Messages that were delivered before: DUP flag, or the board's own number again.
    pub duplicates: u64,
    /// Messages and echoes that are counted here but have no entry in the journal, because the screen was too slow.
    pub not_shown: u64,
    /// Payload bytes of `received`.
    pub bytes_in: u64,
    /// Payload bytes of the echoes that were shown.
    pub bytes_out: u64,
}

impl Counters {
    /// Received, and neither echoed nor failed yet.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.received.saturating_sub(self.echoed).saturating_sub(self.failed)
    }
}

/// Failed echoes by cause. The sum is [`Counters::failed`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FailedBy {
    /// [`EchoFailure::OwnTopic`].
    pub own_topic: u64,
    /// [`EchoFailure::TooLarge`].
    pub too_large: u64,
    /// [`EchoFailure::OutboxFull`].
    pub outbox_full: u64,
    /// [`EchoFailure::ConnectionLost`].
    pub connection_lost: u64,
    /// [`EchoFailure::Rejected`].
    pub rejected: u64,
    /// [`EchoFailure::Stopped`].
    pub stopped: u64,
    /// The failure was not shown, and its cause with it.
    pub not_shown: u64,
}

impl FailedBy {
    pub(super) fn add(&mut self, cause: EchoFailure) {
        *match cause {
            EchoFailure::OwnTopic => &mut self.own_topic,
            EchoFailure::TooLarge { .. } => &mut self.too_large,
            EchoFailure::OutboxFull { .. } => &mut self.outbox_full,
            EchoFailure::ConnectionLost => &mut self.connection_lost,
            EchoFailure::Rejected { .. } => &mut self.rejected,
            EchoFailure::Stopped => &mut self.stopped,
        } += 1;
    }

    /// Each cause by a stable name in kebab-case, and how many.
    #[must_use]
    pub fn causes(&self) -> [(&'static str, u64); 7] {
        [
            ("own-topic", self.own_topic),
            ("too-large", self.too_large),
            ("outbox-full", self.outbox_full),
            ("connection-lost", self.connection_lost),
            ("rejected", self.rejected),
            ("stopped", self.stopped),
            ("not-shown", self.not_shown),
        ]
    }
}
