//! Rules and composites.

use std::ops::Range;

use pest::iterators::Pair;

use super::super::ast::{Composite, Ident, Logic, Parameter, ParameterValue, Rule as RuleTree, RuleNode, StringLit};
use super::super::fault::{OPERATORS, unknown_operator};
use super::super::grammar::Rule;
use super::super::parse::Dialect;
use super::super::token::looks_like_rule_type;
use super::Build;
use crate::diag::Safety;
use crate::diag::codes::dqdl::{MISSING_COMMA, REPEATED_CLAUSE};

/// In which list an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::syntax::dqdl) enum Place {
    Rules,
    Analyzers,
}

/// The clauses behind a condition in the order AWS wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Clause {
    Filter,
    Labels,
    Tag,
}

impl Clause {
    fn word(self) -> &'static str {
        match self {
            Self::Filter => "where",
            Self::Labels => "labels",
            Self::Tag => "with",
        }
    }
}

impl Build<'_, '_> {
    /// An item of a list of rules: one node, or several where only commas are missing between them.
    pub(in crate::syntax::dqdl) fn item(&mut self, pair: &Pair<'_, Rule>, place: Place) -> Vec<RuleNode> {
        if let Some(rule) = lone_rule(pair) {
            return self.rules(&rule, place).into_iter().map(RuleNode::Rule).collect();
        }
        let node = self.any_of(pair);
        if place == Place::Analyzers && matches!(node, Some(RuleNode::Rule(_))) {
            self.parentheses(pair);
        }
        node.into_iter().collect()
    }

    /// `Analyzers = [ (RowCount) ]`
    fn parentheses(&mut self, pair: &Pair<'_, Rule>) {
        let at = self.at(pair);
        let mut diagnostic = self.report.unportable(&at, "parentheses around an analyzer").help("leave the parentheses out");
        if !self.report.written(&at).ends_with(')') {
            self.report.push(diagnostic);
            return;
        }
        let edits = vec![(at.start..at.start + 1, String::new()), (at.end - 1..at.end, String::new())];
        diagnostic = self.report.fix_all(diagnostic, "remove the parentheses", edits, Safety::Safe);
        self.report.push(diagnostic);
    }

    fn any_of(&mut self, pair: &Pair<'_, Rule>) -> Option<RuleNode> {
        self.composite(pair, Logic::Or)
    }

    fn composite(&mut self, pair: &Pair<'_, Rule>, operator: Logic) -> Option<RuleNode> {
        let span = self.report.span(&self.at(pair));
        let (mut parts, mut failed) = (Vec::new(), false);
        for part in pair.clone().into_inner() {
            let node = match part.as_rule() {
                Rule::or_word => {
                    self.keyword(&part, &["or", "OR"]);
                    continue;
                }
                Rule::and_word => {
                    self.keyword(&part, &["and", "AND"]);
                    continue;
                }
                Rule::all_of => self.composite(&part, Logic::And),
                Rule::group => self.group(&part),
                _ => self.rule(&part).map(|(rule, _)| RuleNode::Rule(rule)),
            };
            match node {
                Some(node) => parts.push(node),
                None => failed = true,
            }
        }
        if failed {
            return None;
        }
        if parts.len() == 1 {
            return parts.pop();
        }
        Some(RuleNode::Composite(Composite { operator, parts, labels: Vec::new(), span }))
    }

    /// `(A and B) labels=[…]`; around a single rule the parentheses mean nothing.
    fn group(&mut self, pair: &Pair<'_, Rule>) -> Option<RuleNode> {
        let mut parts = pair.clone().into_inner();
        let mut node = self.any_of(&parts.next()?);
        let labels = parts.next().map(|labels| self.labels(&labels)).unwrap_or_default();
        if !labels.is_empty() {
            match &mut node {
                Some(RuleNode::Rule(rule)) => rule.labels = labels,
                Some(RuleNode::Composite(composite)) => composite.labels = labels,
                None => {}
            }
        }
        if let Some(RuleNode::Composite(composite)) = &mut node {
            composite.span = self.report.span(&self.at(pair));
        }
        node
    }

