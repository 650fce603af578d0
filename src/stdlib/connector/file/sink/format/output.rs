//! An open file of any format.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::json::LineDelimitedWriter;
use datafusion::parquet::arrow::ArrowWriter;

use super::compress::{Counted, Encoder, Tap};
use super::csv::CsvWriter;
use super::parquet::{self, Dictionaries};
use crate::stdlib::connector::file::sink::failure::{encode_failure, io_failure};
use crate::stdlib::connector::file::sink::settings::{Format, Settings};
use crate::stdlib::failure::RunFailure;

/// What all files of a writer share.
pub(in super::super) struct FileOptions<'a> {
    /// The sink's settings.
    pub(in super::super) settings: &'a Settings,
    /// The columns of the files.
    pub(in super::super) schema: &'a SchemaRef,
    /// Which columns get a dictionary (Parquet).
    pub(in super::super) dictionaries: &'a Dictionaries,
}

/// A file that is being written.
pub(in super::super) struct Output {
    path: PathBuf,
    /// Its name below the sink's folder.
    relative: String,
    rows: u64,
    tap: Arc<Tap>,
    writer: Writer,
}

enum Writer {
    Parquet(Box<ArrowWriter<Counted>>),
    Csv(Box<CsvWriter>),
    Json(Box<LineDelimitedWriter<Encoder>>),
}

/// A file that was written and closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenFile {
    /// Its name below the sink's folder (and below the staging folder until it is published), `/` between parts.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
}

impl Output {
    /// Creates the file `path`, which is to be `relative` in the sink's folder.
    pub(in super::super) fn create(path: PathBuf, relative: String, options: &FileOptions) -> Result<Self, RunFailure> {
        let failed = |error| io_failure(&path, &error);
        let (file, tap) = Counted::create(&path).map_err(failed)?;
        let settings = options.settings;
        let writer = match settings.format {
            Format::Parquet => {
                let writer = parquet::writer(file, Arc::clone(options.schema), settings.compression, options.dictionaries);
                Writer::Parquet(Box::new(writer.map_err(|error| failure(&path, &tap, &error))?))
            }
            Format::Csv => {
                let encoder = Encoder::new(file, settings.compression).map_err(failed)?;
                let writer = CsvWriter::new(encoder, options.schema, &settings.csv);
                Writer::Csv(Box::new(writer.map_err(|error| failure(&path, &tap, &error))?))
            }
            Format::Json => {
                let encoder = Encoder::new(file, settings.compression).map_err(failed)?;
                Writer::Json(Box::new(LineDelimitedWriter::new(encoder)))
            }
        };
        Ok(Self { path, relative, rows: 0, tap, writer })
    }

    /// Adds rows.
    pub(in super::super) fn write(&mut self, batch: &RecordBatch) -> Result<(), RunFailure> {
        match &mut self.writer {
            Writer::Parquet(writer) => writer.write(batch).map_err(|error| failure(&self.path, &self.tap, &error))?,
            Writer::Csv(writer) => writer.write(batch).map_err(|error| failure(&self.path, &self.tap, &error))?,
            Writer::Json(writer) => writer.write(batch).map_err(|error| failure(&self.path, &self.tap, &error))?,
        }
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    /// Rows so far.
    pub(in super::super) fn rows(&self) -> u64 {
        self.rows
    }

    /// About how large the file would be if it were closed now.
    pub(in super::super) fn size(&self) -> u64 {
        match &self.writer {
            Writer::Parquet(writer) => (writer.bytes_written() + writer.in_progress_size()) as u64,
            Writer::Csv(writer) => self.tap.bytes() + writer.waiting() as u64,
            Writer::Json(writer) => self.tap.bytes() + writer.get_ref().waiting() as u64,
        }
    }

    /// Memory that its rows take.
    pub(in super::super) fn memory(&self) -> usize {
        match &self.writer {
            Writer::Parquet(writer) => writer.memory_size(),
            Writer::Csv(_) | Writer::Json(_) => 0,
        }
    }

    /// Gives that memory back at the price of a small row group.
    pub(in super::super) fn relieve(&mut self) -> Result<(), RunFailure> {
        match &mut self.writer {
            Writer::Parquet(writer) => writer.flush().map_err(|error| failure(&self.path, &self.tap, &error)),
            Writer::Csv(_) | Writer::Json(_) => Ok(()),
        }
    }

    /// Closes the file until more is written to it.
    pub(in super::super) fn rest(&self) {
        self.tap.rest();
    }

    /// Ends the file.
    pub(in super::super) fn close(self) -> Result<WrittenFile, RunFailure> {
        let Self { path, relative, rows, tap, writer } = self;
        match writer {
            Writer::Parquet(writer) => drop(writer.close().map_err(|error| failure(&path, &tap, &error))?),
            Writer::Csv(writer) => writer.finish().map_err(|error| io_failure(&path, &error))?,
            Writer::Json(mut writer) => {
                writer.finish().map_err(|error| failure(&path, &tap, &error))?;
                writer.into_inner().finish().map_err(|error| io_failure(&path, &error))?;
            }
        }
        Ok(WrittenFile { name: relative, rows, bytes: tap.bytes() })
    }
}

/// What went wrong: the file's own error if there was one.
fn failure(path: &Path, tap: &Tap, error: &(dyn Error + 'static)) -> RunFailure {
    tap.error().map_or_else(|| encode_failure(path, error), |error| io_failure(path, error))
}
