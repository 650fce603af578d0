//! Typed columns built from the text of fields.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayBuilder, ArrayRef, BinaryViewBuilder, BooleanBuilder, Decimal128Builder, NullBuilder, PrimitiveBuilder,
    StringViewBuilder,
};
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Field as ArrowField, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimestampMicrosecondType,
};

use super::fault::excerpt;
use super::split::{Field, Splitter};
use super::value;
use crate::stdlib::types::type_name;

/// Text is kept in blocks of this size. Blocks that double, as they do by default, are half empty where a batch ends, and operators
/// that hold batches would hold that too.
const BLOCK: u32 = 64 << 10;

/// A column under construction.
pub(super) struct ColumnBuilder {
    field: Arc<ArrowField>,
    values: Values,
}

/// The values so far.
enum Values {
    Boolean(BooleanBuilder),
    Int8(PrimitiveBuilder<Int8Type>),
    Int16(PrimitiveBuilder<Int16Type>),
    Int32(PrimitiveBuilder<Int32Type>),
    Int64(PrimitiveBuilder<Int64Type>),
    Float32(PrimitiveBuilder<Float32Type>),
    Float64(PrimitiveBuilder<Float64Type>),
    Date(PrimitiveBuilder<Date32Type>),
    Timestamp(PrimitiveBuilder<TimestampMicrosecondType>),
    Decimal(Decimal128Builder, u8, i8),
    Text(StringViewBuilder),
    Binary(BinaryViewBuilder),
    /// A type that text cannot hold; the settings' check refuses it.
    Nothing(NullBuilder),
}

/// Some records of a chunk, split.
pub(super) struct Rows<'a> {
    pub(super) text: &'a [u8],
    /// The same, if all of it is UTF-8.
    pub(super) utf8: Option<&'a str>,
    pub(super) splitter: &'a Splitter,
    pub(super) nulls: &'a [Vec<u8>],
    /// `width` fields a record.
    pub(super) fields: &'a [Field],
    pub(super) width: usize,
    /// The number of the first record in the batch under construction.
    pub(super) first: usize,
}

/// What is wrong with rows of the batch under construction, the first fault of each.
pub(super) type Faults = BTreeMap<usize, Fault>;

/// What is wrong with a row.
pub(super) struct Fault {
    pub(super) column: Option<String>,
    pub(super) reason: String,
}

impl ColumnBuilder {
    pub(super) fn new(field: &Arc<ArrowField>, capacity: usize) -> Self {
        let values = match field.data_type() {
            DataType::Boolean => Values::Boolean(BooleanBuilder::with_capacity(capacity)),
            DataType::Int8 => Values::Int8(PrimitiveBuilder::with_capacity(capacity)),
            DataType::Int16 => Values::Int16(PrimitiveBuilder::with_capacity(capacity)),
            DataType::Int32 => Values::Int32(PrimitiveBuilder::with_capacity(capacity)),
            DataType::Int64 => Values::Int64(PrimitiveBuilder::with_capacity(capacity)),
            DataType::Float32 => Values::Float32(PrimitiveBuilder::with_capacity(capacity)),
            DataType::Float64 => Values::Float64(PrimitiveBuilder::with_capacity(capacity)),
            DataType::Date32 => Values::Date(PrimitiveBuilder::with_capacity(capacity)),
            DataType::Timestamp(_, _) => Values::Timestamp(PrimitiveBuilder::with_capacity(capacity)),
            DataType::Decimal128(precision, scale) => Values::Decimal(
                Decimal128Builder::with_capacity(capacity).with_data_type(field.data_type().clone()),
                *precision,
                *scale,
            ),
            DataType::Utf8View => Values::Text(StringViewBuilder::with_capacity(capacity).with_fixed_block_size(BLOCK)),
            DataType::BinaryView => Values::Binary(BinaryViewBuilder::with_capacity(capacity).with_fixed_block_size(BLOCK)),
            _ => Values::Nothing(NullBuilder::new()),
        };
        Self { field: Arc::clone(field), values }
    }

