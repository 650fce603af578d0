//! Rounding and the size of numbers.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{
    ArrowNativeTypeOp, ArrowPrimitiveType, DataType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type,
};
use datafusion::common::{Result, ScalarValue};

use super::def::{Call, Function, Run, Want, bool, first};
use crate::stdlib::spark::cast;
use crate::stdlib::spark::decimal::{rescale, shape};

const NUMBER: &[Want] = &[Want::Number];

pub(super) static ABS: Function = Function {
    name: "abs",
    takes: NUMBER,
    returns: first,
    run: Run::Batch(|call| same(call, Way::Abs)),
    summary: "`abs(x)`: without its sign",
    ..Function::BASE
};

pub(super) static NEGATIVE: Function = Function {
    name: "negative",
    takes: NUMBER,
    returns: first,
    run: Run::Batch(|call| same(call, Way::Negative)),
    summary: "`negative(x)`: `-x`",
    ..Function::BASE
};

pub(super) static POSITIVE: Function = Function {
    name: "positive",
    takes: NUMBER,
    returns: first,
    run: Run::Batch(|call| same(call, Way::Same)),
    summary: "`positive(x)`: `x`",
    ..Function::BASE
};

pub(super) static CEIL: Function = Function {
    name: "ceil",
    aliases: &["ceiling"],
    takes: NUMBER,
    returns: bounded,
    run: Run::Batch(|call| bound(call, true)),
    summary: "`ceil(x)`: the next whole number above, a `bigint`",
    ..Function::BASE
};

pub(super) static FLOOR: Function = Function {
    name: "floor",
    takes: NUMBER,
    returns: bounded,
    run: Run::Batch(|call| bound(call, false)),
    summary: "`floor(x)`: the next whole number below, a `bigint`",
    ..Function::BASE
};

pub(super) static ROUND: Function = Function {
    name: "round",
    takes: &[Want::Number, Want::Int],
    optional: 1,
    returns: first,
    returns_of: Some(rounded_type),
    run: Run::Batch(|call| rounded(call, false)),
    summary: "`round(x[, digits])`: halves away from zero",
    ..Function::BASE
};

pub(super) static BROUND: Function = Function {
    name: "bround",
    takes: &[Want::Number, Want::Int],
    optional: 1,
    returns: first,
    returns_of: Some(rounded_type),
    run: Run::Batch(|call| rounded(call, true)),
    summary: "`bround(x[, digits])`: halves to the even digit",
    ..Function::BASE
};

pub(super) static ISNAN: Function = Function {
    name: "isnan",
    takes: &[Want::Double],
    returns: bool,
    run: Run::Batch(|call| {
        let value = call.double(0);
        call.booleans(|row| Ok(Some(value.get(row).is_some_and(f64::is_nan))))
    }),
    summary: "`isnan(x)`: whether it is not a number; false for NULL",
    ..Function::BASE
};

pub(super) static NANVL: Function = Function {
    name: "nanvl",
    takes: &[Want::Double, Want::Double],
    returns: super::def::double,
    run: Run::Batch(|call| {
        let (value, other) = (call.double(0), call.double(1));
        call.values::<Float64Type>(|row| {
            let found = value.get(row);
            Ok(if found.is_some_and(f64::is_nan) { other.get(row) } else { found })
        })
    }),
    summary: "`nanvl(x, y)`: `y` if `x` is not a number",
    ..Function::BASE
};

#[derive(Clone, Copy)]
enum Way {
    Abs,
    Negative,
    Same,
}

fn same(call: &Call, way: Way) -> Result<ArrayRef> {
    match call.column(0).array.data_type() {
        DataType::Int8 => of::<Int8Type>(call, way),
        DataType::Int16 => of::<Int16Type>(call, way),
        DataType::Int32 => of::<Int32Type>(call, way),
        DataType::Int64 => of::<Int64Type>(call, way),
        DataType::Float32 => of::<Float32Type>(call, way),
        DataType::Decimal128(..) => of::<Decimal128Type>(call, way),
        _ => of::<Float64Type>(call, way),
    }
}

fn of<T: ArrowPrimitiveType>(call: &Call, way: Way) -> Result<ArrayRef> {
    let value = call.primitive::<T>(0);
    let zero = T::Native::default();
    call.values::<T>(|row| {
        Ok(value.get(row).map(|value| match way {
            Way::Same => value,
            Way::Negative => value.neg_wrapping(),
            Way::Abs if value < zero => value.neg_wrapping(),
            Way::Abs => value,
        }))
    })
}

fn bounded(types: &[DataType]) -> Result<DataType> {
    Ok(match types {
        [DataType::Decimal128(precision, scale)] => {
            let whole = i16::from(*precision) - i16::from(*scale) + 1;
            DataType::Decimal128(u8::try_from(whole.clamp(1, 38)).unwrap_or(38), 0)
        }
        _ => DataType::Int64,
    })
}

#[expect(clippy::cast_possible_truncation, reason = "doubles stop at the ends of a bigint")]
fn bound(call: &Call, up: bool) -> Result<ArrayRef> {
    match call.column(0).array.data_type() {
        DataType::Decimal128(_, scale) => {
            let unit = 10_i128.pow(u32::try_from(*scale).unwrap_or(0));
            let value = call.primitive::<Decimal128Type>(0);
            let whole = |value: i128| if up { -((-value).div_euclid(unit)) } else { value.div_euclid(unit) };
            call.values::<Decimal128Type>(|row| Ok(value.get(row).map(whole)))
        }
        found if found.is_integer() => cast::array(&call.column(0).array, &DataType::Int64, call.now),
        _ => {
            let doubles = cast::array(&call.column(0).array, &DataType::Float64, call.now)?;
            let doubles = doubles.as_primitive::<Float64Type>();
            let whole = |value: f64| if up { value.ceil() as i64 } else { value.floor() as i64 };
            call.values::<Int64Type>(|row| Ok(doubles.is_valid(row).then(|| whole(doubles.value(row)))))
        }
    }
}

