//! What there is to say of what stands at a place, as Markdown.

use std::fmt::Write as _;

use super::Analysis;
use super::columns::{self, Column, ColumnId};
use super::goto::symbols;
use super::index::Symbol;
use super::judged;
use super::scope;
use super::walk::{self, Item};
use crate::diag::codes;
use crate::ir::{Edge, Job, Kind, NodeId};
use crate::source::{FileId, Span};
use crate::spec::job::Role;
use crate::spec::param::{Param, Presence, describe};
use crate::state::Reader;
use crate::stdlib::connector::ConnectorDef;
use crate::stdlib::{connector, function, rule, transform};
use crate::syntax::dqdl;

/// A text about a part of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hover {
    /// The part.
    pub span: Span,
    /// The text.
    pub markdown: String,
}

/// How many columns a hover lists.
const MOST_COLUMNS: usize = 60;

/// What there is to say of a place. `store` is what runs of the project left behind, if it may be looked at.
pub fn hover(analysis: &Analysis, place: Span, store: Option<&dyn Reader>) -> Option<Hover> {
    code(analysis, place)
        .or_else(|| name(analysis, place, store))
        .or_else(|| call(analysis, place))
        .or_else(|| setting(analysis, place))
}

/// A code in a comment: `# glue-compile: allow GC0813`.
fn code(analysis: &Analysis, place: Span) -> Option<Hover> {
    let (span, word) = word(analysis, place.file, place.start)?;
    let code = codes::all().find(|code| code.number == word)?;
    Some(Hover { span, markdown: code.page.to_owned() })
}

/// The word that holds a byte.
fn word(analysis: &Analysis, file: FileId, at: u32) -> Option<(Span, &str)> {
    let text = &analysis.map.file(file).text;
    let at = at as usize;
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let start = text
        .get(..at)?
        .rfind(|c| !is_word(c))
        .map_or(0, |before| before + text[before..].chars().next().map_or(1, char::len_utf8));
    let end = text[at..].find(|c| !is_word(c)).map_or(text.len(), |len| at + len);
    (start < end).then(|| (Span::new(file, start, end), &text[start..end]))
}

fn name(analysis: &Analysis, place: Span, store: Option<&dyn Reader>) -> Option<Hover> {
    let named = symbols(analysis, place);
    let mention = named.iter().find(|mention| mention.defines).or(named.first())?;
    let markdown = match &mention.symbol {
        Symbol::Job(name) => job(analysis.jobs.get(name)?),
        Symbol::Node { job, node } => {
            let job = analysis.jobs.get(job)?;
            self::node(job, job.find(node)?)
        }
        Symbol::Port { job, node, port } => {
            let job = analysis.jobs.get(job)?;
            self::port(job, job.find(node)?, port)?
        }
        Symbol::Column(_) => {
            let all: Vec<_> = named.iter().filter_map(|mention| column(analysis, &mention.symbol)).collect();
            all.join("\n\n")
        }
        Symbol::Ruleset(name) => ruleset(analysis, name)?,
        Symbol::Variable(name) => variable(analysis, name),
        Symbol::Template(name) => format!("template `{name}`"),
        Symbol::Database(name) => format!("database `{name}` of the catalog"),
        Symbol::Table { database, table } => catalog_table(analysis, database, table)?,
        Symbol::File(path) => format!("`{}`", path.display()),
        Symbol::Alias { job, node, alias } => {
            let job = analysis.jobs.get(job)?;
            let used = scope::Use { job: job.clone(), node: job.find(node)? };
            let table = used.tables().into_iter().find(|table| table.name.as_deref() == Some(alias))?;
            let mut text = format!("`{alias}` stands for `{}`\n\n", job.node(table.edge.node).output_name(table.edge.port));
            text.push_str(&table_of(job, table.edge));
            text
        }
        Symbol::Constant { name, .. } => constant(analysis, mention.span, name)?,
        // Places of an earlier state would lead astray.
        Symbol::RuleType(name) if analysis.stale => rule::find(name)?.page.to_owned(),
        Symbol::RuleType(name) => judged::text(analysis, mention.span, store) + rule::find(name)?.page,
    };
    Some(Hover { span: mention.span, markdown })
}

fn job(job: &Job) -> String {
    let list = |role: Role| {
        let names: Vec<_> =
            job.iter().filter(|(_, node)| node.role == role).map(|(_, node)| format!("`{}`", node.name)).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    };
    format!(
        "job **{}**\n\n- sources: {}\n- transforms: {}\n- sinks: {}",
        job.name,
        list(Role::Source),
        list(Role::Transform),
        list(Role::Sink)
    )
}

