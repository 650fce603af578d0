//! The engine's session for a run: memory, spilling, our functions and nodes.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::common::Result;
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use tempfile::TempDir;

use crate::plan::nodes::Planner;
use crate::plan::nodes::join::{Bounded, EarlyFilters};
use crate::spec::param::Args;
use crate::stdlib::expr::engine::{EngineOptions, at, cores, session_with_runtime};

/// What a job's `settings` say about the engine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// Bytes that the run may take.
    pub memory: Option<u64>,
    /// How many partitions run side by side.
    pub partitions: Option<usize>,
    /// Rows in a batch.
    pub batch_size: Option<usize>,
}

impl Limits {
    /// The limits that the settings of a job name.
    pub fn of(job: &Args) -> Self {
        let Some(settings) = job.record("settings") else { return Self::default() };
        let count = |name| settings.int(name).and_then(|value| usize::try_from(value).ok());
        Self { memory: settings.size("memory_limit"), partitions: count("target_partitions"), batch_size: count("batch_size") }
    }
}

/// Rows in a batch. Windows over many small groups want large batches; merges of spilled runs hold one batch a run.
const BATCH: usize = 32 * 1024;
const BATCH_BOUNDED: usize = 8 * 1024;
const BATCH_TIGHT: usize = 1024;

/// What a partition should have: a sort that spills cannot go on with much less, whatever the limit says.
const PARTITION_SHARE: u64 = 256 * 1024 * 1024;

impl Limits {
    /// How many partitions run side by side on `cores`, and how many rows a batch has. A small memory limit is better
    /// used by few partitions with small batches than shared by many that cannot go on.
    fn shape(self, cores: usize) -> (usize, usize) {
        let Some(memory) = self.memory else { return (self.partitions.unwrap_or(cores), self.batch_size.unwrap_or(BATCH)) };
        let affordable = usize::try_from(memory / PARTITION_SHARE).unwrap_or(usize::MAX);
        let partitions = self.partitions.unwrap_or(affordable.clamp(1, cores));
        let batch = if affordable < partitions { BATCH_TIGHT } else { BATCH_BOUNDED };
        (partitions, self.batch_size.unwrap_or(batch))
    }
}

/// Half of the memory limit is for what operators hold and can put into files: they count less than they take.
const POOL: u64 = 2;
/// A quarter of it is for row groups that sinks have not finished. The rest is for rows on their way.
const WRITERS: u64 = 4;
/// Less would make row groups of a few rows.
const LEAST_WRITER: u64 = 4 << 20;

impl Limits {
    /// What each of so many writers may hold, in bytes; no limit if the run has none.
    pub fn for_writer(self, writers: usize) -> Option<usize> {
        let share = self.memory? / WRITERS / writers.max(1) as u64;
        Some(usize::try_from(share.max(LEAST_WRITER)).unwrap_or(usize::MAX))
    }
}

/// The folder for what does not fit into memory. It goes with the run, whatever tasks still hold files in it.
pub fn overflow(limits: Limits) -> std::io::Result<Option<TempDir>> {
    let folder = || tempfile::Builder::new().prefix("glue-compile-").tempdir();
    limits.memory.map(|_| folder()).transpose()
}

/// A session that runs plans at a moment within `limits`, and puts what does not fit into `overflow`.
pub fn session(limits: Limits, overflow: Option<&Path>, now: DateTime<Utc>) -> Result<SessionState> {
    let runtime = runtime(limits, overflow)?;
    let (target_partitions, batch_size) = limits.shape(cores());
    let state = at(session_with_runtime(&EngineOptions { target_partitions, batch_size }, runtime), now);
    let builder = SessionStateBuilder::new_from_existing(state)
        .with_query_planner(Arc::new(Planner))
        .with_physical_optimizer_rule(Arc::new(EarlyFilters));
    Ok(match limits.memory {
        Some(_) => builder.with_physical_optimizer_rule(Arc::new(Bounded)).build(),
        None => builder.build(),
    })
}

fn runtime(limits: Limits, overflow: Option<&Path>) -> Result<Arc<RuntimeEnv>> {
    let mut builder = RuntimeEnvBuilder::new();
    if let Some(folder) = overflow {
        builder = builder.with_temp_file_path(folder);
    }
    let Some(bytes) = limits.memory else { return builder.build_arc() };
    let pool = FairSpillPool::new(usize::try_from(bytes / POOL).unwrap_or(usize::MAX));
    // Names the greatest consumers when memory runs out.
    let top = NonZeroUsize::new(3).expect("three is not zero");
    builder.with_memory_pool(Arc::new(TrackConsumersPool::new(pool, top))).build_arc()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_limit_is_not_shared_by_many() {
        let check = |memory: Option<u64>, partitions, expected| {
            let limits = Limits { memory, partitions, batch_size: None };
            assert_eq!(limits.shape(4), expected, "{memory:?}");
        };
        check(None, None, (4, BATCH));
        check(Some(4 << 30), None, (4, BATCH_BOUNDED));
        check(Some(600 << 20), None, (2, BATCH_BOUNDED));
        check(Some(100 << 20), None, (1, BATCH_TIGHT));
        check(Some(100 << 20), Some(3), (3, BATCH_TIGHT));
    }
}
