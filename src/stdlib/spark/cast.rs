//! Casts as Spark makes them: what cannot be cast is NULL, whole numbers wrap round, doubles stop at the ends.

use std::fmt::Write as _;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, Date32Array, Decimal128Array, Decimal128Builder, Float64Array,
    ListArray, PrimitiveArray, StringViewArray, StringViewBuilder, TimestampMicrosecondArray, new_null_array,
};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType,
};
use datafusion::common::{Result, ScalarValue, exec_err};

use super::common::{is_whole, plain};
use super::decimal::rescale;
use super::{parse, text};
use crate::stdlib::types::{TIMESTAMP, type_name};

const MICROS: i64 = 1_000_000;

/// Whether Spark has a cast from one type to the other.
pub fn is_possible(from: &DataType, to: &DataType) -> bool {
    let (from, to) = (plain(from), plain(to));
    if from == to || from == DataType::Null {
        return true;
    }
    match (&from, &to) {
        (DataType::List(from), DataType::List(to)) => is_possible(from.data_type(), to.data_type()),
        (_, DataType::Utf8View) => true,
        (DataType::List(_) | DataType::Struct(_) | DataType::Map(..), _) => false,
        (_, DataType::List(_) | DataType::Struct(_) | DataType::Map(..)) => false,
        (DataType::Utf8View, to) => {
            to.is_numeric() || matches!(to, DataType::Boolean | DataType::Date32 | DataType::Timestamp(..) | DataType::BinaryView)
        }
        (DataType::Date32, DataType::Timestamp(..)) | (DataType::Timestamp(..), DataType::Date32) => true,
        // Spark casts dates to numbers, and always to NULL: nobody means that.
        (DataType::Date32, _) | (_, DataType::Date32) => false,
        (DataType::BinaryView, _) => false,
        (from, DataType::BinaryView) => is_whole(from),
        (from, to) => {
            let number = |found: &DataType| found.is_numeric() || matches!(found, DataType::Boolean | DataType::Timestamp(..));
            number(from) && number(to)
        }
    }
}

/// Whether Arrow's own cast gives the same for every value, and never fails.
pub fn is_plain(from: &DataType, to: &DataType) -> bool {
    let unsigned = matches!(from, DataType::UInt64);
    let (from, to) = (plain(from), plain(to));
    if from == to {
        return !unsigned;
    }
    match (&from, &to) {
        (DataType::Null, _) => true,
        (DataType::Int8, DataType::Int16 | DataType::Int32 | DataType::Int64)
        | (DataType::Int16, DataType::Int32 | DataType::Int64)
        | (DataType::Int32, DataType::Int64)
        | (DataType::Float32, DataType::Float64)
        | (DataType::Date32, DataType::Timestamp(..)) => true,
        (from, DataType::Float32 | DataType::Float64) => is_whole(from),
        (from, DataType::Decimal128(precision, scale)) => match super::common::as_decimal(from) {
            Some(DataType::Decimal128(p, s)) => {
                s <= *scale && i16::from(p) - i16::from(s) <= i16::from(*precision) - i16::from(*scale)
            }
            _ => false,
        },
        (DataType::Boolean, to) => is_whole(to),
        _ => false,
    }
}

/// The time to which times of day without a day belong: that of the run.
#[expect(clippy::disallowed_methods, reason = "it is asked while rows are cast, never before")]
pub fn clock() -> DateTime<Utc> {
    Utc::now()
}

/// Casts a value that is no time of day.
pub fn scalar(value: &ScalarValue, to: &DataType) -> Result<ScalarValue> {
    let cast = array(&value.to_array()?, to, DateTime::UNIX_EPOCH)?;
    ScalarValue::try_from_array(&cast, 0)
}

fn safely(array: &dyn Array, to: &DataType) -> Result<ArrayRef> {
    Ok(cast_with_options(array, to, &CastOptions { safe: true, ..CastOptions::default() })?)
}

/// An array in the one layout of its Spark type.
pub fn normal(array: &ArrayRef) -> Result<ArrayRef> {
    let to = plain(array.data_type());
    if *array.data_type() == to {
        return Ok(Arc::clone(array));
    }
    if let DataType::Timestamp(_, Some(_)) = array.data_type() {
        let utc = safely(array, &DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())))?;
        return Ok(Arc::new(utc.as_primitive::<TimestampMicrosecondType>().clone().with_timezone_opt(None::<Arc<str>>)));
    }
    safely(array, &to)
}

