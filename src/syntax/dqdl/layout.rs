//! Sets the tokens of a ruleset anew: rules one a line, four spaces in, long lists wrapped.
//!
//! In: a text without anything foreign in it. Out: the same tokens. What is written depends on the tokens, on which
//! comments stand behind something, and on where a line was left blank; all three come out as they went in, so
//! laying out twice is laying out once.

use std::ops::Range;

use super::scan::{Trust, scan};
use super::token::{Token, TokenKind, tokens};

/// Lines are wrapped beyond this many characters.
const WIDEST: usize = 100;
/// One step of indentation.
const STEP: usize = 4;

/// The text in canonical layout; `None` if something in it is not DQDL's own.
pub(super) fn layout(text: &str) -> Option<String> {
    let scanned = scan(text, Trust::Trusting);
    if !scanned.findings.is_empty() || scanned.open_string {
        return None;
    }
    let tokens = tokens(text);
    let mut layout = Layout { text, tokens: &tokens, out: String::new() };
    layout.document();
    Some(layout.out)
}

struct Layout<'t> {
    text: &'t str,
    tokens: &'t [Token],
    out: String,
}

/// A token as it is set.
struct Piece<'t> {
    text: &'t str,
    /// Whether a space stands before it.
    spaced: bool,
    kind: TokenKind,
    /// Whether it stood on a line of its own (comments).
    alone: bool,
}

