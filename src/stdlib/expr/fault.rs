//! The engine's errors in our words, at the place in the SQL text that they are about.

use datafusion::common::{DataFusionError, SchemaError, Span as EngineSpan};

use crate::diag::{Code, Diagnostic, codes};
use crate::source::{EmbedMap, Span};

/// A diagnostic for what the engine said about `sql`; its words are a note.
///
/// Positions come from the engine's spans, from a `Line: 1, Column: 5` in its words, or from the first place where
/// the name it complains about is written; where there is none the whole text is labelled.
pub fn engine_error(error: &DataFusionError, sql: &str, map: &EmbedMap) -> Diagnostic {
    let root = error.find_root();
    let span = error.diagnostic().and_then(|found| found.span).map(|span| from_engine(span, sql, map));
    match root {
        DataFusionError::SQL(error, _) => syntax(&error.to_string(), sql, map),
        DataFusionError::SchemaError(error, _) => schema(error, span, sql, map),
        root => other(root, span, map),
    }
}

fn schema(error: &SchemaError, span: Option<Span>, sql: &str, map: &EmbedMap) -> Diagnostic {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let at = span.or_else(|| find_word(&field.name, sql, map)).unwrap_or(map.whole());
            Diagnostic::new(&codes::expression::UNKNOWN_COLUMN, at, format!("unknown column `{}`", field.name))
                .here("no column of that name here")
                .suggest(at, &field.name, valid_fields.iter().map(|column| column.name.as_str()))
        }
        SchemaError::AmbiguousReference { field } => {
            let at = span.or_else(|| find_word(&field.name, sql, map)).unwrap_or(map.whole());
            Diagnostic::new(&codes::expression::AMBIGUOUS_COLUMN, at, format!("`{}` could be more than one column", field.name))
                .here("more than one input has it")
                .help("put the input's name and a dot before it")
        }
        SchemaError::DuplicateQualifiedField { name, .. } | SchemaError::DuplicateUnqualifiedField { name } => {
            let at = find_word(name, sql, map).unwrap_or(map.whole());
            Diagnostic::new(&codes::expression::DUPLICATE_COLUMN, at, format!("column `{name}` would be there twice"))
                .help("give one of them another name with `as`")
        }
    }
}

fn other(root: &DataFusionError, span: Option<Span>, map: &EmbedMap) -> Diagnostic {
    let words = root.strip_backtrace();
    let at = span.unwrap_or(map.whole());
    let (code, headline): (&'static Code, String) = if let Some(name) = between(&words, "Invalid function '", "'") {
        (&codes::expression::UNKNOWN_FUNCTION, format!("unknown function `{name}`"))
    } else if let Some(table) = between(&words, "table '", "' not found") {
        let table = table.rsplit('.').next().unwrap_or(table);
        (&codes::expression::UNKNOWN_TABLE, format!("unknown table `{table}`"))
    } else if is_type_error(&words) {
        (&codes::expression::TYPE_MISMATCH, "types do not fit together".to_owned())
    } else {
        (&codes::expression::NOT_PLANNABLE, "SQL that cannot be run".to_owned())
    };
    let mut diagnostic = Diagnostic::new(code, at, headline);
    if let Some(near) = between(&words, "Did you mean '", "'") {
        diagnostic = diagnostic.help(format!("did you mean `{near}`?")).fix(
            format!("replace with `{near}`"),
            at,
            near,
            crate::diag::Safety::Unsafe,
        );
    }
    diagnostic.note(format!("the engine says: {}", first_sentence(&words)))
}

fn is_type_error(words: &str) -> bool {
    ["coerc", "Cannot infer common argument type", "No function matches", "cannot be cast", "Cannot cast", "incompatible type"]
        .iter()
        .any(|sign| words.contains(sign))
}

/// A syntax error: sqlparser's `Expected: x, found: y at Line: 1, Column: 5`.
fn syntax(words: &str, sql: &str, map: &EmbedMap) -> Diagnostic {
    let words = words.trim_start_matches("sql parser error: ").trim_start_matches("ParserError(\"").trim_end_matches("\")");
    let place = position(words);
    let message = words.split(" at Line").next().unwrap_or(words);
    let (expected, found) = match (between(message, "Expected: ", ", found: "), message.rsplit(", found: ").next()) {
        (Some(expected), Some(found)) => (Some(expected), Some(found)),
        _ => (None, None),
    };
    let at = match (place, found) {
        (Some((line, column)), found) => {
            let start = offset(sql, line, column);
            let len =
                found.filter(|found| sql[start..].starts_with(*found)).map_or_else(|| token_length(&sql[start..]), str::len);
            map.span(start, start + len)
        }
        (None, _) => map.span(sql.trim_end().len(), sql.trim_end().len()),
    };
    match (expected, found) {
        (Some(expected), Some("EOF")) => {
            Diagnostic::new(&codes::expression::SQL_SYNTAX, at, "the SQL ends too early").here(format!("expected {expected}"))
        }
        (Some(expected), Some(found)) => {
            Diagnostic::new(&codes::expression::SQL_SYNTAX, at, format!("SQL syntax: `{found}` cannot stand here"))
                .here(format!("expected {expected}"))
        }
        _ => Diagnostic::new(&codes::expression::SQL_SYNTAX, at, "SQL that cannot be read")
            .note(format!("the engine says: {message}")),
    }
}

fn token_length(rest: &str) -> usize {
    let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    if word > 0 { word } else { rest.chars().next().map_or(0, char::len_utf8) }
}

/// `… at Line: 2, Column: 7`
fn position(words: &str) -> Option<(usize, usize)> {
    let line = between(words, "Line: ", ",")?.trim().parse().ok()?;
    let column = words.rsplit("Column: ").next()?;
    let digits = column.find(|c: char| !c.is_ascii_digit()).unwrap_or(column.len());
    Some((line, column[..digits].parse().ok()?))
}

fn from_engine(span: EngineSpan, sql: &str, map: &EmbedMap) -> Span {
    let at = |line: u64, column: u64| offset(sql, usize::try_from(line).unwrap_or(1), usize::try_from(column).unwrap_or(1));
    map.span(at(span.start.line, span.start.column), at(span.end.line, span.end.column))
}

/// The byte offset of a line and a column (characters), both from 1.
pub(super) fn offset(sql: &str, line: usize, column: usize) -> usize {
    let start: usize = sql.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = &sql[start.min(sql.len())..];
    start.min(sql.len()) + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at)
}

/// Where `word` stands as a word of its own.
fn find_word(word: &str, sql: &str, map: &EmbedMap) -> Option<Span> {
    let boundary = |c: Option<char>| c.is_none_or(|c| !(c.is_alphanumeric() || c == '_'));
    let found = sql
        .match_indices(word)
        .find(|(at, _)| boundary(sql[..*at].chars().next_back()) && boundary(sql[at + word.len()..].chars().next()));
    found.map(|(at, _)| map.span(at, at + word.len()))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let rest = &text[text.find(before)? + before.len()..];
    Some(&rest[..rest.find(after)?])
}

/// The engine's words up to the first line break, without its own headings.
pub(super) fn first_sentence(words: &str) -> String {
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
