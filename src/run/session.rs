//! The engine's session for a run: memory, spilling, our functions and nodes.

use std::num::NonZeroUsize;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};

use crate::plan::nodes::Planner;
use crate::spec::param::Args;
use crate::stdlib::expr::engine::{EngineOptions, session_with_runtime};

/// What a job's `settings` say about the engine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// Bytes that sorts, joins and aggregates may hold before they spill.
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

/// Rows in a batch. Windows over many small groups want large batches; sorts that spill want small ones.
const BATCH: usize = 32 * 1024;
const BATCH_BOUNDED: usize = 8 * 1024;

/// A session that runs plans within `limits`.
pub fn session(limits: Limits) -> Result<SessionState> {
    let runtime = runtime(limits)?;
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let options = EngineOptions {
        target_partitions: limits.partitions.unwrap_or(cores),
        batch_size: limits.batch_size.unwrap_or(if limits.memory.is_some() { BATCH_BOUNDED } else { BATCH }),
        bounded: limits.memory.is_some(),
    };
    let state = session_with_runtime(&options, runtime);
    Ok(SessionStateBuilder::new_from_existing(state).with_query_planner(Arc::new(Planner)).build())
}

fn runtime(limits: Limits) -> Result<Arc<RuntimeEnv>> {
    let builder = RuntimeEnvBuilder::new();
    let Some(bytes) = limits.memory else { return builder.build_arc() };
    let pool = FairSpillPool::new(usize::try_from(bytes).unwrap_or(usize::MAX));
    // Names the greatest consumers when memory runs out.
    let top = NonZeroUsize::new(3).expect("three is not zero");
    builder.with_memory_pool(Arc::new(TrackConsumersPool::new(pool, top))).build_arc()
}
