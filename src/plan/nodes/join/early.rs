//! Filters behind an inner join become part of it: a row that will be dropped is not copied into the join's output first.
//!
//! The engine would do the same, were it not for the meters in between, which count what leaves each node. So the condition
//! counts instead: a row that it drops would have passed every meter between the join and the filter, once.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, FieldRef, Schema};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{JoinSide, JoinType, Result, internal_err};
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr_common::physical_expr::is_volatile;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::joins::utils::{ColumnIndex, JoinFilter};
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::{ChildrenPropertiesMode, ExecutionPlan, ReplaceChildrenOptions};

use crate::plan::nodes::meter::{Counter, MeterExec};

/// Moves filters into the inner joins behind which they stand.
#[derive(Debug)]
pub struct EarlyFilters;

impl PhysicalOptimizerRule for EarlyFilters {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let replace = |node: Arc<dyn ExecutionPlan>| {
            let moved = node.downcast_ref::<FilterExec>().map(moved).transpose()?.flatten();
            Ok(moved.map_or_else(|| Transformed::no(node), Transformed::yes))
        };
        plan.transform_up(replace).data()
    }

    fn name(&self) -> &'static str {
        "early_filters"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The plan without the filter, if there is a join that can take its condition.
fn moved(filter: &FilterExec) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    if filter.fetch().is_some() {
        return Ok(None);
    }
    let mut condition = Arc::clone(filter.predicate());
    let (mut between, mut counters) = (Vec::new(), Vec::new());
    let mut at = filter.input();
    let join = loop {
        if let Some(join) = at.downcast_ref::<HashJoinExec>() {
            break join;
        }
        if let Some(meter) = at.downcast_ref::<MeterExec>() {
            counters.push(Arc::clone(meter.counter()));
        } else if let Some(projection) = at.downcast_ref::<ProjectionExec>() {
            condition = before(condition, projection)?;
        } else {
            return Ok(None);
        }
        between.push(Arc::clone(at));
        let [input] = at.children()[..] else { return Ok(None) };
        at = input;
    };
    // What an outer join adds is not what its condition judges; and a second condition must not see rows that the first refuses.
    let takes_it = join.join_type == JoinType::Inner && join.filter().is_none() && join.fetch().is_none();
    if !takes_it || is_volatile(&condition) {
        return Ok(None);
    }
    let join = join.builder().with_filter(Some(join_filter(join, &condition, counters)?)).build_exec()?;
    let over = |input, node: Arc<dyn ExecutionPlan>| {
        node.replace_children(vec![input], ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    };
    let rebuilt = between.into_iter().rev().try_fold(join, over)?;
    match filter.projection() {
        Some(columns) => Ok(Some(Arc::new(ProjectionExec::try_new(chosen(columns, &rebuilt), rebuilt)?))),
        None => Ok(Some(rebuilt)),
    }
}

/// An expression over the output of a projection as one over its input.
fn before(expression: Arc<dyn PhysicalExpr>, projection: &ProjectionExec) -> Result<Arc<dyn PhysicalExpr>> {
    over(expression, |column| match projection.expr().get(column.index()) {
        Some(projected) => Ok(Arc::clone(&projected.expr)),
        None => internal_err!("a projection has no column {}", column.index()),
    })
}

/// An expression with other ones in place of its columns.
fn over(
    expression: Arc<dyn PhysicalExpr>,
    mut replace: impl FnMut(&Column) -> Result<Arc<dyn PhysicalExpr>>,
) -> Result<Arc<dyn PhysicalExpr>> {
    let replace = |node: Arc<dyn PhysicalExpr>| match node.downcast_ref::<Column>() {
        // What is put in its place has columns of its own.
        Some(column) => Ok(Transformed::new(replace(column)?, true, TreeNodeRecursion::Jump)),
        None => Ok(Transformed::no(node)),
    };
    expression.transform_down(replace).data()
}

fn chosen(columns: &[usize], input: &Arc<dyn ExecutionPlan>) -> Vec<ProjectionExpr> {
    let schema = input.schema();
    let column = |at: &usize| {
        let name = schema.field(*at).name();
        ProjectionExpr { expr: Arc::new(Column::new(name, *at)), alias: name.clone() }
    };
    columns.iter().map(column).collect()
}

/// A condition over the output of a join as one that the join judges before it makes its output.
fn join_filter(join: &HashJoinExec, condition: &Arc<dyn PhysicalExpr>, counters: Vec<Arc<Counter>>) -> Result<JoinFilter> {
    let (mut columns, mut fields) = (Vec::<ColumnIndex>::new(), Vec::<FieldRef>::new());
    let output = join.schema();
    let held = join.left.schema().fields().len();
    let condition = over(Arc::clone(condition), |column| {
        let whole = join.projection.as_ref().map_or(column.index(), |projection| projection[column.index()]);
        let (side, index) = if whole < held { (JoinSide::Left, whole) } else { (JoinSide::Right, whole - held) };
        let known = columns.iter().position(|known| known.index == index && known.side == side);
        let place = known.unwrap_or_else(|| {
            columns.push(ColumnIndex { index, side });
            fields.push(Arc::clone(&output.fields()[column.index()]));
            columns.len() - 1
        });
        Ok(Arc::new(Column::new(column.name(), place)))
    })?;
    let condition: Arc<dyn PhysicalExpr> = Arc::new(Counting { condition, counters });
    Ok(JoinFilter::new(condition, columns, Arc::new(Schema::new(fields))))
}

/// A condition that notes how many rows it drops.
#[derive(Debug)]
struct Counting {
    condition: Arc<dyn PhysicalExpr>,
    counters: Vec<Arc<Counter>>,
}

impl PartialEq for Counting {
    fn eq(&self, other: &Self) -> bool {
        self.condition.eq(&other.condition)
    }
}

impl Eq for Counting {}

impl Hash for Counting {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.condition.hash(state);
    }
}

impl fmt::Display for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.condition.fmt(f)
    }
}

impl PhysicalExpr for Counting {
    fn data_type(&self, _: &Schema) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn nullable(&self, schema: &Schema) -> Result<bool> {
        self.condition.nullable(schema)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        let stay = self.condition.evaluate(batch)?.into_array(batch.num_rows())?;
        let dropped = batch.num_rows() - stay.as_boolean().true_count();
        self.counters.iter().for_each(|counter| counter.add_dropped(dropped));
        Ok(ColumnarValue::Array(stay))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.condition]
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn PhysicalExpr>>) -> Result<Arc<dyn PhysicalExpr>> {
        let Some(condition) = children.pop() else { return internal_err!("a condition has one part") };
        Ok(Arc::new(Self { condition, counters: self.counters.clone() }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.condition.fmt_sql(f)
    }
}
