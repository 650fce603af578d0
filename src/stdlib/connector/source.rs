//! What every source says about itself, and the values that planner and runner exchange with it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use datafusion::arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::catalog::TableProvider;

use crate::diag::codes::connector::BAD_COLUMNS;
use crate::diag::{Diagnostic, Sink};
use crate::source::{Span, Text};
use crate::spec::catalog::TableSpec;
use crate::spec::param::{Args, Param};
use crate::stdlib::types::data_type;
use crate::world::World;

/// How a connector reads.
#[derive(Debug)]
pub struct SourceDef {
    /// Its settings, beside `type`.
    pub params: &'static [Param],
    /// What is known of its columns. Wrong settings are reported here, and only here.
    pub schema: SchemaFn,
    /// How the columns that its data shows differ from those that are declared. Those of partition folders are not looked at.
    pub changes: ChangesFn,
    /// The files that would be read, in reading order; an error if there are none.
    pub files: FilesFn,
    /// A table over files. Its columns are those of the schema, then `__gc_row` if asked for, then `__gc_malformed` if malformed
    /// rows go to quarantine.
    pub scan: ScanFn,
    /// What `on_malformed` says.
    pub malformed: fn(args: &Args) -> Malformed,
}

/// See [`SourceDef::schema`]; `root` is the project's folder.
pub type SchemaFn = fn(args: &Args, world: &dyn World, root: &Path, infer: Infer, sink: &mut Sink) -> SchemaAnswer;

/// See [`SourceDef::changes`].
pub type ChangesFn = fn(args: &Args, world: &dyn World, root: &Path) -> Result<Vec<Change>, Diagnostic>;

/// A column that data has otherwise than it is declared.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// It is not declared.
    New(Field),
    /// It is declared and not there.
    Gone(Declared),
    /// Its values cannot be read as what is declared; they are of that type.
    Other(Declared, DataType),
}

/// A column as it was declared.
#[derive(Debug, Clone, PartialEq)]
pub struct Declared {
    /// Its name and type.
    pub field: Field,
    /// Where its name stands.
    pub name: Span,
    /// Where its type stands.
    pub data_type: Span,
    /// Where all that is said of it stands.
    pub whole: Span,
}

impl Declared {
    /// The columns that records `{ name, type, nullable }` declare, in order; `None` if one of them cannot be (reported). `unfit`
    /// says what is wrong with a type here.
    pub fn read<'a>(
        records: impl IntoIterator<Item = &'a Args>,
        unfit: impl Fn(&DataType, &Text) -> Option<Diagnostic>,
        sink: &mut Sink,
    ) -> Option<Vec<Self>> {
        let before = sink.len();
        let mut columns: Vec<Self> = Vec::new();
        for record in records {
            let (Some(name), Some(word)) = (record.text("name"), record.text("type")) else { continue };
            if let Some(first) = columns.iter().find(|column| column.field.name().eq_ignore_ascii_case(name.as_str())) {
                sink.push(
                    Diagnostic::new(&BAD_COLUMNS, name.span(), format!("column `{name}` is declared twice"))
                        .also(first.name, "first here")
                        .help("remove one of them; names that differ only in case are the same column"),
                );
                continue;
            }
            let Some(found) = data_type(word, sink) else { continue };
            if let Some(wrong) = unfit(&found, word) {
                sink.push(wrong);
                continue;
            }
            let nullable = record.get("nullable").is_none_or(|_| record.flag("nullable"));
            let field = Field::new(name.as_str(), found, nullable);
            columns.push(Self { field, name: name.span(), data_type: word.span(), whole: record.span });
        }
        (sink.len() == before).then_some(columns)
    }

    /// The columns of a declared table, those of folders last; `None` if one of them cannot be (reported).
    pub fn of_table(table: &TableSpec, sink: &mut Sink) -> Option<Vec<Self>> {
        let records = table.args.records("columns").into_iter().chain(table.args.records("partition_keys"));
        Self::read(records, |_, _| None, sink)
    }
}

/// See [`SourceDef::files`].
pub type FilesFn = fn(args: &Args, world: &dyn World, root: &Path) -> Result<Vec<FileEntry>, Diagnostic>;

/// See [`SourceDef::scan`].
pub type ScanFn =
    fn(args: &Args, files: &[FileEntry], schema: SchemaRef, options: &ScanOptions) -> Result<Arc<dyn TableProvider>, Diagnostic>;

/// Whether data may be looked at to find a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Infer {
    /// No: the schema comes from the spec alone.
    Off,
    /// Yes: the heads of the files may be read.
    Heads,
}

/// What is known of a source's columns.
#[derive(Debug, Clone, PartialEq)]
pub enum SchemaAnswer {
    /// What is known.
    Known {
        /// The columns, those of hive partitions last. No hidden columns.
        schema: SchemaRef,
        /// The names of those columns that come from folders and are not the same for all files.
        partitions: Vec<String>,
    },
    /// Not known; why was pushed (as a warning if nothing is wrong but `check` cannot know).
    Unknown,
}

/// What happens to a record that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Malformed {
    /// The run fails and names it.
    #[default]
    Fail,
    /// It is counted and left out.
    Drop,
    /// It goes on with its typed columns NULL and `__gc_malformed` filled in.
    Quarantine,
}

/// How a source is to be read.
#[derive(Debug, Clone, Default)]
pub struct ScanOptions {
    /// Whether to add `__gc_row` (see `docs/architecture.md`).
    pub row_ids: bool,
    /// What happens to records that do not fit.
    pub malformed: Malformed,
    /// Where the scan counts what it does.
    pub progress: Arc<ScanProgress>,
}

/// What a scan has done so far; read while it runs.
#[derive(Debug, Default)]
pub struct ScanProgress {
    /// Bytes taken from the files, as they lie on disk (compressed).
    pub bytes_read: AtomicU64,
    /// The size of all files together.
    pub bytes_total: AtomicU64,
    /// Rows that were handed on, quarantined ones included.
    pub rows: AtomicU64,
    /// Malformed rows that were left out.
    pub dropped: AtomicU64,
    /// Malformed rows met, dropped ones included.
    pub malformed: AtomicU64,
}

/// A file that is read. Its place in the list is the file index of `__gc_row`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// Where it lies.
    pub path: PathBuf,
    /// As it is shown: relative to the project where that is possible, `/` between parts.
    pub shown: String,
    /// Its size in bytes.
    pub size: u64,
    /// `key=value` folders on its way, in order; `None` is hive's NULL.
    pub partition_values: Vec<(String, Option<String>)>,
}

/// The hidden column that says where a row came from: file index `<< 40` | row number from 1.
pub const ROW: &str = "__gc_row";

/// The hidden column that is NULL for a good row and says of a malformed one what is wrong with it.
pub const MALFORMED: &str = "__gc_malformed";

/// The hidden column with the columns of a source's row as they were read, for quarantined rows.
pub const ORIGINAL: &str = "__gc_original";

/// The parts of a `__gc_row`: file index and row number from 1.
pub fn split_row_id(id: u64) -> (usize, u64) {
    (usize::try_from(id >> 40).unwrap_or(usize::MAX), id & ((1 << 40) - 1))
}

/// The `__gc_row` of a row.
pub fn row_id(file: usize, row: u64) -> u64 {
    ((file as u64) << 40) | row
}
