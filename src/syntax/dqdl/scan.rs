//! The text before the grammar: foreign comments, quotes and white space become DQDL's own, byte for byte.
//!
//! In: the text as written. Out: a text of the same length in which every byte that was not touched is where it was,
//! and a list of what was touched. Linear; strings are read as AWS's lexer reads them (`\"` and `\\` are the escapes,
//! they may run over lines) unless [`Trust::Doubtful`] says that some quote must be missing.

use std::collections::BTreeMap;
use std::ops::Range;

/// How deeply brackets may nest: far beyond any real ruleset, and safe for the stack.
pub(super) const DEEPEST: usize = 64;

/// A text the grammar can read, and what had to be done to it.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// As long as the text that was scanned.
    pub(super) clean: String,
    /// In the order of the text.
    pub(super) findings: Vec<Finding>,
    /// What stands in the strings that could not be kept byte for byte, by the offset of their `"` in `clean`.
    pub(super) strings: BTreeMap<usize, String>,
    /// Whether some string has no end.
    pub(super) open_string: bool,
    /// The first bracket beyond [`DEEPEST`].
    pub(super) too_deep: Option<usize>,
}

/// Something that is not DQDL's, at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// Where.
    pub(super) at: Range<usize>,
    /// What.
    pub(super) kind: FindingKind,
}

/// What is not DQDL's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FindingKind {
    /// `-- text`
    DashComment,
    /// `// text`
    SlashComment,
    /// `/* text */`
    BlockComment,
    /// `# text` and then the end of the file
    LastComment,
    /// A carriage return.
    CarriageReturn,
    /// A byte order mark at the very start.
    ByteOrderMark,
    /// A space that is not U+0020.
    OtherSpace(char),
    /// `'text'`
    SingleQuotes,
    /// `“text”`
    CurlyQuotes,
    /// `` `text` ``
    Backticks,
    /// A string whose closing quote is missing; the place is the string up to where it should have ended.
    OpenString,
    /// A string whose opening quote is missing; the place is the word and its quote.
    LateQuote,
}

/// Whether quotes are taken as they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// A string goes to its next quote, as AWS's lexer has it.
    Trusting,
    /// The text did not parse: a quote with a word right behind it opens a string, so the one before lacks its end.
    Doubtful,
}

/// Reads the text once.
pub(super) fn scan(text: &str, trust: Trust) -> Scan {
    let mut scanner =
        Scanner { text, clean: text.as_bytes().to_vec(), at: 0, depth: 0, previous: 0, scan: Scan::default(), trust };
    scanner.run();
    let Scanner { clean, mut scan, .. } = scanner;
    scan.clean = String::from_utf8(clean).expect("whole characters were replaced by ASCII");
    scan
}

struct Scanner<'a> {
    text: &'a str,
    clean: Vec<u8>,
    at: usize,
    depth: usize,
    /// The last byte that was neither white space nor comment.
    previous: u8,
    scan: Scan,
    trust: Trust,
}

