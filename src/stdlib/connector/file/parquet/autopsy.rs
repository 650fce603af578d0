//! Finds out which file, row group and column made the engine's Parquet scan fail: reads all of them again, one by one, until
//! one fails. The engine's own error names none of them.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::error::DataFusionError;
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use datafusion::parquet::file::metadata::RowGroupMetaData;

use crate::diag::Diagnostic;
use crate::diag::codes::run::{CORRUPT_PARQUET, FILE_COLUMN_TYPE, SOURCE_UNREADABLE};
use crate::stdlib::connector::FileEntry;
use crate::stdlib::connector::file::scan::fault::{self, excerpt};
use crate::stdlib::connector::file::scan::plan::Scan;
use crate::stdlib::failure::{fail, find};
use crate::stdlib::types::type_name;

/// The error of a scan, with its place.
pub(super) fn explain(scan: &Scan, error: DataFusionError) -> DataFusionError {
    if find(&error).is_some() {
        return error;
    }
    if let Some(found) = scan.files.iter().find_map(|file| examine(scan, file).err()) {
        return found;
    }
    fail(
        Diagnostic::new(&SOURCE_UNREADABLE, scan.place, "the Parquet files cannot be read")
            .here("read from here")
            .note(format!("the engine says: {}", error.strip_backtrace())),
    )
}

/// Reads a file to its end.
fn examine(scan: &Scan, file: &FileEntry) -> Result<(), DataFusionError> {
    let unreadable = |error: io::Error| fault::unreadable(&file.shown, scan.place, &error);
    let mut opened = File::open(&file.path).map_err(unreadable)?;
    let corrupt = |message: String| Diagnostic::new(&CORRUPT_PARQUET, scan.place, message).here("read from here");
    if let Some(diagnostic) = marks(&mut opened, &file.shown).map_err(unreadable)?.map(corrupt) {
        return Err(fail(diagnostic.help("copy or write the file again; leave it out with `exclusions` to read the others")));
    }
    let footer = |error: &dyn std::fmt::Display| {
        let diagnostic = corrupt(format!("`{}` is corrupt: its footer cannot be read", file.shown));
        fail(diagnostic.note(format!("the Parquet reader says: {error}")).help("copy or write the file again"))
    };
    let builder = ParquetRecordBatchReaderBuilder::try_new(opened).map_err(|error| footer(&error))?;
    let schema = builder.schema().clone();
    let metadata = builder.metadata().clone();
    for (group, rows) in metadata.row_groups().iter().enumerate() {
        for (column, field) in schema.fields().iter().enumerate() {
            let opened = File::open(&file.path).map_err(unreadable)?;
            let builder = ParquetRecordBatchReaderBuilder::try_new(opened).map_err(|error| footer(&error))?;
            let mask = ProjectionMask::roots(builder.parquet_schema(), [column]);
            let leaf = (0..rows.num_columns()).find(|leaf| builder.parquet_schema().get_column_root_idx(*leaf) == column);
            let damaged = |error: &dyn std::fmt::Display| {
                let message =
                    format!("`{}` is corrupt: row group {}, column `{}` cannot be decoded", file.shown, group + 1, field.name());
                let mut diagnostic = corrupt(message);
                if let Some(leaf) = leaf {
                    let (start, length) = rows.column(leaf).byte_range();
                    diagnostic =
                        diagnostic.note(format!("the column's data are bytes {start} to {} of the file", start + length));
                }
                let diagnostic = diagnostic.note(format!("the Parquet reader says: {error}"));
                fail(diagnostic.help("copy or write the file again; leave it out with `exclusions` to read the others"))
            };
            let before: i64 = metadata.row_groups()[..group].iter().map(RowGroupMetaData::num_rows).sum();
            let mut row = u64::try_from(before).unwrap_or_default() + 1;
            let reader = builder.with_projection(mask).with_row_groups(vec![group]).build().map_err(|error| damaged(&error))?;
            for batch in reader {
                let batch = batch.map_err(|error| damaged(&error))?;
                if let Some(declared) = scan.columns.iter().find(|c| !c.from_folder && c.field.name() == field.name()) {
                    try_cast(scan, file, field.name(), batch.column(0), declared.field.data_type(), row)?;
                }
                row += batch.num_rows() as u64;
            }
        }
    }
    Ok(())
}

/// What is wrong with the marks that a Parquet file has at both ends, if something is.
fn marks(file: &mut File, shown: &str) -> io::Result<Option<String>> {
    let (mut head, mut tail) = ([0; 4], [0; 4]);
    let size = file.metadata()?.len();
    if size < 12 {
        return Ok(Some(if size == 0 {
            format!("`{shown}` is empty, and so no Parquet file")
        } else {
            format!("`{shown}` is no Parquet file")
        }));
    }
    file.read_exact(&mut head)?;
    file.seek(SeekFrom::End(-4))?;
    file.read_exact(&mut tail)?;
    file.rewind()?;
    Ok(match (&head, &tail) {
        (b"PAR1", b"PAR1") => None,
        (b"PAR1", _) => Some(format!("`{shown}` is cut off: it has no footer")),
        _ => Some(format!("`{shown}` is no Parquet file")),
    })
}

/// Whether all values can be read as the declared type; `first` is the number of the first.
fn try_cast(
    scan: &Scan,
    file: &FileEntry,
    name: &str,
    array: &ArrayRef,
    declared: &DataType,
    first: u64,
) -> Result<(), DataFusionError> {
    let options = CastOptions { safe: false, ..CastOptions::default() };
    if cast_with_options(array, declared, &options).is_ok() {
        return Ok(());
    }
    let (is, wanted) = (type_name(array.data_type()), type_name(declared));
    let bad = (0..array.len()).find(|row| cast_with_options(&array.slice(*row, 1), declared, &options).is_err());
    let formatter = ArrayFormatter::try_new(array, &FormatOptions::new())?;
    let all_bad = cast_with_options(&array.slice(0, 0), declared, &options).is_err();
    let message = match bad {
        Some(row) if !all_bad => {
            let value = excerpt(&formatter.value(row).to_string());
            format!("`{value}` in column `{name}` of `{}`, row {}, is no {wanted}", file.shown, first + row as u64)
        }
        _ => format!("column `{name}` of `{}` is {is}, which cannot become {wanted}", file.shown),
    };
    Err(fail(
        Diagnostic::new(&FILE_COLUMN_TYPE, scan.place, message)
            .here("read from here")
            .note(format!("the file's column is {is}, the declared type {wanted}"))
            .help(format!("declare `{name}` as `{is}`, and change it with `apply_mapping`")),
    ))
}
