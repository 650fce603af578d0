//! `textDocument/rename`

use lsp_types::RenameParams;
use serde_json::Value;

use super::{Cx, Failure, read, write};
use crate::ide::rename;

pub(super) fn answer(cx: &Cx<'_>, params: Value) -> Result<Value, Failure> {
    let RenameParams { text_document_position: at, new_name, .. } = read(params)?;
    let done = cx.at(&at, |here, place| {
        let edits = rename::rename(here.analysis, place, &new_name);
        Some(edits.map(|edits| here.convert.workspace_edit(&edits)))
    });
    write(done.transpose().map_err(Failure::refused)?)
}
