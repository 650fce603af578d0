//! What one partition holds: its rows, and what was noted of them.

use std::cmp::Ordering;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::row::Rows;
use datafusion::common::{Result, internal_datafusion_err};

use super::entry::{Buckets, Entry};
use super::keys::{Keys, keys};
use super::order::{Places, decide, places};
use super::spec::{Layout, Spec};
use super::values::Values;

/// Rows between two entries of the index from rows to batches.
const STEP: u32 = 1 << 12;

/// The rows of a partition.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// The partition.
    number: u16,
    /// The batches; none if only what was noted is held.
    pub batches: Vec<RecordBatch>,
    notes: Vec<Note>,
    /// The batch in which every [`STEP`]th row stands.
    index: Vec<u32>,
    rows: u32,
    /// Whether entries alone do not tell the order of rows.
    is_deep: bool,
    pub entries: Buckets,
    bytes: usize,
}

/// What was noted of a batch.
#[derive(Debug)]
struct Note {
    /// The number of its first row.
    start: u32,
    rows: usize,
    keys: Keys,
    order: Option<Rows>,
    arguments: Vec<Argument>,
    bytes: usize,
}

/// The argument of a function.
#[derive(Debug)]
pub(super) enum Argument {
    Values(Values),
    /// Only which are NULL matters.
    Any(Option<datafusion::arrow::buffer::NullBuffer>),
}

impl Argument {
    fn of(column: &ArrayRef) -> Self {
        Values::of(column).map_or_else(|| Self::Any(column.logical_nulls()), Self::Values)
    }

    /// The value of a row; of types that are not words, zero.
    pub(super) fn get(&self, row: usize) -> Option<u128> {
        match self {
            Self::Values(values) => values.get(row),
            Self::Any(nulls) => nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)).then_some(0),
        }
    }
}

/// How much of a batch is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// The batch.
    Rows,
    /// What is noted of it: the batch can be read again.
    Notes,
}

impl Part {
    /// An empty partition.
    pub(super) fn new(number: usize) -> Result<Self> {
        let number = u16::try_from(number).map_err(|_| internal_datafusion_err!("{number} partitions are too many"))?;
        Ok(Self { number, ..Self::default() })
    }

    /// Notes the rows of a batch. `size`: the bytes of its columns.
    pub(super) fn add(&mut self, spec: &Spec, layout: &Layout, batch: RecordBatch, hold: Hold, size: usize) -> Result<()> {
        let rows = batch.num_rows();
        let (hashes, keys) = keys(&layout.keys(&batch))?;
        let Places { ranks, orders, rows: order } = places(&layout.order(&batch), rows)?;
        self.is_deep = order.is_some();
        let arguments = layout.arguments(&batch)?.iter().map(Argument::of).collect();
        let start = self.rows;
        for row in 0..rows {
            let null_key = keys.is_null(row);
            self.entries.push(Entry {
                hash: hashes[row],
                order: orders[row],
                row: self.rows,
                part: self.number,
                rank: ranks[row],
                null_key,
            });
            self.rows += 1;
        }
        let batch_number = u32::try_from(self.notes.len()).unwrap_or(u32::MAX);
        while self.index.len() < self.rows.div_ceil(STEP) as usize {
            self.index.push(batch_number);
        }
        let results = rows * (size_of::<u64>() * spec.computed().len() + 1);
        let bytes = size + rows * size_of::<Entry>() + results + keys.bytes() + order.as_ref().map_or(0, Rows::size);
        self.bytes += bytes;
        self.notes.push(Note { start, rows, keys, order, arguments, bytes });
        if hold == Hold::Rows {
            self.batches.push(batch);
        }
        Ok(())
    }

    /// Whether a batch more could be numbered.
    pub(super) fn has_room(&self, rows: usize) -> bool {
        u32::try_from(rows).is_ok_and(|rows| self.rows.checked_add(rows).is_some())
    }

    /// The bytes that are held.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The rows of each batch, and the bytes that are held because of it.
    pub(super) fn sizes(&self) -> impl Iterator<Item = (usize, usize)> {
        self.notes.iter().map(|note| (note.rows, note.bytes))
    }

    /// The batch that a row stands in, and where.
    pub(super) fn place(&self, row: u32) -> (usize, usize) {
        let mut at = self.index[(row / STEP) as usize] as usize;
        while row - self.notes[at].start >= u32::try_from(self.notes[at].rows).unwrap_or(u32::MAX) {
            at += 1;
        }
        (at, (row - self.notes[at].start) as usize)
    }

    /// An argument of a row.
    pub(super) fn argument(&self, argument: usize, row: u32) -> Option<u128> {
        let (at, row) = self.place(row);
        self.notes[at].arguments[argument].get(row)
    }
}

/// Whether two entries of one hash have equal keys.
pub(super) fn same_key(parts: &[Part], a: &Entry, b: &Entry) -> bool {
    let (part, other) = (&parts[usize::from(a.part)], &parts[usize::from(b.part)]);
    let (at, row) = part.place(a.row);
    let keys = &part.notes[at].keys;
    if keys.are_hashes() {
        return true;
    }
    let (other_at, other_row) = other.place(b.row);
    keys.same(row, &other.notes[other_at].keys, other_row)
}

/// Compares the places of two entries in the order.
pub(super) fn compare(parts: &[Part], a: &Entry, b: &Entry) -> Ordering {
    (a.rank, a.order).cmp(&(b.rank, b.order)).then_with(|| {
        let (part, other) = (&parts[usize::from(a.part)], &parts[usize::from(b.part)]);
        if !part.is_deep {
            return Ordering::Equal;
        }
        let (at, row) = part.place(a.row);
        let (other_at, other_row) = other.place(b.row);
        decide(part.notes[at].order.as_ref(), row, other.notes[other_at].order.as_ref(), other_row)
    })
}

/// The bytes that the values of a batch take, whatever else its buffers hold.
pub(super) fn size_of_batch(batch: &RecordBatch) -> usize {
    batch.columns().iter().map(size_of_column).sum()
}

fn size_of_column(column: &ArrayRef) -> usize {
    let view = size_of::<u128>();
    match column.data_type() {
        DataType::Utf8View => column.as_string_view().total_buffer_bytes_used() + column.len() * view,
        DataType::BinaryView => column.as_binary_view().total_buffer_bytes_used() + column.len() * view,
        _ => column.to_data().get_slice_memory_size().unwrap_or_else(|_| column.get_array_memory_size()),
    }
}
