//! What several transforms do with plans: projections that carry hidden columns, quoting, names.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Column, Result, ScalarValue};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, lit};

use crate::stdlib::expr::is_hidden;

/// A reference to a column by its exact name, whatever characters it has.
pub(super) fn named(name: &str) -> Expr {
    Expr::Column(Column::new_unqualified(name))
}

/// The names of a plan's columns that users see.
pub(super) fn visible(plan: &LogicalPlan) -> Vec<String> {
    plan.schema().fields().iter().map(|field| field.name().clone()).filter(|name| !is_hidden(name)).collect()
}

/// Whether a name is among those there are. Names that differ in case only are the same: readers would mix them up.
pub(super) fn has(names: &[String], name: &str) -> bool {
    names.iter().any(|other| other.eq_ignore_ascii_case(name))
}

/// The type of a column that is there.
pub(super) fn type_of(plan: &LogicalPlan, name: &str) -> DataType {
    plan.schema().fields().iter().find(|field| field.name() == name).map_or(DataType::Null, |field| field.data_type().clone())
}

/// A projection to `exprs`, with the input's hidden columns carried along.
pub(super) fn project(input: &LogicalPlan, mut exprs: Vec<Expr>) -> Result<LogicalPlan> {
    exprs.extend(input.schema().fields().iter().filter(|field| is_hidden(field.name())).map(|field| named(field.name())));
    LogicalPlanBuilder::from(input.clone()).project(exprs)?.build()
}

/// The input with column `name` set to `value`: replaced where it stands (in any case), or added at the end.
pub(super) fn with_column(input: &LogicalPlan, name: &str, value: Expr) -> Result<LogicalPlan> {
    let names = visible(input);
    let mut exprs: Vec<Expr> = names
        .iter()
        .map(|existing| if existing.eq_ignore_ascii_case(name) { value.clone().alias(name) } else { named(existing) })
        .collect();
    if !has(&names, name) {
        exprs.push(value.alias(name));
    }
    project(input, exprs)
}

/// The input with its columns unqualified and spelled as they are.
pub(super) fn unqualified(plan: LogicalPlan) -> Result<LogicalPlan> {
    let exprs: Vec<Expr> = plan
        .schema()
        .iter()
        .map(|(qualifier, field)| Expr::Column(Column::new(qualifier.cloned(), field.name())).alias(field.name()))
        .collect();
    LogicalPlanBuilder::from(plan).project(exprs)?.build()
}

/// A column whose type is not known because of a fault that was reported: it fits everywhere.
pub(super) fn unknown() -> Expr {
    lit(ScalarValue::Null)
}

/// A name as Spark SQL quotes it.
pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// Whether only the compiler may give this name to a column.
pub(super) fn is_reserved(name: &str) -> bool {
    is_hidden(name)
}
