//! Syntax errors of SQL in our words: what cannot stand where it stands, what could, and what was probably meant.

use datafusion::sql::sqlparser::parser::ParserError;

use crate::diag::{Diagnostic, Safety, codes, suggest};
use crate::source::EmbedMap;

/// Words that a misspelled word before the place of an error may have been meant to be.
const KEYWORDS: &[&str] = &[
    "select",
    "from",
    "where",
    "group",
    "order",
    "having",
    "limit",
    "join",
    "left",
    "inner",
    "union",
    "and",
    "between",
    "like",
    "preceding",
    "following",
    "rows",
    "range",
];

/// What the parser said about `sql`.
pub(super) fn syntax_error(error: &ParserError, sql: &str, map: &EmbedMap) -> Diagnostic {
    let (ParserError::ParserError(words) | ParserError::TokenizerError(words)) = error else {
        let deep = Diagnostic::new(&codes::expression::SQL_SYNTAX, map.whole(), "the SQL is nested too deeply");
        return deep.help("split it: compute parts of it in columns of their own before");
    };
    let place = position(words).map(|(line, column)| offset(sql, line, column));
    let message = words.split(" at Line").next().unwrap_or(words);
    if message.contains("Unterminated") {
        return unterminated(message, place, sql, map);
    }
    let (expected, found) = expectation(message);
    if found == Some("EOF") || (found.is_none() && place.is_none()) {
        let end = sql.trim_end().len();
        let at = map.span(end, end);
        let early = Diagnostic::new(&codes::expression::SQL_SYNTAX, at, "the SQL ends too early");
        return match expected {
            Some(expected) => early.here(format!("expected {}", friendly(expected))),
            None => early.note(format!("the engine says: {message}")),
        };
    }
    let (start, end) = token(place, found, sql);
    let at = map.span(start, end);
    let word = found.unwrap_or(&sql[start..end]);
    let wrong = Diagnostic::new(&codes::expression::SQL_SYNTAX, at, format!("SQL syntax: `{word}` cannot stand here"));
    let wrong = match expected {
        Some(expected) => wrong.here(format!("expected {}", friendly(expected))),
        None => wrong.note(format!("the engine says: {message}")),
    };
    advise(wrong, sql, (start, end), map)
}

/// Something that stands after the end of an expression.
pub(super) fn leftover(word: &str, sql: &str, (start, end): (usize, usize), map: &EmbedMap) -> Diagnostic {
    let message = format!("SQL syntax: `{word}` cannot stand here");
    let extra = Diagnostic::new(&codes::expression::SQL_SYNTAX, map.span(start, end), message);
    advise(extra.here("expected an operator or the end of the expression"), sql, (start, end), map)
}

/// What was probably meant.
fn advise(diagnostic: Diagnostic, sql: &str, (start, end): (usize, usize), map: &EmbedMap) -> Diagnostic {
    let before = sql[..start].trim_end();
    let word = sql.get(start..end).unwrap_or("");
    let replace = |diagnostic: Diagnostic, from: usize, to: usize, with: &str| {
        let place = map.span(from, to);
        let diagnostic = if map.is_exact() {
            diagnostic.fix(format!("replace with `{with}`"), place, with, Safety::Unsafe)
        } else {
            diagnostic
        };
        diagnostic.help(format!("did you mean `{with}`?"))
    };
    if word == "&&" {
        return diagnostic.help("write `and`").fix("replace with `and`", map.span(start, end), "and", Safety::Unsafe);
    }
    if before.ends_with(',') {
        return diagnostic.also(map.span(before.len() - 1, before.len()), "after this comma").help("remove the comma");
    }
    // `select a form t`: the parser took the misspelled word for a name.
    let from = before.rfind(|c: char| !is_word(c)).map_or(0, |at| at + 1);
    if let Some(near) = keyword(&before[from..]) {
        let diagnostic = diagnostic.also(map.span(from, before.len()), format!("is this `{near}`?"));
        return replace(diagnostic, from, before.len(), near);
    }
    match keyword(word) {
        Some(near) => replace(diagnostic, start, end, near),
        None => diagnostic,
    }
}

