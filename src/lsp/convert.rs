//! Spans and diagnostics of an analysis as the protocol has them.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::rc::Rc;

use lsp_types::{
    CodeDescription, Diagnostic as LspDiagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location,
    NumberOrString, Position, Range, TextEdit, Uri, WorkspaceEdit,
};
use serde_json::json;

use super::position::{Encoding, Lines};
use super::requests::Options;
use super::uri;
use crate::diag::codes::{connector, lint, project, quality};
use crate::diag::{Code, Diagnostic, Edit, Safety, Severity};
use crate::ide::Analysis;
use crate::source::{FileId, Span};

/// Converts what an analysis says.
pub(super) struct Convert<'a> {
    pub(super) analysis: &'a Analysis,
    encoding: Encoding,
    options: &'a Options,
    /// What the client calls files that it has open.
    name: &'a dyn Fn(&Path) -> Option<Uri>,
    lines: RefCell<BTreeMap<FileId, Rc<Lines<'a>>>>,
}

impl<'a> Convert<'a> {
    pub(super) fn new(
        analysis: &'a Analysis,
        encoding: Encoding,
        options: &'a Options,
        name: &'a dyn Fn(&Path) -> Option<Uri>,
    ) -> Self {
        Self { analysis, encoding, options, name, lines: RefCell::default() }
    }

    fn lines(&self, file: FileId) -> Rc<Lines<'a>> {
        let make = || Rc::new(Lines::new(&self.analysis.map.file(file).text, self.encoding));
        Rc::clone(self.lines.borrow_mut().entry(file).or_insert_with(make))
    }

    pub(super) fn position(&self, file: FileId, offset: usize) -> Position {
        self.lines(file).position(offset)
    }

    pub(super) fn offset(&self, file: FileId, position: Position) -> usize {
        self.lines(file).offset(position)
    }

    pub(super) fn range(&self, span: Span) -> Range {
        self.lines(span.file).range(span.range())
    }

    /// What the client calls a file; `None` if its path is no URI.
    pub(super) fn uri(&self, file: FileId) -> Option<Uri> {
        let path = &self.analysis.map.file(file).path;
        (self.name)(path).or_else(|| uri::from_path(path))
    }

    pub(super) fn location(&self, span: Span) -> Option<Location> {
        Some(Location { uri: self.uri(span.file)?, range: self.range(span) })
    }

    pub(super) fn text_edit(&self, edit: &Edit) -> TextEdit {
        TextEdit { range: self.range(edit.span), new_text: edit.text.clone() }
    }

    #[expect(clippy::mutable_key_type, reason = "the protocol's type has URIs as keys; nobody changes them")]
    pub(super) fn workspace_edit(&self, edits: &[Edit]) -> WorkspaceEdit {
        let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
        for edit in edits {
            if let Some(uri) = self.uri(edit.span.file) {
                changes.entry(uri).or_default().push(self.text_edit(edit));
            }
        }
        WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
    }

    /// A diagnostic, for the file that its fault is in.
    pub(super) fn diagnostic(&self, diagnostic: &Diagnostic) -> LspDiagnostic {
        let range = diagnostic.primary().map_or_else(Range::default, |label| self.range(label.span));
        let related: Vec<_> = diagnostic
            .labels
            .iter()
            .filter(|label| !label.primary)
            .filter_map(|label| {
                Some(DiagnosticRelatedInformation { location: self.location(label.span)?, message: label.text.clone() })
            })
            .collect();
        LspDiagnostic {
            range,
            severity: Some(severity(diagnostic.severity)),
            code: Some(NumberOrString::String(diagnostic.code.number.to_owned())),
            code_description: self.options.explain(diagnostic.code.number).map(|href| CodeDescription { href }),
            source: Some("glue-compile".to_owned()),
            message: message(diagnostic),
            related_information: (!related.is_empty()).then_some(related),
            tags: tags(diagnostic.code),
            data: diagnostic.fix.as_ref().map(|fix| json!({ "fix": fix.title, "safety": safety(fix.safety) })),
        }
    }
}

fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Hint => DiagnosticSeverity::HINT,
    }
}

fn safety(safety: Safety) -> &'static str {
    match safety {
        Safety::Safe => "safe",
        Safety::Unsafe => "unsafe",
        Safety::Shown => "shown",
    }
}

/// The headline, what is at the place, and what to do.
fn message(diagnostic: &Diagnostic) -> String {
    let mut text = diagnostic.message.clone();
    if let Some(label) = diagnostic.primary().filter(|label| !label.text.is_empty()) {
        text.push_str(": ");
        text.push_str(&label.text);
    }
    for note in &diagnostic.notes {
        text.push_str("\nnote: ");
        text.push_str(note);
    }
    for help in &diagnostic.helps {
        text.push_str("\nhelp: ");
        text.push_str(help);
    }
    text
}

/// What is shown faded: it has no effect.
const WITHOUT_EFFECT: &[&Code] = &[
    &project::UNUSED_SUPPRESSION,
    &project::UNSUPPORTED_SECTION,
    &connector::UNUSED_OPTION,
    &quality::UNUSED_ACTION,
    &lint::UNUSED_NODE,
    &lint::DUPLICATE_RULE,
    &lint::IMPLIED_RULE,
    &lint::ALWAYS_HOLDS,
    &lint::WITHOUT_EFFECT,
];

fn tags(code: &Code) -> Option<Vec<DiagnosticTag>> {
    WITHOUT_EFFECT.contains(&code).then(|| vec![DiagnosticTag::UNNECESSARY])
}
