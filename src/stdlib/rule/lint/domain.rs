//! Sets of numbers, exactly: what a condition lets pass of what there can be.
//!
//! Whole numbers, decimals of one scale, days and floating point numbers can all be counted off in their order, so
//! every set is one of integers ([`Set`]), and a [`Scale`] says which integer a number is. Nothing is rounded, `> 1.5`
//! is `>= 2` of whole numbers, and an open interval is a closed one that begins a step later.

use crate::stdlib::rule::condition::{Demand, NumberCondition};
use crate::syntax::dqdl::ast::{CompareOp, ConditionKind};

/// A set of integers: closed intervals, ascending, none of which touch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Set(Vec<(i128, i128)>);

impl Set {
    /// The integers from one to another; none if the first is the greater one.
    pub(super) fn between(low: i128, high: i128) -> Self {
        Self(if low <= high { vec![(low, high)] } else { Vec::new() })
    }

    /// All integers.
    pub(super) fn all() -> Self {
        Self::between(i128::MIN, i128::MAX)
    }

    /// Some integers.
    pub(super) fn points(points: impl IntoIterator<Item = i128>) -> Self {
        let mut points: Vec<i128> = points.into_iter().collect();
        points.sort_unstable();
        let mut intervals: Vec<(i128, i128)> = Vec::new();
        for point in points {
            match intervals.last_mut() {
                Some((_, end)) if point <= end.saturating_add(1) => *end = point,
                _ => intervals.push((point, point)),
            }
        }
        Self(intervals)
    }

    /// Whether nothing is in it.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether all integers are in it.
    pub(super) fn is_all(&self) -> bool {
        *self == Self::all()
    }

    /// What is in both.
    pub(super) fn and(&self, other: &Self) -> Self {
        let (mut mine, mut theirs) = (self.0.iter().copied().peekable(), other.0.iter().copied().peekable());
        let mut both = Vec::new();
        while let (Some((low, high)), Some((from, to))) = (mine.peek().copied(), theirs.peek().copied()) {
            let (start, end) = (low.max(from), high.min(to));
            if start <= end {
                both.push((start, end));
            }
            if high < to {
                mine.next();
            } else {
                theirs.next();
            }
        }
        Self(both)
    }

    /// What is not in it.
    pub(super) fn complement(&self) -> Self {
        let mut rest = Vec::new();
        let mut next = Some(i128::MIN);
        for (low, high) in &self.0 {
            if let Some(start) = next
                && start < *low
            {
                rest.push((start, *low - 1));
            }
            next = high.checked_add(1);
        }
        rest.extend(next.map(|start| (start, i128::MAX)));
        Self(rest)
    }

    /// Whether all of it is in another.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.and(other) == *self
    }
}

/// Which integers stand for which numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// Numbers with so many digits after the point.
    Decimal(u32),
    /// Doubles, by their order.
    Double,
    /// Floats, by their order.
    Single,
}

/// Where a number lies on a scale: the nearest integers below and above, the same one if it is on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The greatest integer that stands for no more than it.
    below: i128,
    /// The smallest integer that stands for no less than it.
    above: i128,
}

impl Place {
    /// A number that an integer stands for.
    pub(super) fn on(point: i128) -> Self {
        Self { below: point, above: point }
    }

    /// The integer that stands for it.
    pub(super) fn point(self) -> Option<i128> {
        (self.below == self.above).then_some(self.below)
    }
}

/// Digits beyond which comparisons leave the exact types.
const MOST_DIGITS: i128 = 10_i128.pow(19);
/// Digits after the point beyond which they do.
const MOST_SCALE: u32 = 18;

impl Scale {
    /// Whole numbers.
    pub(super) const WHOLE: Self = Self::Decimal(0);

