//! Figures of numbers: mean, deviation, quantiles, correlation.

/// Sums that are kept side by side: as many as the processor adds at a time.
const LANES: usize = 8;

/// The sum of something of every pair of numbers. The order of the additions depends on how many there are alone.
fn total(left: &[f64], right: &[f64], of: impl Fn(f64, f64) -> f64) -> f64 {
    let (lefts, left_rest) = left.as_chunks::<LANES>();
    let (rights, right_rest) = right.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (left, right) in lefts.iter().zip(rights) {
        for lane in 0..LANES {
            sums[lane] += of(left[lane], right[lane]);
        }
    }
    let rest: f64 = left_rest.iter().zip(right_rest).map(|(left, right)| of(*left, *right)).sum();
    sums.iter().sum::<f64>() + rest
}

/// Sums around a mean, merged batch by batch: nothing is lost where all values are far from zero.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    /// Adds the values of a batch.
    pub(super) fn add(&mut self, values: &[f64]) {
        if values.is_empty() {
            return;
        }
        let count = values.len() as f64;
        let mean = total(values, values, |value, _| value) / count;
        let squares = total(values, values, |value, _| (value - mean) * (value - mean));
        self.merge(Self { count, mean, squares });
    }

    /// Adds a value that occurs so many times.
    pub(super) fn weigh(&mut self, value: f64, count: u64) {
        self.merge(Self { count: count as f64, mean: value, squares: 0.0 });
    }

    /// Adds others.
    pub(super) fn merge(&mut self, other: Self) {
        if other.count == 0.0 {
            return;
        }
        let total = self.count + other.count;
        let step = other.mean - self.mean;
        self.squares += other.squares + step * step * self.count * other.count / total;
        self.mean += step * other.count / total;
        self.count = total;
    }

    /// The mean.
    pub(super) fn mean(&self) -> Option<f64> {
        (self.count > 0.0 && self.mean.is_finite()).then_some(self.mean)
    }

    /// The standard deviation of all values (divided by how many they are), as DQDL means it.
    pub(super) fn deviation(&self) -> Option<f64> {
        let deviation = (self.squares / self.count).sqrt();
        (self.count > 0.0 && deviation.is_finite()).then_some(deviation)
    }
}

/// The numbers of a batch as they are held against those of other columns: from their mean on.
#[derive(Debug, Default)]
pub(super) struct Apart {
    count: f64,
    mean: f64,
    /// Zero where there is no number.
    from_mean: Vec<f64>,
    /// One where there is a number, zero where there is none; nothing if there is one in every row.
    there: Option<Vec<f64>>,
    sum: f64,
    squares: f64,
}

impl Apart {
    /// Of a batch with NaN where there is no number.
    pub(super) fn new(mut numbers: Vec<f64>) -> Self {
        let one_or_zero = |number: &f64| if number.is_nan() { 0.0 } else { 1.0 };
        let or_zero = |number: f64| if number.is_nan() { 0.0 } else { number };
        let found = numbers.iter().filter(|number| !number.is_nan()).count();
        let count = found as f64;
        let mean = if found == 0 { 0.0 } else { total(&numbers, &numbers, |number, _| or_zero(number)) / count };
        let there = (found < numbers.len()).then(|| numbers.iter().map(one_or_zero).collect());
        numbers.iter_mut().for_each(|number| *number = or_zero(*number - mean));
        let sum = total(&numbers, &numbers, |number, _| number);
        let squares = total(&numbers, &numbers, |number, _| number * number);
        Self { count, mean, from_mean: numbers, there, sum, squares }
    }

    /// Count, sum and sum of squares where the other column has a number too.
    fn with(&self, other: &Self) -> (f64, f64, f64) {
        let own = &self.from_mean;
        let count = match (&self.there, &other.there) {
            (_, None) => return (self.count, self.sum, self.squares),
            (None, Some(_)) => other.count,
            (Some(there), Some(others)) => total(there, others, |there, others| there * others),
        };
        let others = other.there.as_deref().unwrap_or_default();
        (count, total(own, others, |own, there| own * there), total(own, others, |own, there| own * own * there))
    }
}

