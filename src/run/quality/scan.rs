//! A pass over a plan: every partition on a task of its own, each with a state of its own.

use datafusion::arrow::array::RecordBatch;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, lit};
use datafusion::physical_plan::ExecutionPlanProperties;
use futures::StreamExt;
use std::sync::Arc;

/// Runs a plan and folds each partition's batches; the states come in the order of the partitions.
pub(super) async fn fold<S: Send + 'static>(
    plan: &LogicalPlan,
    session: &SessionState,
    start: impl Fn() -> S,
    step: impl Fn(&mut S, RecordBatch) -> Result<()> + Send + Sync + 'static,
) -> Result<Vec<S>> {
    let physical = session.create_physical_plan(plan).await?;
    let step = Arc::new(step);
    let mut tasks: Vec<SpawnedTask<Result<S>>> = Vec::new();
    for partition in 0..physical.output_partitioning().partition_count() {
        let mut stream = physical.execute(partition, session.task_ctx())?;
        let (mut state, step) = (start(), step.clone());
        tasks.push(SpawnedTask::spawn(async move {
            while let Some(batch) = stream.next().await {
                step(&mut state, batch?)?;
            }
            Ok(state)
        }));
    }
    let mut states = Vec::with_capacity(tasks.len());
    for task in tasks {
        states.push(task.join().await.map_err(|error| exec_datafusion_err!("a pass over the data ended early: {error}"))??);
    }
    Ok(states)
}

/// A plan reduced to some expressions, so that nothing else is read; they are the columns in that order.
pub(super) fn only(plan: LogicalPlan, expressions: &[Expr]) -> Result<LogicalPlan> {
    let columns: Vec<Expr> = if expressions.is_empty() {
        vec![lit(true).alias("__gc_0")]
    } else {
        expressions.iter().enumerate().map(|(at, expression)| expression.clone().alias(format!("__gc_{at}"))).collect()
    };
    LogicalPlanBuilder::from(plan).project(columns)?.build()
}
