//! The operator: the engine's hash join if the side that it holds fits into memory, else many small ones over files.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, Statistics, exec_datafusion_err, exec_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit};
use datafusion::execution::{SendableRecordBatchStream, SpillFile, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::joins::{HashJoinExec, PartitionMode};
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::spill::get_record_batch_memory_size;
use datafusion::physical_plan::statistics::{ChildStats, StatisticsArgs};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, InputDistributionRequirements, PlanProperties,
    ReplaceChildrenOptions,
};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::sync::OnceCell;

use super::parts::{self, Files, PARTS, Parts};

/// What the engine's table takes for a row beside the row itself: an entry of a hash table that may be half empty, and a link.
const TABLE: usize = 48;

/// The part of the memory limit that the held side may take: others of the plan work at the same time.
const SHARE: usize = 4;

/// A hash join that keeps to the memory limit.
#[derive(Debug)]
pub(super) struct BoundedJoinExec {
    join: Arc<HashJoinExec>,
    execution: Mutex<Execution>,
}

/// What the partitions of an execution share.
#[derive(Debug, Default)]
struct Execution {
    begun: Vec<usize>,
    groups: Vec<Arc<Group>>,
}

/// Partitions that read one held side.
#[derive(Debug, Default)]
struct Group(OnceCell<Ready>);

/// How a group goes on once its held side was read.
#[derive(Debug)]
enum Ready {
    /// It fits: the engine's join of it with the partitions of the other side.
    Fits(Arc<dyn ExecutionPlan>),
    /// It does not: both sides in parts, each taken once.
    Parted(Vec<Mutex<Option<Pair>>>),
}

/// A part of both sides.
#[derive(Default)]
struct Pair {
    held: Vec<Arc<dyn SpillFile>>,
    other: Vec<Arc<dyn SpillFile>>,
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pair({} files, {} files)", self.held.len(), self.other.len())
    }
}

impl BoundedJoinExec {
    pub(super) fn new(join: Arc<HashJoinExec>) -> Self {
        Self { join, execution: Mutex::default() }
    }

    fn is_shared(&self) -> bool {
        *self.join.partition_mode() == PartitionMode::CollectLeft
    }

    /// The group of a partition; a partition that begins again begins an execution.
    fn group(&self, partition: usize) -> Arc<Group> {
        let mut execution = self.execution.lock().unwrap_or_else(PoisonError::into_inner);
        if execution.begun.contains(&partition) {
            *execution = Execution::default();
        }
        execution.begun.push(partition);
        let at = if self.is_shared() { 0 } else { partition };
        if execution.groups.len() <= at {
            execution.groups.resize_with(at + 1, Arc::default);
        }
        Arc::clone(&execution.groups[at])
    }
}

/// What preparing a group needs.
struct Side {
    join: Arc<HashJoinExec>,
    /// The partition of the held side.
    held: usize,
    /// The partitions of the other side.
    others: Vec<usize>,
    context: Arc<TaskContext>,
}

impl Side {
    /// Reads the held side, and if it is too large, parts both.
    async fn prepare(self) -> Result<Ready> {
        let (join, context) = (&self.join, &self.context);
        let most = match context.memory_pool().memory_limit() {
            MemoryLimit::Finite(limit) => limit / SHARE,
            MemoryLimit::Infinite | MemoryLimit::Unknown => usize::MAX,
        };
        let reservation = MemoryConsumer::new("BoundedJoin").register(context.memory_pool());
        let mut stream = join.left().execute(self.held, Arc::clone(context))?;
        let mut batches: Vec<RecordBatch> = Vec::new();
        while let Some(batch) = stream.next().await {
            let batch = batch?;
            let size = get_record_batch_memory_size(&batch) + batch.num_rows() * TABLE;
            let fits = reservation.size() + size <= most && reservation.try_grow(size).is_ok();
            batches.push(batch);
            if !fits {
                let keys = join.on().iter().map(|(left, _)| Arc::clone(left)).collect();
                let mut parts = Parts::new(keys, &join.left().schema(), context)?;
                for batch in batches {
                    parts.push(&batch)?;
                }
                reservation.free();
                parts.drain(stream).await?;
                return self.part(parts.finish()?).await;
            }
        }
        // The engine's join reserves what it takes itself.
        reservation.free();
        let held = Arc::new(Kept { schema: join.left().schema(), batches });
        let partition = |at: &usize| Arc::new(Partition { plan: Arc::clone(join.right()), at: *at }) as Arc<dyn PartitionStream>;
        Ok(Ready::Fits(joined(join, vec![held], self.others.iter().map(partition).collect())?))
    }

    /// Parts the other side, its partitions side by side.
    async fn part(self, held: Files) -> Result<Ready> {
        let keys: Vec<Arc<dyn PhysicalExpr>> = self.join.on().iter().map(|(_, right)| Arc::clone(right)).collect();
        let right = self.join.right();
        let mut tasks = Vec::new();
        for at in self.others {
            let stream = right.execute(at, Arc::clone(&self.context))?;
            let mut parts = Parts::new(keys.clone(), &right.schema(), &self.context)?;
            tasks.push(SpawnedTask::spawn(async move {
                parts.drain(stream).await?;
                parts.finish()
            }));
        }
        let mut pairs: Vec<Pair> =
            held.into_iter().map(|file| Pair { held: file.into_iter().collect(), other: Vec::new() }).collect();
        for task in tasks {
            let files: Files =
                task.join().await.map_err(|error| exec_datafusion_err!("a side of a join ended early: {error}"))??;
            pairs.iter_mut().zip(files).for_each(|(pair, file)| pair.other.extend(file));
        }
        Ok(Ready::Parted(pairs.into_iter().map(|pair| Mutex::new(Some(pair))).collect()))
    }
}

