//! `textDocument/references`

use lsp_types::ReferenceParams;
use serde_json::Value;

use super::{Cx, Failure, read, write};
use crate::ide::goto;

pub(super) fn answer(cx: &Cx<'_>, params: Value) -> Result<Value, Failure> {
    let ReferenceParams { text_document_position: at, context, .. } = read(params)?;
    write(cx.at(&at, |here, place| {
        let spans = goto::references(here.analysis, place, context.include_declaration);
        Some(spans.into_iter().filter_map(|span| here.convert.location(span)).collect::<Vec<_>>())
    }))
}
