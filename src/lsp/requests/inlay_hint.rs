//! `textDocument/inlayHint`

use lsp_types::{InlayHint, InlayHintLabel, InlayHintParams, InlayHintTooltip};
use serde_json::Value;

use super::{Cx, Failure, read, write};
use crate::ide::hints::hints;

pub(super) fn answer(cx: &Cx<'_>, params: Value) -> Result<Value, Failure> {
    let InlayHintParams { text_document, range, .. } = read(params)?;
    write(cx.with(&text_document.uri, |here| {
        let hint = |hint: crate::ide::hints::Hint| InlayHint {
            position: here.convert.position(here.file, hint.at as usize),
            label: InlayHintLabel::String(hint.label),
            kind: None,
            text_edits: None,
            tooltip: Some(InlayHintTooltip::String(hint.tooltip)),
            padding_left: None,
            padding_right: None,
            data: None,
        };
        let all = hints(here.analysis, here.file).into_iter().map(hint);
        Some(all.filter(|hint| range.start <= hint.position && hint.position <= range.end).collect::<Vec<_>>())
    }))
}
