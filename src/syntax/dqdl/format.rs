//! Canonical layout of a ruleset: what AWS's parser would reject is rewritten where that is safe, then every token is
//! set anew. The meaning stays; comments stay where they are.

use super::layout::layout;
use super::parse::{Dialect, parse};
use super::scan::{FindingKind, Trust, scan};
use crate::diag::{Diagnostic, Edit, Safety, Severity, Sink};
use crate::source::{EmbedMap, FileId};

/// Fixes can make room for others (a clause moved, then its comma): this many rounds are more than any text needs.
const MOST_ROUNDS: usize = 8;

/// The text in canonical layout; `None` if it has errors.
pub fn format(text: &str) -> Option<String> {
    let mut text = without_block_comments(text);
    for _ in 0..MOST_ROUNDS {
        let edits = safe_edits(diagnostics(&text)?);
        if edits.is_empty() {
            return layout(&text);
        }
        text = apply(&text, edits);
    }
    None
}

/// What is said about a text; `None` if it has errors.
fn diagnostics(text: &str) -> Option<Sink> {
    let mut sink = Sink::default();
    parse(text, &EmbedMap::file(FileId(0), text.len()), Dialect::Superset, &mut sink);
    (!sink.has_errors()).then_some(sink)
}

/// The edits that change nothing but the form, none of them overlapping another.
fn safe_edits(sink: Sink) -> Vec<Edit> {
    let is_safe = |diagnostic: &&Diagnostic| {
        diagnostic.severity != Severity::Error && diagnostic.fix.as_ref().is_some_and(|fix| fix.safety == Safety::Safe)
    };
    let mut taken: Vec<Edit> = Vec::new();
    for fix in sink.iter().filter(is_safe).filter_map(|diagnostic| diagnostic.fix.as_ref()) {
        let clashes =
            |edit: &Edit| taken.iter().any(|other| edit.span.start <= other.span.end && other.span.start <= edit.span.end);
        if !fix.edits.iter().any(clashes) {
            taken.extend(fix.edits.iter().cloned());
        }
    }
    taken.sort_by_key(|edit| edit.span.start);
    taken
}

fn apply(text: &str, edits: Vec<Edit>) -> String {
    let (mut result, mut at) = (String::with_capacity(text.len()), 0);
    for edit in edits {
        let range = edit.span.range();
        result.push_str(&text[at..range.start]);
        result.push_str(&edit.text);
        at = range.end;
    }
    result.push_str(&text[at..]);
    result
}

/// `/* a */` as lines that begin with `#`.
fn without_block_comments(text: &str) -> String {
    let scanned = scan(text, Trust::Trusting);
    let (mut result, mut at) = (String::with_capacity(text.len()), 0);
    for finding in scanned.findings.iter().filter(|finding| finding.kind == FindingKind::BlockComment) {
        result.push_str(&text[at..finding.at.start]);
        let inside = text[finding.at.clone()].trim_start_matches("/*").trim_end_matches("*/");
        for line in inside.lines().map(|line| line.trim().trim_start_matches('*').trim()).filter(|line| !line.is_empty()) {
            result.push_str(&format!("# {line}\n"));
        }
        at = finding.at.end;
    }
    result.push_str(&text[at..]);
    result
}
