//! GitLab's code quality report: what a merge request shows beside its lines.

use serde_json::{Value, json};

use super::fingerprint::fingerprints;
use super::{file_name, paragraph, place};
use crate::diag::{Diagnostic, Severity};
use crate::source::SourceMap;

/// What a diagnostic without a place is shown at: GitLab wants a file for each.
const NOWHERE: &str = "glue-compile.yaml";

/// Renders one array with an issue for each diagnostic, indented, with a newline at its end.
pub fn render(diagnostics: &[Diagnostic], map: &SourceMap) -> String {
    let prints = fingerprints(diagnostics, map);
    let issues: Vec<Value> = diagnostics.iter().zip(prints).map(|(diagnostic, print)| issue(diagnostic, &print, map)).collect();
    format!("{:#}\n", Value::Array(issues))
}

fn issue(diagnostic: &Diagnostic, fingerprint: &str, map: &SourceMap) -> Value {
    let (path, begin, end) = match place(diagnostic) {
        Some(span) => (file_name(map, span), map.start(span).line, map.end(span).line),
        None => (NOWHERE.to_owned(), 1, 1),
    };
    json!({
        "type": "issue",
        "check_name": format!("{} {}", diagnostic.code.number, diagnostic.code.name),
        "description": diagnostic.message,
        "content": { "body": paragraph(diagnostic) },
        "categories": ["Bug Risk"],
        "severity": match diagnostic.severity {
            Severity::Error => "critical",
            Severity::Warning => "minor",
            Severity::Hint => "info",
        },
        "fingerprint": fingerprint,
        "location": { "path": path, "lines": { "begin": begin, "end": end } },
    })
}
