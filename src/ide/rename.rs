//! Another name for what stands at a place, wherever it is named; or why that cannot be.

use super::Analysis;
use super::columns::{self, ColumnId};
use super::embedded;
use super::goto::symbols;
use super::index::{Mention, Symbol, Writing};
use crate::diag::Edit;
use crate::ir::{Job, Kind};
use crate::source::Span;
use crate::spec::job::Role;

/// The name at a place, if it can be renamed at all; else why not.
pub fn prepare(analysis: &Analysis, place: Span) -> Result<Span, String> {
    if analysis.stale {
        return Err("a file of the project cannot be read now: mend it first".to_owned());
    }
    let mention = target(analysis, place)?;
    refusal(analysis, &mention.symbol).map_or(Ok(mention.span), Err)
}

/// The edits that give it another name; else why not.
pub fn rename(analysis: &Analysis, place: Span, name: &str) -> Result<Vec<Edit>, String> {
    prepare(analysis, place)?;
    let symbol = &target(analysis, place)?.symbol;
    fits(analysis, symbol, name)?;
    let mut edits: Vec<Edit> = Vec::new();
    for mention in analysis.index().of_symbol(symbol) {
        if analysis
            .index()
            .at(mention.span)
            .any(|other| other.span == mention.span && other.symbol != *symbol && is_shared(other))
        {
            let at = analysis.map.start(mention.span);
            let file = analysis.map.file(mention.span.file).path.display();
            return Err(format!(
                "{file}:{}:{} means something else as well: its text is used by several nodes",
                at.line, at.column
            ));
        }
        let old = analysis.map.text(mention.span);
        let is_written =
            old == spelled(symbol) || matches!(symbol, Symbol::Column(_)) && old.eq_ignore_ascii_case(spelled(symbol));
        if !is_written {
            let at = analysis.map.start(mention.span);
            return Err(format!(
                "{}:{}:{} names it in a text whose characters do not stand there as they are (escapes, `${{…}}`): rename it by hand",
                analysis.map.file(mention.span.file).path.display(),
                at.line,
                at.column
            ));
        }
        let text = match mention.writing {
            Writing::Plain | Writing::Never => name.to_owned(),
            Writing::AsBefore => format!("{name} as {old}"),
            Writing::Behind => format!("{old} as {name}"),
        };
        edits.push(Edit { span: mention.span, text });
    }
    edits.sort_by_key(|edit| edit.span);
    edits.dedup();
    Ok(edits)
}

/// What is to be renamed: of a word that is both a column and the output made of it, the output.
fn target(analysis: &Analysis, place: Span) -> Result<&Mention, String> {
    let found = symbols(analysis, place);
    let defined = found.iter().find(|mention| mention.defines);
    defined.or(found.first()).copied().ok_or_else(|| "there is no name here that could be changed".to_owned())
}

/// Whether a mention at the same place is of another node that evaluates the text.
fn is_shared(other: &Mention) -> bool {
    matches!(other.symbol, Symbol::Column(_) | Symbol::Alias { .. }) && !other.defines && other.writing == Writing::Plain
}

fn spelled(symbol: &Symbol) -> &str {
    match symbol {
        Symbol::Job(name) | Symbol::Ruleset(name) | Symbol::Variable(name) | Symbol::Template(name) => name,
        Symbol::Database(name) | Symbol::Table { table: name, .. } => name,
        Symbol::Node { node, .. } => node,
        Symbol::Port { port, .. } => port,
        Symbol::Alias { alias, .. } => alias,
        Symbol::Constant { name, .. } => name,
        Symbol::Column(id) => &id.name,
        Symbol::RuleType(name) => name,
        Symbol::File(_) => "",
    }
}

/// Why a symbol keeps its name.
fn refusal(analysis: &Analysis, symbol: &Symbol) -> Option<String> {
    let index = analysis.index();
    match symbol {
        Symbol::Port { port, .. } => Some(format!("`{port}` is an output that its type gives a name")),
        Symbol::RuleType(name) => Some(format!("`{name}` is a word of DQDL")),
        Symbol::File(_) => Some("this is a file: rename the file".to_owned()),
        Symbol::Ruleset(name) if index.definition(symbol).any(|mention| mention.writing == Writing::Never) => {
            Some(format!("ruleset `{name}` is named after its file: rename the file"))
        }
        Symbol::Column(id) => column_refusal(analysis, id),
        _ if index.definition(symbol).next().is_none() => Some(format!("`{}` is not defined in this project", spelled(symbol))),
        _ => None,
    }
}

