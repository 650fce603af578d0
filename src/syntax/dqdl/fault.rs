//! What is wrong with a piece that the grammar cannot read: the faults people make by name, the rest by what would fit.

use std::ops::Range;

use pest::error::{Error, ErrorVariant, InputLocation};

use super::grammar::Rule;
use super::names;
use super::report::Reporter;
use super::token::{Token, TokenKind, tokens};
use crate::diag::codes::dqdl::{MALFORMED_NUMBER, UNCLOSED_BRACKET, UNEXPECTED_TOKEN, UNKNOWN_OPERATOR, UNQUOTED_TEXT};
use crate::diag::{Diagnostic, Safety};

/// A piece that did not parse.
pub(super) struct Fault<'a> {
    /// The piece, scanned.
    piece: &'a str,
    /// Where the piece begins in the ruleset's text.
    base: usize,
    /// Its tokens, comments left out; offsets in the piece.
    tokens: Vec<Token>,
    /// The index of the token that fits nothing; the number of tokens at the end of the piece.
    at: usize,
    /// What would have fitted.
    expected: Vec<Rule>,
}

/// The offset in the piece where its reading ended.
pub(super) fn offset(error: &Error<Rule>) -> usize {
    match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    }
}

/// Words that other languages have for operators, and DQDL's.
pub(super) static OPERATORS: &[(&str, &str)] = &[
    ("is", "="),
    ("eq", "="),
    ("equals", "="),
    ("equal", "="),
    ("ne", "!="),
    ("gt", ">"),
    ("ge", ">="),
    ("gte", ">="),
    ("lt", "<"),
    ("le", "<="),
    ("lte", "<="),
    ("like", "matches"),
    ("rlike", "matches"),
    ("regexp", "matches"),
    ("match", "matches"),
    ("contains", "matches"),
    ("one_of", "in"),
];

/// Says what is wrong with a piece.
pub(super) fn explain(report: &Reporter<'_>, piece: &str, base: usize, error: &Error<Rule>) -> Diagnostic {
    let expected = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives.clone(),
        ErrorVariant::CustomError { .. } => Vec::new(),
    };
    let tokens: Vec<_> = tokens(piece).into_iter().filter(|token| token.kind != TokenKind::Comment).collect();
    let offset = offset(error);
    let at = tokens.partition_point(|token| token.at.end <= offset);
    let fault = Fault { piece, base, tokens, at, expected };
    known(report, &fault).unwrap_or_else(|| fault.unexpected(report))
}

fn known(report: &Reporter<'_>, fault: &Fault<'_>) -> Option<Diagnostic> {
    [
        unclosed_bracket,
        unopened_bracket,
        grouped_digits,
        ends_without_and,
        negated_rule,
        listed_parameter,
        foreign_operator,
        negated_sign,
        name_with_hyphen,
        unquoted_path,
        call_style,
        bare_filter,
    ]
    .into_iter()
    .find_map(|known| known(report, fault))
}

impl Fault<'_> {
    fn token(&self, back: usize) -> Option<&Token> {
        self.tokens.get(self.at.checked_sub(back)?)
    }

    fn text(&self, token: &Token) -> &str {
        &self.piece[token.at.clone()]
    }

    fn place(&self, token: &Token) -> Range<usize> {
        self.base + token.at.start..self.base + token.at.end
    }

    /// Something else is expected: the general message.
    fn unexpected(&self, report: &Reporter<'_>) -> Diagnostic {
        let expected = names::expected(&self.expected);
        let wanted = one_of(&expected);
        let previous = self.token(1);
        let Some(found) = self.tokens.get(self.at) else {
            let end = self.tokens.last().map_or(0, |token| token.at.end) + self.base;
            let place = previous.map_or(end..end, |token| self.place(token));
            let after = previous.map_or_else(String::new, |token| format!(" after `{}`", shown(self.text(token))));
            let message =
                if wanted.is_empty() { format!("something is missing{after}") } else { format!("{wanted} is missing{after}") };
            let help = if wanted.is_empty() { "write the rest".to_owned() } else { format!("write {wanted} behind it") };
            return report.at(&UNEXPECTED_TOKEN, &place, message).here("nothing follows").help(help);
        };
        let text = shown(self.text(found));
        let after = previous.map_or_else(String::new, |token| format!(" after `{}`", shown(self.text(token))));
        let message = format!("unexpected `{text}`{after}");
        let diagnostic = report.at(&UNEXPECTED_TOKEN, &self.place(found), message);
        if wanted.is_empty() { diagnostic } else { diagnostic.here(format!("expected {wanted}")) }
    }
}