/// Casts an array; `now` is the day of times without one.
pub fn array(array: &ArrayRef, to: &DataType, now: DateTime<Utc>) -> Result<ArrayRef> {
    if array.data_type() == to {
        return Ok(Arc::clone(array));
    }
    let from = normal(array)?;
    let wanted = plain(to);
    let cast = if *from.data_type() == wanted { from } else { between(&from, &wanted, now)? };
    if cast.data_type() == to { Ok(cast) } else { safely(&cast, to) }
}

fn between(from: &ArrayRef, to: &DataType, now: DateTime<Utc>) -> Result<ArrayRef> {
    let source = from.data_type();
    if *source == DataType::Null {
        return Ok(new_null_array(to, from.len()));
    }
    if !is_possible(source, to) {
        return exec_err!("`{}` cannot be cast to `{}`", type_name(source), type_name(to));
    }
    match (source, to) {
        (_, DataType::Utf8View) => Ok(Arc::new(texts(from)?)),
        (DataType::Utf8View, _) => of_text(from.as_string_view(), to, now),
        (DataType::List(_), DataType::List(field)) => {
            let list = from.as_list::<i32>();
            let values = array(list.values(), field.data_type(), now)?;
            Ok(Arc::new(ListArray::try_new(Arc::clone(field), list.offsets().clone(), values, list.nulls().cloned())?))
        }
        (DataType::Timestamp(..), DataType::Date32) => {
            let times = from.as_primitive::<TimestampMicrosecondType>();
            let day = |micros: i64| i32::try_from(micros.div_euclid(86_400 * MICROS)).unwrap_or(i32::MAX);
            Ok(Arc::new(times.unary::<_, Date32Type>(day)))
        }
        (DataType::Date32, _) => safely(from, to),
        (DataType::Boolean, DataType::Timestamp(..)) => {
            let micros = safely(from, &DataType::Int64)?;
            Ok(Arc::new(micros.as_primitive::<Int64Type>().reinterpret_cast::<TimestampMicrosecondType>()))
        }
        (DataType::Boolean, DataType::Decimal128(..)) => array(&safely(from, &DataType::Int32)?, to, now),
        (DataType::Boolean, _) => safely(from, to),
        (DataType::Timestamp(..), _) => of_time(from.as_primitive::<TimestampMicrosecondType>(), to, now),
        (DataType::Float32 | DataType::Float64, _) => {
            let doubles = safely(from, &DataType::Float64)?;
            of_double(doubles.as_primitive::<Float64Type>(), to)
        }
        (DataType::Decimal128(_, scale), _) => of_decimal(from.as_primitive::<Decimal128Type>(), *scale, to, now),
        _ => {
            let longs = safely(from, &DataType::Int64)?;
            of_long(&longs, to)
        }
    }
}

/// A whole number cut to a narrower type, as Java cuts it.
#[expect(clippy::cast_possible_truncation, reason = "cutting is what it is about")]
fn of_long(longs: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    let values = longs.as_primitive::<Int64Type>();
    Ok(match to {
        DataType::Int8 => Arc::new(values.unary::<_, Int8Type>(|value| value as i8)),
        DataType::Int16 => Arc::new(values.unary::<_, Int16Type>(|value| value as i16)),
        DataType::Int32 => Arc::new(values.unary::<_, Int32Type>(|value| value as i32)),
        DataType::Boolean => Arc::new(BooleanArray::from_unary(values, |value| value != 0)),
        DataType::Timestamp(..) => {
            Arc::new(values.unary::<_, TimestampMicrosecondType>(|seconds| seconds.saturating_mul(MICROS)))
        }
        DataType::Decimal128(precision, scale) => {
            decimals(values.iter().map(|value| rescale(i128::from(value?), 0, *precision, *scale)), *precision, *scale)?
        }
        other => safely(longs, other)?,
    })
}

fn decimals(values: impl Iterator<Item = Option<i128>>, precision: u8, scale: i8) -> Result<ArrayRef> {
    let mut out = Decimal128Builder::new().with_precision_and_scale(precision, scale)?;
    values.for_each(|value| out.append_option(value));
    Ok(Arc::new(out.finish()))
}

