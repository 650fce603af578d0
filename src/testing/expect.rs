//! What a test has written, read back as rows.

use std::fs::File;
use std::path::Path;

use datafusion::arrow::json::WriterBuilder;
use datafusion::arrow::json::writer::LineDelimited;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::Row;
use crate::run::os_world::OsWorld;
use crate::world::World;

/// The rows of the files in a folder, NULLs included; none if nothing was published.
pub(super) fn read(folder: &Path) -> Result<Vec<Row>, String> {
    let files = OsWorld.glob(folder, "**/*.parquet").map_err(|error| error.to_string())?;
    let mut rows = Vec::new();
    for file in files.iter().filter(|file| !file.to_string_lossy().contains("/_glue_compile/")) {
        of_file(file, &mut rows)?;
    }
    Ok(rows)
}

fn of_file(path: &Path, rows: &mut Vec<Row>) -> Result<(), String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(ParquetRecordBatchReaderBuilder::build)
        .map_err(|error| error.to_string())?;
    for batch in reader {
        let batch = batch.map_err(|error| error.to_string())?;
        let mut text = Vec::new();
        let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, LineDelimited>(&mut text);
        writer.write(&batch).and_then(|()| writer.finish()).map_err(|error| error.to_string())?;
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            rows.push(serde_json::from_slice(line).map_err(|error| error.to_string())?);
        }
    }
    Ok(())
}
