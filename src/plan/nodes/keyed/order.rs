//! The order of the rows of a key.

use std::cmp::Ordering;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::SortOptions;
use datafusion::arrow::datatypes::{DataType, Decimal128Type};
use datafusion::arrow::row::{RowConverter, Rows, SortField};
use datafusion::common::Result;

use super::values::{Class, Values};

/// Decimals of so many digits fit into one word.
const WORD_DIGITS: u8 = 18;

/// The places of the rows of a batch.
#[derive(Debug)]
pub(super) struct Places {
    /// Compared first.
    pub ranks: Vec<u8>,
    /// Compared next.
    pub orders: Vec<u64>,
    /// What decides between rows that are equal so far. `None`: they are equal.
    pub rows: Option<Rows>,
}

/// The places of rows by several columns. Without columns all are equal.
pub(super) fn places(columns: &[(ArrayRef, SortOptions)], rows: usize) -> Result<Places> {
    let Some((first, options)) = columns.first() else {
        return Ok(Places { ranks: vec![0; rows], orders: vec![0; rows], rows: None });
    };
    if let Some(words) = words(first) {
        let class =
            Class::of(first.data_type()).map_or(Class::Signed, |class| if class == Class::Wide { Class::Signed } else { class });
        let is_null = |row: usize| words.nulls().is_some_and(|nulls| nulls.is_null(row));
        let order = |(row, word): (usize, &u64)| match (is_null(row), options.descending) {
            (true, _) => 0,
            (false, false) => class.ordered(*word),
            (false, true) => !class.ordered(*word),
        };
        let orders = words.words().unwrap_or_default().iter().enumerate().map(order).collect();
        let ranks = (0..rows).map(|row| u8::from(is_null(row) != options.nulls_first)).collect();
        let more = if columns.len() > 1 { Some(encoded(columns)?) } else { None };
        return Ok(Places { ranks, orders, rows: more });
    }
    let encoded = encoded(columns)?;
    let orders = encoded.iter().map(|row| beginning(row.data())).collect();
    Ok(Places { ranks: vec![0; rows], orders, rows: Some(encoded) })
}

/// The column as words, if each value is one.
fn words(column: &ArrayRef) -> Option<Values> {
    if let DataType::Decimal128(digits, _) = column.data_type() {
        if *digits > WORD_DIGITS {
            return None;
        }
        let values = column.as_primitive::<Decimal128Type>();
        // What stands where a value is NULL may be anything.
        let word = values.values().iter().map(|value| i64::try_from(*value).unwrap_or_default());
        let words = datafusion::arrow::array::Int64Array::new(word.collect(), values.nulls().cloned());
        return Values::of(&words);
    }
    Values::of(column).filter(|values| values.words().is_some())
}

/// Bytes that are ordered as the rows are.
fn encoded(columns: &[(ArrayRef, SortOptions)]) -> Result<Rows> {
    let field = |(column, options): &(ArrayRef, SortOptions)| SortField::new_with_options(column.data_type().clone(), *options);
    let converter = RowConverter::new(columns.iter().map(field).collect())?;
    let arrays: Vec<ArrayRef> = columns.iter().map(|(column, _)| column.clone()).collect();
    Ok(converter.convert_columns(&arrays)?)
}

/// The first bytes as a number: rows that differ in it are ordered by it.
fn beginning(bytes: &[u8]) -> u64 {
    let mut first = [0; size_of::<u64>()];
    let len = bytes.len().min(first.len());
    first[..len].copy_from_slice(&bytes[..len]);
    u64::from_be_bytes(first)
}

/// Compares rows whose ranks and orders are equal.
pub(super) fn decide(a: Option<&Rows>, row: usize, b: Option<&Rows>, other_row: usize) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.row(row).cmp(&b.row(other_row)),
        (None, _) | (_, None) => Ordering::Equal,
    }
}
