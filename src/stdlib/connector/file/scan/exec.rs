//! The physical operator that reads text files.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Statistics, internal_err};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties, ReplaceChildrenOptions,
};
use futures::stream;

use super::batch::Frame;
use super::csv::CsvBatches;
use super::cursor::CHUNK;
use super::json::JsonBatches;
use super::plan::Scan;
use super::work::{Work, Worker};
use crate::stdlib::connector::file::compression::Compression;
use crate::stdlib::connector::file::settings::Format;

/// Text below this size is read by one partition: the rows keep their order, and a second partition would not pay.
const ONE_PARTITION: u64 = 4 << 20;

/// How much longer text is than its compressed form, for estimates.
const EXPANSION: u64 = 4;

/// How long a record is, for estimates.
const RECORD: u64 = 100;

/// Reads CSV or JSON lines.
#[derive(Debug)]
pub(crate) struct TextScanExec {
    scan: Arc<Scan>,
    /// Columns of [`Scan::schema`].
    projection: Vec<usize>,
    schema: SchemaRef,
    limit: Option<usize>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
    execution: Mutex<Execution>,
}

/// The work of the execution that is under way: shared by its partitions, new for every execution.
#[derive(Default)]
struct Execution {
    work: Option<Arc<Work>>,
    /// The partitions that have begun.
    begun: Vec<usize>,
}

impl fmt::Debug for Execution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Execution").field("begun", &self.begun).finish_non_exhaustive()
    }
}

impl TextScanExec {
    pub(crate) fn new(scan: Arc<Scan>, projection: Vec<usize>, limit: Option<usize>, partitions: usize) -> Result<Self> {
        let schema = Arc::new(scan.schema.project(&projection)?);
        let size = text_size(&scan);
        let partitions = usize::try_from(size.div_ceil(ONE_PARTITION)).unwrap_or(usize::MAX).clamp(1, partitions.max(1));
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Ok(Self {
            scan,
            projection,
            schema,
            limit,
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
            execution: Mutex::new(Execution::default()),
        })
    }

    /// The work that `partition` takes part in.
    fn work(&self, partition: usize) -> Arc<Work> {
        let mut execution = self.execution.lock().unwrap_or_else(PoisonError::into_inner);
        if execution.begun.contains(&partition) {
            *execution = Execution::default();
        }
        execution.begun.push(partition);
        Arc::clone(execution.work.get_or_insert_with(|| Arc::new(Work::new(Arc::clone(&self.scan), CHUNK))))
    }
}

/// About how many bytes of text the files hold.
fn text_size(scan: &Scan) -> u64 {
    let text = |size: u64, name: &str| match scan.settings.compression.for_file(name) {
        Compression::None | Compression::Auto => size,
        Compression::Gzip | Compression::Bzip2 | Compression::Zstd => size * EXPANSION,
    };
    scan.files.iter().map(|file| text(file.size, &file.shown)).sum()
}

/// The batches of one partition, as an iterator that ends after an error.
struct Batches {
    reader: Reader,
    /// How many rows may still come.
    left: usize,
    metrics: BaselineMetrics,
}

enum Reader {
    Csv(Box<CsvBatches>),
    Json(Box<JsonBatches>),
    Ended,
}

impl Iterator for Batches {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            self.reader = Reader::Ended;
        }
        let timer = self.metrics.elapsed_compute().timer();
        let next = match &mut self.reader {
            Reader::Csv(batches) => batches.next(),
            Reader::Json(batches) => batches.next(),
            Reader::Ended => return None,
        };
        drop(timer);
        match next.transpose() {
            Some(Ok(batch)) => {
                let batch = if batch.num_rows() > self.left { batch.slice(0, self.left) } else { batch };
                self.left -= batch.num_rows();
                self.metrics.record_output(batch.num_rows());
                Some(Ok(batch))
            }
            ended => {
                self.reader = Reader::Ended;
                ended
            }
        }
    }
}

impl DisplayAs for TextScanExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.schema.fields().iter().map(|field| field.name().as_str()).collect();
        let format = self.scan.settings.format.name();
        write!(f, "TextScanExec: format={format}, files={}, columns=[{}]", self.scan.files.len(), names.join(", "))?;
        match self.limit {
            Some(limit) => write!(f, ", limit={limit}"),
            None => Ok(()),
        }
    }
}

impl ExecutionPlan for TextScanExec {
    fn name(&self) -> &'static str {
        "TextScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        if partition >= self.properties.partitioning.partition_count() {
            return internal_err!("TextScanExec has no partition {partition}");
        }
        let batch_size = context.session_config().batch_size().max(1);
        let worker = Worker::new(self.work(partition));
        let frame = Frame::new(Arc::clone(&self.scan), &self.projection, Arc::clone(&self.schema), batch_size);
        let reader = match &self.scan.settings.format {
            Format::Csv(_) => Reader::Csv(Box::new(CsvBatches::new(worker, frame, batch_size))),
            Format::Json => Reader::Json(Box::new(JsonBatches::new(worker, frame, batch_size))),
            Format::Parquet => return internal_err!("TextScanExec reads no Parquet"),
        };
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let batches = Batches { reader, left: self.limit.unwrap_or(usize::MAX), metrics };
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream::iter(batches))))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    /// Estimates from the files' sizes, so that the smaller side of a join is recognised.
    fn statistics_from_inputs(&self, _: &[Arc<Statistics>], args: &StatisticsArgs) -> Result<Arc<Statistics>> {
        let parts = if args.partition().is_some() { self.properties.partitioning.partition_count() as u64 } else { 1 };
        let size = text_size(&self.scan) / parts;
        let estimate = |n: u64| Precision::Inexact(usize::try_from(n).unwrap_or(usize::MAX));
        let rows = self.limit.map_or(size / RECORD, |limit| (limit as u64).min(size / RECORD));
        Ok(Arc::new(Statistics {
            num_rows: estimate(rows),
            total_byte_size: estimate(size),
            column_statistics: Statistics::unknown_column(&self.schema),
        }))
    }

    fn fetch(&self) -> Option<usize> {
        self.limit
    }

    fn with_fetch(&self, limit: Option<usize>) -> Option<Arc<dyn ExecutionPlan>> {
        let partitions = self.properties.partitioning.partition_count();
        Some(Arc::new(Self::new(Arc::clone(&self.scan), self.projection.clone(), limit, partitions).ok()?))
    }
}