/// How two columns move together, over rows where both have a value.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Together {
    count: f64,
    means: (f64, f64),
    squares: (f64, f64),
    product: f64,
}

impl Together {
    /// Adds the rows of a batch; what is not a number is no value.
    pub(super) fn add(&mut self, left: &Apart, right: &Apart) {
        let (count, x, xx) = left.with(right);
        let (_, y, yy) = right.with(left);
        if count == 0.0 {
            return;
        }
        self.merge(Self {
            count,
            means: (left.mean + x / count, right.mean + y / count),
            squares: ((xx - x * x / count).max(0.0), (yy - y * y / count).max(0.0)),
            product: total(&left.from_mean, &right.from_mean, |a, b| a * b) - x * y / count,
        });
    }

    /// Adds others.
    pub(super) fn merge(&mut self, other: Self) {
        if other.count == 0.0 {
            return;
        }
        let total = self.count + other.count;
        let (dx, dy) = (other.means.0 - self.means.0, other.means.1 - self.means.1);
        let weight = self.count * other.count / total;
        self.squares.0 += other.squares.0 + dx * dx * weight;
        self.squares.1 += other.squares.1 + dy * dy * weight;
        self.product += other.product + dx * dy * weight;
        self.means.0 += dx * other.count / total;
        self.means.1 += dy * other.count / total;
        self.count = total;
    }

    /// How many rows had both.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
    pub(super) fn rows(&self) -> u64 {
        self.count as u64
    }

    /// Pearson's correlation; `None` if one of them does not vary.
    pub(super) fn correlation(&self) -> Option<f64> {
        let scale = self.squares.0.sqrt() * self.squares.1.sqrt();
        let correlation = self.product / scale;
        (scale > 0.0 && correlation.is_finite()).then(|| correlation.clamp(-1.0, 1.0))
    }
}

/// Values kept a level; so many are exact.
pub(super) const WIDTH: usize = 4096;

/// Quantiles in bounded memory. A full level is sorted and every second value goes up, where it stands for twice as many.
#[derive(Debug, Clone, Default)]
pub(super) struct Quantiles {
    /// Values as [`key`]s.
    levels: Vec<Vec<i64>>,
    odd: bool,
    /// Whether a value was ever left out.
    halved: bool,
}

/// A whole number in the place of a double: the order is the same, and it is quicker to sort by.
fn key(value: f64) -> i64 {
    let bits = value.to_bits().cast_signed();
    bits ^ (bits >> 63).cast_unsigned().wrapping_shr(1).cast_signed()
}

fn value(key: i64) -> f64 {
    f64::from_bits((key ^ (key >> 63).cast_unsigned().wrapping_shr(1).cast_signed()).cast_unsigned())
}

/// Sorts what is made of a few runs that are sorted, as upper levels are.
#[expect(clippy::stable_sort_primitive, reason = "the stable sort is the one that makes use of runs")]
fn merge_runs(keys: &mut [i64]) {
    keys.sort();
}

impl Quantiles {
    /// Adds values that are numbers.
    pub(super) fn extend(&mut self, values: &[f64]) {
        self.push(0, values.iter().map(|value| key(*value)));
    }

    /// Adds a value that occurs so many times.
    pub(super) fn weigh(&mut self, value: f64, count: u64) {
        for level in (0..u64::BITS - count.leading_zeros()).filter(|level| count >> level & 1 == 1) {
            self.push(level as usize, std::iter::once(key(value)));
        }
    }

    /// Adds others.
    pub(super) fn merge(&mut self, other: Self) {
        self.halved |= other.halved;
        for (level, keys) in other.levels.into_iter().enumerate() {
            self.push(level, keys.into_iter());
        }
    }

