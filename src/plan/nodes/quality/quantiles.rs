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

    /// The values at some shares, such as `(1, 4)`, of the way from the smallest to the greatest; between two values by
    /// their distance: Spark's `percentile`. Not a number is greater than all; none of no values.
    pub(super) fn at(&self, shares: &[(u64, u64)]) -> Option<Vec<f64>> {
        let last = self.total.checked_sub(1)?;
        let mut sorted: Vec<(u64, u64)> = self.counts.iter().map(|(key, count)| (*key, *count)).collect();
        sorted.sort_unstable();
        let mut upto = 0;
        for (_, count) in &mut sorted {
            upto += *count;
            *count = upto;
        }
        let key = |rank: u64| sorted[sorted.partition_point(|(_, upto)| *upto <= rank)].0;
        let one = |(part, whole): &(u64, u64)| {
            let (rank, rest) = (last * part / whole, last * part % whole);
            let low = key(rank);
            let high = if rest == 0 { low } else { key(rank + 1) };
            between(restored(low, self.shift), restored(high, self.shift), rest as f64 / *whole as f64)
        };
        Some(shares.iter().map(one).collect())
    }
}

/// So much of the way from one number to another; nothing is calculated if they are one, infinities included.
fn between(low: f64, high: f64, share: f64) -> f64 {
    if low.to_bits() == high.to_bits() { low } else { (1.0 - share) * low + share * high }
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

    const SHARES: [(u64, u64); 5] = [(0, 4), (1, 4), (1, 2), (3, 4), (9, 10)];

    /// The two values around a share and the one between them, by sorting all.
    fn naive(values: &[f64], (part, whole): (u64, u64)) -> (f64, f64, f64) {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let way = (values.len() as u64 - 1) * part;
        let at = |rank: u64| sorted[usize::try_from(rank).unwrap().min(sorted.len() - 1)];
        let (low, high) = (at(way / whole), at(way.div_ceil(whole)));
        (low, high, between(low, high, (way % whole) as f64 / whole as f64))
    }

    proptest! {
        #[test]
        fn few_values_are_exact(values in proptest::collection::vec((-20_i32..20).prop_map(f64::from), 1..200)) {
            let found = of(&values).at(&SHARES).unwrap();
            for (share, found) in SHARES.into_iter().zip(found) {
                let (_, _, exact) = naive(&values, share);
                prop_assert!((found - exact).abs() < f64::EPSILON, "{} {}", found, exact);
            }
        }

        #[test]
        fn many_values_are_near_and_their_order_does_not_matter(
            values in proptest::collection::vec(prop_oneof![-1e6_f64..1e6, -1.0_f64..1.0], 100..400),
            cut in 0_usize..400,
        ) {
            let (first, second) = values.split_at(cut.min(values.len()));
            let mut merged = of(second);
            merged.merge(&of(first));
            let whole = of(&values);
            prop_assert_eq!(whole.at(&SHARES), merged.at(&SHARES));
            let error = 0.5 * f64::from(whole.shift).exp2() / f64::from(MANTISSA).exp2();
            for (share, found) in SHARES.into_iter().zip(whole.at(&SHARES).unwrap()) {
                let (low, high, exact) = naive(&values, share);
                let reach = low.abs().max(high.abs());
                prop_assert!((found - exact).abs() <= error * reach + 1e-300, "{found} {exact} {}", whole.shift);
            }
        }
    }

    #[test]
    fn what_is_no_finite_number_keeps_its_place() {
        let mut values: Vec<f64> = (0..200).map(|at| f64::from(at) * 1.7 - 150.0).collect();
        values.extend([f64::INFINITY, f64::NEG_INFINITY, f64::NAN, -f64::NAN]);
        let found = of(&values).at(&[(0, 1), (1, 1)]).unwrap();
        assert!(found[0].is_infinite() && found[0] < 0.0 && found[1].is_nan());
        assert_eq!(of(&[-0.0, 0.0]).at(&[(0, 1), (1, 1)]), Some(vec![0.0, 0.0]));
        assert_eq!(of(&[]).at(&[(1, 2)]), None);
    }

    #[test]
    fn the_figures_that_the_public_engine_gives() {
        let spread = |values: &[f64]| of(values).at(&[(1, 4), (3, 4)]).map(|at| at[1] - at[0]);
        assert_eq!(spread(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), Some(2.5));
        assert_eq!(spread(&[9.0, 1.0, 7.0, 3.0, 5.0]), Some(4.0));
        assert_eq!(spread(&[42.0]), Some(0.0));
    }
}
