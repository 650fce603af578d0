//! SARIF 2.1.0: what code scanning services read.

use serde_json::{Value, json};

use super::{file_name, paragraph};
use crate::diag::{Code, Diagnostic, Edit, Label, Severity, codes};
use crate::source::{SourceMap, Span};

/// Renders one run with the diagnostics as results, indented, with a newline at its end.
pub fn render(diagnostics: &[Diagnostic], map: &SourceMap) -> String {
    let used: Vec<&Code> = codes::all().filter(|code| diagnostics.iter().any(|d| d.code == *code)).collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "glue-compile",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": used.iter().map(|code| rule(code)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": diagnostics.iter().map(|d| result(d, &used, map)).collect::<Vec<_>>(),
        }],
    });
    format!("{document:#}\n")
}

fn rule(code: &Code) -> Value {
    json!({
        "id": code.number,
        "name": code.name,
        "shortDescription": { "text": code.summary },
        "help": { "text": code.page, "markdown": code.page },
        "defaultConfiguration": { "level": level(code.severity) },
    })
}

fn result(diagnostic: &Diagnostic, used: &[&Code], map: &SourceMap) -> Value {
    let (primary, others): (Vec<_>, Vec<_>) = diagnostic.labels.iter().partition(|label| label.primary);
    let mut result = json!({
        "ruleId": diagnostic.code.number,
        "ruleIndex": used.iter().position(|code| *code == diagnostic.code),
        "level": level(diagnostic.severity),
        "message": { "text": paragraph(diagnostic) },
        "locations": primary.iter().map(|label| location(label, map)).collect::<Vec<_>>(),
    });
    if !others.is_empty() {
        result["relatedLocations"] = others.iter().map(|label| location(label, map)).collect();
    }
    if let Some(fix) = &diagnostic.fix {
        let changes: Vec<_> = fix.edits.iter().map(|edit| change(edit, map)).collect();
        result["fixes"] = json!([{ "description": { "text": fix.title }, "artifactChanges": changes }]);
    }
    result
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "note",
    }
}

fn location(label: &Label, map: &SourceMap) -> Value {
    let mut location = json!({
        "physicalLocation": { "artifactLocation": artifact(label.span, map), "region": region(label.span, map) },
    });
    if !label.text.is_empty() {
        location["message"] = json!({ "text": label.text });
    }
    location
}

fn change(edit: &Edit, map: &SourceMap) -> Value {
    json!({
        "artifactLocation": artifact(edit.span, map),
        "replacements": [{ "deletedRegion": region(edit.span, map), "insertedContent": { "text": edit.text } }],
    })
}

fn artifact(span: Span, map: &SourceMap) -> Value {
    json!({ "uri": file_name(map, span).replace('%', "%25").replace(' ', "%20") })
}

fn region(span: Span, map: &SourceMap) -> Value {
    let (start, end) = (map.start(span), map.end(span));
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
        "byteOffset": span.start,
        "byteLength": span.end - span.start,
    })
}
