//! The pieces that data is read in, side by side. How it is cut depends on the data alone and not on the machine: what
//! is found in the pieces is put together in their order, and is the same everywhere.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfig, FileScanConfigBuilder};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use futures::{StreamExt, TryStreamExt};

use crate::stdlib::expr::engine::cores;

/// Bytes of a piece, about: far more work than putting together what is found in two of them.
const PIECE: usize = 32 << 20;

/// Rows that are looked at together: what is worked out for a column of them stays in the processor's cache.
const ROWS: usize = 2048;

/// The plan that reads a piece in each of its partitions.
pub(super) async fn cut(plan: &LogicalPlan, session: &SessionState) -> Result<Arc<dyn ExecutionPlan>> {
    let physical = session.create_physical_plan(plan).await?;
    let Some(files) = physical.downcast_ref::<DataSourceExec>().and_then(|scan| scan.data_source().downcast_ref()) else {
        return Ok(physical);
    };
    let files: &FileScanConfig = files;
    let size = |file: &PartitionedFile| usize::try_from(file.object_meta.size).unwrap_or(usize::MAX);
    let all: Vec<PartitionedFile> = files.file_groups.iter().flat_map(FileGroup::iter).cloned().collect();
    let bytes = all.iter().map(size).fold(0_usize, usize::saturating_add);
    // A record of a CSV file may go over lines: where one begins is known only to who has read all before it.
    if files.file_source().file_type() != "csv" {
        let mut options = session.config_options().as_ref().clone();
        options.optimizer.repartition_file_min_size = PIECE;
        if let Some(cut) = physical.repartitioned(bytes.div_ceil(PIECE), &options)? {
            return Ok(cut);
        }
    }
    let mut groups: Vec<Vec<PartitionedFile>> = Vec::new();
    let mut room = 0;
    for file in all {
        let size = size(&file);
        if size > room || groups.is_empty() {
            groups.push(Vec::new());
            room = PIECE;
        }
        room = room.saturating_sub(size);
        groups.last_mut().into_iter().for_each(|group| group.push(file.clone()));
    }
    let groups = groups.into_iter().map(FileGroup::new).collect();
    Ok(DataSourceExec::from_data_source(FileScanConfigBuilder::from(files.clone()).with_file_groups(groups).build()))
}

/// Reads the pieces, as many at a time as there are cores, each with a state of its own: `start`, then `step` for some
/// rows at a time, then `close`. The states come in the order of
/// the pieces; the rest is not read if `end` says that one was enough.
pub(super) async fn read<S: Send + 'static>(
    physical: &Arc<dyn ExecutionPlan>,
    session: &SessionState,
    start: impl Fn() -> S,
    step: impl Fn(&mut S, &RecordBatch) -> Result<()> + Send + Sync + 'static,
    close: fn(&mut S),
    mut end: impl FnMut(S) -> Enough,
) -> Result<()> {
    let step = Arc::new(step);
    let piece = |at: usize| {
        let stream = physical.execute(at, session.task_ctx());
        let (mut state, step) = (start(), Arc::clone(&step));
        let task: SpawnedTask<Result<S>> = SpawnedTask::spawn(async move {
            let mut stream = stream?;
            while let Some(batch) = stream.next().await {
                let batch = batch?;
                for from in (0..batch.num_rows()).step_by(ROWS) {
                    step(&mut state, &batch.slice(from, ROWS.min(batch.num_rows() - from)))?;
                }
            }
            close(&mut state);
            Ok(state)
        });
        async move { task.join().await.map_err(|error| exec_datafusion_err!("a pass over the data ended early: {error}"))? }
    };
    let pieces = physical.output_partitioning().partition_count();
    let mut states = futures::stream::iter(0..pieces).map(piece).buffered(cores());
    while let Some(state) = states.try_next().await? {
        if end(state) == Enough::Yes {
            return Ok(());
        }
    }
    Ok(())
}

/// Whether the rest need not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Enough {
    Yes,
    No,
}