/// `(A and B`, `in ["a", "b"`
fn unclosed_bracket(report: &Reporter<'_>, fault: &Fault<'_>) -> Option<Diagnostic> {
    let mut open: Vec<&Token> = Vec::new();
    for token in &fault.tokens {
        match token.kind {
            TokenKind::Open(_) => open.push(token),
            TokenKind::Close(close) => {
                let partner = open.iter().rposition(|open| matches!(open.kind, TokenKind::Open(o) if closing(o) == close));
                if let Some(partner) = partner {
                    if let Some(skipped) = open.get(partner + 1) {
                        return Some(never_closed(report, fault, skipped));
                    }
                    open.truncate(partner);
                }
            }
            _ => {}
        }
    }
    open.first().map(|token| never_closed(report, fault, token))
}

fn never_closed(report: &Reporter<'_>, fault: &Fault<'_>, open: &Token) -> Diagnostic {
    let bracket = fault.text(open);
    let TokenKind::Open(kind) = open.kind else { return fault.unexpected(report) };
    let close = char::from(closing(kind));
    let before = fault.tokens[..fault.at.min(fault.tokens.len())].last().map_or(0, |token| token.at.end);
    let end = (fault.base + before).max(fault.base + open.at.end);
    let diagnostic = report
        .at(&UNCLOSED_BRACKET, &fault.place(open), format!("`{bracket}` has no `{close}`"))
        .here("opened here, never closed");
    report.fix(diagnostic, format!("insert `{close}`"), end..end, &close.to_string(), Safety::Unsafe)
}

/// The bracket that closes another.
pub(super) fn closing(open: u8) -> u8 {
    match open {
        b'(' => b')',
        b'[' => b']',
        _ => b'}',
    }
}

/// `RowCount > 5)`
fn unopened_bracket(report: &Reporter<'_>, fault: &Fault<'_>) -> Option<Diagnostic> {
    let found = fault.tokens.get(fault.at)?;
    let TokenKind::Close(close) = found.kind else { return None };
    let mut depth = 0_i32;
    for token in &fault.tokens[..fault.at] {
        match token.kind {
            TokenKind::Open(open) if closing(open) == close => depth += 1,
            TokenKind::Close(other) if other == close => depth -= 1,
            _ => {}
        }
    }
    if depth > 0 {
        return None;
    }
    let place = fault.place(found);
    let diagnostic =
        report.at(&UNCLOSED_BRACKET, &place, format!("`{}` closes nothing", fault.text(found))).here("no bracket is open here");
    Some(report.fix(diagnostic, "remove it", place, "", Safety::Unsafe))
}

/// Whether a comma groups digits: `1,000`.
pub(super) fn is_grouped<'t>(tokens: &[Token], comma: usize, text: impl Fn(usize) -> &'t str) -> bool {
    let digits = |index: usize| text(index).bytes().all(|b| b.is_ascii_digit());
    let before = comma.checked_sub(1).and_then(|before| tokens.get(before));
    let (Some(before), Some(after)) = (before, tokens.get(comma + 1)) else { return false };
    let adjacent = before.at.end == tokens[comma].at.start && after.at.start == tokens[comma].at.end;
    adjacent && text(comma) == "," && digits(comma - 1) && digits(comma + 1) && after.at.len() == 3
}

/// `RowCount > 1,000`
fn grouped_digits(report: &Reporter<'_>, fault: &Fault<'_>) -> Option<Diagnostic> {
    let text = |index: usize| fault.tokens.get(index).map_or("", |token| fault.text(token));
    // The grammar reads on to the token behind the comma: a tag could stand there.
    let comma =
        [Some(fault.at), fault.at.checked_sub(1)].into_iter().flatten().find(|at| is_grouped(&fault.tokens, *at, text))?;
    let mut last = comma + 1;
    while is_grouped(&fault.tokens, last + 1, text) && text(last + 1) == "," {
        last += 2;
    }
    let place = fault.place(fault.tokens.get(comma.checked_sub(1)?)?).start..fault.place(fault.tokens.get(last)?).end;
    let written = report.written(&place).to_owned();
    let number = written.replace(',', "");
    let diagnostic = report
        .at(&MALFORMED_NUMBER, &place, format!("`{written}` is not a number of DQDL"))
        .help(format!("write `{number}`: digits are not grouped"));
    Some(report.fix(diagnostic, format!("replace with `{number}`"), place, &number, Safety::Unsafe))
}

