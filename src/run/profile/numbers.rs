//! Figures of numbers: mean, deviation, quantiles, correlation.

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
        let mean = values.iter().sum::<f64>() / count;
        let squares = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
        let total = self.count + count;
        let step = mean - self.mean;
        self.squares += squares + step * step * self.count * count / total;
        self.mean += step * count / total;
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
    pub(super) fn add(&mut self, left: &[f64], right: &[f64]) {
        let pairs = || left.iter().zip(right).filter(|(x, y)| !x.is_nan() && !y.is_nan());
        let (count, x, y) = pairs().fold((0.0, 0.0, 0.0), |(count, sx, sy), (x, y)| (count + 1.0, sx + x, sy + y));
        if count == 0.0 {
            return;
        }
        let (x, y) = (x / count, y / count);
        let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
        for (a, b) in pairs() {
            let (a, b) = (a - x, b - y);
            xx += a * a;
            yy += b * b;
            xy += a * b;
        }
        let total = self.count + count;
        let (dx, dy) = (x - self.means.0, y - self.means.1);
        let weight = self.count * count / total;
        self.squares.0 += xx + dx * dx * weight;
        self.squares.1 += yy + dy * dy * weight;
        self.product += xy + dx * dy * weight;
        self.means.0 += dx * count / total;
        self.means.1 += dy * count / total;
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
#[derive(Debug, Default)]
pub(super) struct Quantiles {
    levels: Vec<Vec<f64>>,
    odd: bool,
}

impl Quantiles {
    /// Adds a value that is a number.
    pub(super) fn add(&mut self, value: f64) {
        self.push(0, value);
    }

    fn push(&mut self, level: usize, value: f64) {
        if self.levels.len() == level {
            self.levels.push(Vec::new());
        }
        self.levels[level].push(value);
        if self.levels[level].len() > WIDTH {
            self.promote(level);
        }
    }

    fn promote(&mut self, level: usize) {
        let mut full = std::mem::take(&mut self.levels[level]);
        full.sort_by(f64::total_cmp);
        // An odd one out stays, so that the weights add up.
        let even = full.len() / 2 * 2;
        if let Some(rest) = full.get(even) {
            self.levels[level].push(*rest);
        }
        self.odd = !self.odd;
        let start = usize::from(self.odd);
        for value in full[..even].iter().skip(start).step_by(2) {
            self.push(level + 1, *value);
        }
    }

    /// Whether every value is still there.
    pub(super) fn is_exact(&self) -> bool {
        self.levels.len() <= 1
    }

    /// For each share the least value that so many do not exceed.
    pub(super) fn at(&self, shares: &[f64]) -> Option<Vec<f64>> {
        let mut weighed: Vec<(f64, u64)> = self
            .levels
            .iter()
            .enumerate()
            .flat_map(|(level, values)| values.iter().map(move |value| (*value, 1_u64 << level)))
            .collect();
        weighed.sort_by(|(a, _), (b, _)| a.total_cmp(b));
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_batches_are_those_of_all() {
        let values: Vec<f64> = (0..1000).map(|value| 1e9 + f64::from(value % 10)).collect();
        let mut moments = Moments::default();
        values.chunks(77).for_each(|batch| moments.add(batch));
        assert!((moments.mean().unwrap() - (1e9 + 4.5)).abs() < 1e-6);
        assert!((moments.deviation().unwrap() - 8.25_f64.sqrt()).abs() < 1e-6);
        assert_eq!((Moments::default().mean(), Moments::default().deviation()), (None, None));
    }

    #[test]
    fn correlations() {
        let x: Vec<f64> = (0..100).map(f64::from).collect();
        let of = |right: &[f64]| {
            let mut together = Together::default();
            x.chunks(7).zip(right.chunks(7)).for_each(|(x, y)| together.add(x, y));
            together.correlation()
        };
        let twice: Vec<f64> = x.iter().map(|x| 2.0 * x + 1.0).collect();
        let falling: Vec<f64> = x.iter().map(|x| -x).collect();
        assert!((of(&twice).unwrap() - 1.0).abs() < 1e-12);
        assert!((of(&falling).unwrap() + 1.0).abs() < 1e-12);
        assert_eq!(of(&[1.0; 100]), None);
    }

    #[test]
    fn quantiles_are_exact_while_few_and_near_beyond() {
        let mut quantiles = Quantiles::default();
        (0..4000).rev().for_each(|value| quantiles.add(f64::from(value)));
        assert!(quantiles.is_exact());
        assert_eq!(quantiles.at(&[0.0, 0.25, 0.5, 1.0]).unwrap(), [0.0, 999.0, 1999.0, 3999.0]);
        (4000..1_000_000).for_each(|value| quantiles.add(f64::from(value)));
        assert!(!quantiles.is_exact());
        for (share, found) in [0.01, 0.25, 0.5, 0.99].iter().zip(quantiles.at(&[0.01, 0.25, 0.5, 0.99]).unwrap()) {
            assert!((found / 1e6 - share).abs() < 0.005, "{share}: {found}");
        }
        assert_eq!(Quantiles::default().at(&[0.5]), None);
    }
}
