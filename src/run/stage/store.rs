//! Batches in temporary files, as Arrow IPC streams: outputs that are read more than once, and queues that overflow.

use std::fmt;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::arrow::ipc::writer::StreamWriter;
use datafusion::common::{DataFusionError, Result, internal_datafusion_err};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use tempfile::NamedTempFile;

/// One output of a stage, a file a partition.
pub(super) struct Store {
    schema: SchemaRef,
    files: Vec<Arc<NamedTempFile>>,
    writer: Option<StreamWriter<BufWriter<File>>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("files", &self.files).finish_non_exhaustive()
    }
}

impl Store {
    pub(super) fn new(schema: SchemaRef) -> Self {
        Self { schema, files: Vec::new(), writer: None }
    }

    /// Begins the next partition.
    pub(super) fn begin(&mut self) -> Result<()> {
        let file = tempfile::Builder::new().prefix("glue-compile-").tempfile()?;
        self.writer = Some(StreamWriter::try_new(BufWriter::new(file.reopen()?), &self.schema)?);
        self.files.push(Arc::new(file));
        Ok(())
    }

    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let writer = self.writer.as_mut().ok_or_else(|| internal_datafusion_err!("a store was written before it began"))?;
        Ok(writer.write(batch)?)
    }

    /// Ends the partition.
    pub(super) fn end(&mut self) -> Result<()> {
        match self.writer.take() {
            Some(mut writer) => Ok(writer.finish()?),
            None => Ok(()),
        }
    }

    /// The rows of a partition, as often as asked for.
    pub(super) fn open(&self, partition: usize) -> Result<SendableRecordBatchStream> {
        let file = self.files.get(partition).cloned();
        let file = file.ok_or_else(|| internal_datafusion_err!("a store has no partition {partition}"))?;
        let reader = StreamReader::try_new(BufReader::new(file.reopen()?), None)?;
        // The file lives as long as somebody reads it.
        let batches = reader.map(move |batch| {
            let _ = &file;
            batch.map_err(DataFusionError::from)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), futures::stream::iter(batches))))
    }
}

/// Batches that did not fit into a queue: written at the end, read from the front, both at once.
pub(super) struct Overflow {
    writer: StreamWriter<File>,
    reader: Option<StreamReader<File>>,
    file: NamedTempFile,
    written: usize,
    read: usize,
}

impl fmt::Debug for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Overflow").field("written", &self.written).field("read", &self.read).finish_non_exhaustive()
    }
}

impl Overflow {
    pub(super) fn new(schema: &Schema) -> Result<Self> {
        let file = tempfile::Builder::new().prefix("glue-compile-").tempfile()?;
        let writer = StreamWriter::try_new(file.reopen()?, schema)?;
        Ok(Self { writer, reader: None, file, written: 0, read: 0 })
    }

    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.writer.write(batch)?;
        self.written += 1;
        Ok(())
    }

    /// The next batch; `None` if all that were written have been read.
    pub(super) fn read(&mut self) -> Result<Option<RecordBatch>> {
        if self.read == self.written {
            return Ok(None);
        }
        // Unbuffered on both ends: what was written can be read at once, and nothing is read before it was written.
        let reader = match &mut self.reader {
            Some(reader) => reader,
            None => self.reader.insert(StreamReader::try_new(self.file.reopen()?, None)?),
        };
        self.read += 1;
        Ok(reader.next().transpose()?)
    }
}