/// `between 1, 5`, `between 1 to 5`
fn ends_without_and(report: &Reporter<'_>, fault: &Fault<'_>) -> Option<Diagnostic> {
    let between = fault.tokens[..fault.at].iter().rev().position(|token| fault.text(token).eq_ignore_ascii_case("between"))?;
    if between == 0 || !fault.expected.contains(&Rule::and_word) {
        return None;
    }
    let to = fault.token(1).filter(|token| fault.text(token).eq_ignore_ascii_case("to"));
    let comma = fault.tokens.get(fault.at).filter(|token| token.kind == TokenKind::Comma);
    let sign = to.or(comma)?;
    let place = fault.place(sign);
    let diagnostic = report
        .at(&UNEXPECTED_TOKEN, &place, format!("the ends of `between` are joined by `and`, not by `{}`", fault.text(sign)))
        .help("write `and`");
    let text = if sign.kind == TokenKind::Comma { " and" } else { "and" };
    Some(report.fix(diagnostic, "replace with `and`", place, text, Safety::Unsafe))
}

/// `RowCount is 5`, `Column "a" like "x%"`, `(A) xor (B)`
fn foreign_operator(report: &Reporter<'_>, fault: &Fault<'_>) -> Option<Diagnostic> {
    let word = |back| fault.token(back).filter(|token| token.kind == TokenKind::Word);
    let foreign = |token: &&Token| {
        let text = fault.text(token).to_ascii_lowercase();
        OPERATORS.iter().any(|(word, _)| *word == text) || text == "xor"
    };
    let token = word(0).filter(foreign).or_else(|| word(1).filter(foreign)).or_else(|| word(2).filter(foreign))?;
    Some(unknown_operator(report, &fault.place(token)))
}

/// Says that a word is no operator, and which one is.
pub(super) fn unknown_operator(report: &Reporter<'_>, place: &Range<usize>) -> Diagnostic {
    let text = report.written(place);
    let diagnostic = report.at(&UNKNOWN_OPERATOR, place, format!("DQDL has no operator `{text}`"));
    let Some((_, right)) = OPERATORS.iter().find(|(foreign, _)| foreign.eq_ignore_ascii_case(text)) else {
        return diagnostic
            .help("rules are joined by `and` and `or`, values compared by `=`, `!=`, `>`, `between`, `in`, `matches`");
    };
    let (help, safety) = match text.to_ascii_lowercase().as_str() {
        // The text behind it would have to be another one.
        "like" | "contains" => {
            ("write `matches` and a regular expression for the whole value: `.*` is any text".to_owned(), Safety::Shown)
        }
        _ => (format!("write `{right}`"), Safety::Unsafe),
    };
    report.fix(diagnostic.help(help), format!("replace with `{right}`"), place.clone(), right, safety)
}

/// `not (RowCount > 5)`
fn negated_rule(report: &Reporter<'_>, fault: &Fault<'_>) -> Option<Diagnostic> {
    let not = fault.tokens.get(fault.at).filter(|token| matches!(fault.text(token), "not" | "NOT" | "Not" | "!"))?;
    let open = fault.tokens.get(fault.at + 1)?;
    if open.kind != TokenKind::Open(b'(') {
        return None;
    }
    let diagnostic = report
        .at(&UNKNOWN_OPERATOR, &fault.place(not), "a rule cannot be negated")
        .note("`not` stands before `between`, `in` and `matches` only")
        .help("write the opposite condition");
    Some(diagnostic)
}

/// `IsUnique "a", "b"`: the second column is a piece of its own.
fn listed_parameter(report: &Reporter<'_>, fault: &Fault<'_>) -> Option<Diagnostic> {
    let first = fault.tokens.first().filter(|token| fault.at == 0 && token.kind == TokenKind::String)?;
    let text = shown(fault.text(first));
    let diagnostic = report
        .at(&UNEXPECTED_TOKEN, &fault.place(first), format!("unexpected `{text}`: a rule begins with its type"))
        .here("expected a rule type")
        .help("the columns of a rule stand side by side, without commas: `IsUnique \"a\" \"b\"`");
    Some(diagnostic)
}

