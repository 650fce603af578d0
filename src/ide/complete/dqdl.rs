//! Completions in DQDL: rule types as snippets, columns and data sets between quotes, constants, conditions.

use std::path::Path;

use super::settings::of_edge;
use super::{Completion, CompletionKind, escaped, sql};
use crate::ide::Analysis;
use crate::ide::lex::{Language, Token, TokenKind, tokens};
use crate::ide::scope::{self, Use};
use crate::stdlib::rule::{self, Arity, ParamKind, RuleDef, Takes, Usable};

/// Words that may follow the parameters of a rule.
const CONDITIONS: &[(&str, &str, &str)] = &[
    ("between", "between ${1:low} and ${2:high}", "both ends excluded"),
    ("not between", "not between ${1:low} and ${2:high}", "both ends included"),
    ("in", "in [${1}]", "one of these"),
    ("not in", "not in [${1}]", "none of these"),
    ("matches", "matches \"${1}\"", "a pattern of Java"),
    ("where", "where \"${1}\"", "only these rows, in SQL"),
    ("with threshold", "with threshold ${1:> 0.95}", "the share of rows that must hold"),
    ("labels", "labels=[\"${1:key}\"=\"${2:value}\"]", "labels of the rule"),
];

/// Rule types whose figure is a share.
const SHARES: &[&str] = &[
    "Completeness",
    "Uniqueness",
    "UniqueValueRatio",
    "ReferentialIntegrity",
    "DatasetMatch",
    "SchemaMatch",
    "RowCountMatch",
    "AggregateMatch",
];

/// The nodes that evaluate the rules of a file.
pub(super) fn uses_of_file(analysis: &Analysis, path: &Path) -> Vec<Use> {
    let is = |rules: &scope::Rules| analysis.map.find(path) == Some(rules.ruleset.file);
    scope::rules(analysis).into_iter().find(is).map(|rules| rules.uses).unwrap_or_default()
}

/// What may be written behind `before`, in rules that these nodes evaluate.
pub(super) fn complete(before: &str, uses: &[Use]) -> Vec<Completion> {
    let all: Vec<Token> = tokens(before, Language::Dqdl);
    match all.last() {
        Some(last) if last.kind == TokenKind::Comment && last.at.end == before.len() => Vec::new(),
        Some(last) if last.kind == TokenKind::Text && !last.closed => {
            in_text(before, &all[..all.len() - 1], &before[last.inner()], uses)
        }
        Some(last) if last.kind == TokenKind::Constant && last.at.end == before.len() => constants(before, &all),
        Some(last) if &before[last.at.clone()] == "$" => constants(before, &all),
        _ => outside(before, &all),
    }
}

/// Between quotes: which rule and which of its parameters it is decides.
fn in_text(text: &str, all: &[Token], written: &str, uses: &[Use]) -> Vec<Completion> {
    let tables: Vec<_> = uses.iter().flat_map(|used| used.tables().into_iter().map(move |table| (used, table))).collect();
    let sql_of = |uses: &[Use]| {
        let of_use = |used: &Use| sql::complete(Some(&used.job), &used.tables(), written);
        uses.iter().flat_map(of_use).collect::<Vec<_>>()
    };
    if all.last().is_some_and(|token| text[token.at.clone()].eq_ignore_ascii_case("where")) {
        return sql_of(uses);
    }
    let before = |token: &&Token| !matches!(token.kind, TokenKind::Text | TokenKind::Comment);
    let Some(at) = all.iter().rposition(|token| before(&token)) else { return Vec::new() };
    let word = all[at].word(text);
    let word = if matches!(word, "of" | "and") && at > 0 {
        // `DatasetMatch "a" and "b"`
        all[..at].iter().rev().find(before).map_or(word, |token| token.word(text))
    } else {
        word
    };
    let Some(def) = rule::find(word) else { return Vec::new() };
    let index = all[at + 1..].iter().filter(|token| token.kind == TokenKind::Text).count();
    let kind = def.parameters.get(index).or_else(|| def.parameters.last()).map(|param| param.kind);
    let primary = || tables.iter().filter(|(_, table)| table.bare).flat_map(|(used, table)| of_edge(&used.job, table.edge));
    let aliases = |suffix: &str| {
        let named = tables.iter().filter(|(_, table)| !table.bare).filter_map(|(_, table)| table.name.clone());
        named.map(|name| Completion::word(format!("{name}{suffix}"), CompletionKind::Table, "a data set")).collect::<Vec<_>>()
    };
    match (kind, def.name) {
        (_, "CustomSql") => sql_of(uses),
        (_, "ReferentialIntegrity" | "AggregateMatch") if written.contains('.') => {
            let alias = written.rsplit(['(', ' ']).next().unwrap_or_default().split('.').next().unwrap_or_default();
            let of_alias = tables.iter().filter(|(_, table)| table.name.as_deref() == Some(alias));
            of_alias.flat_map(|(used, table)| of_edge(&used.job, table.edge)).collect()
        }
        (_, "ReferentialIntegrity") if index > 0 => aliases("."),
        (_, "AggregateMatch") => primary().chain(aliases(".")).collect(),
        (Some(ParamKind::Alias), _) => aliases(""),
        (Some(ParamKind::Column), _) | (_, "ReferentialIntegrity") => primary().collect(),
        (Some(ParamKind::Text) | None, _) => Vec::new(),
    }
}

