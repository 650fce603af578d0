//! Test files: found beside the specs, read by tables, held against the project. Every fault is reported at its place.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, Utc};
use datafusion::arrow::datatypes::Schema;

use super::given::json;

use crate::diag::{Diagnostic, Sink, codes};
use crate::ir::{Job, Node, Program};
use crate::source::{FileId, SourceMap, Span, Text};
use crate::spec::job::Role;
use crate::spec::param::decode::{Scope, decode_in, is_reported};
use crate::spec::param::{Args, Param, ParamType};
use crate::stdlib::connector::Malformed;
use crate::stdlib::connector::file::{fits, source::malformed};
use crate::stdlib::types::type_name;
use crate::syntax::yaml::{self, Node as Yaml, NodeKind, Scalar, ScalarValue};
use crate::world::World;

/// Where test files are looked for, from the root of the project.
const FILES: &[&str] = &["*.test.yaml", "pipelines/**/*.test.yaml", "tests/**/*.test.yaml"];

/// A test file.
const FILE: &[Param] = &[Param::optional("version", ParamType::Int { min: 1, max: 1 }, "the version of the language")];

/// Parts of a test file, and of a test, that are read name by name.
const FILE_PARTS: &[Param] = &[Param::required("tests", ParamType::Map(&ParamType::Text), "the tests by name")];

/// A test.
pub(crate) const TEST: &[Param] = &[
    Param::required("job", ParamType::Text, "the job to run"),
    Param::optional("description", ParamType::Text, "what it shows"),
    Param::optional("now", ParamType::Text, "the time of the run: `2026-06-03T00:00:00Z`"),
    Param::optional("target", ParamType::Text, "the target of the project"),
    Param::optional("variables", ParamType::Map(&ParamType::Text), "values for variables of the project"),
    Param::default("status", ParamType::OneOf(STATUS), "succeeded", "how the run ends"),
];

const TEST_PARTS: &[Param] = &[
    Param::optional("given", ParamType::Map(&ParamType::Text), "what sources read, by their names; the others have no rows"),
    Param::optional(
        "expect",
        ParamType::Map(&ParamType::Text),
        "what sinks and outputs of nodes hold, by their names; without it, `status` says how the run ends",
    ),
];

const STATUS: &[&str] = &["succeeded", "gate_failed", "failed"];

/// What a source reads.
pub(crate) const GIVEN: &[Param] =
    &[Param::optional("file", ParamType::Path, "a file in the source's own format, from the root of the project")];

/// What an output holds.
pub(crate) const EXPECTED: &[Param] = &[
    Param::default("match", ParamType::OneOf(&["exact", "subset"]), "exact", "whether there may be other rows too"),
    Param::default("ordered", ParamType::Bool, "false", "whether the rows come in this order"),
    Param::optional("count", ParamType::Int { min: 0, max: i64::MAX }, "how many rows there are"),
];

const ROWS: &[Param] = &[Param::optional("rows", ParamType::List(&ParamType::Map(&ParamType::Text)), "the rows, by column")];

/// A test file that was read.
pub(super) struct TestFile {
    tree: Yaml,
}

/// A test that fits the project.
#[derive(Debug)]
pub(super) struct Test {
    pub(super) name: Text,
    pub(super) job: Text,
    pub(super) now: Option<DateTime<Utc>>,
    pub(super) target: Option<String>,
    pub(super) variables: Vec<(String, String)>,
    pub(super) status: Option<&'static str>,
    pub(super) given: Vec<(Text, Given)>,
    pub(super) expect: Vec<Expected>,
}

/// What a source reads in a test.
#[derive(Debug)]
pub(super) enum Given {
    /// These rows.
    Rows(Vec<Yaml>),
    /// That file.
    File(Text),
}

/// What an output is to hold.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) name: Text,
    pub(super) rows: Option<Rows>,
    pub(super) matching: Matching,
    pub(super) count: Option<Count>,
}

/// Rows as they were written.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) items: Vec<Yaml>,
    /// The list.
    pub(super) span: Span,
}

impl Rows {
    /// Whether they stand below their key and nowhere else: what an anchor (`&rows`) or an alias (`*rows`) shares with another place
    /// cannot be changed for one of them.
    pub(super) fn is_own(&self, key: Span, map: &SourceMap) -> bool {
        let inside = |span: Span| self.span.start <= span.start && span.end <= self.span.end;
        let between = key.end <= self.span.start && self.span.file == key.file;
        let text = map.text(Span { start: key.end.min(self.span.start), end: self.span.end, ..key });
        between && self.items.iter().all(|item| inside(item.span)) && !text.contains(['&', '*'])
    }
}

/// How rows are held against each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Matching {
    pub(super) subset: bool,
    pub(super) ordered: bool,
}

