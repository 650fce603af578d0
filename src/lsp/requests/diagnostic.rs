//! `textDocument/diagnostic`: the same that is published, for clients that ask.

use std::path::Path;

use lsp_types::{
    DocumentDiagnosticParams, DocumentDiagnosticReport, DocumentDiagnosticReportResult, FullDocumentDiagnosticReport,
    RelatedFullDocumentDiagnosticReport,
};
use serde_json::Value;

use super::{Cx, Failure, read, write};
use crate::lsp::publish;

pub(super) fn answer(cx: &Cx<'_>, params: Value) -> Result<Value, Failure> {
    let DocumentDiagnosticParams { text_document, .. } = read(params)?;
    let items = cx.with(&text_document.uri, |here| {
        let name = |path: &Path| cx.name(path);
        let all = publish::by_file(here.analysis, cx.encoding, cx.options, &name);
        all.into_iter().find(|said| said.uri == text_document.uri).map(|said| said.diagnostics)
    });
    let full = FullDocumentDiagnosticReport { result_id: None, items: items.unwrap_or_default() };
    let report = RelatedFullDocumentDiagnosticReport { related_documents: None, full_document_diagnostic_report: full };
    write(DocumentDiagnosticReportResult::Report(DocumentDiagnosticReport::Full(report)))
}
