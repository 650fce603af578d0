//! One row a key: the first by an order.

use std::cmp::Ordering;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use datafusion::common::{DFSchemaRef, Result};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNodeCore};

use super::{OrderBy, list, only, positions};

/// The logical node. Of rows that are equal in the order too, the one that was read first stays.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Keep {
    input: LogicalPlan,
    /// The columns that make a key.
    pub keys: Vec<String>,
    /// The order; if empty, the row that was read first stays.
    pub order: Vec<OrderBy>,
}

impl Keep {
    /// The rows of `input` that come first by `order` among those of equal `keys`.
    pub fn plan(input: LogicalPlan, keys: Vec<String>, order: Vec<OrderBy>) -> LogicalPlan {
        LogicalPlan::Extension(Extension { node: Arc::new(Self { input, keys, order }) })
    }
}

impl PartialOrd for Keep {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self == other).then_some(Ordering::Equal)
    }
}

impl UserDefinedLogicalNodeCore for Keep {
    fn name(&self) -> &'static str {
        "Keep"
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
        write!(f, "Keep: one row per {}", list(&self.keys))?;
        if !self.order.is_empty() {
            write!(f, ", the first by {}", list(&self.order))?;
        }
        Ok(())
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        Ok(Self { input: only(inputs, "Keep")?, keys: self.keys.clone(), order: self.order.clone() })
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let own = self.keys.iter().chain(self.order.iter().map(|by| &by.column));
        Some(vec![positions(&self.input, own, output_columns)?])
    }
}