/// The engine's join over other inputs: one partition of the held side, and some of the other.
fn joined(
    join: &HashJoinExec,
    held: Vec<Arc<dyn PartitionStream>>,
    others: Vec<Arc<dyn PartitionStream>>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let table = |schema: SchemaRef, partitions: Vec<Arc<dyn PartitionStream>>| {
        StreamingTableExec::try_new(schema, partitions, None, [], false, None)
            .map(|plan| Arc::new(plan) as Arc<dyn ExecutionPlan>)
    };
    let children = vec![table(join.left().schema(), held)?, table(join.right().schema(), others)?];
    let builder = join.builder().with_new_children(children)?.with_partition_mode(PartitionMode::CollectLeft);
    builder.reset_state().recompute_properties().build_exec()
}

/// Joins the parts of a group that one of its partitions looks after.
fn join_parts(
    join: Arc<HashJoinExec>,
    group: Arc<Group>,
    first: usize,
    step: usize,
    context: Arc<TaskContext>,
) -> impl futures::Stream<Item = Result<RecordBatch>> {
    let parts = stream::iter((first..PARTS).step_by(step)).map(move |part| {
        let Some(Ready::Parted(pairs)) = group.0.get() else { return exec_err!("a join was not parted") };
        let pair = pairs[part].lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default();
        let side = |files, schema| Arc::new(Spilled { schema, files }) as Arc<dyn PartitionStream>;
        let held = side(pair.held, join.left().schema());
        let other = side(pair.other, join.right().schema());
        joined(&join, vec![held], vec![other])?.execute(0, Arc::clone(&context))
    });
    parts.try_flatten()
}

/// Rows in memory.
#[derive(Debug)]
struct Kept {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl PartitionStream for Kept {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let batches = self.batches.clone().into_iter().map(Ok);
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream::iter(batches)))
    }
}

/// Rows in files.
struct Spilled {
    schema: SchemaRef,
    files: Vec<Arc<dyn SpillFile>>,
}

impl fmt::Debug for Spilled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spilled({} files)", self.files.len())
    }
}

impl PartitionStream for Spilled {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        parts::read(self.files.clone(), &self.schema, &context)
    }
}

/// One partition of a plan.
#[derive(Debug)]
struct Partition {
    plan: Arc<dyn ExecutionPlan>,
    at: usize,
}

impl PartitionStream for Partition {
    fn schema(&self) -> &SchemaRef {
        self.plan.properties().eq_properties.schema()
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        match self.plan.execute(self.at, context) {
            Ok(stream) => stream,
            Err(error) => {
                let failed = stream::once(async move { Err(error) });
                Box::pin(RecordBatchStreamAdapter::new(self.plan.schema(), failed))
            }
        }
    }
}

impl DisplayAs for BoundedJoinExec {
    fn fmt_as(&self, kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BoundedJoinExec: ")?;
        self.join.fmt_as(kind, f)
    }
}

impl ExecutionPlan for BoundedJoinExec {
    fn name(&self) -> &'static str {
        "BoundedJoinExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.join.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.join.children()
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        self.join.input_distribution_requirements()
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.join.apply_expressions(f)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let join = self.join.builder().with_new_children(children)?.recompute_properties().build()?;
        Ok(Arc::new(Self::new(Arc::new(join))))
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let mode = datafusion::physical_plan::ChildrenPropertiesMode::Recompute;
        self.replace_children(children, ReplaceChildrenOptions::new(mode))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let group = self.group(partition);
        let shared = self.is_shared();
        let others: Vec<usize> =
            if shared { (0..self.join.right().output_partitioning().partition_count()).collect() } else { vec![partition] };
        let (first, step) = if shared { (partition, others.len()) } else { (0, 1) };
        let held = if shared { 0 } else { partition };
        let join = Arc::clone(&self.join);
        let run = async move {
            let side = Side { join: Arc::clone(&join), held, others, context: Arc::clone(&context) };
            let ready = group.0.get_or_try_init(|| side.prepare()).await?;
            Ok::<_, DataFusionError>(match ready {
                Ready::Fits(plan) => plan.execute(first, context)?,
                Ready::Parted(_) => {
                    let schema = join.schema();
                    let rows = join_parts(join, Arc::clone(&group), first, step, context);
                    Box::pin(RecordBatchStreamAdapter::new(schema, rows))
                }
            })
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), stream::once(run).try_flatten())))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        self.join.metrics()
    }

    fn child_stats_requests(&self, partition: Option<usize>) -> Vec<ChildStats> {
        self.join.child_stats_requests(partition)
    }

    fn statistics_from_inputs(&self, inputs: &[Arc<Statistics>], args: &StatisticsArgs) -> Result<Arc<Statistics>> {
        self.join.statistics_from_inputs(inputs, args)
    }
}
