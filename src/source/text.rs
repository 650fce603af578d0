//! A string of the user with the place it was written at.

use super::{EmbedMap, Span};

/// A string value, where it stands, and the map from its bytes to the file's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The value, after YAML's unescaping and after `${…}` was filled in.
    pub value: String,
    /// Where the value stands (the scalar's content, without its quotes).
    pub map: EmbedMap,
}

impl Text {
    /// A text that stands byte for byte at `span`.
    pub fn new(value: impl Into<String>, span: Span) -> Self {
        let value = value.into();
        let exact = value.len() == (span.end - span.start) as usize;
        let map = if exact { EmbedMap::shifted(span) } else { EmbedMap::opaque(span) };
        Self { value, map }
    }

    /// The whole text in its file.
    pub fn span(&self) -> Span {
        self.map.whole()
    }

    /// The value as a string slice.
    pub fn as_str(&self) -> &str {
        &self.value
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.value)
    }
}
