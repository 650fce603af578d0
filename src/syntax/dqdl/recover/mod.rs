//! A document that the grammar cannot read whole is read piece by piece: sections and items are told apart by their
//! brackets, commas and line beginnings, and a piece with a fault costs no other piece its reading.

mod items;

use std::ops::Range;

use pest::Parser;

use super::ast::{Constant, ConstantValue, Ident, Section, StringLit};
use super::build::{Build, Part, PartKind, Place};
use super::fault;
use super::grammar::{Grammar, Rule};
use super::report::Reporter;
use super::scan::Scan;
use super::token::{Token, TokenKind, looks_like_rule_type, tokens};
use crate::diag::codes::dqdl::{MISSING_SECTION, TEXT_AFTER_RULESET, UNCLOSED_BRACKET, UNEXPECTED_TOKEN, UNKNOWN_SECTION};
use crate::diag::{Diagnostic, Safety, Sink, suggest};

static SECTIONS: &[&str] = &["Metadata", "DataSources", "DefaultLabels", "Rules", "Analyzers"];

/// The parts of a document with faults.
pub(super) fn parts(scan: &Scan, report: &mut Reporter<'_>) -> Vec<Part> {
    let tokens: Vec<_> = tokens(&scan.clean).into_iter().filter(|token| token.kind != TokenKind::Comment).collect();
    let mut pieces = Pieces { scan, report, tokens, at: 0, has_rules: false };
    let mut parts = Vec::new();
    while pieces.at < pieces.tokens.len() {
        let start = pieces.tokens[pieces.at].at.start;
        let before = std::mem::take(&mut pieces.report.sink);
        let kind = pieces.part();
        let said = std::mem::replace(&mut pieces.report.sink, before);
        let end = pieces.tokens[..pieces.at].last().map_or(start, |token| token.at.end);
        parts.push(Part { at: start..end, kind, said });
    }
    parts
}

struct Pieces<'p, 'a> {
    scan: &'p Scan,
    report: &'p mut Reporter<'a>,
    tokens: Vec<Token>,
    at: usize,
    /// Whether a section of rules was read.
    has_rules: bool,
}