impl<'t> Layout<'t> {
    fn word(&self, index: usize) -> &'t str {
        self.tokens.get(index).map_or("", |token| &self.text[token.at.clone()])
    }

    fn kind(&self, index: usize) -> Option<TokenKind> {
        self.tokens.get(index).map(|token| token.kind)
    }

    fn is_comment(&self, index: usize) -> bool {
        self.kind(index) == Some(TokenKind::Comment)
    }

    // ── The document ────────────────────────────────────────────────────────────────────────────────────────────

    fn document(&mut self) {
        let mut at = 0;
        while at < self.tokens.len() {
            if self.is_comment(at) {
                self.comment(at, 0);
                at += 1;
                continue;
            }
            let end = self.part_end(at);
            let is_section = matches!(self.word(at), "Rules" | "Analyzers");
            let value = (at..end).find(|index| matches!(self.kind(*index), Some(TokenKind::Open(_)))).unwrap_or(end);
            self.begin_line(at, 0, is_section && !self.follows_comment(at));
            if is_section && value < end {
                self.section(at, value, end);
            } else {
                let pieces = self.pieces(at..end);
                self.set(&pieces, 0);
            }
            at = end;
        }
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    /// Whether the token before stands as a comment on the line above.
    fn follows_comment(&self, at: usize) -> bool {
        at > 0 && self.is_comment(at - 1) && self.tokens[at].breaks < 2
    }

    /// Behind a part: `name = value`.
    fn part_end(&self, start: usize) -> usize {
        let mut depth = 0_usize;
        let mut seen_equals = false;
        for index in start..self.tokens.len() {
            match self.tokens[index].kind {
                TokenKind::Open(_) => depth += 1,
                TokenKind::Close(_) => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return index + 1;
                    }
                }
                TokenKind::Sign if depth == 0 && self.word(index) == "=" => seen_equals = true,
                TokenKind::Word | TokenKind::String if depth == 0 && seen_equals => return index + 1,
                // `x = $y` has a sign before its value.
                TokenKind::Sign | TokenKind::Comment | TokenKind::Comma | TokenKind::Word | TokenKind::String => {}
            }
        }
        self.tokens.len()
    }

    /// Begins a line for the token: after a blank line if there was one, or if there must be one.
    fn begin_line(&mut self, at: usize, indent: usize, blank: bool) {
        if !self.out.is_empty() {
            self.out.push('\n');
            let opens = self.out.trim_end().ends_with('[');
            if (self.tokens[at].breaks > 1 || blank) && !opens {
                self.out.push('\n');
            }
        }
        self.out.push_str(&" ".repeat(indent));
    }

    fn comment(&mut self, at: usize, indent: usize) {
        let text = self.word(at).trim_end();
        if self.tokens[at].breaks == 0 && at > 0 {
            self.out.push(' ');
        } else {
            // The blank line before a section goes before the comments above it.
            let next = (at..self.tokens.len()).find(|index| !self.is_comment(*index)).unwrap_or(at);
            let is_first = at == 0 || !self.is_comment(at - 1) || self.tokens[at - 1].breaks == 0;
            let heads = (at + 1..=next).all(|index| self.tokens[index].breaks < 2);
            let is_section = indent == 0 && matches!(self.word(next), "Rules" | "Analyzers");
            self.begin_line(at, indent, is_section && is_first && heads);
        }
        self.out.push_str(text);
    }

    // ── Sections of rules ───────────────────────────────────────────────────────────────────────────────────────

    fn section(&mut self, start: usize, open: usize, end: usize) {
        self.out.push_str(self.word(start));
        self.out.push_str(" = [");
        for index in start + 1..open {
            if self.is_comment(index) {
                self.begin_line(index, STEP, false);
                self.out.push_str(self.word(index).trim_end());
            }
        }
        let (mut at, close) = (open + 1, end - 1);
        if at == close {
            self.out.push(']');
            return;
        }
        while at < close {
            if self.is_comment(at) {
                self.comment(at, STEP);
                at += 1;
                continue;
            }
            let item = self.item_end(at, close);
            self.begin_line(at, STEP, false);
            let pieces = self.pieces(at..item);
            self.set(&pieces, STEP);
            at = item;
            // Comments between a rule and its comma go behind the comma.
            let comma = (at..close).find(|index| !self.is_comment(*index));
            if let Some(comma) = comma {
                self.out.push(',');
                for index in at..comma {
                    self.comment(index, STEP);
                }
                at = comma + 1;
            }
        }
        self.out.push_str("\n]");
    }

    /// Behind the last token of an item (comments behind it belong to the list).
    fn item_end(&self, start: usize, close: usize) -> usize {
        let mut depth = 0_usize;
        let mut end = start;
        for index in start..close {
            match self.tokens[index].kind {
                TokenKind::Open(_) => depth += 1,
                TokenKind::Close(_) => depth = depth.saturating_sub(1),
                TokenKind::Comma if depth == 0 && !matches!(self.word(index + 1), "bins" | "rebin") => break,
                TokenKind::Comment => continue,
                TokenKind::Comma | TokenKind::Word | TokenKind::String | TokenKind::Sign => {}
            }
            end = index + 1;
        }
        end
    }

    // ── Within a line ───────────────────────────────────────────────────────────────────────────────────────────

    /// The tokens with their spacing.
    fn pieces(&self, range: Range<usize>) -> Vec<Piece<'t>> {
        let mut pieces: Vec<Piece<'t>> = Vec::with_capacity(range.len());
        let mut tight: Vec<bool> = Vec::new();
        let mut previous: Option<usize> = None;
        let mut before_previous: Option<usize> = None;
        for index in range.clone() {
            let token = &self.tokens[index];
            let spaced = previous.is_some_and(|previous| self.is_spaced(before_previous, previous, index, &tight));
            let alone = token.breaks > 0;
            pieces.push(Piece { text: self.word(index).trim_end(), spaced, kind: token.kind, alone });
            match token.kind {
                TokenKind::Comment => continue,
                TokenKind::Open(_) => {
                    let labels = previous.is_some_and(|previous| {
                        self.word(previous) == "=" && before_previous.is_some_and(|word| is_labels(self.word(word)))
                    });
                    tight.push(labels);
                }
                TokenKind::Close(_) => {
                    tight.pop();
                }
                TokenKind::Word | TokenKind::String | TokenKind::Comma | TokenKind::Sign => {}
            }
            before_previous = previous;
            previous = Some(index);
        }
        pieces
    }

    fn is_spaced(&self, before: Option<usize>, previous: usize, index: usize, tight: &[bool]) -> bool {
        let (left, right) = (self.word(previous), self.word(index));
        let in_labels = tight.last() == Some(&true);
        match (self.tokens[previous].kind, self.tokens[index].kind) {
            (_, TokenKind::Comma | TokenKind::Close(b']' | b')'))
            | (TokenKind::Open(b'[' | b'('), _)
            | (TokenKind::Open(_), TokenKind::Close(_)) => false,
            (_, _) if right == ":" || left == "$" => false,
            (_, _) if in_labels && (left == "=" || right == "=") => false,
            (_, _) if left == "labels" && right == "=" => false,
            (_, _) if left == "=" && before.is_some_and(|word| self.word(word) == "labels") => false,
            (_, _) if left == "!" && right == "=" => false,
            (TokenKind::Sign, _) if matches!(left, "-" | "+") => !self.is_unary(before),
            (TokenKind::Word, TokenKind::Open(b'(')) => is_keyword(left),
            _ => true,
        }
    }

    /// Whether the sign behind a token belongs to the number after it.
    fn is_unary(&self, before: Option<usize>) -> bool {
        let Some(before) = before else { return true };
        match self.tokens[before].kind {
            TokenKind::Word => is_keyword(self.word(before)),
            TokenKind::String | TokenKind::Close(_) => false,
            TokenKind::Open(_) | TokenKind::Comma | TokenKind::Sign | TokenKind::Comment => true,
        }
    }

    /// Writes pieces on the current line, and on more lines if they do not fit or a comment ends one.
    fn set(&mut self, pieces: &[Piece<'_>], indent: usize) {
        if pieces.iter().any(|piece| piece.kind == TokenKind::Comment) {
            self.set_with_comments(pieces, indent);
            return;
        }
        let line = joined(pieces);
        // One more for the comma behind it.
        if indent + width(&line) < WIDEST || line.contains('\n') {
            self.out.push_str(&line);
            return;
        }
        self.set_wrapped(pieces, indent);
    }

    fn set_with_comments(&mut self, pieces: &[Piece<'_>], indent: usize) {
        let break_line = format!("\n{}", " ".repeat(indent + STEP));
        let mut fresh = true;
        for piece in pieces {
            if piece.kind == TokenKind::Comment && piece.alone && !fresh {
                self.out.push_str(&break_line);
                fresh = true;
            }
            if !fresh && (piece.spaced || piece.kind == TokenKind::Comment) {
                self.out.push(' ');
            }
            self.out.push_str(piece.text);
            fresh = piece.kind == TokenKind::Comment;
            if fresh {
                self.out.push_str(&break_line);
            }
        }
    }

    /// Lists in square brackets go over lines of their own.
    fn set_wrapped(&mut self, pieces: &[Piece<'_>], indent: usize) {
        let mut at = 0;
        while at < pieces.len() {
            let piece = &pieces[at];
            if piece.spaced && at > 0 {
                self.out.push(' ');
            }
            self.out.push_str(piece.text);
            at += 1;
            if piece.kind != TokenKind::Open(b'[') {
                continue;
            }
            let close = at + closing(&pieces[at..]);
            if close > at + 1 {
                self.fill(&pieces[at..close], indent + STEP);
                self.out.push('\n');
                self.out.push_str(&" ".repeat(indent));
                self.out.push_str(pieces.get(close).map_or("", |close| close.text));
                at = close + 1;
            }
        }
    }

    /// The elements of a list, as many on a line as fit.
    fn fill(&mut self, pieces: &[Piece<'_>], indent: usize) {
        let mut column = usize::MAX;
        let mut depth = 0_usize;
        let mut start = 0;
        for (index, piece) in pieces.iter().enumerate() {
            match piece.kind {
                TokenKind::Open(_) => depth += 1,
                TokenKind::Close(_) => depth = depth.saturating_sub(1),
                TokenKind::Word | TokenKind::String | TokenKind::Comment | TokenKind::Comma | TokenKind::Sign => {}
            }
            let ends = index + 1 == pieces.len() || (piece.kind == TokenKind::Comma && depth == 0);
            if !ends {
                continue;
            }
            let element = joined(&pieces[start..=index]);
            start = index + 1;
            let width = width(&element);
            if column.saturating_add(1).saturating_add(width) > WIDEST {
                self.out.push('\n');
                self.out.push_str(&" ".repeat(indent));
                column = indent;
            } else {
                self.out.push(' ');
                column += 1;
            }
            self.out.push_str(&element);
            column += width;
        }
    }
}

/// The offset of the bracket that closes the one before the pieces.
fn closing(pieces: &[Piece<'_>]) -> usize {
    let mut depth = 0_usize;
    for (index, piece) in pieces.iter().enumerate() {
        match piece.kind {
            TokenKind::Open(_) => depth += 1,
            TokenKind::Close(_) if depth == 0 => return index,
            TokenKind::Close(_) => depth -= 1,
            TokenKind::Word | TokenKind::String | TokenKind::Comment | TokenKind::Comma | TokenKind::Sign => {}
        }
    }
    pieces.len()
}

fn joined(pieces: &[Piece<'_>]) -> String {
    let mut line = String::new();
    for piece in pieces {
        if piece.spaced && !line.is_empty() {
            line.push(' ');
        }
        line.push_str(piece.text);
    }
    line
}

fn width(line: &str) -> usize {
    line.chars().count()
}

fn is_labels(word: &str) -> bool {
    matches!(word, "labels" | "DefaultLabels")
}

/// Words that are no function before a bracket, and no value before a sign.
fn is_keyword(word: &str) -> bool {
    matches!(word, "and" | "AND" | "or" | "OR" | "of" | "OF" | "in" | "not" | "between" | "matches" | "with" | "where")
}
