//! Completions in a spec: keys, types, words, and the names that values may hold.

use super::marker::{MARKER, before};
use super::{Completion, CompletionKind, dqdl, sql};
use crate::ide::Analysis;
use crate::ide::columns;
use crate::ide::hover::param_text;
use crate::ide::scope;
use crate::ide::walk::{self, Item, Named, Owner};
use crate::ir::{Edge, Job};
use crate::spec::job::Role;
use crate::spec::param::{Param, ParamType, Presence, describe};
use crate::spec::project::RulesetRef;
use crate::stdlib::{connector, transform, types};
use crate::syntax::yaml::{Entry, Node, NodeKind, Scalar};

/// What may stand where the marker is.
pub(super) fn complete(analysis: &Analysis, tree: &Node) -> Vec<Completion> {
    let mut found = Vec::new();
    walk::walk(tree, &mut |owner, item| match item {
        Item::Key { entry, tables, map, .. } if entry.key.value.contains(MARKER) => found.extend(keys(&tables, map, entry)),
        Item::Name { entry, named: Named::VariableOfTarget } if entry.key.value.contains(MARKER) => {
            found.extend(variables(analysis, tree, str::to_owned));
        }
        Item::Kind { scalar, role } if scalar.text.value.contains(MARKER) => found.extend(kinds(role)),
        Item::Use(scalar) if scalar.text.value.contains(MARKER) => found.extend(templates(tree)),
        Item::Value { scalar, ty, param, record } => {
            let Some(before) = before(&scalar.text.value) else { return };
            if scope::is_table_ref(&owner, record) {
                found.extend(catalog(analysis, param, record));
            } else {
                found.extend(value(analysis, tree, &owner, scalar, before, ty, param));
            }
        }
        _ => {}
    });
    found
}

/// Keys that the tables have and the map has not.
fn keys(tables: &[&'static [Param]], map: &Node, own: &Entry) -> Vec<Completion> {
    let has = |name: &str| map.entries().iter().any(|entry| entry.key.value == name && !std::ptr::eq(entry, own));
    // `{ from: a, … }` and a block differ in how a map inside of them is begun.
    let in_flow = is_flow(map);
    let missing = tables.iter().flat_map(|table| table.iter()).filter(|param| !has(param.name));
    let completion = |param: &'static Param| {
        let required = if param.presence == Presence::Required { ", required" } else { "" };
        Completion::word(param.name, CompletionKind::Setting, format!("{}{required}", describe::describe(&param.ty)))
            .about(param_text(param))
            .written(key_snippet(param, in_flow))
    };
    missing.map(completion).collect()
}

/// Whether a map stands on one line with its entries: its span then begins before its first key.
fn is_flow(map: &Node) -> bool {
    map.entries().iter().map(|entry| entry.key.span().start).min().is_some_and(|first| map.span.start < first)
}

fn key_snippet(param: &Param, in_flow: bool) -> String {
    let name = param.name;
    match (&param.ty, in_flow) {
        (ParamType::Record(_) | ParamType::Map(_), true) => format!("{name}: {{ $1 }}"),
        (ParamType::Record(_) | ParamType::Map(_), false) => format!("{name}:\n  $1"),
        (ParamType::List(_) | ParamType::OneOrMany(ParamType::Node | ParamType::Column), _) => format!("{name}: [$1]"),
        (ParamType::OneOrMany(ParamType::Record(_)), false) => format!("{name}:\n  - {{ $1 }}"),
        (ParamType::Ruleset, false) if name == "dqdl" => format!("{name}: |\n  Rules = [\n      $1\n  ]"),
        _ => format!("{name}: $1"),
    }
}

/// The types of nodes of a role.
fn kinds(role: Role) -> Vec<Completion> {
    let all = walk::types(role).iter().map(|(name, _)| *name);
    all.map(|name| {
        let (summary, page) = match role {
            Role::Transform => transform::find(name).map_or(("", ""), |def| (def.summary, def.page)),
            Role::Source | Role::Sink => connector::find(name).map_or(("", ""), |def| (def.summary, def.page)),
        };
        Completion::word(name, CompletionKind::Type, summary).about(page)
    })
    .collect()
}

/// The databases of the catalog; the tables of the one that is named.
fn catalog(analysis: &Analysis, param: &Param, record: &Node) -> Vec<Completion> {
    let Some(project) = &analysis.project else { return Vec::new() };
    let tables = || project.catalog.tables.keys().filter_map(|name| name.split_once('.'));
    if param.name == "database" {
        let mut names: Vec<&str> = project.catalog.databases.keys().map(String::as_str).collect();
        names.extend(tables().map(|(database, _)| database));
        names.sort_unstable();
        names.dedup();
        return names.into_iter().map(|name| Completion::word(name, CompletionKind::Node, "a database")).collect();
    }
    let database = walk::scalar_of(record, "database").map(|scalar| scalar.text.as_str());
    let of_database = tables().filter(|(of, _)| database.is_none_or(|database| *of == database));
    of_database.map(|(of, name)| Completion::word(name, CompletionKind::Node, format!("a table of `{of}`"))).collect()
}

