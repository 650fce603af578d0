//! Completions in SQL: columns, tables, functions, keywords.

use super::settings::of_edge;
use super::{Completion, CompletionKind};
use crate::ide::lex::SQL_KEYWORDS;
use crate::ide::scope::Table;
use crate::ir::{Edge, Job};
use crate::stdlib::expr;
use crate::stdlib::function;

/// Functions over many rows.
const AGGREGATES: &[(&str, &str)] = &[
    ("avg", "the mean of numbers"),
    ("count", "how many values, or with `*` how many rows"),
    ("first_value", "the first value"),
    ("last_value", "the last value"),
    ("max", "the greatest value"),
    ("min", "the smallest value"),
    ("row_number", "the place of the row, from 1"),
    ("stddev", "the standard deviation of a sample"),
    ("sum", "the sum of numbers"),
    ("variance", "the variance of a sample"),
];

/// The tables that a query of these inputs may name.
pub(super) fn tables(job: &Job, edges: &[Edge]) -> Vec<Table> {
    let table =
        |edge: &Edge| Table { name: Some(job.node(edge.node).name.value.clone()), edge: *edge, bare: true, is_node: true };
    edges.iter().map(table).collect()
}

/// What may be written behind `before`.
pub(super) fn complete(job: Option<&Job>, tables: &[Table], before: &str) -> Vec<Completion> {
    let word = before.chars().rev().take_while(|c| c.is_alphanumeric() || *c == '_').map(char::len_utf8).sum::<usize>();
    let rest = &before[..before.len() - word];
    let named =
        |name: &str| tables.iter().find(|table| table.name.as_deref().is_some_and(|table| table.eq_ignore_ascii_case(name)));
    if let (Some(table), Some(job)) = (rest.strip_suffix('.'), job) {
        let start = table.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
        let name = table.get(start..).unwrap_or_default();
        return named(name).map(|table| of_edge(job, table.edge)).unwrap_or_default();
    }
    let last = rest.trim_end().rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_ascii_lowercase();
    let table_names = || {
        let names = tables.iter().filter_map(|table| table.name.as_deref());
        names.map(|name| Completion::word(name, CompletionKind::Table, "an input")).collect::<Vec<_>>()
    };
    if matches!(last.as_str(), "from" | "join") {
        return table_names();
    }
    let mut found = Vec::new();
    if let Some(job) = job {
        found.extend(tables.iter().filter(|table| table.bare).flat_map(|table| of_edge(job, table.edge)));
    }
    found.extend(table_names());
    let functions = function::ALL.iter().flat_map(|function| {
        std::iter::once(function.name).chain(function.aliases.iter().copied()).map(move |name| (name, function.summary))
    });
    let forms = expr::forms().into_iter().map(|name| (name, ""));
    let calls = functions
        .chain(AGGREGATES.iter().copied())
        .chain(forms)
        .filter(|(name, _)| name.chars().all(|c| c.is_alphanumeric() || c == '_'));
    found.extend(
        calls.map(|(name, summary)| Completion::word(name, CompletionKind::Function, summary).written(format!("{name}($1)"))),
    );
    found.extend(SQL_KEYWORDS.iter().map(|word| Completion::word(*word, CompletionKind::Keyword, "")));
    found
}
