//! What may be written at a place: everything that has a name there.
//!
//! The text at a cursor is half written and seldom parses. So a word that stands nowhere else is put where the cursor is, with
//! what may be missing behind it; of the texts that parse then, the tree says exactly where the word is and what may stand there.

mod dqdl;
mod marker;
mod settings;
mod sql;

use std::path::Path;

use super::Analysis;
use crate::source::FileId;

/// Something that can be written at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The word.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// What it is, in a few words.
    pub detail: String,
    /// What it does, as Markdown; may be empty.
    pub documentation: String,
    /// What is written: a snippet with places `${1:…}`.
    pub snippet: String,
}

/// What a completion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompletionKind {
    /// A setting.
    Setting,
    /// A word of a list.
    Word,
    /// A type of node.
    Type,
    /// A node.
    Node,
    /// An output of a node.
    Port,
    /// A column.
    Column,
    /// A data set or a table.
    Table,
    /// A ruleset.
    Ruleset,
    /// A rule type.
    RuleType,
    /// A variable, a template, a constant.
    Variable,
    /// A function.
    Function,
    /// A keyword.
    Keyword,
}

impl Completion {
    /// A word that is written as it is.
    fn word(label: impl Into<String>, kind: CompletionKind, detail: impl Into<String>) -> Self {
        let label = label.into();
        let snippet = escaped(&label);
        Self { label, kind, detail: detail.into(), documentation: String::new(), snippet }
    }

    /// The same with a longer text about it.
    fn about(mut self, documentation: impl Into<String>) -> Self {
        self.documentation = documentation.into();
        self
    }

    /// The same, written otherwise.
    fn written(mut self, snippet: impl Into<String>) -> Self {
        self.snippet = snippet.into();
        self
    }
}

/// A text in a snippet, in which `$`, `}` and `\` mean something.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '$' | '}' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// What may be written at a byte of a text. The analysis may be of an earlier text: its names count, not its places.
pub fn complete(analysis: &Analysis, path: &Path, text: &str, offset: usize) -> Vec<Completion> {
    let Some(before) = text.get(..offset) else { return Vec::new() };
    let mut found = if path.extension().is_some_and(|extension| extension == "dqdl") {
        dqdl::complete(before, &dqdl::uses_of_file(analysis, path))
    } else {
        // What is missing least comes first: what stands there then is most likely meant.
        let all = marker::trees(text, offset).map(|tree| settings::complete(analysis, &tree));
        all.into_iter().find(|found| !found.is_empty()).unwrap_or_default()
    };
    let mut seen: Vec<(String, CompletionKind)> = Vec::new();
    found.retain(|completion| {
        let key = (completion.label.clone(), completion.kind);
        let new = !seen.contains(&key);
        seen.push(key);
        new
    });
    found
}

/// The bytes before a place that are a part of the word which is being written there.
pub fn prefix(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or_default();
    let word = before.chars().rev().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == '-');
    word.map(char::len_utf8).sum()
}

/// The file that completions of a text without a file stand in.
const NO_FILE: FileId = FileId(u32::MAX);
