//! A job made ready for a test: its sources read fixtures, its sinks write into a temporary folder, and what else is spoken of is
//! written there too.

use std::fs;
use std::path::{Path, PathBuf};

use datafusion::arrow::datatypes::{DataType, Schema};
use serde_json::{Map, Value as Json};

use super::load::{Given, Test, place};
use crate::diag::{Diagnostic, codes};
use crate::ir::{Edge, Job, Kind, Node, NodeId};
use crate::source::{EmbedMap, Span, Text};
use crate::spec::job::Role;
use crate::spec::param::{Arg, Args, Value};
use crate::stdlib::connector::file;
use crate::syntax::yaml::{Node as Yaml, NodeKind, Scalar, ScalarValue};

/// A job that runs on fixtures.
pub(super) struct Prepared {
    pub(super) job: Job,
    /// The folders that hold what the expectations of the test are about.
    pub(super) outputs: Vec<PathBuf>,
}

/// Settings of a source that say how its own files are read.
const OF_FILES: &[&str] =
    &["path", "paths", "format", "format_options", "compression", "exclusions", "recurse", "columns_from_path"];

/// The job of a test over its fixtures, which are written into `folder`. `root` is the project's.
pub(super) fn prepare(job: &Job, test: &Test, root: &Path, folder: &Path) -> Result<Prepared, Box<Diagnostic>> {
    let mut job = job.clone();
    one_partition(&mut job);
    let inputs = folder.join("given");
    fs::create_dir_all(&inputs).map_err(|error| unwritable(&error))?;
    for node in job.nodes.iter_mut().filter(|node| node.role == Role::Source) {
        let given = test.given.iter().find(|(name, _)| name.value == node.name.value).map(|(_, given)| given);
        let Some(args) = &mut node.args else { continue };
        if let Some(Given::File(path)) = given {
            // The job runs elsewhere.
            let file = root.join(path.as_str());
            set_path(args, &std::path::absolute(&file).unwrap_or(file));
            args.entries.retain(|(name, _)| *name != "paths");
            continue;
        }
        let Some(schema) = node.outputs.first().and_then(|output| output.schema.clone()) else { continue };
        let rows = match given {
            Some(Given::Rows(rows)) => rows.as_slice(),
            _ => &[],
        };
        let path = inputs.join(format!("{}.json", node.name));
        let text: String = rows.iter().map(|row| record(row, &schema).to_string() + "\n").collect();
        fs::write(&path, text).map_err(|error| unwritable(&error))?;
        args.entries.retain(|(name, _)| !OF_FILES.contains(name));
        set_path(args, &path);
        set(args, "format", "json");
    }
    let written = folder.join("written");
    for node in job.nodes.iter_mut().filter(|node| node.role == Role::Sink) {
        let Some(args) = &mut node.args else { continue };
        *args = sink_settings(args.span, &written.join(node.name.as_str()));
    }
    let outputs = test.expect.iter().enumerate().map(|(at, expected)| output(&mut job, at, &expected.name, &written)).collect();
    Ok(Prepared { job, outputs })
}

fn unwritable(error: &std::io::Error) -> Box<Diagnostic> {
    let message = "the rows of a test cannot be written to the temporary folder";
    Box::new(Diagnostic::bare(&codes::run::WRITE_FAILED, message).note(format!("the system says: {error}")))
}

/// Rows keep their order where one core works on them.
fn one_partition(job: &mut Job) {
    let span = job.args.span;
    let one = Arg { value: Value::Int(1), span, key: span, written: false };
    let partitions = |settings: &mut Args| {
        settings.entries.retain(|(name, _)| *name != "target_partitions");
        settings.entries.push(("target_partitions", one.clone()));
    };
    let known = job.args.entries.iter_mut().find(|(name, _)| *name == "settings");
    if let Some((_, Arg { value: Value::Record(settings), .. })) = known {
        partitions(settings);
        return;
    }
    let mut settings = Args::empty(span);
    partitions(&mut settings);
    job.args.entries.push(("settings", Arg { value: Value::Record(settings), span, key: span, written: false }));
}

fn set(args: &mut Args, name: &'static str, text: &str) {
    let span = args.span;
    let value = Value::Text(Text { value: text.to_owned(), map: EmbedMap::opaque(span) });
    args.entries.retain(|(known, _)| *known != name);
    args.entries.push((name, Arg { value, span, key: span, written: true }));
}

