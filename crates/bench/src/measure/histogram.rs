//! Counts by logarithm with linear steps in between: every value is kept to 1 in 64.

/// Linear steps per power of two, as a power of two.
const STEP_BITS: u32 = 6;
const STEPS: u64 = 1 << STEP_BITS;

/// Latencies in nanoseconds.
#[derive(Clone, Default)]
pub(crate) struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Histogram {
    pub(crate) fn record(&mut self, value: u64) {
        let index = index(value);
        if index >= self.counts.len() {
            self.counts.resize(index + 1, 0);
        }
        self.counts[index] += 1;
        self.total += 1;
    }

    #[cfg(test)]
    pub(crate) fn count(&self) -> u64 {
        self.total
    }

    /// The value that `share` (0 to 1) of all values do not exceed; 0 without values.
    pub(crate) fn quantile(&self, share: f64) -> u64 {
        let wanted = ((self.total as f64 * share).ceil() as u64).max(1);
        let mut passed = 0;
        for (index, count) in self.counts.iter().enumerate() {
            passed += count;
            if passed >= wanted {
                return highest(index);
            }
        }
        0
    }
}

fn index(value: u64) -> usize {
    let exponent = value.max(1).ilog2();
    let Some(shift) = exponent.checked_sub(STEP_BITS) else { return value as usize };
    ((u64::from(shift + 1) << STEP_BITS) + (value >> shift) - STEPS) as usize
}

/// The largest value that an index stands for.
fn highest(index: usize) -> u64 {
    let index = index as u64;
    if index < STEPS {
        return index;
    }
    let shift = (index >> STEP_BITS) - 1;
    let step = index % STEPS + STEPS;
    (((u128::from(step) + 1) << shift) - 1) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_kept_to_one_in_64() {
        for value in (0..64).flat_map(|bit| [1u64 << bit, (1u64 << bit) + (1u64 << bit) / 3]) {
            let kept = highest(index(value));
            assert!(kept >= value && kept - value <= value / 64, "{value} became {kept}");
        }
        assert_eq!(highest(index(u64::MAX)), u64::MAX);
        assert_eq!(highest(index(0)), 0);
    }

    #[test]
    fn quantiles() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile(0.5), 0);
        for value in 1..=1000 {
            histogram.record(value * 1000);
        }
        for (share, expected) in [(0.5, 500_000), (0.99, 990_000), (0.999, 999_000), (1.0, 1_000_000)] {
            let found = histogram.quantile(share);
            assert!(found >= expected && found <= expected + expected / 60, "{share}: {found}");
        }
        assert_eq!(histogram.count(), 1000);
    }
}