fn templates(tree: &Node) -> Vec<Completion> {
    let entries = tree.get("templates").map(Node::entries).unwrap_or_default();
    entries.iter().map(|entry| Completion::word(entry.key.as_str(), CompletionKind::Variable, "a template")).collect()
}

fn value(
    analysis: &Analysis,
    tree: &Node,
    owner: &Owner<'_>,
    scalar: &Scalar,
    before: &str,
    ty: &'static ParamType,
    param: &'static Param,
) -> Vec<Completion> {
    if let Some(open) = before.rfind("${")
        && !before[open..].contains(['}', '\n'])
    {
        return references(analysis, tree, &before[open + 2..]);
    }
    let words = |words: &[&str], kind: CompletionKind, detail: &str| {
        words.iter().map(|word| Completion::word(*word, kind, detail)).collect::<Vec<_>>()
    };
    match ty {
        ParamType::Bool => words(&["true", "false"], CompletionKind::Word, param.summary),
        ParamType::OneOf(all) => words(all, CompletionKind::Word, param.summary),
        ParamType::DataType => words(types::WORDS, CompletionKind::Word, "a data type"),
        ParamType::Column => columns(analysis, owner, param),
        ParamType::Node => nodes(analysis, owner, before),
        ParamType::Text if param.name == "broadcast" => inputs(analysis, owner),
        ParamType::Text if param.name == "aliases" => inputs(analysis, owner),
        ParamType::Expression | ParamType::Query => {
            let Some((job, edges)) = edges(analysis, owner) else { return sql::complete(None, &[], before) };
            let mut tables = sql::tables(job, &edges);
            tables.extend(scope::node_of(analysis, owner).map(|(job, node)| scope::tables(job, node)).unwrap_or_default());
            sql::complete(Some(job), &tables, before)
        }
        ParamType::Ruleset => ruleset(analysis, tree, owner, scalar, before),
        ParamType::Text
        | ParamType::Int { .. }
        | ParamType::Float { .. }
        | ParamType::Duration
        | ParamType::Size
        | ParamType::Path
        | ParamType::List(_)
        | ParamType::OneOrMany(_)
        | ParamType::Map(_)
        | ParamType::Record(_)
        | ParamType::Either(_, _) => Vec::new(),
    }
}

/// What may stand in `${…}`.
fn references(analysis: &Analysis, tree: &Node, written: &str) -> Vec<Completion> {
    let after_dot = written.trim_start().starts_with("var.");
    let mut found = variables(analysis, tree, |name| if after_dot { name.to_owned() } else { format!("var.{name}") });
    if !after_dot {
        found.push(Completion::word("target.name", CompletionKind::Variable, "the name of the target"));
        found.push(Completion::word("run.id", CompletionKind::Variable, "the run, in the path of a sink"));
        found.push(Completion::word("env.", CompletionKind::Variable, "a variable of the environment"));
    }
    found
}

/// The project's variables, with those of the text at hand.
fn variables(analysis: &Analysis, tree: &Node, written: impl Fn(&str) -> String) -> Vec<Completion> {
    let mut found: Vec<Completion> = Vec::new();
    let project = analysis.project.as_ref();
    for (name, value) in project.iter().flat_map(|project| &project.variables) {
        found.push(Completion::word(written(name), CompletionKind::Variable, format!("= {value}")));
    }
    let own = tree.get("variables").map(Node::entries).unwrap_or_default();
    for entry in own.iter().filter(|entry| !entry.key.value.contains(MARKER)) {
        let label = written(entry.key.as_str());
        if !found.iter().any(|known| known.label == label) {
            found.push(Completion::word(label, CompletionKind::Variable, "a variable"));
        }
    }
    found
}