impl Scanner<'_> {
    fn run(&mut self) {
        while let Some(c) = self.text[self.at..].chars().next() {
            self.step(c);
        }
    }

    fn step(&mut self, c: char) {
        let rest = &self.text[self.at..];
        match c {
            '"' => self.string(),
            '#' => self.comment(FindingKind::LastComment),
            '-' if rest.starts_with("--") && !self.is_subtraction() => self.comment(FindingKind::DashComment),
            '/' if rest.starts_with("//") && self.previous != b':' => self.comment(FindingKind::SlashComment),
            '/' if rest.starts_with("/*") => self.block_comment(),
            '\r' => {
                let lone = !rest.starts_with("\r\n");
                self.blank(1, FindingKind::CarriageReturn);
                if lone {
                    self.clean[self.at - 1] = b'\n';
                }
            }
            '\u{feff}' if self.at == 0 => self.blank(c.len_utf8(), FindingKind::ByteOrderMark),
            '\'' => self.foreign_string(c, &['\''], FindingKind::SingleQuotes),
            '`' => self.foreign_string(c, &['`'], FindingKind::Backticks),
            '“' | '”' | '„' | '‟' | '«' | '»' => {
                self.foreign_string(c, &['”', '“', '‟', '«', '»', '"'], FindingKind::CurlyQuotes);
            }
            '‘' | '’' | '‚' | '‛' => self.foreign_string(c, &['’', '‘', '‛'], FindingKind::CurlyQuotes),
            ' ' | '\t' | '\n' => self.at += 1,
            c if c.is_whitespace() || is_invisible(c) => self.blank(c.len_utf8(), FindingKind::OtherSpace(c)),
            _ => self.plain(c),
        }
    }

    fn plain(&mut self, c: char) {
        match c {
            '(' | '[' | '{' => {
                self.depth += 1;
                if self.depth > DEEPEST && self.scan.too_deep.is_none() {
                    self.scan.too_deep = Some(self.at);
                }
            }
            ')' | ']' | '}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.previous = self.text.as_bytes()[self.at];
        self.at += c.len_utf8();
    }

    fn found(&mut self, at: Range<usize>, kind: FindingKind) {
        self.scan.findings.push(Finding { at, kind });
    }

    fn blank(&mut self, len: usize, kind: FindingKind) {
        let at = self.at..self.at + len;
        self.clean[at.clone()].fill(b' ');
        self.at = at.end;
        self.found(at, kind);
    }

    /// Whether `--` is a minus and a sign, as in `10 --5` (which AWS takes for 15), and not a comment.
    fn is_subtraction(&self) -> bool {
        if !(self.previous.is_ascii_digit() || self.previous == b')') {
            return false;
        }
        let line = self.text[self.at + 2..].lines().next().unwrap_or_default();
        let number = line.trim_start();
        let rest = number.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        rest.len() < number.len() && rest.trim_start().chars().next().is_none_or(|c| ",])+-*/".contains(c))
    }

    fn comment(&mut self, kind: FindingKind) {
        let start = self.at;
        let rest = &self.text[start..];
        let end = rest.find('\n').map_or(self.text.len(), |at| start + at);
        let is_own = kind == FindingKind::LastComment;
        let shown = start + self.text[start..end].trim_end_matches('\r').len();
        if !is_own {
            self.clean[start..end].fill(b' ');
            self.found(start..shown, kind);
        }
        if self.text[start..end].ends_with('\r') {
            if is_own {
                self.clean[end - 1] = b' ';
            }
            self.found(end - 1..end, FindingKind::CarriageReturn);
        }
        if is_own && end == self.text.len() {
            self.found(start..shown, FindingKind::LastComment);
        }
        self.at = end;
    }

    fn block_comment(&mut self) {
        let start = self.at;
        let end = self.text[start + 2..].find("*/").map_or(self.text.len(), |at| start + 2 + at + 2);
        for byte in &mut self.clean[start..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        self.found(start..end, FindingKind::BlockComment);
        self.at = end;
    }

    fn string(&mut self) {
        let start = self.at;
        if self.trust == Trust::Doubtful && self.late_quote(start) {
            return;
        }
        let end = closing_quote(self.text, start + 1);
        let follows_word = end.is_some_and(|end| self.text[end + 1..].chars().next().is_some_and(is_word));
        match (end, self.trust) {
            (Some(end), Trust::Trusting) => self.take_string(end),
            (Some(end), Trust::Doubtful) if !follows_word => self.take_string(end),
            (None, Trust::Trusting) => {
                self.scan.open_string = true;
                self.at = self.text.len();
            }
            (end, Trust::Doubtful) => self.open_string(start, start + 1, end),
        }
    }

    fn take_string(&mut self, end: usize) {
        self.previous = b'"';
        self.at = end + 1;
    }

    /// `order_id"`: the opening quote is missing.
    fn late_quote(&mut self, at: usize) -> bool {
        let word = self.text[..at].chars().rev().take_while(|c| is_word(*c)).map(char::len_utf8).sum::<usize>();
        let closes_something = closing_quote(self.text, at + 1)
            .is_some_and(|end| !self.text[at..end].contains('\n') && !self.text[end + 1..].starts_with(is_word));
        if word == 0 || closes_something {
            return false;
        }
        self.clean[at] = b' ';
        self.found(at - word..at + 1, FindingKind::LateQuote);
        self.at = at + 1;
        true
    }

    /// The string's end is missing: it ends where its line or the next string does, closing signs left out.
    fn open_string(&mut self, start: usize, content: usize, next_quote: Option<usize>) {
        let line = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at);
        let limit = next_quote.map_or(line, |quote| quote.min(line));
        let inside = before_the_rest(&self.text[content..limit]);
        let kept = inside.trim_end_matches(|c: char| c.is_whitespace() || ",;:])}=([{".contains(c));
        let end = content + kept.len();
        self.found(start..end, FindingKind::OpenString);
        self.keep_string(start, start..end, kept);
        self.at = end;
        self.previous = b'"';
    }

    fn foreign_string(&mut self, open: char, closing: &[char], kind: FindingKind) {
        let start = self.at;
        let from = start + open.len_utf8();
        let line = self.text[from..].find('\n').map_or(self.text.len(), |at| from + at);
        let Some((at, close)) = self.text[from..line].char_indices().find(|(_, c)| closing.contains(c)) else {
            match self.trust {
                Trust::Trusting => self.plain(open),
                Trust::Doubtful => self.open_string(start, from, None),
            }
            return;
        };
        let (inside, end) = (&self.text[from..from + at], from + at + close.len_utf8());
        let raw = inside.replace('"', "\\\"");
        self.found(start..end, kind);
        self.keep_string(start, start..end, &raw);
        self.at = end;
        self.previous = b'"';
    }

    /// Puts a string of that content over a range; the content is kept aside where the range cannot hold it.
    fn keep_string(&mut self, quote: usize, range: Range<usize>, raw: &str) {
        let bytes = &mut self.clean[range];
        if bytes.len() < 2 {
            bytes.fill(b' ');
            return;
        }
        bytes.fill(b'_');
        bytes[0] = b'"';
        let last = bytes.len() - 1;
        bytes[last] = b'"';
        self.scan.strings.insert(quote, raw.to_owned());
    }
}

/// A text without end, up to where the rest of its rule seems to begin: behind a `)` that closes more than the text opens,
/// before a threshold, before a `where` whose condition is the next text.
fn before_the_rest(inside: &str) -> &str {
    let mut depth = 0_usize;
    let surplus = inside.char_indices().find_map(|(at, c)| {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return Some(at),
            ')' => depth -= 1,
            _ => {}
        }
        None
    });
    let joins = |at: &usize| {
        let rest = inside[at + 1..].trim_start();
        rest.starts_with("and ") || rest.starts_with("or ")
    };
    let inside = &inside[..surplus.filter(joins).unwrap_or(inside.len())];
    let inside = inside.find(" with threshold ").map_or(inside, |at| &inside[..at]);
    inside.trim_end().strip_suffix(" where").unwrap_or(inside)
}

/// The offset of the quote that ends a string whose content begins at `from`.
fn closing_quote(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    None
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '.'
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}' | '\u{feff}' | '\u{0c}' | '\u{0b}' | '\0')
}
