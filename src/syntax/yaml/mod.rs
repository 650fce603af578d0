//! YAML 1.2 to a tree in which every key and every value knows its bytes.
//!
//! Text in, [`Node`] and diagnostics out. Anchors are expanded, merge keys merged, no key stands twice.
//! An alias has the span of its use; what is below it keeps the spans of its definition, so that a message
//! points at the token to change.

mod build;
pub mod format;
mod scalar;
mod syntax_error;
#[cfg(test)]
mod tests;

use granit_parser::{Event, Parser, ScanError};

use crate::diag::Sink;
use crate::source::{EmbedMap, FileId, Span, Text};

/// How deep collections may be nested, aliases expanded.
const MAX_DEPTH: usize = 128;

/// What the parser says of a text, for the tree and for the layout alike.
fn events(text: &str) -> impl Iterator<Item = Result<(Event<'_>, granit_parser::Span), ScanError>> {
    let mut options = granit_parser::options! {
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    options.set_emit_comments(false);
    Parser::new_from_str_with_options(text, options)
}

/// A value of a YAML document.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Where: a scalar's content without its quotes, a collection from its first to its last token.
    pub span: Span,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// A single value.
    Scalar(Scalar),
    /// `[a, b]` or `- a`
    List(Vec<Node>),
    /// `{a: b}` or `a: b`; merge keys are already merged in. No key stands twice.
    Map(Vec<Entry>),
}

/// A single value.
#[derive(Debug, Clone, PartialEq)]
pub struct Scalar {
    /// The text after YAML's unescaping and folding, mapped to its place.
    pub text: Text,
    /// How it was written.
    pub style: Style,
    /// What a plain scalar says by YAML 1.2's core schema; always `Str` for the other styles.
    pub value: ScalarValue,
}

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `abc`
    Plain,
    /// `"abc"` or `'abc'`
    Quoted,
    /// `|` or `>`
    Block,
}

/// What a scalar says.
#[derive(Debug, Clone, PartialEq)]
pub enum ScalarValue {
    /// `null`, `~` or nothing
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A whole number
    Int(i64),
    /// Any other number
    Float(f64),
    /// Text
    Str,
    /// Not known: an error was reported for it, and whoever reads it has nothing left to say.
    Reported,
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Text,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The value under a key of a map.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|entry| entry.key.value == key).map(|entry| &entry.value)
    }

    /// The entries of a map; none if it is something else.
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            NodeKind::Map(entries) => entries,
            NodeKind::Scalar(_) | NodeKind::List(_) => &[],
        }
    }

    /// `a string`, `a list` …, for messages.
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            NodeKind::List(_) => "a list",
            NodeKind::Map(_) => "a map",
            NodeKind::Scalar(scalar) => match scalar.value {
                ScalarValue::Null => "nothing",
                ScalarValue::Bool(_) => "a boolean",
                ScalarValue::Int(_) => "a whole number",
                ScalarValue::Float(_) => "a number",
                ScalarValue::Str | ScalarValue::Reported => "a string",
            },
        }
    }
}

/// Parses one document. A file without one is an empty scalar.
///
/// `None` if there is no tree that could be trusted (the reason was pushed): a syntax error, an unknown anchor,
/// YAML that is not supported. A duplicate key alone keeps the tree, with the first of the two.
pub fn parse(file: FileId, text: &str, sink: &mut Sink) -> Option<Node> {
    build::build(file, text, sink)
}

/// What a plain scalar says by the core schema.
pub fn plain_value(text: &str) -> ScalarValue {
    scalar::core_schema(text)
}

/// A plain scalar that says `text`, at a place where it does not stand byte for byte.
pub fn plain(text: &str, span: Span) -> Node {
    let scalar = Scalar {
        text: Text { value: text.to_owned(), map: EmbedMap::opaque(span) },
        style: Style::Plain,
        value: plain_value(text),
    };
    Node { kind: NodeKind::Scalar(scalar), span }
}