    fn push(&mut self, level: usize, mut keys: impl Iterator<Item = i64>) {
        if self.levels.len() <= level {
            self.levels.resize_with(level + 1, Vec::new);
        }
        loop {
            let full = &mut self.levels[level];
            full.extend(keys.by_ref().take(WIDTH - full.len()));
            if full.len() < WIDTH {
                return;
            }
            // What is exactly full stays until there is more.
            let Some(next) = keys.next() else { return };
            self.promote(level);
            self.levels[level].push(next);
        }
    }

    fn promote(&mut self, level: usize) {
        let mut full = std::mem::take(&mut self.levels[level]);
        if level == 0 {
            full.sort_unstable();
        } else {
            merge_runs(&mut full);
        }
        self.odd = !self.odd;
        self.halved = true;
        let start = usize::from(self.odd);
        let kept: Vec<i64> = full.iter().copied().skip(start).step_by(2).collect();
        full.clear();
        self.levels[level] = full;
        self.push_up(level + 1, kept);
    }

    /// Not generic, so that levels can follow each other.
    fn push_up(&mut self, level: usize, keys: Vec<i64>) {
        self.push(level, keys.into_iter());
    }

    /// Whether every value is still there.
    pub(super) fn is_exact(&self) -> bool {
        !self.halved
    }

    /// For each share the least value that so many do not exceed.
    pub(super) fn at(&self, shares: &[f64]) -> Option<Vec<f64>> {
        let mut weighed: Vec<(i64, u64)> =
            self.levels.iter().enumerate().flat_map(|(level, keys)| keys.iter().map(move |key| (*key, 1_u64 << level))).collect();
        weighed.sort_unstable();
        at(&weighed, shares).map(|keys| keys.into_iter().map(value).collect())
    }
}

