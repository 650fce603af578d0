//! Quantiles of numbers: exact while there are few different values, close to exact beyond.
//!
//! Values are counted by their bits. When there are more than [`LIMIT`] different ones, values are put together whose
//! highest bits agree, one bit less at a time until they are few enough again. How many bits are left depends only on
//! the set of values and not on the order in which they came, and neither does any figure. A value put together with
//! others is off by at most half of the width of what it shares bits with: a fraction of itself, not of the range.

use hashbrown::HashMap;

/// So many different values are counted exactly. In tests they are many soon, so that both ways are taken.
const LIMIT: usize = if cfg!(test) { 64 } else { 1 << 17 };
/// The bits of a double that are not its sign and exponent.
const MANTISSA: u32 = 52;

/// How often each value occurs.
#[derive(Debug, Clone, Default)]
pub(super) struct Quantiles {
    counts: HashMap<u64, u64, ahash::RandomState>,
    /// So many of the lowest bits are ignored.
    shift: u32,
    total: u64,
}

impl Quantiles {
    /// Of nothing yet.
    pub(super) fn new() -> Self {
        Self { counts: HashMap::with_hasher(super::keys::hasher()), shift: 0, total: 0 }
    }

    pub(super) fn add(&mut self, x: f64) {
        self.count(ordered(x), 1);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if self.shift < other.shift {
            self.coarsen(other.shift);
        }
        other.counts.iter().for_each(|(key, count)| self.count(*key, *count));
    }

    fn count(&mut self, key: u64, times: u64) {
        self.total += times;
        *self.counts.entry(truncated(key, self.shift)).or_insert(0) += times;
        while self.counts.len() > LIMIT && self.shift < MANTISSA {
            self.coarsen(self.shift + 1);
        }
    }

    fn coarsen(&mut self, shift: u32) {
        self.shift = shift;
        for (key, count) in std::mem::replace(&mut self.counts, HashMap::with_hasher(super::keys::hasher())) {
            *self.counts.entry(truncated(key, shift)).or_insert(0) += count;
        }
    }

    /// The values at some shares of the way from the smallest to the greatest, between two values by their distance:
    /// Spark's `percentile`. Not a number is greater than all; none of no values.
    pub(super) fn at(&self, shares: &[f64]) -> Option<Vec<f64>> {
        let last = self.total.checked_sub(1)?;
        let mut sorted: Vec<(u64, u64)> = self.counts.iter().map(|(key, count)| (*key, *count)).collect();
        sorted.sort_unstable();
        let mut upto = 0;
        for (_, count) in &mut sorted {
            upto += *count;
            *count = upto;
        }
        let value = |rank: f64| {
            let at = sorted.partition_point(|(_, upto)| (*upto as f64) <= rank);
            let key = sorted[at.min(sorted.len() - 1)].0;
            (key, restored(key, self.shift))
        };
        let one = |share: &f64| {
            let position = last as f64 * share;
            let ((low_key, low), (high_key, high)) = (value(position.floor()), value(position.ceil()));
            if low_key == high_key { low } else { (position.ceil() - position) * low + (position - position.floor()) * high }
        };
        Some(shares.iter().map(one).collect())
    }
}

/// Bits that are ordered as the numbers are; one zero, one not-a-number, greater than all.
fn ordered(x: f64) -> u64 {
    let bits = if x.is_nan() { f64::NAN.to_bits() & !(1 << 63) } else { (x + 0.0).to_bits() };
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

fn number(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

/// A key without its lowest bits; infinities and not-a-number stay what they are.
fn truncated(key: u64, shift: u32) -> u64 {
    if number(key).is_finite() { key >> shift << shift } else { key }
}

/// The middle of what was put together under a key.
fn restored(key: u64, shift: u32) -> f64 {
    let x = number(key);
    if shift == 0 || !x.is_finite() || x == 0.0 { x } else { number(key | 1 << (shift - 1)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[f64]) -> Quantiles {
        let mut quantiles = Quantiles::new();
        values.iter().for_each(|x| quantiles.add(*x));
        quantiles
    }

    /// By sorting all values.
    fn naive(values: &[f64], share: f64) -> f64 {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let position = (sorted.len() - 1) as f64 * share;
        let (low, high) = (sorted[position.floor() as usize], sorted[position.ceil() as usize]);
        if low == high { low } else { (position.ceil() - position) * low + (position - position.floor()) * high }
    }

    proptest! {
        #[test]
        fn few_values_are_exact(values in proptest::collection::vec((-20_i32..20).prop_map(f64::from), 1..200)) {
            let found = of(&values).at(&[0.0, 0.25, 0.5, 0.75, 1.0]).unwrap();
            for (share, found) in [0.0, 0.25, 0.5, 0.75, 1.0].into_iter().zip(found) {
                prop_assert_eq!(found, naive(&values, share));
            }
        }

        #[test]
        fn many_values_are_near_and_their_order_does_not_matter(
            values in proptest::collection::vec(prop_oneof![-1e6_f64..1e6, -1.0_f64..1.0], 100..400),
            cut in 0_usize..400,
        ) {
            let shares = [0.1, 0.25, 0.5, 0.75, 0.9];
            let (first, second) = values.split_at(cut.min(values.len()));
            let mut merged = of(second);
            merged.merge(&of(first));
            let whole = of(&values);
            prop_assert_eq!(whole.at(&shares), merged.at(&shares));
            let error = 0.5 * f64::from(whole.shift).exp2() / f64::from(MANTISSA).exp2();
            for (share, found) in shares.into_iter().zip(whole.at(&shares).unwrap()) {
                let position = (values.len() - 1) as f64 * share;
                let mut sorted = values.clone();
                sorted.sort_by(f64::total_cmp);
                let reach = sorted[position.floor() as usize].abs().max(sorted[position.ceil() as usize].abs());
                let exact = naive(&values, share);
                prop_assert!((found - exact).abs() <= error * reach + 1e-300, "{found} {exact} {}", whole.shift);
            }
        }
    }

    #[test]
    fn what_is_no_finite_number_keeps_its_place() {
        let mut values: Vec<f64> = (0..200).map(|at| f64::from(at) * 1.7 - 150.0).collect();
        values.extend([f64::INFINITY, f64::NEG_INFINITY, f64::NAN, -f64::NAN]);
        let found = of(&values).at(&[0.0, 1.0]).unwrap();
        assert!(found[0] == f64::NEG_INFINITY && found[1].is_nan());
        assert_eq!(of(&[-0.0, 0.0]).at(&[0.0, 1.0]).unwrap(), vec![0.0, 0.0]);
        assert_eq!(of(&[]).at(&[0.5]), None);
    }

    #[test]
    fn the_figures_that_the_public_engine_gives() {
        let spread = |values: &[f64]| of(values).at(&[0.25, 0.75]).map(|at| at[1] - at[0]);
        assert_eq!(spread(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), Some(2.5));
        assert_eq!(spread(&[9.0, 1.0, 7.0, 3.0, 5.0]), Some(4.0));
        assert_eq!(spread(&[42.0]), Some(0.0));
    }
}