/// A column keeps its name where something outside of the project would see another one.
fn column_refusal(analysis: &Analysis, id: &ColumnId) -> Option<String> {
    let job = analysis.jobs.get(&id.job)?;
    let symbol = Symbol::Column(id.clone());
    if analysis.index().definition(&symbol).next().is_none() {
        return Some(format!(
            "the name of `{}` comes from `{}`, where it is not written; a `rename_field` gives it another one",
            id.name, id.node
        ));
    }
    columns::everywhere(job, id).into_iter().find_map(|edge| reader_refusal(job, edge, id))
}

fn reader_refusal(job: &Job, edge: crate::ir::Edge, id: &ColumnId) -> Option<String> {
    let readers = job.readers(edge.node, edge.port);
    readers.into_iter().find_map(|(reader, _)| {
        let node = job.node(reader);
        if node.role == Role::Sink {
            return Some(format!(
                "sink `{}` writes `{}`: its readers would see another column; give it its name back before the sink first, with `rename_field`",
                node.name, id.name
            ));
        }
        let Some(Kind::Transform(def)) = node.kind else { return None };
        let args = node.args.as_ref()?;
        match def.name {
            "union" if args.str("by") != Some("position") => {
                Some(format!("union `{}` matches the columns of its inputs by name, `{}` among them", node.name, id.name))
            }
            "sql" if args.str("query").is_some_and(embedded::has_star) => {
                Some(format!("`*` in the query of `{}` hands `{}` on: name the columns there first", node.name, id.name))
            }
            "join" if node.inputs.iter().filter(|edge| columns::column(job, **edge, &id.name).is_some()).count() > 1 => {
                Some(format!("both inputs of join `{}` have `{}`: they would become two columns", node.name, id.name))
            }
            _ => None,
        }
    })
}

/// A symbol of the same kind and place with another name; `None` if that is not how it is told apart.
fn called(symbol: &Symbol, name: &str) -> Option<Symbol> {
    let mut other = symbol.clone();
    match &mut other {
        Symbol::Variable(own) | Symbol::Template(own) | Symbol::Database(own) => name.clone_into(own),
        Symbol::Node { node: own, .. }
        | Symbol::Table { table: own, .. }
        | Symbol::Alias { alias: own, .. }
        | Symbol::Constant { name: own, .. } => name.clone_into(own),
        Symbol::Job(_) | Symbol::Ruleset(_) | Symbol::Port { .. } | Symbol::File(_) | Symbol::Column(_) | Symbol::RuleType(_) => {
            return None;
        }
    }
    Some(other)
}

/// Whether a name can be one.
fn fits(analysis: &Analysis, symbol: &Symbol, name: &str) -> Result<(), String> {
    let is_word = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') && !name.starts_with('_');
    let in_sql = name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_ascii_digit());
    match symbol {
        Symbol::Column(_) | Symbol::Constant { .. } if !(is_word && in_sql) => {
            return Err(format!("`{name}` would need quotes: letters, digits and `_` make a name"));
        }
        _ if !is_word => {
            return Err(format!("`{name}` is no name: letters, digits, `_` and `-` make one, and `_` does not begin it"));
        }
        _ => {}
    }
    if spelled(symbol) == name {
        return Ok(());
    }
    let taken = match symbol {
        Symbol::Column(id) => {
            let job = analysis.jobs.get(&id.job);
            job.is_some_and(|job| {
                let places = columns::everywhere(job, id);
                places.into_iter().any(|edge| columns::column(job, edge, name).is_some())
            })
        }
        Symbol::Job(_) => analysis.jobs.contains_key(name),
        Symbol::Ruleset(_) => analysis.project.as_ref().is_some_and(|project| project.rulesets.contains_key(name)),
        other => called(other, name).is_some_and(|other| analysis.index().definition(&other).next().is_some()),
    };
    if taken { Err(format!("there is a `{name}` already")) } else { Ok(()) }
}