#[expect(clippy::cast_possible_truncation, reason = "doubles stop at the ends of whole types, as in Java")]
fn of_double(values: &Float64Array, to: &DataType) -> Result<ArrayRef> {
    Ok(match to {
        DataType::Int8 => Arc::new(values.unary::<_, Int8Type>(|value| value as i32 as i8)),
        DataType::Int16 => Arc::new(values.unary::<_, Int16Type>(|value| value as i32 as i16)),
        DataType::Int32 => Arc::new(values.unary::<_, Int32Type>(|value| value as i32)),
        DataType::Int64 => Arc::new(values.unary::<_, Int64Type>(|value| value as i64)),
        DataType::Float32 => Arc::new(values.unary::<_, Float32Type>(|value| value as f32)),
        DataType::Boolean => Arc::new(BooleanArray::from_unary(values, |value| value != 0.0)),
        DataType::Timestamp(..) => {
            Arc::new(values.unary_opt::<_, TimestampMicrosecondType>(|seconds| {
                seconds.is_finite().then_some((seconds * MICROS as f64) as i64)
            }))
        }
        DataType::Decimal128(precision, scale) => {
            let one = |value: f64| parse::decimal(&format!("{value:e}"), *precision, *scale);
            decimals(values.iter().map(|value| value.filter(|value| value.is_finite()).and_then(one)), *precision, *scale)?
        }
        other => safely(values, other)?,
    })
}

#[expect(clippy::cast_possible_truncation, reason = "cutting is what it is about")]
fn of_decimal(values: &Decimal128Array, scale: i8, to: &DataType, now: DateTime<Utc>) -> Result<ArrayRef> {
    let unit = 10_i128.pow(u32::try_from(scale).unwrap_or(0));
    Ok(match to {
        DataType::Decimal128(precision, wanted) => {
            decimals(values.iter().map(|value| rescale(value?, scale, *precision, *wanted)), *precision, *wanted)?
        }
        DataType::Float32 | DataType::Float64 => {
            let double = |value: i128| text::decimal(value, scale).parse::<f64>().unwrap_or(f64::NAN);
            safely(&values.unary::<_, Float64Type>(double), to)?
        }
        DataType::Timestamp(..) => {
            let micros = |value: i128| rescale(value, scale, 38, 6).map_or(i64::MAX, |micros| micros as i64);
            Arc::new(values.unary::<_, TimestampMicrosecondType>(micros))
        }
        DataType::Boolean => Arc::new(BooleanArray::from_unary(values, |value| value != 0)),
        _ => {
            let longs: ArrayRef = Arc::new(values.unary::<_, Int64Type>(|value| (value / unit) as i64));
            array(&longs, to, now)?
        }
    })
}

fn of_time(times: &TimestampMicrosecondArray, to: &DataType, now: DateTime<Utc>) -> Result<ArrayRef> {
    if to.is_floating() || matches!(to, DataType::Decimal128(..)) {
        let seconds: ArrayRef = Arc::new(times.unary::<_, Float64Type>(|micros| micros as f64 / MICROS as f64));
        return array(&seconds, to, now);
    }
    if *to == DataType::Boolean {
        return Ok(Arc::new(BooleanArray::from_unary(times, |micros| micros != 0)));
    }
    let seconds: ArrayRef = Arc::new(times.unary::<_, Int64Type>(|micros| micros.div_euclid(MICROS)));
    array(&seconds, to, now)
}

fn each<T: ArrowPrimitiveType>(values: &StringViewArray, one: impl Fn(&str) -> Option<T::Native>) -> ArrayRef {
    Arc::new(values.iter().map(|value| one(value?)).collect::<PrimitiveArray<T>>())
}

#[expect(clippy::cast_possible_truncation, reason = "a double as a float")]
fn of_text(values: &StringViewArray, to: &DataType, now: DateTime<Utc>) -> Result<ArrayRef> {
    Ok(match to {
        DataType::Int8 => each::<Int8Type>(values, |text| parse::whole(text)?.try_into().ok()),
        DataType::Int16 => each::<Int16Type>(values, |text| parse::whole(text)?.try_into().ok()),
        DataType::Int32 => each::<Int32Type>(values, |text| parse::whole(text)?.try_into().ok()),
        DataType::Int64 => each::<Int64Type>(values, |text| parse::whole(text)?.try_into().ok()),
        DataType::Float32 => each::<Float32Type>(values, |text| parse::double(text).map(|value| value as f32)),
        DataType::Float64 => each::<Float64Type>(values, parse::double),
        DataType::Boolean => Arc::new(values.iter().map(|value| parse::boolean(value?)).collect::<BooleanArray>()),
        DataType::Date32 => Arc::new(values.iter().map(|value| parse::date(value?).map(text::days)).collect::<Date32Array>()),
        DataType::Timestamp(..) => {
            let one = |text: &str| parse::timestamp(text, now).map(|time| time.timestamp_micros());
            Arc::new(values.iter().map(|value| one(value?)).collect::<TimestampMicrosecondArray>())
        }
        DataType::Decimal128(precision, scale) => {
            decimals(values.iter().map(|value| parse::decimal(value?, *precision, *scale)), *precision, *scale)?
        }
        other => safely(values, other)?,
    })
}

