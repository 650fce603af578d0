//! Values of a condition: arithmetic, calls, dates, texts, constants.

use std::ops::Range;

use pest::iterators::Pair;

use super::super::ast::{ArithmeticOp, Ident, Keyword, Operand, OperandKind, StringLit};
use super::super::grammar::Rule;
use super::super::parse::Dialect;
use super::{Build, Temporal, temporal};
use crate::diag::Safety;
use crate::diag::codes::dqdl::{MALFORMED_TIME, MIXED_OPERANDS, NESTED_TOO_DEEPLY, UNQUOTED_TEXT};

/// Terms of one arithmetic expression: the tree leans to the left, so this bounds its depth.
const MOST_TERMS: usize = 100;

/// What a value can be compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Text,
    Date,
    Duration,
    Size,
    /// `NULL` goes with numbers, texts and dates.
    Null,
    /// `EMPTY`, `WHITESPACES_ONLY`
    TextKeyword,
    Constant,
}

impl Kind {
    /// The kind for a message.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Date => "a date",
            Self::Duration => "a duration",
            Self::Size => "a size",
            Self::Null => "NULL",
            Self::TextKeyword => "a keyword for texts",
            Self::Constant => "a constant",
        }
    }
}

/// What an operand can be compared with.
pub(super) fn kind(operand: &Operand) -> Kind {
    match &operand.kind {
        OperandKind::Number(_) | OperandKind::Call { .. } => Kind::Number,
        OperandKind::String(_) => Kind::Text,
        OperandKind::Date(_) | OperandKind::Time(_) | OperandKind::Now => Kind::Date,
        OperandKind::Keyword(Keyword::Null) => Kind::Null,
        OperandKind::Keyword(Keyword::Empty | Keyword::WhitespacesOnly) => Kind::TextKeyword,
        OperandKind::Duration(_) => Kind::Duration,
        OperandKind::Size { .. } => Kind::Size,
        OperandKind::Variable(_) => Kind::Constant,
        OperandKind::Arithmetic { left, .. } => match kind(left) {
            Kind::Date => Kind::Date,
            _ => Kind::Number,
        },
        OperandKind::Parenthesized(inner) => kind(inner),
    }
}

impl Build<'_, '_> {
    /// One value of a condition.
    pub(super) fn operand(&mut self, pair: &Pair<'_, Rule>) -> Option<Operand> {
        let operand = self.expression(pair)?;
        if !is_date_arithmetic(&operand) {
            return Some(operand);
        }
        let at = self.at(pair);
        let diagnostic = self.report.unportable(&at, "date arithmetic without parentheses").help("put it in parentheses");
        let edits = vec![(at.start..at.start, "(".to_owned()), (at.end..at.end, ")".to_owned())];
        let diagnostic = self.report.fix_all(diagnostic, "put it in parentheses", edits, Safety::Safe);
        self.report.push(diagnostic);
        Some(Operand { span: operand.span, kind: OperandKind::Parenthesized(Box::new(operand)) })
    }

    fn expression(&mut self, pair: &Pair<'_, Rule>) -> Option<Operand> {
        let (mut whole, mut sign, mut terms) = (None::<(Operand, Range<usize>)>, None, 0);
        let mut failed = false;
        for part in pair.clone().into_inner() {
            if part.as_rule() == Rule::arithmetic_sign {
                sign = Some(part);
                continue;
            }
            terms += 1;
            let at = self.at(&part);
            if terms > MOST_TERMS {
                let diagnostic = self.report.at(&NESTED_TOO_DEEPLY, &at, format!("more than {MOST_TERMS} terms in one value"));
                self.report.push(diagnostic);
                return None;
            }
            let Some(term) = self.term(&part) else {
                failed = true;
                continue;
            };
            whole = match (whole, &sign) {
                (Some((left, start)), Some(sign)) if !failed => {
                    let at = start.start..at.end;
                    Some((self.arithmetic(left, sign, term, &at)?, at))
                }
                _ => Some((term, at)),
            };
        }
        if failed { None } else { whole.map(|(operand, _)| operand) }
    }