/// Constants that are defined above.
fn constants(text: &str, all: &[Token]) -> Vec<Completion> {
    let is_defined = |at: usize| {
        all[at].kind == TokenKind::Word
            && all.get(at + 1).is_some_and(|next| &text[next.at.clone()] == "=")
            && !matches!(all[at].word(text), "Rules" | "Analyzers" | "Metadata" | "DataSources" | "DefaultLabels" | "labels")
            && (at == 0 || !matches!(&text[all[at - 1].at.clone()], "with"))
    };
    let names = (0..all.len()).filter(|at| is_defined(*at)).map(|at| all[at].word(text));
    names.map(|name| Completion::word(name, CompletionKind::Variable, "a constant")).collect()
}

/// Outside of quotes: a rule begins, or it goes on.
fn outside(text: &str, all: &[Token]) -> Vec<Completion> {
    // The word that is being written is not among what stands before it.
    let writing = all.last().is_some_and(|last| last.kind == TokenKind::Word && last.at.end == text.len());
    let done = if writing { &all[..all.len() - 1] } else { all };
    let done: Vec<&Token> = done.iter().filter(|token| token.kind != TokenKind::Comment).collect();
    let last = done.last().map_or("", |token| &text[token.at.clone()]);
    let depth = done.iter().fold(0i32, |depth, token| match &text[token.at.clone()] {
        "[" | "{" => depth + 1,
        "]" | "}" => depth - 1,
        _ => depth,
    });
    if depth <= 0 {
        return sections(text);
    }
    let begins = matches!(last, "[" | "," | "(")
        || last.eq_ignore_ascii_case("and") && done.len() > 1 && &text[done[done.len() - 2].at.clone()] == ")"
        || last.eq_ignore_ascii_case("or");
    let in_list = depth > 1;
    if begins && !in_list {
        let analyzers = done.iter().any(|token| token.word(text).eq_ignore_ascii_case("analyzers"));
        return rule::all().filter(|def| usable(def, analyzers)).map(|def| rule_type(def, analyzers)).collect();
    }
    if in_list {
        return Vec::new();
    }
    CONDITIONS
        .iter()
        .map(|(word, snippet, detail)| Completion::word(*word, CompletionKind::Keyword, *detail).written(*snippet))
        .collect()
}

fn sections(text: &str) -> Vec<Completion> {
    let all = [
        ("Rules", "Rules = [\n    $1\n]", "what must hold"),
        ("Analyzers", "Analyzers = [\n    $1\n]", "what is measured only"),
        ("DefaultLabels", "DefaultLabels = [\"${1:key}\"=\"${2:value}\"]", "labels of all rules"),
        ("Metadata", "Metadata = {\n    \"${1:key}\": \"${2:value}\"\n}", "facts about the ruleset"),
    ];
    let new = all.iter().filter(|(word, ..)| !text.contains(&format!("{word} =")) && !text.contains(&format!("{word}=")));
    new.map(|(word, snippet, detail)| Completion::word(*word, CompletionKind::Keyword, *detail).written(*snippet)).collect()
}

fn usable(def: &RuleDef, analyzers: bool) -> bool {
    match def.usable {
        Usable::Both => true,
        Usable::Rules => !analyzers,
        Usable::Analyzers => analyzers,
    }
}

fn rule_type(def: &'static RuleDef, analyzers: bool) -> Completion {
    let aws = if def.portable { "" } else { " (not on AWS)" };
    let mut snippet = def.name.to_owned();
    let least = match def.arity {
        Arity::Between(least, most) => least.max(1).min(most),
        Arity::AtLeast(least) => least.max(1),
    };
    for (at, param) in def.parameters.iter().take(least).enumerate() {
        snippet.push_str(&format!(" \"${{{}:{}}}\"", at + 1, escaped(param.name)));
    }
    if !analyzers {
        let next = least + 1;
        snippet.push_str(&match def.takes {
            Takes::Nothing | Takes::TextOrNothing | Takes::NumberOrNothing => String::new(),
            Takes::Number if SHARES.contains(&def.name) => format!(" ${{{next}:>= 0.95}}"),
            Takes::Number => format!(" ${{{next}:> 0}}"),
            Takes::Values => format!(" ${{{next}:in [\"a\", \"b\"]}}"),
            Takes::Text => format!(" = \"${{{next}:INTEGER}}\""),
            Takes::Duration => format!(" ${{{next}:<= 24 hours}}"),
            Takes::Date => format!(" ${{{next}:> (now() - 24 hours)}}"),
            Takes::Size => format!(" ${{{next}:< 10 MB}}"),
        });
    }
    Completion::word(def.name, CompletionKind::RuleType, format!("{}{aws}", def.summary)).about(def.page).written(snippet)
}
