//! What stands behind a condition: `where`, `labels`, `with`.

use pest::iterators::Pair;

use super::super::ast::{CompareOp, Condition, ConditionKind, Ident, LabelPair, Operand, OperandKind, Set, StringLit, Tag};
use super::super::grammar::Rule;
use super::Build;
use super::operand::{Kind, kind};
use crate::diag::Safety;
use crate::diag::codes::dqdl::{MALFORMED_LABEL, MALFORMED_TAG};

impl Build<'_, '_> {
    pub(super) fn filter(&mut self, pair: &Pair<'_, Rule>) -> Option<StringLit> {
        let mut filter = None;
        for part in pair.clone().into_inner() {
            match part.as_rule() {
                Rule::where_word => self.keyword(&part, &["where"]),
                _ => filter = Some(self.text(&part)),
            }
        }
        filter
    }

    pub(super) fn labels(&mut self, pair: &Pair<'_, Rule>) -> Vec<LabelPair> {
        let mut labels = Vec::new();
        for part in pair.clone().into_inner() {
            match part.as_rule() {
                Rule::labels_word => self.keyword(&part, &["labels"]),
                Rule::equals => self.equals(&part),
                _ => labels = self.label_list(&part),
            }
        }
        labels
    }

    /// `["key"="value"]`
    pub(super) fn label_list(&mut self, pair: &Pair<'_, Rule>) -> Vec<LabelPair> {
        let mut labels = Vec::new();
        for part in pair.clone().into_inner() {
            match part.as_rule() {
                Rule::trailing_comma => self.trailing_comma(&part),
                Rule::label => labels.extend(self.label(&part)),
                _ => {}
            }
        }
        if labels.is_empty() {
            let diagnostic = self
                .report
                .at(&MALFORMED_LABEL, &self.at(pair), "a list of labels without a label")
                .help("write at least one label, or leave the list out");
            self.report.push(diagnostic);
        }
        labels
    }

    fn label(&mut self, pair: &Pair<'_, Rule>) -> Option<LabelPair> {
        let mut texts = Vec::new();
        for part in pair.clone().into_inner() {
            match part.as_rule() {
                Rule::equals => self.equals(&part),
                _ => texts.push(self.label_text(&part)?),
            }
        }
        let value = texts.pop()?;
        Some(LabelPair { key: texts.pop()?, value })
    }

    fn label_text(&mut self, pair: &Pair<'_, Rule>) -> Option<StringLit> {
        let inner = pair.clone().into_inner().next()?;
        if inner.as_rule() == Rule::string {
            return Some(self.text(&inner));
        }
        Some(self.quoted_word(&inner))
    }

    /// A word where only a quoted text may stand, taken for that text.
    pub(super) fn quoted_word(&mut self, pair: &Pair<'_, Rule>) -> StringLit {
        let at = self.at(pair);
        let word = self.report.written(&at).to_owned();
        self.report.respell(&at, format!("`{word}` needs double quotes"), &format!("\"{word}\""));
        StringLit { raw: word.clone(), value: word, span: self.report.span(&at) }
    }

    pub(super) fn tag(&mut self, pair: &Pair<'_, Rule>) -> Option<Tag> {
        let (mut name, mut condition, mut start, mut end) = (None, None, None, None);
        for part in pair.clone().into_inner() {
            let at = self.at(&part);
            match part.as_rule() {
                Rule::with_word => self.keyword(&part, &["with"]),
                Rule::comma => {}
                Rule::tag_name | Rule::repeated_tag => {
                    start = Some(at.start);
                    name = Some(self.ident(&part));
                }
                Rule::tag_list => {
                    end = Some(at.end);
                    condition = self.tag_list(&part);
                }
                _ => {
                    end = Some(at.end);
                    condition = match self.flag(&part) {
                        Some(flag) => Some(flag),
                        None => self.condition(&part),
                    };
                    if let (Some(name), Some(condition)) = (&name, &condition) {
                        self.listed_tag(name, condition, &part);
                    }
                }
            }
        }
        let span = self.report.span(&(start?..end?));
        Some(Tag { name: name?, condition: condition?, span })
    }

    /// `with filterOrder in [...]`: a tag has its list behind `=`, a threshold its numbers behind `in`.
    fn listed_tag(&mut self, name: &Ident, condition: &Condition, pair: &Pair<'_, Rule>) {
        let ConditionKind::In { set: Set::Listed(values), .. } = &condition.kind else { return };
        if name.text.eq_ignore_ascii_case("threshold") && values.iter().all(|value| kind(value) == Kind::Number) {
            return;
        }
        let at = self.at(pair);
        let word = at.start..at.start + self.report.written(&at).find(['[', '(']).unwrap_or(0);
        let diagnostic = self
            .report
            .at(&MALFORMED_TAG, &(word.start..word.start + self.report.written(&word).trim_end().len()), "a tag takes only `=`")
            .help(format!("write `{} = [...]`", name.text));
        let diagnostic = self.report.fix(diagnostic, "replace with `=`", word, "= ", Safety::Unsafe);
        self.report.push(diagnostic);
    }

    /// `= ["uriRegex", "recentFiles"]`
    fn tag_list(&mut self, pair: &Pair<'_, Rule>) -> Option<Condition> {
        let span = self.report.span(&self.at(pair));
        let mut set = None;
        for part in pair.clone().into_inner() {
            match part.as_rule() {
                Rule::equals => self.equals(&part),
                _ => set = self.list(&part),
            }
        }
        Some(Condition { kind: ConditionKind::In { negated: false, set: Set::Listed(set?) }, span })
    }

    /// `= true` and `= false`, as AWS documents `rebin`.
    fn flag(&mut self, pair: &Pair<'_, Rule>) -> Option<Condition> {
        let comparison = pair.clone().into_inner().next().filter(|inner| inner.as_rule() == Rule::comparison)?;
        let mut parts = comparison.into_inner();
        let (sign, operand) = (parts.next()?, parts.next()?);
        let at = self.at(&operand);
        let word = self.report.written(&at).to_owned();
        if sign.as_str().trim() != "=" || !matches!(word.as_str(), "true" | "false") {
            return None;
        }
        let span = self.report.span(&at);
        let text = StringLit { raw: word.clone(), value: word, span };
        let kind = ConditionKind::Compare(CompareOp::Eq, Operand { kind: OperandKind::String(text), span });
        Some(Condition { kind, span: self.report.span(&self.at(pair)) })
    }
}
