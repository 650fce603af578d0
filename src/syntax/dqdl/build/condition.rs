//! Conditions: which operator, which values, and whether the values go together.

use pest::iterators::Pair;

use super::super::ast::{CompareOp, Condition, ConditionKind, Operand, OperandKind, Set, StringLit};
use super::super::grammar::Rule;
use super::super::parse::Dialect;
use super::Build;
use super::operand::{Kind, kind};
use crate::diag::Safety;
use crate::diag::codes::dqdl::{EMPTY_LIST, MISPLACED_CONSTANT, MIXED_OPERANDS};

impl Build<'_, '_> {
    /// `> 0.9`, `between 1 and 5`, `in ["a"]`, `matches "re"`
    pub(super) fn condition(&mut self, pair: &Pair<'_, Rule>) -> Option<Condition> {
        let span = self.report.span(&self.at(pair));
        let inner = pair.clone().into_inner().next()?;
        let kind = match inner.as_rule() {
            Rule::comparison => self.comparison(&inner),
            Rule::between => self.between(&inner),
            Rule::within => self.within(&inner),
            _ => self.matches(&inner),
        }?;
        Some(Condition { kind, span })
    }

    fn comparison(&mut self, pair: &Pair<'_, Rule>) -> Option<ConditionKind> {
        let mut parts = pair.clone().into_inner();
        let (sign, value) = (parts.next()?, parts.next()?);
        let operator = self.comparison_sign(&sign);
        let operand = self.operand(&value)?;
        let kind = kind(&operand);
        let ordered = !matches!(operator, CompareOp::Eq | CompareOp::Ne);
        if ordered && !is_ordered(kind) {
            let message = match kind {
                Kind::Constant => format!("`{}` cannot take a constant: constants are texts", operator.sign()),
                _ => format!("`{}` cannot compare {}", operator.sign(), kind.name()),
            };
            let code = if kind == Kind::Constant { &MISPLACED_CONSTANT } else { &MIXED_OPERANDS };
            let mut diagnostic = self.report.at(code, &self.at(&value), message);
            diagnostic = diagnostic.note("texts are compared with `=`, `!=`, `in` and `matches`");
            diagnostic = self.unquote_number(diagnostic, &operand, &value);
            if diagnostic.helps.is_empty() {
                diagnostic =
                    diagnostic.help("write a number without quotes, a date like `\"2024-01-31\"`, or one of these signs");
            }
            self.report.push(diagnostic);
            return None;
        }
        if kind == Kind::Constant {
            self.constant_as_value(&value);
        }
        Some(ConditionKind::Compare(operator, operand))
    }