    /// Appends the fields at `position` of all records of `rows`; a value that is none of the type becomes NULL and a fault.
    pub(super) fn append(&mut self, rows: &Rows<'_>, position: usize, faults: &mut Faults) {
        let field = &self.field;
        match &mut self.values {
            Values::Boolean(b) => typed(rows, position, field, faults, value::boolean, |v| b.append_option(v)),
            Values::Int8(b) => ints(b, rows, position, field, faults),
            Values::Int16(b) => ints(b, rows, position, field, faults),
            Values::Int32(b) => ints(b, rows, position, field, faults),
            Values::Int64(b) => typed(rows, position, field, faults, value::int, |v| b.append_option(v)),
            Values::Float32(b) => typed(rows, position, field, faults, value::float, |v| b.append_option(v)),
            Values::Float64(b) => typed(rows, position, field, faults, value::double, |v| b.append_option(v)),
            Values::Date(b) => typed(rows, position, field, faults, value::date, |v| b.append_option(v)),
            Values::Timestamp(b) => typed(rows, position, field, faults, value::timestamp, |v| b.append_option(v)),
            Values::Decimal(b, precision, scale) => {
                let (precision, scale) = (*precision, *scale);
                typed(rows, position, field, faults, |text| value::decimal(text, precision, scale), |v| b.append_option(v));
            }
            Values::Text(b) => text(b, rows, position, field, faults),
            Values::Binary(b) => binary(b, rows, position, field, faults),
            Values::Nothing(b) => b.append_nulls(rows.fields.len() / rows.width),
        }
    }

    /// Appends the same text `count` times: the value of a partition folder, which was checked to be of the type.
    pub(super) fn repeat(&mut self, text: Option<&str>, count: usize) {
        let rows = Constant(text);
        match &mut self.values {
            Values::Boolean(b) => rows.each(count, value::boolean, |v| b.append_option(v)),
            Values::Int8(b) => rows.each(count, narrow, |v| b.append_option(v)),
            Values::Int16(b) => rows.each(count, narrow, |v| b.append_option(v)),
            Values::Int32(b) => rows.each(count, narrow, |v| b.append_option(v)),
            Values::Int64(b) => rows.each(count, value::int, |v| b.append_option(v)),
            Values::Float32(b) => rows.each(count, value::float, |v| b.append_option(v)),
            Values::Float64(b) => rows.each(count, value::double, |v| b.append_option(v)),
            Values::Date(b) => rows.each(count, value::date, |v| b.append_option(v)),
            Values::Timestamp(b) => rows.each(count, value::timestamp, |v| b.append_option(v)),
            Values::Decimal(b, precision, scale) => {
                let (precision, scale) = (*precision, *scale);
                rows.each(count, |text| value::decimal(text, precision, scale), |v| b.append_option(v));
            }
            Values::Text(b) => (0..count).for_each(|_| b.append_option(text)),
            Values::Binary(b) => (0..count).for_each(|_| b.append_option(text)),
            Values::Nothing(b) => b.append_nulls(count),
        }
    }

    /// The column; the builder is empty afterwards.
    pub(super) fn finish(&mut self) -> ArrayRef {
        match &mut self.values {
            Values::Boolean(b) => Arc::new(b.finish()),
            Values::Int8(b) => Arc::new(b.finish()),
            Values::Int16(b) => Arc::new(b.finish()),
            Values::Int32(b) => Arc::new(b.finish()),
            Values::Int64(b) => Arc::new(b.finish()),
            Values::Float32(b) => Arc::new(b.finish()),
            Values::Float64(b) => Arc::new(b.finish()),
            Values::Date(b) => Arc::new(b.finish()),
            Values::Timestamp(b) => Arc::new(b.finish()),
            Values::Decimal(b, _, _) => Arc::new(b.finish()),
            Values::Text(b) => Arc::new(b.finish()),
            Values::Binary(b) => Arc::new(b.finish()),
            Values::Nothing(b) => ArrayBuilder::finish(b),
        }
    }
}

/// Whether a text is a value of the type.
pub(super) fn fits(text: &str, data_type: &DataType) -> bool {
    let text = text.trim().as_bytes();
    match data_type {
        DataType::Boolean => value::boolean(text).is_some(),
        DataType::Int8 => narrow::<i8>(text).is_some(),
        DataType::Int16 => narrow::<i16>(text).is_some(),
        DataType::Int32 => narrow::<i32>(text).is_some(),
        DataType::Int64 => value::int(text).is_some(),
        DataType::Float32 => value::float(text).is_some(),
        DataType::Float64 => value::double(text).is_some(),
        DataType::Date32 => value::date(text).is_some(),
        DataType::Timestamp(_, _) => value::timestamp(text).is_some(),
        DataType::Decimal128(precision, scale) => value::decimal(text, *precision, *scale).is_some(),
        _ => true,
    }
}

