//! Columns of fixed width as words of 64 bits, and back.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayData, ArrayRef, AsArray, BooleanArray, Float32Array, make_array};
use datafusion::arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};
use datafusion::arrow::datatypes::{ArrowNativeType, DataType, Float32Type};
use datafusion::common::{Result, internal_err};

/// What a word stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// A number with a sign; dates and times are such numbers.
    Signed,
    Unsigned,
    /// The bits of a double.
    Float,
    Boolean,
    /// Two words: a decimal of up to 38 digits.
    Wide,
}

impl Class {
    /// The class of a type, if its values are words.
    pub(super) fn of(data_type: &DataType) -> Option<Self> {
        use DataType as T;
        Some(match data_type {
            T::Boolean => Self::Boolean,
            T::Float32 | T::Float64 => Self::Float,
            T::UInt8 | T::UInt16 | T::UInt32 | T::UInt64 => Self::Unsigned,
            T::Int8 | T::Int16 | T::Int32 | T::Int64 | T::Decimal32(..) | T::Decimal64(..) => Self::Signed,
            T::Date32 | T::Date64 | T::Time32(_) | T::Time64(_) | T::Timestamp(..) | T::Duration(_) => Self::Signed,
            T::Decimal128(..) => Self::Wide,
            _ => return None,
        })
    }

    /// The word with an order by its bits: doubles in their total order, `-0.0` below `0.0`, not-a-number at the end.
    pub(super) fn ordered(self, word: u64) -> u64 {
        const SIGN: u64 = 1 << 63;
        match self {
            Self::Signed => word ^ SIGN,
            Self::Float if word & SIGN != 0 => !word,
            Self::Float => word | SIGN,
            Self::Unsigned | Self::Boolean | Self::Wide => word,
        }
    }
}

/// The values of a column; what stands where a value is NULL means nothing.
#[derive(Debug, Clone)]
pub(super) struct Values {
    words: Words,
    nulls: Option<NullBuffer>,
}

#[derive(Debug, Clone)]
enum Words {
    One(ScalarBuffer<u64>),
    Two(ScalarBuffer<i128>),
}

impl Values {
    /// The values of a column, if they are words.
    pub(super) fn of(array: &dyn Array) -> Option<Self> {
        let class = Class::of(array.data_type())?;
        let data = array.to_data();
        let words = match class {
            Class::Boolean => Words::One(array.as_boolean().values().iter().map(u64::from).collect()),
            Class::Float if *array.data_type() == DataType::Float32 => {
                let values = array.as_primitive::<Float32Type>().values();
                Words::One(values.iter().map(|value| f64::from(*value).to_bits()).collect())
            }
            Class::Wide => Words::Two(buffer(&data)?),
            Class::Signed | Class::Unsigned | Class::Float => Words::One(match (array.data_type().primitive_width()?, class) {
                (8, _) => buffer::<u64>(&data)?,
                (4, Class::Signed) => widened(&data, |value: i32| i64::from(value).cast_unsigned())?,
                (2, Class::Signed) => widened(&data, |value: i16| i64::from(value).cast_unsigned())?,
                (1, Class::Signed) => widened(&data, |value: i8| i64::from(value).cast_unsigned())?,
                (4, _) => widened(&data, |value: u32| u64::from(value))?,
                (2, _) => widened(&data, |value: u16| u64::from(value))?,
                (1, _) => widened(&data, |value: u8| u64::from(value))?,
                _ => return None,
            }),
        };
        Some(Self { words, nulls: array.nulls().cloned() })
    }

    /// Which values are NULL.
    pub(super) fn nulls(&self) -> Option<&NullBuffer> {
        self.nulls.as_ref()
    }

    /// The value in a row, also of two words.
    pub(super) fn get(&self, row: usize) -> Option<u128> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return None;
        }
        Some(match &self.words {
            Words::One(words) => u128::from(words[row]),
            Words::Two(words) => words[row].cast_unsigned(),
        })
    }

    /// The words, if a value is one.
    pub(super) fn words(&self) -> Option<&[u64]> {
        match &self.words {
            Words::One(words) => Some(words),
            Words::Two(_) => None,
        }
    }
}

fn buffer<T: ArrowNativeType>(data: &ArrayData) -> Option<ScalarBuffer<T>> {
    Some(ScalarBuffer::new(data.buffers().first()?.clone(), data.offset(), data.len()))
}

fn widened<T: ArrowNativeType>(data: &ArrayData, word: impl Fn(T) -> u64) -> Option<ScalarBuffer<u64>> {
    Some(buffer::<T>(data)?.iter().map(|value| word(*value)).collect())
}

/// A column of a type from its words; `high` are the second words of a type that has two.
pub(super) fn column(words: Vec<u64>, high: &[u64], nulls: Option<NullBuffer>, data_type: &DataType) -> Result<ArrayRef> {
    let Some(class) = Class::of(data_type) else { return internal_err!("{data_type} is not made of words") };
    let rows = words.len();
    let buffer = match (class, data_type.primitive_width()) {
        (Class::Boolean, _) => {
            let bits = BooleanBuffer::collect_bool(words.len(), |at| words[at] != 0);
            return Ok(Arc::new(BooleanArray::new(bits, nulls)));
        }
        (Class::Float, Some(4)) => {
            #[expect(clippy::cast_possible_truncation, reason = "the word was widened from such a value")]
            let values: Vec<f32> = words.iter().map(|word| f64::from_bits(*word) as f32).collect();
            return Ok(Arc::new(Float32Array::new(values.into(), nulls)));
        }
        (Class::Wide, _) => {
            let value = |(low, high): (&u64, &u64)| (u128::from(*high) << 64 | u128::from(*low)).cast_signed();
            Buffer::from_vec(words.iter().zip(high).map(value).collect::<Vec<i128>>())
        }
        (_, Some(8)) => Buffer::from_vec(words),
        (_, Some(4)) => narrowed::<u32>(&words),
        (_, Some(2)) => narrowed::<u16>(&words),
        (_, Some(1)) => narrowed::<u8>(&words),
        _ => return internal_err!("{data_type} is not made of words"),
    };
    let data = ArrayData::builder(data_type.clone()).len(rows).add_buffer(buffer).nulls(nulls);
    Ok(make_array(data.build()?))
}

/// The low bytes of words: a number with a sign keeps its bits.
fn narrowed<T: ArrowNativeType + TryFrom<u64>>(words: &[u64]) -> Buffer {
    let low = u64::MAX >> (u64::BITS as usize - 8 * size_of::<T>());
    Buffer::from_vec(words.iter().map(|word| T::try_from(word & low).unwrap_or_default()).collect::<Vec<T>>())
}
