//! Parts the batches of a stage into its outputs. Every row goes to exactly one of them.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringArray, StringBuilder, StructArray, TimestampMicrosecondArray,
    UInt64Array,
};
use datafusion::arrow::compute::{filter_record_batch, is_not_null, is_null};
use datafusion::arrow::datatypes::{DataType, SchemaRef, UInt64Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::{Result, internal_err};

use super::samples::Samples;
use crate::stdlib::connector::source::split_row_id;
use crate::stdlib::expr::is_hidden;

/// How a stage's batches are parted.
#[derive(Debug)]
pub(in crate::run) enum Split {
    /// One output: the batches as they are. The number is its port.
    Whole { port: usize, schema: SchemaRef },
    /// Two outputs: rows whose column `marker` is null without it; the others as the columns of that struct.
    Malformed { marker: &'static str, main: SchemaRef, malformed: SchemaRef },
    /// Two outputs: rows without failures; the others with what is to be known about them.
    Quality { marker: &'static str, passed: SchemaRef, failed: SchemaRef, quarantine: Quarantine },
}

/// What is said of every quarantined row beside its failures.
#[derive(Debug, Clone)]
pub(in crate::run) struct Quarantine {
    /// The run.
    pub(in crate::run) run_id: String,
    /// The quality node.
    pub(in crate::run) node: String,
    /// Names the text of the ruleset.
    pub(in crate::run) ruleset: String,
    /// When the run began.
    pub(in crate::run) at: DateTime<Utc>,
    /// The files of the source, by the index in `__gc_row`.
    pub(in crate::run) files: Arc<Vec<String>>,
    /// The hidden column with the row's place, if the input has one.
    pub(in crate::run) row: Option<&'static str>,
    /// A few failures for the report.
    pub(in crate::run) samples: Arc<Samples>,
}

impl Split {
    /// The columns of an output.
    pub(in crate::run) fn schema(&self, port: usize) -> SchemaRef {
        match (self, port) {
            (Self::Whole { schema, .. }, _) => Arc::clone(schema),
            (Self::Malformed { main, .. }, 0) => Arc::clone(main),
            (Self::Malformed { malformed, .. }, _) => Arc::clone(malformed),
            (Self::Quality { passed, .. }, 0) => Arc::clone(passed),
            (Self::Quality { failed, .. }, _) => Arc::clone(failed),
        }
    }

    /// The parts of a batch, by output; `None` where there are no rows.
    pub(super) fn apply(&self, batch: &RecordBatch) -> Result<Vec<Option<RecordBatch>>> {
        match self {
            Self::Whole { port, .. } => {
                let mut outputs = vec![None; port + 1];
                outputs[*port] = Some(batch.clone());
                Ok(outputs)
            }
            Self::Malformed { marker, main, malformed } => {
                let (good, bad) = part(batch, marker)?;
                let good = good.map(|rows| without(&rows, marker, main)).transpose()?;
                let bad = bad.map(|rows| unnest(&rows, marker, malformed)).transpose()?;
                Ok(vec![good, bad])
            }
            Self::Quality { marker, passed, failed, quarantine } => {
                let (good, bad) = part(batch, marker)?;
                let good = good.map(|rows| without(&rows, marker, passed)).transpose()?;
                let bad = bad.map(|rows| quarantine.apply(&rows, marker, failed)).transpose()?;
                Ok(vec![good, bad])
            }
        }
    }
}

/// Rows whose `marker` is null, and the others. One mask decides both.
fn part(batch: &RecordBatch, marker: &str) -> Result<(Option<RecordBatch>, Option<RecordBatch>)> {
    let Some(column) = batch.column_by_name(marker) else { return internal_err!("a stage has no column `{marker}`") };
    let marked = column.len() - is_null(column)?.true_count();
    if marked == 0 {
        return Ok((Some(batch.clone()), None));
    }
    if marked == batch.num_rows() {
        return Ok((None, Some(batch.clone())));
    }
    let mask: BooleanArray = is_not_null(column)?;
    let rest = datafusion::arrow::compute::not(&mask)?;
    Ok((Some(filter_record_batch(batch, &rest)?), Some(filter_record_batch(batch, &mask)?)))
}

fn without(batch: &RecordBatch, marker: &str, schema: &SchemaRef) -> Result<RecordBatch> {
    let kept = batch
        .schema()
        .fields()
        .iter()
        .enumerate()
        .filter(|(_, field)| field.name() != marker)
        .map(|(at, _)| at)
        .collect::<Vec<_>>();
    let columns = kept.into_iter().map(|at| Arc::clone(batch.column(at))).collect();
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

fn unnest(batch: &RecordBatch, marker: &str, schema: &SchemaRef) -> Result<RecordBatch> {
    let Some(parts) = batch.column_by_name(marker).and_then(|column| column.as_any().downcast_ref::<StructArray>()) else {
        return internal_err!("`{marker}` is not a struct");
    };
    let column = |field: &Arc<datafusion::arrow::datatypes::Field>| match parts.column_by_name(field.name()) {
        Some(column) => Ok(datafusion::arrow::compute::cast(column, field.data_type())?),
        None => internal_err!("`{marker}` has no part `{}`", field.name()),
    };
    let columns = schema.fields().iter().map(column).collect::<Result<Vec<_>>>()?;
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

impl Quarantine {
    /// The visible columns of the rows, their failures, and where they come from.
    fn apply(&self, rows: &RecordBatch, marker: &str, schema: &SchemaRef) -> Result<RecordBatch> {
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
        let visible: Vec<usize> =
            rows.schema().fields().iter().enumerate().filter(|(_, field)| !is_hidden(field.name())).map(|(at, _)| at).collect();
        columns.extend(visible.iter().map(|at| Arc::clone(rows.column(*at))));
        let Some(failures) = rows.column_by_name(marker) else { return internal_err!("a stage has no column `{marker}`") };
        columns.push(Arc::clone(failures));
        let count = rows.num_rows();
        let constant = |text: &str| -> ArrayRef { Arc::new(StringArray::from(vec![text; count])) };
        columns.push(constant(&self.run_id));
        columns.push(constant(&self.node));
        columns.push(constant(&self.ruleset));
        self.samples.add(failures, self.row_ids(rows), &self.files);
        columns.push(self.source(rows, schema)?);
        columns.push(event_ids(&self.node, rows, &visible)?);
        columns.push(Arc::new(TimestampMicrosecondArray::from(vec![self.at.timestamp_micros(); count])));
        Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
    }

    /// Where the rows come from, if that is known.
    fn row_ids<'a>(&self, rows: &'a RecordBatch) -> Option<&'a UInt64Array> {
        rows.column_by_name(self.row?)?.as_primitive_opt::<UInt64Type>()
    }

    /// `_dq_source`: the file and the row in it, as far as they are known.
    fn source(&self, rows: &RecordBatch, schema: &SchemaRef) -> Result<ArrayRef> {
        let field = schema.field_with_name("_dq_source")?;
        let DataType::Struct(fields) = field.data_type() else { return internal_err!("`_dq_source` is not a struct") };
        let ids = self.row_ids(rows);
        let mut uris = StringBuilder::new();
        let mut numbers = Vec::with_capacity(rows.num_rows());
        for at in 0..rows.num_rows() {
            let place = ids.filter(|ids| ids.is_valid(at)).map(|ids| split_row_id(ids.value(at)));
            uris.append_option(place.and_then(|(file, _)| self.files.get(file)));
            numbers.push(place.map(|(_, row)| row));
        }
        let columns: Vec<ArrayRef> = vec![Arc::new(uris.finish()), Arc::new(UInt64Array::from(numbers))];
        Ok(Arc::new(StructArray::try_new(fields.clone(), columns, None)?))
    }
}

/// `_dq_event_id`: the same for the same values at the same node, whatever the run: what makes a replay idempotent.
fn event_ids(node: &str, rows: &RecordBatch, visible: &[usize]) -> Result<ArrayRef> {
    let options = FormatOptions::default();
    let formatters = visible
        .iter()
        .map(|at| ArrayFormatter::try_new(rows.column(*at).as_ref(), &options))
        .collect::<std::result::Result<Vec<_>, _>>()?;
    let names: Vec<String> = visible.iter().map(|at| rows.schema().field(*at).name().clone()).collect();
    let mut ids = StringBuilder::new();
    for row in 0..rows.num_rows() {
        let mut hash = blake3::Hasher::new();
        hash.update(node.as_bytes());
        for ((at, name), formatter) in visible.iter().zip(&names).zip(&formatters) {
            hash.update(&[0]);
            hash.update(name.as_bytes());
            // Null and the empty text are two values.
            hash.update(if rows.column(*at).is_null(row) { &[1] } else { &[2] });
            hash.update(formatter.value(row).to_string().as_bytes());
        }
        ids.append_value(&hash.finalize().to_hex()[..32]);
    }
    Ok(Arc::new(ids.finish()))
}
