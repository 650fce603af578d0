//! Makes the batches of a scan: the columns of the files, joined by what no file holds (partition values, row ids, what is
//! wrong with a malformed record), in the order the plan asks for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, StringBuilder, StructArray, UInt64Array, UInt64Builder,
};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::compute::{filter, nullif};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::Result;

use super::column::ColumnBuilder;
use super::fault::{self, BadRecord};
use super::plan::{Output, Scan, malformed_fields};
use crate::stdlib::connector::Malformed;
use crate::stdlib::connector::source::row_id;

/// A batch under construction.
pub(super) struct Frame {
    pub(super) scan: Arc<Scan>,
    /// What each column of the batch is.
    outputs: Vec<Output>,
    schema: SchemaRef,
    folders: Vec<(usize, ColumnBuilder)>,
    ids: Vec<u64>,
    bad: BTreeMap<usize, BadRecord>,
    /// How many rows it has so far.
    pub(super) rows: usize,
}

impl Frame {
    /// An empty batch of the columns of `scan` that `projection` names.
    pub(super) fn new(scan: Arc<Scan>, projection: &[usize], schema: SchemaRef, batch_size: usize) -> Self {
        let outputs: Vec<_> = projection.iter().map(|index| scan.output(*index)).collect();
        let folder = |output: &Output| match output {
            Output::Column(index) if scan.columns[*index].from_folder => {
                Some((*index, ColumnBuilder::new(&scan.columns[*index].field, batch_size)))
            }
            Output::Column(_) | Output::Row | Output::Malformed => None,
        };
        let folders = outputs.iter().filter_map(folder).collect();
        Self { outputs, folders, schema, scan, ids: Vec::new(), bad: BTreeMap::new(), rows: 0 }
    }

    /// The columns of the files that are to be read. Where malformed rows are sorted out, they are sorted out by every column, so
    /// that it does not depend on the query which rows there are.
    pub(super) fn needed(&self) -> Vec<usize> {
        let asked = |index: &usize| self.outputs.contains(&Output::Column(*index));
        self.scan.in_files().filter(|index| asked(index) || self.scan.malformed != Malformed::Fail).collect()
    }

    /// Adds `count` rows of a file, whose columns the caller keeps; `row` is the number of the first of them.
    pub(super) fn extend(&mut self, file: usize, rows: impl IntoIterator<Item = u64>, count: usize) {
        if self.outputs.contains(&Output::Row) {
            self.ids.extend(rows.into_iter().take(count).map(|row| row_id(file, row)));
        }
        for (index, builder) in &mut self.folders {
            let name = self.scan.columns[*index].field.name();
            let found = self.scan.files[file].partition_values.iter().find(|(key, _)| key == name);
            builder.repeat(found.and_then(|(_, value)| value.as_deref()), count);
        }
        self.rows += count;
    }

    /// Says that a row of the batch is malformed: an error if that fails the run.
    pub(super) fn malformed(&mut self, row: usize, record: BadRecord) -> Result<()> {
        if self.scan.malformed == Malformed::Fail {
            return Err(fault::malformed(&self.scan, &record));
        }
        self.scan.progress.malformed.fetch_add(1, Relaxed);
        self.bad.insert(row, record);
        Ok(())
    }

    /// The batch, made with the columns that the files hold; afterwards the frame is empty. `None` if it has no rows.
    pub(super) fn seal(&mut self, mut columns: BTreeMap<usize, ArrayRef>) -> Result<Option<RecordBatch>> {
        let rows = std::mem::take(&mut self.rows);
        let bad = std::mem::take(&mut self.bad);
        for (index, builder) in &mut self.folders {
            columns.insert(*index, builder.finish());
        }
        let ids: ArrayRef = Arc::new(UInt64Array::from(std::mem::take(&mut self.ids)));
        let is_bad = (!bad.is_empty()).then(|| (0..rows).map(|row| Some(bad.contains_key(&row))).collect::<BooleanArray>());
        let dropped = if self.scan.malformed == Malformed::Drop { bad.len() } else { 0 };
        let keep = (dropped > 0).then(|| (0..rows).map(|row| Some(!bad.contains_key(&row))).collect::<BooleanArray>());
        let mut arrays = Vec::with_capacity(self.outputs.len());
        for output in &self.outputs {
            let array = match output {
                Output::Column(index) => {
                    let array = Arc::clone(&columns[index]);
                    match &is_bad {
                        Some(is_bad) if dropped == 0 && !self.scan.columns[*index].from_folder => nullif(&array, is_bad)?,
                        _ => array,
                    }
                }
                Output::Row => Arc::clone(&ids),
                Output::Malformed => self.annotations(rows, &bad),
            };
            arrays.push(match &keep {
                Some(keep) => filter(&array, keep)?,
                None => array,
            });
        }
        let rows = rows - dropped;
        self.scan.progress.dropped.fetch_add(dropped as u64, Relaxed);
        self.scan.progress.rows.fetch_add(rows as u64, Relaxed);
        if rows == 0 {
            return Ok(None);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(Some(RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)?))
    }

    /// The column `__gc_malformed`.
    fn annotations(&self, rows: usize, bad: &BTreeMap<usize, BadRecord>) -> ArrayRef {
        if bad.is_empty() {
            return Arc::new(StructArray::new_null(malformed_fields(), rows));
        }
        let (mut file, mut row, mut offset) = (StringBuilder::new(), UInt64Builder::new(), UInt64Builder::new());
        let (mut reason, mut raw) = (StringBuilder::new(), StringBuilder::new());
        for at in 0..rows {
            let record = bad.get(&at);
            file.append_option(record.map(|record| &self.scan.files[record.file].shown));
            row.append_option(record.map(|record| record.row));
            offset.append_option(record.map(|record| record.byte_offset));
            reason.append_option(record.map(|record| &record.reason));
            raw.append_option(record.map(|record| &record.raw));
        }
        let arrays: Vec<ArrayRef> = vec![
            Arc::new(file.finish()),
            Arc::new(row.finish()),
            Arc::new(offset.finish()),
            Arc::new(reason.finish()),
            Arc::new(raw.finish()),
        ];
        let valid = NullBuffer::from((0..rows).map(|at| bad.contains_key(&at)).collect::<Vec<_>>());
        Arc::new(StructArray::new(malformed_fields(), arrays, Some(valid)))
    }
}
