//! The physical operator.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::common::runtime::SpawnedTask;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, Statistics, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::EmissionType;
use datafusion::physical_plan::statistics::{ChildStats, StatisticsArgs};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PlanProperties,
    ReplaceChildrenOptions,
};
use futures::future::{BoxFuture, Shared};
use futures::{FutureExt, TryStreamExt};

use super::gather::{Gathered, Output, gather, reservations};
use super::spec::Spec;

/// One row a key, or columns computed over the rows of a key.
pub(super) struct KeyedExec {
    input: Arc<dyn ExecutionPlan>,
    spec: Arc<Spec>,
    properties: Arc<PlanProperties>,
    execution: Mutex<Execution>,
}

/// The work that all partitions wait for.
type Work = Shared<BoxFuture<'static, Result<Arc<Gathered>, Arc<DataFusionError>>>>;

/// The execution that is under way: shared by the partitions, new for every execution.
#[derive(Default)]
struct Execution {
    work: Option<Work>,
    /// The partitions that have begun.
    begun: Vec<usize>,
}

impl fmt::Debug for KeyedExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedExec").field("input", &self.input).field("spec", &self.spec).finish_non_exhaustive()
    }
}

impl KeyedExec {
    pub(super) fn new(input: Arc<dyn ExecutionPlan>, spec: Arc<Spec>) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&spec.schema)),
            Partitioning::UnknownPartitioning(input.output_partitioning().partition_count()),
            EmissionType::Final,
            input.boundedness(),
        );
        Self { input, spec, properties: Arc::new(properties), execution: Mutex::default() }
    }

    /// The work that `partition` waits for.
    fn work(&self, partition: usize, context: &Arc<TaskContext>) -> Result<Work> {
        let mut execution = self.execution.lock().unwrap_or_else(PoisonError::into_inner);
        if execution.begun.contains(&partition) {
            *execution = Execution::default();
        }
        execution.begun.push(partition);
        if let Some(work) = &execution.work {
            return Ok(work.clone());
        }
        let work = self.start(context)?;
        execution.work = Some(work.clone());
        Ok(work)
    }

    /// Opens all partitions of the input; they are read when the first partition of the output is.
    fn start(&self, context: &Arc<TaskContext>) -> Result<Work> {
        let partitions = self.input.output_partitioning().partition_count();
        let inputs: Vec<_> =
            (0..partitions).map(|partition| self.input.execute(partition, Arc::clone(context))).collect::<Result<_>>()?;
        let reservations = reservations(&self.spec, partitions, context.memory_pool());
        let work = gather(Arc::clone(&self.spec), inputs, reservations, Arc::clone(context));
        let work = async move {
            let ended = SpawnedTask::spawn(work).join_unwind().await;
            ended.map_err(|error| DataFusionError::External(Box::new(error)))?.map(Arc::new)
        };
        Ok(work.map(|ended| ended.map_err(Arc::new)).boxed().shared())
    }
}

impl DisplayAs for KeyedExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.spec)
    }
}

impl ExecutionPlan for KeyedExec {
    fn name(&self) -> &'static str {
        self.spec.name()
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        // Rows that are dealt out to partitions are no longer in the order in which they were read.
        vec![false]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Some(input) = children.pop() else { return internal_err!("{} has one input", self.spec.name()) };
        Ok(Arc::new(Self::new(input, Arc::clone(&self.spec))))
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn child_stats_requests(&self, partition: Option<usize>) -> Vec<ChildStats> {
        vec![ChildStats::At(partition)]
    }

    /// About as many rows as the input has, so that the small side of a join is known.
    fn statistics_from_inputs(&self, inputs: &[Arc<Statistics>], _: &StatisticsArgs) -> Result<Arc<Statistics>> {
        let unknown = Statistics::new_unknown(&self.spec.schema);
        let Some(input) = inputs.first().map(|input| Statistics::clone(input).to_inexact()) else { return Ok(Arc::new(unknown)) };
        let added = unknown.column_statistics.into_iter().skip(input.column_statistics.len());
        let column_statistics = input.column_statistics.into_iter().chain(added).collect();
        Ok(Arc::new(Statistics { num_rows: input.num_rows, total_byte_size: input.total_byte_size, column_statistics }))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let work = self.work(partition, &context)?;
        let opened = async move { work.await.map_err(DataFusionError::Shared)?.take(partition) };
        let rows = futures::stream::once(opened).map_ok(|output| {
            futures::stream::try_unfold(output, |mut output: Output| async move {
                let batch = output.next()?;
                Ok::<_, DataFusionError>(batch.map(|batch| (batch, output)))
            })
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.spec.schema), rows.try_flatten())))
    }
}