/// The inputs of a node: as written now if they are, else as they were checked.
pub(super) fn edges<'a>(analysis: &'a Analysis, owner: &Owner<'_>) -> Option<(&'a Job, Vec<Edge>)> {
    let job = analysis.jobs.get(owner.job?.as_str())?;
    let node = owner.node?;
    let written: Vec<&str> = match node.tree.get("inputs").map(|inputs| &inputs.kind) {
        Some(NodeKind::Scalar(scalar)) => vec![scalar.text.as_str()],
        Some(NodeKind::List(items)) => items
            .iter()
            .filter_map(|item| match &item.kind {
                NodeKind::Scalar(scalar) => Some(scalar.text.as_str()),
                NodeKind::List(_) | NodeKind::Map(_) => None,
            })
            .collect(),
        Some(NodeKind::Map(_)) | None => Vec::new(),
    };
    let found: Vec<Edge> = written
        .into_iter()
        .filter_map(|input| {
            let (name, port) = input.split_once('.').map_or((input, None), |(name, port)| (name, Some(port)));
            let id = job.find(name)?;
            let spec = job.node(id);
            let port = port.and_then(|port| spec.outputs.iter().position(|output| output.name == Some(port))).unwrap_or(0);
            Some(Edge { node: id, port, span: spec.span })
        })
        .collect();
    if found.is_empty() {
        let (job, id) = scope::node_of(analysis, owner)?;
        return Some((job, job.node(id).inputs.clone()));
    }
    Some((job, found))
}

fn columns(analysis: &Analysis, owner: &Owner<'_>, param: &Param) -> Vec<Completion> {
    let Some((job, mut edges)) = edges(analysis, owner) else { return Vec::new() };
    match param.name {
        "left" => edges.truncate(1),
        "right" if edges.len() > 1 => drop(edges.remove(0)),
        _ => {}
    }
    edges.iter().flat_map(|edge| of_edge(job, *edge)).collect()
}

/// The columns of an output.
pub(super) fn of_edge(job: &Job, edge: Edge) -> Vec<Completion> {
    let from = job.node(edge.node).output_name(edge.port);
    let all = columns::of(job, edge.node, edge.port).unwrap_or_default();
    let completion = |column: columns::Column| {
        let null = if column.nullable { "" } else { " not null" };
        Completion::word(column.name, CompletionKind::Column, format!("{}{null}", column.ty)).about(format!("of `{from}`"))
    };
    all.into_iter().map(completion).collect()
}

fn inputs(analysis: &Analysis, owner: &Owner<'_>) -> Vec<Completion> {
    let Some((job, edges)) = edges(analysis, owner) else { return Vec::new() };
    let name = |edge: &Edge| Completion::word(job.node(edge.node).name.as_str(), CompletionKind::Node, "an input of this node");
    edges.iter().map(name).collect()
}

/// Nodes that can be read; behind `node.` its outputs.
fn nodes(analysis: &Analysis, owner: &Owner<'_>, before: &str) -> Vec<Completion> {
    let Some(job) = owner.job.and_then(|job| analysis.jobs.get(job.as_str())) else { return Vec::new() };
    if let Some((name, _)) = before.split_once('.') {
        let Some(id) = job.find(name.trim()) else { return Vec::new() };
        let summaries = crate::ide::hover::ports(job, id);
        let outputs = job.node(id).outputs.iter().enumerate();
        return outputs
            .filter_map(|(at, output)| {
                let summary = summaries.iter().find(|(_, port)| *port == at).map_or("", |(summary, _)| *summary);
                Some(Completion::word(output.name?, CompletionKind::Port, summary))
            })
            .collect();
    }
    let own = owner.node.map(|node| node.name.as_str());
    let readable = job.iter().filter(|(_, node)| node.role != Role::Sink && Some(node.name.as_str()) != own);
    let mut found = Vec::new();
    for (_, node) in readable {
        let kind = match node.kind {
            Some(crate::ir::Kind::Source(def) | crate::ir::Kind::Sink(def)) => def.name,
            Some(crate::ir::Kind::Transform(def)) => def.name,
            None => "",
        };
        found.push(Completion::word(node.name.as_str(), CompletionKind::Node, kind));
        let named = node.outputs.iter().enumerate().filter(|(_, output)| output.name.is_some());
        found.extend(named.map(|(port, _)| Completion::word(node.output_name(port), CompletionKind::Port, kind)));
    }
    found
}

/// The name of a ruleset, or the rules themselves.
fn ruleset(analysis: &Analysis, tree: &Node, owner: &Owner<'_>, scalar: &Scalar, before: &str) -> Vec<Completion> {
    let whole = scalar.text.value.replace(MARKER, "");
    let is_inline = RulesetRef::of(&whole) == RulesetRef::Inline || scalar.style == crate::syntax::yaml::Style::Block;
    if is_inline && !whole.is_empty() || scalar.style == crate::syntax::yaml::Style::Block {
        let name = scope::ruleset_at(tree, &scalar.text);
        let uses = scope::uses_of_text(analysis, owner, name.as_deref());
        return dqdl::complete(before, &uses);
    }
    let all = analysis.project.iter().flat_map(|project| project.rulesets.keys());
    all.map(|name| Completion::word(name, CompletionKind::Ruleset, "a ruleset")).collect()
}
