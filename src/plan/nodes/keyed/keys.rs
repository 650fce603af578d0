//! Keys: their hashes, and whether two are equal. NULL equals NULL, all not-a-numbers are one, and so are both zeros.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BinaryViewArray, StringViewArray};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::row::{RowConverter, Rows, SortField};
use datafusion::common::Result;
use datafusion::common::hash_utils::{RandomState, create_hashes};

use super::values::Values;
use crate::plan::nodes::quality::keys::normal;

/// A seed that the engine does not use: rows that it parted by their hashes are parted anew.
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// The bits of a hash that are used. In tests many keys have one hash, so that they must be told apart by value.
const USED: u64 = if cfg!(test) { 1 << 63 | 1 << 57 | 1 << 51 | 1 << 45 } else { u64::MAX };

/// The keys of a batch.
#[derive(Debug)]
pub(super) enum Keys {
    /// One column of words: the hash of a word is that of no other word, so it is the key. These are NULL.
    Words(Option<NullBuffer>),
    /// Columns that are compared.
    Columns(Vec<KeyColumn>),
}

/// A column in a form that can be compared fast.
#[derive(Debug)]
pub(super) enum KeyColumn {
    Values(Values),
    Text(StringViewArray),
    Bytes(BinaryViewArray),
    /// Anything else, as bytes that are equal if and only if the values are.
    Rows(Rows),
}

/// The keys of rows, each with its hash.
pub(super) fn keys(columns: &[ArrayRef]) -> Result<(Vec<u64>, Keys)> {
    let columns = normal(columns, false)?;
    if let [column] = columns.as_slice()
        && let Some(values) = Values::of(column)
        && let Some(words) = values.words()
    {
        let nulls = values.nulls().cloned();
        let hash = |(row, word): (usize, &u64)| {
            let is_null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
            mix(if is_null { 0 } else { *word })
        };
        let hashes = words.iter().enumerate().map(hash).collect();
        return Ok((hashes, Keys::Words(nulls)));
    }
    let mut hashes = vec![0; columns.first().map_or(0, Array::len)];
    create_hashes(&columns, &RandomState::with_seed(SEED), &mut hashes)?;
    if USED != u64::MAX {
        hashes.iter_mut().for_each(|hash| *hash &= USED);
    }
    let columns = columns.iter().map(KeyColumn::of).collect::<Result<_>>()?;
    Ok((hashes, Keys::Columns(columns)))
}

/// Spreads a word over all bits. Every step can be undone, so that different words stay different.
fn mix(word: u64) -> u64 {
    // The finalizer of SplitMix64.
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

impl KeyColumn {
    fn of(column: &ArrayRef) -> Result<Self> {
        if let Some(values) = Values::of(column) {
            return Ok(Self::Values(values));
        }
        Ok(match column.data_type() {
            DataType::Utf8View => Self::Text(column.as_string_view().clone()),
            DataType::BinaryView => Self::Bytes(column.as_binary_view().clone()),
            other => {
                let converter = RowConverter::new(vec![SortField::new(other.clone())])?;
                Self::Rows(converter.convert_columns(std::slice::from_ref(column))?)
            }
        })
    }

    fn same(&self, row: usize, other: &Self, other_row: usize) -> bool {
        match (self, other) {
            (Self::Values(a), Self::Values(b)) => a.get(row) == b.get(other_row),
            (Self::Text(a), Self::Text(b)) => match (a.is_null(row), b.is_null(other_row)) {
                (false, false) => a.value(row) == b.value(other_row),
                (a, b) => a == b,
            },
            (Self::Bytes(a), Self::Bytes(b)) => match (a.is_null(row), b.is_null(other_row)) {
                (false, false) => a.value(row) == b.value(other_row),
                (a, b) => a == b,
            },
            (Self::Rows(a), Self::Rows(b)) => a.row(row) == b.row(other_row),
            // The columns of a key have one type in all batches.
            (Self::Values(_) | Self::Text(_) | Self::Bytes(_) | Self::Rows(_), _) => false,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Rows(rows) => rows.size(),
            Self::Values(_) | Self::Text(_) | Self::Bytes(_) => 0,
        }
    }
}

impl Keys {
    /// Whether the key of a row is NULL and its hash does not tell.
    pub(super) fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Words(nulls) => nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)),
            Self::Columns(_) => false,
        }
    }

    /// Whether equal hashes are equal keys, those of NULL set apart.
    pub(super) fn are_hashes(&self) -> bool {
        matches!(self, Self::Words(_))
    }

    /// Whether two keys of one hash are equal.
    pub(super) fn same(&self, row: usize, other: &Self, other_row: usize) -> bool {
        match (self, other) {
            (Self::Columns(a), Self::Columns(b)) => a.iter().zip(b).all(|(a, b)| a.same(row, b, other_row)),
            (Self::Words(_), _) | (_, Self::Words(_)) => true,
        }
    }

    /// The bytes that were made beside the columns.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Words(_) => 0,
            Self::Columns(columns) => columns.iter().map(KeyColumn::bytes).sum(),
        }
    }
}
