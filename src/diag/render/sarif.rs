//! SARIF 2.1.0: what code scanning services read.

use serde_json::{Value, json};

use super::fingerprint::fingerprints;
use super::{file_name, paragraph};
use crate::diag::{Code, Diagnostic, Edit, Label, Severity};
use crate::source::{FileId, SourceMap, Span};

/// Renders one run with the diagnostics as results, indented, with a newline at its end.
pub fn render(diagnostics: &[Diagnostic], map: &SourceMap) -> String {
    let prints = fingerprints(diagnostics, map);
    let mut used: Vec<&Code> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    used.sort_by_key(|code| code.number);
    used.dedup();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "glue-compile",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": page_uri(None),
                "rules": used.iter().map(|code| rule(code)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": diagnostics.iter().zip(&prints).map(|(d, print)| result(d, print, &used, map)).collect::<Vec<_>>(),
        }],
    });
    format!("{document:#}\n")
}

fn rule(code: &Code) -> Value {
    json!({
        "id": code.number,
        "name": code.name,
        "shortDescription": { "text": code.summary },
        "helpUri": page_uri(Some(code)),
        "help": { "text": code.page, "markdown": code.page },
        "defaultConfiguration": { "level": level(code.severity) },
    })
}

/// Where a code's page is to be read: in the repository that the manifest names, else by a name that says which page it is.
fn page_uri(code: Option<&Code>) -> String {
    let repository = env!("CARGO_PKG_REPOSITORY").trim_end_matches('/');
    let version = env!("CARGO_PKG_VERSION");
    match (repository, code) {
        ("", Some(code)) => format!("urn:glue-compile:explain:{}", code.number),
        ("", None) => "urn:glue-compile".to_owned(),
        (repository, Some(code)) => format!("{repository}/blob/v{version}/src/diag/explain/{}.md", code.number),
        (repository, None) => repository.to_owned(),
    }
}

fn result(diagnostic: &Diagnostic, fingerprint: &str, used: &[&Code], map: &SourceMap) -> Value {
    let (primary, others): (Vec<_>, Vec<_>) = diagnostic.labels.iter().partition(|label| label.primary);
    let mut result = json!({
        "ruleId": diagnostic.code.number,
        "ruleIndex": used.iter().position(|code| *code == diagnostic.code),
        "level": level(diagnostic.severity),
        "message": { "text": paragraph(diagnostic) },
        "locations": primary.iter().map(|label| location(label, map)).collect::<Vec<_>>(),
        // The name that GitHub looks for.
        "partialFingerprints": { "primaryLocationLineHash": fingerprint },
    });
    if !others.is_empty() {
        let related = others.iter().enumerate().map(|(number, label)| {
            let mut location = location(label, map);
            location["id"] = json!(number + 1);
            location
        });
        result["relatedLocations"] = related.collect();
    }
    if let Some(fix) = &diagnostic.fix {
        let mut changes: Vec<(FileId, Vec<&Edit>)> = Vec::new();
        for edit in &fix.edits {
            match changes.iter_mut().find(|(file, _)| *file == edit.span.file) {
                Some((_, edits)) => edits.push(edit),
                None => changes.push((edit.span.file, vec![edit])),
            }
        }
        let changes: Vec<_> = changes.iter().map(|(_, edits)| change(edits, map)).collect();
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

/// Edits of one file.
fn change(edits: &[&Edit], map: &SourceMap) -> Value {
    let replacements: Vec<_> = edits
        .iter()
        .map(|edit| json!({ "deletedRegion": region(edit.span, map), "insertedContent": { "text": edit.text } }))
        .collect();
    json!({ "artifactLocation": edits.first().map(|edit| artifact(edit.span, map)), "replacements": replacements })
}

fn artifact(span: Span, map: &SourceMap) -> Value {
    json!({ "uri": uri(&file_name(map, span)) })
}

/// A path as a URI: relative if it is, with everything escaped that a URI does not spell.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    // A drive letter would be a scheme.
    if path.as_bytes().get(1) == Some(&b':') {
        uri.push_str("file:///");
    }
    for byte in path.bytes() {
        match byte {
            b'/' | b':' | b'-' | b'.' | b'_' | b'~' => uri.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
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
