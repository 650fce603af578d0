//! Data sets that a command line names: files, alone or in folders, read by the endings of their names, no project needed.

mod counting;
mod folder;
mod lines;
mod quotes;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use chrono::{DateTime, Utc};
use datafusion::arrow::csv;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::DataFusionError;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::file_format::options::ReadOptions;
use datafusion::datasource::provider_as_source;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, UNNAMED_TABLE};
use datafusion::prelude::{CsvReadOptions, DataFrame, JsonReadOptions, ParquetReadOptions, SessionContext};
use tokio::runtime::Runtime;

use crate::diag::{Code, Diagnostic, codes, suggest};
use crate::plan::nodes::Planner;
use crate::stdlib::connector::file::named;
use crate::stdlib::connector::{FileEntry, ScanProgress};
use crate::stdlib::expr::engine::{self, EngineOptions, cores};
use crate::stdlib::failure::RunFailure;
use crate::stdlib::types::type_name;
use crate::world::World;
use counting::Counting;
use folder::Folder;

/// A file that cannot be read or written.
#[derive(Debug)]
pub struct Stop(pub Box<Diagnostic>);

impl Stop {
    /// Something else stands in the way.
    pub fn new(code: &'static Code, message: String, note: &str) -> Self {
        Self(Box::new(Diagnostic::bare(code, message).note(note.to_owned())))
    }

    /// What to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.0.helps.push(help.into());
        self
    }

    /// `path` cannot be read.
    pub fn unreadable(path: &Path, note: &str) -> Self {
        Self::new(&codes::run::SOURCE_UNREADABLE, format!("`{}` cannot be read", path.display()), note)
    }

    /// The engine failed when `path` was to be `what`: read, written, evaluated.
    pub fn engine(what: &str, path: &Path, error: &DataFusionError) -> Self {
        if let Some(fault) = lines::fault(path, error) {
            return Self(Box::new(fault));
        }
        let message = format!("`{}` cannot be {what}", path.display());
        Self::new(&codes::run::SOURCE_UNREADABLE, message, &error.strip_backtrace())
    }
}

impl From<RunFailure> for Stop {
    fn from(failure: RunFailure) -> Self {
        Self(Box::new(failure.0))
    }
}

/// A session to read with at a moment; `ordered` for rows in the order of the file, which one partition alone gives.
pub fn session(ordered: bool, now: DateTime<Utc>) -> SessionState {
    let options = EngineOptions { target_partitions: if ordered { 1 } else { cores() }, ..EngineOptions::CHECK };
    let session = engine::at(engine::session(&options), now);
    SessionStateBuilder::new_from_existing(session).with_query_planner(Arc::new(Planner)).build()
}

/// The same session for plans whose results do not depend on the order of the rows.
pub fn side_by_side(session: &SessionState) -> SessionState {
    let config = session.config().clone().with_target_partitions(cores());
    SessionStateBuilder::new_from_existing(session.clone()).with_config(config).build()
}

/// The threads that plans run on.
pub fn runtime() -> Result<Runtime, Stop> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Stop::new(&codes::internal::BUG, "no threads to run on".to_owned(), &error.to_string()))
}

/// The files of a data set: the file, those below the folder, those that match the glob. Where the folder's own name tells
/// a format (`orders.parquet/`), files with other endings are passed over.
pub fn files(world: &dyn World, path: &Path) -> Result<Vec<FileEntry>, Stop> {
    let mut found = named(path, world).map_err(|error| Stop::unreadable(path, &error.to_string()))?;
    if !found.is_empty() && world.is_dir(path) && Kind::of(path).is_some() {
        found.retain(|entry| entry.path.extension() == path.extension());
    }
    if !found.is_empty() {
        return Ok(found);
    }
    let (note, help) = match path {
        path if world.is_dir(path) => {
            ("there are no files in the folder", "name a folder with data files in it or below it".to_owned())
        }
        path if path.to_string_lossy().contains(['*', '?', '[', '{']) => {
            ("no file matches", "`*` stays within a folder, `**` reaches into folders of any depth".to_owned())
        }
        _ => ("there is no such file", near(world, path).unwrap_or_else(|| "paths start at the current folder".to_owned())),
    };
    Err(Stop::unreadable(path, note).help(help))
}

/// The file of the same folder that is named alike.
fn near(world: &dyn World, path: &Path) -> Option<String> {
    let folder = path.parent()?;
    let files = world.glob(folder, "*").ok()?;
    let names: Vec<String> = files.iter().filter_map(|file| Some(file.file_name()?.to_string_lossy().into_owned())).collect();
    let near = suggest::nearest(&path.file_name()?.to_string_lossy(), names.iter().map(String::as_str))?.to_owned();
    Some(format!("did you mean `{}`?", folder.join(near).display()))
}

