//! The parts of a document: sections and constants.

use std::ops::Range;

use pest::iterators::Pair;

use super::super::ast::{Constant, ConstantValue, DataSources, Ident, LabelPair, Rule as RuleTree, RuleNode, Section, StringLit};
use super::super::grammar::Rule;
use super::super::parse::Dialect;
use super::Build;
use super::rule::Place;
use crate::diag::codes::dqdl::{EMPTY_LIST, MALFORMED_CONSTANT, MALFORMED_DICTIONARY, NOT_AN_ANALYZER};
use crate::diag::{Diagnostic, Safety};
use crate::source::Span;

/// What a part of a document is.
pub(in crate::syntax::dqdl) enum PartKind {
    Metadata(Vec<(Ident, StringLit)>),
    DataSources(DataSources),
    Constant(Constant),
    DefaultLabels(Vec<LabelPair>),
    Rules(Section<RuleNode>),
    Analyzers(Section<RuleTree>),
    /// Rules that stand in no section.
    Stray(Vec<RuleNode>),
}

impl PartKind {
    /// The place of a part in the order AWS's grammar fixes.
    pub(in crate::syntax::dqdl) fn rank(&self) -> u8 {
        match self {
            Self::Metadata(_) => 0,
            Self::DataSources(_) => 1,
            Self::Constant(_) => 2,
            Self::DefaultLabels(_) => 3,
            Self::Rules(_) | Self::Stray(_) => 4,
            Self::Analyzers(_) => 5,
        }
    }

    /// The word it begins with.
    pub(in crate::syntax::dqdl) fn name(&self) -> &str {
        match self {
            Self::Metadata(_) => "Metadata",
            Self::DataSources(_) => "DataSources",
            Self::Constant(constant) => &constant.name.text,
            Self::DefaultLabels(_) => "DefaultLabels",
            Self::Rules(_) => "Rules",
            Self::Analyzers(_) => "Analyzers",
            Self::Stray(_) => "rules",
        }
    }
}

impl Build<'_, '_> {
    /// A part of a document and its place.
    pub(in crate::syntax::dqdl) fn part(&mut self, pair: &Pair<'_, Rule>) -> (Range<usize>, Option<PartKind>) {
        let kind = match pair.as_rule() {
            Rule::metadata => self.metadata(pair),
            Rule::data_sources => self.data_sources(pair),
            Rule::default_labels => self.default_labels(pair),
            Rule::rules => self.rule_section(pair),
            Rule::analyzers => self.analyzer_section(pair),
            _ => self.constant(pair),
        };
        (self.at(pair), kind)
    }

    fn default_labels(&mut self, pair: &Pair<'_, Rule>) -> Option<PartKind> {
        let mut labels = Vec::new();
        for part in pair.clone().into_inner() {
            match part.as_rule() {
                Rule::default_labels_word => self.keyword(&part, &["DefaultLabels"]),
                Rule::equals => self.equals(&part),
                _ => labels = self.label_list(&part),
            }
        }
        Some(PartKind::DefaultLabels(labels))
    }

    fn rule_section(&mut self, pair: &Pair<'_, Rule>) -> Option<PartKind> {
        let (keyword, items) = self.section_items(pair, "Rules", Place::Rules);
        Some(PartKind::Rules(Section { keyword: keyword?, items, span: self.report.span(&self.at(pair)) }))
    }

    fn analyzer_section(&mut self, pair: &Pair<'_, Rule>) -> Option<PartKind> {
        let (keyword, items) = self.section_items(pair, "Analyzers", Place::Analyzers);
        let items = items.into_iter().filter_map(|node| self.analyzer(node)).collect();
        Some(PartKind::Analyzers(Section { keyword: keyword?, items, span: self.report.span(&self.at(pair)) }))
    }

    fn section_items(&mut self, pair: &Pair<'_, Rule>, word: &str, place: Place) -> (Option<Span>, Vec<RuleNode>) {
        let (mut keyword, mut items) = (None, Vec::new());
        for part in pair.clone().into_inner() {
            match part.as_rule() {
                Rule::rules_word | Rule::analyzers_word => {
                    self.keyword(&part, &[word]);
                    keyword = Some(self.report.span(&self.at(&part)));
                }
                Rule::equals => self.equals(&part),
                _ => items = self.rule_list(&part, place),
            }
        }
        (keyword, items)
    }

    fn rule_list(&mut self, pair: &Pair<'_, Rule>, place: Place) -> Vec<RuleNode> {
        let mut items = Vec::new();
        for part in pair.clone().into_inner() {
            match part.as_rule() {
                Rule::trailing_comma => self.trailing_comma(&part),
                Rule::separator => self.separator(&part),
                _ => items.extend(self.item(&part, place)),
            }
        }
        items
    }

    fn separator(&mut self, pair: &Pair<'_, Rule>) {
        if pair.as_str() != "," {
            self.report.respell(&self.at(pair), "rules are separated by commas", ",");
        }
    }

