//! What `check` says of a sink: its settings against the columns that reach it, and the sinks of a job against each other.

use std::path::{Path, PathBuf};

use datafusion::arrow::datatypes::{DataType, Schema};

use super::path::{RUN_ID, foreign_scheme, resolve};
use super::settings::{Format, Mode, Settings};
use crate::diag::codes::sink as codes;
use crate::diag::suggest::list;
use crate::diag::{Diagnostic, Safety, Sink};
use crate::source::Text;
use crate::spec::param::{Arg, Args};
use crate::stdlib::types::type_name;

/// Columns with this prefix are the engine's own: they reach a sink and are not written.
pub const HIDDEN: &str = "__gc_";

/// Checks a sink's settings against the columns that reach it.
pub fn check(args: &Args, schema: &Schema, sink: &mut Sink) {
    let settings = Settings::read(args, sink);
    check_path(args, sink);
    check_mode(args, settings.mode, sink);
    let keys = check_keys(args, schema, sink);
    check_types(args, settings.format, &keys, schema, sink);
}

fn check_path(args: &Args, sink: &mut Sink) {
    let Some(path) = args.text("path") else { return };
    if path.as_str().trim().is_empty() {
        sink.push(
            Diagnostic::new(&codes::PATH, path.span(), "the path of a sink is empty")
                .here("no folder is named")
                .help("name a folder, such as `out/orders/`"),
        );
    }
    if let Some(scheme) = foreign_scheme(path.as_str()) {
        sink.push(
            Diagnostic::new(&codes::PATH, path.span(), format!("cannot write to `{scheme}://`"))
                .here("not a folder on a local disk")
                .help("write to a local folder, for instance through a variable that each target sets"),
        );
    }
}

fn check_mode(args: &Args, mode: Mode, sink: &mut Sink) {
    if mode != Mode::OverwritePartitions || !args.list("partition_keys").is_empty() {
        return;
    }
    let Some(arg) = args.get("mode") else { return };
    sink.push(
        Diagnostic::new(&codes::NO_PARTITIONS, arg.span, "`overwrite_partitions` without `partition_keys`")
            .here("there are no partitions that could be replaced")
            .help("name the `partition_keys`, or write `mode: overwrite` to replace everything")
            .fix("replace with `overwrite`", arg.span, "overwrite", Safety::Unsafe),
    );
}

/// Checks the partition keys; gives those that are columns, each once.
fn check_keys<'a>(args: &'a Args, schema: &Schema, sink: &mut Sink) -> Vec<&'a str> {
    let visible: Vec<&str> =
        schema.fields().iter().map(|field| field.name().as_str()).filter(|name| !name.starts_with(HIDDEN)).collect();
    let mut keys: Vec<(&str, &Arg)> = Vec::new();
    for arg in args.list("partition_keys") {
        let Some(name) = arg.text().map(Text::as_str) else { continue };
        if let Some((_, first)) = keys.iter().find(|(key, _)| *key == name) {
            sink.push(
                Diagnostic::new(&codes::DUPLICATE_KEY, arg.span, format!("partition key `{name}` is named twice"))
                    .here("named again")
                    .also(first.span, "first named here")
                    .help("remove one of the two"),
            );
            continue;
        }
        let Some(field) = schema.fields().iter().find(|field| field.name() == name && visible.contains(&name)) else {
            sink.push(
                Diagnostic::new(&codes::UNKNOWN_KEY, arg.span, format!("unknown partition key `{name}`"))
                    .here("no such column reaches this sink")
                    .suggest(arg.span, name, visible.iter().copied())
                    .note(format!("the columns that reach it: {}", list(visible.iter().copied(), 12))),
            );
            continue;
        };
        keys.push((name, arg));
        if let Some(why) = unfit_key(field.data_type()) {
            sink.push(
                Diagnostic::new(&codes::KEY_TYPE, arg.span, format!("column `{name}` cannot be a partition key"))
                    .here(format!("{}: {why}", type_name(field.data_type())))
                    .help("partition by a text, whole number, decimal, date, timestamp or boolean column, or cast it before"),
            );
        }
    }
    if !keys.is_empty() && keys.len() == visible.len() {
        sink.push(
            Diagnostic::new(&codes::ONLY_KEYS, keys[0].1.span.to(keys[keys.len() - 1].1.span), "every column is a partition key")
                .here("no column is left for the files")
                .help("partition by fewer columns"),
        );
    }
    keys.into_iter().map(|(name, _)| name).collect()
}

