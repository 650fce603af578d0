//! `file:line:col: severity[code]: message`, a line a diagnostic: what problem matchers and `grep` read.

use super::{file_name, place};
use crate::diag::Diagnostic;
use crate::source::SourceMap;

/// Renders the diagnostics, a line each. One without a place begins at `severity[code]`.
pub fn render(diagnostics: &[Diagnostic], map: &SourceMap) -> String {
    diagnostics.iter().map(|diagnostic| line(diagnostic, map) + "\n").collect()
}

fn line(diagnostic: &Diagnostic, map: &SourceMap) -> String {
    let message = diagnostic.message.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = format!("{}[{}]: {message}", diagnostic.severity.name(), diagnostic.code.number);
    let Some(span) = place(diagnostic) else { return text };
    let start = map.start(span);
    format!("{}:{}:{}: {text}", file_name(map, span), start.line, start.column)
}
