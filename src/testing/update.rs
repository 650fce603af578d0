//! Edits that make a test expect what is there: cell by cell, so that comments and everything else stay as they are.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::Row;
use super::compare::{Compared, fits};
use super::load::{Matching, Rows};
use crate::diag::Edit;
use crate::source::{SourceMap, Span};
use crate::syntax::yaml::{Node as Yaml, NodeKind, Scalar, Style};

/// The edits of one expectation; they do not overlap.
pub(super) fn edits(expected: &Rows, actual: &[Row], compared: &Compared, matching: Matching, map: &SourceMap) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut gone: Vec<usize> = Vec::new();
    let mut added: Vec<String> = Vec::new();
    for difference in &compared.differences {
        let row = difference.actual.and_then(|at| actual.get(at));
        match (difference.expected.and_then(|at| Some((at, expected.items.get(at)?))), row) {
            (Some((_, wanted)), Some(row)) => edits.extend(cells(wanted, row, matching.subset, map)),
            (Some((at, _)), None) => gone.push(at),
            (None, Some(row)) => added.push(flow(row, &compared.columns)),
            (None, None) => {}
        }
    }
    // A row that is gone makes room for one that is new.
    let mut added = added.into_iter();
    let mut left = Vec::new();
    for at in gone {
        match added.next() {
            Some(text) => edits.push(Edit { span: expected.items[at].span, text }),
            None => left.push(at),
        }
    }
    let added: Vec<String> = added.collect();
    if !added.is_empty() {
        edits.extend(insertion(expected, &added, map));
    }
    edits.extend(removals(expected, &left, map));
    edits
}

/// Every cell of a row that differs.
fn cells(wanted: &Yaml, row: &Row, subset: bool, map: &SourceMap) -> Vec<Edit> {
    let differing = wanted.entries().iter().filter(|entry| !fits(&entry.value, row.get(entry.key.as_str()), subset));
    let edit = |entry: &crate::syntax::yaml::Entry| {
        let value = row.get(entry.key.as_str()).unwrap_or(&Json::Null);
        Edit { span: whole(&entry.value, map), text: scalar(value, 0) }
    };
    differing.map(edit).collect()
}

/// A value with its quotes.
fn whole(node: &Yaml, map: &SourceMap) -> Span {
    let NodeKind::Scalar(Scalar { style: Style::Quoted, .. }) = &node.kind else { return node.span };
    let text = &map.file(node.span.file).text;
    let quote = |at: Option<usize>| at.and_then(|at| text.as_bytes().get(at)).is_some_and(|byte| matches!(byte, b'"' | b'\''));
    let (start, end) = (node.span.start as usize, node.span.end as usize);
    if quote(start.checked_sub(1)) && quote(Some(end)) {
        return Span { start: node.span.start - 1, end: node.span.end + 1, ..node.span };
    }
    node.span
}

/// Takes rows out: those of a block with their lines, those between brackets with their commas.
fn removals(expected: &Rows, gone: &[usize], map: &SourceMap) -> Vec<Edit> {
    let (Some(first), Some(last)) = (expected.items.first(), expected.items.last()) else { return Vec::new() };
    if gone.is_empty() {
        return Vec::new();
    }
    let text = &map.file(first.span.file).text;
    let all = gone.len() == expected.items.len();
    let edit = |start: usize, end: usize, text: String| Some(Edit { span: span(first.span, start, end)?, text });
    if let Some(indent) = indent(first, text) {
        if all {
            let (start, end) = (line(first, text), after_line(last, text));
            return edit(start, end, format!("{indent}[]\n")).into_iter().collect();
        }
        let rows = gone.iter().filter_map(|at| expected.items.get(*at));
        return rows.filter_map(|row| edit(line(row, text), after_line(row, text), String::new())).collect();
    }
    if all {
        return vec![Edit { span: expected.span, text: "[]".to_owned() }];
    }
    let mut edits = Vec::new();
    let mut at = 0;
    while at < gone.len() {
        // Neighbours go together.
        let run = gone[at..].iter().enumerate().take_while(|(step, row)| **row == gone[at] + step).count();
        let (from, to) = (gone[at], gone[at] + run - 1);
        edits.extend(match (expected.items.get(to + 1), from.checked_sub(1).and_then(|before| expected.items.get(before))) {
            (Some(next), _) => edit(expected.items[from].span.start as usize, next.span.start as usize, String::new()),
            (None, Some(before)) => edit(before.span.end as usize, last.span.end as usize, String::new()),
            (None, None) => None,
        });
        at += run;
    }
    edits
}