/// A value that stands for every row.
struct Constant<'a>(Option<&'a str>);

impl Constant<'_> {
    fn each<V: Copy>(&self, count: usize, parse: impl Fn(&[u8]) -> Option<V>, append: impl FnMut(Option<V>)) {
        let value = self.0.and_then(|text| parse(text.trim().as_bytes()));
        std::iter::repeat_n(value, count).for_each(append);
    }
}

impl Rows<'_> {
    /// Whether an unquoted field means NULL.
    fn is_null(&self, text: &[u8]) -> bool {
        text.is_empty() || self.nulls.iter().any(|null| null == text)
    }

    /// Says that a row has a NULL where none may be.
    fn forbidden_null(&self, row: usize, column: &ArrowField, faults: &mut Faults) {
        let reason = || format!("`{}` is NULL, but declared `nullable: false`", column.name());
        faults.entry(self.first + row).or_insert_with(|| Fault { column: Some(column.name().clone()), reason: reason() });
    }

    /// Says that a row has a value that is none of the column's type.
    #[cold]
    fn misfit(&self, row: usize, column: &ArrowField, text: &[u8], faults: &mut Faults) {
        let fault = || {
            let text = excerpt(&String::from_utf8_lossy(text));
            let reason = format!("`{text}` in `{}` is no {}", column.name(), type_name(column.data_type()));
            Fault { column: Some(column.name().clone()), reason }
        };
        faults.entry(self.first + row).or_insert_with(fault);
    }
}

fn narrow<T: TryFrom<i64>>(text: &[u8]) -> Option<T> {
    T::try_from(value::int(text)?).ok()
}

fn ints<T: ArrowPrimitiveType<Native: TryFrom<i64>>>(
    builder: &mut PrimitiveBuilder<T>,
    rows: &Rows<'_>,
    position: usize,
    column: &ArrowField,
    faults: &mut Faults,
) {
    typed(rows, position, column, faults, narrow, |v| builder.append_option(v));
}

/// Appends values that are not text. Blanks around them do not count, and quotes make no difference.
#[inline]
fn typed<V>(
    rows: &Rows<'_>,
    position: usize,
    column: &ArrowField,
    faults: &mut Faults,
    parse: impl Fn(&[u8]) -> Option<V>,
    mut append: impl FnMut(Option<V>),
) {
    for (row, field) in rows.fields.iter().skip(position).step_by(rows.width).enumerate() {
        let text = rows.text[field.range()].trim_ascii();
        if rows.is_null(text) {
            if !column.is_nullable() {
                rows.forbidden_null(row, column, faults);
            }
            append(None);
            continue;
        }
        let value = parse(text);
        if value.is_none() {
            rows.misfit(row, column, text, faults);
        }
        append(value);
    }
}

fn text(builder: &mut StringViewBuilder, rows: &Rows<'_>, position: usize, column: &ArrowField, faults: &mut Faults) {
    let mut unescaped = Vec::new();
    for (row, field) in rows.fields.iter().skip(position).step_by(rows.width).enumerate() {
        let bytes = &rows.text[field.range()];
        if !field.is_quoted() && rows.is_null(bytes) {
            if !column.is_nullable() {
                rows.forbidden_null(row, column, faults);
            }
            builder.append_null();
            continue;
        }
        let value = if field.is_escaped() {
            rows.splitter.unescape(bytes, &mut unescaped);
            std::str::from_utf8(&unescaped).ok()
        } else {
            match rows.utf8 {
                Some(text) => text.get(field.range()),
                None => std::str::from_utf8(bytes).ok(),
            }
        };
        // A field that is not UTF-8 is of a record that was found faulty before.
        builder.append_option(value);
    }
}

fn binary(builder: &mut BinaryViewBuilder, rows: &Rows<'_>, position: usize, column: &ArrowField, faults: &mut Faults) {
    let mut unescaped = Vec::new();
    for (row, field) in rows.fields.iter().skip(position).step_by(rows.width).enumerate() {
        let bytes = &rows.text[field.range()];
        if !field.is_quoted() && rows.is_null(bytes) {
            if !column.is_nullable() {
                rows.forbidden_null(row, column, faults);
            }
            builder.append_null();
        } else if field.is_escaped() {
            rows.splitter.unescape(bytes, &mut unescaped);
            builder.append_value(&unescaped);
        } else {
            builder.append_value(bytes);
        }
    }
}
