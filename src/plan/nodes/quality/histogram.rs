//! How many values lie in each of some intervals.

use crate::stdlib::rule::Edges;

/// Counts of values by interval. An interval has its lower end and not its upper one, but for the last, which has both.
/// Values beyond the ends are counted in the interval at that end, and apart; infinities are beyond.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// The ends.
    pub edges: Edges,
    ends: Vec<f64>,
    /// A count for each interval.
    pub counts: Vec<u64>,
    /// Values below the first end.
    pub below: u64,
    /// Values above the last end.
    pub above: u64,
    /// What is not a number lies nowhere.
    pub not_a_number: u64,
    /// The smallest and the greatest finite value.
    pub range: Option<(f64, f64)>,
}

impl Histogram {
    /// Of nothing yet.
    pub(super) fn new(edges: Edges) -> Self {
        let ends = edges.all();
        let counts = vec![0; ends.len() - 1];
        Self { edges, ends, counts, below: 0, above: 0, not_a_number: 0, range: None }
    }

    pub(super) fn add(&mut self, x: f64) {
        if x.is_nan() {
            self.not_a_number += 1;
            return;
        }
        if x.is_finite() {
            self.range = joined(self.range, Some((x, x)));
        }
        let last = self.counts.len() - 1;
        let at = if x < self.edges.lower() {
            self.below += 1;
            0
        } else if x > self.edges.upper() {
            self.above += 1;
            last
        } else {
            self.ends[1..].partition_point(|end| *end <= x).min(last)
        };
        self.counts[at] += 1;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(own, more)| *own += more);
        self.below += other.below;
        self.above += other.above;
        self.not_a_number += other.not_a_number;
        self.range = joined(self.range, other.range);
    }

    /// How many values were counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The share of values beyond the ends; none of no values.
    pub fn overflow(&self) -> Option<f64> {
        let total = self.total();
        (total > 0).then(|| (self.below + self.above) as f64 / total as f64)
    }
}

/// From the smaller to the greater of two ranges' ends.
pub fn joined(a: Option<(f64, f64)>, b: Option<(f64, f64)>) -> Option<(f64, f64)> {
    match (a, b) {
        (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(edges: Edges, values: &[f64]) -> Histogram {
        let mut histogram = Histogram::new(edges);
        values.iter().for_each(|x| histogram.add(*x));
        histogram
    }

    #[test]
    fn an_interval_has_its_lower_end() {
        let found = of(Edges::new(0.0, 3.0, 3), &[0.0, 0.5, 1.0, 2.0, 3.0, -1.0, 4.0, f64::NAN, f64::INFINITY]);
        assert_eq!((found.counts.as_slice(), found.below, found.above), (&[3, 1, 4][..], 1, 2));
        assert_eq!((found.not_a_number, found.range), (1, Some((-1.0, 4.0))));
    }

    #[test]
    fn one_value_is_one_interval() {
        let found = of(Edges::new(5.0, 5.0, 20), &[5.0, 5.0, 4.0]);
        assert_eq!((found.counts.as_slice(), found.below, found.above), (&[3][..], 1, 0));
    }

    proptest! {
        #[test]
        fn every_value_is_counted_once_and_between_its_ends(
            values in proptest::collection::vec(prop_oneof![-10.0_f64..10.0, Just(f64::MAX), Just(f64::MIN)], 0..60),
            (lower, upper) in prop_oneof![(-9.0_f64..0.0, 0.0_f64..9.0), (Just(f64::MIN), Just(f64::MAX))],
            count in 1_u32..21,
            cut in 0_usize..60,
        ) {
            let edges = Edges::new(lower, upper, count);
            let ends = edges.all();
            prop_assert!(ends.is_sorted() && ends.iter().all(|end| end.is_finite()), "{ends:?}");
            let (first, second) = values.split_at(cut.min(values.len()));
            let mut found = of(edges, first);
            found.merge(&of(edges, second));
            prop_assert_eq!(&found, &of(edges, &values));
            prop_assert_eq!(found.total(), values.len() as u64);
            let outside = values.iter().filter(|x| **x < lower || **x > upper).count() as u64;
            prop_assert_eq!(found.below + found.above, outside);
            for (at, pair) in ends.windows(2).enumerate() {
                let last = at + 2 == ends.len();
                let inside = |x: &&f64| **x >= pair[0] && (**x < pair[1] || last && **x <= pair[1]);
                let mut expected = values.iter().filter(inside).count() as u64;
                expected += if at == 0 { found.below } else { 0 } + if last { found.above } else { 0 };
                prop_assert_eq!(found.counts[at], expected);
            }
        }
    }
}
