//! Logical nodes that transforms make and the engine does not have. They are plain data; `plan` has their operators.

pub mod keep;
pub mod running;

use std::fmt;

use datafusion::common::{Result, plan_datafusion_err};
use datafusion::logical_expr::LogicalPlan;

/// A column that puts rows in an order. NULL is the smallest value, as in Spark.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OrderBy {
    /// The column.
    pub column: String,
    /// Whether the smallest value comes first.
    pub ascending: bool,
}

impl fmt::Display for OrderBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.column, if self.ascending { "asc" } else { "desc" })
    }
}

/// Several of them, for a plan as text.
fn list<T: ToString>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

/// Where columns stand among those of a plan; in order, each once.
fn positions<'a>(plan: &LogicalPlan, names: impl Iterator<Item = &'a String>, others: &[usize]) -> Option<Vec<usize>> {
    let fields = plan.schema().fields();
    let mut found: Vec<usize> = others.iter().copied().filter(|at| *at < fields.len()).collect();
    for name in names {
        found.push(fields.iter().position(|field| field.name() == name)?);
    }
    found.sort_unstable();
    found.dedup();
    Some(found)
}

/// The one input of a node.
fn only(inputs: Vec<LogicalPlan>, node: &str) -> Result<LogicalPlan> {
    let [input] = <[_; 1]>::try_from(inputs).map_err(|inputs| plan_datafusion_err!("{node} over {} inputs", inputs.len()))?;
    Ok(input)
}
