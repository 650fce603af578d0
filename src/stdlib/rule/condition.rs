//! Conditions on numbers: metrics are doubles, operands are doubles, nothing is rounded.

use super::{history, operand};
use crate::syntax::dqdl::ast::{CompareOp, Condition, ConditionKind};

/// What a metric must satisfy.
#[derive(Debug, Clone, PartialEq)]
pub enum Demand {
    /// The operands are known.
    Known(NumberCondition),
    /// Some operand is computed from the figures of earlier runs: `> 0.9 * avg(last(3))`.
    Dynamic(Box<Condition>),
    /// It is where its history expects it.
    Forecast,
}

impl Demand {
    /// `= 1`: all of them.
    pub(super) const ALL: Self = Self::Known(NumberCondition::ALL);

    /// The condition, with the recorded figures of the metric, newest first.
    pub fn resolve(&self, newest: &[f64]) -> NumberCondition {
        match self {
            Self::Known(condition) => condition.clone(),
            Self::Dynamic(condition) => {
                let values = operand::operands(condition).into_iter().map(|operand| history::value(operand, newest));
                NumberCondition::of(&condition.kind, values.collect())
            }
            // Takes more than figures: when they were measured. [`super::observe`] judges it.
            Self::Forecast => NumberCondition::Never,
        }
    }
}

/// A condition whose operands are known.
#[derive(Debug, Clone, PartialEq)]
pub enum NumberCondition {
    /// `= x`, `> x` …
    Compare(CompareOp, f64),
    /// `between a and b`: both ends excluded. `not between`: both ends included.
    Between {
        /// `not between`
        negated: bool,
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
    /// `in [...]`
    In {
        /// `not in`
        negated: bool,
        /// What is listed.
        set: Vec<f64>,
    },
    /// An operand is NULL: nothing satisfies it.
    Never,
}

impl NumberCondition {
    /// `= 1`: all of them.
    pub(super) const ALL: Self = Self::Compare(CompareOp::Eq, 1.0);

    /// The condition that was written, with the values of its operands from left to right.
    pub(super) fn of(written: &ConditionKind, values: Vec<f64>) -> Self {
        match (written, values.as_slice()) {
            (ConditionKind::Compare(operator, _), [value]) => Self::Compare(*operator, *value),
            (ConditionKind::Between { negated, .. }, [low, high]) => Self::Between { negated: *negated, low: *low, high: *high },
            (ConditionKind::In { negated, .. }, _) => Self::In { negated: *negated, set: values },
            _ => Self::Never,
        }
    }

    /// Whether a metric satisfies it. Not a number satisfies only `!=` and `not in`.
    pub fn holds(&self, metric: f64) -> bool {
        match self {
            Self::Compare(CompareOp::Eq, x) => equal(metric, *x),
            Self::Compare(CompareOp::Ne, x) => !equal(metric, *x),
            Self::Compare(CompareOp::Gt, x) => metric > *x,
            Self::Compare(CompareOp::Ge, x) => metric >= *x,
            Self::Compare(CompareOp::Lt, x) => metric < *x,
            Self::Compare(CompareOp::Le, x) => metric <= *x,
            Self::Between { negated: false, low, high } => metric > *low && metric < *high,
            Self::Between { negated: true, low, high } => metric <= *low || metric >= *high,
            Self::In { negated, set } => set.iter().any(|x| equal(metric, *x)) != *negated,
            Self::Never => false,
        }
    }
}

/// Java's `Double.equals`: not a number equals itself, and the zeros differ.
fn equal(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(condition: &NumberCondition, metric: f64, expected: bool) {
        assert_eq!(condition.holds(metric), expected, "{condition:?} on {metric}");
    }

    #[test]
    fn between_leaves_out_both_ends() {
        let between = |negated| NumberCondition::Between { negated, low: 1.0, high: 2.0 };
        for (metric, inside) in [(1.0, false), (1.5, true), (2.0, false), (3.0, false)] {
            check(&between(false), metric, inside);
            check(&between(true), metric, !inside);
        }
        check(&NumberCondition::Between { negated: false, low: 2.0, high: 1.0 }, 1.5, false);
        check(&NumberCondition::Between { negated: true, low: 2.0, high: 1.0 }, 1.5, true);
    }

    #[test]
    fn not_a_number_differs_from_all() {
        use CompareOp::{Eq, Ge, Gt, Le, Lt, Ne};
        for (operator, expected) in [(Eq, false), (Ne, true), (Gt, false), (Ge, false), (Lt, false), (Le, false)] {
            check(&NumberCondition::Compare(operator, 1.0), f64::NAN, expected);
        }
        check(&NumberCondition::In { negated: false, set: vec![1.0] }, f64::NAN, false);
        check(&NumberCondition::In { negated: true, set: vec![1.0] }, f64::NAN, true);
        check(&NumberCondition::Between { negated: true, low: 0.0, high: 1.0 }, f64::NAN, false);
    }

    #[test]
    fn zeros_differ() {
        check(&NumberCondition::In { negated: false, set: vec![-0.0] }, 0.0, false);
        check(&NumberCondition::Compare(CompareOp::Ge, -0.0), 0.0, true);
    }
}
