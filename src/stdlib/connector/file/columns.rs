//! The columns of a file source: as declared, from the heads of the files, and from partition folders.

use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema};

use super::settings::{Format, Settings, settings};
use super::source::place;
use super::{infer, listing, pin};
use crate::diag::codes::connector::{BAD_COLUMNS, UNKNOWN_SCHEMA};
use crate::diag::{Diagnostic, Sink};
use crate::source::{Span, Text};
use crate::spec::param::Args;
use crate::stdlib::connector::{Declared, FileEntry, Infer, Malformed, SchemaAnswer};
use crate::stdlib::types::type_name;
use crate::world::World;

/// See [`SourceDef::schema`](crate::stdlib::connector::SourceDef).
pub(super) fn schema(args: &Args, world: &dyn World, root: &Path, infer: Infer, sink: &mut Sink) -> SchemaAnswer {
    let before = sink.len();
    let settings = settings(args, sink);
    let declared = settings.as_ref().and_then(|settings| declared(args, &settings.format, sink));
    for checked in [listing::patterns(args).map(drop), listing::exclusions(args).map(drop)] {
        if let Err(diagnostic) = checked {
            sink.push(diagnostic);
        }
    }
    let faults = sink.iter().skip(before).any(|d| d.severity == crate::diag::Severity::Error);
    let (Some(settings), Some(declared), false) = (settings, declared, faults) else { return SchemaAnswer::Unknown };

    if args.misfit("schema") || args.record("schema").is_some_and(|schema| schema.misfit("columns") || schema.misfit("mode")) {
        return SchemaAnswer::Unknown;
    }
    // Of a pin that could not be read that was said.
    if declared.is_empty() && args.record("schema").is_some_and(|schema| schema.get("pin").is_some()) {
        return SchemaAnswer::Unknown;
    }
    let inferring = infers(args);
    if inferring && infer == Infer::Off {
        sink.push(unknown(args));
        return SchemaAnswer::Unknown;
    }
    let listed = match infer {
        // `check` alone does not ask for data that may come later.
        Infer::Off => Ok(listing::present(args, world, root)),
        Infer::Heads => listing::list(args, world, root),
    };
    let files = match listed {
        Ok(files) => files,
        Err(diagnostic) if inferring => {
            let note = "the source's columns are not declared, and there is no example of a file to see them from";
            sink.push(diagnostic.note(note));
            return SchemaAnswer::Unknown;
        }
        Err(diagnostic) => {
            sink.push(diagnostic);
            return SchemaAnswer::Unknown;
        }
    };
    if let (Some(promise), Infer::Heads) = (pin::Promise::of(args), infer) {
        match infer::observe(&settings, &files, world, place(args)) {
            Ok(found) => {
                let in_folder = |column: &&Declared| in_folder(&files, column.field.name());
                let in_files: Vec<Declared> = declared.iter().filter(|column| !in_folder(column)).cloned().collect();
                pin::report(&promise, pin::changes(&in_files, &found, &settings.format), &settings.format, sink);
            }
            Err(diagnostic) => sink.push(diagnostic),
        }
    }
    let fields = if inferring {
        infer::infer(&settings, &files, world, place(args)).map(|found| pinned(found, declared))
    } else {
        check_headers(&settings, &files, &declared, infer, world, place(args)).map(|()| fields(declared))
    };
    match fields {
        Ok(fields) => SchemaAnswer::Known { schema: finish(fields, &files, settings.malformed), partitions: partitions(&files) },
        Err(diagnostic) => {
            sink.push(diagnostic);
            SchemaAnswer::Unknown
        }
    }
}

/// The declared columns as they are.
fn fields(declared: Vec<Declared>) -> Vec<Field> {
    declared.into_iter().map(|column| column.field).collect()
}

