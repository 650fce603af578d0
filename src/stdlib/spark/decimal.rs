//! Decimal arithmetic: Spark's result types, rounding half up, NULL where a result has no room.

use datafusion::arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, i256};

/// `+ - * / %` on two decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
    /// `pmod`
    Modulo,
    /// `div`
    Whole,
}

/// A precision and a scale.
pub type Shape = (u8, i8);

/// What a decimal type has room for.
pub fn shape(data_type: &DataType) -> Option<Shape> {
    match data_type {
        DataType::Decimal128(precision, scale) => Some((*precision, *scale)),
        _ => None,
    }
}

/// The type of a result; digits after the point give way where there is no room for all.
pub fn result(operation: Operation, (p1, s1): Shape, (p2, s2): Shape) -> DataType {
    let (p1, s1, p2, s2) = (i16::from(p1), i16::from(s1), i16::from(p2), i16::from(s2));
    let (precision, scale) = match operation {
        Operation::Add | Operation::Subtract => {
            let scale = s1.max(s2);
            ((p1 - s1).max(p2 - s2) + scale + 1, scale)
        }
        Operation::Multiply => (p1 + p2 + 1, s1 + s2),
        Operation::Divide => {
            let scale = 6.max(s1 + p2 + 1);
            (p1 - s1 + s2 + scale, scale)
        }
        Operation::Remainder | Operation::Modulo => {
            let scale = s1.max(s2);
            ((p1 - s1).min(p2 - s2) + scale, scale)
        }
        Operation::Whole => return DataType::Int64,
    };
    let most = i16::from(DECIMAL128_MAX_PRECISION);
    if precision <= most {
        return decimal_type(precision, scale);
    }
    let whole = precision - scale;
    decimal_type(most, (most - whole).max(scale.min(6)))
}

fn decimal_type(precision: i16, scale: i16) -> DataType {
    DataType::Decimal128(u8::try_from(precision).unwrap_or(1).max(1), i8::try_from(scale).unwrap_or(0))
}

/// A value at another scale, rounded half up; `None` if it has more digits than the precision.
pub fn rescale(value: i128, from: i8, precision: u8, to: i8) -> Option<i128> {
    let moved = shift(i256::from_i128(value), i32::from(to) - i32::from(from))?;
    fits(moved, precision)
}

fn fits(value: i256, precision: u8) -> Option<i128> {
    let value = value.to_i128()?;
    let limit = 10_i128.checked_pow(u32::from(precision))?;
    (value > -limit && value < limit).then_some(value)
}

fn power(exponent: i32) -> Option<i256> {
    i256::from_i128(10).checked_pow(u32::try_from(exponent).ok()?)
}

/// Moves the point; digits that fall off round half up.
fn shift(value: i256, by: i32) -> Option<i256> {
    if by >= 0 {
        return value.checked_mul(power(by)?);
    }
    match power(-by) {
        Some(divisor) => divide(value, divisor),
        None => Some(i256::ZERO),
    }
}

/// Rounds half up, away from zero.
fn divide(value: i256, divisor: i256) -> Option<i256> {
    let quotient = value.checked_div(divisor)?;
    let rest = value.checked_rem(divisor)?;
    let twice = rest.wrapping_abs().checked_mul(i256::from_i128(2))?;
    if twice < divisor.wrapping_abs() {
        return Some(quotient);
    }
    let away = if (value < i256::ZERO) == (divisor < i256::ZERO) { i256::ONE } else { i256::MINUS_ONE };
    quotient.checked_add(away)
}

/// One operation. `Whole` gives a plain number.
pub fn apply(operation: Operation, (left, s1): (i128, i8), (right, s2): (i128, i8), (precision, scale): Shape) -> Option<i128> {
    let (s1, s2, scale) = (i32::from(s1), i32::from(s2), i32::from(scale));
    let (wide_left, wide_right) = (i256::from_i128(left), i256::from_i128(right));
    let common = s1.max(s2);
    let aligned = || Some((shift(wide_left, common - s1)?, shift(wide_right, common - s2)?));
    let value = match operation {
        Operation::Add => {
            let (left, right) = aligned()?;
            shift(left.checked_add(right)?, scale - common)?
        }
        Operation::Subtract => {
            let (left, right) = aligned()?;
            shift(left.checked_sub(right)?, scale - common)?
        }
        Operation::Multiply => shift(wide_left.checked_mul(wide_right)?, scale - s1 - s2)?,
        Operation::Divide => {
            let by = scale + s2 - s1;
            if by >= 0 { divide(shift(wide_left, by)?, wide_right)? } else { divide(wide_left, shift(wide_right, -by)?)? }
        }
        Operation::Remainder => {
            let (left, right) = aligned()?;
            shift(left.checked_rem(right)?, scale - common)?
        }
        Operation::Modulo => {
            let (left, right) = aligned()?;
            let mut rest = left.checked_rem(right)?;
            if rest < i256::ZERO {
                rest = rest.checked_add(right)?.checked_rem(right)?;
            }
            shift(rest, scale - common)?
        }
        Operation::Whole => {
            let (left, right) = aligned()?;
            return left.checked_div(right)?.to_i128();
        }
    };
    fits(value, precision)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_results() {
        assert_eq!(result(Operation::Add, (10, 2), (5, 1)), DataType::Decimal128(11, 2));
        assert_eq!(result(Operation::Multiply, (38, 18), (38, 18)), DataType::Decimal128(38, 6));
        assert_eq!(result(Operation::Divide, (2, 1), (1, 0)), DataType::Decimal128(7, 6));
    }

    #[test]
    fn halves_go_away_from_zero() {
        assert_eq!(rescale(-125, 2, 10, 1), Some(-13));
        assert_eq!(rescale(999, 1, 2, 0), None);
        assert_eq!(apply(Operation::Divide, (10, 1), (3, 0), (7, 6)), Some(333_333));
        assert_eq!(apply(Operation::Divide, (10, 1), (0, 0), (8, 6)), None);
    }
}
