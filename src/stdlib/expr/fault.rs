//! The engine's errors in our words, at the place in the SQL text that they are about.

use datafusion::common::{DataFusionError, SchemaError, Span as EngineSpan};

use super::names::{self, NO_FATES, in_sql, or_text, unknown_name};
use super::syntax::{offset, syntax_error};
use crate::diag::{Diagnostic, codes};
use crate::source::{EmbedMap, Span};

/// A diagnostic for what the engine said about `sql`; its words are a note.
///
/// Positions come from the engine's spans, from a `Line: 1, Column: 5` in its words, or from the first place where
/// the name it complains about is written; where there is none the whole text is labelled.
pub fn engine_error(error: &DataFusionError, sql: &str, map: &EmbedMap) -> Diagnostic {
    fault(error, sql, map, NO_FATES)
}

/// [`engine_error`] where it is known what became of columns.
pub(super) fn fault(error: &DataFusionError, sql: &str, map: &EmbedMap, fates: names::Fates<'_>) -> Diagnostic {
    let span = engine_span(error, sql);
    match error.find_root() {
        DataFusionError::SQL(error, _) => syntax_error(error, sql, map),
        DataFusionError::SchemaError(error, _) => schema(error, span, sql, map, fates),
        root => other(&root.strip_backtrace(), span.map_or(map.whole(), |(start, end)| map.span(start, end))),
    }
}

fn schema(error: &SchemaError, span: Option<(usize, usize)>, sql: &str, map: &EmbedMap, fates: names::Fates<'_>) -> Diagnostic {
    let place = |name: &str| span.or_else(|| find_word(name, sql)).map_or(map.whole(), |(start, end)| map.span(start, end));
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => {
            // Of `c.mail` only `mail` is wrong.
            let narrow = span.map(|(start, end)| match sql[start..end].rfind('.') {
                Some(dot) if sql[start + dot + 1..end].trim_matches('`') == field.name => (start + dot + 1, end),
                _ => (start, end),
            });
            let at = narrow.map_or_else(|| place(&field.name), |(start, end)| map.span(start, end));
            let mut names: Vec<&str> = Vec::new();
            for column in valid_fields {
                if !names.contains(&column.name.as_str()) && !names::is_hidden(&column.name) {
                    names.push(&column.name);
                }
            }
            if valid_fields.is_empty() && find_word("from", &sql.to_ascii_lowercase()).is_none() {
                let unknown = format!("unknown column `{}`", field.name);
                return Diagnostic::new(&codes::expression::UNKNOWN_COLUMN, at, unknown)
                    .here("the query reads no table")
                    .help("add `from` and the name of an input");
            }
            let unknown = unknown_name(at, &field.name, &names, fates);
            in_sql(if names.is_empty() { unknown } else { or_text(unknown, &field.name) }, map.is_exact())
        }
        SchemaError::AmbiguousReference { field } => {
            let message = format!("`{}` could be more than one column", field.name);
            Diagnostic::new(&codes::expression::AMBIGUOUS_COLUMN, place(&field.name), message)
                .here("several tables of the query have it")
                .help(format!("put the table's name and a dot before it: `TABLE.{}`", field.name))
        }
        SchemaError::DuplicateQualifiedField { name, .. } | SchemaError::DuplicateUnqualifiedField { name } => {
            let message = format!("column `{name}` would be there twice");
            Diagnostic::new(&codes::expression::DUPLICATE_COLUMN, place(name), message)
                .help("give one of them another name with `as`")
        }
    }
}

