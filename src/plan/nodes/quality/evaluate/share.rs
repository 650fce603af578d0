//! Parts that several expressions have in common.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{BinaryExpr, CaseExpr, Column, Literal};
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_expr_common::physical_expr::is_volatile;
use indexmap::IndexMap;

/// A part that is evaluated once and read as a column behind the input's.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) expression: Arc<dyn PhysicalExpr>,
    pub(super) data_type: DataType,
    /// The parts before it that it reads.
    pub(super) needs: Vec<usize>,
}

/// An expression that reads shared parts.
#[derive(Debug)]
pub(super) struct Direct {
    pub(super) expression: Arc<dyn PhysicalExpr>,
    pub(super) needs: Vec<usize>,
}

/// How a part stands in the expressions.
#[derive(Debug, Default)]
struct Found {
    times: usize,
    /// Whether some expression evaluates it on every row; then doing so for all cannot fail where it would not have.
    always: bool,
    size: usize,
}

/// The shared parts of expressions, and the expressions that read them.
pub(super) fn split(expressions: &[Arc<dyn PhysicalExpr>], input: &Schema) -> Result<(Vec<Shared>, Vec<Direct>)> {
    let mut found: IndexMap<Arc<dyn PhysicalExpr>, Found> = IndexMap::new();
    for expression in expressions {
        count(expression, true, &mut found);
    }
    let mut parts: Vec<(Arc<dyn PhysicalExpr>, usize)> =
        found.into_iter().filter(|(_, found)| found.times > 1 && found.always).map(|(part, found)| (part, found.size)).collect();
    // Small ones first: large ones read them.
    parts.sort_by_key(|(_, size)| *size);
    let width = input.fields().len();
    let mut places: IndexMap<Arc<dyn PhysicalExpr>, usize> = IndexMap::new();
    let mut shared = Vec::new();
    for (part, _) in parts {
        let (expression, needs) = reading(&part, &places, width)?;
        shared.push(Shared { data_type: part.data_type(input)?, expression, needs });
        places.insert(part, shared.len() - 1);
    }
    let direct = |expression| reading(expression, &places, width).map(|(expression, needs)| Direct { expression, needs });
    Ok((shared, expressions.iter().map(direct).collect::<Result<_>>()?))
}

/// Counts the parts of an expression that are worth sharing; gives its size.
fn count(part: &Arc<dyn PhysicalExpr>, always: bool, found: &mut IndexMap<Arc<dyn PhysicalExpr>, Found>) -> usize {
    let lazy = is_lazy(part);
    let children = part.children();
    let sizes = children.into_iter().enumerate().map(|(at, child)| count(child, always && (at == 0 || !lazy), found));
    let size = 1 + sizes.sum::<usize>();
    let plain = part.is::<Column>() || part.is::<Literal>();
    if !plain && !is_volatile(part) && !collect_columns(part).is_empty() {
        let known = found.entry(Arc::clone(part)).or_default();
        known.times += 1;
        known.always |= always;
        known.size = size;
    }
    size
}

/// Whether only the first child is evaluated on every row.
fn is_lazy(part: &Arc<dyn PhysicalExpr>) -> bool {
    let logic = part.downcast_ref::<BinaryExpr>().is_some_and(|binary| matches!(binary.op(), Operator::And | Operator::Or));
    let function = part.downcast_ref::<ScalarFunctionExpr>().is_some_and(|call| call.fun().short_circuits());
    logic || function || part.is::<CaseExpr>()
}

/// An expression with shared parts replaced by the columns that they will be, and which these are.
fn reading(
    expression: &Arc<dyn PhysicalExpr>,
    places: &IndexMap<Arc<dyn PhysicalExpr>, usize>,
    width: usize,
) -> Result<(Arc<dyn PhysicalExpr>, Vec<usize>)> {
    let mut needs = Vec::new();
    let replaced = Arc::clone(expression).transform_down(|part| {
        let Some(place) = places.get(&part) else { return Ok(Transformed::no(part)) };
        needs.push(*place);
        let column = Column::new(&format!("__gc_shared_{place}"), width + place);
        Ok(Transformed::new(Arc::new(column), true, TreeNodeRecursion::Jump))
    })?;
    Ok((replaced.data, needs))
}
