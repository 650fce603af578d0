//! Partition keys that make very many folders, with a small file in each.

use std::collections::BTreeSet;

use datafusion::arrow::datatypes::DataType;

use crate::diag::{Diagnostic, Sink, codes};
use crate::ir::{Job, Kind, Node, NodeId};
use crate::source::{Span, Text};
use crate::spec::param::{Arg, Value};
use crate::stdlib::expr::is_hidden;

/// More keys than this are folders in folders, and hardly a row in each.
const MANY: usize = 4;

/// Rule types that say of their only column that no value is there twice.
const UNIQUE: [&str; 2] = ["IsUnique", "IsPrimaryKey"];

/// Reports keys whose values are as many as the rows, and too many keys.
pub(super) fn check(job: &Job, sink: &mut Sink) {
    for (id, node) in job.iter() {
        let (Some(Kind::Sink(_)), Some(args)) = (node.kind, &node.args) else { continue };
        let keys = args.list("partition_keys");
        let texts: Vec<&Text> = keys.iter().filter_map(Arg::text).collect();
        if texts.is_empty() {
            continue;
        }
        let uniques = uniques(job, id);
        let before = sink.len();
        for key in &texts {
            let unique = uniques.iter().find(|unique| unique.column.eq_ignore_ascii_case(key.as_str()));
            if let Some(unique) = unique {
                sink.push(one_for_each_row(node, key, unique));
            } else if is_point_in_time(job, node, key) {
                sink.push(points_in_time(node, key));
            }
        }
        // Keys that leave no column for the files are an error of their own.
        if keys.len() > MANY && sink.len() == before && leaves_columns(job, node, keys.len()) {
            sink.push(many(node, keys));
        }
    }
}

/// A column that has no value twice.
struct Unique<'a> {
    column: &'a str,
    /// Where that is said, and what is said there.
    at: Span,
    says: &'static str,
}

/// The columns that nodes before a sink make or demand unique.
fn uniques(job: &Job, sink: NodeId) -> Vec<Unique<'_>> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::from([sink]);
    let mut open = vec![sink];
    while let Some(id) = open.pop() {
        for edge in &job.node(id).inputs {
            if seen.insert(edge.node) {
                open.push(edge.node);
                of_node(job.node(edge.node), &mut found);
            }
        }
    }
    found
}

fn of_node<'a>(node: &'a Node, found: &mut Vec<Unique<'a>>) {
    let rules = node.quality.iter().flat_map(|quality| &quality.rules.rules);
    for leaf in rules.flat_map(|rule| rule.body.leaves()).filter(|leaf| UNIQUE.contains(&leaf.def.name)) {
        if let [column] = leaf.about.as_slice() {
            found.push(Unique { column, at: leaf.span, says: "a rule says that no value is there twice" });
        }
    }
    let (Some(Kind::Transform(def)), Some(args)) = (node.kind, &node.args) else { return };
    let (setting, says) = match def.name {
        "drop_duplicates" => ("columns", "one row is left for each value"),
        "aggregate" => ("group_by", "there is one row for each value"),
        _ => return,
    };
    if let [Arg { value: Value::Text(column), span, .. }] = args.list(setting) {
        found.push(Unique { column: column.as_str(), at: *span, says });
    }
}

/// Whether a sink has more columns than keys, as far as that is known.
fn leaves_columns(job: &Job, node: &Node, keys: usize) -> bool {
    let input = node.inputs.first().and_then(|edge| job.node(edge.node).outputs.get(edge.port));
    let schema = input.and_then(|output| output.schema.as_ref());
    schema.is_none_or(|schema| schema.fields().iter().filter(|field| !is_hidden(field.name())).count() > keys)
}

/// Whether a key is a column of points in time.
fn is_point_in_time(job: &Job, node: &Node, key: &Text) -> bool {
    let input = node.inputs.first().and_then(|edge| job.node(edge.node).outputs.get(edge.port));
    let field = input.and_then(|output| output.schema.as_ref()).and_then(|schema| schema.column_with_name(key.as_str()));
    field.is_some_and(|(_, field)| matches!(field.data_type(), DataType::Timestamp(..)))
}

fn one_for_each_row(node: &Node, key: &Text, unique: &Unique<'_>) -> Diagnostic {
    let message = format!("`{}` makes a folder for every row: no value of `{key}` is there twice", node.name);
    Diagnostic::new(&codes::lint::SMALL_FILES, key.span(), message)
        .here("a folder and a file for each value")
        .also(unique.at, unique.says)
        .help("partition by something that many rows share, such as a day or a region")
}

fn points_in_time(node: &Node, key: &Text) -> Diagnostic {
    Diagnostic::new(&codes::lint::SMALL_FILES, key.span(), format!("`{}` makes a folder for every point in time", node.name))
        .here("a folder and a file for each value of this `timestamp`")
        .help(format!(
            "partition by the day: `{{ name: day, expression: \"cast({key} as date)\" }}` in a `derived_column` before it"
        ))
}

fn many(node: &Node, keys: &[Arg]) -> Diagnostic {
    let span = keys[0].span.to(keys[keys.len() - 1].span);
    Diagnostic::new(&codes::lint::SMALL_FILES, span, format!("`{}` is partitioned by {} columns", node.name, keys.len()))
        .here("a folder and a file for each combination of values")
        .help("partition by the columns that readers choose by, and leave the others in the files")
}