/// A source has a list of paths, if only of one.
fn set_path(args: &mut Args, path: &Path) {
    let span = args.span;
    let text = Value::Text(Text { value: path.display().to_string(), map: EmbedMap::opaque(span) });
    let one = Arg { value: text, span, key: span, written: true };
    args.entries.retain(|(known, _)| *known != "path");
    args.entries.push(("path", Arg { value: Value::List(vec![one]), span, key: span, written: true }));
}

fn sink_settings(span: Span, folder: &Path) -> Args {
    let mut args = Args::empty(span);
    set(&mut args, "path", &folder.display().to_string());
    set(&mut args, "format", "parquet");
    set(&mut args, "mode", "overwrite");
    args
}

/// The folder with the rows of a sink, or of an output that gets a sink of its own.
fn output(job: &mut Job, at: usize, name: &Text, written: &Path) -> PathBuf {
    let (node, port) = match name.as_str().split_once('.') {
        Some((node, port)) => (node, Some(port)),
        None => (name.as_str(), None),
    };
    let found = job.find(node).filter(|id| job.node(*id).role != Role::Sink);
    let Some((id, port)) = found.and_then(|id| Some((id, place(job.node(id), port)?))) else { return written.join(node) };
    let own = format!("__gc_expected_{at}");
    let span = job.node(id).span;
    let folder = written.join(&own);
    job.order.push(NodeId(job.nodes.len()));
    job.nodes.push(Node {
        name: Text { value: own, map: EmbedMap::opaque(span) },
        role: Role::Sink,
        kind: Some(Kind::Sink(&file::FILE)),
        args: Some(sink_settings(span, &folder)),
        inputs: vec![Edge { node: id, port, span }],
        references: Vec::new(),
        outputs: Vec::new(),
        quality: None,
        partitions: Vec::new(),
        changes: Vec::new(),
        span,
    });
    folder
}

/// A row as a JSON object with values as the types of their columns want them. What does not fit stays text, and is malformed.
fn record(row: &Yaml, schema: &Schema) -> Json {
    let value = |entry: &crate::syntax::yaml::Entry| {
        let data_type = schema.field_with_name(entry.key.as_str()).map_or(DataType::Null, |field| field.data_type().clone());
        (entry.key.value.clone(), json(&entry.value, &data_type))
    };
    Json::Object(row.entries().iter().map(value).collect())
}

/// A value of a test as JSON, as its column wants it.
pub(super) fn json(node: &Yaml, data_type: &DataType) -> Json {
    match (&node.kind, data_type) {
        (NodeKind::Scalar(scalar), data_type) => scalar_json(scalar, data_type),
        (NodeKind::List(items), DataType::List(item)) => {
            Json::Array(items.iter().map(|one| json(one, item.data_type())).collect())
        }
        (NodeKind::List(items), _) => Json::Array(items.iter().map(|one| json(one, &DataType::Null)).collect()),
        (NodeKind::Map(entries), data_type) => {
            let inner = |name: &str| match data_type {
                DataType::Struct(fields) => {
                    fields.iter().find(|field| field.name() == name).map(|field| field.data_type().clone())
                }
                DataType::Map(entries, _) => match entries.data_type() {
                    DataType::Struct(fields) => fields.get(1).map(|field| field.data_type().clone()),
                    _ => None,
                },
                _ => None,
            };
            let value = |entry: &crate::syntax::yaml::Entry| {
                (entry.key.value.clone(), json(&entry.value, &inner(entry.key.as_str()).unwrap_or(DataType::Null)))
            };
            Json::Object(entries.iter().map(value).collect::<Map<_, _>>())
        }
    }
}

fn scalar_json(scalar: &Scalar, data_type: &DataType) -> Json {
    let text = || Json::String(scalar.text.value.clone());
    match (&scalar.value, data_type) {
        (ScalarValue::Null, _) => Json::Null,
        (ScalarValue::Bool(value), DataType::Boolean) => Json::Bool(*value),
        (ScalarValue::Int(value), data_type) if data_type.is_numeric() && !data_type.is_decimal() => Json::from(*value),
        (ScalarValue::Float(value), data_type) if data_type.is_floating() => Json::from(*value),
        // A decimal keeps its digits as a number of JSON, which is text there.
        (ScalarValue::Int(_) | ScalarValue::Float(_), data_type) if data_type.is_decimal() => {
            serde_json::from_str(&scalar.text.value).unwrap_or_else(|_| text())
        }
        _ => text(),
    }
}
