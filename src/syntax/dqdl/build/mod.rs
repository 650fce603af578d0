//! What the grammar read becomes the tree; on the way, what AWS's parser would reject is reported at its token.
//!
//! A piece with an error gives `None` and is left out of the tree. [`section`] → [`rule`] → [`condition`] → [`operand`];
//! [`clause`] has what stands behind a condition.

mod clause;
mod condition;
mod number;
mod operand;
mod rule;
mod section;

use std::collections::BTreeMap;
use std::ops::Range;

use pest::iterators::Pair;

use super::ast::{Ident, StringLit};
use super::grammar::Rule;
use super::report::Reporter;
use super::token::{TokenKind, tokens};
use crate::diag::Sink;

pub(super) use rule::Place;
pub(super) use section::PartKind;

/// A part of a document, with what was said about it (in strict, what stands behind the ruleset is not judged).
pub(super) struct Part {
    /// Where, from its first to its last token.
    pub(super) at: Range<usize>,
    /// What it is; `None` if it could not be read.
    pub(super) kind: Option<PartKind>,
    /// The diagnostics about it.
    pub(super) said: Sink,
}

/// Builds trees from pairs whose offsets begin at `base` of the ruleset's text.
pub(super) struct Build<'b, 'a> {
    /// Where diagnostics go.
    pub(super) report: &'b mut Reporter<'a>,
    /// The strings the scanner had to keep aside.
    pub(super) strings: &'b BTreeMap<usize, String>,
    /// Where the parsed slice begins.
    pub(super) base: usize,
}

impl Build<'_, '_> {
    /// The bytes of a pair, white space and comments behind it left out.
    fn at(&self, pair: &Pair<'_, Rule>) -> Range<usize> {
        self.base + pair.as_span().start()..self.base + end_of(pair)
    }

    fn ident(&self, pair: &Pair<'_, Rule>) -> Ident {
        let at = self.at(pair);
        Ident { text: pair.as_str().trim_end().to_owned(), span: self.report.span(&at) }
    }

    /// A string in any place.
    fn string(&self, pair: &Pair<'_, Rule>) -> StringLit {
        let at = self.at(pair);
        let raw = match self.strings.get(&at.start) {
            Some(kept) => kept.clone(),
            None => pair.as_str()[1..pair.as_str().len() - 1].to_owned(),
        };
        StringLit { value: unescape(&raw), raw, span: self.report.span(&at) }
    }

    /// A string where AWS's grammar takes no date and no time.
    fn text(&mut self, pair: &Pair<'_, Rule>) -> StringLit {
        let string = self.string(pair);
        if let Some(what) = temporal(&string.raw) {
            let word = what.name();
            let diagnostic = self
                .report
                .unportable(&self.at(pair), format!("`\"{}\"` is a {word} to AWS, not a text", string.raw))
                .note(format!("a quoted {word} is one token of AWS's grammar and fits only where a {word} is compared"));
            self.report.push(diagnostic);
        }
        string
    }

    /// Reports a keyword that is not written as AWS has it.
    fn keyword(&mut self, pair: &Pair<'_, Rule>, spellings: &[&str]) {
        let word = pair.as_str();
        if spellings.contains(&word) {
            return;
        }
        let right = spellings[0];
        let message = if word.eq_ignore_ascii_case(right) {
            format!("`{word}` is written `{right}` in DQDL")
        } else {
            format!("`{word}` is not a word of DQDL")
        };
        self.report.respell(&self.at(pair), message, right);
    }

    /// Reports the comma behind the last item of a list.
    fn trailing_comma(&mut self, pair: &Pair<'_, Rule>) {
        let at = self.at(pair);
        let diagnostic = self.report.unportable(&at, "a comma with nothing behind it").help("remove the comma");
        let diagnostic = self.report.fix(diagnostic, "remove the comma", at, "", crate::diag::Safety::Safe);
        self.report.push(diagnostic);
    }

    /// Reports `==` and `:` in the place of `=`.
    fn equals(&mut self, pair: &Pair<'_, Rule>) {
        if pair.as_str() != "=" {
            let at = self.at(pair);
            let follows_word = self.report.written(&(at.start.saturating_sub(1)..at.start)).ends_with(char::is_alphanumeric);
            let text = if follows_word { " =" } else { "=" };
            self.report.respell(&at, format!("`{}` in the place of `=`", pair.as_str()), text);
        }
    }
}

/// The offset behind the last token of a pair (a pest span runs on over white space and comments).
fn end_of(pair: &Pair<'_, Rule>) -> usize {
    let own = pair.as_span().end();
    let Some(last) = pair.clone().into_inner().last() else { return own };
    if last.as_rule() == Rule::EOI {
        return own;
    }
    let inner = end_of(&last);
    let gap = &pair.get_input()[inner..own];
    if gap.trim().is_empty() {
        return inner;
    }
    tokens(gap).iter().rev().find(|token| token.kind != TokenKind::Comment).map_or(inner, |token| inner + token.at.end)
}

fn unescape(raw: &str) -> String {
    if !raw.contains('\\') {
        return raw.to_owned();
    }
    let mut value = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some(&next @ ('"' | '\\'))) => {
                value.push(next);
                chars.next();
            }
            _ => value.push(c),
        }
    }
    value
}

/// What a quoted date or time is to AWS's lexer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Temporal {
    Date,
    Time,
}

impl Temporal {
    fn name(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Time => "time",
        }
    }
}

/// Whether the content of a string makes it a date or a time: `2024-01-31`, `21:45`, `9:30 AM`.
fn temporal(raw: &str) -> Option<Temporal> {
    let shape: String = raw.chars().take(11).map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    match shape.as_str() {
        "9999-99-99" => Some(Temporal::Date),
        "99:99" | "9:99 AM" | "9:99 PM" | "99:99 AM" | "99:99 PM" => Some(Temporal::Time),
        _ => None,
    }
}
