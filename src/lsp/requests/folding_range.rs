//! `textDocument/foldingRange`

use lsp_types::{FoldingRange, FoldingRangeKind, FoldingRangeParams};
use serde_json::Value;

use super::{Cx, Failure, read, write};
use crate::ide::fold::{Fold, folds};
use crate::lsp::position::number;

pub(super) fn answer(cx: &Cx<'_>, params: Value) -> Result<Value, Failure> {
    let FoldingRangeParams { text_document, .. } = read(params)?;
    let range = |fold: Fold| FoldingRange {
        start_line: number(fold.start),
        end_line: number(fold.end),
        kind: fold.comment.then_some(FoldingRangeKind::Comment),
        ..FoldingRange::default()
    };
    write(cx.with(&text_document.uri, |here| Some(folds(here.analysis, here.file).into_iter().map(range).collect::<Vec<_>>())))
}
