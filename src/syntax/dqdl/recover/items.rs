//! The items of a list of rules, told apart by their commas and line beginnings.

use std::ops::Range;

use pest::Parser;
use pest::error::Error;

use super::super::ast::RuleNode;
use super::super::build::Place;
use super::super::fault;
use super::super::grammar::{Grammar, Rule};
use super::super::token::{TokenKind, looks_like_rule_type};
use super::Pieces;
use crate::diag::Safety;
use crate::diag::codes::dqdl::UNCLOSED_BRACKET;

/// Tokens of an item that are read at first.
const FIRST_WINDOW: usize = 64;

/// Why a piece could not be read.
type Fault = Box<Error<Rule>>;

impl Pieces<'_, '_> {
    /// The items up to the closing bracket (or, outside of a section, up to the next one).
    pub(super) fn items(&mut self, place: Place, bracket: Option<(usize, u8)>) -> Vec<RuleNode> {
        let mut nodes = Vec::new();
        let mut start = self.at;
        let mut open: Vec<u8> = Vec::new();
        loop {
            let Some(kind) = self.kind(self.at) else {
                nodes.extend(self.last_item(start..self.at, place));
                self.unclosed_section(bracket);
                return nodes;
            };
            let at = self.at;
            let ends = match kind {
                TokenKind::Close(close) if closes_section(&open, close, bracket) => {
                    nodes.extend(self.last_item(start..at, place));
                    self.at += 1;
                    return nodes;
                }
                TokenKind::Close(close) => {
                    if let Some(partner) = open.iter().rposition(|open| fault::closing(*open) == close) {
                        open.truncate(partner);
                    }
                    false
                }
                TokenKind::Word if self.begins_section(at) => {
                    nodes.extend(self.last_item(start..at, place));
                    self.unclosed_section(bracket);
                    return nodes;
                }
                // A rule begins neither inside `[…]` nor behind a comma inside `(…)`: that bracket was never closed.
                TokenKind::Word | TokenKind::Open(b'(') if self.begins_item(at) && self.is_inside_list(&open, at) => {
                    let comma = usize::from(self.kind(at - 1) == Some(TokenKind::Comma));
                    nodes.extend(self.item(start..at - comma, place));
                    start = at;
                    open.clear();
                    if let TokenKind::Open(bracket) = kind {
                        open.push(bracket);
                    }
                    false
                }
                TokenKind::Open(bracket) => {
                    open.push(bracket);
                    false
                }
                TokenKind::Comma => open.is_empty() && !self.joins(start, at),
                TokenKind::Word | TokenKind::String | TokenKind::Sign | TokenKind::Comment => false,
            };
            self.at += 1;
            if !ends {
                continue;
            }
            if start == at {
                self.extra_comma(at);
            } else {
                self.semicolon(at);
                nodes.extend(self.item(start..at, place));
            }
            start = at + 1;
        }
    }

