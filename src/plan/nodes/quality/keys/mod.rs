//! Keys: which occur more than once ([`groups`]), which are among others ([`set`]). A hash never decides: equal hashes
//! are compared by their rows' bytes.

mod account;
mod groups;
mod overflow;
mod radix;
mod set;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float32Array, Float64Array};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::{cast, filter};
use datafusion::arrow::datatypes::{DataType, Float32Type, Float64Type};
use datafusion::arrow::row::{RowConverter, Rows, SortField};
use datafusion::common::hash_utils::create_hashes_with_hasher;
use datafusion::common::{Result, exec_datafusion_err};
use hashbrown::{HashMap, HashSet};

pub use account::Account;
pub use groups::{CandidateScan, Candidates, FirstPass, GroupCounts, GroupScan, Groups};
pub use set::KeySet;

/// A map by bytes that hashes the same way in every run.
type ByteMap<V> = HashMap<Vec<u8>, V, ahash::RandomState>;
type ByteSet = HashSet<Vec<u8>, ahash::RandomState>;

/// A hasher that is the same in every run.
pub(super) fn hasher() -> ahash::RandomState {
    ahash::RandomState::with_seeds(0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb, 0x2545_f491_4f6c_dd1d)
}

/// Turns key columns into bytes that are equal if and only if the keys are.
#[derive(Debug, Default)]
struct Codec(OnceLock<RowConverter>);

impl Codec {
    fn rows(&self, columns: &[ArrayRef]) -> Result<Rows> {
        if self.0.get().is_none() {
            let fields = columns.iter().map(|column| SortField::new(column.data_type().clone())).collect();
            // Another thread may have been faster; its converter is the same.
            let _ = self.0.set(RowConverter::new(fields)?);
        }
        let converter = self.0.get().ok_or_else(|| exec_datafusion_err!("a key without columns"))?;
        Ok(converter.convert_columns(columns)?)
    }
}

/// Keys in a form in which equal ones have equal bits: no dictionaries, one string type, one zero, one not-a-number.
pub(in crate::plan::nodes) fn normal(columns: &[ArrayRef], signed_zeros: bool) -> Result<Vec<ArrayRef>> {
    let one = |column: &ArrayRef| -> Result<ArrayRef> {
        Ok(match column.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 => cast(column, &DataType::Utf8View)?,
            DataType::Dictionary(_, value) => normal(&[cast(column, value)?], signed_zeros)?.remove(0),
            DataType::Float64 => {
                let fix = |x: f64| {
                    if x.is_nan() {
                        f64::NAN
                    } else if x == 0.0 && !signed_zeros {
                        0.0
                    } else {
                        x
                    }
                };
                let values: Float64Array = column.as_primitive::<Float64Type>().unary(fix);
                std::sync::Arc::new(values)
            }
            DataType::Float32 => {
                let fix = |x: f32| {
                    if x.is_nan() {
                        f32::NAN
                    } else if x == 0.0 && !signed_zeros {
                        0.0
                    } else {
                        x
                    }
                };
                let values: Float32Array = column.as_primitive::<Float32Type>().unary(fix);
                std::sync::Arc::new(values)
            }
            _ => column.clone(),
        })
    };
    columns.iter().map(one).collect()
}

fn hashes(columns: &[ArrayRef]) -> Result<Vec<u64>> {
    let mut hashes = vec![0; columns.first().map_or(0, Array::len)];
    create_hashes_with_hasher(columns, &hasher(), &mut hashes)?;
    Ok(hashes)
}

/// Rows in which every column is null.
fn all_null(columns: &[ArrayRef]) -> Option<BooleanBuffer> {
    let nulls = columns.iter().map(|column| column.logical_nulls().map(|nulls| !nulls.inner()));
    nulls.reduce(|a, b| Some(&a? & &b?)).flatten().filter(|mask| mask.count_set_bits() > 0)
}

fn selected(columns: &[ArrayRef], mask: &BooleanBuffer) -> Result<Vec<ArrayRef>> {
    let mask = BooleanArray::new(mask.clone(), None);
    columns.iter().map(|column| Ok(filter(column, &mask)?)).collect()
}
