//! Student's t distribution: its distribution function and quantiles.
//!
//! By the regularized incomplete beta function (NIST Digital Library of Mathematical Functions, 8.17.22: a continued fraction,
//! evaluated by Lentz's method) and Lanczos's approximation of the gamma function. Good to about 1e-12.

/// Student's t distribution of some degrees of freedom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Student {
    freedom: f64,
    /// The logarithm of the beta function of half the degrees and a half.
    ln_beta: f64,
}

impl Student {
    /// `freedom`: above 0.
    pub(super) fn new(freedom: f64) -> Self {
        let half = freedom / 2.0;
        Self { freedom, ln_beta: ln_gamma(half) + ln_gamma(0.5) - ln_gamma(half + 0.5) }
    }

    /// The share that lies below `t`.
    pub(super) fn below(self, t: f64) -> f64 {
        if !t.is_finite() {
            return if t > 0.0 { 1.0 } else { 0.0 };
        }
        let tail = 0.5 * beta_share(self.freedom / (self.freedom + t * t), self.freedom / 2.0, 0.5, self.ln_beta);
        if t > 0.0 { 1.0 - tail } else { tail }
    }

    /// Where the share `share` lies below; `share` is between 0 and 1.
    pub(super) fn quantile(self, share: f64) -> f64 {
        if share < 0.5 {
            return -self.quantile(1.0 - share);
        }
        let mut high = 1.0;
        while self.below(high) < share && high < 1e12 {
            high *= 2.0;
        }
        bisect(0.0, high, |t| self.below(t) >= share)
    }
}

/// The smallest number between `low` and `high` from which on `reached` holds, to a part in 10^14 of their distance.
pub(super) fn bisect(mut low: f64, mut high: f64, reached: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..48 {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if reached(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

/// The regularized incomplete beta function.
fn beta_share(x: f64, a: f64, b: f64, ln_beta: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (a * x.ln() + b * (1.0 - x).ln() - ln_beta).exp();
    // The fraction converges fast on one side of the middle only.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(x, a, b) / a
    } else {
        1.0 - front * beta_fraction(1.0 - x, b, a) / b
    }
}

#[expect(clippy::many_single_char_names, reason = "the names of the formula")]
fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for step in 1..300 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        for term in [even, odd] {
            d = 1.0 / away(1.0 + term * d);
            c = away(1.0 + term / c);
            fraction *= d * c;
        }
        if (d * c - 1.0).abs() < 1e-14 {
            break;
        }
    }
    fraction
}

/// The logarithm of the gamma function, of a positive number.
fn ln_gamma(x: f64) -> f64 {
    const LANCZOS: [f64; 9] = [
        0.999_999_999_999_809_9,
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let base = x + 7.5;
    let mut sum = LANCZOS[0];
    let mut at = x;
    for term in &LANCZOS[1..] {
        at += 1.0;
        sum += term / at;
    }
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * base.ln() - base + sum.ln()
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "what is compared has no error")]
mod tests {
    use super::*;

    /// Quantiles as tables print them.
    #[test]
    fn quantiles_are_those_of_the_tables() {
        let table = [
            (0.975, 1.0, 12.706),
            (0.995, 1.0, 63.657),
            (0.975, 2.0, 4.303),
            (0.995, 2.0, 9.925),
            (0.995, 5.0, 4.032),
            (0.995, 10.0, 3.169),
            (0.9975, 20.0, 3.153),
            (0.995, 120.0, 2.617),
            (0.005, 10.0, -3.169),
            (0.5, 4.0, 0.0),
        ];
        for (share, freedom, expected) in table {
            let found = Student::new(freedom).quantile(share);
            assert!((found - expected).abs() < 0.0006, "{share} with {freedom} degrees: {found}, not {expected}");
        }
    }

    /// One and two degrees have closed forms.
    #[test]
    fn the_distribution_function_is_that_of_the_closed_forms() {
        for t in [-30.0, -2.0, -0.3, 0.0, 0.3, 1.0, 7.0, 1000.0] {
            let one = 0.5 + f64::atan(t) / std::f64::consts::PI;
            let two = 0.5 + t / (2.0 * f64::sqrt(2.0 + t * t));
            assert!((Student::new(1.0).below(t) - one).abs() < 1e-12, "{t}");
            assert!((Student::new(2.0).below(t) - two).abs() < 1e-12, "{t}");
        }
    }

    #[test]
    fn a_quantile_is_where_the_share_is() {
        for freedom in [1.0, 1.97, 3.3, 12.0, 33.0, 400.0] {
            for share in [0.0001, 0.01, 0.3, 0.5, 0.9, 0.9987] {
                let student = Student::new(freedom);
                let found = student.below(student.quantile(share));
                assert!((found - share).abs() < 1e-9, "{share} with {freedom} degrees: {found}");
            }
        }
    }

    #[test]
    fn the_ends_are_no_fault() {
        let student = Student::new(3.0);
        assert_eq!(student.below(f64::INFINITY), 1.0);
        assert_eq!(student.below(f64::NEG_INFINITY), 0.0);
        assert!(student.below(1e300) <= 1.0);
    }
}