/// `not > 5`, `!> 5`
fn negated_sign(report: &Reporter<'_>, fault: &Fault<'_>) -> Option<Diagnostic> {
    let sign = fault.tokens.get(fault.at)?;
    let not = fault.token(1)?;
    let is_not = matches!(fault.text(not).to_ascii_lowercase().as_str(), "not" | "!");
    let inverse = match fault.text(sign) {
        "=" | "==" => "!=",
        "!=" | "<>" => "=",
        ">" => "<=",
        ">=" => "<",
        "<" => ">=",
        "<=" => ">",
        _ => return None,
    };
    if !is_not {
        return None;
    }
    let place = fault.place(not).start..fault.place(sign).end;
    let written = report.written(&place).to_owned();
    let diagnostic = report
        .at(&UNKNOWN_OPERATOR, &place, format!("`{written}` is not an operator of DQDL"))
        .note("`not` stands before `between`, `in` and `matches` only")
        .help(format!("write `{inverse}`"));
    Some(report.fix(diagnostic, format!("replace with `{inverse}`"), place, inverse, Safety::Safe))
}

/// `IsComplete order-id`
fn name_with_hyphen(report: &Reporter<'_>, fault: &Fault<'_>) -> Option<Diagnostic> {
    let sign = fault.tokens.get(fault.at).filter(|token| fault.text(token) == "-")?;
    let before = fault.token(1).filter(|token| token.kind == TokenKind::Word && token.at.end == sign.at.start)?;
    let mut end = sign.at.end;
    for token in &fault.tokens[fault.at + 1..] {
        let joined = token.at.start == end && (token.kind == TokenKind::Word || fault.text(token) == "-");
        if !joined {
            break;
        }
        end = token.at.end;
    }
    let place = fault.base + before.at.start..fault.base + end;
    Some(needs_quotes(report, &place, "a name with `-` in it needs double quotes"))
}

/// `FileSize s3://bucket/path > 1 MB`
fn unquoted_path(report: &Reporter<'_>, fault: &Fault<'_>) -> Option<Diagnostic> {
    fault.tokens.get(fault.at).filter(|token| fault.text(token) == ":")?;
    let before = fault.token(1).filter(|token| token.kind == TokenKind::Word)?;
    let rest = &fault.piece[before.at.start..];
    let len = rest.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(rest.len());
    let place = fault.base + before.at.start..fault.base + before.at.start + len;
    Some(needs_quotes(report, &place, "a path needs double quotes"))
}

fn needs_quotes(report: &Reporter<'_>, place: &Range<usize>, message: &str) -> Diagnostic {
    let quoted = format!("\"{}\"", report.written(place));
    let diagnostic = report.at(&UNQUOTED_TEXT, place, message).help(format!("write `{quoted}`"));
    report.fix(diagnostic, "put it in double quotes", place.clone(), &quoted, Safety::Unsafe)
}

/// `IsComplete("order_id")`
fn call_style(report: &Reporter<'_>, fault: &Fault<'_>) -> Option<Diagnostic> {
    let open = fault.tokens.get(fault.at).filter(|token| token.kind == TokenKind::Open(b'('))?;
    let before = fault.token(1).filter(|token| token.kind == TokenKind::Word && fault.at == 1)?;
    let close = fault.tokens[fault.at..].iter().find(|token| token.kind == TokenKind::Close(b')'));
    let name = fault.text(before);
    let diagnostic = report
        .at(&UNEXPECTED_TOKEN, &fault.place(open), "the parameters of a rule stand without parentheses")
        .help(format!("write `{name} \"column\"`"));
    let Some(close) = close else { return Some(diagnostic) };
    let (open, close) = (fault.place(open), fault.place(close));
    Some(report.fix_all(
        diagnostic,
        "remove the parentheses",
        vec![(open, " ".to_owned()), (close, String::new())],
        Safety::Unsafe,
    ))
}

/// `where x = 1`
fn bare_filter(report: &Reporter<'_>, fault: &Fault<'_>) -> Option<Diagnostic> {
    let first = fault.tokens.get(fault.at)?;
    fault.token(1).filter(|token| fault.text(token).eq_ignore_ascii_case("where"))?;
    let stop = |token: &&Token| matches!(fault.text(token), "with" | "labels");
    let behind = &fault.tokens[fault.at..];
    let until = behind.iter().position(|token| stop(&token)).unwrap_or(behind.len());
    let last = behind.get(until.checked_sub(1)?)?;
    let place = fault.base + first.at.start..fault.base + last.at.end;
    let quoted = format!("\"{}\"", report.written(&place).replace('"', "'"));
    let diagnostic =
        report.at(&UNQUOTED_TEXT, &place, "the condition of `where` needs double quotes").help(format!("write `where {quoted}`"));
    Some(report.fix(diagnostic, "put it in double quotes", place, &quoted, Safety::Unsafe))
}

/// `a, b or c`
fn one_of(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// A token for a message: long texts cut.
fn shown(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= 30 && line.len() == text.len() {
        return line.to_owned();
    }
    format!("{}…", line.chars().take(28).collect::<String>())
}
