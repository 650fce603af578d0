//! The smallest and the greatest value of a column, exact for integers and decimals.

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type, UInt64Type};
use datafusion::common::Result;

/// Both ends of what was seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Bounds {
    /// Integers, or decimals as integers of so many digits behind the point.
    Exact {
        /// The smallest.
        least: i128,
        /// The greatest.
        greatest: i128,
        /// Digits behind the point.
        scale: i8,
    },
    /// Floating-point numbers; not a number is greater than all.
    Floating {
        /// The smallest.
        least: f64,
        /// The greatest.
        greatest: f64,
    },
}

impl Bounds {
    /// Of an array; none of no values.
    pub(super) fn of(array: &ArrayRef) -> Result<Option<Self>> {
        let exact = |values: &mut dyn Iterator<Item = i128>, scale: i8| {
            let one = |x: i128| Self::Exact { least: x, greatest: x, scale };
            values.map(one).reduce(Self::and)
        };
        Ok(match array.data_type() {
            DataType::Decimal128(_, scale) => exact(&mut array.as_primitive::<Decimal128Type>().iter().flatten(), *scale),
            DataType::UInt64 => exact(&mut array.as_primitive::<UInt64Type>().iter().flatten().map(i128::from), 0),
            data_type if data_type.is_integer() => {
                let values = cast(array, &DataType::Int64)?;
                exact(&mut values.as_primitive::<Int64Type>().iter().flatten().map(i128::from), 0)
            }
            _ => {
                let values = cast(array, &DataType::Float64)?;
                let one = |x: f64| Self::Floating { least: positive(x), greatest: positive(x) };
                values.as_primitive::<Float64Type>().iter().flatten().map(one).reduce(Self::and)
            }
        })
    }

    /// Of both.
    pub(super) fn and(self, other: Self) -> Self {
        if let (
            Self::Exact { least, greatest, scale },
            Self::Exact { least: other_least, greatest: other_greatest, scale: other_scale },
        ) = (self, other)
            && scale == other_scale
        {
            return Self::Exact { least: least.min(other_least), greatest: greatest.max(other_greatest), scale };
        }
        let ((least, greatest), (other_least, other_greatest)) = (self.ends(), other.ends());
        Self::Floating {
            least: if least.total_cmp(&other_least).is_le() { least } else { other_least },
            greatest: if greatest.total_cmp(&other_greatest).is_ge() { greatest } else { other_greatest },
        }
    }

    /// Both ends as doubles.
    pub(super) fn ends(self) -> (f64, f64) {
        match self {
            Self::Exact { least, greatest, scale } => (scaled(least, scale), scaled(greatest, scale)),
            Self::Floating { least, greatest } => (least, greatest),
        }
    }

    /// The greatest less the smallest, rounded once.
    pub(super) fn width(self) -> f64 {
        if let Self::Exact { least, greatest, scale } = self
            && let Some(width) = greatest.checked_sub(least)
        {
            return scaled(width, scale);
        }
        let (least, greatest) = self.ends();
        greatest - least
    }
}

fn scaled(units: i128, scale: i8) -> f64 {
    units as f64 / 10_f64.powi(i32::from(scale))
}

/// Not a number without its sign, which would put it below all.
fn positive(x: f64) -> f64 {
    if x.is_nan() { f64::NAN.abs() } else { x }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{Decimal128Array, Float64Array, Int64Array};

    use super::*;

    fn width(array: ArrayRef) -> Option<f64> {
        Bounds::of(&array).unwrap().map(Bounds::width)
    }

    #[test]
    fn whole_numbers_and_decimals_are_exact() {
        let large = Int64Array::from(vec![Some(9_007_199_254_740_993), None, Some(9_007_199_254_740_992)]);
        assert_eq!(width(Arc::new(large)), Some(1.0));
        let cents = Decimal128Array::from(vec![10, 30]).with_precision_and_scale(10, 2).unwrap();
        assert_eq!(width(Arc::new(cents)), Some(0.2));
        assert_eq!(width(Arc::new(Int64Array::from(vec![i64::MIN, i64::MAX]))), Some(18_446_744_073_709_551_615.0));
    }

    #[test]
    fn not_a_number_is_greater_than_all() {
        let ends = |values: Vec<f64>| Bounds::of(&(Arc::new(Float64Array::from(values)) as ArrayRef)).unwrap().unwrap().ends();
        let (least, greatest) = ends(vec![1.0, -f64::NAN, -3.0]);
        assert!(least.total_cmp(&-3.0).is_eq() && greatest.is_nan());
        assert_eq!(width(Arc::new(Int64Array::from(vec![None::<i64>]))), None);
    }
}