/// The plan that reads a data set, by the endings of its files' names; one of compression behind it is undone.
pub async fn read(session: &SessionState, world: &dyn World, path: &Path) -> Result<LogicalPlan, Stop> {
    let mut files = files(world, path)?;
    let kind = kind(path, &files)?;
    without_empty(path, kind.format, &mut files)?;
    let breaks = kind.format == Format::Csv && look_at_csv(&kind, &files)?;
    let known = if breaks { Some(columns(path, &files)?) } else { None };
    let context = SessionContext::new_with_state(session.clone());
    let unreadable = |error: DataFusionError| Stop::engine("read", path, &error);
    if let [file] = files.as_slice()
        && file.partition_values.is_empty()
        // The engine would take the name for a glob.
        && !file.path.to_string_lossy().contains(['*', '?', '[', ']'])
    {
        let name = file.path.to_string_lossy().into_owned();
        let frame = match kind.format {
            Format::Csv => {
                let options = kind.csv().newlines_in_values(breaks);
                let options = known.iter().fold(options, CsvReadOptions::schema);
                context.read_csv(name, options).await
            }
            Format::Json => context.read_json(name, kind.json()).await,
            Format::Parquet => context.read_parquet(name, kind.parquet()).await,
        };
        return frame.map(DataFrame::into_unoptimized_plan).map_err(unreadable);
    }
    let (config, defaults) = (session.config(), session.default_table_options());
    let options = match kind.format {
        Format::Csv => kind.csv().newlines_in_values(breaks).to_listing_options(config, defaults),
        Format::Json => kind.json().to_listing_options(config, defaults),
        Format::Parquet => kind.parquet().to_listing_options(config, defaults),
    };
    let folder = match Folder::new(session, Arc::clone(&options.format), &files, known).await {
        Ok(folder) => folder,
        Err(error) => {
            let different = folder::different(session, options.format.as_ref(), &files).await;
            return Err(different.map_or_else(|| unreadable(error), |what| Stop(Box::new(contradiction(path, &what)))));
        }
    };
    let scan = LogicalPlanBuilder::scan(UNNAMED_TABLE, provider_as_source(Arc::new(folder)), None);
    scan.and_then(LogicalPlanBuilder::build).map_err(unreadable)
}

/// Leaves out files without a byte: text files have no rows then. An error if there is no other, and for Parquet, which
/// has a footer if nothing else.
fn without_empty(path: &Path, format: Format, files: &mut Vec<FileEntry>) -> Result<(), Stop> {
    let Some(empty) = files.iter().find(|file| file.size == 0) else { return Ok(()) };
    if format == Format::Parquet {
        let message = format!("`{}` is no Parquet file: it is empty", empty.shown);
        let corrupt = Diagnostic::bare(&codes::run::CORRUPT_PARQUET, message);
        return Err(Stop(Box::new(corrupt.help("write it anew; a Parquet file without rows still has its columns"))));
    }
    if files.iter().all(|file| file.size == 0) {
        let message = format!("`{}` is empty: it has neither columns nor rows", path.display());
        let empty = Diagnostic::bare(&codes::connector::CANNOT_INFER, message);
        let help = match format {
            Format::Csv => "a file without rows still needs the line with the names of its columns",
            Format::Json | Format::Parquet => "name a file with at least one record: columns are read off records",
        };
        return Err(Stop(Box::new(empty.help(help))));
    }
    files.retain(|file| file.size > 0);
    Ok(())
}

/// Looks for what would mislead the engine: columns of one name, a quote that is never closed. Tells whether line breaks stand
/// in quotes, so that files cannot be cut at any line.
fn look_at_csv(kind: &Kind, files: &[FileEntry]) -> Result<bool, Stop> {
    if kind.compression != FileCompressionType::UNCOMPRESSED {
        // Such files are never cut.
        return Ok(false);
    }
    let mut breaks = false;
    for file in files {
        let unreadable = |error: std::io::Error| Stop::unreadable(&file.path, &error.to_string());
        let quotes = quotes::of(&file.path).map_err(unreadable)?;
        if let Some(line) = quotes.open {
            let message = format!("`{}` has a quote that is never closed", file.shown);
            let open = Diagnostic::bare(&codes::run::MALFORMED_RECORD, message)
                .note(format!("the quote in line {line} makes one field of all that follows"))
                .help("close it; a quote within a quoted field is written twice: `\"\"`");
            return Err(Stop(Box::new(open)));
        }
        breaks |= quotes.breaks;
        let head = std::fs::File::open(&file.path).map_err(unreadable)?;
        // The names alone, without a look at the rows.
        let Ok((head, _)) = csv::reader::Format::default().with_header(true).infer_schema(head, Some(0)) else { continue };
        let twice =
            head.fields().iter().enumerate().find(|(at, field)| head.fields()[..*at].iter().any(|f| f.name() == field.name()));
        if let Some((_, field)) = twice {
            let message = format!("`{}` has two columns of the name `{}`", file.shown, field.name());
            let twice = Diagnostic::bare(&codes::connector::BAD_COLUMNS, message);
            return Err(Stop(Box::new(twice.help("give each column of the header a name of its own"))));
        }
    }
    Ok(breaks)
}

