//! Trees of a text with a word at the cursor that stands nowhere else.

use super::NO_FILE;
use crate::diag::Sink;
use crate::syntax::yaml::{self, Node};

/// The word.
pub(super) const MARKER: &str = "cursor9here7";

/// What may be missing behind the cursor, so that the text parses: a value, closing brackets, a quote.
const MISSING: &[&str] = &["", ": x", "]", "}", ": x}", "]}", "}]", ": x}]", "\"", "'", "\"]", "\"}", "'}", "\"}]", "'}]"];

/// The trees of all texts that parse, each with the word in it: first of the whole text, then without what stands below the
/// cursor's line, then without what stands behind the cursor.
pub(super) fn trees(text: &str, offset: usize) -> impl Iterator<Item = Node> {
    let (before, after) = text.split_at(offset);
    let line = after.find('\n').unwrap_or(after.len());
    [after, &after[..line], ""].into_iter().flat_map(move |after| with_marker(before, after))
}

fn with_marker(before: &str, after: &str) -> impl Iterator<Item = Node> {
    // What is missing stands behind the rest of the word.
    let word = after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len());
    let (word, rest) = after.split_at(word);
    MISSING.iter().filter_map(move |missing| parse(&format!("{before}{MARKER}{word}{missing}{rest}")))
}

fn parse(text: &str) -> Option<Node> {
    yaml::parse(NO_FILE, text, &mut Sink::default())
}

/// The part of a text before the word, if it is in it.
pub(super) fn before(text: &str) -> Option<&str> {
    text.find(MARKER).map(|at| &text[..at])
}