/// A node: what it does, what goes in, what comes out.
fn node(job: &Job, id: NodeId) -> String {
    let node = job.node(id);
    let (what, summary) = match node.kind {
        Some(Kind::Source(def)) => (format!("source `{}`", def.name), def.summary),
        Some(Kind::Transform(def)) => (format!("transform `{}`", def.name), def.summary),
        Some(Kind::Sink(def)) => (format!("sink `{}`", def.name), def.summary),
        None => ("a node of unknown type".to_owned(), ""),
    };
    let mut text = format!("**{}**: {what}", node.name);
    if !summary.is_empty() {
        let _ = write!(text, ", {summary}");
    }
    for edge in &node.inputs {
        let _ = write!(text, "\n\nin: `{}`", job.node(edge.node).output_name(edge.port));
        if node.role == Role::Sink || node.is_quality() {
            let _ = write!(text, "\n\n{}", table_of(job, *edge));
        }
    }
    if node.is_quality() {
        for (port, output) in ports(job, id) {
            let _ = write!(text, "\n\nout: `{}`: {}", node.output_name(output), port);
        }
        return text;
    }
    for port in 0..node.outputs.len() {
        let _ = write!(text, "\n\nout: `{}`", node.output_name(port));
        if port == 0 {
            let _ = write!(text, "\n\n{}", table_of(job, Edge { node: id, port, span: node.span }));
        }
    }
    text
}

/// The outputs of a node with what their rows are.
pub(super) fn ports(job: &Job, id: NodeId) -> Vec<(&'static str, usize)> {
    match job.node(id).kind {
        Some(Kind::Transform(def)) => def.ports.iter().enumerate().map(|(at, port)| (port.summary, at)).collect(),
        Some(Kind::Source(_)) => vec![("the rows", 0), ("records that do not fit, with the reason", 1)],
        Some(Kind::Sink(_)) | None => Vec::new(),
    }
}

fn port(job: &Job, id: NodeId, name: &str) -> Option<String> {
    let node = job.node(id);
    let at = node.outputs.iter().position(|output| output.name == Some(name))?;
    let summary = ports(job, id).into_iter().find(|(_, port)| *port == at).map_or("", |(summary, _)| summary);
    let table = table_of(job, Edge { node: id, port: at, span: node.span });
    Some(format!("`{}`: {summary}\n\n{table}", node.output_name(at)))
}

/// A declared table: its columns, those of folders last.
fn catalog_table(analysis: &Analysis, database: &str, table: &str) -> Option<String> {
    let project = analysis.project.as_ref()?;
    let spec = project.catalog.tables.get(&format!("{database}.{table}"))?;
    let mut text = format!("table **{database}.{table}**");
    if let Some(description) = spec.args.str("description") {
        let _ = write!(text, ": {description}");
    }
    if let Some(location) = spec.args.str("location") {
        let _ = write!(text, "\n\nin `{location}`");
    }
    text.push_str("\n\n| column | type | |\n|---|---|---|");
    for (part, what) in [("columns", ""), ("partition_keys", "a folder")] {
        for column in spec.args.records(part) {
            let (name, ty) = (column.str("name").unwrap_or_default(), column.str("type").unwrap_or_default());
            let null = if column.flag("nullable") { what } else { "not null" };
            let _ = write!(text, "\n| `{name}` | `{ty}` | {null} |");
        }
    }
    Some(text)
}

/// The columns of an output as a table: type, nullability, the node that gave the name.
fn table_of(job: &Job, edge: Edge) -> String {
    let Some(all) = columns::of(job, edge.node, edge.port) else {
        return unknown_columns(job, edge.node);
    };
    let mut text = "| column | type | | from |\n|---|---|---|---|".to_owned();
    for column in all.iter().take(MOST_COLUMNS) {
        let from =
            columns::origin(job, edge, &column.name).map_or_else(String::new, |(node, _)| job.node(node).name.value.clone());
        let null = if column.nullable { "" } else { "not null" };
        let _ = write!(text, "\n| `{}` | {} | {null} | {from} |", column.name, column.ty.replace('|', "\\|"));
    }
    if all.len() > MOST_COLUMNS {
        let _ = write!(text, "\n\nand {} more", all.len() - MOST_COLUMNS);
    }
    text
}

/// Why columns are not known.
fn unknown_columns(job: &Job, id: NodeId) -> String {
    let mut at = id;
    for _ in 0..=job.nodes.len() {
        let node = job.node(at);
        let before = node.inputs.iter().find(|edge| columns::of(job, edge.node, edge.port).is_none());
        match before {
            Some(edge) => at = edge.node,
            None => break,
        }
    }
    match job.node(at).role {
        Role::Source => {
            format!("its columns are not known: `{}` does not declare them (`schema: {{ columns: … }}`)", job.node(at).name)
        }
        Role::Transform | Role::Sink => format!("its columns are not known: `{}` has an error", job.node(at).name),
    }
}

fn column(analysis: &Analysis, symbol: &Symbol) -> Option<String> {
    let Symbol::Column(ColumnId { job, node, name }) = symbol else { return None };
    let job = analysis.jobs.get(job)?;
    let id = job.find(node)?;
    let edges = (0..job.node(id).outputs.len()).map(|port| Edge { node: id, port, span: job.node(id).span });
    let (edge, Column { name, ty, nullable }) =
        edges.into_iter().find_map(|edge| Some((edge, columns::column(job, edge, name)?)))?;
    let null = if nullable { ", may be NULL" } else { ", not null" };
    let steps = columns::history(job, edge, &name);
    Some(format!(
        "column `{name}`: **{ty}**{null}\n\n{}",
        steps.iter().map(|step| format!("- {step}")).collect::<Vec<_>>().join("\n")
    ))
}