/// A number of rows and where it is written.
#[derive(Debug)]
pub(super) struct Count {
    pub(super) value: usize,
    pub(super) span: Span,
}

/// The test files of a project, or `only` that one.
pub(super) fn files(world: &dyn World, root: &Path, only: Option<&Path>, map: &mut SourceMap, sink: &mut Sink) -> Vec<TestFile> {
    if let Some(path) = only {
        return file(world, path, map, sink).into_iter().collect();
    }
    let mut paths: Vec<PathBuf> = FILES.iter().flat_map(|pattern| world.glob(root, pattern).unwrap_or_default()).collect();
    paths.sort();
    paths.dedup();
    paths.into_iter().filter_map(|path| file(world, &path, map, sink)).collect()
}

fn file(world: &dyn World, path: &Path, map: &mut SourceMap, sink: &mut Sink) -> Option<TestFile> {
    let shown: PathBuf = path.components().filter(|part| *part != std::path::Component::CurDir).collect();
    let text = match world.read(path) {
        Ok(text) => text,
        Err(error) => {
            let unreadable = Diagnostic::bare(&codes::project::UNREADABLE_FILE, format!("`{}` cannot be read", shown.display()));
            sink.push(unreadable.note(format!("the system says: {error}")));
            return None;
        }
    };
    let file: FileId = map.add(shown, Arc::clone(&text));
    Some(TestFile { tree: yaml::parse(file, &text, sink)? })
}

/// A project without tests.
pub(super) fn none(program: &Program) -> Diagnostic {
    let message = format!("project `{}` has no tests", program.name);
    Diagnostic::bare(&codes::test::NO_TESTS, message)
        .note(format!("looked for {}", FILES.iter().map(|pattern| format!("`{pattern}`")).collect::<Vec<_>>().join(", ")))
        .help("`glue-compile explain GC1101` shows one")
}

/// All tests of the files; faults are reported.
pub(super) fn tests(files: &[TestFile], program: &Program, sink: &mut Sink) -> Vec<Test> {
    let mut found: Vec<Test> = Vec::new();
    for file in files {
        let scope = Scope { what: "a test file", at: None, elsewhere: FILE_PARTS };
        if decode_in(&file.tree, FILE, scope, sink).is_none() {
            continue;
        }
        if file.tree.get("tests").is_none() {
            let missing = Diagnostic::new(&codes::spec::MISSING_SETTING, file.tree.span, "a test file has no tests");
            sink.push(missing.here("`tests` is missing").help("write them under `tests:`, by their names"));
        }
        for (name, node) in named(&file.tree, "tests", sink) {
            if let Some(first) = found.iter().find(|test| test.name.value == name.value) {
                let message = format!("test `{name}` is defined twice");
                let twice = Diagnostic::new(&codes::project::DUPLICATE_DEFINITION, name.span(), message);
                sink.push(
                    twice.here("the same name again").also(first.name.span(), "first here").help("give one of them another name"),
                );
                continue;
            }
            found.extend(test(name, node, program, sink));
        }
    }
    found
}

/// The entries of a map under a key; what is no map is reported.
fn named<'y>(node: &'y Yaml, key: &str, sink: &mut Sink) -> Vec<(&'y Text, &'y Yaml)> {
    let Some(value) = node.get(key) else { return Vec::new() };
    match &value.kind {
        NodeKind::Map(entries) => entries.iter().map(|entry| (&entry.key, &entry.value)).collect(),
        NodeKind::Scalar(Scalar { value: ScalarValue::Null, .. }) => Vec::new(),
        _ if is_reported(value) => Vec::new(),
        _ => {
            let message = format!("`{key}` must be a map by name, found {}", value.describe());
            sink.push(
                Diagnostic::new(&codes::spec::WRONG_TYPE, value.span, message)
                    .here("expected a map")
                    .help("write the name of each as its key"),
            );
            Vec::new()
        }
    }
}