    /// Where a number as it is written lies; `None` if it cannot be said exactly.
    pub(super) fn place(self, written: &str) -> Option<Place> {
        match self {
            Self::Double => double(written.parse().ok()?).map(Place::on),
            Self::Single => single(written.parse().ok()?).map(Place::on),
            Self::Decimal(scale) => {
                let (whole, fraction) = written.split_once('.').unwrap_or((written, ""));
                let fraction = fraction.trim_end_matches('0');
                let own = u32::try_from(fraction.len()).ok()?;
                let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
                if own > MOST_SCALE || digits.abs() >= MOST_DIGITS {
                    return None;
                }
                if own <= scale {
                    return Some(Place::on(digits.checked_mul(10_i128.checked_pow(scale - own)?)?));
                }
                let step = 10_i128.pow(own - scale);
                let below = digits.div_euclid(step);
                Some(Place { below, above: below + i128::from(digits.rem_euclid(step) != 0) })
            }
        }
    }

    /// Where a metric's operand lies.
    fn place_of(self, value: f64) -> Option<Place> {
        match self {
            Self::Double => double(value).map(Place::on),
            Self::Decimal(0) if value.abs() < 1e30 => {
                #[expect(clippy::cast_possible_truncation, reason = "whole, and within the range")]
                let (below, above) = (value.floor() as i128, value.ceil() as i128);
                Some(Place { below, above })
            }
            Self::Decimal(_) | Self::Single => None,
        }
    }

    /// The metrics that satisfy a demand; `None` where that depends on earlier runs, or cannot be said exactly.
    pub(super) fn demanded(self, demand: &Demand) -> Option<Set> {
        match demand {
            Demand::Known(condition) => self.metrics(condition),
            Demand::Dynamic(_) | Demand::Forecast => None,
        }
    }

    /// The metrics that satisfy a condition; `None` where it cannot be said exactly.
    fn metrics(self, condition: &NumberCondition) -> Option<Set> {
        // To AWS the zeros differ where numbers are equal or not.
        let is_odd = |value: &f64| *value == 0.0 && value.is_sign_negative();
        match condition {
            NumberCondition::Compare(operator, value) => {
                let equality = matches!(operator, CompareOp::Eq | CompareOp::Ne);
                if equality && is_odd(value) {
                    return None;
                }
                Some(compare(*operator, self.place_of(*value)?))
            }
            NumberCondition::Between { negated, low, high } => {
                Some(inside(self.place_of(*low)?, self.place_of(*high)?, *negated))
            }
            NumberCondition::In { negated, set } => {
                if set.iter().any(is_odd) {
                    return None;
                }
                let places: Option<Vec<Place>> = set.iter().map(|value| self.place_of(*value)).collect();
                Some(among(&places?, *negated))
            }
            NumberCondition::Never => None,
        }
    }
}

/// The numbers that satisfy a condition whose operands lie at these places.
pub(super) fn satisfying(kind: &ConditionKind, places: &[Place]) -> Option<Set> {
    Some(match (kind, places) {
        (ConditionKind::Compare(operator, _), [place]) => compare(*operator, *place),
        (ConditionKind::Between { negated, .. }, [low, high]) => inside(*low, *high, *negated),
        (ConditionKind::In { negated, .. }, places) => among(places, *negated),
        _ => return None,
    })
}

fn compare(operator: CompareOp, place: Place) -> Set {
    match operator {
        CompareOp::Eq => Set::points(place.point()),
        CompareOp::Ne => Set::points(place.point()).complement(),
        CompareOp::Gt => Set::between(place.below.saturating_add(1), i128::MAX),
        CompareOp::Ge => Set::between(place.above, i128::MAX),
        CompareOp::Lt => Set::between(i128::MIN, place.above.saturating_sub(1)),
        CompareOp::Le => Set::between(i128::MIN, place.below),
    }
}

/// `between` leaves out both ends.
fn inside(low: Place, high: Place, negated: bool) -> Set {
    let inside = Set::between(low.below.saturating_add(1), high.above.saturating_sub(1));
    if negated { inside.complement() } else { inside }
}

fn among(places: &[Place], negated: bool) -> Set {
    let listed = Set::points(places.iter().filter_map(|place| place.point()));
    if negated { listed.complement() } else { listed }
}

