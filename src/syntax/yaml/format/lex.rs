//! Tokens: what the parser found, and the punctuation and comments that stand between.

use std::ops::Range;

use granit_parser::{Event, ScalarStyle};

use super::Said;

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// `# text`
    Comment,
    /// `%YAML 1.2`
    Directive,
    /// `---`
    DocumentStart,
    /// `...`
    DocumentEnd,
    /// `-`, `?`, `:`, `,`, `[`, `]`, `{`, `}`
    Mark(char),
    /// `&name` or `!tag`
    Property,
    /// A plain or quoted scalar, or an alias.
    Word,
    /// `|2-` with the lines below it.
    Block(Block),
}

/// A literal or folded scalar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// `|` or `>`
    pub(super) style: char,
    /// `-`, `+` or nothing
    pub(super) chomp: Option<char>,
    /// The comment in the line of the header.
    pub(super) comment: Option<Range<usize>>,
    /// The lines without their indentation.
    pub(super) lines: Vec<Range<usize>>,
}

/// A token with its place.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
    /// Characters of the line before it.
    pub(super) column: usize,
    /// Whether nothing but white space stands before it in its line.
    pub(super) first: bool,
    /// Whether a blank line stands before it.
    pub(super) blank: bool,
}

struct Lexer<'t, 'e> {
    text: &'t str,
    at: usize,
    /// A place of this line, its start or a token's, with the characters of the line before it.
    measured: (usize, usize),
    /// What the parser gives the places of, in order.
    words: std::iter::Peekable<std::vec::IntoIter<(Range<usize>, Kind)>>,
    /// The values of block scalars, in order.
    blocks: Box<dyn Iterator<Item = &'e str> + 'e>,
    tokens: Vec<Token>,
}

