//! The parser's errors in the user's words: what is wrong, at which token, what to do.

use granit_parser::{ErrorKind, ScanError};

use crate::diag::codes::spec::{YAML_SYNTAX, YAML_TOO_LARGE};
use crate::diag::{Diagnostic, Safety};
use crate::source::{FileId, Span};

/// What to say about `error`. `open`: the bracket of the innermost open flow collection; `last`: the scalar before the fault.
pub(super) fn diagnostic(file: FileId, text: &str, error: &ScanError, open: Option<usize>, last: Option<Span>) -> Diagnostic {
    let at = floor(text, error.marker().byte_offset().unwrap_or(0));
    let spot = Spot { file, text, at };
    if let Some(open) = open
        && at_or_left_of(text, at, open)
    {
        return spot.unclosed_bracket(open);
    }
    let kind = error.kind();
    let (message, here, help) = match kind {
        ErrorKind::RecursionLimitExceeded => {
            return Diagnostic::new(&YAML_TOO_LARGE, spot.token(), "too many levels of nesting").here("one level too deep");
        }
        ErrorKind::MappingValueNotAllowed => return spot.second_colon(last),
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => return spot.unclosed_quote(),
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidLowSurrogateHexEscape
        | ErrorKind::InvalidLowSurrogate
        | ErrorKind::MissingLowSurrogate
        | ErrorKind::UnpairedLowSurrogate
        | ErrorKind::InvalidUnicodeEscape => return spot.bad_escape(),
        ErrorKind::UnexpectedCharacter { .. } => return spot.reserved_character(),
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => return spot.tab(),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            return spot.no_key(spot.line(), "indent the line if it continues the value above");
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            let message = format!("`{open}` is closed by `{close}`");
            return Diagnostic::new(&YAML_SYNTAX, spot.characters(1), message).here("opened here");
        }
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping => return spot.unclosed_bracket(open.unwrap_or(at)),
        ErrorKind::MisplacedFlowCollectionEnd => {
            ("a closing bracket without its opening one", "nothing to close", "remove it, or put the value in quotes")
        }
        ErrorKind::ExpectedFlowMappingSeparator => ("expected `,` or `}`", "", "separate the entries of a map with commas"),
        ErrorKind::ExpectedFlowSequenceSeparator => ("expected `,` or `]`", "", "separate the items of a list with commas"),
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => (
            "this line is indented like no line above it",
            "expected a key of an open map",
            "indent it like the keys it belongs to",
        ),
        ErrorKind::ExpectedBlockSequenceEntry => (
            "expected another `- ` item of the list",
            "neither an item nor less indented",
            "begin it with `- `, or indent it as part of the item above",
        ),
        ErrorKind::BlockSequenceEntryNotAllowed | ErrorKind::BlockEntryInFlowCollection => (
            "a list item cannot stand here",
            "`- ` begins an item",
            "put the list on lines of its own below the key, or put the text in quotes",
        ),
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            ("text after a closing quote", "expected the end of the value", "put the whole value in one pair of quotes")
        }
        ErrorKind::InvalidBlockScalarHeader | ErrorKind::ZeroBlockScalarIndent => {
            ("text after `|` or `>`", "expected the end of the line", "begin the text on the next line, indented")
        }
        ErrorKind::InvalidBlockScalarIndent => (
            "a line of the text block is indented less than its first line",
            "",
            "indent all lines of the block at least as deep as the first",
        ),
        ErrorKind::InvalidQuotedScalarIndent | ErrorKind::InvalidFlowScalarIndent => {
            ("a continued value is not indented", "", "indent it deeper than its key")
        }
        ErrorKind::CommentNotSeparated => {
            ("a comment needs a blank before `#`", "", "put a blank before it, or the value in quotes")
        }
        ErrorKind::CommentInterceptedScalar => ("a comment in the middle of a value", "", "move the comment above the value"),
        ErrorKind::MissingAnchorOrAliasName => {
            ("`*` or `&` without a name", "", "text that begins with `*` or `&` must be put in quotes")
        }
        ErrorKind::MappingKeyNotAllowed => ("a key cannot stand here", "", "put it on a line of its own"),
        ErrorKind::BomInsideDocument => ("a byte order mark in the middle of the file", "", "remove it"),
        // A file's directives, tags and the like: nobody writes them into a pipeline by intent.
        _ => ("this is not valid YAML", "", ""),
    };
    let mut diagnostic = Diagnostic::new(&YAML_SYNTAX, spot.token(), message).here(here);
    if !help.is_empty() {
        diagnostic = diagnostic.help(help);
    } else if message == "this is not valid YAML" {
        diagnostic = diagnostic.note(format!("the YAML parser says: {kind}"));
    }
    diagnostic
}

