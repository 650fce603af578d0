//! Lineage for people: a table a sink, or a tree a column.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::tree::Tree;
use super::view::Chosen;
use crate::cli::report::text::bold;
use crate::diag::render::terminal::Style;
use crate::ir::Edge;
use crate::lineage::{ColumnLineage, Direct, Ends, How, SourceColumn, Trace};
use crate::stdlib::types::type_name;

/// Every column of every sink, with the columns of sources behind it.
pub(super) fn sinks(jobs: &[Chosen<'_>], style: Style) -> String {
    let mut out = String::new();
    for chosen in jobs {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{}", bold(&format!("job {}", chosen.job.name), style));
        for (id, edge) in &chosen.sinks {
            let columns = chosen.written(*edge);
            let name = &chosen.job.node(*id).name;
            let from = chosen.job.node(edge.node).output_name(edge.port);
            let _ = writeln!(out, "\n  {} reads {from}", bold(&format!("sink {name}"), style));
            let names = width(columns.iter().map(|column| column.name.as_str()));
            let types: Vec<_> = columns.iter().map(|column| cut(&type_name(&column.data_type))).collect();
            let kinds = width(types.iter().map(String::as_str));
            for (column, kind) in columns.iter().zip(&types) {
                let trace = chosen.traces.column(edge.node, edge.port, &column.name).cloned().unwrap_or_default();
                let made = made_of(chosen, *edge, column, &trace);
                let _ = writeln!(out, "    {:names$}  {kind:kinds$}  {made}", column.name);
            }
            let rows = chosen.traces.rows(edge.node, edge.port).map(|ends| influences(chosen, ends)).unwrap_or_default();
            for (how, columns) in rows {
                let _ = writeln!(out, "    rows by {how}: {}", columns.join(", "));
            }
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out + "\n"
}

/// Types of structures are long; the JSON has them whole.
const WIDEST: usize = 32;

fn cut(word: &str) -> String {
    match word.char_indices().nth(WIDEST) {
        Some((end, _)) => format!("{}…", &word[..end]),
        None => word.to_owned(),
    }
}

fn width<'a>(words: impl Iterator<Item = &'a str>) -> usize {
    words.map(|word| word.chars().count()).max().unwrap_or_default()
}

/// What a column is made of, in a line.
fn made_of(chosen: &Chosen<'_>, edge: Edge, column: &ColumnLineage, trace: &Trace) -> String {
    let mut direct = Vec::new();
    let mut plainest = Direct::Identity;
    for (end, hows) in &trace.ends {
        let ways = hows.iter().filter_map(|how| match how {
            How::Direct(how) => Some(*how),
            How::Indirect(_) => None,
        });
        if let Some(way) = ways.max() {
            plainest = plainest.max(way);
            direct.push(source_column(chosen, end));
        }
    }
    let mut out = if direct.is_empty() { "no column".to_owned() } else { direct.join(", ") };
    let formula = formula(chosen, edge.node, edge.port, &column.name);
    match (plainest, formula) {
        (_, Some(formula)) => out.push_str(&format!("  {formula}")),
        (Direct::Identity, None) => {}
        (way, None) => out.push_str(&format!("  {}", How::Direct(way).name())),
    }
    for (how, columns) in influences(chosen, &trace.ends) {
        out.push_str(&format!("; {how}: {}", columns.join(", ")));
    }
    match trace.rules.len() {
        0 => {}
        1 => out.push_str("; 1 rule"),
        count => out.push_str(&format!("; {count} rules")),
    }
    out
}

/// How a column was last computed, on its way to where it is.
fn formula(chosen: &Chosen<'_>, node: crate::ir::NodeId, port: usize, name: &str) -> Option<String> {
    let (mut node, mut port, mut name) = (node, port, name.to_owned());
    // A way without cycles is no longer than the job.
    for _ in 0..=chosen.job.nodes.len() {
        let column = chosen.lineage.column(node, port, &name)?;
        if column.text.is_some() {
            return column.text.clone();
        }
        let [only] = column.origins.as_slice() else { return None };
        (node, port, name) = (only.node, only.port, only.column.clone());
    }
    None
}

/// `source.column.field`
pub(super) fn source_column(chosen: &Chosen<'_>, end: &SourceColumn) -> String {
    let field: String = end.path.iter().flat_map(|part| [".", part.as_str()]).collect();
    format!("{}.{}{field}", chosen.job.node(end.node).output_name(end.port), end.column)
}

/// Columns that decide, by how they do.
fn influences(chosen: &Chosen<'_>, ends: &Ends) -> Vec<(&'static str, Vec<String>)> {
    let mut found: BTreeMap<How, BTreeSet<String>> = BTreeMap::new();
    for (end, hows) in ends {
        for how in hows.iter().filter(|how| !how.is_direct()) {
            found.entry(*how).or_default().insert(source_column(chosen, end));
        }
    }
    found.into_iter().map(|(how, columns)| (how.name(), columns.into_iter().collect())).collect()
}

/// Columns step by step.
pub(super) fn trees(jobs: &[Chosen<'_>], style: Style) -> String {
    let mut out = String::new();
    for chosen in jobs {
        for tree in &chosen.trees {
            let _ = writeln!(out, "{}", bold(&format!("job {}", chosen.job.name), style));
            branch(tree, "", "", &mut out);
        }
    }
    out
}

fn branch(tree: &Tree, first: &str, others: &str, out: &mut String) {
    let mut line = format!("{first}{}", tree.name);
    if let Some(text) = &tree.text {
        let _ = write!(line, " = {text}");
    }
    let mut facts = vec![tree.node.to_owned()];
    match tree.how {
        None | Some(How::Direct(Direct::Identity)) => {}
        // The text says it better.
        Some(How::Direct(_)) => {}
        Some(how) => facts.push(format!("by {}", how.name())),
    }
    if tree.again {
        facts.push("see above".to_owned());
    }
    let _ = writeln!(out, "{line}  [{}]", facts.join("; "));
    let more = if tree.next.is_empty() { "  " } else { "│ " };
    for rule in &tree.rules {
        let failing = match rule.failing.as_slice() {
            [] => String::new(),
            sinks => format!(", rows that fail go to {}", sinks.join(", ")),
        };
        let _ = writeln!(out, "{others}{more}✓ {}.{} {}{failing}", rule.node, rule.id, rule.rule);
    }
    for (at, next) in tree.next.iter().enumerate() {
        let is_last = at + 1 == tree.next.len();
        let (corner, line) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        branch(next, &format!("{others}{corner}"), &format!("{others}{line}"), out);
    }
}
