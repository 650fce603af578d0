//! The shape of a column's values: central moments up to the fourth, in one pass and merged over partitions.
//!
//! Spark's update formulas and the pairwise ones of Pébay (2008) for merging, so that figures agree with AWS's.

/// Count, mean and sums of the second to fourth powers of the distances from it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shape {
    n: f64,
    mean: f64,
    m2: f64,
    m3: f64,
    m4: f64,
}

impl Shape {
    pub(super) fn add(&mut self, x: f64) {
        self.n += 1.0;
        let delta = x - self.mean;
        let step = delta / self.n;
        let (delta2, step2) = (delta * delta, step * step);
        self.mean += step;
        self.m2 += delta * (delta - step);
        self.m3 += -3.0 * step * self.m2 + delta * (delta2 - step2);
        self.m4 += -4.0 * step * self.m3 - 6.0 * step2 * self.m2 + delta * (delta * delta2 - step * step2);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if other.n == 0.0 {
            return;
        }
        if self.n == 0.0 {
            *self = *other;
            return;
        }
        let (n, m) = (self.n, other.n);
        let delta = other.mean - self.mean;
        let step = delta / (n + m);
        let step2 = step * step;
        let m4 = self.m4
            + other.m4
            + delta * step2 * step * n * m * (n * n - n * m + m * m)
            + 6.0 * step2 * (n * n * other.m2 + m * m * self.m2)
            + 4.0 * step * (n * other.m3 - m * self.m3);
        let m3 = self.m3 + other.m3 + delta * step2 * n * m * (n - m) + 3.0 * step * (n * other.m2 - m * self.m2);
        let m2 = self.m2 + other.m2 + delta * step * n * m;
        *self = Self { n: n + m, mean: self.mean + step * m, m2, m3, m4 };
    }

    /// Population skewness; 0 if the values do not vary, none of no values.
    pub(super) fn skewness(&self) -> Option<f64> {
        (self.n > 0.0).then(|| if self.m2 == 0.0 { 0.0 } else { self.n.sqrt() * self.m3 / self.m2.powf(1.5) })
    }

    /// Population excess kurtosis, 0 for a normal distribution; 0 if the values do not vary, none of no values.
    pub(super) fn kurtosis(&self) -> Option<f64> {
        (self.n > 0.0).then(|| if self.m2 == 0.0 { 0.0 } else { self.n * self.m4 / (self.m2 * self.m2) - 3.0 })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[f64]) -> Shape {
        let mut shape = Shape::default();
        values.iter().for_each(|x| shape.add(*x));
        shape
    }

    /// By the definitions, in two passes.
    fn naive(values: &[f64]) -> (f64, f64) {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let moment = |power: i32| values.iter().map(|x| (x - mean).powi(power)).sum::<f64>() / n;
        (moment(3) / moment(2).powf(1.5), moment(4) / moment(2).powi(2) - 3.0)
    }

    proptest! {
        #[test]
        fn one_pass_is_as_two(values in proptest::collection::vec(-1e3_f64..1e3, 3..60), cuts in proptest::collection::vec(0_usize..60, 0..4)) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(values.len())).collect();
            cuts.extend([0, values.len()]);
            cuts.sort_unstable();
            let mut shape = Shape::default();
            for pair in cuts.windows(2) {
                shape.merge(&of(&values[pair[0]..pair[1]]));
            }
            let (skewness, kurtosis) = naive(&values);
            prop_assume!(shape.m2 > 1.0);
            prop_assert!((shape.skewness().unwrap() - skewness).abs() < 1e-6, "{:?} {skewness}", shape.skewness());
            prop_assert!((shape.kurtosis().unwrap() - kurtosis).abs() < 1e-6, "{:?} {kurtosis}", shape.kurtosis());
        }
    }

    #[test]
    fn the_figures_that_the_public_engine_gives() {
        let kurtosis = of(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).kurtosis().unwrap();
        assert!((kurtosis - -1.268_571_428_571_428_5).abs() < 1e-12, "{kurtosis}");
        assert_eq!((of(&[0.1; 7]).skewness(), of(&[0.1; 7]).kurtosis()), (Some(0.0), Some(0.0)));
        assert_eq!((Shape::default().skewness(), Shape::default().kurtosis()), (None, None));
        assert!(of(&[1.0, f64::NAN]).skewness().unwrap().is_nan());
    }
}
