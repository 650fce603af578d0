//! Tokens of SQL and DQDL as an editor needs them: quick, and of any text, also of one that is half written.

use std::ops::Range;

/// Which language a text is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Spark's SQL.
    Sql,
    /// Glue's rules.
    Dqdl,
}

/// A token and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where, quotes included.
    pub at: Range<usize>,
    /// Whether its end is there: a quote can be open.
    pub closed: bool,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A bare word.
    Word,
    /// A name between backticks.
    Quoted,
    /// A text between quotes.
    Text,
    /// A number.
    Number,
    /// To the end of the line, or between `/*` and `*/`.
    Comment,
    /// `$name`
    Constant,
    /// One or two characters of anything else.
    Sign,
}

impl Token {
    /// What it says, without quotes.
    pub fn word<'t>(&self, text: &'t str) -> &'t str {
        &text[self.inner()]
    }

    /// Its bytes without quotes.
    pub fn inner(&self) -> Range<usize> {
        match self.kind {
            TokenKind::Quoted | TokenKind::Text => self.at.start + 1..self.at.end - usize::from(self.closed),
            TokenKind::Constant => self.at.start + 1..self.at.end,
            TokenKind::Word | TokenKind::Number | TokenKind::Comment | TokenKind::Sign => self.at.clone(),
        }
    }
}

/// The tokens of a text, comments included.
pub fn tokens(text: &str, language: Language) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let (kind, len, closed) = token(&text[at..], c, language);
        tokens.push(Token { kind, at: at..at + len, closed });
        at += len;
    }
    tokens
}

fn token(rest: &str, c: char, language: Language) -> (TokenKind, usize, bool) {
    let line = || rest.find('\n').unwrap_or(rest.len());
    let run = |fits: fn(char) -> bool| rest.find(|c| !fits(c)).unwrap_or(rest.len());
    match c {
        '-' if rest.starts_with("--") => (TokenKind::Comment, line(), true),
        '#' if language == Language::Dqdl => (TokenKind::Comment, line(), true),
        '/' if rest.starts_with("/*") => match rest.find("*/") {
            Some(end) => (TokenKind::Comment, end + 2, true),
            None => (TokenKind::Comment, rest.len(), false),
        },
        '`' => quoted(rest, '`', TokenKind::Quoted),
        '"' | '\'' => quoted(rest, c, TokenKind::Text),
        '$' if language == Language::Dqdl && rest[1..].starts_with(is_word) => {
            (TokenKind::Constant, 1 + rest[1..].find(|c| !is_word(c)).unwrap_or(rest.len() - 1), true)
        }
        c if c.is_ascii_digit() => (TokenKind::Number, run(|c| c.is_ascii_alphanumeric() || c == '.'), true),
        c if is_word(c) => (TokenKind::Word, run(is_word), true),
        _ if ["!=", "<>", "<=", ">=", "==", "->", "||", "::"].iter().any(|sign| rest.starts_with(sign)) => {
            (TokenKind::Sign, 2, true)
        }
        c => (TokenKind::Sign, c.len_utf8(), true),
    }
}

fn quoted(rest: &str, quote: char, kind: TokenKind) -> (TokenKind, usize, bool) {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' && quote != '`' {
            escaped = true;
        } else if c == quote {
            return (kind, at + 1, true);
        }
    }
    (kind, rest.len(), false)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Words of SQL that are no names.
pub const SQL_KEYWORDS: &[&str] = &[
    "all",
    "and",
    "as",
    "asc",
    "between",
    "by",
    "case",
    "cast",
    "cross",
    "date",
    "desc",
    "distinct",
    "div",
    "else",
    "end",
    "escape",
    "except",
    "exists",
    "false",
    "filter",
    "first",
    "following",
    "from",
    "full",
    "group",
    "having",
    "ilike",
    "in",
    "inner",
    "intersect",
    "interval",
    "is",
    "join",
    "last",
    "left",
    "like",
    "limit",
    "not",
    "null",
    "nulls",
    "on",
    "or",
    "order",
    "outer",
    "over",
    "partition",
    "preceding",
    "range",
    "regexp",
    "right",
    "rlike",
    "row",
    "rows",
    "select",
    "semi",
    "anti",
    "some",
    "then",
    "timestamp",
    "true",
    "try_cast",
    "unbounded",
    "union",
    "using",
    "values",
    "when",
    "where",
    "window",
    "with",
];

/// Words of DQDL that are no names.
pub const DQDL_KEYWORDS: &[&str] = &[
    "and",
    "or",
    "not",
    "between",
    "in",
    "matches",
    "where",
    "with",
    "labels",
    "threshold",
    "of",
    "now",
    "null",
    "empty",
    "whitespaces_only",
    "days",
    "hours",
    "minutes",
    "day",
    "hour",
    "minute",
    "rules",
    "analyzers",
    "metadata",
    "datasources",
    "defaultlabels",
    "last",
    "avg",
    "min",
    "max",
    "sum",
    "median",
    "std",
    "percentile",
    "index",
];
