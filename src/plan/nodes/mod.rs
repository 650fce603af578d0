//! Logical nodes of our own, each with its physical operator, and the planner that knows them.

pub mod join;
mod keyed;
pub mod meter;
pub mod quality;
pub mod stage;

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::Result;
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};

/// The planners of our nodes.
fn planners() -> Vec<Arc<dyn ExtensionPlanner + Send + Sync>> {
    vec![Arc::new(meter::Planner), Arc::new(quality::QualityPlanner), Arc::new(keyed::Planner)]
}

/// Plans DataFusion's nodes and ours.
#[derive(Debug)]
pub struct Planner;

#[async_trait]
impl QueryPlanner for Planner {
    async fn create_physical_plan(&self, plan: &LogicalPlan, session: &dyn Session) -> Result<Arc<dyn ExecutionPlan>> {
        DefaultPhysicalPlanner::with_extension_planners(planners()).create_physical_plan(plan, session).await
    }
}
