//! Rows in a temporary file, in piles by the hashes of their keys: all rows of a key are in one pile.
//!
//! A file is a row of segments. A segment has rows of one pile, twice: first the columns that the operator looks at,
//! then all of them, each as an Arrow IPC stream. So a pile can be worked on without reading its rows whole.

use std::fs::File;
use std::io::{BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions, UInt32Array};
use datafusion::arrow::compute::{concat_batches, take_record_batch};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::arrow::ipc::writer::StreamWriter;
use datafusion::common::{Result, internal_datafusion_err};
use datafusion::execution::TaskContext;
use tempfile::NamedTempFile;

use super::keys::keys;
use super::part::size_of_batch;
use super::spec::Spec;

/// So many piles.
pub(super) const PILES: usize = 64;
const PILE_BITS: u32 = PILES.trailing_zeros();

/// How often a pile may be parted again: more hashes cannot be told apart.
pub(super) const DEEPEST: u32 = 3;

/// A pile is written when it has so many rows …
const ROWS: usize = 4096;
/// … or all piles when they have so many bytes.
const WAITING: usize = if cfg!(test) { 1 << 12 } else { 8 << 20 };

/// Where the files of a run are made: in its folder, if it has one.
#[derive(Debug, Clone)]
pub(super) struct Place(Option<PathBuf>);

impl Place {
    /// The place of a run.
    pub(super) fn of(context: &TaskContext) -> Self {
        Self(context.runtime_env().disk_manager.temp_dir_paths().into_iter().next())
    }

    fn file(&self) -> std::io::Result<NamedTempFile> {
        match &self.0 {
            Some(folder) => NamedTempFile::new_in(folder),
            None => NamedTempFile::new(),
        }
    }
}

/// Rows on their way to a file.
pub(super) struct Spill {
    spec: Arc<Spec>,
    schema: SchemaRef,
    place: Place,
    /// How often these rows were parted before.
    level: u32,
    file: NamedTempFile,
    writer: BufWriter<File>,
    segments: Vec<Vec<Segment>>,
    waiting: Vec<Waiting>,
    /// The bytes of what waits.
    bytes: usize,
}

#[derive(Debug, Clone, Copy)]
struct Segment {
    /// Where the columns that are looked at begin.
    narrow: u64,
    /// Where the rows begin.
    whole: u64,
}

#[derive(Default)]
struct Waiting {
    batches: Vec<RecordBatch>,
    rows: usize,
}

/// Rows in a file.
#[derive(Debug)]
pub(super) struct Spilled {
    file: NamedTempFile,
    /// Where it was made.
    pub place: Place,
    /// The segments of each pile.
    segments: Vec<Vec<Segment>>,
    /// How often these rows were parted before.
    pub level: u32,
}

impl Spill {
    /// Rows that were parted so often before.
    pub(super) fn new(spec: &Arc<Spec>, schema: SchemaRef, level: u32, place: &Place) -> Result<Self> {
        let file = place.file()?;
        let writer = BufWriter::new(file.reopen()?);
        Ok(Self {
            spec: Arc::clone(spec),
            schema,
            place: place.clone(),
            level,
            file,
            writer,
            segments: vec![Vec::new(); PILES],
            waiting: (0..PILES).map(|_| Waiting::default()).collect(),
            bytes: 0,
        })
    }

    /// Puts the rows of a batch on their piles.
    pub(super) fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let (hashes, _) = keys(&self.spec.layout.keys(batch))?;
        let shift = u64::BITS - PILE_BITS * (self.level + 1);
        let mut rows: Vec<Vec<u32>> = vec![Vec::new(); PILES];
        for (row, hash) in (0..).zip(hashes) {
            rows[usize::try_from(hash >> shift).unwrap_or_default() % PILES].push(row);
        }
        for (pile, rows) in rows.into_iter().enumerate().filter(|(_, rows)| !rows.is_empty()) {
            let count = rows.len();
            let part = compact(&take_record_batch(batch, &UInt32Array::from(rows))?)?;
            self.bytes += size_of_batch(&part);
            self.waiting[pile].batches.push(part);
            self.waiting[pile].rows += count;
            if self.waiting[pile].rows >= ROWS {
                self.write(pile)?;
            }
        }
        if self.bytes > WAITING {
            (0..PILES).try_for_each(|pile| self.write(pile))?;
        }
        Ok(())
    }

    fn write(&mut self, pile: usize) -> Result<()> {
        let waiting = std::mem::take(&mut self.waiting[pile]);
        if waiting.rows == 0 {
            return Ok(());
        }
        self.bytes = self.bytes.saturating_sub(waiting.batches.iter().map(size_of_batch).sum());
        let batch = compact(&concat_batches(&self.schema, &waiting.batches)?)?;
        let narrow = self.stream(&batch.project(&self.spec.needed)?)?;
        let whole = self.stream(&batch)?;
        self.segments[pile].push(Segment { narrow, whole });
        Ok(())
    }

    /// Writes a stream of one batch; gives where it begins.
    fn stream(&mut self, batch: &RecordBatch) -> Result<u64> {
        let start = self.writer.stream_position()?;
        let mut stream = StreamWriter::try_new(&mut self.writer, batch.schema_ref())?;
        stream.write(batch)?;
        stream.finish()?;
        Ok(start)
    }

    /// Writes what waits.
    pub(super) fn finish(mut self) -> Result<Spilled> {
        (0..PILES).try_for_each(|pile| self.write(pile))?;
        self.writer.flush()?;
        Ok(Spilled { file: self.file, place: self.place, segments: self.segments, level: self.level })
    }
}

impl Spilled {
    /// The columns that the operator looks at, of a pile.
    pub(super) fn narrow(&self, pile: usize) -> Result<impl Iterator<Item = Result<RecordBatch>>> {
        self.read(pile, |segment| segment.narrow)
    }

    /// The rows of a pile, in the same batches.
    pub(super) fn whole(&self, pile: usize) -> Result<Batches> {
        self.read(pile, |segment| segment.whole)
    }

    fn read(&self, pile: usize, start: impl Fn(&Segment) -> u64) -> Result<Batches> {
        let starts: Vec<u64> = self.segments[pile].iter().map(start).collect();
        Ok(Batches { file: self.file.reopen()?, starts: starts.into_iter() })
    }
}

/// The batches of a pile.
pub(super) struct Batches {
    file: File,
    starts: std::vec::IntoIter<u64>,
}

impl Batches {
    fn batch(&mut self, start: u64) -> Result<RecordBatch> {
        self.file.seek(SeekFrom::Start(start))?;
        let mut stream = StreamReader::try_new(BufReader::new(&mut self.file), None)?;
        let batch = stream.next().ok_or_else(|| internal_datafusion_err!("a segment without rows"))?;
        Ok(batch?)
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.starts.next()?;
        Some(self.batch(start))
    }
}

/// The batch with texts of its own: taken rows else hold on to all texts of the batch that they were taken from.
pub(super) fn compact(batch: &RecordBatch) -> Result<RecordBatch> {
    let column = |column: &ArrayRef| -> ArrayRef {
        match column.data_type() {
            DataType::Utf8View => Arc::new(column.as_string_view().gc()),
            DataType::BinaryView => Arc::new(column.as_binary_view().gc()),
            _ => Arc::clone(column),
        }
    };
    let columns = batch.columns().iter().map(column).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(batch.schema(), columns, &options)?)
}
