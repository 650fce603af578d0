//! Data sets that a command line names: files, read by the endings of their names, no project needed.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use datafusion::common::DataFusionError;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{CsvReadOptions, DataFrame, JsonReadOptions, ParquetReadOptions, SessionContext};
use tokio::runtime::Runtime;

use crate::diag::{Code, Diagnostic, codes};
use crate::plan::nodes::Planner;
use crate::stdlib::expr::engine::{self, EngineOptions};
use crate::stdlib::failure::RunFailure;

/// A file that cannot be read or written.
#[derive(Debug)]
pub struct Stop(pub Box<Diagnostic>);

impl Stop {
    /// Something else stands in the way.
    pub fn new(code: &'static Code, message: String, note: &str) -> Self {
        Self(Box::new(Diagnostic::bare(code, message).note(note.to_owned())))
    }

    /// `path` cannot be read.
    pub fn unreadable(path: &Path, note: &str) -> Self {
        Self::new(&codes::run::SOURCE_UNREADABLE, format!("`{}` cannot be read", path.display()), note)
    }

    /// The engine failed when `path` was to be `what`: read, written, evaluated.
    pub fn engine(what: &str, path: &Path, error: &DataFusionError) -> Self {
        let message = format!("`{}` cannot be {what}", path.display());
        Self::new(&codes::run::SOURCE_UNREADABLE, message, &error.strip_backtrace())
    }
}

impl From<RunFailure> for Stop {
    fn from(failure: RunFailure) -> Self {
        Self(Box::new(failure.0))
    }
}

/// A session to read with; `ordered` for rows in the order of the file, which one partition alone gives.
pub fn session(ordered: bool) -> SessionState {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let options = EngineOptions { target_partitions: if ordered { 1 } else { cores }, ..EngineOptions::CHECK };
    SessionStateBuilder::new_from_existing(engine::session(&options)).with_query_planner(Arc::new(Planner)).build()
}

/// The threads that plans run on.
pub fn runtime() -> Result<Runtime, Stop> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Stop::new(&codes::internal::BUG, "no threads to run on".to_owned(), &error.to_string()))
}

/// The plan that reads a file, by the ending of its name.
pub async fn read(session: &SessionState, path: &Path) -> Result<LogicalPlan, Stop> {
    if !path.exists() {
        return Err(Stop::unreadable(path, "there is no such file"));
    }
    let context = SessionContext::new_with_state(session.clone());
    let name = path.to_string_lossy().into_owned();
    let ending = path.extension().map(|ending| ending.to_string_lossy().into_owned()).unwrap_or_default();
    let frame = match ending.to_lowercase().as_str() {
        "csv" => context.read_csv(name, CsvReadOptions::new().file_extension(&ending)).await,
        "json" | "jsonl" | "ndjson" => {
            let options = JsonReadOptions { file_extension: &ending, ..JsonReadOptions::default() };
            context.read_json(name, options).await
        }
        "parquet" => {
            context.read_parquet(name, ParquetReadOptions { file_extension: &ending, ..ParquetReadOptions::default() }).await
        }
        _ => return Err(Stop::unreadable(path, "the ending of the name must be .parquet, .csv, .json or .jsonl")),
    };
    frame.map(DataFrame::into_unoptimized_plan).map_err(|error| Stop::engine("read", path, &error))
}