    /// One rule, or as many as there are when a line begins with the next rule's type.
    fn rules(&mut self, pair: &Pair<'_, Rule>, place: Place) -> Vec<RuleTree> {
        let Some((mut rule, ranges)) = self.rule(pair) else { return Vec::new() };
        let mut rules = Vec::new();
        let mut first = 0;
        let type_end = self.base + pair.as_span().start() + rule.rule_type.text.len();
        for next in 0..ranges.len() {
            let behind = if next == 0 { type_end } else { ranges[next - 1].end };
            if !self.begins_a_rule(&rule, next - first, &ranges[next], behind, self.at(pair).end) {
                continue;
            }
            if next == 0 && place == Place::Rules {
                continue;
            }
            self.missing_comma(behind, &ranges[next]);
            let later = rule.parameters.split_off(next - first);
            let mut later = later.into_iter();
            let Some(type_parameter) = later.next() else { break };
            let ParameterValue::Bare(text) = type_parameter.value else { break };
            let following = RuleTree {
                rule_type: Ident { text, span: type_parameter.span },
                parameters: later.collect(),
                condition: rule.condition.take(),
                filter: rule.filter.take(),
                labels: std::mem::take(&mut rule.labels),
                tags: std::mem::take(&mut rule.tags),
                span: crate::source::Span { start: type_parameter.span.start, ..rule.span },
            };
            rule.span.end = rule.parameters.last().map_or(rule.rule_type.span, |last| last.span).end;
            rules.push(std::mem::replace(&mut rule, following));
            first = next + 1;
        }
        rules.push(rule);
        rules
    }

    /// Whether a bare parameter is the next rule's type: first on its line, and not alone on it.
    fn begins_a_rule(&self, rule: &RuleTree, index: usize, at: &Range<usize>, behind: usize, end: usize) -> bool {
        let Some(parameter) = rule.parameters.get(index) else { return false };
        let ParameterValue::Bare(word) = &parameter.value else { return false };
        let text = self.report.text;
        let is_first = text.get(behind..at.start).is_some_and(|gap| gap.contains('\n'));
        let has_more = text.get(at.end..end).is_some_and(|rest| !rest.lines().next().unwrap_or_default().trim().is_empty());
        parameter.connector.is_none() && is_first && has_more && looks_like_rule_type(word)
    }

    /// Reports that a rule begins where a comma should stand.
    pub(in crate::syntax::dqdl) fn missing_comma(&mut self, behind: usize, next: &Range<usize>) {
        let word = self.report.written(next).to_owned();
        let diagnostic = self
            .report
            .at(&MISSING_COMMA, next, format!("a comma is missing before `{word}`"))
            .here("the next rule begins here")
            .help("rules are separated by commas");
        let diagnostic = self.report.fix(diagnostic, "insert a comma", behind..behind, ",", Safety::Safe);
        self.report.push(diagnostic);
    }

    /// A rule and the places of its parameters.
    fn rule(&mut self, pair: &Pair<'_, Rule>) -> Option<(RuleTree, Vec<Range<usize>>)> {
        let mut parts = pair.clone().into_inner();
        let rule_type = self.ident(&parts.next()?);
        let span = self.report.span(&self.at(pair));
        let (parameters, labels, tags) = (Vec::new(), Vec::new(), Vec::new());
        let mut rule = RuleTree { rule_type, parameters, condition: None, filter: None, labels, tags, span };
        let (mut ranges, mut clauses, mut failed) = (Vec::new(), Vec::<(Clause, Range<usize>)>::new(), false);
        for part in parts {
            let at = self.at(&part);
            match part.as_rule() {
                Rule::parameter => {
                    let (parameter, at) = self.parameter(&part)?;
                    rule.parameters.push(parameter);
                    ranges.push(at);
                }
                Rule::condition => match self.condition(&part) {
                    Some(condition) => rule.condition = Some(condition),
                    None => failed = true,
                },
                Rule::filter => {
                    self.clause(&mut clauses, Clause::Filter, at);
                    rule.filter = self.filter(&part);
                }
                Rule::labels => {
                    self.clause(&mut clauses, Clause::Labels, at);
                    rule.labels = self.labels(&part);
                }
                _ => {
                    self.clause(&mut clauses, Clause::Tag, at);
                    match self.tag(&part) {
                        Some(tag) => rule.tags.push(tag),
                        None => failed = true,
                    }
                }
            }
        }
        if self.foreign_operator(&rule, &ranges) || failed { None } else { Some((rule, ranges)) }
    }