/// A decimal has as many digits behind the point as are kept.
fn rounded_type(types: &[DataType], constants: &[Option<&ScalarValue>]) -> Result<DataType> {
    let Some(DataType::Decimal128(precision, scale)) = types.first() else { return first(types) };
    let digits = match constants.get(1) {
        None => Some(0),
        Some(value) => value.and_then(|value| value.cast_to(&DataType::Int32).ok()).and_then(|value| match value {
            ScalarValue::Int32(digits) => digits,
            _ => None,
        }),
    };
    let Some(digits) = digits else { return first(types) };
    let (whole, scale) = (i32::from(*precision) - i32::from(*scale) + 1, i32::from(*scale));
    let (precision, scale) = if digits < 0 { (whole.max(1 - digits), 0) } else { (whole + scale.min(digits), scale.min(digits)) };
    Ok(DataType::Decimal128(u8::try_from(precision.min(38)).unwrap_or(38), i8::try_from(scale).unwrap_or(0)))
}

/// How many digits to keep: a constant, as in Spark.
fn digits(call: &Call) -> Result<Option<i32>> {
    if call.count() < 2 {
        return Ok(Some(0));
    }
    let column = call.column(1);
    if !column.single {
        return datafusion::common::exec_err!("the number of digits to round to must be a constant");
    }
    Ok(match ScalarValue::try_from_array(&column.array, 0)? {
        ScalarValue::Int32(digits) => digits,
        _ => None,
    })
}

#[expect(clippy::cast_possible_truncation, reason = "a rounded whole number wraps round, as in Java")]
fn rounded(call: &Call, even: bool) -> Result<ArrayRef> {
    let digits = digits(call)?;
    let array = &call.column(0).array;
    match array.data_type() {
        DataType::Decimal128(precision, scale) => {
            let (precision, scale) = (*precision, *scale);
            let value = call.primitive::<Decimal128Type>(0);
            call.values::<Decimal128Type>(|row| {
                let (Some(value), Some(digits)) = (value.get(row), digits) else { return Ok(None) };
                if digits >= i32::from(scale) {
                    return Ok(Some(value));
                }
                let step = u32::try_from(i32::from(scale) - digits).unwrap_or(u32::MAX);
                let (precision, wanted) = shape(&call.returns).unwrap_or((precision, scale));
                Ok(to_step(value, step, even).and_then(|value| rescale(value, scale, precision, wanted)))
            })
        }
        found if found.is_integer() => {
            let longs = cast::array(array, &DataType::Int64, call.now)?;
            let longs = longs.as_primitive::<Int64Type>();
            let one = |row: usize| -> Option<i64> {
                let digits = digits?;
                let value = longs.is_valid(row).then(|| longs.value(row))?;
                if digits >= 0 {
                    return Some(value);
                }
                to_step(i128::from(value), digits.unsigned_abs(), even).map(|value| value as i64)
            };
            let out = call.values::<Int64Type>(|row| Ok(one(if call.column(0).single { 0 } else { row })))?;
            cast::array(&out, found, call.now)
        }
        found => {
            let doubles = cast::array(array, &DataType::Float64, call.now)?;
            let doubles = doubles.as_primitive::<Float64Type>();
            let narrow = *found == DataType::Float32;
            let out = call.values::<Float64Type>(|row| {
                let at = if call.column(0).single { 0 } else { row };
                let Some(digits) = digits else { return Ok(None) };
                Ok(doubles.is_valid(at).then(|| {
                    let value = doubles.value(at);
                    // The shortest text of a number says where its half is.
                    let text = if narrow { format!("{:e}", value as f32) } else { format!("{value:e}") };
                    floating(value, &text, digits, even)
                }))
            })?;
            cast::array(&out, found, call.now)
        }
    }
}

/// A whole number rounded to a multiple of ten to the `step`.
fn to_step(value: i128, step: u32, even: bool) -> Option<i128> {
    let Some(unit) = 10_i128.checked_pow(step) else { return Some(0) };
    let (quotient, rest) = (value / unit, value % unit);
    let twice = rest.abs().checked_mul(2)?;
    let up = twice > unit || (twice == unit && (!even || quotient % 2 != 0));
    let quotient = if up { quotient + value.signum() } else { quotient };
    quotient.checked_mul(unit)
}

/// Rounds a double by its decimal digits, as `BigDecimal` does.
fn floating(value: f64, text: &str, digits: i32, even: bool) -> f64 {
    if !value.is_finite() {
        return value;
    }
    let Some((mantissa, exponent)) = text.split_once('e') else { return value };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    // `mantissa * 10^scale`
    let scale = exponent - i32::try_from(fraction.len()).unwrap_or(0);
    if -scale <= digits {
        return value;
    }
    let Ok(all) = format!("{whole}{fraction}").parse::<i128>() else { return value };
    let step = u32::try_from(-scale - digits).unwrap_or(u32::MAX);
    match to_step(all, step, even) {
        Some(rounded) => format!("{rounded}e{scale}").parse().unwrap_or(value),
        None => value,
    }
}
