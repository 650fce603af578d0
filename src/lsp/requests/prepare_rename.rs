//! `textDocument/prepareRename`

use lsp_types::{PrepareRenameResponse, TextDocumentPositionParams};
use serde_json::Value;

use super::{Cx, Failure, read, write};
use crate::ide::rename;

pub(super) fn answer(cx: &Cx<'_>, params: Value) -> Result<Value, Failure> {
    let at: TextDocumentPositionParams = read(params)?;
    let found = cx.at(&at, |here, place| {
        let named = rename::prepare(here.analysis, place);
        Some(named.map(|span| PrepareRenameResponse::RangeWithPlaceholder {
            range: here.convert.range(span),
            placeholder: here.analysis.map.text(span).to_owned(),
        }))
    });
    write(found.transpose().map_err(Failure::refused)?)
}
