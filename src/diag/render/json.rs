//! Diagnostics as JSON: the view structs that every JSON document of the program uses for them.
//!
//! The shape is a promise (`"version": 1`): fields are added, never renamed or removed. Lines and columns
//! count from 1, columns in characters, offsets in bytes from 0.

use serde::Serialize;

use super::file_name;
use crate::diag::{Diagnostic, Edit, Fix, Label, Safety};
use crate::source::{SourceMap, Span};

/// The document of `--format json` for commands whose only result is diagnostics.
#[derive(Debug, Serialize)]
pub struct Document {
    version: u32,
    diagnostics: Vec<DiagnosticView>,
}

/// One diagnostic.
#[derive(Debug, Serialize)]
pub struct DiagnosticView {
    code: &'static str,
    name: &'static str,
    severity: &'static str,
    message: String,
    labels: Vec<LabelView>,
    notes: Vec<String>,
    helps: Vec<String>,
    fix: Option<FixView>,
}

#[derive(Debug, Serialize)]
struct LabelView {
    #[serde(flatten)]
    place: PlaceView,
    text: String,
    primary: bool,
}

#[derive(Debug, Serialize)]
struct FixView {
    title: String,
    safety: &'static str,
    edits: Vec<EditView>,
}

#[derive(Debug, Serialize)]
struct EditView {
    #[serde(flatten)]
    place: PlaceView,
    text: String,
}

#[derive(Debug, Serialize)]
struct PlaceView {
    file: String,
    start: PositionView,
    end: PositionView,
}

#[derive(Debug, Serialize)]
struct PositionView {
    line: usize,
    column: usize,
    offset: u32,
}

/// Renders the document `{"version": 1, "diagnostics": […]}`, indented, with a newline at its end.
pub fn render(diagnostics: &[Diagnostic], map: &SourceMap) -> String {
    let document = Document { version: 1, diagnostics: view(diagnostics, map) };
    serde_json::to_string_pretty(&document).expect("the views hold only strings and whole numbers") + "\n"
}

/// The views of diagnostics, for documents that hold more than them.
pub fn view(diagnostics: &[Diagnostic], map: &SourceMap) -> Vec<DiagnosticView> {
    diagnostics.iter().map(|diagnostic| diagnostic_view(diagnostic, map)).collect()
}

fn diagnostic_view(diagnostic: &Diagnostic, map: &SourceMap) -> DiagnosticView {
    DiagnosticView {
        code: diagnostic.code.number,
        name: diagnostic.code.name,
        severity: diagnostic.severity.name(),
        message: diagnostic.message.clone(),
        labels: diagnostic.labels.iter().map(|label| label_view(label, map)).collect(),
        notes: diagnostic.notes.clone(),
        helps: diagnostic.helps.clone(),
        fix: diagnostic.fix.as_ref().map(|fix| fix_view(fix, map)),
    }
}

fn label_view(label: &Label, map: &SourceMap) -> LabelView {
    LabelView { place: place_view(label.span, map), text: label.text.clone(), primary: label.primary }
}

fn fix_view(fix: &Fix, map: &SourceMap) -> FixView {
    let edit = |edit: &Edit| EditView { place: place_view(edit.span, map), text: edit.text.clone() };
    FixView { title: fix.title.clone(), safety: safety(fix.safety), edits: fix.edits.iter().map(edit).collect() }
}

fn safety(safety: Safety) -> &'static str {
    match safety {
        Safety::Safe => "safe",
        Safety::Unsafe => "unsafe",
        Safety::Shown => "shown",
    }
}

fn place_view(span: Span, map: &SourceMap) -> PlaceView {
    let (start, end) = (map.start(span), map.end(span));
    PlaceView {
        file: file_name(map, span),
        start: PositionView { line: start.line, column: start.column, offset: span.start },
        end: PositionView { line: end.line, column: end.column, offset: span.end },
    }
}
