//! The engine's session: its settings, its functions and ours. No tables: plans bring their own.

use std::num::NonZeroUsize;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::prelude::SessionConfig;

use super::meaning::Meaning;
use crate::stdlib::function;

/// A session: what it takes to type expressions and to build plans. Made once, used for all projects.
pub type Engine = SessionState;

/// How the engine is to run.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// How many partitions of a plan run side by side.
    pub target_partitions: usize,
    /// Rows in a batch.
    pub batch_size: usize,
}

impl EngineOptions {
    /// For checking: nothing runs.
    pub const CHECK: Self = Self { target_partitions: 1, batch_size: 8192 };
}

/// How many threads can run side by side.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// The settings every session has.
pub fn config(options: &EngineOptions) -> SessionConfig {
    let mut config = SessionConfig::new()
        .with_target_partitions(options.target_partitions)
        .with_batch_size(options.batch_size)
        .with_information_schema(false)
        .with_create_default_catalog_and_schema(true);
    let all = config.options_mut();
    // Spark's dialect, so that a predicate means here what it means on AWS.
    all.sql_parser.dialect = datafusion::config::Dialect::Databricks;
    // `1.5` is a decimal; `0.1 + 0.2` is `0.3`.
    all.sql_parser.parse_float_as_decimal = true;
    // NULL is less than all to `order by`.
    "nulls_min".clone_into(&mut all.sql_parser.default_null_ordering);
    // Positions of names, for messages.
    all.sql_parser.collect_spans = true;
    // Names are looked up in any case by `names`, and then stand exactly as in the schema.
    all.sql_parser.enable_ident_normalization = false;
    // Text formats have no statistics: the smaller side of a join is named by the pipeline, not guessed from sizes,
    // and a small build side is best read once.
    all.optimizer.hash_join_single_partition_threshold = 1 << 30;
    all.optimizer.hash_join_single_partition_threshold_rows = 100_000_000;
    // `select at.city from a` could be planned and not run: the rule that moves `at.city` down to the scan leaves `a.at` and `at`
    // in one schema.
    all.optimizer.enable_leaf_expression_pushdown = false;
    // Parquet readers disagree on embedded Arrow schemas; the Parquet schema alone says everything we write.
    all.execution.parquet.skip_arrow_metadata = true;
    config
}

/// A session with DataFusion's functions and ours, to type expressions and build plans.
pub fn session(options: &EngineOptions) -> SessionState {
    build(options, None)
}

/// A session that runs plans with the given memory, disk and object stores.
pub fn session_with_runtime(options: &EngineOptions, runtime: Arc<RuntimeEnv>) -> SessionState {
    build(options, Some(runtime))
}

/// The session at a moment: what `now()`, `current_date` and the like mean in its plans. Without one they cannot be run.
pub fn at(mut session: SessionState, now: DateTime<Utc>) -> SessionState {
    session.execution_props_mut().query_execution_start_time = Some(now);
    session
}

fn build(options: &EngineOptions, runtime: Option<Arc<RuntimeEnv>>) -> SessionState {
    let mut builder = SessionStateBuilder::new().with_config(config(options)).with_default_features();
    if let Some(runtime) = runtime {
        builder = builder.with_runtime_env(runtime);
    }
    let scalar = builder.scalar_functions().get_or_insert_default();
    // A session that is made from another registers all functions anew, in no order: two of one name must not meet.
    scalar.retain(|known| !function::is_ours(known.name()) && !known.aliases().iter().any(|alias| function::is_ours(alias)));
    scalar.extend(function::scalar());
    builder.aggregate_functions().get_or_insert_default().extend(function::spark::over_rows());
    builder.expr_planners().get_or_insert_default().insert(0, Arc::new(Meaning));
    builder.build()
}
