//! A leaf that reads what another stage of the run gives out.
//!
//! The plan of a job is a graph, an engine's plan is a tree: where an output has several readers, or a node several
//! outputs, the graph is cut, the part before the cut runs once, and the parts after it read from it through this leaf.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::datasource::{provider_as_source, source_as_provider};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, TableType};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, ReplaceChildrenOptions,
};
use futures::StreamExt;

/// Where a stage's rows can be read.
pub trait StageOutput: Send + Sync + fmt::Debug {
    /// How many partitions it has; known once the stage is planned.
    fn partitions(&self) -> usize;

    /// Tells that the plan which reads this waits for nothing else that depends on the stage.
    fn patient(&self) {}

    /// The rows of a partition. A shared stage starts when its first partition is opened.
    fn open(&self, partition: usize) -> Result<SendableRecordBatchStream>;
}

/// A table over the output of a stage.
#[derive(Debug)]
pub struct StageTable {
    name: String,
    stage: usize,
    schema: SchemaRef,
    output: Arc<dyn StageOutput>,
}

/// A plan that reads the output of a stage. Columns have no qualifiers.
pub fn scan(name: impl Into<String>, stage: usize, schema: SchemaRef, output: Arc<dyn StageOutput>) -> Result<LogicalPlan> {
    let name = name.into();
    let fields: Vec<_> = schema.fields().iter().map(|field| field.name().clone()).collect();
    let table = Arc::new(StageTable { name: name.clone(), stage, schema, output });
    let relation = datafusion::common::TableReference::bare(name);
    let columns =
        fields.iter().map(|field| Expr::Column(datafusion::common::Column::new(Some(relation.clone()), field)).alias(field));
    let columns: Vec<_> = columns.collect();
    LogicalPlanBuilder::scan(relation.clone(), provider_as_source(table), None)?.project(columns)?.build()
}

/// The outputs of stages that a plan reads, each with its stage.
pub fn leaves(plan: &LogicalPlan) -> Vec<(usize, Arc<dyn StageOutput>)> {
    use datafusion::common::tree_node::TreeNode;
    let mut found = Vec::new();
    let _ = plan.apply(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && let Ok(provider) = source_as_provider(&scan.source)
            && let Some(table) = provider.downcast_ref::<StageTable>()
        {
            found.push((table.stage, Arc::clone(&table.output)));
        }
        Ok(TreeNodeRecursion::Continue)
    });
    found
}

#[async_trait]
impl TableProvider for StageTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let columns = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let schema = Arc::new(self.schema.project(&columns)?);
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(self.output.partitions()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Ok(Arc::new(StageExec {
            name: self.name.clone(),
            columns,
            schema,
            output: Arc::clone(&self.output),
            properties: Arc::new(properties),
        }))
    }
}

#[derive(Debug)]
struct StageExec {
    name: String,
    columns: Vec<usize>,
    schema: SchemaRef,
    output: Arc<dyn StageOutput>,
    properties: Arc<PlanProperties>,
}

impl DisplayAs for StageExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StageExec: {}", self.name)
    }
}

impl ExecutionPlan for StageExec {
    fn name(&self) -> &'static str {
        "StageExec"
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
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if children.is_empty() { Ok(self) } else { internal_err!("a stage is a leaf") }
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let columns = self.columns.clone();
        let stream = self.output.open(partition)?.map(move |batch| Ok(batch?.project(&columns)?));
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream)))
    }
}
