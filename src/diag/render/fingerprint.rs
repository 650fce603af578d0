//! What makes a diagnostic the same one after an edit elsewhere in its file: its code and the text of its line, not the line's number.

use std::collections::HashMap;

use super::{file_name, place};
use crate::diag::Diagnostic;
use crate::source::SourceMap;

/// Hexadecimal digits of a fingerprint that are kept: enough for any number of messages.
const DIGITS: usize = 32;

/// A fingerprint of each diagnostic, in their order: `hash:n` for the n-th of those that are alike.
pub(super) fn fingerprints(diagnostics: &[Diagnostic], map: &SourceMap) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    diagnostics
        .iter()
        .map(|diagnostic| {
            let hash = hash(diagnostic, map);
            let count = seen.entry(hash.clone()).or_default();
            *count += 1;
            format!("{hash}:{count}")
        })
        .collect()
}

fn hash(diagnostic: &Diagnostic, map: &SourceMap) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |part: &str| {
        hasher.update(part.as_bytes());
        hasher.update(&[0]);
    };
    add(diagnostic.code.number);
    match place(diagnostic) {
        Some(span) => {
            let text = &map.file(span.file).text;
            let start = text[..span.range().start.min(text.len())].rfind('\n').map_or(0, |at| at + 1);
            let line = text[start..].lines().next().unwrap_or("");
            add(&file_name(map, span));
            add(&line.split_whitespace().collect::<Vec<_>>().join(" "));
            add(map.text(span));
        }
        None => add(&diagnostic.message),
    }
    hasher.finalize().to_hex()[..DIGITS].to_owned()
}