/// The place of a double in the order of all doubles; both zeros are one.
fn double(value: f64) -> Option<i128> {
    if value.is_nan() {
        return None;
    }
    let magnitude = i128::from(value.abs().to_bits());
    Some(if value < 0.0 { -magnitude } else { magnitude })
}

fn single(value: f32) -> Option<i128> {
    if value.is_nan() {
        return None;
    }
    let magnitude = i128::from(value.abs().to_bits());
    Some(if value < 0.0 { -magnitude } else { magnitude })
}

/// The doubles from one to another, both included.
pub(super) fn doubles(low: f64, high: f64) -> Set {
    match (double(low), double(high)) {
        (Some(low), Some(high)) => Set::between(low, high),
        _ => Set::default(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set() -> impl Strategy<Value = Set> {
        let some = proptest::collection::vec(-20_i128..20, 0..8).prop_map(Set::points);
        let range = (-20_i128..20, -20_i128..20).prop_map(|(low, high)| Set::between(low, high));
        prop_oneof![some, range, Just(Set::all()), Just(Set::default())].prop_flat_map(|set| {
            let other = set.complement();
            prop_oneof![Just(set), Just(other)]
        })
    }

    fn has(set: &Set, point: i128) -> bool {
        !set.and(&Set::points([point])).is_empty()
    }

    fn number() -> impl Strategy<Value = f64> {
        prop_oneof![(-8_i32..8).prop_map(|n| f64::from(n) / 2.0), -3.0..3.0_f64]
    }

    fn condition() -> impl Strategy<Value = NumberCondition> {
        use CompareOp::{Eq, Ge, Gt, Le, Lt, Ne};
        let operator = proptest::sample::select(vec![Eq, Ne, Gt, Ge, Lt, Le]);
        prop_oneof![
            (operator, number()).prop_map(|(operator, value)| NumberCondition::Compare(operator, value)),
            (any::<bool>(), number(), number()).prop_map(|(negated, low, high)| NumberCondition::Between { negated, low, high }),
            (any::<bool>(), proptest::collection::vec(number(), 1..5))
                .prop_map(|(negated, set)| NumberCondition::In { negated, set }),
        ]
    }

    proptest! {
        #[test]
        fn sets_are_sets(a in set(), b in set(), point in -25_i128..25) {
            prop_assert_eq!(has(&a.and(&b), point), has(&a, point) && has(&b, point));
            prop_assert_eq!(has(&a.complement(), point), !has(&a, point));
            prop_assert_eq!(a.complement().complement(), a.clone());
            prop_assert!(!a.is_within(&b) || !has(&a, point) || has(&b, point));
            prop_assert!(a.and(&b).is_within(&a));
        }

        #[test]
        fn a_set_is_what_satisfies_the_condition(condition in condition(), value in number(), count in -6_i32..6) {
            if let Some(set) = Scale::Double.metrics(&condition) {
                prop_assert_eq!(has(&set, double(value).unwrap()), condition.holds(value + 0.0), "{:?} {}", condition, value);
            }
            if let Some(set) = Scale::WHOLE.metrics(&condition) {
                prop_assert_eq!(has(&set, i128::from(count)), condition.holds(f64::from(count)), "{:?} {}", condition, count);
            }
        }
    }

    #[test]
    fn numbers_lie_where_they_are() {
        let place = |scale: Scale, written: &str| scale.place(written).map(|place| (place.below, place.above));
        assert_eq!(place(Scale::WHOLE, "1.5"), Some((1, 2)));
        assert_eq!(place(Scale::WHOLE, "-1.5"), Some((-2, -1)));
        assert_eq!(place(Scale::WHOLE, "9223372036854775807"), Some((i128::from(i64::MAX), i128::from(i64::MAX))));
        assert_eq!(place(Scale::Decimal(2), "0.125"), Some((12, 13)));
        assert_eq!(place(Scale::Decimal(2), "-3"), Some((-300, -300)));
        assert_eq!(place(Scale::WHOLE, "100000000000000000000"), None);
    }
}
