//! What was found for the rows of a batch. Buckets are worked on side by side, so results are set through atomics; each
//! row has one key, so no two write the same place.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use datafusion::arrow::array::{BooleanArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::buffer::{BooleanBuffer, Buffer, NullBuffer};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::common::Result;

use super::spec::{Spec, Task};
use super::values::{Class, column};

/// The results of a batch.
#[derive(Debug)]
pub(super) struct Results {
    /// A bit a row: it goes.
    lost: Vec<AtomicU64>,
    /// The columns that are added.
    columns: Vec<Slots>,
}

/// A column that is being computed.
#[derive(Debug)]
pub(super) struct Slots {
    low: Vec<AtomicU64>,
    /// The second words, of types that have two.
    high: Vec<AtomicU64>,
    /// A bit a row: it is NULL.
    nulls: Vec<AtomicU64>,
}

fn zeros(count: usize) -> Vec<AtomicU64> {
    (0..count).map(|_| AtomicU64::new(0)).collect()
}

fn bits(rows: usize) -> usize {
    rows.div_ceil(u64::BITS as usize)
}

fn set(bits: &[AtomicU64], row: usize) {
    let width = u64::BITS as usize;
    bits[row / width].fetch_or(1 << (row % width), Relaxed);
}

fn words(atomics: Vec<AtomicU64>) -> Vec<u64> {
    atomics.into_iter().map(AtomicU64::into_inner).collect()
}

/// The rows whose bit is not set.
fn unset(bits: Vec<AtomicU64>, rows: usize) -> BooleanBuffer {
    let words: Vec<u64> = bits.into_iter().map(|bits| (!bits.into_inner()).to_le()).collect();
    BooleanBuffer::new(Buffer::from_vec(words), 0, rows)
}

impl Slots {
    /// Sets the value of a row.
    pub(super) fn set(&self, row: usize, value: Option<u128>) {
        let Some(value) = value else { return set(&self.nulls, row) };
        #[expect(clippy::cast_possible_truncation, reason = "a value is cut into its words")]
        let (low, high) = (value as u64, (value >> u64::BITS) as u64);
        self.low[row].store(low, Relaxed);
        if let Some(slot) = self.high.get(row) {
            slot.store(high, Relaxed);
        }
    }
}

impl Results {
    /// Those of a batch of so many rows, nothing found yet.
    pub(super) fn new(spec: &Spec, rows: usize) -> Self {
        let lost = if matches!(spec.task, Task::Keep) { zeros(bits(rows)) } else { Vec::new() };
        let slots = |output| {
            let wide = Class::of(output) == Some(Class::Wide);
            Slots { low: zeros(rows), high: zeros(if wide { rows } else { 0 }), nulls: zeros(bits(rows)) }
        };
        Self { lost, columns: spec.computed().iter().map(|computed| slots(&computed.output)).collect() }
    }

    /// The row goes.
    pub(super) fn lose(&self, row: usize) {
        set(&self.lost, row);
    }

    /// A column that is being computed.
    pub(super) fn column(&self, at: usize) -> &Slots {
        &self.columns[at]
    }

    /// The batch with what was found: without the rows that go, with the columns that are added.
    pub(super) fn apply(self, spec: &Spec, batch: &RecordBatch) -> Result<RecordBatch> {
        let rows = batch.num_rows();
        match &spec.task {
            Task::Keep => {
                let kept = unset(self.lost, rows);
                if kept.count_set_bits() == rows {
                    return Ok(batch.clone());
                }
                Ok(filter_record_batch(batch, &BooleanArray::new(kept, None))?)
            }
            Task::Running(computed) => {
                let mut columns = batch.columns().to_vec();
                for (slots, computed) in self.columns.into_iter().zip(computed) {
                    let nulls = NullBuffer::new(unset(slots.nulls, rows));
                    let nulls = Some(nulls).filter(|nulls| nulls.null_count() > 0);
                    columns.push(column(words(slots.low), &words(slots.high), nulls, &computed.output)?);
                }
                let options = RecordBatchOptions::new().with_row_count(Some(rows));
                Ok(RecordBatch::try_new_with_options(spec.schema.clone(), columns, &options)?)
            }
        }
    }
}
