//! `textDocument/documentSymbol`

use lsp_types::{DocumentSymbol, DocumentSymbolParams, DocumentSymbolResponse, SymbolKind};
use serde_json::Value;

use super::{Cx, Failure, Here, read, write};
use crate::ide::symbols::{Outline, OutlineKind, outline};

pub(super) fn answer(cx: &Cx<'_>, params: Value) -> Result<Value, Failure> {
    let DocumentSymbolParams { text_document, .. } = read(params)?;
    write(cx.with(&text_document.uri, |here| {
        let all = outline(here.analysis, here.file);
        Some(DocumentSymbolResponse::Nested(all.into_iter().map(|line| symbol(here, line)).collect()))
    }))
}

fn symbol(here: &Here<'_>, line: Outline) -> DocumentSymbol {
    let children: Vec<_> = line.children.into_iter().map(|child| symbol(here, child)).collect();
    #[expect(deprecated, reason = "the field is there and must be filled")]
    DocumentSymbol {
        name: if line.name.trim().is_empty() { "?".to_owned() } else { line.name },
        detail: (!line.detail.is_empty()).then_some(line.detail),
        kind: kind(line.kind),
        tags: None,
        deprecated: None,
        range: here.convert.range(line.span),
        selection_range: here.convert.range(line.selection),
        children: (!children.is_empty()).then_some(children),
    }
}

fn kind(kind: OutlineKind) -> SymbolKind {
    match kind {
        OutlineKind::Section => SymbolKind::NAMESPACE,
        OutlineKind::Job => SymbolKind::MODULE,
        OutlineKind::Node => SymbolKind::FUNCTION,
        OutlineKind::Ruleset => SymbolKind::CLASS,
        OutlineKind::Rule => SymbolKind::METHOD,
        OutlineKind::Value => SymbolKind::CONSTANT,
    }
}
