//! Judged rows: written to a file with AWS's four columns, and a few of them for the report.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use datafusion::arrow::csv;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::json::LineDelimitedWriter;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::{Result, exec_err};
use datafusion::parquet::arrow::ArrowWriter;

use super::report::FailedRow;
use crate::plan::nodes::quality::FAILURES;
use crate::stdlib::expr::HIDDEN;

/// Writes judged rows in the format that the file's name asks for.
pub(super) struct RowWriter {
    schema: SchemaRef,
    columns: Vec<usize>,
    format: Format,
}

enum Format {
    Json(Box<LineDelimitedWriter<BufWriter<File>>>),
    Csv(Box<csv::Writer<BufWriter<File>>>),
    Parquet(Box<ArrowWriter<BufWriter<File>>>),
}

impl RowWriter {
    /// Makes the file. Columns of ours are left out.
    pub(super) fn new(path: &Path, schema: &Schema) -> Result<Self> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
        let columns: Vec<usize> = (0..schema.fields().len()).filter(|at| !schema.field(*at).name().starts_with(HIDDEN)).collect();
        let flat = ending == "csv";
        let fields = columns.iter().map(|at| {
            let field = schema.field(*at);
            if flat && field.data_type().is_nested() { Field::new(field.name(), DataType::Utf8, true) } else { field.clone() }
        });
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let file = || File::create(path).map(BufWriter::new);
        let format = match ending.as_str() {
            "jsonl" | "json" | "ndjson" => Format::Json(Box::new(LineDelimitedWriter::new(file()?))),
            "csv" => Format::Csv(Box::new(csv::Writer::new(file()?))),
            "parquet" => Format::Parquet(Box::new(ArrowWriter::try_new(file()?, schema.clone(), None)?)),
            _ => return exec_err!("the ending of the name must be .jsonl, .csv or .parquet"),
        };
        Ok(Self { schema, columns, format })
    }

    /// Writes the rows of a batch.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let columns = self.columns.iter().zip(self.schema.fields()).map(|(at, field)| {
            let column = batch.column(*at);
            if column.data_type().is_nested() && *field.data_type() == DataType::Utf8 {
                as_text(column)
            } else {
                Ok(column.clone())
            }
        });
        let batch = RecordBatch::try_new(self.schema.clone(), columns.collect::<Result<_>>()?)?;
        match &mut self.format {
            Format::Json(writer) => writer.write(&batch)?,
            Format::Csv(writer) => writer.write(&batch)?,
            Format::Parquet(writer) => writer.write(&batch)?,
        }
        Ok(())
    }

    /// Ends the file.
    pub(super) fn finish(self) -> Result<()> {
        match self.format {
            Format::Json(mut writer) => writer.finish()?,
            Format::Csv(writer) => std::io::Write::flush(&mut writer.into_inner())?,
            Format::Parquet(writer) => {
                writer.close()?;
            }
        }
        Ok(())
    }
}

/// Lists as text, for CSV.
fn as_text(column: &ArrayRef) -> Result<ArrayRef> {
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(column, &options)?;
    let texts: StringArray =
        (0..column.len()).map(|row| column.is_valid(row).then(|| formatter.value(row).to_string())).collect();
    Ok(Arc::new(texts))
}

/// Adds the batch's failures to the samples until there are enough.
pub(super) fn samples(batch: &RecordBatch, most: usize, samples: &mut Vec<FailedRow>) {
    let Some(failures) = batch.column_by_name(FAILURES) else { return };
    let failures = failures.as_list::<i32>();
    for row in (0..batch.num_rows()).filter(|row| failures.is_valid(*row)) {
        let entries = failures.value(row);
        let entries = entries.as_struct();
        for entry in 0..entries.len() {
            if samples.len() == most {
                return;
            }
            let text = |name: &str| {
                let texts = entries.column_by_name(name)?.as_string::<i32>();
                texts.is_valid(entry).then(|| texts.value(entry).to_owned())
            };
            samples.push(FailedRow {
                rule: text("rule").unwrap_or_default(),
                place: None,
                column: text("column"),
                value: text("value"),
            });
        }
    }
}