fn other(words: &str, at: Span) -> Diagnostic {
    if let Some(column) = between(words, "column \"", "\" must appear in the GROUP BY") {
        let name = column.rsplit('.').next().unwrap_or(column);
        let message = format!("`{name}` is neither grouped nor aggregated");
        return Diagnostic::new(&codes::expression::NOT_GROUPED, at, message)
            .here("a group has several values of it")
            .help(format!("add it to `group by`, or take one value of a group: `max({name})`"));
    }
    if let Some(found) = between(words, "non-boolean predicate", "\n").and_then(|rest| rest.rsplit("returning ").next()) {
        let found = in_our_words(found.trim_end_matches('.'));
        return Diagnostic::new(&codes::expression::NOT_BOOLEAN, at, "a condition must be true or false")
            .here(format!("this is a `{found}`"))
            .help("compare it with something");
    }
    let said = format!("the engine says: {}", in_our_words(&first_sentence(words)));
    if words.contains("different number of columns") {
        let message = "the queries of a `union` have different numbers of columns";
        return Diagnostic::new(&codes::expression::NOT_PLANNABLE, at, message)
            .help("select equally many columns in each of them");
    }
    if let Some(table) = between(words, "table '", "' not found") {
        let table = table.rsplit('.').next().unwrap_or(table);
        return Diagnostic::new(&codes::expression::UNKNOWN_TABLE, at, format!("unknown table `{table}`")).note(said);
    }
    if is_type_error(words) {
        return Diagnostic::new(&codes::expression::TYPE_MISMATCH, at, "types do not fit together").note(said);
    }
    Diagnostic::new(&codes::expression::NOT_PLANNABLE, at, "the engine cannot run this").note(said)
}

fn is_type_error(words: &str) -> bool {
    ["coerc", "Cannot infer common argument type", "No function matches", "cannot be cast", "Cannot cast", "incompatible type"]
        .iter()
        .any(|sign| words.contains(sign))
}

/// Where the engine says that the fault is.
pub(super) fn engine_span(error: &DataFusionError, sql: &str) -> Option<(usize, usize)> {
    let EngineSpan { start, end } = error.diagnostic().and_then(|found| found.span)?;
    let at = |line: u64, column: u64| offset(sql, usize::try_from(line).unwrap_or(1), usize::try_from(column).unwrap_or(1));
    let (start, end) = (at(start.line, start.column), at(end.line, end.column));
    (start <= end && end <= sql.len()).then_some((start, end))
}

/// Where `word` stands as a word of its own.
fn find_word(word: &str, sql: &str) -> Option<(usize, usize)> {
    let boundary = |c: Option<char>| c.is_none_or(|c| !(c.is_alphanumeric() || c == '_'));
    let found = sql
        .match_indices(word)
        .find(|(at, _)| boundary(sql[..*at].chars().next_back()) && boundary(sql[at + word.len()..].chars().next()));
    found.map(|(at, _)| (at, at + word.len()))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let rest = &text[text.find(before)? + before.len()..];
    match rest.find(after) {
        Some(end) => Some(&rest[..end]),
        None if after == "\n" => Some(rest),
        None => None,
    }
}

/// What the engine said first, without its own headings.
pub(super) fn engine_words(error: &DataFusionError) -> String {
    first_sentence(&error.find_root().strip_backtrace())
}

/// The engine's words up to the first line break, without its own headings.
fn first_sentence(words: &str) -> String {
    let line = words.lines().next().unwrap_or(words);
    let heads = [
        "Error during planning: ",
        "Schema error: ",
        "This feature is not implemented: ",
        "Execution error: ",
        "Internal error: ",
    ];
    heads.iter().fold(line, |line, head| line.trim_start_matches(head)).trim_end_matches('.').to_owned()
}

/// The engine's words with the names of its types replaced by ours.
pub(super) fn in_our_words(words: &str) -> String {
    const TYPES: &[(&str, &str)] = &[
        ("Timestamp(µs)", "timestamp"),
        ("Timestamp(ns)", "timestamp"),
        ("Timestamp(ms)", "timestamp"),
        ("Timestamp(s)", "timestamp"),
        ("LargeUtf8", "string"),
        ("Utf8View", "string"),
        ("Utf8", "string"),
        ("UInt64", "unsigned bigint"),
        ("UInt32", "unsigned int"),
        ("Int64", "bigint"),
        ("Int32", "int"),
        ("Int16", "smallint"),
        ("Int8", "tinyint"),
        ("Float64", "double"),
        ("Float32", "float"),
        ("Boolean", "boolean"),
        ("Date32", "date"),
        ("Decimal128", "decimal"),
        ("Interval(MonthDayNano)", "interval"),
    ];
    TYPES.iter().fold(words.to_owned(), |words, (engine, ours)| words.replace(engine, ours))
}