fn test(name: &Text, node: &Yaml, program: &Program, sink: &mut Sink) -> Option<Test> {
    let what = format!("test `{name}`");
    let scope = Scope { what: &what, at: Some(name.span()), elsewhere: TEST_PARTS };
    let args = decode_in(node, TEST, scope, sink)?;
    let job = args.text("job")?.clone();
    let Some(found) = program.jobs.get(&job.value) else {
        let unknown = Diagnostic::new(&codes::names::UNKNOWN_JOB, job.span(), format!("the project has no job `{job}`"));
        let names = program.jobs.keys().map(String::as_str);
        sink.push(unknown.here("no job of that name").suggest_or_list(job.span(), &job.value, "its jobs are", names));
        return None;
    };
    let before = sink.len();
    let status = args.str("status").and_then(|word| STATUS.iter().find(|known| **known == word).copied());
    let must_fit = status != Some("failed");
    let given =
        named(node, "given", sink).into_iter().filter_map(|(name, node)| given(name, node, found, must_fit, sink)).collect();
    if node.get("expect").is_none() && node.get("status").is_none() {
        let missing = Diagnostic::new(&codes::spec::MISSING_SETTING, name.span(), format!("test `{name}` expects nothing"));
        sink.push(missing.here("`expect` is missing").help("say what a sink holds: `expect: { SINK: { rows: […] } }`"));
    }
    let expect = named(node, "expect", sink).into_iter().filter_map(|(name, node)| expected(name, node, found, sink)).collect();
    let now = args.text("now").and_then(|text| moment(text, sink));
    let variables = args.map("variables").iter().filter_map(|(name, arg)| Some((name.value.clone(), arg.text()?.value.clone())));
    let test = Test {
        name: name.clone(),
        now,
        target: args.str("target").map(str::to_owned),
        variables: variables.collect(),
        status,
        given,
        expect,
        job,
    };
    (sink.len() == before || !sink.has_errors()).then_some(test)
}

fn moment(text: &Text, sink: &mut Sink) -> Option<DateTime<Utc>> {
    let word = text.as_str();
    let with_zone = DateTime::parse_from_rfc3339(word).map(|time| time.with_timezone(&Utc)).ok();
    let without = || {
        ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(word, format).ok())
    };
    let found = with_zone.or_else(|| without().map(|time| time.and_utc()));
    if found.is_none() {
        let wrong = Diagnostic::new(&codes::spec::INVALID_VALUE, text.span(), format!("`{word}` is no time"));
        sink.push(wrong.here("expected a time").help("write it like `2026-06-03T00:00:00Z`"));
    }
    found
}

/// `must_fit`: a malformed record is not what the test shows.
fn given(name: &Text, node: &Yaml, job: &Job, must_fit: bool, sink: &mut Sink) -> Option<(Text, Given)> {
    let sources = || job.nodes.iter().filter(|node| node.role == Role::Source);
    let Some(source) = sources().find(|node| node.name.value == name.value) else {
        let message = format!("job `{}` has no source `{name}`", job.name);
        let unknown = Diagnostic::new(&codes::names::UNKNOWN_NODE, name.span(), message).here("no source of that name");
        sink.push(unknown.suggest_or_list(name.span(), &name.value, "its sources are", sources().map(|node| node.name.as_str())));
        return None;
    };
    let what = format!("what `{name}` reads");
    let args = decode_in(node, GIVEN, Scope { what: &what, at: Some(name.span()), elsewhere: ROWS }, sink)?;
    if let Some(file) = args.text("file") {
        return Some((name.clone(), Given::File(file.clone())));
    }
    let rows = rows(node, sink)?;
    let Some(schema) = source.outputs.first().and_then(|output| output.schema.as_ref()) else {
        let message = format!("the columns of source `{name}` are not known");
        let unknown = Diagnostic::new(&codes::test::SOURCE_COLUMNS, name.span(), message).here("these rows have no types");
        sink.push(unknown.help("declare them: `schema: { columns: [{ name: …, type: … }] }`, or give a `file`"));
        return None;
    };
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    known_columns(&rows.items, &names, &format!("source `{name}`"), sink);
    if must_fit && source.args.as_ref().is_none_or(|args| malformed(args) == Malformed::Fail) {
        fitting(&rows.items, schema, name, sink);
    }
    Some((name.clone(), Given::Rows(rows.items)))
}

fn expected(name: &Text, node: &Yaml, job: &Job, sink: &mut Sink) -> Option<Expected> {
    let names = output(name, job, sink)?;
    let what = format!("what `{name}` holds");
    let args: Args = decode_in(node, EXPECTED, Scope { what: &what, at: Some(name.span()), elsewhere: ROWS }, sink)?;
    let rows = if node.get("rows").is_some() { Some(rows(node, sink)?) } else { None };
    let count = args.get("count").and_then(|arg| {
        let value = usize::try_from(args.int("count")?).ok()?;
        Some(Count { value, span: arg.span })
    });
    if rows.is_none() && count.is_none() {
        let nothing = Diagnostic::new(&codes::spec::MISSING_SETTING, name.span(), format!("nothing is expected of `{name}`"));
        sink.push(nothing.here("`rows` and `count` are missing").help("say which rows it holds, or how many"));
        return None;
    }
    if let (Some(rows), Some(names)) = (&rows, &names) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        known_columns(&rows.items, &names, &format!("`{name}`"), sink);
    }
    let matching = Matching { subset: args.str("match") == Some("subset"), ordered: args.flag("ordered") };
    Some(Expected { name: name.clone(), rows, matching, count })
}

