//! The stream between the MQTT client and the socket, and what can only be known by standing there.
//!
//! ```text
//! MQTT client ── Stream (when did bytes pass? what error ended it?) ── TLS ── Tap (what did the first bytes look like?) ── TCP
//! ```
//!
//! The client wraps errors in several layers of its own; here the one of the socket or of rustls is still whole, and so
//! this is where it is kept for `classify`. The moments are what residence is measured with.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;

use super::{classify::StreamError, clock::Clock};

/// What is known of a stream that somebody else owns.
#[derive(Debug)]
pub(super) struct Gauge {
    clock: Clock,
    /// Nanoseconds: when the bytes arrived that the present run of reads began with.
    read: AtomicU64,
    /// Nanoseconds: since when these bytes may have lain there, at the earliest.
    arrived: AtomicU64,
    /// Nanoseconds: when the wait before the next read began; 0 where there is none.
    wait: AtomicU64,
    /// Nanoseconds: when bytes were last handed to the socket.
    written: AtomicU64,
    /// Nanoseconds: since when nothing can be written; 0 where it can.
    blocked: AtomicU64,
    /// The next read begins a new run: the reader had run dry, or answered in between.
    fresh: AtomicBool,
    /// The first bytes that ever came, as TLS saw them and as MQTT did.
    raw: Mutex<First>,
    plain: Mutex<First>,
    /// What ended the stream.
    error: Mutex<Option<StreamError>>,
}

