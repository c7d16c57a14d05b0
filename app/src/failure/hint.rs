//! No failure, but something that a person would want to know about a connection that works.

use std::time::Duration;

use super::Advice;

/// How long a receiver delays an acknowledgement (Linux: 40 ms), and how far around it a median still speaks for it.
const PLATEAU: std::ops::RangeInclusive<Duration> = Duration::from_millis(38)..=Duration::from_millis(48);
/// A line whose TCP handshake takes longer than this may well have such round trips by its length.
const NEAR: Duration = Duration::from_millis(15);

/// The broker waits with each small packet for the acknowledgement of the one before (Nagle's algorithm, RFC 896), and
/// our side's delayed acknowledgement keeps it waiting: a median round trip near 40 ms over a line that is much faster.
/// `tcp` is how long the TCP handshake took, one round trip of the line itself.
#[must_use]
pub fn delayed_acknowledgements(broker_median: Duration, tcp: Duration) -> Option<Advice> {
    (PLATEAU.contains(&broker_median) && tcp <= NEAR).then(|| {
        Advice::new(
            "Nobody refused anything: the broker is slower than it need be",
            "The broker probably sends without TCP_NODELAY",
            format!(
                "Half of its answers take {} ms or more, while the line itself needs {} ms. Waits of about 40 ms come from \
                 a broker that holds small packets back until the one before is acknowledged.",
                broker_median.as_millis(),
                tcp.as_millis().max(1)
            ),
        )
        .step("With Mosquitto: add set_tcp_nodelay true to mosquitto.conf and restart it.")
        .evidence("broker round trip, median", format!("{:.1} ms", broker_median.as_secs_f64() * 1e3))
        .evidence("TCP handshake", format!("{:.1} ms", tcp.as_secs_f64() * 1e3))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plateau_on_a_fast_line_is_suspicious() {
        let ms = Duration::from_millis;
        assert!(delayed_acknowledgements(ms(42), ms(1)).is_some());
        assert!(delayed_acknowledgements(ms(42), ms(40)).is_none(), "the line is that long");
        assert!(delayed_acknowledgements(ms(1), ms(1)).is_none());
        assert!(delayed_acknowledgements(ms(100), ms(1)).is_none());
    }
}