/// The columns that were found, with the types of those that are declared.
fn pinned(mut found: Vec<Field>, declared: Vec<Declared>) -> Vec<Field> {
    for pin in fields(declared) {
        match found.iter_mut().find(|field| field.name().eq_ignore_ascii_case(pin.name())) {
            Some(field) => *field = pin,
            None => found.push(pin),
        }
    }
    found
}

/// Where files may be looked at, holds declared columns against the headers of CSV files.
fn check_headers(
    settings: &Settings,
    files: &[FileEntry],
    declared: &[Declared],
    leave: Infer,
    world: &dyn World,
    place: Span,
) -> Result<(), Diagnostic> {
    let (Format::Csv(dialect), Infer::Heads) = (&settings.format, leave) else { return Ok(()) };
    let names: Vec<_> =
        declared.iter().map(|column| column.field.name().as_str()).filter(|name| !in_folder(files, name)).collect();
    infer::check_headers(dialect, settings, files, &names, world, place)
}

/// Whether a column is the key of a folder.
fn in_folder(files: &[FileEntry], name: &str) -> bool {
    files.iter().any(|file| file.partition_values.iter().any(|(key, _)| key == name))
}

/// Adds the columns of partition folders; where malformed rows are kept, every column may be NULL.
fn finish(mut fields: Vec<Field>, files: &[FileEntry], malformed: Malformed) -> Arc<Schema> {
    for (key, _) in files.iter().flat_map(|file| &file.partition_values) {
        if !fields.iter().any(|field| field.name() == key) {
            fields.push(Field::new(key, DataType::Utf8View, true));
        }
    }
    if malformed == Malformed::Quarantine {
        fields = fields.into_iter().map(|field| field.with_nullable(true)).collect();
    }
    Arc::new(Schema::new(fields))
}

/// The keys of folders that have several values.
fn partitions(files: &[FileEntry]) -> Vec<String> {
    let mut first: Vec<(&String, &Option<String>)> = Vec::new();
    let mut several: Vec<String> = Vec::new();
    for (key, value) in files.iter().flat_map(|file| &file.partition_values) {
        match first.iter().find(|(known, _)| *known == key) {
            None => first.push((key, value)),
            Some((_, known)) if *known != value && !several.contains(key) => several.push(key.clone()),
            Some(_) => {}
        }
    }
    several
}

/// Whether the columns come from the files: said so, or none are declared.
pub(super) fn infers(args: &Args) -> bool {
    let Some(schema) = args.record("schema") else { return true };
    match schema.str("mode") {
        Some(mode) => mode == "infer",
        None => schema.list("columns").is_empty(),
    }
}

fn unknown(args: &Args) -> Diagnostic {
    Diagnostic::new(&UNKNOWN_SCHEMA, place(args), "the columns of this source are not known to `check`")
        .here("only the files say which columns there are")
        .note("what uses its columns is not checked")
        .help(
            "declare them under `schema: {columns: [{name, type}]}`, or run `check --infer`, which reads the heads of the files",
        )
}

/// The declared columns, in order; `None` if they cannot be (reported).
pub(super) fn declared(args: &Args, format: &Format, sink: &mut Sink) -> Option<Vec<Declared>> {
    let Some(schema) = args.record("schema") else { return Some(Vec::new()) };
    let unfit = |found: &DataType, word: &Text| {
        (matches!(format, Format::Csv(_)) && found.is_nested()).then(|| {
            Diagnostic::new(&BAD_COLUMNS, word.span(), format!("CSV cannot hold `{}`", type_name(found)))
                .here("nested types need JSON or Parquet")
                .help("declare it `string`")
        })
    };
    let columns = Declared::read(schema.records("columns"), unfit, sink)?;
    if columns.is_empty() && schema.str("mode") == Some("declare") {
        let span = schema.get("mode").map_or(schema.span, |arg| arg.span);
        sink.push(
            Diagnostic::new(&BAD_COLUMNS, span, "`mode: declare` without `columns`")
                .help("list the columns, or write `mode: infer` to take them from the files"),
        );
        return None;
    }
    Some(columns)
}
