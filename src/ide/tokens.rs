//! Colours for what an editor's grammar of YAML cannot know: SQL and DQDL, in values and in files of their own.

use std::ops::Range;

use super::Analysis;
use super::lex::{self, DQDL_KEYWORDS, Language, SQL_KEYWORDS, Token, TokenKind};
use super::walk::{self, Item};
use crate::source::{FileId, Span, Text};
use crate::spec::param::ParamType;
use crate::spec::project::RulesetRef;
use crate::stdlib::rule;
use crate::syntax::yaml::{Node, Style};

/// What a token is, to an editor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// `and`, `between`, `select`
    Keyword,
    /// `Completeness`
    RuleType,
    /// A column.
    Column,
    /// A table or a data set.
    Table,
    /// `$statuses`, `${var.lake}`
    Variable,
    /// `round(…)`
    Function,
    /// A text.
    Text,
    /// A number.
    Number,
    /// A comment.
    Comment,
    /// `>=`
    Operator,
    /// A node, where it is named.
    Node,
}

impl Class {
    /// All classes, in the order of the legend.
    pub const ALL: [Self; 11] = [
        Self::Keyword,
        Self::RuleType,
        Self::Column,
        Self::Table,
        Self::Variable,
        Self::Function,
        Self::Text,
        Self::Number,
        Self::Comment,
        Self::Operator,
        Self::Node,
    ];
}

/// A part of one line, with its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Painted {
    /// The part.
    pub span: Span,
    /// What it is.
    pub class: Class,
}

/// The tokens of a file, in order; none of them overlaps another or goes over a line's end.
pub fn tokens(analysis: &Analysis, file: FileId) -> Vec<Painted> {
    let source = analysis.map.file(file);
    let mut painted = Vec::new();
    if source.path.extension().is_some_and(|extension| extension == "dqdl") {
        let text = Text::new(source.text.to_string(), Span::new(file, 0, source.text.len()));
        embedded(&text, Language::Dqdl, &mut painted);
    } else if let Some(tree) = analysis.tree(file) {
        walk::walk(tree, &mut |_, item| value(item, &mut painted));
    }
    painted.retain(|token| token.span.file == file && token.span.start < token.span.end);
    painted.sort_by_key(|token| token.span);
    // What an alias repeats stands there once.
    let mut end = 0;
    painted.retain(|token| {
        let keep = token.span.start >= end;
        if keep {
            end = token.span.end;
        }
        keep
    });
    painted
}

fn value(item: Item<'_>, painted: &mut Vec<Painted>) {
    let Item::Value { scalar, ty, .. } = item else { return };
    match language(ty, &scalar.text) {
        Some(language) => embedded(&scalar.text, language, painted),
        None if matches!(ty, ParamType::Node) => painted.push(Painted { span: scalar.text.span(), class: Class::Node }),
        None if matches!(ty, ParamType::Column) => painted.push(Painted { span: scalar.text.span(), class: Class::Column }),
        None => {
            for (at, name) in super::index::variables(scalar.text.as_str()) {
                painted.push(Painted { span: scalar.text.map.span(at, at + name.len()), class: Class::Variable });
            }
        }
    }
}

/// The language of a value, if it is no single word.
pub(super) fn language(ty: &ParamType, text: &Text) -> Option<Language> {
    match ty {
        ParamType::Expression | ParamType::Query => Some(Language::Sql),
        ParamType::Ruleset if RulesetRef::of(text.as_str()) == RulesetRef::Inline => Some(Language::Dqdl),
        _ => None,
    }
}

/// Whether a place lies in a block of SQL over several lines.
pub(super) fn in_sql_block(tree: &Node, place: Span) -> bool {
    match walk::at(tree, place) {
        Some((_, Item::Value { scalar, ty, .. })) => {
            scalar.style == Style::Block && language(ty, &scalar.text) == Some(Language::Sql)
        }
        _ => false,
    }
}