/// The columns of a sink, or of an output of a node; `Some(None)` if they are not known. Reports what is not there.
fn output(name: &Text, job: &Job, sink: &mut Sink) -> Option<Option<Vec<String>>> {
    let (node, port) = match name.as_str().split_once('.') {
        Some((node, port)) => (node, Some(port)),
        None => (name.as_str(), None),
    };
    let Some(id) = job.find(node) else {
        let message = format!("job `{}` has no sink or node `{node}`", job.name);
        let unknown = Diagnostic::new(&codes::names::UNKNOWN_NODE, name.span(), message).here("no sink or node of that name");
        let known = job.nodes.iter().map(|node| node.name.as_str());
        let is_beside = TEST.iter().any(|param| param.name == node);
        sink.push(match is_beside {
            true => unknown.help(format!("`{node}` is a setting of the test: write it beside `job`, not below `expect`")),
            false => unknown.suggest_or_list(name.span(), node, "its nodes are", known),
        });
        return None;
    };
    let found: &Node = job.node(id);
    let edge = match (found.role, port) {
        (Role::Sink, None) => found.inputs.first().copied(),
        (_, port) => place(found, port).map(|port| crate::ir::Edge { node: id, port, span: name.span() }),
    };
    let Some(edge) = edge else {
        let message = format!("`{node}` has no output `{}`", port.unwrap_or_default());
        let unknown = Diagnostic::new(&codes::names::UNKNOWN_PORT, name.span(), message).here("no such output");
        let known = found.outputs.iter().filter_map(|output| output.name);
        sink.push(unknown.note(format!("its outputs: {}", crate::diag::suggest::list(known, 8))).help("name one of them"));
        return None;
    };
    let schema = job.node(edge.node).outputs.get(edge.port).and_then(|output| output.schema.as_ref());
    Some(schema.map(|schema| schema.fields().iter().map(|field| field.name().clone()).collect()))
}

/// The output of a node that a name means: the first if none is named.
pub(super) fn place(node: &Node, port: Option<&str>) -> Option<usize> {
    match port {
        None if node.outputs.is_empty() => None,
        None => Some(0),
        Some(port) => node.outputs.iter().position(|output| output.name == Some(port)),
    }
}

fn rows(node: &Yaml, sink: &mut Sink) -> Option<Rows> {
    let rows = node.get("rows")?;
    let NodeKind::List(items) = &rows.kind else {
        if !is_reported(rows) {
            let message = format!("`rows` must be a list of rows, found {}", rows.describe());
            sink.push(
                Diagnostic::new(&codes::spec::WRONG_TYPE, rows.span, message)
                    .here("expected a list")
                    .help("write `[{ column: value }]`"),
            );
        }
        return None;
    };
    for item in items.iter().filter(|item| !matches!(item.kind, NodeKind::Map(_)) && !is_reported(item)) {
        let message = format!("a row must be a map of values by column, found {}", item.describe());
        sink.push(
            Diagnostic::new(&codes::spec::WRONG_TYPE, item.span, message)
                .here("expected a map")
                .help("write `{ column: value }`"),
        );
    }
    Some(Rows { items: items.clone(), span: rows.span })
}

/// Values that the columns cannot hold: the run would stop at a malformed record.
fn fitting(rows: &[Yaml], schema: &Schema, source: &Text, sink: &mut Sink) {
    for entry in rows.iter().flat_map(Yaml::entries) {
        let (name, value) = (entry.key.as_str(), &entry.value);
        let Ok(field) = schema.field_with_name(name) else { continue };
        if is_reported(value) || fits(&json(value, field.data_type()), &Arc::new(field.clone())) {
            continue;
        }
        let shown = match &value.kind {
            NodeKind::Scalar(scalar) => format!("`{}`", scalar.text),
            NodeKind::List(_) | NodeKind::Map(_) => value.describe().to_owned(),
        };
        let message = format!("{shown} is no {}", type_name(field.data_type()));
        sink.push(
            Diagnostic::new(&codes::spec::WRONG_TYPE, value.span, message)
                .here(format!("column `{name}` of source `{source}`"))
                .help("write a value of that type; a test of malformed records says `status: failed`"),
        );
    }
}

fn known_columns(rows: &[Yaml], names: &[&str], what: &str, sink: &mut Sink) {
    for entry in rows.iter().flat_map(Yaml::entries) {
        let column = entry.key.as_str();
        if !names.contains(&column) {
            let unknown =
                Diagnostic::new(&codes::expression::UNKNOWN_COLUMN, entry.key.span(), format!("unknown column `{column}`"));
            let unknown = unknown.here(format!("{what} has no such column"));
            sink.push(unknown.suggest_or_list(entry.key.span(), column, "its columns are", names.iter().copied()));
        }
    }
}