    fn arithmetic(&mut self, left: Operand, sign: &Pair<'_, Rule>, right: Operand, at: &Range<usize>) -> Option<Operand> {
        let operator = match sign.as_str() {
            "+" => ArithmeticOp::Add,
            "-" => ArithmeticOp::Subtract,
            "*" => ArithmeticOp::Multiply,
            _ => ArithmeticOp::Divide,
        };
        let is_number = |kind| matches!(kind, Kind::Number | Kind::Null);
        let (l, r) = (kind(&left), kind(&right));
        let is_shift = matches!(operator, ArithmeticOp::Add | ArithmeticOp::Subtract);
        let dates = matches!(left.kind, OperandKind::Now) && r == Kind::Duration && is_shift;
        let numbers = is_number(l) && is_number(r);
        if !numbers && !dates {
            let sign_at = self.at(sign);
            let mut diagnostic = self.report.at(
                &MIXED_OPERANDS,
                &sign_at,
                format!("`{}` does not join {} and {}", sign.as_str(), l.name(), r.name()),
            );
            diagnostic = diagnostic.also(left.span, l.name()).also(right.span, r.name());
            if l == Kind::Date && r == Kind::Number {
                diagnostic = diagnostic.help("add a unit: `days`, `hours` or `minutes`");
            } else if l == Kind::Date {
                diagnostic = diagnostic.note("the only arithmetic on dates is `(now() - 3 days)` and `(now() + 3 days)`");
            }
            self.report.push(diagnostic);
            return None;
        }
        let span = self.report.span(at);
        Some(Operand { kind: OperandKind::Arithmetic { operator, left: Box::new(left), right: Box::new(right) }, span })
    }

    fn term(&mut self, pair: &Pair<'_, Rule>) -> Option<Operand> {
        let at = self.at(pair);
        let span = self.report.span(&at);
        let kind = match pair.as_rule() {
            Rule::parenthesized => {
                let inner = pair.clone().into_inner().next()?;
                OperandKind::Parenthesized(Box::new(self.expression(&inner)?))
            }
            Rule::now => return Some(self.now(&at, span)),
            Rule::string => self.literal(pair)?,
            Rule::number => self.number(pair)?,
            Rule::keyword => OperandKind::Keyword(self.keyword_value(pair)),
            Rule::variable => OperandKind::Variable(self.variable(pair).text),
            _ => return self.word(pair),
        };
        Some(Operand { kind, span })
    }

    /// `now()`; AWS takes another spelling for a function on numbers.
    fn now(&mut self, at: &Range<usize>, span: crate::source::Span) -> Operand {
        let written = self.report.written(at).to_owned();
        if written == "now()" {
            return Operand { kind: OperandKind::Now, span };
        }
        if self.report.dialect == Dialect::Strict {
            let name = Ident { text: written.trim_end_matches(['(', ')', ' ', '\t', '\n']).to_owned(), span };
            return Operand { kind: OperandKind::Call { name, arguments: Vec::new() }, span };
        }
        self.report.respell(at, format!("`{written}` is written `now()` in DQDL"), "now()");
        Operand { kind: OperandKind::Now, span }
    }

    fn word(&mut self, pair: &Pair<'_, Rule>) -> Option<Operand> {
        let at = self.at(pair);
        let span = self.report.span(&at);
        let mut parts = pair.clone().into_inner();
        let name = parts.next()?;
        let Some(list) = parts.next() else {
            let diagnostic = self.unquoted(&at);
            self.report.push(diagnostic);
            return None;
        };
        let mut arguments = Vec::new();
        let mut failed = false;
        for part in list.into_inner() {
            match part.as_rule() {
                Rule::trailing_comma => self.trailing_comma(&part),
                Rule::operand => match self.argument(&part) {
                    Some(argument) => arguments.push(argument),
                    None => failed = true,
                },
                _ => {}
            }
        }
        if failed {
            return None;
        }
        if arguments.is_empty() && name.as_str().eq_ignore_ascii_case("now") {
            return Some(self.now(&at, span));
        }
        Some(Operand { kind: OperandKind::Call { name: self.ident(&name), arguments }, span })
    }

