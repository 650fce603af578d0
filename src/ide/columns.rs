//! Columns of nodes, and where a column comes from under the same name.
//!
//! A column keeps its identity while nodes hand it on; the node that gives it its name is its origin. Renaming a column means
//! renaming it at its origin and wherever it is named until it gets another name.

use super::scope::setting_names;
use crate::ir::{Edge, Job, Kind, NodeId};
use crate::spec::job::Role;
use crate::stdlib::expr::is_hidden;
use crate::stdlib::transform::port;
use crate::stdlib::types::type_name;

/// A column by the node that gives it its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnId {
    /// The job.
    pub job: String,
    /// The node.
    pub node: String,
    /// The name.
    pub name: String,
}

/// A column of an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, as users write it.
    pub ty: String,
    /// Whether it may be NULL.
    pub nullable: bool,
}

/// The columns of an output; `None` if they are not known.
pub fn of(job: &Job, node: NodeId, port: usize) -> Option<Vec<Column>> {
    let schema = job.node(node).outputs.get(port)?.schema.as_ref()?;
    let visible = schema.fields().iter().filter(|field| !is_hidden(field.name()));
    let columns = visible.map(|field| Column {
        name: field.name().clone(),
        ty: type_name(field.data_type()),
        nullable: field.is_nullable(),
    });
    Some(columns.collect())
}

/// The inputs of a node with their columns.
pub fn inputs(job: &Job, node: NodeId) -> Vec<(Edge, Option<Vec<Column>>)> {
    job.node(node).inputs.iter().map(|edge| (*edge, of(job, edge.node, edge.port))).collect()
}

/// The column of that name, as names are looked up: exactly, then in any case.
pub fn find<'c>(columns: &'c [Column], name: &str) -> Option<&'c Column> {
    let exact = columns.iter().find(|column| column.name == name);
    exact.or_else(|| columns.iter().find(|column| column.name.eq_ignore_ascii_case(name)))
}

/// The column of an output; `None` if it has none of that name.
pub fn column(job: &Job, edge: Edge, name: &str) -> Option<Column> {
    find(&of(job, edge.node, edge.port)?, name).cloned()
}

/// The node that gave a column of an output its name.
pub fn origin(job: &Job, edge: Edge, name: &str) -> Option<(NodeId, Column)> {
    let (mut edge, column) = (edge, column(job, edge, name)?);
    // A way back without cycles is no longer than the job.
    for _ in 0..=job.nodes.len() {
        match handed_on(job, edge, &column.name) {
            Some(before) => edge = before,
            None => break,
        }
    }
    Some((edge.node, column))
}

/// The identity of a column of an output.
pub fn id(job: &Job, edge: Edge, name: &str) -> Option<ColumnId> {
    let (node, column) = origin(job, edge, name)?;
    Some(ColumnId { job: job.name.value.clone(), node: job.node(node).name.value.clone(), name: column.name })
}

/// The input from which a node hands a column on under the same name; `None` if the node makes it.
pub fn handed_on(job: &Job, edge: Edge, name: &str) -> Option<Edge> {
    let node = job.node(edge.node);
    let Some(Kind::Transform(def)) = node.kind else { return None };
    let args = node.args.as_ref()?;
    let first = || node.inputs.iter().copied().find(|edge| column(job, *edge, name).is_some());
    let is = |text: Option<&str>| text.is_some_and(|text| text.eq_ignore_ascii_case(name));
    let made = match def.name {
        "sql" | "union" => true,
        "apply_mapping" => args.records("mappings").into_iter().any(|map| is(map.str("to")) && !is(map.str("from"))),
        "rename_field" => is(args.str("to")),
        "fill_missing_values" => is(args.str("output")),
        "evaluate_data_quality" => edge.port >= port::RULE_OUTCOMES,
        name => {
            let records =
                setting_names(name).iter().flat_map(|(list, key)| args.records(list).into_iter().map(move |r| (r, *key)));
            records.into_iter().any(|(record, key)| is(record.str(key)))
        }
    };
    if made { None } else { first() }
}

/// What a column that a node makes is made from, where that is one column: `from` of a mapping.
pub fn made_from(job: &Job, node: NodeId, name: &str) -> Option<(Edge, String)> {
    let at = job.node(node);
    let Some(Kind::Transform(def)) = at.kind else { return None };
    let args = at.args.as_ref()?;
    let input = *at.inputs.first()?;
    let is = |text: Option<&str>| text.is_some_and(|text| text.eq_ignore_ascii_case(name));
    let from = match def.name {
        "apply_mapping" => args.records("mappings").into_iter().find(|map| is(map.str("to")))?.str("from")?,
        "rename_field" => args.str("from")?,
        "fill_missing_values" => args.str("field")?,
        "window" | "aggregate" => {
            let list = if def.name == "window" { "functions" } else { "aggregations" };
            args.records(list).into_iter().find(|record| is(record.str("as")))?.str("column")?
        }
        "union" => name,
        "join" => {
            let second = *at.inputs.get(1)?;
            let bare = name.strip_prefix(&format!("{}_", job.node(second.node).name))?;
            return column(job, second, bare).map(|column| (second, column.name));
        }
        _ => return None,
    };
    column(job, input, from).map(|column| (input, column.name))
}

/// How a column came to be, a sentence a step, the nearest first.
pub fn history(job: &Job, edge: Edge, name: &str) -> Vec<String> {
    let mut steps = Vec::new();
    let mut at = Some((edge, name.to_owned()));
    while let Some((edge, name)) = at {
        let Some((node, column)) = origin(job, edge, &name) else { break };
        let before = made_from(job, node, &column.name);
        let spec = job.node(node);
        let what = match (spec.role, &before) {
            (Role::Source, _) => format!("read by `{}`", spec.name),
            (_, Some((from, old))) => {
                format!("made in `{}` from `{old}` of `{}`", spec.name, job.node(from.node).output_name(from.port))
            }
            (_, None) => format!("made in `{}`", spec.name),
        };
        steps.push(what);
        at = before.filter(|_| steps.len() <= job.nodes.len());
    }
    steps
}

/// All outputs that have a column of this origin under its name.
pub fn everywhere(job: &Job, id: &ColumnId) -> Vec<Edge> {
    let mut found = Vec::new();
    for (node, spec) in job.iter() {
        for port in 0..spec.outputs.len() {
            let edge = Edge { node, port, span: spec.span };
            if self::id(job, edge, &id.name).as_ref() == Some(id) {
                found.push(edge);
            }
        }
    }
    found
}