    /// An analyzer is a type and its parameters, nothing else.
    pub(in crate::syntax::dqdl) fn analyzer(&mut self, node: RuleNode) -> Option<RuleTree> {
        let rule = match node {
            RuleNode::Rule(rule) => rule,
            RuleNode::Composite(composite) => {
                let diagnostic = Diagnostic::new(&NOT_AN_ANALYZER, composite.span, "a composite rule in the list of analyzers")
                    .help("list the analyzers one by one, with commas between them");
                self.report.push(diagnostic);
                return None;
            }
        };
        let condition = rule.condition.as_ref().map(|condition| (condition.span, "condition"));
        let filter = rule.filter.as_ref().map(|filter| (filter.span, "`where` clause"));
        let label = rule.labels.first().map(|label| (label.key.span, "label"));
        let Some((span, what)) = condition.or(filter).or(label) else { return Some(rule) };
        let mut diagnostic = Diagnostic::new(&NOT_AN_ANALYZER, span, format!("an analyzer has no {what}"));
        diagnostic = diagnostic.also(rule.rule_type.span, "this measures, it does not judge");
        diagnostic = diagnostic.help("move it to `Rules = [...]`, or leave only the type and its columns");
        self.report.push(diagnostic);
        None
    }

    // ── Constants ───────────────────────────────────────────────────────────────────────────────────────────────

    fn constant(&mut self, pair: &Pair<'_, Rule>) -> Option<PartKind> {
        let (mut name, mut value) = (None, None);
        for part in pair.clone().into_inner() {
            match part.as_rule() {
                Rule::identifier => name = Some(self.ident(&part)),
                Rule::equals => self.equals(&part),
                Rule::constant_list => value = Some(ConstantValue::List(self.constant_list(&part))),
                _ => value = self.constant_text(&part).map(ConstantValue::Text),
            }
        }
        let span = self.report.span(&self.at(pair));
        Some(PartKind::Constant(Constant { name: name?, value: value?, span }))
    }

    fn constant_list(&mut self, pair: &Pair<'_, Rule>) -> Vec<StringLit> {
        let mut texts = Vec::new();
        for part in pair.clone().into_inner() {
            match part.as_rule() {
                Rule::trailing_comma => self.trailing_comma(&part),
                Rule::constant_text => texts.extend(self.constant_text(&part)),
                _ => {}
            }
        }
        texts
    }

    /// A text of a constant. Where something else stands, it is reported and stays as the text it was written as.
    fn constant_text(&mut self, pair: &Pair<'_, Rule>) -> Option<StringLit> {
        let inner = pair.clone().into_inner().next()?;
        let at = self.at(&inner);
        let written = self.report.written(&at).to_owned();
        let span = self.report.span(&at);
        let literal = StringLit { raw: written.clone(), value: written.clone(), span };
        match inner.as_rule() {
            Rule::string => {
                let text = self.text(&inner);
                self.dollar_in_text(&at, &text);
                return Some(text);
            }
            Rule::keyword => {
                let diagnostic = self
                    .report
                    .at(
                        &crate::diag::codes::dqdl::AWS_PORTABILITY,
                        &at,
                        format!("`{written}` in a constant is a text, not the keyword"),
                    )
                    .here("the text, as if it stood in quotes")
                    .help("write the list out where it is used, or put the word in quotes");
                let mut diagnostic = diagnostic;
                diagnostic.severity = crate::diag::Severity::Warning;
                self.report.push(diagnostic);
            }
            Rule::variable => {
                let diagnostic = self
                    .report
                    .at(&MALFORMED_CONSTANT, &at, "a constant cannot be made of another one")
                    .help("write the text itself");
                self.report.push(diagnostic);
            }
            _ => {
                let quoted = format!("\"{written}\"");
                let diagnostic = self
                    .report
                    .at(&MALFORMED_CONSTANT, &at, format!("a constant is a text or a list of texts, not the number `{written}`"))
                    .note("numbers in conditions are written out: DQDL has no constants for them");
                let diagnostic = self.report.fix(diagnostic, "put it in double quotes", at, &quoted, Safety::Unsafe);
                self.report.push(diagnostic);
            }
        }
        Some(literal)
    }

    /// AWS takes `$name` inside a text for a constant in a constant, and rejects it.
    fn dollar_in_text(&mut self, at: &Range<usize>, text: &StringLit) {
        let is_name = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if text.raw.match_indices('$').any(|(dollar, _)| is_name(&text.raw[dollar + 1..])) {
            let diagnostic = self
                .report
                .unportable(at, "a `$` with a word behind it in the text of a constant")
                .note("AWS takes it for a constant inside a constant");
            self.report.push(diagnostic);
        }
    }

    // ── Dictionaries ────────────────────────────────────────────────────────────────────────────────────────────

