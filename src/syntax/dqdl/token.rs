//! The tokens of a scanned text: for what looks at a text that the grammar could not read, and for the formatter.

use std::ops::Range;

/// A token and its bytes in the scanned text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: TokenKind,
    /// Where.
    pub(super) at: Range<usize>,
    /// How many line breaks stand before it since the last token.
    pub(super) breaks: usize,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A word or a number: `RowCount`, `0.5`, `order_id`
    Word,
    /// `"text"`
    String,
    /// `# text`, without its line break
    Comment,
    /// `(`, `[` or `{`
    Open(u8),
    /// `)`, `]` or `}`
    Close(u8),
    /// `,` or `;`
    Comma,
    /// `= != > >= < <= + - * / : $` and whatever else stands there
    Sign,
}

/// The tokens of a text, comments included.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let (mut tokens, mut at, mut breaks) = (Vec::new(), 0, 0);
    while at < bytes.len() {
        let start = at;
        let kind = match bytes[at] {
            b'\n' => {
                breaks += 1;
                at += 1;
                continue;
            }
            b' ' | b'\t' => {
                at += 1;
                continue;
            }
            b'#' => {
                at += text[at..].find('\n').unwrap_or(text.len() - at);
                TokenKind::Comment
            }
            b'"' => {
                at = string_end(bytes, at);
                TokenKind::String
            }
            open @ (b'(' | b'[' | b'{') => {
                at += 1;
                TokenKind::Open(open)
            }
            close @ (b')' | b']' | b'}') => {
                at += 1;
                TokenKind::Close(close)
            }
            b',' | b';' => {
                at += 1;
                TokenKind::Comma
            }
            _ => {
                let len = text[at..].chars().take_while(|c| is_word(*c)).map(char::len_utf8).sum::<usize>();
                at += if len == 0 { sign(&text[at..]) } else { len };
                if len == 0 { TokenKind::Sign } else { TokenKind::Word }
            }
        };
        tokens.push(Token { kind, at: start..at, breaks });
        breaks = 0;
    }
    tokens
}

fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn sign(rest: &str) -> usize {
    let two = ["!=", ">=", "<=", "==", "<>", "=>", "=<", "&&", "||"];
    if two.iter().any(|sign| rest.starts_with(sign)) { 2 } else { rest.chars().next().map_or(1, char::len_utf8) }
}

/// Whether a character can stand in an unquoted word.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '.'
}

/// Whether a word looks like a rule type: `RowCount`, `Mean`.
pub(super) fn looks_like_rule_type(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(|c| c.is_ascii_uppercase())
        && chars.next().is_some_and(|c| c.is_ascii_lowercase())
        && chars.all(|c| c.is_ascii_alphanumeric())
}