/// How many records of a file show the types of its columns, as the engine has it.
const LOOKED_AT: usize = 1000;

/// The columns of CSV files with line breaks in quotes. The engine would look at parts that end with any line.
fn columns(path: &Path, files: &[FileEntry]) -> Result<Schema, Stop> {
    let mut all = Vec::with_capacity(files.len());
    for file in files {
        let open = std::fs::File::open(&file.path).map_err(|error| Stop::unreadable(&file.path, &error.to_string()))?;
        let found = csv::reader::Format::default().with_header(true).infer_schema(open, Some(LOOKED_AT));
        let (found, _) = found.map_err(|error| Stop::engine("read", &file.path, &error.into()))?;
        let text = |field: &Arc<Field>| match field.data_type() {
            DataType::Null => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8)),
            _ => Arc::clone(field),
        };
        all.push(Schema::new(found.fields().iter().map(text).collect::<Vec<_>>()));
    }
    Schema::try_merge(all).map_err(|error| Stop::engine("read", path, &error.into()))
}

/// Files that do not have the same columns.
fn contradiction(path: &Path, what: &folder::Difference) -> Diagnostic {
    let folder::Difference { column, one, other } = what;
    Diagnostic::bare(&codes::connector::CANNOT_INFER, format!("the files of `{}` contradict each other", path.display()))
        .note(format!("`{column}` is `{}` in `{}` and `{}` in `{}`", type_name(&one.1), one.0, type_name(&other.1), other.0))
        .help("name files of one kind with a glob, or mend the values of the one that is different")
}

/// How all files of a data set are written.
fn kind(path: &Path, files: &[FileEntry]) -> Result<Kind, Stop> {
    let mut kinds: Vec<(Kind, &FileEntry)> = Vec::new();
    for file in files {
        let Some(kind) = Kind::of(&file.path) else {
            let note = "the ending of the name must be .parquet, .csv, .json or .jsonl";
            return Err(Stop::unreadable(&file.path, note).help("rename it, or name other files with a glob: `'orders/*.csv'`"));
        };
        if kinds.iter().all(|(known, _)| !known.is_like(&kind)) {
            kinds.push((kind, file));
        }
    }
    let mut kinds = kinds.into_iter();
    match (kinds.next(), kinds.next()) {
        (Some((kind, _)), None) => Ok(kind),
        (Some((_, one)), Some((_, other))) => {
            let note = format!("its files are not written alike: `{}`, `{}`", one.shown, other.shown);
            Err(Stop::unreadable(path, &note).help("name those of one kind with a glob: `'orders/*.csv'`"))
        }
        (None, _) => Err(Stop::unreadable(path, "there is no such file")),
    }
}

/// Which format files have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    Json,
    Parquet,
}

/// How a file is written.
#[derive(Debug, Clone, PartialEq)]
struct Kind {
    format: Format,
    /// The endings of the name that say so.
    ending: String,
    compression: FileCompressionType,
}

impl Kind {
    /// By the name of the file.
    fn of(path: &Path) -> Option<Self> {
        let (format, ending, compression) = endings(path);
        let format = match format.as_str() {
            "csv" => Format::Csv,
            "json" | "jsonl" | "ndjson" => Format::Json,
            "parquet" => Format::Parquet,
            _ => return None,
        };
        Some(Self { format, ending, compression })
    }

    /// Whether files of the two are read in one way.
    fn is_like(&self, other: &Self) -> bool {
        (self.format, self.compression) == (other.format, other.compression)
    }

    fn csv(&self) -> CsvReadOptions<'_> {
        CsvReadOptions::new().file_extension(&self.ending).file_compression_type(self.compression)
    }

    fn json(&self) -> JsonReadOptions<'_> {
        JsonReadOptions { file_extension: &self.ending, file_compression_type: self.compression, ..JsonReadOptions::default() }
    }

    fn parquet(&self) -> ParquetReadOptions<'_> {
        ParquetReadOptions { file_extension: &self.ending, ..ParquetReadOptions::default() }
    }
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
            let bytes = files(world, path).map_or(0, |files| files.iter().map(|file| file.size).sum());
            scan.bytes_total.store(bytes, Relaxed);
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

    /// Is to be told how many rows of the file at `at` are read.
    pub fn rows(&self, at: usize) -> impl Fn(u64) + Send + Sync + 'static {
        let store = Arc::clone(&self.store);
        let scan = self.scans.get(at).map(|(_, scan)| Arc::clone(scan));
        move |rows| {
            store.look();
            if let Some(scan) = &scan {
                scan.rows.fetch_max(rows, Relaxed);
            }
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
