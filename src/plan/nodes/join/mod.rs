//! What the engine's hash joins lack: they copy rows that a filter behind them drops ([`EarlyFilters`]), and they hold one
//! side in memory and fail when it does not fit.
//!
//! [`Bounded`] replaces every hash join of a plan by [`exec::BoundedJoinExec`], which reads the side that is held first: if it
//! fits, the engine's join runs as it is; if not, both sides are parted by their keys into temporary files ([`parts`]),
//! which are joined pair by pair.

mod early;
mod exec;
mod parts;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::HashJoinExec;

pub use early::EarlyFilters;
use exec::BoundedJoinExec;

/// Makes hash joins keep to the session's memory limit. The last rule: it changes no property that others look at.
#[derive(Debug)]
pub struct Bounded;

impl PhysicalOptimizerRule for Bounded {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let replace = |node: Arc<dyn ExecutionPlan>| match node.downcast_ref::<HashJoinExec>() {
            // `not in` with a null on the other side is about all rows at once.
            Some(join) if !join.null_aware => {
                let join = join.builder().reset_state().build()?;
                Ok(Transformed::yes(Arc::new(BoundedJoinExec::new(Arc::new(join))) as Arc<dyn ExecutionPlan>))
            }
            _ => Ok(Transformed::no(node)),
        };
        plan.transform_up(replace).data()
    }

    fn name(&self) -> &'static str {
        "bounded_joins"
    }

    fn schema_check(&self) -> bool {
        true
    }
}