    fn metadata(&mut self, pair: &Pair<'_, Rule>) -> Option<PartKind> {
        let mut entries = Vec::new();
        for (key, value) in self.dictionary(pair, "Metadata", &["Version"]) {
            if let Some(value) = self.text_value(&value) {
                entries.push((key, value));
            }
        }
        Some(PartKind::Metadata(entries))
    }

    fn data_sources(&mut self, pair: &Pair<'_, Rule>) -> Option<PartKind> {
        let span = self.report.span(&self.at(pair));
        let mut sources = DataSources { primary: None, additional: Vec::new(), span };
        for (key, value) in self.dictionary(pair, "DataSources", &["Primary", "AdditionalDataSources"]) {
            if key.text == "Primary" {
                sources.primary = self.text_value(&value);
            } else {
                sources.additional = self.list_value(&value);
            }
        }
        Some(PartKind::DataSources(sources))
    }

    /// The entries with a known key.
    fn dictionary<'i>(&mut self, pair: &Pair<'i, Rule>, section: &str, known: &[&'static str]) -> Vec<(Ident, Pair<'i, Rule>)> {
        let mut entries = Vec::new();
        for part in pair.clone().into_inner() {
            match part.as_rule() {
                Rule::metadata_word | Rule::data_sources_word => self.keyword(&part, &[section]),
                Rule::equals => self.equals(&part),
                _ => {
                    let before = entries.len();
                    for entry in part.clone().into_inner() {
                        match entry.as_rule() {
                            Rule::trailing_comma => self.trailing_comma(&entry),
                            Rule::pair => entries.extend(self.pair(entry, section, known)),
                            _ => {}
                        }
                    }
                    if before == entries.len() && part.into_inner().next().is_none() {
                        let at = self.at(pair);
                        let diagnostic = self.report.unportable(&at, format!("`{section}` without an entry"));
                        self.report.push(diagnostic);
                    }
                }
            }
        }
        entries
    }

    fn pair<'i>(&mut self, pair: Pair<'i, Rule>, section: &str, known: &[&'static str]) -> Option<(Ident, Pair<'i, Rule>)> {
        let (mut key, mut value) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::colon if part.as_str() != ":" => {
                    self.report.respell(&self.at(&part), format!("`{}` in the place of `:`", part.as_str()), ":");
                }
                Rule::colon => {}
                Rule::string if key.is_none() => {
                    let text = self.text(&part);
                    key = Some((Ident { text: text.value, span: text.span }, self.at(&part)));
                }
                _ => value = Some(part),
            }
        }
        let ((key, at), value) = (key?, value?);
        if known.contains(&key.text.as_str()) {
            return Some((key, value));
        }
        let diagnostic = self.report.at(&MALFORMED_DICTIONARY, &at, format!("`{section}` has no key `{}`", key.text));
        let near = crate::diag::suggest::nearest(&key.text, known.iter().copied());
        let diagnostic = match near {
            Some(near) => {
                let diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
                self.report.fix(diagnostic, format!("replace with `{near}`"), at, &format!("\"{near}\""), Safety::Unsafe)
            }
            None => diagnostic.help(format!("its keys are {}", crate::diag::suggest::list(known.iter().copied(), 5))),
        };
        self.report.push(diagnostic);
        None
    }

    fn text_value(&mut self, pair: &Pair<'_, Rule>) -> Option<StringLit> {
        match pair.as_rule() {
            Rule::string => Some(self.text(pair)),
            Rule::number => Some(self.quoted_word(pair)),
            // AWS takes the list's text without its quotes.
            _ => {
                let at = self.at(pair);
                let written = self.report.written(&at).replace('"', "");
                Some(StringLit { raw: written.clone(), value: written, span: self.report.span(&at) })
            }
        }
    }

    fn list_value(&mut self, pair: &Pair<'_, Rule>) -> Vec<StringLit> {
        let at = self.at(pair);
        if pair.as_rule() != Rule::text_list {
            let diagnostic = self.report.unportable(&at, "additional data sources are a list").help("put it in square brackets");
            let edits = vec![(at.start..at.start, "[".to_owned()), (at.end..at.end, "]".to_owned())];
            let diagnostic = self.report.fix_all(diagnostic, "put it in square brackets", edits, Safety::Safe);
            self.report.push(diagnostic);
            return self.text_value(pair).into_iter().collect();
        }
        let mut texts = Vec::new();
        for part in pair.clone().into_inner() {
            match part.as_rule() {
                Rule::trailing_comma => self.trailing_comma(&part),
                Rule::string => texts.push(self.text(&part)),
                _ => {}
            }
        }
        if texts.is_empty() {
            let mut diagnostic = self.report.at(&EMPTY_LIST, &at, "an empty list of data sources");
            if self.report.dialect == Dialect::Superset {
                diagnostic = self.report.unportable(&at, "an empty list of data sources");
            }
            self.report.push(diagnostic);
        }
        texts
    }
}
