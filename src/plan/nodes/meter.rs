//! A node that counts the rows and bytes that pass it and changes nothing.
//!
//! Columns that nobody needs are pruned through it; filters are not pushed through it, so that the counts are those of
//! the node they are named after. (Where a filter becomes part of a join, its condition counts what it drops.)

use std::fmt;
use std::hash::{Hash, Hasher};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::Session;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DFSchemaRef, Result, Statistics, internal_err};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNode, UserDefinedLogicalNodeCore};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::statistics::{ChildStats, StatisticsArgs};
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, ReplaceChildrenOptions,
};
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};
use futures::{Stream, StreamExt};

/// What passed so far.
#[derive(Debug, Default)]
pub struct Counter {
    passed: AtomicU64,
    bytes: AtomicU64,
    dropped: AtomicU64,
}

impl Counter {
    /// Counts a batch.
    pub fn add(&self, batch: &RecordBatch) {
        self.passed.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
        let bytes: usize =
            batch.columns().iter().map(|column| column.to_data().get_slice_memory_size().unwrap_or_default()).sum();
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Counts rows that would have passed, had they not been dropped before.
    pub fn add_dropped(&self, rows: usize) {
        self.dropped.fetch_add(rows as u64, Ordering::Relaxed);
    }

    /// Rows.
    pub fn rows(&self) -> u64 {
        self.passed.load(Ordering::Relaxed) + self.dropped.load(Ordering::Relaxed)
    }

    /// Bytes of their columns in memory. Rows that were dropped before are taken to be like those that passed.
    pub fn bytes(&self) -> u64 {
        let (passed, bytes) = (self.passed.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed));
        let whole = u128::from(bytes) * u128::from(self.rows()) / u128::from(passed.max(1));
        u64::try_from(whole).unwrap_or(u64::MAX)
    }
}

/// The logical node.
#[derive(Debug, Clone)]
pub struct Meter {
    name: String,
    input: LogicalPlan,
    counter: Arc<Counter>,
}

/// `input`, counted under `name`.
pub fn meter(name: impl Into<String>, input: LogicalPlan, counter: Arc<Counter>) -> LogicalPlan {
    LogicalPlan::Extension(Extension { node: Arc::new(Meter { name: name.into(), input, counter }) })
}

impl PartialEq for Meter {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.input == other.input
    }
}

impl Eq for Meter {}

impl Hash for Meter {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.input.hash(state);
    }
}

impl PartialOrd for Meter {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.name.partial_cmp(&other.name)
    }
}

impl UserDefinedLogicalNodeCore for Meter {
    fn name(&self) -> &'static str {
        "Node"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.input.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node: {}", self.name)
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, mut inputs: Vec<LogicalPlan>) -> Result<Self> {
        let Some(input) = inputs.pop() else { return internal_err!("a meter has one input") };
        Ok(Self { name: self.name.clone(), input, counter: Arc::clone(&self.counter) })
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        Some(vec![output_columns.to_vec()])
    }
}

/// Makes the operator of a [`Meter`].
pub(super) struct Planner;

#[async_trait]
impl ExtensionPlanner for Planner {
    async fn plan_extension(
        &self,
        _: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _: &[&LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        _: &dyn Session,
        _: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let Some(meter) = node.as_any().downcast_ref::<Meter>() else { return Ok(None) };
        let [input] = inputs else { return internal_err!("a meter has one input") };
        Ok(Some(Arc::new(MeterExec { name: meter.name.clone(), input: Arc::clone(input), counter: Arc::clone(&meter.counter) })))
    }
}

/// The operator.
#[derive(Debug)]
pub(super) struct MeterExec {
    name: String,
    input: Arc<dyn ExecutionPlan>,
    counter: Arc<Counter>,
}

impl MeterExec {
    /// Where it counts.
    pub(super) fn counter(&self) -> &Arc<Counter> {
        &self.counter
    }
}

impl DisplayAs for MeterExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeExec: {}", self.name)
    }
}

impl ExecutionPlan for MeterExec {
    fn name(&self) -> &'static str {
        "NodeExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
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
        let Some(input) = children.pop() else { return internal_err!("a meter has one input") };
        Ok(Arc::new(Self { name: self.name.clone(), input, counter: Arc::clone(&self.counter) }))
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let input = self.input.execute(partition, context)?;
        Ok(Box::pin(Counted { input, counter: Arc::clone(&self.counter) }))
    }

    fn child_stats_requests(&self, partition: Option<usize>) -> Vec<ChildStats> {
        vec![ChildStats::At(partition)]
    }

    /// Those of the input, so that the small side of a join is known. As estimates only: from exact ones the engine would
    /// answer some queries without reading, and nothing would be counted.
    fn statistics_from_inputs(&self, inputs: &[Arc<Statistics>], _: &StatisticsArgs) -> Result<Arc<Statistics>> {
        let unknown = || Statistics::new_unknown(&self.input.schema());
        Ok(Arc::new(inputs.first().map_or_else(unknown, |input| Statistics::clone(input).to_inexact())))
    }
}

struct Counted {
    input: SendableRecordBatchStream,
    counter: Arc<Counter>,
}

impl Stream for Counted {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = self.input.poll_next_unpin(cx);
        if let Poll::Ready(Some(Ok(batch))) = &polled {
            self.counter.add(batch);
        }
        polled
    }
}

impl RecordBatchStream for Counted {
    fn schema(&self) -> SchemaRef {
        self.input.schema()
    }
}