/// The keyword that a word is nearly.
fn keyword(word: &str) -> Option<&'static str> {
    if word.len() < 3 || KEYWORDS.iter().any(|known| known.eq_ignore_ascii_case(word)) {
        return None;
    }
    let near = suggest::nearest(word, KEYWORDS.iter().copied())?;
    KEYWORDS.iter().copied().find(|known| *known == near)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn unterminated(message: &str, place: Option<usize>, sql: &str, map: &EmbedMap) -> Diagnostic {
    let start = place.unwrap_or(0).min(sql.len());
    let at = map.span(start, sql.trim_end().len().max(start));
    let (what, help) = if message.contains("comment") {
        ("a comment is not closed", "close it with `*/`")
    } else {
        ("a text is not closed", "close it with the quote that it begins with; a quote inside a text is doubled")
    };
    Diagnostic::new(&codes::expression::SQL_SYNTAX, at, what).here("opened here").help(help)
}

/// `Expected: x, found: y`
fn expectation(message: &str) -> (Option<&str>, Option<&str>) {
    let rest = message.trim_start_matches("Expected").trim_start_matches(':').trim_start();
    match rest.rsplit_once(", found: ") {
        Some((expected, found)) if message.starts_with("Expected") => (Some(expected), Some(found)),
        _ => (None, None),
    }
}

/// The parser's words for what it expected, as users know it.
fn friendly(expected: &str) -> String {
    let known = match expected {
        "an expression" | "an expression:" => "an expression",
        "identifier" => "a name",
        "end of statement" => "an operator, or the end of the query",
        "SELECT, VALUES, or a subquery in the query body" | "an SQL statement" => "`select`",
        "joined table" => "a table",
        _ => {
            let is_mark = !expected.is_empty() && expected.chars().all(|c| c.is_ascii_punctuation() && c != '`');
            if is_mark {
                return format!("`{expected}`");
            }
            let shout = expected.split_inclusive([' ', ',']);
            return shout
                .map(|word| {
                    let (bare, rest) = word.split_at(word.trim_end_matches([' ', ',']).len());
                    let is_keyword = bare.len() > 1 && bare.chars().all(|c| c.is_ascii_uppercase());
                    if is_keyword { format!("`{}`{rest}", bare.to_lowercase()) } else { word.to_owned() }
                })
                .collect();
        }
    };
    known.to_owned()
}

/// Where the token stands that could not be read. The parser points at the token after it now and then.
fn token(place: Option<usize>, found: Option<&str>, sql: &str) -> (usize, usize) {
    let start = place.unwrap_or(sql.len()).min(sql.len());
    let Some(found) = found else { return (start, start + token_length(&sql[start..])) };
    if sql[start..].starts_with(found) {
        return (start, start + found.len());
    }
    match sql[..start].rfind(found) {
        Some(before) => (before, before + found.len()),
        None => (start, start + token_length(&sql[start..])),
    }
}

fn token_length(rest: &str) -> usize {
    let word = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
    if word > 0 { word } else { rest.chars().next().map_or(0, char::len_utf8) }
}

/// `… at Line: 2, Column: 7`
fn position(words: &str) -> Option<(usize, usize)> {
    let line = words.rsplit_once("Line: ")?.1;
    let (line, column) = line.split_once(", Column: ")?;
    let digits = column.find(|c: char| !c.is_ascii_digit()).unwrap_or(column.len());
    Some((line.trim().parse().ok()?, column[..digits].parse().ok()?))
}

/// The byte offset of a line and a column (characters), both from 1.
pub(super) fn offset(sql: &str, line: usize, column: usize) -> usize {
    let start: usize = sql.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = &sql[start.min(sql.len())..];
    start.min(sql.len()) + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at)
}
