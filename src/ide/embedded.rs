//! Names in texts of another language: columns and tables in SQL, columns, rule types and constants in DQDL.

use super::lex::{Language, SQL_KEYWORDS, Token, TokenKind, tokens};
use super::scope::Table;
use crate::source::{Span, Text};
use crate::stdlib::rule::{self, ParamKind, RuleDef};
use crate::syntax::dqdl::ast::{
    ConditionKind, ConstantValue, Operand, OperandKind, ParameterValue, Rule, RuleNode, Ruleset, Set, StringLit,
};

/// A name in an embedded text.
#[derive(Debug, Clone)]
pub(super) enum Word {
    /// A column, with the table that it is written behind.
    Column {
        /// The name.
        name: String,
        /// `t` of `t.column`
        table: Option<String>,
        /// How it is used in a `select` list.
        listed: Listed,
    },
    /// A table or a data set.
    Table(String),
    /// A function.
    Function,
    /// A rule type.
    RuleType(&'static RuleDef),
    /// `$name`, or its definition.
    Constant {
        /// The name.
        name: String,
        /// Whether it is defined here.
        defined: bool,
    },
    /// A name that a query gives a column.
    Alias(String),
}

/// Whether a column stands alone in a `select` list and so gives the output its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listed {
    /// It does not.
    No,
    /// It does.
    Alone,
}

/// A name with its place in the file.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// Its bytes.
    pub(super) span: Span,
    /// What it is.
    pub(super) word: Word,
}

/// The names in a text of SQL. `tables` are those it may name.
pub(super) fn sql(text: &Text, tables: &[Table]) -> Vec<Found> {
    sql_words(&text.value, tables).into_iter().map(|(at, word)| Found { span: text.map.span(at.start, at.end), word }).collect()
}

fn sql_words(text: &str, tables: &[Table]) -> Vec<(std::ops::Range<usize>, Word)> {
    let all: Vec<Token> = tokens(text, Language::Sql).into_iter().filter(|token| token.kind != TokenKind::Comment).collect();
    let sign = |at: usize, wanted: &str| {
        all.get(at).is_some_and(|token| token.kind == TokenKind::Sign && &text[token.at.clone()] == wanted)
    };
    let keyword = |at: usize, word: &str| {
        all.get(at).is_some_and(|token| token.kind == TokenKind::Word && text[token.at.clone()].eq_ignore_ascii_case(word))
    };
    let is_table =
        |name: &str| tables.iter().any(|table| table.name.as_deref().is_some_and(|table| table.eq_ignore_ascii_case(name)));
    // `from orders o`: `o` is another name for the table.
    let mut aliases: Vec<(String, String)> = Vec::new();
    for at in 0..all.len() {
        if !(keyword(at, "from") || keyword(at, "join")) {
            continue;
        }
        let (Some(table), Some(mut next)) = (all.get(at + 1), all.get(at + 2)) else { continue };
        if keyword(at + 2, "as") {
            let Some(after) = all.get(at + 3) else { continue };
            next = after;
        }
        let (name, alias) = (table.word(text), next.word(text));
        if is_table(name) && matches!(next.kind, TokenKind::Word | TokenKind::Quoted) && !is_keyword(alias) {
            aliases.push((alias.to_lowercase(), name.to_owned()));
        }
    }
    let real = |name: &str| {
        let known = aliases.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name));
        known.map_or_else(|| name.to_owned(), |(_, table)| table.clone())
    };
    let mut found = Vec::new();
    for (at, token) in all.iter().enumerate() {
        let is_name = match token.kind {
            TokenKind::Quoted => true,
            TokenKind::Word => !is_keyword(token.word(text)),
            _ => false,
        };
        if !is_name || token.inner().is_empty() {
            continue;
        }
        let name = token.word(text).to_owned();
        let word = if sign(at + 1, "(") && token.kind == TokenKind::Word {
            Word::Function
        } else if sign(at + 1, ".") && (is_table(&name) || aliases.iter().any(|(alias, _)| alias.eq_ignore_ascii_case(&name))) {
            Word::Table(real(&name))
        } else if at > 0 && (keyword(at - 1, "from") || keyword(at - 1, "join")) {
            Word::Table(name)
        } else if at > 0 && keyword(at - 1, "as") {
            Word::Alias(name)
        } else if at > 1 && sign(at - 1, ".") {
            let before = all[at - 2].word(text);
            if !is_table(before) && !aliases.iter().any(|(alias, _)| alias.eq_ignore_ascii_case(before)) {
                continue;
            }
            Word::Column { name, table: Some(real(before)), listed: listed(&all, at, text, 2) }
        } else if aliases.iter().any(|(alias, _)| alias.eq_ignore_ascii_case(&name)) {
            continue;
        } else {
            Word::Column { name, table: None, listed: listed(&all, at, text, 0) }
        };
        found.push((token.inner(), word));
    }
    found
}