    /// Offers the number that stands in quotes.
    fn unquote_number(
        &self,
        diagnostic: crate::diag::Diagnostic,
        operand: &Operand,
        pair: &Pair<'_, Rule>,
    ) -> crate::diag::Diagnostic {
        let OperandKind::String(string) = &operand.kind else { return diagnostic };
        let number = string.raw.trim();
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit() || b == b'.') || number.parse::<f64>().is_err() {
            return diagnostic;
        }
        self.report.fix(
            diagnostic.help("write the number without quotes"),
            format!("replace with `{number}`"),
            self.at(pair),
            number,
            Safety::Unsafe,
        )
    }

    /// `= $x` and `[$x]` crash AWS's parser.
    fn constant_as_value(&mut self, pair: &Pair<'_, Rule>) {
        let diagnostic = self
            .report
            .unportable(&self.at(pair), "a constant as a single value")
            .note("AWS's parser fails on it without a message; it knows constants as parameters and as `in $name`");
        self.report.push(diagnostic);
    }

    fn comparison_sign(&mut self, pair: &Pair<'_, Rule>) -> CompareOp {
        let written = pair.as_str().trim_end();
        let compact: String = written.chars().filter(|c| !c.is_whitespace()).collect();
        let operator = match compact.as_str() {
            "=" | "==" => CompareOp::Eq,
            "!=" | "<>" | "!==" => CompareOp::Ne,
            ">" => CompareOp::Gt,
            ">=" | "=>" => CompareOp::Ge,
            "<" => CompareOp::Lt,
            _ => CompareOp::Le,
        };
        let right = operator.sign();
        // `! =` is two tokens to AWS, `> =` is not `>=`.
        let is_right = written == right || (operator == CompareOp::Ne && compact == right);
        if !is_right {
            self.report.respell(&self.at(pair), format!("`{written}` is written `{right}` in DQDL"), right);
        }
        operator
    }

    fn between(&mut self, pair: &Pair<'_, Rule>) -> Option<ConditionKind> {
        let (mut negated, mut ends) = (false, Vec::new());
        for part in pair.clone().into_inner() {
            match part.as_rule() {
                Rule::not_word => {
                    negated = true;
                    self.keyword(&part, &["not"]);
                }
                Rule::between_word => self.keyword(&part, &["between"]),
                Rule::and_word => self.keyword(&part, &["and", "AND"]),
                _ => ends.push((self.operand(&part), part)),
            }
        }
        let (high, high_pair) = ends.pop()?;
        let (low, low_pair) = ends.pop()?;
        let (low, high) = (low?, high?);
        for (end, pair) in [(&low, &low_pair), (&high, &high_pair)] {
            if !is_ordered(kind(end)) {
                let message = format!("`between` cannot compare {}", kind(end).name());
                let diagnostic = self.report.at(&MIXED_OPERANDS, &self.at(pair), message);
                let mut diagnostic = self.unquote_number(diagnostic, end, pair);
                if diagnostic.helps.is_empty() {
                    diagnostic = diagnostic.help("write a number without quotes, or a date like `\"2024-01-31\"`");
                }
                self.report.push(diagnostic);
                return None;
            }
        }
        self.go_together(&[&low, &high]).then_some(ConditionKind::Between { negated, low, high })
    }

    fn within(&mut self, pair: &Pair<'_, Rule>) -> Option<ConditionKind> {
        let (mut negated, mut set) = (false, None);
        for part in pair.clone().into_inner() {
            match part.as_rule() {
                Rule::not_word => {
                    negated = true;
                    self.keyword(&part, &["not"]);
                }
                Rule::in_word => self.keyword(&part, &["in"]),
                Rule::variable => set = Some(Set::Variable(self.variable(&part))),
                Rule::round_list => {
                    let at = self.at(&part);
                    let diagnostic = self.report.unportable(&at, "a list in round brackets").help("lists stand in `[` and `]`");
                    let edits = vec![(at.start..at.start + 1, "[".to_owned()), (at.end - 1..at.end, "]".to_owned())];
                    let diagnostic = self.report.fix_all(diagnostic, "use square brackets", edits, Safety::Safe);
                    self.report.push(diagnostic);
                    set = self.list(&part).map(Set::Listed);
                }
                _ => set = self.list(&part).map(Set::Listed),
            }
        }
        Some(ConditionKind::In { negated, set: set? })
    }

    /// `["a", "b"]`: at least one value, all of one kind.
    pub(super) fn list(&mut self, pair: &Pair<'_, Rule>) -> Option<Vec<Operand>> {
        let (mut values, mut failed) = (Vec::new(), false);
        for part in pair.clone().into_inner() {
            match part.as_rule() {
                Rule::trailing_comma => self.trailing_comma(&part),
                Rule::operand => match self.operand(&part) {
                    Some(value) => {
                        if kind(&value) == Kind::Constant {
                            self.constant_as_value(&part);
                        }
                        values.push(value);
                    }
                    None => failed = true,
                },
                _ => {}
            }
        }
        if failed {
            return None;
        }
        if values.is_empty() {
            let diagnostic = self
                .report
                .at(&EMPTY_LIST, &self.at(pair), "an empty list: no value can be in it")
                .help("list at least one value");
            self.report.push(diagnostic);
            return None;
        }
        self.dates_among_texts(&mut values);
        self.go_together(&values.iter().collect::<Vec<_>>()).then_some(values)
    }

    /// `["2024-01-31", "never"]`: a text that looks like a date is a text where the others are texts.
    fn dates_among_texts(&mut self, values: &mut [Operand]) {
        let has_text = values.iter().any(|value| matches!(kind(value), Kind::Text | Kind::TextKeyword));
        if !has_text || self.report.dialect == Dialect::Strict {
            return;
        }
        for value in values {
            let (OperandKind::Date(raw) | OperandKind::Time(raw)) = &value.kind else { continue };
            let raw = raw.clone();
            let mut diagnostic = crate::diag::Diagnostic::new(
                &crate::diag::codes::dqdl::AWS_PORTABILITY,
                value.span,
                format!("`\"{raw}\"` is a date or time to AWS, and does not go with texts"),
            );
            diagnostic = diagnostic.here("AWS's parser rejects this");
            self.report.push(diagnostic);
            value.kind = OperandKind::String(StringLit { value: raw.clone(), raw, span: value.span });
        }
    }

    /// Whether all values are of one kind; says which is not.
    fn go_together(&mut self, values: &[&Operand]) -> bool {
        let text = |kind| if matches!(kind, Kind::TextKeyword | Kind::Constant) { Kind::Text } else { kind };
        let Some(first) = values.iter().find(|value| kind(value) != Kind::Null) else { return true };
        let common = text(kind(first));
        let odd = values.iter().find(|value| {
            let own = text(kind(value));
            own != common && !(own == Kind::Null && matches!(common, Kind::Number | Kind::Text | Kind::Date))
        });
        let Some(odd) = odd else { return true };
        let (own, common) = (kind(odd), kind(first));
        let mut diagnostic =
            crate::diag::Diagnostic::new(&MIXED_OPERANDS, odd.span, format!("{} does not go with {}", own.name(), common.name()))
                .here(own.name())
                .also(first.span, common.name());
        if matches!((own, common), (Kind::Number, Kind::Duration | Kind::Size) | (Kind::Duration | Kind::Size, Kind::Number)) {
            diagnostic = diagnostic.help("give each of them its unit");
        } else {
            diagnostic = diagnostic.help("write all of them alike");
        }
        self.report.push(diagnostic);
        false
    }

    fn matches(&mut self, pair: &Pair<'_, Rule>) -> Option<ConditionKind> {
        let (mut negated, mut pattern) = (false, None);
        for part in pair.clone().into_inner() {
            match part.as_rule() {
                Rule::not_word => {
                    negated = true;
                    self.keyword(&part, &["not"]);
                }
                Rule::matches_word => self.keyword(&part, &["matches"]),
                _ => pattern = self.pattern(&part),
            }
        }
        Some(ConditionKind::Matches { negated, pattern: pattern? })
    }

    fn pattern(&mut self, pair: &Pair<'_, Rule>) -> Option<Operand> {
        if let Some(string) = lone_string(pair) {
            let text = self.text(&string);
            return Some(Operand { span: text.span, kind: OperandKind::String(text) });
        }
        let pattern = self.operand(pair)?;
        if kind(&pattern) == Kind::Constant {
            let diagnostic = self
                .report
                .unportable(&self.at(pair), "a constant as a pattern")
                .note("AWS's grammar takes only a quoted pattern behind `matches`");
            self.report.push(diagnostic);
            return Some(pattern);
        }
        let message = format!("`matches` takes a pattern in double quotes, not {}", kind(&pattern).name());
        let diagnostic = self.report.at(&MIXED_OPERANDS, &self.at(pair), message);
        self.report.push(diagnostic);
        None
    }
}

/// The string an operand consists of, if it is nothing else.
fn lone_string<'i>(operand: &Pair<'i, Rule>) -> Option<Pair<'i, Rule>> {
    let mut parts = operand.clone().into_inner();
    parts.next().filter(|part| part.as_rule() == Rule::string && parts.next().is_none())
}

fn is_ordered(kind: Kind) -> bool {
    matches!(kind, Kind::Number | Kind::Date | Kind::Duration | Kind::Size | Kind::Null)
}