/// The tokens of a text; the place of what can be none as the error.
pub(super) fn lex(text: &str, events: &[Said<'_>]) -> Result<Vec<Token>, usize> {
    let blocks = events.iter().filter_map(|said| match &said.event {
        Event::Scalar(value, ScalarStyle::Literal | ScalarStyle::Folded, ..) => Some(value.as_ref()),
        _ => None,
    });
    let words = words(text, events).into_iter().peekable();
    let mut lexer = Lexer { text, at: 0, measured: (0, 0), words, blocks: Box::new(blocks), tokens: Vec::new() };
    while lexer.token()? {}
    Ok(lexer.tokens)
}

/// The comments among the tokens, as what is between `#` and the end of the line.
pub(super) fn comments(tokens: &[Token]) -> Vec<Range<usize>> {
    let of = |token: &Token| match &token.kind {
        Kind::Comment => Some(token.range.clone()),
        Kind::Block(block) => block.comment.clone(),
        _ => None,
    };
    tokens.iter().filter_map(of).collect()
}

fn words(text: &str, events: &[Said<'_>]) -> Vec<(Range<usize>, Kind)> {
    let mut words = Vec::new();
    for said in events {
        words.extend(said.tag.clone().map(|range| (range, Kind::Property)));
        let kind = match &said.event {
            Event::Scalar(_, ScalarStyle::Literal | ScalarStyle::Folded, ..) => continue,
            Event::Scalar(..) | Event::Alias(_) | Event::UnresolvedAlias(_) if !said.range.is_empty() => Kind::Word,
            Event::Anchor(..) => Kind::Property,
            _ => continue,
        };
        let end = said.range.start + text[said.range.clone()].trim_end_matches([' ', '\t', '\n']).len();
        words.push((said.range.start..end, kind));
    }
    words.sort_by_key(|(range, _)| range.start);
    words
}

impl Lexer<'_, '_> {
    /// Reads a token; `false` at the end.
    fn token(&mut self) -> Result<bool, usize> {
        let space = self.text[self.at..].len() - self.text[self.at..].trim_start_matches([' ', '\t', '\n', '\u{feff}']).len();
        let breaks = self.text[self.at..self.at + space].matches('\n').count();
        if let Some(last) = self.text[self.at..self.at + space].rfind('\n') {
            self.measured = (self.at + last + 1, 0);
        }
        let first = breaks > 0 || self.at == 0;
        // Before the first token there is nothing that a blank line could part it from.
        let blank = breaks > 1 && self.at > 0;
        self.at += space;
        let start = self.at;
        let rest = &self.text[start..];
        let Some(character) = rest.chars().next() else { return Ok(false) };
        let (from, before) = self.measured;
        let column = before + self.text[from..start].chars().count();
        self.measured = (start, column);
        let (kind, end) = match self.words.peek() {
            Some((range, _)) if range.start < start => return Err(range.start),
            Some((range, kind)) if range.start == start => {
                let word = (kind.clone(), range.end);
                self.words.next();
                word
            }
            _ => self.between(character, rest, column)?,
        };
        if let Some(last) = self.text[start..end].rfind('\n') {
            self.measured = (start + last + 1, 0);
        }
        self.at = end;
        self.tokens.push(Token { kind, range: start..end, column, first, blank });
        Ok(true)
    }

    /// A token that the parser gives no place of.
    fn between(&mut self, character: char, rest: &str, column: usize) -> Result<(Kind, usize), usize> {
        let start = self.at;
        let line = start + rest.find('\n').unwrap_or(rest.len());
        let trimmed = start + self.text[start..line].trim_end().len();
        let is_marker = |marker: &str| column == 0 && is_marker(rest, marker);
        Ok(match character {
            '#' => (Kind::Comment, trimmed),
            '%' if column == 0 => (Kind::Directive, trimmed),
            '-' if is_marker("---") => (Kind::DocumentStart, start + 3),
            '.' if is_marker("...") => (Kind::DocumentEnd, start + 3),
            '-' | '?' | ':' | ',' | '[' | ']' | '{' | '}' => (Kind::Mark(character), start + 1),
            '|' | '>' => self.block(character, line)?,
            _ => return Err(start),
        })
    }

    /// A block scalar whose header ends at `line`.
    fn block(&mut self, style: char, line: usize) -> Result<(Kind, usize), usize> {
        let start = self.at;
        let value = self.blocks.next().ok_or(start)?;
        let header = &self.text[start..line];
        let comment = header.find('#').map(|at| start + at..start + header.trim_end().len());
        let said = &header[..header.find('#').unwrap_or(header.len())];
        let chomp = said.chars().find(|c| matches!(c, '-' | '+'));
        let below = self.text.get(line + 1..).unwrap_or("");
        let indent = indentation(below, value).ok_or(start)?;
        let (mut lines, mut at, mut end) = (Vec::new(), line + 1, line);
        for text in below.split_inclusive('\n') {
            let body = text.trim_end_matches('\n');
            let spaces = body.len() - body.trim_start_matches(' ').len();
            let ends_document = indent == 0 && (is_marker(body, "---") || is_marker(body, "..."));
            if (spaces < body.len() && spaces < indent) || ends_document {
                break;
            }
            let content = at + body.len().min(indent)..at + body.len();
            at += text.len();
            if !content.is_empty() || chomp == Some('+') {
                end = content.end;
            }
            lines.push(content);
        }
        if chomp != Some('+') {
            let kept = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
            lines.truncate(kept);
        }
        Ok((Kind::Block(Block { style, chomp, comment, lines }), end))
    }
}

/// How deep the lines of a block scalar are indented, told from the first line that both texts have.
fn indentation(below: &str, value: &str) -> Option<usize> {
    let spaces = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let has_text = |line: &&str| spaces(line) < line.len();
    match value.lines().find(has_text) {
        Some(shown) => spaces(below.lines().find(has_text)?).checked_sub(spaces(shown)),
        // Blanks alone: those of a line count if some are left of it.
        None => match value.lines().position(|line| !line.is_empty()) {
            Some(at) => below.lines().nth(at)?.len().checked_sub(value.lines().nth(at)?.len()),
            None => Some(usize::MAX),
        },
    }
}

/// Whether a line begins with `---` or `...` as a word of its own.
fn is_marker(line: &str, marker: &str) -> bool {
    line.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n']))
}