/// Whether the column at a token, with `before` tokens of its table, is a whole item of a `select` list.
fn listed(all: &[Token], at: usize, text: &str, before: usize) -> Listed {
    let word = |at: usize| all.get(at).map(|token| text[token.at.clone()].to_lowercase());
    let left = at.checked_sub(before + 1).and_then(word);
    let begins = matches!(left.as_deref(), Some("select" | "," | "distinct"));
    let ends = matches!(word(at + 1).as_deref(), Some("," | "from") | None);
    if !begins || !ends {
        return Listed::No;
    }
    // In a `select` list: the last of these words before it, outside of brackets, is `select`.
    let mut depth = 0;
    for token in all[..at - before].iter().rev() {
        match text[token.at.clone()].to_lowercase().as_str() {
            ")" => depth += 1,
            "(" => depth -= 1,
            "select" if depth == 0 => return Listed::Alone,
            "from" | "where" | "by" | "on" | "having" | "using" if depth == 0 => return Listed::No,
            _ => {}
        }
        if depth < 0 {
            return Listed::No;
        }
    }
    Listed::No
}

/// Whether a query hands all columns on: `select *`, `select t.*`.
pub(super) fn has_star(sql: &str) -> bool {
    let all = tokens(sql, Language::Sql);
    let text = |at: usize| all.get(at).map(|token| sql[token.at.clone()].to_lowercase());
    (0..all.len()).any(|at| {
        text(at).as_deref() == Some("*")
            && at.checked_sub(1).and_then(text).is_some_and(|before| matches!(before.as_str(), "select" | "," | "." | "distinct"))
    })
}

fn is_keyword(word: &str) -> bool {
    SQL_KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(word))
}

/// All rules of a ruleset, parts of composites one by one, and the analyzers.
pub(super) fn rules(ruleset: &Ruleset) -> Vec<&Rule> {
    let mut found = Vec::new();
    let mut open: Vec<&RuleNode> = ruleset.rules.iter().flat_map(|section| &section.items).rev().collect();
    while let Some(node) = open.pop() {
        match node {
            RuleNode::Rule(rule) => found.push(rule),
            RuleNode::Composite(composite) => open.extend(composite.parts.iter().rev()),
        }
    }
    found.extend(ruleset.analyzers.iter().flat_map(|section| &section.items));
    found
}

/// The names in a text of rules. `tables` are the data sets it may name.
pub(super) fn dqdl(ruleset: &Ruleset, tables: &[Table]) -> Vec<Found> {
    let mut found = Vec::new();
    for constant in &ruleset.constants {
        found.push(Found { span: constant.name.span, word: Word::Constant { name: constant.name.text.clone(), defined: true } });
    }
    for rule in rules(ruleset) {
        rule_words(rule, tables, &mut found);
    }
    found
}

