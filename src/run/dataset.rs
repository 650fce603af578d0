//! Data sets that a command line names: files, read by the endings of their names, no project needed.

mod counting;

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use datafusion::common::DataFusionError;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{CsvReadOptions, DataFrame, JsonReadOptions, ParquetReadOptions, SessionContext};
use tokio::runtime::Runtime;

use crate::diag::{Code, Diagnostic, codes};
use crate::plan::nodes::Planner;
use crate::stdlib::connector::ScanProgress;
use crate::stdlib::expr::engine::{self, EngineOptions};
use crate::stdlib::failure::RunFailure;
use crate::world::World;
use counting::Counting;

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

/// The plan that reads a file, by the ending of its name; one of compression behind it is undone.
pub async fn read(session: &SessionState, path: &Path) -> Result<LogicalPlan, Stop> {
    if !path.exists() {
        return Err(Stop::unreadable(path, "there is no such file"));
    }
    let context = SessionContext::new_with_state(session.clone());
    let name = path.to_string_lossy().into_owned();
    let (format, ending, compression) = endings(path);
    let frame = match format.as_str() {
        "csv" => {
            let options = CsvReadOptions::new().file_extension(&ending).file_compression_type(compression);
            context.read_csv(name, options).await
        }
        "json" | "jsonl" | "ndjson" => {
            let options =
                JsonReadOptions { file_extension: &ending, file_compression_type: compression, ..JsonReadOptions::default() };
            context.read_json(name, options).await
        }
        "parquet" => {
            context.read_parquet(name, ParquetReadOptions { file_extension: &ending, ..ParquetReadOptions::default() }).await
        }
        _ => return Err(Stop::unreadable(path, "the ending of the name must be .parquet, .csv, .json or .jsonl")),
    };
    frame.map(DataFrame::into_unoptimized_plan).map_err(|error| Stop::engine("read", path, &error))
}

/// The format in small letters, all endings that tell it, and the compression: `csv`, `csv.gz`, gzip.
fn endings(path: &Path) -> (String, String, FileCompressionType) {
    let ending = |path: &Path| path.extension().map(|ending| ending.to_string_lossy().into_owned()).unwrap_or_default();
    let last = ending(path);
    let compression = match last.to_lowercase().as_str() {
        "gz" => FileCompressionType::GZIP,
        "bz2" => FileCompressionType::BZIP2,
        "zst" => FileCompressionType::ZSTD,
        _ => return (last.to_lowercase(), last, FileCompressionType::UNCOMPRESSED),
    };
    let inner = ending(Path::new(path.file_stem().unwrap_or_default()));
    match inner.to_lowercase().as_str() {
        // Parquet compresses its pages itself.
        "parquet" => (String::new(), last, compression),
        format => (format.to_owned(), format!("{inner}.{last}"), compression),
    }
}

/// How far data sets are read, for progress bars.
#[derive(Debug)]
pub struct Progress {
    store: Arc<Counting>,
    scans: Vec<(String, Arc<ScanProgress>)>,
}

impl Progress {
    /// Watches what the session reads of some files.
    pub fn of<'a>(session: &SessionState, world: &dyn World, paths: impl Iterator<Item = &'a Path>) -> Self {
        let store = Arc::new(Counting::default());
        session.runtime_env().register_object_store(ObjectStoreUrl::local_filesystem().as_ref(), store.clone());
        let scan = |path: &Path| {
            let scan = ScanProgress::default();
            scan.bytes_total.store(world.size(path).unwrap_or(0), Relaxed);
            (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), Arc::new(scan))
        };
        Self { store, scans: paths.map(scan).collect() }
    }

    /// The files by name.
    pub fn scans(&self) -> Vec<(String, Arc<ScanProgress>)> {
        self.scans.clone()
    }

    /// The file at `at` is read from here on.
    pub fn begin(&self, at: usize) {
        if let Some((_, scan)) = self.scans.get(at) {
            self.store.begin(scan.clone());
        }
    }

    /// So many rows of the file at `at` are read.
    pub fn look(&self, at: usize, rows: u64) {
        self.store.look();
        if let Some((_, scan)) = self.scans.get(at) {
            scan.rows.store(rows, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_tell_the_format() {
        let of = |name: &str| {
            let (format, ending, compression) = endings(Path::new(name));
            (format, ending, compression == FileCompressionType::GZIP)
        };
        assert_eq!(of("a/b.CSV"), ("csv".to_owned(), "CSV".to_owned(), false));
        assert_eq!(of("a.b.csv.gz"), ("csv".to_owned(), "csv.gz".to_owned(), true));
        assert_eq!(of("a.parquet.gz").0, "");
        assert_eq!(of("a").0, "");
        assert_eq!(of(".gz").0, "");
    }
}