/// As [`Quantiles::at`], of values in order, each with how often it occurs.
pub(super) fn at<T: Copy>(weighed: &[(T, u64)], shares: &[f64]) -> Option<Vec<T>> {
    let total: u64 = weighed.iter().map(|(_, weight)| weight).sum();
    let (greatest, _) = weighed.last()?;
    let at = |share: &f64| {
        let rank = share * total as f64;
        let mut before = 0;
        let found = weighed.iter().find(|(_, weight)| {
            before += weight;
            before as f64 >= rank
        });
        found.map_or(*greatest, |(value, _)| *value)
    };
    Some(shares.iter().map(at).collect())
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn moments_of_batches_are_those_of_all() {
        let values: Vec<f64> = (0..1000).map(|value| 1e9 + f64::from(value % 10)).collect();
        let mut moments = Moments::default();
        values.chunks(77).for_each(|batch| moments.add(batch));
        let mut weighed = Moments::default();
        (0..10).for_each(|value| weighed.weigh(1e9 + f64::from(value), 100));
        for moments in [moments, weighed] {
            assert!((moments.mean().unwrap() - (1e9 + 4.5)).abs() < 1e-6);
            assert!((moments.deviation().unwrap() - 8.25_f64.sqrt()).abs() < 1e-6);
        }
        assert_eq!((Moments::default().mean(), Moments::default().deviation()), (None, None));
    }

    fn correlation(left: &[f64], right: &[f64], batch: usize) -> Option<f64> {
        let mut together = Together::default();
        for (x, y) in left.chunks(batch).zip(right.chunks(batch)) {
            together.add(&Apart::new(x.to_vec()), &Apart::new(y.to_vec()));
        }
        together.correlation()
    }

    #[test]
    fn correlations() {
        let x: Vec<f64> = (0..100).map(f64::from).collect();
        let twice: Vec<f64> = x.iter().map(|x| 2.0 * x + 1.0).collect();
        let falling: Vec<f64> = x.iter().map(|x| -x).collect();
        assert!((correlation(&x, &twice, 7).unwrap() - 1.0).abs() < 1e-12);
        assert!((correlation(&x, &falling, 7).unwrap() + 1.0).abs() < 1e-12);
        assert_eq!(correlation(&x, &[1.0; 100], 7), None);
    }

    proptest! {
        /// As the textbook has it, over the rows where both have a number.
        #[test]
        fn correlations_are_those_of_rows_with_both(
            rows in vec((prop_oneof![4 => -1e3..1e3, 1 => Just(f64::NAN)], prop_oneof![4 => 1e6..2e6, 1 => Just(f64::NAN)]), 0..200),
            batch in 1..60_usize,
        ) {
            let (left, right): (Vec<f64>, Vec<f64>) = rows.iter().copied().unzip();
            let both: Vec<(f64, f64)> = rows.into_iter().filter(|(x, y): &(f64, f64)| !x.is_nan() && !y.is_nan()).collect();
            let count = both.len() as f64;
            let (mx, my) = (both.iter().map(|(x, _)| x).sum::<f64>() / count, both.iter().map(|(_, y)| y).sum::<f64>() / count);
            let sum = |of: &dyn Fn(f64, f64) -> f64| both.iter().map(|(x, y)| of(x - mx, y - my)).sum::<f64>();
            let expected = sum(&|x, y| x * y) / (sum(&|x, _| x * x).sqrt() * sum(&|_, y| y * y).sqrt());
            match correlation(&left, &right, batch) {
                Some(found) => prop_assert!((found - expected).abs() < 1e-6, "{found} {expected}"),
                None => prop_assert!(both.len() < 2 || !expected.is_finite()),
            }
        }

        /// Doubles keep their order and come back.
        #[test]
        fn keys_have_the_order_of_their_values(a: f64, b: f64) {
            prop_assert_eq!(key(a).cmp(&key(b)), a.total_cmp(&b));
            prop_assert_eq!(value(key(a)).to_bits(), a.to_bits());
        }

        /// Few values are exact, each by itself, weighed or merged.
        #[test]
        fn quantiles_of_few_are_exact(counts in vec((-100..100_i32, 1..40_usize), 1..60), share in 0.0..1.0_f64) {
            let mut all: Vec<f64> = counts.iter().flat_map(|(value, count)| std::iter::repeat_n(f64::from(*value), *count)).collect();
            let mut weighed = Quantiles::default();
            counts.iter().for_each(|(value, count)| weighed.weigh(f64::from(*value), *count as u64));
            let (left, right) = all.split_at(all.len() / 3);
            let mut merged = Quantiles::default();
            merged.extend(left);
            let mut other = Quantiles::default();
            other.extend(right);
            merged.merge(other);
            all.sort_by(f64::total_cmp);
            let reaches = |at: &usize| (at + 1) as f64 >= share * all.len() as f64;
            let expected = (0..all.len()).find(reaches).map(|at| vec![all[at]]);
            prop_assert_eq!((weighed.at(&[share]), weighed.is_exact()), (expected.clone(), true));
            prop_assert_eq!((merged.at(&[share]), merged.is_exact()), (expected, true));
        }
    }

    #[test]
    fn quantiles_are_exact_while_few_and_near_beyond() {
        let mut quantiles = Quantiles::default();
        (0..4000).rev().for_each(|value| quantiles.extend(&[f64::from(value)]));
        assert!(quantiles.is_exact());
        assert_eq!(quantiles.at(&[0.0, 0.25, 0.5, 1.0]).unwrap(), [0.0, 999.0, 1999.0, 3999.0]);
        let rest: Vec<f64> = (4000..1_000_000).map(f64::from).collect();
        rest.chunks(1000).for_each(|batch| quantiles.extend(batch));
        assert!(!quantiles.is_exact());
        let mut merged = Quantiles::default();
        for part in rest.chunks(90_000) {
            let mut quantiles = Quantiles::default();
            quantiles.extend(part);
            merged.merge(quantiles);
        }
        for quantiles in [quantiles, merged] {
            for (share, found) in [0.01, 0.25, 0.5, 0.99].iter().zip(quantiles.at(&[0.01, 0.25, 0.5, 0.99]).unwrap()) {
                assert!((found / 1e6 - share).abs() < 0.005, "{share}: {found}");
            }
        }
        assert_eq!(Quantiles::default().at(&[0.5]), None);
    }
}