fn ruleset(analysis: &Analysis, name: &str) -> Option<String> {
    let rules = scope::rules(analysis).into_iter().find(|rules| rules.ruleset.name.value == name)?;
    let text = &rules.ruleset.text;
    let parsed = dqdl::parse(text.as_str(), &text.map, dqdl::Dialect::Superset, &mut crate::diag::Sink::default());
    let count = parsed.rules.as_ref().map_or(0, |section| section.items.len());
    let users: Vec<_> =
        rules.uses.iter().map(|used| format!("`{}` of job `{}`", used.job.node(used.node).name, used.job.name)).collect();
    let used = if users.is_empty() { "no node evaluates it".to_owned() } else { format!("evaluated by {}", users.join(", ")) };
    Some(format!("ruleset **{name}**: {count} rules; {used}"))
}

fn variable(analysis: &Analysis, name: &str) -> String {
    let value = analysis.project.as_ref().and_then(|project| project.variables.get(name));
    let target = analysis.project.as_ref().and_then(|project| project.target.clone());
    let of = target.map_or_else(String::new, |target| format!(" for target `{target}`"));
    match value {
        Some(value) => format!("variable **{name}** = `{value}`{of}"),
        None => format!("variable **{name}**: no value{of}"),
    }
}

fn constant(analysis: &Analysis, place: Span, name: &str) -> Option<String> {
    let rules = scope::rules(analysis);
    let holds = |span: Span| span.file == place.file && span.start <= place.start && place.end <= span.end;
    let text = &rules.iter().find(|rules| holds(rules.ruleset.text.span()))?.ruleset.text;
    let parsed = dqdl::parse(text.as_str(), &text.map, dqdl::Dialect::Superset, &mut crate::diag::Sink::default());
    let constant = parsed.constants.iter().find(|constant| constant.name.text == name)?;
    Some(format!("`{name}` = `{}`", super::embedded::constant_text(&constant.value)))
}

/// A key, or a word that stands for a type of node.
fn setting(analysis: &Analysis, place: Span) -> Option<Hover> {
    let tree = analysis.tree(place.file)?;
    let (_, item) = walk::at(tree, place)?;
    let markdown = match item {
        Item::Key { param: Some(param), .. } => param_text(param),
        Item::Kind { scalar, role } => kind(scalar.text.as_str(), role)?,
        Item::Value { param, .. } => param_text(param),
        Item::Key { .. } | Item::Name { .. } | Item::Use(_) => return None,
    };
    Some(Hover { span: item.span(), markdown })
}

/// A setting: what may stand there, and what it does.
pub(super) fn param_text(param: &Param) -> String {
    let presence = match param.presence {
        Presence::Required => ", required".to_owned(),
        Presence::Optional => String::new(),
        Presence::Default(value) => format!(", `{value}` if left out"),
    };
    format!("**{}**: {}{presence}\n\n{}", param.name, describe::describe(&param.ty), param.summary)
}

/// The page of a type of node.
fn kind(word: &str, role: Role) -> Option<String> {
    let of_connector = |def: &ConnectorDef| def.page.to_owned();
    match role {
        Role::Transform => transform::find(word).map(|def| def.page.to_owned()),
        Role::Source | Role::Sink => connector::find(word).map(of_connector),
    }
}

/// A function in SQL.
fn call(analysis: &Analysis, place: Span) -> Option<Hover> {
    let in_sql = match analysis.tree(place.file).and_then(|tree| walk::at(tree, place)) {
        Some((_, Item::Value { scalar, ty, .. })) => super::tokens::language(ty, &scalar.text).is_some(),
        Some(_) => false,
        // In a file of rules.
        None => analysis.tree(place.file).is_none(),
    };
    if !in_sql {
        return None;
    }
    let (span, word) = word(analysis, place.file, place.start)?;
    let text = &analysis.map.file(place.file).text;
    if !text[span.end as usize..].trim_start().starts_with('(') {
        return None;
    }
    let found = function::ALL.iter().find(|function| {
        function.name.eq_ignore_ascii_case(word) || function.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(word))
    })?;
    Some(Hover { span, markdown: format!("`{}`: {}", word.to_lowercase(), found.summary) })
}

/// The page of a code, a rule type, a transform or a connector.
pub fn page(word: &str) -> Option<&'static str> {
    let code = codes::find(word).map(|code| code.page);
    let rule = || rule::all().find(|def| def.name.eq_ignore_ascii_case(word)).map(|def| def.page);
    let transform = || transform::find(&word.to_lowercase()).map(|def| def.page);
    let connector = || connector::find(&word.to_lowercase()).map(|def| def.page);
    code.or_else(rule).or_else(transform).or_else(connector)
}
