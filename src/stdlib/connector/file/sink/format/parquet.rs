//! How Parquet is written: row groups, compression, and which columns get a dictionary.

use std::collections::HashSet;

use ahash::RandomState;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_writer::ArrowWriterOptions;
use datafusion::parquet::basic::{Compression as Codec, GzipLevel, ZstdLevel};
use datafusion::parquet::errors::Result;
use datafusion::parquet::file::properties::WriterProperties;
use datafusion::parquet::schema::types::ColumnPath;

use super::compress::Counted;
use crate::stdlib::connector::file::sink::settings::Compression;

/// Memory is open files times row group: 131,072 rows cost nothing in reading and halve it in writing.
const ROW_GROUP: usize = 131_072;

/// Fewer rows than this say nothing about a column.
const LEAST_SAMPLE: usize = 256;

/// Rows of the first batch that are looked at.
const SAMPLE: usize = 8192;

/// The columns for which a dictionary would only cost: nearly every value of the first batch is a new one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Dictionaries {
    without: Vec<String>,
}

impl Dictionaries {
    /// Decides from the first rows that are written; `None` if they are too few to tell.
    pub(in super::super) fn of(batch: &RecordBatch) -> Option<Self> {
        let rows = batch.num_rows().min(SAMPLE);
        if rows < LEAST_SAMPLE {
            return None;
        }
        let head = batch.slice(0, rows);
        let fields = batch.schema();
        let without = fields.fields().iter().zip(head.columns());
        Some(Self { without: without.filter(|(_, column)| mostly_new(column)).map(|(field, _)| field.name().clone()).collect() })
    }
}

/// Whether more than half of the values that are there differ from all before them.
fn mostly_new(column: &ArrayRef) -> bool {
    let present = column.len() - column.null_count();
    distinct(column).is_some_and(|distinct| present >= LEAST_SAMPLE && distinct * 2 > present)
}

/// How many different values there are; `None` for types that are not looked at.
fn distinct(column: &ArrayRef) -> Option<usize> {
    // A fixed seed: the same data makes the same files.
    let hasher = RandomState::with_seeds(1, 2, 3, 4);
    let mut seen = HashSet::with_capacity_and_hasher(column.len(), hasher.clone());
    match column.data_type() {
        DataType::Utf8 => seen.extend(column.as_string::<i32>().iter().flatten().map(|value| hasher.hash_one(value))),
        DataType::LargeUtf8 => seen.extend(column.as_string::<i64>().iter().flatten().map(|value| hasher.hash_one(value))),
        DataType::Utf8View => seen.extend(column.as_string_view().iter().flatten().map(|value| hasher.hash_one(value))),
        DataType::Boolean => return None,
        other => {
            let width = other.primitive_width()?;
            let data = column.to_data();
            let values = data.buffers().first()?.as_slice();
            let start = data.offset();
            let valid = (0..column.len()).filter(|row| column.is_valid(*row));
            seen.extend(
                valid
                    .filter_map(|row| values.get((start + row) * width..(start + row + 1) * width))
                    .map(|value| hasher.hash_one(value)),
            );
        }
    }
    Some(seen.len())
}

/// A writer of Parquet files for rows of `schema`.
pub(super) fn writer(
    file: Counted,
    schema: SchemaRef,
    compression: Compression,
    dictionaries: &Dictionaries,
) -> Result<ArrowWriter<Counted>> {
    let mut properties = WriterProperties::builder()
        .set_compression(codec(compression))
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .set_created_by(concat!("glue-compile version ", env!("CARGO_PKG_VERSION")).to_owned());
    for column in &dictionaries.without {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(vec![column.clone()]), false);
    }
    // Without the arrow schema in the footer, files that were written from different plans (string, view) read alike.
    let options = ArrowWriterOptions::new().with_properties(properties.build()).with_skip_arrow_metadata(true);
    ArrowWriter::try_new_with_options(file, schema, options)
}

/// Parquet files have no bzip2 (`check` says so); they would be plain here.
fn codec(compression: Compression) -> Codec {
    match compression {
        Compression::Snappy => Codec::SNAPPY,
        Compression::Gzip => Codec::GZIP(GzipLevel::default()),
        Compression::Zstd => Codec::ZSTD(ZstdLevel::default()),
        Compression::Lz4 => Codec::LZ4_RAW,
        Compression::None | Compression::Bzip2 => Codec::UNCOMPRESSED,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{BooleanArray, Float64Array, Int64Array, StringViewArray};

    use super::*;

    #[test]
    fn dictionaries_follow_the_first_batch() {
        let rows = 1000_i64;
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("id", Arc::new(Int64Array::from_iter_values(0..rows))),
            ("region", Arc::new(StringViewArray::from_iter_values(["eu", "us"].iter().cycle().take(1000)))),
            ("email", Arc::new(StringViewArray::from_iter_values((0..rows).map(|row| format!("{row}@example.com"))))),
            ("amount", Arc::new(Float64Array::from_iter_values((0..rows).map(|row| row as f64 / 7.0)))),
            ("flag", Arc::new(BooleanArray::from(vec![true; 1000]))),
            ("sparse", Arc::new((0..rows).map(|row| (row % 10 == 0).then_some(row)).collect::<Int64Array>())),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        assert_eq!(Dictionaries::of(&batch).unwrap().without, ["id", "email", "amount"]);
        assert_eq!(Dictionaries::of(&batch.slice(500, 400)).unwrap().without, ["id", "email", "amount"]);
        assert_eq!(Dictionaries::of(&batch.slice(0, 100)), None);
    }
}
