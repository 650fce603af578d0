//! How diagnostics are shown: one file a format.

mod fingerprint;
pub mod github;
pub mod gitlab;
pub mod json;
pub mod junit;
pub mod oneline;
pub mod sarif;
mod summary;
pub mod terminal;

use std::path::Path;

use super::Diagnostic;
use crate::source::{SourceMap, Span};

pub use summary::summary;

/// A path as every format shows it: `/` between parts, no leading `./`.
pub fn shown_path(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    text.strip_prefix("./").map(str::to_owned).unwrap_or(text)
}

/// The place that a one-place format names: the primary label's, else the first label's.
fn place(diagnostic: &Diagnostic) -> Option<Span> {
    diagnostic.primary().or(diagnostic.labels.first()).map(|label| label.span)
}

/// A message and its helps as one paragraph, for formats that have room for one text only.
fn paragraph(diagnostic: &Diagnostic) -> String {
    let label = diagnostic.primary().map(|label| label.text.as_str()).filter(|text| !text.is_empty());
    std::iter::once(diagnostic.message.as_str())
        .chain(label)
        .chain(diagnostic.notes.iter().map(String::as_str))
        .chain(diagnostic.helps.iter().map(String::as_str))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The name of the file a span is in, as shown.
pub(crate) fn file_name(map: &SourceMap, span: Span) -> String {
    shown_path(&map.file(span.file).path)
}

#[cfg(test)]
mod tests;
