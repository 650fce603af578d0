//! Which columns of a sink's input go into its files, and as which types.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use datafusion::arrow::error::ArrowError;

use super::check::HIDDEN;
use super::settings::{Format, Settings};

/// The columns of a sink's files and folders.
#[derive(Debug)]
pub(super) struct Layout {
    /// Which columns of the input go into the files.
    keep: Vec<usize>,
    /// The columns of the files. All may be NULL: files of different runs then have one schema.
    pub(super) schema: SchemaRef,
    /// The columns that become folders: name, place in the input, type.
    pub(super) keys: Vec<(String, usize, DataType)>,
}

impl Layout {
    pub(super) fn new(schema: &Schema, settings: &Settings) -> Self {
        let is_key = |name: &str| settings.partition_keys.iter().any(|key| key == name);
        let keep: Vec<usize> = (0..schema.fields().len())
            .filter(|at| {
                let name = schema.field(*at).name();
                !name.starts_with(HIDDEN) && !is_key(name)
            })
            .collect();
        let fields: Vec<Field> = keep
            .iter()
            .map(|at| {
                let field = schema.field(*at);
                Field::new(field.name(), file_type(settings.format, field.data_type()), true)
            })
            .collect();
        let keys = settings.partition_keys.iter().filter_map(|key| {
            let (at, field) = schema.column_with_name(key)?;
            Some((key.clone(), at, field.data_type().clone()))
        });
        Self { keep, schema: Arc::new(Schema::new(fields)), keys: keys.collect() }
    }

    /// The columns that go into the files, their types as they come.
    pub(super) fn project(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        batch.project(&self.keep)
    }

    /// Those columns with the types of the files.
    pub(super) fn convert(&self, projected: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let columns = projected.columns().iter().zip(self.schema.fields()).map(|(column, field)| convert(column, field));
        RecordBatch::try_new(Arc::clone(&self.schema), columns.collect::<Result<_, _>>()?)
    }
}

fn convert(column: &ArrayRef, field: &FieldRef) -> Result<ArrayRef, ArrowError> {
    if column.data_type() == field.data_type() {
        return Ok(Arc::clone(column));
    }
    // A value that does not fit must not silently become NULL.
    cast_with_options(column, field.data_type(), &CastOptions { safe: false, ..CastOptions::default() })
}

/// The type that a column has in files of `format`.
fn file_type(format: Format, data_type: &DataType) -> DataType {
    if let DataType::RunEndEncoded(_, values) = data_type {
        return file_type(format, values.data_type());
    }
    if format != Format::Parquet {
        return data_type.clone();
    }
    let inner = |field: &FieldRef| Arc::new(field.as_ref().clone().with_data_type(file_type(format, field.data_type())));
    match data_type {
        // Spark, Athena and Glue read microseconds only.
        DataType::Timestamp(_, zone) => DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
        DataType::Time64(_) => DataType::Time64(TimeUnit::Microsecond),
        DataType::Date64 => DataType::Date32,
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inner).collect()),
        DataType::List(field) => DataType::List(inner(field)),
        DataType::LargeList(field) => DataType::LargeList(inner(field)),
        DataType::FixedSizeList(field, size) => DataType::FixedSizeList(inner(field), *size),
        DataType::Map(field, sorted) => DataType::Map(inner(field), *sorted),
        other => other.clone(),
    }
}
