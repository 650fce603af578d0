//! Parts the batches of a stage into its outputs. Every row goes to exactly one of them.

use std::fmt;
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
use crate::plan::nodes::quality::{FAILURES, WARNINGS};
use crate::stdlib::connector::source::split_row_id;
use crate::stdlib::expr::is_hidden;
use crate::stdlib::rule::VERDICTS;
use crate::stdlib::transform::port;

/// How a stage's batches are parted.
#[derive(Debug)]
pub(in crate::run) enum Split {
    /// One output: the batches as they are. The number is its port.
    Whole { port: usize, schema: SchemaRef },
    /// Two outputs: rows whose column `marker` is null without it; the others as the columns of that struct.
    Malformed { marker: &'static str, main: SchemaRef, malformed: SchemaRef },
    /// The outputs of a quality node.
    Quality(Box<Judgement>),
}

/// How judged rows are parted.
#[derive(Debug)]
pub(in crate::run) struct Judgement {
    /// How many columns the input has; those of the operator stand behind them.
    pub(in crate::run) width: usize,
    /// The columns of the outputs, by their places.
    pub(in crate::run) schemas: Vec<SchemaRef>,
    /// Which outputs somebody reads.
    pub(in crate::run) wanted: Vec<bool>,
    /// Whether rows carry AWS's columns and none of ours.
    pub(in crate::run) glue: bool,
    /// What failing rows carry.
    pub(in crate::run) quarantine: Quarantine,
    /// What is known when all rows have been judged.
    pub(in crate::run) at_end: Arc<dyn AtEnd>,
}

/// Outputs of a stage whose rows are known when it has ended.
pub(in crate::run) trait AtEnd: fmt::Debug + Send + Sync {
    /// The rows of such an output.
    fn rows(&self, output: usize) -> Result<RecordBatch>;
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
    /// The hidden column with the row as its source read it, if failing rows are kept like that.
    pub(in crate::run) original: Option<&'static str>,
    /// A few failures for the report.
    pub(in crate::run) samples: Arc<Samples>,
}

impl Split {
    /// The columns of an output.
    pub(in crate::run) fn schema(&self, output: usize) -> SchemaRef {
        match (self, output) {
            (Self::Whole { schema, .. }, _) => Arc::clone(schema),
            (Self::Malformed { main, .. }, 0) => Arc::clone(main),
            (Self::Malformed { malformed, .. }, _) => Arc::clone(malformed),
            (Self::Quality(judgement), output) => Arc::clone(&judgement.schemas[output]),
        }
    }

    /// The columns of all outputs.
    pub(in crate::run) fn schemas(&self) -> Vec<SchemaRef> {
        let count = match self {
            Self::Whole { .. } | Self::Malformed { .. } => 2,
            Self::Quality(judgement) => judgement.schemas.len(),
        };
        (0..count).map(|output| self.schema(output)).collect()
    }

    /// Whether an output has no rows before the stage has ended.
    pub(super) fn is_at_end(&self, output: usize) -> bool {
        matches!(self, Self::Quality(_)) && matches!(output, port::RULE_OUTCOMES | port::AGGREGATED_METRICS)
    }

    /// The rows of such an output.
    pub(super) fn at_end(&self, output: usize) -> Result<RecordBatch> {
        match self {
            Self::Quality(judgement) => judgement.at_end.rows(output),
            Self::Whole { .. } | Self::Malformed { .. } => internal_err!("a stage has no outputs at its end"),
        }
    }

    /// Whether somebody may read an output.
    pub(super) fn is_wanted(&self, output: usize) -> bool {
        match self {
            Self::Whole { .. } | Self::Malformed { .. } => true,
            Self::Quality(judgement) => judgement.wanted[output],
        }
    }

    /// Whether rows of an output count for the node: those of a quality node leave it by two outputs.
    pub(super) fn counts(&self, output: usize) -> bool {
        !matches!(self, Self::Quality(_)) || matches!(output, port::PASSED | port::FAILED)
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
                let (good, bad) = part(batch, marker, |at| batch.schema_ref().field(at).name() != marker)?;
                let good = good.map(|rows| RecordBatch::try_new(Arc::clone(main), rows.columns().to_vec())).transpose()?;
                let bad = bad.map(|rows| unnest(&rows, marker, malformed)).transpose()?;
                Ok(vec![good, bad])
            }
            Self::Quality(judgement) => judgement.apply(batch),
        }
    }
}

impl Judgement {
    fn apply(&self, batch: &RecordBatch) -> Result<Vec<Option<RecordBatch>>> {
        let (good, bad) = part(batch, FAILURES, |at| self.is_of_good_rows(batch, at))?;
        if let Some(good) = &good {
            self.quarantine.sample(good, WARNINGS);
        }
        if let Some(bad) = &bad {
            self.quarantine.sample(bad, FAILURES);
        }
        let verdicts: &[&str] = &VERDICTS;
        let kept: &[&str] = match self.glue {
            true => verdicts,
            false if batch.column_by_name(WARNINGS).is_some() => &[WARNINGS],
            false => &[],
        };
        let passed = good.map(|rows| self.rows(&rows, kept, port::PASSED)).transpose()?;
        let failed = bad.map(|rows| self.failed(&rows)).transpose()?;
        let all = |added: &[&str], output: usize| {
            let wanted = self.wanted[output] && batch.num_rows() > 0;
            wanted.then(|| self.rows(batch, added, output)).transpose()
        };
        Ok(vec![passed, failed, all(&[], port::ORIGINAL)?, all(verdicts, port::ROW_LEVEL)?])
    }

