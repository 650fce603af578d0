//! `textDocument/hover`

use lsp_types::{Hover, HoverContents, HoverParams, MarkupContent, MarkupKind};
use serde_json::Value;

use super::{Cx, Failure, read, write};
use crate::ide::hover;
use crate::state::Reader;

pub(super) fn answer(cx: &Cx<'_>, params: Value) -> Result<Value, Failure> {
    let HoverParams { text_document_position_params: at, .. } = read(params)?;
    write(cx.at(&at, |here, place| {
        let store = here.store();
        let found = hover::hover(here.analysis, place, store.as_ref().map(|store| store as &dyn Reader))?;
        let value = MarkupContent { kind: MarkupKind::Markdown, value: found.markdown };
        Some(Hover { contents: HoverContents::Markup(value), range: Some(here.convert.range(found.span)) })
    }))
}