    /// Whether a comma stands inside of a rule: `1,000`, `between 1, 5`, `with bins = 10, rebin = false`.
    fn joins(&self, start: usize, comma: usize) -> bool {
        let next = self.text(comma + 1);
        if matches!(next, "bins" | "rebin") || fault::is_grouped(&self.tokens, comma, |index| self.text(index)) {
            return true;
        }
        let between = (start..comma).rev().find(|index| self.text(*index).eq_ignore_ascii_case("between"));
        let is_value = next.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '"' | '('));
        between.is_some_and(|between| is_value && !(between..comma).any(|at| self.text(at).eq_ignore_ascii_case("and")))
    }

    fn is_inside_list(&self, open: &[u8], at: usize) -> bool {
        open.last() == Some(&b'[') || (!open.is_empty() && self.kind(at - 1) == Some(TokenKind::Comma))
    }

    /// Whether an item begins at a line's beginning: `RowCount …`, `(RowCount …`
    fn begins_item(&self, index: usize) -> bool {
        let is_group = self.kind(index) == Some(TokenKind::Open(b'('));
        self.tokens[index].breaks > 0 && looks_like_rule_type(self.text(index + usize::from(is_group)))
    }

    pub(super) fn begins_rule(&self, index: usize) -> bool {
        self.tokens[index].breaks > 0 && looks_like_rule_type(self.text(index))
    }

    /// The item before the closing bracket; nothing there is a trailing comma (or an empty section).
    fn last_item(&mut self, range: Range<usize>, place: Place) -> Vec<RuleNode> {
        let behind_comma = range.is_empty() && range.start > 0 && self.kind(range.start - 1) == Some(TokenKind::Comma);
        if behind_comma {
            self.extra_comma(range.start - 1);
        }
        if range.is_empty() { Vec::new() } else { self.item(range, place) }
    }

    fn extra_comma(&mut self, index: usize) {
        let at = self.tokens[index].at.clone();
        let diagnostic = self.report.unportable(&at, "a comma with no rule beside it").help("remove the comma");
        let diagnostic = self.report.fix(diagnostic, "remove the comma", at, "", Safety::Safe);
        self.report.push(diagnostic);
    }

    fn semicolon(&mut self, index: usize) {
        if self.text(index) == ";" {
            let at = self.tokens[index].at.clone();
            self.report.respell(&at, "rules are separated by commas", ",");
        }
    }

    fn unclosed_section(&mut self, bracket: Option<(usize, u8)>) {
        let Some((bracket, _)) = bracket else { return };
        let at = self.tokens[bracket].at.clone();
        let end = self.tokens[..self.at].last().map_or(at.end, |token| token.at.end);
        let open = self.text(bracket).to_owned();
        let diagnostic =
            self.report.at(&UNCLOSED_BRACKET, &at, format!("`{open}` has no `]`")).here("the list begins here and never ends");
        let diagnostic = self.report.fix(diagnostic, "insert `]`", end..end, "\n]", Safety::Unsafe);
        self.report.push(diagnostic);
    }

    /// One item, or several that lack their commas. What cannot be read is reported and left out.
    fn item(&mut self, range: Range<usize>, place: Place) -> Vec<RuleNode> {
        let mut nodes = Vec::new();
        let mut rest = range;
        while !rest.is_empty() {
            let (piece, error) = match self.read_item(&rest, place) {
                Ok(more) => {
                    nodes.extend(more);
                    break;
                }
                Err(fault) => fault,
            };
            let stop = piece.start + fault::offset(&error);
            let next = self.tokens.partition_point(|token| token.at.start < stop);
            if next > rest.start && next < rest.end && self.could_be_rule(next) {
                let head = self.range(rest.start..next);
                if let Ok(more) = self.parse_item(&head, place) {
                    nodes.extend(more);
                    let word = self.tokens[next].at.clone();
                    self.build(0).missing_comma(head.end, &word);
                    rest = next..rest.end;
                    continue;
                }
            }
            let resume = (next + 1..rest.end).find(|index| self.begins_rule(*index));
            let end = resume.unwrap_or(rest.end);
            let faulty = self.range(rest.start..end);
            let text = &self.scan.clean[faulty.clone()];
            // The piece that is blamed ends where reading goes on, so the message cannot speak of what is fine.
            let error = Grammar::parse(Rule::lone_rule, text).err().map_or(error, Box::new);
            let diagnostic = fault::explain(self.report, text, faulty.start, &error);
            self.report.push(diagnostic);
            rest = end..rest.end;
        }
        nodes
    }

    /// Reads the item that begins at a token; if it has a fault, gives the piece that was read and the fault.
    ///
    /// A failed parse costs as much as its text is long, even if the fault is at its beginning. Where commas are missing
    /// the text is all the rest of the section, so it is read through a window that grows while the fault is its end.
    fn read_item(&mut self, tokens: &Range<usize>, place: Place) -> Result<Vec<RuleNode>, (Range<usize>, Fault)> {
        let mut end = tokens.end.min(tokens.start + FIRST_WINDOW);
        while end < tokens.end {
            let piece = self.range(tokens.start..end);
            match Grammar::parse(Rule::lone_rule, &self.scan.clean[piece.clone()]) {
                Err(error) if piece.start + fault::offset(&error) < self.tokens[end - 1].at.start => {
                    return Err((piece, Box::new(error)));
                }
                Ok(_) | Err(_) => end = tokens.end.min(tokens.start + (end - tokens.start) * 2),
            }
        }
        let piece = self.range(tokens.clone());
        self.parse_item(&piece, place).map_err(|error| (piece, error))
    }

    fn parse_item(&mut self, piece: &Range<usize>, place: Place) -> Result<Vec<RuleNode>, Fault> {
        let mut pairs = Grammar::parse(Rule::lone_rule, &self.scan.clean[piece.clone()]).map_err(Box::new)?;
        let pair = pairs.next().and_then(|lone| lone.into_inner().next());
        Ok(pair.map(|pair| self.build(piece.start).item(&pair, place)).unwrap_or_default())
    }

    /// Whether a rule could begin at a token: a word in the shape of a rule type, or a bracket on a new line.
    fn could_be_rule(&self, index: usize) -> bool {
        let token = &self.tokens[index];
        match token.kind {
            TokenKind::Word => {
                looks_like_rule_type(self.text(index))
                    || (token.breaks > 0 && self.text(index).starts_with(|c: char| c.is_ascii_alphabetic()))
            }
            TokenKind::Open(b'(') => token.breaks > 0,
            _ => false,
        }
    }
}

/// Whether a bracket closes the section and not one of the brackets that are open inside of it.
fn closes_section(open: &[u8], close: u8, bracket: Option<(usize, u8)>) -> bool {
    bracket.is_some_and(|(_, own)| own == close) && !open.iter().any(|open| fault::closing(*open) == close)
}
