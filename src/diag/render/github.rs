//! Workflow commands of GitHub Actions: annotations at the lines of a pull request.

use super::{file_name, paragraph, place};
use crate::diag::{Diagnostic, Severity};
use crate::source::SourceMap;

/// Renders the diagnostics, a `::error file=…::message` line each.
pub fn render(diagnostics: &[Diagnostic], map: &SourceMap) -> String {
    diagnostics.iter().map(|diagnostic| line(diagnostic, map) + "\n").collect()
}

fn line(diagnostic: &Diagnostic, map: &SourceMap) -> String {
    let command = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "notice",
    };
    let title = format!("{} {}", diagnostic.code.number, diagnostic.code.name);
    let mut properties = Vec::new();
    if let Some(span) = place(diagnostic) {
        let (start, end) = (map.start(span), map.end(span));
        properties.push(format!("file={}", property(&file_name(map, span))));
        properties.push(format!("line={},endLine={}", start.line, end.line));
        // GitHub refuses columns of an annotation that spans lines.
        if start.line == end.line {
            properties.push(format!("col={},endColumn={}", start.column, end.column));
        }
    }
    properties.push(format!("title={}", property(&title)));
    format!("::{command} {}::{}", properties.join(","), data(&paragraph(diagnostic)))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
