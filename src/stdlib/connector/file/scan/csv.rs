//! CSV chunks to batches.

use std::ops::Range;

use datafusion::arrow::array::RecordBatch;
use datafusion::error::Result;
use memchr::memchr_iter;

use super::batch::Frame;
use super::column::{ColumnBuilder, Fault, Faults, Rows};
use super::cursor::{Chunk, Layout};
use super::fault::{self, BadRecord};
use super::split::{Field, Flaw, Found, split_plain};
use super::work::Worker;
use crate::stdlib::connector::file::settings::Format;

/// The batches of one partition.
pub(super) struct CsvBatches {
    worker: Worker,
    frame: Frame,
    batch_size: usize,
    /// The columns that are read, each with its number among those that the files hold.
    columns: Vec<(usize, usize, ColumnBuilder)>,
    nulls: Vec<Vec<u8>>,
    chunk: Chunk,
    /// Whether the chunk holds no quotes.
    plain: bool,
    /// How much of the chunk is done.
    at: usize,
    /// The number of the next record.
    row: u64,
    fields: Vec<Field>,
    records: Vec<Range<usize>>,
}

impl CsvBatches {
    pub(super) fn new(worker: Worker, frame: Frame, batch_size: usize) -> Self {
        let in_files: Vec<usize> = frame.scan.in_files().collect();
        let column = |index: usize| {
            let number = in_files.iter().position(|other| *other == index)?;
            Some((index, number, ColumnBuilder::new(&frame.scan.columns[index].field, batch_size)))
        };
        let columns = frame.needed().into_iter().filter_map(column).collect();
        let nulls = match &frame.scan.settings.format {
            Format::Csv(dialect) => dialect.null_values.clone(),
            Format::Json | Format::Parquet => Vec::new(),
        };
        Self {
            worker,
            columns,
            nulls,
            batch_size,
            frame,
            chunk: Chunk::default(),
            plain: true,
            at: 0,
            row: 0,
            fields: Vec::new(),
            records: Vec::new(),
        }
    }

    /// The next batch; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            let more = self.fill()?;
            if let Some(batch) = self.seal()? {
                return Ok(Some(batch));
            }
            if !more {
                return Ok(None);
            }
        }
    }

    /// Parses records until the batch is full; whether there may be more.
    fn fill(&mut self) -> Result<bool> {
        while self.frame.rows < self.batch_size {
            if self.at >= self.chunk.text.len() {
                let Some(chunk) = self.worker.next(&mut self.chunk.text)? else {
                    self.chunk = Chunk::default();
                    self.at = 0;
                    return Ok(false);
                };
                self.plain = chunk.layout.as_ref().is_some_and(|layout| layout.splitter.is_plain(&chunk.text));
                self.row = chunk.row;
                self.at = 0;
                self.chunk = chunk;
            }
            let Some(layout) = self.chunk.layout.clone() else { return Ok(false) };
            self.part(&layout)?;
        }
        Ok(true)
    }

    /// Parses as many records of the chunk as the batch has room for.
    fn part(&mut self, layout: &Layout) -> Result<()> {
        let first = self.frame.rows;
        let mut faults = Faults::new();
        let end = self.split(layout, &mut faults);
        let text = &self.chunk.text[self.at..end];
        let utf8 = std::str::from_utf8(text).ok();
        if utf8.is_none() {
            for (number, record) in self.records.iter().enumerate() {
                if let Err(error) = std::str::from_utf8(&text[record.clone()]) {
                    let reason = format!("byte {} of the record is no UTF-8", error.valid_up_to() + 1);
                    faults.entry(first + number).or_insert(Fault { column: None, reason });
                }
            }
        }
        let rows = Rows {
            text,
            utf8,
            splitter: &layout.splitter,
            nulls: &self.nulls,
            fields: &self.fields,
            width: layout.splitter.width.unwrap_or_default(),
            first,
        };
        for (_, number, builder) in &mut self.columns {
            match layout.positions[*number] {
                Some(position) => builder.append(&rows, position, &mut faults),
                None => builder.repeat(None, self.records.len()),
            }
        }
        let count = self.records.len();
        self.frame.extend(self.chunk.file, self.row.., count);
        for (at, fault) in faults {
            let number = at - first;
            let record = self.records[number].clone();
            let before = &self.chunk.text[..self.at + record.start];
            let bad = BadRecord {
                file: self.chunk.file,
                row: self.row + number as u64,
                line: self.chunk.line + memchr_iter(b'\n', before).count() as u64,
                byte_offset: self.chunk.offset + before.len() as u64,
                column: fault.column,
                reason: fault.reason,
                raw: String::from_utf8_lossy(&text[record]).trim_end_matches(['\n', '\r']).to_owned(),
            };
            self.frame.malformed(at, bad)?;
        }
        self.row += count as u64;
        self.at = end;
        Ok(())
    }

    /// Splits records into [`Self::fields`] and [`Self::records`], relative to the part's start; gives where the part ends.
    fn split(&mut self, layout: &Layout, faults: &mut Faults) -> usize {
        let text = &self.chunk.text[self.at..];
        let first = self.frame.rows;
        let limit = self.batch_size - first;
        let records = &mut self.records;
        records.clear();
        self.fields.clear();
        let mut flawed = |number: usize, flaw: Flaw| {
            faults.insert(first + number, Fault { column: None, reason: fault::flaw(flaw, layout.header) });
        };
        if self.plain {
            let end = split_plain(&layout.splitter, text, 0, limit, &mut self.fields, |start, end, flaw| {
                records.push(start..end);
                if let Some(flaw) = flaw {
                    flawed(records.len() - 1, flaw);
                }
            });
            return self.at + end;
        }
        let width = layout.splitter.width.unwrap_or_default();
        let mut at = 0;
        while at < text.len() && records.len() < limit {
            let (found, next) = layout.splitter.next(text, at, true, &mut self.fields);
            match found {
                Found::Record => records.push(at..next),
                Found::Bad(flaw) => {
                    records.push(at..next);
                    flawed(records.len() - 1, flaw);
                    self.fields.resize(self.fields.len() + width, Field::default());
                }
                Found::Skip | Found::Incomplete => {}
            }
            at = next.max(at + 1);
        }
        self.at + at
    }

    fn seal(&mut self) -> Result<Option<RecordBatch>> {
        if self.frame.rows == 0 {
            return Ok(None);
        }
        let columns = self.columns.iter_mut().map(|(index, _, builder)| (*index, builder.finish())).collect();
        self.frame.seal(columns)
    }
}