/// Why values of that type cannot name folders; `None` if they can.
fn unfit_key(data_type: &DataType) -> Option<&'static str> {
    match data_type {
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            Some("two floating-point numbers that look alike would make two folders")
        }
        DataType::Struct(_)
        | DataType::List(_)
        | DataType::LargeList(_)
        | DataType::FixedSizeList(..)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::Map(..)
        | DataType::Union(..) => Some("a nested value cannot name a folder"),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            Some("bytes cannot name a folder")
        }
        DataType::Interval(_) | DataType::Duration(_) => Some("a span of time cannot name a folder"),
        DataType::Dictionary(_, values) => unfit_key(values),
        DataType::RunEndEncoded(_, values) => unfit_key(values.data_type()),
        _ => None,
    }
}

fn check_types(args: &Args, format: Format, keys: &[&str], schema: &Schema, sink: &mut Sink) {
    let Some(place) = args.get("format") else { return };
    for field in schema.fields() {
        let name = field.name().as_str();
        if name.starts_with(HIDDEN) || keys.contains(&name) {
            continue;
        }
        let Some(unfit) = unfit_value(format, field.data_type()) else { continue };
        let mut diagnostic = Diagnostic::new(
            &codes::VALUE_TYPE,
            place.span,
            format!("{} files cannot hold column `{name}` of type {}", format.name(), type_name(field.data_type())),
        )
        .here(unfit.why);
        for help in unfit.helps {
            diagnostic = diagnostic.help(*help);
        }
        if name == "_dq_warnings" {
            diagnostic = diagnostic
                .note("`evaluate_data_quality` writes there what is wrong with rows that stay, by rules with `severity = warn`")
                .help("or set `actions: { severity=warn: ignore }` in that node: then it writes nothing");
        }
        sink.push(diagnostic);
    }
}

struct Unfit {
    why: &'static str,
    helps: &'static [&'static str],
}

static NESTED: Unfit = Unfit {
    why: "csv has no nested values",
    helps: &["write `format: parquet` or `format: json`, or drop or flatten the column before"],
};
static SPAN: Unfit =
    Unfit { why: "parquet has no type for spans of time", helps: &["cast the column to a number or to text before"] };
static CHOICE: Unfit = Unfit { why: "the column has values of several types", helps: &["cast the column to one type before"] };

fn unfit_value(format: Format, data_type: &DataType) -> Option<&'static Unfit> {
    let inner = |field: &DataType| unfit_value(format, field);
    match data_type {
        DataType::Union(..) => Some(&CHOICE),
        DataType::Interval(_) | DataType::Duration(_) if format == Format::Parquet => Some(&SPAN),
        DataType::Struct(_)
        | DataType::List(_)
        | DataType::LargeList(_)
        | DataType::FixedSizeList(..)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::Map(..)
            if format == Format::Csv =>
        {
            Some(&NESTED)
        }
        DataType::Struct(fields) => fields.iter().find_map(|field| inner(field.data_type())),
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::FixedSizeList(field, _)
        | DataType::ListView(field)
        | DataType::LargeListView(field)
        | DataType::Map(field, _) => inner(field.data_type()),
        DataType::Dictionary(_, values) => inner(values),
        DataType::RunEndEncoded(_, values) => inner(values.data_type()),
        _ => None,
    }
}

/// Checks that no two sinks of a job write into the same folder or one inside the other's.
pub fn check_paths(root: &Path, sinks: &[(&Text, &Args)], sources: &[(&Text, &Args)], sink: &mut Sink) {
    let folders: Vec<(&Text, &Text, PathBuf)> = sinks
        .iter()
        .filter_map(|(name, args)| args.text("path").map(|path| (*name, path, resolve(root, path.as_str(), None))))
        .filter(|(_, path, _)| foreign_scheme(path.as_str()).is_none() && !path.as_str().trim().is_empty())
        .collect();
    // The project's own files must never lie in a folder that a sink may empty.
    let (outside, within): (Vec<_>, Vec<_>) = folders.into_iter().partition(|(_, _, folder)| root.starts_with(folder));
    for (name, path, _) in outside {
        sink.push(
            Diagnostic::new(&codes::PATH, path.span(), format!("sink `{name}` writes into the folder of the project itself"))
                .here("the pipeline's own files lie in this folder")
                .help("name a folder of its own, such as `out/orders/`"),
        );
    }
    check_overlap(&within, sink);
    for (name, path, folder) in &within {
        let Some((_, args)) = sinks.iter().find(|(other, _)| other == name) else { continue };
        match args.str("mode") {
            // A run may read what it is about to replace; the next one reads the wrong thing, or nothing.
            Some("overwrite") => check_read(root, (*name, *path, folder.as_path()), sources, sink),
            Some("append") => check_fed_back(root, (*name, *path, folder.as_path()), args, sources, sink),
            _ => {}
        }
    }
}