impl<'a> Pieces<'_, 'a> {
    fn text(&self, index: usize) -> &str {
        self.tokens.get(index).map_or("", |token| &self.scan.clean[token.at.clone()])
    }

    fn kind(&self, index: usize) -> Option<TokenKind> {
        self.tokens.get(index).map(|token| token.kind)
    }

    fn is_equals(&self, index: usize) -> bool {
        matches!(self.text(index), "=" | "==" | ":")
    }

    fn is_open(&self, index: usize) -> bool {
        matches!(self.kind(index), Some(TokenKind::Open(b'[' | b'{' | b'(')))
    }

    fn part(&mut self) -> Option<PartKind> {
        let word = self.section_word();
        let section = SECTIONS.iter().copied().find(|section| section.eq_ignore_ascii_case(&word));
        let equals = usize::from(self.is_equals(self.at + 1));
        let bracket = self.at + 1 + equals;
        match section {
            Some(section @ ("Rules" | "Analyzers")) if self.is_open(bracket) => self.rule_section(section, &word, bracket),
            Some("Rules" | "Analyzers") => self.truncated_section(bracket),
            Some(_) if equals == 1 || self.is_open(bracket) => self.small_part(bracket),
            Some(_) => self.truncated_section(bracket),
            None if equals == 1 && self.kind(self.at) == Some(TokenKind::Word) => self.constant_or_section(&word, bracket),
            None => self.stray(),
        }
    }

    /// The word a part begins with; a section's word in quotes, as JSON has it, is reported.
    fn section_word(&mut self) -> String {
        let written = self.text(self.at).to_owned();
        let inside = written.trim_matches('"');
        let is_section = matches!(inside, "Rules" | "Analyzers");
        if self.kind(self.at) != Some(TokenKind::String) || !is_section || !self.is_equals(self.at + 1) {
            return written;
        }
        let at = self.tokens[self.at].at.clone();
        let diagnostic = self
            .report
            .at(&UNEXPECTED_TOKEN, &at, format!("`{inside}` stands without quotes"))
            .help(format!("write `{inside} = [...]`"));
        let diagnostic = self.report.fix(diagnostic, "remove the quotes", at, inside, Safety::Unsafe);
        self.report.push(diagnostic);
        inside.to_owned()
    }

    /// `Rules = [...];`
    fn is_leftover(&self) -> bool {
        let is_last = self.at + 1 == self.tokens.len() || self.begins_section(self.at + 1) || self.begins_constant(self.at + 1);
        self.kind(self.at) == Some(TokenKind::Comma) && self.at > 0 && is_last
    }

    // ── Parts without rules ─────────────────────────────────────────────────────────────────────────────────────

    /// `Metadata = {…}`, `DefaultLabels = […]`, `name = …`
    fn small_part(&mut self, value: usize) -> Option<PartKind> {
        let start = self.at;
        self.at = self.value_end(value);
        let piece = self.range(start..self.at);
        self.parse_part(&piece)
    }

    fn parse_part(&mut self, piece: &Range<usize>) -> Option<PartKind> {
        match Grammar::parse(Rule::lone_part, &self.scan.clean[piece.clone()]) {
            Ok(mut pairs) => {
                let pair = pairs.next()?.into_inner().next()?;
                self.build(piece.start).part(&pair).1
            }
            Err(error) => {
                let diagnostic = fault::explain(self.report, &self.scan.clean[piece.clone()], piece.start, &error);
                self.report.push(diagnostic);
                None
            }
        }
    }

    /// Behind the value that begins at a token: a bracketed list, or one token (a `$` or a sign takes the next along).
    fn value_end(&self, value: usize) -> usize {
        match self.kind(value) {
            Some(TokenKind::Open(_)) => self.balanced_end(value),
            Some(TokenKind::Sign) => (value + 2).min(self.tokens.len()),
            Some(_) => value + 1,
            None => self.tokens.len(),
        }
    }

    /// Behind the bracket that closes the one at `open`; before the next section if there is none.
    fn balanced_end(&self, open: usize) -> usize {
        let mut depth = 0_usize;
        for index in open..self.tokens.len() {
            match self.tokens[index].kind {
                TokenKind::Open(_) => depth += 1,
                TokenKind::Close(_) if depth <= 1 => return index + 1,
                TokenKind::Close(_) => depth -= 1,
                _ if index > open && self.begins_section(index) => return index,
                _ => {}
            }
        }
        self.tokens.len()
    }

    fn begins_section(&self, index: usize) -> bool {
        let word = self.text(index);
        self.tokens[index].breaks > 0
            && SECTIONS.iter().any(|section| section.eq_ignore_ascii_case(word))
            && self.is_equals(index + 1)
            && self.is_open(index + 2)
    }

    /// `name = "text"`, or a section by a name that is none.
    fn constant_or_section(&mut self, word: &str, value: usize) -> Option<PartKind> {
        let near = suggest::nearest(word, SECTIONS.iter().copied());
        let holds_rules = self.kind(value) == Some(TokenKind::Open(b'['))
            && self.kind(value + 1) == Some(TokenKind::Word)
            && (looks_like_rule_type(self.text(value + 1)) || near.is_some());
        let dictionary = self.kind(value) == Some(TokenKind::Open(b'{'));
        if holds_rules || dictionary {
            return self.unknown_section(word, near, value);
        }
        let name = self.tokens[self.at].at.clone();
        let found = self.small_part(value);
        // The name is known all the same, so that its uses are not reported as well.
        found.or_else(|| Some(PartKind::Constant(self.unread_constant(word, &name))))
    }

    fn unread_constant(&self, word: &str, name: &Range<usize>) -> Constant {
        let span = self.report.span(name);
        let empty = StringLit { raw: String::new(), value: String::new(), span };
        Constant { name: Ident { text: word.to_owned(), span }, value: ConstantValue::Text(empty), span }
    }

    fn unknown_section(&mut self, word: &str, near: Option<&'static str>, value: usize) -> Option<PartKind> {
        let place = self.tokens[self.at].at.clone();
        let mut diagnostic = self.report.at(&UNKNOWN_SECTION, &place, format!("no section is called `{word}`"));
        diagnostic = match near {
            Some(near) => {
                let diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
                self.report.fix(diagnostic, format!("replace with `{near}`"), place, near, Safety::Unsafe)
            }
            None => diagnostic.help(format!("the sections are {}", suggest::list(SECTIONS.iter().copied(), 5))),
        };
        self.report.push(diagnostic);
        match near {
            Some("Analyzers") => self.rule_section("Analyzers", word, value),
            Some("Metadata" | "DataSources" | "DefaultLabels") => {
                self.at = self.value_end(value);
                None
            }
            Some(_) | None => self.rule_section("Rules", word, value),
        }
    }

    /// `Rules` with nothing or the wrong thing behind it.
    fn truncated_section(&mut self, value: usize) -> Option<PartKind> {
        let place = self.tokens[self.at].at.clone();
        let word = self.text(self.at).to_owned();
        let mut diagnostic = self
            .report
            .at(&UNEXPECTED_TOKEN, &place, format!("`{word}` is not followed by a list"))
            .help(format!("write `{word} = [...]`"));
        if let Some(token) = self.tokens.get(value) {
            diagnostic = diagnostic.also(self.report.span(&token.at.clone()), "`[` is expected here");
        }
        self.report.push(diagnostic);
        self.at = value;
        while self.at < self.tokens.len() && !self.begins_section(self.at) {
            self.at += 1;
        }
        Some(PartKind::Stray(Vec::new()))
    }

    // ── Sections of rules ───────────────────────────────────────────────────────────────────────────────────────

    fn rule_section(&mut self, section: &str, written: &str, bracket: usize) -> Option<PartKind> {
        let keyword = self.tokens[self.at].at.clone();
        if written != section && written.eq_ignore_ascii_case(section) {
            self.report.respell(&keyword, format!("`{written}` is written `{section}` in DQDL"), section);
        }
        if bracket == self.at + 1 {
            let place = self.tokens[bracket].at.clone();
            let diagnostic = self.report.at(&UNEXPECTED_TOKEN, &place, format!("`=` is missing after `{written}`"));
            let diagnostic = self.report.fix(diagnostic, "insert `=`", keyword.end..keyword.end, " =", Safety::Safe);
            self.report.push(diagnostic);
        } else if self.text(bracket - 1) != "=" {
            let sign = self.tokens[bracket - 1].at.clone();
            self.report.respell(&sign, format!("`{}` in the place of `=`", self.text(bracket - 1)), "=");
        }
        if self.kind(bracket) != Some(TokenKind::Open(b'[')) {
            let place = self.tokens[bracket].at.clone();
            let diagnostic = self
                .report
                .at(&UNEXPECTED_TOKEN, &place, format!("the list of `{section}` stands in square brackets"))
                .help(format!("write `{section} = [...]`"));
            self.report.push(diagnostic);
        }
        let place = if section == "Rules" { Place::Rules } else { Place::Analyzers };
        self.at = bracket + 1;
        let TokenKind::Open(open) = self.tokens[bracket].kind else { return None };
        self.has_rules = true;
        let items = self.items(place, Some((bracket, fault::closing(open))));
        let end = self.tokens[..self.at].last().map_or(keyword.end, |token| token.at.end);
        let span = self.report.span(&(keyword.start..end));
        let keyword = self.report.span(&keyword);
        if place == Place::Rules {
            return Some(PartKind::Rules(Section { keyword, items, span }));
        }
        let mut build = self.build(0);
        let items = items.into_iter().filter_map(|node| build.analyzer(node)).collect();
        Some(PartKind::Analyzers(Section { keyword, items, span }))
    }

    // ── Text outside of sections ────────────────────────────────────────────────────────────────────────────────

    fn stray(&mut self) -> Option<PartKind> {
        let start = self.at;
        let first = self.tokens[start].at.clone();
        if self.is_leftover() {
            self.at += 1;
            let message = format!("`{}` behind a section", self.text(start));
            let diagnostic = self.report.unportable(&first, message).help("remove it");
            let diagnostic = self.report.fix(diagnostic, "remove it", first, "", Safety::Safe);
            self.report.push(diagnostic);
            return None;
        }
        let is_rule = looks_like_rule_type(self.text(start)) && !self.is_equals(start + 1);
        if !is_rule {
            let mut end = start + 1;
            while end < self.tokens.len() && !self.begins_section(end) && !self.begins_constant(end) && !self.begins_rule(end) {
                end += 1;
            }
            self.at = end;
            let word = self.text(start).to_owned();
            let diagnostic = match self.kind(start) {
                Some(TokenKind::Close(_)) => {
                    let diagnostic = self
                        .report
                        .at(&UNCLOSED_BRACKET, &first, format!("`{word}` closes nothing"))
                        .here("no bracket is open here");
                    self.report.fix(diagnostic, "remove it", first.clone(), "", Safety::Unsafe)
                }
                _ if self.has_rules => self
                    .report
                    .at(&TEXT_AFTER_RULESET, &first, format!("text behind the ruleset: `{word}`"))
                    .note("AWS's parser ignores it without a word")
                    .help("remove it, or put it where it is read"),
                _ => self
                    .report
                    .at(&UNEXPECTED_TOKEN, &first, format!("unexpected `{word}`"))
                    .here("expected a section, such as `Rules = [...]`"),
            };
            self.report.push(diagnostic);
            return None;
        }
        let before = std::mem::take(&mut self.report.sink);
        let nodes = self.items(Place::Rules, None);
        let said: Sink = std::mem::replace(&mut self.report.sink, before);
        let end = self.tokens[..self.at].last().map_or(first.end, |token| token.at.end);
        let diagnostic: Diagnostic = self
            .report
            .at(&MISSING_SECTION, &first, "rules outside of a section")
            .here("`Rules = [` is missing before this")
            .help("put the rules into `Rules = [...]`");
        let edits = vec![(first.start..first.start, "Rules = [\n".to_owned()), (end..end, "\n]".to_owned())];
        let diagnostic = self.report.fix_all(diagnostic, "wrap them in `Rules = [...]`", edits, Safety::Unsafe);
        self.report.push(diagnostic);
        self.report.sink.append(said);
        Some(PartKind::Stray(nodes))
    }

    fn begins_constant(&self, index: usize) -> bool {
        self.tokens[index].breaks > 0 && self.kind(index) == Some(TokenKind::Word) && self.is_equals(index + 1)
    }

    fn range(&self, tokens: Range<usize>) -> Range<usize> {
        match (self.tokens.get(tokens.start), self.tokens[..tokens.end].last()) {
            (Some(first), Some(last)) if !tokens.is_empty() => first.at.start..last.at.end,
            _ => 0..0,
        }
    }

    fn build(&mut self, base: usize) -> Build<'_, 'a> {
        // The builder borrows only the reporter; the scan outlives both.
        Build { report: &mut *self.report, strings: &self.scan.strings, base }
    }
}
