//! The value axis of a latency plot: a duration in seconds becomes a height, on a logarithmic or a linear scale.

use crate::view::quantity;

/// How heights grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Each decade has the same height: microseconds and seconds in one picture.
    #[default]
    Log,
    /// From zero, in proportion.
    Linear,
}

/// A value axis. Its ends are round numbers, so that it rests while values jitter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    kind: Kind,
    low: f64,
    high: f64,
}

/// A mark on the value axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Seconds.
    pub value: f64,
    /// What is written there.
    pub label: String,
}

impl Scale {
    /// A scale that shows `low..=high` (in seconds) with some air.
    #[must_use]
    pub fn fit(kind: Kind, low: f64, high: f64) -> Self {
        let high = high.max(1e-6);
        match kind {
            Kind::Log => {
                let low = low.clamp(1e-9, high);
                Self { kind, low: round_down(low / 1.3), high: round_up(high * 1.3) }
            }
            Kind::Linear => Self { kind, low: 0.0, high: round_up(high * 1.08) },
        }
    }

    /// Where a value stands: 0 at the bottom, 1 at the top; outside of the scale it is held at the edge.
    #[must_use]
    pub fn fraction(&self, value: f64) -> f32 {
        let fraction = match self.kind {
            Kind::Log => (value.max(1e-12) / self.low).log10() / (self.high / self.low).log10(),
            Kind::Linear => value / self.high,
        };
        fraction.clamp(0.0, 1.0) as f32
    }

    /// Whether a value stands on the scale.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Ticks at round values, bottom first, about `most` of them at most.
    #[must_use]
    pub fn ticks(&self, most: usize) -> Vec<Tick> {
        let tick = |value: f64| Tick { value, label: quantity::round(value) };
        match self.kind {
            Kind::Log => self.log_values(most).into_iter().map(tick).collect(),
            Kind::Linear => {
                let step = round_up(self.high / most.max(1) as f64);
                let count = (self.high / step * (1.0 + 1e-9)).floor() as usize;
                (0..=count).map(|index| tick(index as f64 * step)).collect()
            }
        }
    }

    /// Decades; where there are too few of them also 2 and 5; where there are too many every second or third.
    fn log_values(&self, most: usize) -> Vec<f64> {
        let exponents = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
        let on_scale =
            |value: &f64| self.contains(*value * (1.0 + 1e-9)) || self.contains(*value * (1.0 - 1e-9));
        let values = |mantissas: &'static [f64]| -> Vec<f64> {
            let decades = exponents.clone().flat_map(|e| mantissas.iter().map(move |m| m * 10_f64.powi(e)));
            decades.filter(on_scale).collect()
        };
        let decades = values(&[1.0]);
        if decades.len() > most.max(1) {
            let every = decades.len().div_ceil(most.max(1));
            return decades.into_iter().rev().step_by(every).collect::<Vec<_>>().into_iter().rev().collect();
        }
        let fine = values(&[1.0, 2.0, 5.0]);
        if decades.len() <= 2 && fine.len() <= most { fine } else { decades }
    }
}

/// The next 1, 2 or 5 times a power of ten that is not below `value`.
fn round_up(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|&round| round >= value * (1.0 - 1e-9))
        .unwrap_or(value)
}

/// The next 1, 2 or 5 times a power of ten that is not above `value`.
fn round_down(value: f64) -> f64 {
    1.0 / round_up(1.0 / value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: Scale, most: usize) -> Vec<String> {
        scale.ticks(most).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn a_log_scale_is_marked_in_decades() {
        let scale = Scale::fit(Kind::Log, 40e-6, 0.9);
        assert_eq!(labels(scale, 6), ["100 µs", "1 ms", "10 ms", "100 ms", "1 s"]);
    }

    #[test]
    fn a_short_log_scale_is_marked_between_the_decades() {
        let scale = Scale::fit(Kind::Log, 0.03, 0.15);
        assert_eq!(labels(scale, 6), ["20 ms", "50 ms", "100 ms", "200 ms"]);
    }

    #[test]
    fn a_linear_scale_starts_at_zero_and_ends_at_a_round_number() {
        let scale = Scale::fit(Kind::Linear, 0.4, 0.9);
        assert_eq!(labels(scale, 5), ["0", "200 ms", "400 ms", "600 ms", "800 ms", "1 s"]);
        assert_eq!(scale.fraction(0.5), 0.5);
    }

    #[test]
    fn values_stand_where_they_belong() {
        let scale = Scale::fit(Kind::Log, 1.3e-3, 0.7);
        assert_eq!((scale.fraction(1e-3), scale.fraction(1.0)), (0.0, 1.0));
        assert!((scale.fraction(0.1) - 2.0 / 3.0).abs() < 1e-6);
        assert_eq!(scale.fraction(100.0), 1.0);
    }

    #[test]
    fn the_scale_rests_while_values_jitter() {
        assert_eq!(Scale::fit(Kind::Log, 45e-6, 0.80), Scale::fit(Kind::Log, 50e-6, 0.90));
        assert_eq!(Scale::fit(Kind::Linear, 0.0, 0.70), Scale::fit(Kind::Linear, 0.0, 0.90));
    }

    #[test]
    fn nothing_divides_by_zero() {
        for kind in [Kind::Log, Kind::Linear] {
            let scale = Scale::fit(kind, 0.0, 0.0);
            assert!(scale.fraction(0.0).is_finite());
            assert!(!scale.ticks(5).is_empty());
        }
    }
}
