//! Which type two types meet in: in comparisons, in arithmetic, and where one value of several is chosen.

use datafusion::arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Field};

use crate::stdlib::types::TIMESTAMP;

/// The type Spark would see: one string, one timestamp, no unsigned numbers.
pub fn plain(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8View,
        DataType::Dictionary(_, value) => plain(value),
        DataType::RunEndEncoded(_, value) => plain(value.data_type()),
        DataType::UInt8 => DataType::Int16,
        DataType::UInt16 => DataType::Int32,
        DataType::UInt32 | DataType::UInt64 => DataType::Int64,
        DataType::Float16 => DataType::Float32,
        DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) => DataType::Decimal128(*precision, *scale),
        DataType::Decimal256(precision, scale) => DataType::Decimal128((*precision).min(DECIMAL128_MAX_PRECISION), *scale),
        DataType::Date64 => DataType::Date32,
        DataType::Timestamp(..) => TIMESTAMP,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => DataType::BinaryView,
        other => other.clone(),
    }
}

/// Whether it is one of the whole numbers.
pub fn is_whole(data_type: &DataType) -> bool {
    data_type.is_integer()
}

/// Whether values of one type are those of another, however Arrow lays them out.
pub fn same(left: &DataType, right: &DataType) -> bool {
    plain(left) == plain(right)
}

/// The decimal that holds every value of a whole type.
pub fn as_decimal(data_type: &DataType) -> Option<DataType> {
    match plain(data_type) {
        DataType::Int8 => Some(DataType::Decimal128(3, 0)),
        DataType::Int16 => Some(DataType::Decimal128(5, 0)),
        DataType::Int32 => Some(DataType::Decimal128(10, 0)),
        DataType::Int64 => Some(DataType::Decimal128(20, 0)),
        decimal @ DataType::Decimal128(..) => Some(decimal),
        _ => None,
    }
}

/// Where numbers stand among those that are no decimals.
fn rank(data_type: &DataType) -> Option<usize> {
    let order = [DataType::Int8, DataType::Int16, DataType::Int32, DataType::Int64, DataType::Float32, DataType::Float64];
    order.iter().position(|other| other == data_type)
}

/// The decimal that holds both.
fn wider_decimal(left: &DataType, right: &DataType) -> Option<DataType> {
    let (DataType::Decimal128(p1, s1), DataType::Decimal128(p2, s2)) = (as_decimal(left)?, as_decimal(right)?) else {
        return None;
    };
    let scale = s1.max(s2);
    let whole = (i16::from(p1) - i16::from(s1)).max(i16::from(p2) - i16::from(s2));
    let precision = u8::try_from(whole + i16::from(scale)).unwrap_or(u8::MAX).min(DECIMAL128_MAX_PRECISION);
    Some(DataType::Decimal128(precision, scale))
}

/// The type two numbers meet in.
pub fn numbers(left: &DataType, right: &DataType) -> Option<DataType> {
    let (left, right) = (plain(left), plain(right));
    if !left.is_numeric() || !right.is_numeric() {
        return None;
    }
    match (&left, &right) {
        (DataType::Decimal128(..), other) | (other, DataType::Decimal128(..)) if other.is_floating() => Some(DataType::Float64),
        (DataType::Decimal128(..), _) | (_, DataType::Decimal128(..)) => wider_decimal(&left, &right),
        _ => Some(if rank(&left)? >= rank(&right)? { left } else { right }),
    }
}

/// The type two values are compared in. Text becomes what it is compared with.
pub fn compared(left: &DataType, right: &DataType, equality: bool) -> Option<DataType> {
    let (left, right) = (plain(left), plain(right));
    if left == right {
        return Some(left);
    }
    match (&left, &right) {
        (DataType::Null, other) | (other, DataType::Null) => Some(other.clone()),
        (DataType::Utf8View, DataType::Decimal128(..)) | (DataType::Decimal128(..), DataType::Utf8View) => {
            Some(DataType::Float64)
        }
        (DataType::Utf8View, other) | (other, DataType::Utf8View)
            if other.is_numeric() || matches!(other, DataType::Date32 | DataType::Timestamp(..) | DataType::Boolean) =>
        {
            Some(other.clone())
        }
        (DataType::Utf8View, DataType::BinaryView) | (DataType::BinaryView, DataType::Utf8View) => Some(DataType::BinaryView),
        (DataType::Date32, DataType::Timestamp(..)) | (DataType::Timestamp(..), DataType::Date32) => Some(TIMESTAMP),
        (DataType::Boolean, number) | (number, DataType::Boolean) if equality && number.is_numeric() => Some(number.clone()),
        (DataType::List(left), DataType::List(right)) => Some(list(compared(left.data_type(), right.data_type(), equality)?)),
        _ => numbers(&left, &right),
    }
}

/// The type of a value that is chosen of two: `case`, `coalesce`, `in`. Text wins over everything but truth.
pub fn chosen(left: &DataType, right: &DataType) -> Option<DataType> {
    let (left, right) = (plain(left), plain(right));
    if left == right {
        return Some(left);
    }
    match (&left, &right) {
        (DataType::Null, other) | (other, DataType::Null) => Some(other.clone()),
        (DataType::Utf8View, other) | (other, DataType::Utf8View)
            if other.is_numeric() || matches!(other, DataType::Date32 | DataType::Timestamp(..)) =>
        {
            Some(DataType::Utf8View)
        }
        (DataType::Date32, DataType::Timestamp(..)) | (DataType::Timestamp(..), DataType::Date32) => Some(TIMESTAMP),
        (DataType::List(left), DataType::List(right)) => Some(list(chosen(left.data_type(), right.data_type())?)),
        _ => numbers(&left, &right),
    }
}

/// The type of a value that is chosen of many; `None` if two of them do not meet.
pub fn chosen_of<'a>(types: impl IntoIterator<Item = &'a DataType>) -> Option<DataType> {
    // Text first: `1`, a date and a text meet in text, though the first two do not meet.
    let mut types: Vec<DataType> = types.into_iter().map(plain).collect();
    types.sort_by_key(|found| *found != DataType::Utf8View);
    let mut types = types.into_iter();
    let first = types.next().unwrap_or(DataType::Null);
    types.try_fold(first, |left, right| chosen(&left, &right))
}

/// `array<item>`
pub fn list(item: DataType) -> DataType {
    DataType::List(Field::new_list_field(item, true).into())
}
