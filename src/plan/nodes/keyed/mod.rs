//! Operators that look at rows of equal keys together and leave the rows where they were read.
//!
//! An engine would sort whole rows for this. Here a row is noted as a narrow [`entry`]: the hash of its key, its place
//! in the order, and where it stands. Entries are kept in buckets by hash; each bucket is worked on alone, in the cache
//! of one core, and what is found goes back to where the row stands: a mark that it is lost (one row a key), or a value
//! (running sums, ranks). Partitions never exchange rows. Equal hashes are always compared by value.
//!
//! In reading order: [`spec`] is what the operators are told; [`values`] reads columns as words of 64 bits, [`keys`]
//! tells equal keys, [`order`] compares; [`part`] is what one partition holds, [`resolve`] finds the results of all,
//! [`window`] and [`functions`] those of a `window`; [`gather`] drives it and [`exec`] is the physical operator.
//! [`spill`] and [`piles`] are the form for rows that do not fit into memory.

mod entry;
mod exec;
mod functions;
mod gather;
mod keys;
mod order;
mod part;
mod piles;
mod resolve;
mod results;
mod spec;
mod spill;
#[cfg(test)]
mod tests;
mod values;
mod window;

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};

use self::exec::KeyedExec;
use self::spec::Spec;
use crate::stdlib::node::keep::Keep;
use crate::stdlib::node::running::Running;

/// Makes the operators of [`Keep`] and [`Running`].
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
        let spec = |input: &Arc<dyn ExecutionPlan>| {
            if let Some(keep) = node.as_any().downcast_ref::<Keep>() {
                return Spec::keep(keep, &input.schema()).map(Some);
            }
            let running = node.as_any().downcast_ref::<Running>();
            running.map(|running| Spec::running(running, &input.schema())).transpose()
        };
        let Some(input) = inputs.first() else { return Ok(None) };
        let Some(spec) = spec(input)? else { return Ok(None) };
        if inputs.len() != 1 {
            return internal_err!("{} over {} inputs", node.name(), inputs.len());
        }
        Ok(Some(Arc::new(KeyedExec::new(Arc::clone(input), Arc::new(spec)))))
    }
}