fn rule_words(rule: &Rule, tables: &[Table], found: &mut Vec<Found>) {
    let def = rule::find(&rule.rule_type.text);
    if let Some(def) = def {
        found.push(Found { span: rule.rule_type.span, word: Word::RuleType(def) });
    }
    for (at, parameter) in rule.parameters.iter().enumerate() {
        let kind = def.and_then(|def| def.parameters.get(at).or_else(|| def.parameters.last())).map(|param| param.kind);
        match &parameter.value {
            ParameterValue::Variable(name) => found.push(constant(name, parameter.span)),
            ParameterValue::Bare(name) => found.extend(parameter_words(kind, def, name, parameter.span, tables)),
            ParameterValue::Quoted(text) => found.extend(parameter_words(kind, def, &text.raw, inside(text), tables)),
        }
    }
    let tags = rule.tags.iter().map(|tag| &tag.condition);
    for condition in rule.condition.iter().chain(tags) {
        let operands: Vec<&Operand> = match &condition.kind {
            ConditionKind::Compare(_, operand) | ConditionKind::Matches { pattern: operand, .. } => vec![operand],
            ConditionKind::Between { low, high, .. } => vec![low, high],
            ConditionKind::In { set: Set::Listed(operands), .. } => operands.iter().collect(),
            ConditionKind::In { set: Set::Variable(name), .. } => {
                found.push(constant(&name.text, name.span));
                Vec::new()
            }
        };
        for operand in operands {
            if let OperandKind::Variable(name) = &operand.kind {
                found.push(constant(name, operand.span));
            }
        }
    }
    if let Some(filter) = &rule.filter {
        found.extend(quoted_sql(&filter.raw, inside(filter), tables));
    }
}

/// A reference to a constant; the span may begin with `$`.
fn constant(name: &str, span: Span) -> Found {
    let len = u32::try_from(name.len()).unwrap_or(0);
    let start = span.end.saturating_sub(len).max(span.start);
    Found { span: Span { start, ..span }, word: Word::Constant { name: name.to_owned(), defined: false } }
}

/// The text between the quotes.
pub(super) fn inside(text: &StringLit) -> Span {
    let (start, end) = (text.span.start + 1, text.span.end.saturating_sub(1));
    Span { start: start.min(end), end: end.max(start), ..text.span }
}

fn parameter_words(kind: Option<ParamKind>, def: Option<&RuleDef>, text: &str, span: Span, tables: &[Table]) -> Vec<Found> {
    match (kind, def.map(|def| def.name)) {
        (Some(ParamKind::Column), _) => {
            vec![Found { span, word: Word::Column { name: text.to_owned(), table: None, listed: Listed::No } }]
        }
        (Some(ParamKind::Alias), _) => vec![Found { span, word: Word::Table(text.to_owned()) }],
        (_, Some("CustomSql")) => quoted_sql(text, span, tables),
        (_, Some("ReferentialIntegrity" | "AggregateMatch" | "DatasetMatch")) => reference_words(text, span),
        _ => Vec::new(),
    }
}

/// `a,b`, `alias.{x,y}`, `sum(alias.x)`: words, each after the alias before it if there is one.
fn reference_words(text: &str, span: Span) -> Vec<Found> {
    let all = tokens(text, Language::Sql);
    let place = |token: &Token| part(span, token.inner());
    let is_sign = |at: usize, sign: &str| all.get(at).is_some_and(|token| &text[token.at.clone()] == sign);
    let mut alias: Option<String> = None;
    let mut found = Vec::new();
    for (index, token) in all.iter().enumerate() {
        if !matches!(token.kind, TokenKind::Word | TokenKind::Quoted) || is_sign(index + 1, "(") {
            continue;
        }
        let name = token.word(text).to_owned();
        if is_sign(index + 1, ".") {
            found.push(Found { span: place(token), word: Word::Table(name.clone()) });
            alias = Some(name);
        } else {
            found.push(Found { span: place(token), word: Word::Column { name, table: alias.clone(), listed: Listed::No } });
        }
    }
    found
}

/// SQL inside of a text in quotes.
fn quoted_sql(raw: &str, span: Span, tables: &[Table]) -> Vec<Found> {
    sql_words(raw, tables).into_iter().map(|(at, word)| Found { span: part(span, at), word }).collect()
}

/// A part of a text that stands byte for byte at a place.
fn part(span: Span, at: std::ops::Range<usize>) -> Span {
    let offset = |n: usize| span.start.saturating_add(u32::try_from(n).unwrap_or(u32::MAX)).min(span.end);
    Span { file: span.file, start: offset(at.start), end: offset(at.end) }
}

/// The strings that a constant stands for.
pub(super) fn constant_text(value: &ConstantValue) -> String {
    match value {
        ConstantValue::Text(text) => format!("\"{}\"", text.raw),
        ConstantValue::List(items) => {
            format!("[{}]", items.iter().map(|item| format!("\"{}\"", item.raw)).collect::<Vec<_>>().join(", "))
        }
    }
}