    /// Whether a column is read of rows that are good: what was found about rows is not, and copying it would take long.
    fn is_of_good_rows(&self, batch: &RecordBatch, at: usize) -> bool {
        let name = batch.schema_ref().field(at).name().as_str();
        at < self.width || name == WARNINGS || (self.glue && VERDICTS.contains(&name))
    }

    /// Rows with the columns of the input and some of the operator's.
    fn rows(&self, rows: &RecordBatch, added: &[&str], output: usize) -> Result<RecordBatch> {
        let mut columns: Vec<ArrayRef> = rows.columns()[..self.width].to_vec();
        for name in added {
            columns.push(column(rows, name)?);
        }
        Ok(RecordBatch::try_new(Arc::clone(&self.schemas[output]), columns)?)
    }

    fn failed(&self, rows: &RecordBatch) -> Result<RecordBatch> {
        let schema = &self.schemas[port::FAILED];
        let mut columns = self.quarantine.columns(rows, self.width)?;
        if self.glue {
            for name in VERDICTS {
                columns.push(column(rows, name)?);
            }
        } else {
            self.quarantine.describe(rows, &mut columns, schema)?;
        }
        // Of an outer join a row of a source may be missing: its columns are nullable whatever the source says.
        Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
    }
}

fn column(rows: &RecordBatch, name: &str) -> Result<ArrayRef> {
    match rows.column_by_name(name) {
        Some(column) => Ok(Arc::clone(column)),
        None => internal_err!("a stage has no column `{name}`"),
    }
}

/// Rows whose `marker` is null, with the columns that `kept` names by their places, and the others with all. One mask
/// decides both.
fn part(batch: &RecordBatch, marker: &str, kept: impl Fn(usize) -> bool) -> Result<(Option<RecordBatch>, Option<RecordBatch>)> {
    let Some(column) = batch.column_by_name(marker) else { return internal_err!("a stage has no column `{marker}`") };
    let marked = column.len() - is_null(column)?.true_count();
    if marked == batch.num_rows() {
        return Ok((None, Some(batch.clone())));
    }
    let kept: Vec<usize> = (0..batch.num_columns()).filter(|at| kept(*at)).collect();
    let good = batch.project(&kept)?;
    if marked == 0 {
        return Ok((Some(good), None));
    }
    let mask: BooleanArray = is_not_null(column)?;
    let rest = datafusion::arrow::compute::not(&mask)?;
    Ok((Some(filter_record_batch(&good, &rest)?), Some(filter_record_batch(batch, &mask)?)))
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
    /// The columns that failing rows keep: those of the input, or those that the source read.
    fn columns(&self, rows: &RecordBatch, width: usize) -> Result<Vec<ArrayRef>> {
        let Some(name) = self.original else {
            let visible = (0..width).filter(|at| !is_hidden(rows.schema_ref().field(*at).name()));
            return Ok(visible.map(|at| Arc::clone(rows.column(at))).collect());
        };
        match column(rows, name)?.as_struct_opt() {
            Some(original) => Ok(original.columns().to_vec()),
            None => internal_err!("`{name}` is not a struct"),
        }
    }

    /// Adds what is to be known about the rows behind the columns that they keep.
    fn describe(&self, rows: &RecordBatch, columns: &mut Vec<ArrayRef>, schema: &SchemaRef) -> Result<()> {
        let ids = event_ids(&self.node, schema, columns)?;
        columns.push(column(rows, FAILURES)?);
        let count = rows.num_rows();
        let constant = |text: &str| -> ArrayRef { Arc::new(StringArray::from(vec![text; count])) };
        columns.push(constant(&self.run_id));
        columns.push(constant(&self.node));
        columns.push(constant(&self.ruleset));
        columns.push(self.source(rows, schema)?);
        columns.push(ids);
        columns.push(Arc::new(TimestampMicrosecondArray::from(vec![self.at.timestamp_micros(); count])));
        Ok(())
    }

    /// Keeps a few failures for the report.
    fn sample(&self, rows: &RecordBatch, marker: &str) {
        if let Some(failures) = rows.column_by_name(marker) {
            self.samples.add(failures, self.row_ids(rows), &self.files);
        }
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
/// The columns are the first of the schema.
fn event_ids(node: &str, schema: &SchemaRef, columns: &[ArrayRef]) -> Result<ArrayRef> {
    let options = FormatOptions::default();
    let formatters = columns
        .iter()
        .map(|column| ArrayFormatter::try_new(column.as_ref(), &options))
        .collect::<std::result::Result<Vec<_>, _>>()?;
    let mut ids = StringBuilder::new();
    for row in 0..columns.first().map_or(0, Array::len) {
        let mut hash = blake3::Hasher::new();
        hash.update(node.as_bytes());
        for ((column, field), formatter) in columns.iter().zip(schema.fields()).zip(&formatters) {
            hash.update(&[0]);
            hash.update(field.name().as_bytes());
            // Null and the empty text are two values.
            hash.update(if column.is_null(row) { &[1] } else { &[2] });
            hash.update(formatter.value(row).to_string().as_bytes());
        }
        ids.append_value(&hash.finalize().to_hex()[..32]);
    }
    Ok(Arc::new(ids.finish()))
}