fn embedded(text: &Text, language: Language, painted: &mut Vec<Painted>) {
    if !text.map.is_exact() {
        return;
    }
    let value = text.as_str();
    let all = lex::tokens(value, language);
    for (at, token) in all.iter().enumerate() {
        if language == Language::Dqdl && is_sql(value, &all, at) {
            let (inner, from) = (token.inner(), token.at.start);
            paint(text, from..inner.start, Class::Text, painted);
            let inside = lex::tokens(&value[inner.clone()], Language::Sql);
            for (index, part) in inside.iter().enumerate() {
                if let Some(class) = class(&value[inner.clone()], &inside, index, Language::Sql) {
                    paint(text, inner.start + part.at.start..inner.start + part.at.end, class, painted);
                }
            }
            paint(text, inner.end..token.at.end, Class::Text, painted);
        } else if let Some(class) = class(value, &all, at, language) {
            paint(text, token.at.clone(), class, painted);
        }
    }
}

/// A token; one over several lines is as many tokens.
fn paint(text: &Text, at: Range<usize>, class: Class, painted: &mut Vec<Painted>) {
    let mut from = at.start;
    for line in text.as_str()[at].split_inclusive('\n') {
        let end = from + line.trim_end_matches(['\n', '\r']).len();
        let begin = from + (line.len() - line.trim_start_matches([' ', '\t']).len());
        if begin < end {
            painted.push(Painted { span: text.map.span(begin, end), class });
        }
        from += line.len();
    }
}

/// Whether a text of a rule is SQL: behind `where` and `CustomSql`.
fn is_sql(text: &str, all: &[Token], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| all[before].word(text));
    all[at].kind == TokenKind::Text
        && before.is_some_and(|word| word.eq_ignore_ascii_case("where") || word.eq_ignore_ascii_case("CustomSql"))
}

fn class(text: &str, all: &[Token], at: usize, language: Language) -> Option<Class> {
    let token = &all[at];
    let word = token.word(text);
    let next = all.get(at + 1).map(|next| &text[next.at.clone()]);
    let is = |words: &[&str]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
    Some(match (token.kind, language) {
        (TokenKind::Comment, _) => Class::Comment,
        (TokenKind::Number, _) => Class::Number,
        (TokenKind::Constant, _) => Class::Variable,
        (TokenKind::Quoted, _) => Class::Column,
        (TokenKind::Text, Language::Sql) => Class::Text,
        (TokenKind::Text, Language::Dqdl) => text_class(text, all, at),
        (TokenKind::Sign, _) => match word {
            "=" | "!=" | "<>" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "/" | "%" | "||" => Class::Operator,
            _ => return None,
        },
        (TokenKind::Word, Language::Dqdl) => {
            if rule::find(word).is_some() {
                Class::RuleType
            } else if next == Some("(") && !matches!(word.to_ascii_lowercase().as_str(), "and" | "or" | "in") {
                Class::Function
            } else if is(DQDL_KEYWORDS) {
                Class::Keyword
            } else {
                Class::Variable
            }
        }
        (TokenKind::Word, Language::Sql) => {
            if next == Some("(")
                && !matches!(word.to_ascii_lowercase().as_str(), "and" | "or" | "in" | "over" | "not" | "as" | "by")
            {
                Class::Function
            } else if is(SQL_KEYWORDS) {
                Class::Keyword
            } else if next == Some(".") || is_behind(text, all, at, &["from", "join"]) {
                Class::Table
            } else {
                Class::Column
            }
        }
    })
}

/// Whether the token before is one of these words.
fn is_behind(text: &str, all: &[Token], at: usize, words: &[&str]) -> bool {
    at.checked_sub(1).is_some_and(|before| words.iter().any(|word| all[before].word(text).eq_ignore_ascii_case(word)))
}

/// A text right behind a rule type, or behind another such text, names a column.
fn text_class(text: &str, all: &[Token], at: usize) -> Class {
    let before = all[..at].iter().rev().find(|token| !matches!(token.kind, TokenKind::Text | TokenKind::Comment));
    let is_parameter = before.is_some_and(|token| {
        token.kind == TokenKind::Word
            && rule::find(token.word(text))
                .is_some_and(|def| def.parameters.first().is_some_and(|param| param.kind == rule::ParamKind::Column))
    });
    if is_parameter { Class::Column } else { Class::Text }
}
