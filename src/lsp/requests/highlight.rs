//! `textDocument/documentHighlight`

use lsp_types::{DocumentHighlight, DocumentHighlightParams};
use serde_json::Value;

use super::{Cx, Failure, read, write};
use crate::ide::goto;

pub(super) fn answer(cx: &Cx<'_>, params: Value) -> Result<Value, Failure> {
    let DocumentHighlightParams { text_document_position_params: at, .. } = read(params)?;
    write(cx.at(&at, |here, place| {
        let spans = goto::references(here.analysis, place, true);
        let here_only = spans.into_iter().filter(|span| span.file == here.file && span.start < span.end);
        Some(here_only.map(|span| DocumentHighlight { range: here.convert.range(span), kind: None }).collect::<Vec<_>>())
    }))
}
