//! What the footer of a Parquet file says of its columns.

use std::io;
use std::path::Path;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema};
use datafusion::parquet::arrow::parquet_to_arrow_schema;
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::metadata::ParquetMetaDataReader;

use crate::stdlib::types::TIMESTAMP;
use crate::world::World;

/// How much of a file's end is read at first.
const TAIL: usize = 64 << 10;

/// Why a footer cannot be read.
#[derive(Debug)]
pub(crate) enum NoFooter {
    /// The file cannot be read.
    Unreadable(io::Error),
    /// It is no Parquet file; what is wrong, in the reader's words.
    Corrupt(String),
}

/// The columns of a Parquet file, with the types that sources have.
pub(crate) fn columns(world: &dyn World, path: &Path) -> Result<Vec<Field>, NoFooter> {
    let size = world.size(path).map_err(NoFooter::Unreadable)?;
    let mut length = TAIL;
    loop {
        let tail = bytes::Bytes::from(world.tail(path, length).map_err(NoFooter::Unreadable)?);
        let mut reader = ParquetMetaDataReader::new();
        match reader.try_parse_sized(&tail, size) {
            Ok(()) => {
                let metadata = reader.finish().map_err(|error| NoFooter::Corrupt(error.to_string()))?;
                let metadata = metadata.file_metadata();
                let schema = parquet_to_arrow_schema(metadata.schema_descr(), metadata.key_value_metadata())
                    .map_err(|error| NoFooter::Corrupt(error.to_string()))?;
                return Ok(usual(&schema));
            }
            Err(ParquetError::NeedMoreData(needed)) if needed > length && needed as u64 <= size => length = needed,
            Err(error) => return Err(NoFooter::Corrupt(error.to_string())),
        }
    }
}

/// The columns with the types that sources have: text and binary as views, time in microseconds without a zone (UTC), each of
/// them nullable.
fn usual(schema: &Schema) -> Vec<Field> {
    let field = |field: &FieldRef| Field::new(field.name(), usual_type(field.data_type()), true);
    schema.fields().iter().map(field).collect()
}

fn usual_type(data_type: &DataType) -> DataType {
    let field = |field: &FieldRef| std::sync::Arc::new(field.as_ref().clone().with_data_type(usual_type(field.data_type())));
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Binary | DataType::LargeBinary => DataType::BinaryView,
        DataType::Dictionary(_, value) => usual_type(value),
        DataType::Timestamp(_, _) => TIMESTAMP,
        DataType::Date64 => DataType::Date32,
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(field).collect::<Fields>()),
        DataType::List(item) | DataType::LargeList(item) => DataType::List(field(item)),
        other => other.clone(),
    }
}