    /// `ColumnValues "a" like "b"` reads as three parameters.
    fn foreign_operator(&mut self, rule: &RuleTree, ranges: &[Range<usize>]) -> bool {
        if self.report.dialect == Dialect::Strict || rule.condition.is_some() {
            return false;
        }
        let last = rule.parameters.len().saturating_sub(2);
        let Some(Parameter { connector: None, value: ParameterValue::Bare(word), .. }) = rule.parameters.get(last) else {
            return false;
        };
        let quoted = matches!(rule.parameters.last(), Some(Parameter { value: ParameterValue::Quoted(_), .. }));
        if !quoted || !OPERATORS.iter().any(|(foreign, _)| foreign.eq_ignore_ascii_case(word)) {
            return false;
        }
        let diagnostic = unknown_operator(self.report, &ranges[last]);
        self.report.push(diagnostic);
        true
    }

    /// Reports a clause that stands twice, or behind one it should stand before.
    fn clause(&mut self, clauses: &mut Vec<(Clause, Range<usize>)>, clause: Clause, at: Range<usize>) {
        let first = clauses.iter().find(|(other, _)| *other == clause && clause != Clause::Tag).map(|(_, at)| at.clone());
        let later = clauses.iter().find(|(other, _)| *other > clause).map(|(other, at)| (*other, at.clone()));
        if let Some(first) = first {
            let word = clause.word();
            let mut diagnostic = self.report.at(&REPEATED_CLAUSE, &at, format!("a second `{word}` in one rule"));
            diagnostic = diagnostic.also(self.report.span(&first), "the first one");
            diagnostic = diagnostic.help(match clause {
                Clause::Filter => "join the two conditions with `and` in one text",
                Clause::Labels | Clause::Tag => "put all of them into one list",
            });
            self.report.push(diagnostic);
        } else if let Some((other, before)) = later {
            let message = format!("`{}` stands behind `{}`", clause.word(), other.word());
            let diagnostic = self
                .report
                .unportable(&at, message)
                .also(self.report.span(&before), "should follow it")
                .help("the order is `where`, `labels`, `with`");
            let text = format!("{} ", self.report.written(&at));
            let edits = vec![(before.start..before.start, text), (at.clone(), String::new())];
            let diagnostic = self.report.fix_all(diagnostic, format!("move `{}` forward", clause.word()), edits, Safety::Safe);
            self.report.push(diagnostic);
        }
        clauses.push((clause, at));
    }

    /// A word of the user's own; letters beyond ASCII are reported.
    fn word_as_written(&mut self, pair: &Pair<'_, Rule>) -> Ident {
        let ident = self.ident(pair);
        if !ident.text.is_ascii() {
            let quoted = format!("\"{}\"", ident.text);
            self.report.respell(
                &self.at(pair),
                format!("`{}` needs double quotes: unquoted words are ASCII", ident.text),
                &quoted,
            );
        }
        ident
    }

    fn parameter(&mut self, pair: &Pair<'_, Rule>) -> Option<(Parameter, Range<usize>)> {
        let (mut connector, mut value) = (None, None);
        for part in pair.clone().into_inner() {
            match part.as_rule() {
                Rule::connector => {
                    let spellings = if part.as_str().eq_ignore_ascii_case("of") { ["of", "OF"] } else { ["and", "AND"] };
                    self.keyword(&part, &spellings);
                    connector = Some(self.ident(&part));
                }
                Rule::string => value = Some((ParameterValue::Quoted(self.text(&part)), self.at(&part))),
                Rule::variable => value = Some((ParameterValue::Variable(self.variable(&part).text), self.at(&part))),
                _ => {
                    let Ident { text, span } = self.word_as_written(&part);
                    // What needs quotes is taken as if it had them, so that it prints as AWS reads it.
                    let quoted = StringLit { raw: text.clone(), value: text.clone(), span };
                    let word = if text.is_ascii() { ParameterValue::Bare(text) } else { ParameterValue::Quoted(quoted) };
                    value = Some((word, self.at(&part)));
                }
            }
        }
        let (value, at) = value?;
        Some((Parameter { connector, value, span: self.report.span(&at) }, at))
    }
}

/// The rule an item consists of, if it is neither a composite nor in parentheses.
fn lone_rule<'i>(any_of: &Pair<'i, Rule>) -> Option<Pair<'i, Rule>> {
    let mut alternatives = any_of.clone().into_inner();
    let all_of = alternatives.next()?;
    let mut parts = all_of.into_inner();
    let rule = parts.next().filter(|part| part.as_rule() == Rule::rule)?;
    (alternatives.next().is_none() && parts.next().is_none()).then_some(rule)
}