/// A sink: its name, its path as written, the folder that this is.
type Target<'a> = (&'a Text, &'a Text, &'a Path);

/// The paths of a source on local disks.
fn places(args: &Args) -> impl Iterator<Item = &Text> {
    let all = args.texts("path").into_iter().chain(args.texts("paths"));
    all.filter(|place| foreign_scheme(place.as_str()).is_none())
}

/// The folder that a path of a source names, or that before the first part of a glob that stands for several.
fn folder_of(root: &Path, place: &str) -> PathBuf {
    let plain = place.split_inclusive('/').take_while(|part| !part.contains(['*', '?', '[', '{']));
    resolve(root, &plain.collect::<String>(), None)
}

/// Whether a sink adds files of a source's format to what the source reads: the next run would read what this one wrote.
fn check_fed_back(root: &Path, (name, path, folder): Target<'_>, args: &Args, sources: &[(&Text, &Args)], sink: &mut Sink) {
    for (source, read) in sources.iter().filter(|(_, read)| read.str("format") == args.str("format")) {
        let fed = places(read).find(|place| {
            let (word, from) = (place.as_str(), folder_of(root, place.as_str()));
            if word.ends_with('/') || word.contains("**") {
                folder.starts_with(from)
            } else {
                // `*` stays within a folder.
                word.contains(['*', '?', '[', '{']) && folder == from && args.list("partition_keys").is_empty()
            }
        });
        let Some(fed) = fed else { continue };
        let message = format!("sink `{name}` adds to what source `{source}` reads");
        let mut diagnostic = Diagnostic::new(&codes::PATH, path.span(), message)
            .here("the next run reads what this one writes")
            .also(fed.span(), format!("read by `{source}`"))
            .help("name a folder of its own");
        diagnostic.severity = crate::diag::Severity::Warning;
        sink.push(diagnostic);
    }
}

/// Whether a sink that replaces what is in its folder would replace what a source reads.
fn check_read(root: &Path, (name, path, folder): Target<'_>, sources: &[(&Text, &Args)], sink: &mut Sink) {
    for (source, args) in sources {
        let read = places(args).find(|place| folder_of(root, place.as_str()).starts_with(folder));
        let Some(read) = read else { continue };
        let message = format!("sink `{name}` replaces what source `{source}` reads");
        sink.push(
            Diagnostic::new(&codes::PATH, path.span(), message)
                .here("all that is in this folder goes when the run is published")
                .also(read.span(), format!("read by `{source}`"))
                .help("name a folder of its own"),
        );
    }
}

fn check_overlap(folders: &[(&Text, &Text, PathBuf)], sink: &mut Sink) {
    for (at, (name, path, folder)) in folders.iter().enumerate() {
        // One message a sink: the first that it meets.
        let Some((other, first, outer)) =
            folders[..at].iter().find(|(_, _, other)| folder.starts_with(other) || other.starts_with(folder))
        else {
            continue;
        };
        let diagnostic = if folder == outer {
            Diagnostic::new(&codes::SAME_PATH, path.span(), format!("sinks `{other}` and `{name}` write to the same path"))
                .here("also written by this sink")
                .also(first.span(), format!("written by `{other}`"))
        } else {
            let (inner_name, outer_name) = if folder.starts_with(outer) { (name, other) } else { (other, name) };
            Diagnostic::new(
                &codes::SAME_PATH,
                path.span(),
                format!("the path of sink `{inner_name}` lies inside that of sink `{outer_name}`"),
            )
            .here(format!("written by `{name}`"))
            .also(first.span(), format!("written by `{other}`"))
            .note(format!("who reads the files of `{outer_name}` would read those of `{inner_name}` too"))
        };
        sink.push(diagnostic.help(format!("give each sink a folder of its own; `{RUN_ID}` in a path makes one for every run")));
    }
}
