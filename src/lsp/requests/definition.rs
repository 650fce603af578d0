//! `textDocument/definition`

use lsp_types::{GotoDefinitionParams, GotoDefinitionResponse};
use serde_json::Value;

use super::{Cx, Failure, read, write};
use crate::ide::goto;

pub(super) fn answer(cx: &Cx<'_>, params: Value) -> Result<Value, Failure> {
    let GotoDefinitionParams { text_document_position_params: at, .. } = read(params)?;
    write(cx.at(&at, |here, place| {
        let spans = goto::definition(here.analysis, place);
        let found: Vec<_> = spans.into_iter().filter_map(|span| here.convert.location(span)).collect();
        (!found.is_empty()).then_some(GotoDefinitionResponse::Array(found))
    }))
}
