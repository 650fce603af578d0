//! The settings of `type: file` as a source, and what the planner and the runner call.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;

use super::scan::plan::Scan;
use super::settings::{Format, settings};
use super::{columns, infer, listing, parquet, pin, scan};
use crate::diag::{Diagnostic, Severity, Sink};
use crate::source::Span;
use crate::spec::load::{COLUMN, TABLE_REF};
use crate::spec::param::{Args, Param, ParamType};
use crate::stdlib::connector::{Change, FileEntry, Infer, Malformed, ScanOptions, SchemaAnswer};
use crate::world::World;

/// The settings of a file source.
pub static PARAMS: &[Param] = &[
    Param::optional("path", ParamType::OneOrMany(&ParamType::Path), "file, folder or glob; relative to the project"),
    Param::optional("paths", ParamType::List(&ParamType::Path), "several of them"),
    Param::optional("exclusions", ParamType::OneOrMany(&ParamType::Text), "globs of files to leave out, relative to `path`"),
    Param::default("recurse", ParamType::Bool, "true", "whether folders below a folder are read too"),
    Param::required("format", ParamType::OneOf(&["csv", "json", "parquet"]), "how the files are written"),
    Param::optional("format_options", ParamType::Record(FORMAT_OPTIONS), "details of the format"),
    Param::default(
        "compression",
        ParamType::OneOf(&["auto", "none", "gzip", "bzip2", "zstd"]),
        "auto",
        "how CSV and JSON files are compressed; `auto` goes by the file's extension",
    ),
    Param::optional("schema", ParamType::Record(SCHEMA), "the columns"),
    Param::optional(
        "catalog",
        ParamType::Record(TABLE_REF),
        "the declared table that is read: its columns, `location` and `classification` count where the source says nothing",
    ),
    Param::default(
        "on_malformed",
        ParamType::OneOf(&["fail", "drop", "quarantine"]),
        "fail",
        "what happens to a record that does not fit the format or the columns' types",
    ),
];

/// Details of the text formats.
static FORMAT_OPTIONS: &[Param] = &[
    Param::optional(
        "header",
        ParamType::OneOf(&["present", "absent", "auto", "true", "false"]),
        "csv: whether the first record names the columns (default `present`)",
    ),
    Param::optional("delimiter", ParamType::Text, "csv: the character between fields (default `,`)"),
    Param::optional(
        "quote",
        ParamType::Text,
        "csv: the character around fields that hold delimiters or line breaks (default `\"`)",
    ),
    Param::optional("escape", ParamType::Text, "csv: the character before a quote inside quotes (default: the quote, doubled)"),
    Param::optional("comment", ParamType::Text, "csv: lines that begin with this character are skipped"),
    Param::optional(
        "null_value",
        ParamType::OneOrMany(&ParamType::Text),
        "csv: unquoted fields that mean NULL, beside the empty one",
    ),
    Param::optional("encoding", ParamType::OneOf(&["utf-8"]), "how characters are written"),
    Param::optional("multiline", ParamType::Bool, "csv: whether a quoted field may hold line breaks (default `true`)"),
];

/// The columns.
static SCHEMA: &[Param] = &[
    Param::optional(
        "mode",
        ParamType::OneOf(&["declare", "infer"]),
        "`declare`: exactly `columns`; `infer`: by the heads of the files",
    ),
    Param::optional("columns", ParamType::List(&ParamType::Record(COLUMN)), "the columns, in order"),
    Param::optional("pin", ParamType::Path, "a file that has them, written by `glue-compile pin`; from the project's root"),
];

/// See [`SourceDef::schema`](crate::stdlib::connector::SourceDef).
pub fn schema(args: &Args, world: &dyn World, root: &Path, infer: Infer, sink: &mut Sink) -> SchemaAnswer {
    columns::schema(args, world, root, infer, sink)
}

/// See [`SourceDef::changes`](crate::stdlib::connector::SourceDef).
pub fn changes(args: &Args, world: &dyn World, root: &Path) -> Result<Vec<Change>, Diagnostic> {
    let mut sink = Sink::default();
    let known = settings(args, &mut sink);
    let known = known.and_then(|known| Some((columns::declared(args, &known.format, &mut sink)?, known)));
    let fault = || sink.iter().find(|diagnostic| diagnostic.severity == Severity::Error).cloned();
    let (declared, settings) = known.ok_or_else(|| fault().expect("settings that cannot be are reported"))?;
    let found = infer::observe(&settings, &listing::list(args, world, root)?, world, place(args))?;
    Ok(pin::changes(&declared, &found, &settings.format))
}

/// See [`SourceDef::files`](crate::stdlib::connector::SourceDef).
pub fn files(args: &Args, world: &dyn World, root: &Path) -> Result<Vec<FileEntry>, Diagnostic> {
    listing::list(args, world, root)
}

/// See [`SourceDef::scan`](crate::stdlib::connector::SourceDef).
pub fn scan(
    args: &Args,
    files: &[FileEntry],
    schema: SchemaRef,
    options: &ScanOptions,
) -> Result<Arc<dyn TableProvider>, Diagnostic> {
    let mut sink = Sink::default();
    let Some(settings) = settings(args, &mut sink) else {
        let first = sink.iter().find(|diagnostic| diagnostic.severity == Severity::Error).cloned();
        return Err(first.expect("settings that cannot be are reported"));
    };
    let place = place(args);
    scan::plan::check_folders(files, &schema, place)?;
    options.progress.bytes_total.store(files.iter().map(|file| file.size).sum(), Relaxed);
    let scan = Scan::new(files, settings, &schema, options, place, columns::infers(args));
    Ok(match scan.settings.format {
        Format::Csv(_) | Format::Json => scan::table(scan),
        Format::Parquet => parquet::table(scan),
    })
}

/// Where the spec says which files are read: what run-time messages point at.
pub(super) fn place(args: &Args) -> Span {
    ["path", "paths", "format"].iter().find_map(|name| args.get(name)).map_or(args.span, |arg| arg.span)
}

/// See [`SourceDef::malformed`](crate::stdlib::connector::SourceDef).
pub fn malformed(args: &Args) -> Malformed {
    match args.str("on_malformed") {
        Some("drop") => Malformed::Drop,
        Some("quarantine") => Malformed::Quarantine,
        _ => Malformed::Fail,
    }
}
