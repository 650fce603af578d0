//! Writes the sinks of a job, all at once, every partition in a task of its own.

use std::sync::Arc;

use datafusion::common::{DataFusionError, Result, internal_err};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use futures::StreamExt;
use tokio::task::JoinSet;

use super::Run;
use crate::ir::Kind;
use crate::plan::JobPlan;
use crate::run::commit::Transaction;
use crate::stdlib::connector::file::sink::{PartitionWriter, SinkWriter, Written};

/// Every sink with what was written for it; nothing of it can be seen yet.
pub(super) type AllWritten = Vec<(SinkWriter, Written)>;

impl Run<'_> {
    pub(super) async fn write(&self, plan: &JobPlan, transaction: &mut Transaction) -> Result<AllWritten> {
        let mut writers = Vec::new();
        let mut tasks: JoinSet<Result<(usize, Written)>> = JoinSet::new();
        // All plans before the first row: a plan that cannot be made stops the job before it works.
        let mut planned = Vec::new();
        for sink in &plan.sinks {
            planned.push(self.session.create_physical_plan(&sink.plan).await?);
        }
        let partitions = planned.iter().map(|plan| plan.output_partitioning().partition_count()).sum();
        let memory = self.limits.for_writer(partitions);
        for (sink, physical) in plan.sinks.iter().zip(planned) {
            let node = self.job.node(sink.node);
            let (Some(Kind::Sink(def)), Some(args)) = (node.kind, &node.args) else {
                return internal_err!("sink `{}` was not checked", node.name);
            };
            let Some(def) = &def.sink else { return internal_err!("`{}` cannot be written", node.name) };
            let writer = transaction.sink(def, node.name.as_str(), args, &physical.schema())?;
            if let Some(memory) = memory {
                writer.limit(memory);
            }
            for partition in 0..physical.output_partitioning().partition_count() {
                let number = writers.len();
                let task = partition_task(Arc::clone(&physical), partition, self.session.task_ctx(), writer.partition(partition));
                tasks.spawn(async move { Ok((number, task.await?)) });
            }
            writers.push((writer, Written::default()));
        }
        // The first failure ends all: dropping the set stops the others.
        while let Some(done) = tasks.join_next().await {
            let (sink, written) = done.map_err(|error| DataFusionError::External(Box::new(error)))??;
            writers[sink].1.add(written);
        }
        Ok(writers)
    }
}

impl Run<'_> {
    /// Makes the rows of every sink and writes none.
    pub(super) async fn look(&self, plan: &JobPlan) -> Result<()> {
        let mut tasks: JoinSet<Result<()>> = JoinSet::new();
        for sink in &plan.sinks {
            let physical = self.session.create_physical_plan(&sink.plan).await?;
            for partition in 0..physical.output_partitioning().partition_count() {
                let mut stream = physical.execute(partition, self.session.task_ctx())?;
                tasks.spawn(async move {
                    while let Some(batch) = stream.next().await {
                        batch?;
                    }
                    Ok(())
                });
            }
        }
        while let Some(done) = tasks.join_next().await {
            done.map_err(|error| DataFusionError::External(Box::new(error)))??;
        }
        Ok(())
    }
}

async fn partition_task(
    plan: Arc<dyn ExecutionPlan>,
    partition: usize,
    context: Arc<TaskContext>,
    mut writer: PartitionWriter,
) -> Result<Written> {
    let mut stream = plan.execute(partition, context)?;
    while let Some(batch) = stream.next().await {
        writer.write(&batch?)?;
    }
    Ok(writer.close()?)
}
