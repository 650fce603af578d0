//! Rows parted by the hash of their keys into temporary files.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use datafusion::arrow::compute::{concat_batches, take_record_batch};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::common::hash_utils::create_hashes_with_hasher;
use datafusion::execution::{SendableRecordBatchStream, SpillFile, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, SpillMetrics};
use datafusion::physical_plan::spill::SpillManager;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt, TryStreamExt, stream};

/// How many parts there are: what is joined at a time is so much smaller than the side that did not fit.
pub(super) const PARTS: usize = 64;

/// Rows of a part that are gathered before they are written: small batches would cost more than their rows.
const GATHERED: usize = 2048;

/// Writes rows into one file a part.
pub(super) struct Parts {
    keys: Vec<Arc<dyn PhysicalExpr>>,
    schema: SchemaRef,
    files: Vec<Part>,
}

/// Appends a batch to a file; without one, ends it and gives it if it has rows. The engine does not name its type of such files.
type Write = Box<dyn FnMut(Option<&RecordBatch>) -> Result<Option<Arc<dyn SpillFile>>> + Send>;

struct Part {
    write: Write,
    waiting: Vec<RecordBatch>,
    rows: usize,
}

/// A finished file of each part; none if the part has no rows.
pub(super) type Files = Vec<Option<Arc<dyn SpillFile>>>;

fn hasher() -> ahash::RandomState {
    // Not that of the engine's join, whose tables would otherwise get keys of equal high bits only.
    ahash::RandomState::with_seeds(0x6a09_e667_f3bc_c908, 0xbb67_ae85_84ca_a73b, 0x3c6e_f372_fe94_f82b, 0xa54f_f53a_5f1d_36f1)
}

fn manager(context: &TaskContext, schema: &SchemaRef) -> SpillManager {
    let metrics = SpillMetrics::new(&ExecutionPlanMetricsSet::new(), 0);
    SpillManager::new(context.runtime_env(), metrics, Arc::clone(schema))
}

impl Parts {
    /// No rows yet; `keys` are evaluated on batches of `schema`.
    pub(super) fn new(keys: Vec<Arc<dyn PhysicalExpr>>, schema: &SchemaRef, context: &TaskContext) -> Result<Self> {
        let manager = manager(context, schema);
        let part = |_| {
            let mut file = manager.create_in_progress_file("a join")?;
            let write: Write = Box::new(move |batch| match batch {
                Some(batch) => file.append_batch(batch).map(|_| None),
                None => file.finish(),
            });
            Ok(Part { write, waiting: Vec::new(), rows: 0 })
        };
        Ok(Self { keys, schema: Arc::clone(schema), files: (0..PARTS).map(part).collect::<Result<_>>()? })
    }

    /// Adds the rows of a batch.
    pub(super) fn push(&mut self, batch: &RecordBatch) -> Result<()> {
        let rows = batch.num_rows();
        let value = |key: &Arc<dyn PhysicalExpr>| key.evaluate(batch)?.into_array(rows);
        let keys: Vec<ArrayRef> = self.keys.iter().map(value).collect::<Result<_>>()?;
        let mut hashes = vec![0; rows];
        create_hashes_with_hasher(&keys, &hasher(), &mut hashes)?;
        let mut order: Vec<Vec<u32>> = vec![Vec::new(); PARTS];
        for (row, hash) in (0_u32..).zip(hashes) {
            order[place(hash)].push(row);
        }
        let sorted = take_record_batch(batch, &UInt32Array::from(order.concat()))?;
        let mut start = 0;
        for (part, rows) in self.files.iter_mut().zip(&order) {
            if !rows.is_empty() {
                part.push(sorted.slice(start, rows.len()), &self.schema)?;
                start += rows.len();
            }
        }
        Ok(())
    }

    /// Adds all rows of a stream.
    pub(super) async fn drain(&mut self, mut stream: SendableRecordBatchStream) -> Result<()> {
        while let Some(batch) = stream.next().await {
            self.push(&batch?)?;
        }
        Ok(())
    }

    /// Ends the files.
    pub(super) fn finish(self) -> Result<Files> {
        let finish = |mut part: Part| {
            part.flush(&self.schema)?;
            (part.write)(None)
        };
        self.files.into_iter().map(finish).collect()
    }
}

impl Part {
    fn push(&mut self, rows: RecordBatch, schema: &SchemaRef) -> Result<()> {
        self.rows += rows.num_rows();
        self.waiting.push(rows);
        if self.rows >= GATHERED { self.flush(schema) } else { Ok(()) }
    }

    fn flush(&mut self, schema: &SchemaRef) -> Result<()> {
        if self.rows > 0 {
            (self.write)(Some(&concat_batches(schema, &self.waiting)?))?;
            self.waiting.clear();
            self.rows = 0;
        }
        Ok(())
    }
}

/// The part of a hash: of its highest bits.
fn place(hash: u64) -> usize {
    const BITS: u32 = u64::BITS - PARTS.trailing_zeros();
    usize::try_from(hash >> BITS).unwrap_or_default()
}

/// The rows of files, one file behind the other.
pub(super) fn read(files: Vec<Arc<dyn SpillFile>>, schema: &SchemaRef, context: &TaskContext) -> SendableRecordBatchStream {
    let manager = manager(context, schema);
    let batches = stream::iter(files).map(move |file| manager.read_spill_as_stream(file, None)).try_flatten();
    Box::pin(RecordBatchStreamAdapter::new(Arc::clone(schema), batches))
}
