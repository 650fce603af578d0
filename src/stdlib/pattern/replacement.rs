//! What a match is replaced by, in Java's words: `$1`, `${name}`, `\$`.

use std::ops::Range;

use super::{Fault, Pattern};

/// A replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Group(usize),
}

impl Replacement {
    /// Reads a replacement for what a pattern finds.
    pub fn new(java: &str, pattern: &Pattern) -> Result<Self, Fault> {
        let fault = |start: usize, end: usize, message: String| Fault { start, end, message };
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut chars = java.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some((_, c)) => text.push(c),
                    None => return Err(fault(at, at + 1, "a backslash at the end quotes nothing".to_owned())),
                },
                '$' => {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                    let rest = &java[at + 1..];
                    if let Some(named) = rest.strip_prefix('{') {
                        let Some(length) = named.find('}') else {
                            return Err(fault(at, java.len(), "a `{` without a `}`".to_owned()));
                        };
                        let name = &named[..length];
                        let Some((_, number)) = pattern.0.names.iter().find(|(known, _)| known == name) else {
                            return Err(fault(at, at + length + 3, format!("no group is named `{name}`")));
                        };
                        pieces.push(Piece::Group(*number));
                        (0..name.chars().count() + 2).for_each(|_| {
                            chars.next();
                        });
                        continue;
                    }
                    let Some(first) = rest.chars().next().and_then(|c| c.to_digit(10)) else {
                        return Err(fault(at, at + 1, "`$` needs the number of a group; a dollar as itself is `\\$`".to_owned()));
                    };
                    chars.next();
                    let mut number = first as usize;
                    if number > pattern.groups() {
                        return Err(fault(at, at + 2, format!("there is no group {number}")));
                    }
                    // More digits, as long as there is such a group.
                    while let Some(digit) = chars.peek().and_then(|(_, c)| c.to_digit(10)) {
                        let longer = number * 10 + digit as usize;
                        if longer > pattern.groups() {
                            break;
                        }
                        number = longer;
                        chars.next();
                    }
                    pieces.push(Piece::Group(number));
                }
                c => text.push(c),
            }
        }
        pieces.push(Piece::Text(text));
        if pattern.is_vague() && pieces.iter().any(|piece| matches!(piece, Piece::Group(1..))) {
            return Err(fault(0, java.len(), super::VAGUE.to_owned()));
        }
        Ok(Self(pieces))
    }

    /// Writes it for a match.
    pub fn write(&self, text: &str, groups: &[Option<Range<usize>>], out: &mut String) {
        for piece in &self.0 {
            match piece {
                Piece::Text(literal) => out.push_str(literal),
                Piece::Group(number) => {
                    if let Some(Some(found)) = groups.get(*number) {
                        out.push_str(&text[found.clone()]);
                    }
                }
            }
        }
    }
}