/// The texts of an array's values.
pub fn texts(array: &ArrayRef) -> Result<StringViewArray> {
    let array = normal(array)?;
    if *array.data_type() == DataType::Null {
        return Ok(StringViewArray::new_null(array.len()));
    }
    if let Some(texts) = array.as_string_view_opt() {
        return Ok(texts.clone());
    }
    let mut out = StringViewBuilder::with_capacity(array.len());
    let mut text = String::new();
    for at in 0..array.len() {
        if array.is_null(at) {
            out.append_null();
            continue;
        }
        text.clear();
        write(&array, at, &mut text)?;
        out.append_value(&text);
    }
    Ok(out.finish())
}

/// Writes one value that is not NULL.
fn write(array: &ArrayRef, at: usize, out: &mut String) -> Result<()> {
    // Writing to a string cannot fail.
    let _ = match array.data_type() {
        DataType::Boolean => write!(out, "{}", array.as_boolean().value(at)),
        DataType::Int8 => write!(out, "{}", array.as_primitive::<Int8Type>().value(at)),
        DataType::Int16 => write!(out, "{}", array.as_primitive::<Int16Type>().value(at)),
        DataType::Int32 => write!(out, "{}", array.as_primitive::<Int32Type>().value(at)),
        DataType::Int64 => write!(out, "{}", array.as_primitive::<Int64Type>().value(at)),
        DataType::Float32 => write!(out, "{}", text::float(array.as_primitive::<Float32Type>().value(at))),
        DataType::Float64 => write!(out, "{}", text::double(array.as_primitive::<Float64Type>().value(at))),
        DataType::Decimal128(_, scale) => {
            write!(out, "{}", text::decimal(array.as_primitive::<Decimal128Type>().value(at), *scale))
        }
        DataType::Date32 => write!(out, "{}", text::date(array.as_primitive::<Date32Type>().value(at))),
        DataType::Timestamp(..) => {
            write!(out, "{}", text::timestamp(array.as_primitive::<TimestampMicrosecondType>().value(at)))
        }
        DataType::Utf8View => write!(out, "{}", array.as_string_view().value(at)),
        DataType::BinaryView => write!(out, "{}", String::from_utf8_lossy(array.as_binary_view().value(at))),
        DataType::List(_) => {
            let items = normal(&array.as_list::<i32>().value(at))?;
            return write_all(out, ('[', ']'), items.len(), |at, out| write_or_null(&items, at, out));
        }
        DataType::Struct(_) => {
            let columns = array.as_struct().columns();
            let columns = columns.iter().map(normal).collect::<Result<Vec<_>>>()?;
            return write_all(out, ('{', '}'), columns.len(), |field, out| write_or_null(&columns[field], at, out));
        }
        DataType::Map(..) => {
            let entries = array.as_map().value(at);
            let (keys, values) = (normal(entries.column(0))?, normal(entries.column(1))?);
            return write_all(out, ('{', '}'), keys.len(), |at, out| {
                write_or_null(&keys, at, out)?;
                out.push_str(" -> ");
                write_or_null(&values, at, out)
            });
        }
        other => return exec_err!("`{}` cannot be cast to `string`", type_name(other)),
    };
    Ok(())
}

fn write_or_null(array: &ArrayRef, at: usize, out: &mut String) -> Result<()> {
    if array.is_null(at) {
        out.push_str("null");
        return Ok(());
    }
    write(array, at, out)
}

fn write_all(
    out: &mut String,
    (open, close): (char, char),
    count: usize,
    one: impl Fn(usize, &mut String) -> Result<()>,
) -> Result<()> {
    out.push(open);
    for at in 0..count {
        if at > 0 {
            out.push_str(", ");
        }
        one(at, out)?;
    }
    out.push(close);
    Ok(())
}

/// Timestamps in the one layout.
pub fn times(array: &ArrayRef, now: DateTime<Utc>) -> Result<TimestampMicrosecondArray> {
    Ok(self::array(array, &TIMESTAMP, now)?.as_primitive::<TimestampMicrosecondType>().clone())
}