/// The place of an error.
struct Spot<'a> {
    file: FileId,
    text: &'a str,
    at: usize,
}

impl Spot<'_> {
    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end)
    }

    /// The next `count` characters.
    fn characters(&self, count: usize) -> Span {
        let len = self.text[self.at..].chars().take(count).map(char::len_utf8).sum::<usize>();
        self.span(self.at, self.at + len)
    }

    /// The word at the error, or the last character of the file.
    fn token(&self) -> Span {
        let rest = &self.text[self.at..];
        let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
        if word > 0 {
            return self.span(self.at, self.at + word);
        }
        if rest.trim().is_empty() {
            let end = self.text.trim_end().len();
            let start = self.text[..end].char_indices().next_back().map_or(end, |(at, _)| at);
            return self.span(start, end);
        }
        self.characters(1)
    }

    /// From the error to the end of its line, without white space.
    fn line(&self) -> Span {
        let start = self.at + self.text[self.at..].len() - self.text[self.at..].trim_start().len();
        let rest = &self.text[start..];
        let line = rest.split(['\n', '\r']).next().unwrap_or(rest);
        self.span(start, start + line.trim_end().len())
    }

    fn unclosed_bracket(&self, open: usize) -> Diagnostic {
        let bracket = &self.text[open..(open + 1).min(self.text.len())];
        let close = if bracket == "{" { "}" } else { "]" };
        let mut diagnostic =
            Diagnostic::new(&YAML_SYNTAX, self.span(open, open + bracket.len()), format!("this `{bracket}` is never closed"))
                .here(format!("no `{close}` for it"))
                .help(format!("add `{close}`; put text that begins with `{bracket}` in quotes"));
        let stopped = self.token();
        if !self.text[self.at..].trim().is_empty() {
            diagnostic = diagnostic.also(stopped, "the next line begins before it is closed");
        }
        diagnostic
    }

    /// `a: b: c`, or a map indented under a scalar.
    fn second_colon(&self, last: Option<Span>) -> Diagnostic {
        let last = last.filter(|last| last.file == self.file && (last.start as usize) < self.at && last.end as usize <= self.at);
        let Some(last) = last else {
            return Diagnostic::new(&YAML_SYNTAX, self.characters(1), "a `:` cannot stand here").help("put the value in quotes");
        };
        let value = &self.text[last.range()];
        let Some(newline) = value.rfind('\n') else {
            let start = last.start as usize;
            let line = &self.text[start..self.line().end as usize];
            let whole = line.split(" #").next().unwrap_or(line).trim_end();
            let end = start + whole.len();
            return Diagnostic::new(&YAML_SYNTAX, self.characters(1), "a second `:` in one line")
                .here("a plain value cannot hold `: `")
                .help("put the value in quotes, or its keys on lines of their own")
                .fix(
                    "put the value in quotes",
                    self.span(start, end),
                    format!("'{}'", whole.replace('\'', "''")),
                    Safety::Unsafe,
                );
        };
        let line_start = self.text[..last.start as usize].rfind('\n').map_or(0, |newline| newline + 1);
        if self.text[line_start..last.start as usize].trim().is_empty() {
            let first_line = value.split(['\n', '\r']).next().unwrap_or(value).trim_end();
            let span = self.span(last.start as usize, last.start as usize + first_line.len());
            return self.no_key(span, "indent the lines below if they continue it");
        }
        let key = last.start as usize + newline + 1 + value[newline + 1..].len() - value[newline + 1..].trim_start().len();
        let first_line = value.split(['\n', '\r']).next().unwrap_or(value);
        if let Some(diagnostic) = self.outdented(line_start, key) {
            return diagnostic;
        }
        Diagnostic::new(&YAML_SYNTAX, self.span(key, self.at), "this key is indented deeper than the keys above it")
            .here("read as a part of the value above")
            .also(self.span(last.start as usize, last.start as usize + first_line.trim_end().len()), "this value")
            .help("indent it like its neighbours")
    }

    /// A line that is no `key: value`: perhaps only the blank behind its `:` is missing.
    fn no_key(&self, line: Span, otherwise: &str) -> Diagnostic {
        let written = &self.text[line.range()];
        let key = written.len() - written.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_').len();
        let is_key = key > 0 && written[key..].starts_with(':') && !written[key + 1..].starts_with(['/', '\\']);
        if !is_key || written.len() == key + 1 {
            return Diagnostic::new(&YAML_SYNTAX, line, "expected `key: value`")
                .here("no `: ` on this line")
                .help(format!("add `: ` and a value, or {otherwise}"));
        }
        let colon = line.start as usize + key;
        let after = self.span(colon + 1, colon + 1);
        Diagnostic::new(&YAML_SYNTAX, self.span(colon, colon + 1), "a blank is missing behind this `:`")
            .here("read as a part of the word")
            .help(format!("write `{}: {}`", &written[..key], &written[key + 1..]))
            .fix("insert a blank", after, " ", Safety::Safe)
    }

    /// A key left of its neighbours: two lines around it are indented alike, and deeper. `line`: where its line begins; `next`: the
    /// key of the line below.
    fn outdented(&self, line: usize, next: usize) -> Option<Diagnostic> {
        let indent = |text: &str| text.len() - text.trim_start_matches(' ').len();
        let is_line = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
        let next_line = self.text[..next].rfind('\n').map_or(0, |newline| newline + 1);
        let (here, below) = (indent(&self.text[line..]), next - next_line);
        let above = self.text[..line].lines().rev().find(is_line)?;
        let behind = self.text[next..].lines().skip(1).find(is_line);
        let is_neighbour = match above.trim_end().ends_with(':') {
            true => indent(above) < here && behind.is_some_and(|behind| indent(behind) == below),
            false => indent(above) == below,
        };
        if here >= below || !is_neighbour {
            return None;
        }
        let start = line + here;
        let key = self.text[start..].find([':', '\n']).unwrap_or(0);
        let missing = match below - here {
            1 => "a blank".to_owned(),
            count => format!("{count} blanks"),
        };
        let diagnostic = Diagnostic::new(&YAML_SYNTAX, self.span(start, start + key), "this key stands left of its neighbours")
            .here(format!("{missing} too few"))
            .also(self.span(next, self.at), "they begin here")
            .help("indent it like them");
        Some(diagnostic.fix(format!("insert {missing}"), self.span(start, start), " ".repeat(below - here), Safety::Unsafe))
    }

    fn unclosed_quote(&self) -> Diagnostic {
        let quote = &self.text[self.at..self.characters(1).end as usize];
        let help = match quote {
            "'" => "close it; a single quote inside of single quotes is written twice: `''`",
            _ => "close it; a double quote inside of double quotes is written `\\\"`",
        };
        let diagnostic = Diagnostic::new(&YAML_SYNTAX, self.line(), "a quote is never closed");
        diagnostic.here(format!("no closing {}", name_of(quote))).help(help)
    }

    /// The string begins at the error: the escape is somewhere in it.
    fn bad_escape(&self) -> Diagnostic {
        let rest = &self.text[self.at..];
        let mut characters = rest.char_indices();
        while let Some((offset, character)) = characters.next() {
            if character != '\\' {
                continue;
            }
            let Some((_, letter)) = characters.next() else { break };
            let digits = match letter {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                _ if "0abt\tnvfre \"/\\N_LP\r\n".contains(letter) => continue,
                _ => 0,
            };
            let begin = offset + 1 + letter.len_utf8();
            let found: usize = rest[begin..].bytes().take(digits).take_while(u8::is_ascii_hexdigit).count();
            let code = u32::from_str_radix(&rest[begin..begin + found], 16).ok().and_then(char::from_u32);
            if digits > 0 && found == digits && code.is_some() {
                continue;
            }
            let span = self.span(self.at + offset, self.at + begin + found);
            let escape = &self.text[span.range()];
            let diagnostic = Diagnostic::new(&YAML_SYNTAX, span, format!("`{escape}` is no escape of a double-quoted string"));
            return match digits {
                0 => diagnostic.help("write the backslash twice, or use single quotes, in which nothing is escaped").fix(
                    "write the backslash twice",
                    self.span(self.at + offset, self.at + offset + 1),
                    "\\\\",
                    Safety::Unsafe,
                ),
                digits => diagnostic.help(format!("`\\{letter}` needs {digits} hexadecimal digits of a character")),
            };
        }
        Diagnostic::new(&YAML_SYNTAX, self.line(), "an escape of a double-quoted string that YAML does not know")
    }

    fn reserved_character(&self) -> Diagnostic {
        let span = self.characters(1);
        let character = &self.text[span.range()];
        let line = self.line();
        let message = format!("a plain value cannot begin with {}", name_of(character));
        let diagnostic = Diagnostic::new(&YAML_SYNTAX, span, message).help("put the value in quotes");
        if character.chars().any(|c| c.is_control() || c == '\u{feff}') {
            return Diagnostic::new(&YAML_SYNTAX, span, "a character that a YAML file cannot hold").help("remove it");
        }
        let value = self.text[line.range()].split(" #").next().unwrap_or_default().trim_end();
        let span = self.span(self.at, self.at + value.len());
        diagnostic.fix("put the value in quotes", span, format!("'{}'", value.replace('\'', "''")), Safety::Unsafe)
    }

    /// The first tab of an indentation behind the error.
    fn next_tab(&self) -> Option<usize> {
        let rest = &self.text[self.at..];
        rest.match_indices('\n').find_map(|(newline, _)| {
            let line = &rest[newline + 1..];
            let blanks = line.len() - line.trim_start_matches(' ').len();
            line[blanks..].starts_with('\t').then_some(self.at + newline + 1 + blanks)
        })
    }

    fn tab(&self) -> Diagnostic {
        // The error may be after the tabs or at them.
        let before = &self.text[..self.at];
        let start = before.len() - (before.len() - before.trim_end_matches('\t').len());
        let tabs_at = |at: usize| self.text[at..].len() - self.text[at..].trim_start_matches('\t').len();
        // The parser may have stopped at the value above the line whose indentation has the tab.
        let start = if tabs_at(start) == 0 { self.next_tab().unwrap_or(start) } else { start };
        let tabs = tabs_at(start);
        if tabs == 0 {
            return Diagnostic::new(&YAML_SYNTAX, self.token(), "a tab cannot stand here").help("use blanks");
        }
        Diagnostic::new(&YAML_SYNTAX, self.span(start, start + tabs), "a tab cannot indent")
            .here("a tab")
            .help("indent with blanks")
            .fix("replace with blanks", self.span(start, start + tabs), "  ".repeat(tabs), Safety::Unsafe)
    }
}

/// Whether the line of `at` begins at the column of the line of `open`, or left of it, and is a later line.
fn at_or_left_of(text: &str, at: usize, open: usize) -> bool {
    let indent = |offset: usize| {
        let start = text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
        let line = &text[start..];
        (start, line.len() - line.trim_start_matches(' ').len())
    };
    let ((open_line, open_indent), (line, here)) = (indent(open), indent(at));
    line > open_line && (here <= open_indent || text[at..].trim().is_empty())
}

/// A quote or bracket as it can be named in a message in backticks.
fn name_of(character: &str) -> String {
    match character {
        "`" => "a backtick".to_owned(),
        "\"" => "`\"`".to_owned(),
        other => format!("`{other}`"),
    }
}

fn floor(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