/// What stands before the dash of a row of a block; `None` for a row between brackets.
fn indent<'t>(row: &Yaml, text: &'t str) -> Option<&'t str> {
    let before = &text[line(row, text)..row.span.start as usize];
    (before.trim() == "-").then(|| before.split('-').next().unwrap_or_default())
}

/// Where the line of a row begins.
fn line(row: &Yaml, text: &str) -> usize {
    text[..row.span.start as usize].rfind('\n').map_or(0, |at| at + 1)
}

/// Where the line after a row begins. What else stands on its last line is about the row.
fn after_line(row: &Yaml, text: &str) -> usize {
    let end = row.span.end as usize;
    text[end..].find('\n').map_or(text.len(), |at| end + at + 1)
}

fn span(like: Span, start: usize, end: usize) -> Option<Span> {
    Some(Span { start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()?, ..like })
}

/// Puts rows behind the last one, as it is written.
fn insertion(expected: &Rows, rows: &[String], map: &SourceMap) -> Option<Edit> {
    let text = &map.file(expected.span.file).text;
    let Some(last) = expected.items.last() else {
        // An empty list: `[]`.
        return Some(Edit { span: expected.span, text: format!("[{}]", rows.join(", ")) });
    };
    if let Some(indent) = indent(last, text) {
        let next = after_line(last, text);
        let next = if text[..next].ends_with('\n') { next - 1 } else { next };
        let lines: String = rows.iter().flat_map(|row| ["\n", indent, "- ", row.as_str()]).collect();
        return Some(Edit { span: span(last.span, next, next)?, text: lines });
    }
    let end = last.span.end as usize;
    Some(Edit { span: span(last.span, end, end)?, text: rows.iter().flat_map(|row| [", ", row.as_str()]).collect() })
}

/// A row as a map in one line.
fn flow(row: &Row, columns: &[String]) -> String {
    let known = columns.iter().filter_map(|column| Some((column, row.get(column)?)));
    let cells: Vec<_> = known.map(|(column, value)| format!("{}: {}", key(column), scalar(value, 0))).collect();
    format!("{{ {} }}", cells.join(", "))
}

fn key(name: &str) -> String {
    if name.chars().all(|c| c.is_alphanumeric() || c == '_') { name.to_owned() } else { quoted(name) }
}

/// Values deeper than this are left out: no data has them.
const DEEPEST: usize = 32;

/// A value in one line of YAML.
fn scalar(value: &Json, depth: usize) -> String {
    match value {
        Json::Null => "null".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Number(value) => value.to_string(),
        Json::String(text) => plain(text),
        Json::Array(_) | Json::Object(_) if depth > DEEPEST => "null".to_owned(),
        Json::Array(items) => format!("[{}]", items.iter().map(|item| scalar(item, depth + 1)).collect::<Vec<_>>().join(", ")),
        Json::Object(fields) => {
            let fields: Vec<_> =
                fields.iter().map(|(name, value)| format!("{}: {}", key(name), scalar(value, depth + 1))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
    }
}

/// Text without quotes where that says the same to every reader.
fn plain(text: &str) -> String {
    let word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '@'));
    // Words that YAML 1.1 takes for booleans, and for nothing.
    let is_odd =
        ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"].contains(&text.to_lowercase().as_str());
    if word && !is_odd { text.to_owned() } else { quoted(text) }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out + "\""
}