    fn argument(&mut self, pair: &Pair<'_, Rule>) -> Option<Operand> {
        let argument = self.operand(pair)?;
        let kind = kind(&argument);
        if matches!(kind, Kind::Number | Kind::Null) {
            return Some(argument);
        }
        let message = format!("a function takes numbers, not {}", kind.name());
        let diagnostic = self.report.at(&MIXED_OPERANDS, &self.at(pair), message);
        self.report.push(diagnostic);
        None
    }

    /// The complaint about a word where a value belongs.
    pub(super) fn unquoted(&self, at: &Range<usize>) -> crate::diag::Diagnostic {
        let word = self.report.written(at);
        let quoted = format!("\"{word}\"");
        let diagnostic = self
            .report
            .at(&UNQUOTED_TEXT, at, format!("`{word}` is not a value: a text needs double quotes"))
            .help(format!("write `{quoted}`"));
        self.report.fix(diagnostic, "put it in double quotes", at.clone(), &quoted, Safety::Unsafe)
    }

    /// A string as a value: a text, a date or a time.
    fn literal(&mut self, pair: &Pair<'_, Rule>) -> Option<OperandKind> {
        let string = self.string(pair);
        match temporal(&string.raw) {
            None => Some(OperandKind::String(string)),
            Some(Temporal::Date) => Some(OperandKind::Date(string.raw)),
            Some(Temporal::Time) if is_time(&string.raw) => Some(OperandKind::Time(string.raw)),
            Some(Temporal::Time) => {
                let diagnostic = self.malformed_time(pair, &string);
                self.report.push(diagnostic);
                None
            }
        }
    }

    fn malformed_time(&self, pair: &Pair<'_, Rule>, string: &StringLit) -> crate::diag::Diagnostic {
        let help = if string.raw.ends_with('M') {
            "with AM or PM the hours go from 1 to 12"
        } else {
            "hours go from 00 to 23, minutes from 00 to 59"
        };
        self.report.at(&MALFORMED_TIME, &self.at(pair), format!("`\"{}\"` is not a time of the day", string.raw)).help(help)
    }

    /// `NULL`, `EMPTY`, `WHITESPACES_ONLY`
    pub(super) fn keyword_value(&mut self, pair: &Pair<'_, Rule>) -> Keyword {
        let (keyword, spellings) = match pair.as_str().to_ascii_uppercase().as_str() {
            "NULL" => (Keyword::Null, ["NULL", "null"]),
            "EMPTY" => (Keyword::Empty, ["EMPTY", "empty"]),
            _ => (Keyword::WhitespacesOnly, ["WHITESPACES_ONLY", "whitespaces_only"]),
        };
        self.keyword(pair, &spellings);
        keyword
    }

    /// `$name`, and `${name}` as other languages have it.
    pub(super) fn variable(&mut self, pair: &Pair<'_, Rule>) -> Ident {
        let at = self.at(pair);
        let name = pair.clone().into_inner().next().map_or_else(String::new, |name| name.as_str().to_owned());
        if pair.as_str().contains('{') {
            self.report.respell(&at, format!("the constant `{name}` is written `${name}`"), &format!("${name}"));
        }
        Ident { text: name, span: self.report.span(&at) }
    }
}

/// `now() - 3 days` without the parentheses that AWS wants.
fn is_date_arithmetic(operand: &Operand) -> bool {
    matches!(&operand.kind, OperandKind::Arithmetic { left, .. } if kind(left) == Kind::Date)
}

/// Whether a text in the shape of a time is one: `21:45`, `9:30 AM`.
fn is_time(raw: &str) -> bool {
    let (clock, half) = raw.split_once(' ').map_or((raw, false), |(clock, _)| (clock, true));
    let Some((hours, minutes)) = clock.split_once(':') else { return false };
    let (Ok(hours), Ok(minutes)) = (hours.parse::<u8>(), minutes.parse::<u8>()) else { return false };
    let hours_hold = if half { (1..=12).contains(&hours) } else { hours < 24 };
    hours_hold && minutes < 60
}