impl Gauge {
    pub(super) fn new(clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            clock,
            read: AtomicU64::new(0),
            arrived: AtomicU64::new(0),
            wait: AtomicU64::new(0),
            written: AtomicU64::new(0),
            blocked: AtomicU64::new(0),
            fresh: AtomicBool::new(true),
            raw: Mutex::default(),
            plain: Mutex::default(),
            error: Mutex::default(),
        })
    }

    /// When the packets that are delivered now were read from the socket.
    ///
    /// One read brings many packets, and several reads may follow each other before the reader runs dry. The time of the
    /// first of them is told for all: a residence is never shown shorter than it was.
    pub(super) fn read_at(&self) -> Duration {
        Duration::from_nanos(self.read.load(Ordering::Relaxed))
    }

    /// The earliest moment at which they can have arrived: where the read was put off, when that began. A residence
    /// counts from here, a round trip ends at [`Gauge::read_at`]: neither is ever shown shorter than it was.
    pub(super) fn arrived_at(&self) -> Duration {
        Duration::from_nanos(self.arrived.load(Ordering::Relaxed))
    }

    /// When the last bytes were handed to the socket.
    pub(super) fn written_at(&self) -> Duration {
        Duration::from_nanos(self.written.load(Ordering::Relaxed))
    }

    /// The later of the two: the time without asking the clock.
    pub(super) fn latest(&self) -> Duration {
        self.read_at().max(self.written_at())
    }

    /// How long the peer has taken no byte, although there are some.
    pub(super) fn blocked_for(&self, now: Duration) -> Duration {
        match self.blocked.load(Ordering::Relaxed) {
            0 => Duration::ZERO,
            since => now.saturating_sub(Duration::from_nanos(since)),
        }
    }

    /// The first bytes that came, below TLS.
    pub(super) fn first_raw(&self) -> First {
        *self.raw.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first bytes that came, above TLS.
    pub(super) fn first_plain(&self) -> First {
        *self.plain.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What ended the stream, if it ended by itself.
    pub(super) fn error(&self) -> Option<StreamError> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The next read is put off from now on. Where that read finds nothing, there was nothing to wait for it.
    pub(super) fn note_wait(&self) {
        self.wait.store(nanos(self.clock.now()), Ordering::Relaxed);
        self.fresh.store(true, Ordering::Relaxed);
    }

    fn note_read(&self) {
        if self.fresh.swap(false, Ordering::Relaxed) {
            let now = nanos(self.clock.now());
            let arrived = match self.wait.swap(0, Ordering::Relaxed) {
                0 => now,
                wait => wait,
            };
            self.read.store(now, Ordering::Relaxed);
            self.arrived.store(arrived, Ordering::Relaxed);
        }
    }

    fn note_dry(&self) {
        self.wait.store(0, Ordering::Relaxed);
        self.fresh.store(true, Ordering::Relaxed);
    }

    fn note_write(&self) {
        self.written.store(nanos(self.clock.now()), Ordering::Relaxed);
        self.blocked.store(0, Ordering::Relaxed);
        self.fresh.store(true, Ordering::Relaxed);
    }

    fn note_blocked(&self) {
        let now = nanos(self.clock.now());
        let _ = self.blocked.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// The first error is the cause, later ones are its consequences; but a word of the peer's is worth more than the
    /// silence that a failed write leaves.
    fn note_error(&self, error: StreamError) {
        let mut kept = self.error.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.is_none()
            || (matches!(error, StreamError::Tls(_)) && !matches!(*kept, Some(StreamError::Tls(_))))
        {
            *kept = Some(error);
        }
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// The first bytes of a conversation: enough to recognise a protocol by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct First {
    bytes: [u8; 8],
    length: usize,
}

impl First {
    /// These bytes.
    #[cfg(test)]
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut first = Self::default();
        first.add(bytes);
        first
    }

    /// Adds what still fits. Whether there is room for more.
    fn add(&mut self, new: &[u8]) -> bool {
        let room = &mut self.bytes[self.length..];
        let kept = new.len().min(room.len());
        room[..kept].copy_from_slice(&new[..kept]);
        self.length += kept;
        self.length < self.bytes.len()
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// A TCP stream that remembers how the conversation began.
#[derive(Debug)]
pub(super) struct Tap {
    tcp: TcpStream,
    gauge: Arc<Gauge>,
    curious: bool,
}

impl Tap {
    pub(super) fn new(tcp: TcpStream, gauge: Arc<Gauge>) -> Self {
        Self { tcp, gauge, curious: true }
    }
}

impl AsyncRead for Tap {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let done = Pin::new(&mut self.tcp).poll_read(cx, buf);
        if self.curious {
            let mut first = self.gauge.raw.lock().unwrap_or_else(PoisonError::into_inner);
            let curious = first.add(&buf.filled()[before..]);
            drop(first);
            self.curious = curious;
        }
        done
    }
}

impl AsyncWrite for Tap {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

/// What the MQTT client reads from and writes to.
#[derive(Debug)]
pub(super) struct Stream {
    carrier: Carrier,
    gauge: Arc<Gauge>,
    curious: bool,
}

#[derive(Debug)]
enum Carrier {
    Plain(Tap),
    Tls(Box<TlsStream<Tap>>),
}

impl Stream {
    pub(super) fn plain(tap: Tap, gauge: Arc<Gauge>) -> Self {
        Self { carrier: Carrier::Plain(tap), gauge, curious: true }
    }

    pub(super) fn tls(tls: TlsStream<Tap>, gauge: Arc<Gauge>) -> Self {
        Self { carrier: Carrier::Tls(Box::new(tls)), gauge, curious: true }
    }

    /// A broker that refuses our certificate says so in an alert and hangs up. Our next write then fails, and the alert
    /// would stay unread in the socket's buffer: look there before believing the write's error.
    fn last_words(&mut self, cx: &mut Context<'_>) {
        let Carrier::Tls(tls) = &mut self.carrier else { return };
        let mut scratch = [0; 512];
        for _ in 0..8 {
            let mut buf = ReadBuf::new(&mut scratch);
            match Pin::new(&mut *tls).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => {}
                Poll::Ready(Err(error)) => return self.gauge.note_error(StreamError::from(&error)),
                Poll::Ready(Ok(())) | Poll::Pending => return,
            }
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        let done = match &mut this.carrier {
            Carrier::Plain(tap) => Pin::new(tap).poll_read(cx, buf),
            Carrier::Tls(tls) => Pin::new(tls.as_mut()).poll_read(cx, buf),
        };
        if this.curious {
            let mut first = this.gauge.plain.lock().unwrap_or_else(PoisonError::into_inner);
            this.curious = first.add(&buf.filled()[before..]);
        }
        match &done {
            Poll::Ready(Ok(())) if buf.filled().len() > before => this.gauge.note_read(),
            Poll::Ready(Ok(())) => this.gauge.note_error(StreamError::Closed),
            Poll::Ready(Err(error)) => this.gauge.note_error(StreamError::from(error)),
            Poll::Pending => this.gauge.note_dry(),
        }
        done
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let done = match &mut this.carrier {
            Carrier::Plain(tap) => Pin::new(tap).poll_write(cx, buf),
            Carrier::Tls(tls) => Pin::new(tls.as_mut()).poll_write(cx, buf),
        };
        match &done {
            Poll::Ready(Ok(_)) => this.gauge.note_write(),
            Poll::Ready(Err(error)) => {
                this.last_words(cx);
                this.gauge.note_error(StreamError::from(error));
            }
            Poll::Pending => this.gauge.note_blocked(),
        }
        done
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let done = match &mut this.carrier {
            Carrier::Plain(tap) => Pin::new(tap).poll_flush(cx),
            Carrier::Tls(tls) => Pin::new(tls.as_mut()).poll_flush(cx),
        };
        match &done {
            Poll::Ready(Ok(())) => this.gauge.blocked.store(0, Ordering::Relaxed),
            Poll::Ready(Err(error)) => {
                this.last_words(cx);
                this.gauge.note_error(StreamError::from(error));
            }
            Poll::Pending => this.gauge.note_blocked(),
        }
        done
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.carrier {
            Carrier::Plain(tap) => Pin::new(tap).poll_shutdown(cx),
            Carrier::Tls(tls) => Pin::new(tls.as_mut()).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;

    use super::*;

    const WAIT: Duration = Duration::from_millis(2);

    #[test]
    fn what_a_wait_put_off_arrived_when_it_began_and_was_read_when_it_ended() {
        let gauge = Gauge::new(Clock::start());
        gauge.note_wait();
        sleep(WAIT);
        gauge.note_read();
        assert!(gauge.read_at() - gauge.arrived_at() >= WAIT);

        // The next run has a time of its own, also where nothing was written in between.
        let before = gauge.read_at();
        gauge.note_wait();
        sleep(WAIT);
        gauge.note_read();
        assert!(gauge.read_at() - before >= WAIT);
    }

    #[test]
    fn a_wait_for_nothing_does_not_count() {
        let gauge = Gauge::new(Clock::start());
        gauge.note_wait();
        gauge.note_dry();
        sleep(WAIT);
        gauge.note_read();
        assert_eq!(gauge.read_at(), gauge.arrived_at());
    }
}
